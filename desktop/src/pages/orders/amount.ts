const WRITTEN = /^\d{1,15}(?:[.,]\d{1,4})?$/;

/** Return what a person typed, such as "12,50", as the interface takes it: "12.50"; null where it is no amount. */
export function amountOf(typed: string): string | null {
  const text = typed.trim();
  return WRITTEN.test(text) ? text.replace(",", ".") : null;
}

/** Return an amount with the decimals that its currency has: 100.0 EUR is "100.00"; further ones that count are kept. */
export function written(amount: string, currency: string): string {
  const { minimumFractionDigits: digits = 2 } = new Intl.NumberFormat("en", {
    style: "currency",
    currency,
  }).resolvedOptions();
  const [whole = "0", decimals = ""] = amount.split(".");
  const kept = decimals.replace(/0+$/, "").padEnd(digits, "0");
  return kept === "" ? whole : `${whole}.${kept}`;
}

/** Compare two amounts exactly: below 0 where `one` is less than `other`, 0 where they are equal. */
export function compare(one: string, other: string): number {
  const difference = scaled(one) - scaled(other);
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}

/** Ten-thousandths: the interface writes at most four decimals. */
function scaled(amount: string): bigint {
  const [, sign = "", whole = "0", decimals = ""] = /^(-?)(\d+)(?:\.(\d+))?$/.exec(amount) ?? [];
  return BigInt(`${sign}${whole}${decimals.padEnd(4, "0").slice(0, 4)}`);
}
