"""How fast bulk operations run, how many run at once and in which order their rows come; and what fails on demand."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from math import isfinite
from typing import Any

from atom_shopify_plugin.sandbox.bulk.storage import Storage

__all__ = ["FAULTS", "Desk", "Settings", "checked_fault"]

ORDERS = ("later", "any", "grouped")
ERROR_CODES = ("ACCESS_DENIED", "INTERNAL_SERVER_ERROR", "TIMEOUT")
# Faults of the table `sandbox.faults` that change the course of the operation which a request starts.
FAULTS: Mapping[str, frozenset[str]] = {
    "bulk_fails": frozenset({"error_code", "keep"}),
    "bulk_expired": frozenset({"status"}),
    "bulk_slow": frozenset({"rate", "start_after"}),
    "bulk_cut": frozenset({"keep"}),
    "bulk_finish_lost": frozenset(),
}


@dataclass(frozen=True, slots=True)
class Settings:
    """The pace and the limits of bulk operations; one object for all stores.

    `start_after` is how many seconds an operation stays CREATED, `rate` how many objects of the root it works off in a
    second (0: as many as it can); both are counted on the sandbox's clock. With `hold` nothing advances. `at_once` is
    how many queries and how many mutations of an app run at once in a store: five since version 2026-01, one before
    it. `order` says where the children of a query without ``groupObjects`` stand: ``later`` than their parents, at
    ``any`` place, or ``grouped`` below them; `seed` makes that order the same each time.
    """

    rate: float = 0.0
    start_after: float = 0.0
    hold: bool = False
    at_once: int = 5
    order: str = "later"
    seed: int = 1

    def changed(self, values: Mapping[str, Any]) -> Settings:
        """Return these settings with `values`; raise `ValueError` naming what is none or out of its range."""
        names = [entry.name for entry in fields(self)]
        for name, value in values.items():
            if name not in names:
                raise ValueError(f"{name!r} is no setting of bulk operations; there are {', '.join(names)}.")
            _check(name, value)
        return replace(self, **dict(values))


def _number(low: float, high: float) -> Callable[[Any], bool]:
    return lambda value: (
        isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value) and low <= value <= high
    )


def _whole(low: int, high: int) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, int) and not isinstance(value, bool) and low <= value <= high


_RANGES: Mapping[str, tuple[Callable[[Any], bool], str]] = {
    "rate": (_number(0, 10**6), "a number of objects a second, 0 for no limit"),
    "start_after": (_number(0, 10**7), "a number of seconds"),
    "hold": (lambda value: isinstance(value, bool), "true or false"),
    "at_once": (_whole(1, 100), "a whole number from 1 to 100"),
    "order": (lambda value: value in ORDERS, f"one of {', '.join(ORDERS)}"),
    "seed": (_whole(0, 2**63), "a whole number"),
    "keep": (_number(0, 1), "a share from 0 to 1"),
    "error_code": (lambda value: value in ERROR_CODES, f"one of {', '.join(ERROR_CODES)}"),
    "status": (lambda value: value in ("EXPIRED", "COMPLETED"), "EXPIRED or COMPLETED"),
}


def _check(name: str, value: Any) -> None:
    accepts, what = _RANGES[name]
    if not accepts(value):
        raise ValueError(f"`{name}` must be {what}.")


def checked_fault(spec: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what a fault of bulk operations does, by its kind; raise `ValueError` for a wrong member."""
    members = {name: spec[name] for name in FAULTS[spec["kind"]] if name in spec}
    for name, value in members.items():
        _check(name, value)
    return {spec["kind"]: members}


@dataclass
class Desk:
    """What the mutations of a store need to know of bulk operations: the storage and the settings."""

    storage: Storage
    settings: Settings
