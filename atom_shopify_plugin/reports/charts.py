"""Where the parts of a chart lie: numbers become places, and the template draws them.

A chart over time is 1000 units wide and 300 high, and is stretched to the room that it has. Places are whole numbers.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Any

from atom_shopify_plugin.reports.values import compact, day, shown, text

__all__ = ["HEIGHT", "WIDTH", "chart", "sparkline"]

WIDTH, HEIGHT = 1_000, 300
_SPARK = 100
_LABELS, _FEW = 7, 4  # so many labels at most, else so many
_STEPS = (Decimal(1), Decimal(2), Decimal("2.5"), Decimal(5), Decimal(10))

Json = dict[str, Any]
Section = Mapping[str, Any]


def chart(section: Section, currency: str, timezone: str) -> Json | None:
    """Return the parts of a section's chart; None where it has none, or nothing to draw."""
    declared, rows = section["chart"], section["rows"]
    if declared is None or not rows:
        return None
    columns = {column["name"]: column for column in section["columns"]}
    if not any(_number(row[name]) for row in rows for name in declared["series"]):
        return None
    if declared["kind"] == "bar":
        return _bars(columns, declared, rows, currency, timezone)
    return _over_time(columns, declared, rows, currency, timezone)


def sparkline(values: Sequence[Any]) -> str | None:
    """Return the points of a small line, 100 units wide and high; None for fewer than three values."""
    numbers = [_number(value) for value in values]
    if len(numbers) < 3 or not any(numbers):
        return None
    low, high = min(Decimal(0), *numbers), max(Decimal(0), *numbers)
    return _line(numbers, low, high, _SPARK, _SPARK)


def _bars(columns: Mapping[str, Json], declared: Json, rows: Sequence[Json], currency: str, timezone: str) -> Json:
    name = declared["series"][0]
    unit, x = columns[name]["unit"], columns[declared["x"]]
    most = max(abs(_number(row[name])) for row in rows)
    bars = [
        {
            "label": shown(row[declared["x"]], x["unit"], timezone) if row[declared["x"]] is not None else "none",
            "value": text(row[name], unit, timezone, currency),
            "length": round(abs(_number(row[name])) * WIDTH / most),
            "below": _number(row[name]) < 0,
        }
        for row in rows
    ]
    first = bars[0]
    return {
        "kind": "bar",
        "bars": bars,
        "about": f"{columns[name]['label']} of {len(bars)}: first {first['label']} with {first['value']}.",
    }


def _over_time(columns: Mapping[str, Json], declared: Json, rows: Sequence[Json], currency: str, timezone: str) -> Json:
    names = declared["series"]
    series = {name: [_number(row[name]) for row in rows] for name in names}
    stacked = declared["kind"] == "stacked"
    if stacked:
        high = max(sum(max(series[name][at], Decimal(0)) for name in names) for at in range(len(rows)))
        low = min(sum(min(series[name][at], Decimal(0)) for name in names) for at in range(len(rows)))
    else:
        high, low = max(series[names[0]]), min(series[names[0]])
    ticks = _ticks(Decimal(low), Decimal(high))
    bottom, top = ticks[0], ticks[-1]
    days = [row[declared["x"]] for row in rows]
    first = series[names[0]]
    best = max(range(len(rows)), key=lambda at: first[at])
    unit = columns[names[0]]["unit"]
    return {
        "kind": declared["kind"],
        "ticks": [{"label": compact(tick), "y": _y(tick, bottom, top), "zero": not tick} for tick in reversed(ticks)],
        "line": None if stacked else _line(first, bottom, top, WIDTH, HEIGHT),
        "zero": _y(Decimal(0), bottom, top),
        "columns": _columns(series, bottom, top) if stacked else [],
        "spots": [
            {
                "x": x,
                "width": width,
                "told": f"{day(days[at])}: "
                + ", ".join(
                    f"{columns[name]['label']} {text(rows[at][name], columns[name]['unit'], timezone, currency)}"
                    for name in names
                ),
            }
            for at, (x, width) in enumerate(_spots(len(rows), stacked))
        ],
        "labels": [day(days[at], year=False) for at in _spread(len(rows))],
        "middle": stacked and len(rows) <= _LABELS,  # each label is below the middle of its column
        "legend": [columns[name]["label"] for name in names] if len(names) > 1 else [],
        "about": (
            f"{columns[names[0]]['label']} from {day(days[0])} to {day(days[-1])}; most for {day(days[best])}: "
            f"{text(rows[best][names[0]], unit, timezone, currency)}."
        ),
    }


def _columns(series: Mapping[str, Sequence[Decimal]], bottom: Decimal, top: Decimal) -> list[Json]:
    """Return the rectangles of stacked columns: what is below zero hangs from the line of zero."""
    count = len(next(iter(series.values())))
    step = Decimal(WIDTH) / count
    found = []
    for at in range(count):
        above = below = Decimal(0)
        for place, values in enumerate(series.values()):
            value = values[at]
            start = above if value >= 0 else below
            ends = sorted((_y(start, bottom, top), _y(start + value, bottom, top)))
            above, below = (above + value, below) if value >= 0 else (above, below + value)
            if ends[0] != ends[1]:
                found.append(
                    {
                        "x": round(at * step + step / 8),
                        "width": max(round(step * 3 / 4), 1),
                        "y": ends[0],
                        "height": ends[1] - ends[0],
                        "series": place,
                    }
                )
    return found


def _line(values: Sequence[Decimal], bottom: Decimal, top: Decimal, width: int, height: int) -> str:
    """Return the points of a line from edge to edge; one value alone goes all the way across."""
    places = [_y(value, bottom, top, height) for value in values]
    if len(places) == 1:
        places *= 2
    return " ".join(f"{round(width * at / (len(places) - 1))},{y}" for at, y in enumerate(places))


def _y(value: Decimal, bottom: Decimal, top: Decimal, height: int = HEIGHT) -> int:
    return height - round((value - bottom) * height / (top - bottom)) if top != bottom else height


def _ticks(low: Decimal, high: Decimal) -> list[Decimal]:
    """Return round numbers at equal distances from below `low` to above `high`, zero among them."""
    low, high = min(low, Decimal(0)), max(high, Decimal(0))
    rough = (high - low) / 4
    power = Decimal(10) ** rough.adjusted()
    step = next(one * power for one in _STEPS if one * power >= rough)
    first = int((low / step).to_integral_value(ROUND_FLOOR))
    last = int((high / step).to_integral_value(ROUND_CEILING))
    return [step * at for at in range(first, last + 1)]


def _spread(count: int) -> list[int]:
    """Return the places of a few labels: the first, the last, and some between."""
    if count <= _LABELS:
        return list(range(count))
    return [round(at * (count - 1) / (_FEW - 1)) for at in range(_FEW)]


def _spots(count: int, stacked: bool) -> list[tuple[int, int]]:
    """Return where a pointer means each value: the left edge and the width of the place."""
    if stacked or count == 1:
        edges = [round(at * WIDTH / count) for at in range(count + 1)]
    else:
        middles = [round((2 * at + 1) * WIDTH / (count - 1) / 2) for at in range(count - 1)]
        edges = [0, *middles, WIDTH]
    return [(left, max(right - left, 1)) for left, right in itertools.pairwise(edges)]


def _number(value: Any) -> Decimal:
    return Decimal(0) if value is None else Decimal(value)
