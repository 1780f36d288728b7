"""What a GraphQL operation costs, in points.

Shopify does not publish its formula. This is a model that was fitted to observed costs and reproduces some 98 % of
them: scalars are free, an object costs 1, a connection ``2 + m(n) * (1 + its node)`` where ``m`` grows with the
logarithm of the page, a mutation 10, and `cost_tables` names what departs from that. The requested cost is counted over
the document and its variables, the actual cost by the same rules over what came back: a part of a page counts as that
part of ``m(n)``, rounded up, an empty page as a page of rows without anything in them, and null in the place of an
object as an object without anything in it. Both are rounded to the nearest whole point, since entries of an input cost
parts of a point.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from graphql import (
    DocumentNode,
    GraphQLNamedType,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
)

from atom_shopify_plugin.official.cost_tables import (
    COUNT_COST,
    EMPTY_PAGES,
    FIELDS,
    MUTATION_COST,
    MUTATIONS,
    ROWS,
    TYPES,
)
from atom_shopify_plugin.sandbox.selections import Abstract, Part, Selections
from atom_shopify_plugin.sandbox.surcharges import surcharge

__all__ = ["Cost", "Operation", "multiplier"]

CONNECTION_COST = 2
_PRICED_LEAVES = frozenset(name for _parent, name in FIELDS)
_UNKNOWN: Any = object()  # the value of everything while the requested cost is counted


@lru_cache(maxsize=1024)
def multiplier(rows: int) -> int:
    """Return how often a connection of `rows` rows counts its node: never for none, else ``2 ln n``, at least once."""
    return max(1, math.floor(2 * math.log(rows))) if rows > 0 else 0


@dataclass(frozen=True, slots=True)
class Cost:
    """`total` points; `fields` is the list that ``Shopify-GraphQL-Cost-Debug`` asks for."""

    total: int
    fields: list[dict[str, Any]] = field(default_factory=list)


class Operation:
    """One operation with its variables, ready to be counted. For one thread, and one request."""

    def __init__(
        self,
        schema: GraphQLSchema,
        document: DocumentNode,
        operation: OperationDefinitionNode,
        variables: Mapping[str, Any],
    ) -> None:
        self._root_type = schema.get_root_type(operation.operation)
        self._root_set = [operation.selection_set]
        self._is_mutation = operation.operation is OperationType.MUTATION
        self._selections = Selections(schema, document, operation, variables)
        self._debug: list[dict[str, Any]] | None = None

    def requested(self, *, debug: bool = False) -> Cost:
        """Return the cost before execution, field by field when `debug` is set."""
        self._debug = [] if debug else None
        total = self._count(_UNKNOWN)
        fields, self._debug = self._debug or [], None
        return Cost(total, fields)

    def actual(self, data: Mapping[str, Any] | None) -> Cost:
        """Return the cost of what came back as `data`."""
        return Cost(self._count(data or {}))

    def _count(self, data: Any) -> int:
        if self._root_type is None:
            return 1
        parts = self._selections.parts(self._root_type, self._root_set)
        points = sum(self._root(part, _member(data, key), [key]) for key, part in parts.items())
        return max(1, math.floor(points + 0.5))

    def _root(self, part: Part, value: Any, path: list[str]) -> float:
        name, kind = part.name, part.kind
        if self._is_mutation:
            entries = surcharge(name, part.declared, self._selections.arguments(part.node))
            own = MUTATIONS.get(name, MUTATION_COST) + entries
            return self._total(path, own, self._payload(part, value, path))
        if name.endswith("Count") and str(kind) == "Count":
            return self._total(path, COUNT_COST, 0)
        if value is None and kind is not None and not part.is_leaf:  # it has been looked for all the same
            return CONNECTION_COST if kind.name.endswith("Connection") else min(1, TYPES.get(kind.name, 1))
        return self._field(part, value, path)

    def _payload(self, root: Part, value: Any, path: list[str]) -> float:
        """Count the members of a mutation's payload: an object right under it is free, what it holds is not."""
        payload = root.kind
        if payload is None or value is None:
            return 0
        cost = 0.0
        for key, part in self._selections.parts(payload, root.below).items():
            member, kind, place = _member(value, key), part.kind, [*path, key]
            if _is_free(part) or member is None or kind is None:
                continue
            if kind.name.endswith("Connection"):
                cost += self._connection(kind, part, member, place)
            else:
                cost += self._total(place, 0, self._rows(kind, part.below, member, place))
        return cost

    def _field(self, part: Part, value: Any, path: list[str]) -> float:
        kind = part.kind
        own = FIELDS.get((part.parent.name, part.name))
        if kind is None or (own is None and _is_free(part)) or (part.is_leaf and value is None):
            return self._total(path, 0, None if part.is_leaf else 0)
        if value is not _UNKNOWN and part.parent.name.startswith("__"):  # seen: introspection costs its root alone
            return self._total(path, 0, 0)
        if value is None:  # it has been looked for all the same
            absent = CONNECTION_COST if kind.name.endswith("Connection") else TYPES.get(kind.name, 1)
            return self._total(path, absent if own is None else own, 0)
        if part.is_leaf:
            return self._total(path, own or 0, None)
        if kind.name.endswith("Connection"):
            return self._connection(kind, part, value, path)
        own = TYPES.get(kind.name, 1) if own is None else own
        return self._total(path, own, self._rows(kind, part.below, value, path))

    def _connection(self, kind: GraphQLNamedType, part: Part, value: Any, path: list[str]) -> float:
        parts = self._selections.parts(kind, part.below)
        lists = [key for key, below in parts.items() if below.name in ("nodes", "edges")]
        size = self._selections.page(part)
        times, row, beside = multiplier(size), 0.0, 0.0
        rows = size if value is _UNKNOWN or not lists else max(len(value.get(key) or ()) for key in lists)
        if 0 < rows < size:
            times = math.ceil(times * rows / size)
        for key, below in parts.items():
            member, place = _member(value, key), [*path, key]
            if key not in lists:
                beside += self._field(below, member, place)
            elif rows and times and below.kind is not None:
                row += self._row(below, below.kind, member, place)
        each = max(1, len(lists)) * (1 + ROWS.get(kind.name, 0))
        if not rows:
            each = 0 if part.name in EMPTY_PAGES else 1
        return self._total(path, CONNECTION_COST, times * (each + row) + beside)

    def _row(self, part: Part, kind: GraphQLNamedType, rows: Any, path: list[str]) -> float:
        """Return the cost of one row of a connection, the dearest of those that came back."""
        if part.name == "nodes":
            return self._rows(kind, part.below, rows, path)
        cost = 0.0
        for key, below in self._selections.parts(kind, part.below).items():
            if below.name == "node" and below.kind is not None:
                nodes = rows if rows is _UNKNOWN else [row[key] for row in rows or () if row]
                cost += self._rows(below.kind, below.below, nodes, [*path, key])
        return cost

    def _rows(self, kind: GraphQLNamedType, below: list[SelectionSetNode], value: Any, path: list[str]) -> float:
        """Return the cost of what is selected on an object, or on the dearest object of a list."""
        if isinstance(value, list):
            return max((self._rows(kind, below, row, path) for row in value), default=0)
        if value is not _UNKNOWN and not isinstance(value, Mapping):
            return 0
        if isinstance(kind, Abstract):
            return self._dearest(kind, below, value, path)
        return self._sum(self._selections.parts(kind, below), value, path)

    def _dearest(self, kind: Abstract, below: list[SelectionSetNode], value: Any, path: list[str]) -> float:
        options = self._selections.options(kind, below)
        if value is not _UNKNOWN:  # the keys that came back tell the concrete type
            options = [parts for parts in options if parts.keys() == value.keys()] or options
        debug, best, kept = self._debug, 0.0, []
        for parts in options:
            self._debug = None if debug is None else []
            cost = self._sum(parts, value, path)
            if cost >= best:
                best, kept = cost, self._debug or []
        self._debug = debug
        if debug is not None:
            debug.extend(kept)
        return best

    def _sum(self, parts: Mapping[str, Part], value: Any, path: list[str]) -> float:
        if self._debug is None:  # paths are for the debug list alone
            return sum(
                self._field(part, _member(value, key), path)
                for key, part in parts.items()
                if not part.is_leaf or part.name in _PRICED_LEAVES
            )
        return sum(self._field(part, _member(value, key), [*path, key]) for key, part in parts.items())

    def _total(self, path: list[str], own: float, children: float | None) -> float:
        """Return the points of a field, `children` being those of what it selects: `None` for a leaf."""
        total = own + (children or 0)
        if self._debug is not None:
            self._debug.append(
                {
                    "path": path,
                    "definedCost": round(own),
                    "requestedTotalCost": round(total),
                    "requestedChildrenCost": None if children is None else round(children),
                }
            )
        return total


def _member(value: Any, key: str) -> Any:
    return value if value is _UNKNOWN else value.get(key)


def _is_free(part: Part) -> bool:
    return part.is_leaf or part.name.lower().endswith("usererrors")
