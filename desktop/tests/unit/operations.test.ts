// @vitest-environment node
import { describe, expect, test } from "vitest";
import atom from "../../generated/atom.json";
import shopify from "../../generated/shopify.json";
import { Client } from "../../src/client/client";
import { OPERATIONS, type Operation } from "../../src/client/operations";

/** The parts of an OpenAPI document that say how an operation is called. */
interface Document {
  paths: Record<string, Record<string, Described>>;
  components: { schemas: Record<string, Schema> };
}
interface Described {
  operationId: string;
  parameters?: { name: string; in: string; required?: boolean; schema: Schema }[];
  requestBody?: { content: Record<string, { schema: Schema }> };
  "x-effect"?: string;
}
interface Schema {
  $ref?: string;
  type?: string | string[];
  enum?: unknown[];
  const?: unknown;
  items?: Schema;
  properties?: Record<string, Schema>;
}

/** Options of a call, which have ways of their own. */
const OF_THE_CALL = new Set(["preview", "dry_run", "confirm", "user_id"]);
const DOCUMENTS: [string, Document][] = [
  ["", shopify as unknown as Document],
  ["atom_", atom as unknown as Document],
];

const ALL = DOCUMENTS.flatMap(([prefix, document]) =>
  Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods)
      .filter(([, described]) => described.operationId !== undefined && path.startsWith("/api/"))
      .map(([method, described]) => ({
        name: prefix + described.operationId,
        method: method.toUpperCase(),
        path,
        described,
        document,
      })),
  ),
);

test("every operation of both documents can be called, and no other", () => {
  expect(ALL.map(({ name }) => name).sort()).toEqual(Object.keys(OPERATIONS).sort());
  expect(ALL.length).toBeGreaterThan(250);
});

describe.each(ALL)("$name", ({ name, method, path, described, document }) => {
  const sent: { url: URL; init: RequestInit }[] = [];
  const client = new Client({
    baseUrl: "http://atom.test/base/",
    token: "secret-token",
    fetch: async (url, init) => {
      sent.push({ url: new URL(String(url)), init: init ?? {} });
      return Response.json({ ok: true, data: { done: name } });
    },
  });

  const parameters = described.parameters ?? [];
  const inPath = Object.fromEntries(
    parameters.filter((one) => one.in === "path").map((one) => [one.name, `${one.name} /?#é.`]),
  );
  const inQuery = Object.fromEntries(
    parameters
      .filter((one) => one.in === "query" && !OF_THE_CALL.has(one.name))
      .map((one) => [one.name, sample(one.schema, document)]),
  );
  const media = described.requestBody?.content ?? {};
  const body = Object.fromEntries(
    Object.entries(resolved(media["application/json"]?.schema ?? {}, document).properties ?? {})
      // What both take goes into the address.
      .filter(([member]) => member !== "user_id" && !(member in inQuery))
      .map(([member, schema]) => [member, sample(schema, document)]),
  );

  test("each input goes where the document says", async () => {
    const answer = await client.callByName(
      name,
      { ...inPath, ...inQuery, ...body },
      { idempotencyKey: "key-1", confirmationToken: "yes-1" },
    );
    expect(answer).toEqual({ ok: true, data: { done: name } });
    expect(sent).toHaveLength(1);
    const [{ url, init }] = sent as [(typeof sent)[0]];
    const filled = path.replace(/\{(\w+)\}/g, (_, member) => encodeURIComponent(inPath[member] ?? ""));
    expect(init.method).toBe(method);
    expect(url.pathname).toBe(`/base${filled}`);
    expect(queryOf(url)).toEqual(
      Object.fromEntries(Object.entries(inQuery).map(([member, value]) => [member, [value].flat().map(String)])),
    );
    const takesBody = method === "POST" || method === "PUT";
    expect(init.body === undefined ? undefined : JSON.parse(String(init.body))).toEqual(takesBody ? body : undefined);
    const headers = new Headers(init.headers);
    expect(headers.get("Authorization")).toBe("Bearer secret-token");
    expect(headers.get("X-Confirmation-Token")).toBe("yes-1");
    const keyed = parameters.some((one) => one.in === "header" && one.name === "Idempotency-Key");
    expect(headers.get("Idempotency-Key")).toBe(keyed ? "key-1" : null);
    expect(url.href).not.toMatch(/secret-token|yes-1|key-1/);
  });

  test("its effect and ids are those of the document", () => {
    const operation: Operation = OPERATIONS[name as keyof typeof OPERATIONS];
    expect(operation.effect).toBe(described["x-effect"] ?? (method === "GET" ? "read" : "write"));
    expect(operation.shop ?? false).toBe(parameters.some((one) => one.in === "query" && one.name === "shop"));
    for (const [member, kind] of Object.entries(operation.ids ?? {})) {
      const schema = parameters.find((one) => one.in === "path" && one.name === member)?.schema ?? {};
      expect(JSON.stringify(resolved(schema, document))).toContain(`gid://shopify/${kind}/`);
    }
  });
});

function queryOf(url: URL): Record<string, string[]> {
  return Object.fromEntries([...url.searchParams.keys()].map((name) => [name, url.searchParams.getAll(name)]));
}

function resolved(schema: Schema, document: Document): Schema {
  const name = schema.$ref?.split("/").at(-1);
  return name === undefined ? schema : { ...document.components.schemas[name], ...schema };
}

/** A value of the kind that a schema takes, with signs that an address has to escape. */
function sample(given: Schema, document: Document): unknown {
  const schema = resolved(given, document);
  const type = [schema.type].flat()[0];
  if (schema.enum !== undefined) {
    return schema.enum.find((one) => one !== "" && one !== null);
  }
  switch (type) {
    case "array":
      return ["a,b", "c&d=é"];
    case "integer":
    case "number":
      return 7;
    case "boolean":
      return true;
    case "object":
      return { of: "x" };
    default:
      return "a,b&c=d é+";
  }
}
