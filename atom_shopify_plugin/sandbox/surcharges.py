"""Points that large inputs add to a mutation, as the descriptions of the input types name them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from graphql import get_named_type

__all__ = ["surcharge"]

# input type -> member -> points per entry
PRICES: dict[str, dict[str, float]] = {
    "ProductSetInput": {"variants": 0.2, "metafields": 0.4, "files": 1.9},
    "ProductVariantSetInput": {"metafields": 0.4, "file": 0.6},
}


def surcharge(declared: Any, arguments: Mapping[str, Any]) -> float:
    """Return the points that `arguments` add to the mutation field `declared`."""
    if declared is None:
        return 0.0
    return sum(_of(str(get_named_type(argument.type)), arguments.get(name)) for name, argument in declared.args.items())


def _of(kind: str, value: Any) -> float:
    prices = PRICES.get(kind)
    if prices is None or not isinstance(value, Mapping):
        return 0.0
    points = sum(price * _entries(value.get(member)) for member, price in prices.items())
    if kind == "ProductSetInput":
        variants = value.get("variants")
        points += sum(_of("ProductVariantSetInput", entry) for entry in variants if entry) if variants else 0.0
    return points


def _entries(value: Any) -> int:
    if isinstance(value, list):
        return len(value)
    return 0 if value is None else 1
