import { X } from "lucide-react";
import { useState } from "react";
import { Link } from "wouter";
import { useChanging } from "../../app/changing";
import { ErrorNote } from "../../app/ErrorNote";
import { useRead } from "../../app/reading";
import { useFormats } from "../../app/stores";
import { TITLES } from "../../client/titles";
import type { Data } from "../../client/types";
import { Badge, Button, Card, Code, IconButton, Loading, Note, type Tone, words } from "../../ui";
import { RunState } from "./RunState";
import styles from "./workflows.module.css";

type Run = Data<"atom_workflow_run">["run"];
type Step = Run["steps"][number];

const TONES: Record<string, Tone> = { done: "good", failed: "bad", waiting: "accent", running: "accent" };
const POLL = 2_000;

/** One run: what started it, what each step did, and what can be done with it. */
export function RunCard({ id, onClose }: { id: string; onClose: () => void }) {
  const [ended, setEnded] = useState(false);
  const { data, error, refetch } = useRead("atom_workflow_run", { run_id: id }, { every: ended ? undefined : POLL });
  const run = data?.run.id === id ? data.run : undefined;
  if (run !== undefined && (run.finished_at !== null) !== ended) {
    setEnded(run.finished_at !== null);
  }
  return (
    <Card
      title={run === undefined ? "Run" : <RunTitle run={run} />}
      actions={<IconButton icon={X} label="Close this run" onClick={onClose} />}
    >
      {run === undefined ? (
        error !== null ? (
          <ErrorNote error={error} onRetry={refetch} />
        ) : (
          <Loading lines={4} label="Loading the run" />
        )
      ) : (
        <Told run={run} />
      )}
    </Card>
  );
}

function RunTitle({ run }: { run: Run }) {
  const format = useFormats();
  return (
    <span className="row">
      Run of {format.time(run.created_at)} <RunState state={run.state} />
    </span>
  );
}

function Told({ run }: { run: Run }) {
  const failure = run.error as { message?: string; code?: string } | null;
  const waiting = run.approvals.find((approval) => approval.state === "waiting");
  const event = Object.keys(run.input).length > 0 ? run.input : run.event;
  return (
    <div className="stack">
      {failure !== null && (
        <Note tone="bad" title={failure.message ?? "It failed."}>
          {failure.code && <span className="small soft">{failure.code}</span>}
        </Note>
      )}
      {run.note && <p>{run.note}</p>}
      {waiting && (
        <Note tone="warn" title={waiting.question}>
          <Link href="/app/approvals">Answer it</Link>
        </Note>
      )}
      <ol className={styles.steps}>
        {run.steps.map((step) => (
          <StepTold key={step.id} step={step} />
        ))}
      </ol>
      {Object.keys(event).length > 0 && <Code title="What started it" value={event} />}
      <RunActions run={run} />
    </div>
  );
}

function StepTold({ step }: { step: Step }) {
  const format = useFormats();
  const failure = step.error as { message?: string } | null;
  return (
    <li>
      <div className="row spread">
        <strong>{TITLES[step.action ?? ""] ?? words(step.type)}</strong>
        <span className="row">
          {step.attempts > 1 && <span className="soft small">{step.attempts} attempts</span>}
          {step.finished_at && <span className="soft small">{format.time(step.finished_at)}</span>}
          <Badge tone={TONES[step.state]}>{words(step.state)}</Badge>
        </span>
      </div>
      {failure?.message && <p>{failure.message}</p>}
      {(step.input != null || step.output != null) && (
        <Code title="Input and result" value={{ input: step.input, result: step.output }} />
      )}
    </li>
  );
}

function RunActions({ run }: { run: Run }) {
  const { make } = useChanging();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<Error | null>(null);
  const failed = run.state === "failed";
  if (!failed && run.finished_at !== null) {
    return null;
  }
  async function go() {
    setBusy(true);
    setError(null);
    try {
      if (failed) {
        await make("atom_run_retry", { run_id: run.id }, "The run goes on.");
      } else {
        await make("atom_run_cancel", { run_id: run.id }, "The run is cancelled.");
      }
    } catch (raised) {
      setError(raised as Error);
    } finally {
      setBusy(false);
    }
  }
  return (
    <div className="stack tight">
      {error !== null && <ErrorNote error={error} />}
      <div className="row">
        <Button busy={busy} onClick={go}>
          {failed ? "Try again from the failed step" : "Cancel this run"}
        </Button>
      </div>
    </div>
  );
}
