"""Order edits: changes that are staged on a calculated order, which orderEditCommit writes to the order.

The messages are those that live stores answer, where they are known (see the facts in the tests).
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from atom_shopify_plugin.sandbox.context import Context
from atom_shopify_plugin.sandbox.domains.order_edit_fields import ZERO, lines_seen, rounded, staged_changes
from atom_shopify_plugin.sandbox.refusals import Refused, UserError, not_modelled, wrong_id
from atom_shopify_plugin.sandbox.registry import mutation
from atom_shopify_plugin.sandbox.store import Node, gid_type, number

__all__ = ["session_at"]

LONGEST = 255


def session_at(ctx: Context, gid: str) -> Node:
    """Return the calculated order of an edit, which is named by its own id or that of the session."""
    if gid_type(gid) not in ("CalculatedOrder", "OrderEditSession"):
        raise wrong_id(gid, mutation=ctx.mutation is not None)
    node = ctx.store.get(f"gid://shopify/CalculatedOrder/{number(gid)}")
    if node is None or node["committed"]:
        raise Refused.one(["id"], "The calculated order does not exist.", "INVALID")
    return node


def _staged(node: Node, **payload: Any) -> Node:
    session = {"id": f"gid://shopify/OrderEditSession/{number(node['id'])}"}
    return {"calculatedOrder": node["id"], "orderEditSession": session, **payload}


def _row(ctx: Context, **values: Any) -> Node:
    """Return a row of a line that is added, or with `values` of one that is there."""
    gid = ctx.store.new_id("CalculatedLineItem")
    plain = {"line": None, "variant": None, "variantTitle": None, "sku": None, "before": 0, "fixed": 0}
    staged = {"restock": False, "discount": None, "had": None, "unitOff": ZERO}
    return {"__typename": "CalculatedLineItem", "id": gid, **plain, **staged, **values}


@mutation("orderEditBegin")
def order_edit_begin(ctx: Context, args: dict[str, Any]) -> Node:
    order = ctx.known(args["id"], "Order", ["id"], "The order does not exist.")
    if order.get("cancelledAt") or order["displayFinancialStatus"] in ("REFUNDED", "VOIDED"):
        raise Refused.one(None, "The order cannot be edited.")
    if order.get("currencies"):
        raise not_modelled("The edit of an order in another currency than the shop's")
    rows = []
    for gid, units, open_ in lines_seen(ctx, order):
        line = ctx.store.all("LineItem")[gid]
        shown = {name: line.get(name) for name in ("variant", "title", "variantTitle", "sku", "unitPrice", "image")}
        manual = line.get("manualDiscount")
        others = line["totalDiscount"] - (manual["amount"] if manual else 0)
        had = _kept(ctx, manual, line) if manual else None
        known = {
            "id": f"gid://shopify/CalculatedLineItem/{number(gid)}",
            "line": gid,
            "unitOff": others / max(1, line["quantity"]),
            "discount": had,
            "had": had,
        }
        rows.append(_row(ctx, **shown, **known, quantity=units, before=units, fixed=max(0, units - open_)))
    seen = lines_seen(ctx, order)
    begun = {"order": order["id"], "rows": rows, "shipping": [], "seen": seen, "committed": False}
    return _staged(ctx.create("CalculatedOrder", begun))


def _kept(ctx: Context, manual: Node, line: Node) -> Node:
    """Return the manual discount that a line has, as the edit of its order shows it."""
    application = manual["application"]
    each = manual["amount"] / max(1, line["quantity"])
    return _application(ctx, application["value"], application["description"], each=each, application=application)


def _application(ctx: Context, value: Node, description: str | None, **more: Any) -> Node:
    return {
        "__typename": "CalculatedManualDiscountApplication",
        "id": ctx.store.new_id("CalculatedManualDiscountApplication"),
        "allocationMethod": "EACH",
        "appliedTo": "LINE",
        "description": description,
        "targetSelection": "EXPLICIT",
        "targetType": "LINE_ITEM",
        "value": value,
        **more,
    }


def _row_at(node: Node, gid: str, path: Sequence[str] = ("lineItemId",)) -> Node:
    rows: list[Node] = node["rows"]
    row = next((row for row in rows if gid in (row["id"], row["line"])), None)
    if row is None:
        raise Refused.one(path, "The line item does not exist on the order.")
    return row


def _set(ctx: Context, node: Node, row: Node, **values: Any) -> str:
    """Change a row; return its id, by which the payload finds it."""
    fresh = {**row, **values}
    ctx.update(node, {"rows": [fresh if one["id"] == row["id"] else one for one in node["rows"]]})
    return str(row["id"])


def _shown(node: Node, gid: str, **payload: Any) -> Node:
    return _staged(node, calculatedLineItem=_row_at(node, gid), **payload)


def _added(ctx: Context, node: Node, quantity: int, variant: str | None = None, **values: Any) -> Node:
    if quantity < 1:
        errors = [UserError(("quantity",), "must be greater than 0")]
        if quantity < 0 and variant:
            errors.append(UserError(("quantity",), "must be greater than or equal to 0"))
        raise Refused(errors)
    row = _row(ctx, quantity=quantity, variant=variant, **values)
    ctx.update(node, {"rows": [*node["rows"], row]})
    return _shown(node, row["id"])


@mutation("orderEditAddVariant")
def order_edit_add_variant(ctx: Context, args: dict[str, Any]) -> Node:
    node = session_at(ctx, args["id"])
    variant = ctx.known(args["variantId"], "ProductVariant", ["variantId"], "The variant does not exist in the shop.")
    there = any(row["variant"] == variant["id"] and row["quantity"] for row in node["rows"])
    title = ctx.store.all("Product")[variant["product"]]["title"]
    if there and not args.get("allowDuplicates"):
        raise Refused.one(["id"], f"{title} was not added because it's already on the order.")
    more = {"title": title, "sku": variant.get("sku"), "unitPrice": Decimal(variant["price"])}
    if variant["title"] != "Default Title":
        more["variantTitle"] = variant["title"]
    return _added(ctx, node, args["quantity"], variant=variant["id"], **more)


def _money(ctx: Context, money: Node, path: list[str], other: str = "Currency must be {}.") -> Decimal:
    if money["currencyCode"] != ctx.store.currency:
        raise Refused.one(path, other.format(ctx.store.currency), "INVALID")
    if money["amount"] < 0:
        raise Refused.one(path, "must be greater than or equal to 0", "INVALID")
    return rounded(Decimal(money["amount"]))


@mutation("orderEditAddCustomItem")
def order_edit_add_custom_item(ctx: Context, args: dict[str, Any]) -> Node:
    node = session_at(ctx, args["id"])
    if not args["title"].strip():
        raise Refused.one(["title"], "can't be blank")
    if len(args["title"]) > LONGEST:
        raise Refused.one(["title"], f"is too long (maximum is {LONGEST} characters)")
    price = _money(ctx, args["price"], ["price", "amount"])
    taxed, sent = args.get("taxable") is not False, bool(args.get("requiresShipping"))
    return _added(
        ctx, node, args["quantity"], title=args["title"], unitPrice=price, taxable=taxed, requiresShipping=sent
    )


@mutation("orderEditSetQuantity")
def order_edit_set_quantity(ctx: Context, args: dict[str, Any]) -> Node:
    node = session_at(ctx, args["id"])
    row, wanted = _row_at(node, args["lineItemId"]), args["quantity"]
    if wanted < 0:
        raise Refused.one(["quantity"], "must be greater than or equal to 0")
    if wanted < row["fixed"]:
        message = f"The quantity must not be below {row['fixed']}: only unfulfilled items can be removed."
        raise Refused.one(["quantity"], message)
    if row["line"] is None and not wanted:
        ctx.update(node, {"rows": [one for one in node["rows"] if one["id"] != row["id"]]})
        return _staged(node, calculatedLineItem={**row, "quantity": 0})
    restock = {"restock": bool(args.get("restock")), "place": args.get("locationId")}
    return _shown(node, _set(ctx, node, row, quantity=wanted, **restock))


@mutation("orderEditAddLineItemDiscount")
def order_edit_add_line_item_discount(ctx: Context, args: dict[str, Any]) -> Node:
    node, given = session_at(ctx, args["id"]), args["discount"]
    row = _row_at(node, args["lineItemId"], ["id"])
    if row["line"] is not None:
        _discountable(ctx, row)
    if row["discount"] is not None:
        raise Refused.one(["lineItemId"], "The line item has a discount already.")
    share, fixed = given.get("percentValue"), given.get("fixedValue")
    if (share is None) == (fixed is None):
        raise Refused.one(["discount"], "The discount must have either a percentage or a fixed value.")
    if share is not None and not 0 < share <= 100:
        raise Refused.one(["discount", "percentValue"], "The percentage must be above 0 and at most 100.")
    amount = ZERO if fixed is None else _money(ctx, fixed, ["discount", "fixedValue"])
    value = (
        {"__typename": "PricingPercentageValue", "percentage": share}
        if fixed is None
        else {"__typename": "MoneyV2", "amount": amount, "currencyCode": ctx.store.currency}
    )
    change = ctx.store.new_id("OrderStagedChangeAddLineItemDiscount")
    discount = _application(ctx, value, given.get("description"), change=change)
    gid = _set(ctx, node, row, discount=discount)
    staged = next(one for one in staged_changes(_row_at(node, gid)) if "description" in one)
    return _shown(node, gid, addedDiscountStagedChange=staged)


def _discountable(ctx: Context, row: Node) -> None:
    """Raise `Refused` for a line of the order that can't get a discount: only unfulfilled items can be edited."""
    line = ctx.store.all("LineItem")[row["line"]]
    if row["fixed"] and row["fixed"] >= row["quantity"]:
        raise Refused.one(["lineItemId"], "Only unfulfilled items can get a discount.")
    if row["fixed"] or row["quantity"] < row["before"] or line["quantity"] != line["currentQuantity"]:
        raise not_modelled("A discount on a line of which some items were sent or removed")


@mutation("orderEditRemoveDiscount")
def order_edit_remove_discount(ctx: Context, args: dict[str, Any]) -> Node:
    node, gid = session_at(ctx, args["id"]), args["discountApplicationId"]
    row = next((row for row in node["rows"] if (row["discount"] or {}).get("id") == gid), None)
    if row is not None:
        _set(ctx, node, row, discount=None)
    return _staged(node)


@mutation("orderEditAddShippingLine")
def order_edit_add_shipping_line(ctx: Context, args: dict[str, Any]) -> Node:
    node, given = session_at(ctx, args["id"]), args["shippingLine"]
    if not given["title"].strip():
        raise Refused.one(["shippingLine", "title"], "The title must not be blank.", "INVALID")
    row = {
        "__typename": "CalculatedShippingLine",
        "id": ctx.store.new_id("CalculatedShippingLine"),
        "title": given["title"],
        "price": _money(ctx, given["price"], ["shippingLine", "price"], "The price must be in {}."),
    }
    ctx.update(node, {"shipping": [*node["shipping"], row]})
    return _staged(node, calculatedShippingLine={**row, "stagedStatus": "ADDED"})
