"""Nodes by an identifier input: by id, or by a field that is unique and indexed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from atom_shopify_plugin.sandbox.context import Context
from atom_shopify_plugin.sandbox.domains.metafield_definitions import definition_for
from atom_shopify_plugin.sandbox.domains.metafield_rules import full_namespace
from atom_shopify_plugin.sandbox.refusals import fault, not_modelled
from atom_shopify_plugin.sandbox.registry import REGISTRY
from atom_shopify_plugin.sandbox.store import Node

__all__ = ["identified"]


def identified(ctx: Context, kind: str, identifier: Mapping[str, Any]) -> Node | None:
    """Return the node that an identifier names, None where there is none; raise NOT_MODELLED for an unknown member."""
    entry = REGISTRY.kinds[kind]
    for name, value in identifier.items():
        if value is None:
            continue
        if name == "id":
            return ctx.lookup(value, kind)
        if name == "customId":
            return _by_custom_id(ctx, kind, value)
        field = entry.identifiers.get(name, name)
        if field not in entry.indexed:
            break
        return next(iter(ctx.store.find(kind, field, value)), None)
    raise not_modelled(f"An identifier by {name}" if identifier else "An empty identifier")


def _by_custom_id(ctx: Context, kind: str, given: Mapping[str, Any]) -> Node | None:
    """Return the owner of the metafield that holds a custom id: the type of its definition is ``id``."""
    namespace = full_namespace(given.get("namespace"))
    definition = definition_for(ctx, REGISTRY.owners[kind], namespace, given["key"])
    if definition is None or definition["type"]["name"] != "id":
        raise fault("Metafield definition of type 'id' is required when using custom ids.", "NOT_FOUND")
    for row in ctx.store.find("Metafield", "key", given["key"]):
        if (row["namespace"], row["type"], row["value"]) == (namespace, "id", given["value"]):
            owner = ctx.store.get(row["owner"])
            if owner is not None and owner["__typename"] == kind:
                return owner
    return None
