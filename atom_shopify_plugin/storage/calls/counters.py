"""The metrics of all processes: each adds what it counted every few seconds, and any of them tells the sum.

ADR 27 says why. What a process counted in its last seconds is lost where it is killed.
"""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import BigInteger, Float, Integer, String, exc, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from atom_shopify_plugin.errors import Unavailable
from atom_shopify_plugin.metrics.meter import Meter
from atom_shopify_plugin.process.forks import reset_after_fork
from atom_shopify_plugin.storage.database.base import Base, Repository, changed, clean_text, insert

if TYPE_CHECKING:
    from atom_shopify_plugin.storage.database.database import Database

__all__ = ["Counted", "CounterRow", "Counters"]

log = logging.getLogger(__name__)

_FLUSH_AFTER = 5.0  # seconds
_LABELS = 400
_SHOP = 255


class CounterRow(Base):
    """One cell of a metric (`metrics.meter.Cell`); `labels` is a JSON array of their values."""

    __tablename__ = "shopify_counters"

    name: Mapped[str] = mapped_column(String(80), primary_key=True)
    labels: Mapped[str] = mapped_column(String(_LABELS), primary_key=True)
    shop: Mapped[str] = mapped_column(String(_SHOP), primary_key=True)
    bucket: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    count: Mapped[int] = mapped_column(BigInteger)
    total: Mapped[float] = mapped_column(Float)


@dataclass(frozen=True, slots=True)
class Counted:
    """A cell and what all processes counted in it: how often, and the sum of amounts or seconds."""

    name: str
    labels: tuple[str, ...]
    shop: str
    bucket: int
    count: int
    total: float


class Counters(Repository):
    """Writes what a `Meter` has counted, by a thread that lives while there is something to write."""

    def __init__(self, database: Database, meter: Meter) -> None:
        super().__init__(database)
        self._meter = meter
        meter.awake = self._wake
        reset_after_fork(self)

    def reset(self) -> None:
        """Begin without a thread, as a forked child does."""
        self._changed = threading.Condition()
        self._flushing = threading.Lock()
        self._thread: threading.Thread | None = None
        self._closed = False

    def flush(self) -> None:
        """Write what this process has counted; raise `Unavailable`, keeping the counts."""
        with self._flushing:
            cells = self._meter.take()
            if not cells:
                return
            rows = [
                {
                    "name": cell.name,
                    "labels": clean_text(json.dumps(cell.labels, ensure_ascii=False), _LABELS),
                    "shop": clean_text(cell.shop, _SHOP),
                    "bucket": cell.bucket,
                    "count": int(count),
                    "total": total,
                }
                # Sorted: two processes that update the same rows do it in the same order and can't deadlock.
                for cell, (count, total) in sorted(cells.items())
            ]
            try:
                self._write(rows)
            except BaseException:
                self._meter.give_back(cells)
                raise

    def all(self) -> list[Counted]:
        """Return the counters of all processes, this one's up to now and others' of some seconds ago.

        Raise `Unavailable`.
        """
        self.flush()
        with _made(), self._database.read() as session:
            columns = (CounterRow.name, CounterRow.labels, CounterRow.shop, CounterRow.bucket)
            found = session.execute(select(*columns, CounterRow.count, CounterRow.total)).all()
        return [
            Counted(name, tuple(json.loads(labels)), shop, bucket, count, total)
            for name, labels, shop, bucket, count, total in found
        ]

    @staticmethod
    def forget(session: Session, shop: str) -> int:
        """Delete what names a store."""
        return changed(session, CounterRow.__table__.delete().where(CounterRow.shop == shop))  # type: ignore[attr-defined]

    def close(self) -> None:
        """Write the rest if the database is there, and let the thread end."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
            thread = self._thread
        if thread is not None:
            thread.join(_FLUSH_AFTER)
        with suppress(Unavailable):
            self.flush()
        self._closed = False  # a storage that has been closed may be used again

    def _write(self, rows: Sequence[dict[str, object]]) -> None:
        self._database.startup.admit()
        # Not `begin`: the wait that it counts would be something to write, for ever.
        with _made(), self._database.begin_early() as session:
            statement = insert(session, CounterRow)
            added = {name: getattr(CounterRow, name) + statement.excluded[name] for name in ("count", "total")}
            key = ["name", "labels", "shop", "bucket"]
            session.execute(statement.on_conflict_do_update(index_elements=key, set_=added), list(rows))

    def _wake(self) -> None:
        with self._changed:
            if self._thread is None and not self._closed:
                self._thread = threading.Thread(target=self._loop, name="atom-shopify-counters", daemon=True)
                self._thread.start()

    def _loop(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._closed, _FLUSH_AFTER)
                if self._closed or not self._meter.waits():
                    self._thread = None
                    return
            try:
                self.flush()
            except Unavailable:
                continue  # kept in memory for the next time
            except Exception:  # the boundary: counting must not break what it counts
                log.exception("The metrics could not be written; they are tried again in a few seconds.")


@contextmanager
def _made() -> Iterator[None]:
    """Let a table that has not been made yet, or was made by an older version, be a database that is away."""
    try:
        yield
    except exc.DBAPIError as error:
        raise Unavailable("The table of the metrics can't be used.") from error
