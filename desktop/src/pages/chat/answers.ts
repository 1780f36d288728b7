import { words } from "../../ui/format";

/** What an answer lets a person say next, by a button. */
export function offered(data: unknown): { said: string; text: string }[] {
  const told = data as { waits_for?: string; choices?: unknown[]; suggestions?: unknown[] } | null | undefined;
  if (told?.waits_for === "yes") {
    return [
      { said: "yes", text: "Yes, do it" },
      { said: "no", text: "No, leave it" },
    ];
  }
  if (Array.isArray(told?.choices)) {
    // A choice is said by its number: two of them may have the same name.
    return told.choices.map((choice, at) => ({ said: String(at + 1), text: String(choice) }));
  }
  if (Array.isArray(told?.suggestions)) {
    return told.suggestions.map((text) => ({ said: String(text), text: String(text) }));
  }
  return [];
}

export interface Compared {
  columns: { key: string; title: string; end: boolean }[];
  rows: string[][];
  more: number;
}

type Write = (value: { amount: string; currency: string } | { number: number }) => string;

const MOST_ROWS = 10;
const MOST_COLUMNS = 5;
const UNTOLD = /(^|_)(id|legacy_id|cursor|created_at|updated_at)$/;
const NUMBER = /^-?\d+(\.\d+)?$/;
const LISTS = ["items", "products", "rows", "stores"] as const;

/** Return rows that an answer compares as a table, null where it has no two of a kind. `write` formats for the store. */
export function tableOf(data: unknown, write: Write): Compared | null {
  const list = listOf(data);
  if (list === null) {
    return null;
  }
  const cells = list.map((row) => cellsOf(row, write));
  const keys = [...new Set(cells.flatMap((row) => [...row.keys()]))]
    // A column that is the same everywhere compares nothing.
    .filter((key) => new Set(cells.map((row) => row.get(key)?.text)).size > 1)
    .slice(0, MOST_COLUMNS);
  if (keys.length < 2) {
    return null;
  }
  const columns = keys.map((key) => ({
    key,
    // "display_financial_status" is how Shopify calls a state.
    title: words(key.replace(/^(display|current)_/, "")),
    end: cells.every((row) => row.get(key)?.end ?? true),
  }));
  const rows = cells.slice(0, MOST_ROWS).map((row) => keys.map((key) => row.get(key)?.text ?? ""));
  return { columns, rows, more: cells.length - rows.length };
}

function listOf(data: unknown): Record<string, unknown>[] | null {
  const members = isObject(data) ? data : {};
  for (const list of [data, ...LISTS.map((name) => members[name])]) {
    if (Array.isArray(list) && list.length > 1 && list.every(isObject)) {
      return list;
    }
  }
  return null;
}

function cellsOf(row: Record<string, unknown>, write: Write): Map<string, { text: string; end: boolean }> {
  const found = new Map<string, { text: string; end: boolean }>();
  for (const [key, value] of Object.entries(row)) {
    if (UNTOLD.test(key)) {
      continue;
    }
    const bag = isObject(value) && isObject(value.shop_money) ? value.shop_money : value;
    if (isObject(bag)) {
      const named = bag.display_name ?? bag.name ?? bag.title ?? bag.email_address;
      if (typeof bag.amount === "string" && typeof bag.currency_code === "string") {
        found.set(key, { text: write({ amount: bag.amount, currency: bag.currency_code }), end: true });
      } else if (typeof named === "string") {
        found.set(key, { text: named, end: false });
      }
    } else if (typeof bag === "number") {
      found.set(key, { text: write({ number: bag }), end: true });
    } else if (typeof bag === "string" && bag !== "" && !bag.startsWith("gid:")) {
      const code = /^[A-Z][A-Z_]+$/.test(bag);
      found.set(key, { text: code ? words(bag) : bag, end: NUMBER.test(bag) });
    }
  }
  return found;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
