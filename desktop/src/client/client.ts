import { type HttpOptions, queryOf, type SkillResponse, send } from "./http";
import { OPERATIONS, type Operation } from "./operations";
import type { Data, Input, Item, OperationName, Previewed } from "./types";

export interface CallOptions {
  signal?: AbortSignal;
  /** Makes a write happen once, however often it is sent. Each write gets a new one by default. */
  idempotencyKey?: string;
  /** The yes to a destructive action, from its preview. */
  confirmationToken?: string;
}

const PREVIEW = { preview: "true" };

/** A typed client of the REST interface: one method call for each operation of the catalogue. */
export class Client {
  constructor(private readonly options: HttpOptions = {}) {}

  /** Run an operation. Reads are repeated after failures that pass; writes never are. */
  call<K extends OperationName>(name: K, input: Input<K>, options: CallOptions = {}): Promise<SkillResponse<Data<K>>> {
    return this.run<Data<K>>(name, input as Record<string, unknown>, options);
  }

  /** Ask what a write would do. Of a destructive one the answer holds the token that confirms it. */
  preview<K extends OperationName>(
    name: K,
    input: Input<K>,
    options: CallOptions = {},
  ): Promise<SkillResponse<Previewed>> {
    return this.run<Previewed>(name, input as Record<string, unknown>, options, PREVIEW);
  }

  /** Run an action whose name is known at run time only, such as an undo that the server offers. */
  callByName(name: string, input: Record<string, unknown>, options: CallOptions = {}): Promise<SkillResponse<unknown>> {
    if (!Object.hasOwn(OPERATIONS, name)) {
      throw new TypeError(`There is no operation ${name}.`);
    }
    return this.run<unknown>(name as OperationName, input, options);
  }

  /** Go through a list page by page. A failure ends it: the last value is then a response that is not ok. */
  async *pages<K extends OperationName>(
    name: K,
    input: Input<K>,
    options: CallOptions = {},
  ): AsyncGenerator<SkillResponse<Data<K>>> {
    let cursor: string | null | undefined;
    do {
      const answer: SkillResponse<Data<K>> = await this.run<Data<K>>(
        name,
        { ...(input as Record<string, unknown>), ...(cursor == null ? {} : { cursor }) },
        options,
      );
      yield answer;
      cursor = answer.ok && answer.page?.has_more ? answer.page.next : null;
    } while (cursor != null);
  }

  /** Go through the entries of a list, page by page; throw a `ClientError` where a page fails. */
  async *items<K extends OperationName>(name: K, input: Input<K>, options: CallOptions = {}): AsyncGenerator<Item<K>> {
    for await (const answer of this.pages(name, input, options)) {
      yield* (must(answer) as { items: Item<K>[] }).items;
    }
  }

  /** Return the address of a read, for a link or a download. */
  address<K extends OperationName>(name: K, input: Input<K>): string {
    const { path, rest } = fill(OPERATIONS[name], input as Record<string, unknown>);
    return `${this.options.baseUrl ?? ""}${path}${queryOf(rest)}`;
  }

  private run<T>(
    name: OperationName,
    input: Record<string, unknown>,
    options: CallOptions,
    beside: Record<string, string> = {},
  ): Promise<SkillResponse<T>> {
    const operation: Operation = OPERATIONS[name];
    const { path, rest } = fill(operation, input);
    const query: Record<string, unknown> = { ...beside };
    const body: Record<string, unknown> = {};
    for (const [member, value] of Object.entries(rest)) {
      const inAddress = operation.query === undefined || operation.query.includes(member);
      (inAddress ? query : body)[member] = value;
    }
    const headers: Record<string, string> = {};
    if (operation.keyed && beside.preview === undefined) {
      headers["Idempotency-Key"] = options.idempotencyKey ?? crypto.randomUUID();
    }
    if (options.confirmationToken !== undefined) {
      headers["X-Confirmation-Token"] = options.confirmationToken;
    }
    const safe = operation.effect === "read" || beside.preview !== undefined;
    const withBody = operation.method === "POST" || operation.method === "PUT" || Object.keys(body).length > 0;
    return send<T>(
      operation.method,
      path,
      { query, body: withBody ? body : undefined, headers, signal: options.signal, safe },
      this.options,
    );
  }
}

/** A failed response as something to throw. */
export class ClientError extends Error {
  constructor(readonly error: Extract<SkillResponse<never>, { ok: false }>["error"]) {
    super(error.message);
    this.name = "ClientError";
  }
}

/** Return the data of a response; throw a `ClientError` for one that is not ok. */
export function must<T>(response: SkillResponse<T>): T {
  if (response.ok) {
    return response.data;
  }
  throw new ClientError(response.error);
}

function fill(operation: Operation, input: Record<string, unknown>): { path: string; rest: Record<string, unknown> } {
  const rest = { ...input };
  const path = operation.path.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = rest[name];
    delete rest[name];
    if (value === undefined || value === null || value === "") {
      throw new TypeError(`${operation.path} needs ${name}.`);
    }
    // An id may be given as Shopify's global id; addresses take its number.
    return encodeURIComponent(String(value).replace(/^gid:\/\/shopify\/\w+\//, ""));
  });
  return { path, rest };
}
