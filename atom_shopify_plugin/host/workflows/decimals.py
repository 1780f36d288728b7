"""Numbers in expressions: whole numbers and decimals, never binary fractions.

A number is one of JSON, or a text that is wholly a plain decimal number, such as ``12.90`` or ``-3``: many services
write amounts of money like that. Anything else (``12,90``, ``EUR 12.00``, an empty text, null, true) is not a number,
and using it as one fails.
"""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Context, Decimal, DivisionByZero, InvalidOperation, Overflow
from typing import Any

__all__ = ["LARGEST", "Bad", "Number", "arithmetic", "currency_digits", "is_number", "kind", "money", "number", "plain"]

Number = int | Decimal

LARGEST = 10**24
"""How large a number may be in a calculation, and in its result."""
FRACTION = 18
"""How many digits after the point a rounded number may have."""

# Exact for the product of any two numbers that are allowed; a quotient is rounded to 50 digits.
_CONTEXT = Context(prec=50, rounding=ROUND_HALF_UP, traps=[InvalidOperation, DivisionByZero, Overflow])
_TEXT = re.compile(r"-?[0-9]{1,24}(?:\.[0-9]{1,18})?", re.ASCII)
_CURRENCY = re.compile(r"[A-Z]{3}", re.ASCII)

# ISO 4217, list one, names the currencies whose minor unit has not two digits:
# https://www.six-group.com/en/products-services/financial-information/data-standards.html
_DIGITS = {
    **dict.fromkeys(
        ("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI", "VND", "VUV", "XAF", "XOF",
         "XPF"), 0,
    ),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
    **dict.fromkeys(("CLF", "UYW"), 4),
}  # fmt: skip


class Bad(ValueError):
    """A text of a workflow can't be evaluated; the message says why and holds no data."""


def is_number(value: Any) -> bool:
    """Tell whether a value is a number of JSON: a boolean is none, and neither is a text."""
    return isinstance(value, int | Decimal) and not isinstance(value, bool)


def number(value: Any, what: str) -> Number:
    """Return a value as a number; raise `Bad`. `what` names the value in the message."""
    found = _read(value)
    if found is None:
        raise Bad(f"{what} is {kind(value)}, not a number; write a number as 12.90")
    if _too_large(found):
        raise Bad(f"{what} is too large to calculate with")
    return found


def numeric(value: Any) -> Number | None:
    """Return a number, or the number that a text is; None for anything else."""
    found = _read(value)
    return None if found is None or _too_large(found) else found


def _read(value: Any) -> Number | None:
    if is_number(value):
        found: Number = value
        return found
    if isinstance(value, str) and len(value) <= 50 and _TEXT.fullmatch(value):
        return Decimal(value) if "." in value else int(value)
    return None


def _too_large(value: Number) -> bool:
    return not -LARGEST <= value <= LARGEST


def arithmetic(operator: str, left: Number, right: Number) -> Number:
    """Return the result of ``+ - * / // %``; whole numbers give whole numbers except for ``/``. Raise `Bad`.

    ``//`` rounds down, and ``%`` is what it leaves, with the sign of the divisor.
    """
    if right == 0 and operator in ("/", "//", "%"):
        raise Bad(f"the right side of `{operator}` is 0")
    whole = isinstance(left, int) and isinstance(right, int)
    try:
        result: Number
        match operator:
            case "+":
                result = left + right if whole else _CONTEXT.add(Decimal(left), Decimal(right))
            case "-":
                result = left - right if whole else _CONTEXT.subtract(Decimal(left), Decimal(right))
            case "*":
                result = left * right if whole else _CONTEXT.multiply(Decimal(left), Decimal(right))
            case "/":
                result = _CONTEXT.divide(Decimal(left), Decimal(right))
            case _ if whole:
                result = left // right if operator == "//" else left % right
            case _:
                result = _divided(operator, Decimal(left), Decimal(right))
    except ArithmeticError:
        raise Bad(f"the result of `{operator}` can't be written as a number") from None
    if _too_large(result):
        raise Bad(f"the result of `{operator}` is too large")
    return result


def _divided(operator: str, left: Decimal, right: Decimal) -> Decimal:
    quotient, rest = _CONTEXT.divmod(left, right)
    if rest and (rest < 0) != (right < 0):
        quotient, rest = _CONTEXT.subtract(quotient, 1), _CONTEXT.add(rest, right)
    return quotient if operator == "//" else rest


def rounded(value: Number, digits: int) -> Number:
    """Return a number with that many digits after the point, half up (away from zero)."""
    if not 0 <= digits <= FRACTION:
        raise Bad(f"round takes 0 to {FRACTION} digits")
    result = _CONTEXT.quantize(Decimal(value), Decimal(1).scaleb(-digits))
    return result if digits else int(result)


def whole(value: Number, what: str) -> int:
    """Return a number without a fraction; raise `Bad` for one that has a fraction."""
    if isinstance(value, int):
        return value
    if _too_large(value) or value != value.to_integral_value():
        raise Bad(f"{what} is a number with a fraction, and a whole one is needed; `round` makes one")
    return int(value)


def currency_digits(currency: Any) -> int:
    """Return how many digits after the point amounts of a currency have, by ISO 4217; raise `Bad`."""
    if not isinstance(currency, str) or not _CURRENCY.fullmatch(currency):
        raise Bad("a currency is an ISO 4217 code, such as EUR")
    return _DIGITS.get(currency, 2)


def money(value: Number, currency: Any) -> str:
    """Return an amount as text with the digits of its currency, half up; raise `Bad`."""
    return plain(rounded(value, currency_digits(currency)))


def plain(value: Number) -> str:
    """Return a number as text, without an exponent."""
    if _too_large(value) and not isinstance(value, int):
        raise Bad("the number is too large to be written")
    return format(value, "f") if isinstance(value, Decimal) else str(value)


def kind(value: Any) -> str:
    """Return what a value is, in a word for people that tells nothing of its content."""
    if value is None:
        return "null"
    if isinstance(value, str):
        return "text" if value.strip() else "empty text"
    kinds = ((bool, "a boolean"), (int | Decimal | float, "a number"), (dict, "an object"), (list, "a list"))
    return next((word for types, word in kinds if isinstance(value, types)), "no JSON")
