import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

const HOST = process.env.ATOM_URL ?? "http://127.0.0.1:5058";

export default defineConfig({
  plugins: [react()],
  build: {
    outDir: "../atom_shopify_plugin/dashboard",
    emptyOutDir: true,
    target: "es2022",
    // The content security policy allows no data: addresses for scripts and styles.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: {
    // The host takes changes from its own pages only; while developing, this server's pages stand for them.
    proxy: Object.fromEntries(
      ["/api", "/signin", "/signout"].map((path) => [path, { target: HOST, headers: { origin: HOST } }]),
    ),
  },
  test: {
    projects: [
      {
        extends: true,
        test: {
          name: "unit",
          environment: "jsdom",
          include: ["tests/unit/**/*.test.{ts,tsx}"],
          setupFiles: ["tests/unit/setup.ts"],
        },
      },
      {
        extends: true,
        test: {
          name: "browser",
          environment: "node",
          include: ["tests/browser/**/*.test.ts"],
          globalSetup: ["tests/browser/servers.ts"],
          fileParallelism: false,
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
