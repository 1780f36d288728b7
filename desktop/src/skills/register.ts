/** The skills as ATOM's indexes register them, and as agents call them: with JSON Schemas out of the manifests. */

import catalogue from "../../generated/skills.json";
import type { Client } from "../client/client";
import type { SkillResponse } from "../client/http";
import { skillsClient } from "./config";

export type JsonSchema = Record<string, unknown>;

export interface HandlerContext {
  signal?: AbortSignal;
}

/** What `registerSkill` takes. */
export interface SkillEntry {
  name: string;
  description: string;
  parameters: JsonSchema;
  handler: (parameters?: Record<string, unknown>, context?: HandlerContext) => Promise<SkillResponse<unknown>>;
}

export interface SkillParameter {
  name: string;
  type: string;
  required: boolean;
  description: string;
  defaultValue?: unknown;
  validation?: JsonSchema;
}

export interface SkillConfig {
  name: string;
  description: string;
  category: string;
  parameters: SkillParameter[];
  enabled: boolean;
  /** Scopes of Shopify; of those in one group, parted by `|`, one is enough. */
  requiredPermissions?: string[];
}

export interface RegisterOptions {
  /** Asks the host; without it the client of `configureSkills` does. */
  client?: Client;
  /** Chooses the skills, by what is known of each: without it all are registered. */
  only?: (skill: { action: string; effect: "read" | "write" | "destructive" }) => boolean;
}

interface Described {
  action: string;
  title: string;
  description: string;
  effect: "read" | "write" | "destructive";
  asks: boolean;
  scopes: string[][];
  input: { properties?: Record<string, JsonSchema>; required?: string[] } & JsonSchema;
}

const DESCRIBED = catalogue.skills as unknown as Described[];
const DEFINITIONS = catalogue.definitions as Record<string, JsonSchema>;
const PREFIX = "shopify_";

const SHOP: JsonSchema = {
  type: "string",
  description: "The store, such as demo.myshopify.com; without it the person's default store is meant.",
};
const OF_WRITES: Record<string, JsonSchema> = {
  preview: { type: "boolean", description: "Only show what would happen." },
  idempotency_key: {
    type: "string",
    minLength: 1,
    maxLength: 255,
    description: "Makes the write happen once. Give the same key when the same write is sent again.",
  },
};
const CONFIRMATION: JsonSchema = {
  type: "string",
  minLength: 1,
  maxLength: 255,
  description: "The token of the preview. Give it only once a person has seen the preview and said yes.",
};

/** Call `registerSkill` with an entry for each action; return how many there are. */
export function registerShopifySkills(registerSkill: (entry: SkillEntry) => void, options?: RegisterOptions): number {
  const entries = shopifySkillEntries(options);
  for (const entry of entries) {
    registerSkill(entry);
  }
  return entries.length;
}

/** Return an entry for each action. */
export function shopifySkillEntries({ client, only = () => true }: RegisterOptions = {}): SkillEntry[] {
  return DESCRIBED.filter(only).map((skill) => ({
    name: PREFIX + skill.action,
    description: aboutOf(skill),
    parameters: parametersOf(skill),
    handler: (parameters = {}, context = {}) => handle(skill, parameters, context, client ?? skillsClient()),
  }));
}

/** Return the configuration of each skill, as ATOM's settings list them. */
export function shopifySkillConfigs({ only = () => true }: Pick<RegisterOptions, "only"> = {}): SkillConfig[] {
  return DESCRIBED.filter(only).map((skill) => ({
    name: PREFIX + skill.action,
    description: aboutOf(skill),
    category: "e-commerce",
    parameters: configured(skill),
    enabled: true,
    ...(skill.scopes.length === 0 ? {} : { requiredPermissions: skill.scopes.map((group) => group.join("|")) }),
  }));
}

/**
 * Run a skill. One that can't be undone, without its token, answers the preview and changes nothing: the yes is a second
 * call of its own.
 */
async function handle(
  skill: Described,
  parameters: Record<string, unknown>,
  { signal }: HandlerContext,
  client: Client,
): Promise<SkillResponse<unknown>> {
  if (skill.effect === "read") {
    return client.callByName(skill.action, parameters, { signal });
  }
  const { preview, confirmation_token, idempotency_key, confirm: _, ...input } = parameters;
  const options = {
    signal,
    confirmationToken: confirmation_token as string | undefined,
    idempotencyKey: idempotency_key as string | undefined,
  };
  const asks = preview === true || (skill.effect === "destructive" && confirmation_token === undefined);
  return asks ? client.previewByName(skill.action, input, { signal }) : client.callByName(skill.action, input, options);
}

function aboutOf({ title, description, effect }: Described): string {
  const yes = " Without confirmation_token it only answers a preview.";
  return `${title}. ${description}${effect === "destructive" ? yes : ""}`;
}

/** Return the whole schema of what a skill takes, with the definitions that it refers to. */
function parametersOf(skill: Described): JsonSchema {
  const { properties = {}, ...rest } = skill.input;
  const definitions = Object.fromEntries([...referred(skill.input)].map((name) => [name, DEFINITIONS[name]]));
  return {
    ...rest,
    properties: { ...properties, ...beside(skill) },
    ...(Object.keys(definitions).length === 0 ? {} : { $defs: definitions }),
  };
}

function beside({ effect, asks }: Described): Record<string, JsonSchema> {
  return {
    shop: SHOP,
    ...(effect === "read" ? {} : OF_WRITES),
    ...(asks ? { confirmation_token: CONFIRMATION } : {}),
  };
}

function configured(skill: Described): SkillParameter[] {
  const required = new Set(skill.input.required ?? []);
  return Object.entries({ ...skill.input.properties, ...beside(skill) }).map(([name, given]) => {
    const { description = "", default: defaultValue, ...schema } = whole(given);
    return {
      name,
      type: typeOf(schema),
      required: required.has(name),
      description: String(description),
      ...(defaultValue === undefined ? {} : { defaultValue }),
      validation: schema,
    };
  });
}

/** Return a schema with the definitions in the place of their references. */
function whole(schema: JsonSchema): JsonSchema {
  const replace = (value: unknown): unknown => {
    if (Array.isArray(value)) {
      return value.map(replace);
    }
    if (typeof value !== "object" || value === null) {
      return value;
    }
    const { $ref, ...here } = value as JsonSchema;
    const members = Object.fromEntries(Object.entries(here).map(([name, member]) => [name, replace(member)]));
    return typeof $ref === "string" ? { ...DEFINITIONS[nameOf($ref)], ...members } : members;
  };
  return replace(schema) as JsonSchema;
}

function* referred(schema: unknown): Generator<string> {
  if (typeof schema !== "object" || schema === null) {
    return;
  }
  for (const [name, value] of Object.entries(schema)) {
    if (name === "$ref" && typeof value === "string") {
      yield nameOf(value);
    } else {
      yield* referred(value);
    }
  }
}

function nameOf(reference: string): string {
  return reference.slice(reference.lastIndexOf("/") + 1);
}

function typeOf(schema: JsonSchema): string {
  const types = [schema.type].flat().filter((type) => typeof type === "string" && type !== "null");
  // An id is a number or a text: as a text it is never rounded.
  return types.includes("string") ? "string" : String(types[0] ?? "any");
}
