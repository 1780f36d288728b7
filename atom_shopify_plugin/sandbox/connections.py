"""Pages of a connection: first/last/after/before, sort keys, reverse, opaque cursors bound to their query.

A cursor is base64 JSON, as Shopify's are today: the last row's id and sort value, and a mark of the connection it
belongs to. It names a place, not a row: it still works when its row is gone.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import sys
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from decimal import Decimal
from functools import partial
from itertools import chain, islice
from typing import TYPE_CHECKING, Any

from atom_shopify_plugin.sandbox.filters import matcher
from atom_shopify_plugin.sandbox.kinds import camel
from atom_shopify_plugin.sandbox.refusals import bad_request, not_modelled
from atom_shopify_plugin.sandbox.registry import REGISTRY, Kind
from atom_shopify_plugin.sandbox.search_tables import table_of
from atom_shopify_plugin.sandbox.store import Node, number

if TYPE_CHECKING:
    from atom_shopify_plugin.sandbox.context import Context

__all__ = [
    "PAGE_LIMIT",
    "Page",
    "count",
    "page_of",
    "root_page",
    "searched_page",
    "searched_rows",
    "whole_lists",
]

PAGE_LIMIT = 250
Key = tuple[bool, Any, int]
Test = Callable[[Node], bool]
_PAGING = {"first", "last", "after", "before"}
_WHOLE = ContextVar("_WHOLE", default=False)


@contextmanager
def whole_lists() -> Iterator[None]:
    """Let connections answer all their rows, whatever page is asked for: a bulk query has no pages."""
    before = _WHOLE.set(True)
    try:
        yield
    finally:
        _WHOLE.reset(before)


@dataclass(slots=True)
class Page:
    """The rows of one page (nodes, gids or plain values), with their keys."""

    rows: Sequence[Any]
    keys: Sequence[Key]
    mark: str
    has_next: bool
    has_previous: bool
    extras: Mapping[str, Any] = field(default_factory=dict)

    def cursor(self, at: int) -> str:
        row = self.rows[at]
        gid = row["id"] if isinstance(row, dict) and "id" in row else row if isinstance(row, str) else None
        empty, value, last = self.keys[at]
        text = {"last_id": gid or last, "last_value": str(value) if isinstance(value, Decimal) else value}
        text |= {"k": [empty, isinstance(value, Decimal), last], "q": self.mark}
        return base64.urlsafe_b64encode(json.dumps(text, separators=(",", ":")).encode()).decode()

    def info(self) -> dict[str, Any]:
        return {
            "hasNextPage": self.has_next,
            "hasPreviousPage": self.has_previous,
            "startCursor": self.cursor(0) if self.rows else None,
            "endCursor": self.cursor(len(self.rows) - 1) if self.rows else None,
        }

    def edges(self) -> list[dict[str, Any]]:
        return [{"node": row, "cursor": self.cursor(at)} for at, row in enumerate(self.rows)]


def _place(cursor: str, mark: str) -> Key:
    try:
        text = json.loads(base64.urlsafe_b64decode(cursor.encode()))
        empty, money, last = text["k"]
        value = Decimal(text["last_value"]) if money else text["last_value"]
        if text["q"] != mark or not isinstance(empty, bool) or type(last) is not int:
            raise bad_request("Malformed cursor")
    except (ValueError, TypeError, KeyError, ArithmeticError, binascii.Error):
        raise bad_request("Malformed cursor") from None
    return empty, value, last


def _limit(arguments: Mapping[str, Any]) -> tuple[int, bool]:
    """Return the page size and whether it is counted from the end."""
    if _WHOLE.get():
        return sys.maxsize, False
    first, last = arguments.get("first"), arguments.get("last")
    if first is not None and last is not None:
        raise bad_request("providing both first and last is not supported")
    size = last if first is None else first
    if size is None:
        raise bad_request("you must provide one of first or last")
    name = "first" if last is None else "last"
    if size < 0:
        raise bad_request(f"{name} must be greater than or equal to 0")
    if size > PAGE_LIMIT:
        raise bad_request(f"{name} exceeds the maximum page size of {PAGE_LIMIT}")
    return size, last is not None


def page_of(
    rows: Sequence[Any],
    arguments: Mapping[str, Any],
    scope: Sequence[Any],
    keys: Sequence[Key] | None = None,
    test: Test | None = None,
) -> Page:
    """Return the page that `arguments` ask for, of the rows that pass `test`; no more rows are tested than needed.

    `rows` are in ascending order of `keys` (default: their positions), `scope` names the connection and what narrows
    it. Raise BAD_REQUEST for limits and cursors that do not fit.
    """
    size, from_end = _limit(arguments)
    reverse = bool(arguments.get("reverse"))
    ordered: Sequence[Key] = [(False, at, at) for at in range(len(rows))] if keys is None else keys
    # A null or an empty search is as good as none: the next page may name what the first one left out.
    named = {name: value for name, value in arguments.items() if name not in _PAGING and value not in (None, "")}
    mark = hashlib.sha256(json.dumps([scope, named], sort_keys=True, default=str).encode()).hexdigest()[:16]
    low, high = 0, len(rows)
    try:
        for name, opens in (("after", not reverse), ("before", reverse)):
            if (cursor := arguments.get(name)) is not None:
                place = _place(cursor, mark)
                if opens:
                    low = max(low, bisect_right(ordered, place))
                else:
                    high = min(high, bisect_left(ordered, place))
    except TypeError:  # a sort value of another type than this connection has
        raise bad_request("Malformed cursor") from None
    high = max(low, high)

    def passing(places: range) -> Iterator[int]:
        return iter(places) if test is None else (place for place in places if test(rows[place]))

    if from_end is reverse:
        chosen = list(islice(passing(range(low, high)), size))
        end = chosen[-1] + 1 if chosen else low
        before, after = _any(passing(range(low - 1, -1, -1))), _any(passing(range(end, len(rows))))
    else:
        chosen = list(islice(passing(range(high - 1, low - 1, -1)), size))[::-1]
        start = chosen[0] if chosen else high
        before, after = _any(passing(range(start - 1, -1, -1))), _any(passing(range(high, len(rows))))
    if reverse:
        chosen, before, after = chosen[::-1], after, before
    return Page([rows[place] for place in chosen], [ordered[place] for place in chosen], mark, after, before)


def _any(places: Iterator[int]) -> bool:
    return next(places, None) is not None


def _read_sort(kind: Kind, key: str) -> Callable[[Context, Node], Any]:
    declared = kind.sort.get(key)
    if callable(declared):
        return declared
    name = declared or camel(key.lower())
    if name in ("id", "relevance"):
        return lambda _ctx, _node: None
    if declared is None and name not in kind.defaults:
        raise not_modelled(f"Sorting {kind.name} by {key}")
    default = kind.defaults.get(name)
    return lambda _ctx, node: node.get(name, default)


def _sorted(ctx: Context, kind: Kind, key: str) -> tuple[list[Node], list[Key]]:
    """Return all nodes of a kind in ascending order; kept until what they are sorted by may have changed."""

    def make() -> tuple[list[Node], list[Key]]:
        nodes = chain.from_iterable(ctx.store.all(name).values() for name in kind.members or (kind.name,))
        return _in_order(ctx, kind, key, nodes)

    # A computed sort value may look at other kinds, a stored one lies in the node.
    watched = sorted(REGISTRY.kinds) if callable(kind.sort.get(key)) else kind.members or [kind.name]
    rows: tuple[list[Node], list[Key]] = ctx.store.memoised((kind.name, key), watched, make)
    return rows


def _in_order(ctx: Context, kind: Kind, key: str, nodes: Iterable[Node]) -> tuple[list[Node], list[Key]]:
    read = _read_sort(kind, key)
    keyed = []
    for node in nodes:
        value = read(ctx, node)
        value = value.casefold() if isinstance(value, str) else value
        keyed.append(((value is not None, value, number(node["id"])), node["id"], node))
    keyed.sort()  # ids differ, so that no two nodes are compared
    return [row[2] for row in keyed], [row[0] for row in keyed]


def _search(ctx: Context, kind: Kind, arguments: Mapping[str, Any]) -> tuple[Test | None, list[Node] | None]:
    """Return the predicate of the argument `query` and, where an index knows, the only nodes that can fulfil it.

    What is searched, or sorted by relevance, is as the index of the search sees it (see `lag`); what is shown is as it
    is now.
    """
    text, table = arguments.get("query"), table_of(ctx.searched)
    if table is None or not (text or arguments.get("sortKey") == "RELEVANCE"):
        return None, None
    index = ctx.behind()
    test, candidates = matcher(index, kind, table, text) if text else (None, None)
    if index is ctx:
        return test, candidates

    def seen(node: Node) -> bool:
        indexed = index.store.get(node["id"])
        return indexed is not None and (test is None or test(indexed))

    nodes = [ctx.store.get(node["id"]) for node in candidates or ()]
    return seen, None if candidates is None else [node for node in nodes if node is not None]


def _together(*tests: Test | None) -> Test | None:
    given = [test for test in tests if test is not None]
    if len(given) < 2:
        return given[0] if given else None
    first, *others = given
    rest = _together(*others)
    return lambda node: first(node) and (rest is None or rest(node))


def _selected(
    ctx: Context, kind: Kind, key: str, arguments: Mapping[str, Any], only: Test | None, among: list[Node] | None
) -> tuple[list[Node], list[Key], Test | None]:
    """Return nodes in order, their keys, and what they still have to pass."""
    test, candidates = _search(ctx, kind, arguments)
    if among is not None and candidates is not None:
        known = {node["id"] for node in among}
        candidates = [node for node in candidates if node["id"] in known]
    elif candidates is None:
        candidates = among
    nodes, keys = _sorted(ctx, kind, key) if candidates is None else _in_order(ctx, kind, key, candidates)
    return nodes, keys, _together(partial(kind.visible, ctx) if kind.visible else None, test, only)


def root_page(
    ctx: Context,
    name: str,
    arguments: Mapping[str, Any],
    only: Test | None = None,
    *,
    among: list[Node] | None = None,
    scope: Sequence[Any] = (),
) -> Page:
    """Return a page over all nodes of a kind, or those `among` some: search, sort key, reverse, cursors.

    `scope` names the list where it is not the root's.
    """
    kind = _kind(name)
    _limit(arguments)
    if arguments.get("savedSearchId") is not None:
        saved = ctx.lookup(arguments["savedSearchId"], "SavedSearch")
        arguments = {**arguments, "query": saved["query"]} if saved else arguments
    rows, keys, test = _selected(ctx, kind, arguments.get("sortKey") or "ID", arguments, only, among)
    return page_of(rows, arguments, scope or [name], keys, test)


def searched_page(
    ctx: Context, name: str, rows: Sequence[Node], arguments: Mapping[str, Any], scope: Sequence[Any]
) -> Page:
    """Return a page over some nodes of a kind in the order given, with the search of the list being resolved."""
    _limit(arguments)
    return page_of(rows, arguments, scope, test=_search(ctx, _kind(name), arguments)[0])


def searched_rows(ctx: Context, name: str, rows: Iterable[Node], arguments: Mapping[str, Any]) -> list[Node]:
    """Return those of some nodes of a kind that the argument `query` finds."""
    test = _search(ctx, _kind(name), arguments)[0]
    return [node for node in rows if test is None or test(node)]


def count(ctx: Context, name: str, arguments: Mapping[str, Any], *, among: list[Node] | None = None) -> dict[str, Any]:
    """Return a Count of all nodes of a kind, or those `among` some; `limit` (null for none) caps it."""
    nodes, _, test = _selected(ctx, _kind(name), "ID", arguments, None, among)
    found = len(nodes) if test is None else sum(map(test, nodes))
    limit = arguments.get("limit")
    capped = limit is not None and found > limit
    return {"count": limit if capped else found, "precision": "AT_LEAST" if capped else "EXACT"}


def _kind(name: str) -> Kind:
    if name not in REGISTRY.kinds:
        raise not_modelled(name)
    return REGISTRY.kinds[name]
