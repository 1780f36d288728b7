"""The language of a workflow's parameters and conditions: Jinja's expressions, over data alone.

Jinja's parser reads a text; what it found is evaluated here and never compiled to Python. A text is made of
expressions only (no loop, call, assignment or import). Values are those of JSON: members are looked up in objects and
lists and nowhere else, filters and tests are a short list (`functions`), and numbers are decimals (`decimals`). Each
evaluation has a budget of steps and of size (`budget`), charged before the work is done.

``{{ trigger.id }}`` alone gives the value itself, with its type; mixed with text it gives text.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import quote

from jinja2 import nodes

from atom_shopify_plugin.host.workflows.budget import LIMIT, STEPS, Budget
from atom_shopify_plugin.host.workflows.decimals import Bad
from atom_shopify_plugin.host.workflows.evaluation import Evaluation
from atom_shopify_plugin.host.workflows.operations import result, text_of
from atom_shopify_plugin.host.workflows.syntax import SOURCE_LIMIT, Parsed, parsed

__all__ = [
    "LIMIT",
    "SOURCE_LIMIT",
    "STEPS",
    "Bad",
    "Budget",
    "check",
    "evaluate",
    "fill",
    "fill_url",
    "head_of",
    "names",
]

log = logging.getLogger(__name__)

_PER_CHARACTER = 2  # steps: parsing costs as much as evaluating


def check(source: str, known: frozenset[str], *, expression: bool = False) -> list[str]:
    """Return what is wrong with a text: the language's rules, and names that are not in `known`."""
    try:
        found = names(source, expression=expression)
    except Bad as bad:
        return [str(bad)]
    return [f"`{name}` is not known here; there are {', '.join(sorted(known))}" for name in sorted(found - known)]


def names(source: str, *, expression: bool = False) -> frozenset[str]:
    """Return the names that a text reads; raise `Bad` where it breaks the rules."""
    return parsed(source, expression).names


def evaluate(source: str, data: Mapping[str, Any], *, expression: bool = False, budget: Budget | None = None) -> Any:
    """Return the value of a text as JSON in which numbers may be decimals; raise `Bad`, and nothing else.

    `expression` says that the whole text is an expression, braces or not. Several texts may share a `budget`.
    """
    budget = budget or Budget()
    return _guarded(source, budget, lambda: result(_value(parsed(source, expression), data, budget), budget))


def fill_url(source: str, data: Mapping[str, Any]) -> str:
    """Return a URL in which every expression is replaced by its value, percent-encoded: it stays within its place.

    Raise `Bad`.
    """
    budget = Budget()

    def filled() -> str:
        evaluation, found = Evaluation(data, budget), []
        for part in _parts(source):
            if isinstance(part, nodes.TemplateData):
                found.append(part.data)
            else:
                text = text_of(evaluation.value(part), budget)
                budget.build(3 * len(text))
                found.append(quote(text, safe="", errors="replace"))
        return "".join(found)

    return str(_guarded(source, budget, filled))


def head_of(source: str) -> str:
    """Return what stands in a text before its first expression; raise `Bad`."""
    first = next(_parts(source), None)
    return first.data if isinstance(first, nodes.TemplateData) else ""


def _parts(source: str) -> Iterator[nodes.Node]:
    for output in parsed(source, False).tree.body:
        yield from output.nodes  # type: ignore[attr-defined]  # a checked tree holds nothing but outputs


def _guarded(source: str, budget: Budget, ask: Callable[[], Any]) -> Any:
    try:
        budget.spend(len(source) * _PER_CHARACTER)
        return ask()
    except Bad:
        raise
    except RecursionError:
        raise Bad("it is nested too deeply") from None
    except MemoryError:
        raise Bad("it takes too much memory") from None
    except Exception as error:  # a bug of ours ends one evaluation; a message of Python's could hold data
        log.exception("an expression failed in a way that it should not")
        raise Bad(f"it can't be evaluated ({type(error).__name__})") from None


def fill(value: Any, data: Mapping[str, Any], budget: Budget | None = None) -> Any:
    """Return a JSON value in which every text is evaluated, within one budget; raise `Bad` with the place in front."""
    budget = budget or Budget()
    if isinstance(value, str):
        return evaluate(value, data, budget=budget) if "{" in value else value
    if isinstance(value, Mapping):
        return {key: _at(key, member, data, budget) for key, member in value.items()}
    if isinstance(value, list | tuple):
        return [_at(place, member, data, budget) for place, member in enumerate(value)]
    return value


def _at(place: object, value: Any, data: Mapping[str, Any], budget: Budget) -> Any:
    try:
        return fill(value, data, budget)
    except Bad as bad:
        raise Bad(f"{place}: {bad}") from None


def _value(text: Parsed, data: Mapping[str, Any], budget: Budget) -> Any:
    evaluation = Evaluation(data, budget)
    return evaluation.text(text.tree) if text.single is None else evaluation.value(text.single)
