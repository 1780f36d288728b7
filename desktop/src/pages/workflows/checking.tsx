import { useEffect, useState } from "react";
import { useRead } from "../../app/reading";
import { Note } from "../../ui";
import { Ticked } from "../../ui/Ticked";
import { asInput, type Definition } from "./definition";

const PAUSE = 350;

/** Return `value` as it was once it has not changed for a moment: not every key that is pressed asks the server. */
export function useSettled<T>(value: T): T {
  const [settled, settle] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => settle(value), PAUSE);
    return () => clearTimeout(timer);
  }, [value]);
  return settled;
}

export interface Checked {
  /** Whether the server has found the definition right, as it stands now. */
  valid: boolean;
  checking: boolean;
  /** What is wrong, by JSON pointer. */
  faults: Record<string, string>;
  warnings: { pointer: string; message: string }[];
  nextAt: number | null;
  error: Error | null;
}

/** Let the server check a definition while it is edited. Nothing is stored. */
export function useChecked(definition: Definition | null): Checked {
  const settled = useSettled(definition);
  const { data, error, isFetching } = useRead(
    "atom_workflow_validate",
    asInput<"atom_workflow_validate">({ definition: settled ?? {} }),
    { enabled: settled !== null },
  );
  const current = definition !== null && settled === definition && !isFetching;
  return {
    valid: current && data?.valid === true,
    checking: definition !== null && !current,
    faults: Object.fromEntries((data?.faults ?? []).map((fault) => [fault.pointer, sentence(fault.message)])),
    warnings: data?.warnings ?? [],
    nextAt: data?.next_at ?? null,
    error,
  };
}

/** Return "must be a number" as a sentence. */
function sentence(message: string): string {
  const whole = /^[A-Z`]/.test(message) ? message : `It ${message}`;
  return /[.?!]$/.test(whole) ? whole : `${whole}.`;
}

/** Return the fault of a field, or the first one of what is inside it. */
export function faultAt(faults: Record<string, string>, pointer: string): string | undefined {
  const inside = Object.keys(faults).find((at) => at === pointer || at.startsWith(`${pointer}/`));
  return inside === undefined ? undefined : faults[inside];
}

/** What is wrong with a definition beyond the fields that say it themselves, and what its author may not want. */
export function CheckedNotes({ checked, said }: { checked: Checked; said: (pointer: string) => boolean }) {
  const faults = Object.entries(checked.faults).filter(([pointer]) => !said(pointer));
  return (
    <div aria-live="polite" className="stack tight">
      {faults.length > 0 && (
        <Note tone="warn" title="This can't be stored yet">
          <Listed items={faults} />
        </Note>
      )}
      {checked.warnings.length > 0 && (
        <Note title="Have a look">
          <Listed items={checked.warnings.map((one) => [one.pointer, one.message])} />
        </Note>
      )}
    </div>
  );
}

function Listed({ items }: { items: [pointer: string, message: string][] }) {
  return (
    <ul>
      {items.map(([pointer, message]) => (
        <li key={`${pointer}${message}`}>
          <Ticked text={message} /> <span className="soft small">{where(pointer)}</span>
        </li>
      ))}
    </ul>
  );
}

/** Return `/steps/0/parameters/tags` as "step 1, parameters, tags". */
export function where(pointer: string): string {
  const [first, second, ...rest] = pointer.split("/").filter((part) => part !== "");
  if (first === undefined) {
    return "";
  }
  const single: Record<string, string> = { steps: "step", conditions: "condition", variables: "variable" };
  const index = second !== undefined && /^\d+$/.test(second) ? String(Number(second) + 1) : second;
  return `(${[[single[first] ?? first, index].filter(Boolean).join(" "), ...rest].join(", ").replaceAll("_", " ")})`;
}
