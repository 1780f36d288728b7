"""Price lists with fixed and relative prices.

The messages are those that live stores answer.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from atom_shopify_plugin.sandbox.context import Context
from atom_shopify_plugin.sandbox.domains.catalogs import catalog, catalogs_with
from atom_shopify_plugin.sandbox.refusals import Refused, UserError, not_modelled, wrong_id
from atom_shopify_plugin.sandbox.registry import Member, Write, derived, field_rule, kind, mutation, writes
from atom_shopify_plugin.sandbox.store import Node, gid_type

CENT = Decimal("0.01")
MOST = {"PERCENTAGE_DECREASE": 100, "PERCENTAGE_INCREASE": 1000}
ADJUSTMENT = (
    "The adjustment value must be a positive value and not be greater than 100% for PERCENTAGE_DECREASE and not be "
    "greater than 1000% for PERCENTAGE_INCREASE."
)
GONE = ("Price list does not exist.", "PRICE_LIST_NOT_FOUND")
kind("PriceList", {"currency": None, "parent": None, "fixed": {}}, fields="name", indexed=("name",))
# reading


derived({"PriceList.fixedPricesCount": lambda _, node: len(node.get("fixed", {}))})


@field_rule("PriceList.prices")
def prices(ctx: Context, node: Node, args: dict[str, Any]) -> Any:
    if args.get("query"):
        raise not_modelled("The search of PriceList.prices")
    origin = args.get("originType")
    variants = node.get("fixed", {}) if origin == "FIXED" else ctx.store.all("ProductVariant")
    return [_price(ctx, node, gid) for gid in variants if origin != "RELATIVE" or gid not in node.get("fixed", {})]


def _price(ctx: Context, node: Node, variant: str) -> Node:
    """Return what a variant costs on a price list."""
    fixed = node.get("fixed", {}).get(variant)
    if fixed is not None:
        return {**fixed, "originType": "FIXED", "variant": variant}
    row, change = ctx.store.all("ProductVariant")[variant], node["parent"]["adjustment"]
    share = Decimal(str(change["value"])) / 100
    times = 1 - share if change["type"] == "PERCENTAGE_DECREASE" else 1 + share
    keeps = node["parent"]["settings"]["compareAtMode"] == "ADJUSTED"
    compared = row.get("compareAtPrice") if keeps else None
    return {
        "price": _money(node, row["price"] * times),
        "compareAtPrice": None if compared is None else _money(node, compared * times),
        "originType": "RELATIVE",
        "variant": variant,
    }


def _money(node: Node, amount: Decimal) -> Node:
    return {"amount": amount.quantize(CENT, ROUND_HALF_UP), "currencyCode": node["currency"]}


# price lists


def _check_list(ctx: Context, write: Write) -> None:
    given, values, node = write.given, write.values, write.node
    if "catalogId" in given and given["catalogId"] is not None:
        place = ("input", "catalogId")
        if not (gid_type(given["catalogId"]) or "").endswith("Catalog"):
            raise wrong_id(given["catalogId"], mutation=False)
        found = catalog(ctx, {"id": given["catalogId"]})
        if found is None:
            raise Refused.one(place, "Catalog does not exist.", "CATALOG_DOES_NOT_EXIST")
        if found.get("priceList") not in (None, (node or {}).get("id")):
            raise Refused.one(place, "Catalog has a price list already assigned.", "CATALOG_TAKEN")
    name = values.get("name")
    if name is not None and any(other is not node for other in ctx.store.find("PriceList", "name", name)):
        raise Refused.one(("input", "name"), "Name has already been taken", "TAKEN")
    if given.get("parent") is not None:
        change = given["parent"].get("adjustment") or (node or values)["parent"]["adjustment"]
        if not 0 <= change["value"] <= MOST[change["type"]]:
            path, shown = ("input", "parent", "adjustment", "value"), {"priceList": node["id"]} if node else {}
            raise Refused.one(path, ADJUSTMENT, "INVALID_ADJUSTMENT_VALUE", **shown)
        former = node["parent"]["settings"] if node else {"compareAtMode": "ADJUSTED"}
        values["parent"] = {"adjustment": change, "settings": given["parent"].get("settings") or former}
    if node is not None and values.get("currency", node["currency"]) != node["currency"]:
        values["fixed"] = {}  # Seen on a live store: fixed prices end with their currency.


def _attach(ctx: Context, write: Write) -> None:
    if "catalogId" in write.given:
        _detach(ctx, write)
    if write.given.get("catalogId") is not None:
        row = catalog(ctx, {"id": write.given["catalogId"]})
        if row is not None:
            ctx.update(row, {"priceList": write.target["id"]})


def _detach(ctx: Context, write: Write) -> None:
    for row in catalogs_with(ctx, write.target["id"]):
        ctx.update(row, {"priceList": None})


writes(
    "PriceList",
    members={
        "name": Member(required=True, filled=True, longest=255),
        **dict.fromkeys(("parent", "catalogId"), Member(field=None)),
    },
    check=_check_list,
    finish=_attach,
    remove=_detach,
    path=("input",),
    missing=dict.fromkeys(("update", "delete"), GONE),
)


def _list(ctx: Context, gid: str) -> Node:
    return ctx.known(gid, "PriceList", ("priceListId",), *GONE)


def _entries(ctx: Context, node: Node, given: list[Mapping[str, Any]], name: str, empty: Node) -> dict[str, Node]:
    """Return fixed prices by variant; raise `Refused`, with the payload `empty`, for those that do not fit."""
    errors = [
        UserError.at((name, at, "variantId"), "Product variant ID does not exist.", "VARIANT_NOT_FOUND")
        for at, entry in enumerate(given)
        if ctx.lookup(entry["variantId"], "ProductVariant") is None
    ]
    message = "The specified currency does not match the price list's currency."
    rows: dict[str, Node] = {}
    for at, entry in enumerate([] if errors else given):
        row: Node = {"compareAtPrice": None}
        for part in ("price", "compareAtPrice"):
            if entry.get(part) is None:
                continue
            if entry[part]["currencyCode"] != node["currency"]:
                path = (name, at, part, "currencyCode")
                errors.append(UserError.at(path, message, "PRICE_LIST_CURRENCY_MISMATCH"))
            row[part] = _money(node, entry[part]["amount"])
        rows[entry["variantId"]] = row
    if errors:
        raise Refused(errors, empty)
    return rows


def _dropped(ctx: Context, node: Node, variants: list[str], name: str, empty: Node) -> list[str]:
    """Return the variants whose fixed prices go; raise `Refused`, with the payload `empty`, for those without."""
    errors = []
    for at, gid in enumerate(variants):
        if ctx.lookup(gid, "ProductVariant") is None:
            errors.append(UserError.at((name, at), "Product variant ID does not exist.", "VARIANT_NOT_FOUND"))
        elif gid not in node.get("fixed", {}):
            errors.append(UserError.at((name, at), "Only fixed prices can be deleted.", "PRICE_NOT_FIXED"))
    if errors:
        raise Refused(errors, empty)
    return variants


def _fix(ctx: Context, node: Node, added: Mapping[str, Node], gone: Iterable[str]) -> None:
    kept = {gid: row for gid, row in node.get("fixed", {}).items() if gid not in set(gone)}
    if ctx.update(node, {"fixed": {**kept, **added}}):
        ctx.record("updated", node)


@mutation("priceListFixedPricesAdd")
def fixed_add(ctx: Context, args: dict[str, Any]) -> Node:
    node = _list(ctx, args["priceListId"])
    added = _entries(ctx, node, args["prices"], "prices", {"prices": []})
    _fix(ctx, node, added, ())
    return {"prices": [_price(ctx, node, gid) for gid in added]}


@mutation("priceListFixedPricesUpdate")
def fixed_update(ctx: Context, args: dict[str, Any]) -> Node:
    node = _list(ctx, args["priceListId"])
    empty = {"priceList": node["id"], "pricesAdded": [], "deletedFixedPriceVariantIds": []}
    added = _entries(ctx, node, args["pricesToAdd"], "pricesToAdd", empty)
    gone = _dropped(ctx, node, args["variantIdsToDelete"], "variantIdsToDelete", empty)
    _fix(ctx, node, added, gone)
    rows = [_price(ctx, node, gid) for gid in added]
    return {"priceList": node["id"], "pricesAdded": rows, "deletedFixedPriceVariantIds": gone}


@mutation("priceListFixedPricesDelete")
def fixed_delete(ctx: Context, args: dict[str, Any]) -> Node:
    node = _list(ctx, args["priceListId"])
    gone = _dropped(ctx, node, args["variantIds"], "variantIds", {"deletedFixedPriceVariantIds": []})
    _fix(ctx, node, {}, gone)
    return {"deletedFixedPriceVariantIds": gone}
