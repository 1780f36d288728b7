"""Sales agreements of an order: what was ordered, what edits changed, and what was refunded, each with its units.

Amounts and taxes of sales, sales of shipping, and agreements of returns are not modelled.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from atom_shopify_plugin.sandbox.context import Context
from atom_shopify_plugin.sandbox.registry import Filter, derived, kind
from atom_shopify_plugin.sandbox.store import Node, number

__all__ = ["agreements_of"]

for name in ("OrderAgreement", "OrderEditAgreement", "RefundAgreement"):
    kind(name, {"app": None, "user": None})
kind("SalesAgreement", filters={"happened_at": Filter("time", lambda _ctx, node: node["happenedAt"])})
kind("ProductSale", {"lineType": "PRODUCT"})


def agreements_of(ctx: Context, order: Node) -> list[Node]:
    """Return the agreements of an order, the oldest first."""
    edits = ctx.store.find("OrderEdit", "order", order["id"])
    added: Counter[int] = Counter()
    for edit in edits:
        added.update({change["id"]: change["delta"] for change in edit["additions"]})
    ordered = [
        (gid, units)
        for gid in order["lineItems"]
        if (units := ctx.store.all("LineItem")[gid]["quantity"] - added[number(gid)]) > 0
    ]
    made = [_agreement("OrderAgreement", order, "ORDER", _sales(order, "ORDER", ordered))]
    made += [_agreement("OrderEditAgreement", edit, "ORDER_EDIT", list(_edited(edit))) for edit in edits]
    for gid in ctx.value(order, "refunds"):
        refund = ctx.store.all("Refund")[gid]
        rows = ((row["lineItem"], -row["quantity"]) for row in refund["refundLineItems"])
        made.append(_agreement("RefundAgreement", refund, "REFUND", _sales(refund, "RETURN", rows)))
    return sorted(made, key=lambda one: str(one["happenedAt"]))


def _agreement(name: str, node: Node, reason: str, sales: list[Node]) -> Node:
    gid = f"gid://shopify/{name}/{number(node['id'])}"
    return {"__typename": name, "id": gid, "happenedAt": node["createdAt"], "reason": reason, "sales": sales}


def _edited(edit: Node) -> Iterator[Node]:
    for member, sign, action in (("additions", 1, "ORDER"), ("removals", -1, "RETURN")):
        rows = ((f"gid://shopify/LineItem/{change['id']}", sign * change["delta"]) for change in edit[member])
        yield from _sales(edit, action, rows)


def _sales(node: Node, action: str, rows: Iterable[tuple[str, int]]) -> list[Node]:
    return [
        {
            "__typename": "ProductSale",
            "id": f"gid://shopify/ProductSale/{number(node['id'])}{number(gid)}",
            "actionType": action,
            "lineType": "PRODUCT",
            "quantity": units,
            "lineItem": gid,
        }
        for gid, units in rows
    ]


derived({"Order.agreements": agreements_of})
