import { Plus, Trash2 } from "lucide-react";
import { useMemo, useState } from "react";
import { useRead } from "../../app/reading";
import { TITLES } from "../../client/titles";
import { Button, IconButton, Loading, Select, words } from "../../ui";
import { faultAt } from "./checking";
import type { Definition, Step } from "./definition";
import { FieldInput } from "./FieldInput";
import { type Field, fieldOfSchema, fieldOfValue } from "./fields";
import { useActionInput } from "./schemas";
import { stepInWords } from "./words";
import styles from "./workflows.module.css";

const TYPES = [
  ["service_action", "Do something in the store"],
  ["condition", "Go on only if"],
  ["approval", "Ask a person"],
  ["notify", "Tell somebody"],
  ["delay", "Wait"],
  ["webhook", "Send a request"],
] as const;

// The members of a step that are edited besides an action's own input.
const MEMBERS: Record<string, readonly Field[]> = {
  condition: [{ name: "condition", kind: "text", required: true }],
  approval: [{ name: "message", kind: "long", hint: "What the person is asked." }],
  notify: [
    { name: "to", kind: "text", hint: "The name of a target; without one it is default." },
    { name: "title", kind: "text" },
    { name: "message", kind: "long", required: true },
  ],
  delay: [{ name: "delay_seconds", kind: "number", required: true }],
  webhook: [
    { name: "url", kind: "text", required: true },
    { name: "method", kind: "choice", options: ["GET", "POST", "PUT", "PATCH", "DELETE"] },
    { name: "headers", kind: "json" },
    { name: "parameters", kind: "json" },
  ],
  data_transform: [
    { name: "transform_type", kind: "choice", options: ["filter", "map", "aggregate"] },
    { name: "condition", kind: "text" },
    { name: "mapping", kind: "text" },
    { name: "operation", kind: "choice", options: ["sum", "average", "count", "min", "max"] },
    { name: "parameters", kind: "json" },
  ],
};

const FIRST: Record<string, Partial<Step>> = {
  service_action: { service: "shopify", action: "tag_add", parameters: { id: "{{ trigger.id }}", tags: ["checked"] } },
  condition: { condition: "trigger.id is defined" },
  approval: { message: "Go on?" },
  notify: { to: "default", message: "Something has happened in {{ event.shop }}." },
  delay: { delay_seconds: 3_600 },
  webhook: { url: "https://example.com/", method: "POST" },
};

/** Edit one step of a workflow. */
export function StepForm({
  at,
  step,
  definition,
  faults,
  onChange,
  onRemove,
}: {
  at: number;
  step: Step;
  definition: Definition;
  faults: Record<string, string>;
  onChange: (step: Step) => void;
  onRemove?: () => void;
}) {
  const here = `/steps/${at}`;
  const members = MEMBERS[step.type] ?? [];
  const fields: readonly Field[] = [
    ...members,
    { name: "when", kind: "text", hint: "Skip the step unless this holds." },
  ];
  const claimed = ["parameters", "action", ...fields.map((field) => field.name)];
  const other = Object.entries(faults).filter(
    ([pointer]) => pointer.startsWith(`${here}/`) && !claimed.some((name) => pointer.startsWith(`${here}/${name}`)),
  );
  return (
    <section className={styles.step} aria-label={`Step ${at + 1}`}>
      <div className="row spread" style={{ flexWrap: "nowrap" }}>
        <h3>
          {at + 1}. {stepInWords(step, definition)}
        </h3>
        {onRemove && <IconButton icon={Trash2} label={`Remove step ${at + 1}`} onClick={onRemove} />}
      </div>
      {step.type === "service_action" && <ActionFields step={step} faults={faults} here={here} onChange={onChange} />}
      {fields.map((field) => (
        <FieldInput
          key={field.name}
          field={field}
          value={step[field.name]}
          fault={faultAt(faults, `${here}/${field.name}`)}
          onChange={(value) => onChange({ ...step, [field.name]: value })}
        />
      ))}
      {[...other.map(([, message]) => message), faults[here]].filter(Boolean).map((message) => (
        <p key={message} className="fault">
          {message}
        </p>
      ))}
    </section>
  );
}

function ActionFields({
  step,
  faults,
  here,
  onChange,
}: {
  step: Step;
  faults: Record<string, string>;
  here: string;
  onChange: (step: Step) => void;
}) {
  const services = useRead("atom_workflow_services", {});
  const input = useActionInput(step.action);
  const parameters = step.parameters ?? {};
  const actions = useMemo(() => {
    const known = services.data?.services[step.service ?? ""]?.actions ?? [];
    const all = step.action === undefined || known.includes(step.action) ? known : [step.action, ...known];
    return all.map((key) => [key, TITLES[key] ?? words(key)] as const).sort((a, b) => a[1].localeCompare(b[1]));
  }, [services.data, step.service, step.action]);
  if (input === undefined) {
    return <Loading lines={3} label="Loading what the action takes" />;
  }
  const names = [...new Set([...(input?.required ?? []), ...Object.keys(parameters)])];
  const more = Object.keys(input?.members ?? {}).filter((name) => !names.includes(name));
  const set = (name: string, value: unknown) => onChange({ ...step, parameters: { ...parameters, [name]: value } });
  return (
    <>
      <Select
        label="Action"
        options={actions}
        value={step.action}
        fault={faultAt(faults, `${here}/action`)}
        onChange={(event) => onChange({ ...step, action: event.target.value, parameters: {} })}
      />
      {names.map((name) => {
        const schema = input?.members[name];
        const value = parameters[name];
        return (
          <FieldInput
            key={`${step.action} ${name}`}
            field={
              schema === undefined
                ? fieldOfValue(name, value)
                : fieldOfSchema(name, schema, input?.required.includes(name) ?? false, value)
            }
            value={value}
            fault={faultAt(faults, `${here}/parameters/${name}`)}
            onChange={(next) => set(name, next)}
          />
        );
      })}
      {faults[`${here}/parameters`] !== undefined && <p className="fault">{faults[`${here}/parameters`]}</p>}
      {more.length > 0 && (
        <Select
          label="Add an input"
          options={[["", "Choose …"], ...more.map((name) => [name, words(name)] as const)]}
          value=""
          onChange={(event) => set(event.target.value, "")}
        />
      )}
    </>
  );
}

/** Add a step of a chosen kind; it gets a name that no other step has. */
export function NewStep({ taken, onAdd }: { taken: readonly string[]; onAdd: (step: Step) => void }) {
  const [type, setType] = useState<string>("approval");
  return (
    <div className={`row ${styles.step}`} style={{ flexDirection: "row", alignItems: "flex-end" }}>
      <Select label="One more step" options={TYPES} value={type} onChange={(event) => setType(event.target.value)} />
      <Button
        onClick={() => {
          let count = taken.length + 1;
          while (taken.includes(`step_${count}`)) {
            count += 1;
          }
          onAdd({ id: `step_${count}`, type, ...FIRST[type] });
        }}
      >
        <Plus aria-hidden />
        Add step
      </Button>
    </div>
  );
}
