/** Return the members of `after` that are not as in `before`: trimmed, and null for one that was emptied. */
export function changed<Name extends string>(
  before: Readonly<Record<Name, string>>,
  after: Readonly<Record<Name, string>>,
): Partial<Record<Name, string | null>> {
  const found: Partial<Record<Name, string | null>> = {};
  for (const name of Object.keys(after) as Name[]) {
    const text = after[name].trim();
    if (text !== before[name]) {
      found[name] = text === "" ? null : text;
    }
  }
  return found;
}
