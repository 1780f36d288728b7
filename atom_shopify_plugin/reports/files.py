"""A report as a file: CSV or HTML, of one store or of several side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from atom_shopify_plugin.reports.page import page
from atom_shopify_plugin.reports.tables import csv_text

__all__ = ["FORMATS", "as_file", "file_name"]

FORMATS = ("csv", "html")
_TYPES = {"csv": "text/csv; charset=utf-8", "html": "text/html; charset=utf-8"}


def as_file(documents: Sequence[Mapping[str, Any]], form: str, *, whole: bool = True) -> tuple[str | None, str | None]:
    """Return the media type and the content of reports in a form; None twice for JSON, which is no file.

    Without `whole`, the reports have one section, and CSV is that table alone.
    """
    if form == "html":
        return _TYPES[form], page(documents)
    if form == "csv":
        return _TYPES[form], csv_text(documents, alone=not whole)
    return None, None


def file_name(document: Mapping[str, Any], form: str) -> str:
    """Return what a file with a report is called, such as ``weekly_sales-2026-11-23.csv``."""
    day = document["as_of"][:10] if document["period"] is None else document["period"]["since"]
    return f"{document['name']}-{day}.{form}"
