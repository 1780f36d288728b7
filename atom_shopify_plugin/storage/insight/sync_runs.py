"""How far the copy of each store is: one row for each stream, what is being done about it, and what was found."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import BigInteger, Integer, String, Text, case, delete, func, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from atom_shopify_plugin.errors import Conflict
from atom_shopify_plugin.storage.database.base import Base, Repository, changed, clean_text, insert
from atom_shopify_plugin.storage.insight.mirrors import STREAMS, Mirror, MirrorRow, mirror_column
from atom_shopify_plugin.storage.stores.tables import Installation

__all__ = ["ACTIVE", "Mode", "StreamRow", "StreamState", "Superseded", "SyncRuns", "Task"]

Task = Literal["full", "check", "changes"]
"""``full`` reads everything anew, ``check`` compares everything and mends what differs, ``changes`` reads the rest."""
Mode = Literal["auto", "bulk", "paged"]
ACTIVE = ("waiting", "running")
"""States of a stream that somebody works on."""
_WEIGHT: Mapping[str, int] = {"changes": 0, "check": 1, "full": 2}
_LONGEST = 500


class StreamRow(Base):
    """A stream of a store.

    `run` names the job that works on it: a later one takes over, and the earlier one can write nothing more.
    `read_up_to` is the moment up to which all changes are in the tables, `earliest` the first moment of which Shopify
    shows orders to this app. `position` is the cursor of the next page, or what a restart has to know. `counts`
    is JSON: rows by table when the stream was done last.
    """

    __tablename__ = STREAMS

    store: Mapped[int] = mirror_column(primary_key=True)
    stream: Mapped[str] = mapped_column(String(32), primary_key=True)
    state: Mapped[str] = mapped_column(String(16))
    task: Mapped[str] = mapped_column(String(16))
    mode: Mapped[str] = mapped_column(String(8))
    run: Mapped[str] = mapped_column(String(32))
    generation: Mapped[int] = mapped_column(Integer)
    operation_id: Mapped[str | None] = mapped_column(String(64))
    position: Mapped[str] = mapped_column(Text)
    bytes_done: Mapped[int] = mapped_column(BigInteger)
    lines_done: Mapped[int] = mapped_column(BigInteger)
    roots_done: Mapped[int] = mapped_column(BigInteger)
    lines_expected: Mapped[int | None] = mapped_column(BigInteger)
    roots_expected: Mapped[int | None] = mapped_column(BigInteger)
    orphans: Mapped[int] = mapped_column(BigInteger)
    counts: Mapped[str] = mapped_column(Text)
    differing: Mapped[int] = mapped_column(BigInteger)
    read_up_to: Mapped[datetime | None]
    earliest: Mapped[datetime | None]
    drift: Mapped[int | None] = mapped_column(BigInteger)
    asked_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    touched_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    whole_at: Mapped[datetime | None]
    checked_at: Mapped[datetime | None]
    error: Mapped[str] = mapped_column(Text)


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamState:
    """A stream as it stands; the members are the columns of `StreamRow`."""

    stream: str
    state: str
    task: str
    mode: str
    run: str
    generation: int
    operation_id: str | None
    position: str
    bytes_done: int
    lines_done: int
    roots_done: int
    lines_expected: int | None
    roots_expected: int | None
    orphans: int
    counts: str
    differing: int
    read_up_to: datetime | None
    earliest: datetime | None
    drift: int | None
    asked_at: datetime
    started_at: datetime | None
    touched_at: datetime
    ended_at: datetime | None
    whole_at: datetime | None
    checked_at: datetime | None
    error: str

    @property
    def active(self) -> bool:
        return self.state in ACTIVE


class Superseded(Conflict):
    """A later run has taken the stream over: whoever gets this writes nothing more for it."""

    code = "SUPERSEDED"

    def __init__(self) -> None:
        super().__init__("A later sync has taken over.")


_FRESH: Mapping[str, Any] = {
    "operation_id": None,
    "position": "",
    "bytes_done": 0,
    "lines_done": 0,
    "roots_done": 0,
    "lines_expected": None,
    "roots_expected": None,
    "orphans": 0,
    "differing": 0,
    "started_at": None,
    "ended_at": None,
    "error": "",
}
_FIRST: Mapping[str, Any] = {
    "generation": 0,
    "read_up_to": None,
    "earliest": None,
    "counts": "{}",
    "drift": None,
    "whole_at": None,
    "checked_at": None,
}


class SyncRuns(Repository):
    """The streams of all mirrored stores."""

    def of(self, installation_id: str) -> list[StreamState]:
        """Return the streams of an installation by name; none before the first sync."""
        chosen = select(StreamRow).join(MirrorRow, MirrorRow.number == StreamRow.store)
        chosen = chosen.where(MirrorRow.installation_id == installation_id).order_by(StreamRow.stream)
        with self._database.read() as session:
            return [_state(row) for row in session.scalars(chosen)]

    def find(self, session: Session, mirror: Mirror, stream: str) -> StreamState | None:
        """Return a stream of a mirror, None where nobody has asked for it."""
        row = session.scalar(_of(mirror).where(StreamRow.stream == stream))
        return None if row is None else _state(row)

    def ask(self, session: Session, mirror: Mirror, streams: Sequence[str], task: Task, mode: Mode, run: str) -> None:
        """Have streams of a locked mirror worked on by `run`, which also takes over what is being worked on.

        What is going on is begun anew only for a task that does more. A stream that was never whole is read in full.
        """
        now = self._database.now(session)
        known = {row.stream: _state(row) for row in session.scalars(_of(mirror))}
        for name in streams:
            before = known.get(name)
            wanted = "full" if before is None or before.whole_at is None else task
            if before is not None and before.active and _WEIGHT[before.task] >= _WEIGHT[wanted]:
                continue
            values = {**_FRESH, "state": "waiting", "task": wanted, "mode": mode, "run": run}
            values |= {"asked_at": now, "touched_at": now}
            values["generation"] = 1 if before is None else before.generation + 1
            new = insert(session, StreamRow).values(store=mirror.number, stream=name, **{**_FIRST, **values})
            session.execute(new.on_conflict_do_update(index_elements=["store", "stream"], set_=values))
        active = (StreamRow.store == mirror.number, StreamRow.state.in_(ACTIVE))
        changed(session, update(StreamRow).where(*active).values(run=run))

    def advance(self, session: Session, mirror: Mirror, known: StreamState, /, **values: Any) -> None:
        """Write down how far a stream is; raise `Superseded` where it belongs to another run or load by now."""
        if "error" in values:
            values["error"] = clean_text(values["error"], _LONGEST)
        own = (
            StreamRow.store == mirror.number,
            StreamRow.stream == known.stream,
            StreamRow.run == known.run,
            StreamRow.generation == known.generation,
        )
        statement = update(StreamRow).where(*own).values(touched_at=self._database.now(session), **values)
        if not changed(session, statement):
            raise Superseded

    def begin_anew(self, session: Session, mirror: Mirror, streams: Collection[str]) -> None:
        """Let loads of streams begin anew that read the result of a bulk operation; what they kept of it is not used.

        Whoever works on them finds himself superseded.
        """
        reading = (
            StreamRow.store == mirror.number,
            StreamRow.stream.in_(streams),
            StreamRow.state.in_(ACTIVE),
            StreamRow.operation_id.is_not(None),
        )
        anew = {**_FRESH, "state": "waiting", "generation": StreamRow.generation + 1}
        changed(session, update(StreamRow).where(*reading).values(touched_at=self._database.now(session), **anew))

    def remove(self, session: Session, mirror: Mirror, streams: Collection[str]) -> None:
        """Forget streams of a locked mirror."""
        chosen = (StreamRow.store == mirror.number, StreamRow.stream.in_(streams))
        changed(session, delete(StreamRow).where(*chosen))

    def due(self, before: timedelta, silent: timedelta, checked_before: timedelta) -> list[tuple[str, bool]]:
        """Return the installations whose copy is due: (id, whether everything is to be compared).

        It is due where nothing has been read for `before`, and nobody has worked on it for `silent`; everything is
        compared after `checked_before`.
        """
        with self._database.read() as session:
            now = self._database.now(session)
            chosen = (
                select(
                    MirrorRow.installation_id,
                    func.max(StreamRow.touched_at),
                    func.min(func.coalesce(StreamRow.ended_at, StreamRow.asked_at)),
                    func.min(func.coalesce(StreamRow.checked_at, StreamRow.whole_at, StreamRow.asked_at)),
                    func.sum(_active_number()),
                )
                .join(MirrorRow, MirrorRow.number == StreamRow.store)
                .join(Installation, Installation.id == MirrorRow.installation_id)
                .where(Installation.state == "active")
                .group_by(MirrorRow.installation_id)
            )
            found = []
            for installation_id, touched, ended, checked, active in session.execute(chosen):
                if active and now - touched < silent:
                    continue
                if active or now - ended >= before:
                    found.append((installation_id, now - checked >= checked_before))
            return found

    def overview(self) -> dict[str, Any]:
        """Return for health: stores, streams by trouble, the sum of drift, the oldest moment that was read up to."""
        with self._database.read() as session:
            rows = session.execute(
                select(StreamRow.state, StreamRow.drift, StreamRow.orphans, StreamRow.ended_at, StreamRow.store)
                .join(MirrorRow, MirrorRow.number == StreamRow.store)
                .join(Installation, Installation.id == MirrorRow.installation_id)
                .where(Installation.state == "active")
            ).all()
        ended = [row.ended_at for row in rows if row.ended_at is not None and row.state == "done"]
        return {
            "stores": len({row.store for row in rows}),
            "failed": sum(row.state == "failed" for row in rows),
            "running": sum(row.state in ACTIVE for row in rows),
            "drift": sum(row.drift or 0 for row in rows),
            "orphans": sum(row.orphans for row in rows),
            "oldest": min(ended, default=None),
        }


def _of(mirror: Mirror) -> Any:
    return select(StreamRow).where(StreamRow.store == mirror.number)


def _active_number() -> Any:
    return case((StreamRow.state.in_(ACTIVE), 1), else_=0)


def _state(row: StreamRow) -> StreamState:
    return StreamState(**{name: getattr(row, name) for name in StreamState.__slots__})
