import type { Locator, Page } from "playwright-core";
import { expect, inject, test } from "vitest";
import { expectAccessible, PHONE, rest, shot, useBrowser } from "./browser";

const open = useBrowser();
const SHOP = "demo.myshopify.com";

interface Placed {
  id: number;
  name: string;
  total: string;
}

interface Order {
  display_fulfillment_status: string;
  display_financial_status: string;
  cancelled_at: string | null;
  tags: string[];
  note: string | null;
  total_refunded: { shop_money: { amount: string } };
}

/** Buy something in the sandbox, as a customer would. */
async function place(quantity = 2): Promise<Placed> {
  const answer = await fetch(`${inject("demo").sandbox}/__sandbox__/stores/${SHOP}/orders`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ paid: true, lines: [{ sku: "MUG-BLUE", quantity }] }),
  });
  expect(answer.ok).toBe(true);
  return (await answer.json()) as Placed;
}

const orderOf = (id: number) => rest<Order>("GET", `/api/shopify/orders/${id}?shop=${SHOP}`);

async function openOrder(id: number, options = {}): Promise<Page> {
  const page = await open(`/app/orders/${id}`, options);
  await page.getByRole("heading", { name: "Deliveries" }).waitFor();
  return page;
}

const button = (within: Page | Locator, name: string | RegExp) =>
  within.getByRole("button", { name, exact: typeof name === "string" });

test("an order that is placed appears in the open overview by itself", async () => {
  const page = await open("/");
  await page.getByRole("list", { name: "Recent orders" }).getByRole("link").first().waitFor();
  const placed = await place();
  await page.getByRole("link", { name: placed.name, exact: true }).waitFor({ timeout: 15_000 });
});

test("some of an order is fulfilled with tracking, and then the rest", async () => {
  const { id, name } = await place(3);
  const page = await openOrder(id);
  await button(page, "Fulfil").click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("spinbutton").fill("1");
  await dialog.getByLabel("Tracking number").fill("JD0001");
  await dialog.getByLabel("Carrier").fill("DHL");
  expect(await dialog.getByLabel("Send an e-mail to the customer").isChecked()).toBe(false);
  await expectAccessible(page);
  await shot(page, "order-fulfil");
  await button(dialog, "Fulfil").click();
  await dialog.waitFor({ state: "detached" });
  await page.getByText(`${name} was fulfilled.`).waitFor();
  await page.getByText("JD0001").waitFor();
  expect((await orderOf(id)).display_fulfillment_status).toBe("PARTIALLY_FULFILLED");
  // What was sent can't be cancelled: the button is gone, and the page says why.
  await page.getByText("It can't be cancelled any more").waitFor();
  expect(await button(page, "Cancel order").count()).toBe(0);

  await button(page, "Fulfil").click();
  await button(dialog, "Fulfil").click();
  await dialog.waitFor({ state: "detached" });
  await button(page, "Fulfil").waitFor({ state: "detached" });
  expect((await orderOf(id)).display_fulfillment_status).toBe("FULFILLED");
});

test("who fulfils what somebody else has just sent is told so", async () => {
  const { id } = await place();
  const page = await openOrder(id);
  await button(page, "Fulfil").click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("spinbutton").waitFor();
  // The page does not learn of it before the button is pressed: whatever it reads is not answered.
  await page.route("**/api/**", (route) => (route.request().method() === "GET" ? route.abort() : route.continue()));
  await rest("POST", `/api/shopify/orders/${id}/fulfillments?shop=${SHOP}`, {});
  await button(dialog, "Fulfil").click();
  await dialog.getByText("Nothing is left to fulfil here").waitFor();
});

test("a refund shows what Shopify suggests and what it will do, and happens after a yes", async () => {
  const { id, total } = await place(2);
  const page = await openOrder(id);
  await button(page, "Refund").click();
  const dialog = page.getByRole("dialog");
  await dialog.getByText(`€${total} can be paid back.`.replace(/(\.\d)(?!\d)/, "$10")).waitFor();
  expect(await button(dialog, "Continue").isDisabled()).toBe(true);
  await dialog.getByRole("spinbutton").fill("1");
  await dialog.getByText(/^Suggested: €/).waitFor();
  const amount = dialog.getByLabel("Amount in EUR");
  await expect.poll(() => amount.inputValue()).not.toBe("");
  const suggested = await amount.inputValue();
  await expectAccessible(page);

  await amount.fill("99999");
  await dialog.getByText(/^At most €/).waitFor();
  expect(await button(dialog, "Continue").isDisabled()).toBe(true);
  await amount.fill("");
  await button(dialog, "Continue").click();
  await dialog.getByText(/It pays back/).waitFor();
  await shot(page, "order-refund");
  expect(Number((await orderOf(id)).total_refunded.shop_money.amount)).toBe(0);
  await button(dialog, /^Refund €/).click();
  await page.getByText("Partially refunded").waitFor();
  expect(Number((await orderOf(id)).total_refunded.shop_money.amount)).toBe(Number(suggested));
});

test("an order is cancelled after a confirmation, and stays as it is without one", async () => {
  const { id } = await place();
  const page = await openOrder(id);
  const dialog = page.getByRole("dialog");
  await button(page, "Cancel order").click();
  await dialog.getByLabel("Reason").selectOption("INVENTORY");
  await button(dialog, "Continue").click();
  await dialog.getByText("This can't be undone.").waitFor();
  await button(dialog, "Keep as it is").click();
  expect((await orderOf(id)).cancelled_at).toBeNull();

  await button(page, "Cancel order").click();
  await button(dialog, "Continue").click();
  await dialog.getByText("This can't be undone.").waitFor();
  await expectAccessible(page);
  await shot(page, "order-cancel");
  await button(dialog, "Cancel order").click();
  await page.getByText(/^Cancelled on/).waitFor();
  expect((await orderOf(id)).cancelled_at).not.toBeNull();
  expect((await orderOf(id)).display_financial_status).toBe("REFUNDED");
  for (const gone of ["Cancel order", "Fulfil", "Refund", "Close"]) {
    expect(await button(page, gone).count()).toBe(0);
  }
});

test("a note and tags are kept, and an undo takes a tag back", async () => {
  const { id } = await place(1);
  const page = await openOrder(id);
  await button(page, "Add a note").click();
  await page.getByLabel("Note for the staff").fill("Call before delivery");
  await button(page, "Save").click();
  await page.getByText("Call before delivery").waitFor();
  await page.getByLabel("Add tags").fill("gift, fragile");
  await page.getByLabel("Add tags").press("Enter");
  await button(page, "Remove the tag gift").waitFor();
  expect(await orderOf(id)).toMatchObject({ note: "Call before delivery", tags: ["fragile", "gift"] });
  await button(page, "Remove the tag gift").click();
  await button(page, "Remove the tag gift").waitFor({ state: "detached" });
  await page.getByText("The tag gift was removed.").locator("..").getByRole("button", { name: "Undo" }).click();
  await button(page, "Remove the tag gift").waitFor();
  await button(page, "Close").click();
  await button(page, "Reopen").waitFor();
});

test("a page of an order can be used without seeing it, and fits a phone", async () => {
  const { id } = await place(1);
  const page = await openOrder(id);
  await expectAccessible(page);
  await shot(page, "order");
  const phone = await openOrder(id, { viewport: PHONE, dark: true });
  await expectAccessible(phone);
  await expectNoSideways(phone);
  await shot(phone, "phone-order");
});

test("the overview shows its figures, can be used without seeing it, and fits a phone", async () => {
  const page = await open("/app/nowhere");
  await page.goto("/");
  await page.getByText("Sales today").waitFor();
  await page.getByRole("list", { name: "Recent orders" }).getByRole("link").first().waitFor();
  await page.getByRole("heading", { name: "Health" }).waitFor();
  await expectAccessible(page);
  await shot(page, "overview");
  const phone = await open("/", { viewport: PHONE, dark: true });
  await phone.getByText("Sales today").waitFor();
  await expectAccessible(phone);
  await expectNoSideways(phone);
  await shot(phone, "phone-overview");
});

async function expectNoSideways(page: Page): Promise<void> {
  const [inner, width] = await page.evaluate(() => [document.documentElement.scrollWidth, window.innerWidth]);
  expect(inner).toBeLessThanOrEqual(width ?? 0);
}
