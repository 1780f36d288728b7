"""Addresses of customers and locations: cleaned, with country and province resolved, and what is refused."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from atom_shopify_plugin.sandbox.domains.shared import ADDRESS_PARTS
from atom_shopify_plugin.sandbox.places import country_code, has_provinces, is_without_provinces, province_code
from atom_shopify_plugin.sandbox.refusals import Refused, UserError

__all__ = ["clean_parts", "placed"]

LONGEST = 255
_URL = re.compile(r"https?://|www\.", re.IGNORECASE)
_HTML = re.compile(r"<[^<>]*>")
# Emoticons, pictographs and flags.
_EMOJI = re.compile("[\U0001f1e6-\U0001f1ff\U0001f300-\U0001faff\u2600-\u27bf]")


def clean_parts(given: Mapping[str, Any], path: list[Any]) -> dict[str, Any]:
    """Return an address trimmed, blank parts as null, with codes for country and province; raise `Refused`."""
    parts: dict[str, Any] = {
        name: (value.strip() or None) if isinstance(value, str) else value for name, value in given.items()
    }
    errors = list(_faults(parts, path))
    if errors:
        raise Refused(errors)
    if parts.get("phone"):
        parts["phone"] = _phone(parts["phone"])
    return placed(parts, path)


def _trimmed(value: Any) -> Any:
    return (value.strip() or None) if isinstance(value, str) else value


def _faults(parts: Mapping[str, Any], path: list[Any]) -> Iterator[UserError]:
    for name in ADDRESS_PARTS:
        text = parts.get(name)
        if not text:
            continue
        label = re.sub(r"(?=[A-Z])", " ", name).capitalize()
        where = tuple(map(str, [*path, name]))
        if len(text) > LONGEST:
            yield UserError(where, f"{label} is too long (maximum is {LONGEST} characters)", "TOO_LONG")
        elif _HTML.search(text):
            yield UserError(where, f"{label} cannot contain HTML tags", "INVALID")
        elif _URL.search(text):
            yield UserError(where, f"{label} cannot contain URL", "INVALID")
        elif _EMOJI.search(text):
            yield UserError(where, f"{label} cannot contain emojis", "INVALID")


def _phone(text: str) -> str:
    """Return a phone number as digits behind a plus; what is none stays as it is (seen on a live store)."""
    digits = re.sub(r"\D", "", text)
    return f"+{digits}" if digits and re.fullmatch(r"\+?[\d\s().-]+", text) else text


def placed(parts: Mapping[str, Any], path: list[Any]) -> dict[str, Any]:
    """Return an address with `countryCode` and `provinceCode` for whatever names them; a code counts before a name."""
    found = dict(parts)
    named = found.get("countryCode") or found.get("country")
    country = country_code(named) if named else None
    if named and country is None:
        raise Refused.one([*path, "country"], "Country is invalid", "INVALID")
    if country is not None:
        found["countryCode"] = country
    region = found.get("provinceCode") or found.get("province")
    if not region or country is None:
        return found
    if has_provinces(country):
        code = province_code(country, region)
        if code is None:
            raise Refused.one([*path, "province"], "Province is invalid", "INVALID")
        found["provinceCode"] = code
    elif is_without_provinces(country):
        found |= {"provinceCode": None, "province": None}
    return found
