"""The formats that a text of an input may have to be in."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime

from atom_shopify_plugin.catalog.model import Schema

__all__ = ["FORMATS", "MOMENT_EXAMPLE"]

_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s]{1,250}")
_DECIMAL = re.compile(r"-?[0-9]{1,18}(\.[0-9]{1,9})?")
_PHONE = re.compile(r"\+?[0-9 ().-]{4,30}")
_BASE64 = re.compile(r"([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MOMENT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,9})?)?(Z|[+-][0-9]{2}:[0-9]{2})"
)
MOMENT_EXAMPLE = "2026-10-31T08:00:00Z"


def _is_moment(text: str, schema: Schema) -> bool:
    # Python reads more of ISO 8601 than Shopify does, such as weeks, so the form is compared before the value.
    if "search" in schema and _DAY.fullmatch(text):
        return bool(date.fromisoformat(text))
    return _MOMENT.fullmatch(text) is not None and bool(datetime.fromisoformat(text).astimezone(UTC))


FORMATS: Mapping[str, tuple[Callable[[str, Schema], bool], str]] = {
    "base64": (lambda text, _: bool(_BASE64.fullmatch(text)), "bytes as base64"),
    "date-time": (_is_moment, f"a moment with its offset, such as {MOMENT_EXAMPLE}"),
    "decimal": (lambda text, _: bool(_DECIMAL.fullmatch(text)), "a decimal number as text, such as 19.90"),
    "money": (lambda text, _: bool(_DECIMAL.fullmatch(text)), "an amount as text, such as 19.90"),
    "email": (lambda text, _: bool(_EMAIL.fullmatch(text)), "an e-mail address"),
    "phone": (lambda text, _: bool(_PHONE.fullmatch(text)), "a phone number with country code, such as +15550100"),
}
"""What each format accepts, and its name in a sentence; beside them there is ``gid:Type``, the id of a `Type`.

A filter (a member with ``search``) takes a day such as 2026-10-31 for a moment, too. A ``pattern`` beside a format is
the stricter of the two and checked in its place.
"""
