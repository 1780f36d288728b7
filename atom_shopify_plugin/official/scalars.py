"""Scalars: what they accept as input, what Shopify says to the rest, and how they print."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

import orjson

__all__ = ["SCALARS", "Fault", "fault_of", "integer", "is_gid", "print_decimal", "print_money", "written"]

_GID = re.compile(r"gid://[A-Za-z][\w-]*/[A-Za-z]\w*/[^\s/]+")
_ARN = re.compile(r"arn:[^:\s]+:[^:\s]+:[^:\s]*:[^:\s]*:\S+")
_HIGHEST = 2**64 - 1


def is_gid(value: Any) -> bool:
    """Tell whether `value` has the form of a global id; its type and existence are looked at later."""
    return isinstance(value, str) and _GID.fullmatch(value) is not None


def print_money(value: Any) -> str:
    """Print an amount of the scalar Money: two decimals."""
    return f"{Decimal(value):.2f}"


def print_decimal(value: Any) -> str:
    """Print the scalar Decimal: no trailing zeros, but one decimal at least ("12.0")."""
    text = f"{Decimal(value):f}"
    if "." in text:
        text = text.rstrip("0")
    return text + "0" if text.endswith(".") else text if "." in text else text + ".0"


def written(value: Any) -> str:
    """Return a value of a request as messages quote it: JSON without blanks, the names of members without quotes."""
    if isinstance(value, dict):
        return "{" + ",".join(f"{name}:{written(member)}" for name, member in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(written, value)) + "]"
    return orjson.dumps(value, default=str).decode() if not isinstance(value, int) else str(value).lower()


def _said(value: Any) -> str:
    """Return a value as it stands between the quotes of a message: a text as it is."""
    return value if isinstance(value, str) else written(value)


def _decimal(value: Any) -> Decimal:
    number = Decimal("NaN")
    if isinstance(value, int | float | str) and not isinstance(value, bool):
        try:
            number = Decimal(str(value))
        except InvalidOperation:
            number = Decimal("NaN")
    if not number.is_finite():
        raise ValueError(f"invalid decimal '{_said(value)}'")
    return number


def _money(value: Any) -> Decimal:
    try:
        return _decimal(value)
    except ValueError:
        raise ValueError(f"invalid money '{_said(value)}'") from None


def _moment(value: Any) -> str:
    try:
        moment = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        raise ValueError(f"invalid DateTime '{_said(value)}'") from None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return aware.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _day(value: Any) -> str:
    try:
        return date.fromisoformat(value).isoformat()
    except (TypeError, ValueError):
        raise ValueError(f"invalid Date '{_said(value)}'") from None


def _url(value: Any) -> str:
    shown = _said(value)
    parts = re.fullmatch(r"(?:([A-Za-z][A-Za-z0-9+.-]*):)?(?://([^/?#]*))?(.*)", shown, re.DOTALL)
    if parts is None or not parts[1]:
        raise ValueError(f"Invalid url '{shown}', missing scheme")
    if not parts[2]:
        raise ValueError(f"Invalid url '{shown}', missing host")
    if re.search(r"\s", shown):
        raise ValueError(f"Invalid url '{shown}'")
    return shown


def _unsigned(value: Any) -> int:
    if isinstance(value, bool) or not re.fullmatch(r"[+-]?\d+", str(value)):
        raise ValueError(f"UnsignedInt64 invalid value '{_said(value)}'")
    if not 0 <= int(value) <= _HIGHEST:
        raise ValueError(f"UnsignedInt64 '{_said(value)}' is out of range")
    return int(value)


def _gid(value: Any) -> str:
    if not is_gid(value):
        raise ValueError(f"Invalid global id '{_said(value)}'")
    return str(value)


def _arn(value: Any) -> str:
    if not isinstance(value, str) or not _ARN.fullmatch(value):
        raise ValueError(f"Invalid ARN '{_said(value)}'")
    return value


def _text(name: str) -> Callable[[Any], str]:
    def text(value: Any) -> str:
        if not isinstance(value, str):
            raise ValueError(_uncoerced(name, value))  # noqa: TRY004 - one kind of refusal
        return value

    return text


def _uncoerced(name: str, value: Any) -> str:
    return f"Could not coerce value {written(value)} to {name}"


def _as_it_is(value: Any) -> Any:
    return value


SCALARS: dict[str, tuple[Callable[[Any], Any], Callable[[Any], Any]]] = {
    "Decimal": (_decimal, print_decimal),
    "Money": (_money, print_money),
    "DateTime": (_moment, _as_it_is),
    "Date": (_day, str),
    "URL": (_url, str),
    "UnsignedInt64": (_unsigned, str),
    "ARN": (_arn, str),
    **{name: (_text(name), str) for name in ("HTML", "FormattedString", "Color", "StorefrontID", "UtcOffset")},
    "JSON": (_as_it_is, _as_it_is),
}


def integer(value: Any) -> int:
    """Return an integer as variables may hold it; raise `ValueError`."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError(_uncoerced("Int", value))  # noqa: TRY004 - one kind of refusal
    return value


Fault = tuple[str, bool]


def fault_of(name: str, value: Any) -> Fault | None:
    """Return why the scalar `name` refuses a value, and whether it says so in words of its own.

    Shopify's own scalars mostly do; the standard ones say that they can't coerce.
    """
    accepts = _ACCEPTS.get(name)
    if accepts is not None:
        return None if accepts(value) else (_uncoerced(name, value), False)
    try:
        _gid(value) if name == "ID" else SCALARS[name][0](value)
    except ValueError as problem:
        return str(problem), not str(problem).startswith("Could not coerce")
    return None


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


_ACCEPTS: dict[str, Callable[[Any], bool]] = {
    "String": lambda value: isinstance(value, str),
    "Boolean": lambda value: isinstance(value, bool),
    # Seen on a live store: in variables a number beyond 32 bits gets through to the rules of the mutation.
    "Int": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "Float": _is_number,
    "BigInt": lambda value: _is_number(value) or (isinstance(value, str) and re.fullmatch(r"-?\d+", value) is not None),
}
