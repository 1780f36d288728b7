import { useEffect, useMemo, useState } from "react";
import { Link, useLocation, useParams } from "wouter";
import { useChanging } from "../../app/changing";
import { ErrorNote } from "../../app/ErrorNote";
import { useRead } from "../../app/reading";
import { Badge, Button, Card, Loading, Note, Page, Tabs } from "../../ui";
import { useChecked } from "./checking";
import { DryRun } from "./DryRun";
import { asInput, type Definition, definitionOf } from "./definition";
import { EditForm } from "./EditForm";
import { InWords } from "./InWords";
import { Runs } from "./Runs";
import { Why } from "./Why";
import { WorkflowActions } from "./WorkflowActions";

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
      actions={
        <WorkflowActions
          id={id}
          name={String(workflow.name)}
          definition={definition}
          runnable={workflow.runnable}
          base={base}
        />
      }
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
      {part === "edit" && <Edit definition={definition} version={workflow.version} base={base} />}
      {part !== undefined && !["runs", "why", "edit"].includes(part) && (
        <p>
          There is no such page. <Link href={base}>See the workflow</Link>
        </p>
      )}
    </Page>
  );
}

function Edit({ definition: stored, version, base }: { definition: Definition; version: number; base: string }) {
  const [began] = useState(version);
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
      {version !== began && (
        <Note tone="warn" title="Somebody has changed this workflow meanwhile">
          Saving replaces that change. Open the page again to begin with it.
        </Note>
      )}
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
