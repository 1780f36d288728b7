"""A parsed search into a predicate over the nodes of one kind, with Shopify's warnings for what it does not know.

A name that the list's table lacks is ignored, a value that a name does not accept matches nothing; both draw a warning
(seen on live stores). What Shopify knows and the sandbox does not model is refused, never answered wrongly.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from atom_shopify_plugin.sandbox.comparisons import WEIGHTS, accepting, is_id
from atom_shopify_plugin.sandbox.moments import Moments
from atom_shopify_plugin.sandbox.refusals import not_modelled
from atom_shopify_plugin.sandbox.registry import Filter, Kind
from atom_shopify_plugin.sandbox.search import And, Expression, Not, Or, Term, parse
from atom_shopify_plugin.sandbox.search_tables import Name, Table
from atom_shopify_plugin.sandbox.store import Node, number

if TYPE_CHECKING:
    from atom_shopify_plugin.sandbox.context import Context

__all__ = ["matcher"]

Test = Callable[[Node], bool]
ID = Filter("id", lambda _, node: number(node["id"]))
RANGES = {":>": "range_gt", ":>=": "range_gte", ":<": "range_lt", ":<=": "range_lte"}


def matcher(ctx: Context, kind: Kind, table: Table, text: str) -> tuple[Test | None, list[Node] | None]:
    """Return the predicate for `text` and, where an index knows, the only nodes that can fulfil it.

    The predicate is None when every row matches. Warnings are noted in ``ctx.searches``; with ``ctx.explains`` every
    search is.
    """
    tree = parse(text)
    if tree is None:
        return None, None
    compiler = _Compiler(ctx, kind, table)
    test = compiler.compile(tree)
    if compiler.warnings or ctx.explains:
        note = {"path": ctx.path, "query": text, "parsed": compiler.parsed(tree)}
        ctx.searches.append({**note, "warnings": compiler.warnings} if compiler.warnings else note)
    return test, None if test is None else compiler.candidates(tree)


class _Compiler:
    """A part that compiles to None does not restrict anything and drops out of what it stands in."""

    def __init__(self, ctx: Context, kind: Kind, table: Table) -> None:
        self.ctx = ctx
        self.kind = kind
        self.table = table
        self.moments = Moments.of(ctx.now, ctx.store.timezone)
        self.warnings: list[dict[str, str]] = []

    def compile(self, tree: Expression) -> Test | None:
        if isinstance(tree, Term):
            return self.term(tree)
        if isinstance(tree, Not):
            test = self.compile(tree.part)
            return None if test is None else lambda node: not test(node)
        parts = self.weighed(tree.parts) if isinstance(tree, And) else tree.parts
        tests = [test for test in map(self.compile, parts) if test is not None]
        if len(tests) < 2:
            return tests[0] if tests else None
        return _every(tests) if isinstance(tree, And) else _some(tests)

    def weighed(self, parts: Iterable[Expression]) -> list[Expression]:
        """Put a weight and a unit that a blank parts back together: ``total_weight:.5 lb``."""
        joined: list[Expression] = []
        for part in parts:
            last = joined[-1] if joined else None
            if (
                isinstance(part, Term)
                and part.field is None
                and part.value.casefold() in WEIGHTS
                and isinstance(last, Term)
                and last.field is not None
                and (found := self.filter(last.field)) is not None
                and found.how == "weight"
            ):
                joined[-1] = Term(last.field, last.op, f"{last.value} {part.value}")
            else:
                joined.append(part)
        return joined

    def candidates(self, tree: Expression) -> list[Node] | None:
        """Return a superset of the matches that indexes give, None when they cannot tell."""
        if isinstance(tree, Term):
            if tree.field == "id" and tree.op == ":" and is_id(tree.value):
                node = (
                    self.ctx.store.get(f"gid://shopify/{self.kind.name}/{int(tree.value)}")
                    if tree.value.isdigit()
                    else None
                )
                return None if node is None else [node]
            found = self.filter(tree.field or "")
            if found is None or found.lookup is None or tree.op != ":" or tree.prefix or _exists(tree):
                return None
            row = self.table.find(tree.field or "")
            values = [tree.value, *(tree.value.split(",") if row and row.several else ())]
            rows = [node for value in dict.fromkeys(values) for node in found.lookup(self.ctx, value)]
            return rows if len(values) == 1 else list({node["id"]: node for node in rows}.values())
        if isinstance(tree, And):
            return next((nodes for nodes in map(self.candidates, tree.parts) if nodes is not None), None)
        if isinstance(tree, Or):
            parts = [self.candidates(part) for part in tree.parts]
            whole = [node for nodes in parts if nodes is not None for node in nodes]
            return None if None in parts else list({node["id"]: node for node in whole}.values())
        return None

    def term(self, term: Term) -> Test | None:
        row = self.table.find(term.field) if term.field is not None else None
        if term.field is None or (term.field == "default" and self.table.has_words):
            return self.words(term)
        if row is None:
            self.warn(term.field, "Invalid search field for this query.", "invalid_field")
            return None
        found = self.filter(term.field)
        if found is None:
            raise not_modelled(f"The search field {term.field} of {self.kind.name}")
        test = self.compare(found, term, row)
        if test is None:
            if found.how == "id":
                wrong = next((part for part in term.value.split(",") if not is_id(part.strip())), term.value)
                self.warn(term.field, f"Expected field to be a positive integer or UUID, received `{wrong}`.")
            else:
                self.warn(term.field, f"Input `{term.value}` is not an accepted value.", "invalid_value")
            return lambda _: False
        return test

    def words(self, term: Term) -> Test | None:
        """Look for a bare word in the fields that the kind searches for it."""
        if not self.table.has_words:
            self.warn("default", "Input must use named search fields in this query.", "missing_named_field")
            return None
        if _exists(term):
            return lambda _: True
        if not self.kind.words:
            raise not_modelled(f"A search for words in {self.kind.name}")
        filters = [found for name in self.kind.words if (found := self.filter(name))]
        tests = [test for found in filters if (test := self.compare(Filter("text", found.read), term, None))]
        return _some(tests)

    def filter(self, name: str) -> Filter | None:
        if name == "id":
            return ID
        found = self.kind.filters.get(name)
        if isinstance(found, Filter):
            return found
        return self.kind.patterned(name) if "." in name else None

    def warn(self, field: str, message: str, code: str | None = None) -> None:
        self.warnings.append({"field": field, "message": message, **({"code": code} if code else {})})

    def compare(self, found: Filter, term: Term, row: Name | None) -> Test | None:
        """Return the predicate of one comparison, None for a value that the filter does not accept."""
        read, ctx = found.read, self.ctx
        if _exists(term):
            test: Test = lambda node: any(value not in (None, "") for value in _many(read(ctx, node)))  # noqa: E731
        else:
            accepts = accepting(found, term, self.moments, several=row is not None and row.several)
            if accepts is None:
                if row is not None and row.accepts(term.value):
                    raise not_modelled(f"The value {term.value} of the search field {term.field} of {self.kind.name}")
                return None

            def test(node: Node) -> bool:
                value = read(ctx, node)
                if value.__class__ is not list:
                    return value is not None and accepts(value)
                for one in value:  # noqa: SIM110  # any() takes twice as long, and every row comes through here
                    if one is not None and accepts(one):
                        return True
                return False

        return (lambda node: not test(node)) if found.without else test

    def parsed(self, tree: Expression) -> dict[str, Any]:
        """Show how a text was understood, in the form of Shopify's search debug: ranges stand first."""
        if isinstance(tree, Term):
            return self.parsed_term(tree)
        if isinstance(tree, Not):
            return {"not": self.parsed(tree.part)}
        parts = [self.parsed(part) for part in tree.parts]
        if isinstance(tree, Or):
            return {"or": parts}
        return {"and": sorted(parts, key=lambda part: not any(name.startswith("range_") for name in part))}

    def parsed_term(self, term: Term) -> dict[str, Any]:
        field = term.field or "default"
        if term.op == ":":
            return {
                "field": field,
                f"match_{'phrase' if term.quoted else 'prefix' if term.prefix else 'all'}": term.value,
            }
        found = self.filter(field) if self.table.find(field) else None
        span = self.moments.span(term.value) if found is not None and found.how in ("date", "day") else None
        if span is not None:
            name = "range_lte" if term.op == ":<" else RANGES[term.op]  # seen on live stores for updated_at:<2000
            return {"field": field, name: span.first.isoformat().replace("+00:00", "Z")}
        if found is not None and found.how == "id" and term.value.isascii() and term.value.isdigit():
            return {"field": field, RANGES[term.op]: int(term.value)}
        return {"field": field, RANGES[term.op]: term.value}


def _every(tests: Sequence[Test]) -> Test:
    def every(node: Node) -> bool:
        for test in tests:  # noqa: SIM110  # see _Compiler.compare
            if not test(node):
                return False
        return True

    return every


def _some(tests: Sequence[Test]) -> Test:
    def some(node: Node) -> bool:
        for test in tests:  # noqa: SIM110  # see _Compiler.compare
            if test(node):
                return True
        return False

    return some


def _exists(term: Term) -> bool:
    return term.value == "*" and term.op == ":" and not term.quoted


def _many(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
