import { Users } from "lucide-react";
import { Link } from "wouter";
import { type ListOf, ListPage } from "../../app/ListPage";
import { Tabs } from "../../ui";
import { Consent } from "./Consent";

const SORTS = [
  ["", "Newest first"],
  ["NAME", "Name"],
  ["UPDATED_AT", "Last changed"],
] as const;

export const TABS = [
  { href: "/app/customers", text: "All customers" },
  { href: "/app/segments", text: "Segments" },
] as const;

const CUSTOMERS: ListOf<"customer_search"> = {
  title: "Customers",
  read: "customer_search",
  input: ({ query, tag, sort }) => ({
    query,
    tag,
    sort_key: sort || "CREATED_AT",
    reverse: sort !== "NAME",
    limit: 50,
  }),
  filters: [
    { name: "query", label: "Search", wide: true, placeholder: "Name, e-mail, phone or address" },
    { name: "tag", label: "Tag" },
    { name: "sort", label: "Sorted by", options: SORTS, sorts: true },
  ],
  columns: (format) => [
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
  href: (customer) => `/app/customers/${customer.legacy_id}`,
  csv: {
    name: "customers",
    columns: [
      ["Customer", (customer) => customer.display_name],
      ["E-mail", (customer) => customer.default_email_address?.email_address],
      ["Marketing by e-mail", (customer) => customer.default_email_address?.marketing_state],
      ["City", (customer) => customer.default_address?.city],
      ["Country", (customer) => customer.default_address?.country_code],
      ["Orders", (customer) => Number(customer.number_of_orders)],
      ["Spent", (customer) => customer.amount_spent.amount],
      ["Currency", (customer) => customer.amount_spent.currency_code],
      ["Id", (customer) => customer.legacy_id],
    ],
  },
  empty: {
    icon: Users,
    title: "No customers yet",
    about: "Who orders in your store, or signs up for its news, appears here.",
  },
  none: { title: "No customer matches" },
};

export default function Customers() {
  return (
    <ListPage of={CUSTOMERS}>
      <Tabs label="Customers" tabs={TABS} />
    </ListPage>
  );
}
