"""Whose run is taken next: the oldest of the person who has waited longest for a turn."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator

from atom_shopify_plugin.host.store import HostStore
from atom_shopify_plugin.host.workflows import crash
from atom_shopify_plugin.host.workflows.leases import Lease, Run

__all__ = ["Turns", "claim", "next_due", "others_wait"]


class Turns:
    """The people whose runs this process took last, the one who has waited longest for a turn first.

    Used by one thread only.
    """

    def __init__(self) -> None:
        self._people: dict[tuple[str, str], None] = {}

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return iter(self._people)

    def took(self, person: tuple[str, str]) -> None:
        """Put a person at the end."""
        self._people.pop(person, None)
        self._people[person] = None
        if len(self._people) > _PEOPLE:
            del self._people[next(iter(self._people))]


def claim(store: HostStore, owner: str, seconds: float, turns: Turns) -> Lease | None:
    """Take a run that is due and that nobody works on.

    It is the oldest one of the person with the fewest runs at work, and of several such people of the one who has
    waited longest for a turn: many short runs of one person keep nobody waiting for all of them.
    """
    now = time.time()
    with store.transaction() as connection:
        number = _fairest(connection, now, turns)
        rows = connection.execute(
            "UPDATE host_runs SET state = 'running', lease_owner = ?, lease_until = ?, fence = fence + 1,"
            " started_at = COALESCE(started_at, ?) WHERE number = ?"
            " RETURNING id, workflow_id, (SELECT config FROM host_definitions AS one WHERE one.number ="
            " host_runs.definition_number), tenant, subject, cause, event, shop, data, created_at, chain, depth, fence",
            (owner, now + seconds, now, number),
        ).fetchall()
        crash.at("claim_before_commit")
    if not rows:
        return None
    crash.at("claim_after_commit")
    turns.took((rows[0][3], rows[0][4]))
    return Lease(store, rows[0], owner)


_PEOPLE = 100
_FREE = "wake_at <= ? AND (lease_until IS NULL OR lease_until <= ?)"


def _fairest(connection: sqlite3.Connection, now: float, turns: Turns) -> int | None:
    at_work = connection.execute(
        "SELECT tenant, subject, count(*) FROM host_runs WHERE wake_at IS NOT NULL AND lease_until > ?"
        " GROUP BY tenant, subject",
        (now,),
    ).fetchall()
    # Who is at work elsewhere and had no turn here comes before those who had one.
    counts = {(tenant, subject): count for tenant, subject, count in at_work}
    known = sorted([*(counts.keys() - set(turns)), *turns], key=lambda person: counts.get(person, 0))
    others = "".join(" AND NOT (tenant = ? AND subject = ?)" for _ in known)
    oldest = " ORDER BY wake_at, number LIMIT 1"
    sql = f"SELECT number FROM host_runs WHERE {_FREE}{others}{oldest}"  # noqa: S608  # constants alone
    found = connection.execute(sql, (now, now, *(name for person in known for name in person))).fetchone()
    for person in known:
        if found is not None:
            break
        sql = f"SELECT number FROM host_runs WHERE {_FREE} AND tenant = ? AND subject = ?{oldest}"  # noqa: S608
        found = connection.execute(sql, (now, now, *person)).fetchone()
    return None if found is None else int(found[0])


def others_wait(store: HostStore, run: Run) -> bool:
    """Tell whether a run of somebody else than this one's owner is due and nobody works on it."""
    now = time.time()
    sql = f"SELECT 1 FROM host_runs WHERE {_FREE} AND NOT (tenant = ? AND subject = ?) LIMIT 1"  # noqa: S608
    return bool(store.run(sql, (now, now, run.tenant, run.subject)))


def next_due(store: HostStore) -> float | None:
    """Return when the next run or schedule is due, None when nothing is planned."""
    rows = store.run(
        "SELECT MIN(MAX(wake_at, COALESCE(lease_until, 0))) FROM host_runs WHERE wake_at IS NOT NULL"
        " UNION ALL SELECT MIN(next_at) FROM host_workflows WHERE next_at IS NOT NULL"
    )
    return min((row[0] for row in rows if row[0] is not None), default=None)
