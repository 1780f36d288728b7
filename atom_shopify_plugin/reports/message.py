"""A report as a few lines of plain text: for e-mail, Slack and chat."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from atom_shopify_plugin.reports.values import day, shown, text

__all__ = ["message"]

_ROWS = 5
_LINES = 60


def message(document: Mapping[str, Any]) -> str:
    """Return the figures of a report and the first rows of its tables; at most 60 lines."""
    zone = document["timezone"]
    period = document["period"]
    days = "" if period is None else day(period["since"])
    if period is not None and period["until"] != period["since"]:
        days += f" – {day(period['until'])}"
    lines = [" · ".join(part for part in (document["title"], document["store"], days) if part)]
    for section in document["sections"]:
        lines += ["", section["title"]]
        currency = section["currency"]
        if section["reason"]:
            lines.append(section["reason"])
        for figure in section["figures"]:
            change = figure["change_percent"]
            sign = "" if change is None or change.startswith("-") else "+"
            told = "" if change is None else f" ({sign}{change} %)"
            lines.append(f"{figure['label']}: {text(figure['value'], figure['unit'], zone, currency)}{told}")
        lines += (
            [_row(section, row, zone, currency) for row in section["rows"][-_ROWS:]]
            if _timed(section)
            else [_row(section, row, zone, currency) for row in section["rows"][:_ROWS]]
        )
        if section["columns"] and not section["rows"]:
            lines.append("Nothing to show.")
    if not document["complete"]:
        known = document["known_since"]
        lines += ["", f"Orders before {day(known)} are missing." if known else "Some of it is missing."]
    lines += ["", f"As of {shown(document['as_of'], 'moment', zone)} ({zone})."]
    return "\n".join(lines if len(lines) <= _LINES else [*lines[: _LINES - 1], lines[-1]])


def _timed(section: Mapping[str, Any]) -> bool:
    return section["chart"] is not None and section["chart"]["kind"] != "bar"


def _row(section: Mapping[str, Any], row: Mapping[str, Any], zone: str, currency: str) -> str:
    first, *rest = section["columns"]
    wanted = [] if section["chart"] is None else section["chart"]["series"]
    named = [column for column in rest if column["name"] in wanted] or rest[:2]
    head = "none" if row[first["name"]] is None else shown(row[first["name"]], first["unit"], zone)
    values = [
        f"{column['label'].lower()} {text(row[column['name']], column['unit'], zone, currency)}" for column in named
    ]
    return " · ".join([head, *values])
