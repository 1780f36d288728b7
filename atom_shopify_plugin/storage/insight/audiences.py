"""Saved audiences: their names and rules, who was in them when somebody looked last, and whom we gave their tag.

An audience belongs to the installation, and stays without a copy of the store. Members and tags are about copied
customers: they go with the copy.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import orjson
from sqlalchemy import BigInteger, ForeignKey, Index, SmallInteger, String, Text, delete, func, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from atom_shopify_plugin.hookspecs import Principal
from atom_shopify_plugin.storage.database.base import (
    Base,
    Repository,
    changed,
    id_column,
    insert,
    installation_column,
    is_id,
)
from atom_shopify_plugin.storage.insight.mirrors import Mirror, MirrorRow, mirror_column

__all__ = ["ADD", "ADDED", "MOST", "REMOVE", "Audience", "AudienceRow", "Audiences", "MemberRow", "TagRow"]

MOST = 100
"""Audiences of a store."""
ADD, ADDED, REMOVE = 1, 2, 3
"""What becomes of the tag of a customer: it is to be added, it was added by us, it is to be removed."""
_LOOKED = 0
"""The customer whose row says that somebody looked at an audience."""
_KEPT = timedelta(days=7)


def _audience_column() -> Any:
    return mapped_column(ForeignKey("shopify_audiences.id", ondelete="CASCADE"), primary_key=True)


class AudienceRow(Base):
    """An audience; `folded` is its name without case, `tag` the one that its members get, "" for none.

    `pushed_by` says for whom the tags are given: ``[tenant, subject, via]``.
    """

    __tablename__ = "shopify_audiences"
    __table_args__ = (Index(None, "installation_id", "folded", unique=True),)

    id: Mapped[str] = id_column()
    installation_id: Mapped[str] = installation_column()
    name: Mapped[str] = mapped_column(String(255))
    folded: Mapped[str] = mapped_column(String(255))
    match: Mapped[str] = mapped_column(String(3))
    rules: Mapped[str] = mapped_column(Text)
    tag: Mapped[str] = mapped_column(String(255))
    keep_in_step: Mapped[int] = mapped_column(SmallInteger)
    pushed_at: Mapped[datetime | None]
    pushed_by: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class MemberRow(Base):
    """A customer who is in an audience, or left it not long ago.

    `changed_at` is when somebody found that the customer had entered or left, empty for those of the first look.
    """

    __tablename__ = "shopify_audience_members"
    __table_args__ = (Index(None, "store", "audience", "changed_at"), {"sqlite_with_rowid": False})

    store: Mapped[int] = mirror_column(primary_key=True)
    audience: Mapped[str] = _audience_column()
    customer: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    member: Mapped[int] = mapped_column(SmallInteger)
    changed_at: Mapped[datetime | None]


class TagRow(Base):
    """A customer to whom we gave the tag of an audience, or from whom it is to be taken: `ADD`, `ADDED`, `REMOVE`."""

    __tablename__ = "shopify_audience_tags"
    __table_args__ = (Index(None, "store", "audience", "state"), {"sqlite_with_rowid": False})

    store: Mapped[int] = mirror_column(primary_key=True)
    audience: Mapped[str] = _audience_column()
    customer: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    state: Mapped[int] = mapped_column(SmallInteger)


@dataclass(frozen=True, slots=True)
class Audience:
    """An audience of a store; `match` says whether all rules have to hold, or any."""

    id: str
    name: str
    match: str
    rules: tuple[dict[str, Any], ...]
    tag: str
    keep_in_step: bool
    pushed_at: datetime | None
    pushed_by: Principal | None
    created_at: datetime
    updated_at: datetime


class Audiences(Repository):
    """The saved audiences of stores."""

    def of(self, session: Session, installation_id: str) -> list[Audience]:
        """Return the audiences of a store by name."""
        mine = AudienceRow.installation_id == installation_id
        return [_audience(row) for row in session.scalars(select(AudienceRow).where(mine).order_by(AudienceRow.folded))]

    def find(self, session: Session, installation_id: str, named: str) -> Audience | None:
        """Return the audience with an id, or with a name in whatever case; None where there is none."""
        mine = AudienceRow.installation_id == installation_id
        if is_id(named):
            row = session.scalar(select(AudienceRow).where(mine, AudienceRow.id == named))
            if row is not None:
                return _audience(row)
        row = session.scalar(select(AudienceRow).where(mine, AudienceRow.folded == folded(named)))
        return None if row is None else _audience(row)

    def add(
        self,
        session: Session,
        installation_id: str,
        audience_id: str,
        name: str,
        match: str,
        rules: Sequence[Any],
    ) -> bool:
        """Store an audience; False where another one has that name. The same id again changes nothing."""
        now = self._database.now(session)
        values = {
            "id": audience_id,
            "installation_id": installation_id,
            "name": name,
            "folded": folded(name),
            "match": match,
            "rules": orjson.dumps([*rules]).decode(),
            "tag": "",
            "keep_in_step": 0,
            "pushed_at": None,
            "pushed_by": None,
            "created_at": now,
            "updated_at": now,
        }
        session.execute(insert(session, AudienceRow).values(**values).on_conflict_do_nothing())
        found = self.find(session, installation_id, name)
        return found is not None and found.id == audience_id

    def change(self, session: Session, audience_id: str, **values: Any) -> None:
        """Change the name, the rules, the tag, for whom it is given (a `Principal`), or whether it is kept in step.

        Other rules begin a new first look.
        """
        if "name" in values:
            values["folded"] = folded(values["name"])
        if "rules" in values:
            values["rules"] = orjson.dumps([*values["rules"]]).decode()
        if who := values.get("pushed_by"):
            values["pushed_by"] = orjson.dumps([who.tenant, who.subject, who.via]).decode()
        if {"rules", "match"} & values.keys():
            changed(session, delete(MemberRow).where(MemberRow.audience == audience_id))
        values |= {"updated_at": self._database.now(session)}
        changed(session, update(AudienceRow).where(AudienceRow.id == audience_id).values(**values))

    def delete(self, session: Session, audience_id: str) -> bool:
        """Delete an audience with its members; False where there was none."""
        for model in (MemberRow, TagRow):
            changed(session, delete(model).where(model.audience == audience_id))
        return bool(changed(session, delete(AudienceRow).where(AudienceRow.id == audience_id)))

    def count(self, session: Session, installation_id: str) -> int:
        """Return how many audiences a store has."""
        mine = AudienceRow.installation_id == installation_id
        return int(session.scalar(select(func.count()).select_from(AudienceRow).where(mine)) or 0)

    def forget(self, installation_id: str, customer: int) -> None:
        """Delete that a customer of an installation was in audiences, or got their tags."""
        with self._database.begin() as session:
            store = session.scalar(select(MirrorRow.number).where(MirrorRow.installation_id == installation_id))
            for model in (MemberRow, TagRow):
                changed(session, delete(model).where(model.store == store, model.customer == customer))

    # members

    def observe(self, session: Session, mirror: Mirror, audience_id: str, members: Iterable[int]) -> datetime:
        """Write down who is in an audience now, and return the moment of this look. The mirror is locked.

        Who is there at the first look has not entered. Who left is kept for a week.
        """
        now = self._database.now(session)
        mine = (MemberRow.store == mirror.number, MemberRow.audience == audience_id)
        table = MemberRow.__table__
        rows = session.execute(select(table.c.customer, table.c.member).where(*mine))
        known = {row[0]: bool(row[1]) for row in rows}
        wanted = set(members)
        moment = now if _LOOKED in known else None
        entered = {number: 1 for number in wanted if not known.get(number)}
        left = {number: 0 for number, member in known.items() if member and number not in wanted}
        fresh = [(number, member, moment) for number, member in (entered | left).items()]
        if _LOOKED not in known:
            fresh.append((_LOOKED, 0, None))
        if fresh:
            new = insert(session, MemberRow)
            names = ("member", "changed_at")
            keys = ["store", "audience", "customer"]
            session.execute(
                new.on_conflict_do_update(index_elements=keys, set_={name: new.excluded[name] for name in names}),
                [
                    {
                        "store": mirror.number,
                        "audience": audience_id,
                        "customer": number,
                        "member": member,
                        "changed_at": at,
                    }
                    for number, member, at in fresh
                ],
            )
        changed(session, delete(MemberRow).where(*mine, MemberRow.member == 0, MemberRow.changed_at < now - _KEPT))
        return now

    def changes(
        self, session: Session, mirror: Mirror, audience_id: str, since: datetime, *, entered: bool
    ) -> list[tuple[int, datetime]]:
        """Return who entered an audience after a moment, or left it, and when that was found."""
        table = MemberRow.__table__
        rows = session.execute(
            select(table.c.customer, table.c.changed_at)
            .where(
                table.c.store == mirror.number,
                table.c.audience == audience_id,
                table.c.changed_at > since,
                table.c.member == int(entered),
            )
            .order_by(table.c.customer)
        )
        return [(row[0], row[1]) for row in rows]

    # tags

    def unfinished(self) -> list[str]:
        """Return the installations with audiences that are kept in step, or with tags that are still planned."""
        planned = (
            select(AudienceRow.installation_id)
            .join(TagRow, TagRow.audience == AudienceRow.id)
            .where(TagRow.state.in_((ADD, REMOVE)))
        )
        kept = select(AudienceRow.installation_id).where(AudienceRow.keep_in_step == 1)
        with self._database.read() as session:
            return sorted({*session.scalars(kept), *session.scalars(planned.distinct())})

    def tagged(self, session: Session, mirror: Mirror, audience_id: str) -> dict[int, int]:
        """Return the states of an audience's tag by customer."""
        table = TagRow.__table__
        rows = session.execute(
            select(table.c.customer, table.c.state).where(
                table.c.store == mirror.number, table.c.audience == audience_id
            )
        )
        return {row[0]: row[1] for row in rows}

    def plan(
        self, session: Session, mirror: Mirror, audience_id: str, add: Iterable[int], remove: Iterable[int]
    ) -> None:
        """Write down which customers get the tag of an audience, and which of those that have it from us lose it."""
        for state, customers in ((ADD, add), (REMOVE, remove)):
            rows = [
                {"store": mirror.number, "audience": audience_id, "customer": one, "state": state} for one in customers
            ]
            if rows:
                new = insert(session, TagRow)
                keys = ["store", "audience", "customer"]
                session.execute(new.on_conflict_do_update(index_elements=keys, set_={"state": state}), rows)

    def planned(self, session: Session, mirror: Mirror, audience_id: str, limit: int) -> list[tuple[int, int]]:
        """Return the next customers whose tag is to be added or removed, with which of the two."""
        table = TagRow.__table__
        rows = session.execute(
            select(table.c.customer, table.c.state)
            .where(table.c.store == mirror.number, table.c.audience == audience_id, table.c.state.in_((ADD, REMOVE)))
            .order_by(table.c.state, table.c.customer)
            .limit(limit)
        )
        return [(customer, state) for customer, state in rows]

    def counts(self, session: Session, mirror: Mirror, audience_id: str) -> dict[int, int]:
        """Return how many customers there are by the state of the tag."""
        table = TagRow.__table__
        rows = session.execute(
            select(table.c.state, func.count())
            .where(table.c.store == mirror.number, table.c.audience == audience_id)
            .group_by(table.c.state)
        )
        return {row[0]: row[1] for row in rows}

    def settle(
        self, session: Session, mirror: Mirror, audience_id: str, customer: int, *, state: int, added: bool
    ) -> None:
        """Write down that the tag of a customer was added, or is gone, unless something else is planned by now."""
        one = (
            TagRow.store == mirror.number,
            TagRow.audience == audience_id,
            TagRow.customer == customer,
            TagRow.state == state,
        )
        if added:
            changed(session, update(TagRow).where(*one).values(state=ADDED))
        else:
            changed(session, delete(TagRow).where(*one))


def folded(name: str) -> str:
    """Return a name without case, by which it is found."""
    return name.strip().casefold()[:255]


def _person(text: str | None) -> Principal | None:
    if text is None:
        return None
    tenant, subject, via = orjson.loads(text)
    return Principal(subject, tenant, via=via)


def _audience(row: AudienceRow) -> Audience:
    return Audience(
        row.id,
        row.name,
        row.match,
        tuple(orjson.loads(row.rules)),
        row.tag,
        bool(row.keep_in_step),
        row.pushed_at,
        _person(row.pushed_by),
        row.created_at,
        row.updated_at,
    )
