"""Installations: an app on a store, what Shopify granted it, and the token of that grant."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.orm import Session

from atom_shopify_plugin.hookspecs import Principal
from atom_shopify_plugin.shopify.domain import ShopDomain
from atom_shopify_plugin.storage.database.base import Repository, changed, clean_text, insert, new_id
from atom_shopify_plugin.storage.database.database import Database
from atom_shopify_plugin.storage.stores.chat_states import forget_chats
from atom_shopify_plugin.storage.stores.memberships import Memberships, join, leave, mine
from atom_shopify_plugin.storage.stores.sealing import next_version, seal_client_secret, seal_tokens
from atom_shopify_plugin.storage.stores.tables import (
    CLIENT_CREDENTIALS,
    Grant,
    Installation,
    Membership,
    OAuthState,
    OAuthToken,
    Store,
)

__all__ = ["Installations"]


class Installations(Repository):
    """The installations, seen by the service itself; people see theirs through `Storage.memberships`."""

    def __init__(self, database: Database, memberships: Memberships) -> None:
        super().__init__(database)
        self._memberships = memberships

    def grant(self, grant: Grant, principal: Principal, *, flow_id: str | None = None) -> Store:
        """Store a finished connection at once: installation, token, membership, and the end of its flow.

        After an uninstall the epoch moves and the connecting person starts alone: who had access to the installation
        before does not get it back by somebody else's yes.
        """
        with self._database.begin() as session:
            now = self._database.now(session)
            row = self._claim(session, grant, now)
            if row.state == "uninstalled":
                row.epoch += 1
                members = select(Membership).where(Membership.installation_id == row.id)
                leave(session, session.scalars(members.where(~mine(principal))))
                for own in session.scalars(members):
                    own.role = "owner"
            row.shop_id = clean_text(grant.shop_id, 64)
            row.name = clean_text(grant.name, 255)
            row.currency = clean_text(grant.currency, 8)
            row.timezone = clean_text(grant.timezone, 64)
            row.state, row.attention, row.token_kind = "active", "", grant.kind
            row.granted_scopes = " ".join(sorted(grant.granted_scopes))
            row.installed_at = row.updated_at = now
            row.uninstalled_at = None
            seal_client_secret(self._database.keys, row, grant.client_secret)
            token = session.scalar(
                select(OAuthToken).where(OAuthToken.installation_id == row.id).with_for_update()
            ) or OAuthToken(id=new_id(), installation_id=row.id, version=0, created_at=now)
            token.user_id = clean_text(principal.subject, 255)
            token.shop_domain, token.shop_id = row.shop_domain, row.shop_id
            token.scope = clean_text(grant.scope, 20_000)
            token.version = next_version(token.version, now)
            token.expires_at, token.refresh_expires_at = grant.expires_at, grant.refresh_expires_at
            token.lease_owner = token.lease_until = None
            token.updated_at = now
            seal_tokens(self._database.keys, row, token, grant.access, grant.refresh)
            session.add(token)
            session.flush()
            join(session, principal, row, now)
            if flow_id is not None:
                changed(session, update(OAuthState).where(OAuthState.id == flow_id).values(finished_at=now))
            store = self._memberships.find(principal, grant.shop, session=session)
        if store is None:
            raise RuntimeError("A membership that was just written is not there.")
        return store

    def _claim(self, session: Session, grant: Grant, now: datetime) -> Installation:
        # Two first connections of one store meet here: one inserts, the other waits and finds the row.
        values = {
            "id": new_id(),
            "app": grant.app,
            "shop_domain": grant.shop.name,
            "shop_id": "",
            "name": "",
            "currency": "",
            "timezone": "",
            "state": "active",
            "epoch": 1,
            "attention": "",
            "token_kind": grant.kind,
            "granted_scopes": "",
            "read_only": False,
            "secret_version": 0,
            "installed_at": now,
            "created_at": now,
            "updated_at": now,
        }
        session.execute(insert(session, Installation).values(**values).on_conflict_do_nothing())
        return session.scalars(
            select(Installation)
            .where(Installation.app == grant.app, Installation.shop_domain == grant.shop.name)
            .with_for_update()
        ).one()

    def id_of(self, app: str, shop: ShopDomain) -> str | None:
        """Return the id of the installation of `app` on `shop`, uninstalled ones included."""
        with self._database.read() as session:
            return session.scalar(
                select(Installation.id).where(Installation.app == app, Installation.shop_domain == shop.name)
            )

    def describe(
        self, installation_id: str, *, name: str, currency: str, timezone: str, scopes: frozenset[str] | None = None
    ) -> None:
        """Store what the `shop` query said lately, and the granted scopes (expanded) where they were read."""
        values = {
            "name": clean_text(name, 255),
            "currency": clean_text(currency, 8),
            "timezone": clean_text(timezone, 64),
        }
        if scopes is not None:
            values["granted_scopes"] = " ".join(sorted(scopes))
        with self._database.begin() as session:
            changed(session, update(Installation).where(Installation.id == installation_id).values(**values))

    def uninstall(self, installation_id: str, *, keep_members: bool = False, before: datetime | None = None) -> bool:
        """Forget the token and say ``uninstalled``; the row stays, so that a later install gets a new epoch.

        With `before` (when Shopify says that it happened) nothing is done if the app was installed later than that:
        a late notice never removes a newer installation. Return whether it was done.
        """
        with self._database.begin() as session:
            now = self._database.now(session)
            condition = [Installation.id == installation_id, Installation.state != "uninstalled"]
            if before is not None:
                condition.append(Installation.installed_at < before)
            done = changed(
                session,
                update(Installation)
                .where(*condition)
                .values(
                    state="uninstalled",
                    uninstalled_at=now,
                    updated_at=now,
                    attention="",
                    client_secret=None,
                    key_id=None,
                ),
            )
            if done:
                changed(session, delete(OAuthToken).where(OAuthToken.installation_id == installation_id))
                forget_chats(session, installation_id)
                if not keep_members:
                    leave(
                        session,
                        session.scalars(select(Membership).where(Membership.installation_id == installation_id)),
                    )
            return bool(done)

    def set_read_only(self, installation_id: str, read_only: bool) -> bool:
        """Allow no more writes to an installation, or allow them again; return whether that is a change."""
        with self._database.begin() as session:
            return bool(
                changed(
                    session,
                    update(Installation)
                    .where(Installation.id == installation_id, Installation.read_only.is_not(read_only))
                    .values(read_only=read_only, updated_at=self._database.now(session)),
                )
            )

    def mark(self, installation_id: str, attention: str) -> None:
        """Say why the stored token can't be read, or with an empty text that it can."""
        with self._database.begin() as session:
            changed(
                session,
                update(Installation)
                .where(Installation.id == installation_id, Installation.attention != attention)
                .values(attention=attention),
            )

    def overview(self, installation_ids: Sequence[str] | None = None) -> dict[str, int]:
        """Count the installations: by state, with a dying refresh token (14 days), and those that need attention."""
        with self._database.read() as session:
            soon = self._database.now(session) + timedelta(days=14)
            chosen = [] if installation_ids is None else [Installation.id.in_(installation_ids)]
            counts = {"active": 0, "reauth_required": 0, "uninstalled": 0}
            by_state = select(Installation.state, func.count()).where(*chosen).group_by(Installation.state)
            for state, count in session.execute(by_state):
                counts[state] = count
            one = select(func.count()).select_from(Installation).where(*chosen)
            dying = or_(
                OAuthToken.refresh_expires_at < soon,
                # without a refresh token the access token's own end counts, unless it is simply acquired again
                (OAuthToken.refresh_token.is_(None))
                & (OAuthToken.expires_at < soon)
                & (Installation.token_kind != CLIENT_CREDENTIALS),
            )
            counts["expiring_soon"] = (
                session.scalar(
                    one.join(OAuthToken, OAuthToken.installation_id == Installation.id).where(
                        Installation.state == "active", dying
                    )
                )
                or 0
            )
            counts["attention"] = session.scalar(one.where(Installation.attention != "")) or 0
            return counts
