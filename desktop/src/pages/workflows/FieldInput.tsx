import { useState } from "react";
import { Select, TextArea, TextField, words } from "../../ui";
import { type Field, isExpression, readText, textOf } from "./fields";

/** A field of a form. `onChange` gets the value, or the text itself where it is none: the server refuses it, too. */
export function FieldInput({
  field,
  value,
  fault,
  label = words(field.name),
  onChange,
}: {
  field: Field;
  value: unknown;
  fault?: string | undefined;
  label?: string;
  onChange: (value: unknown) => void;
}) {
  const [text, setText] = useState(() => textOf(value, field.kind));
  const read = readText(text, field.kind);
  const shown = {
    label: field.required ? `${label} (needed)` : label,
    hint: field.hint,
    fault: "fault" in read ? read.fault : fault,
  };
  function take(typed: string) {
    setText(typed);
    const next = readText(typed, field.kind);
    onChange("value" in next ? next.value : typed);
  }
  if ((field.kind === "choice" || field.kind === "boolean") && !isExpression(value)) {
    const options = field.kind === "boolean" ? ["true", "false"] : (field.options ?? []);
    const known = options.includes(text) || text === "" ? options : [text, ...options];
    return (
      <Select
        {...shown}
        options={[
          ...(field.required ? [] : [["", "–"] as const]),
          ...known.map((one) => [one, field.kind === "boolean" ? (one === "true" ? "Yes" : "No") : one] as const),
        ]}
        value={text}
        onChange={(event) => take(event.target.value)}
      />
    );
  }
  if (field.kind === "long" || field.kind === "json" || field.kind === "list") {
    return (
      <TextArea
        {...shown}
        hint={field.hint ?? (field.kind === "list" ? "One on each line." : undefined)}
        rows={field.kind === "list" ? 2 : 4}
        spellCheck={field.kind === "long"}
        style={field.kind === "json" ? { fontFamily: "var(--mono)", fontSize: "var(--text-s)" } : undefined}
        value={text}
        onChange={(event) => take(event.target.value)}
      />
    );
  }
  return (
    <TextField
      {...shown}
      inputMode={field.kind === "number" && !isExpression(value) ? "decimal" : undefined}
      value={text}
      onChange={(event) => take(event.target.value)}
    />
  );
}
