"""How runs and their steps ended: counted in the transaction that ends them, so that no crash loses or doubles one.

All processes that use the same file count in it. Rows of runs are deleted after a while; what was counted stays.
"""

from __future__ import annotations

import json
import math
import sqlite3
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator
from typing import NamedTuple

from atom_shopify_plugin.hookspecs import Metric, Sample
from atom_shopify_plugin.host.store import HostStore

__all__ = ["metrics", "run_ended", "step_ended"]

_COUNTER = -1  # the bucket of what is no histogram
_BOUNDS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0, 60.0, 300.0, 3600.0, 86_400.0)


class _Family(NamedTuple):
    name: str
    about: str
    labels: tuple[str, ...]
    histogram: bool = False


_RUNS = _Family(
    "atom_workflow_runs_total",
    "Runs of workflows, by what began them (cause) and how they ended: completed, failed, cancelled, or condition_false"
    " for what a condition of the workflow kept from beginning. A run that is retried ends again.",
    ("cause", "outcome"),
)
_RUN_SECONDS = _Family(
    "atom_workflow_run_seconds", "Time from the start of runs to their end, including waiting.", ("outcome",), True
)
_STEPS = _Family(
    "atom_workflow_steps_total",
    "Steps of workflows, by type and how they ended: done, failed or skipped.",
    ("kind", "outcome"),
)
_STEP_SECONDS = _Family(
    "atom_workflow_step_seconds", "Time from the first attempt of steps to their end.", ("kind",), True
)
_FAMILIES = (_RUNS, _RUN_SECONDS, _STEPS, _STEP_SECONDS)


def run_ended(connection: sqlite3.Connection, cause: str, outcome: str, seconds: float | None) -> None:
    """Count a run that ends in this transaction, `seconds` after it was planned; None where that says nothing."""
    _add(connection, _RUNS, (cause, outcome))
    if seconds is not None:
        _add(connection, _RUN_SECONDS, (outcome,), seconds)


def step_ended(connection: sqlite3.Connection, kind: str, outcome: str, seconds: float) -> None:
    """Count a step that ends in this transaction, `seconds` after its first attempt."""
    _add(connection, _STEPS, (kind, outcome))
    if outcome != "skipped":
        _add(connection, _STEP_SECONDS, (kind,), seconds)


def _add(
    connection: sqlite3.Connection, family: _Family, labels: tuple[str, ...], seconds: float | None = None
) -> None:
    bucket = _COUNTER if seconds is None else bisect_left(_BOUNDS, seconds)
    connection.execute(
        "INSERT INTO host_tallies (name, labels, bucket, count, total) VALUES (?, ?, ?, 1, ?)"
        " ON CONFLICT DO UPDATE SET count = count + 1, total = total + excluded.total",
        (family.name, json.dumps(labels), bucket, max(0.0, seconds or 0.0)),
    )


def metrics(store: HostStore) -> list[Metric]:
    """Return what was counted, the runs that have not ended by state, and the questions that wait for an answer."""
    cells: dict[tuple[str, str], dict[int, tuple[int, float]]] = defaultdict(dict)
    for name, labels, bucket, count, total in store.run("SELECT name, labels, bucket, count, total FROM host_tallies"):
        cells[name, labels][bucket] = (count, total)
    found = [
        Metric(
            family.name,
            "histogram" if family.histogram else "counter",
            family.about,
            [_sample(family, labels, counted) for (name, labels), counted in cells.items() if name == family.name],
        )
        for family in _FAMILIES
    ]
    return [*found, *_gauges(store)]


def _sample(family: _Family, labels: str, counted: dict[int, tuple[int, float]]) -> Sample:
    named = dict(zip(family.labels, json.loads(labels), strict=True))
    if not family.histogram:
        return Sample(named, float(counted[_COUNTER][0]))
    seen, buckets = 0, []
    for bucket, end in enumerate((*_BOUNDS, math.inf)):
        seen += counted.get(bucket, (0, 0.0))[0]
        buckets.append((end, seen))
    return Sample(named, sum(total for _, total in counted.values()), buckets)


def _gauges(store: HostStore) -> Iterator[Metric]:
    states = dict.fromkeys(("pending", "running", "waiting"), 0)
    states |= dict(store.run("SELECT state, count(*) FROM host_runs WHERE finished_at IS NULL GROUP BY state"))
    samples = [Sample({"state": state}, float(count)) for state, count in states.items()]
    yield Metric("atom_workflow_runs_unfinished", "gauge", "Runs that have not ended, by state.", samples)
    ((waiting,),) = store.run("SELECT count(*) FROM host_approvals WHERE state = 'waiting'")
    about = "Questions of workflows that wait for a person's answer."
    yield Metric("atom_workflow_approvals_open", "gauge", about, [Sample({}, float(waiting))])
