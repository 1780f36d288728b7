/** A ready report, as `docs/reports.md` lists them; a test compares each with what the server makes of it. */
export interface ReadyReport {
  name: string;
  title: string;
  about: string;
  /** The period that it has by itself; none for what is so now. */
  period: string | undefined;
}

export const REPORTS: readonly ReadyReport[] = [
  {
    name: "daily_summary",
    title: "Daily summary",
    about: "What was sold on a day, against the day before, and in the 30 days up to it.",
    period: "yesterday",
  },
  {
    name: "weekly_sales",
    title: "Weekly sales",
    about: "What was sold in a week, against the week before, day by day and by product, channel and country.",
    period: "last_week",
  },
  {
    name: "inventory",
    title: "Inventory",
    about: "What is in stock, where it is, and what it cost.",
    period: undefined,
  },
  {
    name: "customers",
    title: "Customers",
    about: "Who is new, who comes back, and what customers are worth.",
    period: "last_30_days",
  },
  {
    name: "fulfilment",
    title: "Fulfilment",
    about: "How fast orders are sent, which ones are late, and how many are cancelled or refunded.",
    period: "last_30_days",
  },
  {
    name: "marketing",
    title: "Marketing",
    about: "What campaigns, discount codes, channels and tags brought, and what the discounts cost.",
    period: "last_30_days",
  },
  {
    name: "store_comparison",
    title: "Store comparison",
    about: "Stores side by side: sales, orders, customers and fulfilment.",
    period: "last_30_days",
  },
];

export const PERIODS = [
  ["today", "Today"],
  ["yesterday", "Yesterday"],
  ["this_week", "This week"],
  ["last_week", "Last week"],
  ["this_month", "This month"],
  ["last_month", "Last month"],
  ["last_7_days", "Last 7 days"],
  ["last_30_days", "Last 30 days"],
  ["last_90_days", "Last 90 days"],
  ["this_year", "This year"],
  ["last_365_days", "Last 365 days"],
] as const;

export type Period = { period: string } | { since: string; until: string } | { fault: string } | Record<string, never>;

const DAY = /^\d{4}-\d{2}-\d{2}$/;

/** Return the period that the filters of a page choose; empty where the report's own counts. */
export function periodIn(filters: Record<string, string>): Period {
  const { period, since = "", until = "" } = filters;
  if (period === "days") {
    if (!DAY.test(since) || !DAY.test(until)) {
      return { fault: "Choose the first and the last day." };
    }
    return since <= until ? { since, until } : { fault: "The first day comes after the last one." };
  }
  return PERIODS.some(([name]) => name === period) && period !== undefined ? { period } : {};
}
