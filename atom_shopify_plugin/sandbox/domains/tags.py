"""tagsAdd and tagsRemove: the same for every kind of owner."""

from __future__ import annotations

from typing import Any

from atom_shopify_plugin.sandbox.context import Context
from atom_shopify_plugin.sandbox.inputs import clean_tags
from atom_shopify_plugin.sandbox.refusals import Refused, wrong_id
from atom_shopify_plugin.sandbox.registry import REGISTRY, mutation
from atom_shopify_plugin.sandbox.store import Node, gid_type

# shopify.dev: 250 tags of 255 characters on products and customers, of 40 on orders; the wording here is ours.
MOST_TAGS = 250
LONGEST_TAG = 255
LONGEST_TAGS = {"Order": 40}
# Seen on a live store: products and customers lose a tag whatever its case, the others only as it is written.
CASE_BLIND = {"Product", "Customer"}
# Official schema: what may be tagged; a discount by the id of its own node, too.
TAGGED = {"Article", "Customer", "DiscountAutomaticNode", "DiscountCodeNode", "DiscountNode", "DraftOrder", "Order",
          "Product"}  # fmt: skip


@mutation("tagsAdd")
def tags_add(ctx: Context, args: dict[str, Any]) -> Node:
    node = _tagged(ctx, args["id"])
    return _retag(ctx, node, clean_tags([*ctx.value(node, "tags"), *args["tags"]]))


@mutation("tagsRemove")
def tags_remove(ctx: Context, args: dict[str, Any]) -> Node:
    node = _tagged(ctx, args["id"])
    form = str.casefold if node["__typename"] in CASE_BLIND else str
    gone = {form(part.strip()) for text in args["tags"] for part in text.split(",")}
    return _retag(ctx, node, [tag for tag in ctx.value(node, "tags") if form(tag) not in gone])


def _tagged(ctx: Context, gid: str) -> Node:
    kind = gid_type(gid) or ""
    if kind not in TAGGED:
        raise wrong_id(gid, mutation=True)
    ctx.require_write(kind)
    places = REGISTRY.kinds[kind].members or (kind,)
    number = gid.rpartition("/")[2]
    nodes = (ctx.lookup(f"gid://shopify/{name}/{number}", name) for name in places)
    node = next(filter(None, nodes), None)
    if node is None:
        raise Refused.one(["id"], f"{kind} does not exist")
    return node


def _retag(ctx: Context, node: Node, tags: list[str]) -> Node:
    longest = LONGEST_TAGS.get(node["__typename"], LONGEST_TAG)
    if any(len(tag) > longest for tag in tags):
        raise Refused.one(["tags"], f"Tag is too long (maximum is {longest} characters)")
    if len(tags) > max(MOST_TAGS, len(ctx.value(node, "tags"))):
        raise Refused.one(["tags"], f"Tags exceeded the maximum of {MOST_TAGS}")
    if ctx.update(node, {"tags": tags}):
        ctx.record("updated", node)
    return {"node": node}
