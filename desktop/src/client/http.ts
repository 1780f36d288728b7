/** What a failed call says. `retryable` is true only where the same call may be sent again without harm. */
export interface SkillError {
  code: string;
  message: string;
  details: Record<string, unknown>;
  request_id: string;
  retryable: boolean;
  /** The HTTP status, 0 where no answer came. */
  status: number;
}

export interface PageInfo {
  next: string | null;
  has_more: boolean;
}

export interface Meta {
  request_id: string;
  shop?: string;
  verified?: boolean | null;
  audit_id?: string;
  operation_id?: string;
  undo?: { action: string; input: Record<string, unknown> };
  limits?: { code: string; message: string; remedy: string }[];
}

export type SkillResponse<T> =
  | { ok: true; data: T; page?: PageInfo | null; meta?: Meta }
  | { ok: false; error: SkillError };

export interface HttpOptions {
  /** Where the host answers; empty for the page's own origin. */
  baseUrl?: string;
  /** A bearer token. It goes into a header only. Browsers on the host's own pages send their session instead. */
  token?: string;
  fetch?: typeof fetch;
  /** Pauses before the second, third … try of a read, in milliseconds. */
  pauses?: readonly number[];
}

export interface Sent {
  query?: Record<string, unknown>;
  body?: unknown;
  headers?: Record<string, string>;
  signal?: AbortSignal;
  /** Whether the call changes nothing, so that it may be sent again after a failure. */
  safe: boolean;
}

const LONGEST_PAUSE = 20_000;

/** Send one request; every outcome, even none at all, becomes a `SkillResponse`. Aborting rejects with the signal's reason. */
export async function send<T>(
  method: string,
  path: string,
  sent: Sent,
  options: HttpOptions,
): Promise<SkillResponse<T>> {
  const pauses = sent.safe ? (options.pauses ?? [300, 1_200]) : [];
  for (let attempt = 0; ; attempt += 1) {
    const answer = await once<T>(method, path, sent, options);
    const pause = pauses[attempt];
    if (answer.result.ok || !answer.result.error.retryable || pause === undefined) {
      return answer.result;
    }
    await sleep(Math.min(answer.retryAfter ?? pause * (0.75 + Math.random() / 2), LONGEST_PAUSE), sent.signal);
  }
}

interface Answered<T> {
  result: SkillResponse<T>;
  retryAfter?: number;
}

async function once<T>(method: string, path: string, sent: Sent, options: HttpOptions): Promise<Answered<T>> {
  const headers: Record<string, string> = { Accept: "application/json", ...sent.headers };
  if (options.token !== undefined) {
    headers.Authorization = `Bearer ${options.token}`;
  }
  if (sent.body !== undefined) {
    headers["Content-Type"] = "application/json";
  }
  let response: Response;
  let text: string;
  try {
    response = await (options.fetch ?? fetch)(`${options.baseUrl ?? ""}${path}${queryOf(sent.query)}`, {
      method,
      headers,
      credentials: options.token === undefined ? "same-origin" : "omit",
      redirect: "error",
      body: sent.body === undefined ? undefined : JSON.stringify(sent.body),
      signal: sent.signal,
    });
    text = await response.text();
  } catch (raised) {
    if (sent.signal?.aborted) {
      throw raised;
    }
    return { result: { ok: false, error: noAnswer(sent.safe) } };
  }
  return { result: resultOf<T>(text, response, sent.safe), retryAfter: seconds(response.headers.get("Retry-After")) };
}

function resultOf<T>(text: string, response: Response, safe: boolean): SkillResponse<T> {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    body = null;
  }
  const members = isObject(body) ? body : {};
  if (response.ok && members.ok === true) {
    return members as unknown as SkillResponse<T>;
  }
  // Health has a shape of its own, which monitoring tools read.
  if (response.ok && members.ok === undefined && isObject(body)) {
    return { ok: true, data: body as T };
  }
  if (isObject(members.error) && typeof members.error.code === "string") {
    const told = members.error;
    return {
      ok: false,
      error: {
        code: String(told.code),
        message: String(told.message ?? ""),
        details: isObject(told.details) ? told.details : {},
        request_id: String(told.request_id ?? ""),
        retryable: told.retryable === true,
        status: response.status,
      },
    };
  }
  if (response.status === 207) {
    return { ok: true, data: members.data as T };
  }
  return {
    ok: false,
    error: {
      code: `HTTP_${response.status}`,
      message: `The server answered ${response.status} in a way that can't be understood.`,
      details: {},
      request_id: response.headers.get("X-Request-Id") ?? "",
      retryable: safe && response.status >= 500,
      status: response.status,
    },
  };
}

function noAnswer(safe: boolean): SkillError {
  return {
    code: safe ? "NO_ANSWER" : "OUTCOME_UNKNOWN",
    message: safe
      ? "The server did not answer. Check your connection."
      : "The connection was lost before the answer came. The change may have been made: look before you try again.",
    details: {},
    request_id: "",
    retryable: safe,
    status: 0,
  };
}

/** Return `?a=1&b=2` for the members that are set; lists are joined by commas. */
export function queryOf(query: Record<string, unknown> = {}): string {
  const found = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== null && value !== "") {
      found.append(name, Array.isArray(value) ? value.join(",") : String(value));
    }
  }
  const text = found.toString();
  return text === "" ? "" : `?${text}`;
}

function seconds(text: string | null): number | undefined {
  const found = Number(text ?? Number.NaN);
  return Number.isFinite(found) ? found * 1000 : undefined;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(done, milliseconds);
    function done() {
      signal?.removeEventListener("abort", stop);
      resolve();
    }
    function stop() {
      clearTimeout(timer);
      reject(signal?.reason);
    }
    if (signal?.aborted) {
      stop();
    }
    signal?.addEventListener("abort", stop, { once: true });
  });
}
