"""What a step gives to an action: evaluated values in the types that the action declares.

A service's manifest may declare the `input` of an action as a JSON Schema. By it a number becomes text where text is
taken, a decimal a whole number where one is needed, and an amount (a text of format ``money``) is rounded half up to
the digits of its currency.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from atom_shopify_plugin.host.workflows import decimals
from atom_shopify_plugin.host.workflows.decimals import Bad, Number, is_number
from atom_shopify_plugin.host.workflows.values import portable

__all__ = ["currency_of", "fitted"]

_CENTS = 2


def currency_of(trigger: Any) -> str | None:
    """Return the currency that a payload names as its own (``currency``), if it does."""
    currency = trigger.get("currency") if isinstance(trigger, Mapping) else None
    try:
        decimals.currency_digits(currency)
    except Bad:
        return None
    return str(currency)


def fitted(value: Any, schema: Any, currency: str | None) -> Any:
    """Return an evaluated value as JSON that `schema` (None where nothing is declared) takes; raise `Bad`.

    `currency` is that of the store, None where it is not known: then an amount with more than two digits after the
    point fails.
    """
    return portable(_fitted(value, list(_branches(schema)), currency))


def _branches(schema: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(schema, Mapping):
        yield schema
        for word in ("anyOf", "oneOf", "allOf"):
            for branch in schema.get(word, ()):
                yield from _branches(branch)


def _fitted(value: Any, schemas: Sequence[Mapping[str, Any]], currency: str | None) -> Any:
    if is_number(value):
        return _number(value, schemas, currency)
    if isinstance(value, Mapping):
        return {
            key: _at(key, member, [found for schema in schemas for found in _member(schema, key)], currency)
            for key, member in value.items()
        }
    if isinstance(value, list):
        items = [found for schema in schemas for found in _branches(schema.get("items"))]
        return [_at(at, member, items, currency) for at, member in enumerate(value)]
    return value


def _member(schema: Mapping[str, Any], key: str) -> Iterator[Mapping[str, Any]]:
    properties = schema.get("properties")
    return _branches(properties.get(key) if isinstance(properties, Mapping) else None)


def _at(place: object, value: Any, schemas: Sequence[Mapping[str, Any]], currency: str | None) -> Any:
    try:
        return _fitted(value, schemas, currency)
    except Bad as bad:
        raise Bad(f"{place}: {bad}") from None


def _number(value: Number, schemas: Sequence[Mapping[str, Any]], currency: str | None) -> Any:
    types = {one for schema in schemas for one in _types(schema)}
    if "number" in types:
        return value
    if "integer" in types and (isinstance(value, int) or "string" not in types):
        return decimals.whole(value, "the value")
    if "string" not in types:
        return value
    if any(schema.get("format") == "money" for schema in schemas):
        return _money(value, currency)
    return decimals.plain(value)


def _types(schema: Mapping[str, Any]) -> Sequence[str]:
    found = schema.get("type", ())
    return [found] if isinstance(found, str) else found


def _money(value: Number, currency: str | None) -> str:
    if currency is not None:
        return decimals.money(value, currency)
    if isinstance(value, Decimal) and value != decimals.rounded(value, _CENTS):
        raise Bad("the amount has more than two digits after the point, and its currency is not known; "
                  "write `| money('EUR')` or `| round(2)` behind the expression")  # fmt: skip
    return decimals.plain(decimals.rounded(value, _CENTS)) if isinstance(value, Decimal) else decimals.plain(value)
