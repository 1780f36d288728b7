"""How the workflows are: a line of health for operators, with figures and without names."""

from __future__ import annotations

import time

from atom_shopify_plugin.hookspecs import Check
from atom_shopify_plugin.host.store import HostStore

__all__ = ["check"]

LATE = 60.0
"""Seconds after which a run that nobody works on is worth a warning."""
_HOUR = 3600.0


def check(store: HostStore) -> Check:
    """Return how many runs are under way, wait and have failed within the hour, and how late the latest due one is."""
    now = time.time()
    states: dict[str, int] = dict(
        store.run("SELECT state, count(*) FROM host_runs WHERE finished_at IS NULL GROUP BY state")
    )
    (failed,) = store.run("SELECT count(*) FROM host_runs WHERE finished_at > ? AND state = 'failed'", (now - _HOUR,))[
        0
    ]
    (approvals,) = store.run("SELECT count(*) FROM host_approvals WHERE state = 'waiting'")[0]
    (due,) = store.run(
        "SELECT min(max(wake_at, coalesce(lease_until, 0))) FROM host_runs WHERE wake_at <= ? AND"
        " coalesce(lease_until, 0) <= ?",
        (now, now),
    )[0]
    late = 0.0 if due is None else max(0.0, now - due)
    figures = {
        "unfinished": sum(states.values()),
        "running": states.get("running", 0),
        "approvals": approvals,
        "failed": failed,
        "late_seconds": round(late),
    }
    if late > LATE:
        return Check("workflows", "degraded", f"A run has been due for {late:.0f} s and nobody works on it.", figures)
    words = f"{figures['unfinished']} runs are unfinished, {failed} failed in the last hour."
    return Check("workflows", "ok", words, figures)
