"""orderCreate: checks, customer, claims on stock, payment, fulfilment. Lines and amounts are in order_lines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from atom_shopify_plugin.sandbox.context import Context
from atom_shopify_plugin.sandbox.domains import (
    customer_addresses,
    customer_writes,
    fulfillment_orders,
    fulfillments,
)
from atom_shopify_plugin.sandbox.domains.metadata import set_metafields
from atom_shopify_plugin.sandbox.domains.order_lines import (
    currencies_of,
    money_in,
    new_line,
    shipping_line,
    take_discount,
    tax_line,
    totals,
)
from atom_shopify_plugin.sandbox.domains.orders import add_transaction, received, settle
from atom_shopify_plugin.sandbox.domains.shared import address
from atom_shopify_plugin.sandbox.inputs import clean_tags
from atom_shopify_plugin.sandbox.refusals import Refused, not_modelled
from atom_shopify_plugin.sandbox.registry import mutation
from atom_shopify_plugin.sandbox.store import Node

__all__ = ["confirmation", "make", "next_number"]

PLAIN = (
    "note", "poNumber", "test", "sourceName", "sourceIdentifier", "taxesIncluded", "closedAt",
)  # fmt: skip
UNMODELLED = ("companyLocationId", "userId", "referringSite", "sourceUrl")


@mutation("orderCreate")
def order_create(ctx: Context, args: dict[str, Any]) -> Node:
    options = args.get("options") or {}
    return {"order": make(ctx, args["order"], options.get("inventoryBehaviour") or "BYPASS")["id"]}


def make(
    ctx: Context, given: Mapping[str, Any], behaviour: str, off: Sequence[Decimal] = (), *, number: int | None = None
) -> Node:
    """Add the order of an OrderCreateOrderInput; `off` is what is taken off each line. Raise `Refused`.

    `behaviour` is an OrderCreateInputsInventoryBehavior. Who knows the `number` that is next saves looking for it.
    """
    _check(given)
    email = customer_writes.clean_email(given.get("email"), ["order", "email"])
    customer = _customer(ctx, given, email)
    home = given.get("shippingAddress") or given.get("billingAddress")
    if customer is not None and home and (given.get("customer") or given.get("customerId")):
        customer_addresses.settle_in(ctx, customer, home)
    currencies = currencies_of(given, ctx.store.currency)
    number = number or next_number(ctx)
    order = ctx.create(
        "Order",
        {
            "number": number,
            "name": given.get("name") or f"#{number}",
            "processedAt": min(given.get("processedAt") or ctx.stamp, ctx.stamp),  # later times are clamped
            "confirmationNumber": confirmation(number),
            "customer": customer["id"] if customer else None,
            "email": email or (customer or {}).get("email"),
            "phone": customer_writes.clean_phone(given.get("phone"), ["order", "phone"]),
            "tags": clean_tags(given.get("tags") or []),
            "customAttributes": [dict(entry) for entry in given.get("customAttributes") or []],
            "customerAcceptsMarketing": bool(given.get("buyerAcceptsMarketing")),
            "displayFinancialStatus": given.get("financialStatus"),
            "displayFulfillmentStatus": "UNFULFILLED",
            **({"currencies": currencies} if currencies else {}),
            "lineItems": [],
            "transactions": [],
            **{name: given[name] for name in PLAIN if given.get(name) is not None},
            **{
                name: address(given[name], ctx.store.new_id("MailingAddress"))
                for name in ("shippingAddress", "billingAddress")
                if given.get(name)
            },
        },
    )
    lines = [new_line(ctx, order, entry, at) for at, entry in enumerate(given["lineItems"])]
    shipping = [shipping_line(ctx, order, entry, at) for at, entry in enumerate(given.get("shippingLines") or ())]
    for line, amount in zip(lines, off, strict=False):
        ctx.update(line, {"totalDiscount": amount})
    code = take_discount(ctx, order, given.get("discountCode"), lines, shipping)
    extra = [
        tax_line(ctx, order, entry, Decimal(0), ["order", "taxLines", at])
        for at, entry in enumerate(given.get("taxLines") or ())
    ]
    ctx.update(
        order,
        {
            "lineItems": [line["id"] for line in lines],
            "shippingLines": shipping,
            "discountCode": code,
            "discountCodes": [code] if code else [],
            **totals(lines, shipping, extra, included=bool(given.get("taxesIncluded"))),
        },
    )
    claims = _claims(ctx, lines, behaviour)
    _pay(ctx, order, given)
    _fulfil(ctx, order, claims, given)
    set_metafields(ctx, order, given.get("metafields"), ["order"])
    ctx.record("created", order)
    return order


def next_number(ctx: Context) -> int:
    """Return the number after the highest one: the first order of a store is 1001."""
    numbers: list[int] = ctx.store.memoised(
        "order numbers",
        ["Order"],
        lambda: [max((order["number"] for order in ctx.store.all("Order").values()), default=1000)],
    )
    return numbers[0] + 1


def confirmation(number: int) -> str:
    """Return nine capitals and digits that look random and are not."""
    signs = "0123456789ABCDEFGHJKLMNPQRSTUVWXYZ"
    value, text = number * 2_654_435_761_987 % len(signs) ** 9, ""
    for _ in range(9):
        value, at = divmod(value, len(signs))
        text += signs[at]
    return text


def _check(given: Mapping[str, Any]) -> None:
    for name in UNMODELLED:
        if given.get(name) is not None:
            raise not_modelled(f"OrderCreateOrderInput.{name}")
    if not given.get("lineItems"):
        raise Refused.one(["order", "lineItems"], "Line items must have at least one line item", "INVALID")
    if given.get("customerId") and given.get("customer"):
        message = "Only one of customerId and customer can be provided"
        raise Refused.one(["order", "customerId"], message, "REDUNDANT_CUSTOMER_FIELDS")


def _customer(ctx: Context, given: Mapping[str, Any], address: str | None) -> Node | None:
    """Return the customer who is named or is known by the order's e-mail address, a new one if nobody is."""
    chosen = given.get("customer") or {}
    if chosen.get("toUpsert"):
        try:
            return customer_writes.upsert(ctx, chosen["toUpsert"])
        except Refused as refusal:
            first = refusal.errors[0]
            path = ["order", "customer", "toUpsert", *(first.field or ())]
            raise Refused.one(path, first.message, "INVALID") from None
    gid, email = given.get("customerId"), None
    if chosen.get("toAssociate"):
        gid, email = chosen["toAssociate"].get("id"), chosen["toAssociate"].get("email")
    if gid is None and email is None:
        return customer_writes.upsert(ctx, {"email": address}) if address else None
    found = ctx.lookup(gid, "Customer") if gid else next(iter(ctx.store.find("Customer", "email", email)), None)
    if found is None:
        raise Refused.one(["order", "customer"], "Customer does not exist", "INVALID")
    # Seen: the address of an order that names a customerId becomes the customer's.
    told = bool(address) and (given.get("customerId") is not None or not found.get("email"))
    if told and not ctx.store.find("Customer", "email", address):
        ctx.update(found, {"email": address})
    return found


def _claims(ctx: Context, lines: list[Node], behaviour: str) -> dict[str, Node | None]:
    """Commit stock to the lines; return the inventory level that holds it, by the line's id."""
    return {line["id"]: _claim(ctx, line, at, behaviour) for at, line in enumerate(lines)}


def _claim(ctx: Context, line: Node, at: int, behaviour: str) -> Node | None:
    level = None if behaviour == "BYPASS" else fulfillment_orders.stocked(ctx, line, line["quantity"])
    if level is None:
        return None
    variant = ctx.store.all("ProductVariant")[line["variant"]]
    obey = behaviour == "DECREMENT_OBEYING_POLICY" and variant.get("inventoryPolicy", "DENY") == "DENY"
    if obey and level["stock"]["available"] < line["quantity"]:
        raise Refused.one(["order", "lineItems", at], "Unable to reserve inventory", "INVENTORY_CLAIM_FAILED")
    fulfillment_orders.hold(ctx, level, line["quantity"])
    return level


def _pay(ctx: Context, order: Node, given: Mapping[str, Any]) -> None:
    for at, entry in enumerate(given.get("transactions") or ()):
        amount = money_in(order, entry["amountSet"], ["order", "transactions", at, "amountSet"], ctx.store.currency)
        more = {
            name: entry[name]
            for name in ("status", "test", "receiptJson", "authorizationCode")
            if entry.get(name) is not None
        }
        more |= {
            "gateway": entry.get("gateway") or "manual",
            "processedAt": entry.get("processedAt") or order["processedAt"],
        }
        add_transaction(ctx, order, entry.get("kind") or "SALE", amount, **more)
    wanted = given.get("financialStatus")
    if wanted == "PAID" and received(ctx, order) < order["total"]:
        add_transaction(ctx, order, "SALE", order["total"] - received(ctx, order), processedAt=order["processedAt"])
    if wanted is None:  # a status that is given stays, whatever the transactions say, until the next operation
        settle(ctx, order)


def _fulfil(ctx: Context, order: Node, claims: Mapping[str, Node | None], given: Mapping[str, Any]) -> None:
    """Add the fulfillment orders, and the parcel where the order is born fulfilled."""
    entry, status = given.get("fulfillment"), given.get("fulfillmentStatus")
    if status not in (None, "FULFILLED"):
        raise not_modelled(f"fulfillmentStatus {status}")
    entry = entry or {}
    location = ctx.lookup(entry["locationId"], "Location") if entry.get("locationId") else None
    if entry.get("locationId") and location is None:
        raise Refused.one(["order", "fulfillment", "locationId"], "Location does not exist", "INVALID")
    place = location["id"] if location else None
    nodes = fulfillment_orders.plan(ctx, order, claims, place)
    if given.get("fulfillment") is None and status is None:
        return
    parcels = fulfillments.tracking(
        {
            "company": entry.get("trackingCompany"),
            "number": entry.get("trackingNumber"),
            "numbers": entry.get("trackingNumbers"),
        }
    )
    picks = [(node, fulfillments.whole(node)) for node in nodes]
    fulfillments.fulfil(ctx, order, picks, tracking=parcels, location=place)
