"""The catalogs of company locations. Those of markets are not modelled.

The messages are those that live stores answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from atom_shopify_plugin.sandbox.connections import root_page
from atom_shopify_plugin.sandbox.context import Context
from atom_shopify_plugin.sandbox.refusals import Refused, UserError, not_modelled
from atom_shopify_plugin.sandbox.registry import field_rule, kind, mutation, query
from atom_shopify_plugin.sandbox.store import Node, gid_type

__all__ = ["catalog"]

CATALOG: Node = {"priceList": None, "publication": None, "operations": [], "companyLocations": [], "status": None}
CATALOG_FILTERS = {"title": "text", "status": "", "company_location_id": "id companyLocations"}

kind(
    "CompanyLocationCatalog",
    CATALOG,
    fields="title",
    indexed=("priceList",),
    filters=CATALOG_FILTERS,
    words=("title",),
    listed={"CompanyLocation.catalogs": "companyLocations", "PriceList.catalog": "priceList"},
)
kind(
    "Catalog",
    {**CATALOG, "title": None},
    filters={**CATALOG_FILTERS, "status": "exact"},
    words=("title",),
    members=("CompanyLocationCatalog",),
)


# reading


@query("catalog")
def catalog(ctx: Context, args: dict[str, Any]) -> Node | None:
    return ctx.store.get(args["id"]) if gid_type(args["id"]) == "CompanyLocationCatalog" else None


@query("catalogs")
def catalogs(ctx: Context, args: dict[str, Any]) -> Any:
    wanted = args.get("type") in (None, "COMPANY_LOCATION")
    return root_page(ctx, "Catalog", args, lambda _node: wanted)


@field_rule("CompanyLocation.inCatalog")
def in_catalog(ctx: Context, node: Node, args: dict[str, Any]) -> bool:
    row = ctx.store.get(args["catalogId"])
    return row is not None and node["id"] in row.get("companyLocations", ())


# writing


def _locations(ctx: Context, given: Mapping[str, Any], path: tuple[str, ...]) -> tuple[list[str], list[UserError]]:
    """Return the locations that an input names, and the error for the first that does not exist."""
    ids: list[str] = given.get("companyLocationIds") or []
    for at, gid in enumerate(ids):
        if ctx.lookup(gid, "CompanyLocation") is None:
            message = "A company location within the catalog does not exist."
            place = [*path, "companyLocationIds", at]
            return [], [UserError.at(place, message, "COMPANY_LOCATION_NOT_FOUND")]
    return list(dict.fromkeys(ids)), []


def _context(ctx: Context, given: Mapping[str, Any]) -> list[str]:
    path = ("input", "context")
    if (given.get("marketIds") is None) == (given.get("companyLocationIds") is None):
        raise Refused.one(path, "Must provide exactly one context type.", "MUST_PROVIDE_EXACTLY_ONE_CONTEXT_TYPE")
    if given.get("marketIds") is not None:
        raise not_modelled("CatalogContextInput.marketIds")
    ids, errors = _locations(ctx, given, path)
    if errors:
        raise Refused(errors)
    return ids


def _catalog_values(ctx: Context, given: Mapping[str, Any], node: Node | None) -> Node:
    values: Node = {name: given[name] for name in ("title", "status") if given.get(name) is not None}
    if "title" in given and not (given["title"] or "").strip():
        raise Refused.one(("input", "title"), "Title can't be blank", "BLANK")
    if given.get("context") is not None:
        values["companyLocations"] = _context(ctx, given["context"])
    if given.get("publicationId") is not None:
        raise Refused.one(("input", "publicationId"), "Publication not found.", "PUBLICATION_NOT_FOUND")
    if "priceListId" in given:
        values["priceList"] = gid = given["priceListId"]
        if gid is not None and ctx.lookup(gid, "PriceList") is None:
            raise Refused.one(("input", "priceListId"), "Price list not found.", "PRICE_LIST_NOT_FOUND")
        if gid and any(row is not node for row in ctx.store.find("CompanyLocationCatalog", "priceList", gid)):
            raise Refused.one(("input", "priceListId"), "Price list has already been taken", "TAKEN")
    return values


def _catalog(ctx: Context, gid: str, path: str) -> Node:
    node = catalog(ctx, {"id": gid})
    if node is None:
        raise Refused.one((path,), "Catalog does not exist", "CATALOG_NOT_FOUND")
    return node


@mutation("catalogCreate")
def catalog_create(ctx: Context, args: dict[str, Any]) -> Node:
    node = ctx.create("CompanyLocationCatalog", _catalog_values(ctx, args["input"], None))
    ctx.record("created", node)
    return {"catalog": node["id"]}


@mutation("catalogUpdate")
def catalog_update(ctx: Context, args: dict[str, Any]) -> Node:
    node = _catalog(ctx, args["id"], "id")
    if ctx.update(node, _catalog_values(ctx, args["input"], node)):
        ctx.record("updated", node)
    return {"catalog": node["id"]}


@mutation("catalogDelete")
def catalog_delete(ctx: Context, args: dict[str, Any]) -> Node:
    node = _catalog(ctx, args["id"], "id")
    prices_of = ctx.store.get(node.get("priceList"))
    if args.get("deleteDependentResources") and prices_of is not None:
        ctx.delete(prices_of)
    ctx.delete(node)
    ctx.record("deleted", node)
    return {"deletedId": node["id"]}


@mutation("catalogContextUpdate")
def context_update(ctx: Context, args: dict[str, Any]) -> Node:
    node = _catalog(ctx, args["catalogId"], "catalogId")
    added, gone = args.get("contextsToAdd"), args.get("contextsToRemove")
    if not added and not gone:
        message = "Must have `contexts_to_add` or `contexts_to_remove` argument."
        raise Refused.one(("contextsToAdd",), message, "REQUIRES_CONTEXTS_TO_ADD_OR_REMOVE")
    for wish in (added, gone):
        if wish and wish.get("marketIds") is not None:
            raise not_modelled("CatalogContextInput.marketIds")
    more, errors = _locations(ctx, added or {}, ("contextsToAdd",))
    less, others = _locations(ctx, gone or {}, ("contextsToRemove",))
    if errors or others:
        raise Refused([*errors, *others])
    ids = [gid for gid in dict.fromkeys([*node["companyLocations"], *more]) if gid not in less]
    if ctx.update(node, {"companyLocations": ids}):
        ctx.record("updated", node)
    return {"catalog": node["id"]}
