import { Trash2 } from "lucide-react";
import { IconButton, Select, TextField } from "../../ui";
import styles from "./customer.module.css";
import { ATTRIBUTES, attributeOf, inWords, operatorsOf, type Rule, ruleAbout } from "./rules";

const CHOICES = Object.entries(ATTRIBUTES).map(([name, { text }]) => [name, text] as const);

/** A rule of an audience. One that has no fields here is said in words, and can be removed. */
export function RuleRow({
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
  const remove = onRemove && <IconButton icon={Trash2} label={`Remove rule ${number}`} onClick={onRemove} />;
  if (rule.kept !== undefined) {
    return (
      <div>
        <div className="row spread">
          <span>{inWords(rule.kept)}</span>
          {remove}
        </div>
        {fault !== undefined && <span className="fault">{fault}</span>}
      </div>
    );
  }
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
      {remove}
    </fieldset>
  );
}
