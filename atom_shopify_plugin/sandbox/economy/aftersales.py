"""What becomes of the orders of the economy: parcels, some of them late, refunds, cancellations, edits, captures."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from random import Random
from zoneinfo import ZoneInfo

from atom_shopify_plugin.sandbox.context import Context
from atom_shopify_plugin.sandbox.domains import (
    fulfillment_events,
    fulfillment_orders,
    fulfillments,
    order_cancel,
    order_edit_commit,
    order_edits,
    order_payments,
    orders,
    refunds,
)
from atom_shopify_plugin.sandbox.domains.refund_parts import part_of
from atom_shopify_plugin.sandbox.economy.baskets import Baskets
from atom_shopify_plugin.sandbox.economy.catalogue import GIFT_CARD
from atom_shopify_plugin.sandbox.economy.counter import Sale, days_abroad
from atom_shopify_plugin.sandbox.store import Node

__all__ = ["Aftersales"]

Later = Callable[[datetime, Callable[[], None]], None]
_CANCELLED, _EDITED, _FORGOTTEN, _SPLIT, _LATE = 0.022, 0.005, 0.004, 0.1, 0.06
_REFUNDED = {"T-Shirt": 0.11, "Sweater": 0.15}
_REFUNDED_ELSE = 0.045
_HOUR = timedelta(hours=1)


class Aftersales:
    """Decides what happens to an order after its sale, and lets it happen in its time."""

    def __init__(
        self, ctx: Context, random: Random, zone: ZoneInfo, baskets: Baskets, carrier: str, end: datetime, later: Later
    ) -> None:
        self._ctx = ctx
        self._random = random
        self._zone = zone
        self._baskets = baskets
        self._carrier = carrier
        self._end = end
        self._later = later

    def follow(self, sale: Sale) -> None:
        """Plan what happens to an order of the online store."""
        random, now, order = self._random, self._ctx.now, sale.order
        if sale.basket[0][0].line == GIFT_CARD:
            self._later(now + timedelta(minutes=2), lambda: self._send(sale))
            return
        if sale.payment == "transfer":
            self._later(now + timedelta(days=random.uniform(1, 12)), lambda: self._transfer(order))
        if random.random() < _CANCELLED:
            self._later(now + random.uniform(0.3, 9) * _HOUR, lambda: self._cancel(order))
            return
        if random.random() < _EDITED and sale.payment == "now":
            self._later(now + random.uniform(0.2, 2) * _HOUR, lambda: self._edit(sale))
        if random.random() < _FORGOTTEN and now > self._end - timedelta(days=40):
            return
        self._later(self._leaves(now, express=sale.express), lambda: self._send(sale))

    def bring_back(self, sale: Sale) -> None:
        """Plan that an order of the shop may be brought back."""
        self._maybe_refund(sale, self._ctx.now)

    def _leaves(self, placed: datetime, *, express: bool) -> datetime:
        """Return when a parcel leaves: on a working day, sometimes late."""
        random = self._random
        wait = 0 if express else random.choices((0, 1, 2, 3), cum_weights=(22, 72, 92, 100))[0]
        if random.random() < _LATE:
            wait += random.randint(4, 9)
        local = placed.astimezone(self._zone)
        if local.hour >= 14:
            wait += 1
        day = local.replace(hour=0, minute=0, second=0)
        while wait or day.weekday() > 4:
            day += timedelta(days=1)
            wait -= wait > 0 and day.weekday() < 5
        moment = day.replace(hour=random.randint(9, 17), minute=random.randint(0, 59)).astimezone(placed.tzinfo)
        return max(moment, placed + _HOUR)

    # what happens

    def _send(self, sale: Sale) -> None:
        """Send what is open, one parcel from each location; sometimes a part waits for some days more."""
        ctx, order, random = self._ctx, sale.order, self._random
        if order.get("cancelledAt"):
            return
        if sale.payment == "sent":
            self._capture(order)
        nodes = [node for node in fulfillment_orders.of_order(ctx, order) if fulfillment_orders.is_open(ctx, node)]
        for node in nodes:
            rows = [{"id": row["id"], "quantity": row["remainingQuantity"]} for row in node["lineItems"]]
            rows = [row for row in rows if row["quantity"]]
            group = {"fulfillmentOrderId": node["id"], "fulfillmentOrderLineItems": rows}
            if len(rows) > 1 and random.random() < _SPLIT and not order.get("fulfillments"):
                group["fulfillmentOrderLineItems"] = rows[:1]
                self._later(ctx.now + timedelta(days=random.uniform(2, 6)), lambda: self._send(sale))
            self._parcel(sale, group)
        if nodes and order["displayFulfillmentStatus"] == "FULFILLED":
            self._maybe_refund(sale, ctx.now + timedelta(days=3))

    def _parcel(self, sale: Sale, group: Node) -> None:
        ctx = self._ctx
        given: Node = {"lineItemsByFulfillmentOrder": [group]}
        posted = sale.buyer is not None and sale.basket[0][0].line != GIFT_CARD
        if posted:
            digits = f"JD{sale.order['number']:08d}{self._random.randrange(10**6):06d}"
            given["trackingInfo"] = {"company": self._carrier, "number": digits}
        made = fulfillments.fulfillment_create(ctx, {"fulfillment": given})["fulfillment"]
        if posted and sale.buyer is not None:
            self._later(ctx.now + days_abroad(sale.buyer, self._random), lambda: self._arrive(made))

    def _arrive(self, parcel: str) -> None:
        event = {"fulfillmentId": parcel, "status": "DELIVERED"}
        fulfillment_events.fulfillment_event_create(self._ctx, {"fulfillmentEvent": event})

    def _capture(self, order: Node) -> None:
        held = [self._ctx.store.all("OrderTransaction")[gid] for gid in order["transactions"]]
        if len(held) == 1 and held[0]["kind"] == "AUTHORIZATION":
            given = {"id": order["id"], "parentTransactionId": held[0]["id"], "amount": held[0]["amount"]}
            order_payments.order_capture(self._ctx, {"input": given})

    def _transfer(self, order: Node) -> None:
        if not order.get("cancelledAt") and order["displayFinancialStatus"] == "PENDING":
            orders.order_mark_as_paid(self._ctx, {"input": {"id": order["id"]}})
            if order["displayFulfillmentStatus"] == "FULFILLED":
                orders.order_close(self._ctx, {"input": {"id": order["id"]}})

    def _cancel(self, order: Node) -> None:
        if order.get("fulfillments") or order.get("cancelledAt"):
            return
        reason = self._random.choices(("CUSTOMER", "INVENTORY", "FRAUD", "OTHER"), (70, 12, 8, 10))[0]
        order_cancel.order_cancel(
            self._ctx, {"orderId": order["id"], "refund": True, "restock": True, "reason": reason, "staffNote": None}
        )
        self._ctx.store.pending.pop().run(self._ctx)

    def _edit(self, sale: Sale) -> None:
        """Add a thing that the buyer had forgotten, and take the money for it."""
        ctx, order = self._ctx, sale.order
        known = {ctx.store.all("LineItem")[gid]["variant"] for gid in order["lineItems"]}
        item, _ = self._baskets.fill(len(sale.basket[0][0].wanted) - 1, None)[0]
        if order.get("cancelledAt") or order.get("fulfillments") or item.variant["id"] in known or item.available < 1:
            return
        begun = order_edits.order_edit_begin(ctx, {"id": order["id"]})["calculatedOrder"]
        order_edits.order_edit_add_variant(ctx, {"id": begun, "variantId": item.variant["id"], "quantity": 1})
        order_edit_commit.order_edit_commit(
            ctx, {"id": begun, "notifyCustomer": True, "staffNote": "Asked for by phone."}
        )
        item.sold += 1
        orders.order_mark_as_paid(ctx, {"input": {"id": order["id"]}})

    def _maybe_refund(self, sale: Sale, since: datetime) -> None:
        random = self._random
        for at, (item, _) in enumerate(sale.basket):
            if item.line != GIFT_CARD and random.random() < _REFUNDED.get(item.line, _REFUNDED_ELSE) / len(sale.basket):
                moment = since + timedelta(days=random.triangular(2, 28, 8))
                everything = random.random() < 0.2
                self._later(moment, partial(self._refund, sale, at, everything=everything))
                return

    def _refund(self, sale: Sale, at: int, *, everything: bool) -> None:
        ctx, order, random = self._ctx, sale.order, self._random
        paying = [ctx.store.all("OrderTransaction")[gid] for gid in order["transactions"]]
        parent = next((one for one in paying if one["kind"] in ("SALE", "CAPTURE")), None)
        if parent is None or order["displayFinancialStatus"] != "PAID":
            return
        lines = [ctx.store.all("LineItem")[gid] for gid in order["lineItems"]]
        chosen = lines if everything else lines[at : at + 1]
        how = "RETURN" if random.random() < 0.78 else "NO_RESTOCK"
        rows = [
            {
                "lineItemId": line["id"],
                "quantity": line["currentQuantity"] if everything else random.randint(1, line["currentQuantity"]),
                "restockType": how,
            }
            for line in chosen
            if line["currentQuantity"]
        ]
        shipping = {"fullRefund": True} if everything and how == "NO_RESTOCK" else {}
        amount = part_of(ctx, order, rows, shipping).worth
        net = orders.received(ctx, order) - orders.refunded(ctx, order)
        if not rows or not Decimal(0) < amount <= min(net, parent["amount"]):
            return
        back = {"kind": "REFUND", "orderId": order["id"], "parentId": parent["id"], "amount": amount}
        note = "Arrived damaged." if how == "NO_RESTOCK" else random.choice(("Did not fit.", "Changed my mind.", None))
        given = {
            "orderId": order["id"],
            "refundLineItems": rows,
            "shipping": shipping,
            "transactions": [back],
            "note": note,
        }
        refunds.refund_create(ctx, {"input": given})
