"""Our names in Shopify's answers: each field is asked for under its snake_case name, so that no answer is renamed.

Shopify has no name for the number in a global id on every type (``legacyResourceId`` is on some), so it is put beside
the ids here; `Ids` knows from the selection where they are.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from atom_shopify_plugin.shopify.ids import legacy_id
from atom_shopify_plugin.shopify.selection import fields, fragments_of, operation_of, response_key, snake

if TYPE_CHECKING:
    from graphql.language import DocumentNode, FieldNode, FragmentDefinitionNode, SelectionSetNode

__all__ = ["Ids", "named"]


def named(tree: DocumentNode) -> DocumentNode:
    """Return a tree in which each field is answered under its snake_case name: ``product_type: productType``."""
    from graphql import visit
    from graphql.language import FieldNode, NameNode, Visitor

    class Names(Visitor):
        def leave_field(self, node: FieldNode, *_: Any) -> FieldNode | None:
            name = snake(response_key(node))
            if name == response_key(node):
                return None
            return FieldNode(
                alias=NameNode(value=name),
                name=node.name,
                arguments=node.arguments,
                directives=node.directives,
                selection_set=node.selection_set,
            )

    renamed: DocumentNode = visit(tree, Names())
    return renamed


class Ids(NamedTuple):
    """Where the ids in an answer are: whether an object has one, and the members below which there are others."""

    here: bool = False
    below: tuple[tuple[str, Ids], ...] = ()

    @classmethod
    def of(cls, tree: DocumentNode) -> Ids:
        """Return where the ids are in the answers to the only operation of a tree."""
        return _ids([operation_of(tree).selection_set], fragments_of(tree))

    def number(self, value: Any) -> None:
        """Put ``legacy_id``, the number of an id as text, beside each global id in an answer that has one."""
        if type(value) is list:
            for item in value:
                self.number(item)
        elif type(value) is dict:
            if self.here:
                gid = value.get("id")
                if type(gid) is str and (number := legacy_id(gid)):
                    value["legacy_id"] = number
            for name, ids in self.below:
                member = value.get(name)
                if member:
                    ids.number(member)


def _ids(selections: list[SelectionSetNode], fragments: Mapping[str, FragmentDefinitionNode]) -> Ids:
    nodes: dict[str, list[FieldNode]] = {}
    for selection in selections:
        for node in fields(selection, fragments):
            nodes.setdefault(response_key(node), []).append(node)
    below = []
    for name, same in nodes.items():
        inner = [node.selection_set for node in same if node.selection_set is not None]
        if inner and (ids := _ids(inner, fragments)) != Ids():
            below.append((name, ids))
    here = any(node.selection_set is None for node in nodes.get("id", ()))
    return Ids(here, tuple(below))
