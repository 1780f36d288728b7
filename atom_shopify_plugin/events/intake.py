"""Deliveries of Shopify, from the bytes of a request to one row.

The order of the checks is the point: whatever is not signed is looked at only after the signature, and nothing is
parsed. Who may send is settled by the signature alone; headers are not covered by it and are compared with the body
later, by `triggers`. Sources: shopify.dev, "Verify webhook deliveries" and "Deliver webhooks through HTTPS".
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from atom_shopify_plugin.errors import Fault, InvalidInput, NotFound, PluginError, Unavailable
from atom_shopify_plugin.settings import Secret
from atom_shopify_plugin.shopify import webhooks
from atom_shopify_plugin.shopify.domain import ShopDomain
from atom_shopify_plugin.shopify.topics import COMPLIANCE
from atom_shopify_plugin.storage import NewJob, Placed, Rows, Steps, Ticket, finish

if TYPE_CHECKING:
    from atom_shopify_plugin.services import Services
    from atom_shopify_plugin.storage.stores.installed import Installed

__all__ = ["KIND", "Delivery", "DeliveryIntake", "NotJson", "WrongSignature", "read_delivery"]

KIND = "delivery"
_FAMILIES = ("X-Shopify-", "Shopify-")
_CONTROL = ("Hmac-Sha256", "Topic", "Shop-Domain", "Webhook-Id")
_MARKS = (*_CONTROL, "Event-Id", "Triggered-At", "API-Version", "Name")
_NAMES = tuple(tuple(f"{family}{mark}".lower() for mark in _MARKS) for family in _FAMILIES)
_TOPIC = re.compile(r"[a-z][a-z_]{0,62}[/.][a-z][a-z_]{0,62}")
_ID = re.compile(r"[\x21-\x2b\x2d-\x7e]{1,128}")
_DEADLINE = 3.3  # seconds for the database: Shopify waits 5, and an answer of ours comes within 4
_FRESH = 5.0  # seconds that a look at an installation is good for


class WrongSignature(PluginError):
    """The delivery is not signed by the app's secret, or by none that this plugin knows."""

    code: ClassVar[str] = "WRONG_SIGNATURE"
    status: ClassVar[int] = 401

    def __init__(self) -> None:
        super().__init__("The delivery does not have a valid Shopify signature for this app.")


class NotJson(PluginError):
    """The delivery is signed, but says that it is something else than JSON."""

    code: ClassVar[str] = "UNSUPPORTED_MEDIA_TYPE"
    status: ClassVar[int] = 415

    def __init__(self) -> None:
        super().__init__("A delivery must be JSON: set the subscription's format to JSON.")


class Delivery(NamedTuple):
    """The headers of a delivery as they came, of whichever family; only the signature has to be there."""

    signature: str
    topic: str
    shop: str
    webhook_id: str
    event_id: str = ""
    triggered_at: str = ""
    api_version: str = ""
    name: str = ""


def read_delivery(header: Callable[[str], str | None]) -> Delivery:
    """Return the delivery that headers speak of; raise `InvalidInput` where they can be understood in two ways.

    `header` returns one by its lower-case name. Servers join repeated headers by a comma, and parsers differ on which
    of two families counts: both are refused.
    """
    values, other = ([header(name) for name in names] for names in _NAMES)
    family = 0
    if other.count(None) < len(other):
        if values.count(None) < len(values):
            raise _refusal("", "The headers of two families were sent: X-Shopify-… and Shopify-….")
        values, family = other, 1
    for at, mark in enumerate(_CONTROL):
        if "," in (values[at] or ""):
            name = _FAMILIES[family] + mark
            raise _refusal(name, f"{name} was sent twice, or contains a comma.")
    signature, topic, shop, webhook_id, event_id, triggered_at, api_version, name = [value or "" for value in values]
    return Delivery(signature, topic, shop, webhook_id, event_id, triggered_at, api_version, name)


class DeliveryIntake:
    """Takes deliveries in for one plugin."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._lock = threading.Lock()
        self._known: dict[tuple[str, str], tuple[float, Installed]] = {}
        self._looking = False
        self._own: tuple[float, Mapping[str, list[tuple[str, Secret]]]] = (0.0, {})

    def receive(self, delivery: Delivery, body: bytes, *, is_json: bool) -> Placed:
        """Store a delivery and return once it is safe; a repeated one changes nothing.

        Raise `WrongSignature`; for a signed one `NotJson`, `InvalidInput` (headers that nobody can work with),
        `NotFound` (the app is not installed there), `Unavailable` (within 4 s, whatever the database does).
        """
        return finish(self.receiving(delivery, body, is_json=is_json))

    def receiving(self, delivery: Delivery, body: bytes, *, is_json: bool) -> Steps[Placed]:
        """Do what `receive` does, as steps."""
        until = time.monotonic() + _DEADLINE
        app = yield from self._signer(delivery, body, until)
        if not is_json:
            raise NotJson
        shop, topic = ShopDomain.parse(delivery.shop).name, delivery.topic
        if not _TOPIC.fullmatch(topic):
            raise _refusal("Topic", "The topic must look like orders/create.")
        if not _ID.fullmatch(delivery.webhook_id):
            raise _refusal("Webhook-Id", "The webhook id is missing or malformed.")
        headers = {"webhook_id": delivery.webhook_id}
        for name in ("event_id", "triggered_at", "api_version", "name"):
            value = getattr(delivery, name)
            if value:
                headers[name] = value[:128]
        installed = yield from self._installed(app, shop, until)
        if installed is not None:
            headers["epoch"] = str(installed.epoch)
        if topic not in COMPLIANCE and (
            installed is None or (installed.state == "uninstalled" and topic != "app/uninstalled")
        ):
            # Not 200: Shopify sends it again for hours, and the merchant may just be on the way back to us.
            raise NotFound("The app is not installed on this store.")
        new = NewJob(
            kind=KIND,
            app=app,
            shop=shop,
            dedupe=f"{app}|{shop}|{delivery.webhook_id}",
            subject=topic,
            headers=headers,
            body=body,
            installation_id=installed.id if installed is not None else None,
        )
        return (yield from self._services.putting_job(new, timeout=max(0.2, until - time.monotonic())))

    def forget(self) -> None:
        """Look at every installation anew."""
        self._known.clear()
        self._own = (0.0, {})

    def _signer(self, delivery: Delivery, body: bytes, until: float) -> Steps[str]:
        """Return the app whose secret signed the delivery."""
        settings = self._services.settings
        if webhooks.verify(body, delivery.signature, (settings.api_secret, settings.api_secret_previous)):
            return settings.api_key
        own_secrets = yield from self._own_secrets(until)
        for app, secret in own_secrets.get(delivery.shop.lower(), ()):
            if webhooks.verify(body, delivery.signature, (secret,)):
                return app
        raise WrongSignature

    def _own_secrets(self, until: float) -> Steps[Mapping[str, list[tuple[str, Secret]]]]:
        # All at once and seldom: a stranger who sends nonsense for ever other stores costs no look-up each.
        at, known = self._own
        if time.monotonic() - at < _FRESH and at:
            return known
        if self._looking and at:
            return known
        storage = self._services.storage
        self._looking = True
        try:
            known = yield Ticket(
                storage.group_commit, Rows.shared("own secrets", storage.installed.own_secrets), timeout=_share(until)
            )
        except Unavailable:
            if not at:
                raise
        finally:
            self._looking = False
        self._own = (time.monotonic(), known)
        return known

    def _installed(self, app: str, shop: str, until: float) -> Steps[Installed | None]:
        """Return the installation, from memory for a few seconds; what has gone out of date serves in an outage.

        A state that has changed meanwhile is noticed when the delivery is worked on.
        """
        found: Installed | None
        at, known = self._known.get((app, shop), (0.0, None))
        if known is not None and time.monotonic() - at < _FRESH:
            return known
        storage = self._services.storage
        try:
            # On a writing thread: it is the one way to the database that gives up in time.
            found = yield Ticket(
                storage.group_commit,
                Rows.shared(("installed", app, shop), lambda session: storage.installed.find(app, shop, session)),
                timeout=_share(until),
            )
        except Unavailable:
            if known is None:
                raise
            return known
        with self._lock:
            if found is None or found.state == "uninstalled":
                self._known.pop((app, shop), None)
            else:
                if len(self._known) >= 10_000:
                    self._known.clear()
                self._known[(app, shop)] = (time.monotonic(), found)
        return found


def _share(until: float) -> float:
    return max(0.2, (until - time.monotonic()) / 2)


def _refusal(name: str, message: str) -> InvalidInput:
    pointer = f"/{name}" if name else ""
    return InvalidInput(message, [Fault(pointer, message, "header")])
