import { Users } from "lucide-react";
import { useDeferredValue, useMemo } from "react";
import { Link, useLocation } from "wouter";
import { useFilters } from "../../app/filters";
import { ListCard } from "../../app/ListCard";
import { useList } from "../../app/reading";
import { useFormats } from "../../app/stores";
import type { Input, Item } from "../../client/types";
import { type Column, Page, Select, Tabs, TextField } from "../../ui";
import { Consent } from "./Consent";

type Row = Item<"customer_search">;

const SORTS = [
  ["NEW", "Newest first"],
  ["NAME", "Name"],
  ["UPDATED_AT", "Last changed"],
] as const;

export const TABS = [
  { href: "/app/customers", text: "All customers" },
  { href: "/app/segments", text: "Segments" },
] as const;

export default function Customers() {
  const [filters, setFilter] = useFilters();
  const [, go] = useLocation();
  const format = useFormats();
  const query = useDeferredValue(filters.query ?? "");
  const tag = useDeferredValue(filters.tag ?? "");
  const sort = filters.sort ?? "NEW";
  const list = useList("customer_search", {
    query,
    tag,
    sort_key: sort === "NEW" ? "CREATED_AT" : sort,
    reverse: sort !== "NAME",
    limit: 50,
  } as Input<"customer_search">);
  const columns = useMemo(
    (): Column<Row>[] => [
      {
        key: "name",
        title: "Customer",
        wrap: true,
        cell: (customer) => <Link href={`/app/customers/${customer.legacy_id}`}>{customer.display_name}</Link>,
      },
      {
        key: "email",
        title: "E-mail",
        minor: true,
        cell: (customer) => customer.default_email_address?.email_address ?? <span className="soft">None</span>,
      },
      {
        key: "place",
        title: "Place",
        minor: true,
        cell: ({ default_address: address }) => (
          <span className="soft">{[address?.city, address?.country_code].filter(Boolean).join(", ") || "–"}</span>
        ),
      },
      {
        key: "consent",
        title: "Marketing by e-mail",
        minor: true,
        cell: (customer) => <Consent state={customer.default_email_address?.marketing_state} />,
      },
      {
        key: "orders",
        title: "Orders",
        end: true,
        cell: (customer) => format.number(customer.number_of_orders),
        sortBy: (customer) => Number(customer.number_of_orders),
      },
      {
        key: "spent",
        title: "Spent",
        end: true,
        cell: (customer) => format.money(customer.amount_spent.amount, customer.amount_spent.currency_code),
        sortBy: (customer) => Number(customer.amount_spent.amount),
      },
    ],
    [format],
  );
  return (
    <Page title="Customers">
      <Tabs label="Customers" tabs={TABS} />
      <div className="filters">
        <TextField
          label="Search"
          wide
          type="search"
          placeholder="Name, e-mail, phone or address"
          value={filters.query ?? ""}
          onChange={(event) => setFilter("query", event.target.value)}
        />
        <TextField label="Tag" value={filters.tag ?? ""} onChange={(event) => setFilter("tag", event.target.value)} />
        <Select
          label="Order"
          options={SORTS}
          value={sort}
          onChange={(event) => setFilter("sort", event.target.value === "NEW" ? "" : event.target.value)}
        />
      </div>
      <ListCard
        label="Customers"
        list={list}
        columns={columns}
        rowKey={(customer) => customer.id}
        onOpen={(customer) => go(`/app/customers/${customer.legacy_id}`)}
        empty={{ icon: Users, title: "No customers", about: "No customer is as you ask." }}
      />
    </Page>
  );
}
