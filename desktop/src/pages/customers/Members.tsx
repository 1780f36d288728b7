import { Users } from "lucide-react";
import { Link } from "wouter";
import { ListCard } from "../../app/ListCard";
import { useList, useRead } from "../../app/reading";
import { useFormats } from "../../app/stores";
import type { Item } from "../../client/types";
import type { Column } from "../../ui";
import { CLASSES } from "./classes";

// The copy of a store holds no names: they are read one by one, so that a page is short.
const AT_ONCE = 10;
const EMPTY = { icon: Users, title: "Nobody is in it" };

type OfClass = Item<"audience_rfm_customers">;
type Member = Item<"audience_members">;

/** The name of a customer, read when it is shown; until then the number. */
function Name({ id }: { id: string }) {
  const { data } = useRead("customer_get", { id, fields: ["id", "display_name"] });
  return <Link href={`/app/customers/${id}`}>{data?.display_name ?? id}</Link>;
}

/** The customers of a class; those whose orders are worth most come first. */
export function ClassMembers({ name }: { name: string }) {
  const format = useFormats();
  const list = useList("audience_rfm_customers", { rfm_class: name as (typeof CLASSES)[number][0], limit: AT_ONCE });
  const title = CLASSES.find(([key]) => key === name)?.[1] ?? name;
  const columns: Column<OfClass>[] = [
    { key: "name", title: "Customer", wrap: true, cell: (row) => <Name id={row.legacy_id} /> },
    { key: "orders", title: "Orders", end: true, cell: (row) => format.number(row.orders) },
    { key: "last", title: "Last order", minor: true, cell: (row) => format.day(row.last_order) },
    { key: "sales", title: "Net sales", end: true, cell: (row) => format.money(row.net_sales, format.currency) },
  ];
  return (
    <ListCard
      label={`Members of ${title}`}
      title={`Members of “${title}”`}
      list={list}
      columns={columns}
      rowKey={(row) => row.id}
      empty={EMPTY}
    />
  );
}

/** The customers of an audience. */
export function AudienceMembers({ audience }: { audience: string }) {
  const format = useFormats();
  const { data } = useRead("audience_get", { audience });
  const list = useList("audience_members", { audience, limit: AT_ONCE });
  const columns: Column<Member>[] = [
    { key: "name", title: "Customer", wrap: true, cell: (row) => <Name id={row.legacy_id} /> },
    { key: "number", title: "Number", minor: true, cell: (row) => <span className="soft">{row.legacy_id}</span> },
  ];
  const count = data?.members == null ? "" : ` · ${format.number(data.members)}`;
  return (
    <ListCard
      label="Members of the audience"
      title={data === undefined ? "Members" : `Members of “${data.name}”${count}`}
      list={list}
      columns={columns}
      rowKey={(row) => row.id}
      empty={EMPTY}
    />
  );
}
