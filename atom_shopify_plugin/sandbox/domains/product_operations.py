"""Operations on a product that are carried out after the answer, and productDelete."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from graphql import GraphQLError

from atom_shopify_plugin.sandbox.context import Context
from atom_shopify_plugin.sandbox.mutations import summary
from atom_shopify_plugin.sandbox.refusals import Refused, UserError
from atom_shopify_plugin.sandbox.registry import kind, mutation, query
from atom_shopify_plugin.sandbox.store import Node, Pending
from atom_shopify_plugin.sandbox.writes import delete

__all__ = ["promised"]

TICKS = 1
BUSY = "Another operation already in progress. Please wait until current one is finished."

kind("ProductSetOperation", fields="product userErrors")
kind("ProductDeleteOperation", fields="product deletedProductId userErrors")


@query("productOperation")
def product_operation(ctx: Context, args: dict[str, Any]) -> Node | None:
    return ctx.lookup(args["id"], "ProductOperation")


def promised(
    ctx: Context, kind_name: str, about: str | None, args: Mapping[str, Any], work: Callable[[Context], Node]
) -> Node:
    """Return an operation on the product `about` (None: a new one) that is carried out with a later request.

    `work` does it and returns what the operation shows then; when it is refused, the operation shows the errors.
    """
    kinds = ("ProductSetOperation", "ProductDeleteOperation")
    running = [one for name in kinds for one in ctx.store.all(name).values()]
    if about is not None and any(one["about"] == about and one["status"] != "COMPLETE" for one in running):
        raise Refused.one(None, BUSY)
    operation = ctx.create(kind_name, {"status": "CREATED", "about": about, "userErrors": []})
    arguments, name = summary(args), ctx.mutation

    def run(later: Context) -> None:
        later.arguments, later.mutation = arguments, name
        try:
            shown = work(later)
        except Refused as refusal:
            later.take_back()
            shown = {"userErrors": [error.node() for error in refusal.errors]}
        except GraphQLError as problem:  # the request that asked for it has its answer: the operation tells
            later.take_back()
            shown = {"userErrors": [UserError(None, problem.message).node()]}
        later.update(operation, {**shown, "status": "COMPLETE"})
        later.arguments, later.mutation = {}, None

    ctx.store.pending.append(Pending(operation["id"], TICKS, run))
    return operation


@mutation("productDelete")
def product_delete(ctx: Context, args: dict[str, Any]) -> Node:
    given = args["input"]
    if args.get("synchronous") is not False:
        return {"deletedProductId": delete(ctx, "Product", given, "ProductDeleteInput")["id"]}
    if ctx.lookup(given["id"], "Product") is None:
        raise Refused.one(["id"], "Product does not exist")

    def work(later: Context) -> Node:
        return {"deletedProductId": delete(later, "Product", given, "ProductDeleteInput")["id"]}

    operation = promised(ctx, "ProductDeleteOperation", given["id"], args, work)
    return {"productDeleteOperation": operation["id"]}
