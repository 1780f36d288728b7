import { Plus } from "lucide-react";
import { useRef, useState } from "react";
import { useChanging } from "../../app/changing";
import { ErrorNote, faultsOf } from "../../app/ErrorNote";
import { useTrying } from "../../app/trying";
import type { Data, Input } from "../../client/types";
import { Button, Dialog, Select, TextField } from "../../ui";
import { RuleRow } from "./RuleRow";
import { type Rule, ruleAbout, rulesOf, wire } from "./rules";

export type Audience = Data<"audience_list">["audiences"][number];

const MOST = 20;
const MATCH = [
  ["all", "Every rule has to hold"],
  ["any", "One of the rules is enough"],
] as const;
interface Row {
  key: number;
  rule: Rule;
}

/** Save a group of customers by rules: a new one, or `audience` changed. */
export function AudienceForm({
  audience,
  onClose,
  onSaved,
}: {
  audience?: Audience;
  onClose: () => void;
  onSaved: (id: string) => void;
}) {
  const { make } = useChanging();
  const [name, setName] = useState(audience?.name ?? "");
  const [match, setMatch] = useState<"all" | "any">(audience?.match === "any" ? "any" : "all");
  const [rows, setRows] = useState<Row[]>(() =>
    (audience === undefined ? [ruleAbout("rfm_class")] : rulesOf(audience.rules ?? [])).map((rule, key) => ({
      key,
      rule,
    })),
  );
  const count = useRef(rows.length);
  const { busy, error, attempt } = useTrying();
  const faults = faultsOf(error);

  function save() {
    attempt(async () => {
      const input = { name: name.trim(), match, rules: wire(rows.map((row) => row.rule)) };
      const done = `${input.name} was saved.`;
      const saved =
        audience === undefined
          ? await make("audience_create", input as Input<"audience_create">, done)
          : await make("audience_update", { ...input, audience: audience.id } as Input<"audience_update">, done);
      onSaved(saved.id ?? "");
      onClose();
    });
  }

  return (
    <Dialog title={audience === undefined ? "New audience" : `Edit “${audience.name}”`} onClose={onClose}>
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
            disabled={
              name.trim() === "" || rows.some(({ rule }) => rule.kept === undefined && rule.value.trim() === "")
            }
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
