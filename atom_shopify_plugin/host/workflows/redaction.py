"""What of a workflow's data may be shown and kept: no secret, and no personal data.

Two nets, since neither is whole: by the names of members, and by what texts look like.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from atom_shopify_plugin.host.workflows.values import mended

__all__ = ["HIDDEN", "redacted", "said"]

HIDDEN = "[redacted]"
_LONGEST = 2_000
_MOST = 50_000
_DEEPEST = 40
_LARGEST = 10**40

_NAMES = re.compile(
    r"(?:^|_)(?:token|secret|passwords?|passwd|authorization|api_?key|cookies?|hmac|signature|confirm|credentials?"
    r"|e?_?mails?|email_address|phones?|phone_number|first_name|last_name|full_name|display_name|given_name|family_name"
    r"|address_?\d?|addresses|street|city|zip|postal_code|province|latitude|longitude|company|birthday|ip|ip_address"
    r"|notes?|staff_note|customer_note|user_agent|iban|vat_number)(?:_|$)",
    re.IGNORECASE,
)
# Inside of these a `name` is a person's.
_PEOPLE = re.compile(r"(?:^|_)(?:customers?|recipient|person|people|users?|contact|buyer|staff_member)$", re.IGNORECASE)
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_LOOKS = re.compile(
    r"[^\s@<>\"'{}]{1,64}@[^\s@<>\"'{}]{1,255}"  # an e-mail address
    r"|(?<![\w/])\+\d[\d ()./-]{6,18}\d"  # a phone number with its country code
    r"|\b[A-Za-z]{2,8}_(?=[A-Za-z_-]*\d)[A-Za-z0-9_-]{20,}"  # a token with a prefix
    r"|\b(?:Bearer|Basic)\s+[A-Za-z0-9._~+/=-]{8,}"
)


def redacted(value: Any) -> Any:
    """Return a JSON value that may be shown: members of telling names hidden, texts cleaned, and of bounded size."""
    return _clean(value, False, [_MOST], 0)


def said(value: Any) -> str:
    """Return `redacted` as JSON text."""
    return json.dumps(redacted(value), ensure_ascii=False, separators=(",", ":"))


def _clean(value: Any, person: bool, budget: list[int], depth: int) -> Any:
    budget[0] -= 1
    if budget[0] < 0 or depth > _DEEPEST:
        return "[left out: too large]"
    if isinstance(value, str):
        text = value if len(value) <= _LONGEST else f"{value[:_LONGEST]}…"
        budget[0] -= len(text) // 16
        return _LOOKS.sub(HIDDEN, text if text.isascii() else mended(text))
    if isinstance(value, Mapping):
        return {
            mended(str(key)): _member(str(key), member, person, budget, depth + 1)
            for key, member in list(value.items())[:2_000]
        }
    if isinstance(value, list | tuple):
        return [_clean(member, person, budget, depth + 1) for member in value[:2_000]]
    if value is None or isinstance(value, bool):
        return value
    return _number(value) if isinstance(value, int | float | Decimal) else "[left out: no JSON]"


def _number(value: float | Decimal) -> int | float | str:
    # What is shown has to be JSON, whatever was given: that is checked where a value is used.
    if not (isinstance(value, int) or math.isfinite(value)) or not -_LARGEST < value < _LARGEST:
        return "[left out: too large]"
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return value


def _member(key: str, value: Any, person: bool, budget: list[int], depth: int) -> Any:
    name = _CAMEL.sub("_", key)
    if value is None or value == "" or isinstance(value, bool):
        return value
    if _NAMES.search(name) or (person and name.lower() == "name"):
        return HIDDEN
    return _clean(value, person or _PEOPLE.search(name) is not None, budget, depth)
