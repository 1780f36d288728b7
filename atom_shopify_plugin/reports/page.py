"""A report as one HTML page: it loads nothing, needs no script, and is fit for print and for the dark."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

from atom_shopify_plugin.pages.render import Pages
from atom_shopify_plugin.reports.charts import HEIGHT, WIDTH, chart, sparkline
from atom_shopify_plugin.reports.terms import TERMS
from atom_shopify_plugin.reports.values import day, shown

__all__ = ["POLICY", "page"]

_FOLDER = Path(__file__).parent / "templates"
_STYLE = (_FOLDER / "report.css").read_text("utf-8")
_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
POLICY = f"default-src 'none'; style-src 'sha256-{_HASH}'; base-uri 'none'; form-action 'none'"
"""The content security policy of a page: its own style and nothing else."""

_PAGES = Pages(_FOLDER)
_CONVERTED = "sales_converted"
"""The question whose amounts are in one currency for all stores, so that they can be summed."""
_NUMBERS = frozenset(("money", "count", "percent", "hours", "days", "number"))

Json = dict[str, Any]
Document = Mapping[str, Any]


def page(documents: Sequence[Document]) -> str:
    """Return the page of a report: of one store, or of several side by side."""
    from markupsafe import Markup

    first = documents[0]
    terms: dict[str, None] = {}
    stores = [_store(document, terms) for document in documents]
    return _PAGES.render(
        "report.html",
        style=Markup(_STYLE),  # noqa: S704  # our own file
        policy=POLICY,
        title=first["title"],
        about=first["about"],
        name=first["store"] if len(documents) == 1 else f"{len(documents)} stores",
        period=_days(first["period"]),
        stores=stores,
        beside=_beside(documents) if len(documents) > 1 else [],
        terms=[
            {"name": name, "label": TERMS[name].label, "meaning": TERMS[name].meaning}
            for name in terms
            if TERMS[name].meaning
        ],
        width=WIDTH,
        height=HEIGHT,
    )


def _store(document: Document, terms: dict[str, None]) -> Json:
    zone = document["timezone"]
    small = _small_lines(document)
    return {
        "store": document["store"],
        "shop": document["shop"],
        "currency": document["currency"],
        "timezone": zone,
        "as_of": shown(document["as_of"], "moment", zone),
        "complete": document["complete"],
        "known_since": None if document["known_since"] is None else day(document["known_since"]),
        "sections": [_section(section, document, terms, small) for section in document["sections"]],
    }


def _section(section: Document, document: Document, terms: dict[str, None], small: Mapping[str, str | None]) -> Json:
    zone, currency = document["timezone"], section["currency"] or document["currency"]
    terms.update(dict.fromkeys(figure["name"] for figure in section["figures"]))
    terms.update(dict.fromkeys(column["term"] for column in section["columns"]))
    return {
        "key": section["key"],
        "title": section["title"],
        "reason": section["reason"],
        "period": None if section["period"] == document["period"] else _days(section["period"]),
        "changes": any(figure["change_percent"] is not None for figure in section["figures"]),
        "figures": [
            {
                "name": figure["name"],
                "defined": bool(TERMS[figure["name"]].meaning),
                "label": figure["label"],
                "value": shown(figure["value"], figure["unit"], zone),
                "unit": currency if figure["unit"] == "money" and figure["value"] is not None else "",
                "change": _change(figure["change_percent"]),
                "line": small.get(figure["name"]) if section["question"] == "sales" else None,
            }
            for figure in section["figures"]
        ],
        "columns": [
            {**column, "defined": bool(TERMS[column["term"]].meaning), "number": column["unit"] in _NUMBERS}
            for column in section["columns"]
        ],
        "rows": [
            [
                {
                    "text": shown(row[column["name"]], column["unit"], zone),
                    "number": column["unit"] in _NUMBERS,
                }
                for column in section["columns"]
            ]
            for row in section["rows"]
        ],
        "money": currency if any(column["unit"] == "money" for column in section["columns"]) else "",
        "chart": chart(section, currency, zone),
    }


def _small_lines(document: Document) -> dict[str, str | None]:
    """Return a small line for each figure that a section of the report has over time."""
    for section in document["sections"]:
        if section["chart"] is not None and section["chart"]["kind"] == "line":
            names = [column["name"] for column in section["columns"] if column["name"] != section["chart"]["x"]]
            return {name: sparkline([row[name] for row in section["rows"]]) for name in names}
    return {}


def _beside(documents: Sequence[Document]) -> list[Json]:
    """Return a table for each section with figures: a row for each figure, a column for each store."""
    tables = []
    for place, section in enumerate(documents[0]["sections"]):
        there = [document["sections"][place] for document in documents]
        figures: list[Document] = next((one["figures"] for one in there if one["figures"]), [])
        if not figures:
            continue
        rows = []
        for at, figure in enumerate(figures):
            cells = []
            for document, one in zip(documents, there, strict=True):
                found = one["figures"][at] if one["figures"] else None
                value = None if found is None else found["value"]
                unit = one["currency"] if figure["unit"] == "money" and value is not None else ""
                cells.append(
                    {
                        "text": shown(value, figure["unit"], document["timezone"]),
                        "unit": unit,
                        "change": _change(None if found is None else found["change_percent"]),
                    }
                )
            if section["question"] == _CONVERTED:
                cells.append(_sum([one["figures"][at] if one["figures"] else None for one in there], section))
            rows.append({"name": figure["name"], "label": figure["label"], "cells": cells})
        tables.append({"title": section["title"], "rows": rows, "summed": section["question"] == _CONVERTED})
    return tables


def _sum(figures: Sequence[Document | None], section: Document) -> Json:
    """Return a figure of all stores in one currency; a dash where it is unknown of one of them, and for rates."""
    values = [None if one is None or one["unit"] != "money" else one["value"] for one in figures]
    known = [Decimal(value) for value in values if value is not None]
    if len(known) < len(values):
        return {"text": shown(None, "money", "UTC"), "unit": "", "change": None}
    return {"text": shown(str(sum(known)), "money", "UTC"), "unit": section["currency"], "change": None}


def _change(value: str | None) -> Json | None:
    if value is None:
        return None
    sign = "down" if value.startswith("-") else "up" if value.strip("0.") else "same"
    plain = shown(value.removeprefix("-"), "percent", "UTC")
    return {"sign": sign, "text": {"up": f"▲ {plain}", "down": f"▼ {plain}", "same": f"= {plain}"}[sign]}


def _days(period: Document | None) -> str:
    if period is None:
        return ""
    since, until = day(period["since"]), day(period["until"])
    return since if since == until else f"{since} – {until}"
