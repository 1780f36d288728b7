"""Asking the plugins how they are: within a time budget, at most every few seconds, and whatever they do."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from atom_shopify_plugin.hookspecs import Check
from atom_shopify_plugin.host.plugins import Plugins

if TYPE_CHECKING:
    from atom_shopify_plugin.host.store import HostStore

__all__ = ["OWN", "HostHealth", "storage_check", "worst"]

log = logging.getLogger(__name__)

OWN = "host"
"""What the host's own checks stand under, beside the plugins'."""
_WRITE = 1.0  # seconds that the storage's check waits for its write
BUDGET_SECONDS = 1.5  # for all reporters together; the contract gives each of them one second
KEEP_SECONDS = 2.0
_ORDER = {"ok": 0, "degraded": 1, "down": 2}

Checks = Mapping[str, Mapping[str, Check]]


class HostHealth:
    """The last answers of all health reporters, by plugin and name; the host's `own` stand under ``host``."""

    def __init__(self, plugins: Plugins, own: Mapping[str, Callable[[], Check]]) -> None:
        self._plugins = plugins
        self._own = own
        self._lock = threading.Lock()
        self._known: tuple[float, Checks] = (float("-inf"), {})
        self._running: dict[tuple[str, str], _Run] = {}

    def checks(self) -> Checks:
        """Return every check of the host and of every plugin, not older than two seconds."""
        with self._lock:
            if time.monotonic() - self._known[0] > KEEP_SECONDS:
                self._known = (time.monotonic(), self._ask())
            return self._known[1]

    def of_service(self, service: str) -> Mapping[str, Check]:
        """Return the checks of the plugin that offers `service`."""
        owner = self._plugins.owner(service)
        return self.checks().get(owner.name, {}) if owner else {}

    def _ask(self) -> Checks:
        runs = {OWN: self._start(OWN, self._own)}
        runs |= {name: self._start(name, loaded.reporters) for name, loaded in self._plugins.loaded.items()}
        deadline = time.monotonic() + BUDGET_SECONDS
        return {
            plugin: {name: run.result(name, deadline) for name, run in started.items()}
            for plugin, started in runs.items()
        }

    def _start(self, owner: str, reporters: Mapping[str, Callable[[], Check]]) -> dict[str, _Run]:
        started = {}
        for name, reporter in reporters.items():
            key = (owner, name)
            # A reporter that still hangs from last time isn't started again: hanging threads must not pile up.
            if key not in self._running or self._running[key].done:
                self._running[key] = _Run(reporter)
            started[name] = self._running[key]
        return started


class _Run:
    """One call of one reporter in a thread of its own."""

    def __init__(self, reporter: Callable[[], Check]) -> None:
        self._answer: Any = None
        self._thread = threading.Thread(target=self._work, args=(reporter,), name="atom-health", daemon=True)
        self._thread.start()

    @property
    def done(self) -> bool:
        return not self._thread.is_alive()

    def result(self, name: str, deadline: float) -> Check:
        self._thread.join(max(0.0, deadline - time.monotonic()))
        if not self.done:
            return Check(name, "down", "The health check did not answer in time.")
        if not isinstance(self._answer, Check) or self._answer.status not in _ORDER:
            return Check(name, "down", "The health check failed; the host's log has the details.")
        return self._answer

    def _work(self, reporter: Callable[[], Check]) -> None:
        try:
            self._answer = reporter()
        except Exception:  # the boundary to a plugin: its health check must not end a request
            log.exception("a health reporter raised")


def storage_check(store: HostStore) -> Check:
    """Return whether the host's own storage takes writes: sign-ins, workflows and their runs stand there."""
    import sqlite3  # an adapter asks plugins alone, and has no storage

    from atom_shopify_plugin.host.store import ANSWER_WITHIN

    ANSWER_WITHIN.set(_WRITE)  # this is a thread of its own: nobody else waits by that
    try:
        seconds = store.probe()
    except sqlite3.Error as error:
        reason = getattr(error, "sqlite_errorname", "") or "it can't be opened, or is busy"
        return Check("storage", "down", f"The host's storage accepts no writes ({reason}).")
    finally:
        ANSWER_WITHIN.set(None)
    return Check("storage", "ok", "The host's storage accepts writes.", {"latency_ms": round(seconds * 1000, 2)})


def worst(checks: Mapping[str, Check]) -> str:
    """Return the worst status among `checks`; ``ok`` when there are none."""
    return max((check.status for check in checks.values()), key=_ORDER.__getitem__, default="ok")
