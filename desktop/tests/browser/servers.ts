import type { TestProject } from "vitest/node";
import { type Demo, startDemo } from "../demo";

/** The cookie of a session that the demo's sign-in link has begun. */
export interface Session {
  name: string;
  value: string;
}

declare module "vitest" {
  interface ProvidedContext {
    demo: Demo;
    /** The folder of the demo: commands that run there use its data. */
    folder: string;
    session: Session;
  }
}

/** Run the demo for all browser tests, and sign in to it. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const { demo, folder, stop } = await startDemo();
  project.provide("demo", demo);
  project.provide("folder", folder);
  project.provide("session", await signIn(demo));
  return stop;
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
