"""Cells as texts, and values as Shopify knows them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from atom_shopify_plugin.bulk.tables import Column, Kind, value_at

__all__ = ["SEPARATOR", "Unfit", "cells_of", "key_of", "rows_of", "same", "text_of", "value_of"]

_TRUE, _FALSE = frozenset({"true", "yes", "1"}), frozenset({"false", "no", "0"})
_LONGEST_NUMBER = 30
SEPARATOR = "\x1f"
"""Joins the cells of a key; no cell holds it."""


class Unfit(ValueError):
    """A cell holds what its column does not take; the message says what it takes."""


def text_of(column: Column, value: Any) -> str:
    """Return the cell of a value."""
    if value is None:
        return ""
    if column.form == "flag":
        return "true" if value else "false"
    if column.form == "tags":
        return ", ".join(str(tag) for tag in value)
    return str(value).lower() if column.form == "enum" else str(value)


def value_of(column: Column, cell: str) -> Any:
    """Return the value of a cell as Shopify takes it: None, an empty text or list for an empty one. Raise `Unfit`."""
    plain = cell.strip()
    if column.form == "tags":
        return [tag for part in cell.split(",") if (tag := part.strip())]
    if column.form == "text":
        return cell
    if not plain:
        return None
    if column.form == "enum":
        return plain.upper()
    if column.form == "flag":
        if plain.lower() not in _TRUE | _FALSE:
            raise Unfit("must be true or false")
        return plain.lower() in _TRUE
    number = _number(plain)
    if column.form == "integer":
        if number != number.to_integral_value() or abs(number) > 1_000_000_000:
            raise Unfit("must be a whole number")
        return int(number)
    if number < 0:
        raise Unfit("must not be negative")
    return plain


def _number(text: str) -> Decimal:
    try:
        if len(text) <= _LONGEST_NUMBER and text.isascii() and "_" not in text:
            number = Decimal(text)
            if number.is_finite() and abs(number.adjusted()) < _LONGEST_NUMBER:
                return number
    except InvalidOperation:
        pass
    raise Unfit("must be a number such as 12.50, with a point and without a currency")


def same(column: Column, one: str, other: str) -> bool:
    """Return whether two cells mean the same."""
    try:
        first, second = value_of(column, one), value_of(column, other)
    except Unfit:
        return one == other
    if column.form == "money" and first is not None and second is not None:
        return Decimal(first) == Decimal(second)
    if column.form == "tags":
        return sorted(map(str.lower, first)) == sorted(map(str.lower, second))
    return bool(first == second)


def rows_of(kind: Kind, objects: Iterator[Mapping[str, Any]]) -> Iterator[tuple[Any, Any]]:
    """Yield ``(row, around)`` for the rows of an export whose children follow their parents."""
    around: Any = None
    for one in objects:
        if "__parentId" not in one:
            around = one
            if not kind.nested:
                yield one, one
        elif kind.nested:
            yield one, around


def cells_of(kind: Kind, row: Any, around: Any) -> dict[str, str]:
    """Return the cells of a row by the names of their columns."""
    return {column.name: text_of(column, value_at(column.read, row, around)) for column in kind.columns}


def key_of(kind: Kind, cells: Mapping[str, str]) -> str:
    """Return what names a row: its key cells, joined by what stands in none of them."""
    return SEPARATOR.join(cells.get(column.name, "").strip() for column in kind.columns if column.key)
