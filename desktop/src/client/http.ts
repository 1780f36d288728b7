import { type Answer, noAnswer, refused, resultOf, retryAfter, type SkillError, type SkillResponse } from "./answers";

export { queryOf } from "./address";
export type { Meta, PageInfo, SkillError, SkillResponse } from "./answers";

export interface HttpOptions {
  /** Where the host answers, with or without a slash at the end; empty for the page's own origin. */
  baseUrl?: string;
  /**
   * A bearer token, or what returns the one of the moment. It goes into a header only. Browsers on the host's own pages
   * send their session instead.
   */
  token?: string | (() => string | Promise<string>);
  fetch?: typeof fetch;
  /** Pauses before the second, third … try of a read, in milliseconds. */
  pauses?: readonly number[];
  /** Milliseconds that a try may take with its whole answer; 60 seconds by default. */
  timeout?: number;
}

export interface Sent {
  /** The query with its `?`, or empty. */
  query?: string;
  body?: unknown;
  headers?: Record<string, string>;
  signal?: AbortSignal;
  /** Whether the call changes nothing, so that it may be sent again after a failure. */
  safe: boolean;
  /** Media types whose text is the data itself. */
  media?: readonly string[];
}

const PAUSES = [300, 1_200];
const TIMEOUT = 60_000;
// Who is asked to wait longer tells the person so.
const LONGEST_PAUSE = 20;
const TOKEN = /^[\x21-\x7e]+$/;

/** Send one request; every outcome, even none at all, becomes a `SkillResponse`. Aborting rejects with the signal's reason. */
export async function send<T>(
  method: string,
  path: string,
  sent: Sent,
  options: HttpOptions,
): Promise<SkillResponse<T>> {
  let body: string | undefined;
  try {
    body = sent.body === undefined ? undefined : JSON.stringify(sent.body);
  } catch {
    return failed(refused("VALIDATION_ERROR", "The input can't be written as JSON."));
  }
  const pauses = sent.safe ? (options.pauses ?? PAUSES) : [];
  for (let attempt = 0; ; attempt += 1) {
    const token = await tokenOf(options, sent.signal);
    if (token instanceof Error) {
      return failed(refused("NO_TOKEN", "The token to sign in with can't be used, or could not be had."));
    }
    const answer = await once(method, path, sent, body, token, options);
    const result = answer === null ? failed<T>(noAnswer(sent.safe)) : resultOf<T>(answer, sent.safe, sent.media);
    const pause = pauses[attempt];
    if (result.ok || !result.error.retryable || pause === undefined) {
      return result;
    }
    const wanted = answer === null ? 0 : (retryAfter(answer.headers) ?? 0);
    if (wanted > LONGEST_PAUSE) {
      return result;
    }
    // Clients that failed together don't come back together.
    await sleep(Math.max(wanted * 1000, pause * (0.75 + Math.random() / 2)), sent.signal);
  }
}

/** Return the answer, null where none came. */
async function once(
  method: string,
  path: string,
  sent: Sent,
  body: string | undefined,
  token: string | undefined,
  options: HttpOptions,
): Promise<Answer | null> {
  const headers: Record<string, string> = { Accept: accepted(sent.media), ...sent.headers };
  if (token !== undefined) {
    headers.Authorization = `Bearer ${token}`;
  }
  if (body !== undefined) {
    headers["Content-Type"] = "application/json";
  }
  const { signal } = sent;
  signal?.throwIfAborted();
  const ending = new AbortController();
  const end = () => ending.abort();
  const timer = setTimeout(end, options.timeout ?? TIMEOUT);
  signal?.addEventListener("abort", end, { once: true });
  try {
    const response = await (options.fetch ?? fetch)(`${baseOf(options)}${path}${sent.query ?? ""}`, {
      method,
      headers,
      credentials: token === undefined ? "same-origin" : "omit",
      redirect: "error",
      body,
      signal: ending.signal,
    });
    return { status: response.status, headers: response.headers, text: await response.text() };
  } catch {
    // What fetch says of a failure may hold the address and headers.
    signal?.throwIfAborted();
    return null;
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", end);
  }
}

/** Return the base address without a slash at its end. */
export function baseOf({ baseUrl = "" }: HttpOptions): string {
  return baseUrl.replace(/\/+$/, "");
}

/** Throw a `TypeError` for options that no request can be sent with; it never holds the token. */
export function checkOptions({ baseUrl = "", token }: HttpOptions): void {
  const wrong = "baseUrl must be an http or https address, without a user, a query and a fragment, or a path.";
  if (/[?#]/.test(baseUrl)) {
    throw new TypeError(wrong);
  }
  if (baseUrl !== "" && !/^\/(?!\/)/.test(baseUrl)) {
    const url = URL.canParse(baseUrl) ? new URL(baseUrl) : null;
    if (url === null || !/^https?:$/.test(url.protocol) || url.username !== "" || url.password !== "") {
      throw new TypeError(wrong);
    }
  }
  if (typeof token === "string" && !TOKEN.test(token)) {
    throw new TypeError("token must be printable ASCII characters without blanks.");
  }
}

async function tokenOf({ token }: HttpOptions, signal?: AbortSignal): Promise<string | undefined | Error> {
  if (typeof token !== "function") {
    return token;
  }
  try {
    const found = await token();
    return TOKEN.test(found) ? found : new Error("not a token");
  } catch {
    signal?.throwIfAborted();
    return new Error("no token");
  }
}

function accepted(media: readonly string[] = []): string {
  return ["application/json", ...media.map((one) => `${one};q=0.9`)].join(", ");
}

function failed<T>(error: SkillError): SkillResponse<T> {
  return { ok: false, error };
}

function sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", stop);
      resolve();
    }, milliseconds);
    if (signal?.aborted) {
      stop();
    } else {
      signal?.addEventListener("abort", stop, { once: true });
    }
  });
}
