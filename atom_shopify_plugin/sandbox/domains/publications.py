"""Publications: the sales channels, what is published to them, and the mutations that publish.

A resource keeps in `publishedTo` the moment of each of its publications. Shopify shows a product in a channel only
while its status is ACTIVE or UNLISTED; until then its publications are staged (official schema).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from atom_shopify_plugin.sandbox.connections import root_page
from atom_shopify_plugin.sandbox.context import Context
from atom_shopify_plugin.sandbox.refusals import Refused, UserError, not_modelled, wrong_id
from atom_shopify_plugin.sandbox.registry import field_rule, kind, mutation, query
from atom_shopify_plugin.sandbox.store import Node, gid_type

__all__ = ["ONLINE_STORE"]

ONLINE_STORE = "online_store"
SHOWN = ("ACTIVE", "UNLISTED")
NEVER = "1970-01-01T00:00:00Z"

kind("Publication", {"autoPublish": False, "supportsFuturePublishing": False, "operation": None}, fields="name")
kind("Channel", {"activeRegions": [], "supportsFuturePublishing": False}, fields="accountId accountName")
kind("AppCatalog", {"priceList": None, "operations": [], "status": "ACTIVE"}, fields="title")


# the channels


@query("publications")
def publications(ctx: Context, args: dict[str, Any]) -> Any:
    wanted = args.get("catalogType") in (None, "APP")
    return root_page(ctx, "Publication", args, lambda _node: wanted)


@query("publicationsCount")
def publications_count(ctx: Context, args: dict[str, Any]) -> int:
    wanted = args.get("catalogType") in (None, "APP")
    return len(ctx.store.all("Publication")) if wanted else 0


@field_rule("Publication.catalog", "AppCatalog.publication")
def other_side(ctx: Context, node: Node, _args: dict[str, Any]) -> Node | None:
    """Return the catalog of a publication, or the publication of a catalog."""
    return ctx.store.get(node["other"])


@field_rule("Publication.channels", "AppCatalog.channels")
def channels(_ctx: Context, node: Node, _args: dict[str, Any]) -> Any:
    return [node["channel"]]


@field_rule("Publication.products", "Publication.collections")
def resources(ctx: Context, node: Node, _args: dict[str, Any]) -> Any:
    rows = [one for name in ("Product", "Collection") for one in ctx.store.all(name).values()]
    rows = [one for one in rows if _is_out(ctx, one, node["id"])]
    return [one["id"] for one in rows]


@field_rule("Publication.hasCollection")
def has_collection(ctx: Context, node: Node, args: dict[str, Any]) -> bool:
    collection = ctx.lookup(args["id"], "Collection")
    return collection is not None and node["id"] in _places(collection)


# what is published


def _places(node: Node) -> Mapping[str, str]:
    """Return the moment of each publication of a resource by the publication's id."""
    places: Mapping[str, str] = node.get("publishedTo") or {}
    return places


def _is_out(ctx: Context, node: Node, publication: str) -> bool:
    at = _places(node).get(publication)
    return at is not None and at <= ctx.stamp and node.get("status", "ACTIVE") in SHOWN


def _rows(ctx: Context, node: Node, args: Mapping[str, Any], *, scheduled: bool) -> list[Node]:
    """Return what a resource is published to; `scheduled` counts what will be published as published."""
    _no_variant(node)
    rows: list[Node] = []
    for gid, at in _places(node).items():
        shown = _is_out(ctx, node, gid) or (scheduled and at > ctx.stamp)
        if shown or args.get("onlyPublished") is False:
            rows.append({"publication": gid, "publishable": node["id"], "isPublished": shown, "publishDate": at})
    return rows


def _no_variant(node: Node) -> None:
    if node["__typename"] == "ProductVariant":
        raise not_modelled("Publishing of single variants")


@field_rule("Publishable.publishedOnPublication")
def published_on(ctx: Context, node: Node, args: dict[str, Any]) -> bool:
    _no_variant(node)
    return _is_out(ctx, node, args["publicationId"])


@field_rule("Publishable.resourcePublications")
def resource_publications(ctx: Context, node: Node, args: dict[str, Any]) -> Any:
    return [
        {**row, "publishDate": row["publishDate"] if row["isPublished"] else NEVER}
        for row in _rows(ctx, node, args, scheduled=True)
    ]


@field_rule("Publishable.resourcePublicationsV2")
def resource_publications_v2(ctx: Context, node: Node, args: dict[str, Any]) -> Any:
    return _rows(ctx, node, args, scheduled=False) if args.get("catalogType") in (None, "APP") else []


@field_rule(
    "Publishable.resourcePublicationsCount", "Publishable.availablePublicationsCount", "Publishable.publicationCount"
)
def publication_count(ctx: Context, node: Node, args: dict[str, Any]) -> int:
    return len(_rows(ctx, node, args, scheduled=False))


@field_rule("Publishable.unpublishedPublications")
def unpublished(ctx: Context, node: Node, _args: dict[str, Any]) -> Any:
    _no_variant(node)
    return [gid for gid in ctx.store.all("Publication") if gid not in _places(node)]


# publishing


@mutation("publishablePublish")
def publish(ctx: Context, args: dict[str, Any]) -> Node:
    def published(places: dict[str, str], publication: Node, entry: Mapping[str, Any]) -> None:
        date = entry.get("publishDate")
        places[publication["id"]] = places.get(publication["id"], ctx.stamp) if date is None else date

    return _write(ctx, args, published)


@mutation("publishableUnpublish")
def unpublish(ctx: Context, args: dict[str, Any]) -> Node:
    def withdrawn(places: dict[str, str], publication: Node, _entry: Mapping[str, Any]) -> None:
        places.pop(publication["id"], None)

    return _write(ctx, args, withdrawn)


Step = Callable[[dict[str, str], Node, Mapping[str, Any]], None]


def _write(ctx: Context, args: Mapping[str, Any], step: Step) -> Node:
    if gid_type(args["id"]) == "ProductVariant":
        raise not_modelled("Publishing of single variants")
    if gid_type(args["id"]) not in ("Collection", "Product"):
        raise wrong_id(args["id"], mutation=True)
    node = ctx.store.get(args["id"])
    if node is None:
        raise Refused.one(["id"], "Resource does not exist")
    places, errors = dict(_places(node)), []
    for at, entry in enumerate(args["input"]):
        if entry.get("channelId"):
            raise not_modelled("PublicationInput.channelId")
        publication = ctx.store.get(entry.get("publicationId"))
        if publication is None or publication["__typename"] != "Publication":
            message = "Publication does not exist or is not publishable"
            errors.append(UserError.at(["input", at, "publicationId"], message))
        elif entry.get("publishDate") and not publication["supportsFuturePublishing"]:
            message = "Publish date is only supported by online store channels"
            errors.append(UserError.at(["input", at, "publishDate"], message))
        else:
            step(places, publication, entry)
    if errors:
        raise Refused(errors, {"publishable": node["id"]})
    online = next((gid for gid in places if ctx.store.all("Publication")[gid]["handle"] == ONLINE_STORE), None)
    changes: Node = {"publishedTo": places}
    if node["__typename"] == "Product":
        changes["publishedAt"] = places[online] if online else None
    if ctx.update(node, changes):
        ctx.record("updated", node)
    return {"publishable": node["id"]}
