import { Truck } from "lucide-react";
import { Link } from "wouter";
import { Address } from "../../app/Address";
import { useChanging } from "../../app/changing";
import { ErrorNote } from "../../app/ErrorNote";
import { useFormats } from "../../app/stores";
import { Badge, Button, Card, Empty, Loading } from "../../ui";
import { happenings, type Order, type Parcel, type Payments } from "./order";
import styles from "./order.module.css";
import { OrderState } from "./states";

/** Who ordered, and where it goes. */
export function Buyer({ order }: { order: Order }) {
  const { shipping_address: to, billing_address: bill } = order;
  const same = JSON.stringify(to) === JSON.stringify(bill);
  return (
    <Card title="Customer">
      <div className="stack">
        <div>
          {order.customer ? (
            <Link href={`/app/customers/${order.customer.legacy_id}`}>{order.customer.display_name}</Link>
          ) : (
            <span className="soft">No customer</span>
          )}
          {order.email && <div className={styles.long}>{order.email}</div>}
          {order.phone && <div>{order.phone}</div>}
        </div>
        {to !== null && (
          <div>
            <h3>{same ? "Shipping and billing address" : "Shipping address"}</h3>
            <Address address={to} />
          </div>
        )}
        {bill !== null && !same && (
          <div>
            <h3>Billing address</h3>
            <Address address={bill} />
          </div>
        )}
      </div>
    </Card>
  );
}

/** What was sent, parcel by parcel, with tracking. */
export function Parcels({ parcels, error }: { parcels: readonly Parcel[] | undefined; error: Error | null }) {
  const format = useFormats();
  const { ask } = useChanging();
  if (parcels === undefined) {
    return error === null ? (
      <Card title="Deliveries">
        <Loading lines={2} label="Loading the deliveries" />
      </Card>
    ) : (
      <ErrorNote error={error} />
    );
  }
  return (
    <Card title="Deliveries">
      {parcels.length === 0 && <Empty icon={Truck} title="Nothing was sent yet" />}
      <ul className={styles.parcels}>
        {parcels.map((parcel) => (
          <li key={parcel.id} className="stack tight">
            <div className="row spread">
              <div className="row">
                <strong>{parcel.name}</strong>
                <OrderState state={parcel.status === "CANCELLED" ? "CANCELLED" : parcel.display_status} />
              </div>
              {parcel.status !== "CANCELLED" && !parcel.delivered_at && (
                <Button
                  small
                  look="plain"
                  onClick={() =>
                    ask({
                      name: "fulfillment_cancel",
                      input: { id: parcel.id },
                      title: `Cancel the delivery ${parcel.name}`,
                      yes: "Cancel delivery",
                      done: `${parcel.name} was cancelled.`,
                    })
                  }
                >
                  Cancel delivery
                </Button>
              )}
            </div>
            <div className="soft">
              {format.time(parcel.created_at)}
              {parcel.location && ` from ${parcel.location.name}`}
            </div>
            <div>
              {parcel.fulfillment_line_items.nodes
                .map((line) => `${line.quantity ?? 1} × ${line.line_item.name}`)
                .join(", ")}
            </div>
            {parcel.tracking_info.map((tracking) => (
              <div key={`${tracking.company} ${tracking.number}`} className="row">
                <Badge>{tracking.company ?? "Tracking"}</Badge>
                {tracking.url?.startsWith("https://") ? (
                  <a href={tracking.url} target="_blank" rel="noreferrer">
                    {tracking.number ?? "Track it"}
                  </a>
                ) : (
                  <span className="numeric">{tracking.number}</span>
                )}
              </div>
            ))}
          </li>
        ))}
      </ul>
    </Card>
  );
}

/** What happened to the order, the latest first. */
export function Timeline({
  order,
  payments,
  parcels,
  error,
}: {
  order: Order;
  payments: Payments | undefined;
  parcels: readonly Parcel[] | undefined;
  error: Error | null;
}) {
  const format = useFormats();
  const told = happenings(order, payments, parcels, ({ amount: { shop_money } }) =>
    format.money(shop_money.amount, shop_money.currency_code),
  );
  return (
    <Card title="What happened">
      <ol className={styles.timeline}>
        {told.map((one) => (
          <li key={`${one.at} ${one.text} ${one.about}`}>
            <div>
              {one.text}
              {one.about && <span className="soft"> · {one.about}</span>}
            </div>
            <time dateTime={one.at} className="small soft">
              {format.time(one.at)}
            </time>
          </li>
        ))}
      </ol>
      {error !== null && <p className="small soft">The payments could not be read: {error.message}</p>}
    </Card>
  );
}
