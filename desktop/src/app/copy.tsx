import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import type { ClientError } from "../client/client";
import type { Data } from "../client/types";
import { Button, Note } from "../ui";
import { useChanging } from "./changing";
import { ErrorNote } from "./ErrorNote";
import { useRead } from "./reading";
import { useFormats } from "./stores";

type Stream = Data<"sync">["streams"][number];

const LOOK = 3_000;

export interface Copy {
  /** Whether the orders of the store are not copied (yet), so that no figures can be computed. */
  missing: boolean;
  orders: Stream | undefined;
}

function ordersOf(data: Data<"sync"> | undefined): Stream | undefined {
  return data?.streams.find((one) => one.stream === "orders");
}

/** Know whether the store is copied; while it is being copied, look every few seconds and read all again at the end. */
export function useCopy(): Copy {
  const queries = useQueryClient();
  const { data } = useRead("sync", {}, { every: (read) => (read && !ordersOf(read)?.whole_at ? LOOK : false) });
  const orders = ordersOf(data);
  const missing = data !== undefined && !orders?.whole_at;
  const [was, setWas] = useState(missing);
  useEffect(() => {
    if (was && !missing) {
      queries.invalidateQueries();
    }
    setWas(missing);
  }, [was, missing, queries]);
  return { missing, orders };
}

/** Say that the figures need a copy of the store: offer to make it, or tell how far it is. */
export function CopyNote({ copy: { orders } }: { copy: Copy }) {
  const { make } = useChanging();
  const format = useFormats();
  const [error, setError] = useState<ClientError | null>(null);
  const [busy, setBusy] = useState(false);

  async function start() {
    setBusy(true);
    setError(null);
    await make("sync_begin", {}, "The copy has started.").catch(setError);
    setBusy(false);
  }

  if (error !== null) {
    return <ErrorNote error={error} onRetry={start} />;
  }
  if (orders === undefined || orders.state === "failed") {
    return (
      <Note
        tone={orders === undefined ? "accent" : "warn"}
        title={orders === undefined ? "Figures need a copy of this store" : "The store could not be copied"}
        action={
          <Button look="primary" busy={busy} onClick={start}>
            {orders === undefined ? "Copy the store" : "Copy it again"}
          </Button>
        }
      >
        {orders?.message ??
          "Its orders, customers, products and stock are copied once and kept up to date. Nothing is changed in Shopify."}
      </Note>
    );
  }
  const { objects, expected } = orders.progress;
  return (
    <Note tone="accent" title="The store is being copied">
      {objects === 0
        ? "Its orders are being read. The figures appear here when they are all there."
        : `${format.number(objects)}${expected ? ` of ${format.number(expected)}` : ""} rows of its orders are read. The figures appear here when they are all there.`}
    </Note>
  );
}
