"""Subscriptions: as the triggers and people want them, whatever has happened at Shopify."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from eventkit import DEMO, Emitted
from webhost import Caller, data_of, error_of

from atom_shopify_plugin.actions.run import Call
from atom_shopify_plugin.errors import ConfirmationNeeded
from atom_shopify_plugin.events.intake import Delivery
from atom_shopify_plugin.events.subscriptions import Report
from atom_shopify_plugin.hookspecs import Principal
from atom_shopify_plugin.sandbox.messages import Request
from atom_shopify_plugin.settings import Secret
from atom_shopify_plugin.shopify.topics import TOPICS
from atom_shopify_plugin.shopify.webhooks import sign
from atom_shopify_plugin.sync import trigger_usage

if TYPE_CHECKING:
    from atom_shopify_plugin.runtime import Runtime
    from atom_shopify_plugin.sandbox.core import Sandbox
    from atom_shopify_plugin.storage import Store

Work = Callable[[], int]
ADDRESS = "https://atom.example.com/api/shopify/webhooks"
PATH = "/api/shopify/enhanced/webhooks"


@pytest.fixture
def do(runtime: Runtime, principal: Principal) -> Callable[..., Any]:
    """Run an action, saying yes where it is asked for."""

    def do(action: str, **given: Any) -> Any:
        try:
            return runtime.actions.run(Call(principal, action, given)).data
        except ConfirmationNeeded as asked:
            token = asked.details["confirmation_token"]
            return runtime.actions.run(Call(principal, action, given, confirm=token)).data

    return do


@pytest.fixture
def ours(store: Store, do: Callable[..., Any]) -> Callable[[], dict[str, Any]]:
    """What Shopify has that delivers to us, by topic."""
    return lambda: {node["topic"]: node for node in do("webhook_list", limit=250)["items"] if node["uri"] == ADDRESS}


@pytest.fixture
def mend(runtime: Runtime, store: Store) -> Callable[[], Report]:
    def mend() -> Report:
        report = runtime.subscribing.reconcile(store)
        assert report is not None
        return report

    return mend


def wanted_topics(runtime: Runtime, store: Store) -> set[str]:
    return {
        TOPICS[trigger.topic].enum
        for trigger in runtime.catalog.triggers.values()
        if trigger.topic in TOPICS and not trigger.topic.startswith("metaobjects/")
        if not trigger.scopes or TOPICS[trigger.topic].scopes & store.granted_scopes
    }


def test_every_topic_that_a_trigger_needs_and_the_store_grants_is_subscribed_to(
    runtime: Runtime, store: Store, ours: Callable[[], dict[str, Any]], mend: Callable[[], Report]
) -> None:
    report = mend()
    assert set(ours()) == wanted_topics(runtime, store)
    assert report.refused == {}
    assert "CUSTOMERS_MERGE" not in ours()  # read_customer_merge is not granted
    missing = runtime.subscribing.overview(store)["not_available"]
    assert missing["customers/merge"] == "The store has not granted read_customer_merge."
    topics = {trigger.topic for trigger in runtime.catalog.triggers.values()} & TOPICS.keys()
    closed = {topic for topic in topics if TOPICS[topic].scopes and not TOPICS[topic].scopes & store.granted_scopes}
    assert missing.keys() == closed | {"metaobjects/update"}


def test_doing_it_again_changes_nothing(
    runtime: Runtime, store: Store, sandbox: Sandbox, mend: Callable[[], Report]
) -> None:
    mend()
    before = len(sandbox.store(DEMO.name).journal)
    report = mend()
    assert (report.created, report.changed, report.removed) == ([], [], [])
    assert len(sandbox.store(DEMO.name).journal) == before
    assert runtime.subscribing.check().status == "ok"


def test_only_what_is_in_use_is_subscribed_to(
    runtime: Runtime, store: Store, ours: Callable[[], dict[str, Any]], mend: Callable[[], Report], work: Work
) -> None:
    used = {"order_paid"}
    runtime.host.triggers_in_use = lambda: frozenset(used)
    mend()
    own = {"APP_UNINSTALLED", "APP_SCOPES_UPDATE", "SHOP_UPDATE", "INVENTORY_LEVELS_UPDATE"}
    assert set(ours()) == {"ORDERS_PAID", *own}
    used.symmetric_difference_update({"order_paid", "product_created"})
    trigger_usage.changed(runtime.services)
    work()
    assert set(ours()) == {"PRODUCTS_CREATE", *own}
    assert runtime.subscribing.check().status == "ok", "a change of the wishes is no drift"


def test_a_deleted_and_a_changed_subscription_are_mended_and_health_says_so(
    runtime: Runtime,
    store: Store,
    do: Callable[..., Any],
    ours: Callable[[], dict[str, Any]],
    mend: Callable[[], Report],
) -> None:
    mend()
    do("webhook_delete", id=ours()["ORDERS_CREATE"]["id"])
    do("webhook_update", id=ours()["PRODUCTS_UPDATE"]["id"], uri="https://elsewhere.example.com/")
    do("webhook_update", id=ours()["ORDERS_PAID"]["id"], filter="total_price:>=10", include_fields=["id"])
    report = mend()
    assert (report.created, sorted(report.changed)) == (["orders/create"], ["orders/paid", "products/update"])
    assert set(ours()) == wanted_topics(runtime, store)
    assert ours()["ORDERS_PAID"]["filter"] in (None, "")
    assert ours()["ORDERS_PAID"]["include_fields"] == []
    check = runtime.subscribing.check()
    assert (check.status, check.data["drift"]) == ("degraded", 3)
    mend()
    assert runtime.subscribing.check().status == "ok"


def test_what_others_made_is_left_alone(
    runtime: Runtime, do: Callable[..., Any], store: Store, mend: Callable[[], Report]
) -> None:
    theirs = [
        do("webhook_create", topic="ORDERS_CREATE", uri="https://erp.example.com/hooks"),
        do("webhook_create", topic="CARTS_CREATE", uri=ADDRESS),
    ]
    before = do("webhook_count")["count"]
    mend()
    kept = {node["id"] for node in do("webhook_list", limit=250)["items"]}
    assert {node["id"] for node in theirs} <= kept
    assert do("webhook_count")["count"] == before + len(wanted_topics(runtime, store))


def test_connecting_a_store_makes_its_subscriptions(
    runtime: Runtime, sandbox: Sandbox, principal: Principal, work: Work
) -> None:
    token = Secret(sandbox.issue_admin_token(DEMO.name, scopes=runtime.settings.scopes))
    store = runtime.connections.connect_token(principal, DEMO, token)
    assert [row.kind for row in runtime.storage.jobs.list()] == ["subscriptions"]
    work()
    listed = runtime.actions.run(Call(principal, "webhook_list", {"limit": 250, "uri": ADDRESS})).data["items"]
    assert {node["topic"] for node in listed} == wanted_topics(runtime, store)


def test_stores_are_looked_at_again_by_themselves(runtime: Runtime, store: Store, mend: Callable[[], Report]) -> None:
    assert runtime.subscribing.sweep() == 1
    assert runtime.subscribing.sweep() == 0  # asked for already
    mend()
    assert runtime.storage.installed.unchecked("subscriptions", 3600.0) == []
    assert runtime.storage.installed.unchecked("subscriptions", -1.0) == [store.id]


def test_without_an_https_address_nothing_is_subscribed_and_health_says_why(
    environ: dict[str, str], sandbox: Sandbox, principal: Principal
) -> None:
    from eventkit import connect

    from atom_shopify_plugin.runtime import Runtime
    from atom_shopify_plugin.sandbox.adapter import SandboxAdapter
    from atom_shopify_plugin.settings import Settings

    plain = {**environ, "ATOM_SHOPIFY_PUBLIC_URL": "http://127.0.0.1:5058"}
    runtime = Runtime(Settings.from_environ(plain), adapter=SandboxAdapter(sandbox))
    store = connect(runtime, sandbox, principal, DEMO)
    assert runtime.subscribing.reconcile(store) is None
    assert "https" in runtime.subscribing.check().detail
    runtime.close()


# Extra ones


def test_somebody_can_ask_for_another_topic_and_take_it_back(
    runtime: Runtime, store: Store, work: Work, ours: Callable[[], dict[str, Any]], ada: Caller
) -> None:
    made = ada.post(PATH, {"topic": "carts/create", "filter": "token:*", "include_fields": ["id", "token"]})
    assert made.status_code == 201
    extra = data_of(made)
    assert (extra["topic"], extra["created_by"]) == ("carts/create", "ada")
    work()
    there = ours()["CARTS_CREATE"]
    assert (there["filter"], sorted(there["include_fields"])) == ("token:*", ["id", "token"])
    (listed,) = data_of(ada.get(PATH))["extra"]
    assert listed["subscription_id"] == there["id"]
    assert ada.delete(f"{PATH}?id={extra['id']}").status_code == 200
    work()
    assert "CARTS_CREATE" not in ours()
    assert ada.delete(f"{PATH}?id={extra['id']}").status_code == 404
    noted = [(row.action, row.subject, row.target) for row in runtime.storage.audit.list(Principal("ada"), store)]
    assert noted[:2] == [("subscription_remove", "ada", extra["id"]), ("subscription_add", "ada", extra["id"])]


def test_wishes_for_one_topic_are_joined(
    store: Store, work: Work, ours: Callable[[], dict[str, Any]], ada: Caller
) -> None:
    ada.post(PATH, {"topic": "CARTS_CREATE", "filter": "token:a", "include_fields": ["id", "token"]})
    ada.post(PATH, {"topic": "carts/create", "filter": "token:b", "include_fields": ["token"]})
    work()
    assert ours()["CARTS_CREATE"]["filter"] == "(token:a) OR (token:b)"
    ada.post(PATH, {"topic": "carts/create"})
    work()
    assert ours()["CARTS_CREATE"]["filter"] in (None, "")
    again = ada.post(PATH, {"topic": "carts/create"})
    assert (again.status_code, error_of(again)["code"]) == (409, "CONFLICT")


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "/topic"),
        ({"topic": "orders/crate"}, "/topic"),
        ({"topic": "customers/redact"}, "/topic"),
        ({"topic": ["orders/create"]}, "/topic"),
        ({"topic": "carts/create", "filter": 7}, "/filter"),
        ({"topic": "carts/create", "include_fields": "id"}, "/include_fields"),
        ({"topic": "carts/create", "uri": "https://evil.example.com"}, "/uri"),
    ],
    ids=str,
)
def test_a_wish_that_can_not_be_met_is_refused(ada: Caller, body: dict[str, Any], pointer: str) -> None:
    response = ada.post(PATH, body)
    assert response.status_code == 400
    assert pointer in [fault["pointer"] for fault in error_of(response)["details"]["faults"]]


def test_a_topic_that_the_store_does_not_grant_is_named_with_its_scope(
    ada: Caller, work: Work, ours: Callable[[], dict[str, Any]]
) -> None:
    ada.post(PATH, {"topic": "disputes/create"})
    work()
    assert "DISPUTES_CREATE" not in ours()
    refused = data_of(ada.get(PATH))["not_available"]["disputes/create"]
    assert refused == "The store has not granted read_shopify_payments_disputes."


def test_metaobjects_are_told_of_by_type_only(
    ada: Caller,
    runtime: Runtime,
    store: Store,
    ours: Callable[[], dict[str, Any]],
    mend: Callable[[], Report],
) -> None:
    told = error_of(ada.post(PATH, {"topic": "metaobjects/update"}))
    assert told["details"]["faults"][0]["pointer"] == "/filter"
    mend()
    assert "METAOBJECTS_UPDATE" not in ours()
    assert "filter such as type:designer" in runtime.subscribing.overview(store)["not_available"]["metaobjects/update"]
    data_of(ada.post(PATH, {"topic": "metaobjects/update", "filter": "type:designer"}))
    mend()
    assert ours()["METAOBJECTS_UPDATE"]["filter"] == "type:designer"
    assert "metaobjects/update" not in runtime.subscribing.overview(store)["not_available"]


@pytest.mark.parametrize(("search", "told"), [("type:designer", 1), ("type:painter", 0)])
def test_a_change_of_a_metaobject_of_that_type_is_told(
    search: str, told: int, runtime: Runtime, store: Store, sandbox: Sandbox, emitted: Emitted, do: Any, work: Work
) -> None:
    sandbox.deliveries.change({"hold": True})
    query = """mutation ($it: WebhookSubscriptionInput!) {
      webhookSubscriptionCreate(topic: METAOBJECTS_UPDATE, webhookSubscription: $it) { userErrors { message } } }"""
    wish = {"uri": "http://127.0.0.1:9/held-back", "filter": search}
    token = runtime.connections.token(store).access.reveal()
    headers = {"Content-Type": "application/json", "X-Shopify-Access-Token": token}
    path, body = "/admin/api/2026-10/graphql.json", json.dumps({"query": query, "variables": {"it": wish}}).encode()
    assert b'"userErrors":[]' in sandbox.handle(Request("POST", DEMO.name, path, "", headers, body)).body
    entry = do("metaobject_get", type="designer", handle="ada-berg")
    do("metaobject_update", id=entry["id"], fields={"city": "Bonn"})
    for sent in sandbox.deliveries.listing(store=DEMO.name):
        signature = sign(sent.body, Secret("sandbox-secret"))
        runtime.intake.receive(Delivery(signature, sent.topic, DEMO.name, sent.webhook_id), sent.body, is_json=True)
    work()
    events = [event for event in emitted.events if event.key == "metaobject_updated"]
    assert len(events) == told
    for event in events:
        assert event.payload["id"] == entry["id"]
        assert event.payload["values"]["city"] == "Bonn"
