import { expect, test } from "vitest";
import { periodIn } from "../../src/pages/reports/ready";

test.each([
  [{}, {}],
  [{ period: "last_month" }, { period: "last_month" }],
  [{ period: "nonsense" }, {}],
  [
    { period: "days", since: "2026-01-01", until: "2026-01-31" },
    { since: "2026-01-01", until: "2026-01-31" },
  ],
])("the address %j asks for %j", (filters, period) => {
  expect(periodIn(filters as Record<string, string>)).toEqual(period);
});

test.each([
  { period: "days" },
  { period: "days", since: "2026-01-01" },
  { period: "days", since: "2026-02-01", until: "2026-01-01" },
  { period: "days", since: "01/02/2026", until: "2026-01-01" },
])("the address %j has to be completed first", (filters) => {
  expect(periodIn(filters as Record<string, string>)).toHaveProperty("fault");
});
