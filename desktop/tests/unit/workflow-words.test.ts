import { expect, test } from "vitest";
import { where } from "../../src/pages/workflows/checking";
import { fromTemplate } from "../../src/pages/workflows/definition";
import { conditionInWords, filledIn, startedBy, stepInWords, whenInWords } from "../../src/pages/workflows/words";

test.each([
  [{ key: "order_paid" }, "Order paid"],
  [{ key: "order_paid", shop: "demo.myshopify.com" }, "Order paid in demo.myshopify.com"],
  [{ every: 300 }, "Every 5 minutes"],
  [{ every: 3600 }, "Every hour"],
  [{ every: 90 }, "Every 90 seconds"],
  [{ cron: "0 9 * * 1-5", timezone: "Europe/Berlin" }, "On weekdays at 09:00 (Europe/Berlin)"],
  [{ cron: "30 18 * * *" }, "Every day at 18:30"],
  [{ cron: "0 7 * * 1" }, "On Mondays at 07:00"],
  [{ cron: "*/15 * * * *" }, "At the times */15 * * * *"],
  [undefined, "Started by hand"],
])("%j starts: %s", (trigger, said) => {
  expect(startedBy(trigger)).toBe(said);
});

test.each([
  ["trigger.total_price.shop_money.amount >= variables.limit", "Total price is at least 500"],
  [
    "trigger.total_price is mapping and trigger.total_price.shop_money.amount >= variables.limit",
    "Total price is at least 500",
  ],
  ["trigger.customer is mapping and trigger.customer.id is defined", "There is a customer id"],
  ["trigger.available is number and trigger.available <= 5", "Available is at most 5"],
  ["item.tracked and item.variant is not none", "Item tracked is true and there is an item variant"],
  ["trigger.vendor == 'Kiln and Co'", null],
  ["trigger.tags | length > 3", null],
  ["trigger.a > 1 or trigger.b > 1", null],
])("the condition %s is told as %s", (condition, said) => {
  expect(conditionInWords(condition, { limit: 500 })).toBe(said);
});

test("a text is told with its variables, and with what an event fills in", () => {
  expect(filledIn("{{ item.variant.display_name }}: {{ variables.limit }} or fewer", { limit: 5 })).toBe(
    "‹item variant display name›: 5 or fewer",
  );
});

test("steps are told as what they do", () => {
  const definition = { variables: { to: "team" }, steps: [] };
  const told = (step: object) => stepInWords({ id: "s", type: "", ...step }, definition);
  expect(told({ type: "service_action", action: "tag_add" })).toBe("Add tags");
  expect(told({ type: "delay", delay_seconds: 86_400 })).toBe("Wait 1 day");
  expect(told({ type: "approval", message: "Pay {{ input.n }}?" })).toBe("Ask: “Pay ‹n›?”");
  expect(told({ type: "notify", to: "{{ variables.to }}", title: "Low" })).toBe("Tell team: “Low”");
  expect(told({ type: "condition", condition: "trigger.n > 3" })).toBe("Go on only if: n is more than 3");
});

test("a template becomes a definition of one's own: without its id, with other variables", () => {
  const template = { id: "t", plugin: "shopify", name: "T", variables: { a: 1, b: 2 }, steps: [] };
  expect(fromTemplate(template, { name: "Mine", variables: { b: 3 } })).toEqual({
    name: "Mine",
    variables: { a: 1, b: 3 },
    steps: [],
  });
});

test("a fault says where it is", () => {
  expect(where("/steps/0/parameters/tags")).toBe("(step 1, parameters, tags)");
  expect(where("/variables/limit")).toBe("(variable limit)");
  expect(where("/")).toBe("");
});

test.each([
  [{ "total_price.shop_money.amount": { gte: "{{ variables.least }}" } }, "Total price is at least 50"],
  [{ tags: { contains: "vip" }, vendor: "Kiln" }, "Tags contains vip and vendor is Kiln"],
  [{ name: { in: ["a", "b"] } }, null],
  [["no rules"], null],
  [{}, null],
])("the events that %j lets through are said in words", (when, said) => {
  expect(whenInWords(when, { least: 50 })).toBe(said);
});
