import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { brotliCompress, gzip } from "node:zlib";
import react from "@vitejs/plugin-react";
import type { Plugin } from "vite";
import { defineConfig } from "vitest/config";

const HOST = process.env.ATOM_URL ?? "http://127.0.0.1:5058";

const ENCODINGS = { ".gz": promisify(gzip), ".br": promisify(brotliCompress) };

/** Write each text file of a build in the encodings that the host sends, beside it. */
function precompressed(): Plugin {
  return {
    name: "precompressed",
    apply: "build",
    async writeBundle({ dir = "" }, bundle) {
      for (const name of Object.keys(bundle).filter((file) => /\.(css|html|js|json|svg)$/.test(file))) {
        const content = await readFile(join(dir, name));
        if (content.length < 1024) continue;
        for (const [ending, encode] of Object.entries(ENCODINGS)) {
          await writeFile(join(dir, name + ending), await encode(content));
        }
      }
    },
  };
}

export default defineConfig({
  plugins: [react(), precompressed()],
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
          include: ["tests/unit/*.test.{ts,tsx}"],
          setupFiles: ["tests/unit/setup.ts"],
        },
      },
      {
        extends: true,
        test: {
          name: "skills",
          environment: "node",
          include: ["tests/unit/skills/*.test.ts"],
          globalSetup: ["tests/unit/skills/servers.ts"],
          hookTimeout: 60_000,
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
      {
        extends: true,
        test: {
          name: "measure",
          environment: "node",
          include: ["tests/measure/*.test.ts"],
          globalSetup: ["tests/browser/servers.ts"],
          fileParallelism: false,
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
