"""tagsAdd and tagsRemove: the same for every kind of owner."""

from __future__ import annotations

from typing import Any

from atom_shopify_plugin.sandbox.context import Context
from atom_shopify_plugin.sandbox.inputs import clean_tags
from atom_shopify_plugin.sandbox.refusals import Refused, not_modelled, wrong_id
from atom_shopify_plugin.sandbox.registry import REGISTRY, mutation
from atom_shopify_plugin.sandbox.store import Node, gid_type

# shopify.dev: 250 tags of 255 characters on products and customers, of 40 on orders; the wording here is ours.
MOST_TAGS = 250
LONGEST_TAG = 255
LONGEST_TAGS = {"Order": 40}
# Types that have tags at Shopify (description of tagsAdd) and that the sandbox does not keep.
NOT_KEPT = {"Article", "DraftOrder"}


@mutation("tagsAdd")
def tags_add(ctx: Context, args: dict[str, Any]) -> Node:
    node = _tagged(ctx, args["id"])
    return _retag(ctx, node, clean_tags([*node["tags"], *args["tags"]]))


@mutation("tagsRemove")
def tags_remove(ctx: Context, args: dict[str, Any]) -> Node:
    node = _tagged(ctx, args["id"])
    gone = {tag.casefold() for tag in clean_tags(args["tags"])}
    return _retag(ctx, node, [tag for tag in node["tags"] if tag.casefold() not in gone])


def _tagged(ctx: Context, gid: str) -> Node:
    kind = gid_type(gid) or ""
    entry = REGISTRY.kinds.get(kind)
    if entry is None:
        raise not_modelled(f"Tagging {kind}") if kind in NOT_KEPT else wrong_id(gid, mutation=True)
    if "tags" not in entry.defaults:
        raise Refused.one(["id"], "Resource does not support tagging", node=None)
    ctx.require_write(entry.name)
    node = ctx.lookup(gid, entry.name)
    if node is None:
        raise Refused.one(["id"], f"{entry.name} does not exist")
    return node


def _retag(ctx: Context, node: Node, tags: list[str]) -> Node:
    longest = LONGEST_TAGS.get(node["__typename"], LONGEST_TAG)
    if any(len(tag) > longest for tag in tags):
        raise Refused.one(["tags"], f"Tag is too long (maximum is {longest} characters)")
    if len(tags) > max(MOST_TAGS, len(node["tags"])):
        raise Refused.one(["tags"], f"Tags exceeded the maximum of {MOST_TAGS}")
    if ctx.update(node, {"tags": tags}):
        ctx.record("updated", node)
    return {"node": node}
