"""Groups of selling plans: their plans with recurring policies, and the products and variants that offer them.

The messages are those that live stores answer. Plans with fixed billing (deferred purchases) are not modelled.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from atom_shopify_plugin.sandbox.context import Context
from atom_shopify_plugin.sandbox.domains.discounts import CURRENCIES
from atom_shopify_plugin.sandbox.domains.selling_plan_input import plan_problems, plan_values, position_problem
from atom_shopify_plugin.sandbox.domains.store import own_app
from atom_shopify_plugin.sandbox.refusals import Refused, UserError, not_modelled
from atom_shopify_plugin.sandbox.registry import Filter, Write, derived, field_rule, kind, mutation, writes
from atom_shopify_plugin.sandbox.store import Node, gid_type, number

GONE = ("Selling plan group does not exist.", "GROUP_DOES_NOT_EXIST")
MOST_PLANS = 31
MOST_OPTIONS = 3
MEMBERS = ("name", "merchantCode", "description", "options", "position", "appId")
# mutation → (its argument, the kind, the list of a group)
RESOURCES = {
    "Products": ("productIds", "Product", "Product"),
    "ProductVariants": ("productVariantIds", "ProductVariant", "Product variant"),
}
LISTS = ("options", "productIds", "productVariantIds")
TAKEN = ("Resource has already been taken", "TAKEN")


def plans_of(ctx: Context, group: Node) -> list[Node]:
    """Return the plans of a group."""
    return ctx.store.find("SellingPlan", "group", group["id"])


def _each(how: str, read: Callable[[Node], Iterable[Any]]) -> Filter:
    """Return a filter that looks at each plan of a group."""
    return Filter(how, lambda ctx, group: [value for plan in plans_of(ctx, group) for value in read(plan)])


def _percentages(plan: Node) -> list[float]:
    values = [policy["adjustmentValue"] for policy in plan["pricingPolicies"]]
    return [value["percentage"] for value in values if "percentage" in value]


kind(
    "SellingPlanGroup",
    {"appId": None, "description": None, "position": None, **{name: [] for name in LISTS}},
    fields="name merchantCode createdAt",
    filters={
        "name": "text",
        "created_at": "",
        "app_id": Filter("exact", lambda ctx, _group: ["CURRENT", "ALL", str(number(own_app(ctx)["id"]))]),
        "category": _each("exact", lambda plan: [plan["category"]] if plan["category"] else []),
        "delivery_frequency": _each("exact", lambda plan: [plan["deliveryPolicy"]["interval"]]),
        "percentage_off": _each("number", _percentages),
    },
    words=("name",),
    sort={"UPDATED_AT": lambda _ctx, node: node["changed"]},
)
kind(
    "SellingPlan",
    {"description": None, "position": None, "category": None, "inventoryPolicy": None, "options": []},
    fields="name createdAt",
    indexed=("group",),
)


# reading


derived(
    {
        "SellingPlanGroup.sellingPlans": plans_of,
        "SellingPlanGroup.products": lambda ctx, node: [gid for gid in node["productIds"] if ctx.store.get(gid)],
    }
)


@field_rule("SellingPlanGroup.productVariants")
def variants(ctx: Context, node: Node, args: dict[str, Any]) -> list[Node]:
    rows = [ctx.store.get(gid) for gid in node["productVariantIds"]]
    product = args.get("productId")
    return [row for row in rows if row is not None and product in (None, row["product"])]


@field_rule("SellingPlanGroup.productVariantsCount")
def variants_count(ctx: Context, node: Node, args: dict[str, Any]) -> int:
    return len(variants(ctx, node, args))


@field_rule("SellingPlanGroup.appliesToProduct")
def applies_to_product(_ctx: Context, node: Node, args: dict[str, Any]) -> bool:
    return args["productId"] in node["productIds"]


@field_rule("SellingPlanGroup.appliesToProductVariant")
def applies_to_variant(_ctx: Context, node: Node, args: dict[str, Any]) -> bool:
    return args["productVariantId"] in node["productVariantIds"]


@field_rule("SellingPlanGroup.appliesToProductVariants")
def applies_to_variants(ctx: Context, node: Node, args: dict[str, Any]) -> bool:
    return bool(variants(ctx, node, args))


def _groups_of(ctx: Context, ids: set[str]) -> list[Node]:
    rows = ctx.store.all("SellingPlanGroup").values()
    return [row for row in rows if ids & {*row["productIds"], *row["productVariantIds"]}]


@field_rule("Product.sellingPlanGroups", "ProductVariant.sellingPlanGroups")
def groups(ctx: Context, node: Node, _args: dict[str, Any]) -> Any:
    """Return the groups of a product with those of its variants, or of a variant with those of its product."""
    beside = [node["product"]] if "product" in node else node["variants"]
    return _groups_of(ctx, {node["id"], *beside})


@field_rule("Product.sellingPlanGroupsCount", "ProductVariant.sellingPlanGroupsCount")
def groups_count(ctx: Context, node: Node, _args: dict[str, Any]) -> int:
    """Return the number of groups that the product or the variant is in itself (seen on a live store)."""
    return len(_groups_of(ctx, {node["id"]}))


@field_rule("SellingPlanGroup.summary")
def summary(ctx: Context, node: Node, _args: dict[str, Any]) -> str:
    rows = plans_of(ctx, node)
    policies = [policy for row in rows for policy in row["pricingPolicies"]]
    if any(policy["adjustmentType"] == "PRICE" for policy in policies):
        raise not_modelled("SellingPlanGroup.summary with a price of its own")
    shown = []
    for wanted, before, after in (
        ("PERCENTAGE", "", "%"),
        ("FIXED_AMOUNT", CURRENCIES.get(ctx.store.currency, ""), ""),
    ):
        values = [_whole(policy["adjustmentValue"]) for policy in policies if policy["adjustmentType"] == wanted]
        if values:
            shown.append(_range(min(values), max(values), before, after))
    frequency = "delivery frequency" if len(rows) == 1 else "delivery frequencies"
    return f"{len(rows)} {frequency}, {'·'.join(shown)} discount"


def _range(low: int, high: int, before: str, after: str) -> str:
    if low == high:
        return f"{before}{low}{after}"
    return f"{before}{low}-{before}{high}{after}"


def _whole(value: Node) -> int:
    number = value["percentage"] if "percentage" in value else value["amount"]
    return int(Decimal(str(number)).quantize(Decimal(1), ROUND_HALF_UP))


# writing


def _group_problems(ctx: Context, given: Mapping[str, Any], node: Node | None) -> list[UserError]:
    errors, path = [], ["input"]
    if len(given.get("options") or ()) > MOST_OPTIONS:
        message = f"Too many selling plan group options (maximum {MOST_OPTIONS} options)"
        errors.append(UserError.at([*path, "options"], message, "TOO_LONG"))
    errors += position_problem(given, path)
    if (node is None or "name" in given) and not (given.get("name") or "").strip():
        errors.append(UserError.at([*path, "name"], "Name can't be blank", "BLANK"))
    known = {plan["id"]: plan for plan in plans_of(ctx, node)} if node is not None else {}
    for at, wish in enumerate(given.get("sellingPlansToCreate") or ()):
        errors += plan_problems(wish, None, [*path, "sellingPlansToCreate", at])
    for at, wish in enumerate(given.get("sellingPlansToUpdate") or ()):
        place = [*path, "sellingPlansToUpdate", at]
        if not wish.get("id"):
            message = "Id must be specificed to update a Selling Plan."
            errors.append(UserError.at([*place, "id"], message, "PLAN_ID_MUST_BE_SPECIFIED_TO_UPDATE"))
        elif wish["id"] not in known:
            errors.append(UserError.at([*place, "id"], "Selling plan does not exist.", "PLAN_DOES_NOT_EXIST"))
        else:
            errors += plan_problems(wish, known[wish["id"]], place)
    return errors or _count_problems(given, known, creates=node is None)


def _count_problems(given: Mapping[str, Any], known: Mapping[str, Node], *, creates: bool) -> list[UserError]:
    gone = given.get("sellingPlansToDelete") or ()
    if any(gid not in known for gid in gone):
        message = "Selling plan does not exist."
        return [UserError.at(["input", "sellingPlansToDelete"], message, "PLAN_DOES_NOT_EXIST")]
    left = len(known) - len(set(gone)) + len(given.get("sellingPlansToCreate") or ())
    if left > MOST_PLANS:
        message = f"Selling plan groups can't have more than {MOST_PLANS} selling plans."
        return [UserError.at(["input"], message, "SELLING_PLAN_COUNT_UPPER_BOUND")]
    if left:
        return []
    message, path = "Selling plan groups must have at least 1 selling plan.", ["input"]
    if not creates:
        message = "Selling plans to delete can't result in a selling plan group with no selling plan."
        path = ["input", "sellingPlansToDelete"]
    return [UserError.at(path, message, "SELLING_PLAN_COUNT_LOWER_BOUND")]


def _create_plans(ctx: Context, group: Node, given: Mapping[str, Any]) -> None:
    for wish in given.get("sellingPlansToCreate") or ():
        ctx.create("SellingPlan", {"group": group["id"], **plan_values(ctx, wish, None)})


@mutation("sellingPlanGroupCreate")
def create(ctx: Context, args: dict[str, Any]) -> Node:
    """Create a group with its plans, and offer it for products and variants."""
    given, resources = args["input"], args.get("resources") or {}
    if errors := _group_problems(ctx, given, None):
        raise Refused(errors)
    values = {name: given[name] for name in MEMBERS if given.get(name) is not None}
    values.setdefault("merchantCode", given["name"])
    for argument, kind_name, words in RESOURCES.values():
        values[argument] = _known(ctx, kind_name, words, resources.get(argument) or (), ["resources", argument])
    node = ctx.create("SellingPlanGroup", {**values, "changed": ctx.stamp})
    _create_plans(ctx, node, given)
    ctx.record("created", node)
    return {"sellingPlanGroup": node["id"]}


def _known(ctx: Context, kind_name: str, words: str, ids: Iterable[str], path: list[str]) -> list[str]:
    for gid in ids:
        if ctx.store.get(gid) is None or gid_type(gid) != kind_name:
            raise Refused.one(path, f"{words} {gid} does not exist.", "NOT_FOUND")
    return list(dict.fromkeys(ids))


def _group(ctx: Context, gid: str) -> Node:
    return ctx.known(gid, "SellingPlanGroup", ["id"], *GONE)


@mutation("sellingPlanGroupUpdate")
def update(ctx: Context, args: dict[str, Any]) -> Node:
    """Change a group; create, change and delete plans."""
    given, node = args["input"], _group(ctx, args["id"])
    if errors := _group_problems(ctx, given, node):
        raise Refused(errors)
    nullable = ("description", "appId", "position")
    values = {name: given[name] for name in MEMBERS if name in given and (given[name] is not None or name in nullable)}
    ctx.update(node, values | {"changed": ctx.stamp})
    gone = list(dict.fromkeys(given.get("sellingPlansToDelete") or ()))
    for gid in gone:
        ctx.delete(ctx.store.all("SellingPlan")[gid])
    for wish in given.get("sellingPlansToUpdate") or ():
        plan = ctx.store.all("SellingPlan")[wish["id"]]
        ctx.update(plan, plan_values(ctx, wish, plan))
    _create_plans(ctx, node, given)
    ctx.record("updated", node)
    return {"sellingPlanGroup": node["id"], "deletedSellingPlanIds": gone}


def _offer(ctx: Context, node: Node, argument: str, added: Iterable[str], gone: Iterable[str] = ()) -> None:
    ids = [gid for gid in (*node[argument], *added) if gid not in gone]
    if ctx.update(node, {argument: ids}):
        ctx.update(node, {"changed": ctx.stamp})
        ctx.record("updated", node)


def _offers(name: str) -> None:
    """Register the mutations that add products or variants to groups and take them out, from both sides."""
    argument, kind_name, words = RESOURCES[name]
    answer = kind_name[0].lower() + kind_name[1:]

    @mutation(f"sellingPlanGroupAdd{name}")
    def add(ctx: Context, args: dict[str, Any]) -> Node:
        node = _group(ctx, args["id"])
        ids = _known(ctx, kind_name, words, args[argument], [argument])
        if set(ids) & set(node[argument]):
            raise Refused.one([argument], *TAKEN)
        _offer(ctx, node, argument, ids)
        return {"sellingPlanGroup": node["id"]}

    @mutation(f"sellingPlanGroupRemove{name}")
    def remove(ctx: Context, args: dict[str, Any]) -> Node:
        node = _group(ctx, args["id"])
        gone = [gid for gid in dict.fromkeys(args[argument]) if gid in node[argument]]
        _offer(ctx, node, argument, (), gone)
        return {f"removed{argument[0].upper()}{argument[1:]}": gone}

    def _both(ctx: Context, args: Mapping[str, Any]) -> tuple[str, list[Node]]:
        if ctx.lookup(args["id"], kind_name) is None:
            code = f"{words.upper().replace(' ', '_')}_DOES_NOT_EXIST"
            raise Refused.one(["id"], f"{words} does not exist.", code)
        rows = [ctx.lookup(gid, "SellingPlanGroup") for gid in dict.fromkeys(args["sellingPlanGroupIds"])]
        if None in rows:
            raise Refused.one(["sellingPlanGroupIds"], *GONE)
        return args["id"], [row for row in rows if row is not None]

    @mutation(f"{answer}JoinSellingPlanGroups")
    def join(ctx: Context, args: dict[str, Any]) -> Node:
        gid, rows = _both(ctx, args)
        if any(gid in row[argument] for row in rows):
            raise Refused.one(["sellingPlanGroupIds"], *TAKEN)
        for row in rows:
            _offer(ctx, row, argument, [gid])
        return {answer: gid}

    @mutation(f"{answer}LeaveSellingPlanGroups")
    def leave(ctx: Context, args: dict[str, Any]) -> Node:
        gid, rows = _both(ctx, args)
        for row in rows:
            _offer(ctx, row, argument, (), [gid])
        return {answer: gid}


for resource in RESOURCES:
    _offers(resource)


def _delete_plans(ctx: Context, write: Write) -> None:
    for plan in list(plans_of(ctx, write.target)):
        ctx.delete(plan)


writes("SellingPlanGroup", remove=_delete_plans, missing={"delete": GONE}, actions=("delete",))
