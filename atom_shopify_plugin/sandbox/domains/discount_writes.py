"""Discounts: create, update, activate, deactivate and delete, by code and automatic.

The messages are those that live stores answer, some of them odd: "Value must be less than 0" refuses what is not above.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

from atom_shopify_plugin.sandbox.context import Context
from atom_shopify_plugin.sandbox.domains.discount_inputs import (
    HIGHEST,
    Problem,
    limit_problems,
    set_buyers,
    set_buys,
    set_combinations,
    set_destination,
    set_gets,
    set_minimum,
    set_reward,
)
from atom_shopify_plugin.sandbox.domains.discounts import FORMS, codes_of, discount_at, status_of
from atom_shopify_plugin.sandbox.domains.metadata import drop_metafields
from atom_shopify_plugin.sandbox.inputs import clean_tags, label_of
from atom_shopify_plugin.sandbox.refusals import Refused, UserError
from atom_shopify_plugin.sandbox.registry import mutation
from atom_shopify_plugin.sandbox.store import Node

__all__ = ["code_problem"]

LONGEST = 255
MOST_TAGS = 5
_PLAIN = (
    "title", "startsAt", "endsAt", "recurringCycleLimit", "usageLimit", "appliesOncePerCustomer", "usesPerOrderLimit",
    "maximumShippingPrice", "appliesOnOneTimePurchase", "appliesOnSubscription",
)  # fmt: skip
_SAVED = {"title": "", "recurringCycleLimit": 1, "appliesOncePerCustomer": False,
          "appliesOnOneTimePurchase": True, "appliesOnSubscription": False}  # fmt: skip


def _values(
    ctx: Context, node: Node | None, given: Mapping[str, Any], form: str, *, by_code: bool
) -> tuple[Node, list[Problem]]:
    """Return what an input stores, with everything that is wrong with it."""
    known = node or {}
    values: Node = {name: given[name] for name in _PLAIN if name in given}
    values |= {name: value for name, value in _SAVED.items() if name in values and values[name] is None}
    problems: list[Problem] = []
    if given.get("context") is not None and given.get("customerSelection") is not None:
        return values, [(("context",), "Only one of context or customerSelection can be provided.", "INVALID")]
    set_buyers(ctx, known, given, values, problems)
    if form == "Basic":
        set_gets(ctx, known, given, values, problems, by_code=by_code)
    elif form == "Bxgy" and ((given.get("customerGets") or {}).get("items") or {}).get("all"):
        problems.append((("customerGets",), "Items in 'customer get' cannot be set to all", "INVALID"))
    elif form == "FreeShipping":
        set_destination(known, given, values)
    if form != "Bxgy":
        set_minimum(given, values, problems)
    set_combinations(ctx, known, given, values, problems, shipping=form == "FreeShipping")
    if by_code and ("code" in given or node is None):
        problems += [(("code",), *problem) for problem in _code_problems(ctx, given.get("code"), node)]
    plain = list(_plain_problems({**known, **values}))
    if form == "FreeShipping" and not by_code and any(path == ("combinesWith",) for path, _, _ in problems):
        plain = [problem for problem in plain if problem[0] != ("title",)]  # seen: only the first is told
    problems += plain
    if form == "Bxgy":
        problems += limit_problems(given.get("usesPerOrderLimit"))
        set_reward(ctx, known, given, values, problems, by_code=by_code)
        set_buys(ctx, known, given, values, problems)
    problems += _tag_problems(given, values)
    return values, problems


def _tag_problems(given: Mapping[str, Any], values: Node) -> Iterator[Problem]:
    if "tags" not in given:
        return
    values["tags"] = clean_tags(given["tags"] or ())
    if len(values["tags"]) > MOST_TAGS:
        yield ("tags",), f"The number of tags exceeds the maximum of {MOST_TAGS}.", "TOO_MANY_TAGS"
    if any(len(tag) > LONGEST for tag in values["tags"]):
        yield ("tags",), f"The tag title exceeds the maximum length of {LONGEST} characters.", "INVALID_TAG_LENGTH"


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


# mutations

Rule = Callable[[Context, dict[str, Any]], Node]


def _mutations(prefix: str, kind: str, arguments: Mapping[str, str], answer: str) -> None:
    """Register the mutations of the discounts by code or of the automatic ones; `arguments` by the form of discount."""
    by_code = kind == "DiscountCodeNode"
    missing = f"{'Code' if by_code else 'Automatic'} discount does not exist."

    def known(ctx: Context, gid: str, message: str = missing, code: str | None = "INVALID") -> Node:
        node = ctx.store.get(gid)
        if node is None or node["__typename"] != kind:
            raise Refused.one(["id"], message, code)
        return node

    def checked(ctx: Context, node: Node | None, given: Mapping[str, Any], form: str) -> Node:
        values, problems = _values(ctx, node, given, form, by_code=by_code)
        if problems:
            raise Refused([UserError((arguments[form], *path), message, code) for path, message, code in problems])
        return values

    def create(form: str, ctx: Context, args: dict[str, Any]) -> Node:
        given = args[arguments[form]]
        node = ctx.create(kind, checked(ctx, None, given, form) | {"endsAt": given.get("endsAt"), "form": form})
        if by_code:
            ctx.create("DiscountRedeemCode", {"code": given["code"], "discount": node["id"], "createdAt": ctx.stamp})
        ctx.record("created", node)
        return {answer: node["id"]}

    def update(form: str, ctx: Context, args: dict[str, Any]) -> Node:
        node, given = known(ctx, args["id"], "Discount does not exist", None), args[arguments[form]]
        if node.get("form", "Basic") != form:
            raise Refused.one(["id"], "Discount does not exist")
        codes = codes_of(ctx, node) if by_code else []
        renamed = by_code and given.get("code") is not None
        if renamed and len(codes) > 1:
            raise Refused.one(["id"], "Cannot update the code of a bulk discount.")
        ctx.update(node, {**checked(ctx, node, given, form), "updatedAt": ctx.stamp})
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

    rules: dict[str, Rule] = {"Activate": activate, "Deactivate": deactivate, "Delete": delete}
    for form in FORMS:
        rules |= {f"{form}Create": partial(create, form), f"{form}Update": partial(update, form)}
    for ending, rule in rules.items():
        mutation(f"{prefix}{ending}")(rule)


_mutations(
    "discountCode",
    "DiscountCodeNode",
    dict(zip(FORMS, ("basicCodeDiscount", "bxgyCodeDiscount", "freeShippingCodeDiscount"), strict=True)),
    "codeDiscountNode",
)
_mutations(
    "discountAutomatic",
    "DiscountAutomaticNode",
    dict(zip(FORMS, ("automaticBasicDiscount", "automaticBxgyDiscount", "freeShippingAutomaticDiscount"), strict=True)),
    "automaticDiscountNode",
)
