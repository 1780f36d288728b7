import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { TestProject } from "vitest/node";

/** What `atom-shopify demo --json` says of the running demo. */
export interface Demo {
  host: string;
  sandbox: string;
  token: string;
  signin: string;
}

/** The cookie of a session that the demo's sign-in link has begun. */
export interface Session {
  name: string;
  value: string;
}

declare module "vitest" {
  interface ProvidedContext {
    demo: Demo;
    session: Session;
  }
}

const PROGRAM = resolve(process.env.ATOM_SHOPIFY ?? "../.venv/bin/atom-shopify");
const START = 120_000;

/** Run the demo, small, for all browser tests: a local Shopify, and a host that is connected to two of its stores. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = mkdtempSync(join(tmpdir(), "atom-browser-"));
  const [host, sandbox] = [await freePort(), await freePort()];
  const child = spawn(
    PROGRAM,
    ["demo", "--json", "--size", "small", "--host-port", String(host), "--sandbox-port", String(sandbox)],
    { cwd: folder, stdio: ["ignore", "pipe", "inherit"], env: ownEnvironment(folder) },
  );
  const demo = await started(child);
  project.provide("demo", demo);
  project.provide("session", await signIn(demo));
  return async () => {
    await ended(child);
    rmSync(folder, { recursive: true, force: true });
  };
}

/** The environment without settings of an installation of somebody's own. */
function ownEnvironment(folder: string): Record<string, string> {
  const kept = Object.entries(process.env).filter(([name]) => !/^(ATOM|SHOPIFY)_/.test(name));
  return { ...(Object.fromEntries(kept) as Record<string, string>), HOME: folder, PYTHONUNBUFFERED: "1" };
}

/** Use up the sign-in link, as a browser that opens it. */
async function signIn(demo: Demo): Promise<Session> {
  const answer = await fetch(demo.signin, { redirect: "manual" });
  const [name, value] = (answer.headers.getSetCookie()[0] ?? "").split(";")[0]?.split("=") ?? [];
  if (name === undefined || value === undefined) {
    throw new Error(`The sign-in link answered ${answer.status} without a cookie.`);
  }
  return { name, value };
}

function started(child: ChildProcess): Promise<Demo> {
  return new Promise((done, fail) => {
    let text = "";
    const timer = setTimeout(() => fail(new Error(`The demo did not start: ${text}`)), START);
    child.stdout?.on("data", (chunk: Buffer) => {
      text += chunk.toString();
      try {
        const facts = JSON.parse(text) as Demo;
        clearTimeout(timer);
        done(facts);
      } catch {
        // not all of it yet
      }
    });
    child.once("exit", (code) => {
      clearTimeout(timer);
      fail(new Error(`The demo ended with ${code}: ${text}`));
    });
  });
}

function ended(child: ChildProcess): Promise<void> {
  return new Promise((done) => {
    if (child.exitCode !== null) {
      done();
      return;
    }
    child.once("exit", () => done());
    child.kill("SIGINT");
    setTimeout(() => child.kill("SIGKILL"), 15_000).unref();
  });
}

function freePort(): Promise<number> {
  return new Promise((done, fail) => {
    const server = createServer();
    server.once("error", fail);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => done(typeof address === "object" && address !== null ? address.port : 0));
    });
  });
}
