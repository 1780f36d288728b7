"""The input of ``productSet`` for a product that is created with its variants, stock and images."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from math import prod
from typing import Any

from atom_shopify_plugin.errors import Fault
from atom_shopify_plugin.service.named import Named
from atom_shopify_plugin.service.variant_input import MEMBERS, variant_input
from atom_shopify_plugin.shopify.wire import camel, camel_case

__all__ = ["MOST_VARIANTS", "SELLING", "product_set_input", "variant_of_set"]

MOST_VARIANTS = 250  # in one call; Shopify takes 2,048 (shopify.dev), for which it may need longer than a request lasts
_OF_VARIANTS = MEMBERS - {"metafields"} | {"stock"}
SELLING = frozenset({*_OF_VARIANTS, "variants", "images"})
"""Members that need ``productSet``: without them ``productCreate`` makes the product."""
_ONE_EACH = ("sku", "barcode", "stock")  # what several variants can't share
_PRODUCT = (
    "title", "handle", "description_html", "vendor", "product_type", "status", "tags", "category", "seo",
    "template_suffix", "gift_card", "metafields",
)  # fmt: skip

Row = dict[str, Any]
Option = Mapping[str, Any]

_NO_OPTION: list[Option] = [{"name": "Title", "values": ["Default Title"]}]


def product_set_input(
    given: Mapping[str, Any], places: Named, faults: list[Fault], *, variants: bool = True
) -> dict[str, Any]:
    """Return the input of ``productSet`` for the input of ``product_create``; what is wrong is added to `faults`.

    `places` are the store's locations. Without `variants`, the options and variants of a product stay as they are.
    """
    result = {camel_case(name): camel(given[name]) for name in _PRODUCT if name in given}
    if variants:
        options, rows = _variants(given, faults)
        result["productOptions"] = [
            {"name": option["name"], "position": at, "values": [{"name": name} for name in option["values"]]}
            for at, option in enumerate(options, 1)
        ]
        result["variants"] = [variant_of_set(row, places, faults, pointer) for pointer, row in rows]
    if "collections_to_join" in given:
        result["collections"] = given["collections_to_join"]
    if "images" in given:
        result["files"] = [_file(image) for image in given["images"]]
    return result


def _file(image: Mapping[str, Any]) -> dict[str, Any]:
    """Return the input for an image that the product has already, or for one that Shopify fetches."""
    source = {"id": image["id"]} if "id" in image else {"originalSource": image["url"], "contentType": "IMAGE"}
    return {**source, **({"alt": image["alt"]} if "alt" in image else {})}


def _variants(given: Mapping[str, Any], faults: list[Fault]) -> tuple[list[Option], list[tuple[str, Row]]]:
    """Return the options of a product and its variants, each with the pointer to what it was given by."""
    shared = {name: given[name] for name in _OF_VARIANTS if name in given}
    options = _given_options(given.get("product_options", ()))
    if "variants" in given:
        rows = [(f"/variants/{at}", {**shared, **row}) for at, row in enumerate(given["variants"])]
        options = options or _options_of(given["variants"])
        if not options:
            if len(rows) > 1:
                message = "Several variants differ by the values of options: give each its option_values."
                faults.append(Fault("/variants/1/option_values", message, "required"))
            return _NO_OPTION, [
                (at, {**row, "option_values": _values(_NO_OPTION, ["Default Title"])}) for at, row in rows
            ]
    else:
        options = options or _NO_OPTION
        count = prod(len(option["values"]) for option in options)
        if count > MOST_VARIANTS:
            message = f"These values make {count} variants, and one call makes {MOST_VARIANTS}: list those in variants."
            faults.append(Fault("/product_options", message, "maxItems"))
            return options, []
        choices = product(*(option["values"] for option in options))
        rows = [("", {**shared, "option_values": _values(options, choice)}) for choice in choices]
    if len(rows) > 1:
        for name in _ONE_EACH:
            if name in shared:
                message = (
                    f"Several variants can't share this: give it for each of the {len(rows)} variants in variants."
                )
                faults.append(Fault(f"/{name}", message, "ambiguous"))
    return options, rows


def _given_options(given: Sequence[Mapping[str, Any]]) -> list[Option]:
    ordered = sorted(given, key=lambda option: option.get("position", len(given)))
    return [{"name": option["name"], "values": [value["name"] for value in option["values"]]} for option in ordered]


def _options_of(variants: Sequence[Mapping[str, Any]]) -> list[Option]:
    """Return the options that variants have values of, in the order in which they come."""
    found: dict[str, dict[str, None]] = {}
    for value in (value for variant in variants for value in variant.get("option_values", ())):
        found.setdefault(value["option_name"], {})[value["name"]] = None
    return [{"name": name, "values": list(values)} for name, values in found.items()]


def _values(options: Sequence[Option], choice: Sequence[str]) -> list[dict[str, str]]:
    return [{"option_name": option["name"], "name": name} for option, name in zip(options, choice, strict=True)]


def variant_of_set(row: Mapping[str, Any], places: Named, faults: list[Fault], pointer: str = "") -> dict[str, Any]:
    """Return a variant of the input of ``productSet``; `pointer` is where `row` stands in the input."""
    result = variant_input(row)
    result.setdefault("optionValues", [])
    stock = row.get("stock")
    if stock is None:
        return result
    quantities = list(_quantities(stock, pointer, places))
    if len({one["locationId"] for one in quantities}) < len(quantities):
        faults.append(Fault(f"{pointer}/stock", "It must name each location once.", "uniqueItems"))
    item = {"tracked": True, **result.get("inventoryItem", {})}
    return {**result, "inventoryItem": item, "inventoryQuantities": quantities}


def _quantities(stock: Sequence[Mapping[str, Any]], pointer: str, places: Named) -> Iterator[dict[str, Any]]:
    for at, entry in enumerate(stock):
        where = f"{pointer}/stock/{at}/location"
        place = places.find(entry["location"], where) if "location" in entry else places.only(where)
        if place is not None:
            yield {"locationId": place["id"], "name": "available", "quantity": entry["quantity"]}
