"""The rules of collections: which values a product has for a column, and how they are compared."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import Any

from atom_shopify_plugin.sandbox.context import Context
from atom_shopify_plugin.sandbox.domains.inventory import available
from atom_shopify_plugin.sandbox.domains.metafield_checks import plain_number
from atom_shopify_plugin.sandbox.domains.products import variants_of
from atom_shopify_plugin.sandbox.refusals import not_modelled
from atom_shopify_plugin.sandbox.store import Node

__all__ = ["COLUMNS", "GRAMS", "RELATIONS", "fits"]

GRAMS = {
    "GRAMS": Decimal(1),
    "KILOGRAMS": Decimal(1000),
    "OUNCES": Decimal("28.349523125"),
    "POUNDS": Decimal("453.59237"),
}


def _of_variants(read: Callable[[Context, Node], Any]) -> Callable[[Context, Node], list[Any]]:
    return lambda ctx, product: [read(ctx, variant) for variant in variants_of(ctx, product)]


def _grams(ctx: Context, variant: Node) -> Decimal:
    weight = ctx.store.all("InventoryItem")[variant["inventoryItem"]].get("weight") or {"value": 0, "unit": "GRAMS"}
    return Decimal(str(weight["value"])) * GRAMS[weight["unit"]]


def _is_reduced(_ctx: Context, variant: Node) -> bool:
    former = variant.get("compareAtPrice")
    return former is not None and former > variant["price"]


# column of a rule -> the values that a product has for it
COLUMNS: Mapping[str, Callable[[Context, Node], list[Any]]] = {
    "TITLE": lambda _, product: [product["title"]],
    "TYPE": lambda _, product: [product["productType"]],
    "VENDOR": lambda _, product: [product["vendor"]],
    "STATUS": lambda _, product: [product["status"]],
    "TAG": lambda _, product: list(product["tags"]),
    "VARIANT_TITLE": _of_variants(lambda _, variant: variant["title"]),
    "VARIANT_PRICE": _of_variants(lambda _, variant: variant["price"]),
    "VARIANT_COMPARE_AT_PRICE": _of_variants(lambda _, variant: variant.get("compareAtPrice")),
    "VARIANT_WEIGHT": _of_variants(_grams),
    "VARIANT_INVENTORY": _of_variants(available),
    "IS_PRICE_REDUCED": _of_variants(_is_reduced),
}


def _texts(values: Iterable[Any], wanted: str) -> Iterable[tuple[str, str]]:
    return ((str(value).casefold(), wanted.casefold()) for value in values if value is not None)


def _numbers(values: Iterable[Any], wanted: str) -> Iterable[tuple[Decimal, Decimal]]:
    limit = plain_number(wanted)
    return () if limit is None else ((Decimal(str(value)), limit) for value in values if value is not None)


def _equal(values: list[Any], wanted: str) -> bool:
    if any(isinstance(value, int | float | Decimal) and not isinstance(value, bool) for value in values):
        return any(value == limit for value, limit in _numbers(values, wanted))
    return any(value == text for value, text in _texts(values, wanted))


RELATIONS: Mapping[str, Callable[[list[Any], str], bool]] = {
    "EQUALS": _equal,
    "NOT_EQUALS": lambda values, wanted: not _equal(values, wanted),
    "CONTAINS": lambda values, wanted: any(text in value for value, text in _texts(values, wanted)),
    "NOT_CONTAINS": lambda values, wanted: not any(text in value for value, text in _texts(values, wanted)),
    "STARTS_WITH": lambda values, wanted: any(value.startswith(text) for value, text in _texts(values, wanted)),
    "ENDS_WITH": lambda values, wanted: any(value.endswith(text) for value, text in _texts(values, wanted)),
    "GREATER_THAN": lambda values, wanted: any(value > limit for value, limit in _numbers(values, wanted)),
    "LESS_THAN": lambda values, wanted: any(value < limit for value, limit in _numbers(values, wanted)),
    "IS_SET": lambda values, _: any(value is not None and value is not False for value in values),
    "IS_NOT_SET": lambda values, _: not any(value is not None and value is not False for value in values),
}


def fits(ctx: Context, product: Node, rule: Mapping[str, Any]) -> bool:
    """Tell whether a product fits a rule."""
    if rule["column"] not in COLUMNS:
        raise not_modelled(f"The column {rule['column']} of a collection's rule")
    return RELATIONS[rule["relation"]](COLUMNS[rule["column"]](ctx, product), rule["condition"])
