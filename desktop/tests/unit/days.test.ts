import { expect, test } from "vitest";
import { before, dayIn, week } from "../../src/pages/overview/days";

test("a day begins when it begins where the store is", () => {
  const late = new Date("2026-11-30T23:30:00Z");
  expect(dayIn("Europe/Berlin", 0, late)).toBe("2026-12-01");
  expect(dayIn("America/New_York", 0, late)).toBe("2026-11-30");
  expect(dayIn("Europe/Berlin", 1, late)).toBe("2026-11-30");
});

test("days are counted back over a change of the clock and a leap day", () => {
  expect(before("2026-10-26", 1)).toBe("2026-10-25");
  expect(before("2028-03-01", 1)).toBe("2028-02-29");
});

test("a week has seven days, those without sales too, each beside the same day of the week before", () => {
  const rows = [
    { since: "2026-11-23", total_sales: "5.00", orders: 1 },
    { since: "2026-11-30", total_sales: "12.50", orders: 2 },
  ];
  const days = week(rows, "2026-11-30");
  expect(days).toHaveLength(7);
  expect(days[0]).toEqual({ day: "2026-11-24", sales: 0, before: 0 });
  expect(days[6]).toEqual({ day: "2026-11-30", sales: 12.5, before: 5 });
});
