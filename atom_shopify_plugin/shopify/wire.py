"""Our names → Shopify's, for the inputs that handlers build."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["camel", "camel_case"]


def camel_case(name: str) -> str:
    """Return ``product_type`` as ``productType``."""
    head, *rest = name.split("_")
    return head + "".join(part[:1].upper() + part[1:] for part in rest)


def camel(value: Any) -> Any:
    """Return `value` with every member's name in camelCase, all the way down."""
    if isinstance(value, Mapping):
        return {camel_case(name): camel(member) for name, member in value.items()}
    if isinstance(value, list):
        return [camel(item) for item in value]
    return value
