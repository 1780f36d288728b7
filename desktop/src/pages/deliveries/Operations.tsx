import { ArrowLeftRight } from "lucide-react";
import { useMemo, useState } from "react";
import { Link } from "wouter";
import { useChanging } from "../../app/changing";
import { ErrorNote } from "../../app/ErrorNote";
import { useFilters } from "../../app/filters";
import { ListCard } from "../../app/ListCard";
import { useList } from "../../app/reading";
import { useFormats } from "../../app/stores";
import { TITLES } from "../../client/titles";
import type { Input, Item } from "../../client/types";
import { Badge, Button, type Column, Dialog, Page, Select, type Tone, words } from "../../ui";
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

export default function Operations() {
  const [filters, setFilter] = useFilters();
  const format = useFormats();
  const [stopping, stop] = useState<Row | null>(null);
  const list = useList("operations", { state: filters.state, limit: 50 } as Input<"operations">, { every: 5_000 });
  const columns = useMemo(
    (): Column<Row>[] => [
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
      {
        key: "do",
        title: "",
        end: true,
        cell: (row) =>
          row.done ? null : (
            <Button small look="plain" onClick={() => stop(row)}>
              Stop following
            </Button>
          ),
      },
    ],
    [format],
  );
  return (
    <Page title="Background work" about="Changes that Shopify goes on with after it has accepted them.">
      <DeliveryTabs />
      <Backlog />
      <div className="filters">
        <Select
          label="State"
          options={STATES}
          value={filters.state ?? ""}
          onChange={(event) => setFilter("state", event.target.value)}
        />
      </div>
      <ListCard
        label="Background work"
        list={list}
        columns={columns}
        rowKey={(row) => row.id}
        empty={{
          icon: ArrowLeftRight,
          title: "Nothing goes on in the background",
          about: "What has ended is kept for a week.",
        }}
      />
      {stopping !== null && <Stop row={stopping} onClose={() => stop(null)} />}
    </Page>
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

function Stop({ row, onClose }: { row: Row; onClose: () => void }) {
  const { make } = useChanging();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<Error | null>(null);
  async function go() {
    setBusy(true);
    setError(null);
    try {
      await make("operation_cancel", { operation_id: row.id }, "It is no longer followed.");
      onClose();
    } catch (raised) {
      setError(raised as Error);
      setBusy(false);
    }
  }
  return (
    <Dialog title={`Stop following “${titleOf(row)}”?`} onClose={onClose}>
      <p>Shopify can't be stopped: it may still complete this. Then look at the store to see what came of it.</p>
      {error !== null && <ErrorNote error={error} />}
      <div className="actions">
        <Button onClick={onClose}>Keep following</Button>
        <Button look="danger" busy={busy} onClick={go}>
          Stop following
        </Button>
      </div>
    </Dialog>
  );
}
