"""Lists in short, the few fields of an item that an action declares as its `columns`, and answers as tables."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from atom_shopify_plugin.shopify import money

if TYPE_CHECKING:
    from atom_shopify_plugin.catalog.model import Action

__all__ = ["compact", "table_of"]


def compact(action: Action, data: Any) -> Any:
    """Return the data of a list with the id and the declared columns of each item; anything else as it is."""
    if not (action.is_search and action.columns and isinstance(data, Mapping) and isinstance(data.get("items"), list)):
        return data
    return {**data, "items": [_short(item, ("id", *action.columns)) for item in data["items"]]}


def table_of(action: Action, data: Any) -> tuple[list[str], list[tuple[str, ...]]] | None:
    """Return the headings and the rows of a list, or of an answer that has columns of its own; None for anything else.

    The latter has ``columns`` (``{name, label}``) and ``rows`` by those names.
    """
    if not isinstance(data, Mapping):
        return None
    if action.is_search and action.columns:
        headings = [column.replace(".", " ").replace("_", " ") for column in action.columns]
        return headings, [tuple(_text(_value(item, column)) for column in action.columns) for item in data["items"]]
    columns, found = data.get("columns"), data.get("rows")
    if not columns or not isinstance(columns, list) or not isinstance(found, list):
        return None
    names = [column["name"] for column in columns]
    return [column["label"] for column in columns], [tuple(_text(row.get(name)) for name in names) for row in found]


def _short(item: Mapping[str, Any], columns: tuple[str, ...]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for column in columns:
        *above, last = column.split(".")
        holder = found
        for name in above:
            holder = holder.setdefault(name, {})
        holder[last] = _value(item, column)
    return found


def _value(item: Any, column: str) -> Any:
    for name in column.split("."):
        item = item.get(name) if isinstance(item, Mapping) else None
    return item


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping):
        return money.shown(value)
    if isinstance(value, list):
        return ", ".join(str(one) for one in value)
    return str(value)
