"""productVariantsBulkCreate, …Update and …Delete, and the building blocks that products share with them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from typing import Any

from atom_shopify_plugin.sandbox.context import Context
from atom_shopify_plugin.sandbox.domains import inventory
from atom_shopify_plugin.sandbox.domains.metadata import set_metafields
from atom_shopify_plugin.sandbox.inputs import plain_values
from atom_shopify_plugin.sandbox.refusals import Refused, UserError, not_modelled
from atom_shopify_plugin.sandbox.registry import mutation
from atom_shopify_plugin.sandbox.store import Node

__all__ = ["MOST_VARIANTS", "create_variant", "drop_variant", "new_option", "new_value", "renumber", "variant_values"]

Selected = list[dict[str, str]]
APART = (
    "id", "inventoryItem", "inventoryQuantities", "quantityAdjustments", "metafields", "optionValues", "price",
    "compareAtPrice", "mediaId", "mediaSrc", "published",
)  # fmt: skip
MOST_VARIANTS = 2048
MOST_MONEY = 10**18
BOUNDS = ("greater than or equal to 0", f"less than {MOST_MONEY}")
MOST_QUANTITIES = 50_000


# building blocks


def new_option(ctx: Context, name: str, values: Sequence[str], position: int) -> Node:
    return {
        "__typename": "ProductOption",
        "id": ctx.store.new_id("ProductOption"),
        "name": name,
        "position": position,
        "optionValues": [new_value(ctx, value) for value in values],
    }


def new_value(ctx: Context, name: str) -> Node:
    """Return a new value of an option."""
    return {"__typename": "ProductOptionValue", "id": ctx.store.new_id("ProductOptionValue"), "name": name}


def create_variant(
    ctx: Context,
    product: Node,
    selected: Selected,
    values: Mapping[str, Any] | None = None,
    item: Any = None,
    places: Collection[str] | None = None,
) -> Node:
    """Add a variant with its inventory item, stocked with nothing at each active location or at those in `places`."""
    item = dict(item or {})
    variant = ctx.create(
        "ProductVariant",
        {
            "product": product["id"],
            "selectedOptions": selected,
            "title": " / ".join(option["value"] for option in selected),
            "position": len(product["variants"]) + 1,
            "price": Decimal(0),
            "sku": item.get("sku"),
            **(values or {}),
        },
    )
    made = inventory.create_item(ctx, variant, item, places)
    ctx.update(variant, {"inventoryItem": made["id"]})
    ctx.update(product, {"variants": [*product["variants"], variant["id"]]})
    return variant


def drop_variant(ctx: Context, variant: Node) -> None:
    """Delete a variant, its inventory and its metafields; the product's list is the caller's."""
    inventory.drop_item(ctx, ctx.store.all("InventoryItem")[variant["inventoryItem"]])
    for entry in ctx.store.find("Metafield", "owner", variant["id"]):
        ctx.delete(entry)
    ctx.delete(variant)


# mutations


@mutation("productVariantsBulkCreate")
def bulk_create(ctx: Context, args: dict[str, Any]) -> Node:
    try:
        return _create_all(ctx, args)
    except Refused as refusal:
        raise Refused(refusal.errors, {"productVariants": []}) from None


def _create_all(ctx: Context, args: Mapping[str, Any]) -> Node:
    product = _known_product(ctx, args)
    given, strategy = args["variants"], args.get("strategy")
    standalone = ctx.store.get(product["variants"][0]) if given and len(product["variants"]) == 1 else None
    if standalone is not None:
        default = [option["value"] for option in standalone["selectedOptions"]] == ["Default Title"]
        if strategy == "REMOVE_STANDALONE_VARIANT" or (strategy == "DEFAULT" and default):
            drop_variant(ctx, standalone)
            ctx.update(product, {"variants": []})
    if len(product["variants"]) + len(given) > MOST_VARIANTS:
        message = f"A product can have at most {MOST_VARIANTS} variants"
        raise Refused.one(["variants"], message, "INVALID_INPUT")
    if (
        sum(abs(q["availableQuantity"]) for one in given for q in one.get("inventoryQuantities") or ())
        > MOST_QUANTITIES
    ):
        message = f"Inventory quantity input exceeds the limit of {MOST_QUANTITIES}"
        raise Refused.one(["variants"], message, "INVENTORY_QUANTITIES_LIMIT_EXCEEDED")
    made = [_create_one(ctx, product, entry, ["variants", at]) for at, entry in enumerate(given)]
    renumber(ctx, product)
    for variant in made:
        ctx.record("created", variant)
    return {"product": product["id"], "productVariants": [variant["id"] for variant in made]}


def _create_one(ctx: Context, product: Node, entry: Mapping[str, Any], path: list[Any]) -> Node:
    if entry.get("id"):
        raise Refused.one([*path, "id"], "On create, this key cannot be used", "NO_KEY_ON_CREATE")
    selected = _selection(ctx, product, entry.get("optionValues") or (), None, path)
    variant = create_variant(ctx, product, selected, variant_values(entry, path), entry.get("inventoryItem"))
    for quantity in entry.get("inventoryQuantities") or ():
        location = ctx.lookup(quantity["locationId"], "Location")
        if location is None:
            message = f"Quantity for {variant['title']} couldn't be set because the location was deleted."
            where = [*path, "inventoryQuantities"]
            raise Refused.one(where, message, "TRACKED_VARIANT_LOCATION_NOT_FOUND")
        inventory.set_available(ctx, variant["inventoryItem"], location["id"], quantity["availableQuantity"])
    set_metafields(ctx, variant, entry.get("metafields"), path)
    return variant


@mutation("productVariantsBulkUpdate")
def bulk_update(ctx: Context, args: dict[str, Any]) -> Node:
    """Update all, or with `allowPartialUpdates` those that are right."""
    product = _known_product(ctx, args)
    errors: list[UserError] = []
    changed: list[Node] = []
    for at, entry in enumerate(args["variants"]):
        try:
            changed.append(_update_one(ctx, product, entry, ["variants", at]))
        except Refused as refusal:
            errors += refusal.errors
    # Where only amounts are wrong, the variants are shown as they are (seen on live stores).
    named = [entry["id"] for entry in args["variants"] if entry.get("id") in product["variants"]]
    if errors and not args.get("allowPartialUpdates"):
        shown = named if all(error.message.endswith(BOUNDS) for error in errors) else None
        raise Refused(errors, {"product": product["id"], "productVariants": shown})
    for variant in changed:
        ctx.record("updated", variant)
    payload: Node = {"product": product["id"], "productVariants": named}
    return payload | ({"errors": [error.node() for error in errors]} if errors else {})


def _update_one(ctx: Context, product: Node, entry: Mapping[str, Any], path: list[Any]) -> Node:
    gid = entry.get("id")
    if gid is None:
        raise Refused.one([*path, "id"], "Product variant is missing ID attribute", "PRODUCT_VARIANT_ID_MISSING")
    variant = ctx.lookup(gid, "ProductVariant")
    if variant is None or variant["product"] != product["id"]:
        raise Refused.one([*path, "id"], "Product variant does not exist", "PRODUCT_VARIANT_DOES_NOT_EXIST")
    if entry.get("inventoryQuantities"):
        message = (
            "Inventory quantities can only be provided during create. "
            "To update inventory for existing variants, use inventoryAdjustQuantities."
        )
        where = [*path, "inventoryQuantities"]
        raise Refused.one(where, message, "NO_INVENTORY_QUANTITIES_ON_VARIANTS_UPDATE")
    if entry.get("quantityAdjustments"):
        raise not_modelled("ProductVariantsBulkInput.quantityAdjustments")
    values = variant_values(entry, path)
    if entry.get("optionValues"):
        selected = _selection(ctx, product, entry["optionValues"], variant, path)
        values |= {"selectedOptions": selected, "title": " / ".join(option["value"] for option in selected)}
    if entry.get("inventoryItem") is not None:
        inventory.update_item(ctx, ctx.store.all("InventoryItem")[variant["inventoryItem"]], entry["inventoryItem"])
        if "sku" in entry["inventoryItem"]:
            values["sku"] = entry["inventoryItem"]["sku"]
    ctx.update(variant, values | {"updatedAt": ctx.stamp})
    ctx.update(product, {"updatedAt": ctx.stamp})
    set_metafields(ctx, variant, entry.get("metafields"), path)
    return variant


@mutation("productVariantsBulkDelete")
def bulk_delete(ctx: Context, args: dict[str, Any]) -> Node:
    product = _known_product(ctx, args)
    gone = list(dict.fromkeys(args["variantsIds"]))
    variants = [ctx.lookup(gid, "ProductVariant") for gid in gone]
    for at, variant in enumerate(variants):
        if variant is None or variant["product"] != product["id"]:
            message = "At least one variant does not belong to the product"
            code = "AT_LEAST_ONE_VARIANT_DOES_NOT_BELONG_TO_THE_PRODUCT"
            raise Refused.one(["variantsIds", at], message, code)
    if len(gone) == len(product["variants"]):
        message = "Cannot delete the last variant"
        raise Refused.one(["variantsIds"], message, "CANNOT_DELETE_LAST_VARIANT", product=product["id"])
    for variant in filter(None, variants):
        drop_variant(ctx, variant)
        ctx.record("deleted", variant)
    ctx.update(product, {"variants": [gid for gid in product["variants"] if gid not in gone]})
    renumber(ctx, product)
    return {"product": product["id"]}


def _known_product(ctx: Context, args: Mapping[str, Any]) -> Node:
    product = ctx.known(args["productId"], "Product", ["productId"], "Product does not exist", "PRODUCT_DOES_NOT_EXIST")
    if args.get("media"):
        raise not_modelled("The argument media of the bulk mutations")
    return product


def renumber(ctx: Context, product: Node) -> None:
    """Give each variant its place in the product as its position."""
    for at, gid in enumerate(product["variants"], 1):
        ctx.update(ctx.store.all("ProductVariant")[gid], {"position": at})


def variant_values(entry: Mapping[str, Any], path: list[Any]) -> Node:
    """Return the fields of a variant that an input gives; raise `Refused`."""
    for name in ("mediaId", "mediaSrc"):
        if entry.get(name):
            raise not_modelled(f"ProductVariantsBulkInput.{name}")
    values = plain_values("ProductVariant", entry, input_name="ProductVariantsBulkInput", apart=APART)
    errors: list[UserError] = []
    for name in ("price", "compareAtPrice"):
        if name in entry:
            amount = entry[name]
            errors += _beyond(amount, [*path, name], "Price " if name == "price" else "")
            values[name] = Decimal(0) if name == "price" and amount is None else amount
    cost = _beyond((entry.get("inventoryItem") or {}).get("cost"), [*path, "inventoryItem", "cost"], "Cost per item ")
    for error in cost:  # told twice: of the variant, without a code, and of its item
        errors += [UserError(tuple(map(str, path)), error.message.removeprefix("Cost per item ")), error]
    if errors:
        raise Refused(errors)
    return values


def _beyond(amount: Decimal | None, path: list[Any], label: str) -> list[UserError]:
    """Return the error for an amount that is outside of what amounts may be."""
    where = tuple(map(str, path))
    if amount is not None and amount < 0:
        return [UserError(where, f"{label}must be {BOUNDS[0]}", "GREATER_THAN_OR_EQUAL_TO")]
    if amount is not None and amount >= MOST_MONEY:
        return [UserError(where, f"{label}must be {BOUNDS[1]}", "INVALID_INPUT")]
    return []


def _selection(
    ctx: Context, product: Node, given: Sequence[Mapping[str, Any]], variant: Node | None, path: list[Any]
) -> Selected:
    """Return what a variant selects of each option; values that the product does not know are added to it."""
    options = product["options"]
    chosen = {one["name"]: one["value"] for one in variant["selectedOptions"]} if variant else {}
    named: set[str] = set()
    for at, entry in enumerate(given):
        option = next(
            (o for o in options if entry.get("optionId") == o["id"] or entry.get("optionName") == o["name"]), None
        )
        if option is None:
            where = [*path, "optionValues", at]
            code = "INVALID_INPUT" if variant is None else "OPTION_DOES_NOT_EXIST"
            raise Refused.one(where, "Option does not exist", code)
        known = {value["id"]: value["name"] for value in option["optionValues"]}
        name = known.get(entry["id"]) if entry.get("id") else entry.get("name")
        if not name:
            raise Refused.one([*path, "optionValues", at], "Option value does not exist", "INVALID_INPUT")
        if option["name"] in named:
            raise Refused.one([*path, "optionValues"], f"Duplicated option name '{option['name']}'", "INVALID_INPUT")
        named.add(option["name"])
        chosen[option["name"]] = name
    if len(chosen) < len(options):
        missing = next(option["name"] for option in options if option["name"] not in chosen)
        message = f"You need to add option values for {missing}"
        raise Refused.one(path, message, "NEED_TO_ADD_OPTION_VALUES")
    selected = [{"name": option["name"], "value": chosen[option["name"]]} for option in options]
    siblings = [ctx.store.all("ProductVariant")[gid] for gid in product["variants"]]
    if any(one is not variant and one["selectedOptions"] == selected for one in siblings):
        title = " / ".join(option["value"] for option in selected)
        raise Refused.one(path, f"The variant '{title}' already exists.", "VARIANT_ALREADY_EXISTS")
    grown = []
    for option in options:
        fresh, names = chosen[option["name"]], [value["name"] for value in option["optionValues"]]
        extra = [] if fresh in names else [new_value(ctx, fresh)]
        grown.append({**option, "optionValues": [*option["optionValues"], *extra]})
    ctx.update(product, {"options": grown})
    return selected
