import { useCallback, useMemo } from "react";
import { useLocation, useSearch } from "wouter";

/**
 * The filters of a list, kept in the page's address, so that a link or the back button brings them back; what sets one, and
 * what clears them all.
 */
export function useFilters(): [Record<string, string>, (name: string, value: string) => void, () => void] {
  const search = useSearch();
  const [location, go] = useLocation();
  const filters = useMemo(() => Object.fromEntries(new URLSearchParams(search)), [search]);
  const set = useCallback(
    (name: string, value: string) => {
      const next = new URLSearchParams(search);
      if (value === "") {
        next.delete(name);
      } else {
        next.set(name, value);
      }
      go(next.size === 0 ? location : `${location}?${next}`, { replace: true });
    },
    [search, location, go],
  );
  const clear = useCallback(() => go(location, { replace: true }), [location, go]);
  return [filters, set, clear];
}
