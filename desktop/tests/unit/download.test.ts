import { expect, test } from "vitest";
import { fileName } from "../../src/app/download";

test.each([
  [["Reorder list", "demo.myshopify.com", "2026-11-30"], "reorder-list-demo-2026-11-30.csv"],
  [["Bestellung", "Crêpe & Café"], "bestellung-crepe-cafe.csv"],
  [["../../etc/passwd", ""], "etc-passwd.csv"],
  [["株式会社"], "file.csv"],
])("%j makes %s", (parts, name) => {
  expect(fileName(parts, "csv")).toBe(name);
});
