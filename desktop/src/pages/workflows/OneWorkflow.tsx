import { useEffect, useMemo, useState } from "react";
import { Link, useLocation, useParams } from "wouter";
import { useChanging } from "../../app/changing";
import { ErrorNote } from "../../app/ErrorNote";
import { useRead } from "../../app/reading";
import { Badge, Button, Card, Dialog, Loading, Note, Page, Tabs } from "../../ui";
import { useChecked } from "./checking";
import { DryRun } from "./DryRun";
import { asInput, type Definition, definitionOf } from "./definition";
import { EditForm } from "./EditForm";
import { InWords } from "./InWords";
import { Runs } from "./Runs";
import { Why } from "./Why";

export default function OneWorkflow() {
  const { id: encoded = "", part } = useParams<{ id: string; part?: string }>();
  const id = decodeURIComponent(encoded);
  const { data, error, refetch } = useRead("atom_workflow_definition", { workflow_id: id });
  const workflow = data?.workflow.id === id ? data.workflow : undefined;
  if (workflow === undefined) {
    return (
      <Page title="Workflow">
        {error !== null ? (
          <ErrorNote error={error} onRetry={refetch} />
        ) : (
          <Loading lines={6} label="Loading the workflow" />
        )}
      </Page>
    );
  }
  const definition = definitionOf(workflow.workflow_config);
  const base = `/app/workflows/${encodeURIComponent(id)}`;
  return (
    <Page
      title={String(workflow.name)}
      about={definition.description}
      actions={<Actions id={id} name={String(workflow.name)} runnable={workflow.runnable} base={base} />}
    >
      <Tabs
        label="About this workflow"
        tabs={[
          { href: base, text: "What it does" },
          { href: `${base}/runs`, text: "Runs" },
          { href: `${base}/why`, text: "Why it ran, or not" },
          { href: `${base}/edit`, text: "Edit" },
        ]}
      />
      {!workflow.runnable && <Note tone="warn">It has faults, so it doesn't run. Edit it to see them.</Note>}
      {part === undefined && (
        <>
          <Card>
            <InWords definition={definition} />
          </Card>
          <DryRun definition={definition} disabled={!workflow.runnable} />
        </>
      )}
      {part === "runs" && <Runs workflow={id} />}
      {part === "why" && <Why workflow={id} runs={`${base}/runs`} />}
      {part === "edit" && <Edit key={workflow.version} definition={definition} base={base} />}
      {part !== undefined && !["runs", "why", "edit"].includes(part) && (
        <p>
          There is no such page. <Link href={base}>See the workflow</Link>
        </p>
      )}
    </Page>
  );
}

function Actions({ id, name, runnable, base }: { id: string; name: string; runnable: boolean; base: string }) {
  const { make, say } = useChanging();
  const [, go] = useLocation();
  const [deleting, setDeleting] = useState(false);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<Error | null>(null);

  async function start() {
    setBusy(true);
    try {
      const run = await make("atom_workflow_execute", { workflow_id: id, wait: 0 }, "Started.");
      go(`${base}/runs?run=${encodeURIComponent(run.execution_id)}`);
    } catch (raised) {
      say((raised as Error).message);
    } finally {
      setBusy(false);
    }
  }

  async function remove() {
    setBusy(true);
    setError(null);
    try {
      await make("atom_workflow_delete", { workflow_id: id }, `“${name}” is deleted.`);
      go("/app/workflows");
    } catch (raised) {
      setError(raised as Error);
      setBusy(false);
    }
  }

  return (
    <>
      <Button onClick={() => setDeleting(true)}>Delete</Button>
      <Button look="primary" busy={busy && !deleting} disabled={!runnable} onClick={start}>
        Start now
      </Button>
      {deleting && (
        <Dialog title={`Delete “${name}”?`} onClose={() => setDeleting(false)}>
          <p>
            It starts no more. Runs that have begun go on to their end. What is known of why it ran is deleted with it.
          </p>
          {error !== null && <ErrorNote error={error} />}
          <div className="actions">
            <Button onClick={() => setDeleting(false)}>Keep it</Button>
            <Button look="danger" busy={busy} onClick={remove}>
              Delete workflow
            </Button>
          </div>
        </Dialog>
      )}
    </>
  );
}

function Edit({ definition: stored, base }: { definition: Definition; base: string }) {
  const [definition, setDefinition] = useState(stored);
  const changed = useMemo(() => JSON.stringify(definition) !== JSON.stringify(stored), [definition, stored]);
  const checked = useChecked(definition);
  const { make } = useChanging();
  const [, go] = useLocation();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<Error | null>(null);
  useEffect(() => {
    // Closing the page would lose what was typed.
    const warn = (event: BeforeUnloadEvent) => changed && event.preventDefault();
    window.addEventListener("beforeunload", warn);
    return () => window.removeEventListener("beforeunload", warn);
  }, [changed]);

  async function save() {
    setBusy(true);
    setError(null);
    try {
      await make(
        "atom_workflow_create",
        asInput<"atom_workflow_create">({ ...definition, id: stored.id }),
        "The workflow is changed.",
      );
      go(base);
    } catch (raised) {
      setError(raised as Error);
      setBusy(false);
    }
  }

  return (
    <>
      <EditForm definition={definition} checked={checked} onChange={setDefinition} />
      <DryRun definition={definition} disabled={!checked.valid} />
      {error !== null && <ErrorNote error={error} />}
      <div className="row">
        <Button busy={busy} disabled={!changed || !checked.valid} onClick={save}>
          Save changes
        </Button>
        <Button look="plain" disabled={!changed} onClick={() => go(base)}>
          Leave as it was
        </Button>
        <span aria-live="polite" className="soft small">
          {checked.checking ? "Checking …" : changed && checked.valid ? <Badge tone="good">Valid</Badge> : ""}
        </span>
      </div>
    </>
  );
}
