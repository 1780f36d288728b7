"""Redeem codes added to a discount in bulk, and taken away: both are done later."""

from __future__ import annotations

from typing import Any

from atom_shopify_plugin.sandbox.context import Context
from atom_shopify_plugin.sandbox.domains.discount_writes import code_problem
from atom_shopify_plugin.sandbox.domains.discounts import codes_of
from atom_shopify_plugin.sandbox.domains.shared import new_job
from atom_shopify_plugin.sandbox.refusals import Refused, not_modelled
from atom_shopify_plugin.sandbox.registry import derived, kind, mutation
from atom_shopify_plugin.sandbox.store import Node, Pending

kind("DiscountRedeemCodeBulkCreation", fields="createdAt done codesCount failedCount importedCount discountCode")


def _discount(ctx: Context, gid: str) -> Node:
    node = ctx.store.get(gid)
    if node is None or node["__typename"] != "DiscountCodeNode":
        raise Refused.one(["discountId"], "Code discount does not exist.", "INVALID")
    return node


derived({"DiscountRedeemCodeBulkCreation.codes": "rows"})


@mutation("discountRedeemCodeBulkAdd")
def add_codes(ctx: Context, args: dict[str, Any]) -> Node:
    node, codes = _discount(ctx, args["discountId"]), [entry["code"] for entry in args["codes"]]
    if not codes:
        raise Refused.one(["codes"], "Codes can't be blank", "BLANK")
    rows: list[Node] = [{"code": code, "errors": [], "discountRedeemCode": None} for code in codes]
    counts = {"codesCount": len(codes), "failedCount": 0, "importedCount": 0}
    creation = ctx.create(
        "DiscountRedeemCodeBulkCreation", {"discountCode": node["id"], "done": False, "rows": rows, **counts}
    )

    def run(later: Context) -> None:
        made = [_added(later, node, code) for code in codes]
        failed = sum(bool(row["errors"]) for row in made)
        values = {"done": True, "rows": made, "failedCount": failed, "importedCount": len(made) - failed}
        later.update(creation, values)
        if failed < len(made):
            later.update(node, {"updatedAt": later.stamp})
            later.record("updated", node, operation="discountRedeemCodeBulkAdd")

    ctx.store.pending.append(Pending(creation["id"], 1, run))
    return {"bulkCreation": creation["id"]}


def _added(ctx: Context, node: Node, code: str) -> Node:
    problem = code_problem(ctx, code)
    if problem is not None:
        error = {"field": ["code"], "message": problem[0], "code": None, "extraInfo": None}
        return {"code": code, "errors": [error], "discountRedeemCode": None}
    made = ctx.create("DiscountRedeemCode", {"code": code, "discount": node["id"], "createdAt": ctx.stamp})
    return {"code": code, "errors": [], "discountRedeemCode": made["id"]}


@mutation("discountCodeRedeemCodeBulkDelete")
def delete_codes(ctx: Context, args: dict[str, Any]) -> Node:
    node = _discount(ctx, args["discountId"])
    ways = [args.get(name) for name in ("ids", "search", "savedSearchId")]
    if all(way is None for way in ways):
        message = "Missing expected argument key: 'ids', 'search' or 'saved_search_id'."
        raise Refused.one(None, message, "MISSING_ARGUMENT")
    if sum(way is not None for way in ways) > 1:
        message = "Only one of 'ids', 'search' or 'saved_search_id' is allowed."
        raise Refused.one(None, message, "TOO_MANY_ARGUMENTS")
    if args.get("ids") is None:
        raise not_modelled("The deletion of redeem codes by a search")
    # Seen on a live store: codes that are named by id are gone at once, and the job is done.
    for code in codes_of(ctx, node):
        if code["id"] in args["ids"]:
            ctx.delete(code)
    ctx.update(node, {"updatedAt": ctx.stamp})
    ctx.record("updated", node)
    job = new_job(ctx)
    ctx.update(job, {"done": True})
    return {"job": job["id"]}
