"""Values for the examples of payloads, of the types that Shopify's schema gives the fields."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from atom_shopify_plugin.official.table import Field, is_list, official

__all__ = ["value_of"]

_SCALARS: Mapping[str, Any] = {
    "Int": 1,
    "UnsignedInt64": "1",
    "Float": 1.5,
    "Decimal": "1.0",
    "Money": "1.00",
    "Boolean": False,
    "DateTime": "2026-01-01T00:00:00Z",
    "JSON": {},
    "URL": "https://example.com/",
}
# Texts that are read as more than a text, and some for people; by the member's name or its last word.
_TEXTS: Mapping[str, str] = {
    "email": "ada@example.com",
    "phone": "+4930123456",
    "currency": "EUR",
    "first_name": "Ada",
    "last_name": "Lovelace",
    "title": "Mug",
    "variant_title": "Blue",
    "sku": "MUG-BLUE",
    "handle": "mug",
    "city": "Berlin",
    "zip": "10115",
    "country": "Germany",
    "country_code": "DE",
}
_CASES: Mapping[str, Callable[[str], str]] = {"lower": str.lower, "kebab": lambda text: text.lower().replace("_", "-")}


def value_of(kind: str, steps: Sequence[str], member: str, word: str) -> Any:
    """Return a value for a member that is the field at the end of `steps` from the type `kind`; None for an object."""
    schema = official()
    field: Field | None = None
    for step in steps:
        if step.isdigit():
            continue
        parent = schema.type(kind)
        field = None if parent is None else schema.field(parent, step)
        if field is None:
            return None
        kind, owner = field.named, kind
    found = None if field is None else schema.type(kind)
    if field is None or found is None or not found.is_leaf:
        return None
    value = f"gid://shopify/{owner}/1" if kind == "ID" else _SCALARS.get(kind, _text(member))
    if found.values:
        value = _TEXTS["currency"] if kind == "CurrencyCode" else found.values[0]
    value = _CASES.get(word, str)(value) if isinstance(value, str) else value
    return [value] if is_list(field.type) else value


def _text(member: str) -> str:
    return _TEXTS.get(member) or _TEXTS.get(member.rpartition("_")[2]) or member.replace("_", " ")
