// @vitest-environment node
import { describe, expect, test, vi } from "vitest";
import { Client } from "../../src/client/client";
import type { HttpOptions, SkillResponse } from "../../src/client/http";
import { cut, error, json, lost, type Reply, scriptedServer, silent, text } from "./scripted";

const TOKEN = "secret-token";
const { url, got, replies } = scriptedServer();
const PAGE = json({ ok: true, data: { items: [] }, page: null });

function client(options: HttpOptions = {}): Client {
  return new Client({ baseUrl: url(), token: TOKEN, pauses: [5, 5], timeout: 400, ...options });
}

function read(options?: HttpOptions): Promise<SkillResponse<unknown>> {
  return client(options).call("order_search", { limit: 3 });
}

function write(options?: HttpOptions): Promise<SkillResponse<unknown>> {
  return client(options).call("product_create", { title: "Mug" });
}

describe("a read", () => {
  test.each<[string, Reply]>([
    ["a lost connection", lost],
    ["a cut answer", cut],
    ["no answer in time", silent],
    ["a busy server", error(503, "BUSY", true)],
    ["too many requests", error(429, "RATE_LIMITED", true)],
    ["the page of a gateway", text("<h1>Bad Gateway</h1>", 502)],
  ])("is sent again after %s", async (_, fault) => {
    replies.push(fault, fault, PAGE);
    expect(await read()).toMatchObject({ ok: true, data: { items: [] } });
    expect(got.map((one) => `${one.method} ${one.url}`)).toEqual(Array(3).fill("GET /api/shopify/orders?limit=3"));
  });

  test.each<[string, Reply, string]>([
    ["a lost connection", lost, "NO_ANSWER"],
    ["a busy server", error(503, "BUSY", true), "BUSY"],
    ["the page of a gateway", text("<h1>Bad Gateway</h1>", 502), "HTTP_502"],
  ])("is given up after three tries: %s", async (_, fault, code) => {
    replies.push(fault);
    const answer = await read();
    expect(answer).toMatchObject({ ok: false, error: { code, retryable: true } });
    expect(got).toHaveLength(3);
  });

  test.each<[string, Reply, string]>([
    ["what is wrong", error(400, "VALIDATION_ERROR", false), "VALIDATION_ERROR"],
    ["what is not JSON", text("<h1>Welcome to the hotel</h1>"), "HTTP_200"],
    ["broken JSON", text('{"ok": true, "data": ', 200, "application/json"), "HTTP_200"],
    ["JSON without data", json({ ok: true }), "HTTP_200"],
    ["a list in place of an answer", json([1, 2]), "HTTP_200"],
    ["null", json(null), "HTTP_200"],
    ["an empty text", text("", 200, "application/json"), "HTTP_200"],
    ["a page that there is not", text("Not Found", 404), "HTTP_404"],
  ])("is not sent again after %s", async (_, fault, code) => {
    replies.push(fault);
    expect(await read()).toMatchObject({ ok: false, error: { code, retryable: false } });
    expect(got).toHaveLength(1);
  });

  test("waits as long as the server asks", async () => {
    replies.push(error(429, "RATE_LIMITED", true, { "Retry-After": "1" }), PAGE);
    expect((await read()).ok).toBe(true);
    const [first, second] = got.map((one) => one.at);
    expect((second ?? 0) - (first ?? 0)).toBeGreaterThanOrEqual(990);
  });

  test.each([
    ["seconds", "3600"],
    ["a moment", new Date(Date.now() + 3_600_000).toUTCString()],
  ])("is given up at once where the server asks for an hour, in %s", async (_, wanted) => {
    replies.push(error(429, "RATE_LIMITED", true, { "Retry-After": wanted }), PAGE);
    const answer = await read();
    expect(answer).toMatchObject({ ok: false, error: { code: "RATE_LIMITED", retryable: true, request_id: "req-1" } });
    expect(answer.ok ? 0 : answer.error.retry_after).toBeGreaterThan(3_590);
    expect(got).toHaveLength(1);
  });

  test.each(["", "soon", "-5", "1e9", "0.5", "0x10"])("a Retry-After of %j is not understood", async (wanted) => {
    replies.push(error(429, "RATE_LIMITED", true, { "Retry-After": wanted }), PAGE);
    expect((await read()).ok).toBe(true);
    expect(got).toHaveLength(2);
  });

  test("a redirect is not followed, for the token would go along", async () => {
    replies.push((response) => {
      response.writeHead(302, { Location: `${url()}/elsewhere` });
      response.end();
    });
    expect(await read({ pauses: [] })).toMatchObject({ ok: false, error: { code: "NO_ANSWER" } });
    expect(got.map((one) => one.url)).toEqual(["/api/shopify/orders?limit=3"]);
  });
});

describe("a write", () => {
  test.each<[string, Reply, string]>([
    ["a lost connection", lost, "OUTCOME_UNKNOWN"],
    ["a cut answer", cut, "OUTCOME_UNKNOWN"],
    ["no answer in time", silent, "OUTCOME_UNKNOWN"],
    ["an answer that can't be read", text("{", 200, "application/json"), "OUTCOME_UNKNOWN"],
    ["the page of a gateway", text("<h1>Gateway Timeout</h1>", 504), "OUTCOME_UNKNOWN"],
    ["a busy server", error(503, "BUSY", true), "BUSY"],
    ["a refusal", text("Forbidden", 403), "HTTP_403"],
  ])("is sent once: %s", async (_, fault, code) => {
    replies.push(fault);
    const answer = await write();
    expect(got).toHaveLength(1);
    const key = got[0]?.headers["idempotency-key"];
    expect(key).toMatch(/^[0-9a-f-]{32,36}$/);
    expect(answer).toMatchObject({ ok: false, error: { code, idempotency_key: key } });
  });

  test("is repeated by the caller with the same key", async () => {
    replies.push(lost, json({ ok: true, data: { id: "gid://shopify/Product/1" } }, 201));
    const first = await write();
    const key = first.ok ? "" : first.error.idempotency_key;
    const second = await client().call("product_create", { title: "Mug" }, { idempotencyKey: key });
    expect(second.ok).toBe(true);
    expect(new Set(got.map((one) => one.headers["idempotency-key"]))).toEqual(new Set([key]));
  });

  test("two writes have two keys", async () => {
    replies.push(json({ ok: true, data: {} }, 201));
    await write();
    await write();
    expect(new Set(got.map((one) => one.headers["idempotency-key"])).size).toBe(2);
  });

  test("a preview is a read: it is repeated, and has no key", async () => {
    replies.push(lost, json({ ok: true, data: { preview: {} } }));
    expect((await client().preview("product_create", { title: "Mug" })).ok).toBe(true);
    expect(got.map((one) => one.url)).toEqual(Array(2).fill("/api/shopify/products?preview=true"));
    expect(got[1]?.headers["idempotency-key"]).toBeUndefined();
  });

  test("a confirmation goes into a header, wherever it is given", async () => {
    replies.push(json({ ok: true, data: {} }));
    await client().callByName("order_cancel", { id: 1, confirm: "yes-1" });
    expect(got[0]?.url).not.toContain("yes-1");
    expect(got[0]?.headers["x-confirmation-token"]).toBe("yes-1");
  });

  test("works where the browser has no randomUUID, as on plain http pages", async () => {
    replies.push(json({ ok: true, data: {} }, 201));
    const spy = vi.spyOn(globalThis, "crypto", "get").mockReturnValue({
      getRandomValues: (bytes: Uint8Array) => bytes.fill(7),
    } as unknown as Crypto);
    await write().finally(() => spy.mockRestore());
    expect(got[0]?.headers["idempotency-key"]).toBe("07".repeat(16));
  });
});

describe("an abort", () => {
  test.each<[string, Reply]>([
    ["before the answer", silent],
    ["in the middle of the answer", (response) => response.write("{")],
    ["between two tries", error(429, "RATE_LIMITED", true, { "Retry-After": "10" })],
  ])("rejects with its reason %s, and nothing is sent again", async (_, fault) => {
    replies.push(fault);
    const leaving = new AbortController();
    const reason = new Error("left the page");
    setTimeout(() => leaving.abort(reason), 60);
    const answer = client({ timeout: 5_000 }).call("order_search", {}, { signal: leaving.signal });
    await expect(answer).rejects.toBe(reason);
    expect(got).toHaveLength(1);
  });

  test("before the call sends nothing", async () => {
    const signal = AbortSignal.abort();
    await expect(client().call("order_search", {}, { signal })).rejects.toBe(signal.reason);
    expect(got).toHaveLength(0);
  });
});

describe("what can't be sent", () => {
  test.each<[string, Record<string, unknown>]>([
    ["order_get", {}],
    ["order_get", { id: "" }],
    ["order_get", { id: ".." }],
    ["order_get", { id: "." }],
    ["order_get", { id: { of: 1 } }],
    ["order_get", { id: "\ud800" }],
    ["order_search", { tag: { a: "1", b: "2" } }],
    ["order_search", { fields: [] }],
    ["order_search", { limit: Number.NaN }],
  ])("%s of %j is an error, and nothing leaves", async (name, input) => {
    const answer = await client().callByName(name, input);
    expect(answer).toMatchObject({ ok: false, error: { code: "VALIDATION_ERROR", status: 0, retryable: false } });
    expect(got).toHaveLength(0);
  });

  test("a body that is no JSON is an error, and no doubt about a write", async () => {
    const answer = await client().callByName("product_create", { title: 10n });
    expect(answer).toMatchObject({ ok: false, error: { code: "VALIDATION_ERROR" } });
    expect(got).toHaveLength(0);
  });

  test("an unknown operation is an error", async () => {
    expect(await client().callByName("toString", {})).toMatchObject({ ok: false, error: { code: "NOT_FOUND" } });
  });

  test.each(["a b", "a\nb", "", "é"])("an idempotency key %j is an error", async (idempotencyKey) => {
    const answer = await client().call("product_create", { title: "Mug" }, { idempotencyKey });
    expect(answer).toMatchObject({ ok: false, error: { code: "VALIDATION_ERROR" } });
    expect(got).toHaveLength(0);
  });

  test.each([
    { baseUrl: "ftp://atom.test" },
    { baseUrl: "http://ada:pass@atom.test" },
    { baseUrl: "http://atom.test/?token=x" },
    { baseUrl: "//evil.test" },
    { baseUrl: "atom.test" },
    { token: "se\ncret" },
    { token: "" },
  ])("a client with %j can't be made, and does not tell why with a secret", (options) => {
    expect(() => new Client(options)).toThrow(TypeError);
    expect(() => new Client(options)).not.toThrow(/pass|cret|=x/);
  });

  test("a token that can't be had is an error of its own", async () => {
    const failing = [() => Promise.reject(new Error(TOKEN)), () => "two\nlines", () => Promise.resolve("")];
    for (const token of failing) {
      const answer = await read({ token });
      expect(answer).toMatchObject({ ok: false, error: { code: "NO_TOKEN", retryable: false } });
      expect(JSON.stringify(answer)).not.toContain(TOKEN);
    }
    expect(got).toHaveLength(0);
  });
});

describe("addresses", () => {
  test.each(["", "/", "///"])("a base address may end in %j", async (end) => {
    replies.push(PAGE);
    expect((await new Client({ baseUrl: url() + end }).call("order_search", {})).ok).toBe(true);
    expect(got[0]?.url).toBe("/api/shopify/orders");
  });

  test("an id of the right kind becomes its number; one of another kind stays whole, for the server to refuse", async () => {
    replies.push(PAGE);
    await client().call("order_get", { id: "gid://shopify/Order/12" });
    await client().call("order_get", { id: "gid://shopify/Product/12" });
    await client().call("order_get", { id: "#1001" });
    expect(got.map((one) => one.url)).toEqual([
      "/api/shopify/orders/12",
      "/api/shopify/orders/gid%3A%2F%2Fshopify%2FProduct%2F12",
      "/api/shopify/orders/%231001",
    ]);
  });

  test("filters that are not set are left out; an empty store is not, for another one would be meant", async () => {
    replies.push(PAGE);
    await client().callByName("order_search", { shop: "", query: "", tag: null, status: undefined, limit: 0 });
    expect(got[0]?.url).toBe("/api/shopify/orders?shop=&limit=0");
  });

  test("the token is in a header only, fresh for each try, and in no error", async () => {
    replies.push(error(503, "BUSY", true));
    let asked = 0;
    const token = async () => `${TOKEN}-${++asked}`;
    const answer = await read({ token });
    expect(got.map((one) => one.headers.authorization)).toEqual([1, 2, 3].map((at) => `Bearer ${TOKEN}-${at}`));
    expect(got.every((one) => !one.url.includes(TOKEN))).toBe(true);
    expect(JSON.stringify(answer)).not.toContain(TOKEN);
  });
});

describe("answers", () => {
  test("nothing but the status is data that is null", async () => {
    replies.push((response) => response.writeHead(204).end());
    expect(await client().callByName("store_default", { shop: "demo" })).toEqual({ ok: true, data: null });
  });

  test("text is the data where the operation answers text, and nowhere else", async () => {
    replies.push(text('{"id":1}\n{"id":2}\n', 200, "application/jsonl"));
    expect(await client().call("bulk_result", { id: "1" })).toEqual({ ok: true, data: '{"id":1}\n{"id":2}\n' });
    expect(await read({ pauses: [] })).toMatchObject({ ok: false });
  });

  test("several stores answer one result each, and a failure keeps what the others said", async () => {
    const stores = [
      { shop: "demo.myshopify.com", ok: true, success: true, data: { count: 3 } },
      { shop: "outlet.myshopify.com", ok: true, success: true, data: { count: 4 } },
    ];
    replies.push(json({ ok: true, success: true, data: { stores }, meta: { stores: 2, failed: 0 } }, 207));
    expect(await client().inStores("order_count", {}, ["demo", "outlet"])).toMatchObject({
      ok: true,
      data: { stores },
    });
    expect(got[0]?.url).toBe("/api/shopify/orders/count?shop=demo%2Coutlet");
    const told = { code: "PARTIAL_FAILURE", message: "One failed.", details: {}, request_id: "r", retryable: false };
    replies.splice(0, 1, json({ ok: false, success: false, error: told, data: { stores } }, 502));
    const failed = await client().inStores("order_count", {}, "all");
    expect(failed).toMatchObject({ ok: false, error: { code: "PARTIAL_FAILURE", details: { stores } } });
    replies.splice(0, 1, json({ ok: true, success: true, data: { count: 5 } }));
    const one = await client().inStores("order_count", {}, ["demo"]);
    expect(one).toMatchObject({ ok: true, data: { stores: [{ shop: "demo", ok: true, data: { count: 5 } }] } });
  });
});

describe("pages", () => {
  const page = (ids: number[], next: string | null) =>
    json({ ok: true, data: { items: ids.map((id) => ({ id })) }, page: { next, has_more: next !== null } });

  test("are asked for one after the other, as the reader goes on", async () => {
    replies.push(page([1, 2], "b"), page([3], "c"), page([4], null));
    const found: unknown[] = [];
    for await (const item of client().items("order_search", { limit: 2 })) {
      found.push((item as unknown as { id: number }).id);
      if (found.length === 3) {
        break;
      }
    }
    expect(found).toEqual([1, 2, 3]);
    expect(got.map((one) => one.url)).toEqual(["", "&cursor=b"].map((end) => `/api/shopify/orders?limit=2${end}`));
  });

  test("a server that points back is not asked for ever", async () => {
    replies.push(page([1], "b"), page([2], "b"));
    const found = await all(client().pages("order_search", {}));
    expect(found).toHaveLength(2);
    expect(got).toHaveLength(2);
  });

  test("a page that fails ends them", async () => {
    replies.push(page([1], "b"), error(400, "VALIDATION_ERROR", false));
    const found = await all(client().pages("order_search", {}));
    expect(found.map((one) => one.ok)).toEqual([true, false]);
    replies.splice(0, 1, error(400, "VALIDATION_ERROR", false));
    await expect(all(client().items("order_search", {}))).rejects.toThrow("Not now.");
  });
});

async function all<T>(source: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const one of source) {
    found.push(one);
  }
  return found;
}
