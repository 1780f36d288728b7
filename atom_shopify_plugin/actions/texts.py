"""Templates of manifests: replies of chat, and what previews say in words. They make plain text; HTML escapes it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from inspect import isroutine
from typing import TYPE_CHECKING, Any

from atom_shopify_plugin.shopify import money

if TYPE_CHECKING:
    from jinja2.sandbox import SandboxedEnvironment

__all__ = ["Filters", "rendered"]

Filters = tuple[tuple[str, Callable[..., str]], ...]
"""Filters by name that take the place of those which write numbers as programs do."""


def rendered(template: str, values: Mapping[str, Any], filters: Filters = ()) -> str:
    """Return the text of a Jinja template; raise Jinja's `UndefinedError` for a name that nobody defined."""
    return _environment(filters).from_string(template).render(values).strip()


def _value(value: Any) -> Any:
    """Return what is to be shown; raise Jinja's `UndefinedError` for a method, which hides a member of its name."""
    if isroutine(value):
        from jinja2 import UndefinedError

        raise UndefinedError(f"The template shows the method {value.__name__!r}.")
    return value


@cache
def _environment(filters: Filters) -> SandboxedEnvironment:
    from jinja2 import StrictUndefined
    from jinja2.sandbox import SandboxedEnvironment

    environment = SandboxedEnvironment(undefined=StrictUndefined, autoescape=False, finalize=_value)
    environment.filters["money"] = money.shown
    environment.filters["amount"] = lambda amount, currency: f"{amount} {currency}"
    environment.filters["day"] = lambda day: str(day)[:10]
    environment.filters["number"] = str
    environment.filters |= dict(filters)
    environment.tests["nonzero"] = money.nonzero
    return environment
