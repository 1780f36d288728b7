"""The calls of one process that wait for one store: who leaves next, and what each shape costs."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from typing import Any

from atom_shopify_plugin.errors import Throttled
from atom_shopify_plugin.shopify.throttle.memory import Charge, Figures, Ledger, number

__all__ = ["Line", "Reading", "Reservation", "Ticket"]


@dataclass(slots=True)
class Reservation:
    """A call on its way: what it was charged, to be settled once."""

    shape: Hashable
    charge: Charge
    settled: bool = False


@dataclass(frozen=True, slots=True)
class Reading:
    """The state of one store's bucket: points, points per second, calls under way and calls that wait.

    `maximum`, `rate` and `available` are None until Shopify has answered once. `throttled` counts refusals. With a
    shared ledger `available` is what all processes together may still take; the rest belongs to this process.
    """

    available: float | None
    maximum: float | None
    rate: float | None
    in_flight: int
    waiting: int
    calls: int
    throttled: int


class Ticket:
    """One call that wants to leave. It gets a condition of its own when it has to wait: only the head is woken."""

    __slots__ = ("estimate", "shape", "turn")

    def __init__(self, shape: Hashable, estimate: float) -> None:
        self.shape = shape
        self.estimate = estimate
        self.turn: threading.Condition | None = None


class Line:
    """Calls leave in the order in which they came, urgent ones before the others.

    `lock` guards the line and its ledger. `wait(condition, seconds)` must release the condition while it waits.
    """

    def __init__(
        self,
        ledger: Ledger,
        clock: Callable[[], float],
        wait: Callable[[threading.Condition, float], object],
        lock: threading.RLock,
    ) -> None:
        self.ledger = ledger
        self.clock = clock
        self.wait = wait
        self.lock = lock
        self.urgent: deque[Ticket] = deque()
        self.ordinary: deque[Ticket] = deque()
        self.costs: dict[Hashable, float] = {}
        self.learning: set[Hashable] = set()
        self.calls = 0
        self.throttled = 0

    def waiting(self) -> int:
        """Return how many calls wait."""
        return len(self.urgent) + len(self.ordinary)

    def wake(self) -> None:
        """Let the head look again."""
        line = self.urgent or self.ordinary
        if line and line[0].turn is not None:
            line[0].turn.notify()

    def acquire(self, ticket: Ticket, urgent: bool, deadline: float) -> Reservation:
        """Wait until the ticket may leave; raise `Throttled` as soon as it is sure to miss its deadline."""
        line = self.urgent if urgent else self.ordinary
        with self.lock:
            line.append(ticket)
            try:
                while True:
                    head = (self.urgent or self.ordinary)[0]
                    left = deadline - self.clock()
                    delay = self._delay(ticket, urgent, left) if head is ticket else None
                    if delay == 0.0:
                        return self._leave(ticket)
                    # Calls under way may give points back; without any, the time to wait is certain.
                    if left <= 0 or (delay is not None and delay > left and not self.ledger.in_flight):
                        raise Throttled(
                            "Shopify's rate limit leaves no room for this call in time.",
                            retry_after=max(delay or 0.0, self._drain(urgent)),
                        )
                    ticket.turn = ticket.turn or threading.Condition(self.lock)
                    self.wait(ticket.turn, left if delay is None else min(delay, left))
            finally:
                line.remove(ticket)
                self.wake()

    def settle(self, reservation: Reservation, cost: Mapping[str, Any] | None, *, refused: bool, ran: bool) -> None:
        """Settle a call with the ``extensions.cost`` of its answer; a second time nothing happens."""
        with self.lock:
            if reservation.settled:
                return
            reservation.settled = True
            self.learning.discard(reservation.shape)
            requested = number(cost, "requestedQueryCost")
            if requested is not None:
                self.costs[reservation.shape] = max(requested, self.costs.get(reservation.shape, 0.0))
            actual = 0.0 if refused or not ran else number(cost, "actualQueryCost")
            self.throttled += refused
            figures = Figures.read(cost.get("throttleStatus")) if isinstance(cost, Mapping) else None
            self.ledger.settle(reservation.charge, actual, figures)
            self.wake()

    def reading(self) -> Reading:
        """Return the state of the bucket."""
        with self.lock:
            ledger = self.ledger
            known = ledger.maximum is not None
            return Reading(
                available=ledger.available() if known else None,
                maximum=ledger.maximum,
                rate=ledger.rate if known else None,
                in_flight=ledger.in_flight,
                waiting=self.waiting(),
                calls=self.calls,
                throttled=self.throttled,
            )

    def _price(self, ticket: Ticket) -> float:
        return self.costs.get(ticket.shape, ticket.estimate)

    def _delay(self, ticket: Ticket, urgent: bool, left: float) -> float | None:
        if ticket.shape not in self.costs and ticket.shape in self.learning:
            return None
        demand = sum(self._price(ticket) for ticket in (self.urgent if urgent else self.ordinary))
        return self.ledger.delay(self._price(ticket), demand, left, urgent=urgent)

    def _leave(self, ticket: Ticket) -> Reservation:
        price = self._price(ticket)
        if ticket.shape not in self.costs:
            self.learning.add(ticket.shape)
        self.calls += 1
        return Reservation(ticket.shape, self.ledger.charge(price))

    def _drain(self, urgent: bool) -> float:
        """Guess the seconds until all that waits before a new call has left."""
        if self.ledger.maximum is None or self.ledger.rate <= 0:
            return 1.0
        ahead = (*self.urgent,) if urgent else (*self.urgent, *self.ordinary)
        lacking = sum(self._price(ticket) for ticket in ahead) - self.ledger.available()
        return max(1.0, lacking / self.ledger.rate)
