import { Inbox } from "lucide-react";
import { useMemo } from "react";
import { Link } from "wouter";
import { ErrorNote } from "../../app/ErrorNote";
import { useRead } from "../../app/reading";
import { useFormats } from "../../app/stores";
import type { Data } from "../../client/types";
import { Badge, Card, type Column, DataTable, Empty, Loading, Note, type Tone, words } from "../../ui";

type Trace = Data<"atom_workflow_why">["traces"][number];

const KEPT = 200;

/** What became of each event that a workflow waited for. */
export function Why({ workflow, runs }: { workflow: string; runs: string }) {
  const format = useFormats();
  const { data, error, isPending, refetch } = useRead("atom_workflow_why", { workflow_id: workflow, limit: KEPT });
  const columns = useMemo(
    (): Column<Trace>[] => [
      { key: "at", title: "When", cell: (trace) => <span className="soft">{format.time(trace.at)}</span> },
      { key: "event", title: "Event", minor: true, cell: (trace) => words(trace.event) },
      { key: "shop", title: "Store", minor: true, cell: (trace) => trace.shop ?? "" },
      {
        key: "result",
        title: "Result",
        cell: (trace) => (
          <Badge tone={toneOf(trace)}>{trace.outcome === "started" ? "Started" : "Did not start"}</Badge>
        ),
      },
      {
        key: "why",
        title: "Why",
        wrap: true,
        cell: (trace) =>
          trace.run_id === null ? (
            <Reason trace={trace} />
          ) : (
            <Link href={`${runs}?run=${encodeURIComponent(trace.run_id)}`}>{sentence(trace.why)}</Link>
          ),
      },
    ],
    [format, runs],
  );
  if (error !== null && data === undefined) {
    return <ErrorNote error={error} onRetry={refetch} />;
  }
  if (isPending || data === undefined) {
    return (
      <Card>
        <Loading lines={5} label="Loading events" />
      </Card>
    );
  }
  return (
    <>
      <p className="soft">
        It is started by {data.started_by}. The latest {KEPT} events of two weeks are kept.
      </p>
      {data.hint && <Note>{data.hint}</Note>}
      <Card flush={data.traces.length > 0}>
        {data.traces.length === 0 ? (
          <Empty icon={Inbox} title="No event yet">
            Each event that could start it appears here, whether it did or not.
          </Empty>
        ) : (
          <DataTable label="Events" columns={columns} rows={data.traces} rowKey={(trace) => trace.id} />
        )}
      </Card>
    </>
  );
}

/** Why there was no run: the condition, and the values that it read. */
function Reason({ trace }: { trace: Trace }) {
  const values = Object.entries(trace.values);
  if (trace.condition === null) {
    return <>{sentence(trace.why)}</>;
  }
  return (
    <div className="stack tight">
      <span>{sentence(trace.why.split(":")[0] ?? "")}:</span>
      <code>{trace.condition}</code>
      {values.length > 0 && (
        <span className="soft small">
          {values.map(([name, value]) => `${name} was ${JSON.stringify(value)}`).join(", ")}
        </span>
      )}
    </div>
  );
}

function toneOf(trace: Trace): Tone | undefined {
  return trace.run_state === "failed" ? "bad" : trace.outcome === "started" ? "good" : undefined;
}

function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
