"""What is in an order of its own: a product's options with their values, its variants and its media."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from atom_shopify_plugin.sandbox.context import Context
from atom_shopify_plugin.sandbox.domains.jobs import promised_job
from atom_shopify_plugin.sandbox.domains.product_options import picks_of, save_options
from atom_shopify_plugin.sandbox.domains.products import variants_of
from atom_shopify_plugin.sandbox.domains.variant_writes import renumber
from atom_shopify_plugin.sandbox.refusals import Refused, fault
from atom_shopify_plugin.sandbox.registry import mutation
from atom_shopify_plugin.sandbox.store import Node, number

MIXED = "Only specify one of `id` or `name` fields for {}."


@mutation("productOptionsReorder")
def options_reorder(ctx: Context, args: dict[str, Any]) -> Node:
    """Put options and their values in the order given, and the variants in that of their values."""
    product = ctx.known(args["productId"], "Product", ["productId"], "Product does not exist", "PRODUCT_DOES_NOT_EXIST")
    _need_selector(args["options"])
    try:
        options = _ordered(product["options"], args["options"], "option", ["options"])
        values = {option["id"]: option["optionValues"] for option in options}
        for entry in args["options"]:
            option = next(one for one in options if entry.get("id") == one["id"] or entry.get("name") == one["name"])
            if entry.get("values"):
                values[option["id"]] = _ordered(option["optionValues"], entry["values"], "option value", ["options"])
    except Refused as refusal:
        raise Refused(refusal.errors, {"product": product["id"]}) from None
    picks = picks_of(ctx, product)
    save_options(ctx, product, [{**option, "optionValues": values[option["id"]]} for option in options], picks)
    places = {gid: {value["name"]: at for at, value in enumerate(rows)} for gid, rows in values.items()}

    def place(variant: Node) -> list[int]:
        return [places[option["id"]][picks[variant["id"]][option["id"]]] for option in options]

    ctx.update(product, {"variants": [variant["id"] for variant in sorted(variants_of(ctx, product), key=place)]})
    renumber(ctx, product)
    ctx.record("updated", product)
    return {"product": product["id"]}


def _need_selector(given: Sequence[Mapping[str, Any]]) -> None:
    for entry in given:
        rows = [("OptionReorderInput", entry), *(("OptionValueReorderInput", row) for row in entry.get("values") or ())]
        for name, row in rows:
            if row.get("id") is None and row.get("name") is None:
                raise fault(f"{name} requires exactly one of id, name", "INVALID_FIELD_ARGUMENTS")


def _ordered(known: Sequence[Node], given: Sequence[Mapping[str, Any]], what: str, path: list[Any]) -> list[Node]:
    """Return nodes in the order in which ids or names are given, those that are not named at the end."""
    keys = {key for entry in given for key in ("id", "name") if entry.get(key)}
    if len(keys) > 1:
        raise Refused.one(path, MIXED.format(f"{what}s"), "MIXING_ID_AND_NAME_KEYS_IS_NOT_ALLOWED")
    key = next(iter(keys), "name")
    label, code = what.capitalize(), what.upper().replace(" ", "_")
    found: list[Node] = []
    for at, entry in enumerate(given):
        node = next((one for one in known if one[key] == entry.get(key)), None)
        if node is None:
            shown = number(entry["id"]) if key == "id" else entry.get("name")
            message = f"{label} {key} '{shown}' does not exist."
            name = f"{code}_ID_DOES_NOT_EXIST" if key == "id" else f"{code}_NAME_DOES_NOT_EXIST"
            if what == "option value" and key == "name":
                message, name = f"{label} '{shown}' does not exist.", "OPTION_VALUE_DOES_NOT_EXIST"
            raise Refused.one(path, message, name)
        if node in found:
            named = "name " if what == "option" else ""
            duplicate = "DUPLICATED_OPTION_NAME" if what == "option" else "DUPLICATED_OPTION_VALUE"
            raise Refused.one([*path, at], f"Duplicated {what} {named}'{node['name']}'.", duplicate)
        found.append(node)
    return [*found, *(node for node in known if node not in found)]


@mutation("productVariantsBulkReorder")
def variants_reorder(ctx: Context, args: dict[str, Any]) -> Node:
    product, given = ctx.lookup(args["productId"], "Product"), args["positions"]
    if product is None:
        raise Refused.one(["productId"], "Product does not exist", "PRODUCT_DOES_NOT_EXIST")
    for at, entry in enumerate(given):
        if entry["position"] < 1:
            message = "Position can not be zero or negative number"
            raise Refused.one(["positions", at, "position"], message, "INVALID_POSITION")
    if len({entry["id"] for entry in given}) < len(given):
        raise Refused.one(["positions"], "Product variant IDs must be unique", "DUPLICATED_VARIANT_ID")
    for at, entry in enumerate(given):
        if entry["id"] not in product["variants"]:
            raise Refused.one(["positions", at, "id"], "Product variant does not exist", "MISSING_VARIANT")
    moves = sorted(given, key=lambda entry: int(entry["position"]))
    ctx.update(product, {"variants": _moved(product["variants"], [(one["id"], one["position"] - 1) for one in moves])})
    renumber(ctx, product)
    ctx.record("updated", product)
    return {"product": product["id"]}


def _moved(rows: Sequence[str], moves: Sequence[tuple[str, int]]) -> list[str]:
    """Return rows after each of the moves to a place that counts from zero."""
    moved = list(rows)
    for gid, place in moves:
        moved.remove(gid)
        moved.insert(place, gid)
    return moved


@mutation("productReorderMedia")
def media_reorder(ctx: Context, args: dict[str, Any]) -> Node:
    """Promise to put media in order; a job does it."""
    product = ctx.known(args["id"], "Product", ["id"], "Product does not exist", "PRODUCT_DOES_NOT_EXIST")
    for at, move in enumerate(args["moves"]):
        if move["id"] not in product["media"]:
            raise Refused.one(["moves", at, "id"], "Media does not exist", "MEDIA_DOES_NOT_EXIST")

    def work(later: Context) -> None:
        moves = [(move["id"], int(move["newPosition"])) for move in args["moves"] if move["id"] in product["media"]]
        if later.update(product, {"media": _moved(product["media"], moves)}):
            later.record("updated", product)

    return {"job": promised_job(ctx, args, work)}
