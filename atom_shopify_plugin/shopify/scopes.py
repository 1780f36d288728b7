"""Access scopes as sets: reading, implied ones, and what is missing (shopify.dev, "Access scopes")."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import timedelta

from atom_shopify_plugin.errors import UpstreamError

__all__ = ["ALL_ORDERS", "ORDER_WINDOW", "expand_scopes", "missing_scopes", "parse_scopes"]

ALL_ORDERS = "read_all_orders"
ORDER_WINDOW = timedelta(days=60)
"""How far back Shopify shows orders to an app without `ALL_ORDERS` (shopify.dev, "Access scopes")."""

_SCOPE = re.compile(r"[a-z][a-z0-9_]{0,99}")


def parse_scopes(text: str) -> frozenset[str]:
    """Split a list of scopes as Shopify writes it, with commas; raise `UpstreamError` for what is none."""
    scopes = frozenset(filter(None, re.split(r"[,\s]+", text)))
    if not all(_SCOPE.fullmatch(scope) for scope in scopes) or len(scopes) > 500:
        raise UpstreamError("Shopify's list of scopes can't be read.")
    return scopes


def expand_scopes(scopes: Iterable[str]) -> frozenset[str]:
    """Add what is implied: ``write_x`` holds ``read_x``, also behind ``unauthenticated_``."""
    given = frozenset(scopes)
    implied = {
        f"{prefix}read_{scope.removeprefix(prefix + 'write_')}"
        for prefix in ("", "unauthenticated_")
        for scope in given
        if scope.startswith(f"{prefix}write_")
    }
    return given | implied


def missing_scopes(granted: Iterable[str], needed: Iterable[str]) -> frozenset[str]:
    """Return those of `needed` that `granted` does not hold, implied ones counted."""
    return frozenset(needed) - expand_scopes(granted)
