"""The state of one store: nodes by type and gid, their indexes, the journal of effects and the keys seen.

A node is a dict in Shopify's own spelling: ``id``, ``__typename`` and fields in camelCase. A reference is the gid of
another node; money is a `Decimal` in the shop's currency; times are ISO texts in UTC, so that they compare as text.
"""

from __future__ import annotations

import hashlib
import threading
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from atom_shopify_plugin.sandbox.bulk.settings import Desk
from atom_shopify_plugin.sandbox.lag import Past

__all__ = ["Change", "Effect", "Node", "Pending", "Saved", "StoreState", "first_id", "gid_type", "number", "stamp"]

Node = dict[str, Any]
PREFIX = "gid://shopify/"
FIRST_ID = 1_000_000_000
ID_RANGE = 2_000_000_000  # how far apart the ids of two stores are; those of one store's types share a range


def stamp(moment: datetime) -> str:
    """Return `moment` as Shopify prints it: UTC, whole seconds."""
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def gid_type(gid: str) -> str | None:
    """Return the type that a global id names, or None when `gid` is not one."""
    if not isinstance(gid, str) or not gid.startswith(PREFIX):
        return None
    kind, slash, rest = gid[len(PREFIX) :].partition("/")
    return kind if slash and kind.isidentifier() and rest else None


def number(gid: str) -> int:
    """Return the numeric part of a gid; 0 for a gid without one (a job's is a UUID)."""
    digits = gid.rpartition("/")[2].partition("?")[0]
    return int(digits) if digits.isdecimal() else 0


def first_id(shop_domain: str) -> int:
    """Return where the ids of a store begin: always the same for its name, and another place for another name.

    Ids of two stores don't meet, as at Shopify, so that a program that mixes stores up notices. They stay below 2**53,
    which JavaScript can hold.
    """
    if shop_domain == "demo.myshopify.com":
        return FIRST_ID
    digest = hashlib.sha256(shop_domain.encode()).digest()
    return FIRST_ID + ID_RANGE * (1 + int.from_bytes(digest[:8], "big") % 40_000)


@dataclass(frozen=True, slots=True)
class Effect:
    """One thing that a request really changed. `input` is the mutation's arguments, long texts shortened.

    `origin` is ``api``, or ``control`` for what the control API did in a buyer's or a merchant's place.
    """

    at: datetime
    operation: str
    gid: str
    action: str  # created | updated | deleted
    idempotency_key: str | None = None
    input: Mapping[str, Any] = field(default_factory=dict)
    origin: str = "api"


@dataclass(frozen=True, slots=True)
class Change:
    """A node that was created, updated or deleted; `former` holds the values that an update replaced."""

    action: str
    node: Node
    former: Mapping[str, Any] = field(default_factory=dict)


@dataclass
class Pending:
    """Work that a mutation promised: it is carried out when `ticks` further requests have begun."""

    job: str
    ticks: int
    run: Callable[[Any], None]


Indexes = dict[str, dict[str, dict[Any, dict[str, None]]]]


@dataclass(frozen=True)
class Saved:
    """What was in a store at one moment: each node with a copy of its fields, and everything beside the nodes."""

    nodes: Mapping[str, list[tuple[Node, Node]]]
    indexes: Indexes
    counters: Mapping[str, int]
    journal: list[Effect]
    pending: list[tuple[Pending, int]]
    idempotency: Mapping[str, Any]
    facts: tuple[str, datetime | None]


@dataclass(eq=False)
class StoreState:
    """Everything that is in one store. Hold `lock` while reading or writing; `Engine.execute` does.

    `indexed` names the fields of each type that are found without a walk. Ids are counted from `first_id`, which
    differs between stores. `observer` is called, under the lock, with the changes of each mutation. `running` counts
    the requests by the idempotency key that they came with; it is no part of what is in the store. `bulk` is what the
    sandbox around the store has for bulk operations. `past` knows what searches don't see yet. `customer_data_approved`
    tells whether the app may see names and contact details of customers.
    """

    shop_domain: str
    plan: str = "standard"
    currency: str = "EUR"
    timezone: str = "Europe/Berlin"
    client_id: str = "sandbox-key"
    first_id: int = FIRST_ID
    indexed: Mapping[str, Iterable[str]] = field(default_factory=dict, repr=False)
    journal: list[Effect] = field(default_factory=list)
    pending: list[Pending] = field(default_factory=list)
    idempotency: dict[str, Any] = field(default_factory=dict)
    running: Counter[str] = field(default_factory=Counter, repr=False)
    uninstalled_at: datetime | None = None
    observer: Callable[[Any, list[Change]], None] | None = field(default=None, repr=False)
    bulk: Desk | None = field(default=None, repr=False)
    lock: threading.RLock = field(default_factory=threading.RLock, repr=False)
    nodes: dict[str, dict[str, Node]] = field(default_factory=lambda: defaultdict(dict), repr=False)
    versions: dict[str, int] = field(default_factory=lambda: defaultdict(int), repr=False)
    memo: dict[Any, Any] = field(default_factory=dict, repr=False)
    past: Past = field(default_factory=Past, repr=False)
    customer_data_approved: bool = True
    _counters: dict[str, int] = field(default_factory=dict, repr=False)
    _indexes: Indexes = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        for kind, names in self.indexed.items():
            self._indexes[kind] = {name: {} for name in names}

    # ids

    def new_id(self, kind: str) -> str:
        """Return the next gid of a type: numbers rise by one from a base that differs by store and type."""
        last = self._counters.get(kind) or self.first_id + sum(map(ord, kind)) % 89 * 10_000_000
        self._counters[kind] = last + 1
        return f"{PREFIX}{kind}/{last + 1}"

    # reading

    def get(self, gid: str | None) -> Node | None:
        kind = gid_type(gid) if gid else None
        return self.nodes[kind].get(gid) if kind and gid and kind in self.nodes else None

    def all(self, kind: str) -> dict[str, Node]:
        return self.nodes[kind]

    def find(self, kind: str, name: str, value: Any) -> list[Node]:
        """Return the nodes whose indexed field equals `value`, oldest first; neither case nor outer blanks count."""
        nodes = self.nodes[kind]
        return [nodes[gid] for gid in self._indexes[kind][name].get(_key(value), ())]

    def is_filed(self, node: Node, name: str, value: Any) -> bool:
        """Tell whether `find` would return a node for a value, judging by the node alone."""
        return node.get(name) is not None and _key(node[name]) == _key(value)

    @property
    def shop(self) -> Node:
        return next(iter(self.nodes["Shop"].values()))

    # writing; requests write through Context, which can take everything back

    def put(self, node: Node) -> Node:
        """Add a node, or put it back."""
        kind = node["__typename"]
        self.nodes[kind][node["id"]] = node
        self.versions[kind] += 1
        self._enter(node, self._indexes.get(kind, {}))
        return node

    def change(self, node: Node, values: Mapping[str, Any]) -> dict[str, Any]:
        """Set fields of a node; return their former values (absent ones as `ABSENT`)."""
        kind = node["__typename"]
        indexed = self._indexes.get(kind)
        indexes = {name: indexed[name] for name in values if name in indexed} if indexed else {}
        self._leave(node, indexes)
        former = {name: node.get(name, ABSENT) for name in values}
        for name, value in values.items():
            if value is ABSENT:
                node.pop(name, None)
            else:
                node[name] = value
        self.versions[kind] += 1
        self._enter(node, indexes)
        return former

    def remove(self, node: Node) -> None:
        kind = node["__typename"]
        self._leave(node, self._indexes.get(kind, {}))
        del self.nodes[kind][node["id"]]
        self.versions[kind] += 1

    def memoised(self, key: Any, kinds: Iterable[str], make: Callable[[], Any]) -> Any:
        """Return what `make` gave while none of `kinds` has changed since."""
        version = tuple(self.versions[kind] for kind in kinds)
        known = self.memo.get(key)
        if known is None or known[0] != version:
            known = self.memo[key] = (version, make())
        return known[1]

    # snapshots

    def saved(self) -> Saved:
        """Return a copy of what is in the store, to give to `restore` as often as wanted."""
        with self.lock:
            return Saved(
                {kind: [(node, dict(node)) for node in nodes.values()] for kind, nodes in self.nodes.items()},
                _copied(self._indexes),
                dict(self._counters),
                list(self.journal),
                [(pending, pending.ticks) for pending in self.pending],
                dict(self.idempotency),
                (self.plan, self.uninstalled_at),
            )

    def restore(self, saved: Saved) -> None:
        """Bring the store back to what it was. Nodes stay the same objects, because promised work may hold them."""
        with self.lock:
            for kind in {*self.nodes, *saved.nodes}:
                rows = self.nodes[kind]
                rows.clear()
                for node, values in saved.nodes.get(kind, ()):
                    node.clear()
                    node.update(values)
                    rows[node["id"]] = node
                self.versions[kind] += 1
            self._indexes = _copied(saved.indexes)
            self._counters = dict(saved.counters)
            self.journal[:] = saved.journal
            self.pending[:] = [pending for pending, _ in saved.pending]
            for pending, ticks in saved.pending:
                pending.ticks = ticks
            self.idempotency.clear()
            self.idempotency.update(saved.idempotency)
            self.plan, self.uninstalled_at = saved.facts
            self.memo.clear()
            self.past.clear()

    def _enter(self, node: Node, indexes: Mapping[str, dict[Any, dict[str, None]]]) -> None:
        for name, rows in indexes.items():
            if (value := node.get(name)) is not None:
                rows.setdefault(_key(value), {})[node["id"]] = None

    def _leave(self, node: Node, indexes: Mapping[str, dict[Any, dict[str, None]]]) -> None:
        for name, rows in indexes.items():
            if (value := node.get(name)) is not None and (entries := rows.get(_key(value))):
                entries.pop(node["id"], None)

    def __iter__(self) -> Iterator[Node]:
        for nodes in self.nodes.values():
            yield from nodes.values()


def _copied(indexes: Indexes) -> Indexes:
    return {
        kind: {name: {key: dict(gids) for key, gids in rows.items()} for name, rows in names.items()}
        for kind, names in indexes.items()
    }


class _Absent:
    def __repr__(self) -> str:
        return "ABSENT"


ABSENT = _Absent()


def _key(value: Any) -> Any:
    return value.strip().casefold() if isinstance(value, str) else value
