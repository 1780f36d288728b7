"""A report as CSV, for spreadsheets: a table for each section, or that of one section alone."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from atom_shopify_plugin.spreadsheet import neutral

__all__ = ["csv_text"]

_WORDS = frozenset(("text", "day", "moment", "month"))
_FIGURES = ("figure", "value", "unit", "change_percent")

Document = Mapping[str, Any]


def csv_text(documents: Sequence[Document], *, alone: bool = False) -> str:
    """Return a report as CSV with CRLF and a byte-order mark, which Excel needs.

    Each section has a line with its key and title, a line with the names of the columns, its rows, and an empty line.
    `alone` leaves out what is not the columns and rows of the first section, so that the file is one table. Where
    there are several stores, the first column names the store. No cell is taken for a formula.
    """
    file = io.StringIO(newline="")
    file.write("\ufeff")
    writer = csv.writer(file, lineterminator="\r\n")
    several = len(documents) > 1
    for place, one in enumerate(documents[0]["sections"]):
        if not alone:
            writer.writerow([one["key"], neutral(one["title"])])
        for at, document in enumerate(documents):
            there = document["sections"][place]
            header, rows = _table(there, there["currency"] or document["currency"])
            if not at:
                writer.writerow([*(["store"] if several else []), *header])
            writer.writerows([*([neutral(document["shop"])] if several else []), *row] for row in rows)
        if alone:
            break
        writer.writerow([])
    return file.getvalue()


def _table(section: Document, currency: str) -> tuple[list[str], Iterable[list[str]]]:
    if section["columns"]:
        columns = section["columns"]
        rows = ([_cell(row[column["name"]], column["unit"]) for column in columns] for row in section["rows"])
        return [column["name"] for column in columns], rows
    figures = section["figures"]
    return list(_FIGURES), (
        [
            figure["name"],
            _cell(figure["value"], figure["unit"]),
            currency if figure["unit"] == "money" else figure["unit"],
            _cell(figure["change_percent"], "percent"),
        ]
        for figure in figures
    )


def _cell(value: Any, unit: str) -> str:
    """Return a cell; numbers of ours are no formulas, whatever their sign."""
    if value is None:
        return ""
    return neutral(str(value)) if unit in _WORDS else str(value)
