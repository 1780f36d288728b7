"""Metafields and the fields of metaobjects as what a search compares: values with their types."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from atom_shopify_plugin.sandbox.context import Context
from atom_shopify_plugin.sandbox.domains.metafield_rules import full_namespace
from atom_shopify_plugin.sandbox.registry import Filter
from atom_shopify_plugin.sandbox.store import Node

__all__ = ["by_metafield", "valued"]


def by_metafield(name: str) -> Filter:
    """Search owners by ``metafields.{namespace}.{key}``; ``$app`` is the app's own namespace."""
    namespace, _, key = name.partition(".")[2].rpartition(".")
    full = full_namespace(namespace)

    def read(ctx: Context, node: Node) -> list[Node]:
        rows = ctx.store.find("Metafield", "owner", node["id"])
        return valued(row for row in rows if row["key"] == key and row["namespace"] == full)

    return Filter("mixed", read)


def valued(fields: Iterable[Mapping[str, Any]]) -> list[Node]:
    """Return fields with types and values for a comparison: a list counts as its elements, no value as no field."""
    rows: list[Node] = []
    for field in fields:
        kind, value = field["type"], field["value"]
        if value is not None and kind.startswith("list."):
            texts = [one if isinstance(one, str) else json.dumps(one) for one in json.loads(value)]
            rows += [{"type": kind.removeprefix("list."), "value": text} for text in texts]
        elif value is not None:
            rows.append({"type": kind, "value": value})
    return rows
