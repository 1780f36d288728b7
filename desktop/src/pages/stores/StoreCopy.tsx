import { useState } from "react";
import { useChanging } from "../../app/changing";
import { ErrorNote } from "../../app/ErrorNote";
import { CopyProgress, useCopy, useCopying } from "../../app/storeCopy";
import { type Store, useFormats } from "../../app/stores";
import { ClientError } from "../../client/client";
import type { Data, Input } from "../../client/types";
import { Badge, Button, Dialog, Loading, words } from "../../ui";
import styles from "./stores.module.css";

type Stream = Data<"sync">["streams"][number];

/** The copy of a store: how current it is, part by part; started, made anew, and deleted. */
export function StoreCopy({ store }: { store: Store }) {
  const format = useFormats();
  const { copy, running, error } = useCopy(store.shop);
  const [start, busy] = useCopying(store.shop);
  const [deleting, setDeleting] = useState(false);
  return (
    <section className="stack" aria-label={`Copy of ${store.name || store.shop}`}>
      <h3>Copy of the store</h3>
      {error !== null && copy === undefined ? (
        <ErrorNote error={error} />
      ) : copy === undefined ? (
        <Loading lines={3} label="Loading the copy" />
      ) : (
        <>
          {copy.state === "none" ? (
            <p className="soft">None yet. Reports, forecasts and plans to reorder are made from it.</p>
          ) : running ? (
            <CopyProgress copy={copy} />
          ) : (
            <p className="soft">
              {copy.complete_at ? `Current as of ${format.time(copy.complete_at)}.` : "It is not whole yet."}
            </p>
          )}
          {copy.streams.length > 0 && !running && (
            <ul className={styles.streams}>
              {copy.streams.map((stream) => (
                <li key={stream.stream}>
                  <span>{words(stream.stream)}</span>
                  <StreamState stream={stream} />
                </li>
              ))}
            </ul>
          )}
          <div className="row">
            {!running && store.state === "active" && (
              <Button small busy={busy} onClick={start}>
                {copy.state === "none" ? "Copy the store" : "Bring it up to date"}
              </Button>
            )}
            {copy.state !== "none" && store.role === "owner" && (
              <Button small onClick={() => setDeleting(true)}>
                {running ? "Stop copying" : "Delete the copy"}
              </Button>
            )}
          </div>
        </>
      )}
      {deleting && <DeleteCopy store={store} onClose={() => setDeleting(false)} />}
    </section>
  );
}

function StreamState({ stream }: { stream: Stream }) {
  const format = useFormats();
  const rows = Object.values(stream.rows as Record<string, number>).reduce((sum, count) => sum + count, 0);
  if (stream.state === "failed") {
    return (
      <span>
        <Badge tone="bad">Failed</Badge> <span className="small soft">{stream.message}</span>
      </span>
    );
  }
  return (
    <span className="soft numeric">
      {format.number(rows)} {rows === 1 ? "row" : "rows"}
      {stream.drift ? ` · ${format.number(stream.drift)} mended at the last check` : ""}
    </span>
  );
}

function DeleteCopy({ store, onClose }: { store: Store; onClose: () => void }) {
  const { make } = useChanging();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<ClientError | null>(null);

  async function go() {
    setBusy(true);
    try {
      await make("sync_stop", { shop: store.shop } as Input<"sync_stop">, "The copy is deleted.");
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
    <Dialog title="Delete the copy?" onClose={onClose}>
      <p>
        What was copied of {store.name || store.shop} is deleted here. Reports, forecasts and plans need a new copy
        then. Nothing in the store itself is changed.
      </p>
      {error !== null && <ErrorNote error={error} />}
      <div className="actions">
        <Button onClick={onClose}>Keep it</Button>
        <Button look="danger" busy={busy} onClick={go}>
          Delete the copy
        </Button>
      </div>
    </Dialog>
  );
}
