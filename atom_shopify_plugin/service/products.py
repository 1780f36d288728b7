"""Products: what one document can't do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from atom_shopify_plugin.errors import Fault, InvalidInput, NotFound
from atom_shopify_plugin.service.named import channels, locations
from atom_shopify_plugin.service.product_input import SELLING, product_set_input, variant_of_set
from atom_shopify_plugin.service.publishing import published
from atom_shopify_plugin.service.variant_input import variant_input
from atom_shopify_plugin.shopify.wire import camel
from atom_shopify_plugin.stores.shop import Shop

__all__ = ["create", "create_variant", "delete_variant", "get", "update_variant"]


def get(shop: Shop, **by: str) -> Any:
    """Return the product of that `id` or `handle`, None where there is none."""
    if "id" in by:
        return shop.root("ProductGet", {"id": by["id"]})
    return shop.root("ProductGetByHandle", {"handle": by["handle"]})


def create(shop: Shop, **given: Any) -> Any:
    """Create a product, publish it to the channels in `publish_to`, and return it with ``publications``, ``warnings``.

    ``productSet`` makes a product with its price, variants, stock and images in one step; one that has none of these is
    made by ``productCreate``. Locations and channels are looked up before anything is written: raises `InvalidInput`
    with each name that the store does not know. Once the product is made, nothing is raised: what could not be done
    afterwards is a warning.
    """
    faults: list[Fault] = []
    wanted = given.pop("publish_to", [])
    known = channels(shop, "PublicationList", faults)
    places = [place for at, name in enumerate(wanted) if (place := known.find(name, f"/publish_to/{at}")) is not None]
    then = ["ProductPublish"] if places else []
    if SELLING.isdisjoint(given):
        operation, variables = "ProductCreate", {name: camel(value) for name, value in given.items()}
    else:
        operation, variables = (
            "ProductSet",
            {"input": product_set_input(given, locations(shop, "LocationList", faults), faults)},
        )
    if faults:
        raise InvalidInput(
            f"The input of product_create is not valid: {faults[0].pointer}: {faults[0].message}", faults
        )
    made = shop.root(operation, variables, then=then)["product"]
    told = published(shop, made, places)
    return {**made, **told.product, "publications": told.rows, "warnings": [*told.warnings, *_of_images(made)]}


def _of_images(made: Mapping[str, Any]) -> Sequence[dict[str, str]]:
    waiting = sum(medium["status"] in ("UPLOADED", "PROCESSING") for medium in made["media"]["nodes"])
    if not waiting:
        return []
    images = "one image" if waiting == 1 else f"{waiting} images"
    message = f"Shopify still fetches {images}. An image shows when its status is READY."
    return [{"code": "IMAGES_PROCESSING", "message": message}]


def create_variant(shop: Shop, *, product_id: str, **given: Any) -> Any:
    """Add a variant to a product and return it with the product.

    Raises `InvalidInput` for a location that the store does not know.
    """
    faults: list[Fault] = []
    variant = variant_of_set(given, locations(shop, "LocationList", faults), faults)
    if faults:
        raise InvalidInput(f"The stock is not valid: {faults[0].message}", faults)
    quantities = variant.pop("inventoryQuantities", None)
    if quantities is not None:  # the same as productSet takes them, under other names
        variant["inventoryQuantities"] = [
            {"locationId": one["locationId"], "availableQuantity": one["quantity"]} for one in quantities
        ]
    payload = shop.root("VariantCreate", {"product_id": product_id, "variants": [variant]})
    return payload["product_variants"][0]


def delete_variant(shop: Shop, *, id: str) -> Any:  # noqa: A002  # the input's own name
    """Delete a variant and return its product with ``deleted_variant_id``; raises `NotFound`."""
    found = _product_of(shop, id)
    payload = shop.root("VariantDelete", {"product_id": found, "variants": [id]})
    return {**payload["product"], "deleted_variant_id": id}


def update_variant(shop: Shop, **changes: Any) -> Any:
    """Change the variant `id` and return it with its product.

    Shopify wants the product's id as well, which is read first. Raises `NotFound` where no such variant is.
    """
    variant = {"id": changes["id"], **variant_input(changes)}
    variables = {"product_id": _product_of(shop, changes["id"]), "variants": [variant]}
    return shop.root("VariantUpdate", variables)["product_variants"][0]


def _product_of(shop: Shop, variant_id: str) -> str:
    found = shop.root("VariantProduct", {"id": variant_id})
    if found is None:
        raise NotFound(f"{shop.domain} has no such variant.", details={"id": variant_id})
    return str(found["product"]["id"])
