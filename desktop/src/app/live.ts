import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useSyncExternalStore } from "react";

/** An event of a store, as `GET /api/shopify/events` tells it. */
export interface LiveEvent {
  id: string;
  event: string;
  shop: string;
  [member: string]: unknown;
}

const ADDRESS = "/api/shopify/events";
const GATHER = 300;
const POLL = 5_000;

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
 * The browser resumes a broken stream by itself; where the host has no stream, events are asked for.
 */
export function useLive(): void {
  const queries = useQueryClient();
  useEffect(() => {
    let gathering: ReturnType<typeof setTimeout> | undefined;
    let polling: ReturnType<typeof setTimeout> | undefined;
    let position: string | null = null;
    let ended = false;

    function refresh() {
      gathering ??= setTimeout(() => {
        gathering = undefined;
        queries.invalidateQueries();
      }, GATHER);
    }
    function take(event: LiveEvent) {
      for (const listener of listeners) {
        listener(event);
      }
      refresh();
    }
    async function poll() {
      try {
        const answer = await fetch(
          `${ADDRESS}${position === null ? "" : `?last_event_id=${encodeURIComponent(position)}`}`,
          {
            headers: { Accept: "application/json" },
          },
        );
        const body = await answer.json();
        become(answer.ok ? "polling" : "away");
        for (const event of body?.data?.events ?? []) {
          take(event);
        }
        position = body?.data?.last_event_id ?? position;
      } catch {
        become("away");
      }
      if (!ended) {
        polling = setTimeout(poll, POLL);
      }
    }

    const source = new EventSource(ADDRESS);
    source.onopen = () => become("live");
    source.onmessage = (message) => take(JSON.parse(message.data));
    source.addEventListener("reset", refresh);
    source.onerror = () => {
      become("away");
      // A refused stream is closed for good; one that broke is opened again by the browser.
      if (source.readyState === EventSource.CLOSED && polling === undefined) {
        poll();
      }
    };
    return () => {
      ended = true;
      source.close();
      clearTimeout(gathering);
      clearTimeout(polling);
      become("away");
    };
  }, [queries]);
}
