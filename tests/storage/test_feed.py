"""The feed: events in the order in which they became visible, whoever writes them and however late they commit."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from storage_helpers import MovableClock

from atom_shopify_plugin.hookspecs import Principal
from atom_shopify_plugin.storage import NewEvent, Storage, Store
from atom_shopify_plugin.storage.work.feed import FeedTurn, Position

TRIGGERS = ("order_created", "order_paid")
EACH_ON_ITS_OWN = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=15, deadline=None)


def new(store: Store, key: str, **values: Any) -> NewEvent:
    standard = {
        "trigger": "order_created", "dedupe_key": key, "app": store.app, "shop": store.shop.name,
        "payload": b"{}", "installation_id": store.id, "resource": f"orders/{key}",
    }  # fmt: skip
    return NewEvent(**{**standard, **values})


def read(storage: Storage, after: Position, limit: int = 500) -> tuple[list[str], Position]:
    """Return what a reader of everything sees after a position, and where it goes on."""
    seen: list[str] = []
    while True:
        turn: FeedTurn = storage.feed.turn(after, limit)
        assert not turn.reset
        numbers = [entry.number for entry in turn.entries]
        assert numbers == sorted(numbers)
        assert all(number > after.number for number in numbers)
        seen += [str(entry.resource) for entry in turn.entries]
        after = turn.end
        if not turn.more:
            return seen, after


def start(storage: Storage) -> Position:
    return storage.feed.turn(None).end


def test_a_reader_sees_each_event_once_and_in_pages(storage: Storage, demo: Store) -> None:
    begin = start(storage)
    for number in range(7):
        storage.events.put(new(demo, str(number)))
        storage.events.put(new(demo, str(number)))  # again: it counts once
    everything = [f"orders/{number}" for number in range(7)]
    assert read(storage, begin)[0] == everything
    assert read(storage, begin, limit=3)[0] == everything
    assert read(storage, read(storage, begin)[1])[0] == []


def test_an_older_state_that_came_late_is_not_shown(storage: Storage, demo: Store) -> None:
    begin = start(storage)
    storage.events.put(new(demo, "1", state="superseded"))
    storage.events.put(new(demo, "2", installation_id=None))  # nobody could see it
    assert read(storage, begin)[0] == []


def test_more_than_are_placed_at_a_time_are_all_placed(storage: Storage, demo: Store) -> None:
    begin = start(storage)
    with storage.begin() as session:
        for number in range(260):
            storage.events.put(new(demo, f"{number}"), session=session)
    seen, end = read(storage, begin)
    assert (seen, end.number - begin.number) == ([f"orders/{number}" for number in range(260)], 260)


@pytest.mark.parametrize("migrated_database_url", ["postgresql"], indirect=True)
@given(data=st.data())
@EACH_ON_ITS_OWN
def test_nothing_is_lost_or_doubled_whatever_commits_late(
    storage: Storage, demo: Store, open_storage: Callable[..., Storage], data: st.DataObject
) -> None:
    """Writers whose transactions overlap and end in any order, and readers of two processes in between."""
    key = data.draw(st.integers(0, 10**12), label="key")
    other = open_storage()
    begin = start(storage)
    readers = {name: [begin, []] for name in ("here", "there")}
    places = {"here": storage, "there": other}
    committed: list[str] = []
    with ExitStack() as stack:
        going: dict[int, tuple[Any, ExitStack, list[str]]] = {}
        steps = data.draw(st.lists(st.sampled_from(["begin", "put", "commit", "abort", "here", "there"]), max_size=30))
        for number, step in enumerate(steps):
            if step == "begin" and len(going) < 4:
                own = stack.enter_context(ExitStack())
                going[number] = (own.enter_context(other.begin()), own, [])
            elif step == "put" and going:
                session, _, names = going[data.draw(st.sampled_from(sorted(going)))]
                name = f"{key}-{number}"
                storage.events.put(new(demo, name), session=session)
                names.append(f"orders/{name}")
            elif step == "commit" and going:
                _, own, names = going.pop(data.draw(st.sampled_from(sorted(going))))
                own.close()
                committed += names
            elif step == "abort" and going:
                session, own, _ = going.pop(data.draw(st.sampled_from(sorted(going))))
                session.rollback()
                own.close()
            elif step in places:
                position, seen = readers[step]
                more, readers[step][0] = read(places[step], position)
                seen += more
                # Whatever was committed has been seen by now, however old it is.
                assert sorted(seen) == sorted(committed)
    orders = []
    for name, (position, seen) in readers.items():
        orders.append(seen + read(places[name], position)[0])
    assert orders[0] == orders[1]
    assert len(orders[0]) == len(set(orders[0]))
    assert set(committed) <= set(orders[0])
    assert read(storage, begin)[0] == orders[0]


def test_many_writers_and_readers_at_once(storage: Storage, demo: Store, open_storage: Callable[..., Storage]) -> None:
    """Four processes' worth of writers while three readers follow: all see the same, once, in one order."""
    begin = start(storage)
    stores = [open_storage() for _ in range(4)]
    going = [True]

    def write(number: int) -> None:
        for one in range(25):
            stores[number].events.put(new(demo, f"{number}-{one}"))

    def follow(reader: Storage) -> list[str]:
        position, seen = begin, []
        while going:
            more, position = read(reader, position, limit=7)
            seen += more
        return seen + read(reader, position)[0]

    with ThreadPoolExecutor(7) as pool:
        readers = [pool.submit(follow, one) for one in stores[:3]]
        for writer in [pool.submit(write, number) for number in range(4)]:
            writer.result()
        going.clear()
        orders = [reader.result() for reader in readers]
    assert set(orders[0]) == {f"orders/{number}-{one}" for number in range(4) for one in range(25)}
    assert len(orders[0]) == 100
    assert orders[0] == orders[1] == orders[2]


def test_a_person_reads_their_own_stores(storage: Storage, demo: Store, ada: Principal, bob: Principal) -> None:
    begin = start(storage)
    for number, trigger in enumerate([*TRIGGERS, *TRIGGERS, "webhook:carts/update"]):
        storage.events.put(new(demo, str(number), trigger=trigger))

    def names(who: Principal, **options: Any) -> list[str]:
        page = storage.feed.page(who, begin, **{"triggers": TRIGGERS, **options})
        return [str(entry.resource) for entry in page.entries]

    assert names(ada) == ["orders/0", "orders/1", "orders/2", "orders/3"]
    assert names(ada, triggers=["order_paid"]) == ["orders/1", "orders/3"]
    assert names(ada, shop=demo.shop.name, limit=1) == ["orders/0"]
    assert names(ada, shop="other.myshopify.com") == []
    assert names(ada, until=Position(begin.epoch, begin.number + 2)) == ["orders/0", "orders/1"]
    assert names(bob) == []
    assert names(Principal("ada", tenant="elsewhere")) == []
    storage.memberships.add(bob, demo.id)
    assert len(names(bob)) == 4


def test_who_may_see_an_event_is_read_with_it(storage: Storage, demo: Store, bob: Principal) -> None:
    begin = start(storage)
    storage.events.put(new(demo, "1"))
    assert storage.feed.turn(begin).members == {demo.id: {("default", "ada")}}
    storage.memberships.add(bob, demo.id)
    assert storage.feed.turn(begin).members == {demo.id: {("default", "ada"), ("default", "bob")}}


def test_what_was_deleted_is_told_to_who_had_not_read_it(
    storage: Storage, demo: Store, clock: MovableClock, ada: Principal
) -> None:
    begin = start(storage)
    storage.events.put(new(demo, "1"))
    storage.events.put(new(demo, "2"))  # read by nobody
    clock.move(days=8)
    storage.events.put(new(demo, "3"))
    while storage.feed.prune(batch=1):
        pass
    assert storage.feed.turn(begin).reset
    assert storage.feed.page(ada, begin, triggers=TRIGGERS).reset
    kept = Position(begin.epoch, begin.number + 2)
    assert read(storage, kept)[0] == ["orders/3"]


@pytest.mark.parametrize("position", [Position("0" * 8, 0), Position("", 0)])
def test_a_position_of_another_feed_is_known_to_none(storage: Storage, ada: Principal, position: Position) -> None:
    assert storage.feed.turn(position).reset
    assert storage.feed.page(ada, position, triggers=TRIGGERS).reset
    ahead = start(storage)
    assert storage.feed.turn(Position(ahead.epoch, ahead.number + 1)).reset


@given(st.text(max_size=50))
def test_a_position_is_read_back_or_refused(text: str) -> None:
    found = Position.parse(text)
    assert found is None or Position.parse(str(found)) == found
    assert Position.parse(str(Position("ab12", 7))) == Position("ab12", 7)
