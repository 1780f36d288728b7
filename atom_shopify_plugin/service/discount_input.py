"""The rule of a discount, as a merchant writes it → Shopify's input, which adds to lists and removes from them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from atom_shopify_plugin.errors import Fault, InvalidInput

__all__ = ["OF_KIND", "discount_input"]

Json = dict[str, Any]

_PLAIN = {
    "code": "code",
    "title": "title",
    "starts_at": "startsAt",
    "ends_at": "endsAt",
    "usage_limit": "usageLimit",
    "once_per_customer": "appliesOncePerCustomer",
    "tags": "tags",
    "uses_per_order": "usesPerOrderLimit",
    "maximum_shipping_price": "maximumShippingPrice",
}
_COMBINED = {
    "order_discounts": "orderDiscounts",
    "product_discounts": "productDiscounts",
    "shipping_discounts": "shippingDiscounts",
}
_ITEMS = ("product_ids", "variant_ids", "collection_ids")
_EVERY = frozenset(
    {"code", "title", "starts_at", "ends_at", "usage_limit", "once_per_customer", "tags", "combines_with"}
    | {"customer_ids", "segment_ids"}
)
_MINIMUM = frozenset({"minimum_subtotal", "minimum_quantity"})
OF_KIND: Mapping[str, frozenset[str]] = {
    "BASIC": _EVERY | _MINIMUM | {"percent", "amount", "each_item", *_ITEMS},
    "BXGY": _EVERY | {"buys", "gets", "uses_per_order"},
    "FREE_SHIPPING": _EVERY | _MINIMUM | {"country_codes", "rest_of_world", "maximum_shipping_price"},
}
"""The members of the input that each kind of discount has."""


def discount_input(kind: str, given: Mapping[str, Any], former: Mapping[str, Any] | None) -> Json:
    """Return Shopify's input for a discount of a kind, from checked members and the discount as it is.

    `former` is None for a new discount. Lists take the place of those that are there. Amounts are in the store's
    currency. Raises `InvalidInput` for members that exclude each other.
    """
    made: Json = {theirs: given[ours] for ours, theirs in _PLAIN.items() if ours in given}
    if "combines_with" in given:
        made["combinesWith"] = {_COMBINED[name]: value for name, value in given["combines_with"].items()}
    if "customer_ids" in given or "segment_ids" in given:
        made["context"] = _buyers(given, former)
    if _MINIMUM & given.keys():
        made["minimumRequirement"] = _minimum(given)
    if kind == "BASIC":
        gets = _gets(given, former)
        made |= {"customerGets": gets} if gets else {}
    elif kind == "BXGY":
        made |= _bxgy(given, former)
    elif {"country_codes", "rest_of_world"} & given.keys() or former is None:
        made["destination"] = _destination(given, former)
    return made


def _gets(given: Mapping[str, Any], former: Mapping[str, Any] | None) -> Json:
    gets: Json = {}
    if {"percent", "amount", "each_item"} & given.keys():
        gets["value"] = _value(given, former)
    if former is None or set(_ITEMS) & given.keys():
        gets["items"] = _items(given, former, "")
    return gets


def _value(given: Mapping[str, Any], former: Mapping[str, Any] | None) -> Json:
    percent, amount = given.get("percent"), given.get("amount")
    if percent is not None and given.get("each_item"):
        raise _refused("/each_item", "Only an amount can be taken off each item: a percentage always is.")
    if percent is not None:
        return {"percentage": _share(percent)}
    if amount is None and former is not None:
        amount = former["amount"]  # each_item alone was given
    if amount is None:
        raise _refused("/amount", "A discount is either a percentage or an amount: give one of them.")
    each = given.get("each_item", (former or {}).get("each_item"))
    return {"discountAmount": {"amount": amount, "appliesOnEachItem": bool(each)}}


def _bxgy(given: Mapping[str, Any], former: Mapping[str, Any] | None) -> Json:
    made: Json = {}
    if "buys" in given:
        buys = given["buys"]
        value = {"quantity": str(buys["quantity"])} if "quantity" in buys else {"amount": buys["amount"]}
        made["customerBuys"] = {"value": value, "items": _items(buys, (former or {}).get("buys"), "/buys")}
    if "gets" in given:
        gets = given["gets"]
        effect = {"percentage": _share(gets["percent"])} if "percent" in gets else {"amount": gets["amount"]}
        value = {"discountOnQuantity": {"quantity": str(gets["quantity"]), "effect": effect}}
        made["customerGets"] = {"value": value, "items": _items(gets, (former or {}).get("gets"), "/gets")}
    return made


def _items(given: Mapping[str, Any], former: Mapping[str, Any] | None, at: str) -> Json:
    """Return what a discount is for: the collections or products that are named, in place of those that are there."""
    if former is not None and former.get("items_truncated"):
        raise _refused(f"{at}/product_ids", "This list is too long to be replaced here. Change it in Shopify’s admin.")
    products, variants, collections = (_change(given, former, name) for name in _ITEMS)
    if given.get("collection_ids") and (given.get("product_ids") or given.get("variant_ids")):
        message = "A discount applies either to collections, or to products and variants, not to both."
        raise _refused(f"{at}/collection_ids", message)
    if given.get("collection_ids"):
        return {"collections": _named(collections, "add", "remove")}
    if given.get("product_ids") or given.get("variant_ids"):
        return {
            "products": {
                **_named(products, "productsToAdd", "productsToRemove"),
                **_named(variants, "productVariantsToAdd", "productVariantsToRemove"),
            }
        }
    return {"all": True}


def _buyers(given: Mapping[str, Any], former: Mapping[str, Any] | None) -> Json:
    if given.get("customer_ids") and given.get("segment_ids"):
        raise _refused("/segment_ids", "A discount is for customers or for segments, and not for both.")
    if given.get("customer_ids"):
        return {"customers": _named(_change(given, former, "customer_ids"), "add", "remove")}
    if given.get("segment_ids"):
        return {"customerSegments": _named(_change(given, former, "segment_ids"), "add", "remove")}
    return {"all": "ALL"}


def _minimum(given: Mapping[str, Any]) -> Json | None:
    subtotal, quantity = given.get("minimum_subtotal"), given.get("minimum_quantity")
    if subtotal is not None and quantity is not None:
        raise _refused("/minimum_quantity", "A discount has a minimum subtotal or a minimum quantity, and not both.")
    if subtotal is not None:
        return {"subtotal": {"greaterThanOrEqualToSubtotal": subtotal}}
    return None if quantity is None else {"quantity": {"greaterThanOrEqualToQuantity": str(quantity)}}


def _destination(given: Mapping[str, Any], former: Mapping[str, Any] | None) -> Json:
    known = list((former or {}).get("country_codes") or ())
    wanted = given.get("country_codes", known)
    rest = given.get("rest_of_world", (former or {}).get("rest_of_world", False))
    if not wanted and not rest:
        return {"all": True}
    gone = [code for code in known if code not in wanted]
    return {"countries": {"add": [code for code in wanted if code not in known], "remove": gone,
                          "includeRestOfWorld": rest}}  # fmt: skip


def _change(
    given: Mapping[str, Any], former: Mapping[str, Any] | None, name: str
) -> tuple[Sequence[str], Sequence[str]]:
    """Return what is to be added to a list and removed from it, so that it becomes the one that is given."""
    wanted, known = list(given.get(name) or ()), list((former or {}).get(name) or ())
    return [gid for gid in wanted if gid not in known], [gid for gid in known if gid not in wanted]


def _named(change: tuple[Sequence[str], Sequence[str]], add: str, remove: str) -> Json:
    return {name: list(ids) for name, ids in zip((add, remove), change, strict=True) if ids}


def _share(percent: float) -> float:
    return round(percent / 100, 6)


def _refused(pointer: str, message: str) -> InvalidInput:
    return InvalidInput(message, [Fault(pointer, message, "conflict")])
