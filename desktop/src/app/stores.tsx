import { useQuery } from "@tanstack/react-query";
import { createContext, type ReactNode, useContext, useMemo, useState } from "react";
import type { ClientError } from "../client/client";
import type { Data } from "../client/types";
import { type Formats, formats } from "../ui/format";
import { STORES } from "./queries";

export type Store = Data<"stores">[number];

interface Looked {
  stores: Store[];
  /** The store that is looked at, none where none is connected. */
  store: Store | undefined;
  shop: string | undefined;
  look: (shop: string) => void;
  isPending: boolean;
  error: ClientError | null;
}

const KEPT = "atom.shopify.shop";
const Context = createContext<Looked | null>(null);

/** The shop that was chosen last in this browser. */
export function lastChoice(): string | null {
  return localStorage.getItem(KEPT);
}

/** Return which of the stores is looked at, where `chosen` was the last choice. */
export function lookedAt(stores: readonly Store[], chosen: string | null): Store | undefined {
  return stores.find((one) => one.shop === chosen) ?? stores.find((one) => one.is_default) ?? stores[0];
}

/** Know the stores of who is signed in, and which of them is looked at: the last choice, or else the default store. */
export function StoresProvider({ children }: { children: ReactNode }) {
  const [chosen, choose] = useState(lastChoice);
  const query = useQuery<Store[], ClientError>(STORES);
  const value = useMemo((): Looked => {
    const stores = query.data ?? [];
    const store = lookedAt(stores, chosen);
    return {
      stores,
      store,
      shop: store?.shop,
      look: (shop) => {
        localStorage.setItem(KEPT, shop);
        choose(shop);
      },
      isPending: query.isPending,
      error: query.error,
    };
  }, [query.data, query.isPending, query.error, chosen]);
  return <Context.Provider value={value}>{children}</Context.Provider>;
}

export function useStore(): Looked {
  const found = useContext(Context);
  if (found === null) {
    throw new Error("useStore needs a StoresProvider around it.");
  }
  return found;
}

/** How money and moments are written in the country of the store that is looked at. */
export function useFormats(): Formats & { currency: string } {
  const { store } = useStore();
  // The pages are in English; the country says how English writes money and dates there.
  const locale = store?.country ? `en-${store.country}` : navigator.language;
  const timezone = store?.timezone || "UTC";
  const currency = store?.currency ?? "USD";
  return useMemo(() => ({ ...formats(locale, timezone), currency }), [locale, timezone, currency]);
}
