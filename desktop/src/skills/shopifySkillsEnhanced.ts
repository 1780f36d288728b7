/** The skills that ATOM's chat runs by intent: each takes what was found in a sentence, and says what came of it. */

import type { SkillResponse } from "../client/answers";
import { amountOf, countOf, type Entity, type SkillRequest, set, textOf } from "./entities";
import type { Customer, Order, Product, SearchResult } from "./flat";
import { has, lists, type OlderOptions, older } from "./older";
import { updateInventory } from "./shopifySkills";

export type { Entity, SkillRequest } from "./entities";

export interface SkillAction {
  type: "open_url";
  label: string;
  url: string;
}

export interface SkillResult {
  success: boolean;
  message: string;
  data?: unknown;
  /** The code of the error, for programs; `message` is for people. */
  error?: string;
  actions?: SkillAction[];
}

interface Shop {
  domain: string;
}

const PAGE = "/api/integrations/shopify";

abstract class EnhancedSkill {
  abstract readonly id: string;
  abstract readonly name: string;
  abstract readonly description: string;
  abstract readonly examples: readonly string[];
  readonly category = "e-commerce";

  /** Run the skill; failures are results, and only an abort throws. */
  async execute({ entities, user }: SkillRequest, options: OlderOptions = {}): Promise<SkillResult> {
    if (user === undefined || user.id === "") {
      return { success: false, message: "Sign in first.", error: "AUTH_ERROR" };
    }
    return this.run(entities, user.id, options);
  }

  protected abstract run(entities: readonly Entity[], userId: string, options: OlderOptions): Promise<SkillResult>;
}

class CreateProduct extends EnhancedSkill {
  readonly id = "shopify_create_product";
  readonly name = "Create a product";
  readonly description = "Create a product in the Shopify store.";
  readonly examples = ["Create a product called Mug for 12.50"];

  protected async run(entities: readonly Entity[], userId: string, options: OlderOptions): Promise<SkillResult> {
    const title = textOf(entities, "title", "product_title", "product_name", "product", "name");
    if (title === undefined) {
      return missing("What is the product called?");
    }
    const variant = set({ price: amountOf(entities, "price"), sku: textOf(entities, "sku") });
    const data = set({
      title,
      body_html: textOf(entities, "description", "body_html"),
      vendor: textOf(entities, "vendor"),
      product_type: textOf(entities, "product_type", "category"),
      tags: textOf(entities, "tags"),
      status: textOf(entities, "status"),
      variants: [variant],
    });
    return told(
      await made<{ product: Product; shop: Shop }>("products", "product", data, userId, options),
      (answer) => ({
        message: `Created ${answer.product.title}${price(answer.product)}.`,
        actions: opened(answer.shop, `products/${answer.product.id}`, "Open the product"),
      }),
    );
  }
}

class CreateOrder extends EnhancedSkill {
  readonly id = "shopify_create_order";
  readonly name = "Create an order";
  readonly description = "Create an order in the Shopify store.";
  readonly examples = ["Create an order of 2 mugs for ada@example.com"];

  protected async run(entities: readonly Entity[], userId: string, options: OlderOptions): Promise<SkillResult> {
    const line_items = linesOf(entities);
    if (line_items.length === 0) {
      return missing("What is ordered? Name a variant, or a title and a price.");
    }
    const data = set({
      line_items,
      email: textOf(entities, "email", "customer_email"),
      phone: textOf(entities, "phone"),
      note: textOf(entities, "note"),
    });
    return told(await made<{ order: Order; shop: Shop }>("orders", "order", data, userId, options), (answer) => {
      const lines = answer.order.line_items.length;
      return {
        message: `Created order ${answer.order.name} with ${lines} ${lines === 1 ? "line" : "lines"}.`,
        actions: opened(answer.shop, `orders/${answer.order.id}`, "Open the order"),
      };
    });
  }
}

class CreateCustomer extends EnhancedSkill {
  readonly id = "shopify_create_customer";
  readonly name = "Create a customer";
  readonly description = "Create a customer in the Shopify store.";
  readonly examples = ["Add the customer Ada Lovelace, ada@example.com"];

  protected async run(entities: readonly Entity[], userId: string, options: OlderOptions): Promise<SkillResult> {
    const [first, ...others] = (textOf(entities, "name", "customer_name", "person") ?? "").split(/\s+/);
    const data = set({
      email: textOf(entities, "email", "customer_email"),
      phone: textOf(entities, "phone"),
      first_name: textOf(entities, "first_name") ?? (first || undefined),
      last_name: textOf(entities, "last_name") ?? (others.join(" ") || undefined),
      note: textOf(entities, "note"),
    });
    if (data.email === undefined && data.phone === undefined && data.last_name === undefined) {
      return missing("Who is the customer? Give an e-mail address, a phone number or a name.");
    }
    const answer = await made<{ customer: Customer; shop: Shop }>("customers", "customer", data, userId, options);
    return told(answer, ({ customer, shop }) => ({
      message: `Created the customer ${called(customer)}.`,
      actions: opened(shop, `customers/${customer.id}`, "Open the customer"),
    }));
  }
}

class UpdateInventory extends EnhancedSkill {
  readonly id = "shopify_update_inventory";
  readonly name = "Set the stock";
  readonly description = "Set how many of a variant are available.";
  readonly examples = ["Set the stock of variant 1234 to 20"];

  protected async run(entities: readonly Entity[], userId: string, options: OlderOptions): Promise<SkillResult> {
    const variant = textOf(entities, "variant_id", "variant", "sku");
    const quantity = countOf(entities, "quantity", "new_quantity", "number");
    if (variant === undefined || quantity === undefined) {
      return missing("Which variant, and how many are there? Give a whole number.");
    }
    return told(await updateInventory(userId, variant, quantity, options), ({ inventory_level }) => ({
      message: `${inventory_level.available} are available now.`,
    }));
  }
}

class Search extends EnhancedSkill {
  readonly id = "shopify_search";
  readonly name = "Search the store";
  readonly description = "Search products, orders and customers of the Shopify store.";
  readonly examples = ["Find mugs in the shop", "Search the orders for Ada"];

  protected async run(entities: readonly Entity[], userId: string, options: OlderOptions): Promise<SkillResult> {
    const query = textOf(entities, "query", "search_query", "search_term", "keyword");
    if (query === undefined) {
      return missing("What shall be searched for?");
    }
    const body = set({
      query,
      type: textOf(entities, "type", "search_type") ?? "all",
      limit: countOf(entities, "limit"),
    });
    const given = { body, reads: true, holds: (data: unknown) => lists(data, "results") };
    const answer = await older<{ results: SearchResult[]; total_count: number }>(
      "POST",
      `${PAGE}/search`,
      userId,
      given,
      options,
    );
    return told(answer, ({ total_count }) => ({
      message: total_count === 1 ? `Found one thing for “${query}”.` : `Found ${total_count} things for “${query}”.`,
    }));
  }
}

/** The skills, as ATOM's index lists them. */
export const SHOPIFY_SKILLS: readonly EnhancedSkill[] = [
  new CreateProduct(),
  new CreateOrder(),
  new CreateCustomer(),
  new UpdateInventory(),
  new Search(),
];

/** The skills by their ids. */
export const SHOPIFY_SKILLS_REGISTRY: Readonly<Record<string, EnhancedSkill>> = Object.fromEntries(
  SHOPIFY_SKILLS.map((skill) => [skill.id, skill]),
);

export {
  CreateCustomer as ShopifyCreateCustomerSkill,
  CreateOrder as ShopifyCreateOrderSkill,
  CreateProduct as ShopifyCreateProductSkill,
  type EnhancedSkill,
  Search as ShopifySearchSkill,
  UpdateInventory as ShopifyUpdateInventorySkill,
};

function made<T>(
  kinds: string,
  kind: string,
  data: Record<string, unknown>,
  userId: string,
  options: OlderOptions,
): Promise<SkillResponse<T>> {
  const given = { body: { operation: "create", data }, holds: (found: unknown) => has(found, kind) };
  return older("POST", `${PAGE}/${kinds}`, userId, given, options);
}

function told<T>(
  answer: SkillResponse<T>,
  say: (data: T) => { message: string; actions?: SkillAction[] },
): SkillResult {
  return answer.ok
    ? { success: true, data: answer.data, ...say(answer.data) }
    : { success: false, message: answer.error.message, error: answer.error.code };
}

function missing(message: string): SkillResult {
  return { success: false, message, error: "VALIDATION_ERROR" };
}

/** Return the link to a thing in Shopify's admin; `domain` is the bare handle of the store. */
function opened(shop: Shop | undefined, path: string, label: string): SkillAction[] | undefined {
  const handle = shop?.domain ?? "";
  // It becomes part of an address that a person opens.
  return /^[a-z0-9][a-z0-9-]*$/.test(handle)
    ? [{ type: "open_url", label, url: `https://${handle}.myshopify.com/admin/${path}` }]
    : undefined;
}

function price(product: Product): string {
  const amount = product.variants[0]?.price;
  return amount === undefined ? "" : ` for ${amount}`;
}

function called(customer: Customer): string {
  const name = [customer.first_name, customer.last_name].filter(Boolean).join(" ");
  return name || customer.email || customer.phone || String(customer.id);
}

/** Return the lines of an order: `line_items` as they are, or one line out of a variant or a title and a price. */
function linesOf(entities: readonly Entity[]): unknown[] {
  const given = entities.find((one) => one.type === "line_items")?.value;
  if (Array.isArray(given)) {
    return given;
  }
  const line = set({
    variant_id: textOf(entities, "variant_id", "variant"),
    title: textOf(entities, "title", "product_title", "product_name", "product"),
    price: amountOf(entities, "price"),
  });
  const named = line.variant_id !== undefined || (line.title !== undefined && line.price !== undefined);
  return named ? [{ ...line, quantity: countOf(entities, "quantity", "number") ?? 1 }] : [];
}
