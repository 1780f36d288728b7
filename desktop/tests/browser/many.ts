import type { Locator, Page } from "playwright-core";
import { rest } from "./browser";

/** Open the list of orders with so many of them in one answer, `#100000` and on. Returns the frame that they scroll in. */
export async function openManyOrders(page: Page, count: number): Promise<Locator> {
  const { items } = await rest<{ items: Record<string, unknown>[] }>("GET", "/api/shopify/orders?limit=1");
  await page.route("**/api/shopify/orders?**", (route) => route.fulfill({ json: manyOrders(items[0] ?? {}, count) }));
  await page.goto("/app/orders");
  await page.getByRole("link", { name: "#100000" }).waitFor();
  return page.getByRole("region", { name: "Orders" });
}

/** The answer of a list that holds so many orders like this one. */
function manyOrders(like: Record<string, unknown>, count: number): unknown {
  const items = Array.from({ length: count }, (_, index) => ({
    ...like,
    id: `gid://shopify/Order/${index + 1}`,
    legacy_id: String(index + 1),
    name: `#${100_000 + index}`,
  }));
  return { ok: true, success: true, data: { items }, page: { next: null, has_more: false }, meta: { request_id: "1" } };
}
