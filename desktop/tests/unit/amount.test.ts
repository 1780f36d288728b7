import { expect, test } from "vitest";
import { amountOf, compare, written } from "../../src/pages/orders/amount";

test.each([
  ["12.50", "12.50"],
  ["12,5", "12.5"],
  [" 7 ", "7"],
  ["0.0001", "0.0001"],
])("%j is an amount", (typed, amount) => {
  expect(amountOf(typed)).toBe(amount);
});

test.each(["", "-1", "1e3", "1.234,50", "12.", ".5", "0x10", "€5", "1.23456", "9999999999999999"])(
  "%j is no amount",
  (typed) => {
    expect(amountOf(typed)).toBeNull();
  },
);

test("amounts are compared exactly, whatever their size and their zeros", () => {
  expect(compare("0.1", "0.10")).toBe(0);
  expect(compare("123456789012345.0001", "123456789012345.0002")).toBe(-1);
  expect(compare("10", "9.99")).toBe(1);
  expect(compare("-1.5", "0")).toBe(-1);
});

test.each([
  ["100.0", "EUR", "100.00"],
  ["0", "EUR", "0.00"],
  ["12.345", "EUR", "12.345"],
  ["1500.0", "JPY", "1500"],
  ["1.5", "KWD", "1.500"],
])("%s %s is written %s", (amount, currency, text) => {
  expect(written(amount, currency)).toBe(text);
});
