"""Products: what one document can't do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from atom_shopify_plugin.errors import NotFound
from atom_shopify_plugin.stores.shop import Shop

__all__ = ["get", "update_variant"]

# What stands on the inventory item in Shopify's input, and on the variant in ours.
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


def get(shop: Shop, **by: str) -> Any:
    """Return the product of that `id` or `handle`, None where there is none."""
    if "handle" in by:
        return shop.root("ProductGetByHandle", {"handle": by["handle"]})
    return shop.root("ProductGet", {"id": by["id"]})


def update_variant(shop: Shop, **changes: Any) -> Any:
    """Change the variant `id` and return it with its product.

    Shopify wants the product's id as well, which is read first. Raises `NotFound` where no such variant is.
    """
    found = shop.root("VariantProduct", {"id": changes["id"]})
    if found is None:
        raise NotFound(f"{shop.domain} has no such variant.", details={"id": changes["id"]})
    payload = shop.root("VariantUpdate", {"product_id": found["product"]["id"], "variants": [_variant_input(changes)]})
    return payload["product_variants"][0]


def _variant_input(changes: Mapping[str, Any]) -> dict[str, Any]:
    variant: dict[str, Any] = {"id": changes["id"]}
    variant.update({theirs: changes[ours] for ours, theirs in _VARIANT.items() if ours in changes})
    item: dict[str, Any] = {theirs: changes[ours] for ours, theirs in _ITEM.items() if ours in changes}
    if "weight" in changes:
        item["measurement"] = {"weight": changes["weight"]}
    if item:
        variant["inventoryItem"] = item
    if "option_values" in changes:
        variant["optionValues"] = [
            {"optionName": value["option_name"], "name": value["name"]} for value in changes["option_values"]
        ]
    return variant
