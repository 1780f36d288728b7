import { spawn } from "node:child_process";
import { join, resolve } from "node:path";
import type { TestProject } from "vitest/node";
import { type Demo, ended, ownEnvironment, startDemo, started } from "../../demo";

declare module "vitest" {
  interface ProvidedContext {
    demo: Demo;
    /** Where the plugin answers inside ATOM's Flask host, for the stores of the demo. */
    flask: string;
  }
}

const PYTHON = resolve(process.env.PYTHON ?? "../.venv/bin/python");

/** Run the demo, and beside it a Flask host with the plugin, for all tests of the skills. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const { demo, folder, stop } = await startDemo();
  const child = spawn(PYTHON, [resolve("tests/flask_host.py"), join(folder, ".atom-demo/demo.env")], {
    cwd: folder,
    stdio: ["ignore", "pipe", "inherit"],
    env: ownEnvironment(folder),
  });
  const end = async () => {
    await ended(child);
    await stop();
  };
  try {
    project.provide("demo", demo);
    project.provide("flask", (await started<{ flask: string }>(child)).flask);
  } catch (raised) {
    await end();
    throw raised;
  }
  return end;
}
