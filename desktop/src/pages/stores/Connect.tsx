import { type FormEvent, useState } from "react";
import { useChanging } from "../../app/changing";
import { ErrorNote } from "../../app/ErrorNote";
import { useStore } from "../../app/stores";
import { useTrying } from "../../app/trying";
import type { Input } from "../../client/types";
import { Button, TextField } from "../../ui";
import { connectAddress, shopIn } from "./address";

const NOT_ONE =
  "This is not the address of a store at Shopify. It looks like your-store.myshopify.com, or like " +
  "admin.shopify.com/store/your-store where the admin is open in your browser.";

/** Connect a store: by its address, which leads to Shopify and back, or by a token of an app of one's own. */
export function Connect({ onDone }: { onDone: () => void }) {
  const [typed, setTyped] = useState("");
  const [fault, setFault] = useState<string>();
  const [leaving, setLeaving] = useState(false);
  const [byToken, setByToken] = useState(false);

  function submit(event: FormEvent) {
    event.preventDefault();
    const shop = shopIn(typed);
    setFault(shop === null ? NOT_ONE : undefined);
    if (shop !== null) {
      setLeaving(true);
      window.location.assign(connectAddress(shop));
    }
  }

  return (
    <div className="stack">
      {byToken ? (
        <ConnectToken onDone={onDone} />
      ) : (
        <form className="stack" onSubmit={submit} noValidate>
          <TextField
            label="Address of the store"
            placeholder="your-store.myshopify.com"
            hint="Or the address of its admin, as the browser shows it."
            autoComplete="off"
            spellCheck={false}
            value={typed}
            fault={fault}
            onChange={(event) => setTyped(event.target.value)}
          />
          <p className="small soft">Shopify asks you whether this app may use the store, and brings you back here.</p>
          <div className="row">
            <Button type="submit" look="primary" busy={leaving}>
              Go to Shopify
            </Button>
          </div>
        </form>
      )}
      <div className="row">
        <Button look="plain" small onClick={() => setByToken(!byToken)}>
          {byToken ? "Connect by Shopify's own page" : "I have an access token"}
        </Button>
      </div>
    </div>
  );
}

function ConnectToken({ onDone }: { onDone: () => void }) {
  const { make } = useChanging();
  const { look } = useStore();
  const [typed, setTyped] = useState("");
  const [token, setToken] = useState("");
  const [fault, setFault] = useState<string>();
  const { busy, error, attempt } = useTrying();

  function submit(event: FormEvent) {
    event.preventDefault();
    const shop = shopIn(typed);
    setFault(shop === null ? NOT_ONE : undefined);
    if (shop === null) {
      return;
    }
    attempt(async () => {
      const input = { shop, access_token: token.trim() } as Input<"oauth_token">;
      const store = await make("oauth_token", input, `${shop} is connected.`);
      look((store as { shop: string }).shop);
      onDone();
    });
  }

  return (
    <form className="stack" onSubmit={submit} noValidate>
      <TextField
        label="Address of the store"
        placeholder="your-store.myshopify.com"
        autoComplete="off"
        spellCheck={false}
        value={typed}
        fault={fault}
        onChange={(event) => setTyped(event.target.value)}
      />
      <TextField
        label="Admin API access token"
        type="password"
        autoComplete="off"
        hint="Of an app that was made in the store's admin. It is kept encrypted and never shown again."
        value={token}
        onChange={(event) => setToken(event.target.value)}
      />
      {error !== null && <ErrorNote error={error} />}
      <div className="row">
        <Button type="submit" look="primary" busy={busy} disabled={token.trim() === ""}>
          Connect
        </Button>
      </div>
    </form>
  );
}
