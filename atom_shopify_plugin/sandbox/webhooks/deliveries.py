"""The queue of deliveries: due on the sandbox's clock, sent by a few threads, tried again as Shopify does.

Threads start with the first delivery and end with `close`. A delivery that fails is tried again after each of
`settings.RETRIES`, with the same body, address and webhook id; when the last of them fails, `on_exhausted` is called.
"""

from __future__ import annotations

import heapq
import threading
from collections import Counter, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from random import Random
from typing import Any

from atom_shopify_plugin.sandbox.clock import Clock
from atom_shopify_plugin.sandbox.webhooks.delivery import Delivery
from atom_shopify_plugin.sandbox.webhooks.settings import RETRIES, Chaos
from atom_shopify_plugin.sandbox.webhooks.wire import Line, Outcome, target

__all__ = ["Deliveries"]

KEPT = 150_000  # rows that are remembered
MOST_WAITING = 300_000  # a bound for a sandbox whose app never answers
REMOVED = "Its subscription was removed after failures."
Rank = tuple[float, int]


class Deliveries:
    """Everything that was sent, is on its way, or waits for its time. All methods may be called from any thread."""

    def __init__(self, clock: Clock, chaos: Chaos | None = None) -> None:
        self.on_exhausted: Callable[[Delivery], None] = lambda _delivery: None
        self._clock = clock
        self._chaos = chaos or Chaos()
        self._random = Random(self._chaos.seed)
        self._lock = threading.Lock()
        self._work = threading.Condition(self._lock)
        self._calm = threading.Condition(self._lock)
        self._rows: dict[int, Delivery] = {}
        self._finished: deque[int] = deque()
        self._count = 0
        self._later: list[tuple[float, int, Rank]] = []
        self._ready: list[tuple[Rank, int]] = []
        self._sending = 0
        self._threads: list[threading.Thread] = []
        self._lines: list[Line] = []
        self._closing = False
        self._paused = 0
        self._ended: set[str] = set()  # subscriptions that are no more
        clock.watch(self._wake)

    # -- what others see

    @property
    def chaos(self) -> Chaos:
        return self._chaos

    def change(self, values: dict[str, Any]) -> Chaos:
        """Change settings; raise `ValueError` for what is none. A `seed` starts the chances anew."""
        with self._lock:
            self._chaos = self._chaos.changed(values)
            if "seed" in values:
                self._random = Random(self._chaos.seed)
            self._work.notify_all()
            return self._chaos

    def listing(
        self, *, store: str | None = None, topic: str | None = None, status: str | None = None, since: int = 0
    ) -> Iterator[Delivery]:
        """Yield deliveries with a number above `since`, oldest first."""
        with self._lock:
            rows = list(self._rows.values())
        for row in rows:
            alike = store in (None, row.store) and topic in (None, row.topic) and status in (None, row.status)
            if alike and row.seq > since:
                yield row

    def counts(self) -> dict[str, int]:
        """Return how many deliveries there are by status."""
        with self._lock:
            return dict(Counter(row.status for row in self._rows.values()))

    def settle(self, timeout: float = 10.0) -> bool:
        """Wait until nothing that is due by the sandbox's clock is unsent; tell whether that came true in time."""
        with self._lock:
            return self._calm.wait_for(self._is_calm, timeout)

    def forget(self, chaos: Chaos | None = None) -> None:
        """Drop every delivery, also those that wait, and go back to the settings `chaos` (default: no faults)."""
        with self._lock:
            for row in self._rows.values():
                if row.status == "waiting":
                    row.status = "cancelled"
            self._rows = {seq: row for seq, row in self._rows.items() if row.status == "sending"}
            self._finished.clear()
            self._later.clear()
            self._ready.clear()
            self._ended.clear()
            self._chaos = chaos or Chaos()
            self._random = Random(self._chaos.seed)
            self._calm.notify_all()

    def close(self) -> None:
        """Stop sending and wait for the threads; what waits stays, and another delivery starts them again."""
        with self._lock:
            self._closing = True
            threads, lines = self._threads, self._lines
            self._threads, self._lines = [], []
            self._work.notify_all()
        for line in lines:
            line.close()
        for thread in threads:
            thread.join()
        with self._lock:
            self._closing = False

    # -- entering

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Send nothing new while many deliveries are entered, which goes much faster that way."""
        with self._lock:
            self._paused += 1
        try:
            yield
        finally:
            with self._lock:
                self._paused -= 1
                self._work.notify_all()

    def add(self, delivery: Delivery) -> None:
        """Put a delivery on its way, with the faults that are wanted."""
        with self._lock:
            chaos, random = self._chaos, self._random
            lost, twice = random.random() < chaos.drop, random.random() < chaos.duplicate
            again = replace(delivery, duplicate=True, attempts=[]) if twice and not lost else None
            self._enter(delivery, lost=lost)
            if again is not None:
                self._enter(again, lost=False)

    def _enter(self, delivery: Delivery, *, lost: bool) -> None:
        self._count += 1
        delivery.seq = self._count
        self._rows[delivery.seq] = delivery
        if delivery.note is not None:
            self._finish(delivery, "skipped", delivery.note)
        elif target(delivery.uri) is None:
            self._finish(delivery, "skipped", "The sandbox sends to plain http addresses of this machine only.")
        elif lost:
            self._finish(delivery, "dropped", "Lost on demand.")
        elif len(self._later) + len(self._ready) >= MOST_WAITING:
            self._finish(delivery, "dropped", f"More than {MOST_WAITING} deliveries are waiting.")
        else:
            chaos, share = self._chaos, self._random.random()
            rank = (share, delivery.seq) if chaos.shuffle else (delivery.due, delivery.seq)
            delivery.due += chaos.delay * (self._random.random() if chaos.shuffle else 1.0)
            self._plan(delivery, rank)
            self._start()

    def _plan(self, delivery: Delivery, rank: Rank | None = None) -> None:
        heapq.heappush(self._later, (delivery.due, delivery.seq, rank or (delivery.due, delivery.seq)))
        if not self._chaos.hold and not self._paused:
            self._work.notify()

    def cancel(self, subscription: str) -> None:
        """Cancel what waits for a subscription that was removed after failures."""
        with self._lock:
            self._ended.add(subscription)
            for row in self._rows.values():
                if row.subscription == subscription and row.status == "waiting":
                    self._finish(row, "cancelled", REMOVED)

    def _finish(self, delivery: Delivery, status: str, note: str | None = None) -> None:
        delivery.status, delivery.note, delivery.body, delivery.head = status, note, b"", b""
        self._finished.append(delivery.seq)
        while len(self._rows) > KEPT and self._finished:
            self._rows.pop(self._finished.popleft(), None)

    # -- sending

    def _start(self) -> None:
        while not self._closing and len(self._threads) < self._chaos.workers:
            line = Line()
            name = f"sandbox-webhooks-{len(self._threads) + 1}"
            thread = threading.Thread(target=self._run, args=(line,), name=name, daemon=True)
            self._threads.append(thread)
            self._lines.append(line)
            thread.start()

    def _wake(self) -> None:
        with self._lock:
            self._work.notify_all()

    def _run(self, line: Line) -> None:
        while (delivery := self._next()) is not None:
            where = target(delivery.uri)
            if where is not None:
                outcome = line.post(where, delivery.head, delivery.body, self._chaos.deadline)
                if self._settled(delivery, outcome):
                    self.on_exhausted(delivery)
            self._done()
        line.close()

    def _next(self) -> Delivery | None:
        """Wait for the next delivery that is due; `None` when the threads shall end."""
        with self._lock:
            while not self._closing:
                now = self._clock.time()
                self._promote(now)
                if self._ready and self._may_send():
                    delivery = self._rows.get(heapq.heappop(self._ready)[1])
                    if delivery is not None and self._may_go(delivery):
                        self._sending += 1
                        delivery.status = "sending"
                        self._work.notify()
                        return delivery
                    continue
                if self._is_calm():
                    self._calm.notify_all()
                pause = None if self._clock.frozen or not self._later else self._later[0][0] - now
                self._work.wait(None if pause is None else min(max(pause, 0.001), 60.0))
            return None

    def _may_send(self) -> bool:
        return not self._chaos.hold and not self._paused and self._sending < self._chaos.workers

    def _promote(self, now: float) -> None:
        while self._later and self._later[0][0] <= now:
            _, seq, rank = heapq.heappop(self._later)
            heapq.heappush(self._ready, (rank, seq))

    def _may_go(self, delivery: Delivery) -> bool:
        if delivery.status == "waiting" and delivery.wanted is not None and not delivery.wanted():
            self._finish(delivery, "cancelled", "The app was installed again.")
        return delivery.status == "waiting"

    def _settled(self, delivery: Delivery, outcome: Outcome) -> bool:
        """Note what came of an attempt and plan the next; tell whether it was the last one in vain."""
        with self._lock:
            now = self._clock.time()
            if self._closing and not outcome.good:  # cut off by us: as if it had not been tried
                delivery.status = "waiting"
                self._plan(delivery)
                return False
            delivery.attempts.append((now, outcome))
            tries = len(delivery.attempts)
            if outcome.good:
                self._finish(delivery, "delivered")
            elif delivery.subscription in self._ended:
                self._finish(delivery, "cancelled", REMOVED)
            elif tries > len(RETRIES):
                self._finish(delivery, "failed", f"{tries} attempts failed.")
                return True
            else:
                delivery.status = "waiting"
                delivery.due = now + RETRIES[tries - 1] * self._chaos.time_scale
                self._plan(delivery)
            return False

    def _done(self) -> None:
        with self._lock:
            self._sending -= 1
            self._work.notify()
            if self._is_calm():
                self._calm.notify_all()

    def _is_calm(self) -> bool:
        due = bool(self._later) and self._later[0][0] <= self._clock.time()
        return not (due or self._ready or self._sending)
