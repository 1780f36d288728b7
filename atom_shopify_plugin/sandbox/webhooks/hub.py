"""From a change of a store to deliveries: the subscriptions for it, the payload of each, and its signature.

All deliveries of one action share ``X-Shopify-Event-Id``; each has its own ``X-Shopify-Webhook-Id``, which its retries
repeat. The signature is base64(HMAC-SHA256(client secret, body)) and is made when the event happens (shopify.dev,
webhooks over HTTPS).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import uuid
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from functools import partial
from random import Random
from typing import Any, Protocol

import orjson

from atom_shopify_plugin.sandbox.accounts import CUSTOM_APP, Account, App
from atom_shopify_plugin.sandbox.clock import Clock
from atom_shopify_plugin.sandbox.context import Context
from atom_shopify_plugin.sandbox.store import Change, number
from atom_shopify_plugin.sandbox.versions import Versions
from atom_shopify_plugin.sandbox.webhooks import payloads, people
from atom_shopify_plugin.sandbox.webhooks.changes import events_of
from atom_shopify_plugin.sandbox.webhooks.deliveries import Deliveries
from atom_shopify_plugin.sandbox.webhooks.delivery import Delivery
from atom_shopify_plugin.sandbox.webhooks.selection import matches, reduced
from atom_shopify_plugin.sandbox.webhooks.settings import Chaos
from atom_shopify_plugin.sandbox.webhooks.subscriptions import Subscription, declared, of_store
from atom_shopify_plugin.sandbox.webhooks.topics import COMPLIANCE

__all__ = ["Hub"]

REDACTION_AFTER = 48 * 3600.0  # from an uninstall to shop/redact
REMOVED = "webhookSubscriptionRemoved"
_RANDOM = Random()  # a call to the system for each id would be a large part of a storm


class Platform(Protocol):
    """What the hub uses of the platform."""

    app: App
    clock: Clock
    versions: Versions
    accounts: dict[str, Account]


class Hub:
    """Sends what happens in the stores of `sandbox` to the subscriptions that want it."""

    def __init__(self, sandbox: Platform, declarations: Iterable[Mapping[str, Any]]) -> None:
        self._sandbox = sandbox
        self._declared = declared(declarations, sandbox.app.url)
        self._told: dict[tuple[Any, ...], bytes] = {}
        self.deliveries = Deliveries(sandbox.clock)
        self.deliveries.on_exhausted = self._give_up

    @property
    def declared(self) -> tuple[Subscription, ...]:
        """The subscriptions of the app's configuration."""
        return self._declared

    def declare(self, declarations: Iterable[Mapping[str, Any]]) -> None:
        """Replace the subscriptions of the app's configuration, as a deployment of the app does."""
        self._declared = declared(declarations, self._sandbox.app.url)

    def saved(self) -> tuple[tuple[Subscription, ...], dict[tuple[Any, ...], bytes], Chaos]:
        """Return the declared subscriptions, what was told last, and the settings of the network, for `restore`."""
        return self._declared, dict(self._told), self.deliveries.chaos

    def restore(self, saved: tuple[tuple[Subscription, ...], dict[tuple[Any, ...], bytes], Chaos]) -> None:
        """Go back to what `saved` returned; deliveries that wait are forgotten."""
        self._declared, told, chaos = saved
        self._told = dict(told)
        self.deliveries.forget(chaos)

    def listen(self, account: Account) -> None:
        """Send what the platform does to a store, too."""
        account.on_event = partial(self._platform, account)

    # -- what happens

    def observe(self, ctx: Context, changes: list[Change]) -> None:
        """Send the changes of one mutation; called under the store's lock."""
        account = self._sandbox.accounts[ctx.store.shop_domain]
        event_id, now = _new_id(), self._sandbox.clock.time()
        for event in events_of(ctx, changes):
            listeners = self._listeners(account, event.topic)
            if listeners:
                payload = event.payload(ctx, event.node)
                for listener in listeners:
                    whole = payload
                    if listener.metafield_namespaces or listener.metafields:
                        rows = payloads.metafields(ctx, event.node, listener.metafield_namespaces, listener.metafields)
                        whole = {**payload, "metafields": rows}
                    self._tell(account, listener, whole, event_id, now, event.node["id"])

    def compliance(self, account: Account, topic: str, payload: Mapping[str, Any], after: float = 0.0) -> int:
        """Send one of the compliance topics `after` so many seconds; return to how many addresses."""
        if topic not in COMPLIANCE:
            raise ValueError(f"`topic` must be one of {', '.join(COMPLIANCE)}.")
        return self._raise(account, topic, payload, after=after)

    def _platform(self, account: Account, what: str, facts: Mapping[str, Any]) -> None:
        with account.state.lock:
            ctx = self._context(account)
            if what == "scopes":
                shop = ctx.store.shop
                changed = {"id": number(shop["id"]), **facts, "updated_at": payloads.local(ctx, ctx.stamp)}
                self._raise(account, "app/scopes_update", changed)
                return
            event_id = _new_id()
            self._raise(account, "app/uninstalled", people.shop(ctx, ctx.store.shop), event_id, still=True)
            for node in list(ctx.store.all("WebhookSubscription").values()):
                ctx.delete(node)
            ctx.keep()
            identity = {"shop_id": number(ctx.store.shop["id"]), "shop_domain": account.domain}
        event_id, client_id = _new_id(), facts["client_id"]
        for listener in self._of_configuration("shop/redact"):
            gone = partial(_is_gone, account, client_id)
            self._send(account, listener, identity, event_id, ctx.now.timestamp() + REDACTION_AFTER, gone)

    def _context(self, account: Account) -> Context:
        return Context(account.state, self._sandbox.clock.now(), frozenset(), self._sandbox.versions)

    def _raise(
        self,
        account: Account,
        topic: str,
        payload: Mapping[str, Any],
        event_id: str | None = None,
        *,
        after: float = 0.0,
        still: bool = False,
    ) -> int:
        """Send to all subscriptions for a topic; with `still`, to those of an app that has just gone, too."""
        with account.state.lock:
            listeners = self._listeners(account, topic, still=still)
        event_id, at = event_id or _new_id(), self._sandbox.clock.time() + after
        return sum(self._tell(account, listener, payload, event_id, at) for listener in listeners)

    # -- subscriptions

    def _installed(self, account: Account) -> bool:
        tokens = account.tokens
        return any(tokens.installed(app) is not None for app in (self._sandbox.app.client_id, CUSTOM_APP))

    def _listeners(self, account: Account, topic: str, *, still: bool = False) -> list[Subscription]:
        listeners = of_store(account.state, topic)
        if topic in COMPLIANCE or still or (self._declared and self._installed(account)):
            listeners += self._of_configuration(topic)
        return listeners

    def _of_configuration(self, topic: str) -> list[Subscription]:
        return [one for one in self._declared if one.topic == topic]

    # -- what they get

    def _tell(
        self,
        account: Account,
        listener: Subscription,
        payload: Mapping[str, Any],
        event_id: str,
        at: float,
        resource: str | None = None,
    ) -> bool:
        """Send a payload to one subscription, reduced to the fields that it wants, unless it does not want it."""
        if listener.include_fields:
            payload = reduced(payload, listener.include_fields)
        if not matches(payload, listener.filter):
            return False
        if listener.include_fields and resource is not None:
            key = (account.domain, listener.gid or listener, resource)
            mark = hashlib.sha256(orjson.dumps(payload)).digest()
            if self._told.get(key) == mark:
                return False  # none of its fields has changed
            self._told[key] = mark
        self._send(account, listener, payload, event_id, at)
        return True

    def _send(
        self,
        account: Account,
        listener: Subscription,
        payload: Mapping[str, Any],
        event_id: str,
        at: float,
        wanted: Callable[[], bool] | None = None,
    ) -> None:
        body = orjson.dumps(payload)
        webhook_id = _new_id()
        versions = self._sandbox.versions.listing()
        headers = {
            "Accept": "*/*",
            "User-Agent": "Shopify-Captain-Hook",
            "Content-Type": "application/json",
            "X-Shopify-Topic": listener.topic,
            "X-Shopify-Hmac-Sha256": self._signature(body),
            "X-Shopify-Shop-Domain": account.domain,
            "X-Shopify-API-Version": (versions["stable"] or versions["candidate"])[-1],
            "X-Shopify-Webhook-Id": webhook_id,
            "X-Shopify-Event-Id": event_id,
            "X-Shopify-Triggered-At": f"{datetime.fromtimestamp(at, UTC):%Y-%m-%dT%H:%M:%S.%f}000Z",
        }
        if listener.name:
            headers["X-Shopify-Name"] = listener.name
        head = "".join(f"{name}: {value}\r\n" for name, value in headers.items()).encode("latin-1")
        self.deliveries.add(
            Delivery(
                store=account.domain,
                topic=listener.topic,
                uri=listener.uri,
                webhook_id=webhook_id,
                event_id=event_id,
                subscription=listener.gid,
                triggered_at=at,
                due=at,
                head=head,
                body=body,
                wanted=wanted,
                note=None if listener.format == "JSON" else "The sandbox sends JSON only.",
            )
        )

    def _signature(self, body: bytes) -> str:
        secret = self._sandbox.app.secrets[0]
        return base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()

    # -- when nobody answers

    def _give_up(self, delivery: Delivery) -> None:
        """Remove the subscription of a delivery that is out of retries, if it was made through the API."""
        if delivery.subscription is None:
            return
        store = self._sandbox.accounts[delivery.store].state
        with store.lock:
            node = store.get(delivery.subscription)
            if node is not None:
                ctx = self._context(self._sandbox.accounts[delivery.store])
                ctx.delete(node)
                ctx.record("deleted", node, operation=REMOVED)
                ctx.keep()
        self.deliveries.cancel(delivery.subscription)


def _new_id() -> str:
    return str(uuid.UUID(int=_RANDOM.getrandbits(128), version=4))


def _is_gone(account: Account, client_id: str) -> bool:
    return account.tokens.installed(client_id) is None
