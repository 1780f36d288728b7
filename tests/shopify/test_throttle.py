"""The bucket in simulated time, and its line with real threads."""

from __future__ import annotations

import heapq
import itertools
import threading
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scripted import Time

from atom_shopify_plugin.errors import Throttled
from atom_shopify_plugin.shopify.domain import ShopDomain
from atom_shopify_plugin.shopify.throttle import Reservation, Throttle

SHOP = ShopDomain("demo.myshopify.com")
OTHER = ShopDomain("outlet.myshopify.com")


def cost(
    available: float, requested: float = 10, actual: float | None = 10, size: float = 1000, rate: float = 50
) -> Any:
    return {
        "requestedQueryCost": requested,
        "actualQueryCost": actual,
        "throttleStatus": {"maximumAvailable": size, "currentlyAvailable": available, "restoreRate": rate},
    }


def take(
    throttle: Throttle, shape: str = "A", *, estimate: float = 10, urgent: bool = True, within: float = 30
) -> Reservation:
    now = throttle.clock()
    return throttle.take(SHOP, shape, estimate=lambda: estimate, urgent=urgent, deadline=now + within)


def available(throttle: Throttle) -> float:
    reading = throttle.snapshot(SHOP)
    assert reading is not None
    assert reading.available is not None
    return reading.available


def known(throttle: Throttle, left: float = 1000, requested: float = 10, shape: str = "A", **numbers: float) -> None:
    """Teach the throttle the bucket and a shape's cost."""
    throttle.settle(SHOP, take(throttle, shape), cost(left, requested, requested, **numbers))


def test_nothing_is_known_before_shopify_has_answered(throttle: Throttle) -> None:
    assert throttle.snapshot(SHOP) is None
    take(throttle)
    reading = throttle.snapshot(SHOP)
    assert reading is not None
    assert (reading.maximum, reading.rate, reading.available, reading.in_flight) == (None, None, None, 1)


def test_a_store_of_which_nothing_is_known_gets_one_call_at_a_time(throttle: Throttle) -> None:
    first = take(throttle)
    with pytest.raises(Throttled):
        take(throttle, "B", within=1)
    throttle.settle(SHOP, first, cost(990))
    take(throttle, "B", within=1)


@pytest.mark.parametrize("size", [1000, 2000.0, 4000, 20000.0])
def test_size_and_rate_are_learnt(throttle: Throttle, size: float) -> None:
    throttle.settle(SHOP, take(throttle), cost(size - 10, size=size, rate=size / 20))
    reading = throttle.snapshot(SHOP)
    assert reading is not None
    assert (reading.maximum, reading.rate, reading.available) == (size, size / 20, size - 10)


@pytest.mark.parametrize(
    "answer",
    [
        None,
        {},
        {"throttleStatus": None},
        {"throttleStatus": []},
        cost(-1),
        cost(float("nan")),
        {**cost(5), "throttleStatus": {"maximumAvailable": "1000", "currentlyAvailable": True, "restoreRate": 0}},
    ],
)
def test_numbers_that_are_none_teach_nothing(throttle: Throttle, answer: Any) -> None:
    throttle.settle(SHOP, take(throttle), answer)
    reading = throttle.snapshot(SHOP)
    assert reading is not None
    assert reading.maximum is None
    assert reading.in_flight == 0


def test_points_are_taken_when_a_call_leaves_and_given_back_when_it_used_less(throttle: Throttle) -> None:
    known(throttle, 1000, requested=100)
    call = take(throttle)
    assert available(throttle) == 900
    throttle.settle(SHOP, call, cost(960, 100, 40))
    assert available(throttle) == 960


def test_the_lower_of_two_figures_is_believed(throttle: Throttle) -> None:
    known(throttle, 1000)
    throttle.settle(SHOP, take(throttle), cost(300))
    assert available(throttle) == 300
    first, second = take(throttle), take(throttle)
    throttle.settle(SHOP, first, cost(290))
    assert available(throttle) == 280
    throttle.settle(SHOP, second, cost(250))
    assert available(throttle) == 250


def test_points_lost_to_missing_answers_come_back(throttle: Throttle) -> None:
    known(throttle, 1000, requested=400)
    throttle.settle(SHOP, take(throttle), None)
    assert available(throttle) == 600
    throttle.settle(SHOP, take(throttle), cost(950, 400, 400))
    assert available(throttle) == 950


def test_a_call_that_never_got_there_costs_nothing(throttle: Throttle) -> None:
    known(throttle, 1000, requested=100)
    throttle.settle(SHOP, take(throttle), None, ran=False)
    assert available(throttle) == 1000


def test_a_call_is_settled_once(throttle: Throttle) -> None:
    known(throttle, 500, requested=100)
    call = take(throttle)
    throttle.settle(SHOP, call, None, ran=False)
    throttle.settle(SHOP, call, None, ran=False)
    assert available(throttle) == 500


def test_a_call_waits_just_until_the_bucket_holds_its_points(throttle: Throttle, moments: Time) -> None:
    known(throttle, 0, requested=100)
    take(throttle)
    assert sum(moments.pauses) == pytest.approx(100 / 50)


@pytest.mark.parametrize(("urgent", "pause"), [(True, 0.0), (False, 0.05)])
def test_an_ordinary_call_leaves_room_for_an_urgent_one(
    throttle: Throttle, moments: Time, urgent: bool, pause: float
) -> None:
    known(throttle, 10)
    take(throttle, urgent=urgent)
    assert sum(moments.pauses) == pytest.approx(pause)


def test_a_call_dearer_than_the_bucket_leaves_when_it_is_full(throttle: Throttle, moments: Time) -> None:
    known(throttle, 900, requested=5000)
    take(throttle, urgent=False)
    assert sum(moments.pauses) == pytest.approx(100 / 50)


def test_a_wait_that_is_sure_to_be_too_long_is_refused_at_once(throttle: Throttle, moments: Time) -> None:
    known(throttle, 0, requested=1000)
    with pytest.raises(Throttled) as caught:
        take(throttle, within=5)
    assert moments.pauses == []
    assert caught.value.retry_after == pytest.approx(20)
    reading = throttle.snapshot(SHOP)
    assert reading is not None
    assert (reading.waiting, reading.in_flight) == (0, 0)


def test_the_cost_of_a_shape_is_remembered_for_that_shape_alone(throttle: Throttle) -> None:
    known(throttle, 1000, requested=300, shape="dear")
    take(throttle, "dear", estimate=1)
    assert available(throttle) == 700
    take(throttle, "new", estimate=50)
    assert available(throttle) == 650


def test_an_unknown_shape_goes_alone_among_its_kind(throttle: Throttle) -> None:
    known(throttle, 1000)
    first = take(throttle, "new")
    with pytest.raises(Throttled):
        take(throttle, "new", within=0.5)
    take(throttle, "A", within=0.5)
    throttle.settle(SHOP, first, cost(900))
    take(throttle, "new", within=0.5)


def test_a_refusal_teaches_the_cost_and_costs_nothing(throttle: Throttle, moments: Time) -> None:
    known(throttle, 1000)
    throttle.settle(SHOP, take(throttle, "new", estimate=10), cost(48, 752, None), refused=True)
    assert available(throttle) == 48
    take(throttle, "new")
    assert sum(moments.pauses) == pytest.approx((752 - 48) / 50)
    reading = throttle.snapshot(SHOP)
    assert reading is not None
    assert reading.throttled == 1


def test_stores_have_buckets_of_their_own(throttle: Throttle) -> None:
    known(throttle, 0)
    call = throttle.take(OTHER, "A", estimate=lambda: 10, deadline=throttle.clock() + 1)
    throttle.settle(OTHER, call, cost(2000, size=2000, rate=100))
    assert available(throttle) == 0


class World:
    """A Shopify bucket and calls with latency, in simulated time."""

    def __init__(self, size: float, rate: float) -> None:
        self.now = 0.0
        self.size, self.rate, self.level, self.at = size, rate, size, 0.0
        self.events: list[tuple[float, int, Callable[[], None]]] = []
        self.number = itertools.count()
        self.refused = 0
        self.done = 0
        self.throttle = Throttle(clock=lambda: self.now, wait=self.wait)

    def wait(self, condition: threading.Condition, seconds: float) -> None:
        condition.release()
        try:
            if not self.step(self.now + seconds):
                self.now += seconds
        finally:
            condition.acquire()

    def step(self, until: float = float("inf")) -> bool:
        """Let the next thing happen, if it does before `until`."""
        if not self.events or self.events[0][0] > until:
            return False
        self.now, _, happen = heapq.heappop(self.events)
        happen()
        return True

    def later(self, seconds: float, happen: Callable[[], None]) -> None:
        heapq.heappush(self.events, (self.now + seconds, next(self.number), happen))

    def restored(self) -> float:
        self.level = min(self.size, self.level + self.rate * (self.now - self.at))
        self.at = self.now
        return self.level

    def call(self, shape: int, requested: float, actual: float, latency: tuple[float, float, float]) -> None:
        taken = self.throttle.take(SHOP, shape, estimate=lambda: 1000, urgent=False, deadline=self.now + 1e6)

        def arrive() -> None:
            if self.restored() + 1e-6 < requested:
                self.refused += 1
                status = cost(self.level, requested, None, self.size, self.rate)
                self.later(latency[2], lambda: settle(status))
            else:
                self.level -= requested
                self.later(latency[1], finish)

        def finish() -> None:
            self.level = min(self.size, self.restored() + requested - actual)
            status = cost(self.level, requested, actual, self.size, self.rate)
            self.later(latency[2], lambda: settle(status))

        def settle(status: Any) -> None:
            self.done += 1
            self.throttle.settle(SHOP, taken, status, refused=status["actualQueryCost"] is None)

        self.later(latency[0], arrive)

    def under_way(self) -> int:
        reading = self.throttle.snapshot(SHOP)
        return reading.in_flight if reading else 0


LATENCY = st.tuples(*[st.floats(0.001, 0.3)] * 3)
CALLS = st.lists(st.tuples(st.integers(0, 3), st.floats(0, 1), LATENCY), min_size=20, max_size=120)


@given(CALLS, st.sampled_from([(1000.0, 50.0), (2000.0, 100.0), (20000.0, 1000.0)]), st.integers(1, 16))
def test_whatever_the_calls_cost_and_however_they_overtake_nothing_is_throttled(
    calls: list[Any], bucket: tuple[float, float], at_once: int
) -> None:
    world = World(*bucket)
    for shape, share, latency in calls:
        while world.under_way() >= at_once:
            world.step()
        requested = (7.0, 60.0, 333.0, 990.0)[shape]
        world.call(shape, requested, round(1 + share * (requested - 1)), latency)
    while world.step():
        pass
    assert world.refused == 0
    assert world.done == len(calls)


@pytest.mark.parametrize("at_once", [1, 8, 32])
def test_a_drain_takes_no_longer_than_the_bucket_makes_it(at_once: int) -> None:
    world = World(1000, 500)
    for _ in range(600):
        while world.under_way() >= at_once:
            world.step()
        world.call(1, 60, 45, (0.01, 0.02, 0.01))
    while world.step():
        pass
    limit = (600 * 45 - 1000) / 500
    latency_limit = 600 * 0.04 / at_once
    assert world.refused == 0
    assert world.now <= 1.05 * max(limit, latency_limit)


@pytest.fixture
def crowd() -> Any:
    """A throttle whose time stands still until the test moves it, for real threads."""

    class Crowd:
        def __init__(self) -> None:
            self.now = 0.0
            self.left: list[str] = []
            self.threads: list[threading.Thread] = []
            self.throttle = Throttle(clock=lambda: self.now, wait=lambda turn, _seconds: turn.wait(0.005))

        def arrive(self, name: str, *, urgent: bool) -> None:
            before = self.waiting()

            def work() -> None:
                call = self.throttle.take(SHOP, "A", estimate=lambda: 10, urgent=urgent, deadline=1e6)
                self.left.append(name)
                self.throttle.settle(SHOP, call, None)

            thread = threading.Thread(target=work)
            thread.start()
            self.threads.append(thread)
            while self.waiting() == before and not self.left:
                threading.Event().wait(0.001)

        def waiting(self) -> int:
            reading = self.throttle.snapshot(SHOP)
            return reading.waiting if reading else 0

        def finish(self) -> None:
            while any(thread.is_alive() for thread in self.threads):
                self.now += 0.05
                threading.Event().wait(0.002)

    return Crowd()


def test_calls_leave_in_the_order_in_which_they_came_and_urgent_ones_first(crowd: Any) -> None:
    known(crowd.throttle, 0, requested=10)
    for name in ("a", "b", "c"):
        crowd.arrive(name, urgent=False)
    for name in ("x", "y"):
        crowd.arrive(name, urgent=True)
    crowd.arrive("d", urgent=False)
    crowd.finish()
    assert crowd.left == ["x", "y", "a", "b", "c", "d"]


def test_many_threads_on_one_bucket_all_get_through(throttle: Throttle) -> None:
    free = Throttle()
    free.settle(SHOP, free.take(SHOP, "A", estimate=lambda: 1, deadline=1e12), cost(1e6, 1, 1, 1e6, 1e6))

    def work() -> None:
        for _ in range(200):
            call = free.take(SHOP, "A", estimate=lambda: 1, urgent=False, deadline=1e12)
            free.settle(SHOP, call, cost(1e6, 1, 1, 1e6, 1e6))

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    reading = free.snapshot(SHOP)
    assert reading is not None
    assert (reading.calls, reading.in_flight, reading.waiting) == (1601, 0, 0)
