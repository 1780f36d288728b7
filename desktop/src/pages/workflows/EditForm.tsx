import { Plus, Trash2 } from "lucide-react";
import { useState } from "react";
import { Button, Card, IconButton, Select, TextArea, TextField } from "../../ui";
import { type Checked, CheckedNotes, faultAt } from "./checking";
import { type Definition, definitionOf, type Step } from "./definition";
import { NewStep, StepForm } from "./StepForm";
import { TriggerForm } from "./TriggerForm";
import { VariableFields } from "./VariableFields";
import { conditionInWords } from "./words";
import styles from "./workflows.module.css";

/** Edit a definition: in a form, or all of it as JSON. */
export function EditForm({
  definition,
  checked,
  onChange,
}: {
  definition: Definition;
  checked: Checked;
  onChange: (definition: Definition) => void;
}) {
  const [view, setView] = useState<"form" | "json">("form");
  return (
    <div className="stack loose">
      <div className="row">
        <Select
          label="Edit as"
          options={[
            ["form", "Form"],
            ["json", "JSON"],
          ]}
          value={view}
          onChange={(event) => setView(event.target.value === "json" ? "json" : "form")}
        />
      </div>
      {view === "json" ? (
        <>
          <AsJson definition={definition} onChange={onChange} />
          <CheckedNotes checked={checked} said={() => false} />
        </>
      ) : (
        <>
          <Form definition={definition} checked={checked} onChange={onChange} />
          <CheckedNotes checked={checked} said={(pointer) => /^\/(name|variables|conditions|steps)\//.test(pointer)} />
        </>
      )}
    </div>
  );
}

function AsJson({ definition, onChange }: { definition: Definition; onChange: (definition: Definition) => void }) {
  const [text, setText] = useState(() => JSON.stringify(definition, null, 2));
  const [fault, setFault] = useState<string>();
  return (
    <TextArea
      label="The whole definition"
      hint="docs/workflows.md describes each member. What is wrong is shown below while you type."
      className={`input ${styles.json}`}
      spellCheck={false}
      value={text}
      fault={fault}
      onChange={(event) => {
        setText(event.target.value);
        try {
          const value: unknown = JSON.parse(event.target.value);
          const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
          setFault(isObject ? undefined : "A definition is a JSON object.");
          if (isObject) {
            onChange(definitionOf(value));
          }
        } catch (raised) {
          setFault(`This is no JSON yet: ${(raised as Error).message}`);
        }
      }}
    />
  );
}

function Form({ definition, checked, onChange }: Parameters<typeof EditForm>[0]) {
  const { faults } = checked;
  const steps = definition.steps;
  // Where an item is removed, those behind it move up: their fields start anew.
  const [removed, setRemoved] = useState(0);
  const change = (part: Partial<Definition>) => onChange({ ...definition, ...part });
  function changeStep(at: number, step: Step | null) {
    setRemoved((count) => (step === null ? count + 1 : count));
    change({ steps: steps.flatMap((one, index) => (index !== at ? [one] : step === null ? [] : [step])) });
  }
  return (
    <>
      <Card title="Name and start">
        <div className="stack">
          <TextField
            label="Name"
            maxLength={200}
            value={definition.name ?? ""}
            fault={faultAt(faults, "/name")}
            onChange={(event) => change({ name: event.target.value })}
          />
          <TriggerForm
            trigger={definition.trigger}
            fault={faultAt(faults, "/trigger")}
            onChange={(trigger) => change({ trigger })}
          />
        </div>
      </Card>
      {Object.keys(definition.variables ?? {}).length > 0 && (
        <Card title="Settings">
          <div className="stack">
            <VariableFields
              definition={definition}
              values={definition.variables ?? {}}
              faults={faults}
              onChange={(name, value) => change({ variables: { ...definition.variables, [name]: value } })}
            />
          </div>
        </Card>
      )}
      <Conditions
        key={`conditions ${removed}`}
        conditions={definition.conditions ?? []}
        variables={definition.variables}
        faults={faults}
        onChange={(conditions) => change({ conditions })}
      />
      <Card title="Steps">
        {steps.map((step, at) => (
          <StepForm
            key={`${step.id} ${removed}`}
            at={at}
            step={step}
            definition={definition}
            faults={faults}
            onChange={(next) => changeStep(at, next)}
            onRemove={steps.length > 1 ? () => changeStep(at, null) : undefined}
          />
        ))}
        <NewStep taken={steps.map((step) => step.id)} onAdd={(step) => change({ steps: [...steps, step] })} />
      </Card>
    </>
  );
}

function Conditions({
  conditions,
  variables,
  faults,
  onChange,
}: {
  conditions: string[];
  variables: Record<string, unknown> | undefined;
  faults: Record<string, string>;
  onChange: (conditions: string[]) => void;
}) {
  return (
    <Card title="Only if">
      <div className="stack">
        {conditions.length === 0 && <p className="soft">Without conditions it runs each time.</p>}
        {conditions.map((condition, at) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a condition has no name but its place
          <div key={at} className="row" style={{ flexWrap: "nowrap", alignItems: "flex-start" }}>
            <div style={{ flex: 1 }}>
              <TextField
                label={`Condition ${at + 1}`}
                hint={conditionInWords(condition, variables)}
                spellCheck={false}
                value={condition}
                fault={faultAt(faults, `/conditions/${at}`)}
                onChange={(event) => onChange(conditions.with(at, event.target.value))}
              />
            </div>
            <div style={{ paddingTop: "var(--space-5)" }}>
              <IconButton
                icon={Trash2}
                label={`Remove condition ${at + 1}`}
                onClick={() => onChange(conditions.toSpliced(at, 1))}
              />
            </div>
          </div>
        ))}
        <div className="row">
          <Button small onClick={() => onChange([...conditions, "trigger.id is defined"])}>
            <Plus aria-hidden />
            Add a condition
          </Button>
        </div>
      </div>
    </Card>
  );
}
