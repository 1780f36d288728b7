import { X } from "lucide-react";
import { Button, Select, TextField } from "../ui";

/** A filter of a list: a choice where it has `options`, else a text. */
export interface Filter {
  /** Its name in the address of the page. */
  name: string;
  label: string;
  options?: readonly (readonly [value: string, text: string])[];
  placeholder?: string;
  wide?: boolean;
  /** Whether it only says in which order the list is. */
  sorts?: boolean;
  /** Whether links to the page set it, so that it can be taken away only. */
  linked?: boolean;
}

/** Return whether filters leave something out. */
export function isNarrowed(filters: readonly Filter[], values: Readonly<Record<string, string>>): boolean {
  return filters.some(({ name, sorts }) => !sorts && (values[name] ?? "") !== "");
}

export function FilterFields({
  filters,
  values,
  onChange,
}: {
  filters: readonly Filter[];
  values: Readonly<Record<string, string>>;
  onChange: (name: string, value: string) => void;
}) {
  return filters.map(({ name, label, options, placeholder, wide, linked }) => {
    const value = values[name] ?? "";
    if (linked) {
      return (
        value !== "" && (
          <Button key={name} aria-label={`${label}: show all again`} onClick={() => onChange(name, "")}>
            {label}
            <X aria-hidden />
          </Button>
        )
      );
    }
    return options === undefined ? (
      <TextField
        key={name}
        type="search"
        label={label}
        wide={wide}
        placeholder={placeholder}
        value={value}
        onChange={(event) => onChange(name, event.target.value)}
      />
    ) : (
      <Select
        key={name}
        label={label}
        options={options}
        value={value}
        onChange={(event) => onChange(name, event.target.value)}
      />
    );
  });
}
