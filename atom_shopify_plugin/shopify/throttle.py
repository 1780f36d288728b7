"""Shopify's cost bucket as this process sees it, one per store, shared by all threads.

Shopify (shopify.dev, "API limits") refuses a call whose *requested* cost is more than what the bucket holds, restores a
fixed number of points each second, and gives back what the call did not use. Neither size nor rate is assumed here:
both are learnt from ``extensions.cost.throttleStatus`` of every answer.

How it works: calls leave in the order in which they came, and an urgent one before the others; points are taken at the
moment a call leaves; the cost of a shape (document and page sizes) is remembered; afterwards the actual cost is settled
and the lower of our figure and Shopify's is believed.
"""

from __future__ import annotations

import os
import threading
import time
from collections import deque
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from typing import Any

from atom_shopify_plugin.errors import Throttled
from atom_shopify_plugin.shopify.domain import ShopDomain

__all__ = ["Reading", "Reservation", "Throttle"]

# A wait shorter than this is not worth the waking up, and rounding could make it come to nothing.
_SHORTEST = 0.001
# Ordinary calls leave this many seconds of restored points in the bucket, so that an urgent one finds some.
_HEADROOM = 0.05


@dataclass(slots=True)
class Reservation:
    """A call on its way: what it was charged, to be settled once.

    `beside` is what was under way when it left and `spent` the sum of all charges until then: between them they name
    every call that Shopify's next figure may not hold yet.
    """

    shape: Hashable
    charged: float
    beside: float
    spent: float
    settled: bool = False


@dataclass(frozen=True, slots=True)
class Reading:
    """The state of one store's bucket: points, points per second, calls under way and calls that wait.

    `maximum`, `rate` and `available` are None until Shopify has answered once. `throttled` counts refusals.
    """

    available: float | None
    maximum: float | None
    rate: float | None
    in_flight: int
    waiting: int
    calls: int
    throttled: int


class _Ticket:
    """One call that wants to leave. It gets a condition of its own when it has to wait: only the head is woken."""

    __slots__ = ("estimate", "shape", "turn")

    def __init__(self, shape: Hashable, estimate: float) -> None:
        self.shape = shape
        self.estimate = estimate
        self.turn: threading.Condition | None = None


class _Bucket:
    def __init__(self, clock: Callable[[], float], wait: Callable[[threading.Condition, float], object]) -> None:
        self.clock = clock
        self.wait = wait
        self.lock = threading.Lock()
        self.urgent: deque[_Ticket] = deque()
        self.ordinary: deque[_Ticket] = deque()
        self.costs: dict[Hashable, float] = {}
        self.learning: set[Hashable] = set()
        self.maximum: float | None = None
        self.rate = 0.0
        self.level = 0.0
        self.at = 0.0
        self.in_flight = 0
        self.outstanding = 0.0
        self.spent = 0.0
        self.calls = 0
        self.throttled = 0

    def available(self) -> float:
        """Bring the level up to now. Only for a bucket whose size is known.

        What is under way may not have reached Shopify yet, and there a full bucket gains nothing meanwhile.
        """
        now = self.clock()
        if now > self.at:
            ceiling = (self.maximum or 0.0) - self.outstanding
            self.level = max(self.level, min(ceiling, self.level + self.rate * (now - self.at)))
        self.at = now
        return self.level

    def delay(self, ticket: _Ticket, urgent: bool) -> float | None:
        """Return the seconds until this call may leave, 0 for now, None when another call has to come back first."""
        known = self.costs.get(ticket.shape)
        if self.maximum is None:
            # Nothing is known of this store: one call goes ahead and brings the numbers back.
            return None if self.in_flight else 0.0
        if known is None and ticket.shape in self.learning:
            return None
        need = self.price(ticket)
        if not urgent:
            need += _HEADROOM * self.rate
        lacking = min(need, self.maximum) - self.available()
        if lacking <= 1e-9:
            return 0.0
        return max(_SHORTEST, lacking / self.rate)

    def price(self, ticket: _Ticket) -> float:
        return self.costs.get(ticket.shape, ticket.estimate)

    def leave(self, ticket: _Ticket) -> Reservation:
        charged = self.price(ticket)
        if ticket.shape not in self.costs:
            self.learning.add(ticket.shape)
        self.level -= charged
        self.spent += charged
        reservation = Reservation(ticket.shape, charged, self.outstanding, self.spent)
        self.in_flight += 1
        self.outstanding += charged
        self.calls += 1
        return reservation

    def wake(self) -> None:
        line = self.urgent or self.ordinary
        if line and line[0].turn is not None:
            line[0].turn.notify()

    def acquire(self, ticket: _Ticket, urgent: bool, deadline: float) -> Reservation:
        line = self.urgent if urgent else self.ordinary
        with self.lock:
            line.append(ticket)
            try:
                while True:
                    head = (self.urgent or self.ordinary)[0]
                    delay = self.delay(ticket, urgent) if head is ticket else None
                    if delay == 0.0:
                        return self.leave(ticket)
                    left = deadline - self.clock()
                    # Calls under way may give points back; without any, the time to wait is certain.
                    if left <= 0 or (delay is not None and delay > left and not self.in_flight):
                        raise Throttled(
                            "Shopify's rate limit leaves no room for this call in time.",
                            retry_after=max(delay or 0.0, self._drain(urgent)),
                        )
                    ticket.turn = ticket.turn or threading.Condition(self.lock)
                    self.wait(ticket.turn, left if delay is None else min(delay, left))
            finally:
                line.remove(ticket)
                self.wake()

    def _drain(self, urgent: bool) -> float:
        """Guess the seconds until all that waits before a new call has left."""
        if self.maximum is None or self.rate <= 0:
            return 1.0
        ahead = (*self.urgent,) if urgent else (*self.urgent, *self.ordinary)
        lacking = sum(self.price(ticket) for ticket in ahead) - self.available()
        return max(1.0, lacking / self.rate)

    def settle(self, reservation: Reservation, cost: Mapping[str, Any] | None, *, refused: bool, ran: bool) -> None:
        with self.lock:
            if reservation.settled:
                return
            reservation.settled = True
            if self.maximum is not None:
                self.available()
            self.in_flight = max(0, self.in_flight - 1)
            self.outstanding = max(0.0, self.outstanding - reservation.charged) if self.in_flight else 0.0
            self.learning.discard(reservation.shape)
            requested = _number(cost, "requestedQueryCost")
            if requested is not None:
                self.costs[reservation.shape] = max(requested, self.costs.get(reservation.shape, 0.0))
            actual = 0.0 if refused or not ran else _number(cost, "actualQueryCost")
            self.throttled += refused
            # An answer without a cost, or none at all: the points count as spent until Shopify's figure says more.
            if self.maximum is not None and actual is not None:
                self.level += reservation.charged - actual
            self._believe(reservation, cost.get("throttleStatus") if isinstance(cost, Mapping) else None)
            self.wake()

    def _believe(self, reservation: Reservation, status: Any) -> None:
        """Take over Shopify's numbers.

        Its level may lack calls that are still on their way to it, ours lacks what others took: the lower one counts.
        Ours may also have lost points to answers that never came, so it is lifted to what is certainly there: Shopify's
        level less every call that it may not have seen, those that left before and those that left since.
        """
        maximum, rate = _number(status, "maximumAvailable"), _number(status, "restoreRate")
        level = _number(status, "currentlyAvailable")
        if not maximum or not rate or level is None:
            return
        certain = level - reservation.beside - (self.spent - reservation.spent)
        if self.maximum is None:
            self.level, self.at = certain, self.clock()
        else:
            self.level = max(min(self.level, level), certain)
        self.maximum, self.rate = maximum, rate


class Throttle:
    """The buckets of one app, one for each store; shared by all threads of the process.

    `clock` and `wait` exist for simulations: `wait(condition, seconds)` must release the condition while it waits.
    """

    def __init__(
        self,
        *,
        clock: Callable[[], float] = time.monotonic,
        wait: Callable[[threading.Condition, float], object] = threading.Condition.wait,
    ) -> None:
        self.clock = clock
        self._wait = wait
        self._lock = threading.Lock()
        self._buckets: dict[ShopDomain, _Bucket] = {}
        self._pid = os.getpid()

    def take(
        self,
        shop: ShopDomain,
        shape: Hashable,
        *,
        estimate: Callable[[], float],
        urgent: bool = True,
        deadline: float,
    ) -> Reservation:
        """Wait until a call of this shape may leave, and charge it.

        `estimate` gives the points to reckon with until Shopify has told what the shape costs; such a call goes alone
        among its kind.
        `deadline` is a time of the clock; raise `Throttled` with `retry_after` as soon as it is sure to be missed.
        Every call taken must be settled.
        """
        bucket = self._bucket(shop)
        ticket = _Ticket(shape, 0.0 if shape in bucket.costs else estimate())
        return bucket.acquire(ticket, urgent, deadline)

    def settle(
        self,
        shop: ShopDomain,
        reservation: Reservation,
        cost: Mapping[str, Any] | None,
        *,
        refused: bool = False,
        ran: bool = True,
    ) -> None:
        """Settle a call with the ``extensions.cost`` of its answer, None where there was none.

        `refused` tells that Shopify throttled it, `ran` False that it never got there: neither costs points.
        """
        self._bucket(shop).settle(reservation, cost, refused=refused, ran=ran)

    def snapshot(self, shop: ShopDomain) -> Reading | None:
        """Return the state of a store's bucket, None where no call has been made."""
        bucket = self._buckets.get(shop)
        if bucket is None:
            return None
        with bucket.lock:
            known = bucket.maximum is not None
            return Reading(
                available=bucket.available() if known else None,
                maximum=bucket.maximum,
                rate=bucket.rate if known else None,
                in_flight=bucket.in_flight,
                waiting=len(bucket.urgent) + len(bucket.ordinary),
                calls=bucket.calls,
                throttled=bucket.throttled,
            )

    def _bucket(self, shop: ShopDomain) -> _Bucket:
        if self._pid != os.getpid():
            # A forked child: a lock may have been held by a thread that does not exist here.
            self._lock, self._buckets, self._pid = threading.Lock(), {}, os.getpid()
        bucket = self._buckets.get(shop)
        if bucket is None:
            with self._lock:
                bucket = self._buckets.setdefault(shop, _Bucket(self.clock, self._wait))
        return bucket


def _number(source: Any, key: str) -> float | None:
    """Read a number that may be an int, a float or missing; anything else, NaN and negatives included, is None."""
    value = source.get(key) if isinstance(source, Mapping) else None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1e12:
        return None
    return float(value)
