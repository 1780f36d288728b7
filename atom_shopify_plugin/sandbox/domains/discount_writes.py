"""Discounts: create, update, activate, deactivate and delete, by code and automatic.

The messages are those that live stores answer, some of them odd: "Value must be less than 0" refuses what is not above.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any

from atom_shopify_plugin.sandbox.context import Context
from atom_shopify_plugin.sandbox.domains.discounts import EVERYBODY, codes_of, discount_at, status_of
from atom_shopify_plugin.sandbox.domains.metadata import drop_metafields
from atom_shopify_plugin.sandbox.inputs import clean_tags, label_of
from atom_shopify_plugin.sandbox.refusals import Refused, UserError, bad_request, not_modelled
from atom_shopify_plugin.sandbox.registry import mutation
from atom_shopify_plugin.sandbox.store import Node, number

__all__ = ["code_problem"]

Problem = tuple[tuple[str, ...], str, str]  # the path below the input, the message, the code
HIGHEST = 2**31 - 1
HIGHEST_AMOUNT = 10**18
LONGEST = 255
MOST_TAGS = 5
_PLAIN = ("title", "startsAt", "endsAt", "recurringCycleLimit", "usageLimit", "appliesOncePerCustomer")
_SAVED = {"title": "", "recurringCycleLimit": 1, "appliesOncePerCustomer": False}


def _values(ctx: Context, node: Node | None, given: Mapping[str, Any], *, by_code: bool) -> tuple[Node, list[Problem]]:
    """Return what an input stores, with everything that is wrong with it."""
    known = node or {}
    values: Node = {name: given[name] for name in _PLAIN if name in given}
    values |= {name: value for name, value in _SAVED.items() if name in values and values[name] is None}
    problems: list[Problem] = []
    if given.get("context") is not None and given.get("customerSelection") is not None:
        return values, [(("context",), "Only one of context or customerSelection can be provided.", "INVALID")]
    _set_buyers(ctx, known, given, values, problems)
    _set_gets(ctx, known, given, values, problems, by_code=by_code)
    _set_minimum(given, values, problems)
    _set_combinations(ctx, known, given, values, problems)
    if by_code and ("code" in given or node is None):
        problems += [(("code",), *problem) for problem in _code_problems(ctx, given.get("code"), node)]
    problems += _plain_problems({**known, **values})
    if "tags" in given:
        values["tags"] = clean_tags(given["tags"] or ())
        if len(values["tags"]) > MOST_TAGS:
            problems.append((("tags",), f"The number of tags exceeds the maximum of {MOST_TAGS}.", "TOO_MANY_TAGS"))
        if any(len(tag) > LONGEST for tag in values["tags"]):
            message = f"The tag title exceeds the maximum length of {LONGEST} characters."
            problems.append((("tags",), message, "INVALID_TAG_LENGTH"))
    return values, problems


def _plain_problems(values: Node) -> Iterator[Problem]:
    title, limit, cycles = values.get("title") or "", values.get("usageLimit"), values.get("recurringCycleLimit", 1)
    if not title.strip():
        yield ("title",), "Title can't be blank", "BLANK"
    if len(title) > LONGEST:
        yield ("title",), f"Title is too long (maximum is {LONGEST} characters)", "TOO_LONG"
    if not values.get("startsAt"):
        yield ("startsAt",), "Starts at can't be blank", "BLANK"
    elif values.get("endsAt") and values["endsAt"] <= values["startsAt"]:
        yield ("endsAt",), "Ends at needs to be after starts_at", "INVALID"
    if limit is not None and limit <= 0:
        yield ("usageLimit",), "Usage limit must be greater than 0", "GREATER_THAN"
    yield from _bounds("usageLimit", limit)
    yield from _bounds("recurringCycleLimit", cycles)
    if cycles < 0:
        message = "Recurring cycle limit must be a valid integer greater than or equal to 0"
        yield ("recurringCycleLimit",), message, "RECURRING_CYCLE_LIMIT_NOT_A_VALID_INTEGER"


def _bounds(member: str, number: int | None) -> Iterator[Problem]:
    """Refuse a number that a column of 32 bits can't hold."""
    if number is not None and number > HIGHEST:
        message = f"{label_of(member)} must be less than or equal to {HIGHEST}"
        yield (member,), message, "LESS_THAN_OR_EQUAL_TO"
    elif number is not None and number < -HIGHEST - 1:
        message = f"{label_of(member)} must be greater than or equal to {-HIGHEST - 1}"
        yield (member,), message, "GREATER_THAN_OR_EQUAL_TO"


def code_problem(ctx: Context, code: str, node: Node | None = None) -> tuple[str, str] | None:
    """Return what is wrong with a code that may be redeemed for `node`, as message without its subject and code."""
    if not code:
        return "is too short (minimum is 1 character)", "TOO_SHORT"
    if len(code) > LONGEST:
        return f"is too long (maximum is {LONGEST} characters)", "TOO_LONG"
    if "\n" in code or "\r" in code:
        return "cannot contain newline characters.", "INVALID"
    if discount_at(ctx, code) not in (None, node):
        return "must be unique. Please try a different code.", "TAKEN"
    return None


def _code_problems(ctx: Context, code: str | None, node: Node | None) -> list[tuple[str, str]]:
    if code is None:
        return [("Code can't be blank", "BLANK")]
    problem = code_problem(ctx, code, node)
    return [] if problem is None else [(f"Code {problem[0]}", problem[1])]


# buyers


def _set_buyers(ctx: Context, known: Node, given: Mapping[str, Any], values: Node, problems: list[Problem]) -> None:
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


def _set_gets(
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


def _items(ctx: Context, former: Node, wish: Mapping[str, Any], problems: list[Problem]) -> Node:
    if wish.get("all"):
        return {"__typename": "AllDiscountItems"}
    items: Node = {}
    if wish.get("collections") is not None and wish.get("products") is not None:
        message = "Cannot entitle collections in combination with product variants or products"
        problems.append((("customerGets", "items", "collections", "add"), message, "CONFLICT"))
    for part, add_name, remove_name, type_name, field in _LISTS:
        change = wish.get(part)
        if change is None:
            continue
        add, remove = change.get(add_name) or [], change.get(remove_name) or []
        if set(add) & set(remove):
            raise bad_request(f"The same {type_name} id is present in both 'add' and 'remove' fields")
        for gid in _unknown(ctx, add, type_name):
            message = f"{label_of(type_name)} with id: {number(gid)} is invalid"
            problems.append((("customerGets", "items", part, add_name), message, "INVALID"))
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


def _set_minimum(given: Mapping[str, Any], values: Node, problems: list[Problem]) -> None:
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


def _set_combinations(
    ctx: Context, known: Node, given: Mapping[str, Any], values: Node, problems: list[Problem]
) -> None:
    wish = given.get("combinesWith")
    if wish is None:
        return
    tags = "productDiscountsWithTagsOnSameCartLine"
    if wish.get(tags) is not None:
        if ctx.store.plan == "plus":
            raise not_modelled(f"DiscountCombinesWithInput.{tags}")
        message = f"The shop's plan does not allow setting `{tags}`."
        code = "PRODUCT_DISCOUNTS_WITH_TAGS_ON_SAME_CART_LINE_NOT_ENTITLED"
        problems.append((("combinesWith", tags), message, code))
    former = known.get("combinesWith") or {}
    flags = {name: value for name, value in wish.items() if name != tags and value is not None}
    values["combinesWith"] = {**former, **flags, tags: None}


# mutations

Rule = Callable[[Context, dict[str, Any]], Node]


def _mutations(prefix: str, kind: str, argument: str, answer: str) -> None:
    """Register the five mutations of a kind of discount."""
    by_code = kind == "DiscountCodeNode"
    missing = f"{'Code' if by_code else 'Automatic'} discount does not exist."

    def known(ctx: Context, gid: str, message: str = missing, code: str | None = "INVALID") -> Node:
        node = ctx.store.get(gid)
        if node is None or node["__typename"] != kind:
            raise Refused.one(["id"], message, code)
        return node

    def checked(ctx: Context, node: Node | None, given: Mapping[str, Any]) -> Node:
        values, problems = _values(ctx, node, given, by_code=by_code)
        if problems:
            raise Refused([UserError((argument, *path), message, code) for path, message, code in problems])
        return values

    def create(ctx: Context, args: dict[str, Any]) -> Node:
        given = args[argument]
        node = ctx.create(kind, checked(ctx, None, given) | {"endsAt": given.get("endsAt")})
        if by_code:
            ctx.create("DiscountRedeemCode", {"code": given["code"], "discount": node["id"], "createdAt": ctx.stamp})
        ctx.record("created", node)
        return {answer: node["id"]}

    def update(ctx: Context, args: dict[str, Any]) -> Node:
        node, given = known(ctx, args["id"], "Discount does not exist", None), args[argument]
        codes = codes_of(ctx, node) if by_code else []
        renamed = by_code and given.get("code") is not None
        if renamed and len(codes) > 1:
            raise Refused.one(["id"], "Cannot update the code of a bulk discount.")
        ctx.update(node, {**checked(ctx, node, given), "updatedAt": ctx.stamp})
        if renamed and codes:
            ctx.update(codes[0], {"code": given["code"]})
        ctx.record("updated", node)
        return {answer: node["id"]}

    def activate(ctx: Context, args: dict[str, Any]) -> Node:
        node = known(ctx, args["id"])
        if status_of(ctx, node) != "ACTIVE":
            ctx.update(node, {"startsAt": min(node["startsAt"], ctx.stamp), "endsAt": None})
            ctx.record("updated", node)
        return {answer: node["id"]}

    def deactivate(ctx: Context, args: dict[str, Any]) -> Node:
        node = known(ctx, args["id"])
        if status_of(ctx, node) != "EXPIRED":
            ctx.update(node, {"startsAt": min(node["startsAt"], ctx.stamp), "endsAt": ctx.stamp})
            ctx.record("updated", node)
        return {answer: node["id"]}

    def delete(ctx: Context, args: dict[str, Any]) -> Node:
        node = known(ctx, args["id"])
        for code in codes_of(ctx, node) if by_code else ():
            ctx.delete(code)
        drop_metafields(ctx, node)
        ctx.delete(node)
        ctx.record("deleted", node)
        return {f"deleted{answer[0].upper()}{answer[1:].removesuffix('Node')}Id": node["id"]}

    rules: dict[str, Rule] = {"BasicCreate": create, "BasicUpdate": update, "Activate": activate,
                              "Deactivate": deactivate, "Delete": delete}  # fmt: skip
    for ending, rule in rules.items():
        mutation(f"{prefix}{ending}")(rule)


_mutations("discountCode", "DiscountCodeNode", "basicCodeDiscount", "codeDiscountNode")
_mutations("discountAutomatic", "DiscountAutomaticNode", "automaticBasicDiscount", "automaticDiscountNode")
