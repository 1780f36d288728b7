import { ShoppingBag } from "lucide-react";
import { useState } from "react";
import { Link, useLocation, useParams } from "wouter";
import { Address } from "../../app/Address";
import { useChanging } from "../../app/changing";
import { ErrorNote } from "../../app/ErrorNote";
import { ListCard } from "../../app/ListCard";
import { NoteCard } from "../../app/NoteCard";
import { useList, useRead } from "../../app/reading";
import { useFormats, useStore } from "../../app/stores";
import { TagsCard } from "../../app/TagsCard";
import type { Data, Item } from "../../client/types";
import { Badge, Button, Card, type Column, Loading, Page, Stat } from "../../ui";
import { OrderState } from "../orders/states";
import { Consent } from "./Consent";
import styles from "./customer.module.css";
import { Edit } from "./Edit";

export type CustomerOf = Data<"customer_get">;
type Row = Item<"order_search">;

export default function Customer() {
  const { id = "" } = useParams<{ id: string }>();
  const { store } = useStore();
  const format = useFormats();
  const { make } = useChanging();
  const [editing, setEditing] = useState(false);
  const { data: customer, error, refetch } = useRead("customer_get", { id }, { enabled: store !== undefined });
  if (customer === undefined) {
    return (
      <Page title="Customer" about={<Link href="/app/customers">All customers</Link>}>
        {error === null ? (
          <Card>
            <Loading lines={8} label="Loading the customer" />
          </Card>
        ) : (
          <ErrorNote error={error} onRetry={refetch} />
        )}
      </Page>
    );
  }
  const spent = customer.amount_spent;
  return (
    <Page
      title={customer.display_name}
      about={
        <>
          <Link href="/app/customers">Customers</Link> · since {format.day(customer.created_at)}
        </>
      }
      actions={<Button onClick={() => setEditing(true)}>Edit</Button>}
    >
      <div className="split">
        <div className="stack">
          <div className={styles.figures}>
            <Card>
              <Stat label="Spent" value={format.money(spent.amount, spent.currency_code)} />
            </Card>
            <Card>
              <Stat label="Orders" value={format.number(customer.number_of_orders)} />
            </Card>
          </div>
          <Orders id={customer.legacy_id} />
        </div>
        <div className="stack">
          <Contact customer={customer} />
          <Addresses customer={customer} />
          <NoteCard
            note={customer.note}
            save={(note) => make("customer_update", { id: customer.id, note }, "The note was saved.")}
          />
          <TagsCard id={customer.id} tags={customer.tags} />
        </div>
      </div>
      {editing && <Edit customer={customer} onClose={() => setEditing(false)} />}
    </Page>
  );
}

function Orders({ id }: { id: string }) {
  const format = useFormats();
  const [, go] = useLocation();
  const list = useList("order_search", { customer_id: id, limit: 20 });
  const columns: Column<Row>[] = [
    {
      key: "name",
      title: "Order",
      cell: (order) => <Link href={`/app/orders/${order.legacy_id}`}>{order.name}</Link>,
    },
    {
      key: "created",
      title: "Placed",
      cell: (order) => <span className="soft">{format.day(order.created_at)}</span>,
    },
    {
      key: "state",
      title: "Delivery",
      minor: true,
      cell: (order) =>
        order.cancelled_at ? (
          <Badge tone="bad">Cancelled</Badge>
        ) : (
          <OrderState state={order.display_fulfillment_status} />
        ),
    },
    {
      key: "total",
      title: "Total",
      end: true,
      cell: ({ current_total_price: { shop_money } }) => format.money(shop_money.amount, shop_money.currency_code),
    },
  ];
  return (
    <ListCard
      label="Orders of the customer"
      title="Orders"
      list={list}
      columns={columns}
      rowKey={(order) => order.id}
      onOpen={(order) => go(`/app/orders/${order.legacy_id}`)}
      empty={{ icon: ShoppingBag, title: "No orders yet" }}
    />
  );
}

function Contact({ customer }: { customer: CustomerOf }) {
  const { ask, make, say } = useChanging();
  const email = customer.default_email_address;
  const phone = customer.default_phone_number;
  const subscribed = email?.marketing_state === "SUBSCRIBED";
  return (
    <Card title="Contact">
      <dl className={styles.facts}>
        <dt>E-mail</dt>
        <dd>{email?.email_address ?? "None"}</dd>
        <dt>Phone</dt>
        <dd>{phone?.phone_number ?? "None"}</dd>
        <dt>Language</dt>
        <dd>{languageOf(customer.locale)}</dd>
        {email && (
          <>
            <dt>Marketing by e-mail</dt>
            <dd className="row">
              <Consent state={email.marketing_state} />
              <Button
                small
                look="plain"
                onClick={() =>
                  subscribed
                    ? make(
                        "customer_email_consent_update",
                        { id: customer.id, marketing_state: "UNSUBSCRIBED" },
                        `${customer.display_name} gets no more marketing by e-mail.`,
                      ).catch((error: Error) => say(error.message, "bad"))
                    : ask({
                        name: "customer_email_consent_update",
                        input: {
                          id: customer.id,
                          marketing_state: "SUBSCRIBED",
                          marketing_opt_in_level: "SINGLE_OPT_IN",
                        },
                        title: `Record the consent of ${customer.display_name}`,
                        yes: "Record the consent",
                        done: `${customer.display_name} gets marketing by e-mail.`,
                      })
                }
              >
                {subscribed ? "Unsubscribe" : "Record a consent"}
              </Button>
            </dd>
          </>
        )}
        {phone && (
          <>
            <dt>Marketing by text</dt>
            <dd>
              <Consent state={phone.sms_marketing_consent?.state} />
            </dd>
          </>
        )}
      </dl>
    </Card>
  );
}

function languageOf(locale: string): string {
  try {
    return new Intl.DisplayNames("en", { type: "language" }).of(locale) ?? locale;
  } catch {
    return locale;
  }
}

function Addresses({ customer }: { customer: CustomerOf }) {
  const { nodes } = customer.addresses;
  const own = customer.default_address?.legacy_id;
  return (
    <Card title={nodes.length === 1 ? "Address" : "Addresses"}>
      {nodes.length === 0 && <p className="soft">No address.</p>}
      <div className="stack">
        {nodes.map((address) => (
          <div key={address.id}>
            <Address address={address} />
            {nodes.length > 1 && address.legacy_id === own && <Badge>Default</Badge>}
          </div>
        ))}
      </div>
    </Card>
  );
}
