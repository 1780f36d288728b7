import { Plus } from "lucide-react";
import { type CSSProperties, useEffect, useState } from "react";
import { ErrorNote } from "../../app/ErrorNote";
import { useFilters } from "../../app/filters";
import { useRefresh } from "../../app/reading";
import { useStore } from "../../app/stores";
import { Button, Card, Dialog, Loading, Note, Page } from "../../ui";
import { Connect } from "./Connect";
import { JoinStore } from "./JoinStore";
import { StoreCard } from "./StoreCard";

/** The stores of who is signed in, each with its state, its copy and its people; and connecting another one. */
export default function Stores() {
  const { stores, isPending, error } = useStore();
  const refresh = useRefresh();
  const [opened, open] = useState<"connect" | "join" | null>(null);
  return (
    <Page
      title="Stores"
      actions={
        stores.length > 0 && (
          <>
            <Button onClick={() => open("join")}>Accept an invitation</Button>
            <Button look="primary" onClick={() => open("connect")}>
              <Plus aria-hidden />
              Connect a store
            </Button>
          </>
        )
      }
    >
      <JustConnected />
      {isPending ? (
        <Card>
          <Loading lines={5} label="Loading the stores" />
        </Card>
      ) : error !== null ? (
        <ErrorNote error={error} onRetry={refresh} />
      ) : stores.length === 0 ? (
        <div className="grid" style={{ "--column": "20rem" } as CSSProperties}>
          <Card title="Connect your first store">
            <Connect onDone={refresh} />
          </Card>
          <Card title="Accept an invitation">
            <JoinStore onDone={refresh} />
          </Card>
        </div>
      ) : (
        stores.map((store) => <StoreCard key={store.shop} store={store} />)
      )}
      {opened === "connect" && (
        <Dialog title="Connect a store" onClose={() => open(null)}>
          <Connect onDone={() => open(null)} />
        </Dialog>
      )}
      {opened === "join" && (
        <Dialog title="Accept an invitation" onClose={() => open(null)}>
          <JoinStore onDone={() => open(null)} />
        </Dialog>
      )}
    </Page>
  );
}

/** What is said after Shopify has sent a person back: the store that was connected is the one that is looked at. */
function JustConnected() {
  const [filters, setFilter] = useFilters();
  const { stores, look } = useStore();
  const store = stores.find((one) => one.shop === filters.connected);
  const shop = store?.shop;
  // biome-ignore lint/correctness/useExhaustiveDependencies: once for each store that was connected
  useEffect(() => {
    if (shop !== undefined) {
      look(shop);
    }
  }, [shop]);
  return store === undefined ? null : (
    <Note
      tone="good"
      title={`${store.name || store.shop} is connected`}
      action={
        <Button small onClick={() => setFilter("connected", "")}>
          Good
        </Button>
      }
    >
      It is the store that you look at now. Reports and plans can be made of it as soon as it is copied.
    </Note>
  );
}
