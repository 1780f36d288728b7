"""The counters of one process. `storage.calls.counters` adds them to those of all other processes.

Counting takes a lock and a look into a dictionary: a few microseconds, and never the database.
"""

from __future__ import annotations

import threading
from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import NamedTuple

from atom_shopify_plugin.process.forks import reset_after_fork

__all__ = ["NOT_A_HISTOGRAM", "Cell", "Family", "Meter", "acting", "action_at_work"]

NOT_A_HISTOGRAM = -1
"""The bucket of a counter."""

_MOST_CELLS = 20_000  # bounds the memory while the database is away

_Key = tuple[str, tuple[str, ...], str, int]  # a `Cell` takes ten times as long to make
_ACTION: ContextVar[str] = ContextVar("action", default="(none)")


@dataclass(frozen=True, slots=True)
class Family:
    """A metric: its name as Prometheus shows it, one sentence about it, and the names of its labels.

    With `bounds`, the upper ends of its buckets in seconds, it is a histogram, else a counter. `by_store` allows the
    label ``shop``, which has a value only where the operator wants it. `zeros` are the labels of series that are shown
    before anything is counted: Prometheus sees no increase in a series that begins with 1.
    """

    name: str
    about: str
    labels: tuple[str, ...] = ()
    bounds: tuple[float, ...] = ()
    by_store: bool = False
    zeros: tuple[tuple[str, ...], ...] = ()


class Cell(NamedTuple):
    """One row of a family: the values of its labels, the store or "", and the bucket."""

    name: str
    labels: tuple[str, ...]
    shop: str
    bucket: int


class Meter:
    """Counts for one process, until somebody takes what was counted; safe for threads.

    `by_store` keeps the name of the store where a family allows that. `awake` is called whenever there is something to
    take again.
    """

    def __init__(self, *, by_store: bool = False) -> None:
        self._by_store = by_store
        self.awake: Callable[[], None] = lambda: None
        reset_after_fork(self)

    def reset(self) -> None:
        """Begin at zero, as a forked child does: what the parent counted, the parent writes."""
        self._lock = threading.Lock()
        self._cells: dict[_Key, list[float]] = {}

    def count(self, family: Family, *labels: str, amount: float = 1.0, shop: object = "") -> None:
        """Add `amount` to a counter."""
        self._add((family.name, labels, str(shop) if self._by_store else "", NOT_A_HISTOGRAM), amount)

    def observe(self, family: Family, seconds: float, *labels: str) -> None:
        """Put a duration into a histogram."""
        self._add((family.name, labels, "", bisect_left(family.bounds, seconds)), seconds)

    def waits(self) -> bool:
        """Tell whether there is something to take."""
        return bool(self._cells)

    def take(self) -> dict[Cell, list[float]]:
        """Return what was counted since the last time, as (count, sum) by cell, and begin at zero."""
        with self._lock:
            cells, self._cells = self._cells, {}
        return {Cell(*key): values for key, values in cells.items()}

    def give_back(self, cells: Mapping[Cell, list[float]]) -> None:
        """Add what was taken and could not be written."""
        with self._lock:
            for cell, (count, total) in cells.items():
                kept = self._cells.setdefault(cell, [0, 0.0])
                kept[0] += count
                kept[1] += total

    def _add(self, cell: _Key, amount: float) -> None:
        with self._lock:
            first = not self._cells
            values = self._cells.get(cell)
            if values is not None:
                values[0] += 1
                values[1] += amount
            elif len(self._cells) < _MOST_CELLS:
                self._cells[cell] = [1, amount]
        if first:
            self.awake()


@contextmanager
def acting(action: str) -> Iterator[None]:
    """Let calls to Shopify inside the block count as those of an action."""
    token = _ACTION.set(action)
    try:
        yield
    finally:
        _ACTION.reset(token)


def action_at_work() -> str:
    """Return the key of the action that this thread runs, ``(none)`` for what no action asked for."""
    return _ACTION.get()
