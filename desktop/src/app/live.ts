import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useSyncExternalStore } from "react";
import { Client } from "../client/client";
import { EVENTS } from "../client/events";
import type { Data, Input } from "../client/types";
import { isShort } from "./reading";

/** An event of a store, as `GET /api/shopify/events` tells it. */
export type LiveEvent = Data<"events">["events"][number];

const ADDRESS = "/api/shopify/events";
const GATHER = 300;
const POLL = 5_000;
const client = new Client();

type Listener = (event: LiveEvent) => void;
const listeners = new Set<Listener>();
const watchers = new Set<() => void>();
let state: "live" | "polling" | "away" = "away";

function become(next: typeof state) {
  if (state !== next) {
    state = next;
    for (const watcher of watchers) {
      watcher();
    }
  }
}

/** Tell whether events arrive by themselves, are asked for every few seconds, or do not arrive. */
export function useLiveState(): typeof state {
  return useSyncExternalStore(
    (watcher) => {
      watchers.add(watcher);
      return () => watchers.delete(watcher);
    },
    () => state,
  );
}

/** Call `listener` with each event of a store that happens while the component is shown. */
export function useLiveEvents(listener: Listener): void {
  useEffect(() => {
    listeners.add(listener);
    return () => {
      listeners.delete(listener);
    };
  }, [listener]);
}

/**
 * Keep what is shown current: an event of a store makes the page read again what it shows, at most every 300 ms.
 * Only a page that can be seen listens, since a browser has few connections for all of its tabs; one that is seen again
 * reads again. The browser resumes a broken stream by itself; where the host has no stream, events are asked for.
 */
export function useLive(): void {
  const queries = useQueryClient();
  useEffect(() => {
    let gathering: ReturnType<typeof setTimeout> | undefined;
    let stop: (() => void) | null = null;

    function refresh() {
      gathering ??= setTimeout(() => {
        gathering = undefined;
        queries.invalidateQueries({ predicate: (query) => isShort(query) && query.meta?.live !== false });
      }, GATHER);
    }
    function take(event: LiveEvent) {
      for (const listener of listeners) {
        listener(event);
      }
      refresh();
    }
    function look() {
      if (document.visibilityState === "visible") {
        stop ??= follow(take, refresh);
      } else {
        stop?.();
        stop = null;
      }
    }

    look();
    document.addEventListener("visibilitychange", look);
    return () => {
      document.removeEventListener("visibilitychange", look);
      clearTimeout(gathering);
      stop?.();
    };
  }, [queries]);
}

/** Listen to the stream, or ask where there is none; return what ends it. */
function follow(take: Listener, refresh: () => void): () => void {
  let polling: (() => void) | null = null;
  const source = new EventSource(ADDRESS);
  const told = (message: MessageEvent<string>) => take(JSON.parse(message.data));
  source.onopen = () => become("live");
  for (const name of EVENTS) {
    source.addEventListener(name, told);
  }
  source.addEventListener("reset", refresh);
  source.onerror = () => {
    become("away");
    // A refused stream is closed for good; one that broke is opened again by the browser.
    if (source.readyState === EventSource.CLOSED) {
      polling ??= poll(take, refresh);
    }
  };
  return () => {
    source.close();
    polling?.();
    become("away");
  };
}

/** Ask for what is new every few seconds; return what ends it. */
function poll(take: Listener, refresh: () => void): () => void {
  const ending = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let position: string | undefined;

  async function ask() {
    const input = (position === undefined ? {} : { last_event_id: position }) as Input<"events">;
    const answer = await client.call("events", input, { signal: ending.signal }).catch(() => null);
    if (answer === null) {
      return; // it was ended
    }
    become(answer.ok ? "polling" : "away");
    if (answer.ok) {
      answer.data.events.forEach(take);
      position = answer.data.last_event_id;
      if (answer.data.reset) {
        refresh();
      }
    }
    timer = setTimeout(ask, POLL);
  }

  ask();
  return () => {
    ending.abort();
    clearTimeout(timer);
  };
}
