import { Pencil } from "lucide-react";
import { useEffect, useId, useRef, useState } from "react";
import type { Typed } from "./amounts";

/**
 * A value that is changed where it stands: Enter or leaving the field keeps what was typed, Escape forgets it.
 * The new value is shown at once. Where `save` fails, the old one comes back, with what went wrong below it.
 */
export function InlineEdit({
  label,
  value,
  show,
  read,
  save,
  numeric = "decimal",
}: {
  /** Names the value, such as "Price of Small". */
  label: string;
  /** The value as it is edited, such as "12.50". */
  value: string;
  /** How a value is shown. */
  show: (value: string) => string;
  /** What a person typed as a value, or why it can't be one. */
  read: (text: string) => Typed;
  /** Keep a value; reject with an `Error` that says why it can't be kept. */
  save: (value: string) => Promise<void>;
  numeric?: "decimal" | "numeric";
}) {
  const id = useId();
  const [typed, setTyped] = useState<string | null>(null);
  const [kept, setKept] = useState<string | null>(null);
  const [fault, setFault] = useState<string | null>(null);
  const opener = useRef<HTMLButtonElement>(null);
  const input = useRef<HTMLInputElement>(null);
  const editing = typed !== null;

  // What was read anew counts from then on.
  // biome-ignore lint/correctness/useExhaustiveDependencies: each new value ends the time of the one that was kept
  useEffect(() => setKept(null), [value]);
  useEffect(() => {
    if (editing) {
      input.current?.select();
    }
  }, [editing]);

  function close() {
    setTyped(null);
    setFault(null);
    requestAnimationFrame(() => {
      if (document.activeElement === document.body) {
        opener.current?.focus();
      }
    });
  }

  async function keep(text: string) {
    const found = read(text);
    if ("fault" in found) {
      setFault(found.fault);
      return;
    }
    close();
    if (found.value === (kept ?? value)) {
      return;
    }
    setKept(found.value);
    try {
      await save(found.value);
    } catch (raised) {
      setKept(null);
      setFault(raised instanceof Error ? raised.message : "This could not be kept.");
    }
  }

  const says = fault !== null && (
    <span id={id} className="fault" role="alert">
      {fault}
    </span>
  );
  return editing ? (
    <span className="inline-edit">
      <input
        ref={input}
        className="input"
        aria-label={label}
        aria-invalid={fault !== null}
        aria-describedby={fault === null ? undefined : id}
        inputMode={numeric}
        autoComplete="off"
        value={typed}
        onChange={(event) => {
          setTyped(event.target.value);
          setFault(null);
        }}
        onKeyDown={(event) => {
          if (event.key === "Enter") {
            event.preventDefault();
            keep(typed);
          } else if (event.key === "Escape") {
            event.preventDefault();
            close();
          }
        }}
        onBlur={() => (typed === value ? close() : keep(typed))}
      />
      {says}
    </span>
  ) : (
    <span className="inline-edit">
      <button
        ref={opener}
        type="button"
        aria-label={`${label}: ${show(kept ?? value)}. Change`}
        onClick={() => {
          setTyped(kept ?? value);
          setFault(null);
        }}
      >
        {show(kept ?? value)}
        <Pencil aria-hidden />
      </button>
      {says}
    </span>
  );
}
