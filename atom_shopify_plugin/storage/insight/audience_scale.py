"""Where the scores of customers begin."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

__all__ = ["Scale", "scale_of"]

SCORES = (1, 2, 3, 4, 5)
FEWEST = 5
"""Customers without whom there are no classes."""
Beginnings = tuple[int | None, ...]


@dataclass(frozen=True, slots=True)
class Scale:
    """Where each score from 1 to 5 begins, None where nobody has it.

    `recency` holds the ordinals of days, `frequency` numbers of orders, `monetary` ten-thousandths. `customers` are
    those with an order that counts.
    """

    today: int
    customers: int
    recency: Beginnings
    frequency: Beginnings
    monetary: Beginnings

    @property
    def has_classes(self) -> bool:
        """Whether there are customers enough to compare them."""
        return self.customers >= FEWEST


def scale_of(values: Iterable[tuple[int, int]], customers: int) -> Beginnings:
    """Return where the scores begin; `values` are (value, how many customers have it), the worst first.

    A score is 1 and one more for each full fifth of the customers that have a worse value.
    """
    found: dict[int, int] = {}
    worse = 0
    for value, count in values:
        found.setdefault(1 + 5 * worse // customers, value)
        worse += count
    return tuple(found.get(score) for score in SCORES)
