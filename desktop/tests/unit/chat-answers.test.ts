import { expect, test } from "vitest";
import { differences } from "../../src/pages/audit/differences";
import { offered, tableOf } from "../../src/pages/chat/answers";

const write = (value: { amount: string; currency: string } | { number: number }) =>
  "amount" in value ? `${value.amount} ${value.currency}` : String(value.number);

const ORDER = (name: string, amount: string, status: string) => ({
  id: `gid://shopify/Order/${name}`,
  name: `#${name}`,
  created_at: "2026-11-30T12:52:13Z",
  customer: { display_name: `Customer of ${name}` },
  current_total_price: { shop_money: { amount, currency_code: "EUR" } },
  display_financial_status: status,
  display_fulfillment_status: "UNFULFILLED",
});

test("a list becomes a table of what differs between its rows", () => {
  const table = tableOf({ items: [ORDER("1", "9.90", "PAID"), ORDER("2", "12.00", "PARTIALLY_REFUNDED")] }, write);
  expect(table?.columns).toEqual([
    { key: "name", title: "Name", end: false },
    { key: "customer", title: "Customer", end: false },
    { key: "current_total_price", title: "Total price", end: true },
    { key: "display_financial_status", title: "Financial status", end: false },
  ]);
  expect(table?.rows[1]).toEqual(["#2", "Customer of 2", "12.00 EUR", "Partially refunded"]);
});

test("one row, a text or nothing makes no table", () => {
  for (const data of [{ items: [ORDER("1", "9.90", "PAID")] }, "text", null, { items: ["a", "b"] }, undefined]) {
    expect(tableOf(data, write)).toBeNull();
  }
});

test("a long list is cut, and says how much is left out", () => {
  const table = tableOf({ items: Array.from({ length: 25 }, (_, at) => ORDER(String(at), `${at}.00`, "PAID")) }, write);
  expect([table?.rows.length, table?.more]).toEqual([10, 15]);
});

test("an answer offers yes and no, its choices by number, or what it suggests", () => {
  expect(offered({ waits_for: "yes" }).map((one) => one.said)).toEqual(["yes", "no"]);
  expect(offered({ choices: ["Mug Blue", "Mug Blue"] })).toEqual([
    { said: "1", text: "Mug Blue" },
    { said: "2", text: "Mug Blue" },
  ]);
  expect(offered({ suggestions: ["check orders"] })).toEqual([{ said: "check orders", text: "check orders" }]);
  expect(offered(null)).toEqual([]);
});

test("a change is told member by member, without what was not read on both sides", () => {
  const before = { title: "Mug", tags: ["a"], price: { amount: "1.00" }, updated_at: "x", gone: 1 };
  const after = { title: "Cup", tags: ["a", "b"], price: { amount: "2.00" }, updated_at: "y" };
  expect(differences(before, after)).toEqual([
    { field: "title", before: "Mug", after: "Cup" },
    { field: "tags", before: ["a"], after: ["a", "b"] },
    { field: "price.amount", before: "1.00", after: "2.00" },
  ]);
  expect(differences(before, before)).toEqual([]);
});
