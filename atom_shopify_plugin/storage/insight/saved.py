"""What people save about a store under a name: terms of supply, reports, campaigns.

One table holds all kinds: each is a name and a small JSON value that its kind gives a meaning. It belongs to the
installation, and stays without a copy of the store.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import Index, String, Text, delete, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, Session, mapped_column

from atom_shopify_plugin.storage.database.base import (
    Base,
    Repository,
    changed,
    id_column,
    insert,
    installation_column,
    is_id,
)

__all__ = ["Saved", "SavedRow", "SavedThings"]


class SavedRow(Base):
    """Something that was saved; `folded` is its name without case, which is there once for each kind of a store."""

    __tablename__ = "shopify_saved"
    __table_args__ = (Index(None, "installation_id", "kind", "folded", unique=True),)

    id: Mapped[str] = id_column()
    installation_id: Mapped[str] = installation_column()
    kind: Mapped[str] = mapped_column(String(20))
    name: Mapped[str] = mapped_column(String(255))
    folded: Mapped[str] = mapped_column(String(255))
    body: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


@dataclass(frozen=True, slots=True)
class Saved:
    """Something of a store that was saved: its name, and what it says in `body`."""

    id: str
    name: str
    body: Mapping[str, Any]
    created_at: datetime
    updated_at: datetime


class SavedThings(Repository):
    """What is saved of stores, by kind."""

    def of(self, session: Session, installation_id: str, kind: str) -> list[Saved]:
        """Return what is saved of a kind for a store, by name."""
        mine = _mine(installation_id, kind)
        return [_saved(row) for row in session.scalars(select(SavedRow).where(*mine).order_by(SavedRow.folded))]

    def find(
        self, session: Session, installation_id: str, kind: str, named: str, *, lock: bool = False
    ) -> Saved | None:
        """Return what has an id, or a name in whatever case; None where nothing of the store has.

        With `lock`, nobody else changes it until the transaction ends.
        """
        rows = select(SavedRow).where(*_mine(installation_id, kind))
        if lock:
            rows = rows.with_for_update()
        row = session.scalar(rows.where(SavedRow.id == named)) if is_id(named) else None
        if row is None:
            row = session.scalar(rows.where(SavedRow.folded == _folded(named)))
        return None if row is None else _saved(row)

    def add(
        self, session: Session, installation_id: str, kind: str, saved_id: str, name: str, body: Mapping[str, Any]
    ) -> bool:
        """Save something; False where the name is taken. The same id again changes nothing."""
        now = self._database.now(session)
        values = {
            "id": saved_id,
            "installation_id": installation_id,
            "kind": kind,
            "name": name,
            "folded": _folded(name),
            "body": orjson.dumps(body).decode(),
            "created_at": now,
            "updated_at": now,
        }
        session.execute(insert(session, SavedRow).values(**values).on_conflict_do_nothing())
        found = self.find(session, installation_id, kind, name)
        return found is not None and found.id == saved_id

    def change(self, session: Session, saved_id: str, name: str, body: Mapping[str, Any]) -> bool:
        """Give what was saved this name and body; False where somebody else took the name meanwhile."""
        values = {
            "name": name,
            "folded": _folded(name),
            "body": orjson.dumps(body).decode(),
            "updated_at": self._database.now(session),
        }
        try:
            with session.begin_nested():
                changed(session, update(SavedRow).where(SavedRow.id == saved_id).values(**values))
        except IntegrityError:
            return False
        return True

    def delete(self, session: Session, saved_id: str) -> bool:
        """Delete what was saved; False where it is gone."""
        return bool(changed(session, delete(SavedRow).where(SavedRow.id == saved_id)))

    def count(self, session: Session, installation_id: str, kind: str) -> int:
        """Return how many of a kind a store has."""
        counted = select(func.count()).select_from(SavedRow).where(*_mine(installation_id, kind))
        return int(session.scalar(counted) or 0)


def _mine(installation_id: str, kind: str) -> tuple[Any, Any]:
    return SavedRow.installation_id == installation_id, SavedRow.kind == kind


def _folded(name: str) -> str:
    return name.strip().casefold()[:255]


def _saved(row: SavedRow) -> Saved:
    return Saved(row.id, row.name, orjson.loads(row.body), row.created_at, row.updated_at)
