import { Workflow as Icon } from "lucide-react";
import { useMemo } from "react";
import { Link, useLocation } from "wouter";
import { ErrorNote } from "../../app/ErrorNote";
import { useRead } from "../../app/reading";
import { useFormats } from "../../app/stores";
import type { Data } from "../../client/types";
import { Badge, Card, type Column, DataTable, Empty, Loading, Page } from "../../ui";
import { definitionOf } from "./definition";
import { RunState } from "./RunState";
import { startedBy } from "./words";
import styles from "./workflows.module.css";

type Workflow = Data<"atom_workflow_definitions">["workflows"][number];
type Run = Data<"atom_workflow_runs">["runs"][number];

export default function Workflows() {
  return (
    <Page
      title="Workflows"
      about="They do your routine work: something happens, conditions decide, steps follow."
      actions={
        <Link href="/app/workflows/new/blank" className="button">
          Write your own
        </Link>
      }
    >
      <Mine />
      <Templates />
    </Page>
  );
}

function Mine() {
  const [, go] = useLocation();
  const format = useFormats();
  const { data, error, isPending, refetch } = useRead("atom_workflow_definitions", {});
  const runs = useRead("atom_workflow_runs", { limit: 250 });
  const last = useMemo(() => {
    const newest = new Map<string, Run>();
    for (const run of runs.data?.runs ?? []) {
      if (!newest.has(run.workflow_id)) {
        newest.set(run.workflow_id, run);
      }
    }
    return newest;
  }, [runs.data]);
  const columns = useMemo(
    (): Column<Workflow>[] => [
      {
        key: "name",
        title: "Workflow",
        wrap: true,
        cell: (one) => <Link href={`/app/workflows/${encodeURIComponent(one.id)}`}>{String(one.name)}</Link>,
        sortBy: (one) => String(one.name),
      },
      {
        key: "started",
        title: "Starts",
        minor: true,
        cell: (one) =>
          one.runnable ? startedBy(definitionOf(one.workflow_config).trigger) : <Badge tone="warn">Can't run</Badge>,
      },
      {
        key: "next",
        title: "Next",
        minor: true,
        cell: (one) =>
          one.next_at === null ? (
            ""
          ) : (
            <span className="soft">{format.time(new Date(one.next_at * 1000).toISOString())}</span>
          ),
      },
      {
        key: "last",
        title: "Last run",
        cell: (one) => {
          const run = last.get(one.id);
          return run === undefined ? (
            <span className="soft">None yet</span>
          ) : (
            <span className="row">
              <RunState state={run.state} />
              <span className="soft small">{format.ago(run.created_at)}</span>
            </span>
          );
        },
      },
    ],
    [format, last],
  );
  if (error !== null && data === undefined) {
    return <ErrorNote error={error} onRetry={refetch} />;
  }
  return (
    <Card title="Your workflows" flush={!isPending}>
      {isPending ? (
        <Loading lines={3} label="Loading workflows" />
      ) : data === undefined || data.workflows.length === 0 ? (
        <Empty icon={Icon} title="No workflow yet">
          Begin with one of the ready ones below.
        </Empty>
      ) : (
        <DataTable
          label="Your workflows"
          columns={columns}
          rows={data.workflows}
          rowKey={(one) => one.id}
          onOpen={(one) => go(`/app/workflows/${encodeURIComponent(one.id)}`)}
        />
      )}
    </Card>
  );
}

function Templates() {
  const { data, error, isPending, refetch } = useRead("atom_workflow_templates", {});
  const templates = (data?.templates ?? []) as unknown as Record<string, unknown>[];
  return (
    <section className="stack" aria-labelledby="templates">
      <h2 id="templates">Ready to use</h2>
      {error !== null && <ErrorNote error={error} onRetry={refetch} />}
      {isPending && <Loading lines={4} label="Loading templates" />}
      <div className="grid" style={{ "--column": "19rem" } as React.CSSProperties}>
        {templates.map((template) => {
          const definition = definitionOf(template);
          return (
            <article key={definition.id} className={`card ${styles.template}`}>
              <h3>{definition.name}</h3>
              <p className="soft">{definition.description}</p>
              <div className="row spread">
                <Badge>{startedBy(definition.trigger)}</Badge>
                <Link
                  href={`/app/workflows/new/${encodeURIComponent(definition.id ?? "")}`}
                  className="button small"
                  aria-label={`Set up: ${definition.name}`}
                >
                  Set up
                </Link>
              </div>
            </article>
          );
        })}
      </div>
    </section>
  );
}
