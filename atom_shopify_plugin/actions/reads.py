"""Running a document or a handler, and what comes of it: one thing, or a page of things."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from atom_shopify_plugin.actions.call import Outcome
from atom_shopify_plugin.actions.inputs import variables
from atom_shopify_plugin.catalog.model import Action
from atom_shopify_plugin.service.finding import missing

if TYPE_CHECKING:
    from atom_shopify_plugin.actions.paging import PageTokens
    from atom_shopify_plugin.stores.shop import Shop

__all__ = ["ReadRunner", "execute", "service_function"]

_NAMES = ("id", "handle", "name", "email", "phone", "sku")


class ReadRunner:
    """Runs actions that only read."""

    def __init__(self, pages: PageTokens) -> None:
        self._pages = pages

    def read(self, action: Action, shop: Shop, checked: Mapping[str, Any]) -> Outcome:
        """Return what `action` reads; raise `NotFound` where Shopify has no such resource."""
        question = (action.key, shop.store.id, checked)
        cursor = checked.get("cursor")
        after = self._pages.open(question, cursor) if isinstance(cursor, str) else None
        value = execute(action, shop, checked, after)
        if value is None:
            target = {name: checked[name] for name in checked if name in _NAMES}
            raise missing(shop, _noun(action), target)
        if action.is_search:
            info = value.get("page_info") or {}
            more = bool(info.get("has_next_page"))
            page = {"next": self._pages.seal(question, info["end_cursor"]) if more else None, "has_more": more}
            return Outcome({"items": value["nodes"]}, page, {"shop": str(shop.domain)})
        return Outcome(value, None, {"shop": str(shop.domain)})


def execute(action: Action, shop: Shop, checked: Mapping[str, Any], after: str | None = None) -> Any:
    """Run the action's handler or document and return what it is about.

    `after` is Shopify's own cursor. A query answers the value of its root field; a mutation what its payload holds
    beside the user errors: the only object in it, or all of it. The handler of a list takes the variables that a
    document would take (``first``, ``after``, ``query``), and returns ``nodes`` and ``page_info``.
    """
    if action.handler is not None:
        given = variables(action, checked, after, lambda: shop.zone) if action.is_search else checked
        return service_function(action.handler)(shop, **given)
    value = shop.root(action.operations[0], variables(action, checked, after, lambda: shop.zone))
    return value if action.effect == "read" else _payload(value)


def service_function(name: str) -> Callable[..., Any]:
    """Return the function of the service package that a manifest names as ``domain.function``."""
    module, _, function = name.partition(".")
    found: Callable[..., Any] = getattr(importlib.import_module(f"atom_shopify_plugin.service.{module}"), function)
    return found


def _payload(value: Any) -> Any:
    """Return what a mutation's payload is about: its only object, or the payload without its errors."""
    if not isinstance(value, Mapping):
        return value
    rest = {name: member for name, member in value.items() if not name.endswith("user_errors")}
    if len(rest) == 1:
        (only,) = rest.values()
        if isinstance(only, Mapping):
            return only
    return rest


def _noun(action: Action) -> str:
    return action.key.rsplit("_", 1)[0].replace("_", " ")
