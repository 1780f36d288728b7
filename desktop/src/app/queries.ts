import { QueryClient } from "@tanstack/react-query";
import { Client, must } from "../client/client";
import { send } from "../client/http";

/** The client of the whole app: it asks the host that serves the page, as who is signed in there. */
export const client = new Client();

/** What was read, by what was asked. */
export const queries = new QueryClient({
  defaultOptions: {
    queries: {
      // The client itself repeats reads that may be repeated.
      retry: false,
      staleTime: 10_000,
      refetchOnWindowFocus: true,
    },
  },
});

export interface Session {
  subject: string;
  read_only: boolean;
}

/** The stores of who is signed in: every page needs them. */
export const STORES = {
  queryKey: ["stores", {}],
  queryFn: async ({ signal }: { signal: AbortSignal }) => must(await client.call("stores", {}, { signal })),
} as const;

/** Who is signed in. */
export const SESSION = {
  queryKey: ["session"],
  queryFn: async ({ signal }: { signal: AbortSignal }) =>
    must(await send<Session>("GET", "/api/session", { signal, safe: true }, {})),
  staleTime: 60_000,
} as const;
