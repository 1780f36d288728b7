"""productSet: a product with its options, variants, metafields, collections and files becomes what the input says.

Lists replace what is there; everything else that is left out stays.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from atom_shopify_plugin.sandbox.context import Context
from atom_shopify_plugin.sandbox.domains import inventory
from atom_shopify_plugin.sandbox.domains.metadata import keep_metafields, set_metafields
from atom_shopify_plugin.sandbox.domains.product_media import new_image
from atom_shopify_plugin.sandbox.domains.product_operations import promised
from atom_shopify_plugin.sandbox.domains.product_options import DELIMITER, MOST_OPTIONS, save_options
from atom_shopify_plugin.sandbox.domains.product_writes import join_collections
from atom_shopify_plugin.sandbox.domains.variant_writes import (
    create_variant,
    drop_variant,
    new_option,
    new_value,
    renumber,
    variant_values,
)
from atom_shopify_plugin.sandbox.identifiers import identified
from atom_shopify_plugin.sandbox.refusals import Refused, UserError, not_modelled
from atom_shopify_plugin.sandbox.registry import mutation
from atom_shopify_plugin.sandbox.store import Node
from atom_shopify_plugin.sandbox.upserts import check_identifier
from atom_shopify_plugin.sandbox.writes import create, update

INPUT = "ProductSetInput"
MOST_MONEY = 10**18
NO_CHOICE = {"optionValues": [{"optionName": "Title", "name": "Default Title"}]}
# Members that hang on a product; the others are its own fields.
PARTS = {
    "id", "productOptions", "variants", "metafields", "collections", "files", "redirectNewHandle", "claimOwnership",
}  # fmt: skip


@mutation("productSet")
def product_set(ctx: Context, args: dict[str, Any]) -> Node:
    known, given = _known(ctx, args), args["input"]
    if args.get("synchronous") is not False:
        return {"product": _set(ctx, known, given)["id"]}

    def work(later: Context) -> Node:
        product = _set(later, later.store.get(known["id"]) if known else None, given)
        return {"product": product["id"]}

    operation = promised(ctx, "ProductSetOperation", known["id"] if known else None, args, work)
    return {"productSetOperation": operation["id"]}


def _known(ctx: Context, args: Mapping[str, Any]) -> Node | None:
    """Return the product that is named, None where a new one is wanted; raise `Refused`."""
    given, identifier = args["input"], args.get("identifier")
    if identifier is None:
        if given.get("id") is None:
            return None
        return ctx.known(given["id"], "Product", ["input", "id"], "Product does not exist", "PRODUCT_DOES_NOT_EXIST")
    check_identifier(given, identifier)
    product = identified(ctx, "Product", identifier)
    if product is None and identifier.get("id") is not None:
        raise Refused.one(["input"], "Resource matching the identifier was not found.", "NOT_FOUND")
    return product


def _set(ctx: Context, known: Node | None, given: Mapping[str, Any]) -> Node:
    own = {name: value for name, value in given.items() if name not in PARTS}
    _check_lists(given)
    try:
        product = create(ctx, "Product", own, INPUT) if known is None else update(ctx, "Product", known, own, INPUT)
    except Refused as refusal:
        raise _placed(refusal, known) from None
    if given.get("variants") is not None:
        if known is None:  # the variant that stands for none was never there
            for variant in _variants(ctx, product):
                drop_variant(ctx, variant)
            ctx.update(product, {"variants": []})
        _replace_variants(ctx, product, given)
    if given.get("metafields") is not None:
        keep_metafields(ctx, product, given["metafields"])
        set_metafields(ctx, product, given["metafields"], ["input"])
    if given.get("collections") is not None:
        _replace_collections(ctx, product, given["collections"])
    if given.get("files") is not None:
        _replace_files(ctx, product, given["files"])
    return product


def _placed(refusal: Refused, known: Node | None) -> Refused:
    """Return the errors of a product's own fields as productSet places them (seen on live stores)."""
    errors: list[UserError] = []
    for error in refusal.errors:
        path = error.field or ()
        if path == ("input", "handle"):
            shown = {"product": known["id"]} if known else {}
            return Refused([UserError(path, error.message, "HANDLE_NOT_UNIQUE")], shown)
        if path[:1] == ("metafields",):
            errors.append(UserError(("input", *path), error.message, "INVALID_METAFIELD"))
        elif path == ("title",) and error.code == "TOO_LONG":
            limit = error.message.removeprefix("Title ")
            errors.append(UserError(("input", "title"), limit, "INVALID_PRODUCT"))
            errors.append(UserError(("input",), f"Handle {limit}", "INVALID_PRODUCT"))
        else:
            where = ("input",) if error.code == "TOO_LONG" else ("input", *path)
            errors.append(UserError(where, error.message, "INVALID_PRODUCT"))
    return Refused(errors)


def _check_lists(given: Mapping[str, Any]) -> None:
    options, variants = given.get("productOptions"), given.get("variants")
    if options and not variants:
        message = "Variants input is required when updating product options"
        raise Refused.one(["input", "variants"], message, "VARIANTS_INPUT_MISSING")
    if variants and options is None:
        message = "Product options input is required when updating variants"
        raise Refused.one(["input", "productOptions"], message, "PRODUCT_OPTIONS_INPUT_MISSING")
    if len(options or ()) > MOST_OPTIONS:
        message = f"Can only specify a maximum of {MOST_OPTIONS} options"
        raise Refused.one(["input", "productOptions"], message, "OPTIONS_OVER_LIMIT")
    errors = []
    for at, entry in enumerate(options or ()):
        if entry.get("linkedMetafield"):
            raise not_modelled("OptionSetInput.linkedMetafield")
        if DELIMITER in (entry.get("name") or ""):
            path = ("input", "productOptions", str(at), "name")
            errors.append(UserError(path, f"The name contains unsupported sequence '{DELIMITER}'", "INVALID_INPUT"))
    for at, entry in enumerate(variants or ()):
        cost = (entry.get("inventoryItem") or {}).get("cost")
        limit = None if cost is None else _beyond(cost)
        if limit is not None:
            where = ("input", "variants", str(at), "inventoryItem", "cost")
            errors.append(UserError(where, f"Cost per item must be {limit}", "INVALID_VARIANT"))
    if errors:
        raise Refused(errors)


def _beyond(amount: Decimal) -> str | None:
    if amount < 0:
        return "greater than or equal to 0"
    return f"less than {MOST_MONEY}" if amount >= MOST_MONEY else None


# options and variants


def _replace_variants(ctx: Context, product: Node, given: Mapping[str, Any]) -> None:
    options = _options(ctx, product, given.get("productOptions") or ())
    entries = list(given["variants"]) or [NO_CHOICE]  # no product is without a variant
    chosen = [_chosen(options, entry, ["input", "variants", at]) for at, entry in enumerate(entries)]
    _check_doubles(options, chosen)
    former = {variant["id"]: variant for variant in _variants(ctx, product)}
    by_values = {tuple(one["value"] for one in variant["selectedOptions"]): gid for gid, variant in former.items()}
    rows: list[Node | None] = []
    for at, (entry, picked) in enumerate(zip(entries, chosen, strict=True)):
        gid = entry.get("id") or by_values.get(tuple(picked.values()))
        if entry.get("id") and gid not in former:
            path = ["input", "variants", at, "id"]
            raise Refused.one(path, "Product variant does not exist", "PRODUCT_VARIANT_DOES_NOT_EXIST")
        rows.append(former.pop(gid) if gid in former else None)
    for variant in former.values():
        drop_variant(ctx, variant)
    ctx.update(product, {"variants": [row["id"] for row in rows if row is not None], "options": options})
    kept = []
    for at, (row, entry) in enumerate(zip(rows, entries, strict=True)):
        kept.append(_write(ctx, product, row, entry, ["input", "variants", at]))
    ctx.update(product, {"variants": [variant["id"] for variant in kept]})
    picks = {variant["id"]: picked for variant, picked in zip(kept, chosen, strict=True)}
    save_options(ctx, product, options, picks)
    renumber(ctx, product)


def _variants(ctx: Context, product: Node) -> list[Node]:
    return [ctx.store.all("ProductVariant")[gid] for gid in product["variants"]]


def _options(ctx: Context, product: Node, given: Sequence[Mapping[str, Any]]) -> list[Node]:
    """Return the options of the input; those that are known by id or name keep their ids."""
    if not given:
        return [new_option(ctx, "Title", ["Default Title"], 1)]
    options = []
    for at, entry in enumerate(sorted(given, key=lambda one: one.get("position") or 0)):
        known = _find(product["options"], entry)
        if entry.get("id") and known is None:
            raise Refused.one(["input", "productOptions", at], "Option does not exist", "OPTION_DOES_NOT_EXIST")
        name = (entry.get("name") or (known or {}).get("name", "")).strip()
        values: list[Node] = []
        for value in entry.get("values") or ():
            same = _find(known["optionValues"], value) if known else None
            fresh = (value.get("name") or (same or {}).get("name", "")).strip()
            values.append({**same, "name": fresh} if same else new_value(ctx, fresh))
        if entry.get("values") is None and known is not None:
            values = list(known["optionValues"])
        if not values:
            message = "Each option must have at least one option value specified."
            raise Refused.one(["input", "productOptions", at], message, "OPTION_VALUES_MISSING")
        option = known or new_option(ctx, name, [], at + 1)
        options.append({**option, "name": name, "optionValues": values})
    return options


def _find(rows: Iterable[Node], entry: Mapping[str, Any]) -> Node | None:
    key = "id" if entry.get("id") else "name"
    return next((row for row in rows if row[key] == entry.get(key)), None)


def _chosen(options: Sequence[Node], entry: Mapping[str, Any], path: list[Any]) -> dict[str, str]:
    """Return the name of the value that a variant has of each option; a new name becomes a value."""
    chosen: dict[str, str] = {}
    for at, one in enumerate(entry["optionValues"]):
        option = _find(options, {"id": one.get("optionId"), "name": one.get("optionName")})
        if option is None:
            raise Refused.one([*path, "optionValues", at], "Option does not exist", "OPTION_DOES_NOT_EXIST")
        known = _find(option["optionValues"], one)
        if known is None:
            message = "Option value does not exist"
            raise Refused.one([*path, "optionValues", at], message, "OPTION_VALUE_DOES_NOT_EXIST")
        chosen[option["id"]] = known["name"]
    missing = next((option["name"] for option in options if option["id"] not in chosen), None)
    if missing is not None:
        raise Refused.one(path, f"You need to add option values for {missing}", "INVALID_VARIANT")
    return {option["id"]: chosen[option["id"]] for option in options}


def _check_doubles(options: Sequence[Node], chosen: Sequence[Mapping[str, str]]) -> None:
    seen: set[tuple[str, ...]] = set()
    errors = []
    for at, picked in enumerate(chosen):
        mark = tuple(picked[option["id"]] for option in options)
        if mark in seen:
            message = f"The variant '{DELIMITER.join(mark)}' already exists. Please change at least one option value."
            errors.append(UserError(("input", "variants", str(at)), message, "INVALID_VARIANT"))
        seen.add(mark)
    if errors:
        raise Refused(errors)


def _write(ctx: Context, product: Node, variant: Node | None, entry: Mapping[str, Any], path: list[Any]) -> Node:
    plain = {name: value for name, value in entry.items() if name not in ("file", "sku", "position")}
    if entry.get("file"):
        raise not_modelled("ProductVariantSetInput.file")
    item = {**(entry.get("inventoryItem") or {}), **({"sku": entry["sku"]} if "sku" in entry else {})}
    values = variant_values(plain, path)
    stocked = entry.get("inventoryQuantities")
    if variant is None:
        places = None if stocked is None else {row["locationId"] for row in stocked}
        variant = create_variant(ctx, product, [], values, item, places)
    else:
        inventory.update_item(ctx, ctx.store.all("InventoryItem")[variant["inventoryItem"]], item)
        ctx.update(variant, {**values, **({"sku": item["sku"]} if "sku" in item else {}), "updatedAt": ctx.stamp})
    for at, row in enumerate(stocked or ()):
        location = ctx.known(
            row["locationId"],
            "Location",
            [*path, "inventoryQuantities", at, "locationId"],
            "The specified location could not be found.",
            "INVALID_INPUT",
        )
        inventory.set_available(ctx, variant["inventoryItem"], location["id"], row["quantity"])
    set_metafields(ctx, variant, entry.get("metafields"), path)
    return variant


# collections and files


def _replace_collections(ctx: Context, product: Node, wanted: Sequence[str]) -> None:
    former = [one["id"] for one in ctx.store.all("Collection").values() if product["id"] in one["products"]]
    join_collections(ctx, product, [gid for gid in former if gid not in wanted], joins=False)
    join_collections(ctx, product, [gid for gid in wanted if gid not in former], joins=True)


def _replace_files(ctx: Context, product: Node, given: Sequence[Mapping[str, Any]]) -> None:
    media = []
    for at, entry in enumerate(given):
        gid = entry.get("id")
        if gid is not None:
            ctx.known(gid, "MediaImage", ["input", "files", at, "id"], "File does not exist", "INVALID_INPUT")
            media.append(gid)
        elif entry.get("contentType") not in (None, "IMAGE"):
            raise not_modelled(f"Files of type {entry['contentType']}")
        else:
            path = ["input", "files", at, "originalSource"]
            media.append(new_image(ctx, entry.get("originalSource") or "", entry.get("alt"), path))
    for gid in product["media"]:
        if gid not in media:
            ctx.delete(ctx.store.all("MediaImage")[gid])
    ctx.update(product, {"media": media})
