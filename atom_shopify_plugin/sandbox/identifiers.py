"""Nodes by an identifier input: by id, or by a field that is unique and indexed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from atom_shopify_plugin.sandbox.context import Context
from atom_shopify_plugin.sandbox.refusals import not_modelled
from atom_shopify_plugin.sandbox.registry import REGISTRY
from atom_shopify_plugin.sandbox.store import Node

__all__ = ["identified"]


def identified(ctx: Context, kind: str, identifier: Mapping[str, Any]) -> Node | None:
    """Return the node that an identifier names, None where there is none; raise NOT_MODELLED for a custom id."""
    entry = REGISTRY.kinds[kind]
    for name, value in identifier.items():
        if value is None:
            continue
        if name == "id":
            return ctx.lookup(value, kind)
        field = entry.identifiers.get(name, name)
        if field not in entry.indexed:
            break
        return next(iter(ctx.store.find(kind, field, value)), None)
    raise not_modelled(f"An identifier by {name}" if identifier else "An empty identifier")
