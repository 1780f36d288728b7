"""Discounts: from a merchant's words to Shopify's kinds of discounts, and back to one shape for all of them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from atom_shopify_plugin.errors import Fault, InvalidInput, Rejected
from atom_shopify_plugin.service.discount_answers import brief, shown
from atom_shopify_plugin.service.discount_input import OF_KIND, discount_input
from atom_shopify_plugin.service.finding import missing
from atom_shopify_plugin.service.refusals import plainly
from atom_shopify_plugin.shopify.ids import gid, parse_gid
from atom_shopify_plugin.stores.shop import Shop

__all__ = [
    "activate", "activate_automatic", "create_basic", "create_bxgy", "create_free_shipping", "deactivate",
    "deactivate_automatic", "delete", "delete_automatic", "get", "search", "update",
]  # fmt: skip

Json = dict[str, Any]

_MEMBERS = {
    "code": "/code", "title": "/title", "startsAt": "/starts_at", "endsAt": "/ends_at", "usageLimit": "/usage_limit",
    "tags": "/tags", "combinesWith": "/combines_with", "usesPerOrderLimit": "/uses_per_order",
    "maximumShippingPrice": "/maximum_shipping_price", "destination": "/country_codes",
    "context.customers": "/customer_ids", "context.customerSegments": "/segment_ids",
    "minimumRequirement.subtotal": "/minimum_subtotal", "minimumRequirement.quantity": "/minimum_quantity",
    "customerGets.value.percentage": "/percent", "customerGets.value.discountAmount": "/amount",
    "customerGets.value.discountOnQuantity": "/gets", "customerGets.items.collections": "/collection_ids",
    "customerGets.items.products.productsToAdd": "/product_ids",
    "customerGets.items.products.productVariantsToAdd": "/variant_ids", "customerBuys": "/buys",
}  # fmt: skip
_WORDS = {
    "/code TAKEN": "Another discount has this code already; upper and lower case count as the same.",
    "/ends_at INVALID": "A discount ends after it starts.",
    "Cannot update the code of a bulk discount.": "A discount with several codes keeps them: use "
    "discount_redeem_code_add and discount_redeem_code_delete.",
    "The combinesWith settings are not valid for the discount class.": "Free shipping can’t be combined with other "
    "shipping discounts.",
}


def search(shop: Shop, **variables: Any) -> Any:
    """Return a page of discounts, each without its rule: `nodes` and `page_info`."""
    page = shop.root("DiscountSearch", variables)
    return {**page, "nodes": [brief(node) for node in page["nodes"]]}


def get(shop: Shop, **by: str) -> Json | None:
    """Return the discount of that `id` or `code`, whatever the case of the code; None where there is none."""
    if "code" in by:
        node = shop.root("DiscountGetByCode", {"code": by["code"]})
    else:
        node = shop.root("DiscountGet", {"id": gid("DiscountNode", parse_gid(by["id"]).number)})
    return None if node is None else shown(node)


def create_basic(shop: Shop, **given: Any) -> Json:
    """Create a code that takes a percentage or an amount off, and return the discount."""
    return _create(shop, "DiscountCodeBasicCreate", "BASIC", given)


def create_bxgy(shop: Shop, **given: Any) -> Json:
    """Create a code by which who buys some things gets others for less or nothing, and return the discount."""
    return _create(shop, "DiscountCodeBxgyCreate", "BXGY", given)


def create_free_shipping(shop: Shop, **given: Any) -> Json:
    """Create a code for free shipping, and return the discount."""
    return _create(shop, "DiscountCodeFreeShippingCreate", "FREE_SHIPPING", given)


def update(shop: Shop, **given: Any) -> Json:
    """Change a discount by code and return it; its kind decides which mutation does it.

    Raises `InvalidInput` for members that its kind does not have.
    """
    former = _known(shop, given["id"])
    changes = {name: value for name, value in given.items() if name != "id"}
    kind = former["kind"]
    operations = {
        "BASIC": "DiscountCodeBasicUpdate",
        "BXGY": "DiscountCodeBxgyUpdate",
        "FREE_SHIPPING": "DiscountCodeFreeShippingUpdate",
    }
    if kind not in operations:
        raise InvalidInput("An app made this discount: only that app can change it.")
    foreign = [
        Fault(f"/{name}", f"A discount of the kind {kind} has no {name}.", "conflict")
        for name in changes
        if name not in OF_KIND[kind]
    ]
    if foreign:
        raise InvalidInput(f"{foreign[0].pointer}: {foreign[0].message}", foreign)
    sent = discount_input(kind, changes, former)
    return _written(shop, operations[kind], {"id": former["id"], "discount": sent})


def activate(shop: Shop, *, id: str) -> Json:  # noqa: A002  # the input's own name
    """Let a discount by code be used from now on, without an end, and return it."""
    return _switched(shop, "DiscountCodeActivate", id, "discount_automatic_activate")


def deactivate(shop: Shop, *, id: str) -> Json:  # noqa: A002
    """Let a discount by code end now, and return it."""
    return _switched(shop, "DiscountCodeDeactivate", id, "discount_automatic_deactivate")


def activate_automatic(shop: Shop, *, id: str) -> Json:  # noqa: A002
    """Let an automatic discount be used from now on, without an end, and return it."""
    return _switched(shop, "DiscountAutomaticActivate", id, "discount_code_activate")


def deactivate_automatic(shop: Shop, *, id: str) -> Json:  # noqa: A002
    """Let an automatic discount end now, and return it."""
    return _switched(shop, "DiscountAutomaticDeactivate", id, "discount_code_deactivate")


def delete(shop: Shop, *, id: str) -> Json:  # noqa: A002
    """Delete a discount with all its codes; return its id as `deleted_id`."""
    return _deleted(shop, "DiscountCodeDelete", id, "discount_automatic_delete")


def delete_automatic(shop: Shop, *, id: str) -> Json:  # noqa: A002
    """Delete an automatic discount; return its id as `deleted_id`."""
    return _deleted(shop, "DiscountAutomaticDelete", id, "discount_code_delete")


def _create(shop: Shop, operation: str, kind: str, given: Mapping[str, Any]) -> Json:
    now = datetime.now(UTC).isoformat(timespec="seconds")
    whole = {"title": given["code"], "starts_at": now, **given}
    return _written(shop, operation, {"discount": discount_input(kind, whole, None)})


def _written(shop: Shop, operation: str, variables: Mapping[str, Any]) -> Json:
    try:
        return shown(shop.root(operation, variables)["code_discount_node"])
    except Rejected as refusal:
        raise plainly(refusal, _MEMBERS, _WORDS, skip=1) from None


def _switched(shop: Shop, operation: str, discount: str, other: str) -> Json:
    payload = _sent(shop, operation, discount, other)
    return shown(payload["code_discount_node" if "Code" in operation else "automatic_discount_node"])


def _deleted(shop: Shop, operation: str, discount: str, other: str) -> Json:
    return {"deleted_id": _sent(shop, operation, discount, other)["deleted_id"]}


def _sent(shop: Shop, operation: str, discount: str, other: str) -> Any:
    try:
        return shop.root(operation, {"id": discount})
    except Rejected as refusal:
        # The discount has just been read, so what Shopify misses is one of this method.
        if all("does not exist" in error["message"] for error in refusal.details["user_errors"]):
            method = "an automatic discount" if "automatic" in other else "a discount by code"
            raise _refused(f"This is {method}: use {other}.") from None
        raise


def _known(shop: Shop, discount: str) -> Json:
    found = get(shop, id=discount)
    if found is None:
        raise missing(shop, "discount", {"id": discount})
    if found["method"] != "CODE":
        raise _refused("This is an automatic discount: change it in Shopify’s admin.")
    return found


def _refused(message: str) -> InvalidInput:
    return InvalidInput(message, [Fault("/id", message, "conflict")])
