"""The catalogs of company locations and of markets.

The messages are those that live stores answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from atom_shopify_plugin.sandbox.connections import root_page
from atom_shopify_plugin.sandbox.context import Context
from atom_shopify_plugin.sandbox.refusals import Refused, UserError
from atom_shopify_plugin.sandbox.registry import derived, field_rule, kind, mutation, query
from atom_shopify_plugin.sandbox.store import Node, gid_type

__all__ = ["catalog", "catalogs_with"]

CATALOG: Node = {"priceList": None, "publication": None, "operations": [], "status": None}
CATALOG_FILTERS = {"title": "text", "status": ""}
COMPANY, MARKET = "companyLocationIds", "marketIds"
KINDS = {COMPANY: "CompanyLocationCatalog", MARKET: "MarketCatalog"}
MEMBERS = {COMPANY: "companyLocations", MARKET: "marketIds"}  # where a catalog keeps them

kind(
    "CompanyLocationCatalog",
    {**CATALOG, "companyLocations": []},
    fields="title",
    indexed=("priceList",),
    filters={**CATALOG_FILTERS, "company_location_id": "id companyLocations"},
    words=("title",),
    listed={"CompanyLocation.catalogs": "companyLocations"},
)
kind(
    "MarketCatalog",
    {**CATALOG, "marketIds": []},
    fields="title",
    indexed=("priceList",),
    filters={**CATALOG_FILTERS, "market_id": "id marketIds"},
    words=("title",),
    listed={"Market.catalogs": "marketIds"},
)
kind(
    "Catalog",
    {**CATALOG, "title": None, "companyLocations": [], "marketIds": []},
    filters={
        "title": "text",
        "status": "exact",
        "company_location_id": "id companyLocations",
        "market_id": "id marketIds",
    },
    words=("title",),
    members=tuple(KINDS.values()),
)


# reading


@query("catalog")
def catalog(ctx: Context, args: dict[str, Any]) -> Node | None:
    return ctx.store.get(args["id"]) if gid_type(args["id"]) in KINDS.values() else None


@query("catalogs")
def catalogs(ctx: Context, args: dict[str, Any]) -> Any:
    kinds = {None: tuple(KINDS.values()), "COMPANY_LOCATION": (KINDS[COMPANY],), "MARKET": (KINDS[MARKET],)}
    wanted = kinds.get(args.get("type"), ())
    return root_page(ctx, "Catalog", args, lambda node: node["__typename"] in wanted)


def catalogs_with(ctx: Context, price_list: str) -> list[Node]:
    """Return the catalogs of a price list, of which there is one at most."""
    return [row for name in KINDS.values() for row in ctx.store.find(name, "priceList", price_list)]


def _markets(ctx: Context, node: Node) -> list[Node]:
    return sorted((ctx.store.all("Market")[gid] for gid in node["marketIds"]), key=lambda one: one["name"].casefold())


derived(
    {
        "MarketCatalog.markets": _markets,
        "PriceList.catalog": lambda ctx, node: next(iter(catalogs_with(ctx, node["id"])), None),
    }
)


@field_rule("CompanyLocation.inCatalog")
def in_catalog(ctx: Context, node: Node, args: dict[str, Any]) -> bool:
    row = ctx.store.get(args["catalogId"])
    return row is not None and node["id"] in row.get("companyLocations", ())


# writing


def _members(
    ctx: Context, given: Mapping[str, Any], driver: str, path: tuple[str, ...]
) -> tuple[list[str], list[UserError]]:
    """Return what an input names of a kind of context, and the error for the first that does not exist."""
    ids: list[str] = given.get(driver) or []
    name, message, code = {
        COMPANY: (
            "CompanyLocation",
            "A company location within the catalog does not exist.",
            "COMPANY_LOCATION_NOT_FOUND",
        ),
        MARKET: ("Market", "Market not found.", "MARKET_NOT_FOUND"),
    }[driver]
    for at, gid in enumerate(ids):
        if ctx.lookup(gid, name) is None:
            return [], [UserError.at([*path, driver, at], message, code)]
    return list(dict.fromkeys(ids)), []


def _context(ctx: Context, given: Mapping[str, Any]) -> tuple[str, list[str]]:
    """Return which kind of context an input gives, and what it names."""
    path = ("input", "context")
    if (given.get(MARKET) is None) == (given.get(COMPANY) is None):
        raise Refused.one(path, "Must provide exactly one context type.", "MUST_PROVIDE_EXACTLY_ONE_CONTEXT_TYPE")
    driver = COMPANY if given.get(MARKET) is None else MARKET
    ids, errors = _members(ctx, given, driver, path)
    if errors:
        raise Refused(errors)
    return driver, ids


def _driver(node: Node) -> str:
    return COMPANY if node["__typename"] == KINDS[COMPANY] else MARKET


def _same_driver(node: Node, given: Mapping[str, Any], path: tuple[str, ...]) -> None:
    other = MARKET if _driver(node) == COMPANY else COMPANY
    if given.get(other) is not None:
        message = "The arguments `contexts_to_add` and `contexts_to_remove` must match existing catalog context type."
        raise Refused.one((*path, other), message, "CONTEXT_DRIVER_MISMATCH")


def _catalog_values(ctx: Context, given: Mapping[str, Any], node: Node | None) -> Node:
    values: Node = {name: given[name] for name in ("title", "status") if given.get(name) is not None}
    if "title" in given and not (given["title"] or "").strip():
        raise Refused.one(("input", "title"), "Title can't be blank", "BLANK")
    if node is not None and given.get("context") is not None:
        _same_driver(node, given["context"], ("input", "context"))
        values[MEMBERS[_driver(node)]] = _context(ctx, given["context"])[1]
    if given.get("publicationId") is not None:
        raise Refused.one(("input", "publicationId"), "Publication not found.", "PUBLICATION_NOT_FOUND")
    if "priceListId" in given:
        values["priceList"] = gid = given["priceListId"]
        if gid is not None and ctx.lookup(gid, "PriceList") is None:
            raise Refused.one(("input", "priceListId"), "Price list not found.", "PRICE_LIST_NOT_FOUND")
        if gid and any(row is not node for row in catalogs_with(ctx, gid)):
            raise Refused.one(("input", "priceListId"), "Price list has already been taken", "TAKEN")
    return values


def _catalog(ctx: Context, gid: str, path: str) -> Node:
    node = catalog(ctx, {"id": gid})
    if node is None:
        raise Refused.one((path,), "Catalog does not exist", "CATALOG_NOT_FOUND")
    return node


@mutation("catalogCreate")
def catalog_create(ctx: Context, args: dict[str, Any]) -> Node:
    given = args["input"]
    if not (given["title"] or "").strip():
        raise Refused.one(("input", "title"), "Title can't be blank", "BLANK")
    driver, ids = _context(ctx, given["context"])
    node = ctx.create(KINDS[driver], {**_catalog_values(ctx, given, None), MEMBERS[driver]: ids})
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
    driver = _driver(node)
    for wish, name in ((added, "contextsToAdd"), (gone, "contextsToRemove")):
        _same_driver(node, wish or {}, (name,))
    more, errors = _members(ctx, added or {}, driver, ("contextsToAdd",))
    less, others = _members(ctx, gone or {}, driver, ("contextsToRemove",))
    if errors or others:
        raise Refused([*errors, *others])
    ids = [gid for gid in dict.fromkeys([*node[MEMBERS[driver]], *more]) if gid not in less]
    if ctx.update(node, {MEMBERS[driver]: ids}):
        ctx.record("updated", node)
    return {"catalog": node["id"]}
