import { expect, test } from "vitest";
import { type CsvColumn, csvOf } from "../../src/app/csv";

const COLUMNS: readonly CsvColumn<{ name: string | null; total: string | number }>[] = [
  ["Name", (row) => row.name],
  ["Total", (row) => row.total],
];

test.each([
  ["Ada", "12.50", "Ada,12.50"],
  [null, 3, ",3"],
  ['The "blue" one, large', "1", '"The ""blue"" one, large",1'],
  ["two\nlines", "1", '"two\nlines",1'],
  ["=HYPERLINK(1)", "1", "'=HYPERLINK(1),1"],
  ["+49 30 1", "1", "'+49 30 1,1"],
  ["'=1", "1", "''=1,1"],
  ["@cmd, or so", "1", `"'@cmd, or so",1`],
  ["O'Neill", "1", "O'Neill,1"],
  ["Refund", -5, "Refund,-5"],
])("%s and %s are written as spreadsheets read them", (name, total, line) => {
  expect(csvOf([{ name, total }], COLUMNS)).toBe(`\uFEFFName,Total\r\n${line}\r\n`);
});

test("an empty list is its headings", () => {
  expect(csvOf([], COLUMNS)).toBe("\uFEFFName,Total\r\n");
});
