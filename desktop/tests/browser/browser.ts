import { createHmac } from "node:crypto";
import { existsSync, mkdirSync } from "node:fs";
import { createRequire } from "node:module";
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, expect, inject, onTestFinished } from "vitest";

export const WIDE = { width: 1280, height: 860 };
export const PHONE = { width: 360, height: 740 };

const PATHS = [process.env.CHROMIUM, "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
const AXE = createRequire(import.meta.url).resolve("axe-core/axe.min.js");
const SECRET = "sandbox-secret"; // the demo's app, see docs/sandbox.md
const SHOTS = process.env.SCREENSHOTS;

let browser: Browser;

/** Start a browser for the tests of a file, signed in to the demo. Returns what opens a page of it. */
export function useBrowser(): (path: string, options?: { viewport?: typeof WIDE; dark?: boolean }) => Promise<Page> {
  beforeAll(async () => {
    const executablePath = PATHS.find((path) => path !== undefined && existsSync(path));
    if (executablePath === undefined) {
      throw new Error("No Chromium was found. Install it (Debian: apt-get install chromium), or name it in CHROMIUM.");
    }
    browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
  });
  afterAll(async () => {
    await browser?.close();
  });
  return async (path, options = {}) => {
    const context = await browser.newContext({
      baseURL: inject("demo").host,
      viewport: options.viewport ?? WIDE,
      colorScheme: options.dark ? "dark" : "light",
      locale: "en-GB",
    });
    await context.addCookies([{ ...inject("session"), url: inject("demo").host, httpOnly: true, sameSite: "Lax" }]);
    const page = await context.newPage();
    page.on("pageerror", (error) => {
      throw error;
    });
    // A page that stays open reads again at every event: many of them would use up the person's requests.
    onTestFinished(async ({ task }) => {
      if (task.result?.state === "fail") {
        console.error(`The page at ${page.url()}:\n${await page.locator("body").ariaSnapshot()}`);
      }
      await context.close();
    });
    await page.goto(path);
    return page;
  };
}

/** Call the REST interface as the demo's person, or by the token of somebody else, to arrange what a test needs. */
export async function rest<T>(method: string, path: string, body?: unknown, token = inject("demo").token): Promise<T> {
  const answer = await fetch(`${inject("demo").host}${path}`, {
    method,
    headers: { Authorization: `Bearer ${token}`, "Content-Type": "application/json" },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const told = (await answer.json()) as { ok: boolean; data: T; error?: { message: string } };
  if (!told.ok) {
    throw new Error(`${method} ${path}: ${told.error?.message}`);
  }
  return told.data;
}

/** Deliver a webhook as Shopify does: signed with the app's secret. */
export async function deliver(shop: string, topic: string, body: string): Promise<void> {
  const answer = await fetch(`${inject("demo").host}/api/shopify/webhooks`, {
    method: "POST",
    headers: {
      "Content-Type": "application/json",
      "X-Shopify-Topic": topic,
      "X-Shopify-Shop-Domain": shop,
      "X-Shopify-API-Version": "2026-10",
      "X-Shopify-Webhook-Id": `test-${shop}-${topic}`,
      "X-Shopify-Hmac-SHA256": createHmac("sha256", SECRET).update(body).digest("base64"),
    },
    body,
  });
  expect(answer.status).toBe(200);
}

/** Fail where the page has an accessibility fault that axe calls serious or critical. */
export async function expectAccessible(page: Page): Promise<void> {
  await page.addScriptTag({ path: AXE }).catch(() => page.evaluate(axeSource()));
  const faults = await page.evaluate(async () => {
    // biome-ignore lint/suspicious/noExplicitAny: axe puts itself onto the window
    const result = await (window as any).axe.run(document, { resultTypes: ["violations"] });
    return result.violations
      .filter((one: { impact: string }) => one.impact === "serious" || one.impact === "critical")
      .map(
        (one: { id: string; nodes: { html: string }[] }) =>
          `${one.id}: ${one.nodes.map((node) => node.html).join(" | ")}`,
      );
  });
  expect(faults).toEqual([]);
}

/** Keep a picture of the page where SCREENSHOTS names a folder. */
export async function shot(page: Page, name: string): Promise<void> {
  if (SHOTS !== undefined) {
    mkdirSync(SHOTS, { recursive: true });
    await page.screenshot({ path: `${SHOTS}/${name}.png` });
  }
}

function axeSource(): string {
  return createRequire(import.meta.url)("axe-core").source as string;
}
