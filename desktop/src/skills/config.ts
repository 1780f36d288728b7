import { Client } from "../client/client";
import type { HttpOptions } from "../client/http";

const DEFAULT = "http://localhost:5058";

let configured: Client | undefined;

/**
 * Say where the skills find the host, and how they sign in. Without it they ask `PYTHON_API_SERVICE_BASE_URL`, or else
 * http://localhost:5058, without a token.
 */
export function configureSkills(options: HttpOptions): void {
  configured = new Client(options);
}

/** Return the client that the skills use where a call names no other. */
export function skillsClient(): Client {
  configured ??= new Client({ baseUrl: fromEnvironment() });
  return configured;
}

function fromEnvironment(): string {
  // Browsers have no `process`; bundlers replace the whole expression where they know the variable.
  const found = typeof process === "undefined" ? undefined : process.env.PYTHON_API_SERVICE_BASE_URL;
  return found || DEFAULT;
}
