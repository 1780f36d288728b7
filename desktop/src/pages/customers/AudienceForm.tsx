import { Plus, Trash2 } from "lucide-react";
import { useRef, useState } from "react";
import { useChanging } from "../../app/changing";
import { ErrorNote, faultsOf } from "../../app/ErrorNote";
import type { ClientError } from "../../client/client";
import type { Input } from "../../client/types";
import { Button, Dialog, IconButton, Select, TextField } from "../../ui";
import styles from "./customer.module.css";
import { ATTRIBUTES, attributeOf, operatorsOf, type Rule, ruleAbout, wire } from "./rules";

const MOST = 20;
const MATCH = [
  ["all", "Every rule has to hold"],
  ["any", "One of the rules is enough"],
] as const;
const CHOICES = Object.entries(ATTRIBUTES).map(([name, { text }]) => [name, text] as const);

interface Row {
  key: number;
  rule: Rule;
}

/** Save a group of customers by rules. */
export function AudienceForm({ onClose, onMade }: { onClose: () => void; onMade: (id: string) => void }) {
  const { make } = useChanging();
  const [name, setName] = useState("");
  const [match, setMatch] = useState<"all" | "any">("all");
  const count = useRef(1);
  const [rows, setRows] = useState<Row[]>([{ key: 0, rule: ruleAbout("rfm_class") }]);
  const [error, setError] = useState<ClientError | null>(null);
  const [busy, setBusy] = useState(false);
  const faults = faultsOf(error);

  async function save() {
    setBusy(true);
    setError(null);
    try {
      const rules = wire(rows.map((row) => row.rule)) as Input<"audience_create">["rules"];
      const made = await make("audience_create", { name: name.trim(), match, rules }, `${name.trim()} was saved.`);
      onMade(made.id ?? "");
      onClose();
    } catch (raised) {
      setError(raised as ClientError);
      setBusy(false);
    }
  }

  return (
    <Dialog title="New audience" onClose={onClose}>
      <form
        className="stack"
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          save();
        }}
      >
        <TextField
          label="Name"
          placeholder="Such as Win back"
          maxLength={255}
          value={name}
          fault={faults["/name"]}
          onChange={(event) => setName(event.target.value)}
        />
        {rows.map((row, index) => (
          <RuleRow
            key={row.key}
            number={index + 1}
            rule={row.rule}
            fault={faultOf(faults, index)}
            onChange={(rule) => setRows(rows.map((one) => (one.key === row.key ? { ...one, rule } : one)))}
            onRemove={rows.length > 1 ? () => setRows(rows.filter((one) => one.key !== row.key)) : undefined}
          />
        ))}
        <div className="row spread">
          <Button
            small
            disabled={rows.length >= MOST}
            onClick={() => {
              setRows([...rows, { key: count.current, rule: ruleAbout("orders") }]);
              count.current += 1;
            }}
          >
            <Plus aria-hidden />
            Add a rule
          </Button>
        </div>
        {rows.length > 1 && (
          <Select
            label="Members"
            options={MATCH}
            value={match}
            onChange={(event) => setMatch(event.target.value as "all" | "any")}
          />
        )}
        {error !== null && <ErrorNote error={error} />}
        <div className="actions">
          <Button onClick={onClose}>Discard</Button>
          <Button
            type="submit"
            look="primary"
            busy={busy}
            disabled={name.trim() === "" || rows.some(({ rule }) => rule.value.trim() === "")}
          >
            Save audience
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

function faultOf(faults: Record<string, string>, index: number): string | undefined {
  const found = Object.entries(faults).find(
    ([pointer]) => pointer === `/rules/${index}` || pointer.startsWith(`/rules/${index}/`),
  );
  return found?.[1];
}

function RuleRow({
  number,
  rule,
  fault,
  onChange,
  onRemove,
}: {
  number: number;
  rule: Rule;
  fault: string | undefined;
  onChange: (rule: Rule) => void;
  onRemove: (() => void) | undefined;
}) {
  const { kind, values } = attributeOf(rule.attribute);
  return (
    <fieldset className={styles.rule} style={{ margin: 0, padding: 0, border: 0, minInlineSize: 0 }}>
      <legend className="visually-hidden">Rule {number}</legend>
      <Select
        label="Customers by"
        options={CHOICES}
        value={rule.attribute}
        onChange={(event) => onChange(ruleAbout(event.target.value))}
      />
      <Select
        label="Compared"
        options={operatorsOf(rule.attribute)}
        value={rule.operator}
        onChange={(event) => onChange({ ...rule, operator: event.target.value })}
      />
      {values === undefined ? (
        <TextField
          label="Value"
          type={kind === "day" ? "date" : "text"}
          inputMode={kind === "number" ? "numeric" : kind === "amount" ? "decimal" : undefined}
          maxLength={255}
          value={rule.value}
          fault={fault}
          onChange={(event) => onChange({ ...rule, value: event.target.value })}
        />
      ) : (
        <Select
          label="Value"
          options={values}
          value={rule.value}
          onChange={(event) => onChange({ ...rule, value: event.target.value })}
        />
      )}
      {onRemove && <IconButton icon={Trash2} label={`Remove rule ${number}`} onClick={onRemove} />}
    </fieldset>
  );
}
