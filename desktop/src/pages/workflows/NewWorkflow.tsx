import { useMemo, useState } from "react";
import { Link, useLocation, useParams } from "wouter";
import { useChanging } from "../../app/changing";
import { ErrorNote } from "../../app/ErrorNote";
import { useRead } from "../../app/reading";
import { useStore } from "../../app/stores";
import { Button, Card, Loading, Page, Select, TextField } from "../../ui";
import { CheckedNotes, faultAt, useChecked } from "./checking";
import { DryRun } from "./DryRun";
import { asInput, type Definition, definitionOf, fromTemplate } from "./definition";
import { EditForm } from "./EditForm";
import { InWords } from "./InWords";
import { VariableFields } from "./VariableFields";
import styles from "./workflows.module.css";

const BLANK: Definition = {
  name: "My workflow",
  variables: { tag: "checked" },
  trigger: { key: "order_created" },
  conditions: [],
  steps: [
    {
      id: "tag",
      type: "service_action",
      service: "shopify",
      action: "tag_add",
      parameters: { id: "{{ trigger.id }}", tags: ["{{ variables.tag }}"] },
    },
  ],
};

export default function NewWorkflow() {
  const { template: id = "" } = useParams<{ template: string }>();
  const wanted = decodeURIComponent(id);
  const { data, error, isPending, refetch } = useRead("atom_workflow_templates", {});
  const templates = (data?.templates ?? []) as unknown as Record<string, unknown>[];
  const template = templates.find((one) => one.id === wanted);
  if (wanted === "blank") {
    return <Blank />;
  }
  if (template !== undefined) {
    return <FromTemplate key={wanted} template={template} />;
  }
  return (
    <Page title="New workflow">
      {isPending ? (
        <Loading lines={6} />
      ) : error !== null ? (
        <ErrorNote error={error} onRetry={refetch} />
      ) : (
        <p>
          There is no such template. <Link href="/app/workflows">See all of them</Link>
        </p>
      )}
    </Page>
  );
}

function FromTemplate({ template }: { template: Record<string, unknown> }) {
  const offered = useMemo(() => definitionOf(template), [template]);
  const { stores } = useStore();
  const [name, setName] = useState(offered.name ?? "");
  const [shop, setShop] = useState("");
  const [variables, setVariables] = useState(offered.variables ?? {});
  const definition = useMemo((): Definition => {
    const made = fromTemplate(template, { name: name.trim(), variables });
    return shop === "" ? made : { ...made, shop, trigger: { ...made.trigger, shop } };
  }, [template, name, variables, shop]);
  const checked = useChecked(definition);
  const create = useCreate();
  return (
    <Page
      title={offered.name}
      about={offered.description}
      actions={
        <Button look="primary" busy={create.busy} disabled={!checked.valid} onClick={() => create.go(definition)}>
          Create workflow
        </Button>
      }
    >
      {create.error !== null && <ErrorNote error={create.error} />}
      {checked.error !== null && <ErrorNote error={checked.error} />}
      <div className={styles.columns}>
        <Card title="Your settings">
          <div className="stack">
            <TextField
              label="Name"
              maxLength={200}
              value={name}
              fault={faultAt(checked.faults, "/name")}
              onChange={(event) => setName(event.target.value)}
            />
            <VariableFields
              definition={offered}
              values={variables}
              faults={checked.faults}
              onChange={(variable, value) => setVariables((all) => ({ ...all, [variable]: value }))}
            />
            {stores.length > 1 && (
              <Select
                label="Stores"
                value={shop}
                options={[
                  ["", "All of my stores"],
                  ...stores.map((store) => [store.shop, store.name || store.shop] as const),
                ]}
                onChange={(event) => setShop(event.target.value)}
              />
            )}
            <CheckedNotes
              checked={checked}
              said={(pointer) => pointer.startsWith("/variables/") || pointer === "/name"}
            />
          </div>
        </Card>
        <Card title="What it does">
          <InWords definition={definition} />
        </Card>
      </div>
      <DryRun definition={definition} disabled={!checked.valid} />
    </Page>
  );
}

function Blank() {
  const [definition, setDefinition] = useState(BLANK);
  const checked = useChecked(definition);
  const create = useCreate();
  return (
    <Page
      title="New workflow"
      about="Change this small example to what you need."
      actions={
        <Button look="primary" busy={create.busy} disabled={!checked.valid} onClick={() => create.go(definition)}>
          Create workflow
        </Button>
      }
    >
      {create.error !== null && <ErrorNote error={create.error} />}
      <EditForm definition={definition} checked={checked} onChange={setDefinition} />
      <DryRun definition={definition} disabled={!checked.valid} />
    </Page>
  );
}

/** Return what stores a new definition and opens it. */
function useCreate() {
  const { make } = useChanging();
  const [, go] = useLocation();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<Error | null>(null);
  return {
    busy,
    error,
    go: async (definition: Definition) => {
      setBusy(true);
      setError(null);
      try {
        const made = await make(
          "atom_workflow_create",
          asInput<"atom_workflow_create">(definition),
          `“${definition.name}” is set up.`,
        );
        go(`/app/workflows/${encodeURIComponent(made.workflow_id)}`);
      } catch (raised) {
        setError(raised as Error);
        setBusy(false);
      }
    },
  };
}
