/** What a person typed as an amount, as decimal text such as "12.50"; or why it can't be read. */
export type Typed = { value: string } | { fault: string };

const MOST_DIGITS = 15;

/**
 * Read an amount of money as people write it: `12,50`, `1,234.50`, `1.234,50 €`, `$5`.
 * Where one mark alone stands before three digits, `locale` says whether it parts thousands or decimals.
 * `decimals` is how many the currency has.
 */
export function readAmount(text: string, locale: string, decimals: number): Typed {
  const bare = text
    .replace(/[\s\u00a0\u202f'’]/g, "")
    .replace(/^[A-Za-z]{0,3}\p{Sc}?(?=[-\d.,])/u, "")
    .replace(/(\p{Sc}|[A-Za-z]{3})$/u, "");
  if (bare === "") {
    return { fault: "Enter an amount." };
  }
  if (bare.startsWith("-")) {
    return { fault: "An amount can't be below zero." };
  }
  if (!/^[\d.,]*\d[\d.,]*$/.test(bare)) {
    return { fault: "Enter an amount such as 19.90." };
  }
  const mark = decimalMark(bare, locale);
  const at = mark === null ? -1 : bare.lastIndexOf(mark);
  const whole = at < 0 ? bare : bare.slice(0, at);
  const part = at < 0 ? "" : bare.slice(at + 1);
  if (!/^(\d*|\d{1,3}([.,]\d{3})+)$/.test(whole) || !/^\d*$/.test(part)) {
    return { fault: "Enter an amount such as 19.90." };
  }
  if (part.replace(/0+$/, "").length > decimals) {
    return { fault: decimals === 0 ? "This currency has no decimals." : `Enter at most ${decimals} decimals.` };
  }
  const digits = whole.replace(/[.,]/g, "").replace(/^0+(?=\d)/, "") || "0";
  if (digits.length > MOST_DIGITS) {
    return { fault: "This amount is too large." };
  }
  const kept = part.slice(0, decimals).padEnd(decimals, "0");
  return { value: kept === "" ? digits : `${digits}.${kept}` };
}

/** Which of the two marks parts the decimals; null where none does. */
function decimalMark(text: string, locale: string): "." | "," | null {
  const [point, comma] = [text.lastIndexOf("."), text.lastIndexOf(",")];
  if (point < 0 && comma < 0) {
    return null;
  }
  if (point >= 0 && comma >= 0) {
    return point > comma ? "." : ",";
  }
  const mark = point >= 0 ? "." : ",";
  if (text.split(mark).length > 2) {
    return null;
  }
  // As money is shown: English in Germany writes €1,234.50, although its plain numbers have a decimal comma.
  const money = new Intl.NumberFormat(locale, { style: "currency", currency: "EUR" });
  const localMark = money.formatToParts(1.5).find((part) => part.type === "decimal")?.value;
  return /^\d{1,3}[.,]\d{3}$/.test(text) && localMark !== mark ? null : mark;
}

/** Return how many decimals a currency has, such as 2 for EUR and 0 for JPY. */
export function decimalsOf(currency: string): number {
  return new Intl.NumberFormat("en", { style: "currency", currency }).resolvedOptions().maximumFractionDigits ?? 2;
}

/** Read a whole number, such as a count of units. */
export function readWhole(text: string, least: number, most: number): Typed {
  const bare = text.replace(/[\s\u00a0\u202f]/g, "").replace(/^\+/, "");
  if (!/^-?\d{1,12}$/.test(bare)) {
    return { fault: "Enter a whole number." };
  }
  const value = Number(bare);
  if (value < least || value > most) {
    return { fault: `Enter a number from ${least} to ${most}.` };
  }
  return { value: String(value) };
}
