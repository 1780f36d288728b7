"""productCreate, productUpdate and productDelete."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

from atom_shopify_plugin.sandbox.context import Context
from atom_shopify_plugin.sandbox.domains.metadata import set_metafields
from atom_shopify_plugin.sandbox.domains.products import identified, variants_of
from atom_shopify_plugin.sandbox.domains.shared import clean_tags, image
from atom_shopify_plugin.sandbox.domains.variant_writes import create_variant, drop_variant, new_option
from atom_shopify_plugin.sandbox.mutations import plain_values
from atom_shopify_plugin.sandbox.refusals import Refused, fault, not_modelled
from atom_shopify_plugin.sandbox.registry import mutation
from atom_shopify_plugin.sandbox.store import Node

__all__ = ["handle_from"]

APART = (
    "id", "metafields", "productOptions", "tags", "title", "handle", "collectionsToJoin", "collectionsToLeave", "seo",
    "giftCard", "redirectNewHandle", "deleteConflictingConstrainedMetafields",
)  # fmt: skip


@mutation("productCreate")
def product_create(ctx: Context, args: dict[str, Any]) -> Node:
    given = _input(ctx, args)
    title = _title(given.get("title"))
    values = _values(ctx, given) | {
        "title": title,
        "handle": _handle(ctx, given.get("handle"), title),
        "isGiftCard": bool(given.get("giftCard")),
        "options": [],
        "variants": [],
        "media": [],
    }
    values["vendor"] = values.get("vendor") or ctx.store.shop["name"]
    for name in ("status", "productType", "descriptionHtml"):
        values.setdefault(name, {"status": "ACTIVE"}.get(name, ""))
    values.setdefault("tags", [])
    product = ctx.create("Product", values)
    options = _options(ctx, given.get("productOptions"))
    ctx.update(product, {"options": options})
    create_variant(ctx, product, [{"name": one["name"], "value": one["optionValues"][0]["name"]} for one in options])
    _finish(ctx, product, given, args)
    ctx.record("created", product)
    return {"product": product["id"]}


@mutation("productUpdate")
def product_update(ctx: Context, args: dict[str, Any]) -> Node:
    given = _input(ctx, args)
    identifier = args.get("identifier") or {"id": given.get("id")}
    product = identified(ctx, "Product", identifier) if any(identifier.values()) else None
    if product is None:
        raise Refused.one(["id"], "Product does not exist")
    values = _values(ctx, given)
    if "title" in given:
        values["title"] = _title(given["title"])
    if given.get("handle") is not None:
        values["handle"] = _handle(ctx, given["handle"], "", product)
    if given.get("redirectNewHandle"):
        raise not_modelled("ProductUpdateInput.redirectNewHandle")
    ctx.update(product, values)
    _finish(ctx, product, given, args)
    ctx.update(product, {"updatedAt": ctx.stamp})
    ctx.record("updated", product)
    return {"product": product["id"]}


@mutation("productDelete")
def product_delete(ctx: Context, args: dict[str, Any]) -> Node:
    if args.get("synchronous") is False:
        raise not_modelled("productDelete(synchronous: false)")
    product = ctx.lookup(args["input"]["id"], "Product")
    if product is None:
        raise Refused.one(["id"], "Product does not exist")
    for variant in variants_of(ctx, product):
        drop_variant(ctx, variant)
    for gid in product["media"]:
        ctx.delete(ctx.store.all("MediaImage")[gid])
    for collection in ctx.store.all("Collection").values():
        if product["id"] in collection["products"]:
            ctx.update(collection, {"products": [gid for gid in collection["products"] if gid != product["id"]]})
    for entry in ctx.store.find("Metafield", "owner", product["id"]):
        ctx.delete(entry)
    ctx.delete(product)
    ctx.record("deleted", product)
    return {"deletedProductId": product["id"]}


def _input(ctx: Context, args: Mapping[str, Any]) -> dict[str, Any]:
    found = [args[name] for name in ("input", "product") if args.get(name) is not None]
    if len(found) != 1:
        message = f"{ctx.mutation} must include exactly one of the following arguments: input, product."
        raise fault(message, "INVALID_FIELD_ARGUMENTS")
    return dict(found[0])


def _values(ctx: Context, given: Mapping[str, Any]) -> Node:
    values = plain_values("Product", given, input_name="ProductInput", apart=APART)
    if "tags" in given:
        values["tags"] = clean_tags(given["tags"] or [])
    if "seo" in given:
        seo = given["seo"] or {}
        values["seo"] = {"title": seo.get("title"), "description": seo.get("description")}
    if values.get("category") is not None:
        raise not_modelled("ProductInput.category")
    if "vendor" in given and not values["vendor"]:
        values["vendor"] = ctx.store.shop["name"]
    return values


def _title(title: Any) -> str:
    if title is None or not title.strip():
        raise Refused.one(["title"], "Title can't be blank")
    if len(title) > 255:
        raise Refused.one(["title"], "Title is too long (maximum is 255 characters)")
    return str(title).strip()


def handle_from(text: str) -> str:
    """Return the handle that a title makes: lower case, words joined by hyphens."""
    plain = "".join(char for char in unicodedata.normalize("NFKD", text) if not unicodedata.combining(char))
    return "-".join(re.findall(r"[^\W_]+", plain.casefold()))[:255]


def _handle(ctx: Context, given: str | None, title: str, product: Node | None = None) -> str:
    """Return a handle that is free: a given one must be, one made of the title gets a number."""
    base = handle_from(given or title) or "product"

    def taken(handle: str) -> bool:
        return any(one is not product for one in ctx.store.find("Product", "handle", handle))

    if not taken(base):
        return base
    if given:
        raise Refused.one(["handle"], f"Handle '{given}' already in use. Please provide a new handle.")
    count = 1
    while taken(f"{base}-{count}"):
        count += 1
    return f"{base}-{count}"


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
        if not values:
            raise Refused.one(["productOptions", at, "values"], "Option values can't be blank")
        if len({value.casefold() for value in values}) < len(values):
            raise Refused.one(["productOptions", at, "values"], "Option values must be unique")
        if any(name.casefold() == one["name"].casefold() for one in options):
            raise Refused.one(["productOptions", at, "name"], "Option names must be unique")
        options.append(new_option(ctx, name, values, at + 1))
    return options


def _finish(ctx: Context, product: Node, given: Mapping[str, Any], args: Mapping[str, Any]) -> None:
    """Write what hangs on a product: metafields, media, collections."""
    set_metafields(ctx, product, given.get("metafields"), [])
    media = [_medium(ctx, entry, at) for at, entry in enumerate(args.get("media") or ())]
    if media:
        ctx.update(product, {"media": [*product["media"], *media]})
    for name, joins in (("collectionsToJoin", True), ("collectionsToLeave", False)):
        for gid in given.get(name) or ():
            collection = ctx.lookup(gid, "Collection")
            if collection is None:
                raise Refused.one([name], "Collection does not exist")
            rest = [one for one in collection["products"] if one != product["id"]]
            ctx.update(collection, {"products": [*rest, product["id"]] if joins else rest})


def _medium(ctx: Context, entry: Mapping[str, Any], at: int) -> str:
    if entry["mediaContentType"] != "IMAGE":
        raise not_modelled(f"Media of type {entry['mediaContentType']}")
    source = entry["originalSource"]
    if not re.fullmatch(r"https?://[^\s/]+(/\S*)?", source):
        raise Refused.one(["media", at, "originalSource"], "Image URL is invalid")
    picture = image(ctx.store.new_id("ImageSource"), source, entry.get("alt"))
    node = ctx.create("MediaImage", {"alt": entry.get("alt"), "image": picture})
    return str(node["id"])
