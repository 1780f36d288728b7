"""Members of segments: page by page, or as a list that Shopify makes in the background."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from atom_shopify_plugin.errors import NotFound
from atom_shopify_plugin.service.background import Pending
from atom_shopify_plugin.service.finding import PAGE
from atom_shopify_plugin.shopify.ids import gid, parse_gid
from atom_shopify_plugin.shopify.wire import camel
from atom_shopify_plugin.stores.shop import Shop

__all__ = ["list_members", "queried", "query_members"]

Json = dict[str, Any]


def list_members(shop: Shop, **variables: Any) -> Json:
    """Return a page of the members of a segment, of a query, or of a list that was made before.

    Shopify numbers members as it numbers customers: `customer_id` is the id of the customer.
    """
    if "sort_key" in variables:
        variables["sort_key"] = variables["sort_key"].lower()
    page = shop.root("SegmentMemberList", variables)
    return {"nodes": [_member(edge["node"]) for edge in page["edges"]], "page_info": page["page_info"]}


def query_members(shop: Shop, **given: Any) -> Pending:
    """Let Shopify begin to list the members of a segment or of a query."""
    wanted: Json = {name: given[name] for name in ("segment_id", "query", "reverse") if name in given}
    if "sort_key" in given:
        wanted["sort_key"] = given["sort_key"].lower()
    made = shop.root("SegmentMemberQueryCreate", {"input": camel(wanted)})["customer_segment_members_query"]
    return Pending({"query": str(made["id"])}, message="Shopify lists the members.")


def queried(shop: Shop, look: Mapping[str, str], **_given: Any) -> Pending | Json:
    """Look at a list of members: return its id, its size and its first members once it is done.

    `Pending` until then; raises `NotFound` where Shopify has forgotten it.
    """
    made = shop.root("SegmentMemberQueryGet", {"id": look["query"]})
    if made is None:
        raise NotFound(f"{shop.domain} no longer has this list of members. Request a new one.")
    if not made["done"]:
        return Pending(look, done=made["current_count"], message="Shopify lists the members.")
    page = shop.root("SegmentMemberList", {"first": PAGE, "query_id": made["id"]})
    return {
        "query_id": made["id"],
        "count": made["current_count"],
        "members": [_member(edge["node"]) for edge in page["edges"]],
        "truncated": page["page_info"]["has_next_page"],
    }


def _member(node: Mapping[str, Any]) -> Json:
    number = parse_gid(node["id"]).number
    return {**node, "customer_id": gid("Customer", number)}
