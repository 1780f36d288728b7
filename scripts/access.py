"""The access scopes that documents need, from Shopify's official list."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from graphql import (
    FieldNode,
    FragmentSpreadNode,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLUnionType,
    InlineFragmentNode,
    SelectionSetNode,
    get_named_type,
)
from official import Documents, Official

from atom_shopify_plugin.shopify.scopes import expand_scopes

__all__ = ["chosen", "needs"]

Need = frozenset[str]


def needs(name: str, documents: Documents, official: Official) -> list[Need]:
    """Return, for each field and type that an operation touches, the scopes of which any one opens it."""
    operation = documents.operations[name]
    return list(dict.fromkeys(_needs(official.root(operation), operation.selection_set, documents, official)))


def _needs(kind: object, selection: SelectionSetNode, documents: Documents, official: Official) -> Iterator[Need]:
    assert isinstance(kind, GraphQLObjectType | GraphQLInterfaceType | GraphQLUnionType)
    for node in selection.selections:
        if isinstance(node, FieldNode):
            if node.name.value == "__typename":
                continue
            assert not isinstance(kind, GraphQLUnionType)
            below = get_named_type(kind.fields[node.name.value].type)
            for name in (f"{kind.name}.{node.name.value}", below.name):
                if name in official.scopes:
                    yield official.scopes[name]
            if node.selection_set is not None:
                yield from _needs(below, node.selection_set, documents, official)
            continue
        assert isinstance(node, InlineFragmentNode | FragmentSpreadNode)
        fragment = node if isinstance(node, InlineFragmentNode) else documents.fragments[node.name.value]
        narrowed = official.schema.type_map[fragment.type_condition.name.value] if fragment.type_condition else kind
        if narrowed.name in official.scopes:
            yield official.scopes[narrowed.name]
        yield from _needs(narrowed, fragment.selection_set, documents, official)


def chosen(operations: Iterable[str], domain: str, documents: Documents, official: Official) -> list[str]:
    """Return the scopes to declare for an action that runs `operations`: as few as open everything.

    Where Shopify names alternatives that nothing else decides, it is the one with the shortest name, which is the
    general one (``read_orders``, not ``read_marketplace_orders``). Scopes of writes come first, then that of the
    `domain`.
    """
    asked = [need for name in operations for need in needs(name, documents, official)]
    scopes = {scope for need in asked if len(need) == 1 for scope in need}
    for need in asked:
        if not need & expand_scopes(scopes):
            scopes.add(min(need, key=lambda scope: (len(scope), scope)))
    written = {f"read_{scope.removeprefix('write_')}" for scope in scopes if scope.startswith("write_")}
    own = (f"read_{domain}", f"write_{domain}")
    return sorted(scopes - written, key=lambda scope: (scope.startswith("read_"), scope not in own, scope))
