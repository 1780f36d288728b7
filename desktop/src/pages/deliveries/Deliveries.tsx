import { ArrowLeftRight } from "lucide-react";
import { useMemo, useState } from "react";
import { useChanging } from "../../app/changing";
import { ErrorNote } from "../../app/ErrorNote";
import { useFilters } from "../../app/filters";
import { ListCard } from "../../app/ListCard";
import { useList } from "../../app/reading";
import { useFormats } from "../../app/stores";
import type { Input, Item } from "../../client/types";
import { Badge, Button, type Column, Dialog, Page, Select, TextField, type Tone } from "../../ui";
import { Backlog } from "./Backlog";
import { DeliveryTabs } from "./DeliveryTabs";

type Row = Item<"deliveries">;

const EVERY = 5_000;

const STATES = [
  ["", "All"],
  ["dead,quarantined", "Need attention"],
  ["pending,running", "Under way"],
  ["done", "Done"],
  ["dead", "Failed"],
  ["quarantined", "Put aside"],
  ["parked", "Parked"],
  ["discarded", "Given up"],
] as const;

const STATE: Record<Row["state"], readonly [text: string, tone?: Tone]> = {
  pending: ["Waits", "accent"],
  running: ["Under way", "accent"],
  done: ["Done", "good"],
  dead: ["Failed", "bad"],
  quarantined: ["Put aside", "warn"],
  parked: ["Parked", "warn"],
  discarded: ["Given up"],
};

export default function Deliveries() {
  const [filters, setFilter] = useFilters();
  const format = useFormats();
  const [discarding, discard] = useState<Row | null>(null);
  const asked = { state: filters.state, topic: filters.topic, limit: 50 } as Input<"deliveries">;
  // What is replayed ends some moments later, and no event of the store tells of that.
  const list = useList("deliveries", asked, { every: EVERY });
  const columns = useMemo(
    (): Column<Row>[] => [
      {
        key: "topic",
        title: "About",
        wrap: true,
        cell: (row) => (
          <>
            <code>{row.topic}</code>
            {row.reason && <p className="soft small">{row.reason}</p>}
          </>
        ),
      },
      {
        key: "state",
        title: "State",
        cell: (row) => <Badge tone={STATE[row.state][1]}>{STATE[row.state][0]}</Badge>,
      },
      {
        key: "received",
        title: "Received",
        minor: true,
        cell: (row) => <span className="soft">{format.time(row.received_at)}</span>,
      },
      { key: "attempts", title: "Attempts", end: true, minor: true, cell: (row) => row.attempts },
      {
        key: "do",
        title: "",
        end: true,
        cell: (row) => <Do row={row} onDiscard={() => discard(row)} />,
      },
    ],
    [format],
  );
  return (
    <Page title="Deliveries" about="What Shopify has told this server, and what became of it.">
      <DeliveryTabs />
      <Backlog onShow={() => setFilter("state", "dead,quarantined")} />
      <div className="filters">
        <Select
          label="State"
          options={STATES}
          value={filters.state ?? ""}
          onChange={(event) => setFilter("state", event.target.value)}
        />
        <TextField
          label="Topic"
          type="search"
          placeholder="orders/create"
          value={filters.topic ?? ""}
          onChange={(event) => setFilter("topic", event.target.value.trim())}
        />
      </div>
      <ListCard
        label="Deliveries"
        list={list}
        columns={columns}
        rowKey={(row) => row.id}
        empty={{
          icon: ArrowLeftRight,
          title: "No deliveries",
          about: "None is as you ask. Shopify sends one for each change in your store.",
        }}
      />
      {discarding !== null && <Discard row={discarding} onClose={() => discard(null)} />}
    </Page>
  );
}

function Do({ row, onDiscard }: { row: Row; onDiscard: () => void }) {
  const { make, say } = useChanging();
  const [busy, setBusy] = useState(false);
  const waits = row.state === "dead" || row.state === "quarantined" || row.state === "parked";
  async function replay() {
    setBusy(true);
    try {
      await make("delivery_replay", { delivery_id: row.id }, "It runs again.");
    } catch (raised) {
      say((raised as Error).message);
    } finally {
      setBusy(false);
    }
  }
  return (
    <span className="row" style={{ justifyContent: "flex-end", flexWrap: "nowrap" }}>
      {waits && row.can_be_replayed && (
        <Button small busy={busy} onClick={replay} aria-label={`Replay ${row.topic}`}>
          Replay
        </Button>
      )}
      {waits && (
        <Button small look="plain" onClick={onDiscard} aria-label={`Give up ${row.topic}`}>
          Give up
        </Button>
      )}
    </span>
  );
}

function Discard({ row, onClose }: { row: Row; onClose: () => void }) {
  const { make } = useChanging();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<Error | null>(null);
  async function go() {
    setBusy(true);
    setError(null);
    try {
      await make("delivery_discard", { delivery_id: row.id }, "Given up.");
      onClose();
    } catch (raised) {
      setError(raised as Error);
      setBusy(false);
    }
  }
  return (
    <Dialog title="Give this delivery up?" onClose={onClose}>
      <p>
        <code>{row.topic}</code> is not tried again, and no workflow hears of it. The store itself stays as it is.
      </p>
      {row.reason && <p className="soft">{row.reason}</p>}
      {error !== null && <ErrorNote error={error} />}
      <div className="actions">
        <Button onClick={onClose}>Keep it</Button>
        <Button look="danger" busy={busy} onClick={go}>
          Give up
        </Button>
      </div>
    </Dialog>
  );
}
