"""The feed: events in the order in which they became visible, for pages and programs that follow them.

Ids of events are made before their transactions end, so that one with a lower id may become visible later. An event
is therefore written into the feed without a position, in its own transaction. Whoever reads the feed first gives
positions to those that it sees, in transactions that follow each other: each holds the row of the head until it is
committed. Whoever sees a position sees all lower ones, and a position that has been read is never followed by a lower
one. Nobody gives positions while nobody reads.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from sqlalchemy import (
    BigInteger,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    UniqueConstraint,
    delete,
    exists,
    func,
    literal,
    select,
    text,
    update,
)
from sqlalchemy import insert as plain_insert
from sqlalchemy.orm import Mapped, Session, mapped_column

from atom_shopify_plugin.hookspecs import Principal
from atom_shopify_plugin.storage.database.base import Base, Repository, changed, insert, partial_index
from atom_shopify_plugin.storage.stores.tables import Membership
from atom_shopify_plugin.storage.work.event_table import LedgerEvent

if TYPE_CHECKING:
    from atom_shopify_plugin.storage.database.database import Database

__all__ = ["APPEND", "KEEP", "Entry", "Feed", "FeedHead", "FeedPage", "FeedRow", "FeedTurn", "Position"]

KEEP = timedelta(days=7)
"""How long an event can be read from the feed."""

_BATCH = 250
_HEAD = 1  # the id of the one row of the head


class FeedRow(Base):
    """An event in the feed; `position` is null until somebody reads."""

    __tablename__ = "shopify_feed"
    __table_args__ = (
        UniqueConstraint("position"),
        Index(None, "installation_id", "position"),
        Index(None, "created_at"),
        partial_index("ix_shopify_feed_unplaced", "event_id", where="position IS NULL"),
    )

    event_id: Mapped[str] = mapped_column(ForeignKey("shopify_events.id", ondelete="CASCADE"), primary_key=True)
    position: Mapped[int | None] = mapped_column(BigInteger)
    installation_id: Mapped[str] = mapped_column(String(32))
    created_at: Mapped[datetime]


class FeedHead(Base):
    """Where the feed ends and begins, in one row; `floor` is the highest position that was deleted.

    Positions of another `epoch` mean nothing: it begins with the table, and anew after a restore.
    """

    __tablename__ = "shopify_feed_head"

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    epoch: Mapped[str] = mapped_column(String(16))
    head: Mapped[int] = mapped_column(BigInteger)
    floor: Mapped[int] = mapped_column(BigInteger)


class Position(NamedTuple):
    """A place in the feed: after the event with this number, in this epoch."""

    epoch: str
    number: int

    def __str__(self) -> str:
        return f"{self.epoch}-{self.number}"

    @classmethod
    def parse(cls, text: str) -> Position | None:
        """Return what `str` was given, None for anything else."""
        epoch, _, digits = text.partition("-")
        if not (epoch and len(text) <= 40 and digits.isascii() and digits.isdigit()):
            return None
        return cls(epoch, int(digits))


@dataclass(frozen=True, slots=True)
class Entry:
    """An event of the feed, without its payload."""

    number: int
    event_id: str
    trigger: str
    shop: str
    installation_id: str
    resource: str | None
    occurred_at: datetime


@dataclass(frozen=True, slots=True)
class FeedTurn:
    """What came after a position for everybody, up to `end`; `members` are (tenant, subject) by installation.

    `reset` says that the position is not known any more.
    """

    end: Position
    entries: list[Entry]
    members: Mapping[str, frozenset[tuple[str, str]]]
    more: bool
    reset: bool = False


@dataclass(frozen=True, slots=True)
class FeedPage:
    """What came after a position for one person, up to `end`.

    `reset` says that the position is not known any more, or never was: what came after it can't be told.
    """

    end: Position
    entries: list[Entry]
    more: bool
    reset: bool = False


_ROWS = cast(Table, FeedRow.__table__)
_COLUMNS = (
    *(FeedRow.position, LedgerEvent.id, LedgerEvent.trigger_key, LedgerEvent.shop_domain, FeedRow.installation_id),
    *(LedgerEvent.resource, func.coalesce(LedgerEvent.resource_updated_at, LedgerEvent.created_at)),
)
_IN_ORDER = select(*_COLUMNS).join(LedgerEvent, LedgerEvent.id == FeedRow.event_id).order_by(FeedRow.position)
_UNPLACED = text("position IS NULL")  # as the partial index has it

APPEND = plain_insert(_ROWS)
"""Writes an event into the feed: `event_id`, `position` (None), `installation_id`, `created_at`."""


class Feed(Repository):
    """Events in the order of the feed."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self._listeners: tuple[Callable[[], None], ...] = ()

    def listen(self, listener: Callable[[], None]) -> None:
        """Have `listener` called, in any thread, whenever this process has committed an event; it must not wait."""
        self._listeners = (*self._listeners, listener)

    def unlisten(self, listener: Callable[[], None]) -> None:
        """Call `listener` no more."""
        self._listeners = tuple(one for one in self._listeners if one != listener)

    def tell(self) -> None:
        """Tell who listens that an event was committed."""
        for listener in self._listeners:
            listener()

    def turn(self, after: Position | None, limit: int = 500) -> FeedTurn:
        """Return what came after a position, and who may see it; without one, or for another epoch, only the end.

        Members are those of the moment at which this is read.
        """
        self._place()
        with self._database.read() as session:
            head = _head(session)
            if after is None or not head.knows(after):
                return FeedTurn(Position(head.epoch, head.head), [], {}, more=False, reset=after is not None)
            within = (FeedRow.position > after.number, FeedRow.position <= head.head)
            entries = _entries(session, _IN_ORDER.where(*within).limit(limit))
            more = len(entries) == limit
            end = Position(head.epoch, entries[-1].number if more else head.head)
            return FeedTurn(end, entries, _members(session, {one.installation_id for one in entries}), more)

    def page(
        self,
        principal: Principal,
        after: Position | None,
        *,
        until: Position | None = None,
        shop: str | None = None,
        triggers: Collection[str],
        limit: int = 100,
    ) -> FeedPage:
        """Return what came after a position in the person's stores, or in one of them; without one only the end.

        `until` is the position to stop at.
        """
        self._place()
        with self._database.read() as session:
            head = _head(session)
            end = Position(head.epoch, head.head)
            if after is None:
                return FeedPage(end, [], more=False)
            if not head.knows(after):
                return FeedPage(end, [], more=False, reset=True)
            if until is not None and until.epoch == head.epoch:
                end = Position(head.epoch, min(head.head, max(after.number, until.number)))
            own = select(Membership.installation_id).where(
                Membership.tenant == principal.tenant, Membership.subject == principal.subject
            )
            if shop is not None:
                own = own.where(Membership.shop_domain == shop)
            found = _IN_ORDER.where(
                FeedRow.installation_id.in_(own),
                FeedRow.position > after.number,
                FeedRow.position <= end.number,
                LedgerEvent.trigger_key.in_(triggers),
            )
            entries = _entries(session, found.limit(limit + 1))
        more = len(entries) > limit
        shown = entries[:limit]
        return FeedPage(Position(end.epoch, shown[-1].number) if more else end, shown, more)

    def prune(self, batch: int = 500) -> int:
        """Delete one batch of what is older than `KEEP`; return how many, 0 when all is done."""
        since = self._database.now() - KEEP
        old = select(exists().where(FeedRow.created_at < since))
        with self._database.read() as session:
            if not session.scalar(old):
                return 0
        self._place()  # so that who comes back after a long time is told that something is missing

        def write(session: Session) -> int:
            head = _lock(session)
            chosen = select(FeedRow.position).where(FeedRow.created_at < since, FeedRow.position.is_not(None))
            positions = [one for one in session.scalars(chosen.order_by(FeedRow.position).limit(batch)) if one]
            if not positions:
                return 0
            count = changed(session, delete(FeedRow).where(FeedRow.position.in_(positions)))
            floor = max(head.floor, *positions)
            changed(session, update(FeedHead).where(FeedHead.id == _HEAD).values(floor=floor))
            return count

        with self._database.begin() as session:
            return write(session)

    def _place(self) -> None:
        """Give positions to all that have none and can be seen."""
        while True:
            with self._database.read() as session:
                begun = session.scalar(select(exists().where(FeedHead.id == _HEAD)))
                waits = session.scalar(select(exists().where(_UNPLACED).select_from(FeedRow)))
            if begun and not waits:
                return
            if self._database.write(_place_some) < _BATCH:
                return


def _place_some(session: Session) -> int:
    head = _lock(session)
    # A statement of its own, after the lock: it sees all that was committed before.
    unplaced = (
        select(FeedRow.event_id, func.row_number().over(order_by=FeedRow.event_id).label("nth"))
        .where(_UNPLACED)
        .order_by(FeedRow.event_id)
        .limit(_BATCH)
        .subquery()
    )
    placed = changed(
        session,
        update(FeedRow)
        .where(FeedRow.event_id == unplaced.c.event_id)
        .values(position=literal(head.head) + unplaced.c.nth),
    )
    if placed:
        changed(session, update(FeedHead).where(FeedHead.id == _HEAD).values(head=head.head + placed))
    return placed


class _Head(NamedTuple):
    epoch: str
    head: int
    floor: int

    def knows(self, position: Position) -> bool:
        return position.epoch == self.epoch and self.floor <= position.number <= self.head


_SELECT_HEAD = select(FeedHead.epoch, FeedHead.head, FeedHead.floor).where(FeedHead.id == _HEAD)


def _head(session: Session) -> _Head:
    return _Head(*session.execute(_SELECT_HEAD).one())


def _lock(session: Session) -> _Head:
    """Return the head, and let nobody else give positions until this transaction ends."""
    fresh = {"id": _HEAD, "epoch": secrets.token_hex(4), "head": 0, "floor": 0}
    session.execute(insert(session, FeedHead).values(**fresh).on_conflict_do_nothing())
    return _Head(*session.execute(_SELECT_HEAD.with_for_update()).one())


def _entries(session: Session, chosen: Any) -> list[Entry]:
    return [Entry(*row) for row in session.execute(chosen)]


def _members(session: Session, installation_ids: Collection[str]) -> dict[str, frozenset[tuple[str, str]]]:
    if not installation_ids:
        return {}
    people: dict[str, set[tuple[str, str]]] = {}
    chosen = select(Membership.installation_id, Membership.tenant, Membership.subject)
    for row in session.execute(chosen.where(Membership.installation_id.in_(sorted(installation_ids)))):
        people.setdefault(row.installation_id, set()).add((row.tenant, row.subject))
    return {one: frozenset(found) for one, found in people.items()}
