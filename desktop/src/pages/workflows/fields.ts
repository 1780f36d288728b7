import type { Definition } from "./definition";

export type Kind = "text" | "long" | "number" | "boolean" | "choice" | "list" | "json";

/** A field of a form: what it is called, how it is edited, and what its value has to be. */
export interface Field {
  name: string;
  kind: Kind;
  hint?: string;
  required?: boolean;
  options?: readonly string[];
}

/** The part of JSON Schema that inputs of actions are described in. */
export interface Schema {
  type?: string | string[];
  enum?: unknown[];
  const?: unknown;
  description?: string;
  items?: Schema;
  anyOf?: Schema[];
  oneOf?: Schema[];
  allOf?: Schema[];
  maxLength?: number;
  properties?: Record<string, Schema>;
  required?: string[];
  $ref?: string;
}

export type Parsed = { value: unknown } | { fault: string };

const NUMBER = /^-?\d+(\.\d+)?$/;
const LONG = 60;

/** Tell whether a text holds an expression, which may stand for a value of any kind. */
export function isExpression(value: unknown): boolean {
  return typeof value === "string" && value.includes("{{");
}

/** Return the field in which a value is edited that has no schema: its kind is that of the value. */
export function fieldOfValue(name: string, value: unknown): Field {
  if (typeof value === "number") {
    return { name, kind: "number" };
  }
  if (typeof value === "boolean") {
    return { name, kind: "boolean" };
  }
  if (Array.isArray(value) && value.every((item) => typeof item === "string")) {
    return { name, kind: "list" };
  }
  if (typeof value === "object" && value !== null) {
    return { name, kind: "json" };
  }
  return { name, kind: typeof value === "string" && value.length > LONG ? "long" : "text" };
}

/** Return the field in which a value of a schema is edited; `value` decides where the schema allows several kinds. */
export function fieldOfSchema(name: string, schema: Schema, required: boolean, value: unknown): Field {
  const one = plain(schema);
  const about = { name, hint: schema.description ?? one.description, required };
  const types = [one.type].flat();
  if (one.enum?.every((option) => typeof option === "string")) {
    return { ...about, kind: "choice", options: one.enum as string[] };
  }
  if (types.includes("boolean")) {
    return { ...about, kind: "boolean" };
  }
  if (types.includes("integer") || types.includes("number")) {
    return { ...about, kind: "number" };
  }
  if (types.includes("array")) {
    const texts = one.items === undefined || [plain(one.items).type].flat().includes("string");
    const fits = value === undefined || isExpression(value) || fieldOfValue(name, value).kind === "list";
    return { ...about, kind: texts && fits ? "list" : "json" };
  }
  if (types.includes("object") || (typeof value === "object" && value !== null)) {
    return { ...about, kind: "json" };
  }
  const long = (one.maxLength ?? 0) > 1_000 || (typeof value === "string" && value.length > LONG);
  return { ...about, kind: long ? "long" : "text" };
}

/** Return the first description of a value that says its type: alternatives are spellings of the same thing. */
function plain(schema: Schema): Schema {
  const choices = schema.anyOf ?? schema.oneOf ?? schema.allOf;
  if (schema.type !== undefined || schema.enum !== undefined || choices === undefined) {
    return schema;
  }
  return (
    choices.map(plain).find((one) => one.enum !== undefined || (one.type !== undefined && one.type !== "null")) ??
    schema
  );
}

/** Return a value as a person edits it. */
export function textOf(value: unknown, kind: Kind): string {
  if (value === undefined || value === null) {
    return "";
  }
  if (typeof value === "string") {
    return value;
  }
  if (kind === "list" && Array.isArray(value)) {
    return value.join("\n");
  }
  return typeof value === "object" ? JSON.stringify(value, null, 2) : String(value);
}

/** Read what a person typed; an empty text is no value, and an expression may stand anywhere. */
export function readText(text: string, kind: Kind): Parsed {
  if (text.trim() === "") {
    return { value: undefined };
  }
  if (kind === "list") {
    const lines = text.split("\n").map((line) => line.trim());
    const whole = lines.length === 1 && /^\{\{.*\}\}$/.test(text.trim());
    return { value: whole ? text.trim() : lines.filter((line) => line !== "") };
  }
  if (kind === "json") {
    if (/^\{\{.*\}\}$/.test(text.trim())) {
      return { value: text.trim() };
    }
    try {
      return { value: JSON.parse(text) };
    } catch {
      return { fault: "This is not valid JSON." };
    }
  }
  if (isExpression(text)) {
    return { value: text };
  }
  if (kind === "number") {
    return NUMBER.test(text.trim()) ? { value: Number(text.trim()) } : { fault: "Write a number, such as 5 or 12.50." };
  }
  return { value: kind === "boolean" ? text === "true" : text };
}

/** Return the variables of a definition that name whom a step tells: their values are names of targets. */
export function variablesOfTargets(definition: Definition): ReadonlySet<string> {
  const found = new Set<string>();
  for (const step of definition.steps) {
    const [, name] = /^\{\{\s*variables\.(\w+)\s*\}\}$/.exec(step.type === "notify" ? (step.to ?? "") : "") ?? [];
    if (name !== undefined) {
      found.add(name);
    }
  }
  return found;
}
