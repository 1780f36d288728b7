import { Workflow as Icon } from "lucide-react";
import { useMemo, useState } from "react";
import { ErrorNote } from "../../app/ErrorNote";
import { useFilters } from "../../app/filters";
import { useRead } from "../../app/reading";
import { useFormats } from "../../app/stores";
import type { Data, Input } from "../../client/types";
import { Button, Card, type Column, DataTable, Empty, Loading, Select, words } from "../../ui";
import { RunCard } from "./RunCard";
import { RunState } from "./RunState";
import { runState } from "./words";

type Run = Data<"atom_workflow_runs">["runs"][number];

const STATES = ["pending", "running", "waiting", "completed", "failed", "cancelled"] as const;
const FIRST = 25;
const EVERY = 5_000;
const MOST = 250;

/** The runs of a workflow, the newest first; one of them opens with its steps. */
export function Runs({ workflow }: { workflow: string }) {
  const [filters, setFilter] = useFilters();
  const format = useFormats();
  const [limit, setLimit] = useState(FIRST);
  const asked = { workflow_id: workflow, state: filters.state, limit } as Input<"atom_workflow_runs">;
  const { data, error, isPending, refetch } = useRead("atom_workflow_runs", asked, { every: EVERY });
  const columns = useMemo(
    (): Column<Run>[] => [
      {
        key: "when",
        title: "When",
        cell: (run) => (
          <Button small look="plain" onClick={() => setFilter("run", run.id)}>
            {format.time(run.created_at)}
          </Button>
        ),
      },
      { key: "cause", title: "Started by", minor: true, cell: (run) => causeInWords(run) },
      { key: "state", title: "State", cell: (run) => <RunState state={run.state} /> },
      {
        key: "why",
        title: "Note",
        wrap: true,
        minor: true,
        cell: (run) => <span className="soft">{noteOf(run)}</span>,
      },
    ],
    [format, setFilter],
  );
  if (error !== null && data === undefined) {
    return <ErrorNote error={error} onRetry={refetch} />;
  }
  const runs = data?.runs ?? [];
  return (
    <>
      {filters.run && <RunCard key={filters.run} id={filters.run} onClose={() => setFilter("run", "")} />}
      <Card
        title="Runs"
        flush={!isPending}
        actions={
          <Select
            label={<span className="visually-hidden">State</span>}
            value={filters.state ?? ""}
            options={[["", "All states"], ...STATES.map((state) => [state, runState(state)] as const)]}
            onChange={(event) => setFilter("state", event.target.value)}
          />
        }
      >
        {isPending ? (
          <Loading lines={5} label="Loading runs" />
        ) : runs.length === 0 ? (
          <Empty icon={Icon} title="No runs">
            {filters.state ? "No run is in this state." : "It has not run yet."}
          </Empty>
        ) : (
          <>
            <DataTable
              label="Runs"
              columns={columns}
              rows={runs}
              rowKey={(run) => run.id}
              onOpen={(run) => setFilter("run", run.id)}
            />
            {runs.length === limit && limit < MOST && (
              <div className="row" style={{ justifyContent: "center", padding: "var(--space-3)" }}>
                <Button onClick={() => setLimit(MOST)}>Show more</Button>
              </div>
            )}
          </>
        )}
      </Card>
    </>
  );
}

const CAUSES: Record<string, string> = { manual: "A person", schedule: "The clock", clock: "The clock" };

function causeInWords(run: Run): string {
  const key = (run.event as { key?: unknown }).key;
  const cause = typeof key === "string" && key !== "" ? key : run.cause;
  return CAUSES[cause] ?? words(cause);
}

function noteOf(run: Run): string {
  const error = run.error as { message?: string } | null;
  return error?.message ?? run.note ?? "";
}
