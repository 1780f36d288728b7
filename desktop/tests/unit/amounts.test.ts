import { describe, expect, test } from "vitest";
import { decimalsOf, readAmount, readWhole } from "../../src/ui/amounts";

describe("an amount is read as people write it", () => {
  test.each([
    ["19.9", "en-GB", "19.90"],
    ["19,90", "en-GB", "19.90"],
    ["1,234.5", "en-GB", "1234.50"],
    ["1.234,50 €", "de-DE", "1234.50"],
    ["1,234", "en-GB", "1234.00"],
    ["1.234", "de-DE", "1234.00"],
    ["1,234", "en-DE", "1234.00"],
    ["1,234,567", "de-DE", "1234567.00"],
    ["$5", "en-US", "5.00"],
    ["EUR 5", "en-IE", "5.00"],
    ["5 EUR", "en-IE", "5.00"],
    ["12’000.05", "en-CH", "12000.05"],
    [".5", "en-GB", "0.50"],
    ["007", "en-GB", "7.00"],
    ["999999999999999.99", "en-GB", "999999999999999.99"],
  ])("%s in %s is %s", (text, locale, value) => {
    expect(readAmount(text, locale, 2)).toEqual({ value });
  });

  test.each(["", "  ", "-1", "abc", "1.2.3,4,5", "1,23,456.00", "12.345", "1e5", "٣", "9999999999999999"])(
    "%j is none",
    (text) => {
      expect(readAmount(text, "en-US", 2)).toHaveProperty("fault");
    },
  );

  test("a currency without decimals takes none but zeros", () => {
    expect(decimalsOf("JPY")).toBe(0);
    expect(readAmount("1500", "en-JP", 0)).toEqual({ value: "1500" });
    expect(readAmount("1500.00", "en-JP", 0)).toEqual({ value: "1500" });
    expect(readAmount("1500.5", "en-JP", 0)).toHaveProperty("fault");
  });
});

test("a whole number has bounds", () => {
  expect(readWhole(" 12 ", -5, 20)).toEqual({ value: "12" });
  expect(readWhole("-3", -5, 20)).toEqual({ value: "-3" });
  expect(readWhole("1.5", -5, 20)).toHaveProperty("fault");
  expect(readWhole("21", -5, 20)).toHaveProperty("fault");
});
