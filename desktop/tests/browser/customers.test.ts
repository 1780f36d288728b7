import { expect, test } from "vitest";
import { expectAccessible, PHONE, rest, shot, useBrowser } from "./browser";

const open = useBrowser();
const SHOP = "shop=demo.myshopify.com";

interface Customer {
  legacy_id: string;
  display_name: string;
  first_name: string;
  last_name: string;
}

/** How many customers have the tag of the audience at Shopify. */
async function tagged(): Promise<number> {
  return (await rest<{ items: unknown[] }>("GET", `/api/shopify/customers?${SHOP}&tag=bought`)).items.length;
}

async function someone(): Promise<Customer> {
  const { items } = await rest<{ items: Customer[] }>("GET", `/api/shopify/customers?${SHOP}&limit=1`);
  const [customer] = items;
  if (customer === undefined) {
    throw new Error("The demo has no customer.");
  }
  return customer;
}

test("a customer is found in the list, changed, and changed back by an undo", async () => {
  const { legacy_id, display_name, last_name } = await someone();
  const page = await open("/app/customers");
  await page.getByRole("searchbox", { name: "Search" }).fill(display_name);
  await page.getByRole("link", { name: display_name }).first().waitFor();
  await expectAccessible(page);
  await shot(page, "customers");

  await page.goto(`/app/customers/${legacy_id}`);
  await page.getByRole("button", { name: "Edit", exact: true }).click();
  await page.getByLabel("Last name").fill("Changed");
  await expectAccessible(page);
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByRole("heading", { name: /Changed$/, level: 1 }).waitFor();
  await page.getByRole("button", { name: "Undo" }).click();
  await page.getByRole("heading", { name: display_name, level: 1 }).waitFor();
  const after = await rest<Customer>("GET", `/api/shopify/customers/${legacy_id}?${SHOP}`);
  expect(after.last_name).toBe(last_name);
  await shot(page, "customer");
});

test("a fault in a customer's data is told at its field", async () => {
  const { legacy_id } = await someone();
  const page = await open(`/app/customers/${legacy_id}`, { viewport: PHONE });
  await page.getByRole("button", { name: "Edit", exact: true }).click();
  await page.getByLabel("E-mail", { exact: true }).fill("not an address");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByRole("alert").waitFor();
  expect(await page.getByLabel("E-mail", { exact: true }).getAttribute("aria-invalid")).toBe("true");
  await shot(page, "phone-customer-edit");
});

test("an audience is made by rules, changed, given a tag after a dry run, and deleted", async () => {
  const page = await open("/app/segments");
  await page.getByRole("button", { name: "Champions" }).waitFor({ timeout: 30_000 });
  await page.getByRole("button", { name: "New audience" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Name").fill("Bought something");
  await dialog.getByLabel("Customers by").selectOption("orders");
  await dialog.getByLabel("Value").fill("1");
  await expectAccessible(page);
  await dialog.getByRole("button", { name: "Save audience" }).click();
  await page.getByRole("heading", { name: /Members of “Bought something”/ }).waitFor();
  await page.getByRole("region", { name: "Members of the audience" }).getByRole("link").first().waitFor();
  await page.getByRole("button", { name: "Champions" }).click();
  await page.getByRole("heading", { name: /Members of “Champions”/ }).waitFor();
  await expectAccessible(page);
  await shot(page, "segments");

  await page.getByRole("button", { name: "Edit the audience Bought something" }).click();
  await dialog.getByRole("button", { name: "Add a rule" }).click();
  await dialog.getByRole("group", { name: "Rule 2" }).getByLabel("Value").fill("2");
  await dialog.getByRole("button", { name: "Save audience" }).click();
  await page.getByText("Number of orders at least 1, and Number of orders at least 2").waitFor();

  await page.getByRole("button", { name: "Tag members of Bought something" }).click();
  await dialog.getByLabel("Tag", { exact: true }).fill("bought");
  await expectAccessible(page);
  await dialog.getByRole("button", { name: "Show what would change" }).click();
  await dialog.getByText(/Customers who get the tag: [1-9]/).waitFor();
  await dialog.getByRole("button", { name: "Keep as it is" }).click();
  expect(await tagged()).toBe(0);
  await page.getByRole("button", { name: "Tag members of Bought something" }).click();
  await dialog.getByLabel("Tag", { exact: true }).fill("bought");
  await dialog.getByRole("button", { name: "Show what would change" }).click();
  await dialog.getByRole("button", { name: "Give the tag" }).click();
  await page.getByText("Its members were given the tag bought.").waitFor({ timeout: 20_000 });
  await expect.poll(tagged, { timeout: 20_000 }).toBeGreaterThan(0);

  await page.getByRole("button", { name: "Delete the audience Bought something" }).click();
  await page.getByRole("button", { name: "Delete audience", exact: true }).click();
  await page.getByText("The audience Bought something was deleted.").waitFor();
});
