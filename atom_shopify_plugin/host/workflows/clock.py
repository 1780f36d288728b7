"""What waits in the future after the machine's clock has gone back.

Runs, steps and schedules wait for moments of the machine's clock. When it goes back by an hour they would wait for an
hour longer. So the time is noted every few seconds, and a step back moves all that waits by as much. Apart from that no
lease is believed that is longer than any, and a schedule is never further ahead than its next moment.
"""

from __future__ import annotations

import json
import logging
import time

from atom_shopify_plugin.host.store import HostStore
from atom_shopify_plugin.host.workflows import schedule
from atom_shopify_plugin.host.workflows.definition import UNREADABLE, read

__all__ = ["ClockWatch"]

log = logging.getLogger(__name__)

TOLERANCE = 5.0
"""Seconds that two looks at the clock may differ by without a step."""

LOOK_SECONDS = 10.0
SCHEDULES_SECONDS = 60.0
_LONGEST_LEASE = 600.0  # what ATOM_HOST_LEASE_SECONDS can be set to


class ClockWatch:
    """Looks at the clock for one engine; `lease` is how long a run stays with a worker that is silent."""

    def __init__(self, store: HostStore, lease: float) -> None:
        self._store = store
        self._lease = lease
        self._looked = self._read = float("-inf")

    def look(self) -> None:
        """Note the time, and mend what a step has left behind; at most every ten seconds. Raise `sqlite3.Error`."""
        elapsed = time.monotonic()
        if elapsed - self._looked < LOOK_SECONDS:
            return
        self._looked = elapsed
        back = self._note()
        if back:
            log.warning("the clock went back by %.0f s: what waited for a moment ahead waits for as much less", back)
        if back or elapsed - self._read > SCHEDULES_SECONDS:
            self._read = elapsed
            self._bring_forward()

    def _note(self) -> float:
        """Return by how many seconds the clock has gone back since any process noted it last, after moving waits."""
        with self._store.transaction() as connection:
            now = time.time()
            known = connection.execute("SELECT at FROM host_pulse WHERE id = 'clock'").fetchone()
            back = 0.0 if known is None else float(known[0]) - now
            stepped = back > TOLERANCE
            connection.execute(
                "INSERT INTO host_pulse (id, at) VALUES ('clock', ?) ON CONFLICT (id) DO UPDATE SET at = excluded.at"
                " WHERE excluded.at > at OR ?",
                (now, stepped),
            )
            if stepped:
                for table in ("host_runs", "host_steps"):
                    sql = f"UPDATE {table} SET wake_at = max(?, wake_at - ?) WHERE wake_at > ?"  # noqa: S608  # our own names
                    connection.execute(sql, (now, back, now))
            connection.execute(
                "UPDATE host_runs SET wake_at = ? WHERE wake_at > ? AND state IN ('pending', 'running')",
                (now, now + TOLERANCE),
            )
            # Whoever works on the run may be alive: it keeps it for a lease, or says within that time that it works.
            longest = self._lease if stepped else _LONGEST_LEASE
            connection.execute(
                "UPDATE host_runs SET lease_until = ? WHERE wake_at IS NOT NULL AND lease_until > ?",
                (now + self._lease, now + longest + TOLERANCE),
            )
        return back if stepped else 0.0

    def _bring_forward(self) -> None:
        now = time.time()
        for workflow_id, config, due in self._store.run(
            "SELECT id, config, next_at FROM host_workflows WHERE next_at > ?", (now,)
        ):
            try:
                following = schedule.following(read(json.loads(config)).trigger, now)
            except (*UNREADABLE, OSError):
                continue  # the tick says what is wrong with it
            if following < due - TOLERANCE:
                sql = "UPDATE host_workflows SET next_at = ? WHERE id = ? AND next_at = ?"
                self._store.run(sql, (following, workflow_id, due))
