import { expect, test } from "vitest";
import { changed } from "../../src/pages/customers/changed";
import { ATTRIBUTES, operatorsOf, ruleAbout, wire } from "../../src/pages/customers/rules";
import { formats } from "../../src/ui/format";

test("only what was changed is sent, trimmed, and null for what was emptied", () => {
  const was = { first_name: "Ada", last_name: "Byron", phone: "+4912345" };
  expect(changed(was, { first_name: "Ada ", last_name: "Lovelace", phone: " " })).toEqual({
    last_name: "Lovelace",
    phone: null,
  });
});

test("every attribute of a rule begins with an operator that goes with it", () => {
  for (const name of Object.keys(ATTRIBUTES)) {
    expect(operatorsOf(name).map(([operator]) => operator)).toContain(ruleAbout(name).operator);
  }
});

test("an amount may be typed with a comma; a text keeps its own", () => {
  expect(
    wire([
      { attribute: "spent", operator: "at_least", value: " 12,50 " },
      { attribute: "tags", operator: "has", value: "a,b" },
    ]),
  ).toEqual([
    { attribute: "spent", operator: "at_least", value: "12.50" },
    { attribute: "tags", operator: "has", value: "a,b" },
  ]);
});

test("numbers are written as the money beside them is", () => {
  const german = formats("en-DE", "Europe/Berlin");
  expect([german.money("1234.5", "EUR"), german.number("1234.5"), german.percent("5.5")]).toEqual([
    "€1,234.50",
    "1,234.5",
    "+5.5%",
  ]);
});
