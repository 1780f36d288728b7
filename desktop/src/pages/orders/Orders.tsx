import { ShoppingBag } from "lucide-react";
import { useDeferredValue, useMemo } from "react";
import { Link, useLocation } from "wouter";
import { useFilters } from "../../app/filters";
import { ListCard } from "../../app/ListCard";
import { useList } from "../../app/reading";
import { useFormats } from "../../app/stores";
import type { Input, Item } from "../../client/types";
import { Badge, type Column, Page, Select, TextField } from "../../ui";
import { OrderState } from "./states";

type Row = Item<"order_search">;

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

export default function Orders() {
  const [filters, setFilter] = useFilters();
  const [, go] = useLocation();
  const format = useFormats();
  const query = useDeferredValue(filters.query ?? "");
  const list = useList("order_search", {
    query,
    status: filters.status,
    financial_status: filters.payment,
    fulfillment_status: filters.delivery,
    fields: SHOWN,
    limit: 100,
  } as Input<"order_search">);
  const columns = useMemo(
    (): Column<Row>[] => [
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
        cell: (order) => order.customer?.display_name ?? order.email ?? <span className="soft">None</span>,
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
    [format],
  );
  return (
    <Page title="Orders">
      <div className="filters">
        <TextField
          label="Search"
          wide
          type="search"
          placeholder="Name, e-mail or address"
          value={filters.query ?? ""}
          onChange={(event) => setFilter("query", event.target.value)}
        />
        <Select
          label="Status"
          options={STATUS}
          value={filters.status ?? ""}
          onChange={(event) => setFilter("status", event.target.value)}
        />
        <Select
          label="Payment"
          options={PAYMENT}
          value={filters.payment ?? ""}
          onChange={(event) => setFilter("payment", event.target.value)}
        />
        <Select
          label="Delivery"
          options={DELIVERY}
          value={filters.delivery ?? ""}
          onChange={(event) => setFilter("delivery", event.target.value)}
        />
      </div>
      <ListCard
        label="Orders"
        list={list}
        columns={columns}
        rowKey={(order) => order.id}
        onOpen={(order) => go(`/app/orders/${order.legacy_id}`)}
        empty={{
          icon: ShoppingBag,
          title: "No orders",
          about: "No order is as you ask. Orders appear here as soon as they are placed.",
        }}
      />
    </Page>
  );
}
