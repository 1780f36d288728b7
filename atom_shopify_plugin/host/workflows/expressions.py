"""The language of a workflow's parameters and conditions: Jinja's expressions, over data alone.

Jinja's sandbox is the floor, not the fence. On top of it a text is refused before it is compiled unless it is made
of expressions only (no loop, call, assignment or import), so that evaluating it takes time in proportion to its length
and its data. Attributes are looked up in mappings and lists and nowhere else, so that no Python object shows through.
Filters and tests are a short list, and numbers and texts cannot grow beyond `LIMIT`.

``{{ trigger.id }}`` alone gives the value itself, with its type; mixed with text it gives text.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

from jinja2 import StrictUndefined, TemplateError, Undefined, nodes
from jinja2.environment import Template, TemplateExpression
from jinja2.exceptions import SecurityError
from jinja2.filters import FILTERS
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.tests import TESTS

__all__ = ["LIMIT", "SOURCE_LIMIT", "Bad", "check", "evaluate", "fill", "names"]

SOURCE_LIMIT = 4_000
LIMIT = 256 * 1024
"""Characters and members that an evaluated value may have in all."""
_DEEPEST = 40
_NUMBER = 10**18

_ALLOWED = (
    nodes.Template, nodes.Output, nodes.TemplateData, nodes.Const, nodes.Name, nodes.Getattr, nodes.Getitem,
    nodes.Slice, nodes.Filter, nodes.Test, nodes.Compare, nodes.Operand, nodes.And, nodes.Or, nodes.Not, nodes.Neg,
    nodes.Pos, nodes.Add, nodes.Sub, nodes.Mul, nodes.Div, nodes.FloorDiv, nodes.Mod, nodes.CondExpr, nodes.List,
    nodes.Tuple, nodes.Dict, nodes.Pair, nodes.Keyword,
)  # fmt: skip
_FILTERS = (
    "abs", "capitalize", "default", "d", "first", "float", "int", "last", "length", "count", "list", "lower", "map",
    "max", "min", "reject", "rejectattr", "select", "selectattr", "sort", "title", "trim", "unique", "upper",
)  # fmt: skip
_TESTS = (
    "boolean", "defined", "undefined", "none", "number", "string", "mapping", "sequence", "true", "false", "in", "eq",
    "equalto", "==", "ne", "!=", "gt", "greaterthan", ">", "ge", ">=", "lt", "lessthan", "<", "le", "<=",
)  # fmt: skip


class Bad(ValueError):
    """A text of a workflow can't be evaluated; the message says why and holds no data."""


def check(source: str, known: frozenset[str], *, expression: bool = False) -> list[str]:
    """Return what is wrong with a text: the language's rules, and names that are not in `known`."""
    try:
        found = names(source, expression=expression)
    except Bad as bad:
        return [str(bad)]
    return [f"`{name}` is not known here; there are {', '.join(sorted(known))}" for name in sorted(found - known)]


def names(source: str, *, expression: bool = False) -> set[str]:
    """Return the names that a text reads; raise `Bad` where it breaks the rules."""
    return set(_compiled(source, expression)[1])


def evaluate(source: str, data: Mapping[str, Any], *, expression: bool = False) -> Any:
    """Return the value of a text as JSON; raise `Bad`.

    `expression` says that the whole text is an expression, braces or not.
    """
    run = _compiled(source, expression)[0]
    try:
        return _plain(run(data), [LIMIT])
    except Bad:
        raise
    except RecursionError:
        raise Bad("it is nested too deeply") from None
    except (TemplateError, ArithmeticError, TypeError, ValueError, LookupError, AttributeError) as error:
        # Jinja's and Python's own words name members and types; a value could only come with a ValueError.
        said = type(error).__name__ if isinstance(error, ValueError) else str(error)
        raise Bad(said[:300]) from None


def fill(value: Any, data: Mapping[str, Any]) -> Any:
    """Return a JSON value in which every text is evaluated; raise `Bad` with the place in front."""
    if isinstance(value, str):
        return evaluate(value, data) if "{" in value else value
    if isinstance(value, Mapping):
        return {key: _at(key, member, data) for key, member in value.items()}
    if isinstance(value, list | tuple):
        return [_at(place, member, data) for place, member in enumerate(value)]
    return value


def _at(place: object, value: Any, data: Mapping[str, Any]) -> Any:
    try:
        return fill(value, data)
    except Bad as bad:
        raise Bad(f"{place}: {bad}") from None


class _Environment(ImmutableSandboxedEnvironment):
    intercepted_binops = frozenset(("+", "-", "*", "/", "//", "%"))

    def getattr(self, obj: Any, attribute: str) -> Any:
        return self.getitem(obj, attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:
        if isinstance(obj, Undefined):
            obj._fail_with_undefined_error()
        if isinstance(obj, Mapping) and isinstance(argument, str) and argument in obj:
            return obj[argument]
        if isinstance(obj, list | tuple | str) and isinstance(argument, slice):
            return obj[argument]
        if isinstance(obj, list | tuple) and type(argument) is int and -len(obj) <= argument < len(obj):
            return obj[argument]
        return self.undefined(f"there is no `{str(argument)[:100]}` in that {_kind(obj)}")

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:  # noqa: ARG002  # Jinja's signature
        return False

    def is_safe_callable(self, obj: Any) -> bool:  # noqa: ARG002
        return False

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        if operator == "+" and isinstance(left, str) and isinstance(right, str):
            if len(left) + len(right) > LIMIT:
                raise SecurityError("the text becomes too long")
        elif operator == "+" and isinstance(left, list | tuple) and isinstance(right, list | tuple):
            if len(left) + len(right) > LIMIT:
                raise SecurityError("the list becomes too long")
            return [*left, *right]
        elif not (_number(left) and _number(right)):
            raise SecurityError(f"`{operator}` doesn't go with {_kind(left)} and {_kind(right)}")
        return super().call_binop(context, operator, left, right)


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= _NUMBER


def _kind(value: Any) -> str:
    kinds = ((str, "text"), (bool, "boolean"), (int, "number"), (float, "number"), (Mapping, "object"), (list, "list"))
    return next((word for kind, word in kinds if isinstance(value, kind)), "empty value" if value is None else "value")


def _finalized(value: Any) -> str:
    """Return how a value stands inside of text."""
    plain = _plain(value, [LIMIT])
    return plain if isinstance(plain, str) else "" if plain is None else json.dumps(plain, ensure_ascii=False)


def _plain(value: Any, budget: list[int]) -> Any:
    """Return a value as JSON knows it, or raise `Bad` where it is something else or too much."""
    if isinstance(value, Undefined):
        raise Bad(str(value._undefined_message))
    budget[0] -= len(value) if isinstance(value, str) else 1
    if budget[0] < 0:
        raise Bad(f"the value is larger than {LIMIT} characters")
    if value is None or isinstance(value, str | bool | int | float):
        if isinstance(value, float) and value - value != 0:
            raise Bad("the number is not finite")
        return str(value) if isinstance(value, str) else value
    if isinstance(value, Mapping):
        if not all(isinstance(key, str) for key in value):
            raise Bad("the members of an object must have names of text")
        return {_plain(key, budget): _plain(member, budget) for key, member in value.items()}
    if isinstance(value, Sequence | Iterator | set):
        return [_plain(member, budget) for member in value]
    raise Bad(f"the value is no JSON: {_kind(value)}")


def _join(value: Any, separator: Any = ", ") -> str:
    return _text(_text(separator).join(_finalized(member) for member in value))


def _replace(value: Any, old: Any, new: Any) -> str:
    text, old, new = _text(value), _text(old), _text(new)
    if len(text) + text.count(old) * len(new) > LIMIT:
        raise Bad("the text becomes too long")
    return text.replace(old, new)


def _split(value: Any, separator: Any = ",") -> list[str]:
    return [piece.strip() for piece in _text(value).split(_text(separator) or ",")]


def _round(value: Any, precision: Any = 0) -> Any:
    if not _number(value) or type(precision) is not int or not 0 <= precision <= 12:
        raise Bad("round takes a number and 0 to 12 digits")
    return round(value, precision)


def _sum(value: Any, attribute: str | None = None) -> Any:
    numbers = [_ENVIRONMENT.getitem(member, attribute) if attribute else member for member in value]
    if not all(map(_number, numbers)):
        raise Bad("sum takes a list of numbers; `map('float')` makes them of texts")
    return sum(numbers)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise Bad("text is expected")
    if len(value) > LIMIT:
        raise Bad("the text becomes too long")
    return value


def _environment() -> _Environment:
    environment = _Environment(undefined=StrictUndefined, finalize=_finalized, optimized=False, cache_size=0)
    environment.globals.clear()
    own: dict[str, Callable[..., Any]] = {
        "join": _join, "replace": _replace, "split": _split, "round": _round, "sum": _sum, "string": _finalized,
        "tojson": lambda value: json.dumps(_plain(value, [LIMIT]), ensure_ascii=False),
    }  # fmt: skip
    environment.filters = {**{name: FILTERS[name] for name in _FILTERS}, **own}
    environment.tests = {name: TESTS[name] for name in _TESTS}
    return environment


_ENVIRONMENT = _environment()


@lru_cache(maxsize=1024)
def _compiled(source: str, expression: bool) -> tuple[Callable[[Mapping[str, Any]], Any], frozenset[str]]:
    if len(source) > SOURCE_LIMIT:
        raise Bad(f"a text with expressions has at most {SOURCE_LIMIT} characters")
    if expression and "{{" not in source:
        source = f"{{{{ {source} }}}}"
    try:
        tree = _ENVIRONMENT.parse(source)
        found = _walk(tree)
        single = _single(tree)
        if single is None:
            if expression:
                raise Bad("this must be one expression")
            return _rendering(_ENVIRONMENT.from_string(tree)), found
        result = nodes.Assign(nodes.Name("result", "store", lineno=1), single, lineno=1)
        template = _ENVIRONMENT.from_string(nodes.Template([result], lineno=1))
        return TemplateExpression(template, undefined_to_none=False), found
    except TemplateError as error:
        raise Bad(str(error)[:300]) from None
    except (RecursionError, MemoryError, SyntaxError, ValueError) as error:
        raise error if isinstance(error, Bad) else Bad("it is nested too deeply or no expression") from None


def _rendering(template: Template) -> Callable[[Mapping[str, Any]], Any]:
    def render(data: Mapping[str, Any]) -> str:
        context = template.new_context(dict(data))
        return "".join(template.root_render_func(context))

    return render


def _single(tree: nodes.Template) -> nodes.Expr | None:
    """Return the expression that is the whole text, if it is one."""
    if len(tree.body) != 1 or not isinstance(tree.body[0], nodes.Output) or len(tree.body[0].nodes) != 1:
        return None
    only = tree.body[0].nodes[0]
    return None if isinstance(only, nodes.TemplateData) else only


def _walk(tree: nodes.Template) -> frozenset[str]:
    """Check every node of a text and return the names that it reads; raise `Bad`."""
    found = set()
    waiting: list[tuple[nodes.Node, int]] = [(tree, 0)]
    while waiting:
        node, depth = waiting.pop()
        if not isinstance(node, _ALLOWED):
            raise Bad(f"`{type(node).__name__.lower()}` is not part of the language of workflows")
        if depth > _DEEPEST:
            raise Bad("it is nested too deeply")
        if isinstance(node, nodes.Filter) and (node.node is None or node.dyn_args or node.dyn_kwargs):
            raise Bad("a filter takes plain arguments")
        if isinstance(node, nodes.Test) and (node.dyn_args or node.dyn_kwargs):
            raise Bad("a test takes plain arguments")
        if isinstance(node, nodes.Name):
            found.add(node.name)
        waiting += [(child, depth + 1) for child in node.iter_child_nodes()]
    return frozenset(found)
