import { useState } from "react";
import { Link, useParams } from "wouter";
import { useChanging } from "../../app/changing";
import { ErrorNote } from "../../app/ErrorNote";
import { NoteCard } from "../../app/NoteCard";
import { useRead } from "../../app/reading";
import { useFormats, useStore } from "../../app/stores";
import { TagsCard } from "../../app/TagsCard";
import { Badge, Button, Card, Loading, Note, Page, words } from "../../ui";
import { Cancel } from "./Cancel";
import { Fulfil } from "./Fulfil";
import { Amounts, Lines } from "./Lines";
import { type Order as OrderOf, type Possible, possible } from "./order";
import { Buyer, Parcels, Timeline } from "./parts";
import { Refund } from "./Refund";
import { OrderState } from "./states";

type Open = "fulfil" | "refund" | "cancel" | null;

export default function Order() {
  const { id = "" } = useParams<{ id: string }>();
  const { store } = useStore();
  const format = useFormats();
  const { make } = useChanging();
  const [open, setOpen] = useState<Open>(null);
  const ready = { enabled: store !== undefined };
  const { data: order, error, refetch } = useRead("order_get", { id }, ready);
  const payments = useRead("order_payment_list", { id }, ready);
  const deliveries = useRead("fulfillment_list", { order_id: id }, ready);
  if (order === undefined) {
    return (
      <Page title="Order" about={<Link href="/app/orders">All orders</Link>}>
        {error === null ? (
          <Card>
            <Loading lines={8} label="Loading the order" />
          </Card>
        ) : (
          <ErrorNote error={error} onRetry={refetch} />
        )}
      </Page>
    );
  }
  const parcels = deliveries.data?.fulfillments;
  const can = possible(order, parcels);
  const close = () => setOpen(null);
  return (
    <Page
      title={order.name}
      about={
        <>
          <Link href="/app/orders">Orders</Link> · placed {format.time(order.created_at)}
        </>
      }
      actions={<Actions order={order} can={can} open={setOpen} />}
    >
      <div className="row">
        {order.cancelled_at && <Badge tone="bad">Cancelled</Badge>}
        <OrderState state={order.display_financial_status} />
        <OrderState state={order.display_fulfillment_status} />
        {order.closed && !order.cancelled_at && <Badge>Closed</Badge>}
        {order.test && <Badge tone="accent">Test order</Badge>}
        {can.why && <span className="small soft">{can.why}</span>}
      </div>
      {order.cancelled_at && (
        <Note tone="warn" title={`Cancelled on ${format.time(order.cancelled_at)}`}>
          Reason: {words(order.cancel_reason)}.
        </Note>
      )}
      <div className="split">
        <div className="stack">
          <Lines order={order} />
          <Amounts order={order} />
          <Parcels parcels={parcels} error={deliveries.error} />
          <Timeline order={order} payments={payments.data} parcels={parcels} error={payments.error} />
        </div>
        <div className="stack">
          <Buyer order={order} />
          <NoteCard
            note={order.note}
            save={(note) => make("order_update", { id: order.id, note }, "The note was saved.")}
          />
          <TagsCard id={order.id} tags={order.tags} />
        </div>
      </div>
      {open === "fulfil" && <Fulfil order={order} onClose={close} />}
      {open === "refund" && <Refund order={order} onClose={close} />}
      {open === "cancel" && <Cancel order={order} onClose={close} />}
    </Page>
  );
}

/** What can be done with the order as it stands; what can't is not offered. */
function Actions({ order, can, open }: { order: OrderOf; can: Possible; open: (what: Open) => void }) {
  const { ask, make, say } = useChanging();
  const change = (name: "order_close" | "order_reopen", done: string) =>
    make(name, { id: order.id }, done).catch((error: Error) => say(error.message, "bad"));
  return (
    <>
      {can.close && <Button onClick={() => change("order_close", `${order.name} was closed.`)}>Close</Button>}
      {can.reopen && <Button onClick={() => change("order_reopen", `${order.name} is open again.`)}>Reopen</Button>}
      {can.cancel && <Button onClick={() => open("cancel")}>Cancel order</Button>}
      {can.refund && <Button onClick={() => open("refund")}>Refund</Button>}
      {can.markPaid && (
        <Button
          onClick={() =>
            ask({
              name: "order_mark_paid",
              input: { id: order.id },
              title: `Mark ${order.name} as paid`,
              yes: "Mark as paid",
              done: `${order.name} is marked as paid.`,
            })
          }
        >
          Mark as paid
        </Button>
      )}
      {can.fulfil && (
        <Button look="primary" onClick={() => open("fulfil")}>
          Fulfil
        </Button>
      )}
    </>
  );
}
