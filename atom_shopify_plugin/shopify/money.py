"""Amounts as text, exact: decimal, never binary."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any

__all__ = ["WHOLE", "digits", "nonzero", "shown"]

# ISO 4217 currencies without a minor unit, and those with a minor unit of a thousandth.
WHOLE = frozenset(
    ("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI", "VND", "VUV", "XAF", "XOF",
     "XPF")
)  # fmt: skip
_THOUSANDTHS = frozenset(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"))


def digits(currency: str) -> int:
    """Return how many decimals amounts of a currency have."""
    return 0 if currency in WHOLE else 3 if currency in _THOUSANDTHS else 2


def shown(money: Any) -> str:
    """Return an amount for people: ``{amount: "24.0", currency_code: "EUR"}`` → ``24.00 EUR``.

    Takes a money bag as well, whose shop money counts. Digits beyond those of the currency are kept, for a price of a
    part of a cent is not rounded away; what is no amount gives ``unknown``.
    """
    amount, currency = _parts(money)
    if amount is None:
        return "unknown"
    whole, _, part = f"{amount:f}".partition(".")
    part = part.rstrip("0").ljust(digits(currency), "0")
    return f"{whole}.{part} {currency}".strip() if part else f"{whole} {currency}".strip()


def nonzero(money: Any) -> bool:
    """Tell whether money is more or less than nothing; what is no amount is not."""
    amount, _ = _parts(money)
    return bool(amount)


def _parts(money: Any) -> tuple[Decimal | None, str]:
    plain = money.get("shop_money", money) if isinstance(money, dict) else {}
    try:
        amount = Decimal(str(plain["amount"]))
    except (KeyError, TypeError, InvalidOperation):
        return None, ""
    return (amount if amount.is_finite() else None), str(plain.get("currency_code") or "")
