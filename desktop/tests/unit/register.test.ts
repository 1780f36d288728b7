// @vitest-environment node
import { expect, test } from "vitest";
import { OPERATIONS } from "../../src/client/operations";
import * as actions from "../../src/skills/actions";
import {
  registerShopifySkills,
  type SkillEntry,
  shopifySkillConfigs,
  shopifySkillEntries,
} from "../../src/skills/register";

const ENTRIES = shopifySkillEntries();

test("every action is registered once, and has a function", () => {
  const names: string[] = [];
  const count = registerShopifySkills((entry) => names.push(entry.name));
  expect(new Set(names).size).toBe(count);
  const keys = Object.values(actions).map((skill) => skill.action);
  expect(names.map((name) => name.replace("shopify_", "")).sort()).toEqual([...keys].sort());
  expect(keys.every((key) => key in OPERATIONS)).toBe(true);
  expect(count).toBeGreaterThan(190);
});

test("the schema of an entry stands for itself: all that it refers to is in it", () => {
  for (const { name, description, parameters } of ENTRIES) {
    expect(description.length, name).toBeGreaterThan(20);
    expect(parameters.type, name).toBe("object");
    const known = Object.keys((parameters.$defs ?? {}) as object).map((one) => `#/$defs/${one}`);
    for (const [, reference] of JSON.stringify(parameters).matchAll(/"\$ref":"([^"]*)"/g)) {
      expect(known, name).toContain(reference);
    }
  }
});

test("a write takes a preview and a key, what may ask takes a confirmation, and a read takes none of them", () => {
  const named = (name: string) => ENTRIES.find((entry) => entry.name === name) as SkillEntry;
  const members = (name: string) => Object.keys((named(name).parameters as { properties: object }).properties);
  const beside = ["preview", "idempotency_key", "confirmation_token"];
  expect(members("shopify_order_cancel")).toEqual(expect.arrayContaining(["id", "shop", ...beside]));
  expect(members("shopify_order_search").filter((member) => beside.includes(member))).toEqual([]);
  expect(named("shopify_order_cancel").description).toContain("confirmation_token");
});

test("a configuration lists what a skill takes, with the scopes that it needs", () => {
  const config = shopifySkillConfigs({ only: ({ action }) => action === "order_cancel" });
  expect(config).toHaveLength(1);
  expect(config[0]).toMatchObject({
    name: "shopify_order_cancel",
    category: "e-commerce",
    enabled: true,
    requiredPermissions: expect.arrayContaining(["write_orders"]),
  });
  const id = config[0]?.parameters.find((one) => one.name === "id");
  expect(id).toMatchObject({ type: "string", required: true, description: expect.stringContaining("order") });
  expect(JSON.stringify(config)).not.toContain("$ref");
  for (const { parameters } of shopifySkillConfigs()) {
    for (const { name, type } of parameters) {
      expect(type, name).toMatch(/^(string|integer|number|boolean|object|array|any)$/);
    }
  }
});
