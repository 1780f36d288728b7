import { expect, test } from "vitest";
import { inWords, rulesOf, type ToldRule, wire } from "../../src/pages/customers/rules";

// As `audience_list` tells them: every rule has both members.
const TOLD: readonly ToldRule[] = [
  { attribute: "orders", operator: "at_least", value: "2", values: null },
  { attribute: "rfm_class", operator: "is", value: null, values: ["at_risk", "cannot_lose"] },
  { attribute: "country", operator: "is", value: null, values: ["DE"] },
  { attribute: "last_order", operator: "known", value: "false", values: null },
  { attribute: "kept_orders", operator: "is", value: "3", values: null },
];

test("rules come back from the form as they were, those without fields too", () => {
  expect(wire(rulesOf(TOLD))).toEqual([
    { attribute: "orders", operator: "at_least", value: "2" },
    { attribute: "rfm_class", operator: "is", values: ["at_risk", "cannot_lose"] },
    { attribute: "country", operator: "is", value: "DE" },
    { attribute: "last_order", operator: "known", value: "false" },
    { attribute: "kept_orders", operator: "is", value: "3" },
  ]);
});

test("only rules that the form can show have fields", () => {
  expect(rulesOf(TOLD).map((rule) => rule.kept === undefined)).toEqual([true, false, true, false, false]);
});

test("a rule is said in words", () => {
  expect(TOLD.map(inWords)).toEqual([
    "Number of orders at least 2",
    "Class is At risk or Can't lose",
    "Country code is DE",
    "Last order is not known",
    "Kept orders is 3",
  ]);
});
