"""What the tests of this room share with the processes that they start."""

from __future__ import annotations

import base64
import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from atom_shopify_plugin.settings import Secret, Settings
from atom_shopify_plugin.shopify.domain import ShopDomain
from atom_shopify_plugin.storage import Grant, Storage

DEMO = ShopDomain("demo.myshopify.com")
OUTLET = ShopDomain("outlet.myshopify.com")


class MovableClock:
    """A clock that goes on only when it is told to."""

    def __init__(self) -> None:
        self.moment = datetime(2026, 11, 25, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.moment

    def move(self, **duration: float) -> None:
        self.moment += timedelta(**duration)


def key(number: int) -> tuple[str, Secret]:
    return f"k{number}", Secret(base64.b64encode(bytes([number]) * 32).decode())


def grant(shop: ShopDomain = DEMO, **values: Any) -> Grant:
    """A finished connection of `shop` with an expiring token."""
    standard = Grant(
        app="app",
        shop=shop,
        shop_id="gid://shopify/Shop/1",
        name=shop.handle.title(),
        currency="EUR",
        timezone="Europe/Berlin",
        kind="expiring",
        scope="write_products",
        granted_scopes=frozenset({"write_products", "read_products"}),
        access=Secret("shpat_one"),
        refresh=Secret("shprt_one"),
        expires_at=datetime(2026, 11, 25, 13, tzinfo=UTC),
        refresh_expires_at=datetime(2027, 2, 23, 12, tzinfo=UTC),
    )
    return replace(standard, **values)


def environ_of(settings: Settings) -> dict[str, str]:
    """Return the environment of a process that has these settings and finds this module."""
    return {
        **os.environ,
        "PYTHONPATH": str(Path(__file__).parent),
        "SHOPIFY_API_KEY": settings.api_key,
        "SHOPIFY_API_SECRET": settings.api_secret.reveal(),
        "ATOM_SHOPIFY_DATA_DIR": str(settings.data_dir),
        "ATOM_SHOPIFY_DATABASE_URL": settings.database_url,
        "ATOM_SHOPIFY_ENCRYPTION_KEYS": ",".join(f"{name}:{text.reveal()}" for name, text in settings.encryption_keys),
        "ATOM_SHOPIFY_ENDPOINT": settings.endpoint or "",
    }


def open_from_environ() -> Storage:
    """Open the storage that `environ_of` describes."""
    return Storage(Settings.from_environ())


_OLD_STORE = """
INSERT INTO shopify_installations (id, app, shop_domain, shop_id, name, currency, timezone, state, epoch, attention,
  token_kind, granted_scopes, secret_version, installed_at, created_at, updated_at)
VALUES (:id, 'app', :shop, '1', 'Demo', 'EUR', 'UTC', 'active', 1, '', 'offline', '', 0, :at, :at, :at)
"""
_OLD_MEMBERSHIP = """
INSERT INTO shopify_memberships (id, installation_id, tenant, subject, shop_domain, role, is_default, created_at)
VALUES (:id, :id, 'default', 'ada', :shop, 'owner', :is_default, :at)
"""


def connect_at_once(session: Session, at: datetime) -> str:
    """Make ada the owner of DEMO by the columns that the first migration made; return the id of the installation."""
    values = {"id": "0" * 32, "shop": DEMO.name, "at": at.replace(tzinfo=None), "is_default": True}
    for statement in (_OLD_STORE, _OLD_MEMBERSHIP):
        session.execute(text(statement), values)
    return str(values["id"])
