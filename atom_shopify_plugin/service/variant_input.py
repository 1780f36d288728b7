"""What a variant is made of: the flat members of our inputs → Shopify's inputs for variants."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["MEMBERS", "variant_input"]

# Shopify keeps these on the inventory item of a variant, and we on the variant.
_ITEM = {
    "sku": "sku",
    "cost": "cost",
    "tracked": "tracked",
    "requires_shipping": "requiresShipping",
    "harmonized_system_code": "harmonizedSystemCode",
    "country_code_of_origin": "countryCodeOfOrigin",
}
_VARIANT = {
    "price": "price",
    "compare_at_price": "compareAtPrice",
    "barcode": "barcode",
    "taxable": "taxable",
    "inventory_policy": "inventoryPolicy",
    "metafields": "metafields",
}
MEMBERS = frozenset({*_ITEM, *_VARIANT, "weight", "option_values"})


def variant_input(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return Shopify's input for a variant with the members that are given; `id` is the caller's to add."""
    variant = {theirs: given[ours] for ours, theirs in _VARIANT.items() if ours in given}
    item: dict[str, Any] = {theirs: given[ours] for ours, theirs in _ITEM.items() if ours in given}
    if "weight" in given:
        item["measurement"] = {"weight": given["weight"]}
    if item:
        variant["inventoryItem"] = item
    if "option_values" in given:
        variant["optionValues"] = [
            {"optionName": value["option_name"], "name": value["name"]} for value in given["option_values"]
        ]
    return variant
