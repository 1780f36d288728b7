"""Shopify's own tables of search names: which lists and counts know which names, of what type, with which values.

`schema/search.json` is taken from the official schema. A count may know other names than its list: `customersCount`
knows three of the seventeen of `customers`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from atom_shopify_plugin.sandbox.access import facts

__all__ = ["DEFAULT", "Name", "Table", "searched_fields", "table_of"]

DEFAULT = "default"  # the row of a table that says that bare words are looked for


@dataclass(frozen=True)
class Name:
    """One name of a table.

    `name` may have places to fill: ``metafields.{namespace}.{key}``. `kind` is string, id, time, boolean, integer,
    float, bigdecimal or mixed. `values` are the accepted ones (``{channel_app_id}-approved`` stands for many), empty
    where any will do. With `several`, a value may be several with commas between them.
    """

    name: str
    kind: str
    values: Sequence[str] = ()
    examples: Sequence[str] = ()
    several: bool = False

    def accepts(self, value: str) -> bool:
        """Tell whether `value` is one of the accepted ones, whatever its case."""
        return any(_pattern(known).fullmatch(value) for known in self.values)


@dataclass(frozen=True)
class Table:
    """The names that one list or count knows."""

    names: Mapping[str, Name]

    def find(self, name: str) -> Name | None:
        """Return the row of a name, None for one that Shopify does not know here."""
        known = self.names.get(name)
        if known is None and "." in name:
            rows = (row for row in self.names.values() if "{" in row.name)
            known = next((row for row in rows if _pattern(row.name).fullmatch(name)), None)
        return known if name != DEFAULT else None

    @property
    def has_words(self) -> bool:
        return DEFAULT in self.names


@cache
def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\\{\w+\\}", r".+", re.escape(text)), re.IGNORECASE)


@cache
def _tables() -> Mapping[str, Table]:
    known = facts("search.json")
    tables = {
        field: Table(
            {
                name: Name(name, row["type"], row.get("values", ()), row.get("examples", ()), row.get("list", False))
                for name, row in rows.items()
            }
        )
        for field, rows in known["tables"].items()
    }
    return {field: tables[table] for field, table in known["fields"].items()}


def table_of(field: str) -> Table | None:
    """Return the table of a field such as ``QueryRoot.orders``, None for a field that can't be searched."""
    return _tables().get(field)


def searched_fields() -> Mapping[str, Table]:
    """Return each field that can be searched, as ``Type.field``, with its table."""
    return _tables()
