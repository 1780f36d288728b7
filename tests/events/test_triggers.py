"""From a stored delivery to an event: once, in order, and never what does not fit."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from eventkit import OUTLET, Emitted, Shopify, connect, declare, encoded, order
from jsonschema import Draft202012Validator

from atom_shopify_plugin.catalog.loading import packaged
from atom_shopify_plugin.events import dedupe
from atom_shopify_plugin.events.shapes import shaped
from atom_shopify_plugin.hookspecs import Event

if TYPE_CHECKING:
    from atom_shopify_plugin.hookspecs import Principal
    from atom_shopify_plugin.runtime import Runtime
    from atom_shopify_plugin.sandbox.core import Sandbox
from atom_shopify_plugin.shopify.topics import COMPLIANCE
from atom_shopify_plugin.storage import Store

Work = Callable[[], int]
# The others end something, or name the store by its id.
TRIGGERS = [
    key
    for key, trigger in packaged().triggers.items()
    if not key.startswith(("app_", "shop_")) and trigger.topic not in COMPLIANCE
]


def states(runtime: Runtime) -> list[str]:
    return [row.state for row in reversed(runtime.storage.jobs.list(kind="delivery", limit=250))]


def test_a_delivery_becomes_an_event_of_its_trigger(
    shopify: Shopify, runtime: Runtime, work: Work, emitted: Emitted
) -> None:
    shopify.deliver("orders/create", order(1), webhook_id="w1")
    assert emitted.events == []
    assert work() == 1
    (event,) = emitted.events
    assert (event.key, event.shop) == ("order_created", "demo.myshopify.com")
    assert event.payload == {
        **order(1),
        "id": "gid://shopify/Order/7000000001",
        "legacy_id": "7000000001",
        "total_price": {"shop_money": {"amount": "36.00", "currency_code": "EUR"}},
    }
    assert event.dedupe_key == "order_created|sandbox-key|demo.myshopify.com|w1"
    assert states(runtime) == ["done"]


@pytest.mark.parametrize("key", TRIGGERS)
def test_every_trigger_fires_for_its_sample(
    shopify: Shopify, runtime: Runtime, work: Work, emitted: Emitted, key: str
) -> None:
    trigger = runtime.catalog.triggers[key]
    for sample in trigger.samples:
        assert shopify.deliver(trigger.topic, sample).status_code == 200
    work()
    assert emitted.keys == [key] * len(trigger.samples)


def test_a_repeated_delivery_is_answered_but_not_emitted(shopify: Shopify, work: Work, emitted: Emitted) -> None:
    for _ in range(3):
        assert shopify.deliver("orders/create", order(1), webhook_id="once").status_code == 200
        work()
    assert emitted.keys == ["order_created"]


def test_two_topics_with_one_event_id_both_fire(shopify: Shopify, work: Work, emitted: Emitted) -> None:
    shopify.deliver("orders/create", order(1), event_id="the-same")
    shopify.deliver("orders/paid", order(1), event_id="the-same")
    work()
    assert sorted(emitted.keys) == ["order_created", "order_paid"]


def test_a_topic_that_no_trigger_declares_is_emitted_under_its_own_name(
    shopify: Shopify, work: Work, emitted: Emitted
) -> None:
    shopify.deliver("carts/create", {"id": "abc", "line_items": []})
    work()
    assert emitted.keys == ["webhook:carts/create"]


def test_a_payload_that_is_not_what_the_trigger_declares_is_put_aside(
    shopify: Shopify, runtime: Runtime, work: Work, emitted: Emitted
) -> None:
    shopify.deliver("orders/create", {"id": {"not": "an id"}, "email": "ada@example.com"})
    work()
    (row,) = runtime.storage.jobs.list(kind="delivery")
    assert row.state == "quarantined"
    assert row.reason == "The payload does not fit what order_created declares at $.id."
    assert emitted.events == []


def test_a_trigger_with_a_condition_fires_only_where_it_holds(
    shopify: Shopify, runtime: Runtime, work: Work, emitted: Emitted, monkeypatch: pytest.MonkeyPatch
) -> None:
    # No trigger of the package has a condition yet: one is declared here, as a manifest would.
    paid = replace(
        runtime.catalog.triggers["order_created"],
        key="order_created_in_euro",
        when={"required": ["currency"], "properties": {"currency": {"const": "EUR"}}},
    )
    declare(runtime, paid)
    shopify.deliver("orders/create", order(1, currency="EUR"))
    shopify.deliver("orders/create", order(2, currency="USD"))
    work()
    fired = {(event.key, event.payload["currency"]) for event in emitted.events}
    assert fired == {("order_created", "EUR"), ("order_created", "USD"), ("order_created_in_euro", "EUR")}
    assert len({event.dedupe_key for event in emitted.events}) == 3


# Order


def at(second: int) -> str:
    return f"2026-11-01T10:00:{second:02}+01:00"


def test_an_older_state_is_not_emitted_after_a_newer_one(
    shopify: Shopify, runtime: Runtime, work: Work, emitted: Emitted
) -> None:
    shopify.deliver("orders/updated", order(1, updated_at=at(20)))
    work()
    shopify.deliver("orders/updated", order(1, updated_at=at(10)))
    shopify.deliver("orders/updated", order(2, updated_at=at(10)))
    work()
    assert [(event.payload["name"], event.payload["updated_at"]) for event in emitted.events] == [
        ("#1", at(20)),
        ("#2", at(10)),
    ]
    assert states(runtime) == ["done"] * 3
    assert [event.state for event in runtime.storage.events.list(states=["superseded"])] == ["superseded"]


def test_moments_are_compared_and_not_their_texts(shopify: Shopify, work: Work, emitted: Emitted) -> None:
    shopify.deliver("orders/updated", order(1, updated_at="2026-11-01T09:00:20Z"))  # the same moment as +01:00
    work()
    shopify.deliver("orders/updated", order(1, updated_at=at(21)))
    work()
    assert len(emitted.events) == 2


def test_what_happened_is_emitted_however_late_it_comes(shopify: Shopify, work: Work, emitted: Emitted) -> None:
    shopify.deliver("orders/updated", order(1, updated_at=at(30)))
    shopify.deliver("orders/paid", order(1, updated_at=at(20)))
    shopify.deliver("orders/create", order(1, updated_at=at(10)))
    work()
    assert sorted(emitted.keys) == ["order_created", "order_paid", "order_updated"]


def test_after_a_deletion_an_older_state_is_not_emitted(shopify: Shopify, work: Work, emitted: Emitted) -> None:
    shopify.deliver("products/delete", {"id": 7}, triggered_at="2026-11-01T10:00:30.123456789Z")
    work()
    shopify.deliver("products/update", {"id": 7, "updated_at": "2026-11-01T10:00:29Z"})
    work()
    assert emitted.keys == ["product_deleted"]


@pytest.mark.parametrize("seed", range(3))
def test_shuffled_states_never_go_back(shopify: Shopify, work: Work, emitted: Emitted, seed: int) -> None:
    rng = random.Random(seed)  # noqa: S311  # repeatable, not secret
    sent = [order(number, updated_at=at(second)) for number in range(3) for second in range(12)]
    rng.shuffle(sent)
    for payload in sent:
        shopify.deliver("orders/updated", payload)
        if rng.random() < 0.4:
            work()
    work()
    for number in range(3):
        seen = [event.payload["updated_at"] for event in emitted.events if event.payload["name"] == f"#{number}"]
        assert seen == sorted(seen)
        assert seen[-1] == at(11)


def test_stock_levels_are_kept_and_never_go_back(shopify: Shopify, runtime: Runtime, store: Store, work: Work) -> None:
    def level(available: int, second: int) -> dict[str, Any]:
        return {"inventory_item_id": 5, "location_id": 6, "available": available, "updated_at": at(second)}

    for available, second in ((10, 1), (8, 3), (9, 2), (8, 3)):
        shopify.deliver("inventory_levels/update", level(available, second))
        work()
    (kept,) = runtime.storage.levels.list(store.id)
    assert (kept.item, kept.location, kept.available) == (5, 6, 8)


# Headers that are not genuine


def test_a_delivery_that_is_sent_again_for_another_store_is_put_aside(
    shopify: Shopify, runtime: Runtime, sandbox: Sandbox, principal: Principal, work: Work, emitted: Emitted
) -> None:
    connect(runtime, sandbox, principal, OUTLET)
    body = encoded(order(1, note="n" * 300))
    shopify.deliver("orders/create", body, webhook_id="w")
    assert shopify.deliver("orders/create", body, webhook_id="w", shop=OUTLET.name).status_code == 200
    assert shopify.deliver("orders/create", body, webhook_id="v", shop=OUTLET.name).status_code == 200
    assert shopify.deliver("orders/paid", body, webhook_id="u", shop=OUTLET.name).status_code == 200
    assert shopify.deliver("orders/create", body, webhook_id="v", shop=OUTLET.name).status_code == 200
    work()
    assert [(event.key, event.shop) for event in emitted.events] == [("order_created", "demo.myshopify.com")]
    assert states(runtime) == ["done", "quarantined", "quarantined", "quarantined"]


def test_an_id_that_two_stores_delete_under_two_topics_is_no_theft(
    shopify: Shopify, runtime: Runtime, sandbox: Sandbox, principal: Principal, work: Work, emitted: Emitted
) -> None:
    connect(runtime, sandbox, principal, OUTLET)
    shopify.deliver("products/delete", {"id": 7})
    shopify.deliver("customers/delete", {"id": 7}, shop=OUTLET.name)
    work()
    assert sorted(emitted.keys) == ["customer_deleted", "product_deleted"]


def test_what_a_person_replays_is_not_put_aside_again(
    shopify: Shopify, runtime: Runtime, sandbox: Sandbox, principal: Principal, work: Work, emitted: Emitted
) -> None:
    connect(runtime, sandbox, principal, OUTLET)
    shopify.deliver("orders/create", order(1), shop=OUTLET.name)  # the thief was quicker
    shopify.deliver("orders/create", order(1))
    work()
    (row,) = runtime.storage.jobs.list(kind="delivery", states=["quarantined"])
    assert row.shop == "demo.myshopify.com"
    assert runtime.storage.jobs.replay(row.id)
    work()
    assert [event.shop for event in emitted.events] == [OUTLET.name, "demo.myshopify.com"]
    assert states(runtime) == ["done", "done"]


# The same body under another webhook id


def test_a_state_that_comes_back_within_a_second_is_told_again(
    shopify: Shopify, runtime: Runtime, work: Work, emitted: Emitted
) -> None:
    for tags in ("x", "y", "x"):
        shopify.deliver("orders/updated", order(1, tags=tags))
        work()
    assert [event.payload["tags"] for event in emitted.events] == [["x"], ["y"], ["x"]]
    assert states(runtime) == ["done"] * 3


@pytest.mark.parametrize(
    ("topic", "payload", "key"),
    [
        ("customer.joined_segment", {"customerId": "gid://shopify/Customer/1", "segmentId": "gid://shopify/Segment/2"},
         "customer_joined_segment"),
        ("inventory_levels/disconnect", {"inventory_item_id": 5, "location_id": 6}, "inventory_level_disconnected"),
        ("orders/paid", order(1), "order_paid"),
        ("carts/create", {"id": "abc", "line_items": []}, "webhook:carts/create"),
    ],
)  # fmt: skip
def test_what_may_happen_again_is_told_again(
    shopify: Shopify, runtime: Runtime, work: Work, emitted: Emitted, topic: str, payload: dict[str, Any], key: str
) -> None:
    key = key if key in runtime.catalog.triggers else f"webhook:{topic}"
    for webhook_id in ("a", "a", "b"):  # Shopify repeats the first one
        shopify.deliver(topic, payload, webhook_id=webhook_id)
        work()
    assert emitted.keys == [key, key]
    assert len({event.dedupe_key for event in emitted.events}) == 2
    assert states(runtime) == ["done", "done"]


def test_what_happens_once_in_a_life_is_told_once(
    shopify: Shopify, runtime: Runtime, work: Work, emitted: Emitted
) -> None:
    once_only = [trigger for trigger in runtime.catalog.triggers.values() if trigger.topic in dedupe.UNIQUE]
    assert len(once_only) >= 8
    for trigger in once_only:
        for _ in range(2):  # two subscriptions to one topic, or somebody who has one signed body
            shopify.deliver(trigger.topic, trigger.samples[0])
            work()
    assert emitted.keys == [trigger.key for trigger in once_only]
    assert set(states(runtime)) == {"done"}
    told = runtime.storage.events.list(states=["superseded"])
    assert len(told) == len(once_only)


def test_a_moment_in_the_future_does_not_hide_what_comes_later(shopify: Shopify, work: Work, emitted: Emitted) -> None:
    shopify.deliver("products/update", {"id": 7}, triggered_at="2099-01-01T00:00:00Z")
    work()
    soon = (datetime.now(UTC) + timedelta(minutes=2)).isoformat()
    shopify.deliver("products/update", {"id": 7, "updated_at": soon})
    work()
    assert emitted.keys == ["product_updated", "product_updated"]


def test_a_body_that_names_another_store_is_put_aside(
    shopify: Shopify, runtime: Runtime, sandbox: Sandbox, principal: Principal, work: Work, emitted: Emitted
) -> None:
    connect(runtime, sandbox, principal, OUTLET)
    shopify.deliver("shop/update", {"id": 1, "myshopify_domain": "demo.myshopify.com"}, shop=OUTLET.name)
    shopify.deliver("shop/update", {"id": 999_999, "name": "Somebody"})
    shopify.deliver("app/uninstalled", {"id": 1, "myshopify_domain": "demo.myshopify.com"}, shop=OUTLET.name)
    work()
    assert set(states(runtime)) == {"quarantined"}
    assert emitted.events == []
    assert [store.state for store in runtime.storage.memberships.stores(principal)] == ["active", "active"]


# Crashes


def test_a_host_that_fails_gets_the_event_again_under_the_same_key(
    shopify: Shopify, runtime: Runtime, work: Work, emitted: Emitted
) -> None:
    tried: list[str] = []

    def fail(event: Event) -> None:
        tried.append(event.dedupe_key)
        if len(tried) < 3:
            raise RuntimeError("the host is out of order")

    emitted.fail = fail
    shopify.deliver("orders/create", order(1), webhook_id="w")
    work()
    assert len(set(tried)) == 1
    assert len(tried) == 3
    assert emitted.keys == ["order_created"]
    assert states(runtime) == ["done"]


def test_without_a_host_events_wait(shopify: Shopify, runtime: Runtime, emitted: Emitted) -> None:
    shopify.deliver("orders/create", order(1))
    runtime.host.emit = None
    assert runtime.jobs.run_one()
    (row,) = runtime.storage.jobs.list(kind="delivery")
    assert (row.state, row.attempts) == ("pending", 1)
    assert [event.state for event in runtime.storage.events.list()] == ["pending"]


def test_a_crash_after_the_hand_over_repeats_it_under_the_same_key_only(
    shopify: Shopify, runtime: Runtime, work: Work, emitted: Emitted
) -> None:
    class Killed(BaseException):
        """Ends the worker between the hand-over and its mark, as a kill would."""

    def die(event: Event) -> None:
        emitted.fail = None
        emitted.events.append(event)
        raise Killed

    emitted.fail = die
    shopify.deliver("orders/create", order(1), webhook_id="w")
    with pytest.raises(Killed):
        work()
    (row,) = runtime.storage.jobs.list(kind="delivery")
    assert row.state == "running"
    assert runtime.storage.jobs.replay(row.id) is False  # its lease has not ended
    runtime.storage.jobs.park(row.installation_id or "", "the worker is gone")
    assert runtime.storage.jobs.replay(row.id)
    work()
    assert [event.dedupe_key for event in emitted.events] == ["order_created|sandbox-key|demo.myshopify.com|w"] * 2


def test_an_event_that_was_emitted_is_not_emitted_by_a_replay_of_its_delivery(
    shopify: Shopify, runtime: Runtime, work: Work, emitted: Emitted
) -> None:
    shopify.deliver("orders/create", order(1))
    work()
    (row,) = runtime.storage.jobs.list(kind="delivery")
    assert runtime.storage.jobs.replay(row.id)
    work()
    assert emitted.keys == ["order_created"]


@pytest.mark.parametrize("key", list(packaged().triggers))
def test_what_a_trigger_declares_takes_its_samples(key: str) -> None:
    catalog = packaged()
    trigger = catalog.triggers[key]
    for sample in trigger.samples:
        Draft202012Validator(trigger.payload).validate(shaped(trigger, catalog.schemas, sample))
