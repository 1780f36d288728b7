"""Shopify's side of a delivery, and the host's side of an event."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from atom_shopify_plugin.catalog.model import Trigger
from atom_shopify_plugin.hookspecs import Event, Principal
from atom_shopify_plugin.jobs import Jobs
from atom_shopify_plugin.runtime import Runtime
from atom_shopify_plugin.settings import Secret
from atom_shopify_plugin.shopify.domain import ShopDomain
from atom_shopify_plugin.shopify.webhooks import sign

if TYPE_CHECKING:
    from flask import Flask
    from werkzeug.test import TestResponse

    from atom_shopify_plugin.sandbox.core import Sandbox
    from atom_shopify_plugin.storage import Store

DEMO = ShopDomain("demo.myshopify.com")
OUTLET = ShopDomain("outlet.myshopify.com")
SECRET = Secret("sandbox-secret")
PREVIOUS = Secret("the-secret-before")
PATH = "/api/shopify/webhooks"


@dataclass
class Emitted:
    """The host's side: what was emitted, in order, and what it does instead when it is told to fail."""

    events: list[Event] = field(default_factory=list)
    fail: Callable[[Event], None] | None = None

    def __call__(self, event: Event) -> None:
        if self.fail is not None:
            self.fail(event)
        self.events.append(event)

    @property
    def keys(self) -> list[str]:
        return [event.key for event in self.events]


def connect(runtime: Runtime, sandbox: Sandbox, principal: Principal, shop: ShopDomain) -> Store:
    """Connect a store where no host is there yet, so that nothing follows from it."""
    token = Secret(sandbox.issue_admin_token(str(shop), scopes=runtime.settings.scopes))
    emit, runtime.host.emit = runtime.host.emit, None
    store = runtime.connections.connect_token(principal, shop, token)
    runtime.host.emit = emit
    return store


def declare(runtime: Runtime, trigger: Trigger) -> None:
    """Add a trigger to the catalogue, as a manifest would; jobs run when a test says so."""
    triggers = MappingProxyType({**runtime.catalog.triggers, trigger.key: trigger})
    runtime.catalog = replace(runtime.catalog, triggers=triggers)
    runtime.__dict__.pop("services", None)  # they hold the catalogue as it was
    runtime.jobs = Jobs(runtime.services, threads=0, backoff=0.0)


def encoded(payload: Mapping[str, Any]) -> bytes:
    return json.dumps(payload, separators=(",", ":")).encode()


def headers_of(
    body: bytes,
    topic: str,
    *,
    shop: str = DEMO.name,
    webhook_id: str | None = None,
    secret: Secret = SECRET,
    family: str = "X-Shopify-",
    **more: str,
) -> dict[str, str]:
    """The headers of a delivery; members of `more` replace or add (`triggered_at`, `event_id`, `hmac_sha256` …)."""
    values = {
        "Hmac-Sha256": sign(body, secret),
        "Topic": topic,
        "Shop-Domain": shop,
        "Webhook-Id": webhook_id if webhook_id is not None else str(uuid.uuid4()),
        "API-Version": "2026-10",
    }
    named = {name.replace("_", "-").title(): value for name, value in more.items()}
    return {
        "Content-Type": "application/json",
        **{family + name: value for name, value in {**values, **named}.items()},
    }


class Shopify:
    """Shopify's side: sends deliveries to the receiver, in this process."""

    def __init__(self, app: Flask) -> None:
        self._client = app.test_client()

    def send(self, body: bytes, headers: Mapping[str, str]) -> TestResponse:
        return self._client.post(PATH, data=body, headers=dict(headers))

    def deliver(self, topic: str, payload: Mapping[str, Any] | bytes, **options: Any) -> TestResponse:
        """Deliver a payload; send it again after a 503, as Shopify does: a busy machine is no fault."""
        body = payload if isinstance(payload, bytes) else encoded(payload)
        headers = headers_of(body, topic, **options)
        answer = self.send(body, headers)
        for _ in range(2):
            if answer.status_code != 503:
                break
            answer = self.send(body, headers)
        return answer


def order(number: int = 1, **more: Any) -> dict[str, Any]:
    """The payload of an order."""
    return {
        "id": 7_000_000_000 + number,
        "name": f"#{number}",
        "email": "ada@example.com",
        "created_at": "2026-11-01T10:00:00+01:00",
        "updated_at": "2026-11-01T10:00:00+01:00",
        "currency": "EUR",
        "total_price": "36.00",
        **more,
    }
