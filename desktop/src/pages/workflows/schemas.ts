import { useEffect, useState } from "react";
import { client } from "../../app/queries";
import { must } from "../../client/client";
import type { Schema } from "./fields";

interface Operation {
  operationId?: string;
  parameters?: { name: string; in: string; required?: boolean; description?: string; schema?: Schema }[];
  requestBody?: { content?: { "application/json"?: { schema?: Schema } } };
}

interface Document {
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, Schema> };
}

/** What an action takes: the schema of each member, and which ones it can't do without. */
export interface ActionInput {
  members: Record<string, Schema>;
  required: readonly string[];
}

// Members of each call, which a step has its own places for.
const OF_THE_CALL = new Set(["shop", "user_id", "preview", "dry_run", "confirm", "cursor"]);

let reading: Promise<Document> | undefined;

/** Read the description of the REST interface, once: it is large, and it stays the same while the server runs. */
function description(): Promise<Document> {
  reading ??= client.call("openapi", {}).then((answer) => must(answer) as unknown as Document);
  reading.catch(() => {
    reading = undefined;
  });
  return reading;
}

/** Return what an action takes; undefined while it is read, null where nothing is known of it. */
export function useActionInput(action: string | undefined): ActionInput | null | undefined {
  const [known, setKnown] = useState<ActionInput | null | undefined>(undefined);
  useEffect(() => {
    let here = true;
    setKnown(undefined);
    description().then(
      (document) => here && setKnown(inputOf(document, action)),
      () => here && setKnown(null),
    );
    return () => {
      here = false;
    };
  }, [action]);
  return known;
}

/** Find what an action takes in the description. */
export function inputOf(document: Document, action: string | undefined): ActionInput | null {
  for (const path of Object.values(document.paths)) {
    for (const operation of Object.values(path)) {
      if (operation.operationId === action) {
        const body = resolved(document, operation.requestBody?.content?.["application/json"]?.schema ?? {});
        const parameters = (operation.parameters ?? []).filter(
          (one) => (one.in === "query" || one.in === "path") && !OF_THE_CALL.has(one.name),
        );
        const members: Record<string, Schema> = {};
        for (const one of parameters) {
          members[one.name] = { description: one.description, ...resolved(document, one.schema ?? {}) };
        }
        for (const [name, schema] of Object.entries(body.properties ?? {})) {
          if (!OF_THE_CALL.has(name)) {
            members[name] = resolved(document, schema);
          }
        }
        const required = [...parameters.filter((one) => one.required).map((one) => one.name), ...(body.required ?? [])];
        return { members, required };
      }
    }
  }
  return null;
}

/** Return a schema with what it refers to in its place, as far as a form needs it: three levels. */
function resolved(document: Document, schema: Schema, levels = 3): Schema {
  const name = schema.$ref?.split("/").at(-1);
  const target = name === undefined ? undefined : document.components.schemas[name];
  const { $ref: _ref, ...own } = schema;
  const whole = { ...target, ...own };
  if (levels > 0) {
    for (const choice of ["anyOf", "oneOf", "allOf"] as const) {
      whole[choice] = whole[choice]?.map((one) => resolved(document, one, levels - 1));
    }
    whole.items &&= resolved(document, whole.items, levels - 1);
  }
  return whole;
}
