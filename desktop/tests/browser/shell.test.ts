import { expect, test } from "vitest";
import { expectAccessible, PHONE, shot, useBrowser } from "./browser";

const open = useBrowser();

test("a person moves between pages by the navigation, and the address follows", async () => {
  const page = await open("/");
  await page.getByRole("link", { name: "Orders", exact: true }).click();
  await page.waitForURL("**/app/orders");
  await page.getByRole("heading", { name: "Orders", level: 1 }).waitFor();
  expect(await page.title()).toBe("Orders · ATOM");
  await page.goBack();
  await page.waitForURL((url) => url.pathname === "/");
});

test("on a phone the menu opens, leads on, and closes", async () => {
  const page = await open("/app/orders", { viewport: PHONE });
  await page.getByRole("button", { name: "Open the menu" }).click();
  await page.getByRole("link", { name: "Products" }).click();
  await page.waitForURL("**/app/products");
  await page.getByRole("link", { name: "Customers" }).waitFor({ state: "hidden" });
  await shot(page, "phone-products");
});

test("another store shows its own orders, and stays chosen", async () => {
  const page = await open("/app/orders");
  await page.getByRole("region", { name: "Orders" }).waitFor();
  await page.getByRole("combobox", { name: "Store" }).first().selectOption({ label: "Outlet" });
  await page.getByText("$").first().waitFor();
  await page.reload();
  await page.getByText("$").first().waitFor();
});

test("the list of orders can be used without seeing it", async () => {
  const page = await open("/app/orders");
  await page.getByRole("region", { name: "Orders" }).waitFor();
  await expectAccessible(page);
  await shot(page, "orders");
});

test("an address that does not exist says so", async () => {
  const page = await open("/app/nowhere");
  await page.getByRole("heading", { name: "There is no such page" }).waitFor();
});

test("a server that does not answer is said so, and a button asks again", async () => {
  const page = await open("/app/nowhere");
  await page.route("**/api/**", (route) => route.abort());
  await page.goto("/");
  await page.getByRole("heading", { name: "The server does not answer" }).waitFor();
  expect(await page.getByRole("link", { name: "Connect a store" }).count()).toBe(0);
  await expectAccessible(page);
  await page.unroute("**/api/**");
  await page.getByRole("button", { name: "Try again" }).click();
  await page.getByRole("heading", { name: "Overview" }).waitFor();
});
