"""Collections, with the products that were put into them by hand."""

from __future__ import annotations

from typing import Any

from atom_shopify_plugin.sandbox.context import Context
from atom_shopify_plugin.sandbox.inputs import settle_handle, stripped
from atom_shopify_plugin.sandbox.refusals import Refused
from atom_shopify_plugin.sandbox.registry import Filter, Kind, Member, Write, Writes, field_rule, kind, writes
from atom_shopify_plugin.sandbox.store import Node

kind(
    Kind(
        "Collection",
        {"seo": {"title": None, "description": None}, "sortOrder": "BEST_SELLING"},
        fields="updatedAt title handle descriptionHtml image ruleSet templateSuffix",
        indexed=("handle",),
        filters={
            "title": "text",
            "product_id": "id products",
            "collection_type": Filter(
                "enum", lambda _, node: "smart" if node.get("ruleSet") else "custom", frozenset({"custom", "smart"})
            ),
        },
        words=("title", "handle"),
    )
)


@field_rule("Collection.hasProduct")
def has_product(_ctx: Context, node: Node, args: dict[str, Any]) -> bool:
    return args["id"] in node["products"]


def _check(ctx: Context, write: Write) -> None:
    settle_handle(ctx, "Collection", write, title=write.values.get("title", ""), path=[], fallback="collection")
    if (given := write.given.get("products")) is not None:
        products = list(dict.fromkeys(given))
        if any(ctx.lookup(gid, "Product") is None for gid in products):
            raise Refused.one(["products"], "Product does not exist")
        write.values["products"] = products


writes(
    "Collection",
    Writes(
        members={
            "title": Member(required=True, longest=255, clean=stripped),
            **dict.fromkeys(("handle", "products"), Member(field=None)),
            **dict.fromkeys(("image", "ruleSet"), Member(modelled=False)),
        },
        start={"descriptionHtml": "", "products": []},
        check=_check,
    ),
)
