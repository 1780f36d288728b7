import type { Data } from "../../client/types";
import type { Formats } from "../../ui/format";

/** A report as JSON; over REST it may also be a file. */
export type Report = Exclude<Data<"report_render">, string>;
export type Section = Report["sections"][number];
export type Row = Record<string, string | number | null>;

const NONE = "–";

/** Write a value of a report in its unit, as the store's country writes it. */
export function written(
  value: string | number | null | undefined,
  unit: string,
  format: Formats,
  currency: string,
): string {
  if (value === null || value === undefined || value === "") {
    return NONE;
  }
  switch (unit) {
    case "money":
      return format.money(String(value), currency);
    case "percent":
      return `${format.number(value)}%`;
    case "hours":
      return `${format.number(value)} h`;
    case "count":
    case "number":
    case "days":
      return format.number(value);
    case "day":
      return format.day(String(value));
    case "moment":
      return format.time(String(value));
    case "month":
      return monthOf(String(value), format.locale);
    default:
      return String(value);
  }
}

function monthOf(value: string, locale: string): string {
  const [year, month] = value.split("-").map(Number);
  return year === undefined || month === undefined || !Number.isInteger(month)
    ? value
    : new Intl.DateTimeFormat(locale, { month: "short", year: "numeric", timeZone: "UTC" }).format(
        new Date(Date.UTC(year, month - 1, 1)),
      );
}

/** Write what stands below a point of a chart, in few characters. */
export function shortly(value: string, unit: string, format: Formats): string {
  return unit === "day" && /^\d{4}-\d{2}-\d{2}$/.test(value)
    ? new Intl.DateTimeFormat(format.locale, { day: "numeric", month: "short", timeZone: "UTC" }).format(
        new Date(value),
      )
    : unit === "month"
      ? monthOf(value, format.locale)
      : value;
}

/** Whether values of a unit are numbers, which stand at the end of their column. */
export function isNumber(unit: string): boolean {
  return ["money", "percent", "hours", "count", "number", "days"].includes(unit);
}

/** Return the figures and columns of a report that need words, each once, with what they mean. */
export function meanings(report: Report): { label: string; meaning: string }[] {
  const found = new Map<string, string>();
  for (const section of report.sections) {
    for (const { label, meaning } of [...section.figures, ...section.columns]) {
      if (meaning) {
        found.set(label, meaning);
      }
    }
  }
  return [...found].map(([label, meaning]) => ({ label, meaning }));
}
