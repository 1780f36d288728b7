"""One line for each store, shared by all threads of the process.

Shopify (shopify.dev, "API limits") refuses a call whose *requested* cost is more than what the bucket holds, restores a
fixed number of points each second, and gives back what the call did not use. Neither size nor rate is assumed here:
both are learnt from ``extensions.cost.throttleStatus`` of every answer.

How it works: calls leave in the order in which they came, and an urgent one before the others; points are taken at the
moment a call leaves; the cost of a shape (document and page sizes) is remembered; afterwards the actual cost is settled
and the lower of our figure and Shopify's is believed.
"""

from __future__ import annotations

import hashlib
import secrets
import threading
import time
from collections.abc import Callable, Hashable, Mapping
from typing import Any

from atom_shopify_plugin.process.forks import reset_after_fork
from atom_shopify_plugin.shopify.domain import ShopDomain
from atom_shopify_plugin.shopify.throttle.board import Board
from atom_shopify_plugin.shopify.throttle.courier import Courier
from atom_shopify_plugin.shopify.throttle.line import Line, Reading, Reservation, Ticket
from atom_shopify_plugin.shopify.throttle.memory import MemoryLedger
from atom_shopify_plugin.shopify.throttle.shared import SharedLedger

__all__ = ["Throttle"]

_CLOSING = 1.0  # seconds that giving back what is not used may take


class Throttle:
    """The buckets of one app, one for each store.

    With a `board` all processes that use it share them; without one each process reckons for itself. `app` keeps the
    stores of several apps on one board apart. `clock`, `wait` and `courier` exist for simulations:
    `wait(condition, seconds)` must release the condition while it waits.
    """

    def __init__(
        self,
        *,
        clock: Callable[[], float] = time.monotonic,
        wait: Callable[[threading.Condition, float], object] = threading.Condition.wait,
        board: Board | None = None,
        app: str = "",
        courier: Courier | None = None,
    ) -> None:
        self.clock = clock
        self.board = board
        self._wait = wait
        self._app = app
        self._courier = courier or Courier()
        reset_after_fork(self)

    def reset(self) -> None:
        """Begin without lines, as a forked child does: a lock may be held by a thread that does not exist there."""
        self._lock = threading.Lock()
        self._lines: dict[ShopDomain, Line] = {}
        self._holder = secrets.token_hex(8)

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
        line = self._line(shop)
        ticket = Ticket(shape, 0.0 if shape in line.costs else estimate())
        return line.acquire(ticket, urgent, deadline)

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
        self._line(shop).settle(reservation, cost, refused=refused, ran=ran)

    def snapshot(self, shop: ShopDomain) -> Reading | None:
        """Return the state of a store's bucket, None where no call has been made."""
        line = self._lines.get(shop)
        return None if line is None else line.reading()

    @property
    def trouble(self) -> str:
        """Why the buckets are not shared although they should be, empty where all is well."""
        return next((trouble for line in list(self._lines.values()) if (trouble := line.ledger.trouble)), "")

    def close(self) -> None:
        """Give back to other processes what this one does not use."""
        for line in list(self._lines.values()):
            line.ledger.close()
        self._courier.drain(_CLOSING)
        if self.board is not None:
            self.board.close()

    def _line(self, shop: ShopDomain) -> Line:
        line = self._lines.get(shop)
        if line is None:
            with self._lock:
                line = self._lines.get(shop) or self._lines.setdefault(shop, self._new_line(shop))
        return line

    def _new_line(self, shop: ShopDomain) -> Line:
        lock = threading.RLock()
        if self.board is None:
            return Line(MemoryLedger(self.clock), self.clock, self._wait, lock)
        # No name of a store on the board: it may be a server that others use, too.
        key = hashlib.sha256(f"{self._app}|{shop}".encode()).hexdigest()[:32]
        ledger = SharedLedger(self.board, key, self._holder, self._courier, clock=self.clock, lock=lock)
        line = Line(ledger, self.clock, self._wait, lock)
        ledger.waiting, ledger.wake = line.waiting, line.wake
        return line
