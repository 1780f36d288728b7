"""The input of selling plans: what is wrong with it, and what a plan keeps of it.

The messages are those that live stores answer.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from atom_shopify_plugin.sandbox.context import Context
from atom_shopify_plugin.sandbox.refusals import UserError, not_modelled
from atom_shopify_plugin.sandbox.store import Node

__all__ = ["plan_problems", "plan_values", "position_problem"]

HIGHEST = 2**31 - 1
MOST_OPTIONS = 3
MOST_POLICIES = 2
# policy → its numbers: the word of the message, the lowest value
RANGES = {
    "billingPolicy": {"minCycles": ("Min cycles", 1), "maxCycles": ("Max cycles", 1)},
    "deliveryPolicy": {"cutoff": ("Cutoff", 0)},
}
RECURRING: Mapping[str, Node] = {
    "billingPolicy": {
        "__typename": "SellingPlanRecurringBillingPolicy", "anchors": [], "minCycles": None, "maxCycles": None,
    },
    "deliveryPolicy": {
        "__typename": "SellingPlanRecurringDeliveryPolicy", "anchors": [], "cutoff": None,
        "intent": "FULFILLMENT_BEGIN", "preAnchorBehavior": "ASAP",
    },
}  # fmt: skip
MISSING = {
    "billingPolicy": ("Selling plans to create billing policy must be present.", "SELLING_PLAN_BILLING_POLICY_MISSING"),
    "deliveryPolicy": (
        "Selling plans to create delivery policy must be present.", "SELLING_PLAN_DELIVERY_POLICY_MISSING",
    ),
}  # fmt: skip
UNLIKE = ("billing and delivery policy types must be the same.", "BILLING_AND_DELIVERY_POLICY_TYPES_MUST_BE_THE_SAME")
ONE_DELIVERY = (
    "Only one of fixed or recurring delivery policy is allowed", "ONLY_ONE_OF_FIXED_OR_RECURRING_DELIVERY",
)  # fmt: skip
ONE_BILLING = (
    "Only one of fixed or recurring billing policy is allowed", "ONLY_ONE_OF_FIXED_OR_RECURRING_BILLING",
)  # fmt: skip
ANCHORS = (
    "Billing and delivery policy anchors must be the same",
    "SELLING_PLAN_BILLING_AND_DELIVERY_POLICY_ANCHORS_MUST_BE_EQUAL",
)


def position_problem(given: Mapping[str, Any], path: list[Any]) -> list[UserError]:
    """Return the error for a position that does not fit into 32 bits."""
    if -HIGHEST - 1 <= (given.get("position") or 0) <= HIGHEST:
        return []
    message = "Position must be within the range of -2,147,483,648 to 2,147,483,647"
    return [UserError.at([*path, "position"], message, "INVALID")]


def plan_problems(wish: Mapping[str, Any], plan: Node | None, path: list[Any]) -> list[UserError]:
    """Return what is wrong with the input for a new plan, or for `plan`."""
    errors = position_problem(wish, path)
    if len(wish.get("options") or ()) > MOST_OPTIONS:
        message = f"Too many selling plan options (maximum {MOST_OPTIONS} options)"
        errors.append(UserError.at([*path, "options"], message, "TOO_LONG"))
    errors += _pricing_problems(wish, path)
    for part, (message, code) in MISSING.items():
        if plan is None and not wish.get(part):
            errors.append(UserError.at([*path, part], message, code))
    return errors or list(_policy_problems(wish, plan, path))


def _pricing_problems(wish: Mapping[str, Any], path: list[Any]) -> Iterator[UserError]:
    policies, words = wish.get("pricingPolicies") or (), "create" if path[1] == "sellingPlansToCreate" else "update"
    place, subject = [*path, "pricingPolicies"], f"Selling plans to {words} pricing policies"
    if len(policies) > MOST_POLICIES:
        message = f"{subject} can't have more than {MOST_POLICIES} pricing policies"
        yield UserError.at(place, message, "SELLING_PLAN_PRICING_POLICIES_LIMIT")
    elif policies and not any(policy.get("fixed") for policy in policies):
        code = "SELLING_PLAN_PRICING_POLICIES_MUST_CONTAIN_A_FIXED_PRICING_POLICY"
        yield UserError.at(place, f"{subject} must contain one fixed pricing policy", code)


def _policy_problems(wish: Mapping[str, Any], plan: Node | None, path: list[Any]) -> Iterator[UserError]:
    billing, delivery = wish.get("billingPolicy") or {}, wish.get("deliveryPolicy") or {}
    if plan is not None and (billing.get("fixed") or delivery.get("fixed")):
        yield UserError.at(path, *(ONE_DELIVERY if delivery.get("fixed") else ONE_BILLING))
        return
    if plan is None and bool(billing.get("fixed")) != bool(delivery.get("fixed")):
        yield UserError.at(path, *UNLIKE)
        return
    if billing.get("fixed"):
        raise not_modelled("SellingPlanBillingPolicyInput.fixed")
    for part, policy in (("deliveryPolicy", delivery), ("billingPolicy", billing)):
        recurring, place = policy.get("recurring") or {}, [*path, part, "recurring"]
        if recurring.get("intervalCount") is not None and recurring["intervalCount"] < 1:
            yield UserError.at([*place, "intervalCount"], "Interval count must be greater than 0", "GREATER_THAN")
        for name, (words, lowest) in RANGES[part].items():
            if recurring.get(name) is not None and not lowest <= recurring[name] <= HIGHEST:
                message = f"{words} must be within the range of {lowest} to {HIGHEST:,}"
                yield UserError.at([*place, name], message, "INVALID")
    anchors = [(policy.get("recurring") or {}).get("anchors") for policy in (billing, delivery)]
    if None not in anchors and anchors[0] != anchors[1]:
        yield UserError.at(path, *ANCHORS)


def plan_values(ctx: Context, wish: Mapping[str, Any], plan: Node | None) -> Node:
    """Return what a plan stores of its input."""
    values = {
        name: wish[name]
        for name in ("name", "description", "options", "position", "category", "inventoryPolicy")
        if wish.get(name) is not None
    }
    for part, defaults in RECURRING.items():
        recurring = (wish.get(part) or {}).get("recurring")
        if recurring is not None:
            former = plan[part] if plan is not None else {**defaults, "createdAt": ctx.stamp}
            values[part] = {**former, **{name: value for name, value in recurring.items() if value is not None}}
    # An update that names no pricing policies removes them (seen on a live store).
    values["pricingPolicies"] = [_pricing(ctx, policy) for policy in wish.get("pricingPolicies") or ()]
    if plan is None:
        values.setdefault("name", ", ".join(values.get("options", ())))
    return values


def _pricing(ctx: Context, given: Mapping[str, Any]) -> Node:
    form = "Fixed" if given.get("fixed") else "Recurring"
    policy = given.get("fixed") or given["recurring"]
    value, wanted = policy.get("adjustmentValue") or {}, policy.get("adjustmentType")
    stored: Node = {"__typename": f"SellingPlan{form}PricingPolicy", "createdAt": ctx.stamp, "adjustmentType": wanted}
    if wanted == "PERCENTAGE":
        stored["adjustmentValue"] = {
            "__typename": "SellingPlanPricingPolicyPercentageValue", "percentage": value.get("percentage"),
        }  # fmt: skip
    else:
        amount = {"amount": value.get("fixedValue"), "currencyCode": ctx.store.currency}
        stored["adjustmentValue"] = {"__typename": "MoneyV2", **amount}
    return stored | ({"afterCycle": policy["afterCycle"]} if form == "Recurring" else {})
