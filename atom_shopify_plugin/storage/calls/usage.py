"""Usage: how often, how fast, how well. Counted in memory and written in batches, so that a call costs nothing."""

from __future__ import annotations

import os
import threading
import time
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, Literal, NamedTuple

from sqlalchemy import (
    BigInteger,
    Float,
    Integer,
    String,
    func,
    select,
)
from sqlalchemy.orm import Mapped, mapped_column

from atom_shopify_plugin.errors import Unavailable
from atom_shopify_plugin.storage.database.base import Base, Repository, clean_text, insert

__all__ = ["BOUNDS", "Kind", "UsageRow", "UsageStatistics", "percentile"]


class UsageRow(Base):
    """Counters. ``minute`` rows hold a histogram of durations by kind, ``day`` rows the totals by key and store."""

    __tablename__ = "shopify_usage"

    period: Mapped[str] = mapped_column(String(8), primary_key=True)
    slot: Mapped[datetime] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(16), primary_key=True)
    key: Mapped[str] = mapped_column(String(128), primary_key=True)
    store_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    bucket: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    count: Mapped[int] = mapped_column(BigInteger)
    errors: Mapped[int] = mapped_column(BigInteger)
    seconds: Mapped[float] = mapped_column(Float)


Kind = Literal["action", "rest", "shopify", "oauth"]

BOUNDS = tuple(
    milliseconds / 1000
    for milliseconds in (
        *(1, 2, 3, 5, 7, 10, 15, 20, 30, 50, 70, 100, 150, 200, 300, 400, 500),
        *(600, 700, 800, 1000, 1500, 2000, 3000, 5000, 7000, 10_000, 15_000, 20_000, 30_000, 60_000),
    )
)
"""Upper ends of the histogram's buckets in seconds; the last bucket has none."""

_FLUSH_AFTER = 5.0
_TOTAL = -1  # the bucket of a `day` row, which has no histogram
_MAX_CELLS = 20_000  # bounds the memory while the database is away


class _Cell(NamedTuple):
    period: str
    slot: datetime
    kind: str
    key: str
    store_id: str
    bucket: int


def percentile(histogram: dict[int, int], share: float) -> float | None:
    """Return the duration in seconds below which `share` of the calls stayed, interpolated within its bucket."""
    total = sum(histogram.values())
    if not total:
        return None
    wanted = share * total
    seen = 0
    for bucket in sorted(histogram):
        count = histogram[bucket]
        if seen + count >= wanted:
            low = BOUNDS[bucket - 1] if bucket else 0.0
            high = BOUNDS[bucket] if bucket < len(BOUNDS) else BOUNDS[-1]
            return low + (high - low) * (wanted - seen) / count
        seen += count
    return BOUNDS[-1]


class UsageStatistics(Repository):
    """Counters by minute (with durations) and by day (with the action or route)."""

    def __init__(self, storage: Any) -> None:
        super().__init__(storage)
        self._reset()

    def _reset(self) -> None:
        self._pid = os.getpid()
        self._lock = threading.Lock()
        self._flushing = threading.Lock()
        self._cells: dict[_Cell, list[float]] = {}
        self._flushed = time.monotonic()

    def record(self, kind: Kind, key: str, ok: bool, seconds: float, store_id: str | None = None) -> None:
        """Count one call. Never raises for the database's sake: counting must not break what it counts."""
        if self._pid != os.getpid():
            self._reset()  # what the parent counted, the parent writes
        now = self._database.machine_time()
        minute = now.replace(second=0, microsecond=0)
        cells = (
            _Cell("minute", minute, kind, "", "", bisect_left(BOUNDS, seconds)),
            _Cell("day", minute.replace(hour=0, minute=0), kind, clean_text(key, 128), store_id or "", _TOTAL),
        )
        with self._lock:
            for cell in cells:
                if cell in self._cells or len(self._cells) < _MAX_CELLS:
                    values = self._cells.setdefault(cell, [0, 0, 0.0])
                    values[0] += 1
                    values[1] += not ok
                    values[2] += seconds
            due = time.monotonic() - self._flushed >= _FLUSH_AFTER
        if due:
            self._flush_quietly()

    def _flush_quietly(self) -> None:
        try:
            self.flush()
        except Unavailable:
            return  # kept in memory for the next time

    def flush(self) -> None:
        """Write what has been counted; raise `Unavailable`, keeping the counts."""
        with self._flushing:
            with self._lock:
                cells, self._cells = self._cells, {}
                self._flushed = time.monotonic()
            try:
                self._write(cells)
            except Unavailable:
                with self._lock:
                    for cell, values in cells.items():
                        kept = self._cells.setdefault(cell, [0, 0, 0.0])
                        kept[:] = [old + new for old, new in zip(kept, values, strict=True)]
                raise

    def _write(self, cells: dict[_Cell, list[float]]) -> None:
        if not cells:
            return
        with self._database.begin() as session:
            # Sorted: two processes that update the same rows do it in the same order and can't deadlock.
            rows = [
                {**cell._asdict(), "count": int(count), "errors": int(errors), "seconds": seconds}
                for cell, (count, errors, seconds) in sorted(cells.items())
            ]
            statement = insert(session, UsageRow)
            added = {
                name: getattr(UsageRow, name) + statement.excluded[name] for name in ("count", "errors", "seconds")
            }
            session.execute(statement.on_conflict_do_update(index_elements=list(_Cell._fields), set_=added), rows)

    def summary(self, hours: float = 1) -> dict[str, dict[str, Any]]:
        """Return for each kind ``count``, ``errors``, ``p50`` and ``p95`` (seconds) over the last hours."""
        self.flush()
        with self._database.read() as session:
            since = self._database.machine_time() - timedelta(hours=hours)
            rows = session.execute(
                select(UsageRow.kind, UsageRow.bucket, func.sum(UsageRow.count), func.sum(UsageRow.errors))
                .where(UsageRow.period == "minute", UsageRow.slot >= since)
                .group_by(UsageRow.kind, UsageRow.bucket)
            ).all()
        histograms: dict[str, dict[int, int]] = {}
        errors: dict[str, int] = {}
        for kind, bucket, count, failed in rows:
            histograms.setdefault(kind, {})[bucket] = int(count)
            errors[kind] = errors.get(kind, 0) + int(failed)
        return {
            kind: {
                "count": sum(histogram.values()),
                "errors": errors[kind],
                "p50": percentile(histogram, 0.50),
                "p95": percentile(histogram, 0.95),
            }
            for kind, histogram in sorted(histograms.items())
        }

    def totals(
        self, kind: Kind = "action", days: float = 30, store_ids: Sequence[str] | None = None
    ) -> list[dict[str, Any]]:
        """Return ``key``, ``count``, ``errors`` and ``seconds`` (sum) by key over the last days, most used first."""
        self.flush()
        chosen: Iterable[Any] = () if store_ids is None else (UsageRow.store_id.in_(store_ids),)
        with self._database.read() as session:
            since = self._database.machine_time() - timedelta(days=days)
            rows = session.execute(
                select(UsageRow.key, func.sum(UsageRow.count), func.sum(UsageRow.errors), func.sum(UsageRow.seconds))
                .where(UsageRow.period == "day", UsageRow.kind == kind, UsageRow.slot >= since, *chosen)
                .group_by(UsageRow.key)
                .order_by(func.sum(UsageRow.count).desc(), UsageRow.key)
            ).all()
        return [
            {"key": key, "count": int(count), "errors": int(errors), "seconds": float(seconds)}
            for key, count, errors, seconds in rows
        ]

    def close(self) -> None:
        """Write the rest if the database is there."""
        if self._pid == os.getpid():
            self._flush_quietly()
