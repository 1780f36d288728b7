import { beforeAll, describe, expect, inject, test } from "vitest";
import { Client, must } from "../../../src/client/client";
import { shopifySkillEntries } from "../../../src/skills/register";
import {
  configureSkills,
  disconnectShopify,
  getShopifyConnectionStatus,
  getShopifyOrder,
  getTopSellingProducts,
  inventoryLevelGet,
  listShopifyProducts,
  orderCancel,
  orderCount,
  orderSearch,
  productCreate,
  productGet,
  productSearch,
  runShopifyBusinessManager,
  storeGet,
  updateInventory,
} from "../../../src/skills/shopifySkills";
import { SHOPIFY_SKILLS, SHOPIFY_SKILLS_REGISTRY } from "../../../src/skills/shopifySkillsEnhanced";

const USER = "demo";
const { host, token } = inject("demo");
const client = new Client({ baseUrl: host, token });
/** The skills as ATOM's front end calls them: without a token, in ATOM's Flask host. */
const flask = new Client({ baseUrl: inject("flask") });

const TEXT = expect.any(String);
const NUMBER = expect.any(Number);
const NULL_OR_TEXT = expect.toSatisfy((value: unknown) => value === null || typeof value === "string");
const MOMENT = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/);
const NULL_OR_MOMENT = expect.toSatisfy((value: unknown) => value === null || /^\d{4}-\d\d-\d\dT/.test(String(value)));
const MONEY = expect.stringMatching(/^-?\d+(\.\d+)?$/);
const gid = (kind: string) => expect.stringMatching(new RegExp(`^gid://shopify/${kind}/\\d+`));

beforeAll(() => configureSkills({ baseUrl: inject("flask") }));

describe("the functions that ATOM's front end calls", () => {
  test("listShopifyProducts", async () => {
    const { products } = must(await listShopifyProducts(USER));
    expect(products.length).toBeGreaterThan(0);
    for (const product of products) {
      expect(product).toEqual({
        id: NUMBER,
        admin_graphql_api_id: `gid://shopify/Product/${product.id}`,
        title: TEXT,
        body_html: TEXT,
        vendor: TEXT,
        product_type: TEXT,
        handle: TEXT,
        status: expect.stringMatching(/^(active|archived|draft|unlisted)$/),
        tags: TEXT,
        created_at: MOMENT,
        updated_at: MOMENT,
        published_at: NULL_OR_MOMENT,
        template_suffix: NULL_OR_TEXT,
        options: expect.arrayContaining([
          { id: NUMBER, product_id: product.id, name: TEXT, position: NUMBER, values: expect.any(Array) },
        ]),
        variants: product.variants.map(() => ({
          id: NUMBER,
          admin_graphql_api_id: gid("ProductVariant"),
          product_id: product.id,
          title: TEXT,
          price: MONEY,
          compare_at_price: NULL_OR_TEXT,
          sku: TEXT,
          barcode: NULL_OR_TEXT,
          position: NUMBER,
          inventory_policy: expect.stringMatching(/^(deny|continue)$/),
          inventory_quantity: NUMBER,
          inventory_item_id: NUMBER,
          taxable: expect.any(Boolean),
          requires_shipping: expect.any(Boolean),
          option1: NULL_OR_TEXT,
          option2: NULL_OR_TEXT,
          option3: NULL_OR_TEXT,
          updated_at: MOMENT,
        })),
        images: [],
        image: null,
        metafields: [],
        total_inventory: NUMBER,
      });
    }
  });

  test("getShopifyOrder, by number, global id and name", async () => {
    const { items } = must(await orderSearch({ limit: 1 }, { client }));
    const first = items[0];
    const number = String(first?.legacy_id);
    const order = must(await getShopifyOrder(USER, number));
    expect(order).toEqual({
      id: Number(number),
      admin_graphql_api_id: first?.id,
      name: first?.name,
      email: TEXT,
      phone: NULL_OR_TEXT,
      note: NULL_OR_TEXT,
      tags: TEXT,
      test: expect.any(Boolean),
      currency: expect.stringMatching(/^[A-Z]{3}$/),
      total_price: MONEY,
      subtotal_price: MONEY,
      total_tax: MONEY,
      total_discounts: MONEY,
      current_total_price: MONEY,
      financial_status: expect.stringMatching(
        /^(pending|authorized|partially_paid|paid|partially_refunded|refunded|voided|expired)$/,
      ),
      fulfillment_status: expect.stringMatching(/^(fulfilled|unfulfilled|partial|restocked)$/),
      created_at: MOMENT,
      updated_at: MOMENT,
      processed_at: MOMENT,
      closed_at: NULL_OR_MOMENT,
      cancelled_at: NULL_OR_MOMENT,
      cancel_reason: NULL_OR_TEXT,
      customer: order.customer && { id: NUMBER, admin_graphql_api_id: gid("Customer"), display_name: TEXT },
      line_items: order.line_items.map(() => ({
        id: NUMBER,
        admin_graphql_api_id: gid("LineItem"),
        name: TEXT,
        title: TEXT,
        variant_title: NULL_OR_TEXT,
        sku: TEXT,
        vendor: NULL_OR_TEXT,
        quantity: NUMBER,
        current_quantity: NUMBER,
        price: MONEY,
        variant_id: NUMBER,
        product_id: NUMBER,
      })),
    });
    expect(order.line_items.length).toBeGreaterThan(0);
    for (const id of [Number(number), String(first?.id), String(first?.name)]) {
      expect(must(await getShopifyOrder(USER, id)).id).toBe(Number(number));
    }
  });

  test("getTopSellingProducts and runShopifyBusinessManager, once the store is copied", async () => {
    await expect
      .poll(async () => (await getTopSellingProducts(USER)).data?.products.length ?? 0, {
        timeout: 30_000,
        interval: 500,
      })
      .toBeGreaterThan(0);
    const { products } = must(await getTopSellingProducts(USER));
    for (const product of products) {
      expect(product).toEqual({
        product_id: NUMBER,
        variant_id: NUMBER,
        title: TEXT,
        variant_title: TEXT,
        quantity_sold: NUMBER,
        count: product.quantity_sold,
      });
    }
    const posted: string[][] = [];
    const post = async (channel: string, text: string) => posted.push([channel, text]);
    const result = must(await runShopifyBusinessManager(USER, "C1", { post }));
    expect(result).toEqual({ message: posted[0]?.[1], products, posted: true });
    expect(posted).toEqual([["C1", expect.stringContaining(`: ${products[0]?.count} sold`)]]);
    expect(must(await runShopifyBusinessManager(USER, "C1")).posted).toBe(false);
    const failing = { post: () => Promise.reject(new Error("xoxb-secret")) };
    const failed = await runShopifyBusinessManager(USER, "C1", failing);
    expect(failed).toMatchObject({ ok: false, error: { code: "MESSAGE_NOT_SENT" } });
    expect(JSON.stringify(failed)).not.toContain("xoxb");
  }, 40_000);

  test("updateInventory sets what is there, as Shopify itself shows afterwards", async () => {
    const { products } = must(await listShopifyProducts(USER));
    const variant = products[0]?.variants[0];
    const answer = must(await updateInventory(USER, Number(variant?.id), 17));
    const item = String(variant?.inventory_item_id);
    expect(answer).toEqual({ inventory_level: { inventory_item_id: item, available: 17 } });
    const { levels } = must(await inventoryLevelGet({ inventory_item_id: item }, { client }));
    expect(levels.map((level) => level.available)).toContain(17);
  });

  test("a store that is connected, and somebody who is nobody", async () => {
    expect(must(await getShopifyConnectionStatus(USER))).toEqual({
      isConnected: true,
      shopUrl: "https://demo.myshopify.com",
    });
    expect(await listShopifyProducts("mallory")).toMatchObject({ ok: false, error: { status: 401, retryable: false } });
    expect(await disconnectShopify("mallory")).toMatchObject({ ok: false, error: { status: 401 } });
    expect(await listShopifyProducts(" ")).toMatchObject({ ok: false, error: { code: "VALIDATION_ERROR", status: 0 } });
    for (const id of ["", "..", "\ud800"]) {
      expect(await getShopifyOrder(USER, id)).toMatchObject({
        ok: false,
        error: { code: "VALIDATION_ERROR", status: 0 },
      });
    }
    expect(await getShopifyOrder(USER, "999999999")).toMatchObject({
      ok: false,
      error: { code: "NOT_FOUND", status: 404, message: TEXT, details: expect.any(Object), request_id: TEXT },
    });
    expect(await updateInventory(USER, 1, Number.NaN)).toMatchObject({
      ok: false,
      error: { code: "VALIDATION_ERROR" },
    });
  });

  test("a host that answers in another shape is told apart from an empty store", async () => {
    expect(await listShopifyProducts(USER, { client })).toMatchObject({
      ok: false,
      error: { code: "UNEXPECTED_ANSWER" },
    });
  });
});

describe("the skills of ATOM's chat", () => {
  const run = (id: string, entities: Record<string, unknown>, user: { id: string } | undefined = { id: USER }) =>
    SHOPIFY_SKILLS_REGISTRY[id]?.execute({
      intent: id,
      entities: Object.entries(entities).map(([type, value]) => ({ type, value })),
      user,
    });

  test("are listed and registered", () => {
    expect(Object.keys(SHOPIFY_SKILLS_REGISTRY)).toEqual([
      "shopify_create_product",
      "shopify_create_order",
      "shopify_create_customer",
      "shopify_update_inventory",
      "shopify_search",
    ]);
    for (const skill of SHOPIFY_SKILLS) {
      expect(skill).toMatchObject({ name: TEXT, description: TEXT, category: "e-commerce" });
      expect(skill.examples.length).toBeGreaterThan(0);
    }
  });

  test("make things in the store, and lead to them", async () => {
    const product = await run("shopify_create_product", { product_name: "Kite", price: "$9.50", sku: "KITE-1" });
    expect(product).toMatchObject({ success: true, message: "Created Kite for 9.50." });
    expect(product?.actions?.[0]?.url).toMatch(/^https:\/\/demo\.myshopify\.com\/admin\/products\/\d+$/);
    const order = await run("shopify_create_order", {
      title: "Wax",
      price: "3",
      quantity: 2,
      email: "ada@example.com",
    });
    expect(order).toMatchObject({
      success: true,
      message: expect.stringMatching(/^Created order #\d+ with 1 line\.$/),
    });
    const customer = await run("shopify_create_customer", { name: "Kit van Flyer", email: "kit@example.com" });
    expect(customer).toMatchObject({
      success: true,
      message: "Created the customer Kit van Flyer.",
      data: { customer: { first_name: "Kit", last_name: "van Flyer" } },
    });
  });

  test("set the stock and search", async () => {
    const { products } = must(await listShopifyProducts(USER, { client: flask }));
    const stock = await run("shopify_update_inventory", { variant_id: products[0]?.variants[0]?.id, quantity: "4" });
    expect(stock).toMatchObject({ success: true, message: "4 are available now." });
    const found = await run("shopify_search", { query: "kit", type: "customers" });
    expect(found).toMatchObject({ success: true, data: { results: [{ type: "customer", created: MOMENT }] } });
  });

  test.each([
    ["shopify_create_product", {}],
    ["shopify_create_order", { title: "Wax" }],
    ["shopify_create_customer", {}],
    ["shopify_update_inventory", { variant_id: 1, quantity: "1.5" }],
    ["shopify_search", { query: " " }],
  ])("%s asks for what is missing", async (id, entities) => {
    const result = await run(id, entities);
    expect(result).toMatchObject({
      success: false,
      error: "VALIDATION_ERROR",
      message: expect.stringMatching(/[?.]$/),
    });
  });

  test("somebody who is not signed in changes nothing", async () => {
    const asked = { intent: "", entities: [{ type: "title", value: "Kite" }] };
    expect(await SHOPIFY_SKILLS[0]?.execute(asked)).toMatchObject({ success: false, error: "AUTH_ERROR" });
  });
});

describe("a function for each action", () => {
  test("reads, and goes through pages", async () => {
    const shop = must(await storeGet({}, { client }));
    expect(shop.myshopify_domain).toBe("demo.myshopify.com");
    const { count } = must(await orderCount({}, { client }));
    const names = new Set<string>();
    for await (const order of orderSearch.items({ limit: 20 }, { client })) {
      names.add(order.name);
    }
    expect(names.size).toBe(count);
    const first = await productSearch.pages({ limit: 2 }, { client }).next();
    expect(first.value).toMatchObject({ ok: true, page: { has_more: true, next: TEXT } });
  });

  test("a write with one key happens once", async () => {
    const options = { client, idempotencyKey: crypto.randomUUID() };
    const first = must(await productCreate({ title: "Once" }, options));
    const again = must(await productCreate({ title: "Once" }, options));
    expect(again.id).toBe(first.id);
    expect(must(await productGet({ id: first.id }, { client })).title).toBe("Once");
  });

  test("what can't be undone is previewed, and done with the token", async () => {
    const { items } = must(await orderSearch({ status: "OPEN", limit: 1 }, { client }));
    const input = { id: String(items[0]?.id), reason: "CUSTOMER" as const, restock: false };
    const unasked = await orderCancel(input, { client });
    expect(unasked).toMatchObject({ ok: false, error: { status: 409, idempotency_key: TEXT } });
    const asked = must(await orderCancel.preview(input, { client }));
    expect(asked).toMatchObject({ preview: { effect: "destructive", summary: TEXT }, confirmation_token: TEXT });
  });

  test("several stores answer one result each", async () => {
    const answer = must(await client.inStores("order_count", {}, "all"));
    expect(answer.stores.map((one) => [one.shop, one.ok])).toEqual([
      ["demo.myshopify.com", true],
      ["outlet.myshopify.com", true],
    ]);
  });
});

describe("what agents call", () => {
  const entries = new Map(shopifySkillEntries({ client }).map((entry) => [entry.name, entry]));
  const call = (name: string, parameters: Record<string, unknown>) => entries.get(name)?.handler(parameters);

  test("a read runs at once", async () => {
    expect(await call("shopify_order_count", {})).toMatchObject({ ok: true, data: { count: NUMBER } });
    expect(await call("shopify_order_count", { odd: 1 })).toMatchObject({
      ok: false,
      error: { code: "VALIDATION_ERROR" },
    });
  });

  test("what can't be undone takes two calls", async () => {
    const id = must(await productCreate({ title: "Short-lived" }, { client })).id;
    const asked = (await call("shopify_product_delete", { id })) as { ok: true; data: { confirmation_token: string } };
    expect(asked).toMatchObject({ ok: true, data: { preview: { effect: "destructive" }, confirmation_token: TEXT } });
    expect((await productGet({ id }, { client })).ok).toBe(true);
    const invented = await call("shopify_product_delete", { id, confirmation_token: "yes" });
    expect(invented?.ok).toBe(false);
    expect((await productGet({ id }, { client })).ok).toBe(true);
    const { confirmation_token } = asked.data;
    expect(await call("shopify_product_delete", { id, confirmation_token })).toMatchObject({ ok: true });
    expect(await productGet({ id }, { client })).toMatchObject({ ok: false, error: { code: "NOT_FOUND" } });
  });

  test("a write with a preview changes nothing, and one key makes it happen once", async () => {
    const title = "From an agent";
    const preview = await call("shopify_product_create", { title, preview: true });
    expect(preview).toMatchObject({ ok: true, data: { preview: { effect: "write" } } });
    const idempotency_key = crypto.randomUUID();
    const made = await Promise.all([1, 2].map(() => call("shopify_product_create", { title, idempotency_key })));
    const ids = new Set(made.filter((one) => one?.ok).map((one) => (one?.data as { id: string } | undefined)?.id));
    expect(ids.size).toBe(1);
    const { items } = must(await productSearch({ query: title }, { client }));
    expect(items.filter((one) => one.title === title)).toHaveLength(1);
  });
});

test("a store is disconnected in the end; the person's other one stays", async () => {
  expect(must(await disconnectShopify(USER, { client: flask }))).toBeNull();
  const { shopUrl } = must(await getShopifyConnectionStatus(USER));
  expect(shopUrl).toBe("https://outlet.myshopify.com");
});
