"""The service objectives, from what was counted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from atom_shopify_plugin.storage import Storage

__all__ = ["GOALS", "window"]

GOALS: Mapping[str, float] = {
    "response_time_p95_ms": 500.0,
    "error_rate": 0.01,
    "oauth_success": 0.99,
    "availability": 0.999,
    "inventory_accuracy": 0.99,
}
_AT_LEAST = ("oauth_success", "availability", "inventory_accuracy")  # the others are limits from above
_NOTHING: Mapping[str, Any] = {"count": 0, "errors": 0, "p95": None}


def window(storage: Storage, hours: int) -> dict[str, Any]:
    """Return the objectives over the last hours, whether each is ``met``, and the ``requests`` behind them.

    `error_rate` is the share of actions that failed without the caller's fault; `availability` the share of REST
    answers below 500; `inventory_accuracy` the share of stock levels that the last sweeps found as they
    were known here, whatever the window. What was not measured is None. Raises `Unavailable` while the database is
    away.
    """
    kinds = storage.usage.summary(hours)
    rest, action, oauth = (kinds.get(kind, _NOTHING) for kind in ("rest", "action", "oauth"))
    accuracy = storage.levels.accuracy()
    values = {
        "response_time_p95_ms": None if rest["p95"] is None else round(rest["p95"] * 1000, 1),
        "error_rate": _share(action["errors"], action["count"]),
        "oauth_success": _share(oauth["count"] - oauth["errors"], oauth["count"]),
        "availability": _share(rest["count"] - rest["errors"], rest["count"]),
        "inventory_accuracy": None if accuracy is None else round(accuracy, 6),
    }
    met = {
        name: None if value is None else value >= GOALS[name] if name in _AT_LEAST else value <= GOALS[name]
        for name, value in values.items()
    }
    return {**values, "requests": rest["count"], "met": met}


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 6) if whole else None
