import { ArrowLeftRight } from "lucide-react";
import { useState } from "react";
import { useChanging } from "../../app/changing";
import { useFilters } from "../../app/filters";
import { type ListOf, ListPage } from "../../app/ListPage";
import { Sure } from "../../app/Sure";
import type { Item } from "../../client/types";
import { Badge, Button, type Tone } from "../../ui";
import { Backlog } from "./Backlog";
import { DeliveryTabs } from "./DeliveryTabs";

type Row = Item<"deliveries">;

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

const DELIVERIES: ListOf<"deliveries"> = {
  title: "Deliveries",
  about: "What Shopify has told this server, and what became of it.",
  read: "deliveries",
  input: ({ state, topic = "" }) => ({ state, topic: topic.trim(), limit: 50 }),
  // What is replayed ends some moments later, and no event of the store tells of that.
  every: 5_000,
  filters: [
    { name: "state", label: "State", options: STATES },
    { name: "topic", label: "Topic", placeholder: "orders/create" },
  ],
  columns: (format) => [
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
  ],
  Actions: Attend,
  empty: {
    icon: ArrowLeftRight,
    title: "No deliveries yet",
    about: "Shopify sends one for each change in your store.",
  },
  none: { title: "No delivery matches" },
};

export default function Deliveries() {
  const [, setFilter] = useFilters();
  return (
    <ListPage of={DELIVERIES}>
      <DeliveryTabs />
      <Backlog onShow={() => setFilter("state", "dead,quarantined")} />
    </ListPage>
  );
}

/** What can be done about a delivery that failed: to try it again, or to give it up. */
function Attend({ row }: { row: Row }) {
  const { make, say } = useChanging();
  const [busy, setBusy] = useState(false);
  const [discarding, setDiscarding] = useState(false);
  if (row.state !== "dead" && row.state !== "quarantined" && row.state !== "parked") {
    return null;
  }
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
      {row.can_be_replayed && (
        <Button small busy={busy} onClick={replay} aria-label={`Replay ${row.topic}`}>
          Replay
        </Button>
      )}
      <Button small look="plain" onClick={() => setDiscarding(true)} aria-label={`Give up ${row.topic}`}>
        Give up
      </Button>
      {discarding && (
        <Sure
          title="Give this delivery up?"
          yes="Give up"
          no="Keep it"
          make={() => make("delivery_discard", { delivery_id: row.id }, "Given up.")}
          onClose={() => setDiscarding(false)}
        >
          <p>
            <code>{row.topic}</code> is not tried again, and no workflow hears of it. The store itself stays as it is.
          </p>
          {row.reason && <p className="soft">{row.reason}</p>}
        </Sure>
      )}
    </span>
  );
}
