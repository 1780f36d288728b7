"""How the workflows are: a line of health for operators, with figures and without names."""

from __future__ import annotations

import time
from datetime import UTC, datetime

from atom_shopify_plugin.hookspecs import Check
from atom_shopify_plugin.host.quotas import FailureLimits
from atom_shopify_plugin.host.store import HostStore
from atom_shopify_plugin.host.workflows import failing

__all__ = ["check"]

LATE = 60.0
"""Seconds after which a run that nobody works on, or a time of a schedule that nobody noticed, is worth a warning."""
_HOUR = 3600.0


def check(store: HostStore, limits: FailureLimits) -> Check:
    """Return how many runs are under way, wait and have failed within the hour, and what is late.

    `late_seconds` is how long the first due run has waited for somebody who works on it, `ticks_late_seconds` how long
    the first due time of a schedule has not been noticed; `late_since` is the earlier of both times, if one is late.
    `failing` is how many workflows fail more often than `limits` allow; the sentence names them.
    """
    now = time.time()
    states: dict[str, int] = dict(
        store.run("SELECT state, count(*) FROM host_runs WHERE finished_at IS NULL GROUP BY state")
    )
    (failed,) = store.run("SELECT count(*) FROM host_runs WHERE finished_at > ? AND state = 'failed'", (now - _HOUR,))[
        0
    ]
    (approvals,) = store.run("SELECT count(*) FROM host_approvals WHERE state = 'waiting'")[0]
    (run_due,) = store.run(
        "SELECT min(max(wake_at, coalesce(lease_until, 0))) FROM host_runs WHERE wake_at <= ? AND"
        " coalesce(lease_until, 0) <= ?",
        (now, now),
    )[0]
    (tick_due,) = store.run("SELECT min(next_at) FROM host_workflows WHERE next_at <= ?", (now,))[0]
    late, ticks_late = (0.0 if due is None else now - due for due in (run_due, tick_due))
    troubles = failing.troubles(store, limits, now)
    figures: dict[str, float | str] = {
        "unfinished": sum(states.values()),
        "running": states.get("running", 0),
        "approvals": approvals,
        "failed": failed,
        "failing": len(troubles),
        "late_seconds": round(late),
        "ticks_late_seconds": round(ticks_late),
    }
    told = failing.words(troubles)
    if max(late, ticks_late) <= LATE:
        if told:
            return Check("workflows", "degraded", told, figures)
        words = f"{figures['unfinished']} runs are unfinished, {failed} failed in the last hour."
        return Check("workflows", "ok", words, figures)
    since = datetime.fromtimestamp(now - max(late, ticks_late), UTC).isoformat(timespec="seconds")
    words = " ".join(
        text
        for text, seconds in (
            (f"A run has been due for {late:.0f} s and nobody works on it.", late),
            (f"A schedule has been due for {ticks_late:.0f} s and has started no run.", ticks_late),
        )
        if seconds > LATE
    )
    return Check(
        "workflows", "degraded", f"{words} Late since {since}. {told}".strip(), {**figures, "late_since": since}
    )
