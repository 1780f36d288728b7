"""What a rule works with: the store, the time, the scopes, and writes that can be taken back."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, cast

from atom_shopify_plugin.official.access import type_needs
from atom_shopify_plugin.official.table import official
from atom_shopify_plugin.sandbox.keeping import Keeping
from atom_shopify_plugin.sandbox.lag import Behind
from atom_shopify_plugin.sandbox.refusals import Refused, denied, wrong_id
from atom_shopify_plugin.sandbox.registry import REGISTRY
from atom_shopify_plugin.sandbox.store import Change, Effect, Node, StoreState, gid_type, stamp
from atom_shopify_plugin.sandbox.versions import Versions

__all__ = ["Context"]


@dataclass
class Context:
    """One request to one store.

    `scopes` are expanded; `mutation` names the root field being carried out. `path` is the place in the answer of the
    root field or list being resolved, `searched` is that list as ``Type.field``. With `explains` every search is noted
    in `searches`, not only those that draw warnings. `late` holds the idempotency keys with which another request had
    begun when this one came. `client_id` is the app that asks; `operation_fault` is what shall befall a bulk operation
    that it starts.
    """

    store: StoreState
    now: datetime
    scopes: frozenset[str]
    versions: Versions
    mutation: str | None = None
    arguments: Mapping[str, Any] = field(default_factory=dict)
    idempotency_key: str | None = None
    path: list[Any] = field(default_factory=list)
    searched: str = ""
    explains: bool = False
    searches: list[dict[str, Any]] = field(default_factory=list)
    granted: set[str] = field(default_factory=set)
    origin: str = "api"
    keeping: Keeping | None = None
    late: Collection[str] = ()
    client_id: str = "sandbox-key"
    operation_fault: Mapping[str, Any] | None = None
    _changes: list[Change] = field(default_factory=list)
    _undo: list[Callable[[], object]] = field(default_factory=list)
    _kept: list[Change] = field(default_factory=list)
    _kept_undo: list[Callable[[], object]] = field(default_factory=list)
    _stamped: tuple[datetime, str] | None = None

    @property
    def stamp(self) -> str:
        """Return the time of the request as Shopify prints it."""
        if self._stamped is None or self._stamped[0] is not self.now:  # rules ask for it dozens of times
            self._stamped = self.now, stamp(self.now)
        return self._stamped[1]

    def require(self, name: str, scopes: Iterable[str]) -> None:
        """Raise ACCESS_DENIED for the field `name` unless any one of `scopes` is granted."""
        if not self.scopes.intersection(scopes):
            raise denied(name, scopes)

    def require_write(self, kind: str) -> None:
        """Ask for the write scope of a type: mutations that work on any type have no scope of their own."""
        needs = [scope.replace("read_", "write_", 1) for scope in type_needs(kind)]
        if needs and self.mutation:
            self.require(self.mutation, needs)

    def apart(self) -> Context:
        """Return a context of the same request that takes no note of what is asked through it."""
        return Context(self.store, self.now, self.scopes, self.versions, client_id=self.client_id)

    # reading

    def lookup(self, gid: str, kind: str | None = None, *, name: str = "") -> Node | None:
        """Return the node with this id, None when there is none or it is hidden.

        Raise RESOURCE_NOT_FOUND for an id of another type than `kind`, or than those of an interface or union; without
        `kind` any type will do, and its scopes are checked for the field `name`.
        """
        found = gid_type(gid)
        if kind is not None and found != kind and not _is_one(found, kind):
            raise wrong_id(gid, mutation=self.mutation is not None)
        if kind is None and found and (needs := type_needs(found)):
            self.require(name, needs)
        node = self.store.get(gid)
        return node if node is not None and self.sees(node) else None

    def known(self, gid: str, kind: str, path: Iterable[Any] | None, message: str, code: str | None = None) -> Node:
        """Return the node with this id; raise `Refused` with a user error where `lookup` gives None."""
        node = self.lookup(gid, kind)
        if node is None:
            raise Refused.one(path, message, code)
        return node

    def sees(self, node: Node) -> bool:
        entry = REGISTRY.kinds.get(node["__typename"])
        return entry is None or entry.visible is None or entry.visible(self, node)

    def behind(self) -> Context:
        """Return the context in which searches see the store: this one, unless they don't see the last writes yet."""
        unseen = self.store.past.unseen(self.now)
        return replace(self, store=cast("StoreState", Behind(self.store, unseen))) if unseen else self

    def value(self, node: Node, name: str) -> Any:
        """Return a stored field, or its kind's default."""
        if name in node:
            return node[name]
        return REGISTRY.kinds[node["__typename"]].defaults[name]

    # writing

    def create(self, kind: str, values: Mapping[str, Any], *, gid: str | None = None) -> Node:
        """Add a node; `createdAt` and `updatedAt` are set where the kind has them."""
        node: Node = {"id": gid or self.store.new_id(kind), "__typename": kind}
        defaults = REGISTRY.kinds[kind].defaults
        node.update((name, self.stamp) for name in ("createdAt", "updatedAt") if name in defaults)
        node.update(values)
        self.store.past.keep(self.now, node["id"], None)
        self.store.put(node)
        self._undo.append(lambda: self.store.remove(node))
        self._changes.append(Change("created", node))
        return node

    def update(self, node: Node, values: Mapping[str, Any]) -> bool:
        """Set fields and `updatedAt`; return whether any value is new. Without a new value nothing is touched."""
        fresh = {name: value for name, value in values.items() if node.get(name, self) != value}
        if not fresh:
            return False
        if "updatedAt" in REGISTRY.kinds[node["__typename"]].defaults:
            fresh.setdefault("updatedAt", self.stamp)
        self.store.past.keep(self.now, node["id"], node)
        former = self.store.change(node, fresh)
        self._undo.append(lambda: self.store.change(node, former))
        self._changes.append(Change("updated", node, former))
        return True

    def delete(self, node: Node) -> None:
        self.store.past.keep(self.now, node["id"], node)
        self.store.remove(node)
        self._undo.append(lambda: self.store.put(node))
        self._changes.append(Change("deleted", node))

    def record(self, action: str, node: Node, *, operation: str | None = None) -> None:
        """Enter a real effect into the journal: once per resource that the request is about."""
        name, key = operation or self.mutation or "", self.idempotency_key
        self.store.journal.append(Effect(self.now, name, node["id"], action, key, self.arguments, self.origin))
        self._undo.append(self.store.journal.pop)

    def take_back(self) -> None:
        """Undo all that this mutation has written so far."""
        while self._undo:
            self._undo.pop()()
        self._changes.clear()

    def keep(self) -> None:
        """Make what was written final and let the store's observer know, unless a fault has a say in it."""
        undo, self._undo = self._undo, []
        changes, self._changes = self._changes, []
        if self.keeping is not None and self.mutation is not None:
            self._kept += changes
            self._kept_undo += undo
        elif changes and self.store.observer is not None:
            self.store.observer(self, changes)

    def settle(self) -> None:
        """Once the answer is made, keep what was written in the way that a fault wants."""
        if self.keeping is None or not self._kept:
            return
        changes = list(self.keeping.settle(self.store, self._kept, self._kept_undo))
        if changes and self.store.observer is not None:
            self.store.observer(self, changes)


def _is_one(name: str | None, kind: str) -> bool:
    """Tell whether a type is one of those that an interface or a union stands for."""
    known = official().type(kind)
    return known is not None and name in known.possible
