"""The mutations of a product's options: added, changed, deleted and put in order, and what that does to variants."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import product as combinations
from typing import Any

from atom_shopify_plugin.sandbox.context import Context
from atom_shopify_plugin.sandbox.domains.products import variants_of
from atom_shopify_plugin.sandbox.domains.variant_writes import (
    MOST_VARIANTS,
    create_variant,
    drop_variant,
    new_option,
    new_value,
    renumber,
)
from atom_shopify_plugin.sandbox.refusals import Refused, UserError, not_modelled
from atom_shopify_plugin.sandbox.registry import mutation
from atom_shopify_plugin.sandbox.store import Node

__all__ = ["DELIMITER", "MOST_OPTIONS", "Picks", "is_plain", "picks_of", "save_options"]

Picks = dict[str, dict[str, str]]  # variant -> option -> the name of the value that it has
MOST_OPTIONS = 3
LONGEST = 255
DELIMITER = " / "
# What a new combination takes over from the variant that it is made of.
COPIED = ("price", "compareAtPrice", "taxable", "inventoryPolicy", "taxCode")


# building blocks


def picks_of(ctx: Context, product: Node) -> Picks:
    """Return which value each variant has of each option."""
    ids = {option["name"]: option["id"] for option in product["options"]}
    return {
        variant["id"]: {ids[one["name"]]: one["value"] for one in variant["selectedOptions"]}
        for variant in variants_of(ctx, product)
    }


def is_plain(product: Node) -> bool:
    """Tell whether a product has only the option that stands for none."""
    options = product["options"]
    return [option["name"] for option in options] == ["Title"] and [
        value["name"] for value in options[0]["optionValues"]
    ] == ["Default Title"]


def save_options(ctx: Context, product: Node, options: Sequence[Node], picks: Picks) -> None:
    """Store the options of a product in this order, and what its variants have of them."""
    kept = [{**option, "position": at} for at, option in enumerate(options, 1)]
    ctx.update(product, {"options": kept, "updatedAt": ctx.stamp})
    for variant in variants_of(ctx, product):
        chosen = [{"name": option["name"], "value": picks[variant["id"]][option["id"]]} for option in kept]
        title = DELIMITER.join(one["value"] for one in chosen)
        ctx.update(variant, {"selectedOptions": chosen, "title": title})


def _product(ctx: Context, args: Mapping[str, Any], **payload: Any) -> Node:
    product = ctx.lookup(args["productId"], "Product")
    if product is None:
        raise Refused.one(["productId"], "Product does not exist", "PRODUCT_DOES_NOT_EXIST", **payload)
    return product


def _error(path: Sequence[Any], message: str, code: str) -> UserError:
    return UserError(tuple(map(str, path)), message, code)


def _name_faults(name: str, path: Sequence[Any]) -> Iterator[UserError]:
    if len(name) > LONGEST:
        yield _error(path, "Option name is too long.", "OPTION_NAME_TOO_LONG")
    if DELIMITER in name:
        yield _error([*path, "name"], f"The name contains unsupported sequence '{DELIMITER}'", "INVALID_NAME")


# productOptionsCreate


@mutation("productOptionsCreate")
def options_create(ctx: Context, args: dict[str, Any]) -> Node:
    """Add options; variants get the first value of each, and with the strategy CREATE all others, too."""
    product, given = _product(ctx, args), args["options"]
    known = [] if is_plain(product) else list(product["options"])
    errors = list(_new_faults(given, known))
    if errors:
        raise Refused(errors, {"product": product["id"]})
    made = [new_option(ctx, entry["name"].strip(), _value_names(entry), 0) for entry in given]
    ordered = list(known)
    for entry, option in zip(given, made, strict=True):
        at = entry.get("position")
        ordered.insert(len(ordered) if at is None else max(0, at - 1), option)
    picks = picks_of(ctx, product) if known else {gid: {} for gid in product["variants"]}
    grown = len(picks)
    for option in made:
        grown *= len(option["optionValues"])
    if args.get("variantStrategy") == "CREATE" and grown > MOST_VARIANTS:
        message = f"The number of created variants would exceed the {MOST_VARIANTS} variants per product limit"
        raise Refused.one(["options"], message, "TOO_MANY_VARIANTS_CREATED", product=product["id"])
    for chosen in picks.values():
        chosen.update((option["id"], option["optionValues"][0]["name"]) for option in made)
    save_options(ctx, product, ordered, picks)
    if args.get("variantStrategy") == "CREATE":
        _add_combinations(ctx, product, made)
    ctx.record("updated", product)
    return {"product": product["id"]}


def _value_names(entry: Mapping[str, Any]) -> list[str]:
    return [value["name"].strip() for value in entry.get("values") or () if value.get("name")]


def _new_faults(given: Sequence[Mapping[str, Any]], known: Sequence[Node]) -> Iterator[UserError]:
    if len(given) + len(known) > MOST_OPTIONS:
        message = f"Can only specify a maximum of {MOST_OPTIONS} options"
        yield _error(["options"], message, "OPTIONS_OVER_LIMIT")
        return
    seen: set[str] = set()
    names = {option["name"].casefold() for option in known}
    for at, entry in enumerate(given):
        path: list[Any] = ["options", at]
        if entry.get("linkedMetafield"):
            raise not_modelled("OptionCreateInput.linkedMetafield")
        name, values = (entry.get("name") or "").strip(), _value_names(entry)
        if not name:
            yield _error(path, "Each option must have a name specified.", "OPTION_NAME_MISSING")
            continue
        yield from _name_faults(name, path)
        if name.casefold() in seen:
            yield _error(path, "Duplicated option name.", "DUPLICATED_OPTION_NAME")
        elif name.casefold() in names:
            yield _error(path, f"Option '{name}' already exists.", "OPTION_ALREADY_EXISTS")
        seen.add(name.casefold())
        if not values:
            yield _error(path, f"Option '{name}' must specify at least one option value.", "OPTION_VALUES_MISSING")
        elif len({value.casefold() for value in values}) < len(values):
            yield _error([*path, "values"], "Duplicated option value.", "DUPLICATED_OPTION_VALUE")


def _add_combinations(ctx: Context, product: Node, made: Sequence[Node]) -> None:
    """Add a variant for each combination of the new options' values that is not there yet."""
    taken = {tuple(one["value"] for one in variant["selectedOptions"]) for variant in variants_of(ctx, product)}
    for variant in variants_of(ctx, product):
        chosen = {one["name"]: one["value"] for one in variant["selectedOptions"]}
        for values in combinations(*([value["name"] for value in option["optionValues"]] for option in made)):
            chosen |= dict(zip((option["name"] for option in made), values, strict=True))
            selected = [{"name": option["name"], "value": chosen[option["name"]]} for option in product["options"]]
            mark = tuple(one["value"] for one in selected)
            if mark not in taken:
                taken.add(mark)
                copied = {name: variant[name] for name in COPIED if name in variant}
                create_variant(ctx, product, selected, copied)


# productOptionUpdate


@mutation("productOptionUpdate")
def option_update(ctx: Context, args: dict[str, Any]) -> Node:
    """Change an option and its values; with the strategy MANAGE variants come and go with the values."""
    product, given = _product(ctx, args), args["option"]
    shown = {"product": product["id"]}
    options = list(product["options"])
    option = next((one for one in options if one["id"] == given["id"]), None)
    if option is None:
        raise Refused.one(["option"], "Option does not exist", "OPTION_DOES_NOT_EXIST", **shown)
    if given.get("linkedMetafield"):
        raise not_modelled("OptionUpdateInput.linkedMetafield")
    errors = list(_change_faults(ctx, product, option, args))
    if errors:
        raise Refused(errors, shown)
    picks, renamed, values = picks_of(ctx, product), {}, []
    gone = set(args.get("optionValuesToDelete") or ())
    fresh = {entry["id"]: entry.get("name") for entry in args.get("optionValuesToUpdate") or ()}
    for value in option["optionValues"]:
        if value["id"] not in gone:
            name = (fresh.get(value["id"]) or value["name"]).strip()
            renamed[value["name"]] = name
            values.append({**value, "name": name})
    added = [new_value(ctx, entry["name"].strip()) for entry in args.get("optionValuesToAdd") or ()]
    changed = {**option, "name": (given.get("name") or option["name"]).strip(), "optionValues": [*values, *added]}
    for variant in variants_of(ctx, product):
        value = picks[variant["id"]][option["id"]]
        if value in renamed:
            picks[variant["id"]][option["id"]] = renamed[value]
        else:
            drop_variant(ctx, variant)
            ctx.update(product, {"variants": [gid for gid in product["variants"] if gid != variant["id"]]})
    at = options.index(option)
    options[at] = changed
    if given.get("position") is not None:
        options.insert(min(max(given["position"], 1), len(options)) - 1, options.pop(at))
    save_options(ctx, product, options, picks)
    if args.get("variantStrategy") == "MANAGE" and added:
        _add_combinations(ctx, product, [{**changed, "optionValues": added}])
    renumber(ctx, product)
    ctx.record("updated", product)
    return shown


def _change_faults(ctx: Context, product: Node, option: Node, args: Mapping[str, Any]) -> Iterator[UserError]:
    name = (args["option"].get("name") or "").strip()
    yield from _name_faults(name, ["option"])
    if any(one is not option and one["name"].casefold() == name.casefold() for one in product["options"]):
        yield _error(["option", "name"], f"Option '{name}' already exists.", "OPTION_ALREADY_EXISTS")
    values = {value["id"]: value["name"] for value in option["optionValues"]}
    used = {chosen[option["id"]] for chosen in picks_of(ctx, product).values()}
    gone = args.get("optionValuesToDelete") or []
    for member, ids in (
        ("optionValuesToUpdate", [entry["id"] for entry in args.get("optionValuesToUpdate") or ()]),
        ("optionValuesToDelete", gone),
    ):
        for at, gid in enumerate(ids):
            if gid not in values:
                yield _error([member, at], "Option value does not exist", "OPTION_VALUE_DOES_NOT_EXIST")
            elif gid in gone and values[gid] in used and args.get("variantStrategy") != "MANAGE":
                message = "Option value with variants linked cannot be deleted."
                yield _error([member, at], message, "OPTION_VALUE_HAS_VARIANTS")
    if values and set(values) <= set(gone) and not args.get("optionValuesToAdd"):
        message = "Deleting all option values of an option is not allowed."
        yield _error(["optionValuesToDelete"], message, "CANNOT_DELETE_ALL_OPTION_VALUES_IN_OPTION")
    left = {value.casefold() for gid, value in values.items() if gid not in gone}
    for at, entry in enumerate(args.get("optionValuesToAdd") or ()):
        if (entry.get("name") or "").strip().casefold() in left:
            yield _error(["optionValuesToAdd", at], "Option value already exists.", "OPTION_VALUE_ALREADY_EXISTS")


# productOptionsDelete


@mutation("productOptionsDelete")
def options_delete(ctx: Context, args: dict[str, Any]) -> Node:
    """Delete options; a product without any has the option that stands for none."""
    product = _product(ctx, args, deletedOptionsIds=[])
    shown = {"product": product["id"], "deletedOptionsIds": []}
    known = {option["id"]: option for option in product["options"]}
    for at, gid in enumerate(args["options"]):
        if gid not in known:
            raise Refused.one(["options", at], "Option does not exist", "OPTION_DOES_NOT_EXIST", **shown)
    picks, gone = picks_of(ctx, product), set(args["options"])
    strategy = args.get("strategy") or "DEFAULT"
    for at, gid in enumerate(args["options"]):
        if strategy == "DEFAULT" and len({chosen[gid] for chosen in picks.values()}) > 1:
            message = "Can't delete option with multiple values."
            raise Refused.one(["options", at], message, "CANNOT_DELETE_OPTION_WITH_MULTIPLE_VALUES", **shown)
    left = [option for option in product["options"] if option["id"] not in gone]
    doubles = _doubles(ctx, product, picks, [option["id"] for option in left])
    if doubles and strategy != "POSITION":
        message = "Cannot delete options without deleting variants."
        raise Refused.one(["options"], message, "CANNOT_USE_NON_DESTRUCTIVE_STRATEGY", **shown)
    for variant in doubles:
        drop_variant(ctx, variant)
    lost = {variant["id"] for variant in doubles}
    ctx.update(product, {"variants": [gid for gid in product["variants"] if gid not in lost]})
    if not left:
        left = [new_option(ctx, "Title", ["Default Title"], 1)]
        picks = {gid: {left[0]["id"]: "Default Title"} for gid in picks}
    save_options(ctx, product, left, picks)
    renumber(ctx, product)
    ctx.record("updated", product)
    return {"product": product["id"], "deletedOptionsIds": list(args["options"])}


def _doubles(ctx: Context, product: Node, picks: Picks, left: Sequence[str]) -> list[Node]:
    """Return the variants that are like an earlier one under the options that are left."""
    seen: set[tuple[str, ...]] = set()
    doubles = []
    for variant in variants_of(ctx, product):
        mark = tuple(picks[variant["id"]][gid] for gid in left)
        if mark in seen:
            doubles.append(variant)
        seen.add(mark)
    return doubles
