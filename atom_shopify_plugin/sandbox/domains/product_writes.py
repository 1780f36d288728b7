"""productCreate, productUpdate and productDelete."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from atom_shopify_plugin.sandbox.context import Context
from atom_shopify_plugin.sandbox.domains.product_media import new_image
from atom_shopify_plugin.sandbox.domains.products import variants_of
from atom_shopify_plugin.sandbox.domains.variant_writes import create_variant, drop_variant, new_option
from atom_shopify_plugin.sandbox.inputs import clean_tags, settle_handle, stripped
from atom_shopify_plugin.sandbox.refusals import Refused, UserError, not_modelled
from atom_shopify_plugin.sandbox.registry import Member, Write, writes
from atom_shopify_plugin.sandbox.store import Node

__all__ = ["join_collections"]

LONGEST = 255
LONGEST_TAG = 255


def _check(ctx: Context, write: Write) -> None:
    values = write.values
    title = values.get("title") or (write.node or {}).get("title", "")
    settle_handle(ctx, "Product", write, title=title, path=["input"], fallback="product", remade=True, counts_on=True)
    if write.creates or "vendor" in values:
        values["vendor"] = values.get("vendor") or ctx.store.shop["name"]


def _seo(given: Mapping[str, Any] | None, _path: list[Any]) -> Node:
    return {name: (given or {}).get(name) for name in ("title", "description")}


def _product_type(text: str | None, path: list[Any]) -> str:
    if len(text or "") > LONGEST:
        longest = f"is too long (maximum is {LONGEST} characters)"
        raise Refused(
            [
                UserError((*map(str, path[:-1]), "productType"), f"Product type {longest}", "TOO_LONG"),
                UserError((*map(str, path[:-1]), "customProductType"), f"Custom product type {longest}", "TOO_LONG"),
            ]
        )
    return text or ""


def _tags(tags: Sequence[str] | None, path: list[Any]) -> list[str]:
    cleaned = clean_tags(tags or ())
    if any(len(tag) > LONGEST_TAG for tag in cleaned):
        raise Refused.one(path, "Product tags is invalid")
    return cleaned


def _finish(ctx: Context, write: Write) -> None:
    """Write what hangs on a product: the first variant, media, collections."""
    product, given = write.target, write.given
    if write.creates:
        options = _options(ctx, given.get("productOptions"))
        ctx.update(product, {"options": options})
        selected = [{"name": option["name"], "value": option["optionValues"][0]["name"]} for option in options]
        create_variant(ctx, product, selected)
    media = [_medium(ctx, entry, at) for at, entry in enumerate(write.args.get("media") or ())]
    if media:
        ctx.update(product, {"media": [*product["media"], *media]})
    for name, joins in (("collectionsToJoin", True), ("collectionsToLeave", False)):
        join_collections(ctx, product, given.get(name) or (), joins=joins)


def join_collections(ctx: Context, product: Node, gids: Iterable[str], *, joins: bool) -> None:
    """Put a product into collections or take it out; unknown ones are passed over (seen on a live store)."""
    for gid in gids:
        collection = ctx.lookup(gid, "Collection")
        if collection is not None:
            rest = [one for one in collection["products"] if one != product["id"]]
            ctx.update(collection, {"products": [*rest, product["id"]] if joins else rest})


def _remove(ctx: Context, write: Write) -> None:
    product = write.target
    for variant in variants_of(ctx, product):
        drop_variant(ctx, variant)
    for gid in product["media"]:
        ctx.delete(ctx.store.all("MediaImage")[gid])
    for collection in ctx.store.all("Collection").values():
        if product["id"] in collection["products"]:
            ctx.update(collection, {"products": [gid for gid in collection["products"] if gid != product["id"]]})


writes(
    "Product",
    members={
        "title": Member(required=True, longest=LONGEST, clean=stripped),
        "vendor": Member(longest=LONGEST),
        "productType": Member(clean=_product_type),
        "handle": Member(field=None, longest=LONGEST),
        "tags": Member(clean=_tags),
        "giftCard": Member("isGiftCard"),
        "seo": Member(clean=_seo),
        "category": Member(modelled=False),
        **dict.fromkeys(
            ("productOptions", "collectionsToJoin", "collectionsToLeave", "deleteConflictingConstrainedMetafields"),
            Member(field=None),
        ),
    },
    start={
        "status": "ACTIVE",
        "productType": "",
        "descriptionHtml": "",
        "tags": [],
        "options": [],
        "variants": [],
        "media": [],
    },
    check=_check,
    finish=_finish,
    remove=_remove,
    own_id=(("input",), "id cannot be specified during creation"),
    shown=True,
)


def _options(ctx: Context, given: Sequence[Mapping[str, Any]] | None) -> list[Node]:
    if not given:
        return [new_option(ctx, "Title", ["Default Title"], 1)]
    if len(given) > 3:
        raise Refused.one(["productOptions"], "Can only specify a maximum of 3 options")
    options: list[Node] = []
    for at, entry in enumerate(given):
        if entry.get("linkedMetafield"):
            raise not_modelled("OptionCreateInput.linkedMetafield")
        name = (entry.get("name") or "").strip()
        values = [value["name"] for value in entry.get("values") or () if value.get("name")]
        if not name:
            raise Refused.one(["productOptions", at, "name"], "Option name can't be blank")
        if " / " in name:
            raise Refused.one(["options"], 'Name cannot contain the character sequence " / "')
        if not values:
            raise Refused.one(["productOptions", at, "values"], "Option values can't be blank")
        if len({value.casefold() for value in values}) < len(values):
            raise Refused.one(["productOptions", at, "values"], "Option values must be unique")
        if any(name.casefold() == one["name"].casefold() for one in options):
            raise Refused.one(["productOptions", at, "name"], "Option names must be unique")
        options.append(new_option(ctx, name, values, at + 1))
    return options


def _medium(ctx: Context, entry: Mapping[str, Any], at: int) -> str:
    if entry["mediaContentType"] != "IMAGE":
        raise not_modelled(f"Media of type {entry['mediaContentType']}")
    return new_image(ctx, entry["originalSource"], entry.get("alt"), ["media", at, "originalSource"])
