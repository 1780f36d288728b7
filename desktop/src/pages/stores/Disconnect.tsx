import { useState } from "react";
import { useChanging } from "../../app/changing";
import { ErrorNote } from "../../app/ErrorNote";
import type { Store } from "../../app/stores";
import { ClientError } from "../../client/client";
import type { Input } from "../../client/types";
import { Button, Dialog } from "../../ui";

/** Ask whether a store is to be disconnected, and say what follows from it. */
export function Disconnect({ store, onClose }: { store: Store; onClose: () => void }) {
  const { make } = useChanging();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<ClientError | null>(null);

  async function go() {
    setBusy(true);
    setError(null);
    try {
      await make("oauth_revoke", { shop: store.shop } as Input<"oauth_revoke">, `${store.shop} is disconnected.`);
      onClose();
    } catch (raised) {
      if (!(raised instanceof ClientError)) {
        throw raised;
      }
      setError(raised);
      setBusy(false);
    }
  }

  return (
    <Dialog title={`Disconnect ${store.name || store.shop}?`} onClose={onClose}>
      <p>{consequence(store)}</p>
      {error !== null && <ErrorNote error={error} />}
      <div className="actions">
        <Button onClick={onClose}>Keep it connected</Button>
        <Button look="danger" busy={busy} onClick={go}>
          Disconnect
        </Button>
      </div>
    </Dialog>
  );
}

function consequence(store: Store): string {
  if (store.role !== "owner") {
    return "You lose access to this store here. Its owners keep it connected.";
  }
  return store.token_kind === "expiring" || store.token_kind === "offline"
    ? "The app is removed from the store. Everybody who uses it here loses access, and workflows that act in it fail. Nothing in the store itself is changed."
    : "Its token is deleted here. Everybody who uses the store here loses access, and workflows that act in it fail. The app that the token belongs to stays in the store: remove it in Shopify's admin.";
}
