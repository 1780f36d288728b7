import { useState } from "react";
import { Changes } from "../../app/changing";
import { ErrorNote } from "../../app/ErrorNote";
import { client } from "../../app/queries";
import { ClientError } from "../../client/client";
import type { Data, Input } from "../../client/types";
import { Badge, Button, Card, Code, TextArea, type Tone } from "../../ui";
import { asInput, type Definition, readObject, takes } from "./definition";
import { conditionInWords, stepInWords, wouldInWords } from "./words";
import styles from "./workflows.module.css";

type Tried = Data<"atom_workflow_dry_run">;

const TONES: Record<string, Tone> = {
  run: "good",
  go_on: "good",
  ask: "accent",
  fail: "bad",
  end: "warn",
  unknown: "warn",
};

/** Try a definition with a sample event, or with one of the person's own. Nothing is changed and nothing is stored. */
export function DryRun({ definition, disabled }: { definition: Definition; disabled?: boolean }) {
  const [tried, setTried] = useState<{ of: Definition; result: Tried } | null>(null);
  const [error, setError] = useState<Error | null>(null);
  const [busy, setBusy] = useState(false);
  const [own, setOwn] = useState("");
  const given = readObject(own);
  const wanted = takes(definition);

  async function attempt() {
    setBusy(true);
    setError(null);
    const event = own.trim() === "" ? { sample: true } : { trigger_data: given };
    const answer = await client.call(
      "atom_workflow_dry_run",
      asInput<"atom_workflow_dry_run">({
        definition,
        ...(wanted === "event" ? event : { input: given }),
      }) as Input<"atom_workflow_dry_run">,
    );
    setBusy(false);
    setTried(answer.ok ? { of: definition, result: answer.data } : null);
    setError(answer.ok ? null : new ClientError(answer.error));
  }

  return (
    <Card
      title="Try it"
      actions={
        <Button onClick={attempt} busy={busy} disabled={disabled || given === undefined}>
          {wanted !== "event" ? "Try it" : own.trim() === "" ? "Try with a sample event" : "Try with this event"}
        </Button>
      }
    >
      <div className="stack">
        <p className="soft">Shows what each step would do. Nothing is changed, and nothing is stored.</p>
        {wanted !== null && (
          <details>
            <summary>{wanted === "event" ? "Use an event of your own" : "Give its input"}</summary>
            <TextArea
              label={wanted === "event" ? "The event's payload as JSON" : "Its input as JSON"}
              rows={5}
              spellCheck={false}
              className="input mono"
              value={own}
              fault={given === undefined ? "This is no JSON object." : undefined}
              onChange={(typed) => setOwn(typed.target.value)}
            />
          </details>
        )}
        <div aria-live="polite">
          {error !== null && <ErrorNote error={error} />}
          {tried !== null && (
            <div className="stack">
              {tried.of !== definition && <p className="soft small">You have changed the workflow since.</p>}
              <Result result={tried.result} definition={tried.of} />
            </div>
          )}
        </div>
      </div>
    </Card>
  );
}

function Result({ result, definition }: { result: Tried; definition: Definition }) {
  return (
    <>
      <p>
        <Badge tone={result.starts ? "good" : "warn"}>{result.starts ? "It would start" : "It would not start"}</Badge>
      </p>
      {result.conditions
        .filter((one) => !one.holds)
        .map((one) => (
          <p key={one.condition}>
            {conditionInWords(one.condition, definition.variables) ?? <code>{one.condition}</code>}:{" "}
            {one.why ?? "this does not hold."}
          </p>
        ))}
      <ol className={styles.steps}>
        {result.steps.map((step) => (
          <li key={step.id}>
            <div className="row spread">
              <strong>{titleOf(step.id, definition)}</strong>
              <Badge tone={TONES[step.would]}>{wouldInWords(step.would)}</Badge>
            </div>
            <Told step={step} />
          </li>
        ))}
      </ol>
    </>
  );
}

function titleOf(id: string, definition: Definition): string {
  const step = definition.steps.find((one) => one.id === id);
  return step === undefined ? id : stepInWords(step, definition);
}

function Told({ step }: { step: Tried["steps"][number] }) {
  const preview = previewOf(step.preview);
  const error = step.error as { message?: string } | undefined;
  const message = typeof step.message === "string" ? step.message : undefined;
  return (
    <div className="stack tight">
      {(preview?.question ?? preview?.summary ?? message) && <p>{preview?.question ?? preview?.summary ?? message}</p>}
      {preview !== undefined && <Changes changes={preview.changes} />}
      {step.why && <p className="soft">{step.why.charAt(0).toUpperCase() + step.why.slice(1)}</p>}
      {error?.message && !step.why.includes(error.message) && <p className="soft">{error.message}</p>}
      {step.asks && <p className="soft">It asks for a yes first.</p>}
      {preview === undefined && step.parameters && Object.keys(step.parameters).length > 0 && (
        <Code title="Its input" value={step.parameters} />
      )}
    </div>
  );
}

interface Told {
  question?: string;
  summary?: string;
  changes: { field: string; before?: unknown; after?: unknown }[];
}

/** Read what a service says of a write that it previews. */
function previewOf(value: unknown): Told | undefined {
  const outer = value as { preview?: unknown } | undefined;
  const preview = (outer?.preview ?? outer) as Partial<Told> | undefined;
  return preview?.summary === undefined && preview?.question === undefined
    ? undefined
    : { ...preview, changes: Array.isArray(preview.changes) ? preview.changes : [] };
}
