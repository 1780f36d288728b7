"""Returns asked for, approved, declined, cancelled, closed and reopened.

The messages are those that live stores answer, where they are known (see the facts in the tests).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from atom_shopify_plugin.sandbox.context import Context
from atom_shopify_plugin.sandbox.domains.returns import REASONS, returnable, returns_of, rows_of, status_of_order
from atom_shopify_plugin.sandbox.inputs import label_of
from atom_shopify_plugin.sandbox.refusals import Refused, not_modelled
from atom_shopify_plugin.sandbox.registry import mutation
from atom_shopify_plugin.sandbox.store import Node

__all__ = ["INVALID", "refresh", "return_at"]

LONGEST = {"returnReasonNote": 255, "customerNote": 300, "declineNote": 500}
NO_REASON = "Return line items Either return reason or return reason definition must be provided"
INVALID = "Return status is invalid."
UNMODELLED = ("exchangeLineItems", "returnShippingFee", "restockingFee")


def return_at(ctx: Context, gid: str, path: Sequence[str], message: str, *states: str) -> Node:
    """Return the return with this id; raise `Refused` for none, and with `message` for one in none of `states`."""
    node = ctx.known(gid, "Return", path, "Return not found.", "NOT_FOUND")
    if node["status"] not in states:
        raise Refused.one(path, message, "INVALID_STATE")
    return node


def refresh(ctx: Context, node: Node) -> None:
    """Bring the state that an order shows of its returns in line."""
    order = ctx.store.all("Order")[node["order"]]
    ctx.update(order, {"returnStatus": status_of_order(ctx, order), "updatedAt": ctx.stamp})


def _modelled(given: Mapping[str, Any], name: str) -> None:
    for member in UNMODELLED:
        if given.get(member):
            raise not_modelled(f"{name}.{member}")


def _text(given: Mapping[str, Any], name: str, path: Sequence[Any]) -> str | None:
    text: str | None = given.get(name)
    if len(text or "") > LONGEST[name]:
        message = f"{label_of(name)} is too long (maximum is {LONGEST[name]} characters)"
        raise Refused.one([*path, name], message, "TOO_LONG")
    return text


def _lines(ctx: Context, order: Node, given: Sequence[Mapping[str, Any]], path: Sequence[Any]) -> list[Node]:
    """Return the lines of a new return; raise `Refused` with what is wrong with each."""
    if not given:
        raise Refused.one(path, "Return line items can't be blank", "BLANK")
    known, units = {row["id"]: (parcel, row) for parcel, row in rows_of(ctx, order)}, Counter[str]()
    lines, errors = [], []
    for at, entry in enumerate(given):
        try:
            lines.append(_line(ctx, order, entry, known, units, [*path, at]))
        except Refused as refusal:
            errors += refusal.errors
    if errors:
        raise Refused(errors)
    return lines


def _line(ctx: Context, order: Node, entry: Mapping[str, Any], known: Mapping[str, tuple[Node, Node]],
          units: Counter[str], path: Sequence[Any]) -> Node:  # fmt: skip
    _modelled(entry, "ReturnLineItemInput")
    found = known.get(entry["fulfillmentLineItemId"])
    if found is None:
        raise Refused.one([*path, "fulfillmentLineItemId"], "Fulfillment line item not found.", "NOT_FOUND")
    parcel, row = found
    units[row["id"]] += entry["quantity"]
    if entry["quantity"] < 1 or units[row["id"]] > returnable(ctx, order, row):
        raise Refused.one([*path, "quantity"], "Return line item has an invalid quantity.", "INVALID")
    reason, definition = entry.get("returnReason"), entry.get("returnReasonDefinitionId")
    note, created = _text(entry, "returnReasonNote", path) or "", path[0] == "returnInput"
    if reason is None and definition is None:
        if created:
            raise Refused.one(path, NO_REASON, "NOT_FOUND")
        raise Refused.one([*path, "returnReason"], "Return reason can't be blank", "BLANK")
    if definition is not None and definition not in REASONS:
        raise Refused.one([*path, "returnReasonDefinitionId"], "Return reason definition not found.", "NOT_FOUND")
    # Requests of customers have a note of their own.
    if reason == "OTHER" and created and not note.strip():
        raise Refused.one([*path, "returnReasonNote"], "Return reason note can't be blank", "BLANK")
    return {
        "__typename": "ReturnLineItem",
        "id": ctx.store.new_id("ReturnLineItem"),
        "parcel": parcel["id"],
        "fulfilled": row["id"],
        "lineItem": row["lineItem"],
        "quantity": entry["quantity"],
        "returnReason": reason or "UNKNOWN",
        "definition": definition,
        "returnReasonNote": note,
        "customerNote": _text(entry, "customerNote", path),
        "processed": 0,
        "refunded": 0,
    }


def _made(ctx: Context, given: Mapping[str, Any], argument: str, status: str) -> Node:
    order = ctx.known(given["orderId"], "Order", [argument, "orderId"], "Order not found.", "NOT_FOUND")
    _modelled(given, "ReturnInput")
    lines = _lines(ctx, order, given["returnLineItems"], [argument, "returnLineItems"])
    name = f"{order['name']}-R{len(returns_of(ctx, order)) + 1}"
    node = ctx.create("Return", {"order": order["id"], "name": name, "status": status, "returnLineItems": lines})
    if status == "OPEN":
        _open(ctx, node)
        ctx.update(order, {"closedAt": None})  # a return unarchives its order
    refresh(ctx, node)
    ctx.record("created", node)
    return {"return": node["id"]}


def _open(ctx: Context, node: Node) -> None:
    """Add the reverse fulfillment order by which the items come back."""
    rows = [
        {
            "__typename": "ReverseFulfillmentOrderLineItem",
            "id": ctx.store.new_id("ReverseFulfillmentOrderLineItem"),
            "parcel": line["parcel"],
            "fulfilled": line["fulfilled"],
            "returned": line["id"],
            "totalQuantity": line["quantity"],
        }
        for line in node["returnLineItems"]
    ]
    values = {"return": node["id"], "order": node["order"], "lineItems": rows, "status": "OPEN"}
    ctx.create("ReverseFulfillmentOrder", values)


def _now(ctx: Context, node: Node, **values: Any) -> Node:
    """Change a return and what its order says of it; one that is so already stays untouched."""
    if node["status"] != values["status"]:
        ctx.update(node, values)
        refresh(ctx, node)
        ctx.record("updated", node)
    return {"return": node["id"]}


@mutation("returnCreate")
def return_create(ctx: Context, args: dict[str, Any]) -> Node:
    return _made(ctx, args["returnInput"], "returnInput", "OPEN")


@mutation("returnRequest")
def return_request(ctx: Context, args: dict[str, Any]) -> Node:
    return _made(ctx, args["input"], "input", "REQUESTED")


@mutation("returnApproveRequest")
def return_approve_request(ctx: Context, args: dict[str, Any]) -> Node:
    message = "Return is not approvable. Only returns with status REQUESTED can be approved."
    node = return_at(ctx, args["input"]["id"], ["input", "id"], message, "REQUESTED")
    _open(ctx, node)
    return _now(ctx, node, status="OPEN", requestApprovedAt=ctx.stamp)


@mutation("returnDeclineRequest")
def return_decline_request(ctx: Context, args: dict[str, Any]) -> Node:
    given, path = args["input"], ["input", "id"]
    message = "Return is not declinable. Only non-refunded returns with status REQUESTED can be declined."
    node = return_at(ctx, given["id"], path, message, "REQUESTED", "DECLINED")
    if node["status"] == "DECLINED":
        raise Refused.one(path, "The return is already declined.", "INVALID_STATE")
    note = _text(given, "declineNote", ["input"])
    return _now(ctx, node, status="DECLINED", decline={"reason": given["declineReason"], "note": note})


@mutation("returnCancel")
def return_cancel(ctx: Context, args: dict[str, Any]) -> Node:
    """Cancel a return; only before any work was done on it, be it an inspection or a refund."""
    message = "Return is not cancelable."
    node = return_at(ctx, args["id"], ["id"], message, "OPEN", "REQUESTED", "DECLINED", "CANCELED")
    work = ctx.store.find("ReverseFulfillmentOrder", "return", node["id"])
    disposed = any(row.get("dispositions") for one in work for row in one["lineItems"])
    if disposed or any(row["processed"] or row["refunded"] for row in node["returnLineItems"]):
        raise Refused.one(["id"], message, "INVALID_STATE")
    for one in work:
        ctx.update(one, {"status": "CANCELED"})
    return _now(ctx, node, status="CANCELED")


@mutation("returnClose")
def return_close(ctx: Context, args: dict[str, Any]) -> Node:
    node = return_at(ctx, args["id"], ["id"], INVALID, "OPEN", "CLOSED")
    return _now(ctx, node, status="CLOSED", closedAt=node.get("closedAt") or ctx.stamp)


@mutation("returnReopen")
def return_reopen(ctx: Context, args: dict[str, Any]) -> Node:
    return _now(ctx, return_at(ctx, args["id"], ["id"], INVALID, "CLOSED", "OPEN"), status="OPEN", closedAt=None)
