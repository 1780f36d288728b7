import { useEffect, useState } from "react";
import { useChanging } from "../../app/changing";
import { type Store, useFormats } from "../../app/stores";
import { ClientError } from "../../client/client";
import type { Data, Input, OperationName } from "../../client/types";
import { Badge, Button, Card, Checkbox, Note, type Tone, words } from "../../ui";
import { connectAddress } from "./address";
import { Disconnect } from "./Disconnect";
import { People } from "./People";
import { StoreCopy } from "./StoreCopy";
import styles from "./stores.module.css";

const STATES: Record<string, { text: string; tone: Tone }> = {
  active: { text: "Connected", tone: "good" },
  reauth_required: { text: "Connect again", tone: "warn" },
  uninstalled: { text: "App removed", tone: "bad" },
};

/** A store: whether it works, how it is used, its copy, and the people who use it. */
export function StoreCard({ store }: { store: Store }) {
  const [leaving, setLeaving] = useState(false);
  const state = STATES[store.state] ?? { text: words(store.state), tone: "warn" as const };
  return (
    <Card
      title={
        <span className="row">
          {store.name || store.shop}
          <Badge tone={state.tone}>{state.text}</Badge>
          {store.is_default && <Badge tone="accent">Default</Badge>}
          {store.read_only && <Badge tone="warn">Read-only</Badge>}
        </span>
      }
      actions={<span className="soft">{store.shop}</span>}
    >
      <div className="stack">
        <Attention store={store} />
        <div className={styles.parts}>
          <Use store={store} onLeave={() => setLeaving(true)} />
          <StoreCopy store={store} />
          <People store={store} />
        </div>
      </div>
      {leaving && <Disconnect store={store} onClose={() => setLeaving(false)} />}
    </Card>
  );
}

/** What a person has to do about a store. */
function Attention({ store }: { store: Store }) {
  const again = (
    <a className="button" href={connectAddress(store.shop)}>
      Connect again
    </a>
  );
  if (store.state !== "active") {
    return (
      <Note
        tone="warn"
        title={
          store.state === "uninstalled"
            ? "The app was removed from the store"
            : "Shopify no longer accepts the connection"
        }
        action={again}
      >
        {store.attention ?? "Connect it again to go on."}
      </Note>
    );
  }
  return (
    <>
      {store.attention && (
        <Note tone="warn" title="Look at this">
          {store.attention}
        </Note>
      )}
      {store.missing_scopes.length > 0 && (
        <Note tone="warn" title="Some things may not be done in this store" action={again}>
          It did not grant <span className={styles.scopes}>{store.missing_scopes.join(", ")}</span>.
        </Note>
      )}
    </>
  );
}

function Use({ store, onLeave }: { store: Store; onLeave: () => void }) {
  const { make, say } = useChanging();
  const format = useFormats();
  const [busy, setBusy] = useState(false);
  // The box shows the answer of a person at once; what was read anew, or a failure, takes its place.
  const [wanted, setWanted] = useState<boolean | null>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new state of the store is what counts
  useEffect(() => setWanted(null), [store.read_only]);

  async function change<K extends OperationName>(name: K, input: Input<K>, done: string): Promise<Data<K> | undefined> {
    setBusy(true);
    try {
      return await make(name, input, done);
    } catch (raised) {
      say(raised instanceof ClientError ? raised.error.message : "This did not work.", "bad");
      return undefined;
    } finally {
      setBusy(false);
    }
  }

  return (
    <section className="stack" aria-label={`How ${store.name || store.shop} is used`}>
      <dl className="facts">
        <dt>You are</dt>
        <dd>{words(store.role)}</dd>
        <dt>Connected</dt>
        <dd>{format.time(store.connected_at)}</dd>
        <dt>Currency</dt>
        <dd>{store.currency || "Not known"}</dd>
        <dt>Time zone</dt>
        <dd>{store.timezone || "Not known"}</dd>
        <dt>Rights</dt>
        <dd>
          <details>
            <summary>{store.scopes.length} granted</summary>
            <span className={`small soft ${styles.scopes}`}>{store.scopes.join(", ")}</span>
          </details>
        </dd>
      </dl>
      <Checkbox
        label="Read-only: nothing in this store is changed from here"
        checked={wanted ?? store.read_only}
        disabled={busy || store.role !== "owner"}
        onChange={async (event) => {
          const readOnly = event.target.checked;
          setWanted(readOnly);
          const made = await change(
            "store_read_only",
            { shop: store.shop, read_only: readOnly } as Input<"store_read_only">,
            readOnly ? `${store.shop} is read-only now.` : `${store.shop} may be changed now.`,
          );
          if (made === undefined) {
            setWanted(null);
          }
        }}
      />
      <div className="row">
        {!store.is_default && (
          <Button
            small
            busy={busy}
            onClick={() =>
              change(
                "store_default",
                { shop: store.shop } as Input<"store_default">,
                `${store.shop} is used where no store is named.`,
              )
            }
          >
            Make it the default
          </Button>
        )}
        <Button small onClick={onLeave}>
          Disconnect
        </Button>
      </div>
    </section>
  );
}
