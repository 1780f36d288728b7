"""The ledger of events, watermarks, and what is kept in step with Shopify."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from probe import APP, KIND, SHOP, new

from atom_shopify_plugin.errors import Conflict
from atom_shopify_plugin.hookspecs import Principal
from atom_shopify_plugin.settings import Secret
from atom_shopify_plugin.shopify.domain import ShopDomain
from atom_shopify_plugin.storage import Grant, LeaseLost, Level, NewEvent, Storage

NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)
# The examples of a test share its database; none of them meets the rows of another.
EACH_ON_ITS_OWN = hypothesis_settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=15)


@pytest.fixture
def installation(storage: Storage) -> str:
    grant = Grant(
        app=APP,
        shop=ShopDomain(SHOP),
        shop_id="gid://shopify/Shop/1",
        name="Demo",
        currency="EUR",
        timezone="UTC",
        kind="offline",
        scope="read_orders",
        granted_scopes=frozenset({"read_orders"}),
        access=Secret("shpat_x"),
    )
    return storage.installations.grant(grant, Principal("ada")).id


def event(key: str, **values: Any) -> NewEvent:
    standard = {"trigger": "new_order", "dedupe_key": key, "app": APP, "shop": SHOP, "payload": b'{"id": 1}'}
    return NewEvent(**{**standard, **values})


def test_an_event_is_written_once_for_each_trigger_and_key(storage: Storage) -> None:
    first = storage.events.put(event("k"))
    again = storage.events.put(event("k", payload=b"{}"))
    other = storage.events.put(event("k", trigger="order_paid"))
    assert (first.new, again.new, other.new) == (True, False, True)
    assert again.id == first.id
    assert again.payload == first.payload == b'{"id": 1}'


def test_of_many_who_write_the_same_event_one_is_told_that_it_is_new(storage: Storage) -> None:
    with ThreadPoolExecutor(6) as pool:
        written = list(pool.map(lambda _: storage.events.put(event("k")), range(12)))
    assert sum(one.new for one in written) == 1
    assert len({one.id for one in written}) == 1


def test_an_event_is_marked_once(storage: Storage) -> None:
    written = storage.events.put(event("k"))
    assert [one.id for one in storage.events.pending(older_than=0)] == [written.id]
    assert storage.events.pending(older_than=60) == []
    assert storage.events.mark(written.id, "emitted")
    assert not storage.events.mark(written.id, "skipped")
    assert storage.events.pending(older_than=0) == []
    stored = storage.events.get(written.id)
    assert stored is not None
    assert stored.emitted_at is not None
    assert storage.events.reopen(written.id)
    assert storage.events.mark(written.id, "superseded")
    assert storage.events.get(written.id, ["somebody else's"]) is None
    assert not storage.events.reopen(written.id, ["somebody else's"])


def test_who_has_lost_a_job_writes_no_event_for_it(storage: Storage) -> None:
    storage.jobs.put(new("one"))
    job = storage.jobs.claim("w", (KIND,), 30)
    assert job is not None
    assert storage.events.put(event("k"), job=job).job_id == job.id
    storage.jobs.finish(job)
    with pytest.raises(LeaseLost):
        storage.events.put(event("k2"), job=job)
    assert len(storage.events.list()) == 1


def test_an_event_can_be_part_of_a_larger_transaction(storage: Storage, installation: str) -> None:
    def both(*, fails: bool) -> None:
        with storage.begin() as session:
            assert storage.events.put(event("k"), session=session).new
            assert storage.watermarks.advance(installation, "Order/1", NOON, session=session)
            if fails:
                raise RuntimeError

    with pytest.raises(RuntimeError):
        both(fails=True)
    assert storage.events.list() == []
    assert storage.watermarks.get(installation, "Order/1") is None
    both(fails=False)
    assert len(storage.events.list()) == 1
    assert storage.watermarks.get(installation, "Order/1") == NOON


def test_events_of_a_store_can_be_erased(storage: Storage) -> None:
    storage.events.put(event("k"))
    other = storage.events.put(event("k2", shop="outlet.myshopify.com"))
    assert storage.events.erase(APP, SHOP) == 1
    assert [one.id for one in storage.events.list(trigger="new_order", states=["pending"])] == [other.id]


@EACH_ON_ITS_OWN
@given(minutes=st.lists(st.integers(0, 20), min_size=1, max_size=12))
def test_a_watermark_lets_no_older_state_pass(storage: Storage, installation: str, minutes: list[int]) -> None:
    resource, newest = f"Order/{uuid4()}", -1
    for minute in minutes:
        advanced = storage.watermarks.advance(installation, resource, NOON + timedelta(minutes=minute))
        assert advanced == (minute >= newest)
        newest = max(newest, minute)
    assert storage.watermarks.get(installation, resource) == NOON + timedelta(minutes=newest)


@EACH_ON_ITS_OWN
@given(states=st.lists(st.tuples(st.integers(0, 5), st.integers(0, 9)), min_size=1, unique_by=lambda pair: pair[0]))
def test_in_whatever_order_levels_come_the_newest_stands(
    storage: Storage, installation: str, states: list[tuple[int, int]]
) -> None:
    item = storage.levels.count(installation) + 1
    for minute, available in states:
        storage.levels.apply(installation, [Level(item, 1, available, NOON + timedelta(minutes=minute))])
    newest = max(states)
    (level,) = storage.levels.list(installation, after=(item, 0), limit=1)
    assert (level.item, level.available) == (item, newest[1])


def test_levels_say_how_many_of_them_changed_something(storage: Storage, installation: str) -> None:
    levels = [Level(1, location, 5, NOON) for location in (1, 2)] + [Level(9_000_000_000_000, 1, None, NOON)]
    assert storage.levels.apply(installation, levels) == 3
    assert storage.levels.apply(installation, levels) == 0
    assert storage.levels.apply(installation, [Level(1, 1, 4, NOON - timedelta(1)), Level(1, 2, 4, NOON)]) == 1
    assert storage.levels.list(installation) == [Level(1, 1, 5, NOON), Level(1, 2, 4, NOON), levels[2]]
    assert storage.levels.list(installation, after=(1, 1), limit=1) == [Level(1, 2, 4, NOON)]


def test_a_cursor_is_where_it_was_left(storage: Storage, installation: str) -> None:
    assert storage.cursors.get(installation, "orders") is None
    storage.cursors.set(installation, "orders", position="abc", updated_at_min=NOON)
    storage.cursors.set(installation, "orders", position="def", updated_at_min=NOON, drift=3)
    cursor = storage.cursors.get(installation, "orders")
    assert cursor is not None
    assert (cursor.position, cursor.updated_at_min, cursor.drift) == ("def", NOON, 3)
    assert cursor.last_run is not None


def test_an_extra_subscription_is_wanted_once(storage: Storage, installation: str) -> None:
    wanted = storage.subscriptions.add(
        installation, "orders/create", filter="id:*", include_fields=["id"], created_by="ada"
    )
    with pytest.raises(Conflict):
        storage.subscriptions.add(installation, "orders/create", filter="id:*", created_by="bob")
    storage.subscriptions.set_remote(wanted.id, "gid://shopify/WebhookSubscription/1")
    (listed,) = storage.subscriptions.list(installation)
    assert listed == storage.subscriptions.get(installation, wanted.id)
    assert (listed.include_fields, listed.remote_id) == (("id",), "gid://shopify/WebhookSubscription/1")
    assert storage.subscriptions.get("another", wanted.id) is None
    assert not storage.subscriptions.remove("another", wanted.id)
    assert storage.subscriptions.remove(installation, wanted.id)
    assert storage.subscriptions.list(installation) == []
