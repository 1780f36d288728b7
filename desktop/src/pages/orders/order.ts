import type { Data, Schemas } from "../../client/types";
import { words } from "../../ui";

export type Order = Data<"order_get">;
export type Line = Order["line_items"]["nodes"][number];
export type Payments = Data<"order_payment_list">;
export type Parcel = Data<"fulfillment_list">["fulfillments"][number];
export type RefundLine = Schemas["refund_lines"][number];

/** What `order_refund` takes; its description offers choices, from which no type follows. */
export interface RefundInput {
  id: string;
  lines?: RefundLine[];
  shipping_amount?: string;
  amount?: string;
  note?: string;
  notify_customer: boolean;
}

const PAID = ["PAID", "PARTIALLY_PAID", "PARTIALLY_REFUNDED"];

/** What can be done with an order as it stands, and in words why something can't. */
export interface Possible {
  fulfil: boolean;
  refund: boolean;
  cancel: boolean;
  close: boolean;
  reopen: boolean;
  markPaid: boolean;
  why: string | null;
}

export function possible(order: Order, parcels: readonly Parcel[] | undefined): Possible {
  const cancelled = Boolean(order.cancelled_at);
  const sent = parcels?.some((parcel) => parcel.status !== "CANCELLED") ?? false;
  const left = order.line_items.nodes.some((line) => line.unfulfilled_quantity > 0);
  const held = order.display_fulfillment_status === "ON_HOLD";
  const paid = PAID.includes(order.display_financial_status ?? "");
  return {
    fulfil: !cancelled && left && !held,
    refund: paid,
    cancel: !cancelled && parcels !== undefined && !sent,
    close: !cancelled && !order.closed,
    reopen: !cancelled && order.closed,
    markPaid: !cancelled && ["PENDING", "PARTIALLY_PAID"].includes(order.display_financial_status ?? ""),
    why: cancelled
      ? null
      : held
        ? "It is on hold: release it in Shopify before it is fulfilled."
        : sent && !order.closed
          ? `It can't be cancelled any more, because ${left ? "a part of it" : "it"} was sent.${paid ? " Refund what comes back." : ""}`
          : null,
  };
}

/**
 * Return the lines of a refund. `quantities` says by line id how many units are paid back. With `location` they go back
 * into stock there: units that were not sent are taken off the delivery, the others count as returned.
 */
export function refundLines(
  lines: readonly Line[],
  quantities: Readonly<Record<string, number>>,
  location: string | null,
): RefundLine[] {
  return lines.flatMap((line): RefundLine[] => {
    const quantity = Math.min(quantities[line.id] ?? 0, line.current_quantity);
    if (quantity <= 0) {
      return [];
    }
    if (location === null) {
      return [{ line_item_id: line.id, quantity, restock: "NO_RESTOCK" }];
    }
    const unsent = Math.min(quantity, line.unfulfilled_quantity);
    const parts: [RefundLine["restock"], number][] = [
      ["CANCEL", unsent],
      ["RETURN", quantity - unsent],
    ];
    return parts
      .filter(([, units]) => units > 0)
      .map(([restock, units]) => ({ line_item_id: line.id, quantity: units, restock, location_id: location }));
  });
}

export interface Happening {
  at: string;
  text: string;
  about?: string;
}

type Told = (payment: Payments["transactions"][number]) => string;

const KINDS: Record<string, [done: string, failed: string]> = {
  SALE: ["Payment received", "Payment failed"],
  CAPTURE: ["Payment captured", "Capture of the payment failed"],
  AUTHORIZATION: ["Payment authorised", "Authorisation of the payment failed"],
  VOID: ["Authorisation given up", "Giving up the authorisation failed"],
  REFUND: ["Refunded", "Refund failed"],
};

/** Return what happened to an order, the latest first. `money` writes the amount of a payment. */
export function happenings(
  order: Order,
  payments: Payments | undefined,
  parcels: readonly Parcel[] | undefined,
  money: Told,
): Happening[] {
  const found: Happening[] = [{ at: order.created_at, text: "Order placed", about: about(order) }];
  for (const payment of payments?.transactions ?? []) {
    const failed = payment.status === "FAILURE" || payment.status === "ERROR";
    const text = KINDS[payment.kind]?.[failed ? 1 : 0] ?? words(payment.kind);
    found.push({
      at: payment.processed_at ?? payment.created_at,
      text: `${text}: ${money(payment)}`,
      about: payment.gateway ? words(payment.gateway) : undefined,
    });
  }
  for (const parcel of parcels ?? []) {
    const what = `${parcel.name}: ${parcel.total_quantity} ${parcel.total_quantity === 1 ? "item" : "items"}`;
    found.push({ at: parcel.created_at, text: "Fulfilled", about: what });
    if (parcel.status === "CANCELLED") {
      found.push({ at: parcel.updated_at, text: "Fulfilment cancelled", about: parcel.name });
    }
    if (parcel.in_transit_at) {
      found.push({ at: parcel.in_transit_at, text: "On its way", about: parcel.name });
    }
    if (parcel.delivered_at) {
      found.push({ at: parcel.delivered_at, text: "Delivered", about: parcel.name });
    }
  }
  if (order.cancelled_at) {
    found.push({ at: order.cancelled_at, text: "Order cancelled", about: words(order.cancel_reason) });
  } else if (order.closed_at) {
    found.push({ at: order.closed_at, text: "Order closed" });
  }
  // What happened in the same second stays in the order of the story.
  return found
    .map((one, index) => ({ one, index }))
    .sort((a, b) => Date.parse(b.one.at) - Date.parse(a.one.at) || b.index - a.index)
    .map(({ one }) => one);
}

function about(order: Order): string | undefined {
  return order.source_name
    ? `By ${order.source_name === "web" ? "the online store" : words(order.source_name)}`
    : undefined;
}
