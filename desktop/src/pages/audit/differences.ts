export interface Difference {
  field: string;
  before: unknown;
  after: unknown;
}

const UNTOLD = new Set(["updated_at", "legacy_id", "cursor"]);
const MOST = 40;

/** Return what reads otherwise after a change than before it, member by member; lists are told as a whole. */
export function differences(before: unknown, after: unknown, at = ""): Difference[] {
  const [was, is] = [members(before), members(after)];
  if (was === null || is === null) {
    return JSON.stringify(before) === JSON.stringify(after) ? [] : [{ field: at, before, after }];
  }
  const names = [...new Set([...Object.keys(was), ...Object.keys(is)])].filter((name) => !UNTOLD.has(name));
  // A member that one of the two does not hold was not read: it tells no difference.
  return names
    .filter((name) => name in was && name in is)
    .flatMap((name) => differences(was[name], is[name], at === "" ? name : `${at}.${name}`))
    .slice(0, MOST);
}

function members(value: unknown): Record<string, unknown> | null {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : null;
}
