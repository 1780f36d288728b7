"""How long things are kept, and how a person or a shop is forgotten before that."""

from __future__ import annotations

import re
import sqlite3
import time
from collections.abc import Sequence

from atom_shopify_plugin.host.store import HostStore
from atom_shopify_plugin.host.workflows.traces import KEPT_SECONDS

__all__ = ["clean", "forget"]

DAY = 86_400.0
RUNS_KEPT = 30 * DAY
EVENTS_KEPT = 30 * DAY  # so long a repeated event is known as one
RETRIABLE_FOR = 7 * DAY  # a failed run's unredacted data goes after that
PAYLOADS_KEPT = 1_000
_BATCH = 200
_CLEAN_SECONDS = 0.5  # the engine looks for no work meanwhile
_SIZE = """
    500 + length(CAST(input || event || coalesce(data, '') || coalesce(error, '') AS BLOB))
    + (SELECT coalesce(sum(500 + length(CAST(coalesce(one.input, '') || coalesce(one.output, '')
    || coalesce(one.result, '') || coalesce(one.error, '') AS BLOB))), 0) FROM host_steps AS one
    WHERE one.run_id = host_runs.id)
    + (SELECT coalesce(sum(500 + length(CAST(one.details AS BLOB))), 0) FROM host_approvals AS one
    WHERE one.run_id = host_runs.id)
"""  # a row takes some 500 bytes beside its texts, indexes included


def clean(store: HostStore, now: float | None = None, *, history: int | None = None) -> int:
    """Delete what is older than it is kept, and the oldest finished runs of a person beyond `history` bytes.

    Questions that nobody answered in time end as well. Some hundred rows a transaction, for half a second at most;
    return the number of rows.
    """
    now = time.time() if now is None else now
    _expire(store, now)
    until, total = time.monotonic() + _CLEAN_SECONDS, 0
    while time.monotonic() < until:
        done = _clean_some(store, now) + (0 if history is None else _shorten(store, history))
        if not done:
            break
        total += done
    store.scrub()
    return total


def _expire(store: HostStore, now: float) -> None:
    """End questions whose time is over; their runs go on, and fail."""
    over = store.run("SELECT id, run_id FROM host_approvals WHERE state = 'waiting' AND expires_at <= ?", (now,))
    for approval_id, run_id in over:
        with store.transaction() as connection:
            expired = connection.execute(
                "UPDATE host_approvals SET state = 'expired', decided_at = ? WHERE id = ? AND state = 'waiting'"
                " RETURNING 1",
                (now, approval_id),
            ).fetchone()
            if expired is not None:
                connection.execute(
                    "UPDATE host_runs SET wake_at = ? WHERE id = ? AND finished_at IS NULL", (time.time(), run_id)
                )


def _clean_some(store: HostStore, now: float) -> int:
    with store.transaction() as connection:
        old = connection.execute(
            "SELECT id FROM host_runs WHERE finished_at < ? ORDER BY finished_at LIMIT ?", (now - RUNS_KEPT, _BATCH)
        ).fetchall()
        for (run_id,) in old:
            _delete(connection, run_id)
        stale = connection.execute(
            "SELECT id FROM host_runs WHERE finished_at < ? AND data IS NOT NULL LIMIT ?", (now - RETRIABLE_FOR, _BATCH)
        ).fetchall()
        for (run_id,) in stale:
            connection.execute("UPDATE host_runs SET data = NULL, size = NULL WHERE id = ?", (run_id,))
            connection.execute("UPDATE host_steps SET result = NULL WHERE run_id = ?", (run_id,))
        events = connection.execute(
            "DELETE FROM host_events WHERE id IN (SELECT id FROM host_events WHERE received_at < ? LIMIT ?)",
            (now - EVENTS_KEPT, _BATCH),
        ).rowcount
        # Their keys are kept for as long; what they said is shown of the newest ones only.
        emptied = connection.execute(
            "UPDATE host_events SET payload = '{}' WHERE id IN (SELECT id FROM host_events WHERE payload <> '{}'"
            " AND id <= (SELECT max(id) FROM host_events) - ? ORDER BY id LIMIT ?)",
            (PAYLOADS_KEPT, _BATCH),
        ).rowcount
        traces = connection.execute(
            "DELETE FROM host_traces WHERE id IN (SELECT id FROM host_traces WHERE at < ? LIMIT ?)",
            (now - KEPT_SECONDS, _BATCH),
        ).rowcount
        unused = connection.execute(
            "DELETE FROM host_definitions WHERE number IN (SELECT number FROM host_definitions AS one WHERE NOT EXISTS"
            " (SELECT 1 FROM host_runs WHERE definition_number = one.number) LIMIT ?)",
            (_BATCH,),
        ).rowcount
    return len(old) + len(stale) + int(events) + int(emptied) + int(unused) + int(traces)


def _shorten(store: HostStore, history: int) -> int:
    """Measure runs that have ended, and delete the oldest ones of whoever has more than `history` bytes of them."""
    with store.transaction() as connection:
        measured = connection.execute(
            f"UPDATE host_runs SET size = {_SIZE} WHERE number IN (SELECT number FROM host_runs"  # noqa: S608
            " WHERE finished_at IS NOT NULL AND size IS NULL ORDER BY number LIMIT ?)",
            (_BATCH,),
        ).rowcount
        full = connection.execute(
            "SELECT tenant, subject, sum(size) AS whole FROM host_runs WHERE size IS NOT NULL GROUP BY tenant, subject"
            " HAVING whole > ? LIMIT 10",
            (history,),
        ).fetchall()
        deleted = 0
        for tenant, subject, whole in full:
            oldest = connection.execute(
                "SELECT id, size FROM host_runs WHERE tenant = ? AND subject = ? AND size IS NOT NULL"
                " AND finished_at IS NOT NULL ORDER BY finished_at LIMIT ?",
                (tenant, subject, _BATCH),
            )
            left = whole
            for run_id, size in oldest.fetchall():
                if left <= history:
                    break
                _delete(connection, run_id)
                left -= size
                deleted += 1
    return int(measured) + deleted


def forget(store: HostStore, shop: str, terms: Sequence[str] | None) -> int:
    """Delete the runs of a shop that name one of `terms` (None: all of them), finished or not; return their number.

    Payloads of its events go as well; their dedupe keys stay, so that a repetition starts nothing. Nothing of it is
    left in the file or its write-ahead log.
    """
    pattern = None if terms is None else _pattern(terms)
    if terms is not None and pattern is None:
        return 0
    deleted, last = 0, 0
    while rows := store.run(
        "SELECT number, id, coalesce(data, '') || input || coalesce(error, '') || coalesce(about, '') FROM host_runs"
        " WHERE shop = ? AND number > ? ORDER BY number LIMIT ?",
        (shop, last, _BATCH),
    ):
        last = rows[-1][0]
        for _, run_id, text in rows:
            if pattern is None or pattern.search(text) or pattern.search(_texts(store, run_id)):
                with store.transaction() as connection:
                    _delete(connection, run_id)
                deleted += 1
    last = 0
    while rows := store.run(
        "SELECT id, payload || coalesce(about, '') FROM host_events WHERE shop = ? AND id > ? ORDER BY id LIMIT ?",
        (shop, last, _BATCH),
    ):
        last = rows[-1][0]
        gone = [row[0] for row in rows if pattern is None or pattern.search(row[1])]
        with store.transaction() as connection:
            emptied = "UPDATE host_events SET payload = '{}', about = NULL, as_of = NULL WHERE id = ?"
            connection.executemany(emptied, [(one,) for one in gone])
    last = 0
    while rows := store.run(
        "SELECT id, coalesce(detail, '') FROM host_traces WHERE shop = ? AND id > ? ORDER BY id LIMIT ?",
        (shop, last, _BATCH),
    ):
        last = rows[-1][0]
        named = [(row[0],) for row in rows if pattern is None or pattern.search(row[1])]
        with store.transaction() as connection:
            connection.executemany("DELETE FROM host_traces WHERE id = ?", named)
    store.scrub()
    return deleted


def _texts(store: HostStore, run_id: str) -> str:
    rows = store.run(
        "SELECT coalesce(input, '') || coalesce(output, '') || coalesce(result, '') || coalesce(error, '')"
        " FROM host_steps WHERE run_id = ? UNION ALL SELECT details FROM host_approvals WHERE run_id = ?",
        (run_id, run_id),
    )
    return "\n".join(row[0] for row in rows)


def _pattern(terms: Sequence[str]) -> re.Pattern[str] | None:
    words = [re.escape(term.strip()) for term in terms if term.strip()]
    # Whole words only: the customer 12 is not in the order 3123.
    return re.compile(rf"(?<![\w])(?:{'|'.join(words)})(?![\w])", re.IGNORECASE) if words else None


def _delete(connection: sqlite3.Connection, run_id: str) -> None:
    connection.execute("DELETE FROM host_steps WHERE run_id = ?", (run_id,))
    connection.execute("DELETE FROM host_approvals WHERE run_id = ?", (run_id,))
    connection.execute("DELETE FROM host_notices WHERE run_id = ?", (run_id,))
    connection.execute("DELETE FROM host_runs WHERE id = ?", (run_id,))
