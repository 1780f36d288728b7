import { ArrowLeftRight } from "lucide-react";
import { useState } from "react";
import { Link } from "wouter";
import { useChanging } from "../../app/changing";
import { type ListOf, ListPage } from "../../app/ListPage";
import { Sure } from "../../app/Sure";
import { TITLES } from "../../client/titles";
import type { Item } from "../../client/types";
import { Badge, Button, type Tone, words } from "../../ui";
import { Backlog } from "./Backlog";
import { DeliveryTabs } from "./DeliveryTabs";

type Row = Item<"operations">;

const STATES = [
  ["", "All"],
  ["accepted,running", "Under way"],
  ["succeeded", "Succeeded"],
  ["failed", "Failed"],
  ["cancelled", "No longer followed"],
  ["unknown", "Outcome unknown"],
] as const;
const STATE: Record<Row["state"], readonly [text: string, tone?: Tone]> = {
  accepted: ["Accepted", "accent"],
  running: ["Under way", "accent"],
  succeeded: ["Succeeded", "good"],
  failed: ["Failed", "bad"],
  cancelled: ["No longer followed"],
  unknown: ["Outcome unknown", "warn"],
};

const OPERATIONS: ListOf<"operations"> = {
  title: "Background work",
  about: "Changes that Shopify goes on with after it has accepted them.",
  read: "operations",
  input: ({ state }) => ({ state, limit: 50 }),
  every: 5_000,
  filters: [{ name: "state", label: "State", options: STATES }],
  columns: (format) => [
    {
      key: "action",
      title: "What",
      wrap: true,
      cell: (row) =>
        row.audit_id === null ? (
          titleOf(row)
        ) : (
          <Link href={`/app/audit/${encodeURIComponent(row.audit_id)}`}>{titleOf(row)}</Link>
        ),
    },
    { key: "state", title: "State", cell: (row) => <Badge tone={STATE[row.state][1]}>{STATE[row.state][0]}</Badge> },
    { key: "by", title: "By", minor: true, cell: (row) => row.subject },
    {
      key: "at",
      title: "Begun",
      minor: true,
      cell: (row) => <span className="soft">{format.time(row.created_at)}</span>,
    },
    {
      key: "told",
      title: "How it gets on",
      wrap: true,
      minor: true,
      cell: (row) => <span className="soft">{told(row, format.number)}</span>,
    },
  ],
  Actions: Stop,
  empty: {
    icon: ArrowLeftRight,
    title: "Nothing goes on in the background",
    about: "What has ended is kept for a week.",
  },
  none: { title: "Nothing is in this state", about: "What has ended is kept for a week." },
};

export default function Operations() {
  return (
    <ListPage of={OPERATIONS}>
      <DeliveryTabs />
      <Backlog />
    </ListPage>
  );
}

function titleOf(row: Row): string {
  return TITLES[row.action] ?? words(row.action);
}

function told(row: Row, number: (value: number) => string): string {
  const { done, total, message } = row.progress;
  const error = row.error as { message?: string } | null;
  const count = done === null ? "" : total === null ? number(done) : `${number(done)} of ${number(total)}`;
  return error?.message ?? [count, message].filter(Boolean).join(" · ");
}

function Stop({ row }: { row: Row }) {
  const { make } = useChanging();
  const [stopping, setStopping] = useState(false);
  if (row.done) {
    return null;
  }
  return (
    <>
      <Button small look="plain" onClick={() => setStopping(true)}>
        Stop following
      </Button>
      {stopping && (
        <Sure
          title={`Stop following “${titleOf(row)}”?`}
          yes="Stop following"
          no="Keep following"
          make={() => make("operation_cancel", { operation_id: row.id }, "It is no longer followed.")}
          onClose={() => setStopping(false)}
        >
          <p>Shopify can't be stopped: it may still complete this. Then look at the store to see what came of it.</p>
        </Sure>
      )}
    </>
  );
}
