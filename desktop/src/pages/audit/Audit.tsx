import { History } from "lucide-react";
import { Link } from "wouter";
import { type ListOf, ListPage } from "../../app/ListPage";
import { OPERATIONS } from "../../client/operations";
import { TITLES } from "../../client/titles";
import { Outcome, targetOf, titleOf, wayOf } from "./outcome";

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

const CHANGES: ListOf<"audit"> = {
  title: "Changes",
  about: "What was changed in this store through this server: by whom, and from which value to which.",
  read: "audit",
  input: ({ actor = "", action, outcome, since, resource }) => ({
    actor: actor.trim(),
    action,
    outcome,
    since,
    resource,
    limit: 50,
  }),
  filters: [
    { name: "actor", label: "Person" },
    { name: "action", label: "Action", options: ACTIONS },
    { name: "outcome", label: "Outcome", options: OUTCOMES },
    { name: "since", label: "Time", options: TIMES },
    { name: "resource", label: "Of one thing only", linked: true },
  ],
  columns: (format) => [
    {
      key: "what",
      title: "Change",
      wrap: true,
      cell: (row) => <Link href={`/app/audit/${row.id}`}>{titleOf(row)}</Link>,
    },
    { key: "thing", title: "Of", wrap: true, minor: true, cell: (row) => targetOf(row) },
    { key: "who", title: "By", minor: true, cell: (row) => row.subject },
    { key: "via", title: "Through", minor: true, cell: (row) => <span className="soft">{wayOf(row.via)}</span> },
    { key: "at", title: "When", cell: (row) => <span className="soft">{format.ago(row.at)}</span> },
    { key: "outcome", title: "Outcome", cell: (row) => <Outcome entry={row} /> },
  ],
  href: (row) => `/app/audit/${row.id}`,
  empty: {
    icon: History,
    title: "No changes yet",
    about: "Each change that is made here, in the chat or by a workflow leaves an entry.",
  },
  none: { title: "No change matches" },
};

export default function Audit() {
  return <ListPage of={CHANGES} />;
}
