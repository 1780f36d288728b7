"""Uninstall, redaction, scopes, compliance topics and the app's configuration."""

from __future__ import annotations

import pytest
from hookshop import DEMO

from atom_shopify_plugin.sandbox.core import Sandbox

DAY = 86_400.0
UNINSTALL = "mutation { appUninstall { app { id } userErrors { message } } }"


@pytest.fixture
def configured(shop, receiver):
    """The compliance topics and the app's own, declared as its configuration does."""
    entry = {
        "topics": ["app/uninstalled", "app/scopes_update"],
        "compliance_topics": ["customers/data_request", "customers/redact", "shop/redact"],
        "uri": receiver.url,
    }
    shop.control("POST", "app", {"webhooks": [entry]})
    return shop


def uninstall(shop, way: str) -> None:
    if way == "control":
        shop.do("uninstall")
    elif way == "mutation":
        shop.graphql(UNINSTALL)
    else:
        headers = {"X-Shopify-Access-Token": shop.token}
        assert shop.send("DELETE", "/admin/api_permissions/current.json", **headers).status == 200
    shop.settle()


@pytest.mark.parametrize("way", ["control", "mutation", "request"])
def test_an_uninstall_is_told_of_and_ends_tokens_and_subscriptions(shop, receiver, way, sandbox):
    shop.subscribe("APP_UNINSTALLED", receiver.url)
    shop.subscribe("ORDERS_CREATE", receiver.url)
    uninstall(shop, way)
    (got,) = receiver.got
    assert got.topic == "app/uninstalled"
    assert got.json["myshopify_domain"] == DEMO
    reply = shop.send("POST", "/admin/api/2026-10/graphql.json", {"query": "{ shop { name } }"},
                      **{"X-Shopify-Access-Token": shop.token})  # fmt: skip
    assert reply.status == 401
    assert sandbox.store(DEMO).all("WebhookSubscription") == {}
    shop.do("orders", {})
    shop.settle()
    assert len(receiver.got) == 1


def test_a_failing_app_hears_of_its_uninstall_when_it_is_back(shop, receiver, clock):
    shop.subscribe("APP_UNINSTALLED", receiver.url)
    receiver.answers.append(503)
    uninstall(shop, "control")
    clock.move(60)
    shop.settle()
    assert receiver.topics() == ["app/uninstalled"] * 2


def test_the_shop_is_to_be_redacted_48_hours_after_the_uninstall(configured, receiver, clock):
    uninstall(configured, "control")
    clock.move(2 * DAY - 1)
    configured.settle()
    assert receiver.topics() == ["app/uninstalled"]
    clock.move(1)
    configured.settle()
    last = receiver.got[-1]
    assert last.topic == "shop/redact"
    assert last.json == {"shop_id": receiver.got[0].json["id"], "shop_domain": DEMO}
    assert last.headers["X-Shopify-Triggered-At"].startswith(clock.now().strftime("%Y-%m-%dT%H:%M:%S"))


def test_a_shop_that_installs_again_in_time_is_not_redacted(configured, receiver, clock, sandbox):
    uninstall(configured, "control")
    sandbox.issue_admin_token(DEMO)
    clock.move(2 * DAY)
    configured.settle()
    assert receiver.topics() == ["app/uninstalled"]
    assert configured.deliveries(topic="shop/redact")[0]["status"] == "cancelled"


def test_a_second_uninstall_tells_nothing(configured, receiver):
    uninstall(configured, "control")
    uninstall(configured, "control")
    assert receiver.topics() == ["app/uninstalled"]


def test_an_app_that_is_not_installed_hears_of_no_orders(shop, receiver):
    shop.control("POST", "app", {"webhooks": [{"topics": ["orders/create"], "uri": receiver.url}]})
    shop.control("POST", "stores/outlet/orders", {})
    shop.settle()
    assert receiver.got == []


def test_changed_scopes_are_told_of_with_those_before(receiver, clock):
    entries = [{"topics": ["app/scopes_update"], "uri": receiver.url}]
    with Sandbox(size="small", clock=clock, webhooks=entries) as sandbox:
        account = sandbox.account(DEMO)
        account.tokens.client_credentials("sandbox-key", frozenset({"read_products"}))
        account.set_scopes("sandbox-key", frozenset({"write_products", "read_orders"}))
        account.set_scopes("sandbox-key", frozenset({"write_products", "read_orders"}))
        assert sandbox.deliveries.settle()
    (got,) = receiver.got
    assert got.json["previous"] == ["read_products"]
    assert got.json["current"] == ["read_orders", "write_products"]
    assert got.json["updated_at"].endswith("+01:00")


# -- compliance


def test_a_request_for_a_customers_data(configured, receiver, sandbox):
    done = configured.do("compliance", {"topic": "customers/data_request", "customer": "ada@example.com"})
    configured.settle()
    (got,) = receiver.got
    assert got.topic == "customers/data_request"
    assert got.json == done["payload"]
    ada = sandbox.store(DEMO).find("Customer", "email", "ada@example.com")[0]
    assert got.json["customer"] == {
        "id": int(ada["id"].rpartition("/")[2]),
        "email": "ada@example.com",
        "phone": "+15550100",
    }
    assert set(got.json) == {"shop_id", "shop_domain", "orders_requested", "customer", "data_request"}
    assert len(got.json["orders_requested"]) == len(sandbox.store(DEMO).find("Order", "customer", ada["id"]))


def test_a_redaction_may_name_a_customer_by_email_alone(configured, receiver):
    configured.do("compliance", {"topic": "customers/redact", "customer": {"email": "gone@example.com"}, "orders": [1]})
    configured.settle()
    assert receiver.got[0].json["customer"] == {"email": "gone@example.com"}
    assert receiver.got[0].json["orders_to_redact"] == [1]


def test_a_compliance_topic_may_come_later(configured, receiver, clock):
    assert configured.do("compliance", {"topic": "shop/redact", "after": 10 * DAY})["sent"] == 1
    clock.move(10 * DAY - 1)
    configured.settle()
    assert receiver.got == []
    clock.move(1)
    configured.settle()
    assert receiver.topics() == ["shop/redact"]


def test_without_a_declaration_no_compliance_topic_is_sent(shop):
    assert shop.do("compliance", {"topic": "shop/redact"})["sent"] == 0


@pytest.mark.parametrize(
    "body", [{"topic": "orders/create"}, {}, {"topic": "customers/redact", "customer": "nobody@x.y"}]
)
def test_a_wrong_wish_for_compliance_is_refused(configured, body):
    configured.control("POST", f"stores/{DEMO}/compliance", body, status=400)


@pytest.mark.parametrize(
    "entry",
    [
        {"topics": ["orders/placed"], "uri": "/x"},
        {"topics": ["shop/redact"], "uri": "/x"},
        {"compliance_topics": ["orders/create"], "uri": "/x"},
        {"topics": ["orders/create"]},
        {"topics": ["orders/create"], "uri": "http://127.0.0.1/a b"},
        {"topics": ["orders/create"], "uri": "/x", "url": "/y"},
        {"topics": ["orders/create"], "uri": "/x", "name": "a\r\nX-Shopify-Topic: b"},
        "orders/create",
    ],
)
def test_a_wrong_declaration_is_refused(shop, entry):
    shop.control("POST", "app", {"webhooks": [entry]}, status=400)


def test_a_declared_path_belongs_to_the_apps_address(receiver, clock):
    entries = [{"topics": ["orders/create"], "uri": "/api/shopify/webhooks"}]
    with Sandbox(size="small", clock=clock, webhooks=entries, app_url=receiver.url) as sandbox:
        (one,) = sandbox.webhooks.declared
    assert one.uri == receiver.url.removesuffix("/webhooks") + "/api/shopify/webhooks"


# -- the control API


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("orders", {"lines": "two"}),
        ("orders", {"total": "lots"}),
        ("orders", {"total": "NaN"}),
        ("orders", {"total": 4}),
        ("orders", {"total": 10**9}),
        ("orders", {"lines": [{"sku": "MUG-BLUE", "quantity": 0}]}),
        ("orders", {"customer": 17}),
        ("orders/9999", {"note": "x"}),
        ("products/none", {"title": "x"}),
        ("products", {"title": ""}),
        ("customers", {}),
        ("customers", {"shoe_size": 46}),
        ("inventory", {"sku": "MUG-RED"}),
        ("inventory", {"sku": "MUG-RED", "available": -2_000_000_000}),
        ("inventory", {"sku": "MUG-RED", "available": 1, "location": "Attic"}),
        ("inventory/storm", {"changes": -1}),
        ("shop", {"plan": "plus"}),
    ],
)
def test_what_cannot_be_is_refused_and_changes_nothing(shop, sandbox, path, body):
    before = len(sandbox.store(DEMO).journal)
    assert shop.control("POST", f"stores/{DEMO}/{path}", body, status=400)["error"]
    assert len(sandbox.store(DEMO).journal) == before


def test_what_the_control_api_did_is_marked_in_the_journal(shop):
    shop.do("customers", {"email": "n@example.com"})
    shop.graphql('mutation { customerCreate(input: {email: "m@example.com"}) { userErrors { message } } }')
    effects = shop.control("GET", "journal?store=demo")["effects"]
    assert [(one["operation"], one["origin"]) for one in effects] == [
        ("customerCreate", "control"),
        ("customerCreate", "api"),
    ]


def test_the_overview_lists_the_routes(shop):
    routes = shop.control("GET", "")["routes"]
    assert "POST /__sandbox__/stores/{shop}/inventory/storm" in routes
    assert "POST /__sandbox__/stores/{shop}/products/{id}" in routes
    assert "GET /__sandbox__/webhooks" in routes
