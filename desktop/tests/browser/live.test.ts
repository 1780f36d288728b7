import { expect, inject, test } from "vitest";
import { useBrowser } from "./browser";

const open = useBrowser();

/** Have somebody buy something in the demo's local Shopify. */
async function buy(total: string): Promise<string> {
  const answer = await fetch(`${inject("demo").sandbox}/__sandbox__/stores/demo.myshopify.com/orders`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ total }),
  });
  const order = (await answer.json()) as { name: string };
  expect(order.name, JSON.stringify(order)).toMatch(/^#/);
  return order.name;
}

test("an order that is placed appears in the open page by itself", async () => {
  const page = await open("/app/orders");
  await page.getByText("Live", { exact: true }).waitFor();
  const name = await buy("77.00");
  await page.getByRole("link", { name }).waitFor({ timeout: 10_000 });
});
