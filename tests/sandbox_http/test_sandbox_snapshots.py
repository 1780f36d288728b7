"""Snapshots: whatever was done, going back leaves the sandbox as it was."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from atom_shopify_plugin.sandbox.core import Sandbox

DEMO = "demo.myshopify.com"
ORDER = """mutation($id: ID!) { orderCreate(order: {email: "new@example.com",
  lineItems: [{variantId: $id, quantity: 1}]}) { order { id } userErrors { message } } }"""
CANCEL = """mutation($id: ID!) { orderCancel(orderId: $id, restock: true, reason: CUSTOMER,
  refundMethod: {originalPaymentMethodsRefund: true}) { job { id } orderCancelUserErrors { message } } }"""
STEPS = {
    "create": 'mutation { customerCreate(input: {email: "x@example.com"}) { customer { id } } }',
    "tag": 'mutation($id: ID!) { tagsAdd(id: $id, tags: ["x"]) { node { id } } }',
    "rename": 'mutation($id: ID!) { productUpdate(product: {id: $id, handle: "cup"}) { product { id } } }',
    "delete": "mutation($id: ID!) { productDelete(input: {id: $id}) { deletedProductId } }",
    "order": ORDER,
    "cancel": CANCEL,
    "look": "{ shop { name } }",
}
TARGETS = {"tag": "Customer", "rename": "Product", "delete": "Product", "order": "ProductVariant", "cancel": "Order"}


def run(sandbox: Sandbox, step: str) -> None:
    store = sandbox.store(DEMO)
    ids = list(store.all(TARGETS.get(step, "Shop")))
    variables = {"id": ids[0]} if step in TARGETS and ids else {}
    scopes = frozenset({"write_products", "write_customers", "write_orders", "read_all_orders"})
    sandbox.engine.execute(store, STEPS[step], variables, scopes=scopes, now=sandbox.clock.now())


def picture(sandbox: Sandbox) -> Any:
    """What can be seen of a store: its nodes in their order, what indexes find, and the journal."""
    store = sandbox.store(DEMO)
    found = [store.find("Customer", "email", "x@example.com"), store.find("Product", "handle", "mug")]
    return copy.deepcopy((list(store), found, [effect.gid for effect in store.journal], list(store.idempotency)))


@pytest.fixture(scope="module")
def shared() -> Sandbox:
    return Sandbox(size="small")


@given(st.lists(st.sampled_from(sorted(STEPS)), max_size=6), st.lists(st.sampled_from(sorted(STEPS)), max_size=8))
def test_going_back_leaves_everything_as_it_was(shared: Sandbox, before: list[str], after: list[str]) -> None:
    for step in before:
        run(shared, step)
    seen = picture(shared)
    shared.snapshots.take("here")
    for _ in range(2):  # a snapshot can be used again
        for step in after:
            run(shared, step)
        shared.snapshots.go_back("here")
        assert picture(shared) == seen
    fresh = [shared.store(DEMO).new_id("Order") for _ in range(2) if shared.snapshots.go_back("here")]
    assert len(set(fresh)) == 1
    shared.snapshots.go_back()


def test_promised_work_is_done_after_going_back_too(shared: Sandbox) -> None:
    shared.snapshots.go_back()
    run(shared, "cancel")
    shared.snapshots.take("promised")
    order = next(iter(shared.store(DEMO).all("Order")))
    for _ in range(2):
        for _ in range(4):
            run(shared, "look")
        assert shared.store(DEMO).all("Order")[order]["cancelledAt"]
        shared.snapshots.go_back("promised")
        assert not shared.store(DEMO).all("Order")[order].get("cancelledAt")


def test_tokens_faults_clock_versions_and_switches_go_back_too(shop, sandbox):
    grant = shop.connect()
    sandbox.store(DEMO)
    shop.control("POST", "snapshot", json={"name": "connected"})
    now = shop.control("GET", "clock")["now"]
    shop.control("POST", "stores/demo/uninstall")
    shop.control("POST", "stores/demo/switches", json={"status": "frozen"})
    shop.control("POST", "stores/demo/plan", json={"plan": "plus"})
    shop.control("POST", "stores/demo/aliases", json={"alias": "old-name"})
    shop.control("POST", "faults", json={"kind": "status", "status": 503})
    shop.control("POST", "clock", json={"move": 4000})
    shop.control("POST", "versions", json={"retire": "2026-01"})
    shop.control("POST", "app", json={"client_secret": "fresh"})
    assert shop.graphql(grant["access_token"], "{ shop { name } }").status_code != 200
    back = shop.control("POST", "reset", json={"snapshot": "connected"})
    assert back == {"snapshot": "connected", "snapshots": ["start", "connected"]}
    assert shop.graphql(grant["access_token"], "{ shop { name } }").json()["data"]["shop"]["name"] == "Demo"
    overview = shop.control("GET", "")
    assert (overview["clock"]["now"], overview["faults"], overview["stores"][0]["plan"]) == (now, [], "standard")
    assert overview["stores"][0]["aliases"] == []
    assert "2026-01" in overview["versions"]["stable"]
    assert shop.token(refresh_token=grant["refresh_token"], grant_type="refresh_token").status_code == 200


def test_without_a_snapshot_a_reset_leads_to_the_start(shop, sandbox):
    token = shop.connect()["access_token"]
    made = 'mutation { productCreate(product: {title: "Cup"}) { product { id } } }'
    shop.graphql(token, made)
    assert len(shop.control("GET", "journal")["effects"]) == 1
    shop.control("POST", "reset")
    assert shop.graphql(token, "{ shop { name } }").status_code == 401
    assert shop.control("GET", "journal")["effects"] == []
    assert [call["status"] for call in shop.control("GET", "calls")["calls"]] == [401]


def test_a_reset_drops_deliveries_that_wait(shop, sandbox):
    entry = {"topics": ["products/create"], "uri": "http://127.0.0.1:9/nobody"}
    shop.control("POST", "app", json={"webhooks": [entry]})
    shop.control("POST", "webhooks", json={"hold": True})
    shop.connect()
    shop.control("POST", "snapshot")
    shop.control("POST", "stores/demo/products", json={"title": "Cup"})
    assert len(shop.control("GET", "webhooks")["deliveries"]) == 1
    shop.control("POST", "reset", json={"snapshot": "default"})
    shown = shop.control("GET", "webhooks")
    assert (shown["deliveries"], shown["settings"]["hold"]) == ([], True)


@pytest.mark.parametrize(
    ("route", "body", "words"),
    [
        ("reset", {"snapshot": "never"}, "There is no snapshot 'never'; there are start."),
        ("reset", {"snapshot": ["start"]}, "There is no snapshot ['start']"),
        ("reset", {"name": "before"}, "There is no member `name` here; there is snapshot."),
        ("snapshot", {"snapshot": "before"}, "There is no member `snapshot` here; there is name."),
        ("snapshot", {"name": "start"}, "choose another"),
        ("snapshot", {"name": " "}, "1 to 100 characters"),
        ("snapshot", {"name": 7}, "1 to 100 characters"),
    ],
)
def test_a_wrong_snapshot_is_refused(shop, route, body, words):
    reply = shop.send("POST", f"/__sandbox__/{route}", json=body)
    assert reply.status_code == 400
    assert words in reply.json()["error"]


def test_there_are_so_many_snapshots_and_no_more(shop):
    for at in range(16):
        shop.control("POST", "snapshot", json={"name": f"s{at}"})
    reply = shop.send("POST", "/__sandbox__/snapshot", json={"name": "one more"})
    assert reply.json()["error"] == "There are 16 snapshots already; take one of their names."
    shop.control("POST", "snapshot", json={"name": "s0"})
