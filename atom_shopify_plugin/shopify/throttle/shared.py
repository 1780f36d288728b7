"""The ledger that processes share: each takes points for a short slice, and gives back what it doesn't use.

Two views decide together. The hand has the points that the pool of all processes granted. Our own view, a
`MemoryLedger`, follows Shopify's answers: it holds a call back where others use the bucket, and it alone decides while
the board of the pool can't be reached. No call waits longer than `PATIENCE` for the board.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import replace

from atom_shopify_plugin.shopify.throttle.board import Board, LedgerAway
from atom_shopify_plugin.shopify.throttle.courier import Courier
from atom_shopify_plugin.shopify.throttle.memory import SHORTEST, Charge, Figures, MemoryLedger
from atom_shopify_plugin.shopify.throttle.pool import LEASE, SLICE, Ask, Grant, visit

__all__ = ["PATIENCE", "SharedLedger"]

log = logging.getLogger(__name__)

PATIENCE = 0.25
"""Seconds that a call waits for the board, before our own view decides."""

_AGAIN = 1.0  # seconds between two visits to a board that is away
_SOON = 0.05  # seconds for which points may lie unused while others wait for some
_ENOUGH = 1e-9


class SharedLedger:
    """One store's bucket, shared through a board under `key`.

    `lock` is the line's, `waiting` says how many calls wait in it, and `wake` lets the first of them look again.
    """

    def __init__(
        self,
        board: Board,
        key: str,
        holder: str,
        courier: Courier,
        *,
        clock: Callable[[], float],
        lock: threading.RLock,
    ) -> None:
        self._board, self._key, self._holder, self._courier = board, key, holder, courier
        self._clock, self._lock = clock, lock
        self.waiting: Callable[[], int] = lambda: 0
        self.wake: Callable[[], None] = lambda: None
        self._own = MemoryLedger(clock)
        self._hand = 0.0
        self._grant: Grant | None = None  # the last visit's
        self._queued = self._for_urgent = False  # in the pool's queue, and whether for an urgent call
        self._kept = self._spent = self._noted = self._demand = 0.0
        self._floor: float | None = None
        self._visited = self._used = self._asked = self._next = clock()
        self._late = self._next
        self._asking = False
        self.trouble = ""
        """Why the board can't be used, empty while it can."""

    @property
    def maximum(self) -> float | None:
        """The size of the bucket."""
        return self._own.maximum

    @property
    def rate(self) -> float:
        """Points restored per second."""
        return self._own.rate

    @property
    def in_flight(self) -> int:
        """This process's calls under way."""
        return self._own.in_flight

    @property
    def holds(self) -> bool:
        """Whether the pool has noted points as this process's."""
        return self._kept > _ENOUGH

    def available(self) -> float:
        """See `Ledger`; what other processes hold is not available to this one."""
        own = self._own.available()
        if self.trouble or self._grant is None or self._grant.maximum is None:
            return own
        restored = self._grant.level - self._grant.wanted + self.rate * (self._clock() - self._visited)
        return min(own, self._hand + max(0.0, restored))

    def delay(self, need: float, demand: float, left: float, *, urgent: bool) -> float | None:
        """See `Ledger`."""
        now = self._clock()
        if self._asking and now - self._asked > PATIENCE:
            self._leave_board("it does not answer")
        if self.trouble:
            if now >= self._next:
                self._visit(now)
            if self.trouble:  # a visit may have ended it
                return self._own.delay(need, urgent=urgent)
        if now - self._visited > 0.8 * LEASE:
            self._hand = 0.0  # our lease may be over, and the points somebody else's
        if self._known() and self._hand + _ENOUGH >= need:
            return self._own.delay(need, urgent=True)
        if self._asking:
            return max(SHORTEST, PATIENCE - (now - self._asked))
        if self._grant is not None and self._grant.probe:
            return self._own.delay(need, urgent=True)
        passes = self._queued and urgent and not self._for_urgent
        short = left < self._next - now and now - self._visited >= _SOON  # the last visit was for another call
        if now < self._next and not passes and not short:
            late = not self._queued and self._late - now > left
            return max(SHORTEST, (self._late if late else self._next) - now)
        if self._visit(now, need, demand, left, urgent=urgent):
            return self.delay(need, demand, left, urgent=urgent)
        return PATIENCE

    def charge(self, points: float) -> Charge:
        """See `Ledger`."""
        self._used = self._clock()
        self._demand += points
        charge = self._own.charge(points)
        if not self.trouble and self._grant is not None and self._known():
            charge.granted, charge.mark = True, self._grant.mark
            self._hand = max(0.0, self._hand - points)
        self._courier.watch(self)
        return charge

    def settle(self, charge: Charge, actual: float | None, figures: Figures | None) -> None:
        """See `Ledger`."""
        self._own.settle(charge, actual, figures)
        self._used = self._clock()
        used = charge.points if actual is None else actual
        self._spent += used
        if charge.granted and not self.trouble:
            self._hand = max(0.0, self._hand + charge.points - used)
        if figures is not None and charge.mark is not None:
            self._floor = figures.level + used + charge.mark
        if not self.trouble and not self._known():
            self._visit(self._used)  # tell the others what is known now, or let one of them try
        elif self._scarce() and self._hand > _ENOUGH:
            self._next = min(self._next, max(self._used, self._visited + _SOON))  # others can use what came back

    def upkeep(self, *, closing: bool = False) -> float | None:
        """Give back what is not used, renew the lease; return the seconds until the next time, None for never."""
        with self._lock:
            now = self._clock()
            if self.trouble and not closing:
                if now >= self._next:
                    self._visit(now)
                return _AGAIN
            pause = _SOON if self._scarce() else SLICE
            unused = self._hand > _ENOUGH or self._queued
            if unused and (closing or (not self.waiting() and now - self._used >= pause)):
                self._visit(now, back=True)
            elif self._kept > _ENOUGH and (closing or now - self._visited > LEASE / 3):
                self._visit(now)
            if self._hand > _ENOUGH or self._queued:
                return SLICE if self.waiting() else max(_SOON / 2, pause - (now - self._used))
            return LEASE / 3 if self._kept > _ENOUGH or self._own.in_flight or self._asking else None

    def close(self) -> None:
        """See `Ledger`."""
        self.upkeep(closing=True)

    def _known(self) -> bool:
        return self._grant is not None and self._grant.maximum is not None

    def _scarce(self) -> bool:
        """Return whether other processes wait for points, as far as is known."""
        grant = self._grant
        return not self.trouble and grant is not None and grant.processes > 1 and grant.level <= grant.wanted

    def _visit(
        self,
        now: float,
        need: float = 0.0,
        demand: float = 0.0,
        left: float = 0.0,
        *,
        urgent: bool = False,
        back: bool = False,
    ) -> bool:
        """Send a visit to the board, one at a time; return whether it is over already.

        What is at hand goes back where a call needs more than that, or with `back`: it must not lie unused.
        """
        if self._asking:
            return False
        own = self._own
        if need > 0 or back:
            self._hand = 0.0
        recent = SLICE * self._demand / max(SLICE / 4, now - self._visited)
        ask = Ask(
            holder=self._holder,
            epoch=self._grant.epoch if self._grant else None,
            held=own.outstanding + self._hand,
            kept=self._kept,
            spent=self._spent,
            noted=self._noted,
            least=need,
            most=max(demand, recent),
            urgent=urgent,
            within=max(0.0, left),
            maximum=own.maximum,
            rate=own.rate,
            level=own.available() - self._hand if own.maximum is not None else None,
            floor=self._floor,
        )
        self._asking, self._asked = True, now
        return self._courier.run(lambda: self._exchange(ask, now))

    def _exchange(self, ask: Ask, sent: float) -> None:
        """Visit the board. It runs without the lock."""
        before = self._visited if self._grant else None

        def change(text: str | None, now: float) -> tuple[str, Grant]:
            return visit(text, now, replace(ask, elapsed=None if before is None else self._clock() - before))

        reason = "a visit failed; the log says how"
        try:
            grant = self._board.update(self._key, change)
        except Exception as error:
            if isinstance(error, LedgerAway):
                reason = str(error)
            else:
                log.exception("A visit to the shared rate limit failed.")
            with self._lock:
                self._fail(reason)
            return
        with self._lock:
            self._take_over(ask, grant, sent)
            self.wake()

    def _take_over(self, ask: Ask, grant: Grant, sent: float) -> None:
        own, now = self._own, self._clock()
        if self.trouble:
            log.warning("The rate limit is shared with other processes again, through %s.", self._board.name)
            self.trouble, own.part, self._hand = "", 1.0, 0.0
            own.level = max(own.available(), grant.level + grant.held - own.outstanding)
        self._hand += grant.points
        if own.maximum is None and grant.maximum is not None:
            own.maximum, own.rate, own.at = grant.maximum, grant.rate, now
            own.level = min(grant.maximum, grant.level + grant.held)
        self._grant, self._asking, self._visited = grant, False, sent
        self._noted, self._kept = ask.spent, ask.held + grant.points
        self._floor, self._demand = None, 0.0
        self._queued, self._for_urgent = grant.queued, ask.urgent
        self._late = now + grant.wait + SHORTEST  # the clocks round
        if not grant.queued:
            self._next = now + min(grant.wait, SLICE)
        elif grant.processes > 1 and grant.wait > 2 * _SOON:
            # What others give back brings our turn forward, and urgent calls of others put it off.
            self._next = now + min(grant.wait / 2, LEASE / 3)
        else:
            self._next = self._late
        self._courier.watch(self)

    def _fail(self, reason: str) -> None:
        self._asking = False
        self._leave_board(reason)
        self.wake()

    def _leave_board(self, reason: str) -> None:
        """Continue with what this process knows by itself: a part of the bucket, as there were other processes."""
        self._next = self._clock() + _AGAIN
        if not self.trouble:
            log.warning("The rate limit is not shared with other processes for now: %s: %s.", self._board.name, reason)
            own = self._own
            if own.maximum is not None:
                own.available()
            own.part = 1.0 / (self._grant.processes if self._grant else 1)
            own.level *= own.part if own.level > 0 else 1.0
            self._hand = 0.0
        self.trouble = reason
