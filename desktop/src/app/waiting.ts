import { type UseQueryResult, useQueries } from "@tanstack/react-query";
import type { ClientError } from "../client/client";
import type { Data } from "../client/types";
import { readOf, useRead } from "./reading";
import { type Store, useStore } from "./stores";

export interface OfStore {
  store: Store;
  query: UseQueryResult<Data<"approvals">, ClientError>;
}

/**
 * What waits for a yes of who is signed in, read again after `every` milliseconds: steps of workflows, and in each store
 * that they own the calls beyond a limit.
 */
export function useWaiting(every: number) {
  const { stores } = useStore();
  const owned = stores.filter((store) => store.role === "owner");
  const workflows = useRead("atom_approvals", {}, { every });
  const queries = useQueries({
    // No event of a store tells of them, so that events need not have them read again in each store.
    queries: owned.map(({ shop }) => ({
      ...readOf("approvals", { shop }),
      refetchInterval: every,
      meta: { live: false },
    })),
  });
  const ofStores = owned.flatMap((store, index): OfStore[] => {
    const query = queries[index];
    return query === undefined ? [] : [{ store, query: query as OfStore["query"] }];
  });
  const counts = [workflows.data?.approvals.length, ...ofStores.map(({ query }) => query.data?.items.length)];
  return {
    workflows,
    ofStores,
    /** How many wait as far as that is known. */
    count: counts.reduce<number>((sum, count) => sum + (count ?? 0), 0),
    /** Whether all of it is known. */
    known: counts.every((count) => count !== undefined),
  };
}
