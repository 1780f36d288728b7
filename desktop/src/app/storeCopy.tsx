import { DatabaseZap } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { ClientError } from "../client/client";
import type { Data, Input } from "../client/types";
import { Button, Card, Empty, words } from "../ui";
import { useChanging } from "./changing";
import { ErrorNote } from "./ErrorNote";
import { useRead, useRefresh } from "./reading";
import { useFormats } from "./stores";

type Copy = Data<"sync">;

const LOOK = 2_000;

/** The copy of a store, looked at every two seconds while it is being made. What it answers is read again at its end. */
export function useCopy(shop?: string): { copy: Copy | undefined; running: boolean; error: ClientError | null } {
  const [running, setRunning] = useState(false);
  const refresh = useRefresh();
  const before = useRef<string | undefined>(undefined);
  const { data, error } = useRead("sync", (shop === undefined ? {} : { shop }) as Input<"sync">, {
    every: running ? LOOK : undefined,
  });
  const state = data?.state;
  useEffect(() => {
    setRunning(state === "running");
    if (before.current === "running" && state === "done") {
      refresh();
    }
    before.current = state;
  }, [state, refresh]);
  return { copy: data, running, error };
}

/** Return what makes a copy, and whether it was asked for just now. */
export function useCopying(shop?: string): [start: () => Promise<void>, busy: boolean] {
  const { make, say } = useChanging();
  const [busy, setBusy] = useState(false);
  return [
    async () => {
      setBusy(true);
      try {
        const input = (shop === undefined ? {} : { shop }) as Input<"sync_begin">;
        await make("sync_begin", input, "The store is being copied. You can go on meanwhile.");
      } catch (raised) {
        say(raised instanceof ClientError ? raised.error.message : "This did not work.", "bad");
      }
      setBusy(false);
    },
    busy,
  ];
}

/** How far a copy is, stream by stream. */
export function CopyProgress({ copy }: { copy: Copy }) {
  const format = useFormats();
  const done = copy.streams.filter((stream) => stream.state === "done").length;
  const now = copy.streams.find((stream) => stream.state === "running");
  const parts = copy.streams.reduce((sum, stream) => sum + part(stream), 0);
  const count = now === undefined || now.progress.objects === 0 ? "" : `: ${format.number(now.progress.objects)} read`;
  return (
    <div className="stack tight">
      <progress
        className="progress"
        aria-label="Copying the store"
        max={Math.max(copy.streams.length, 1)}
        value={copy.streams.length === 0 ? undefined : parts}
      />
      <span className="small soft">
        {now === undefined ? "Waiting for its turn" : `${words(now.stream)}${count}`} · {done} of {copy.streams.length}{" "}
        parts done
      </span>
    </div>
  );
}

function part(stream: Copy["streams"][number]): number {
  if (stream.state === "done") {
    return 1;
  }
  const { objects, expected } = stream.progress;
  return stream.state === "running" && expected ? Math.min(objects / expected, 0.95) : 0;
}

/** Whether it is known that the orders of the store are not (yet) copied whole, so that figures have no ground. */
export function lacksOrders(copy: Copy | undefined): boolean {
  return copy !== undefined && !copy.streams.find((stream) => stream.stream === "orders")?.whole_at;
}

/** Whether an error says that the store has not been copied. */
export function lacksCopy(error: Error | null): boolean {
  return error instanceof ClientError && error.error.code === "NOT_SYNCED";
}

/** In place of what needs a copy of the store: what is missing, a button that makes the copy, and how far it is. */
export function NeedsCopy({ what, error, onRetry }: { what: string; error: Error; onRetry: () => void }) {
  return lacksCopy(error) ? <MakeCopy what={what} /> : <ErrorNote error={error} onRetry={onRetry} />;
}

/** Say that something comes from a copy of the store, and offer to make one, or tell how far it is. */
export function MakeCopy({ what }: { what: string }) {
  const { copy, running } = useCopy();
  const [start, busy] = useCopying();
  const failed = copy?.streams.find((stream) => stream.state === "failed");
  return (
    <Card>
      <Empty
        icon={DatabaseZap}
        title={running ? "The store is being copied" : `${what} come from a copy of the store`}
        action={
          !running && (
            <Button look="primary" busy={busy} onClick={start}>
              Copy the store
            </Button>
          )
        }
      >
        {running && copy !== undefined ? (
          <CopyProgress copy={copy} />
        ) : failed ? (
          `The last copy failed: ${failed.message}`
        ) : (
          "It is made once, in the background, and kept current."
        )}
      </Empty>
    </Card>
  );
}
