"""Things of mirrored stores that a webhook told of, and that have to be read again: one row for each, however often."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import BigInteger, String, delete, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from atom_shopify_plugin.storage.database.base import Base, Repository, changed, insert
from atom_shopify_plugin.storage.insight.mirrors import Mirror, MirrorRow, mirror_column

__all__ = ["ChangedRow", "ChangedThings"]


class ChangedRow(Base):
    """A thing of a stream that changed; `marked_at` is when that was heard of last."""

    __tablename__ = "shopify_sync_changed"
    __table_args__ = ({"sqlite_with_rowid": False},)

    store: Mapped[int] = mirror_column(primary_key=True)
    stream: Mapped[str] = mapped_column(String(32), primary_key=True)
    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    marked_at: Mapped[datetime]


class ChangedThings(Repository):
    """What has to be read again."""

    def mark(self, installation_id: str, stream: str, thing: int) -> bool:
        """Write down that a thing changed; False where the store is not mirrored."""

        def write(session: Session) -> bool:
            number = session.scalar(select(MirrorRow.number).where(MirrorRow.installation_id == installation_id))
            if number is None:
                return False
            now = self._database.now(session)
            new = insert(session, ChangedRow).values(store=number, stream=stream, id=thing, marked_at=now)
            keys = ["store", "stream", "id"]
            session.execute(new.on_conflict_do_update(index_elements=keys, set_={"marked_at": now}))
            return True

        return self._database.write(write)

    def mark_all(self, session: Session, mirror: Mirror, stream: str, things: Collection[int]) -> None:
        """Write down that things of a locked mirror changed."""
        if not things:
            return
        now = self._database.now(session)
        new = insert(session, ChangedRow).on_conflict_do_nothing()
        rows = [{"store": mirror.number, "stream": stream, "id": thing, "marked_at": now} for thing in things]
        session.execute(new, rows)

    def some(self, mirror: Mirror, stream: str, limit: int) -> dict[int, datetime]:
        """Return at most `limit` things that have to be read again, and when each was marked last."""
        chosen = select(ChangedRow.id, ChangedRow.marked_at).where(
            ChangedRow.store == mirror.number, ChangedRow.stream == stream
        )
        with self._database.read() as session:
            return {row[0]: row[1] for row in session.execute(chosen.order_by(ChangedRow.id).limit(limit))}

    def streams(self, mirror: Mirror) -> list[str]:
        """Return the streams with things that have to be read again."""
        chosen = select(ChangedRow.stream).where(ChangedRow.store == mirror.number).distinct()
        with self._database.read() as session:
            return list(session.scalars(chosen))

    def done(self, session: Session, mirror: Mirror, stream: str, read: dict[int, datetime]) -> None:
        """Forget things that were read, but those that were marked again meanwhile."""
        for moment in set(read.values()):
            ids: Collection[int] = [thing for thing, at in read.items() if at == moment]
            chosen = (
                ChangedRow.store == mirror.number,
                ChangedRow.stream == stream,
                ChangedRow.id.in_(ids),
                ChangedRow.marked_at <= moment,
            )
            changed(session, delete(ChangedRow).where(*chosen))
