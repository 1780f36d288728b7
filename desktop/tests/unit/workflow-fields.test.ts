import { expect, test } from "vitest";
import { fieldOfSchema, fieldOfValue, readText, textOf, variablesOfTargets } from "../../src/pages/workflows/fields";
import { inputOf } from "../../src/pages/workflows/schemas";

test.each([
  [5, "number"],
  ["big-spender", "text"],
  [true, "boolean"],
  [["a", "b"], "list"],
  [{ a: 1 }, "json"],
  ["a text that is longer than what fits into one line of a form here", "long"],
])("a variable with the value %j is edited as a %s", (value, kind) => {
  expect(fieldOfValue("x", value).kind).toBe(kind);
});

test.each([
  ["12.50", "number", { value: 12.5 }],
  ["1e3", "number", { fault: "Write a number, such as 5 or 12.50." }],
  ["{{ trigger.available }}", "number", { value: "{{ trigger.available }}" }],
  ["", "number", { value: undefined }],
  ["a\n\n b ", "list", { value: ["a", "b"] }],
  ["{{ trigger.tags }}", "list", { value: "{{ trigger.tags }}" }],
  ["{{ a }}\n{{ b }}", "list", { value: ["{{ a }}", "{{ b }}"] }],
  ['{"a": 1}', "json", { value: { a: 1 } }],
  ["{a", "json", { fault: "This is not valid JSON." }],
  ["true", "boolean", { value: true }],
  ["007", "text", { value: "007" }],
] as const)("%j typed for a %s is read as %j", (text, kind, read) => {
  expect(readText(text, kind)).toEqual(read);
});

test("what is shown is read again as the same value", () => {
  for (const value of [5, 0.1, "x", true, ["a", "b"], { a: [1, 2] }]) {
    const { kind } = fieldOfValue("x", value);
    expect(readText(textOf(value, kind), kind)).toEqual({ value });
  }
});

const DOCUMENT = {
  paths: {
    "/api/shopify/products/{id}": {
      put: {
        operationId: "product_update",
        parameters: [
          { name: "id", in: "path", required: true, schema: { type: "string" }, description: "Number or global id." },
          { name: "shop", in: "query", schema: { type: "string" } },
          { name: "dry_run", in: "query", schema: { type: "boolean" } },
        ],
        requestBody: {
          content: {
            "application/json": {
              schema: {
                type: "object",
                required: ["title"],
                properties: {
                  title: { type: "string", maxLength: 255, description: "Name of the product." },
                  status: { $ref: "#/components/schemas/status" },
                  tags: { anyOf: [{ $ref: "#/components/schemas/tags" }, { type: "null" }], description: "Tags." },
                  metafields: { type: "array", items: { type: "object" } },
                  user_id: { type: ["string", "null"] },
                },
              },
            },
          },
        },
      },
    },
  },
  components: {
    schemas: {
      status: { type: "string", enum: ["ACTIVE", "DRAFT"], description: "Whether it is for sale." },
      tags: { type: "array", items: { type: "string" } },
    },
  },
};

test("the form of a step is made from what its action takes, without the members of every call", () => {
  const input = inputOf(DOCUMENT, "product_update");
  expect(Object.keys(input?.members ?? {})).toEqual(["id", "title", "status", "tags", "metafields"]);
  expect(input?.required).toEqual(["id", "title"]);
  const kinds = Object.entries(input?.members ?? {}).map(([name, schema]) =>
    fieldOfSchema(name, schema, false, undefined),
  );
  expect(kinds.map((field) => field.kind)).toEqual(["text", "text", "choice", "list", "json"]);
  expect(kinds[2]).toMatchObject({ options: ["ACTIVE", "DRAFT"], hint: "Whether it is for sale." });
  expect(inputOf(DOCUMENT, "product_burn")).toBeNull();
});

test("a list of objects in a member for texts is edited as JSON, so that nothing of it is lost", () => {
  const tags = DOCUMENT.components.schemas.tags;
  expect(fieldOfSchema("tags", tags, false, [{ a: 1 }]).kind).toBe("json");
  expect(fieldOfSchema("tags", tags, false, "{{ trigger.tags }}").kind).toBe("list");
});

test("a variable that names whom to tell is chosen from the targets", () => {
  const steps = [
    { id: "a", type: "notify", to: "{{ variables.to }}", message: "x" },
    { id: "b", type: "webhook", to: "{{ variables.other }}" },
  ];
  expect([...variablesOfTargets({ steps })]).toEqual(["to"]);
});
