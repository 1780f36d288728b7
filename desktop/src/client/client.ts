import { BadInput, pathOf } from "./address";
import { refused } from "./answers";
import { baseOf, checkOptions, type HttpOptions, queryOf, type Sent, type SkillResponse, send } from "./http";
import { OPERATIONS, type Operation } from "./operations";
import type { Data, Input, Item, OfStores, OperationName, Previewed } from "./types";

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
  private options: HttpOptions = {};

  constructor(options: HttpOptions = {}) {
    this.configure(options);
  }

  /** Use other options from now on. Throws a `TypeError` for options that no request can be sent with. */
  configure(options: HttpOptions): void {
    checkOptions(options);
    this.options = { ...options };
  }

  /** Run an operation. Reads are repeated after failures that pass; writes never are. */
  call<K extends OperationName>(name: K, input: Input<K>, options: CallOptions = {}): Promise<SkillResponse<Data<K>>> {
    return this.run<Data<K>>(name, input as Record<string, unknown>, options);
  }

  /** Run an operation in several stores, or in `all`: the answer holds the result of each, in the order asked. */
  async inStores<K extends OperationName>(
    name: K,
    input: Omit<Input<K>, "shop">,
    shops: readonly string[] | "all",
    options: CallOptions = {},
  ): Promise<SkillResponse<OfStores<K>>> {
    const shop = typeof shops === "string" ? shops : shops.join(",");
    const asked = { ...(input as Record<string, unknown>), shop };
    if (shop === "all" || shop.includes(",")) {
      return this.run<OfStores<K>>(name, asked, options);
    }
    const answer = await this.run<Data<K>>(name, asked, options);
    return answer.ok ? { ok: true, data: { stores: [{ shop, ...answer }] }, meta: answer.meta } : answer;
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
    return this.named(name, input, options);
  }

  /** Ask what a write would do whose name is known at run time only. */
  previewByName(
    name: string,
    input: Record<string, unknown>,
    options: CallOptions = {},
  ): Promise<SkillResponse<unknown>> {
    return this.named(name, input, options, PREVIEW);
  }

  /** Go through a list page by page. A failure ends it: the last value is then a response that is not ok. */
  async *pages<K extends OperationName>(
    name: K,
    input: Input<K>,
    options: CallOptions = {},
  ): AsyncGenerator<SkillResponse<Data<K>>> {
    let asked = { ...(input as Record<string, unknown>) };
    const seen = new Set<unknown>([asked.cursor]);
    for (;;) {
      const answer: SkillResponse<Data<K>> = await this.run<Data<K>>(name, asked, options);
      yield answer;
      const next = answer.ok && answer.page?.has_more ? answer.page.next : null;
      // A server that points back would be asked for ever.
      if (next === null || next === undefined || seen.has(next)) {
        return;
      }
      seen.add(next);
      asked = { ...asked, cursor: next };
    }
  }

  /** Go through the entries of a list, page by page; throw a `ClientError` where a page fails. */
  async *items<K extends OperationName>(name: K, input: Input<K>, options: CallOptions = {}): AsyncGenerator<Item<K>> {
    for await (const answer of this.pages(name, input, options)) {
      yield* (must(answer) as { items: Item<K>[] }).items;
    }
  }

  /** Return the address of a read, for a link or a download; throw for an input that an address can't hold. */
  address<K extends OperationName>(name: K, input: Input<K>): string {
    const { path, rest } = pathOf(OPERATIONS[name], input as Record<string, unknown>);
    return `${baseOf(this.options)}${path}${queryOf(rest)}`;
  }

  /** Send a request to an address that is no operation of the catalogue, with this client's options. */
  send<T>(method: string, path: string, sent: Sent): Promise<SkillResponse<T>> {
    return send<T>(method, path, sent, this.options);
  }

  private async named(
    name: string,
    input: Record<string, unknown>,
    options: CallOptions,
    beside?: Record<string, string>,
  ): Promise<SkillResponse<unknown>> {
    if (!Object.hasOwn(OPERATIONS, name)) {
      return { ok: false, error: refused("NOT_FOUND", `There is no operation ${name}.`) };
    }
    return this.run<unknown>(name as OperationName, input, options, beside);
  }

  private async run<T>(
    name: OperationName,
    input: Record<string, unknown>,
    options: CallOptions,
    beside: Record<string, string> = {},
  ): Promise<SkillResponse<T>> {
    const operation: Operation = OPERATIONS[name];
    let path: string;
    let sent: Sent;
    try {
      [path, sent] = requestOf(operation, input ?? {}, options, beside);
    } catch (raised) {
      if (raised instanceof BadInput) {
        return { ok: false, error: refused("VALIDATION_ERROR", raised.message, raised.pointer) };
      }
      throw raised;
    }
    const result = await this.send<T>(operation.method, path, sent);
    const key = sent.headers?.["Idempotency-Key"];
    return result.ok || key === undefined ? result : { ok: false, error: { ...result.error, idempotency_key: key } };
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

/** Return the path of a call, and what is sent there. */
function requestOf(
  operation: Operation,
  input: Record<string, unknown>,
  options: CallOptions,
  beside: Record<string, string>,
): [string, Sent] {
  const { path, rest } = pathOf(operation, input);
  const query: Record<string, unknown> = { ...beside };
  const body: Record<string, unknown> = {};
  const headers: Record<string, string> = {};
  for (const [member, value] of Object.entries(rest)) {
    const inAddress = operation.query === undefined || operation.query.includes(member);
    (inAddress ? query : body)[member] = value;
  }
  // What says yes to a write stays out of addresses, which are logged.
  const yes = options.confirmationToken ?? (operation.query === undefined ? undefined : query.confirm);
  if (operation.query !== undefined) {
    delete query.confirm;
  }
  if (yes !== undefined && yes !== null) {
    headers["X-Confirmation-Token"] = headerOf("confirmationToken", yes);
  }
  const previews = beside.preview !== undefined;
  if (operation.keyed && !previews) {
    headers["Idempotency-Key"] = headerOf("idempotencyKey", options.idempotencyKey ?? newKey());
  }
  const withBody = operation.method === "POST" || operation.method === "PUT";
  if (!withBody && Object.keys(body).length > 0) {
    const name = Object.keys(body)[0] ?? "";
    throw new BadInput(`/${name}`, `${name} is unknown.`);
  }
  const sent: Sent = {
    query: queryOf(query),
    body: withBody ? body : undefined,
    headers,
    signal: options.signal,
    safe: operation.effect === "read" || previews,
    media: operation.media,
  };
  return [path, sent];
}

function headerOf(name: string, value: unknown): string {
  // The server takes the same, and fetch would tell the whole value in what it throws.
  if (typeof value !== "string" || !/^[\x21-\x2b\x2d-\x7e]{1,255}$/.test(value)) {
    throw new BadInput(`/${name}`, `${name} must be 1 to 255 printable ASCII characters without blanks and commas.`);
  }
  return value;
}

/** Return a new key; browsers have `randomUUID` on secure pages only. */
export function newKey(): string {
  if (typeof crypto.randomUUID === "function") {
    return crypto.randomUUID();
  }
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
