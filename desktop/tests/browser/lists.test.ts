import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { deliver, rest, useBrowser } from "./browser";

const open = useBrowser();
const SHOP = "demo.myshopify.com";

interface Order {
  name: string;
  current_total_price: { shop_money: { amount: string } };
}

test("the orders that the filters leave are downloaded as CSV", async () => {
  const { items } = await rest<{ items: Order[] }>("GET", `/api/shopify/orders?shop=${SHOP}&status=CLOSED&limit=250`);
  const page = await open("/app/orders?status=CLOSED");
  await page.getByRole("region", { name: "Orders" }).waitFor();
  const file = page.waitForEvent("download");
  await page.getByRole("button", { name: "Download as CSV" }).click();
  expect((await file).suggestedFilename()).toMatch(/^orders-demo-\d{4}-\d\d-\d\d\.csv$/);
  const lines = (await readFile(await (await file).path(), "utf8")).trimEnd().split("\r\n");
  expect(lines[0]).toBe("\uFEFFOrder,Placed,Cancelled,Customer,E-mail,Total,Currency,Payment,Delivery,Id");
  expect(lines.slice(1).map((line) => line.split(",")[0])).toEqual(items.map((order) => order.name));
  expect(lines[1]).toContain(`,${items[0]?.current_total_price.shop_money.amount},EUR,`);
});

test("where the filters leave nothing, one button clears them", async () => {
  const page = await open("/app/orders?query=nobody-ordered-this&status=OPEN");
  await page.getByText("No order matches").waitFor();
  await page.getByRole("button", { name: "Clear the filters" }).click();
  await page.getByRole("region", { name: "Orders" }).getByRole("link").first().waitFor();
  expect(new URL(page.url()).search).toBe("");
});

test("a delivery that was put aside is replayed by a person who knows better, and is done then", async () => {
  // The body alone is signed: told for two stores, it could be a forged one, and only a person can say.
  const body = JSON.stringify({ id: 987_654_321 });
  await deliver("outlet.myshopify.com", "products/delete", body);
  await deliver(SHOP, "products/delete", body);
  const page = await open("/app/deliveries?topic=products/delete");
  const row = page.getByRole("row").filter({ hasText: "products/delete" });
  await row.getByText("Put aside").waitFor({ timeout: 15_000 });
  await row.getByRole("button", { name: "Replay products/delete" }).click();
  await page.getByText("It runs again.").waitFor();
  await row.getByText("Done").waitFor({ timeout: 15_000 });
  expect(await row.getByRole("button").count()).toBe(0);
});
