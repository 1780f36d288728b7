/** What a sentence of a person holds, as ATOM's chat finds it. */
export interface Entity {
  type: string;
  value: unknown;
}

export interface SkillRequest {
  intent: string;
  entities: readonly Entity[];
  user?: { id: string };
}

/** Return the text of the first entity of one of these types, undefined where there is none. */
export function textOf(entities: readonly Entity[], ...types: string[]): string | undefined {
  for (const type of types) {
    for (const entity of entities) {
      const { value } = entity;
      const text = typeof value === "string" ? value.trim() : typeof value === "number" ? String(value) : "";
      if (entity.type === type && text !== "") {
        return text;
      }
    }
  }
  return undefined;
}

/** Return a whole number, undefined where there is none. Nothing else is read as a number: 1.5 is not 1. */
export function countOf(entities: readonly Entity[], ...types: string[]): number | undefined {
  const text = textOf(entities, ...types);
  return text !== undefined && /^-?\d{1,9}$/.test(text) ? Number(text) : undefined;
}

/** Return an amount as text without a sign of a currency, such as `12.50`. */
export function amountOf(entities: readonly Entity[], ...types: string[]): string | undefined {
  return textOf(entities, ...types)
    ?.replace(/^[^\d-]+|[^\d]+$/g, "")
    .trim();
}

/** Return the members of `given` that are set. */
export function set(given: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}
