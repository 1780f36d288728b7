import { expect, test } from "vitest";
import {
  happenings,
  type Order,
  type Parcel,
  type Payments,
  possible,
  refundLines,
} from "../../src/pages/orders/order";

type Line = Order["line_items"]["nodes"][number];

const line = (members: Partial<Line>) =>
  ({ id: "line", quantity: 3, current_quantity: 3, unfulfilled_quantity: 0, ...members }) as Line;
const order = (members: Partial<Order>) =>
  ({
    name: "#1001",
    created_at: "2026-11-30T08:00:00Z",
    cancelled_at: null,
    closed_at: null,
    closed: false,
    source_name: "web",
    display_financial_status: "PAID",
    display_fulfillment_status: "UNFULFILLED",
    line_items: { nodes: [line({ unfulfilled_quantity: 3 })], truncated: false },
    ...members,
  }) as Order;
const parcel = (members: Partial<Parcel>) =>
  ({
    name: "#1001-F1",
    status: "SUCCESS",
    total_quantity: 1,
    created_at: "2026-11-30T09:00:00Z",
    updated_at: "2026-11-30T09:00:00Z",
    in_transit_at: null,
    delivered_at: null,
    ...members,
  }) as Parcel;

test("units that were not sent are taken off the delivery, and only the others are returned", () => {
  const lines = [line({ id: "a", unfulfilled_quantity: 1 })];
  expect(refundLines(lines, { a: 3 }, "shelf")).toEqual([
    { line_item_id: "a", quantity: 1, restock: "CANCEL", location_id: "shelf" },
    { line_item_id: "a", quantity: 2, restock: "RETURN", location_id: "shelf" },
  ]);
  expect(refundLines(lines, { a: 1 }, "shelf")).toEqual([
    { line_item_id: "a", quantity: 1, restock: "CANCEL", location_id: "shelf" },
  ]);
});

test("without a place nothing goes back into stock, and lines without units are left out", () => {
  const lines = [line({ id: "a" }), line({ id: "b" }), line({ id: "c", current_quantity: 2 })];
  expect(refundLines(lines, { a: 0, c: 9 }, null)).toEqual([{ line_item_id: "c", quantity: 2, restock: "NO_RESTOCK" }]);
});

test("a new paid order can be fulfilled, refunded, cancelled and closed", () => {
  expect(possible(order({}), [])).toMatchObject({
    fulfil: true,
    refund: true,
    cancel: true,
    close: true,
    reopen: false,
    markPaid: false,
    why: null,
  });
});

test("what was sent can't be cancelled, and the page says why; a parcel that was cancelled does not count", () => {
  const sent = possible(order({}), [parcel({})]);
  expect(sent.cancel).toBe(false);
  expect(sent.why).toContain("was sent");
  expect(possible(order({}), [parcel({ status: "CANCELLED" })]).cancel).toBe(true);
});

test("while it is not known what was sent, cancelling is not offered", () => {
  expect(possible(order({}), undefined).cancel).toBe(false);
});

test("a cancelled order offers no more than a refund of what is left", () => {
  const can = possible(order({ cancelled_at: "2026-11-30T10:00:00Z", closed: true }), []);
  expect(can).toMatchObject({
    fulfil: false,
    cancel: false,
    close: false,
    reopen: false,
    markPaid: false,
    refund: true,
  });
});

test("an unpaid order can be marked as paid and not refunded", () => {
  expect(possible(order({ display_financial_status: "PENDING" }), [])).toMatchObject({ refund: false, markPaid: true });
});

test("an order on hold is not fulfilled", () => {
  const can = possible(order({ display_fulfillment_status: "ON_HOLD" }), []);
  expect(can.fulfil).toBe(false);
  expect(can.why).toContain("on hold");
});

test("what happened is told from the latest to the first, with payments that failed", () => {
  const payments = {
    transactions: [
      { kind: "SALE", status: "FAILURE", gateway: "bogus", created_at: "2026-11-30T08:00:00Z", processed_at: null },
      { kind: "SALE", status: "SUCCESS", gateway: null, created_at: "2026-11-30T08:01:00Z", processed_at: null },
    ],
  } as unknown as Payments;
  const told = happenings(order({}), payments, [parcel({ delivered_at: "2026-11-30T12:00:00Z" })], () => "€5.00");
  expect(told.map((one) => one.text)).toEqual([
    "Delivered",
    "Fulfilled",
    "Payment received: €5.00",
    "Payment failed: €5.00",
    "Order placed",
  ]);
});
