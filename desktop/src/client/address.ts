import type { Operation } from "./operations";

/** An input that an address can't hold; the message is for people. */
export class BadInput extends Error {
  constructor(
    readonly pointer: string,
    message: string,
  ) {
    super(message);
    this.name = "BadInput";
  }
}

/**
 * Return `?a=1&b=2` for the members that are set; a list repeats its name. The server takes an empty text for a filter
 * that is not set, so it is left out; an empty `shop` is sent, for the server to refuse.
 */
export function queryOf(query: Record<string, unknown> = {}): string {
  const found = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value === undefined || value === null || (value === "" && name !== "shop")) {
      continue;
    }
    if (Array.isArray(value)) {
      if (value.length === 0) {
        throw new BadInput(`/${name}`, `${name} is an empty list, which an address can't say. Leave it out.`);
      }
      if (name === "shop") {
        found.append(name, value.map((one) => textOf(name, one)).join(","));
        continue;
      }
      for (const one of value) {
        found.append(name, textOf(name, one));
      }
    } else {
      found.append(name, textOf(name, value));
    }
  }
  const text = found.toString();
  return text === "" ? "" : `?${text}`;
}

/** Return the path of an operation, and the members of the input that are not in it. */
export function pathOf(
  operation: Operation,
  input: Record<string, unknown>,
): { path: string; rest: Record<string, unknown> } {
  const rest = { ...input };
  const path = operation.path.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = rest[name];
    delete rest[name];
    if (value === undefined || value === null || value === "") {
      throw new BadInput(`/${name}`, `${name} is missing.`);
    }
    let text = textOf(name, value);
    const kind = operation.ids?.[name];
    if (kind !== undefined && text.startsWith(`gid://shopify/${kind}/`)) {
      // An address takes the number, too. The id of another kind stays whole: the server refuses it.
      text = text.slice(`gid://shopify/${kind}/`.length);
    }
    if (text === "." || text === "..") {
      // They would lead to another address.
      throw new BadInput(`/${name}`, `${name} can't be ${text}.`);
    }
    return encodeURIComponent(text);
  });
  return { path, rest };
}

function textOf(name: string, value: unknown): string {
  if (typeof value === "string" || typeof value === "boolean" || typeof value === "bigint") {
    return wellFormed(name, String(value));
  }
  if (typeof value === "number" && Number.isFinite(value)) {
    return String(value);
  }
  // The server reads a text as the one member that an object needs.
  const members = typeof value === "object" && value !== null ? Object.values(value) : [];
  if (members.length === 1 && typeof members[0] === "string") {
    return wellFormed(name, members[0]);
  }
  throw new BadInput(`/${name}`, `${name} can't be written in an address.`);
}

function wellFormed(name: string, text: string): string {
  try {
    encodeURIComponent(text);
  } catch {
    throw new BadInput(`/${name}`, `${name} holds half a character.`);
  }
  return text;
}
