/**
 * The functions that ATOM's front end calls, with the names, arguments and results that it knows. They ask the addresses
 * that the plugin serves in ATOM's own hosts. Every other action has a function, too: see `actions`.
 */

import type { SkillResponse } from "../client/answers";
import type { ConnectionStatus, InventoryLevel, Order, Product, TopSellingProduct } from "./flat";
import { has, lists, type OlderOptions, older } from "./older";

export type { SkillError, SkillResponse } from "../client/answers";
export * from "./actions";
export { configureSkills } from "./config";
export type * from "./flat";
export type { OlderOptions } from "./older";
export type { Skill, SkillOptions } from "./skill";

const API = "/api/shopify";

/** List products of the store, newest first. */
export function listShopifyProducts(
  userId: string,
  options?: OlderOptions,
): Promise<SkillResponse<{ products: Product[] }>> {
  return older("GET", `${API}/products`, userId, { holds: (data) => lists(data, "products") }, options);
}

/** Get an order by its number, its global id, or its name such as `#1001`. */
export function getShopifyOrder(
  userId: string,
  orderId: string | number,
  options?: OlderOptions,
): Promise<SkillResponse<Order>> {
  const given = { path: { order_id: orderId }, holds: (data: unknown) => lists(data, "line_items") };
  return older("GET", `${API}/orders/{order_id}`, userId, given, options);
}

/** List the variants that sold best in the last 30 days. */
export function getTopSellingProducts(
  userId: string,
  options?: OlderOptions,
): Promise<SkillResponse<{ products: TopSellingProduct[] }>> {
  return older("GET", `${API}/top-selling-products`, userId, { holds: (data) => lists(data, "products") }, options);
}

/** Tell whether a store is connected, and which one. */
export function getShopifyConnectionStatus(
  userId: string,
  options?: OlderOptions,
): Promise<SkillResponse<ConnectionStatus>> {
  return older("GET", `${API}/connection-status`, userId, { holds: (data) => has(data, "isConnected") }, options);
}

/** Disconnect the store, here and at Shopify. */
export function disconnectShopify(userId: string, options?: OlderOptions): Promise<SkillResponse<null>> {
  return older("POST", `${API}/disconnect`, userId, { holds: (data) => data === null }, options);
}

/** Set how many of a variant are available. */
export function updateInventory(
  userId: string,
  variantId: string | number,
  newQuantity: number,
  options?: OlderOptions,
): Promise<SkillResponse<{ inventory_level: InventoryLevel }>> {
  return older(
    "POST",
    `${API}/update-inventory`,
    userId,
    { body: { variant_id: variantId, new_quantity: newQuantity }, holds: (data) => has(data, "inventory_level") },
    options,
  );
}

export interface BusinessManagerOptions extends OlderOptions {
  /** Sends the text to a channel of Slack; ATOM's own skill for that, or any other messenger. */
  post?: (channelId: string, text: string) => Promise<unknown>;
}

export interface BusinessManagerResult {
  message: string;
  products: TopSellingProduct[];
  /** Whether the message was given to `post`; without `post` nothing is sent. */
  posted: boolean;
}

/** Sum up what sold best in the last 30 days, and post it to a channel of Slack. */
export async function runShopifyBusinessManager(
  userId: string,
  slackChannelId: string,
  { post, ...options }: BusinessManagerOptions = {},
): Promise<SkillResponse<BusinessManagerResult>> {
  const found = await getTopSellingProducts(userId, options);
  if (!found.ok) {
    return found;
  }
  const { products } = found.data;
  const lines = products.map(({ title, variant_title, count }, at) => {
    const name = variant_title === "" ? title : `${title} (${variant_title})`;
    return `${at + 1}. ${name}: ${count} sold`;
  });
  const message =
    lines.length === 0
      ? "Nothing was sold in the last 30 days."
      : ["What sold best in the last 30 days:", ...lines].join("\n");
  if (post === undefined) {
    return { ok: true, data: { message, products, posted: false } };
  }
  try {
    await post(slackChannelId, message);
  } catch {
    return {
      ok: false,
      error: {
        code: "MESSAGE_NOT_SENT",
        message: "The summary is ready, but could not be posted.",
        details: { message },
        request_id: found.meta?.request_id ?? "",
        retryable: false,
        status: 0,
      },
    };
  }
  return { ok: true, data: { message, products, posted: true } };
}
