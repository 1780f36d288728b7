"""Amounts against their currency: no more decimals than it has."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from atom_shopify_plugin.actions.validation import not_null, pointer
from atom_shopify_plugin.catalog.model import Schema
from atom_shopify_plugin.errors import Fault
from atom_shopify_plugin.shopify.money import digits

__all__ = ["too_fine"]


def too_fine(schema: Schema, value: Any, currency: str, at: tuple[str | int, ...] = ()) -> Iterator[Fault]:
    """Yield a fault for each amount in a checked `value` that has more decimals than its currency; zeros don't count.

    The currency is that of the nearest object around the amount that names one (``currency`` or ``currency_code``),
    else `currency`, the store's. Where none is known, nothing is said.
    """
    if not schema:  # free-form: nothing is declared of it, however large it is
        return
    schema = not_null(schema)
    if isinstance(value, Mapping):
        named = value.get("currency") or value.get("currency_code")
        here = named if isinstance(named, str) else currency
        known: Schema = schema.get("properties", {})
        for name, member in value.items():
            yield from too_fine(known.get(name, {}), member, here, (*at, name))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from too_fine(schema.get("items", {}), item, currency, (*at, index))
    elif schema.get("format") == "money" and isinstance(value, str) and currency:
        decimals = len(value.partition(".")[2].rstrip("0"))
        most = digits(currency)
        if decimals > most:
            has = f"{most} decimals" if most else "no decimals"
            yield Fault(pointer(at), f"An amount in {currency} has {'at most ' if most else ''}{has}.", "decimals")
