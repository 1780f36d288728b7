"""shopifyqlQuery: access, and the answer to a query (see `sandbox.shopifyql`)."""

from __future__ import annotations

from typing import Any

from atom_shopify_plugin.sandbox.context import Context
from atom_shopify_plugin.sandbox.refusals import denied
from atom_shopify_plugin.sandbox.registry import query
from atom_shopify_plugin.sandbox.shopifyql import answer
from atom_shopify_plugin.sandbox.store import Node


@query("shopifyqlQuery")
def shopifyql_query(ctx: Context, args: dict[str, Any]) -> Node:
    """Answer for apps that are approved for customer data of level 2."""
    if not ctx.store.customer_data_approved:
        raise denied("shopifyqlQuery", ["read_reports"])
    return answer(ctx, args["query"])
