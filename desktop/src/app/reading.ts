import { keepPreviousData, useInfiniteQuery, useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback } from "react";
import { ClientError, must } from "../client/client";
import { OPERATIONS, type Operation } from "../client/operations";
import type { Data, Input, Item, OperationName } from "../client/types";
import { client } from "./queries";
import { useStore } from "./stores";

/** Return `input` with the store that is looked at, for an operation that works on one store. */
export function withShop<K extends OperationName>(name: K, input: Input<K>, shop: string | undefined): Input<K> {
  const operation: Operation = OPERATIONS[name];
  return operation.shop && shop !== undefined ? ({ shop, ...(input as object) } as unknown as Input<K>) : input;
}

interface ReadOptions<Read = unknown> {
  enabled?: boolean;
  /** Milliseconds after which what was read is read again while it is shown; false for never. */
  every?: number | false | ((data: Read | undefined) => number | false);
}

/** What an operation tells as JSON; some tell the same as the text of a file, too. */
export type Told<K extends OperationName> = Exclude<Data<K>, string>;

/** What a query of an operation is: the name that its answer is kept by, and how it is asked. */
export function readOf<K extends OperationName>(name: K, asked: Input<K>) {
  return {
    queryKey: [name, asked] as const,
    queryFn: async ({ signal }: { signal: AbortSignal }) => must(await client.call(name, asked, { signal })) as Told<K>,
  };
}

/** Read something of the store that is looked at. `data` stays while a changed input is read. */
export function useRead<K extends OperationName>(name: K, input: Input<K>, options: ReadOptions<Told<K>> = {}) {
  const { shop } = useStore();
  const { every = false } = options;
  const asked = withShop(name, input, shop);
  return useQuery<Told<K>, ClientError>({
    ...readOf(name, asked),
    placeholderData: keepPreviousData,
    enabled: options.enabled ?? true,
    refetchInterval: typeof every === "function" ? (query) => every(query.state.data) : every,
  });
}

const SHORT = 3;

/**
 * Return whether what a query holds may be read again by itself. A long list is not: each of its pages would be asked for,
 * one after the other, at every event. It stays as it is until somebody asks anew.
 */
export function isShort(query: { state: { data: unknown } }): boolean {
  const pages = (query.state.data as { pages?: unknown[] } | undefined)?.pages;
  return pages === undefined || pages.length <= SHORT;
}

/** Read a list page by page: `items` of all pages so far, and `more()` for the next one. */
export function useList<K extends OperationName>(
  name: K,
  input: Input<K>,
  options: { enabled?: boolean; every?: number } = {},
) {
  const { shop } = useStore();
  const asked = withShop(name, input, shop);
  const query = useInfiniteQuery({
    queryKey: [name, asked, "pages"],
    queryFn: async ({ signal, pageParam }) => {
      const answer = await client.call(
        name,
        { ...(asked as object), ...(pageParam === null ? {} : { cursor: pageParam }) } as Input<K>,
        { signal },
      );
      return { data: must(answer), next: answer.ok && answer.page?.has_more ? answer.page.next : null };
    },
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next,
    placeholderData: keepPreviousData,
    enabled: options.enabled ?? true,
    refetchInterval: options.every ?? false,
    refetchOnMount: isShort,
    refetchOnWindowFocus: isShort,
  });
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = query;
  const more = useCallback(() => {
    if (hasNextPage && !isFetchingNextPage) {
      fetchNextPage();
    }
  }, [hasNextPage, isFetchingNextPage, fetchNextPage]);
  return {
    items: (query.data?.pages ?? []).flatMap((page) => (page.data as unknown as { items: Item<K>[] }).items),
    isPending: query.isPending,
    isFetching: query.isFetching,
    error: query.error instanceof ClientError ? query.error : null,
    refetch: query.refetch,
    hasMore: hasNextPage,
    more,
    loadingMore: isFetchingNextPage,
  };
}

/** Return what marks everything that was read as old: what is shown is read again. */
export function useRefresh(): () => void {
  const queries = useQueryClient();
  return useCallback(() => {
    queries.invalidateQueries();
  }, [queries]);
}
