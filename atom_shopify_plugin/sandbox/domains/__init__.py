"""One module per domain: its kinds, its fields that are computed, its queries and mutations."""

from __future__ import annotations

from importlib import import_module

__all__ = ["load"]

MODULES = (
    "customer_addresses",
    "customer_addresses",
    "customer_writes",
    "customers",
    "inventory",
    "inventory_writes",
    "metadata",
    "order_cancel",
    "order_create",
    "order_fields",
    "order_parts",
    "orders",
    "product_writes",
    "products",
    "shared",
    "store",
    "variant_writes",
    "variants",
    "webhooks",
)


def load() -> None:
    """Hang every domain's rules into the registry; repeated calls do nothing."""
    for name in MODULES:
        import_module(f"{__name__}.{name}")
