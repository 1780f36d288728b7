/** Return the day that it is in `timezone`, or was `ago` days before, as 2026-11-30. */
export function dayIn(timezone: string, ago = 0, now = new Date()): string {
  const parts = new Intl.DateTimeFormat("en", {
    timeZone: timezone,
    year: "numeric",
    month: "numeric",
    day: "numeric",
  }).formatToParts(now);
  const part = (type: string) => Number(parts.find((one) => one.type === type)?.value);
  // In UTC every day has 24 hours, so that days can be counted back.
  return new Date(Date.UTC(part("year"), part("month") - 1, part("day") - ago)).toISOString().slice(0, 10);
}

/** Return the day `ago` days before `day`. */
export function before(day: string, ago: number): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) - ago * 86_400_000).toISOString().slice(0, 10);
}

export interface SalesOfDay {
  since: string;
  total_sales: string;
  orders: number;
}

/** The last seven days up to `today`, and beside each the same day of the week before, for a chart. */
export function week(rows: readonly SalesOfDay[], today: string) {
  const byDay = new Map(rows.map((row) => [row.since, Number(row.total_sales)]));
  return Array.from({ length: 7 }, (_, index) => {
    const day = before(today, 6 - index);
    return { day, sales: byDay.get(day) ?? 0, before: byDay.get(before(day, 7)) ?? 0 };
  });
}
