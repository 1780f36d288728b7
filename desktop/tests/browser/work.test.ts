import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { deliver, expectAccessible, PHONE, rest, shot, useBrowser } from "./browser";

const open = useBrowser();
const SHOP = "demo.myshopify.com";
const WORKFLOWS = "/api/workflows";

interface Product {
  id: string;
  legacy_id: string;
  title: string;
  vendor: string;
  tags: string[];
}

test("a workflow is made from a template by its form, which checks it before it is stored", async () => {
  const page = await open("/app/workflows");
  await page.getByRole("link", { name: "Set up: Paid order above a limit" }).click();
  await page.getByLabel("Name").fill("Tag who spends much");
  await page.getByLabel("Limit").fill("much");
  await page.getByText("Write a number, such as 5 or 12.50.").waitFor();
  const create = page.getByRole("button", { name: "Create workflow" });
  await page.getByText("This can't be stored yet").waitFor({ state: "hidden" });
  expect(await create.isDisabled()).toBe(true);
  await page.getByLabel("Limit").fill("750");
  await page.getByText("Total price is at least 750").waitFor();
  await page.getByLabel("Tag", { exact: true }).fill("spends-much");
  await page.getByRole("button", { name: "Try with a sample event" }).click();
  await page.getByText(/It would (not )?start/).waitFor();
  await expectAccessible(page);
  await shot(page, "workflow-new");
  await create.click();
  await page.getByRole("heading", { name: "Tag who spends much", level: 1 }).waitFor();
  const { workflows } = await rest<{ workflows: Stored[] }>("GET", `${WORKFLOWS}/definitions`);
  const made = workflows.find((one) => one.name === "Tag who spends much");
  expect(made?.workflow_config.variables).toEqual({ limit: 750, tag: "spends-much" });
});

test("a workflow is changed in its form, as JSON too, and deleted after a question", async () => {
  await rest("POST", `${WORKFLOWS}/definitions`, asking("edited"));
  const page = await open("/app/workflows/edited/edit");
  await page.getByLabel("Tag", { exact: true }).fill("changed");
  await page.getByRole("button", { name: "Add a condition" }).click();
  await page.getByRole("textbox", { name: "Condition 1" }).fill("input.order is");
  await page.getByRole("region", { name: "Only if" }).locator(".fault").waitFor();
  await page.getByRole("textbox", { name: "Condition 1" }).fill("input.order == '#1001'");
  await page.getByText("Order is “#1001”").waitFor();
  await page.getByRole("region", { name: "Step 2" }).getByLabel("Tags (needed)").fill("one\ntwo");
  await expectAccessible(page);
  await shot(page, "workflow-edit");
  await page.getByLabel("Edit as").selectOption("json");
  expect(await page.getByLabel("The whole definition").inputValue()).toContain('"two"');
  await page.getByRole("button", { name: "Save changes" }).click();
  await page.getByText("Order is “#1001”").waitFor();
  await page.getByRole("button", { name: "Delete" }).click();
  await page.getByRole("button", { name: "Delete workflow" }).click();
  await page.waitForURL("**/app/workflows");
  const { workflows } = await rest<{ workflows: Stored[] }>("GET", `${WORKFLOWS}/definitions`);
  expect(workflows.map((one) => one.id)).not.toContain("edited");
});

test("a run waits for a yes, and goes on after it", async () => {
  await rest("POST", `${WORKFLOWS}/definitions`, asking("waits"));
  const page = await open("/app/workflows/waits");
  await page.getByRole("button", { name: "Start now" }).click();
  await page.getByRole("link", { name: "Answer it" }).click();
  await page.getByRole("heading", { name: "Shall the mug be tagged?" }).waitFor();
  await expectAccessible(page);
  await shot(page, "approvals");
  await page.getByRole("button", { name: "Approve: Shall the mug be tagged?" }).click();
  await page.getByText("Nothing waits for you").waitFor();
  await page.goto("/app/workflows/waits/runs");
  await page.getByRole("cell", { name: "Completed" }).waitFor();
  await page.getByRole("cell", { name: "Completed" }).click();
  await page.getByText("Add tags").waitFor();
  await expectAccessible(page);
  await shot(page, "workflow-runs");
  expect((await mug()).tags).toContain("asked");
});

test("a workflow says why an event did not start it", async () => {
  await rest("POST", `${WORKFLOWS}/definitions`, {
    ...asking("choosy"),
    trigger: { key: "product_updated" },
    conditions: ["trigger.vendor == 'Nobody'"],
  });
  await rest("PUT", `/api/shopify/products/${(await mug()).legacy_id}?shop=${SHOP}`, { vendor: "Somebody" });
  const page = await open("/app/workflows/choosy/why");
  await page.getByText("Did not start").first().waitFor();
  await page.getByText('trigger.vendor was "Somebody"').first().waitFor();
  await expectAccessible(page);
  await shot(page, "workflow-why");
});

test("a delivery that could not be understood is replayed, and then given up", async () => {
  await deliver(SHOP, "orders/create", "no json");
  const page = await open("/app/deliveries?state=quarantined");
  const row = page.getByRole("row").filter({ hasText: "The body is not JSON" });
  await row.waitFor();
  await expectAccessible(page);
  await shot(page, "deliveries");
  await row.getByRole("button", { name: "Replay orders/create" }).click();
  await page.getByText("It runs again.").waitFor();
  // It is no JSON this time either: it comes back, and is then given up.
  await row.getByRole("button", { name: "Give up orders/create" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Give up", exact: true }).click();
  await page.getByText("No delivery matches").waitFor();
  const { items } = await rest<{ items: unknown[] }>("GET", `${DELIVERIES}?shop=${SHOP}&state=discarded`);
  expect(items).toHaveLength(1);
});

test("a change is undone, and a newer one is overwritten only after a second question", async () => {
  const { legacy_id: id } = await mug();
  await rest("PUT", `/api/shopify/products/${id}?shop=${SHOP}`, { vendor: "Kiln" });
  await rest("PUT", `/api/shopify/products/${id}?shop=${SHOP}`, { vendor: "Oven" });
  const page = await open(`/app/audit?resource=${id}`);
  await expectAccessible(page);
  await shot(page, "changes");
  await page.getByRole("link", { name: "Update a product" }).nth(1).click();
  await page.getByRole("heading", { name: "Before and after" }).waitFor();
  await page.getByText("Read back from Shopify: it is as asked").waitFor();
  await expectAccessible(page);
  await shot(page, "change");
  await page.getByRole("button", { name: "Undo" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByText("It has been changed since").waitFor();
  await dialog.getByText("Set by this change: Kiln").waitFor();
  await expectAccessible(page);
  await shot(page, "undo-conflict");
  await dialog.getByRole("button", { name: "Overwrite …" }).click();
  const sure = dialog.getByRole("button", { name: "Overwrite and undo" });
  await dialog.getByLabel("Overwrite what was changed since").waitFor();
  expect(await sure.isDisabled()).toBe(true);
  await dialog.getByLabel("Overwrite what was changed since").check();
  await sure.click();
  await page.getByText("an earlier change").waitFor();
  expect((await mug()).vendor).not.toMatch(/Kiln|Oven/);
});

test("the chat answers, compares, and makes a change after a yes", async () => {
  const page = await open("/app/chat");
  const box = page.getByLabel("Your message");
  const log = page.getByRole("log");
  await box.fill("check orders");
  await box.press("Enter");
  await log.getByText("As a table").click();
  await log.getByRole("columnheader", { name: "Customer" }).waitFor();
  await box.fill("one line");
  await box.press("Shift+Enter");
  expect(await box.inputValue()).toBe("one line\n");
  await box.fill("set stock of MUG-BLUE to 41");
  await box.press("Enter");
  await log.getByRole("button", { name: "Yes, do it" }).waitFor();
  await expectAccessible(page);
  await shot(page, "chat");
  await log.getByRole("button", { name: "Yes, do it" }).click();
  await log.getByRole("button", { name: "Yes, do it" }).waitFor({ state: "hidden" });
  await log.getByText(/41/).last().waitFor();
  expect(await box.evaluate((element) => element === document.activeElement)).toBe(true);
  // The conversation is there after a look elsewhere.
  await page.getByRole("link", { name: "Changes" }).click();
  await page.getByRole("link", { name: "Set stock" }).first().waitFor();
  await page.getByRole("link", { name: "Chat" }).click();
  await log.getByText("check orders").waitFor();
});

test("each page fits a phone, and can be read in the dark", async () => {
  const page = await open("/app/workflows", { viewport: PHONE, dark: true });
  for (const [path, heading, name] of [
    ["/app/workflows", "Workflows", "phone-workflows"],
    ["/app/workflows/new/shopify-low-stock", "Low stock: tag the product and leave a note", "phone-workflow-new"],
    ["/app/workflows/new/blank", "New workflow", "phone-workflow-blank"],
    ["/app/approvals", "Approvals", "phone-approvals"],
    ["/app/deliveries", "Deliveries", "phone-deliveries"],
    ["/app/deliveries/operations", "Background work", "phone-operations"],
    ["/app/audit", "Changes", "phone-changes"],
    ["/app/chat", "Chat", "phone-chat"],
  ] as const) {
    await page.goto(path);
    await page.getByRole("heading", { name: heading, level: 1 }).waitFor();
    await settled(page);
    await shot(page, name);
    await expectAccessible(page);
    expect(await page.evaluate(() => document.documentElement.scrollWidth), path).toBeLessThanOrEqual(PHONE.width);
  }
});

interface Stored {
  id: string;
  name: string;
  workflow_config: { variables: Record<string, unknown> };
}

const DELIVERIES = "/api/shopify/enhanced/webhooks/deliveries";

/** A workflow that asks before it tags a product. */
function asking(id: string) {
  return {
    id,
    name: "Ask first",
    variables: { tag: "asked" },
    steps: [
      { id: "ask", type: "approval", message: "Shall the mug be tagged?" },
      {
        id: "tag",
        type: "service_action",
        service: "shopify",
        action: "tag_add",
        shop: SHOP,
        parameters: { id: "gid://shopify/Product/1250000001", tags: ["{{ variables.tag }}"] },
      },
    ],
  };
}

function mug(): Promise<Product> {
  return rest("GET", `/api/shopify/products/1250000001?shop=${SHOP}`);
}

/** Wait until nothing on the page is being read any more. */
async function settled(page: Page): Promise<void> {
  await page.locator(".skeleton").first().waitFor({ state: "detached" });
}
