import { useSyncExternalStore } from "react";
import { client } from "../../app/queries";
import type { Input } from "../../client/types";

/** Something that was said: by the person, or as the answer to it. */
export interface Said {
  id: number;
  by: "person" | "chat";
  text: string;
  /** Whether the answer is a failure. */
  failed?: boolean;
  data?: unknown;
}

interface Visit {
  said: readonly Said[];
  waiting: boolean;
  /** Whether the conversation has chosen its store itself, as after "use outlet". */
  chosen: boolean;
}

// What was said stays in memory as long as the page is open, whichever page is looked at; it is stored nowhere.
let visit: Visit = { said: [], waiting: false, chosen: false };
let count = 0;
const watchers = new Set<() => void>();

function become(next: Partial<Visit>) {
  visit = { ...visit, ...next };
  for (const watcher of watchers) {
    watcher();
  }
}

function add(said: Omit<Said, "id">) {
  count += 1;
  become({ said: [...visit.said, { ...said, id: count }] });
}

/** The conversation of this visit. */
export function useVisit(): Visit {
  return useSyncExternalStore(
    (watcher) => {
      watchers.add(watcher);
      return () => watchers.delete(watcher);
    },
    () => visit,
  );
}

interface Reply {
  reply?: string;
  command?: string;
  data?: unknown;
}

/** Say something. One message waits for its answer before the next one, since each answers what came before. */
export async function say(message: string, shop: string | undefined): Promise<void> {
  if (visit.waiting) {
    return;
  }
  add({ by: "person", text: message });
  become({ waiting: true });
  const named = visit.chosen ? {} : { shop };
  const answer = await client.call("atom_chat", { message, ...named } as Input<"atom_chat">);
  // A command that failed has a reply, too.
  const content = (answer.ok ? answer.data : answer.error.details) as Reply;
  if (answer.ok && content.command === "use_store") {
    become({ chosen: true });
  }
  add({
    by: "chat",
    text: content.reply ?? (answer.ok ? "" : answer.error.message),
    failed: !answer.ok,
    data: content.data,
  });
  become({ waiting: false });
}

/** Let the page say which store is meant, or leave it to the conversation. */
export function letChoose(chosen: boolean): void {
  become({ chosen });
}

export function clear(): void {
  become({ said: [] });
}
