"""Who enters an audience or leaves it is told once, the first look tells nothing, nor does one after a pause."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from copying import copy

from atom_shopify_plugin.sync import watches

if TYPE_CHECKING:
    from collections.abc import Callable

    from atom_shopify_plugin.hookspecs import Event
    from atom_shopify_plugin.runtime import Runtime
    from atom_shopify_plugin.sandbox.core import Sandbox
    from atom_shopify_plugin.storage import Store

    Run = Callable[..., Any]

KIND = "watch_audiences"
RULES = [{"attribute": "tags", "operator": "has", "value": "chosen"}]


class Watched:
    """A store whose copy is brought up to date and looked at again after some minutes."""

    def __init__(self, runtime: Runtime, store: Store, run: Run) -> None:
        self._runtime, self._store, self._run = runtime, store, run
        self._ahead = timedelta()
        self.events: list[Event] = []
        runtime.host.triggers_in_use = lambda: frozenset({"audience_entered", "audience_left"})
        runtime.storage.clock = lambda: datetime.now(UTC) + self._ahead

    def look(self, **later: float) -> list[tuple[str, str]]:
        """Return what is told, in whatever order, after a look a little later."""
        self._runtime.host.emit = None  # nothing is delivered
        copy(self._runtime, self._store)
        self._runtime.host.emit = self.events.append
        self._ahead += timedelta(**(later or {"minutes": 6}))
        del self.events[:]
        watches.upkeep(self._runtime.services)
        until = time.monotonic() + 20
        while self._runtime.storage.jobs.list(kind=KIND, states=["pending", "running"], limit=1):
            assert time.monotonic() < until, "nobody has looked"
            if not self._runtime.jobs.run_one():
                time.sleep(0.02)  # a thread of the plugin runs it
        told = [event for event in self.events if event.key.startswith("audience_")]
        assert all(event.payload["audience"]["name"] == "Chosen ones" for event in told)
        return sorted((event.key, event.payload["customer_id"]) for event in told)

    def tag(self, customer: str, *, on: bool = True) -> None:
        self._run("tag_add" if on else "tag_remove", id=customer, tags=["chosen"])


@pytest.fixture
def watched(runtime: Runtime, store: Store, run: Run) -> Watched:
    return Watched(runtime, store, run)


@pytest.fixture
def customers(sandbox: Sandbox, store: Store) -> list[str]:
    return sorted(sandbox.store(store.shop.name).all("Customer"))


def test_entering_and_leaving_are_told_once(watched: Watched, customers: list[str], run: Run) -> None:
    first, second = customers[:2]
    watched.tag(first)
    run("audience_create", name="Chosen ones", rules=RULES)
    assert watched.look() == [], "who was there at the first look has not entered"
    watched.tag(second)
    assert watched.look() == [("audience_entered", second)]
    assert watched.look() == []
    watched.tag(first, on=False)
    assert watched.look() == [("audience_left", first)]
    watched.tag(first)
    watched.tag(second, on=False)
    assert watched.look() == [("audience_entered", first), ("audience_left", second)]
    run(
        "audience_update", audience="Chosen ones", rules=[{"attribute": "orders", "operator": "at_least", "value": "0"}]
    )
    assert watched.look() == [], "other rules begin anew"


def test_an_empty_audience_has_a_first_look_and_a_long_pause_begins_anew(
    watched: Watched, customers: list[str], run: Run
) -> None:
    run("audience_create", name="Chosen ones", rules=RULES)
    assert watched.look() == []
    watched.tag(customers[0])
    assert watched.look() == [("audience_entered", customers[0])]
    watched.tag(customers[1])
    assert watched.look(days=2) == [], "what happened while nobody looked is not told late"
    watched.tag(customers[2])
    assert watched.look() == [("audience_entered", customers[2])]
