"""Shopify's own scalars: what they accept as input and how they print."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from graphql import GraphQLScalarType, GraphQLSchema

from atom_shopify_plugin.sandbox.store import stamp

__all__ = ["attach", "is_gid", "print_decimal", "print_money"]

_GID = re.compile(r"gid://[A-Za-z][\w-]*/[A-Za-z]\w*/[^\s/]+")
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


def _decimal(value: Any) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise ValueError(f"Could not coerce value {value!r} to Decimal")  # noqa: TRY004 - one kind of refusal
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite():
        raise ValueError(f"invalid decimal '{value}'")
    return number


def _money(value: Any) -> Decimal:
    try:
        return _decimal(value)
    except ValueError:
        raise ValueError(f"invalid money '{value}'") from None


def _moment(value: Any) -> str:
    try:
        moment = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        raise ValueError(f"invalid date time '{value}'") from None
    return stamp(moment if moment.tzinfo else moment.replace(tzinfo=UTC))


def _day(value: Any) -> str:
    try:
        return date.fromisoformat(value).isoformat()
    except (TypeError, ValueError):
        raise ValueError(f"invalid date '{value}'") from None


def _url(value: Any) -> str:
    if not isinstance(value, str) or not re.fullmatch(r"[A-Za-z][A-Za-z0-9+.-]*:\S+", value):
        raise ValueError(f"Invalid url '{value}'")
    return value


def _unsigned(value: Any) -> int:
    if isinstance(value, bool) or not re.fullmatch(r"\d+", str(value)) or int(value) > _HIGHEST:
        raise ValueError(f"UnsignedInt64 '{value}' is out of range")
    return int(value)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError(f"Could not coerce value {value!r} to String")  # noqa: TRY004 - one kind of refusal
    return value


def _as_it_is(value: Any) -> Any:
    return value


_SCALARS: dict[str, tuple[Callable[[Any], Any], Callable[[Any], Any]]] = {
    "Decimal": (_decimal, print_decimal),
    "Money": (_money, print_money),
    "Date": (_day, str),
    "DateTime": (_moment, _as_it_is),
    "URL": (_url, str),
    "UnsignedInt64": (_unsigned, str),
    "HTML": (_text, str),
    "FormattedString": (_text, str),
    "ARN": (_text, str),
    "Color": (_text, str),
    "StorefrontID": (_text, str),
    "JSON": (_as_it_is, _as_it_is),
}


def attach(schema: GraphQLSchema) -> None:
    """Give the schema's own scalars their behaviour."""
    for name, (parse, show) in _SCALARS.items():
        scalar = schema.type_map.get(name)
        if isinstance(scalar, GraphQLScalarType):
            scalar.coerce_input_value = parse
            scalar.coerce_output_value = show
