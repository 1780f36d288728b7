import { type ChildProcess, execFile, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";

/** What `atom-shopify demo --json` says of the running demo. */
export interface Demo {
  host: string;
  sandbox: string;
  token: string;
  signin: string;
}

const PROGRAM = resolve(process.env.ATOM_SHOPIFY ?? "../.venv/bin/atom-shopify");
const START = 120_000;
const MANY = "10000 per minute";

/** Run the demo, small: a local Shopify, and a host that is connected to two of its stores. */
export async function startDemo(): Promise<{ demo: Demo; folder: string; stop: () => Promise<void> }> {
  const folder = mkdtempSync(join(tmpdir(), "atom-tests-"));
  const [host, sandbox] = [await freePort(), await freePort()];
  const ports = ["--host-port", String(host), "--sandbox-port", String(sandbox)];
  const child = spawn(PROGRAM, ["demo", "--json", "--size", "small", ...ports], {
    cwd: folder,
    stdio: ["ignore", "pipe", "inherit"],
    // Tests ask for more in a minute than a person does.
    env: { ...ownEnvironment(folder), ATOM_SHOPIFY_RATE_LIMIT: MANY, ATOM_HOST_RATE_LIMIT: MANY },
  });
  const stop = async () => {
    await ended(child);
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    return { demo: await started<Demo>(child), folder, stop };
  } catch (raised) {
    await stop();
    throw raised;
  }
}

/** Run a command in the folder of a demo, and return what it prints. */
export async function shell(folder: string, ...words: string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(PROGRAM, words, { cwd: folder, env: ownEnvironment(folder) });
  return stdout.trim();
}

/** The environment without settings of an installation of somebody's own. */
export function ownEnvironment(folder: string): Record<string, string> {
  const kept = Object.entries(process.env).filter(([name]) => !/^(ATOM|SHOPIFY)_/.test(name));
  return { ...(Object.fromEntries(kept) as Record<string, string>), HOME: folder, PYTHONUNBUFFERED: "1" };
}

/** Return the JSON that a program writes once it is ready. */
export function started<T>(child: ChildProcess): Promise<T> {
  return new Promise((done, fail) => {
    let text = "";
    const timer = setTimeout(() => fail(new Error(`A server did not start: ${text}`)), START);
    child.stdout?.on("data", (chunk: Buffer) => {
      text += chunk.toString();
      try {
        const facts = JSON.parse(text) as T;
        clearTimeout(timer);
        done(facts);
      } catch {
        // not all of it yet
      }
    });
    child.once("exit", (code) => {
      clearTimeout(timer);
      fail(new Error(`A server ended with ${code}: ${text}`));
    });
  });
}

/** End a program as a person does at its terminal. */
export function ended(child: ChildProcess): Promise<void> {
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

export function freePort(): Promise<number> {
  return new Promise((done, fail) => {
    const server = createServer();
    server.once("error", fail);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => done(typeof address === "object" && address !== null ? address.port : 0));
    });
  });
}
