"""Installations as the service itself looks them up, without a person: for deliveries, handlers and sweeps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from atom_shopify_plugin.settings import Secret
from atom_shopify_plugin.shopify.domain import ShopDomain
from atom_shopify_plugin.storage.database.base import Repository
from atom_shopify_plugin.storage.database.crypto import Unreadable
from atom_shopify_plugin.storage.stores.sealing import open_client_secret
from atom_shopify_plugin.storage.stores.tables import Installation, OAuthToken, State, Store
from atom_shopify_plugin.storage.work import event_table as statements
from atom_shopify_plugin.storage.work.job_table import Job
from atom_shopify_plugin.storage.work.sync_state import SyncCursor

__all__ = ["STORE_COLUMNS", "Installed", "InstalledStores", "store_of"]

STORE_COLUMNS = (
    Installation.id,
    Installation.app,
    Installation.shop_domain,
    Installation.shop_id,
    Installation.name,
    Installation.currency,
    Installation.timezone,
    Installation.state,
    Installation.epoch,
    Installation.attention,
    Installation.token_kind,
    Installation.granted_scopes,
    Installation.read_only,
    Installation.installed_at,
    OAuthToken.version,
    OAuthToken.expires_at,
    OAuthToken.refresh_expires_at,
    OAuthToken.updated_at.label("refreshed_at"),
)
"""What `store_of` makes a store of."""


def store_of(row: Any, role: str = "", *, is_default: bool = False) -> Store:
    """Return the store of a row with `STORE_COLUMNS`; without a role it is nobody's."""
    return Store(
        id=row.id,
        app=row.app,
        shop=ShopDomain(row.shop_domain),
        shop_id=row.shop_id,
        name=row.name,
        currency=row.currency,
        timezone=row.timezone,
        state=row.state,
        epoch=row.epoch,
        token_kind=row.token_kind,
        granted_scopes=frozenset(row.granted_scopes.split()),
        role=role,
        is_default=is_default,
        read_only=row.read_only is not False,
        connected_at=row.installed_at,
        token_version=row.version or 0,
        expires_at=row.expires_at,
        refresh_expires_at=row.refresh_expires_at,
        attention=row.attention,
        refreshed_at=row.refreshed_at,
    )


@dataclass(frozen=True, slots=True)
class Installed:
    """What a delivery has to be compared with."""

    id: str
    app: str
    shop: str
    shop_id: str
    state: State
    epoch: int
    installed_at: datetime


def _installed(row: Installation) -> Installed:
    return Installed(row.id, row.app, row.shop_domain, row.shop_id, cast(State, row.state), row.epoch, row.installed_at)


_AHEAD = timedelta(minutes=1)


class InstalledStores(Repository):
    """Reads over all installations; nothing here is for a person's eyes."""

    def find(self, app: str, shop: str, session: Session | None = None) -> Installed | None:
        """Return the installation of `app` on `shop`, uninstalled ones included."""
        if session is None:
            with self._database.read() as fresh:
                return self.find(app, shop, fresh)
        chosen = select(Installation).where(Installation.app == app, Installation.shop_domain == shop)
        row = session.scalar(chosen)
        return None if row is None else _installed(row)

    def by_id(self, installation_id: str) -> Installed | None:
        """Return an installation, uninstalled ones included."""
        with self._database.read() as session:
            row = session.connection().execute(statements.INSTALLED, {"installation": installation_id}).one_or_none()
            return None if row is None else Installed(*row)

    def own_secrets(self, session: Session) -> dict[str, list[tuple[str, Secret]]]:
        """Return by shop domain the apps that merchants made themselves, each with its client secret."""
        found: dict[str, list[tuple[str, Secret]]] = {}
        chosen = select(Installation).where(
            Installation.client_secret.is_not(None), Installation.state != "uninstalled"
        )
        for row in session.scalars(chosen):
            try:
                secret = open_client_secret(self._database.keys, row)
            except Unreadable:
                continue  # health names it; here it only means that nothing can be signed with it
            if secret is not None:
                found.setdefault(row.shop_domain, []).append((row.app, secret))
        return found

    def store(self, installation_id: str) -> Store | None:
        """Return an active installation in the form that the service layer takes, as nobody's store."""
        chosen = (
            select(*STORE_COLUMNS)
            .join(OAuthToken, OAuthToken.installation_id == Installation.id)
            .where(Installation.id == installation_id, Installation.state == "active")
        )
        with self._database.read() as session:
            row = session.execute(chosen).one_or_none()
        return None if row is None else store_of(row)

    def described(self, installation_id: str) -> Store | None:
        """Return an installation that is not uninstalled, whether or not its token still works."""
        chosen = (
            select(*STORE_COLUMNS)
            .outerjoin(OAuthToken, OAuthToken.installation_id == Installation.id)
            .where(Installation.id == installation_id, Installation.state != "uninstalled")
        )
        with self._database.read() as session:
            row = session.execute(chosen).one_or_none()
        return None if row is None else store_of(row)

    def is_read_only(self, installation_id: str) -> bool | None:
        """Return whether an installation may not be written to, None where that can't be told: it is not there."""
        with self._database.read() as session:
            return session.scalar(select(Installation.read_only).where(Installation.id == installation_id))

    def unchecked(
        self, stream: str, seconds: float, limit: int = 500, states: Sequence[State] = ("active",)
    ) -> list[str]:
        """Return installations whose `stream` was not looked at for `seconds`, the longest ago first."""
        joined = (SyncCursor.installation_id == Installation.id) & (SyncCursor.stream == stream)
        with self._database.read() as session:
            now = self._database.now(session)
            before = now - timedelta(seconds=seconds)
            # A look in the future was noted before the clock went back.
            due = SyncCursor.last_run.is_(None) | (SyncCursor.last_run < before) | (SyncCursor.last_run > now + _AHEAD)
            chosen = (
                select(Installation.id)
                .outerjoin(SyncCursor, joined)
                .where(Installation.state.in_(states), due)
                .order_by(SyncCursor.last_run, Installation.id)
                .limit(limit)
            )
            return list(session.scalars(chosen))

    def is_of_another_store(self, job: Job) -> bool:
        """Return whether the body of a delivery came for another store of the app first."""
        with self._database.read() as session:
            values = {"job": job.id, "app": job.app}
            first = session.connection().execute(statements.FIRST_STORE, values).scalar()
        return first is not None and first != job.shop

    def subscription_state(self, installation_ids: Sequence[str] | None = None) -> dict[str, Any]:
        """Return how the subscriptions are, by stores: ``active``, ``checked`` once, and with ``refused`` topics.

        ``drift`` is how many subscriptions the last looks had to mend, ``oldest`` when the store that was looked at
        longest ago was, None when none was.
        """
        chosen: list[Any] = [Installation.state == "active"]
        if installation_ids is not None:
            chosen.append(Installation.id.in_(installation_ids))
        joined = (SyncCursor.installation_id == Installation.id) & (SyncCursor.stream == "subscriptions")
        statement = (
            select(
                func.count(Installation.id),
                func.count(SyncCursor.last_run),
                func.coalesce(func.sum(SyncCursor.drift), 0),
                func.min(SyncCursor.last_run),
                func.count().filter(SyncCursor.position.like('%"refused":{"%')),
            )
            .select_from(Installation)
            .outerjoin(SyncCursor, joined)
            .where(*chosen)
        )
        with self._database.read() as session:
            active, checked, drift, oldest, refused = session.execute(statement).one()
        return {
            "active": int(active),
            "checked": int(checked),
            "refused": int(refused),
            "drift": int(drift),
            "oldest": oldest,
        }
