import { readFileSync } from "node:fs";
import type { Page } from "playwright-core";
import { beforeAll, expect, test } from "vitest";
import { REPORTS } from "../../src/pages/reports/ready";
import { expectAccessible, PHONE, rest, shot, useBrowser, WIDE } from "./browser";

const open = useBrowser();
const SKU = "BROWSER-TEST-CUP";
const THIRD = "annex.myshopify.com";

interface Product {
  id: string;
  legacy_id: string;
  title: string;
  variants: { nodes: { id: string; price: string }[] };
}

let product: Product;
let location: { id: string; name: string };

beforeAll(async () => {
  location = (await rest<{ items: (typeof location)[] }>("GET", "/api/shopify/locations")).items[0] as typeof location;
  product = await rest<Product>("POST", "/api/shopify/products", {
    title: "Browser test cup",
    description_html: '<p>Holds <b>300 ml</b>.</p><img src="x" onerror="document.title = \'broken\'">',
    sku: SKU,
    price: "12.00",
    tracked: true,
    stock: [{ quantity: 7, location: location.name }],
    tags: ["browser-test"],
  });
}, 60_000);

async function stock(): Promise<number | undefined> {
  const item = await rest<{ levels: { location: { id: string }; available: number }[] }>(
    "GET",
    `/api/shopify/inventory?sku=${SKU}`,
  );
  return item.levels.find((level) => level.location.id === location.id)?.available;
}

async function price(): Promise<string | undefined> {
  const found = await rest<Product>("GET", `/api/shopify/products/${product.legacy_id}`);
  return found.variants.nodes[0]?.price;
}

async function openProduct(): Promise<Page> {
  const page = await open(`/app/products/${product.legacy_id}`);
  await page.getByRole("heading", { name: product.title, level: 1 }).waitFor();
  return page;
}

test("a product is found by its tag, and opened", async () => {
  const page = await open("/app/products");
  await page.getByLabel("Tag").fill("browser-test");
  await page.getByRole("link", { name: product.title }).click();
  await page.getByText("Holds 300 ml.").waitFor();
  expect(await page.title()).toBe(`${product.title} · ATOM`);
});

test("stock is changed where it stands, and the change is undone", async () => {
  const page = await openProduct();
  await page.getByRole("button", { name: new RegExp(`Stock of .* at ${location.name}: 7`) }).click();
  const field = page.getByRole("textbox", { name: /Stock of/ });
  await field.fill("19");
  await field.press("Escape");
  await page.getByRole("button", { name: /Stock of .*: 7\b/ }).click();
  await field.fill("31");
  await field.press("Enter");
  await page.getByText(`31 at ${location.name}`).waitFor();
  expect(await stock()).toBe(31);
  await page.getByRole("button", { name: "Undo" }).click();
  await page.getByText("Undone.").waitFor();
  await page.getByRole("button", { name: /Stock of .*: 7\b/ }).waitFor();
  expect(await stock()).toBe(7);
});

test("a count that changed meanwhile is not written over: the old value comes back, with what is wrong", async () => {
  const page = await openProduct();
  await page.getByRole("button", { name: /Stock of .*: 7\b/ }).click();
  // As a sale elsewhere, after this page has read the stock.
  await page.route("**/api/shopify/inventory/set?**", async (route) => {
    await rest("POST", "/api/shopify/inventory/set", { sku: SKU, location_id: location.id, quantity: 5 });
    await route.continue();
  });
  const field = page.getByRole("textbox", { name: /Stock of/ });
  await field.fill("40");
  await field.press("Enter");
  await page.getByRole("alert").waitFor();
  expect(await stock()).toBe(5);
  await page.unroute("**/api/shopify/inventory/set?**");
  await rest("POST", "/api/shopify/inventory/set", { sku: SKU, location_id: location.id, quantity: 7 });
});

test("a price is typed as people write it; what is none is refused before it is sent", async () => {
  const page = await openProduct();
  await page.getByRole("button", { name: /^Price of/ }).click();
  const field = page.getByRole("textbox", { name: /^Price of/ });
  await field.fill("twelve");
  await field.press("Enter");
  await page.getByRole("alert").getByText("Enter an amount").waitFor();
  await field.fill("14,50");
  await field.press("Enter");
  await page.getByText(/now costs .*14[.,]50/).waitFor();
  expect(await price()).toBe("14.50");
});

test("what a product is changes after a preview", async () => {
  const page = await openProduct();
  await page.getByRole("button", { name: "Edit" }).click();
  await page.getByLabel("Vendor").fill("Kiln & Co");
  await page.getByRole("button", { name: "Look at it first" }).click();
  const preview = page.getByRole("dialog", { name: `Change ${product.title}` });
  await preview.getByText("Kiln & Co").first().waitFor();
  await shot(page, "product-preview");
  await preview.getByRole("button", { name: "Save changes" }).click();
  await page.getByRole("definition").filter({ hasText: "Kiln & Co" }).waitFor();
});

test("the inventory shows stock by location, what is low, and a reorder list that can be downloaded", async () => {
  const page = await open(`/app/inventory?query=${SKU}`);
  await page.getByRole("button", { name: `Stock of ${SKU} at ${location.name}: 7. Change` }).waitFor();
  await page.getByRole("link", { name: "Reorder" }).click();
  await page.getByText("Variants to order").waitFor();
  await page.getByLabel("Lead time in days").fill("60");
  await page.waitForURL("**/app/inventory/reorder?lead=60");
  const [file] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "CSV" }).click()]);
  expect(file.suggestedFilename()).toMatch(/^reorder-list-demo-\d{4}-\d{2}-\d{2}\.csv$/);
  expect(readFileSync(await file.path(), "utf8")).toMatch(/vendor.*sku/i);
});

test("every report that is offered is one that the server makes", async () => {
  for (const report of REPORTS) {
    const made = await rest<{ title: string; about: string; period: { name: string } | null }>(
      "GET",
      `/api/shopify/enhanced/reports/${report.name}?fields=title,about,period`,
    );
    expect(made).toMatchObject({ title: report.title, about: report.about });
    expect(made.period?.name ?? undefined).toBe(report.period);
  }
});

test("a report shows figures, charts and their tables, says what they mean, and is downloaded as CSV", async () => {
  const page = await open("/app/reports");
  await page.getByRole("link", { name: /Marketing/ }).click();
  await page.getByLabel("Period").selectOption({ label: "Last 90 days" });
  await page.waitForURL("**/app/reports/marketing?period=last_90_days");
  await page
    .getByRole("figure", { name: /Sales by channel/ })
    .locator("svg .recharts-bar-rectangle")
    .first()
    .waitFor();
  await page.getByRole("term").filter({ hasText: "Net sales" }).first().waitFor();
  await page.getByText("Gross sales − discounts − returns.").waitFor();
  const csv = page.getByRole("link", { name: "CSV of Sales by channel" });
  const [file] = await Promise.all([page.waitForEvent("download"), csv.click()]);
  expect(readFileSync(await file.path(), "utf8")).toContain("net_sales");
});

test("a third store is connected through Shopify's page of consent, used, and disconnected", async () => {
  const page = await open("/app/stores");
  await page.getByRole("button", { name: "Connect a store" }).click();
  const dialog = page.getByRole("dialog", { name: "Connect a store" });
  await dialog.getByLabel("Address of the store").fill("https://example.com");
  await dialog.getByRole("button", { name: "Go to Shopify" }).click();
  await dialog.getByText("This is not the address of a store").waitFor();
  await dialog.getByLabel("Address of the store").fill(`https://${THIRD}/admin`);
  await dialog.getByRole("button", { name: "Go to Shopify" }).click();
  await page.getByRole("button", { name: "Install" }).click();
  await page.waitForURL("**/app/stores?connected=**");
  await page
    .getByText(/is connected/)
    .first()
    .waitFor();
  const card = page.getByRole("region", { name: /^Annex/ });
  await card.getByRole("checkbox", { name: /Read-only/ }).check();
  await card.getByText("Read-only", { exact: true }).waitFor();
  await shot(page, "stores");
  await expectAccessible(page);
  await card.getByRole("button", { name: "Disconnect" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Disconnect" }).click();
  await card.waitFor({ state: "detached" });
});

test("every page can be used without seeing it, and fits a phone", async () => {
  const pages = [
    ["products", "/app/products", "Products"],
    ["product", `/app/products/${product.legacy_id}`, "Variants"],
    ["inventory", "/app/inventory", "Stock"],
    ["low", "/app/inventory/low?most=10", "Low stock"],
    ["reorder", "/app/inventory/reorder", "Reorder list"],
    ["dead", "/app/inventory/dead", "Dead stock"],
    ["transfers", "/app/inventory/transfers", "Transfers"],
    ["report", "/app/reports/weekly_sales", "Sales"],
  ] as const;
  const page = await open("/app/reports");
  await page.emulateMedia({ reducedMotion: "reduce" });
  await page.getByRole("link", { name: /Weekly sales/ }).waitFor();
  await expectAccessible(page);
  for (const [name, path, region] of pages) {
    await page.setViewportSize(WIDE);
    await page.goto(path);
    await page.getByRole("region", { name: region }).first().waitFor();
    await expectAccessible(page);
    await shot(page, name);
    await page.setViewportSize(PHONE);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(PHONE.width);
    await shot(page, `phone-${name}`);
  }
});
