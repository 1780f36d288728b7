"""Custom reports: sections that a caller chooses from the questions, each with what it takes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from atom_shopify_plugin.errors import Fault, InvalidInput
from atom_shopify_plugin.reports.declared import Report, Section
from atom_shopify_plugin.reports.questions import QUESTIONS

__all__ = ["CUSTOM", "custom", "name_key"]

CUSTOM = "custom"
"""The name under which chosen sections are a report."""
_DAYS = range(1, 1_101)


def custom(sections: Sequence[str], title: str) -> Report:
    """Return the report of chosen sections, such as ``sales_by_product first=5 days=90``.

    `days` makes a section look back so many days from the end of the report's period. Raise `InvalidInput` with each
    section that has no such question, or takes no such value.
    """
    faults: list[Fault] = []
    chosen = []
    for place, text in enumerate(sections):
        name, *given = text.split()
        try:
            chosen.append(_section(name, given))
        except ValueError as error:
            faults.append(Fault(f"/sections/{place}", str(error), "conflict"))
    if faults:
        raise InvalidInput.about("The input", faults)
    return Report(CUSTOM, title, "Sections that were chosen.", tuple(chosen))


def name_key(name: str) -> str:
    """Return a name of a report as ready ones are called: in small letters, with underscores."""
    return "_".join(re.split(r"[\s_-]+", name.strip().lower()))


def _section(name: str, given: Sequence[str]) -> Section:
    question = QUESTIONS.get(name)
    if question is None or question.asked_by is not None:
        there = ", ".join(name for name, one in QUESTIONS.items() if one.asked_by is None)
        raise ValueError(f"There is no such question. There are: {there}.")
    takes = {**question.takes, **({"days": _DAYS} if question.source == "orders" else {})}
    values: dict[str, Any] = {}
    for one in given:
        key, _, text = one.partition("=")
        allowed = takes.get(key)
        if allowed is None or key in values:
            raise ValueError(f"{name} takes each of these once: {', '.join(takes) or 'nothing'}.")
        value: Any = int(text) if isinstance(allowed, range) and text.isdecimal() else text
        if value not in allowed:
            between = f"a number from {allowed[0]} to {allowed[-1]}" if isinstance(allowed, range) else None
            raise ValueError(f"{key} must be {between or 'one of ' + ', '.join(map(str, allowed))}.")
        values[key] = value
    days = values.pop("days", None)
    return Section(name, values, days=days)
