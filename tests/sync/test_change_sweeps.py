"""What no webhook told of is found, and told once whatever comes later."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from stockshop import DEMO, StockShop

from atom_shopify_plugin.actions.run import Call
from atom_shopify_plugin.errors import ConfirmationNeeded
from atom_shopify_plugin.events.intake import Delivery
from atom_shopify_plugin.hookspecs import Event, Principal
from atom_shopify_plugin.jobs.handlers import HANDLERS
from atom_shopify_plugin.runtime import Runtime
from atom_shopify_plugin.sandbox.context import Context
from atom_shopify_plugin.sandbox.core import Sandbox
from atom_shopify_plugin.sandbox.webhooks import orders, payloads, people
from atom_shopify_plugin.settings import Secret
from atom_shopify_plugin.shopify.webhooks import sign
from atom_shopify_plugin.storage import Store
from atom_shopify_plugin.sync import changes, sweeps, trigger_usage, upkeep
from atom_shopify_plugin.sync.changes import STREAMS


class Merchant:
    """The demo store's people, and Shopify's webhooks, which come only when a test says so."""

    def __init__(self, runtime: Runtime, sandbox: Sandbox, shop: StockShop, store: Store, emitted: list[Event]) -> None:
        self._runtime = runtime
        self._sandbox = sandbox
        self._store = store
        self._emitted = emitted
        self._door = shop.door
        self._number = 0

    def order(self, **wish: Any) -> int:
        return int(self._door(f"stores/{DEMO}/orders", {"seed": 1, **wish})["id"])

    def change(self, kind: str, which: Any, **wish: Any) -> None:
        self._door(f"stores/{DEMO}/{kind}/{which}", wish)

    def product(self, **wish: Any) -> int:
        return int(self._door(f"stores/{DEMO}/products", {"title": "Saucer", **wish})["id"])

    def customer(self, email: str) -> int:
        return int(self._door(f"stores/{DEMO}/customers", {"email": email})["id"])

    def checkout(self, email: str) -> int:
        return int(self._door(f"stores/{DEMO}/checkouts", {"customer": email})["id"])

    def later(self, seconds: float = 30.0) -> None:
        self._sandbox.clock.move(seconds)

    def sweep(self, *names: str) -> int:
        streams = [STREAMS[name] for name in names or STREAMS]
        return sum(changes.sweep(self._runtime.services, self._store, stream) for stream in streams)

    def work(self) -> None:
        """Run all jobs, those that wait for their time included."""
        for job in self._runtime.storage.jobs.list(kind="missed", states=["pending"], limit=250):
            assert self._runtime.storage.jobs.discard(job.id)
            assert self._runtime.storage.jobs.replay(job.id)
        while self._runtime.jobs.run_one():
            pass

    def deliver(self, topic: str, gid: str, at: datetime | None = None, **members: Any) -> None:
        """Deliver a webhook about a resource as it is now, triggered at a moment: as a rule, when it changed last."""
        stream = STREAMS[topic.split("/")[0]]
        shop = sweeps.shop_of(self._runtime.services, self._store)
        payload = {**(stream.snapshot(shop, gid) or {}), **members}
        body = json.dumps(payload).encode()
        self._number += 1
        moment = at or datetime.fromisoformat(str(payload["updated_at"]))
        signature = sign(body, Secret("sandbox-secret"))
        delivery = Delivery(signature, topic, DEMO.name, f"w{self._number}", triggered_at=moment.isoformat())
        assert self._runtime.intake.receive(delivery, body, is_json=True).new

    def told(self) -> list[tuple[str, int]]:
        return sorted((event.key, int(event.payload["legacy_id"])) for event in self._emitted)

    def payload(self, key: str) -> dict[str, Any]:
        (event,) = (event for event in self._emitted if event.key == key)
        return dict(event.payload)


@pytest.fixture
def merchant(runtime: Runtime, sandbox: Sandbox, shop: StockShop, store: Store, emitted: list[Event]) -> Merchant:
    """In a store that was connected a while ago, six minutes behind the time of the plugin."""
    runtime.storage.clock = lambda: datetime.now(UTC) + timedelta(minutes=26)
    sandbox.clock.move(1800)
    return Merchant(runtime, sandbox, shop, store, emitted)


def order_gid(number: int) -> str:
    return f"gid://shopify/Order/{number}"


def test_what_was_there_before_the_store_was_connected_is_not_told(merchant: Merchant) -> None:
    assert merchant.sweep() == 0


def test_an_order_without_any_webhook_is_told_once_with_all_that_happened_to_it(merchant: Merchant) -> None:
    merchant.sweep()
    number = merchant.order(customer={"email": "ada@example.com", "first_name": "Ada", "last_name": "Lovelace"})
    merchant.sweep()
    merchant.work()
    told = [one for one in merchant.told() if one[1] == number]
    assert told == [("order_created", number), ("order_paid", number)]
    assert merchant.sweep() == 0
    merchant.work()
    assert [one for one in merchant.told() if one[1] == number] == told
    payload = merchant.payload("order_paid")
    assert payload["financial_status"] == "paid"
    assert payload["email"] == payload["customer"]["email"] == "ada@example.com"
    assert payload["line_items"]["nodes"][0]["quantity"] >= 1
    assert payload["order_number"] == int(payload["name"].strip("#"))


def test_a_change_after_the_order_is_told_as_a_change(merchant: Merchant) -> None:
    merchant.sweep()
    number = merchant.order(paid=False)
    merchant.deliver("orders/create", order_gid(number))
    merchant.work()
    merchant.later(5)
    merchant.change("orders", number, note="ring twice")
    assert merchant.sweep() == 1
    merchant.work()
    assert merchant.told() == [("order_created", number), ("order_updated", number)]
    assert merchant.payload("order_updated")["note"] == "ring twice"


def test_an_order_that_changed_since_it_was_placed_is_told_as_both(merchant: Merchant) -> None:
    merchant.sweep()
    number = merchant.order(paid=False)
    merchant.later()
    merchant.change("orders", number, note="ring twice")
    assert merchant.sweep() == 2
    merchant.work()
    assert merchant.sweep() == 0
    assert merchant.told() == [("order_created", number), ("order_updated", number)]


def test_a_payment_without_a_webhook_is_told(merchant: Merchant) -> None:
    merchant.sweep()
    number = merchant.order(paid=False)
    merchant.deliver("orders/create", order_gid(number))
    merchant.work()
    merchant.later()
    merchant.change("orders", number, paid=True)
    merchant.deliver("orders/updated", order_gid(number))
    merchant.work()
    assert merchant.sweep() == 1
    merchant.work()
    assert merchant.told() == [("order_created", number), ("order_paid", number), ("order_updated", number)]


@pytest.mark.parametrize("topic", ["orders/create", "orders/paid", "orders/updated"])
def test_a_webhook_that_comes_after_the_sweep_tells_nothing_again(merchant: Merchant, topic: str) -> None:
    merchant.sweep()
    number = merchant.order(paid=False)
    merchant.later()
    merchant.change("orders", number, paid=True)
    merchant.sweep()
    merchant.work()
    told = merchant.told()
    assert ("order_created", number) in told
    merchant.deliver(topic, order_gid(number))
    merchant.work()
    assert merchant.told() == told


def test_what_happens_again_after_a_sweep_is_told_again(merchant: Merchant, runtime: Runtime) -> None:
    merchant.sweep()
    number = merchant.order()
    merchant.sweep()
    merchant.work()
    merchant.deliver("orders/paid", order_gid(number), at=runtime.storage.now() + timedelta(minutes=5), note="again")
    merchant.work()
    assert [one for one in merchant.told() if one[0] == "order_paid"] == [("order_paid", number)] * 2


def test_a_webhook_that_only_waited_is_not_told_twice(merchant: Merchant) -> None:
    merchant.sweep()
    number = merchant.order(paid=False)
    merchant.deliver("orders/create", order_gid(number))  # stored, and nobody has worked on it
    assert merchant.sweep() == 1
    merchant.work()
    assert merchant.told() == [("order_created", number)]


def test_what_was_told_is_not_missed(merchant: Merchant) -> None:
    merchant.sweep()
    number = merchant.order()
    for topic in ("orders/create", "orders/paid"):
        merchant.deliver(topic, order_gid(number))
    merchant.work()
    assert changes.sweep(merchant._runtime.services, merchant._store, STREAMS["orders"]) == 0


def test_what_nobody_waited_for_then_is_not_told_later(merchant: Merchant, runtime: Runtime) -> None:
    used = {"product_created"}
    runtime.host.triggers_in_use = lambda: frozenset(used)
    merchant.sweep()
    merchant.order()
    used.add("order_paid")
    trigger_usage.changed(runtime.services)
    merchant.work()
    assert merchant.sweep() == 0
    later = runtime.storage.now() + timedelta(minutes=20)
    runtime.storage.clock = lambda: later
    merchant.later(1000)
    number = merchant.order(seed=2)
    assert merchant.sweep() == 1
    merchant.work()
    assert merchant.told() == [("order_paid", number)]


def test_a_fresh_change_is_left_to_its_webhook(merchant: Merchant, sandbox: Sandbox) -> None:
    merchant.sweep()
    sandbox.clock.move(360)  # as late as it is for the plugin
    merchant.order()
    assert merchant.sweep() == 0


def test_products_and_customers_are_told_too(merchant: Merchant) -> None:
    merchant.sweep()
    product, customer = merchant.product(tags=["new", "tea"]), merchant.customer("grace@example.com")
    merchant.sweep()
    merchant.work()
    assert merchant.told() == [("customer_created", customer), ("product_created", product)]
    assert merchant.payload("product_created")["tags"] == ["new", "tea"]
    assert (
        merchant.payload("product_created")["variants"]["nodes"][0]["product_id"] == f"gid://shopify/Product/{product}"
    )
    assert merchant.payload("customer_created")["email"] == "grace@example.com"
    merchant.later()
    merchant.change("products", product, title="Plate")
    merchant.change("customers", customer, tags=["vip"])
    merchant.sweep()
    merchant.work()
    assert merchant.payload("product_updated")["title"] == "Plate"
    assert merchant.payload("customer_updated")["tags"] == ["vip"]


def test_every_stream_has_jobs_that_sweep_it() -> None:
    assert STREAMS.keys() <= HANDLERS.keys()


def act(runtime: Runtime, action: str, **given: Any) -> Any:
    return runtime.actions.run(Call(Principal("ada"), action, given)).data


def test_drafts_whose_deliveries_were_lost_are_told(merchant: Merchant, runtime: Runtime) -> None:
    merchant.sweep()
    made = act(runtime, "draft_create", line_items=[{"title": "Engraving", "price": "12.00"}], note="first")
    merchant.later()
    merchant.sweep()
    merchant.work()
    assert merchant.told() == [("draft_created", int(made["legacy_id"]))]
    payload = merchant.payload("draft_created")
    assert payload["line_items"]["nodes"][0]["title"] == "Engraving"
    act(runtime, "draft_update", id=made["id"], note="second")
    merchant.later()
    merchant.sweep()
    merchant.work()
    assert [key for key, _ in merchant.told()] == ["draft_created", "draft_updated"]
    assert merchant.sweep() == 0


def test_refunds_and_parcels_whose_deliveries_were_lost_are_told(merchant: Merchant, runtime: Runtime) -> None:
    merchant.sweep()
    number = merchant.order()
    merchant.later()
    parcel = act(runtime, "fulfillment_create", order_id=number, tracking_company="DHL", tracking_number="JD0001")
    merchant.later()
    line = act(runtime, "order_get", id=number)["line_items"]["nodes"][0]["id"]
    call = Call(Principal("ada"), "order_refund", {"id": number, "lines": [{"line_item_id": line, "quantity": 1}]})
    try:
        runtime.actions.run(call)
    except ConfirmationNeeded as asked:
        runtime.actions.run(replace(call, confirm=asked.details["confirmation_token"]))
    merchant.later()
    merchant.sweep()
    merchant.work()
    sent = merchant.payload("fulfillment_created")
    assert (sent["id"], sent["tracking_info"][0]["number"]) == (parcel["id"], "JD0001")
    assert sent["order_id"] == order_gid(number)
    refund = merchant.payload("refund_created")
    assert refund["order_id"] == order_gid(number)
    assert refund["refund_line_items"]["nodes"][0]["quantity"] == 1
    told = merchant.told()
    assert merchant.sweep() == 0
    merchant.work()
    assert merchant.told() == told


def test_a_checkout_whose_deliveries_were_lost_is_told(merchant: Merchant) -> None:
    merchant.sweep()
    checkout = merchant.checkout("ada@example.com")
    merchant.later()
    merchant.sweep()
    merchant.work()
    assert merchant.told() == [("checkout_created", checkout)]
    assert merchant.payload("checkout_created")["line_items"]["nodes"][0]["quantity"] >= 1
    merchant.change("checkouts", checkout, completed=True)
    merchant.later()
    merchant.sweep()
    merchant.work()
    assert merchant.payload("checkout_updated")["completed_at"] is not None
    gid = f"gid://shopify/AbandonedCheckout/{checkout}"
    told = merchant.told()
    for topic in ("checkouts/create", "checkouts/update"):
        merchant.deliver(topic, gid)  # the webhooks come after all
    merchant.work()
    assert merchant.told() == told
    assert merchant.sweep() == 0


def test_a_collection_whose_delivery_was_lost_is_told(merchant: Merchant, sandbox: Sandbox, runtime: Runtime) -> None:
    merchant.sweep()
    gid = next(iter(sandbox.store(DEMO.name).all("Collection")))
    act(runtime, "collection_update", id=gid, title="Winter")
    merchant.later()
    merchant.sweep()
    merchant.work()
    assert merchant.payload("collection_updated")["title"] == "Winter"
    assert merchant.sweep() == 0


def test_what_is_gone_by_then_is_not_told(merchant: Merchant, sandbox: Sandbox, shop: StockShop) -> None:
    merchant.sweep()
    product = merchant.product()
    merchant.sweep()
    sandbox.store(DEMO.name).all("Product").pop(f"gid://shopify/Product/{product}")
    merchant.work()
    assert merchant.told() == []


def test_the_payload_is_the_webhooks(
    merchant: Merchant, sandbox: Sandbox, runtime: Runtime, store: Store, shop: StockShop
) -> None:
    """Each member that both have is the same, but for moments, which name their own offsets."""
    context = Context(sandbox.store(DEMO.name), sandbox.clock.now(), frozenset(), sandbox.versions)
    numbers = {"Order": merchant.order(), "Product": merchant.product(), "Customer": merchant.customer("a@example.com")}
    builders = {"Order": orders.order, "Product": payloads.product, "Customer": people.customer}
    for kind, number in numbers.items():
        gid = f"gid://shopify/{kind}/{number}"
        sent = builders[kind](context, context.store.all(kind)[gid])
        made = STREAMS[f"{kind.lower()}s"].snapshot(sweeps.shop_of(runtime.services, store), gid)
        assert made is not None
        assert differences(sent, made) == []


def differences(sent: Any, made: Any, path: str = "") -> list[str]:
    if isinstance(sent, dict) and isinstance(made, dict):
        return [
            found
            for name in sent.keys() & made.keys()
            for found in differences(sent[name], made[name], f"{path}/{name}")
        ]
    if isinstance(sent, list) and isinstance(made, list) and len(sent) == len(made):
        pairs = enumerate(zip(sent, made, strict=True))
        return [found for at, (one, other) in pairs for found in differences(one, other, f"{path}/{at}")]
    if path.endswith("_at") and sent and made:
        sent, made = datetime.fromisoformat(sent), datetime.fromisoformat(made)
    return [] if sent == made else [f"{path}: {sent!r} is not {made!r}"]


def test_upkeep_sweeps_every_stream_once(merchant: Merchant, runtime: Runtime) -> None:
    for _ in range(3):
        upkeep.upkeep(runtime.services)
    for name in STREAMS:
        assert len(runtime.storage.jobs.list(kind=name)) == 1
    number = merchant.order()
    merchant.work()
    for job in runtime.storage.jobs.list(states=["pending"], limit=250):  # those that were to be spread over a minute
        assert runtime.storage.jobs.discard(job.id)
        assert runtime.storage.jobs.replay(job.id)
    merchant.work()
    merchant.work()
    assert ("order_created", number) in merchant.told()


def test_missed_changes_are_shown_in_health_until_a_sweep_finds_none(merchant: Merchant, runtime: Runtime) -> None:
    merchant.sweep()
    assert changes.check(runtime.services).status == "ok"
    merchant.order()
    merchant.sweep()
    runtime.health.seconds = 30.0  # a busy machine has time to answer
    (check,) = (check for check in runtime.health.checks() if check.name == "changes")
    assert (check.status, check.data["orders"]) == ("degraded", 2)
    merchant.work()
    merchant.sweep()
    assert changes.check(runtime.services).status == "ok"


def test_people_that_may_not_be_read_are_left_out_and_nothing_fails(
    merchant: Merchant, runtime: Runtime, sandbox: Sandbox
) -> None:
    """As for an app that Shopify has not approved for customers' data: granted, and refused all the same."""
    merchant.sweep("orders")
    sandbox.account(DEMO.name).set_scopes(
        "sandbox-key", runtime.settings.scopes - {"read_customers", "write_customers"}
    )
    number = merchant.order()
    merchant.sweep("orders")
    upkeep.upkeep(runtime.services)
    merchant.work()
    assert ("order_paid", number) in merchant.told()
    payload = merchant.payload("order_paid")
    assert (payload["customer"], payload["email"], payload["shipping_address"]) == (None, None, None)
    assert payload["line_items"]
    for job in runtime.storage.jobs.list(kind="customers", states=["pending"]):
        assert runtime.storage.jobs.discard(job.id)
        assert runtime.storage.jobs.replay(job.id)
    merchant.work()
    (job,) = runtime.storage.jobs.list(kind="customers")
    assert job.state == "done"


def test_a_store_that_lets_no_orders_be_read_is_left_in_peace(
    merchant: Merchant, runtime: Runtime, sandbox: Sandbox
) -> None:
    sandbox.account(DEMO.name).set_scopes("sandbox-key", frozenset({"read_products"}))
    runtime.connections.refresh(Principal("ada"), DEMO)
    upkeep.upkeep(runtime.services)
    merchant.work()
    assert runtime.storage.jobs.backlog()["dead"] == 0
