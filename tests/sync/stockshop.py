"""A store whose stock changes: by its merchant, in storms, with webhooks or without."""

from __future__ import annotations

import json
import uuid
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from atom_shopify_plugin.events.intake import Delivery
from atom_shopify_plugin.hookspecs import Principal
from atom_shopify_plugin.runtime import Runtime
from atom_shopify_plugin.sandbox.core import Sandbox
from atom_shopify_plugin.sandbox.messages import Request
from atom_shopify_plugin.sandbox.store import number
from atom_shopify_plugin.settings import Secret
from atom_shopify_plugin.shopify.domain import ShopDomain
from atom_shopify_plugin.shopify.webhooks import sign
from atom_shopify_plugin.storage import Store

DEMO = ShopDomain("demo.myshopify.com")
BROWSER = "a-random-value-of-this-browser"
TOPIC = "inventory_levels/update"
SUBSCRIBE = """
mutation ($topic: WebhookSubscriptionTopic!, $uri: String!) {
  webhookSubscriptionCreate(topic: $topic, webhookSubscription: {uri: $uri}) {
    userErrors { message } } }"""


class StockShop:
    """The demo store as its merchant and Shopify see it."""

    def __init__(self, runtime: Runtime, sandbox: Sandbox, person: Principal) -> None:
        self._runtime = runtime
        self._sandbox = sandbox
        address = urlsplit(runtime.connections.begin(person, DEMO, browser=BROWSER))
        form = urlencode({**dict(parse_qsl(address.query)), "decision": "install"}).encode()
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        answer = sandbox.handle(Request("POST", address.netloc, address.path, "", headers, form))
        query = urlsplit(answer.headers["Location"]).query
        runtime.connections.complete(person, query, browser=BROWSER)

    def door(self, path: str, body: dict[str, Any]) -> Any:
        headers = {"Content-Type": "application/json"}
        path = f"/__sandbox__/{path}"
        answer = self._sandbox.handle(Request("POST", DEMO.name, path, "", headers, json.dumps(body).encode()))
        assert answer.status == 200, answer.body
        return json.loads(answer.body)

    def set_stock(self, available: int, sku: str = "MUG-BLUE") -> tuple[int, int]:
        """Set what is available at the primary location; return the numbers of item and location."""
        made = self.door(f"stores/{DEMO}/inventory", {"sku": sku, "available": available})
        return int(made["inventory_item_id"]), int(made["location_id"])

    def changed_at(self, place: tuple[int, int]) -> datetime:
        """When Shopify says that a level changed last."""
        for level in self._sandbox.store(DEMO.name).all("InventoryLevel").values():
            if (int(number(level["item"])), int(number(level["location"]))) == place:
                return datetime.fromisoformat(level["updatedAt"])
        raise LookupError(place)

    def subscribe(self, store: Store, uri: str, topic: str = TOPIC) -> None:
        token = self._runtime.connections.token(store).access.reveal()
        headers = {"Content-Type": "application/json", "X-Shopify-Access-Token": token}
        body = json.dumps(
            {"query": SUBSCRIBE, "variables": {"uri": uri, "topic": topic.replace("/", "_").upper()}}
        ).encode()
        path = "/admin/api/2026-10/graphql.json"
        answer = json.loads(self._sandbox.handle(Request("POST", DEMO.name, path, "", headers, body)).body)
        assert answer["data"]["webhookSubscriptionCreate"]["userErrors"] == []

    def deliver(self, place: tuple[int, int], available: int, at: datetime) -> None:
        """Deliver the webhook of a change as Shopify does."""
        item, location = place
        payload = {
            "inventory_item_id": item,
            "location_id": location,
            "available": available,
            "updated_at": at.isoformat(timespec="seconds"),
        }
        body = json.dumps(payload).encode()
        signature = sign(body, Secret("sandbox-secret"))
        delivery = Delivery(signature, TOPIC, DEMO.name, str(uuid.uuid4()), triggered_at=at.isoformat())
        assert self._runtime.intake.receive(delivery, body, is_json=True).new

    def stock(self) -> dict[tuple[int, int], int]:
        """What Shopify says is available, by item and location."""
        levels = self._sandbox.store(DEMO.name).all("InventoryLevel").values()
        return {
            (int(number(level["item"])), int(number(level["location"]))): level["stock"]["available"]
            for level in levels
            if level["isActive"]
        }

    def known(self, store: Store) -> dict[tuple[int, int], int | None]:
        """What the plugin believes is available."""
        levels, after = [], None
        while page := self._runtime.storage.levels.list(store.id, after):
            levels += page
            after = (page[-1].item, page[-1].location)
        return {(level.item, level.location): level.available for level in levels if level.available is not None}

    def redact(self, customer: int) -> None:
        """Deliver a request to erase a customer."""
        payload = {"shop_domain": DEMO.name, "customer": {"id": customer}, "orders_to_redact": []}
        body = json.dumps(payload).encode()
        delivery = Delivery(
            sign(body, Secret("sandbox-secret")),
            "customers/redact",
            DEMO.name,
            str(uuid.uuid4()),
            triggered_at=self._sandbox.clock.now().isoformat(),
        )
        assert self._runtime.intake.receive(delivery, body, is_json=True).new
