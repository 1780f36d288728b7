import { History } from "lucide-react";
import { useDeferredValue, useMemo } from "react";
import { Link, useLocation } from "wouter";
import { useFilters } from "../../app/filters";
import { ListCard } from "../../app/ListCard";
import { useList } from "../../app/reading";
import { useFormats } from "../../app/stores";
import { OPERATIONS } from "../../client/operations";
import { TITLES } from "../../client/titles";
import type { Input, Item } from "../../client/types";
import { type Column, Page, Select, TextField } from "../../ui";
import { Outcome, targetOf, titleOf } from "./outcome";

type Row = Item<"audit">;

const TIMES = [
  ["", "Any time"],
  ["today", "Today"],
  ["yesterday", "Since yesterday"],
  ["7d", "Last 7 days"],
  ["30d", "Last 30 days"],
] as const;
const OUTCOMES = [
  ["", "All"],
  ["ok", "Done"],
  ["failed", "Failed"],
  ["started", "Not ended"],
  ["unknown", "Unknown"],
] as const;
const ACTIONS: readonly (readonly [string, string])[] = [
  ["", "All"],
  ...Object.entries(OPERATIONS)
    .filter(([key, operation]) => operation.effect !== "read" && !key.startsWith("atom_") && key in TITLES)
    .map(([key]) => [key, TITLES[key] ?? key] as const)
    .sort((a, b) => a[1].localeCompare(b[1])),
];

export default function Audit() {
  const [filters, setFilter] = useFilters();
  const [, go] = useLocation();
  const format = useFormats();
  const actor = useDeferredValue(filters.actor ?? "");
  const list = useList("audit", {
    actor: actor.trim(),
    action: filters.action,
    outcome: filters.outcome,
    since: filters.since,
    resource: filters.resource,
    limit: 50,
  } as Input<"audit">);
  const columns = useMemo(
    (): Column<Row>[] => [
      {
        key: "what",
        title: "Change",
        wrap: true,
        cell: (row) => <Link href={`/app/audit/${row.id}`}>{titleOf(row)}</Link>,
      },
      { key: "thing", title: "Of", wrap: true, minor: true, cell: (row) => targetOf(row) },
      { key: "who", title: "By", minor: true, cell: (row) => row.subject },
      { key: "via", title: "Through", minor: true, cell: (row) => <span className="soft">{row.via}</span> },
      { key: "at", title: "When", cell: (row) => <span className="soft">{format.ago(row.at)}</span> },
      { key: "outcome", title: "Outcome", cell: (row) => <Outcome entry={row} /> },
    ],
    [format],
  );
  return (
    <Page
      title="Changes"
      about="What was changed in this store through this server: by whom, and from which value to which."
    >
      <div className="filters">
        <TextField
          label="Person"
          type="search"
          value={filters.actor ?? ""}
          onChange={(event) => setFilter("actor", event.target.value)}
        />
        <Select
          label="Action"
          options={ACTIONS}
          value={filters.action ?? ""}
          onChange={(event) => setFilter("action", event.target.value)}
        />
        <Select
          label="Outcome"
          options={OUTCOMES}
          value={filters.outcome ?? ""}
          onChange={(event) => setFilter("outcome", event.target.value)}
        />
        <Select
          label="Time"
          options={TIMES}
          value={filters.since ?? ""}
          onChange={(event) => setFilter("since", event.target.value)}
        />
      </div>
      <ListCard
        label="Changes"
        list={list}
        columns={columns}
        rowKey={(row) => row.id}
        onOpen={(row) => go(`/app/audit/${row.id}`)}
        empty={{
          icon: History,
          title: "No changes",
          about: "None is as you ask. Each change that is made here, in the chat or by a workflow leaves an entry.",
        }}
      />
    </Page>
  );
}
