"""Collections: of products that were put into them by hand, or that their rules find."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from atom_shopify_plugin.sandbox.connections import page_of, searched_page
from atom_shopify_plugin.sandbox.context import Context
from atom_shopify_plugin.sandbox.domains.collection_members import in_order, is_member, members_of
from atom_shopify_plugin.sandbox.domains.collection_rules import COLUMNS
from atom_shopify_plugin.sandbox.domains.collection_sources import change_sources, drop_sources, new_sources
from atom_shopify_plugin.sandbox.domains.shared import image, new_job
from atom_shopify_plugin.sandbox.inputs import settle_handle, stripped
from atom_shopify_plugin.sandbox.refusals import Refused, UserError, not_modelled
from atom_shopify_plugin.sandbox.registry import Filter, Member, Write, derived, field_rule, kind, writes
from atom_shopify_plugin.sandbox.store import Node, number


def _members(ctx: Context, node: Node) -> list[int]:
    return [number(gid) for gid in members_of(ctx, node)]


kind(
    "Collection",
    {"seo": {"title": None, "description": None}, "sortOrder": "BEST_SELLING", "sources": []},
    fields="updatedAt title handle descriptionHtml image ruleSet templateSuffix",
    indexed=("handle",),
    filters={
        "title": "text",
        "product_id": Filter("id", _members),
        "collection_type": Filter(
            "enum", lambda _, node: "smart" if node.get("ruleSet") else "custom", frozenset({"custom", "smart"})
        ),
    },
    words=("title", "handle"),
)


# reading


@field_rule("Collection.hasProduct")
def has_product(ctx: Context, node: Node, args: dict[str, Any]) -> bool:
    product = ctx.lookup(args["id"], "Product")
    return product is not None and is_member(ctx, node, product)


@field_rule("Collection.products")
def collection_products(ctx: Context, node: Node, args: dict[str, Any]) -> Any:
    rows = in_order(ctx, node, args.get("sortKey") or "COLLECTION_DEFAULT")
    if args.get("reverse"):
        rows = rows[::-1]  # a page takes positions for the order; the reverse of one is another order
    arguments = {name: value for name, value in args.items() if name != "reverse"}
    return page_of(rows, arguments, [node["id"], "products", args.get("reverse")])


derived({"Collection.productsCount": lambda ctx, node: len(members_of(ctx, node))})


@field_rule("Product.collections")
def product_collections(ctx: Context, node: Node, args: dict[str, Any]) -> Any:
    rows = [one for one in ctx.store.all("Collection").values() if is_member(ctx, one, node)]
    return searched_page(ctx, "Collection", rows, args, [node["id"], "collections"])


@field_rule("Product.inCollection")
def in_collection(ctx: Context, node: Node, args: dict[str, Any]) -> bool:
    found = ctx.lookup(args["id"], "Collection")
    return found is not None and is_member(ctx, found, node)


# writing


def _check(ctx: Context, write: Write) -> None:
    given, values = write.given, write.values
    title = values.get("title") or (write.node or {}).get("title", "")
    settle_handle(ctx, "Collection", write, title=title, path=[], fallback="collection", counts_on=True)
    if given.get("ruleSet") is not None:
        _check_rules(ctx, write, given["ruleSet"])
    if given.get("products") is not None:
        products = list(dict.fromkeys(given["products"]))
        errors = [
            UserError(("products", str(at)), "Product does not exist")
            for at, gid in enumerate(products)
            if ctx.lookup(gid, "Product") is None
        ]
        if errors:
            raise Refused(errors)
        values["products"] = products
    if "image" in given:
        values["image"] = _image(ctx, given["image"])


def _check_rules(ctx: Context, write: Write, given: Mapping[str, Any]) -> None:
    rules: Sequence[Mapping[str, Any]] | None = given.get("rules")
    node = write.node
    if node is not None and node.get("ruleSet") is None:
        raise Refused.one(["id"], "Cannot update rule set of a custom collection")
    if rules is None or (not rules and node is not None):
        raise Refused.one(["ruleSet", "rules"], "Rules cannot be an empty set")
    for rule in rules:
        if rule["column"] not in COLUMNS or rule.get("conditionObjectId"):
            raise not_modelled(f"The column {rule['column']} of a collection's rule")
    if not rules:
        return  # seen on a live store: an empty list makes a collection without rules
    kept = [{name: rule[name] for name in ("column", "relation", "condition")} for rule in rules]
    write.values["ruleSet"] = {"appliedDisjunctively": bool(given["appliedDisjunctively"]), "rules": kept}
    if node is not None and write.values["ruleSet"] != node["ruleSet"]:
        write.payload["job"] = new_job(ctx)["id"]


def _image(ctx: Context, given: Mapping[str, Any] | None) -> Node | None:
    if given is None or not (given.get("src") or given.get("id")):
        return None
    return image(given.get("id") or ctx.store.new_id("CollectionImage"), given.get("src") or "", given.get("altText"))


def _finish(ctx: Context, write: Write) -> None:
    if write.creates:
        new_sources(ctx, write.target, write.given.get("sources"), ["sources"])
    else:
        change_sources(ctx, write.target, write.given)


def _remove(ctx: Context, write: Write) -> None:
    drop_sources(ctx, write.target)


_FIELDLESS = Member(field=None)
writes(
    "Collection",
    members={
        "title": Member(required=True, longest=255, clean=stripped),
        **dict.fromkeys(("handle", "products", "ruleSet", "image", "redirectNewHandle"), _FIELDLESS),
        **dict.fromkeys(("sources", "sourcesToCreate", "sourcesToDelete", "sourcesToUpdate"), _FIELDLESS),
        "publications": Member(modelled=False),
    },
    start={"descriptionHtml": "", "products": [], "sources": []},
    check=_check,
    finish=_finish,
    remove=_remove,
    own_id=(("id",), "id cannot be specified on collection creation"),
    nowhere={"update": None},
)
