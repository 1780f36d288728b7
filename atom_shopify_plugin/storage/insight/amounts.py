"""Amounts as whole numbers of ten-thousandths of a currency's unit: exact sums, and the same on every database."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

__all__ = ["decimal_of", "stored"]

_PARTS = Decimal(10_000)
_ONE = Decimal(1)


def stored(amount: Decimal) -> int:
    """Return an amount as ten-thousandths; what is finer is rounded, halves away from zero."""
    return int((amount * _PARTS).quantize(_ONE, ROUND_HALF_UP))


def decimal_of(parts: int) -> Decimal:
    """Return the amount of so many ten-thousandths."""
    return Decimal(int(parts)) / _PARTS
