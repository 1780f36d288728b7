import type { Input, OperationName } from "../../client/types";

export interface Step {
  id: string;
  type: string;
  name?: string;
  service?: string;
  action?: string;
  parameters?: Record<string, unknown>;
  when?: string;
  condition?: string;
  message?: string;
  to?: string;
  title?: string;
  url?: string;
  method?: string;
  delay_seconds?: number;
  transform_type?: string;
  [member: string]: unknown;
}

export interface Trigger {
  key?: string;
  shop?: string;
  when?: unknown;
  parameters?: Record<string, unknown>;
  every?: number;
  cron?: string;
  timezone?: string;
  [member: string]: unknown;
}

/** A workflow as docs/workflows.md describes it. */
export interface Definition {
  id?: string;
  name?: string;
  description?: string;
  variables?: Record<string, unknown>;
  trigger?: Trigger;
  conditions?: string[];
  steps: Step[];
  [member: string]: unknown;
}

/** Read what the server keeps as a definition; a workflow of another shape has no steps. */
export function definitionOf(config: unknown): Definition {
  const members = typeof config === "object" && config !== null ? (config as Record<string, unknown>) : {};
  return { ...members, steps: Array.isArray(members.steps) ? (members.steps as Step[]) : [] };
}

/** Return a definition in the type of an operation's input: its own description is free-form there. */
export function asInput<K extends OperationName>(input: object): Input<K> {
  return input as unknown as Input<K>;
}

/** What a person has to give a workflow that is started by hand: an event's payload, input of its own, or nothing. */
export function takes(definition: Definition): "event" | "input" | null {
  if (definition.trigger?.key !== undefined) {
    return "event";
  }
  return /\binput\s*[.[]/.test(JSON.stringify([definition.steps, definition.conditions])) ? "input" : null;
}

/** Read a JSON object that a person typed; nothing typed is an empty one, and what is none is undefined. */
export function readObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = text.trim() === "" ? {} : JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}

/** Return the definition that a template makes with some variables, as the server makes it. */
export function fromTemplate(
  template: Record<string, unknown>,
  given: { name?: string; variables?: Record<string, unknown>; shop?: string },
): Definition {
  const { id: _id, plugin: _plugin, ...rest } = template;
  const definition = definitionOf(rest);
  return {
    ...definition,
    ...(given.name ? { name: given.name } : {}),
    ...(given.shop ? { shop: given.shop } : {}),
    variables: { ...definition.variables, ...given.variables },
  };
}
