"""A report filled with answers: plain JSON values, from which CSV, HTML and a text for messages are made."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from atom_shopify_plugin.analytics.periods import Period
from atom_shopify_plugin.errors import NotSynced
from atom_shopify_plugin.reports.declared import Report, Section
from atom_shopify_plugin.reports.questions import QUESTIONS, Question, Shown, Source
from atom_shopify_plugin.reports.terms import TERMS

__all__ = ["Asked", "filled", "key_of"]

Json = dict[str, Any]


@dataclass(frozen=True)
class Asked:
    """What a report is made for: a store, a period, and `ask`, which puts a question to its copy.

    `ask` raises `NotSynced` where what would answer has not been copied.
    """

    shop: str
    store: str
    period: Period
    ask: Callable[[Source, Question, Mapping[str, Any]], Json]


def filled(report: Report, asked: Asked) -> Json:
    """Return a report with the answers to its questions; see `docs/reports.md` for its members.

    A section that can't be answered says why. Raise `NotSynced` where none can.
    """
    sections, failures, answers = [], [], []
    for place, section in enumerate(report.sections):
        question = QUESTIONS[section.question]
        period = asked.period if section.days is None else _before(asked.period, section.days)
        frame = {
            "key": key_of(report, place),
            "question": section.question,
            "title": section.title or question.title.format_map({**question.given, **section.given}),
        }
        try:
            answer = asked.ask(question.source, question, _given(question, section, period))
        except NotSynced as error:
            failures.append(error)
            sections.append({**frame, **_EMPTY, "reason": error.message})
        else:
            answers.append(answer)
            sections.append({**frame, **_shown(question, answer)})
    if not answers:
        raise failures[0]
    timed = any(QUESTIONS[section.question].source == "orders" for section in report.sections)
    return {
        "name": report.name,
        "title": report.title,
        "about": report.about,
        "shop": asked.shop,
        "store": asked.store,
        "period": _period(asked.period) if timed else None,
        "timezone": answers[0]["timezone"],
        "currency": answers[0]["currency"],
        "as_of": min(answer["as_of"] for answer in answers),
        "complete": not failures and all(answer["complete"] for answer in answers),
        "known_since": next((one["known_since"] for one in answers if one["known_since"]), None),
        "sections": sections,
    }


def key_of(report: Report, place: int) -> str:
    """Return what names a section in its report: its question, with a number from the second one of it on."""
    question = report.sections[place].question
    earlier = sum(section.question == question for section in report.sections[:place])
    return f"{question}_{earlier + 1}" if earlier else question


_EMPTY: Json = {
    "period": None,
    "complete": False,
    "definitions": None,
    "currency": None,
    "figures": [],
    "columns": [],
    "rows": [],
    "chart": None,
}


def _before(period: Period, days: int) -> Period:
    return Period(max(period.until - timedelta(days=days - 1), date(2000, 1, 1)), period.until)


def _period(period: Period) -> Json:
    return {"name": period.name, "since": period.since.isoformat(), "until": period.until.isoformat()}


def _given(question: Question, section: Section, period: Period) -> Json:
    """Return the input of a question; `previous` of a named period depends on its name."""
    given = {**question.given, **section.given}
    if question.source != "orders":
        return given
    if period.name is not None:
        return {**given, "period": period.name}
    return {**given, "since": period.since.isoformat(), "until": period.until.isoformat()}


def _shown(question: Question, answer: Json) -> Json:
    rows: Sequence[Json] = [] if question.rows is None else _at(answer, question.rows) or []
    chart = question.chart
    return {
        "period": answer["period"],
        "complete": answer["complete"],
        "definitions": answer["definitions"],
        "currency": (answer.get("converted") or answer)["currency"],
        "figures": [
            {
                "name": shown.term,
                "label": shown.label or TERMS[shown.term].label,
                "unit": TERMS[shown.term].unit,
                "meaning": TERMS[shown.term].meaning or None,
                "value": _at(answer, shown.path),
                "change_percent": None if shown.change is None else _at(answer, shown.change),
            }
            for shown in question.figures
        ],
        "columns": [
            {"name": _column(shown), "term": shown.term, "label": shown.label or TERMS[shown.term].label,
             "unit": TERMS[shown.term].unit, "meaning": TERMS[shown.term].meaning or None}
            for shown in question.columns
        ],
        "rows": [{_column(shown): _at(row, shown.path) for shown in question.columns} for row in rows],
        "chart": None if chart is None else {"kind": chart.kind, "x": chart.x, "series": list(chart.series)},
        "reason": None,
    }  # fmt: skip


def _column(shown: Shown) -> str:
    """Return the name of a column: its term, and its place where a term has several columns."""
    parts = shown.path.split(".")
    return f"{shown.term}_{parts[1]}" if len(parts) > 1 and parts[1].isdigit() else shown.term


def _at(value: Any, paths: str) -> Any:
    """Return what stands at the first of some paths, None where nothing does."""
    for path in paths.split("|"):
        found = value
        for part in path.split("."):
            if isinstance(found, Mapping):
                found = found.get(part)
            elif isinstance(found, Sequence) and not isinstance(found, str):
                place = int(part)
                found = found[place] if -len(found) <= place < len(found) else None
            else:
                found = None
        if found is not None:
            return found
    return None
