"""The definitions in docs/metrics.md name the classes, the methods and the limits that the code has."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from atom_shopify_plugin.analytics import (
    demand,
    forecast,
    inventory,
    recommend,
    reminders,
    replenishment,
    rfm,
    smoothing,
)

TEXT = (Path(__file__).parents[2] / "docs" / "metrics.md").read_text("utf-8")


def section(title: str) -> str:
    """Return the text below a heading, up to the next one."""
    found = re.search(rf"^#+ {re.escape(title)}\n(.*?)(?=^#|\Z)", TEXT, re.MULTILINE | re.DOTALL)
    assert found is not None, title
    return " ".join(found[1].split())


def test_the_table_of_classes_is_that_of_the_code() -> None:
    def span(bounds: tuple[int, int]) -> str:
        first, last = bounds
        return "any" if bounds == (1, 5) else str(first) if first == last else f"{first}–{last}"

    rows = re.findall(r"^\| ([^|]+) \| ([^|]+) \| ([^|]+) \| (1|2 or more) \|$", TEXT, re.MULTILINE)
    assert rows == [
        (group.title, span(group.recency), span(group.value), "2 or more" if group.repeat else "1")
        for group in rfm.CLASSES
    ]


@pytest.mark.parametrize(
    ("title", "words"),
    [
        ("Scores", f"fewer than {rfm.FEWEST_CUSTOMERS} customers nobody"),
        ("Scores", f"fewer than {rfm.FEW_CUSTOMERS} a note"),
        ("Safety stock and reorder point", f"Up to {replenishment.SLOW:g} expected units"),
        ("Dead stock", f"nobody bought for {inventory.DEAD_AFTER} days"),
        ("ABC classes", f"less than {inventory.THRESHOLDS[0]:.0%} of the sum, B".replace("%", " %")),
        ("ABC classes", f"less than {inventory.THRESHOLDS[1]:.0%}, otherwise C".replace("%", " %")),
        ("When there is no forecast", f"needs {forecast.days_needed(0)} + *n* days"),
        ("Bought together", f"from {recommend.FEWEST_TOGETHER} orders on"),
        ("Bought together", f"more than {recommend.LARGEST_GROUP} different products"),
        ("Similar products", f"from {recommend.FEWEST_TOGETHER} such customers on"),
        ("Reorder reminders", f"from {['no', 'two', 'three'][reminders.FEWEST_OWN]} orders on"),
        ("Demand", f"above {demand.LONGEST_INTERVAL}"),
        ("Demand", f"above {demand.LARGEST_VARIATION}"),
    ],
)
def test_the_limits_are_those_of_the_code(title: str, words: str) -> None:
    assert words in section(title)


def test_the_number_of_methods_is_that_of_the_code() -> None:
    assert len(smoothing.CANDIDATES) == 11
    assert section("Method and backtest").startswith("Eleven methods")
