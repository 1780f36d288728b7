"""What computed triggers remember: a row for each installation, subscription and thing.

A row holds numbers and flags, and no personal data. Its `epoch` is that of the installation: what was remembered before
the app was installed again counts no more.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import Index, String, Text, delete, select, tuple_, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from atom_shopify_plugin.storage.database.base import Base, Repository, changed, insert, installation_column
from atom_shopify_plugin.storage.stores.tables import Installation

__all__ = ["Due", "State", "TriggerState", "TriggerStates"]


class TriggerState(Base):
    """What one subscription to a computed trigger remembers of one thing."""

    __tablename__ = "shopify_trigger_states"
    __table_args__ = (Index(None, "due_at"), Index(None, "expires_at"))

    installation_id: Mapped[str] = installation_column(primary_key=True)
    subscription: Mapped[str] = mapped_column(String(96), primary_key=True)
    subject: Mapped[str] = mapped_column(String(255), primary_key=True)
    epoch: Mapped[int]
    state: Mapped[str] = mapped_column(Text)
    as_of: Mapped[datetime | None]
    due_at: Mapped[datetime | None]
    expires_at: Mapped[datetime | None]


@dataclass(frozen=True, slots=True)
class State:
    """What is remembered of a thing as of a moment; `due_at` is when it is looked at again."""

    values: Mapping[str, Any]
    as_of: datetime | None = None
    due_at: datetime | None = None
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Due:
    """A thing that is to be looked at now."""

    installation_id: str
    subscription: str
    subject: str
    epoch: int
    due_at: datetime


class TriggerStates(Repository):
    """The memory of computed triggers."""

    def lock(self, session: Session, installation_id: str, subscription: str, subject: str, epoch: int) -> State | None:
        """Return what is remembered, and let nobody else change it until the transaction ends.

        `put` or `drop` has to follow in the same transaction.
        """
        key = {"installation_id": installation_id, "subscription": subscription, "subject": subject}
        fresh = insert(session, TriggerState).values(**key, epoch=epoch, state="", as_of=None, due_at=None)
        # The row is there before it is locked: on PostgreSQL nothing else keeps a second process out.
        session.execute(fresh.on_conflict_do_nothing())
        row = session.execute(
            select(
                *(TriggerState.epoch, TriggerState.state, TriggerState.as_of, TriggerState.due_at),
                TriggerState.expires_at,
            )
            .where(*_named(installation_id, subscription, subject))
            .with_for_update()
        ).one()
        if not row.state or row.epoch != epoch:
            return None
        return State(orjson.loads(row.state), row.as_of, row.due_at, row.expires_at)

    def put(
        self, session: Session, installation_id: str, subscription: str, subject: str, epoch: int, state: State
    ) -> None:
        """Remember something of a thing whose row is locked."""
        values = {
            "epoch": epoch,
            "state": orjson.dumps(dict(state.values)).decode(),
            "as_of": state.as_of,
            "due_at": state.due_at,
            "expires_at": state.expires_at,
        }
        changed(session, update(TriggerState).where(*_named(installation_id, subscription, subject)).values(**values))

    def drop(self, session: Session, installation_id: str, subscription: str, subject: str) -> None:
        """Forget a thing whose row is locked."""
        changed(session, delete(TriggerState).where(*_named(installation_id, subscription, subject)))

    def read(self, installation_id: str, subscription: str, epoch: int) -> dict[str, State]:
        """Return what a subscription remembers of an installation, by subject."""
        columns = (TriggerState.subject, TriggerState.state, TriggerState.as_of, TriggerState.due_at)
        with self._database.read() as session:
            chosen = select(*columns, TriggerState.expires_at).where(
                TriggerState.installation_id == installation_id,
                TriggerState.subscription == subscription,
                TriggerState.epoch == epoch,
                TriggerState.state != "",
            )
            return {
                row.subject: State(orjson.loads(row.state), row.as_of, row.due_at, row.expires_at)
                for row in session.execute(chosen)
            }

    def due(self, limit: int = 500) -> list[Due]:
        """Return what is to be looked at by now in stores that are connected, the longest due first."""
        with self._database.read() as session:
            chosen = (
                select(
                    *(TriggerState.installation_id, TriggerState.subscription, TriggerState.subject),
                    *(TriggerState.epoch, TriggerState.due_at),
                )
                .join(Installation, Installation.id == TriggerState.installation_id)
                .where(
                    TriggerState.due_at <= self._database.now(session),
                    Installation.state == "active",
                    Installation.epoch == TriggerState.epoch,
                )
                .order_by(TriggerState.due_at)
                .limit(limit)
            )
            return [
                Due(row.installation_id, row.subscription, row.subject, row.epoch, row.due_at)
                for row in session.execute(chosen)
            ]

    def forget(
        self, installation_id: str, subjects: Collection[str] | None = None, *, subscription: str | None = None
    ) -> int:
        """Forget things of an installation, all where no `subjects` are named; return how many rows went."""
        chosen = [TriggerState.installation_id == installation_id]
        if subscription is not None:
            chosen.append(TriggerState.subscription == subscription)
        if subjects is not None:
            chosen.append(TriggerState.subject.in_(list(subjects)))
        with self._database.begin() as session:
            return changed(session, delete(TriggerState).where(*chosen))

    def subjects(self, installation_id: str) -> list[tuple[str, str]]:
        """Return the subscriptions and things of an installation that something is remembered of."""
        with self._database.read() as session:
            chosen = select(TriggerState.subscription, TriggerState.subject).where(
                TriggerState.installation_id == installation_id
            )
            return [(row.subscription, row.subject) for row in session.execute(chosen.order_by(*_KEY))]

    def prune(self, batch: int = 500) -> int:
        """Delete one batch of rows that have expired, or are of an earlier installation; return how many."""
        key = (TriggerState.installation_id, TriggerState.subscription, TriggerState.subject)
        with self._database.begin() as session:
            stale = (TriggerState.expires_at < self._database.now(session)) | (TriggerState.epoch != Installation.epoch)
            old = (select(*key).join(Installation, Installation.id == TriggerState.installation_id).where(stale)).limit(
                batch
            )
            rows = session.execute(old).all()
            return changed(session, delete(TriggerState).where(tuple_(*key).in_([tuple(row) for row in rows])))


_KEY = (TriggerState.subscription, TriggerState.subject)


def _named(installation_id: str, subscription: str, subject: str) -> tuple[Any, ...]:
    return (
        TriggerState.installation_id == installation_id,
        TriggerState.subscription == subscription,
        TriggerState.subject == subject[:255],
    )
