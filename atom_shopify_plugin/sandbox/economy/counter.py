"""How the economy takes an order: its lines with discounts and taxes, shipping, payment. All by orderCreate's rules."""

from __future__ import annotations

from collections import Counter as TitleCounts
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import ROUND_HALF_UP, Decimal
from random import Random
from typing import Any

from atom_shopify_plugin.sandbox.context import Context
from atom_shopify_plugin.sandbox.domains import inventory, order_create, orders
from atom_shopify_plugin.sandbox.domains.order_lines import shares
from atom_shopify_plugin.sandbox.economy.buyers import Buyer
from atom_shopify_plugin.sandbox.economy.catalogue import GIFT_CARD, Item
from atom_shopify_plugin.sandbox.economy.regions import Country, Region
from atom_shopify_plugin.sandbox.economy.seasons import Promotion
from atom_shopify_plugin.sandbox.store import Node

__all__ = ["WELCOME", "Counter", "Sale"]

Basket = Sequence[tuple[Item, int]]
CENT = Decimal("0.01")
WELCOME, _WELCOME_PERCENT, _WELCOMED = "WELCOME10", Decimal(10), 0.24
_EXPRESS, _INVOICE, _GIFT_TAG = 0.07, 0.03, 0.05
_GATEWAYS, _GATEWAY_SUMS = ("shopify_payments", "paypal", "klarna"), (66, 91, 100)


@dataclass(frozen=True)
class Sale:
    """An order with what was sold, and how it is paid: at once, when it is sent, or by a transfer later."""

    order: Node
    basket: Basket
    buyer: Buyer | None
    payment: str
    express: bool = False


@dataclass
class _Price:
    """What the lines of an order cost: what is taken off each of them, and the code for it."""

    off: list[Decimal]
    code: str | None
    waived: bool = False


class Counter:
    """Takes orders, online and in the shop."""

    def __init__(self, ctx: Context, random: Random, region: Region, floor: str) -> None:
        self._ctx = ctx
        self._random = random
        self._region = region
        self._floor = floor
        self._currency = dict.fromkeys(("currency", "presentmentCurrency"), ctx.store.currency)
        self.used: TitleCounts[str] = TitleCounts()

    def online(
        self, number: int, buyer: Buyer, basket: Basket, promotion: Promotion | None, payment: str | None = None
    ) -> Sale:
        """Take an order of the online store; it claims the stock that it needs."""
        random, ctx = self._random, self._ctx
        cards = basket[0][0].line == GIFT_CARD
        express = not cards and random.random() < _EXPRESS
        price = self._price(buyer, basket, None if cards else promotion)
        code = None
        if price.code is not None:
            free = {"freeShippingDiscountCode": {"code": price.code}}
            amount = {"shopMoney": {"amount": sum(price.off), "currencyCode": ctx.store.currency}}
            code = free if price.waived else {"itemFixedDiscountCode": {"code": price.code, "amountSet": amount}}
        tags = [*(["gift"] if random.random() < _GIFT_TAG else []), *(["express"] if express else [])]
        given = {
            **self._currency,
            "customerId": buyer.node["id"],
            "shippingAddress": buyer.address,
            "billingAddress": buyer.address,
            "lineItems": self._lines(basket, price.off, buyer.country, buyer.rate),
            "shippingLines": [] if cards else [self._shipping(basket, price, buyer, express=express)],
            "taxesIncluded": self._region.included,
            "tags": [*tags, *(["wholesale"] if buyer.kind == "shop" else [])],
            "buyerAcceptsMarketing": bool(buyer.node.get("emailConsent")),
            "sourceName": "shopify_draft_order" if buyer.kind == "shop" else "web",
        }
        given["discountCode"] = code
        automatic = price.off if code is None and any(price.off) else []
        order = order_create.make(ctx, given, "DECREMENT_IGNORING_POLICY", automatic, number=number)
        if payment is None:
            payment = "sent" if buyer.kind == "shop" else "transfer" if random.random() < _INVOICE else "now"
        if payment == "now":
            gateway = "shopify_payments" if cards else random.choices(_GATEWAYS, cum_weights=_GATEWAY_SUMS)[0]
            self._pay(order, "SALE", gateway)
        elif payment == "sent":
            self._pay(order, "AUTHORIZATION", "shopify_payments")
        else:
            ctx.update(order, {"displayFinancialStatus": "PENDING"})
        return self._sold(Sale(order, basket, buyer, payment, express=express))

    def in_shop(self, number: int, buyer: Buyer | None, basket: Basket, promotion: Promotion | None) -> Sale:
        """Take an order at the point of sale: it is paid and handed over at once, from the shelf there."""
        ctx, random = self._ctx, self._random
        price = self._price(None, basket, promotion if promotion is not None and promotion.code is None else None)
        home = self._region.countries[0]
        place = ctx.store.all("Location")[self._floor]["address"].get("provinceCode")
        given = {
            **self._currency,
            **({"customerId": buyer.node["id"]} if buyer is not None else {}),
            "lineItems": self._lines(basket, price.off, home, place),
            "taxesIncluded": self._region.included,
            "sourceName": "pos",
            "fulfillment": {"locationId": self._floor},
        }
        order = order_create.make(ctx, given, "BYPASS", price.off if any(price.off) else [], number=number)
        ctx.update(order, {"retailLocation": self._floor})
        for item, units in basket:
            inventory.shift(ctx, item.floor, "available", -units)
        self._pay(order, "SALE", random.choice(("cash", "shopify_payments", "shopify_payments")))
        orders.order_close(ctx, {"input": {"id": order["id"]}})
        return self._sold(Sale(order, basket, buyer, "now"))

    def try_out(self, number: int, item: Item) -> None:
        """Place the test order that the merchant placed before the store opened."""
        given = {
            "lineItems": self._lines([(item, 1)], [Decimal(0)], self._region.countries[0], None),
            "taxesIncluded": self._region.included,
            "email": self._ctx.store.shop["email"],
            "test": True,
            "fulfillment": {},
        }
        order = order_create.make(self._ctx, given, "BYPASS", number=number)
        orders.add_transaction(self._ctx, order, "SALE", order["total"], gateway="bogus", test=True)
        orders.settle(self._ctx, order)
        orders.order_close(self._ctx, {"input": {"id": order["id"]}})

    def _sold(self, sale: Sale) -> Sale:
        for item, units in sale.basket:
            item.sold += units
        return sale

    def _pay(self, order: Node, kind: str, gateway: str) -> None:
        if not order["total"]:
            self._ctx.update(order, {"displayFinancialStatus": "PAID"})
            return
        orders.add_transaction(self._ctx, order, kind, order["total"], gateway=gateway)
        orders.settle(self._ctx, order)

    def _price(self, buyer: Buyer | None, basket: Basket, promotion: Promotion | None) -> _Price:
        whole = [item.variant["price"] * units for item, units in basket]
        nothing = [Decimal(0)] * len(whole)
        code, percent = None, Decimal(0)
        if promotion is not None and self._random.random() < promotion.share:
            code, percent = promotion.code, promotion.percent
            self.used[promotion.title] += 1
            if not percent:
                return _Price(nothing, code, waived=True)
        elif buyer is not None and self._is_welcome(buyer, basket):
            code, percent = WELCOME, _WELCOME_PERCENT
            self.used["Welcome"] += 1
        if not percent:
            return _Price(nothing, None)
        off = (sum(whole) * percent / 100).quantize(CENT, ROUND_HALF_UP)
        return _Price(shares(off, whole), code)

    def _is_welcome(self, buyer: Buyer, basket: Basket) -> bool:
        """Tell whether a buyer has the code for the first order, and knows it."""
        fresh = not buyer.orders and buyer.kind != "shop" and basket[0][0].line != GIFT_CARD
        return fresh and self._random.random() < _WELCOMED

    def _lines(self, basket: Basket, off: list[Decimal], country: Country, place: str | None) -> list[dict[str, Any]]:
        lines = []
        for (item, units), less in zip(basket, off, strict=True):
            entry: dict[str, Any] = {"variantId": item.variant["id"], "quantity": units}
            if item.line == GIFT_CARD:
                entry |= {"giftCard": True, "taxable": False}
            else:
                food = item.line == "Coffee Beans"
                entry["taxLines"] = self._taxes(item.variant["price"] * units - less, country, place, food=food)
            lines.append(entry)
        return lines

    def _taxes(self, amount: Decimal, country: Country, place: str | None, *, food: bool) -> list[dict[str, Any]]:
        rate = country.reduced if food else dict(country.rates).get(place or "", country.rate)
        if not country.tax or not rate:
            return []
        part = rate / (1 + rate) if self._region.included else rate
        money = {"amount": (amount * part).quantize(CENT, ROUND_HALF_UP), "currencyCode": self._ctx.store.currency}
        return [{"title": country.tax, "rate": rate, "priceSet": {"shopMoney": money}}]

    def _shipping(self, basket: Basket, price: _Price, buyer: Buyer, *, express: bool) -> dict[str, Any]:
        region = self._region
        worth = sum((item.variant["price"] * units for item, units in basket), Decimal(0)) - sum(price.off)
        abroad = buyer.country is not region.countries[0]
        amount = region.abroad if abroad else region.express if express else region.standard
        if not express and worth >= region.free_above:
            amount = Decimal(0)
        title = "Express" if express else "International" if abroad else "Standard"
        money = {"amount": amount, "currencyCode": self._ctx.store.currency}
        charged = Decimal(0) if price.waived else amount
        taxes = self._taxes(charged, buyer.country, None, food=False) if region.included and charged else []
        return {"title": title, "priceSet": {"shopMoney": money}, "taxLines": taxes}


def days_abroad(buyer: Buyer, random: Random) -> timedelta:
    """Return how long a parcel to a buyer is on its way."""
    return timedelta(days=random.randint(*buyer.country.days), hours=random.randint(-3, 6))
