"""Reading a text with expressions: Jinja's parser, and the rules that its result has to keep."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from jinja2 import Environment, TemplateError, nodes

from atom_shopify_plugin.host.workflows.decimals import LARGEST, Bad
from atom_shopify_plugin.host.workflows.functions import FILTERS, fits
from atom_shopify_plugin.host.workflows.predicates import TESTS

__all__ = ["SOURCE_LIMIT", "Parsed", "described", "parsed"]

SOURCE_LIMIT = 4_000
_TOKENS = 1_000
_DEEPEST = 40
_DIGITS = 15  # as many as a float, which is what Jinja makes of a literal, holds exactly
_CACHED = 400  # characters; longer texts are rare and take much memory once they are parsed

_ALLOWED = (
    nodes.Template, nodes.Output, nodes.TemplateData, nodes.Const, nodes.Name, nodes.Getattr, nodes.Getitem,
    nodes.Slice, nodes.Filter, nodes.Test, nodes.Compare, nodes.Operand, nodes.And, nodes.Or, nodes.Not, nodes.Neg,
    nodes.Pos, nodes.Add, nodes.Sub, nodes.Mul, nodes.Div, nodes.FloorDiv, nodes.Mod, nodes.Concat, nodes.CondExpr,
    nodes.List, nodes.Tuple, nodes.Dict, nodes.Pair, nodes.Keyword,
)  # fmt: skip
# Filters whose first argument names another filter or a test.
_NAMING = {"map": (FILTERS, "filter", 0), "select": (TESTS, "test", 0), "reject": (TESTS, "test", 0),
           "selectattr": (TESTS, "test", 1), "rejectattr": (TESTS, "test", 1)}  # fmt: skip

_ENVIRONMENT = Environment(optimized=False, cache_size=0)  # noqa: S701  # parses only, and makes no page


@dataclass(frozen=True, slots=True)
class Parsed:
    """A text that keeps the rules: its tree, the expression that is the whole of it, if one is, and its names."""

    tree: nodes.Template
    single: nodes.Expr | None
    names: frozenset[str]


def parsed(source: str, expression: bool) -> Parsed:
    """Return a text as it is evaluated; raise `Bad`. `expression` says that the whole text is one expression."""
    return (_remembered if len(source) <= _CACHED else _parsed)(source, expression)


def _parsed(source: str, expression: bool) -> Parsed:
    if len(source) > SOURCE_LIMIT:
        raise Bad(f"a text with expressions has at most {SOURCE_LIMIT} characters")
    if expression and "{{" not in source:
        source = f"{{{{ {source} }}}}"
    try:
        _check_tokens(source)
        tree = _ENVIRONMENT.parse(source)
        found = frozenset(_names(tree))
    except TemplateError as error:
        raise Bad(str(error)[:300]) from None
    except (RecursionError, MemoryError):
        raise Bad("it is nested too deeply") from None
    except Bad:
        raise
    except (ArithmeticError, SyntaxError, ValueError):
        raise Bad("it is not an expression") from None
    single = _single(tree)
    if single is None and expression:
        raise Bad("this must be a single expression")
    return Parsed(tree, single, found)


_remembered = lru_cache(maxsize=1024)(_parsed)


def _check_tokens(source: str) -> None:
    try:
        source.encode()
    except UnicodeEncodeError:
        raise Bad("it contains half of a character (a lone surrogate)") from None
    for count, (_, kind, value) in enumerate(_ENVIRONMENT.lex(source)):
        if count > _TOKENS:
            raise Bad(f"it has more than {_TOKENS} words and signs")
        if kind == "float" and sum(letter.isdigit() for letter in value.lower().partition("e")[0]) > _DIGITS:
            raise Bad(f"a number with a point has at most {_DIGITS} digits")


def _single(tree: nodes.Template) -> nodes.Expr | None:
    if len(tree.body) != 1 or not isinstance(tree.body[0], nodes.Output) or len(tree.body[0].nodes) != 1:
        return None
    only = tree.body[0].nodes[0]
    return None if isinstance(only, nodes.TemplateData) else only


def _names(tree: nodes.Template) -> Iterator[str]:
    """Check every node of a text and yield the names that it reads; raise `Bad`."""
    waiting: list[tuple[nodes.Node, int]] = [(tree, 0)]
    while waiting:
        node, depth = waiting.pop()
        if not isinstance(node, _ALLOWED):
            raise Bad(f"`{type(node).__name__.lower()}` is not part of the language of workflows")
        if depth > _DEEPEST:
            raise Bad("it is nested too deeply")
        if isinstance(node, nodes.Filter | nodes.Test):
            _check_call(node)
        if isinstance(node, nodes.Const):
            _check_constant(node)
        if isinstance(node, nodes.Name):
            yield node.name
        waiting += [(child, depth + 1) for child in node.iter_child_nodes()]


def _check_call(node: nodes.Filter | nodes.Test) -> None:
    what, known = ("filter", FILTERS) if isinstance(node, nodes.Filter) else ("test", TESTS)
    if node.node is None or node.dyn_args or node.dyn_kwargs:
        raise Bad(f"a {what} takes plain arguments")
    if node.name not in known:
        raise Bad(f"there is no {what} `{node.name[:50]}`; there are {', '.join(sorted(known))}")
    named = [str(keyword.key) for keyword in node.kwargs]
    if not fits(known[node.name], len(node.args), named):
        raise Bad(_refused(what, node.name))
    if what == "filter" and node.name in _NAMING:
        others, what, at = _NAMING[node.name]
        name = node.args[at] if len(node.args) > at else None
        if node.name == "map" and (name is None) is ("attribute" not in named):
            raise Bad("map takes the name of a filter, or an attribute")
        if isinstance(name, nodes.Const) and name.value not in others:
            raise Bad(f"there is no {what} of that name; there are {', '.join(sorted(others))}")


def _refused(what: str, name: str) -> str:
    if name in ("int", "float", "number"):
        return f"`{name}` takes no argument, since what is not a number fails; write `default(0)` before it"
    return f"the {what} `{name}` doesn't accept these arguments"


def _check_constant(node: nodes.Const) -> None:
    value = node.value
    if isinstance(value, float):
        if not -float(LARGEST) <= value <= float(LARGEST):
            raise Bad("a number is too large")
        node.value = Decimal(repr(value))
    elif isinstance(value, int) and not -LARGEST <= value <= LARGEST:
        raise Bad("a number is too large")
    elif isinstance(value, str):
        try:
            value.encode()
        except UnicodeEncodeError:
            raise Bad("it contains half of a character (a lone surrogate)") from None


def described(node: nodes.Node) -> str | None:
    """Return how a lookup such as ``trigger.customer.id`` is written, None for anything else."""
    if isinstance(node, nodes.Name):
        return str(node.name)
    if isinstance(node, nodes.Getattr):
        before = described(node.node)
        return before and f"{before}.{node.attr}"
    if isinstance(node, nodes.Getitem) and isinstance(node.arg, nodes.Const):
        before = described(node.node)
        return before and f"{before}[{node.arg.value!r}]"
    if isinstance(node, nodes.Filter) and node.node is not None:
        before = described(node.node)
        return before and f"{before} | {node.name}"
    return None
