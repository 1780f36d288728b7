import { gzipSync } from "node:zlib";
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { useBrowser } from "./browser";
import { openManyOrders } from "./many";

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
  // Charts are loaded once there are figures for them, which are kept back here: the page is shown before.
  await page.route(/\/enhanced\/analytics/, () => undefined);
  await page.goto("/");
  await page.getByRole("heading", { level: 1 }).waitFor();
  const sizes = (await Promise.all(scripts)).map((script) => gzipSync(script).length);
  expect(sizes.length).toBeGreaterThan(0);
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(MOST_SCRIPT);
});

test("of 10,000 orders only those in view are in the document, and the last can be reached", async () => {
  const page = await open("/app/nowhere");
  const frame = await openManyOrders(page, 10_000);
  expect(await rowsIn(page)).toBeLessThan(100);
  await frame.evaluate((element) => element.scrollTo(0, element.scrollHeight));
  await page.getByRole("link", { name: "#109999" }).waitFor();
  expect(await rowsIn(page)).toBeLessThan(100);
});

function rowsIn(page: Page): Promise<number> {
  return page.locator("tbody tr").count();
}
