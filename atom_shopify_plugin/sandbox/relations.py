"""Lists that follow from a declaration: the nodes that refer to a node, and the counts of lists."""

from __future__ import annotations

from typing import Any

from graphql import GraphQLList, GraphQLObjectType, get_named_type, get_nullable_type, is_leaf_type

from atom_shopify_plugin.sandbox.connections import count, root_page
from atom_shopify_plugin.sandbox.context import Context
from atom_shopify_plugin.sandbox.refusals import not_modelled
from atom_shopify_plugin.sandbox.registry import REGISTRY, FieldRule
from atom_shopify_plugin.sandbox.store import ABSENT, Node

__all__ = ["listed", "listed_counted", "rows_counted"]


def rows_counted(kind: GraphQLObjectType, name: str) -> FieldRule:
    """Count the rows of the list that a field such as ``variantsCount`` is named after."""
    listed = name.removesuffix("Count")
    rule = REGISTRY.fields[kind.name, listed] if (kind.name, listed) in REGISTRY.derived else None
    default = REGISTRY.kinds[kind.name].defaults.get(listed, ABSENT) if kind.name in REGISTRY.kinds else ABSENT

    def count_rows(ctx: Context, source: Node, _args: dict[str, Any]) -> Any:
        rows = source.get(listed, default) if rule is None else rule(ctx, source, {})
        if rows is ABSENT:
            raise not_modelled(f"{kind.name}.{name}")
        return len(rows)

    return count_rows


def listed(kind: GraphQLObjectType, name: str) -> FieldRule:
    """List the nodes of a kind that refer to a node, as `Kind.listed` declares it."""
    child, refers = REGISTRY.lists[kind.name, name]
    field = kind.fields[name]
    if "sortKey" in field.args:
        return lambda ctx, node, args: root_page(
            ctx, child, args, among=_referring(ctx, child, refers, node), scope=[node["id"], name]
        )
    if isinstance(get_nullable_type(field.type), GraphQLList) or get_named_type(field.type).name.endswith("Connection"):
        return lambda ctx, node, _args: _referring(ctx, child, refers, node)
    return lambda ctx, node, _args: next(iter(_referring(ctx, child, refers, node)), None)


def listed_counted(kind: GraphQLObjectType, name: str) -> FieldRule:
    """Count the nodes of a kind that refer to a node; the count is a number or a Count, which may have a limit."""
    child, refers = REGISTRY.lists[kind.name, name.removesuffix("Count")]
    if is_leaf_type(get_named_type(kind.fields[name].type)):
        return lambda ctx, node, _args: len(_referring(ctx, child, refers, node))
    return lambda ctx, node, args: count(ctx, child, args, among=_referring(ctx, child, refers, node))


def _referring(ctx: Context, name: str, field: str, node: Node) -> list[Node]:
    """Return the nodes of a kind whose `field` is the gid of a node, or a list with it, without hidden ones."""
    kind, gid = REGISTRY.kinds[name], node["id"]
    if field in kind.indexed:
        rows = ctx.store.find(name, field, gid)
    else:
        rows = [row for row in ctx.store.all(name).values() if _refers(row.get(field), gid)]
    return rows if kind.visible is None else [row for row in rows if kind.visible(ctx, row)]


def _refers(value: Any, gid: str) -> bool:
    return gid in value if isinstance(value, list) else bool(value == gid)
