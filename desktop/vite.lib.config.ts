import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

/** The npm package: modules for bundlers and Node, which leave the dependencies to whoever installs it. */
export default defineConfig({
  plugins: [react()],
  publicDir: false,
  build: {
    outDir: "dist",
    emptyOutDir: true,
    target: "es2022",
    minify: false,
    lib: {
      entry: { index: "src/index.ts", skills: "src/skills/shopifySkills.ts", register: "src/skills/register.ts" },
      formats: ["es"],
      cssFileName: "style",
    },
    rolldownOptions: { external: (name) => /^[a-z@]/.test(name) && !name.startsWith("@/") },
  },
});
