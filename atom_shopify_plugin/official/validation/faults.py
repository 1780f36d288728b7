"""What was found wrong with a document: errors as graphql-ruby, which Shopify runs, shapes them.

A path begins with the operation or fragment. The steps of a list are kept as the list and the item, and become numbers
when an error needs them: as in graphql-ruby the number of the first item that reads the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from graphql import Node

from atom_shopify_plugin.official.validation.texts import printed

__all__ = ["Faults", "Step", "location"]

Json = dict[str, Any]
Step = str | tuple[Sequence[Node], Node]


def location(node: Node) -> Json:
    """Return where a node begins."""
    assert node.loc is not None  # noqa: S101 - documents are parsed with locations
    return {"line": node.loc.start_token.line, "column": node.loc.start_token.column}


class Faults:
    """Collects errors in the order in which the rules find them."""

    def __init__(self) -> None:
        self.errors: list[Json] = []
        self._places: set[tuple[Any, ...]] = set()  # the path of every error and all that is above it
        self._lists: dict[int, tuple[Sequence[Node], dict[str, int]]] = {}  # by id, with the list to keep the id taken

    def add(self, message: str, nodes: Iterable[Node], path: Iterable[Step], code: str, **extensions: Any) -> Json:
        """Add an error and return it, so that a rule may add further locations."""
        steps = self._resolved(path)
        error = {
            "message": message,
            "locations": [location(node) for node in nodes],
            "path": steps,
            "extensions": {"code": code, **extensions},
        }
        self.errors.append(error)
        self._places.update(tuple(steps[:end]) for end in range(1, len(steps) + 1))
        return error

    def lie_within(self, path: Sequence[Step]) -> bool:
        """Tell whether an error at this place or below it was found already."""
        return bool(self.errors) and tuple(self._resolved(path)) in self._places

    def _resolved(self, path: Iterable[Step]) -> list[Any]:
        return [step if isinstance(step, str) else self._index(*step) for step in path]

    def _index(self, items: Sequence[Node], item: Node) -> int:
        known = self._lists.get(id(items))
        if known is None:
            places: dict[str, int] = {}
            for at, other in enumerate(items):
                places.setdefault(printed(other), at)
            known = self._lists[id(items)] = items, places
        return known[1][printed(item)]
