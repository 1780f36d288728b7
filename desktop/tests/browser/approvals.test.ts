import { expect, inject, test } from "vitest";
import { shell } from "../demo";
import { expectAccessible, rest, shot, useBrowser } from "./browser";

const open = useBrowser();
const SHOP = "demo.myshopify.com";
const STORE = `/api/shopify/stores/${SHOP}`;
const MUG = `/api/shopify/products/1250000001?shop=${SHOP}`;

interface Product {
  vendor: string;
}

/** Let an agent into the store that may make no change of a product by itself. Returns its token. */
async function agent(subject: string): Promise<string> {
  const token = await shell(inject("folder"), "token", "create", "--subject", subject);
  const invitation = await rest<{ token: string }>("POST", `${STORE}/invitations`, { subject, role: "member" });
  await rest("POST", "/api/shopify/invitations/accept", { token: invitation.token }, token);
  await rest("PUT", `${STORE}/policies`, { subject, tool: "product_update", kind: "limit", calls: 0, approve: true });
  return token;
}

test("a call beyond a limit of a store is counted, shown, and made once after the owner's yes", async () => {
  const token = await agent("robot");
  const change = () => rest<Product>("PUT", MUG, { vendor: "Changed by a robot" }, token);
  await expect(change()).rejects.toThrow(/approv/i);

  const page = await open("/");
  const waiting = page.getByRole("link", { name: /^Approvals 1 waiting/ });
  await waiting.waitFor();
  await page.getByRole("link", { name: /Approvals wait for a yes or no/ }).waitFor();
  await waiting.click();
  await page.getByRole("heading", { name: "robot wants to: Update a product" }).waitFor();
  await page.getByText("Changed by a robot").first().waitFor();
  await expectAccessible(page);
  await shot(page, "approvals-policy");
  await page.getByRole("button", { name: /^Approve: robot/ }).click();
  await page.getByText("Nothing waits for you").waitFor();
  await page.getByRole("link", { name: "Approvals", exact: true }).waitFor();

  expect((await change()).vendor).toBe("Changed by a robot");
  await expect(rest("PUT", MUG, { vendor: "Once more" }, token)).rejects.toThrow(/approv/i);
});
