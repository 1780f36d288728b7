import { useMemo } from "react";
import { useRead } from "../../app/reading";
import { faultAt } from "./checking";
import type { Definition } from "./definition";
import { FieldInput } from "./FieldInput";
import { type Field, fieldOfValue, variablesOfTargets } from "./fields";

/** A field for each variable of a definition: its kind is that of the value that the definition has. */
export function VariableFields({
  definition,
  values,
  faults,
  onChange,
}: {
  definition: Definition;
  values: Record<string, unknown>;
  faults: Record<string, string>;
  onChange: (name: string, value: unknown) => void;
}) {
  const told = useMemo(() => variablesOfTargets(definition), [definition]);
  const targets = useRead("atom_targets", {}, { enabled: told.size > 0 });
  const names = targets.data?.targets.map((target) => target.name) ?? [];
  return Object.entries(definition.variables ?? {}).map(([name, offered]) => {
    const field: Field = told.has(name)
      ? { name, kind: "choice", options: names, hint: aboutTargets(names, targets.isPending) }
      : fieldOfValue(name, offered);
    return (
      <FieldInput
        key={`${name} ${field.kind}`}
        field={field}
        label={told.has(name) ? "Whom to tell" : undefined}
        value={values[name]}
        fault={faultAt(faults, `/variables/${name}`)}
        onChange={(value) => onChange(name, value)}
      />
    );
  });
}

function aboutTargets(names: readonly string[], pending: boolean): string | undefined {
  return names.length > 0 || pending
    ? undefined
    : "There is nobody to tell yet. Who runs this server names e-mail addresses and channels in ATOM_HOST_OUTGOING.";
}
