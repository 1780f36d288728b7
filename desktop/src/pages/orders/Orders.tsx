import { ShoppingBag } from "lucide-react";
import { Link } from "wouter";
import { type ListOf, ListPage } from "../../app/ListPage";
import type { Item } from "../../client/types";
import { Badge, words } from "../../ui";
import { OrderState } from "./states";

// What a row shows, and no more: a page of orders with all that they hold is ten times as much.
const SHOWN = [
  "id",
  "legacy_id",
  "name",
  "email",
  "created_at",
  "cancelled_at",
  "customer",
  "current_total_price",
  "display_financial_status",
  "display_fulfillment_status",
];

const STATUS = [
  ["", "All"],
  ["OPEN", "Open"],
  ["CLOSED", "Closed"],
  ["CANCELLED", "Cancelled"],
] as const;
const PAYMENT = [
  ["", "All"],
  ["PAID", "Paid"],
  ["PENDING", "Pending"],
  ["AUTHORIZED", "Authorised"],
  ["PARTIALLY_REFUNDED", "Partly refunded"],
  ["REFUNDED", "Refunded"],
] as const;
const DELIVERY = [
  ["", "All"],
  ["UNFULFILLED", "Unfulfilled"],
  ["PARTIAL", "Partly fulfilled"],
  ["FULFILLED", "Fulfilled"],
  ["ON_HOLD", "On hold"],
] as const;

const ORDERS: ListOf<"order_search"> = {
  title: "Orders",
  read: "order_search",
  input: (filters) => ({
    query: filters.query,
    status: filters.status,
    financial_status: filters.payment,
    fulfillment_status: filters.delivery,
    fields: SHOWN,
    limit: 100,
  }),
  filters: [
    { name: "query", label: "Search", wide: true, placeholder: "Name, e-mail or address" },
    { name: "status", label: "Status", options: STATUS },
    { name: "payment", label: "Payment", options: PAYMENT },
    { name: "delivery", label: "Delivery", options: DELIVERY },
  ],
  columns: (format) => [
    {
      key: "name",
      title: "Order",
      cell: (order) => <Link href={`/app/orders/${order.legacy_id}`}>{order.name}</Link>,
    },
    {
      key: "created",
      title: "Placed",
      minor: true,
      cell: (order) => <span className="soft">{format.time(order.created_at)}</span>,
    },
    {
      key: "customer",
      wrap: true,
      title: "Customer",
      cell: (order) => buyerOf(order) ?? <span className="soft">None</span>,
    },
    {
      key: "total",
      title: "Total",
      end: true,
      cell: (order) =>
        format.money(order.current_total_price.shop_money.amount, order.current_total_price.shop_money.currency_code),
      sortBy: (order) => Number(order.current_total_price.shop_money.amount),
    },
    {
      key: "payment",
      title: "Payment",
      minor: true,
      cell: (order) =>
        order.cancelled_at ? (
          <Badge tone="bad">Cancelled</Badge>
        ) : (
          <OrderState state={order.display_financial_status} />
        ),
    },
    { key: "delivery", title: "Delivery", cell: (order) => <OrderState state={order.display_fulfillment_status} /> },
  ],
  href: (order) => `/app/orders/${order.legacy_id}`,
  csv: {
    name: "orders",
    columns: [
      ["Order", (order) => order.name],
      ["Placed", (order) => order.created_at],
      ["Cancelled", (order) => order.cancelled_at],
      ["Customer", (order) => order.customer?.display_name],
      ["E-mail", (order) => order.email],
      ["Total", (order) => order.current_total_price.shop_money.amount],
      ["Currency", (order) => order.current_total_price.shop_money.currency_code],
      ["Payment", (order) => words(order.display_financial_status)],
      ["Delivery", (order) => words(order.display_fulfillment_status)],
      ["Id", (order) => order.legacy_id],
    ],
  },
  empty: { icon: ShoppingBag, title: "No orders yet", about: "They appear here as soon as they are placed." },
  none: { title: "No order matches" },
};

export default function Orders() {
  return <ListPage of={ORDERS} />;
}

function buyerOf(order: Item<"order_search">): string | undefined {
  return order.customer?.display_name ?? order.email ?? undefined;
}
