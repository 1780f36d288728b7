"""The parts of a discount's input: who gets it, what for, and with what other discounts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from atom_shopify_plugin.sandbox.context import Context
from atom_shopify_plugin.sandbox.domains.discounts import EVERYBODY
from atom_shopify_plugin.sandbox.inputs import label_of
from atom_shopify_plugin.sandbox.refusals import bad_request, not_modelled
from atom_shopify_plugin.sandbox.store import Node, number

__all__ = [
    "HIGHEST", "Problem", "limit_problems", "set_buyers", "set_buys", "set_combinations", "set_destination",
    "set_gets", "set_minimum", "set_reward",
]  # fmt: skip

Problem = tuple[tuple[str, ...], str, str]  # the path below the input, the message, the code
HIGHEST = 2**31 - 1
HIGHEST_AMOUNT = 10**18
MOST = 100_000
UNDEFINED = "Discount value must be defined."


# buyers


def set_buyers(ctx: Context, known: Node, given: Mapping[str, Any], values: Node, problems: list[Problem]) -> None:
    name = "context" if given.get("context") is not None else "customerSelection"
    wish = given.get(name)
    if wish is None:
        return
    if wish.get("markets") is not None:
        raise not_modelled("DiscountContextInput.markets")
    for part, word in (("customers", "customers or customerSavedSearches"), ("customerSegments", "customerSegments")):
        if wish.get("all") and wish.get(part) is not None:
            message = f"A discount cannot have {name} set to all, when {word} is specified."
            raise bad_request(message)
    former = known.get("context") or EVERYBODY
    values["context"] = EVERYBODY
    for part, type_name, field, type_of in (
        ("customers", "DiscountCustomers", "customers", "Customer"),
        ("customerSegments", "DiscountCustomerSegments", "segments", "Segment"),
    ):
        if wish.get(part) is None:
            continue
        change = wish[part]
        add, remove = change.get("add") or [], change.get("remove") or []
        if set(add) & set(remove):
            raise bad_request(f"A {label_of(type_of).lower()} id is present in `add` and `remove` fields")
        for gid in _unknown(ctx, add, type_of):
            problems.append(((name, part, "add"), f"{type_of} with id: {number(gid)} is invalid", "INVALID"))
        ids = [gid for gid in dict.fromkeys([*former.get(field, ()), *add]) if gid not in remove]
        values["context"] = {"__typename": type_name, field: ids}


def _unknown(ctx: Context, ids: Iterable[str], type_name: str) -> list[str]:
    return [gid for gid in ids if (ctx.store.get(gid) or {}).get("__typename") != type_name]


# what the customer gets


def set_gets(
    ctx: Context, known: Node, given: Mapping[str, Any], values: Node, problems: list[Problem], *, by_code: bool
) -> None:
    wish = given.get("customerGets")
    if wish is None:
        if not known:
            problems.append((("customerGets",), "Customer gets can't be blank", "BLANK"))
        return
    former = known.get("customerGets") or {"appliesOnOneTimePurchase": True, "appliesOnSubscription": False}
    flags = {
        name: wish[name] for name in ("appliesOnOneTimePurchase", "appliesOnSubscription") if wish.get(name) is not None
    }
    gets = {**former, **flags}
    if not (gets["appliesOnOneTimePurchase"] or gets["appliesOnSubscription"]):
        message = "A discount cannot have both appliesOnOneTimePurchase and appliesOnSubscription set to false."
        problems.append((("customerGets",), message, "APPLIES_ON_NOTHING"))
    if wish.get("items") is not None:
        gets["items"] = _items(ctx, former.get("items") or {}, wish["items"], problems)
    if wish.get("value") is not None:
        gets["value"] = _value(wish["value"], problems, by_code=by_code)
    for part in ("items", "value"):
        if part not in gets:
            problems.append((("customerGets", part), f"{label_of(part)} can't be blank", "BLANK"))
    values["customerGets"] = gets


_LISTS = (
    ("collections", "add", "remove", "Collection", "collections"),
    ("products", "productsToAdd", "productsToRemove", "Product", "products"),
    ("products", "productVariantsToAdd", "productVariantsToRemove", "ProductVariant", "productVariants"),
)


def _items(
    ctx: Context, former: Node, wish: Mapping[str, Any], problems: list[Problem], side: str = "customerGets"
) -> Node:
    if wish.get("all"):
        return {"__typename": "AllDiscountItems"}
    items: Node = {}
    if wish.get("collections") is not None and wish.get("products") is not None:
        message = "Cannot entitle collections in combination with product variants or products"
        problems.append(((side, "items", "collections", "add"), message, "CONFLICT"))
    for part, add_name, remove_name, type_name, field in _LISTS:
        change = wish.get(part)
        if change is None:
            continue
        add, remove = change.get(add_name) or [], change.get(remove_name) or []
        if set(add) & set(remove):
            raise bad_request(f"The same {type_name} id is present in both 'add' and 'remove' fields")
        for gid in _unknown(ctx, add, type_name):
            message = f"{label_of(type_name)} with id: {number(gid)} is invalid"
            problems.append(((side, "items", part, add_name), message, "INVALID"))
        kept = [gid for gid in former.get(field, ()) if gid not in remove]
        items[field] = list(dict.fromkeys([*kept, *add]))
    if "collections" in items:
        return {"__typename": "DiscountCollections", **items}
    return {"__typename": "DiscountProducts", "products": [], "productVariants": [], **items}


def _value(wish: Mapping[str, Any], problems: list[Problem], *, by_code: bool) -> Node:
    named = [name for name in ("percentage", "discountOnQuantity", "discountAmount") if wish.get(name) is not None]
    if len(named) > 1:
        raise bad_request("A discount can only have one of percentage, discountOnQuantity or discountAmount.")
    path = ("customerGets", "value")
    if wish.get("discountOnQuantity") is not None:
        message = "discountOnQuantity field is only permitted with bxgy discounts."
        problems.append(((*path, "discountOnQuantity"), message, "INVALID"))
        return {}
    if wish.get("percentage") is not None:
        share = wish["percentage"]
        if not 0 <= share <= 1 or (share == 0 and not by_code):
            problems.append(((*path, "percentage"), "Value must be between 0.0 and 1.0", "VALUE_OUTSIDE_RANGE"))
        return {"__typename": "DiscountPercentage", "percentage": share}
    wish_amount = wish.get("discountAmount") or {}
    amount = Decimal(wish_amount.get("amount") or 0)
    place = (*path, "discountAmount", "amount")
    if amount < 0 and by_code:
        problems.append((place, "Value must be less than or equal to 0", "LESS_THAN_OR_EQUAL_TO"))
    elif amount <= 0 and not by_code:
        problems.append((place, "Value must be less than 0", "GREATER_THAN"))
    elif amount >= HIGHEST_AMOUNT:
        problems.append((place, f"Value must be greater than -{HIGHEST_AMOUNT}", "LESS_THAN"))
    return {
        "__typename": "DiscountAmount",
        "amount": amount,
        "appliesOnEachItem": bool(wish_amount.get("appliesOnEachItem")),
    }


def set_minimum(given: Mapping[str, Any], values: Node, problems: list[Problem]) -> None:
    if "minimumRequirement" not in given:
        return
    wish = given["minimumRequirement"] or {}
    quantity = (wish.get("quantity") or {}).get("greaterThanOrEqualToQuantity")
    subtotal = (wish.get("subtotal") or {}).get("greaterThanOrEqualToSubtotal")
    least = ("minimumRequirement", "subtotal", "greaterThanOrEqualToSubtotal")
    fewest = ("minimumRequirement", "quantity", "greaterThanOrEqualToQuantity")
    if quantity is not None and subtotal is not None:
        problems.append((least, "Minimum subtotal cannot be defined when minimum quantity is.", "CONFLICT"))
        problems.append((fewest, "Minimum quantity cannot be defined when minimum subtotal is.", "CONFLICT"))
    if quantity is not None and quantity >= HIGHEST:
        problems.append((fewest, f"Minimum quantity must be less than {HIGHEST}", "LESS_THAN"))
    if subtotal is not None and subtotal >= HIGHEST_AMOUNT:
        problems.append((least, f"Minimum subtotal must be less than {HIGHEST_AMOUNT}", "LESS_THAN"))
    values["minimumRequirement"] = None
    if subtotal is not None:
        values["minimumRequirement"] = {"__typename": "DiscountMinimumSubtotal", least[-1]: subtotal}
    elif quantity is not None:
        values["minimumRequirement"] = {"__typename": "DiscountMinimumQuantity", fewest[-1]: quantity}


def set_combinations(
    ctx: Context, known: Node, given: Mapping[str, Any], values: Node, problems: list[Problem], *, shipping: bool
) -> None:
    wish = given.get("combinesWith")
    if wish is None:
        return
    if shipping and wish.get("shippingDiscounts"):
        message = "The combinesWith settings are not valid for the discount class."
        problems.append((("combinesWith",), message, "INVALID_COMBINES_WITH_FOR_DISCOUNT_CLASS"))
    tags = "productDiscountsWithTagsOnSameCartLine"
    if wish.get(tags) is not None:
        if set(wish[tags].get("add") or ()) & set(wish[tags].get("remove") or ()):
            raise bad_request(f"The same tag is present in both `add` and `remove` fields of `{tags}`.")
        if ctx.store.plan == "plus":
            raise not_modelled(f"DiscountCombinesWithInput.{tags}")
        message = f"The shop's plan does not allow setting `{tags}`."
        code = "PRODUCT_DISCOUNTS_WITH_TAGS_ON_SAME_CART_LINE_NOT_ENTITLED"
        problems.append((("combinesWith", tags), message, code))
    former = known.get("combinesWith") or {}
    flags = {name: value for name, value in wish.items() if name != tags and value is not None}
    values["combinesWith"] = {**former, **flags, tags: None}


# buy X get Y


def set_reward(
    ctx: Context, known: Node, given: Mapping[str, Any], values: Node, problems: list[Problem], *, by_code: bool
) -> None:
    """Set what the customer gets for what they buy: some of some products, for less or for nothing."""
    wish = given.get("customerGets")
    if wish is None:
        if not known:
            problems.append((("customerGets",), "Customer gets can't be blank", "BLANK"))
        return
    path, value = ("customerGets", "value"), wish.get("value") or {}
    for name in ("percentage", "discountAmount"):
        if value.get(name) is not None:
            message = "Only discountOnQuantity permitted with bxgy discounts."
            problems.append(((*path, name), message, "INVALID"))
    part = value.get("discountOnQuantity") or {}
    if by_code and part.get("quantity") is None:
        problems.append(((*path, "discountOnQuantity", "quantity"), "Quantity cannot be blank.", "BLANK"))
    problems += _ratio((*path, "discountOnQuantity", "quantity"), part.get("quantity"), "consequent")
    for name in ("appliesOnSubscription", "appliesOnOneTimePurchase"):
        if wish.get(name) is not None:
            message = f"This field is not supported by {'' if by_code else 'automatic '}bxgy discounts."
            problems.append(((path[0], name), message, "INVALID"))
    gets = {"appliesOnOneTimePurchase": True, "appliesOnSubscription": False, **(known.get("customerGets") or {})}
    if part:
        effect = _effect(part.get("effect") or {}, (*path, "discountOnQuantity", "effect"), problems)
        quantity = {"quantity": part.get("quantity")}
        gets["value"] = {"__typename": "DiscountOnQuantity", "quantity": quantity, "effect": effect}
    elif "value" not in gets and not any(value.get(name) is not None for name in ("percentage", "discountAmount")):
        problems.append((path, UNDEFINED, "BLANK"))
    items = wish.get("items") or {}
    if items and not items.get("all"):
        gets["items"] = _items(ctx, gets.get("items") or {}, items, problems)
    elif not items and "items" not in gets:
        problems.append((("customerGets", "items"), "Items can't be blank", "BLANK"))
    values["customerGets"] = gets


def _ratio(path: tuple[str, ...], quantity: Any, word: str) -> list[Problem]:
    """Return what is wrong with one side of "buy so many, get so many"."""
    if quantity is None or 0 < int(quantity) < MOST:
        return []
    name = f"Prerequisite to entitlement quantity ratio {word}"
    if int(quantity) >= MOST:
        return [(path, f"{name} must be less than {MOST}", "LESS_THAN")]
    return [(path, f"{name} must be greater than 0", "GREATER_THAN")]


def limit_problems(limit: Any) -> list[Problem]:
    """Return what is wrong with how often a discount may be used in one order."""
    path = ("usesPerOrderLimit",)
    if limit is None or 0 < int(limit) <= HIGHEST:
        return []
    if int(limit) == 0:
        return [(path, "Allocation limit cannot be zero", "VALUE_OUTSIDE_RANGE")]
    if int(limit) < 0:
        return [(path, "Allocation limit must be greater than 0", "GREATER_THAN")]
    return [(path, f"Allocation limit must be less than or equal to {HIGHEST}", "LESS_THAN_OR_EQUAL_TO")]


def _effect(wish: Mapping[str, Any], path: tuple[str, ...], problems: list[Problem]) -> Node:
    share, amount = wish.get("percentage"), wish.get("amount")
    if share is None and amount is None:
        problems.append((path, UNDEFINED, "BLANK"))
    elif share is not None and not 0 <= share <= 1:
        problems.append(((*path, "percentage"), "Value must be between 0.0 and 1.0", "VALUE_OUTSIDE_RANGE"))
    if share is not None:
        return {"__typename": "DiscountPercentage", "percentage": share}
    return {"__typename": "DiscountAmount", "amount": Decimal(amount or 0), "appliesOnEachItem": True}


def set_buys(ctx: Context, known: Node, given: Mapping[str, Any], values: Node, problems: list[Problem]) -> None:
    """Set what a customer has to buy: a number of some products, or for an amount of them."""
    wish, former = given.get("customerBuys"), known.get("customerBuys")
    if wish is None and former:
        return
    wish = wish or {}
    buys = dict(former or {"isOneTimePurchase": True, "isSubscription": False})
    buys |= {name: wish[name] for name in ("isOneTimePurchase", "isSubscription") if wish.get(name) is not None}
    items, value = wish.get("items") or {}, wish.get("value") or {}
    if items.get("all") or (not items and "items" not in buys):
        problems.append((("customerBuys", "items"), "Items in 'customer buys' must be defined", "BLANK"))
    elif items:
        buys["items"] = _items(ctx, buys.get("items") or {}, items, problems, "customerBuys")
    problems += _ratio(("customerBuys", "value", "quantity"), value.get("quantity"), "antecedent")
    if value.get("quantity") is not None:
        buys["value"] = {"__typename": "DiscountQuantity", "quantity": value["quantity"]}
    elif value.get("amount") is not None:
        buys["value"] = {"__typename": "DiscountPurchaseAmount", "amount": Decimal(value["amount"])}
    elif "value" not in buys:
        problems.append((("customerBuys", "value"), "Value can't be blank", "BLANK"))
    values["customerBuys"] = buys


# free shipping


def set_destination(known: Node, given: Mapping[str, Any], values: Node) -> None:
    """Set where shipping is free: in all countries, unless some are named."""
    wish = given.get("destination")
    former = known.get("destinationSelection") or {}
    if wish is not None or not former:
        countries = (wish or {}).get("countries")
        if countries is None or (wish or {}).get("all"):
            values["destinationSelection"] = {"__typename": "DiscountCountryAll"}
        else:
            gone = set(countries.get("remove") or ())
            if gone & set(countries.get("add") or ()):
                raise bad_request("A country code is present in `add` and `remove` field")
            codes = dict.fromkeys([*former.get("countries", ()), *(countries.get("add") or ())])
            values["destinationSelection"] = {
                "__typename": "DiscountCountries",
                "countries": [code for code in codes if code not in gone],
                "includeRestOfWorld": bool(countries.get("includeRestOfWorld")),
            }
