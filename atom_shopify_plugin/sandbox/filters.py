"""A parsed search into a predicate over the nodes of one kind, with Shopify's warnings for what it does not know."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from atom_shopify_plugin.sandbox.access import is_search_name
from atom_shopify_plugin.sandbox.refusals import not_modelled
from atom_shopify_plugin.sandbox.registry import Filter, Kind
from atom_shopify_plugin.sandbox.search import And, Expression, Not, Or, Term, parse
from atom_shopify_plugin.sandbox.store import Node, number, stamp

if TYPE_CHECKING:
    from atom_shopify_plugin.sandbox.context import Context

__all__ = ["matcher"]

Test = Callable[[Node], bool]
ID = Filter("number", lambda _, node: number(node["id"]))
_WORDS = re.compile(r"[^\W_]+")
_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    ":": lambda a, b: a == b,
    ":>": lambda a, b: a > b,
    ":>=": lambda a, b: a >= b,
    ":<": lambda a, b: a < b,
    ":<=": lambda a, b: a <= b,
}


def matcher(ctx: Context, kind: Kind, text: str | None, path: list[Any]) -> tuple[Test | None, list[Node] | None]:
    """Return the predicate for `text` and, where an index knows, the only nodes that can fulfil it.

    The predicate is None when every row matches. Unknown fields are ignored and noted in `ctx`.
    """
    tree = parse(text) if text else None
    if tree is None:
        return None, None
    compiler = _Compiler(ctx, kind)
    test = compiler.compile(tree)
    if compiler.warnings:
        ctx.searches.append({"path": path, "query": text, "parsed": _parsed(tree), "warnings": compiler.warnings})
    return test, None if test is None else compiler.candidates(tree)


class _Compiler:
    """A part that compiles to None does not restrict anything and drops out of what it stands in."""

    def __init__(self, ctx: Context, kind: Kind) -> None:
        self.ctx = ctx
        self.kind = kind
        self.warnings: list[dict[str, str]] = []

    def compile(self, tree: Expression) -> Test | None:
        if isinstance(tree, Term):
            return self.term(tree)
        if isinstance(tree, Not):
            test = self.compile(tree.part)
            return None if test is None else lambda node: not test(node)
        tests = [test for test in map(self.compile, tree.parts) if test is not None]
        if len(tests) < 2:
            return tests[0] if tests else None
        if isinstance(tree, And):
            return lambda node: all(test(node) for test in tests)
        return lambda node: any(test(node) for test in tests)

    def candidates(self, tree: Expression) -> list[Node] | None:
        """Return a superset of the matches that indexes give, None when they cannot tell."""
        if isinstance(tree, Term):
            found = self.filter(tree.field or "")
            if found is None or found.lookup is None or tree.op != ":" or tree.prefix or tree.value == "*":
                return None
            return found.lookup(self.ctx, tree.value)
        if isinstance(tree, And):
            return next((nodes for nodes in map(self.candidates, tree.parts) if nodes is not None), None)
        if isinstance(tree, Or):
            parts = [self.candidates(part) for part in tree.parts]
            whole = [node for nodes in parts if nodes is not None for node in nodes]
            return None if None in parts else list({node["id"]: node for node in whole}.values())
        return None

    def term(self, term: Term) -> Test | None:
        if term.field is None:
            tests = [test for name in self.kind.words if (test := self.word(name, term))]
            if not tests:
                self.warn("default", "Input must use named search fields in this query.", "missing_named_field")
                return None
            return lambda node: any(test(node) for test in tests)
        found = ID if term.field == "id" else self.filter(term.field)
        if found is None and is_search_name(self.kind.name, term.field):
            raise not_modelled(f"The search field {term.field} of {self.kind.name}")
        if found is None:
            self.warn(term.field, "Invalid search field for this query.", "invalid_field")
            return None
        test = self.compare(found, term)
        if test is None:
            self.warn(term.field, f"Input `{term.value}` is not an accepted value.", "invalid_value")
        return test

    def filter(self, name: str) -> Filter | None:
        found = self.kind.filters.get(name)
        return found if isinstance(found, Filter) else self.kind.patterned(name)

    def word(self, name: str, term: Term) -> Test | None:
        found = self.filter(name)
        return None if found is None else self.compare(found, term)

    def warn(self, field: str, message: str, code: str) -> None:
        self.warnings.append({"field": field, "message": message, "code": code})

    def compare(self, found: Filter, term: Term) -> Test | None:
        """Return the predicate of one comparison, None for a value that the filter does not accept."""
        read, ctx = found.read, self.ctx
        if term.value == "*" and term.op == ":":
            return lambda node: any(value not in (None, "") for value in _many(read(ctx, node)))
        if found.how in ("text", "exact", "prefix", "enum", "flag"):
            if term.op != ":":
                return None
            accepts = getattr(_Accept, found.how)(found, term)
        elif found.how == "date":
            accepts = _Accept.date(term, ctx.now)
        else:
            accepts = _Accept.number(term)
        if accepts is None:
            return None
        return lambda node: any(value is not None and accepts(value) for value in _many(read(ctx, node)))


class _Accept:
    """Predicates over one value, by how a filter compares."""

    @staticmethod
    def text(_: Filter, term: Term) -> Callable[[Any], bool] | None:
        wanted = _WORDS.findall(term.value.casefold())
        if not wanted:
            return None
        *whole, last = wanted

        def accepts(value: Any) -> bool:
            words = _WORDS.findall(str(value).casefold())
            for start in range(len(words) - len(wanted) + 1):
                end = words[start + len(whole)]
                if words[start : start + len(whole)] == whole and (
                    end.startswith(last) if term.prefix else end == last
                ):
                    return True
            return False

        return accepts

    @staticmethod
    def exact(_: Filter, term: Term) -> Callable[[Any], bool]:
        wanted = term.value.strip().casefold()
        if term.prefix:
            return lambda value: str(value).strip().casefold().startswith(wanted)
        return lambda value: str(value).strip().casefold() == wanted

    @staticmethod
    def prefix(_: Filter, term: Term) -> Callable[[Any], bool]:
        wanted = term.value.strip().casefold()
        return lambda value: str(value).strip().casefold().startswith(wanted)

    @staticmethod
    def enum(found: Filter, term: Term) -> Callable[[Any], bool] | None:
        wanted = {part.strip().casefold() for part in term.value.split(",")}
        if not wanted <= found.values:
            return None
        return lambda value: str(value).casefold() in wanted

    @staticmethod
    def flag(_: Filter, term: Term) -> Callable[[Any], bool] | None:
        wanted = {"true": True, "false": False}.get(term.value.casefold())
        return None if wanted is None else lambda value: bool(value) is wanted

    @staticmethod
    def number(term: Term) -> Callable[[Any], bool] | None:
        try:
            wanted = [Decimal(part.rpartition("/")[2]) for part in term.value.split(",")]
        except InvalidOperation:
            return None
        if not all(limit.is_finite() for limit in wanted):
            return None
        compare = _COMPARE[term.op]
        return lambda value: any(compare(value, limit) for limit in wanted)

    @staticmethod
    def date(term: Term, now: datetime) -> Callable[[Any], bool] | None:
        limits = _moment(term.value, now)
        if limits is None:
            return None
        first, after = limits
        return {
            ":": lambda value: first <= value < after,
            ":>": lambda value: value >= after,
            ":>=": lambda value: value >= first,
            ":<": lambda value: value < first,
            ":<=": lambda value: value < after,
        }[term.op]


def _moment(text: str, now: datetime) -> tuple[str, str] | None:
    """Return the first instant that `text` covers and the one after its last: a day for a date, else a second."""
    try:
        moment = now if text.casefold() == "now" else datetime.fromisoformat(text)
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
        length = timedelta(days=1) if re.fullmatch(r"\d{4}-?\d\d-?\d\d", text) else timedelta(seconds=1)
        return stamp(moment), stamp(moment + length)
    except (ValueError, OverflowError):
        return None


def _many(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _parsed(tree: Expression) -> dict[str, Any]:
    """Show how the text was understood, in the form of Shopify's search debug."""
    if isinstance(tree, Term):
        relation = {":": "match_prefix" if tree.prefix else "match_all", ":>": "greater_than", ":<": "less_than"}
        name = relation.get(tree.op, "greater_than_or_equal" if tree.op == ":>=" else "less_than_or_equal")
        return {"field": tree.field or "default", name: tree.value}
    if isinstance(tree, Not):
        return {"not": _parsed(tree.part)}
    return {"and" if isinstance(tree, And) else "or": [_parsed(part) for part in tree.parts]}
