"""Deliveries: what is on the wire, when it is tried again, and what ends a subscription."""

from __future__ import annotations

import base64
import hashlib
import hmac
import socket
import threading
from datetime import datetime

import pytest

from atom_shopify_plugin.sandbox.core import Sandbox
from atom_shopify_plugin.sandbox.server import serve
from atom_shopify_plugin.sandbox.webhooks.settings import RETRIES

HOUR = 3600.0


def signature(body: bytes, secret: str) -> str:
    return base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()


def buy(shop) -> None:
    shop.do("orders", {"lines": [{"sku": "MUG-BLUE", "quantity": 1}], "customer": "ada@example.com"})


@pytest.fixture
def orders(shop, receiver) -> str:
    """A subscription to new orders."""
    return str(shop.subscribe("ORDERS_CREATE", receiver.url))


# -- on the wire


def test_a_delivery_is_signed_over_its_raw_body_and_named_by_its_headers(shop, receiver, orders, clock):
    buy(shop)
    shop.settle()
    (got,) = receiver.got
    assert got.headers["X-Shopify-Hmac-Sha256"] == signature(got.body, "sandbox-secret")
    named = {name: value for name, value in got.headers.items() if name.startswith("X-Shopify-")}
    assert set(named) == {
        f"X-Shopify-{name}"
        for name in ("Topic", "Hmac-Sha256", "Shop-Domain", "API-Version", "Webhook-Id", "Event-Id", "Triggered-At")
    }
    assert named["X-Shopify-Topic"] == "orders/create"
    assert named["X-Shopify-Shop-Domain"] == "demo.myshopify.com"
    assert named["X-Shopify-API-Version"] == "2026-10"
    assert datetime.fromisoformat(named["X-Shopify-Triggered-At"]) == clock.now()
    assert got.headers["Content-Type"] == "application/json"
    assert got.json["name"] == "#1031"


def test_a_named_subscription_says_its_name(shop, receiver):
    shop.subscribe("ORDERS_CREATE", receiver.url, name="new-orders")
    buy(shop)
    shop.settle()
    assert receiver.got[0].headers["X-Shopify-Name"] == "new-orders"


def test_deliveries_of_one_action_share_the_event_and_no_webhook_id(shop, receiver, orders):
    shop.subscribe("ORDERS_PAID", receiver.url)
    buy(shop)
    buy(shop)
    shop.settle()
    events = [one.headers["X-Shopify-Event-Id"] for one in receiver.got]
    assert sorted(map(events.count, set(events))) == [2, 2]
    assert len({one.webhook_id for one in receiver.got}) == 4


def test_after_a_rotation_what_was_raised_before_carries_the_old_signature(shop, receiver, orders):
    shop.control("POST", "webhooks", {"hold": True})
    buy(shop)
    shop.control("POST", "app", {"client_secret": "fresh"})
    buy(shop)
    shop.control("POST", "webhooks", {"hold": False})
    shop.settle()
    good = {secret: sum(one.headers["X-Shopify-Hmac-Sha256"] == signature(one.body, secret) for one in receiver.got)
            for secret in ("sandbox-secret", "fresh")}  # fmt: skip
    assert good == {"sandbox-secret": 1, "fresh": 1}


def test_connections_are_kept(shop, receiver):
    shop.subscribe("INVENTORY_LEVELS_UPDATE", receiver.url)
    shop.do("inventory/storm", {"changes": 200})
    shop.settle()
    assert len(receiver.got) == 200
    assert receiver.connections <= 8


def test_another_stores_events_are_not_told(shop, receiver, orders, sandbox):
    shop.control("POST", "stores/outlet/orders", {})
    shop.settle()
    assert receiver.got == []


@pytest.mark.parametrize("uri", ["https://app.example.com/webhooks", "pubsub://project:topic"])
def test_nothing_is_sent_to_other_addresses_than_plain_http_on_this_machine(shop, uri):
    shop.subscribe("ORDERS_CREATE", uri)
    buy(shop)
    shop.settle()
    (row,) = shop.deliveries()
    assert (row["status"], row["attempts"]) == ("skipped", [])


# -- failing and trying again


@pytest.mark.parametrize("status", [301, 400, 401, 404, 429, 500, 503])
def test_only_a_2xx_counts_and_a_retry_is_the_same_delivery(shop, receiver, orders, clock, status):
    receiver.answers.append(status)
    buy(shop)
    shop.settle()
    assert len(receiver.got) == 1
    clock.move(RETRIES[0])
    shop.settle()
    first, second = receiver.got
    assert first.body == second.body
    assert first.headers == second.headers
    (row,) = shop.deliveries()
    assert row["status"] == "delivered"
    assert [one["status"] for one in row["attempts"]] == [status, 200]


def test_a_retry_carries_the_payload_of_its_event(shop, receiver, clock):
    shop.subscribe("PRODUCTS_UPDATE", receiver.url)
    receiver.answers.append(500)
    shop.do("products/mug", {"title": "Cup"})
    shop.settle()
    shop.do("products/mug", {"title": "Beaker"})
    shop.settle()
    clock.move(RETRIES[0])
    shop.settle()
    assert [one.json["title"] for one in receiver.got] == ["Cup", "Beaker", "Cup"]


def test_there_are_eight_retries_within_four_hours_each_in_its_time(shop, receiver, orders, clock):
    receiver.always = 500
    buy(shop)
    shop.settle()
    assert len(RETRIES) == 8
    assert sum(RETRIES) == 4 * HOUR
    for done, pause in enumerate(RETRIES, 1):
        clock.move(pause - 1)
        shop.settle()
        assert len(receiver.got) == done
        clock.move(1)
        shop.settle()
        assert len(receiver.got) == done + 1
    clock.move(24 * HOUR)
    shop.settle()
    assert len(receiver.got) == 9
    assert {one.webhook_id for one in receiver.got} == {receiver.got[0].webhook_id}


def test_the_schedule_can_be_scaled(shop, receiver, orders, clock):
    shop.control("POST", "webhooks", {"time_scale": 0.001})
    receiver.always = 500
    buy(shop)
    shop.settle()
    for _ in RETRIES:
        clock.move(8)
        shop.settle()
    assert shop.deliveries()[0]["status"] == "failed"


def fail_for_good(shop, receiver, clock) -> None:
    receiver.always = 500
    buy(shop)
    shop.settle()
    for pause in RETRIES:
        clock.move(pause)
        shop.settle()


def test_a_subscription_made_by_api_ends_with_the_eighth_retry(shop, receiver, orders, clock):
    fail_for_good(shop, receiver, clock)
    assert orders not in shop.subscriptions()
    (effect,) = [
        one for one in shop.sandbox.store(shop.domain).journal if one.gid == orders and one.action == "deleted"
    ]
    assert effect.operation == "webhookSubscriptionRemoved"
    buy(shop)
    shop.settle()
    assert len(shop.deliveries()) == 1


def test_what_waits_for_a_removed_subscription_is_cancelled(shop, receiver, orders, clock):
    receiver.always = 500
    buy(shop)
    shop.settle()
    clock.move(30)
    buy(shop)
    shop.settle()
    for pause in (RETRIES[0] - 30, *RETRIES[1:]):
        clock.move(pause)
        shop.settle()
    assert sorted(row["status"] for row in shop.deliveries()) == ["cancelled", "failed"]


def test_a_subscription_of_the_apps_configuration_stays(receiver, clock, shop):
    shop.control("POST", "app", {"webhooks": [{"topics": ["orders/create"], "uri": receiver.url}]})
    fail_for_good(shop, receiver, clock)
    receiver.always = 200
    buy(shop)
    shop.settle()
    assert [row["status"] for row in shop.deliveries()] == ["failed", "delivered"]


def test_a_late_success_keeps_the_subscription(shop, receiver, orders, clock):
    receiver.answers.extend([500] * 8)
    buy(shop)
    shop.settle()
    for pause in RETRIES:
        clock.move(pause)
        shop.settle()
    assert shop.deliveries()[0]["status"] == "delivered"
    assert orders in shop.subscriptions()


def test_an_answer_after_the_deadline_is_a_failure(shop, receiver, orders):
    shop.control("POST", "webhooks", {"deadline": 0.1})
    receiver.let_go.clear()
    buy(shop)
    shop.settle()
    (row,) = shop.deliveries()
    assert row["status"] == "waiting"
    assert [one["error"] for one in row["attempts"]] == ["timeout"]


def test_an_app_that_is_down_is_a_failure(shop):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    shop.subscribe("ORDERS_CREATE", f"http://127.0.0.1:{port}/webhooks")
    buy(shop)
    shop.settle()
    assert shop.deliveries()[0]["attempts"][0]["error"] == "ConnectionRefusedError"


@pytest.mark.parametrize(
    ("answer", "status", "error"),
    [
        (b"", None, "ConnectionResetError"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf", None, "ConnectionResetError"),
        (b"SSH-2.0-OpenSSH_9.6\r\n\r\n", None, "ValueError"),
        (b"HTTP/1.1 204 No Content\r\n\r\n", 204, None),
        (b"HTTP/1.0 200 OK\r\n\r\nuntil the end", 200, None),
        (b"HTTP/1.1 202 Accepted\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n", 202, None),
    ],
)
def test_what_counts_as_an_answer(shop, answer, status, error):
    def serve_once(listener: socket.socket) -> None:
        connection, _ = listener.accept()
        with connection:
            request = b""
            while not request.endswith(b"}"):
                request += connection.recv(65536)
            connection.sendall(answer)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve_once, args=(listener,))
        thread.start()
        shop.subscribe("CUSTOMERS_CREATE", f"http://localhost:{listener.getsockname()[1]}/")
        shop.do("customers", {"email": "new@example.com"})
        shop.settle()
        thread.join()
    (attempt,) = shop.deliveries()[0]["attempts"]
    assert (attempt["status"], attempt["error"]) == (status, error)


# -- threads


@pytest.fixture
def sending_threads():
    """Return the threads that deliver and were not there before; other sandboxes may live in this process."""
    before = set(threading.enumerate())
    return lambda: [
        thread for thread in set(threading.enumerate()) - before if thread.name.startswith("sandbox-webhooks")
    ]


def test_threads_start_with_the_first_delivery_and_end_with_the_sandbox(sending_threads, shop, receiver, orders):
    assert sending_threads() == []
    buy(shop)
    shop.settle()
    assert sending_threads()
    shop.sandbox.close()
    assert sending_threads() == []


def test_a_closed_sandbox_delivers_again_when_something_happens(shop, receiver, orders):
    buy(shop)
    shop.settle()
    shop.sandbox.close()
    buy(shop)
    shop.settle()
    assert len(receiver.got) == 2


def test_closing_does_not_wait_for_a_slow_app_and_the_delivery_stays(sending_threads, shop, receiver, orders):
    receiver.let_go.clear()
    server = serve(shop.sandbox)
    buy(shop)
    assert receiver.arrived.wait(10)
    server.close()
    assert sending_threads() == []
    (row,) = shop.deliveries()
    assert (row["status"], row["attempts"]) == ("waiting", [])


def test_a_sandbox_of_its_own_configuration_delivers_by_it(receiver, clock):
    entries = [{"topics": ["app/uninstalled"], "compliance_topics": ["shop/redact"], "uri": receiver.url}]
    with Sandbox(size="small", clock=clock, webhooks=entries) as sandbox:
        sandbox.issue_admin_token("demo.myshopify.com")
        sandbox.account("demo.myshopify.com").uninstall("merchants-own-app")
        assert sandbox.deliveries.settle()
    assert receiver.topics() == ["app/uninstalled"]
