"""What each simple type of metafield accepts, in the words that were seen on live stores."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

__all__ = ["CHECKS", "BadValue", "loose", "moment", "parsed", "plain_number"]

HIGHEST_INTEGER = 9_007_199_254_740_991
HIGHEST_DECIMAL = 9_999_999_999_999
HIGHEST_MONEY = 10**18
SCHEMES = ("http", "https", "mailto", "sms", "tel")


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# ISO 4217.
CURRENCIES = _words(
    "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD "
    "CAD CDF CHF CLP CNY COP CRC CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF "
    "GTQ GYD HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KID KMF KRW KWD KYD KZT LAK "
    "LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD "
    "OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLL SOS SRD SSP STN "
    "SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS VED VES VND VUV WST XAF XCD XOF "
    "XPF YER ZAR ZMW "
)


class BadValue(ValueError):
    """A value that its type does not accept; `index` is the place in a list."""

    def __init__(self, message: str, index: int | None = None) -> None:
        super().__init__(message)
        self.message, self.index = message, index


def plain_number(value: Any) -> Decimal | None:
    """Return a number, or a text that is one, as `Decimal`; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = Decimal(str(value).strip())
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def _boolean(text: str) -> str:
    plain = text.strip().lower()
    if plain not in ("true", "t", "1", "false", "f", "0"):
        raise BadValue("Value must be true or false.")
    return "true" if plain in ("true", "t", "1") else "false"


def _integer(text: str) -> str:
    if not re.fullmatch(r"-?[0-9]{1,4000}(\.0+)?", text):
        raise BadValue("Value must be an integer.")
    number = int(text.partition(".")[0])
    _limit(Decimal(number), HIGHEST_INTEGER)
    return str(number)


def _decimal(text: str) -> str:
    if not re.fullmatch(r"[+-]?[0-9]{1,4000}(\.[0-9]+)?", text):
        raise BadValue("Value must be a decimal.")
    whole, dot, rest = text.partition(".")
    _limit(Decimal(whole), HIGHEST_DECIMAL)
    return f"{whole}{dot}{rest[:9]}"


def _limit(number: Decimal, highest: int) -> None:
    if number > highest:
        raise BadValue(f"Value can't exceed {highest}.")
    if number < -highest:
        raise BadValue(f"Value can't be less than -{highest}.")


def _color(text: str) -> str:
    if not re.fullmatch(r"#[0-9a-fA-F]{6}", text):
        raise BadValue("Value must be a hex color code.")
    return text


def _date(text: str) -> str:
    if re.fullmatch(r"\d{4}-\d\d-\d\d", text):
        with suppress(ValueError):
            return date.fromisoformat(text).isoformat()
    raise BadValue("Value must be in YYYY-MM-DD format.")


def _date_time(text: str) -> str:
    found = re.fullmatch(r"(\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d)(?:\.\d+)?(Z|[+-]\d\d:\d\d)?", text)
    if found is not None:
        with suppress(ValueError):
            stored = found[1].replace(" ", "T") + ("+00:00" if found[2] in (None, "Z") else found[2])
            return stored if moment(stored) else ""
    raise BadValue("Value must be in “YYYY-MM-DDTHH:MM:SS” format. For example: 2022-06-01T15:30:00")


def moment(text: str) -> datetime:
    """Return a stored date with time."""
    return datetime.fromisoformat(text)


def _line(text: str) -> str:
    if "\n" in text or "\r" in text:
        raise BadValue("Value must be a single line text string.")
    return text


def _url(text: str) -> str:
    scheme, colon, rest = text.partition(":")
    if not colon or not re.fullmatch(r"[A-Za-z][A-Za-z0-9+.-]*", scheme):
        listed = ", ".join(f'"{one}"' for one in SCHEMES)
        raise BadValue(
            f"Value cannot have an empty scheme (protocol), must include one of the following URL schemes: [{listed}].'"
        )
    if scheme.lower() not in SCHEMES or not rest.strip("/"):
        raise BadValue(f"Value must be one of the following URL schemes: {', '.join(SCHEMES)}.")
    return text


def parsed(text: str) -> Any:
    """Return a JSON text as it reads; raise `BadValue`, also for numbers and depths that no answer can print."""
    try:
        return json.loads(text, parse_constant=_no_number, parse_float=_finite)
    except json.JSONDecodeError as problem:
        raise BadValue(f"Value is invalid JSON: {_parse_fault(text, problem)}.") from None
    except RecursionError:
        raise BadValue("Value is invalid JSON: nesting is too deep.") from None
    except ValueError:  # a number out of range, or one with thousands of digits
        raise BadValue("Value is invalid JSON: a number is out of range.") from None


def _no_number(text: str) -> Any:
    raise ValueError(text)


def _finite(text: str) -> float:
    number = float(text)
    return number if math.isfinite(number) else _no_number(text)


def _parse_fault(text: str, problem: json.JSONDecodeError) -> str:
    """Return what Ruby's parser says where Python's stops."""
    rest = text[problem.pos :]
    if not rest:
        return f"unexpected end of input at line {problem.lineno} column {problem.colno}"
    wanted = "expected object key, got" if problem.msg.startswith("Expecting property name") else "unexpected token at"
    return f"{wanted} '{rest}' at line {problem.lineno} column {problem.colno}"


def loose(text: str) -> Any:
    """Return a JSON text as it reads, None for one that does not."""
    try:
        return parsed(text)
    except BadValue:
        return None


def _checked_json(text: str) -> str:
    parsed(text)
    return text


def _rich_text(text: str) -> str:
    value = parsed(text)
    if not isinstance(value, dict) or value.get("type") != "root":
        raise BadValue("Value is invalid: the root node must be of type root.")
    return text


def _money(text: str) -> dict[str, str]:
    value = loose(text)
    if not isinstance(value, dict) or not {"amount", "currency_code"} <= set(value):
        raise BadValue(
            "Value must be a stringified JSON object with amount (numeric) and currency_code (string matching the "
            "shop's currency) fields."
        )
    amount, code = plain_number(value["amount"]), value["currency_code"]
    if not code:
        raise BadValue("Value must have a currency code.")
    if amount is None:
        raise BadValue("Value must have a numeric amount.")
    if abs(amount) > HIGHEST_MONEY:
        raise BadValue(f"Value must be within +/-{HIGHEST_MONEY}.")
    if code not in CURRENCIES:
        raise BadValue(f"Value contains an invalid currency, {code}.")
    return {"amount": str(value["amount"]), "currency_code": code}


def _link(text: str) -> str:
    value = loose(text)
    if not isinstance(value, dict) or not (value.get("text") or value.get("label")):
        raise BadValue("Value must be a valid link.")
    try:
        _url(str(value.get("url", "")))
    except BadValue:
        if value.get("text"):
            raise
        raise BadValue("Value must be a valid link.") from None
    return text


def _rating(text: str) -> dict[str, str]:
    value = loose(text)
    names = ("scale_min", "scale_max", "value")
    numbers = [plain_number(value.get(name)) for name in names] if isinstance(value, dict) else [None]
    low, high, number = (numbers + [None] * 3)[:3]
    if low is None or high is None or number is None or low >= high:
        raise BadValue("Value must be a rating.")
    if number < low:
        raise BadValue(f"Value has a minimum of {value['scale_min']}.")
    if number > high:
        raise BadValue(f"Value has a maximum of {value['scale_max']}.")
    return {name: str(value[name]) for name in names}


CHECKS: Mapping[str, Callable[[str], Any]] = {
    "boolean": _boolean,
    "color": _color,
    "date": _date,
    "date_time": _date_time,
    "id": _line,
    "integer": _integer,
    "json": _checked_json,
    "json_string": _checked_json,
    "link": _link,
    "money": _money,
    "number_decimal": _decimal,
    "float": _decimal,
    "number_integer": _integer,
    "rating": _rating,
    "rich_text_field": _rich_text,
    "single_line_text_field": _line,
    "url": _url,
}
