"""Whether the database takes writes, and whether its clock has gone back.

A deadline that was written while the clock was ahead lies in the future for as long as it was ahead: whoever waits for
it would sleep until the old time comes again. So the time is noted each minute, a step back is found by that, and what
waits is made due. Apart from that no wait is believed that is longer than any that is ever written.
"""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    Float,
    delete,
    func,
    select,
    update,
)
from sqlalchemy.orm import Mapped, Session, mapped_column

from atom_shopify_plugin.process.forks import reset_after_fork
from atom_shopify_plugin.storage.database.base import Base, Repository, changed, id_column, insert, new_id
from atom_shopify_plugin.storage.work.event_table import LedgerEvent
from atom_shopify_plugin.storage.work.job_table import LONGEST_WAIT, READY, SLOTTED, QueuedJob

if TYPE_CHECKING:
    from atom_shopify_plugin.storage.database.database import Database


__all__ = ["TOLERANCE", "ClockState", "Pulse", "Pulses"]


class Pulse(Base):
    """What the database knows of itself: when its time was last noted, and the last step of its clock.

    A row with `filler` is written and deleted in one transaction, to find out whether writes are taken.
    """

    __tablename__ = "shopify_pulse"

    id: Mapped[str] = id_column()
    at: Mapped[datetime]
    seconds: Mapped[float] = mapped_column(Float)
    filler: Mapped[bytes | None]


log = logging.getLogger(__name__)

TOLERANCE = timedelta(seconds=5)
"""What two looks at a clock may differ by without a step."""

_FILLER = bytes(12_000)  # more than a page: a file that may not grow has no room for it
_CLOCK, _STEP = "clock", "step"


@dataclass(frozen=True, slots=True)
class ClockState:
    """The last step back: by how many `seconds`, and how long `ago`; and how many jobs wait `ahead` of all pauses."""

    seconds: float
    ago: float
    ahead: int


class Pulses(Repository):
    """The database's own state, as it is noted in the database."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        reset_after_fork(self)

    def reset(self) -> None:
        """Begin without a clock to compare with."""
        self._offset: float | None = None

    def probe(self) -> float:
        """Write, and return the seconds that it took; raise `Unavailable` where writes are refused."""
        started = time.perf_counter()
        with self._database.begin() as session:
            now = self._database.now(session)
            probe = Pulse(id=new_id(), at=now, seconds=0.0, filler=_FILLER)
            session.add(probe)
            session.flush()
            session.delete(probe)
            self._note(session, now)
        return time.perf_counter() - started

    def look(self) -> float:
        """Note the time. Return by how many seconds the clock has gone back since any process noted it last.

        After a step back all that waits for a moment ahead is due, and what is placed once in each slot of time may be
        placed again in the slots that come a second time.
        """
        with self._database.begin() as session:
            now = self._database.now(session)
            last = session.scalar(select(Pulse.at).where(Pulse.id == _CLOCK).with_for_update())
            back = timedelta() if last is None else last - now
            if back <= TOLERANCE:
                self._note(session, now)
                return 0.0
            self._set(session, _CLOCK, now, 0.0)
            self._set(session, _STEP, now, back.total_seconds())
            self._shorten(session, now, timedelta())
            changed(
                session,
                delete(QueuedJob).where(
                    QueuedJob.finished_at.is_not(None), QueuedJob.kind.in_(SLOTTED), QueuedJob.created_at > now
                ),
            )
            changed(
                session,
                update(LedgerEvent)
                .where(LedgerEvent.state == "pending", LedgerEvent.created_at > now)
                .values(created_at=now),
            )
        log.warning("The clock went back by %.0f s: what waited for a moment ahead is due now.", back.total_seconds())
        return back.total_seconds()

    def shorten(self) -> int:
        """Make due what waits for longer than any pause that is ever made; return how many jobs that were."""
        with self._database.begin() as session:
            return self._shorten(session, self._database.now(session), timedelta(seconds=LONGEST_WAIT) + TOLERANCE)

    def stepped(self, now: datetime) -> bool:
        """Return whether the clock has gone back since this process last asked, or this is the first time."""
        offset = now.timestamp() - time.monotonic()
        before, self._offset = self._offset, offset
        return before is None or offset < before - TOLERANCE.total_seconds()

    def clock(self) -> ClockState:
        """Return what is known of steps, and what waits."""
        with self._database.read() as session:
            now = self._database.now(session)
            step = session.get(Pulse, _STEP)
            late = now + timedelta(seconds=LONGEST_WAIT) + TOLERANCE
            ahead = session.scalar(select(func.count()).where(READY, QueuedJob.available_at > late)) or 0
        if step is None:
            return ClockState(0.0, 0.0, ahead)
        return ClockState(step.seconds, max(0.0, (now - step.at).total_seconds()), ahead)

    def _shorten(self, session: Session, now: datetime, longest: timedelta) -> int:
        # A job that runs keeps its lease for as long as a lease is: its worker may well be alive.
        lease = timedelta(seconds=self._database.job_lease)
        count = 0
        for state, limit, until in (("pending", now + longest, now), ("running", now + lease + longest, now + lease)):
            chosen = update(QueuedJob).where(READY, QueuedJob.state == state, QueuedJob.available_at > limit)
            count += changed(session, chosen.values(available_at=until))
        parked = update(QueuedJob).where(QueuedJob.state == "parked", QueuedJob.updated_at > now + longest)
        return count + changed(session, parked.values(updated_at=now))

    def _note(self, session: Session, now: datetime) -> None:
        statement = insert(session, Pulse).values(id=_CLOCK, at=now, seconds=0.0)
        new: Any = statement.excluded
        session.execute(
            statement.on_conflict_do_update(index_elements=["id"], set_={"at": new.at}, where=new.at > Pulse.at)
        )

    def _set(self, session: Session, name: str, at: datetime, seconds: float) -> None:
        statement = insert(session, Pulse).values(id=name, at=at, seconds=seconds)
        values = {"at": at, "seconds": seconds}
        session.execute(statement.on_conflict_do_update(index_elements=["id"], set_=values))
