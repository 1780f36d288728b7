"""Several processes that share one bucket of Shopify's, in simulated time."""

from __future__ import annotations

import heapq
import itertools
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from atom_shopify_plugin.shopify.throttle import LedgerAway
from atom_shopify_plugin.shopify.throttle.courier import Inline
from atom_shopify_plugin.shopify.throttle.memory import Figures
from atom_shopify_plugin.shopify.throttle.shared import SharedLedger

T = TypeVar("T")


class PaperBoard:
    """A board in memory, whose clock can be set; while it is `away` nobody reaches it, with a `defect` it raises it."""

    name = "paper"

    def __init__(self, clock: Callable[[], float]) -> None:
        self.clock = clock
        self.step = 0.0
        self.away = False
        self.lose_next = False
        self.defect: Exception | None = None
        self.texts: dict[str, str] = {}
        self.updates = 0

    def update(self, key: str, change: Callable[[str | None, float], tuple[str, T]]) -> T:
        if self.away:
            raise LedgerAway("it is away")
        if self.defect is not None:
            raise self.defect
        self.updates += 1
        self.texts[key], value = change(self.texts.get(key), 1e9 + self.clock() + self.step)
        if self.lose_next:
            self.lose_next = False
            raise LedgerAway("the answer was lost")
        return value

    def close(self) -> None: ...


class SlowCourier(Inline):
    """Visits one after the other, each of which takes some seconds."""

    def __init__(self, town: Town, seconds: float) -> None:
        self.town, self.seconds = town, seconds
        self.jobs: deque[Callable[[], None]] = deque()

    def run(self, job: Callable[[], None]) -> bool:
        self.jobs.append(job)
        if len(self.jobs) == 1:
            self.town.later(self.seconds, self.visit)
        return False

    def visit(self) -> None:
        self.jobs[0]()
        self.jobs.popleft()
        if self.jobs:
            self.town.later(self.seconds, self.visit)


@dataclass
class Call:
    requested: float
    actual: float
    latency: tuple[float, float, float]
    urgent: bool = False
    asked: float = 0.0
    left: float = 0.0


class Process:
    """One process: its ledger, and the calls that wait in it, the urgent ones first."""

    def __init__(self, town: Town, name: str) -> None:
        self.town = town
        courier = SlowCourier(town, town.visit) if town.visit else Inline()
        self.ledger = SharedLedger(town.board, "shop", name, courier, clock=lambda: town.now, lock=threading.RLock())
        if town.visit:
            self.ledger.wake = self.look
        self.ledger.waiting = lambda: len(self.urgent) + len(self.ordinary)
        self.urgent: deque[Call] = deque()
        self.ordinary: deque[Call] = deque()
        self.alive = True
        self.alarm = 0

    def ask(self, call: Call) -> None:
        call.asked = self.town.now
        (self.urgent if call.urgent else self.ordinary).append(call)
        self.look()

    def look(self, alarm: int | None = None) -> None:
        if not self.alive or alarm not in (None, self.alarm):
            return
        self.alarm += 1
        while line := self.urgent or self.ordinary:
            call = line[0]
            demand = sum(waiting.requested for waiting in line)
            delay = self.ledger.delay(call.requested, demand, 1e6, urgent=call.urgent)
            if delay != 0.0:
                if delay is not None:
                    self.town.later(delay, partial(self.look, self.alarm))
                return
            line.popleft()
            self.town.send(self, call)

    def upkeep(self) -> None:
        if self.alive:
            again = self.ledger.upkeep()
            self.town.later(again or 0.25, self.upkeep)


class Town:
    """A Shopify bucket, and processes that call it; a visit to the board takes `visit` seconds."""

    def __init__(self, size: float, rate: float, processes: int, visit: float = 0.0) -> None:
        self.visit = visit
        self.now = 0.0
        self.size, self.rate, self.level, self.at = size, rate, size, 0.0
        self.events: list[tuple[float, int, Callable[[], None]]] = []
        self.number = itertools.count()
        self.board = PaperBoard(lambda: self.now)
        self.refused = 0
        self.used = 0.0
        self.done: list[Call] = []
        self.on_done: Callable[[Process], None] = lambda _process: None
        self.processes = [self.start(f"p{index}") for index in range(processes)]

    def start(self, name: str) -> Process:
        process = Process(self, name)
        self.later(0.25, process.upkeep)
        return process

    def later(self, seconds: float, happen: Callable[[], None]) -> None:
        heapq.heappush(self.events, (self.now + seconds, next(self.number), happen))

    def run(self, until: Callable[[], bool]) -> None:
        while not until():
            self.now, _, happen = heapq.heappop(self.events)
            happen()
            assert self.now < 2e4

    def run_for(self, seconds: float) -> None:
        end = self.now + seconds
        self.later(seconds, lambda: None)
        self.run(lambda: self.now >= end)

    def restored(self) -> float:
        self.level = min(self.size, self.level + self.rate * (self.now - self.at))
        self.at = self.now
        return self.level

    def send(self, process: Process, call: Call) -> None:
        call.left = self.now
        charge = process.ledger.charge(call.requested)

        def arrive() -> None:
            if self.restored() + 1e-6 < call.requested:
                self.refused += 1
                figures = Figures(self.size, self.rate, float(int(self.level)))
                self.later(call.latency[2], lambda: settle(0.0, figures, refused=True))
            else:
                self.level -= call.requested
                self.later(call.latency[1], finish)

        def finish() -> None:
            self.level = min(self.size, self.restored() + call.requested - call.actual)
            self.used += call.actual
            figures = Figures(self.size, self.rate, float(int(self.level)))
            self.later(call.latency[2], lambda: settle(call.actual, figures, refused=False))

        def settle(actual: float, figures: Figures, *, refused: bool) -> None:
            if not process.alive:
                return
            process.ledger.settle(charge, actual, figures)
            if refused:
                process.ask(call)
            else:
                self.done.append(call)
                self.on_done(process)
            process.look()

        self.later(call.latency[0], arrive)
