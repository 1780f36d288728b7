import type { ReactNode } from "react";
import type { Definition, Step } from "./definition";
import { conditionInWords, filledIn, startedBy, stepInWords, whenInWords } from "./words";
import styles from "./workflows.module.css";

/** A workflow in words: what starts it, under which conditions, and what it does. */
export function InWords({ definition }: { definition: Definition }) {
  const variables = definition.variables;
  const parameters = Object.entries(definition.trigger?.parameters ?? {}).filter(([, value]) => value !== null);
  const conditions = definition.conditions ?? [];
  return (
    <dl className="stack">
      <Part title="When">
        <p>{startedBy(definition.trigger)}</p>
        {parameters.length > 0 && (
          <p className="soft">
            {parameters
              .map(([key, value]) => `${key.replaceAll("_", " ")}: ${filledIn(String(value), variables)}`)
              .join(", ")}
          </p>
        )}
        {definition.trigger?.when !== undefined && (
          <p className="soft">
            {whenInWords(definition.trigger.when, variables) ?? (
              <>
                Only events that match <code>{filledIn(JSON.stringify(definition.trigger.when), variables)}</code>
              </>
            )}
          </p>
        )}
      </Part>
      {conditions.length > 0 && (
        <Part title="Only if">
          {conditions.map((condition) => {
            const said = conditionInWords(condition, variables);
            return <p key={condition}>{said ?? <code>{condition}</code>}</p>;
          })}
        </Part>
      )}
      <Part title="Then">
        <ol className={styles.steps}>
          {definition.steps.map((step) => (
            <li key={step.id}>
              <span>{stepInWords(step, definition)}</span>
              {detail(step, definition).map((line) => (
                <span key={line} className="soft small">
                  {line}
                </span>
              ))}
            </li>
          ))}
        </ol>
      </Part>
    </dl>
  );
}

function Part({ title, children }: { title: string; children: ReactNode }) {
  return (
    <div className="stack tight">
      <dt className="soft small">{title}</dt>
      <dd className="stack tight">{children}</dd>
    </div>
  );
}

function detail(step: Step, definition: Definition): string[] {
  const said = (value: unknown) =>
    filledIn(
      typeof value === "string" ? value : Array.isArray(value) ? value.map(plain).join(", ") : plain(value),
      definition.variables,
    );
  const lines = Object.entries(step.parameters ?? {}).map(
    ([key, value]) => `${key.replaceAll("_", " ")}: ${said(value)}`,
  );
  if (step.type === "notify" && step.title && step.message) {
    lines.push(said(step.message));
  }
  if (step.when) {
    lines.push(`Skipped unless: ${conditionInWords(step.when, definition.variables) ?? step.when}`);
  }
  return lines;
}

function plain(value: unknown): string {
  return typeof value === "object" && value !== null ? JSON.stringify(value) : String(value);
}
