"""Audiences as Shopify's own segments: their rules as a query, or the tag that they give."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from atom_shopify_plugin.analytics.segment_query import Translation, translated
from atom_shopify_plugin.errors import Conflict
from atom_shopify_plugin.service.audiences import found
from atom_shopify_plugin.storage.insight.audiences import Audience
from atom_shopify_plugin.stores.shop import Shop

__all__ = ["create", "query"]

Json = dict[str, Any]


def query(shop: Shop, *, audience: str) -> Json:
    """Return the rules of an audience in Shopify's language for segments, None with reasons where it can't say them."""
    one, told = _translated(shop, audience)
    shop.told["all_orders"] = True  # the rules do not depend on orders
    return {
        "audience": {"id": one.id, "name": one.name},
        "query": told.query,
        "reasons": list(told.reasons),
        "notes": list(told.notes),
        "query_by_tag": _by_tag(one) if one.tag else None,
    }


def create(shop: Shop, *, audience: str, by: str, name: str | None = None) -> Json:
    """Create a segment from the rules of an audience, or from its tag; raise `Conflict` where that can't be."""
    one, told = _translated(shop, audience)
    if by == "tag":
        if not one.tag:
            raise Conflict(f"The audience “{one.name}” has no tag yet: audience_push adds one.")
        told = Translation(_by_tag(one), (), ())
    if told.query is None:
        hint = "With by=tag, the segment contains the customers that audience_push tagged."
        reasons = list(told.reasons)
        raise Conflict(f"Shopify has no such segment. {' '.join(reasons)} {hint}", details={"reasons": reasons})
    made: Json = shop.root("SegmentCreate", {"name": name or one.name, "query": told.query})["segment"]
    return {**made, "notes": list(told.notes)}


def _translated(shop: Shop, named: str) -> tuple[Audience, Translation]:
    with shop.storage.read() as session:
        one = found(shop, session, named)
    return one, translated(one.match, one.rules, shop.zone)


def _by_tag(one: Audience) -> str:
    return translated("all", [{"attribute": "tags", "operator": "has", "value": one.tag}], ZoneInfo("UTC")).query or ""
