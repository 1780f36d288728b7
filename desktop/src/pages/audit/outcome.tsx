import { TITLES } from "../../client/titles";
import type { Data } from "../../client/types";
import { Badge, words } from "../../ui";

export type Entry = Data<"audit_entry">;

/** Return what was done, in words: actions have titles, other entries such as `member_remove` are read as they are. */
export function titleOf(entry: Pick<Entry, "action">): string {
  return TITLES[entry.action] ?? words(entry.action);
}

/** How a change ended, and whether it was undone. */
export function Outcome({ entry }: { entry: Entry }) {
  if (entry.outcome === "ok") {
    return entry.undone_by !== null ? (
      <Badge>Undone</Badge>
    ) : entry.verified === false ? (
      <Badge tone="warn">Reads otherwise</Badge>
    ) : (
      <Badge tone="good">Done</Badge>
    );
  }
  if (entry.outcome === "started") {
    return <Badge tone="accent">Not ended</Badge>;
  }
  return entry.outcome === "OUTCOME_UNKNOWN" ? (
    <Badge tone="warn">Outcome unknown</Badge>
  ) : (
    <Badge tone="bad">{words(entry.outcome)}</Badge>
  );
}

/** Return the name of what an entry is about, as far as its values tell it; else its number. */
export function targetOf(entry: Entry): string {
  for (const side of [entry.after, entry.before]) {
    const members = side as Record<string, unknown> | null;
    for (const member of ["display_name", "title", "name", "sku", "code"]) {
      const value = typeof members === "object" ? members?.[member] : undefined;
      if (typeof value === "string" && value !== "") {
        return value;
      }
    }
  }
  return entry.target?.replace(/^gid:\/\/shopify\/(\w+)\/(\w+).*$/, "$1 $2") ?? "";
}

const VIA: Readonly<Record<string, string>> = {
  rest: "Dashboard or API",
  chat: "Chat",
  workflow: "Workflow",
  mcp: "Agent",
  cli: "Command line",
};

/** Return by which way a change came; an agent's client has its name behind it, such as "mcp claude-ai". */
export function wayOf(via: string): string {
  const [way = "", ...client] = via.split(" ");
  return [VIA[way] ?? way, ...client].join(" ");
}
