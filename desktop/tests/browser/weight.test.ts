import { gzipSync } from "node:zlib";
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { rest, useBrowser } from "./browser";

const open = useBrowser();
const MOST_SCRIPT = 200_000; // bytes, gzipped

test("the first page needs at most 200 kB of script before it shows something", async () => {
  const page = await open("/app/nowhere");
  const scripts: Promise<Buffer>[] = [];
  page.on("response", (response) => {
    if (response.request().resourceType() === "script") {
      scripts.push(response.body());
    }
  });
  await page.goto("/");
  await page.getByRole("heading", { level: 1 }).waitFor();
  const sizes = (await Promise.all(scripts)).map((script) => gzipSync(script).length);
  expect(sizes.length).toBeGreaterThan(0);
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(MOST_SCRIPT);
});

test("of 10,000 orders only those in view are in the document, and the last can be reached", async () => {
  const { items } = await rest<{ items: Record<string, unknown>[] }>("GET", "/api/shopify/orders?limit=1");
  const page = await open("/app/nowhere");
  await page.route("**/api/shopify/orders?**", (route) => route.fulfill({ json: manyOrders(items[0] ?? {}, 10_000) }));
  await page.goto("/app/orders");
  const frame = page.getByRole("region", { name: "Orders" });
  await page.getByRole("link", { name: "#100000" }).waitFor();
  expect(await rowsIn(page)).toBeLessThan(100);
  await frame.evaluate((element) => element.scrollTo(0, element.scrollHeight));
  await page.getByRole("link", { name: "#109999" }).waitFor();
  expect(await rowsIn(page)).toBeLessThan(100);
});

function rowsIn(page: Page): Promise<number> {
  return page.locator("tbody tr").count();
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
