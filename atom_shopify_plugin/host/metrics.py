"""`GET /metrics` for Prometheus: requests by endpoint, and what the health reporters say.

The host has a registry of its own. With several worker processes set ``PROMETHEUS_MULTIPROC_DIR`` (`serve` does): the
counters are then summed over all of them. Labels hold endpoints and names of checks, never people or shops.
"""

from __future__ import annotations

import ipaddress
import os
import re
import time
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Flask, Response, current_app, request

from atom_shopify_plugin.host.health import HostHealth
from atom_shopify_plugin.host.http import caller
from atom_shopify_plugin.host.parking import hold

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry
    from prometheus_client.metrics_core import Metric

__all__ = ["Metrics", "blueprint"]

blueprint = Blueprint("atom_metrics", __name__)

_FIGURE = re.compile(r"[a-z][a-z0-9_]*")
_STATUS = {"ok": 1.0, "degraded": 0.5, "down": 0.0}
_BUCKETS = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
_STARTED = "atom.started"
_METHODS = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"})
_PROXY_HEADERS = ("X-Forwarded-For", "Forwarded", "X-Real-Ip", "Via")


class Metrics:
    """Counts every request of an app and shows the health checks of its plugins."""

    def __init__(self, app: Flask, health: HostHealth) -> None:
        from prometheus_client import CollectorRegistry, Counter, Histogram

        self._registry = CollectorRegistry()
        self._checks = _Checks(health)
        self._registry.register(self._checks)
        labels = ("method", "endpoint", "status")
        self._requests = Counter("atom_http_requests", "Requests answered.", labels, registry=self._registry)
        self._seconds = Histogram(
            "atom_http_request_seconds",
            "Time to answer.",
            ("method", "endpoint"),
            buckets=_BUCKETS,
            registry=self._registry,
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
        summed.register(self._checks)
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

    def describe(self) -> Iterable[Metric]:
        return []  # nothing has to be asked when the collector is registered

    def collect(self) -> Iterator[Metric]:
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
    """Answer the metrics: to this machine itself, and with a bearer token to everybody else."""
    from prometheus_client import generate_latest

    if not _from_this_machine():
        caller()
    text = generate_latest(current_app.extensions["atom_host"].metrics.registry())
    return Response(text, content_type="text/plain; version=0.0.4; charset=utf-8")


def _from_this_machine() -> bool:
    if any(header in request.headers for header in _PROXY_HEADERS):
        return False
    try:
        return ipaddress.ip_address(request.remote_addr or "").is_loopback
    except ValueError:
        return False
