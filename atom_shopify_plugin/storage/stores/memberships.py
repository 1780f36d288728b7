"""Who may use which store. Every read of a person's stores goes through here and is filtered by that person."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, func, select, update
from sqlalchemy.orm import Session

from atom_shopify_plugin.errors import Conflict, NotFound
from atom_shopify_plugin.hookspecs import Principal
from atom_shopify_plugin.shopify.domain import ShopDomain
from atom_shopify_plugin.storage.database.base import Repository, changed, new_id
from atom_shopify_plugin.storage.stores.installed import STORE_COLUMNS, store_of
from atom_shopify_plugin.storage.stores.tables import Installation, Member, Membership, OAuthToken, Store

__all__ = ["Memberships", "join", "leave"]


def mine(principal: Principal) -> Any:
    """Return the condition that a membership is this person's."""
    return (Membership.tenant == principal.tenant) & (Membership.subject == principal.subject)


# Built once: putting a statement together costs as much as running it, and each call of a person begins with this one.
_STORES = (
    select(*STORE_COLUMNS, Membership.role, Membership.is_default)
    .join(Membership, Membership.installation_id == Installation.id)
    .outerjoin(OAuthToken, OAuthToken.installation_id == Installation.id)
    .where(Membership.tenant == bindparam("tenant"), Membership.subject == bindparam("subject"))
    .order_by(Membership.is_default.desc(), Membership.created_at, Membership.id)
)
_DEFAULT_STORE = _STORES.limit(1)
_NAMED_STORE = _STORES.where(Membership.shop_domain == bindparam("shop"))


def _who(principal: Principal) -> dict[str, str]:
    return {"tenant": principal.tenant, "subject": principal.subject}


def join(session: Session, principal: Principal, row: Installation, now: datetime, role: str | None = None) -> None:
    """Make the person a member of an installation, in the caller's transaction.

    Without a `role`, a person becomes the owner of an installation that has none, else a member. A role that somebody
    has already is raised, never lowered. A person reaches a store through one installation, the one connected last;
    the first store of a person becomes the default.
    """
    if role is None:
        owners = select(func.count()).where(Membership.installation_id == row.id, Membership.role == "owner")
        role = "member" if session.scalar(owners) else "owner"
    member = session.scalar(
        select(Membership).where(mine(principal), Membership.shop_domain == row.shop_domain).with_for_update()
    )
    if member is None:
        others = session.scalar(select(func.count()).select_from(Membership).where(mine(principal)))
        session.add(
            Membership(
                id=new_id(),
                installation_id=row.id,
                tenant=principal.tenant,
                subject=principal.subject,
                shop_domain=row.shop_domain,
                role=role,
                is_default=not others,
                created_at=now,
            )
        )
    elif member.installation_id != row.id:
        left, member.installation_id, member.role = member.installation_id, row.id, role
        session.flush()
        _drop_orphan(session, left)
    elif role == "owner":
        member.role = role
    session.flush()


def leave(session: Session, rows: Iterable[Membership]) -> None:
    """Remove memberships; who loses the default store gets the one that was connected first of those that stay."""
    for row in rows:
        session.delete(row)
        session.flush()
        if row.is_default:
            others = select(Membership).where(Membership.tenant == row.tenant, Membership.subject == row.subject)
            heir = session.scalar(others.order_by(Membership.created_at, Membership.id).limit(1))
            if heir is not None:
                heir.is_default = True
    session.flush()


def _drop_orphan(session: Session, installation_id: str) -> None:
    # A token that nobody can reach any more is a risk and no use.
    if not session.scalar(select(func.count()).where(Membership.installation_id == installation_id)):
        changed(session, delete(OAuthToken).where(OAuthToken.installation_id == installation_id))
        values = {"state": "uninstalled", "client_secret": None, "key_id": None, "attention": ""}
        changed(session, update(Installation).where(Installation.id == installation_id).values(**values))


class Memberships(Repository):
    """The stores of a person."""

    def stores(self, principal: Principal) -> list[Store]:
        """Return the person's stores, the default one first."""
        with self._database.read() as session:
            return [
                store_of(row, row.role, is_default=row.is_default) for row in session.execute(_STORES, _who(principal))
            ]

    def find(self, principal: Principal, shop: ShopDomain | None, *, session: Session | None = None) -> Store | None:
        """Return the named store, or without a name the default one; None where it is not there or not theirs."""
        if session is None:
            with self._database.read() as session:
                return self.find(principal, shop, session=session)
        values = _who(principal)
        if shop is None:
            row = session.execute(_DEFAULT_STORE, values).one_or_none()
        else:
            row = session.execute(_NAMED_STORE, {**values, "shop": shop.name}).one_or_none()
        return None if row is None else store_of(row, row.role, is_default=row.is_default)

    def set_default(self, principal: Principal, shop: ShopDomain) -> Store:
        """Make a store the one that is meant when none is named; raise `NotFound` if it is not theirs."""
        with self._database.begin() as session:
            rows = session.scalars(
                select(Membership).where(mine(principal)).order_by(Membership.id).with_for_update()
            ).all()
            if shop.name not in {row.shop_domain for row in rows}:
                raise NotFound(f"You have no store {shop}.", details={"shop": shop.name})
            for row in rows:
                row.is_default = row.shop_domain == shop.name
            session.flush()
            store = self.find(principal, shop, session=session)
        if store is None:
            raise RuntimeError("A membership that was just written is not there.")
        return store

    def people(self, store_id: str) -> list[Member]:
        """Return who may use a store, owners first, then by when they joined."""
        found = select(Membership).where(Membership.installation_id == store_id)
        with self._database.read() as session:
            rows = session.scalars(found.order_by(Membership.role.desc(), Membership.created_at, Membership.id))
            return [Member(row.subject, row.tenant, row.role, row.created_at) for row in rows]

    def dismiss(self, store_id: str, principal: Principal) -> None:
        """Take a person's access away; raise `NotFound`, and `Conflict` for the last owner."""
        with self._database.begin() as session:
            all_of_it = select(Membership).where(Membership.installation_id == store_id).with_for_update()
            rows = session.scalars(all_of_it.order_by(Membership.id)).all()
            gone = [row for row in rows if (row.tenant, row.subject) == (principal.tenant, principal.subject)]
            if not gone:
                raise NotFound("This store has no such member.")
            if not any(row.role == "owner" for row in rows if row not in gone):
                raise Conflict("A store keeps at least one owner; make somebody else an owner first.")
            leave(session, gone)

    def add(self, principal: Principal, store_id: str, role: str = "member") -> None:
        """Let another person use a store; raise `NotFound` for an unknown one."""
        with self._database.begin() as session:
            row = session.get(Installation, store_id)
            if row is None or row.state == "uninstalled":
                raise NotFound("There is no such store.")
            join(session, principal, row, self._database.now(session), role)

    def remove(self, principal: Principal, store_id: str) -> bool:
        """Take the person's access away; the last one who leaves takes the token along. False if there was none."""
        with self._database.begin() as session:
            own = select(Membership).where(mine(principal), Membership.installation_id == store_id)
            rows = session.scalars(own.with_for_update()).all()
            if not rows:
                return False
            leave(session, rows)
            _drop_orphan(session, store_id)
        return True

    def count(self, store_id: str) -> int:
        """Return how many people use a store."""
        with self._database.read() as session:
            return session.scalar(select(func.count()).where(Membership.installation_id == store_id)) or 0
