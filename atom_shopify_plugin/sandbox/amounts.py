"""Amounts in two currencies: the one that an order is kept in, and the one in which the buyer saw its prices.

Money is a plain `Decimal` while both are the shop's currency, as in nearly all orders.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, NamedTuple

__all__ = ["Amount", "Currencies", "in_currencies"]


class Currencies(NamedTuple):
    """The currency of an order, that of its buyer, and how much of the buyer's stands for one of the order's."""

    order: str
    buyer: str
    rate: Decimal = Decimal(1)


CENT = Decimal("0.01")


class Amount(Decimal):
    """An amount in an order's currency (its own value) and in the buyer's (`presentment`).

    Sums, differences and multiples of it have both; a plain number counts in both currencies.
    """

    __slots__ = ("currencies", "presentment")
    currencies: Currencies
    presentment: Decimal

    def __new__(cls, value: Decimal, presentment: Decimal, currencies: Currencies) -> Amount:
        made = super().__new__(cls, value)
        made.presentment = Decimal(presentment)
        made.currencies = currencies
        return made

    def __reduce__(self) -> tuple[Any, ...]:
        return Amount, (Decimal(self), self.presentment, self.currencies)

    def __copy__(self) -> Amount:
        return self

    def __deepcopy__(self, _memo: Any) -> Amount:
        return self

    def quantize(self, *args: Any, **kwargs: Any) -> Amount:
        exact, shown = Decimal(self), self.presentment
        return Amount(exact.quantize(*args, **kwargs), shown.quantize(*args, **kwargs), self.currencies)

    def __neg__(self, *_context: Any) -> Amount:
        return Amount(-Decimal(self), -self.presentment, self.currencies)

    def __add__(self, other: Any) -> Amount:
        return self._with(other, operator.add)

    def __radd__(self, other: Any) -> Amount:
        return self._with(other, operator.add)

    def __sub__(self, other: Any) -> Amount:
        return self._with(other, operator.sub)

    def __rsub__(self, other: Any) -> Amount:
        return self._with(other, lambda mine, theirs: theirs - mine)

    def __mul__(self, other: Any) -> Amount:
        return self._with(other, operator.mul)

    def __rmul__(self, other: Any) -> Amount:
        return self._with(other, operator.mul)

    def __truediv__(self, other: Any) -> Amount:
        return self._with(other, _quotient)

    def _with(self, other: Any, combine: Callable[[Decimal, Decimal], Decimal]) -> Amount:
        shown = other.presentment if isinstance(other, Amount) else Decimal(other)
        return Amount(combine(Decimal(self), Decimal(other)), combine(self.presentment, shown), self.currencies)


def _quotient(first: Decimal, second: Decimal) -> Decimal:
    return first / second if second else Decimal(0)


def in_currencies(value: Decimal, currencies: Currencies | None) -> Decimal:
    """Return an amount in the currencies of an order; None stands for the shop's currency alone."""
    if currencies is None or isinstance(value, Amount):
        return value
    return Amount(value, (value * currencies.rate).quantize(CENT, ROUND_HALF_UP), currencies)
