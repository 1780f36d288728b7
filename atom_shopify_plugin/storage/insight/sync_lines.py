"""Lines of a bulk result that wait for those they belong to: children may come anywhere, before their parents too.

They are kept in the database, so that whichever process goes on with a load finds them, and memory does not grow with
the store. What has been put together is deleted in the transaction that stores it: the lines that are left are the work
that is left.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import BigInteger, SmallInteger, Text, delete, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from atom_shopify_plugin.storage.database.base import Base, Repository, changed
from atom_shopify_plugin.storage.insight.mirrors import Mirror, mirror_column
from atom_shopify_plugin.storage.insight.sheets import Sheet

__all__ = ["Gathered", "SyncLineRow", "SyncLines"]


class SyncLineRow(Base):
    """A line of a bulk result. `parent` is the thing that it is (`root` 1) or belongs to, `place` its number."""

    __tablename__ = "shopify_sync_lines"
    __table_args__ = ({"sqlite_with_rowid": False},)

    store: Mapped[int] = mirror_column(primary_key=True)
    parent: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    place: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    root: Mapped[int] = mapped_column(SmallInteger)
    line: Mapped[str] = mapped_column(Text)


class Gathered(NamedTuple):
    """All lines of one thing; `root` is the last that says what it is, None where none does."""

    parent: int
    root: str | None
    parts: list[str]


_SHEET = Sheet(SyncLineRow.__table__)  # type: ignore[arg-type]  # a declared table is a Table
_CLEARED = 2_000


class SyncLines(Repository):
    """The lines that wait. What takes a session runs in a transaction in which the mirror is locked."""

    def add(self, session: Session, mirror: Mirror, lines: Sequence[tuple[int, int, int, str]]) -> None:
        """Keep lines: (parent, place, 1 for the thing itself, text)."""
        _SHEET.put(session, [(mirror.number, *line) for line in lines])

    def some(self, mirror: Mirror, limit: int) -> list[Gathered]:
        """Return the first things with all of their lines, about `limit` of these, but one thing at least."""
        chosen = select(SyncLineRow.parent, SyncLineRow.root, SyncLineRow.line)
        chosen = chosen.where(SyncLineRow.store == mirror.number).order_by(SyncLineRow.parent, SyncLineRow.place)
        with self._database.read() as session:
            rows = session.execute(chosen.limit(limit)).all()
            if len(rows) == limit:  # the last thing may have more
                last = rows[-1].parent
                if rows[0].parent == last:
                    rows = session.execute(chosen.where(SyncLineRow.parent == last)).all()
                else:
                    rows = [row for row in rows if row.parent != last]
        found: dict[int, Gathered] = {}
        for parent, root, line in rows:
            known = found.get(parent) or Gathered(parent, None, [])
            if root:
                known = known._replace(root=line)
            else:
                known.parts.append(line)
            found[parent] = known
        return list(found.values())

    def done(self, session: Session, mirror: Mirror, things: Sequence[Gathered]) -> None:
        """Forget the lines of things that `some` returned."""
        theirs = SyncLineRow.parent.between(things[0].parent, things[-1].parent)
        changed(session, delete(SyncLineRow).where(SyncLineRow.store == mirror.number, theirs))

    def clear(self, session: Session, mirror: Mirror) -> bool:
        """Forget some thousand lines; True where there may be more."""
        own = SyncLineRow.store == mirror.number
        first = select(SyncLineRow.parent).where(own).order_by(SyncLineRow.parent, SyncLineRow.place)
        until = session.scalar(first.offset(_CLEARED).limit(1))
        some = own if until is None else own & (SyncLineRow.parent <= until)
        changed(session, delete(SyncLineRow).where(some))
        return until is not None
