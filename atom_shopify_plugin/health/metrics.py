"""The plugin's metrics for Prometheus: what all processes counted, and how the tables stand.

See `metrics.families` for what is counted. A scrape reads one table and what the health checks have found; it never
calls Shopify.
"""

from __future__ import annotations

import math
import platform
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from atom_shopify_plugin._version import __version__
from atom_shopify_plugin.errors import Unavailable
from atom_shopify_plugin.hookspecs import Check, Metric, Sample
from atom_shopify_plugin.metrics.families import FAMILIES
from atom_shopify_plugin.metrics.meter import Family
from atom_shopify_plugin.process.bounded import Bounded

if TYPE_CHECKING:
    from atom_shopify_plugin.services import Services
    from atom_shopify_plugin.storage.calls.counters import Counted

__all__ = ["Metrics"]

_SECONDS = 0.5  # a scrape waits no longer for the database
_MOMENT = 0.2  # nor for a check
_FRESH = 1.0  # seconds for which several scrapes get the same answer
_JOB_STATES = ("pending", "running", "parked", "dead", "quarantined")
_STORE_STATES = ("active", "reauth_required")


class Metrics:
    """Collects the metrics of one plugin; while the database is away there are fewer.

    `check` gives a check of health by its name, within some seconds.
    """

    def __init__(self, services: Services, check: Callable[[str, float], Check]) -> None:
        self._services = services
        self._check = check
        self._stored: Bounded[list[Metric]] = Bounded(self._ask, time.monotonic, _FRESH)

    def collect(self) -> list[Metric]:
        """Return all metrics within a second; raise nothing."""
        return [self._build(), *(self._stored.get(_SECONDS) or ()), *self._gauges()]

    def _build(self) -> Metric:
        labels = {
            "version": __version__,
            "api_version": self._services.settings.api_version,
            "python": platform.python_version(),
        }
        return Metric("atom_shopify_build_info", "gauge", "The running version; always 1.", [Sample(labels, 1.0)])

    def _ask(self) -> list[Metric]:
        try:
            return list(_counted(self._services.storage.counters.all()))
        except Unavailable:
            return []  # a gap; counters that begin at zero again would be a lie

    def _gauges(self) -> Iterator[Metric]:
        # The checks are asked for each scrape anyway; while the database is away they hold no figures.
        jobs, tokens = (self._check(name, _MOMENT).data for name in ("jobs", "tokens"))
        if "oldest_seconds" in jobs:
            states = [Sample({"state": state}, float(jobs[state])) for state in _JOB_STATES]
            yield Metric("atom_shopify_jobs", "gauge", "Jobs that are not done, by state.", states)
            about = "How long the job that waits longest for a worker has been due."
            oldest = Sample({}, float(jobs["oldest_seconds"]))
            yield Metric("atom_shopify_jobs_oldest_seconds", "gauge", about, [oldest])
        if "active" in tokens:
            states = [Sample({"state": state}, float(tokens[state])) for state in _STORE_STATES]
            yield Metric("atom_shopify_stores", "gauge", "Stores, by the state of their connection.", states)


def _counted(rows: Iterable[Counted]) -> Iterator[Metric]:
    by_name: dict[str, list[Counted]] = defaultdict(list)
    for row in rows:
        by_name[row.name].append(row)
    for family in FAMILIES:
        found = by_name.get(family.name, [])
        if family.bounds:
            yield Metric(family.name, "histogram", family.about, list(_histograms(family, found)))
        else:
            yield Metric(family.name, "counter", family.about, list(_counters(family, found)))


def _counters(family: Family, rows: Sequence[Counted]) -> Iterator[Sample]:
    totals = {(labels, ""): 0.0 for labels in family.zeros}
    # What an older version counted under other labels is left out.
    totals |= {(row.labels, row.shop): row.total for row in rows if len(row.labels) == len(family.labels)}
    for (values, shop), total in totals.items():
        labels = dict(zip(family.labels, values, strict=True))
        # To Prometheus an empty label is none: it is the same series whether or not stores are told apart.
        yield Sample({**labels, "shop": shop} if family.by_store else labels, total)


def _histograms(family: Family, rows: Sequence[Counted]) -> Iterator[Sample]:
    series: dict[tuple[str, ...], list[Counted]] = defaultdict(list)
    for row in rows:
        if len(row.labels) == len(family.labels):
            series[row.labels].append(row)
    for labels, cells in series.items():
        counts = {cell.bucket: cell.count for cell in cells}
        seen, buckets = 0, []
        for bucket, end in enumerate((*family.bounds, math.inf)):
            seen += counts.get(bucket, 0)
            buckets.append((end, seen))
        named = dict(zip(family.labels, labels, strict=True))
        yield Sample(named, sum(cell.total for cell in cells), buckets)
