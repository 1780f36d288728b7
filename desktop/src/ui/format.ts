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
  /** A day such as 2026-11-30 in few characters, for the axis of a chart. */
  weekday: (day: string) => string;
  time: (moment: string) => string;
  ago: (moment: string) => string;
}

const NONE = "–";
const STEPS: [Intl.RelativeTimeFormatUnit, number][] = [
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
];

const KNOWN = new Map<string, Formats>();

/** Return how a country writes: the same object for the same place, since browsers take long to make what it holds. */
export function formats(locale: string, timezone: string): Formats {
  const place = `${locale} ${timezone}`;
  const known = KNOWN.get(place) ?? formatsOf(locale, timezone);
  KNOWN.set(place, known);
  return known;
}

function formatsOf(locale: string, timezone: string): Formats {
  // Each of these takes a browser about a millisecond to make, and few pages need them all.
  const written = once(() => numbersOf(locale));
  const dates = once(() => new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeZone: timezone }));
  const times = once(
    () => new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "short", timeZone: timezone }),
  );
  const days = once(() => new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeZone: "UTC" }));
  const weekdays = once(() => new Intl.DateTimeFormat(locale, { weekday: "short", day: "numeric", timeZone: "UTC" }));
  const numbers = once(() => new Intl.NumberFormat(written(), { maximumFractionDigits: 2 }));
  const percents = once(
    () => new Intl.NumberFormat(written(), { maximumFractionDigits: 1, signDisplay: "exceptZero" }),
  );
  const relative = once(() => new Intl.RelativeTimeFormat(locale, { numeric: "auto" }));
  const inCurrency = byCurrency(locale, {});
  const inShort = byCurrency(locale, { notation: "compact", maximumSignificantDigits: 3 });
  return {
    locale,
    timezone,
    // `format` takes decimal text exactly (Intl.NumberFormat v3), so no amount is rounded on its way.
    money: (amount, currency) => (amount == null ? NONE : inCurrency(currency).format(amount as unknown as number)),
    short: (amount, currency) => inShort(currency).format(amount),
    number: (value) => numbers().format(value as number),
    percent: (value) => `${percents().format(value as number)}%`,
    share: (value) => `${numbers().format(value as number)}%`,
    // A day alone, such as 2026-11-30, is that day everywhere.
    day: (moment) => (moment.length === 10 ? days() : dates()).format(new Date(moment)),
    weekday: (day) => weekdays().format(new Date(day)),
    time: (moment) => times().format(new Date(moment)),
    ago: (moment) => {
      const seconds = (new Date(moment).getTime() - Date.now()) / 1000;
      for (const [unit, length] of STEPS) {
        if (Math.abs(seconds) >= length) {
          return unit === "day" && Math.abs(seconds) > 6 * length
            ? dates().format(new Date(moment))
            : relative().format(Math.round(seconds / length), unit);
        }
      }
      return relative().format(0, "minute");
    },
  };
}

/** Return what makes something when it is first asked for. */
function once<T extends object | string>(make: () => T): () => T {
  let made: T | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

function byCurrency(locale: string, options: Intl.NumberFormatOptions): (currency: string) => Intl.NumberFormat {
  const made = new Map<string, Intl.NumberFormat>();
  return (currency) => {
    const known = made.get(currency) ?? new Intl.NumberFormat(locale, { style: "currency", currency, ...options });
    made.set(currency, known);
    return known;
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
