"""How deliveries go wrong on demand, and how fast the sandbox's retries are."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from math import isfinite
from typing import Any

from atom_shopify_plugin.sandbox.webhooks.wire import DEADLINE

__all__ = ["MOST_WORKERS", "RETRIES", "Chaos"]

# Eight retries over four hours by exponential backoff (shopify.dev, webhooks over HTTPS; changelog of 2024-09-10). The
# distances are not documented: here each is twice the one before it, and the first 56 seconds.
RETRIES = tuple(4 * 3600 / (2**8 - 1) * 2**place for place in range(8))
MOST_WORKERS = 16


@dataclass(frozen=True, slots=True)
class Chaos:
    """Faults of the deliveries that are raised from now on, and the pace of all.

    `duplicate` and `drop` are shares from 0 to 1 of the deliveries that are sent twice (under one webhook id) or never.
    `delay` holds each delivery back by so many seconds on the sandbox's clock, by a random part of them with `shuffle`,
    which sends what is due in random order. `hold` keeps everything back until it is switched off. `time_scale` shrinks
    the four hours of retries (0.001: 14.4 seconds). `deadline` is the time for one exchange, in real seconds.
    `workers` is how many are sent at once. `seed` makes the chances the same each time.
    """

    duplicate: float = 0.0
    drop: float = 0.0
    shuffle: bool = False
    delay: float = 0.0
    hold: bool = False
    time_scale: float = 1.0
    deadline: float = DEADLINE
    workers: int = 8
    seed: int = 1

    def changed(self, values: Mapping[str, Any]) -> Chaos:
        """Return these settings with `values`; raise `ValueError` naming what is none or out of its range."""
        names = [entry.name for entry in fields(self)]
        for name, value in values.items():
            if name not in names:
                raise ValueError(f"{name!r} is no setting of deliveries; there are {', '.join(names)}.")
            accepts, what = _RANGES[name]
            if not accepts(value):
                raise ValueError(f"`{name}` must be {what}.")
        return replace(self, **dict(values))


def _between(low: float, high: float) -> Callable[[Any], bool]:
    def accepts(value: Any) -> bool:
        return (
            isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value) and low <= value <= high
        )

    return accepts


def _whole(low: int, high: int) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, int) and not isinstance(value, bool) and low <= value <= high


_SWITCH: tuple[Callable[[Any], bool], str] = (lambda value: isinstance(value, bool), "true or false")
_RANGES: dict[str, tuple[Callable[[Any], bool], str]] = {
    "duplicate": (_between(0, 1), "a share from 0 to 1"),
    "drop": (_between(0, 1), "a share from 0 to 1"),
    "shuffle": _SWITCH,
    "delay": (_between(0, 10**7), "a number of seconds"),
    "hold": _SWITCH,
    "time_scale": (_between(0, 1000), "a factor from 0 to 1000"),
    "deadline": (_between(0.01, 60), "a number of seconds from 0.01 to 60"),
    "workers": (_whole(1, MOST_WORKERS), f"a whole number from 1 to {MOST_WORKERS}"),
    "seed": (_whole(0, 2**63), "a whole number"),
}
