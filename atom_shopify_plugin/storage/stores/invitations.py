"""Invitations into a store: one-time tokens, bound to the store's installation, a role and, where named, a person."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from atom_shopify_plugin.errors import Conflict, NotFound
from atom_shopify_plugin.hookspecs import Principal
from atom_shopify_plugin.shopify.domain import ShopDomain
from atom_shopify_plugin.storage.database.base import Repository, changed, digest, new_id
from atom_shopify_plugin.storage.database.database import Database
from atom_shopify_plugin.storage.stores.memberships import Memberships, join, mine
from atom_shopify_plugin.storage.stores.tables import Installation, Invitation, Invited, Membership, Store

__all__ = ["MOST_WAITING", "PREFIX", "Invitations"]

PREFIX = "shopinv_"
MOST_WAITING = 100
"""Invitations of a store that may wait at a time."""


def _owned(principal: Principal, store_id: str) -> Any:
    return mine(principal) & (Membership.installation_id == store_id) & (Membership.role == "owner")


class Invitations(Repository):
    """The invitations that wait to be accepted. An owner makes them, and they count while that person is an owner."""

    def __init__(self, database: Database, memberships: Memberships) -> None:
        super().__init__(database)
        self._memberships = memberships

    def issue(
        self, principal: Principal, store: Store, *, role: str, subject: str | None, lifetime: timedelta
    ) -> tuple[Invited, str]:
        """Return a new invitation and its token, of which only the hash is stored.

        Raise `NotFound` where the person no longer owns the store, `Conflict` where too many invitations wait.
        """
        token = PREFIX + secrets.token_urlsafe(32)
        with self._database.begin() as session:
            now = self._database.now(session)
            changed(session, delete(Invitation).where(Invitation.expires_at <= now))
            row = session.scalar(select(Installation).where(Installation.id == store.id).with_for_update())
            owns = session.scalar(select(Membership.id).where(_owned(principal, store.id)))
            if row is None or row.state == "uninstalled" or owns is None:
                raise NotFound("You own no such store.")
            waiting = select(func.count()).where(Invitation.installation_id == store.id)
            if (session.scalar(waiting) or 0) >= MOST_WAITING:
                raise Conflict(f"{MOST_WAITING} invitations of this store wait already; withdraw some first.")
            made = Invitation(
                id=new_id(),
                token_hash=digest(token),
                installation_id=row.id,
                epoch=row.epoch,
                tenant=principal.tenant,
                created_by=principal.subject,
                subject=subject,
                role=role,
                created_at=now,
                expires_at=now + lifetime,
            )
            session.add(made)
        return _invited(made), token

    def waiting(self, store_id: str) -> list[Invited]:
        """Return the invitations of a store that can still be accepted, the newest first."""
        with self._database.read() as session:
            now = self._database.now(session)
            found = (
                select(Invitation)
                .join(Installation, Installation.id == Invitation.installation_id)
                .where(
                    Invitation.installation_id == store_id,
                    Invitation.expires_at > now,
                    Invitation.epoch == Installation.epoch,
                )
                .order_by(Invitation.id.desc())
            )
            return [_invited(row) for row in session.scalars(found)]

    def withdraw(self, store_id: str, invitation_id: str) -> bool:
        """Delete an invitation; False if there is none like that."""
        with self._database.begin() as session:
            one = (Invitation.id == invitation_id) & (Invitation.installation_id == store_id)
            return bool(changed(session, delete(Invitation).where(one)))

    def accept(self, principal: Principal, token: str) -> Store:
        """Make the person a member by a token, which is used up; raise `NotFound` for one that doesn't count.

        A token counts once, until it ends, for the tenant and the person that it was made for, while the installation
        is the one that it was made for and its maker still owns it.
        """
        with self._database.begin() as session:
            now = self._database.now(session)
            chosen = select(Invitation).where(Invitation.token_hash == digest(token), Invitation.expires_at > now)
            row = session.scalar(chosen.with_for_update())
            installation = None if row is None else self._open(session, row, principal)
            if row is None or installation is None:
                raise NotFound(
                    "This invitation does not count: it was used, withdrawn or has ended, or it was made for somebody "
                    "else. Ask an owner of the store for a new one."
                )
            session.delete(row)
            join(session, principal, installation, now, row.role)
            store = self._memberships.find(principal, ShopDomain(installation.shop_domain), session=session)
        if store is None:
            raise RuntimeError("A membership that was just written is not there.")
        return store

    def _open(self, session: Session, row: Invitation, principal: Principal) -> Installation | None:
        found = session.scalar(select(Installation).where(Installation.id == row.installation_id).with_for_update())
        maker = Principal(row.created_by, row.tenant)
        owns = session.scalar(select(Membership.id).where(_owned(maker, row.installation_id)))
        fits = row.tenant == principal.tenant and row.subject in (None, principal.subject)
        if found is None or owns is None or not fits or found.state == "uninstalled" or found.epoch != row.epoch:
            return None
        return found


def _invited(row: Invitation) -> Invited:
    return Invited(row.id, row.role, row.subject, row.created_by, row.created_at, row.expires_at)
