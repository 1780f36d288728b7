"""What an action's write fires is declared, and put down to the run that called it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pytest
from running import prepare

from atom_shopify_plugin.actions.run import Call
from atom_shopify_plugin.catalog.loading import packaged
from atom_shopify_plugin.errors import ConfirmationNeeded
from atom_shopify_plugin.events.intake import Delivery
from atom_shopify_plugin.hookspecs import Event, Origin, Principal
from atom_shopify_plugin.jobs import Jobs
from atom_shopify_plugin.sandbox.messages import Request
from atom_shopify_plugin.sandbox.webhooks.topics import ENUM
from atom_shopify_plugin.settings import Secret
from atom_shopify_plugin.shopify.webhooks import sign

if TYPE_CHECKING:
    from atom_shopify_plugin.runtime import Runtime
    from atom_shopify_plugin.sandbox.core import Sandbox
    from atom_shopify_plugin.storage import Store

SUBSCRIBE = """
mutation ($topic: WebhookSubscriptionTopic!, $it: WebhookSubscriptionInput!) {
  webhookSubscriptionCreate(topic: $topic, webhookSubscription: $it) { userErrors { message } } }"""
RUN = Origin("chain", "run", 2)
# What an answer names no id of: the stock that an order takes or gives back, the collections of what is deleted, and
# the customers who get a tag in the background, each of them once.
UNKNOWN = {
    ("audience_push", "customer_updated"),
    ("audience_push", "customer_tags_added"),
    ("order_create", "inventory_level_updated"),
    ("order_cancel", "inventory_level_updated"),
    ("order_refund", "inventory_level_updated"),
    ("draft_complete", "inventory_level_updated"),
    ("product_delete", "collection_updated"),
    ("order_line_add", "inventory_level_updated"),
    ("order_line_quantity_set", "inventory_level_updated"),
    *(("return_process", key) for key in ("inventory_level_updated", "product_updated")),
    *(("return_item_dispose", key) for key in ("inventory_level_updated", "product_updated", "order_updated")),
}
IN_NO_CASE = {"order_close", "file_update"}  # whose examples change nothing that a webhook tells of
WRITES = [
    (key, n)
    for key, action in packaged().actions.items()
    if action.effect != "read" and action.domain != "webhooks"
    for n in range(len(action.examples))
]


@pytest.mark.slow
@pytest.mark.parametrize(("key", "n"), WRITES)
def test_what_a_write_fires_is_declared_and_put_down_to_its_run(
    key: str, n: int, runtime: Runtime, principal: Principal, store: Store, sandbox: Sandbox
) -> None:
    emitted: list[Event] = []
    runtime.host.emit = emitted.append
    runtime.jobs = Jobs(runtime.services, threads=0, backoff=0.0)  # they run when a test says so
    declared = {trigger.topic for trigger in runtime.catalog.triggers.values()} & ENUM.keys()
    prepare(sandbox, runtime, store, key)
    sandbox.deliveries.change({"hold": True})
    token = runtime.connections.token(store).access.reveal()
    for topic in declared:
        variables = {"topic": ENUM[topic], "it": {"uri": "http://127.0.0.1:9/held-back"}}
        query = json.dumps({"query": SUBSCRIBE, "variables": variables}).encode()
        headers = {"Content-Type": "application/json", "X-Shopify-Access-Token": token}
        path = "/admin/api/2026-10/graphql.json"
        assert b'"userErrors":[]' in sandbox.handle(Request("POST", store.shop.name, path, "", headers, query)).body
    action = runtime.catalog.actions[key]
    try:
        runtime.actions.run(Call(principal, key, action.examples[n], origin=RUN))
    except ConfirmationNeeded as asked:
        token = asked.details["confirmation_token"]
        runtime.actions.run(Call(principal, key, action.examples[n], confirm=token, origin=RUN))
    for told in sandbox.deliveries.listing(store=store.shop.name):
        signature = sign(told.body, Secret("sandbox-secret"))
        delivery = Delivery(signature, told.topic, store.shop.name, told.webhook_id)
        runtime.intake.receive(delivery, told.body, is_json=True)
    while runtime.jobs.run_one():
        pass
    emitted = [event for event in emitted if event.key not in runtime.catalog.computed]
    assert {event.key for event in emitted} <= set(action.fires)
    lost = {event.key for event in emitted if event.caused_by != RUN}
    assert lost <= {name for action, name in UNKNOWN if action == key}
    assert emitted or not action.fires or key in IN_NO_CASE


def test_every_write_says_what_it_fires(manifests: Mapping[str, Any]) -> None:
    writes = [
        entry for content in manifests.values() for entry in content.get("actions", ()) if entry["effect"] != "read"
    ]
    known = [entry for entry in writes if "any_document" not in entry]
    assert [entry["key"] for entry in known if "fires" not in entry] == []
