"""What Shopify leaves out of an answer without a word, and what brings it back.

Shopify shows an app the orders of the last 60 days, and older ones only with the scope `read_all_orders` (shopify.dev,
"Access scopes"). It says nothing of those that it leaves out: lists are shorter, counts are lower, and an order that
exists is not found. Every action that reads orders or what belongs to them needs a scope of theirs, so the scopes of an
action tell whether its answer may be cut.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from atom_shopify_plugin.errors import NotFound
from atom_shopify_plugin.shopify.scopes import ALL_ORDERS, ORDER_WINDOW, expand_scopes

if TYPE_CHECKING:
    from atom_shopify_plugin.catalog.model import Action
    from atom_shopify_plugin.storage import Store

__all__ = ["is_about_one", "left_out", "limits_of", "with_limits"]

_OLD = "Orders created more than 60 days ago"
_SINCE = ("created_at_min",)  # filters after which nothing older is asked for
_OF_ORDERS = ("_orders", "_fulfillments", "_fulfillment_orders")
_NAMED = ("id", "name", "order_id", "order_name")  # an answer about one thing is whole, once it is found


def limits_of(action: Action, store: Store, checked: Mapping[str, Any], connect_url: str) -> list[dict[str, Any]]:
    """Return what may be missing from the answer of a read, each ``{code, message, remedy, …}``; usually nothing."""
    granted = expand_scopes(store.granted_scopes)
    found = [
        _limit(
            connect_url,
            limit.scope,
            code="SCOPE_NOT_GRANTED",
            hides=limit.hides,
            message=f"{limit.hides} are left out: {store.shop} has not granted {limit.scope}.",
        )
        for limit in action.limits
        if limit.scope not in granted
    ]
    oldest = datetime.now(UTC) - ORDER_WINDOW
    since = max((_moment(checked.get(name)) for name in _SINCE), default=oldest)
    if _reads_orders(action) and ALL_ORDERS not in granted and since < oldest:
        found.append(
            _limit(
                connect_url,
                ALL_ORDERS,
                code="ORDERS_OF_60_DAYS",
                hides=_OLD,
                message=f"{_OLD} are left out: {store.shop} has not granted {ALL_ORDERS}.",
                since=oldest.strftime("%Y-%m-%dT%H:%M:%SZ"),
            )
        )
    return found


def _limit(connect_url: str, scope: str, **said: str) -> dict[str, Any]:
    ask = f"Request {scope} for your app in Shopify's Dev Dashboard, add it" if scope == ALL_ORDERS else f"Add {scope}"
    remedy = f"{ask} to SHOPIFY_SCOPES, and connect the store again at {connect_url}"
    return {**said, "remedy": remedy, "missing_scopes": [scope], "connect_url": connect_url}


def left_out(limits: list[dict[str, Any]], told: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the limits of an answer, by what its handler told (see `Shop`)."""
    whole = ("ORDERS_OF_60_DAYS",) if told.get("all_orders") else ()
    return [limit for limit in limits if limit["code"] not in whole]


def with_limits(error: NotFound, limits: list[dict[str, Any]]) -> NotFound:
    """Return the error of a thing that was not found, with why it may be there all the same."""
    if not limits:
        return error
    text = " ".join(limit["message"] for limit in limits)
    return NotFound(f"{error.message} {text}", details={**error.details, "limits": limits})


def is_about_one(action: Action, checked: Mapping[str, Any]) -> bool:
    """Tell whether a read asks for one thing that its input names."""
    return not action.is_search and any(name in checked for name in _NAMED)


def _reads_orders(action: Action) -> bool:
    # Drafts have no window: they only mention the order that they became. Neither have checkouts, which need the scope
    # of orders and are none yet.
    of_others = _needs(action, ("_draft_orders",)) or action.domain == "checkouts"
    return action.effect == "read" and _needs(action, _OF_ORDERS) and not of_others


def _needs(action: Action, endings: tuple[str, ...]) -> bool:
    return any(all(scope.endswith(endings) for scope in group) for group in action.scopes)


def _moment(text: Any) -> datetime:
    """Return a checked moment or day, the earliest of all for anything else."""
    if not isinstance(text, str):
        return datetime.min.replace(tzinfo=UTC)
    found = datetime.fromisoformat(text)
    return found if found.tzinfo is not None else found.replace(tzinfo=UTC)
