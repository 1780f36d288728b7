/** Money, numbers and moments as the store's country writes them. */
export interface Formats {
  locale: string;
  timezone: string;
  /** Money from text such as "12.50"; never through arithmetic on floats. */
  money: (amount: string | null | undefined, currency: string) => string;
  /** Money in few characters, such as "€1.2K", for the axis of a chart. */
  short: (amount: number, currency: string) => string;
  number: (value: number | string) => string;
  /** A change in percent, with its sign. */
  percent: (value: string | number) => string;
  /** A part of a whole in percent. */
  share: (value: string | number) => string;
  day: (moment: string) => string;
  time: (moment: string) => string;
  ago: (moment: string) => string;
}

const NONE = "–";
const STEPS: [Intl.RelativeTimeFormatUnit, number][] = [
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
];

export function formats(locale: string, timezone: string): Formats {
  const dates = new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeZone: timezone });
  const times = new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "short", timeZone: timezone });
  const written = numbersOf(locale);
  const numbers = new Intl.NumberFormat(written, { maximumFractionDigits: 2 });
  const percents = new Intl.NumberFormat(written, { maximumFractionDigits: 1, signDisplay: "exceptZero" });
  const relative = new Intl.RelativeTimeFormat(locale, { numeric: "auto" });
  const currencies = new Map<string, Intl.NumberFormat>();
  const inCurrency = (currency: string) => {
    const known = currencies.get(currency) ?? new Intl.NumberFormat(locale, { style: "currency", currency });
    currencies.set(currency, known);
    return known;
  };
  return {
    locale,
    timezone,
    // `format` takes decimal text exactly (Intl.NumberFormat v3), so no amount is rounded on its way.
    money: (amount, currency) => (amount == null ? NONE : inCurrency(currency).format(amount as unknown as number)),
    short: (amount, currency) =>
      new Intl.NumberFormat(locale, {
        style: "currency",
        currency,
        notation: "compact",
        maximumSignificantDigits: 3,
      }).format(amount),
    number: (value) => numbers.format(value as number),
    percent: (value) => `${percents.format(value as number)}%`,
    share: (value) => `${numbers.format(value as number)}%`,
    // A day alone, such as 2026-11-30, is that day everywhere.
    day: (moment) =>
      (moment.length === 10 ? new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeZone: "UTC" }) : dates).format(
        new Date(moment),
      ),
    time: (moment) => times.format(new Date(moment)),
    ago: (moment) => {
      const seconds = (new Date(moment).getTime() - Date.now()) / 1000;
      for (const [unit, length] of STEPS) {
        if (Math.abs(seconds) >= length) {
          return unit === "day" && Math.abs(seconds) > 6 * length
            ? dates.format(new Date(moment))
            : relative.format(Math.round(seconds / length), unit);
        }
      }
      return relative.format(0, "minute");
    },
  };
}

/**
 * Return the locale whose numbers go with the money of `locale`. English in Germany writes €1,234.50 but 1.234,5: on one
 * page that could be read wrongly, so that numbers follow money.
 */
function numbersOf(locale: string): string {
  const decimal = (options: Intl.NumberFormatOptions) =>
    new Intl.NumberFormat(locale, options).formatToParts(1.5).find((part) => part.type === "decimal")?.value;
  return decimal({}) === decimal({ style: "currency", currency: "EUR" }) ? locale : "en";
}

/** Return `PARTIALLY_REFUNDED` as "Partially refunded". */
export function words(code: string | null | undefined): string {
  const text = (code ?? "").replaceAll("_", " ").toLowerCase();
  return text.charAt(0).toUpperCase() + text.slice(1);
}
