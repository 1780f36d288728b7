/** What a failed call says. `retryable` is true only where the same call may be sent again without harm. */
export interface SkillError {
  code: string;
  message: string;
  details: Record<string, unknown>;
  request_id: string;
  retryable: boolean;
  /** The HTTP status, 0 where no answer came or nothing was sent. */
  status: number;
  /** Seconds that the server asks to wait before the call is sent again. */
  retry_after?: number;
  /** The key that a write was sent with. Sent again with it, the write still happens once. */
  idempotency_key?: string;
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
  | { ok: true; data: T; error?: undefined; page?: PageInfo | null; meta?: Meta }
  | { ok: false; error: SkillError; data?: undefined };

/** The status and headers of an answer, and its text. */
export interface Answer {
  status: number;
  headers: Headers;
  text: string;
}

/**
 * Return what an answer says. `safe` tells that the call changes nothing; `media` lists the media types whose text is
 * the data itself.
 */
export function resultOf<T>(answer: Answer, safe: boolean, media: readonly string[] = []): SkillResponse<T> {
  const { status, headers, text } = answer;
  const good = status >= 200 && status < 300;
  if (good && media.includes(mediaType(headers))) {
    return { ok: true, data: text as T };
  }
  if (good && (status === 204 || status === 205)) {
    return { ok: true, data: null as T };
  }
  const body = parsed(text);
  if (isObject(body)) {
    if (good && body.ok === true && "data" in body) {
      return body as unknown as SkillResponse<T>;
    }
    // Health, and the registry of services, have shapes of their own, which monitoring tools read.
    if (good && body.ok === undefined) {
      return { ok: true, data: body as T };
    }
    const told = errorOf(body, answer);
    if (told !== null) {
      return { ok: false, error: told };
    }
  }
  return { ok: false, error: notUnderstood(answer, safe) };
}

/** An error of ours about a call that was not sent. */
export function refused(code: string, message: string, pointer?: string): SkillError {
  const details = pointer === undefined ? {} : { faults: [{ pointer, message, code: "invalid" }] };
  return { code, message, details, request_id: "", retryable: false, status: 0 };
}

/** The error of a call that got no answer: a lost connection, a cut answer, or nothing within the time limit. */
export function noAnswer(safe: boolean): SkillError {
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

/** Return the seconds that `Retry-After` holds, as a number or a moment. */
export function retryAfter(headers: Headers, now = Date.now()): number | undefined {
  const text = headers.get("Retry-After")?.trim() ?? "";
  if (/^\d{1,9}$/.test(text)) {
    return Number(text);
  }
  // A date has letters; what else there is (a sign, a fraction) is not what HTTP allows.
  const moment = /[a-z]/i.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(moment) ? undefined : Math.max(0, Math.ceil((moment - now) / 1000));
}

function errorOf(body: Record<string, unknown>, answer: Answer): SkillError | null {
  const { error } = body;
  // Two addresses for ATOM's own pages, and other hosts' errors, tell the error as text.
  const words = typeof error === "string" ? error : typeof body.detail === "string" ? body.detail : null;
  const told = isObject(error) ? error : {};
  const known = typeof told.code === "string";
  if (!known && words === null) {
    return null;
  }
  const wait = retryAfter(answer.headers);
  return {
    code: known ? String(told.code) : `HTTP_${answer.status}`,
    message: words ?? String(told.message ?? ""),
    // What a failure tells beside the error: what came of each of several stores, or the reply of a chat command.
    details: { ...(isObject(told.details) ? told.details : {}), ...(isObject(body.data) ? body.data : {}) },
    request_id: String(told.request_id ?? answer.headers.get("X-Request-Id") ?? ""),
    retryable: told.retryable === true,
    status: answer.status,
    ...(wait === undefined ? {} : { retry_after: wait }),
  };
}

function notUnderstood({ status, headers }: Answer, safe: boolean): SkillError {
  // A gateway that gives up, or an answer that arrives mangled, does not say whether the server has done the write.
  const unknown = !safe && (status < 300 || status >= 500);
  return {
    code: unknown ? "OUTCOME_UNKNOWN" : `HTTP_${status}`,
    message: unknown
      ? `The answer (${status}) can't be understood. The change may have been made: look before you try again.`
      : `The server answered ${status} in a way that can't be understood.`,
    details: {},
    request_id: headers.get("X-Request-Id") ?? "",
    retryable: safe && (status === 429 || status >= 500),
    status,
    ...(retryAfter(headers) === undefined ? {} : { retry_after: retryAfter(headers) }),
  };
}

function mediaType(headers: Headers): string {
  return (headers.get("Content-Type") ?? "").split(";")[0]?.trim().toLowerCase() ?? "";
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
