"""What is told of order edits and returns, in the shapes that Shopify documents."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from atom_shopify_plugin.sandbox.context import Context
from atom_shopify_plugin.sandbox.store import Change, Node, number
from atom_shopify_plugin.sandbox.webhooks.payloads import Json, identity, local, lower

__all__ = ["edit", "return_events", "whole", "work_events"]

Payload = Callable[[Context, Node], Json]
# By what a return became and, for OPEN, what it was.
_BECAME = {"DECLINED": "decline", "CANCELED": "cancel", "CLOSED": "close"}


def edit(ctx: Context, node: Node) -> Json:
    """Return what was changed by an order edit."""
    told = {
        **identity(node),
        "app_id": None,
        "created_at": local(ctx, node["createdAt"]),
        "notify_customer": node["notify"],
        "order_id": number(node["order"]),
        "staff_note": node["note"],
        "user_id": None,
        "line_items": {"additions": node["additions"], "removals": node["removals"]},
        "discounts": {"line_item": node["discounts"]},
        "shipping_lines": {"additions": node["posts"], "removals": []},
    }
    return {"order_edit": told}


def return_events(change: Change) -> Iterator[tuple[str, Payload]]:
    """Yield the topics of a change of a return, each with its payload."""
    status, before = change.node["status"], change.former.get("status")
    if change.action == "created":
        yield ("returns/request" if status == "REQUESTED" else "returns/approve"), whole
    elif before is not None and status == "OPEN":
        yield ("returns/approve", whole) if before == "REQUESTED" else ("returns/reopen", _brief)
    elif before is not None:
        yield f"returns/{_BECAME[status]}", _declined if status == "DECLINED" else _brief
    if "processings" in change.former:
        yield "returns/process", whole


def work_events(change: Change) -> Iterator[tuple[str, Payload]]:
    """Yield the topic of items that came back and were dealt with."""
    if change.action == "updated" and "lineItems" in change.former:
        yield "reverse_fulfillment_orders/dispose", _work


def _brief(_ctx: Context, node: Node) -> Json:
    return {**identity(node), "status": lower(node["status"]), "order": _ref(node["order"])}


def _declined(ctx: Context, node: Node) -> Json:
    decline = node["decline"]
    return {**_brief(ctx, node), "decline": {"reason": lower(decline["reason"]), "note": decline["note"]}}


def whole(ctx: Context, node: Node) -> Json:
    rows = node["returnLineItems"]
    return {
        **_brief(ctx, node),
        "name": node["name"],
        "total_return_line_items": sum(row["quantity"] for row in rows),
        "return_line_items": [
            {
                **_ref(row["id"]),
                "fulfillment_line_item": {**_ref(row["fulfilled"]), "line_item": _ref(row["lineItem"])},
                "quantity": row["quantity"],
                "return_reason": lower(row["returnReason"]),
                "return_reason_note": row["returnReasonNote"],
                "customer_note": row["customerNote"],
            }
            for row in rows
        ],
    }


def _work(_ctx: Context, node: Node) -> Json:
    return {**identity(node), "status": lower(node["status"]), "return": _ref(node["return"])}


def _ref(gid: str) -> Json:
    return {"id": number(gid), "admin_graphql_api_id": gid}
