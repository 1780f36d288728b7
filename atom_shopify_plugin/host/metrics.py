"""`GET /metrics` for Prometheus: requests by endpoint, what the health reporters say, workflows, and plugins' metrics.

Whichever process answers, it tells the same. Requests are counted by the processes of one `serve`: with several of them
set ``PROMETHEUS_MULTIPROC_DIR`` (`serve` does), and they are summed. All else is read from storage that all processes
share (ADR 27). Labels hold endpoints, names of checks and words of code, never people; a plugin names stores only where
its operator wants that.
"""

from __future__ import annotations

import ipaddress
import logging
import os
import platform
import re
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Flask, Response, current_app, request

from atom_shopify_plugin._version import __version__
from atom_shopify_plugin.hookspecs import Metric, Sample
from atom_shopify_plugin.host.auth import OPERATOR_SCOPE
from atom_shopify_plugin.host.health import HostHealth
from atom_shopify_plugin.host.http import caller
from atom_shopify_plugin.host.parking import hold
from atom_shopify_plugin.host.plugins import Plugins

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry
    from prometheus_client.metrics_core import Metric as Shown

__all__ = ["Metrics", "blueprint"]

log = logging.getLogger(__name__)

blueprint = Blueprint("atom_metrics", __name__)

_FIGURE = re.compile(r"[a-z][a-z0-9_]*")
_OURS = ("atom_http_", "atom_check_", "atom_workflow_", "atom_build_")
_STATUS = {"ok": 1.0, "degraded": 0.5, "down": 0.0}
_BUCKETS = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
_STARTED = "atom.started"
_METHODS = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"})
_PROXY_HEADERS = ("X-Forwarded-For", "Forwarded", "X-Real-Ip", "Via")


class Metrics:
    """Counts every request of an app, and shows the health checks and the metrics of the host and its plugins.

    `own` returns the host's further metrics.
    """

    def __init__(self, app: Flask, health: HostHealth, plugins: Plugins, own: Callable[[], Sequence[Metric]]) -> None:
        from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

        self._registry = CollectorRegistry()
        self._asked = (_Checks(health), _Collected(plugins, own))
        for collector in self._asked:
            self._registry.register(collector)
        labels = ("method", "endpoint", "status")
        self._requests = Counter("atom_http_requests", "Requests answered.", labels, registry=self._registry)
        self._seconds = Histogram(
            "atom_http_request_seconds",
            "Time until the answer begins.",
            ("method", "endpoint"),
            buckets=_BUCKETS,
            registry=self._registry,
        )
        self.streams = Gauge(
            "atom_http_open_streams",
            "Answers that are streamed now, such as live events.",
            registry=self._registry,
            multiprocess_mode="livesum",
        )
        self._children: dict[tuple[str, str, int], tuple[Any, Any]] = {}
        app.before_request_funcs.setdefault(None, []).insert(0, _start)
        app.after_request(self._count)

    def registry(self) -> CollectorRegistry:
        """Return what to show: this process's registry, or the sum over all worker processes."""
        if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
            return self._registry
        from prometheus_client import CollectorRegistry
        from prometheus_client.multiprocess import MultiProcessCollector

        summed = CollectorRegistry()
        MultiProcessCollector(summed)  # type: ignore[no-untyped-call]
        for collector in self._asked:
            summed.register(collector)
        return summed

    def _count(self, response: Response) -> Response:
        # The endpoint's rule, not the path: paths are without number, and some carry what only their caller should see.
        waiting = hold()
        if waiting is not None and waiting.pending:
            return response  # it is not sent: the request waits, and is counted at its end
        endpoint = request.url_rule.rule if request.url_rule else "(none)"
        started = request.environ.get(_STARTED)
        seconds = None if started is None else time.perf_counter() - started
        self.count(request.method, endpoint, response.status_code, seconds)
        return response

    def count(self, method: str, endpoint: str, status: int, seconds: float | None) -> None:
        """Count an answer to `method` at a rule or path of ours, and how long it took."""
        key = (method, endpoint, status)
        children = self._children.get(key)
        if children is None:
            name = method if method in _METHODS else "(other)"
            children = self._requests.labels(name, endpoint, str(status)), self._seconds.labels(name, endpoint)
            self._children[key] = children
        children[0].inc()
        if seconds is not None:
            children[1].observe(seconds)


class _Checks:
    """A collector that asks the health reporters at the moment of the scrape."""

    def __init__(self, health: HostHealth) -> None:
        self._health = health

    def describe(self) -> Iterable[Shown]:
        return []  # nothing has to be asked when the collector is registered

    def collect(self) -> Iterator[Shown]:
        from prometheus_client.core import GaugeMetricFamily

        status = GaugeMetricFamily(
            "atom_check_status", "Health checks: 1 ok, 0.5 degraded, 0 down.", labels=("plugin", "check")
        )
        values = GaugeMetricFamily(
            "atom_check_value", "Figures of the health checks.", labels=("plugin", "check", "figure")
        )
        for plugin, checks in self._health.checks().items():
            for name, check in checks.items():
                status.add_metric((plugin, name), _STATUS[check.status])
                for figure, value in _figures(check.data):
                    values.add_metric((plugin, name, figure), value)
        yield status
        yield values


class _Collected:
    """A collector of what the host's storage and the plugins tell at the moment of the scrape."""

    def __init__(self, plugins: Plugins, own: Callable[[], Sequence[Metric]]) -> None:
        self._plugins = plugins
        self._own = own

    def describe(self) -> Iterable[Shown]:
        return []  # nothing has to be asked when the collector is registered

    def collect(self) -> Iterator[Shown]:
        told = {str(one.name): one for one in self._plugins.metrics() if not str(one.name).startswith(_OURS)}
        labels = {"version": __version__, "python": platform.python_version()}
        built = Metric("atom_build_info", "gauge", "The running version; always 1.", [Sample(labels, 1.0)])
        try:
            own = self._own()
        except sqlite3.Error:
            own = ()  # the check of the storage tells
        for metric in (built, *own, *told.values()):
            try:
                yield _shown(metric)
            except Exception:  # what a plugin tells is not ours: the others' metrics are shown all the same
                log.exception("the metric %.80s can't be shown", metric.name)


def _shown(metric: Metric) -> Shown:
    """Return a metric as the library writes it; raise `ValueError` for one that can't be."""
    from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily

    names = tuple(metric.samples[0].labels) if metric.samples else ()
    values = [(tuple(sample.labels[name] for name in names), sample) for sample in metric.samples]
    if metric.kind == "histogram":
        histogram = HistogramMetricFamily(metric.name, metric.about, labels=names)
        for labels, sample in values:
            buckets = [("+Inf" if end == float("inf") else repr(end), count) for end, count in sample.buckets]
            histogram.add_metric(labels, buckets, sample.value)
        return histogram
    family: CounterMetricFamily | GaugeMetricFamily
    if metric.kind == "counter":
        family = CounterMetricFamily(metric.name, metric.about, labels=names)
    else:
        family = GaugeMetricFamily(metric.name, metric.about, labels=names)
    for labels, sample in values:
        family.add_metric(labels, sample.value)
    return family


def _figures(data: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, float]]:
    for key, value in data.items():
        # Other keys than plain names, such as a shop's domain, would be labels about somebody.
        if not isinstance(key, str) or not _FIGURE.fullmatch(key):
            continue
        if isinstance(value, Mapping):
            yield from _figures(value, f"{prefix}{key}_")
        elif isinstance(value, int | float):
            yield f"{prefix}{key}", float(value)


def _start() -> None:
    request.environ.setdefault(_STARTED, time.perf_counter())


@blueprint.get("/metrics")
def metrics() -> Response:
    """Answer the metrics: to this machine itself, and to operators from elsewhere."""
    from prometheus_client import generate_latest

    if not _from_this_machine():
        caller(OPERATOR_SCOPE)
    text = generate_latest(current_app.extensions["atom_host"].metrics.registry())
    return Response(text, content_type="text/plain; version=0.0.4; charset=utf-8")


def _from_this_machine() -> bool:
    if any(header in request.headers for header in _PROXY_HEADERS):
        return False
    try:
        return ipaddress.ip_address(request.remote_addr or "").is_loopback
    except ValueError:
        return False
