"""Seeded orders: growth, weekdays and seasons, best sellers, returning customers, payments, parcels, refunds."""

from __future__ import annotations

from bisect import bisect
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from itertools import accumulate
from random import Random
from typing import NamedTuple

from atom_shopify_plugin.sandbox.domains.order_create import confirmation
from atom_shopify_plugin.sandbox.domains.order_lines import totals
from atom_shopify_plugin.sandbox.store import Node, StoreState, stamp

__all__ = ["Market", "add_orders"]

CENT = Decimal("0.01")
HISTORY = 548  # days, 18 months
RECENT = 30  # orders that every size has, within the last 50 days
WEEKDAYS = (1.05, 0.95, 0.9, 0.95, 1.1, 1.25, 1.35)
MONTHS = (0.85, 0.8, 0.9, 0.95, 1.0, 0.95, 0.85, 0.85, 1.0, 1.1, 1.6, 1.75)
HELD, AUTHORIZED = 1029, 1030  # an order that is held back, and one whose payment is to be captured
DISCOUNTED = 1010  # an order with a discount on one line, where it is open
SHIPPING, FREE_ABOVE = Decimal("4.90"), 60


class Market(NamedTuple):
    """Where a store sells."""

    currency: str
    country: str
    timezone: str
    locale: str
    tax: str
    rate: Decimal
    taxes_included: bool


def add_orders(
    store: StoreState,
    random: Random,
    now: datetime,
    market: Market,
    count: int,
    people: list[Node],
    variants: list[Node],
) -> None:
    """Add `count` orders, the first two as the seed guarantees."""
    moments = _recent(random, now, min(count, RECENT)) + _past(random, now, max(0, count - RECENT))
    buyers = list(accumulate(1 / (at + 8) if at else 0.02 for at in range(len(people))))  # Ada buys now and then
    sellers = list(accumulate(1 / (at + 12) for at in range(len(variants))))
    maker = _Maker(store, random, now, market)
    for at, moment in enumerate(moments):
        person = people[0] if at < 2 else people[bisect(buyers, random.random() * buyers[-1])]
        chosen = (
            variants[:2]
            if at < 2
            else [variants[bisect(sellers, random.random() * sellers[-1])] for _ in range(_lines(random))]
        )
        maker.order(1001 + at, moment, person, list({one["id"]: one for one in chosen}.values()))


def _recent(random: Random, now: datetime, count: int) -> list[datetime]:
    step = timedelta(days=50) / count
    return [now - timedelta(days=50) + step * at + step * random.random() * 0.9 for at in range(count)]


def _past(random: Random, now: datetime, count: int) -> list[datetime]:
    midnight = now.replace(hour=0, minute=0, second=0)
    days = [midnight - timedelta(days=back) for back in range(HISTORY, 0, -1)]
    weights = [
        (0.6 + 0.4 * at / HISTORY) * WEEKDAYS[day.weekday()] * MONTHS[day.month - 1] * random.uniform(0.8, 1.2)
        for at, day in enumerate(days)
    ]
    chosen = random.choices(days, weights, k=count)
    return sorted(day + timedelta(seconds=int(random.triangular(6 * 3600, 86399, 19 * 3600))) for day in chosen)


def _lines(random: Random) -> int:
    return random.choices((1, 2, 3, 4), (52, 28, 14, 6))[0]


class _Maker:
    def __init__(self, store: StoreState, random: Random, now: datetime, market: Market) -> None:
        self.store = store
        self.random = random
        self.now = now
        self.market = market
        self.addresses = store.all("MailingAddress")
        self.products = store.all("Product")
        self.levels = {
            variant["id"]: store.find("InventoryLevel", "item", variant["inventoryItem"])[0]
            for variant in store.all("ProductVariant").values()
        }
        self.amounts: dict[str, Decimal] = {}
        self.titles = {variant["id"]: variant["title"] for variant in store.all("ProductVariant").values()}

    def order(self, number: int, moment: datetime, person: Node, variants: list[Node]) -> None:
        """Add one order as its age makes it: paid, sent, refunded, cancelled, or still open."""
        random, store = self.random, self.store
        age = (self.now - moment).days
        chance = random.random()
        open_ = number <= 1002 or number in (HELD, AUTHORIZED) or age < 4 or (number <= 1030 and chance < 0.4)
        cancelled = not open_ and chance > 0.98
        paid = number not in (1002, AUTHORIZED) and not (open_ and number > 1002 and chance < 0.15) and not cancelled
        sent = not open_ and not cancelled
        created = stamp(moment)
        changed = stamp(min(self.now, moment + timedelta(days=2))) if sent or cancelled else created
        gid = store.new_id("Order")
        lines = [self.line(gid, variant, sent=sent, cancelled=cancelled) for variant in variants]
        discount = not open_ and random.random() < 0.08
        if discount:
            for line in lines:
                whole = line["unitPrice"] * line["quantity"]
                line["totalDiscount"] = (whole / 10).quantize(CENT, ROUND_HALF_UP)
        if number == DISCOUNTED and open_:
            self.lower(lines[0])
        shipping = self.shipping(lines)
        self.tax(lines)
        amounts = totals(lines, [shipping], [], included=self.market.taxes_included)
        address = self.addresses[person["defaultAddress"]]
        order: Node = {
            "id": gid,
            "__typename": "Order",
            "number": number,
            "name": f"#{number}",
            "createdAt": created,
            "processedAt": created,
            "updatedAt": changed,
            "customer": person["id"],
            "email": person["email"],
            "phone": person["phone"],
            "shippingAddress": address,
            "billingAddress": address,
            "confirmationNumber": confirmation(number),
            "taxesIncluded": self.market.taxes_included,
            "tags": ["gift"] if random.random() < 0.06 else [],
            "lineItems": [line["id"] for line in lines],
            "shippingLines": [shipping],
            "transactions": [],
            "displayFinancialStatus": "PAID" if paid else "VOIDED" if cancelled else "PENDING",
            "displayFulfillmentStatus": "FULFILLED" if sent else "UNFULFILLED",
            **amounts,
        }
        if discount:
            order |= {"discountCode": "WELCOME10", "discountCodes": ["WELCOME10"]}
        if cancelled:
            order |= {
                "cancelledAt": changed,
                "closedAt": changed,
                "cancelReason": "CUSTOMER",
                "currentTotal": Decimal(0),
            }
            order["cancellation"] = {"staffNote": None}
        if paid:
            self.pay(order, created)
        if number == AUTHORIZED:
            self.transaction(order, "AUTHORIZATION", order["total"], created)
            order["displayFinancialStatus"] = "AUTHORIZED"
        if sent:
            self.send(order, lines, changed)
            if age > 20:
                order["closedAt"] = changed
                if random.random() < 0.03:
                    self.refund(order, lines, moment)
        store.put(order)
        self.plan(order, lines, sent=sent, cancelled=cancelled)
        for node in (order, shipping, *lines, *(line["taxLines"][0] for line in lines), *order["taxLines"]):
            self.share(node)

    def share(self, node: Node) -> None:
        """Keep equal amounts once: a full store has tens of thousands of them, and few that differ."""
        for name, value in node.items():
            if type(value) is Decimal:
                node[name] = self.amounts.setdefault(str(value), value)

    def plan(self, order: Node, lines: list[Node], *, sent: bool, cancelled: bool) -> None:
        """Add the fulfillment order; while it is open its lines hold stock of the first location."""
        rows = []
        for line in lines:
            level = self.levels[line["variant"]]
            wanted = 0 if cancelled else line["quantity"]
            row = {
                "__typename": "FulfillmentOrderLineItem",
                "id": self.store.new_id("FulfillmentOrderLineItem"),
                "lineItem": line["id"],
                "totalQuantity": wanted,
                "remainingQuantity": 0 if sent else wanted,
            }
            if not sent and not cancelled:
                level["stock"]["committed"] += wanted
                row["claim"] = level["id"]
            rows.append(row)
        gid = self.store.new_id("FulfillmentOrder")
        node: Node = {
            "id": gid,
            "__typename": "FulfillmentOrder",
            "order": order["id"],
            "location": level["location"],
            "createdAt": order["createdAt"],
            "updatedAt": order["updatedAt"],
            "fulfillAt": f"{order['createdAt'][:14]}00:00Z",
            "lineItems": rows,
        }
        if sent or cancelled:
            node["status"] = "CLOSED"
        if order["number"] == HELD:
            order["displayFulfillmentStatus"] = node["status"] = "ON_HOLD"
            node["fulfillmentHolds"] = [self.hold()]
        if sent:
            parcel = self.store.all("Fulfillment")[order["fulfillments"][0]]
            node["fulfillments"] = order["fulfillments"]
            parcel |= {"fulfillmentOrders": [gid], "location": level["location"]}
        self.store.put(node)

    def hold(self) -> Node:
        gid = self.store.new_id("FulfillmentHold")
        notes = {"reason": "INCORRECT_ADDRESS", "reasonNotes": "The house number is missing.", "handle": ""}
        return {"__typename": "FulfillmentHold", "id": gid, **notes, "rest": None}

    def line(self, order: str, variant: Node, *, sent: bool, cancelled: bool) -> Node:
        product = self.products[variant["product"]]
        quantity = self.random.choices((1, 2, 3), (80, 15, 5))[0]
        line: Node = {
            "id": self.store.new_id("LineItem"),
            "__typename": "LineItem",
            "order": order,
            "product": product["id"],
            "variant": variant["id"],
            "title": product["title"],
            "variantTitle": self.titles[variant["id"]],
            "sku": variant["sku"],
            "vendor": product["vendor"],
            "quantity": quantity,
            "currentQuantity": 0 if cancelled else quantity,
            "fulfilled": quantity if sent else 0,
            "unitPrice": variant["price"],
            "totalDiscount": Decimal(0),
        }
        if cancelled:
            line["removed"] = quantity
        return self.store.put(line)

    def lower(self, line: Node) -> None:
        """Give a line a discount of its own, as a member of the staff does."""
        off = (line["unitPrice"] * line["quantity"] / 10).quantize(CENT, ROUND_HALF_UP)
        value = {"__typename": "PricingPercentageValue", "percentage": 10.0}
        application = {
            "__typename": "ManualDiscountApplication",
            "allocationMethod": "EACH",
            "description": "Loyal customer",
            "index": 0,
            "targetSelection": "EXPLICIT",
            "targetType": "LINE_ITEM",
            "title": "Loyal customer",
            "value": value,
        }
        line |= {"totalDiscount": off, "manualDiscount": {"amount": off, "application": application}}

    def shipping(self, lines: list[Node]) -> Node:
        whole = sum(line["unitPrice"] * line["quantity"] for line in lines)
        price = Decimal(0) if whole >= FREE_ABOVE else SHIPPING
        return {
            "__typename": "ShippingLine",
            "id": self.store.new_id("ShippingLine"),
            "title": "Standard",
            "code": "Standard",
            "price": price,
            "discounted": price,
        }

    def tax(self, lines: list[Node]) -> None:
        rate = self.market.rate
        share = rate / (1 + rate) if self.market.taxes_included else rate
        for line in lines:
            price = ((line["unitPrice"] * line["quantity"] - line["totalDiscount"]) * share).quantize(
                CENT, ROUND_HALF_UP
            )
            line["taxLines"] = [{"title": self.market.tax, "rate": float(rate), "price": price}]

    def transaction(self, order: Node, kind: str, amount: Decimal, at: str, parent: str | None = None) -> Node:
        node = self.store.put(
            {
                "id": self.store.new_id("OrderTransaction"),
                "__typename": "OrderTransaction",
                "order": order["id"],
                "kind": kind,
                "status": "SUCCESS",
                "amount": amount,
                "gateway": "bogus",
                "createdAt": at,
                "processedAt": at,
                "parentTransaction": parent,
            }
        )
        order["transactions"].append(node["id"])
        return node

    def pay(self, order: Node, at: str) -> None:
        self.transaction(order, "SALE", order["total"], at)

    def send(self, order: Node, lines: list[Node], at: str) -> None:
        rows = [
            {
                "__typename": "FulfillmentLineItem",
                "id": self.store.new_id("FulfillmentLineItem"),
                "lineItem": line["id"],
                "quantity": line["quantity"],
            }
            for line in lines
        ]
        gid = self.store.new_id("Fulfillment")
        self.store.put(
            {
                "id": gid,
                "__typename": "Fulfillment",
                "order": order["id"],
                "name": f"{order['name']}-F1",
                "createdAt": at,
                "updatedAt": at,
                "fulfillmentLineItems": rows,
                "trackingInfo": [{"company": "DHL", "number": f"JD{order['number']:014d}"}],
            }
        )
        order["fulfillments"] = [gid]

    def refund(self, order: Node, lines: list[Node], moment: datetime) -> None:
        line = lines[0]
        amount = line["unitPrice"] * line["quantity"] - line["totalDiscount"]
        at = stamp(moment + timedelta(days=self.random.randint(6, 14)))
        transaction = self.transaction(order, "REFUND", amount, at, order["transactions"][0])
        gid = self.store.new_id("Refund")
        row = {
            "__typename": "RefundLineItem",
            "id": self.store.new_id("RefundLineItem"),
            "lineItem": line["id"],
            "quantity": line["quantity"],
            "restockType": "RETURN",
            "restocked": True,
            "price": line["unitPrice"],
            "subtotal": amount,
            "tax": line["taxLines"][0]["price"],
        }
        self.store.put(
            {
                "id": gid,
                "__typename": "Refund",
                "order": order["id"],
                "total": amount,
                "createdAt": at,
                "updatedAt": at,
                "processedAt": at,
                "note": None,
                "refundLineItems": [row],
                "transactions": [transaction["id"]],
            }
        )
        line["currentQuantity"] = 0
        order |= {"refunds": [gid], "currentTotal": order["total"] - amount, "updatedAt": at}
        order["displayFinancialStatus"] = "REFUNDED" if amount >= order["total"] else "PARTIALLY_REFUNDED"
