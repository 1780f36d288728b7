"""The parts of a plugin process around a sandbox, for the tests of this room and the processes that they start."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from requests.adapters import BaseAdapter

from atom_shopify_plugin.sandbox.core import Sandbox
from atom_shopify_plugin.sandbox.messages import Request
from atom_shopify_plugin.settings import Settings
from atom_shopify_plugin.shopify.client import Client
from atom_shopify_plugin.shopify.documents import Documents
from atom_shopify_plugin.shopify.domain import ShopDomain
from atom_shopify_plugin.shopify.throttle import Throttle
from atom_shopify_plugin.shopify.transport import Transport
from atom_shopify_plugin.storage import Storage
from atom_shopify_plugin.stores.connections import Connections

DEMO = ShopDomain("demo.myshopify.com")
OUTLET = ShopDomain("outlet.myshopify.com")
BROWSER = "a-random-value-of-this-browser"
TOKEN_PATH = "/admin/oauth/access_token"


@dataclass
class Plugin:
    """One process of the plugin, as far as connections go."""

    settings: Settings
    storage: Storage
    transport: Transport
    client: Client
    connections: Connections

    @classmethod
    def open(
        cls, settings: Settings, *, adapter: BaseAdapter | None = None, clock: Callable[[], datetime] | None = None
    ) -> Plugin:
        storage = Storage(settings, clock=clock)
        transport = Transport(settings.endpoint, adapter)
        client = Client(transport, Throttle(), version=settings.api_version, timeout=settings.timeout)
        connections = Connections(settings, storage, transport, client, Documents.load())
        return cls(settings, storage, transport, client, connections)

    def close(self) -> None:
        self.transport.close()
        self.storage.close()


def answer(sandbox: Sandbox, url: str, decision: str = "install", **changes: str) -> str:
    """Answer Shopify's screen as the merchant does, and return the query that the browser comes back with."""
    parts = urlsplit(url)
    form = {**dict(parse_qsl(parts.query)), "decision": decision, **changes}
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    response = sandbox.handle(Request("POST", parts.netloc, parts.path, "", headers, urlencode(form).encode()))
    assert response.status == 302, response.body
    return urlsplit(response.headers["Location"]).query


def token_calls(sandbox: Sandbox, grant: str | None = None) -> list[dict[str, Any]]:
    """Return the calls that the token endpoint has seen, all or those of one grant type."""
    calls = [call for call in sandbox.calls() if call["path"] == TOKEN_PATH]
    return [call for call in calls if grant in (None, call["subject"])]


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
