import { BadInput, pathOf, queryOf } from "../client/address";
import { refused, type SkillResponse } from "../client/answers";
import type { Client } from "../client/client";
import { skillsClient } from "./config";

export interface OlderOptions {
  signal?: AbortSignal;
  client?: Client;
}

interface Given {
  /** Members of the path. */
  path?: Record<string, unknown>;
  body?: Record<string, unknown>;
  /** Whether a POST changes nothing, so that it may be sent again. */
  reads?: boolean;
  /** Tells whether the data is what the caller reads. */
  holds: (data: unknown) => boolean;
}

/**
 * Call an address that ATOM's own front end calls, as that does: the person goes as `user_id` into the query of a GET
 * and the body of a POST.
 */
export async function older<T>(
  method: "GET" | "POST",
  path: string,
  userId: string,
  given: Given,
  { client = skillsClient(), signal }: OlderOptions = {},
): Promise<SkillResponse<T>> {
  if (typeof userId !== "string" || userId.trim() === "") {
    return { ok: false, error: refused("VALIDATION_ERROR", "user_id is missing.", "/user_id") };
  }
  const asks = method === "GET";
  let address: string;
  let query: string | undefined;
  try {
    address = pathOf({ method, path, effect: "read" }, given.path ?? {}).path;
    query = asks ? queryOf({ user_id: userId }) : undefined;
  } catch (raised) {
    if (raised instanceof BadInput) {
      return { ok: false, error: refused("VALIDATION_ERROR", raised.message, raised.pointer) };
    }
    throw raised;
  }
  const answer = await client.send<T>(method, address, {
    query,
    body: asks ? undefined : { user_id: userId, ...given.body },
    safe: asks || given.reads === true,
    signal,
  });
  if (answer.ok && !given.holds(answer.data)) {
    const message =
      "The host answers in another shape. These functions are for ATOM's own hosts; use the ones of the catalogue instead.";
    return { ok: false, error: refused("UNEXPECTED_ANSWER", message) };
  }
  return answer;
}

/** Tell whether a value is an object whose `name` is a list. */
export function lists(data: unknown, name: string): boolean {
  return has(data, name) && Array.isArray(data[name]);
}

/** Tell whether a value is an object that has `name`. */
export function has(data: unknown, name: string): data is Record<string, unknown> {
  return typeof data === "object" && data !== null && name in data;
}
