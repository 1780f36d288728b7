import { useId } from "react";
import type { Line } from "./order";
import styles from "./order.module.css";

/** How many units of each line are meant: a number field for each, from none to `most`. */
export function Choose({
  legend,
  lines,
  most,
  quantities,
  onChange,
}: {
  legend: string;
  lines: readonly Line[];
  most: (line: Line) => number;
  quantities: Readonly<Record<string, number>>;
  onChange: (quantities: Record<string, number>) => void;
}) {
  const id = useId();
  return (
    <fieldset style={{ margin: 0, padding: 0, border: 0, minInlineSize: 0 }}>
      <legend className="small soft" style={{ padding: 0 }}>
        {legend}
      </legend>
      <ul className={styles.choose}>
        {lines.map((line) => {
          const field = `${id}-${line.legacy_id}`;
          return (
            <li key={line.id}>
              <label htmlFor={field}>
                {line.name}
                <div className="small soft">
                  {line.sku ? `${line.sku} · ` : ""}
                  {most(line)} at most
                </div>
              </label>
              <input
                id={field}
                className="input"
                type="number"
                inputMode="numeric"
                min={0}
                max={most(line)}
                value={quantities[line.id] ?? 0}
                onChange={(event) => {
                  const units = Math.trunc(Number(event.target.value));
                  onChange({ ...quantities, [line.id]: Math.min(Math.max(units || 0, 0), most(line)) });
                }}
              />
            </li>
          );
        })}
      </ul>
    </fieldset>
  );
}
