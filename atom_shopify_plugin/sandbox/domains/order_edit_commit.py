"""orderEditCommit: what was staged becomes part of the order, with its stock, fulfillment orders and amounts."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from atom_shopify_plugin.sandbox.context import Context
from atom_shopify_plugin.sandbox.domains import fulfillment_orders as work
from atom_shopify_plugin.sandbox.domains.order_amounts import outstanding
from atom_shopify_plugin.sandbox.domains.order_edit_fields import (
    change_of,
    lines_seen,
    manual_off,
    off,
    rediscounted,
    staged_off,
)
from atom_shopify_plugin.sandbox.domains.order_edits import session_at
from atom_shopify_plugin.sandbox.domains.order_lines import new_line, shipping_line
from atom_shopify_plugin.sandbox.domains.orders import settle
from atom_shopify_plugin.sandbox.domains.refund_parts import part_of
from atom_shopify_plugin.sandbox.domains.refunds import book
from atom_shopify_plugin.sandbox.refusals import Refused
from atom_shopify_plugin.sandbox.registry import kind, mutation
from atom_shopify_plugin.sandbox.store import Node, number

# What an edit did, kept for its webhook.
kind("OrderEdit", {"createdAt": None}, indexed=("order",))


@mutation("orderEditCommit")
def order_edit_commit(ctx: Context, args: dict[str, Any]) -> Node:
    """Write the changes, unless the order's lines changed since the edit began."""
    try:
        node = session_at(ctx, args["id"])
        order = _editable(ctx, node)
    except Refused as refusal:
        raise Refused(refusal.errors, {"successMessages": []}) from None
    edit: Node = {
        "order": order["id"],
        "notify": bool(args.get("notifyCustomer")),
        "note": args.get("staffNote") or "",
        "additions": _add(ctx, order, node["rows"]),
        "posts": _ship(ctx, order, node["shipping"]),
        "removals": _remove(ctx, order, node["rows"]),
        "discounts": _discount(ctx, order, node["rows"]),
    }
    ctx.update(node, {"committed": True})
    archived = order.get("closedAt") is not None
    ctx.update(order, {"edited": True, "closedAt": None, "updatedAt": ctx.stamp})
    settle(ctx, order)
    work.refresh(ctx, order)
    ctx.create("OrderEdit", edit)
    ctx.record("updated", order)
    told = ["Order updated", *(["Order unarchived"] if archived else [])]
    if edit["notify"]:
        told.append("Invoice sent" if outstanding(ctx, order) > 0 else "Notification sent")
    return {"order": order["id"], "successMessages": told}


def _editable(ctx: Context, node: Node) -> Node:
    order = ctx.store.get(node["order"])
    if order is None or order.get("cancelledAt") or lines_seen(ctx, order) != node["seen"]:
        raise Refused.one(["id"], "The order has changed since the edit began. Begin the edit again.")
    changed = any(change_of(row) or rediscounted(row) for row in node["rows"])
    if not node["shipping"] and not changed:
        raise Refused.one(["id"], "There must be at least one change to be made.")
    return order


def _bag(ctx: Context, amount: Decimal) -> Node:
    return {"shopMoney": {"amount": amount, "currencyCode": ctx.store.currency}}


def _add(ctx: Context, order: Node, rows: Iterable[Node]) -> list[Node]:
    """Add lines, and units to lines; return the lines with their further units. Taxes of new lines are not computed."""
    told: list[Node] = []
    groups: dict[str, list[Node]] = {}
    for at, row in enumerate(rows):
        units = change_of(row)
        if units < 1:
            continue
        line, less = ctx.store.get(row["line"]), Decimal(0)
        if line is None:
            less = off(row)
            line = _line(ctx, order, row, at)
            ctx.update(line, {"totalDiscount": less, "manualDiscount": _manual(row)})
            ctx.update(order, {"lineItems": [*order["lineItems"], line["id"]]})
        else:
            ctx.update(line, {name: line[name] + units for name in ("quantity", "currentQuantity")})
        level = work.stocked(ctx, line, units)
        if level is not None:
            work.hold(ctx, level, units)
        place = level["location"] if level else work.default_location(ctx)
        fresh = work.new_row(ctx, line["id"], units, level["id"] if level else None)
        groups.setdefault(place, []).append(fresh)
        _rise(ctx, order, subtotal=row["unitPrice"] * units - less, totalDiscounts=less)
        told.append({"id": number(line["id"]), "delta": units})
    for place, fresh_rows in groups.items():
        work.open_for(ctx, order, place, fresh_rows, routed=True)
    return told


def _line(ctx: Context, order: Node, row: Node, at: int) -> Node:
    entry = {
        "quantity": row["quantity"],
        "variantId": row["variant"],
        "title": row["title"],
        "priceSet": _bag(ctx, row["unitPrice"]),
        "taxable": row.get("taxable", True),
        "requiresShipping": row.get("requiresShipping", False),
    }
    return new_line(ctx, order, entry, at)


def _manual(row: Node) -> Node | None:
    """Return the manual discount that a row leaves on its line."""
    discount = row["discount"]
    if discount is None:
        return None
    names = ("allocationMethod", "targetSelection", "targetType", "value")
    application = {
        "__typename": "ManualDiscountApplication",
        "index": 0,
        "title": discount["description"] or "",
        "description": discount["description"],
        **{name: discount[name] for name in names},
    }
    return {"amount": manual_off(row), "application": application}


def _discount(ctx: Context, order: Node, rows: Iterable[Node]) -> Node:
    """Give and take manual discounts of lines that were there; return the lines by what was done."""
    told: dict[str, list[Node]] = {"additions": [], "removals": []}
    for row in rows:
        line = ctx.store.get(row["line"])
        if line is None or not rediscounted(row):
            continue
        less = staged_off(row)
        ctx.update(line, {"totalDiscount": line["totalDiscount"] + less, "manualDiscount": _manual(row)})
        _rise(ctx, order, subtotal=-less, totalDiscounts=less)
        told["additions" if row["discount"] else "removals"].append({"id": number(line["id"])})
    return told


def _ship(ctx: Context, order: Node, rows: Iterable[Node]) -> list[Node]:
    told = []
    for at, row in enumerate(rows):
        line = shipping_line(ctx, order, {"title": row["title"], "priceSet": _bag(ctx, row["price"])}, at)
        ctx.update(order, {"shippingLines": [*ctx.value(order, "shippingLines"), line]})
        _rise(ctx, order, totalShipping=row["price"])
        told.append({"id": number(line["id"]), "delta": 1})
    return told


def _rise(ctx: Context, order: Node, **amounts: Decimal) -> None:
    """Raise amounts of an order, and its total by what they come to. The original total stays known."""
    more = sum((amount for name, amount in amounts.items() if name != "totalDiscounts"), Decimal(0))
    values = {name: order[name] + amount for name, amount in amounts.items()}
    values |= {name: order[name] + more for name in ("total", "currentTotal")}
    ctx.update(order, {"originalTotal": order.get("originalTotal", order["total"]), **values})


def _remove(ctx: Context, order: Node, rows: Iterable[Node]) -> list[Node]:
    """Take units off; as at Shopify, a refund that pays nothing back says which."""
    gone = [row for row in rows if row["line"] and change_of(row) < 0]
    if not gone:
        return []
    entries = [{"lineItemId": row["line"], "quantity": -change_of(row), "restockType": "CANCEL"} for row in gone]
    for row, entry in zip(gone, entries, strict=True):
        if row["restock"] and row.get("place"):
            entry["locationId"] = row["place"]
    part = part_of(ctx, order, entries, {})
    for row, taken in zip(gone, part.lines, strict=True):
        taken["restocked"] = row["restock"]
    book(ctx, order, part)
    return [{"id": number(row["line"]), "delta": -change_of(row)} for row in gone]
