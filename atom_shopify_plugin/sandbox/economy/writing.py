"""Writes of a history: they are final at once, nobody is told of them, and nothing is entered into the journal."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from atom_shopify_plugin.sandbox.context import Context
from atom_shopify_plugin.sandbox.registry import REGISTRY
from atom_shopify_plugin.sandbox.store import Node, StoreState
from atom_shopify_plugin.sandbox.versions import Versions

__all__ = ["HistoryContext"]


class HistoryContext(Context):
    """The context in which rules carry out mutations of the past. A rule that refuses is a defect of the history."""

    def __init__(self, store: StoreState, now: datetime, scopes: Iterable[str]) -> None:
        super().__init__(store, now, frozenset(scopes), Versions())
        kinds = REGISTRY.kinds
        self._made = {name: "createdAt" in kind.defaults for name, kind in kinds.items()}
        self._dated = {name: "updatedAt" in kind.defaults for name, kind in kinds.items()}
        self._indexed = {name: frozenset(fields) for name, fields in store.indexed.items()}

    def create(self, kind: str, values: Mapping[str, Any], *, gid: str | None = None) -> Node:
        """Add a node, as `Context.create` does."""
        node: Node = {"id": gid or self.store.new_id(kind), "__typename": kind}
        if self._made[kind]:
            node["createdAt"] = self.stamp
        if self._dated[kind]:
            node["updatedAt"] = self.stamp
        node.update(values)
        return self.store.put(node)

    def update(self, node: Node, values: Mapping[str, Any]) -> bool:
        """Set fields, as `Context.update` does."""
        kind = node["__typename"]
        fresh = {name: value for name, value in values.items() if node.get(name, self) != value}
        if not fresh:
            return False
        if self._dated[kind] and "updatedAt" not in fresh:
            fresh["updatedAt"] = self.stamp
        if self._indexed[kind].isdisjoint(fresh):
            node.update(fresh)
            self.store.versions[kind] += 1
        else:
            self.store.change(node, fresh)
        return True

    def delete(self, node: Node) -> None:
        """Remove a node."""
        self.store.remove(node)

    def record(self, action: str, node: Node, *, operation: str | None = None) -> None:
        """Enter nothing: the journal begins when the store is in use."""
