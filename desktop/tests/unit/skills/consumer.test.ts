import { execFile } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { promisify } from "node:util";
import { beforeAll, expect, inject, test } from "vitest";

const run = promisify(execFile);
const PACKAGE = JSON.parse(readFileSync("package.json", "utf8"));

/** Run a program that imports the built package by its name, as one that has installed it. */
async function consume(program: string): Promise<unknown> {
  const { host, token } = inject("demo");
  const env = { ...process.env, PYTHON_API_SERVICE_BASE_URL: host, TOKEN: token };
  const { stdout, stderr } = await run(process.execPath, ["--input-type=module", "--eval", program], { env });
  expect(stderr).toBe("");
  return JSON.parse(stdout);
}

beforeAll(async () => {
  await run(process.execPath, ["node_modules/vite/bin/vite.js", "build", "--config", "vite.lib.config.ts"]);
}, 60_000);

test("what the package names is there, and packed", () => {
  const modules = Object.values<string | { default: string }>(PACKAGE.exports);
  for (const file of modules.map((one) => (typeof one === "string" ? one : one.default))) {
    expect(existsSync(file), file).toBe(true);
  }
  expect(PACKAGE.files).toEqual(["dist"]);
});

test("a program without React uses the skills", async () => {
  const answer = await consume(`
    import { configureSkills, orderCount, storeGet } from "@atom/shopify-desktop/skills";
    const refused = await orderCount();
    configureSkills({ baseUrl: process.env.PYTHON_API_SERVICE_BASE_URL, token: process.env.TOKEN });
    const { data } = await storeGet({});
    console.log(JSON.stringify([refused.error.status, data.myshopify_domain]));
  `);
  expect(answer).toEqual([401, expect.stringMatching(/^(demo|outlet)\.myshopify\.com$/)]);
  const built = ["dist/skills.js", "dist/register.js"].map((file) => readFileSync(file, "utf8")).join();
  expect(built).not.toMatch(/from "(react|@tanstack|wouter|recharts)/);
});

test("an index of skills registers those of the package", async () => {
  const names = await consume(`
    import { registerShopifySkills } from "@atom/shopify-desktop/register";
    const names = [];
    registerShopifySkills((entry) => names.push(entry.name), { only: ({ action }) => action.startsWith("tag_") });
    console.log(JSON.stringify(names));
  `);
  expect(names).toContain("shopify_tag_get");
});

test("a front end renders components on its server, and leaves the dashboard to the browser", async () => {
  const html = await consume(`
    import { createElement } from "react";
    import { renderToString } from "react-dom/server";
    import { Badge, ShopifyDesk } from "@atom/shopify-desktop";
    const page = renderToString(createElement(ShopifyDesk, { basePath: "/shop" }));
    console.log(JSON.stringify([renderToString(createElement(Badge, { tone: "good" }, "Paid")), page]));
  `);
  expect(html).toEqual([expect.stringContaining("Paid"), ""]);
});
