const HANDLE = /^[a-z0-9][a-z0-9-]{0,62}$/;
const SUFFIX = ".myshopify.com";

/**
 * Return the domain of a store from what a person pasted: `your-store`, `your-store.myshopify.com`, or an address of its
 * admin. Null for anything else, such as the shop's own domain: only Shopify knows which store that is.
 */
export function shopIn(text: string): string | null {
  const found = /^(?:https?:\/\/)?(?:admin\.shopify\.com\/store\/)?([^/?#\s]+)(?:[/?#].*)?$/i.exec(text.trim());
  const name = found?.[1]?.toLowerCase() ?? "";
  const handle = name.endsWith(SUFFIX) ? name.slice(0, -SUFFIX.length) : name;
  return HANDLE.test(handle) ? `${handle}${SUFFIX}` : null;
}

/** Return the address that begins to connect a store, and comes back to the list of stores. */
export function connectAddress(shop: string): string {
  return `/api/auth/shopify/authorize?${new URLSearchParams({ shop, return_to: "dashboard" })}`;
}
