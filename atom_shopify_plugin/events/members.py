"""What the payload of each trigger is known to hold, as JSON Schema: hosts check by it what workflows read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from atom_shopify_plugin.catalog.model import Catalog, Trigger
from atom_shopify_plugin.events.shapes import shaped

__all__ = ["payloads"]

Schema = dict[str, Any]


def payloads(catalog: Catalog) -> dict[str, Schema]:
    """Return the schema of each trigger's payload by its key.

    A payload may hold more than its schema names: Shopify adds members, and apps have fields of their own. ``examples``
    holds a payload as it comes.
    """
    every = (*catalog.triggers.values(), *catalog.computed.values())
    return {trigger.key: _payload(trigger, catalog) for trigger in every}


def _payload(trigger: Trigger, catalog: Catalog) -> Schema:
    known: Schema = {}
    if trigger.shows is not None:
        known = {"type": "object", "properties": catalog.action(trigger.shows).output.get("properties", {})}
    samples = [shaped(trigger, catalog.schemas, raw) for raw in trigger.samples]
    for payload in (shaped(trigger, catalog.schemas, trigger.body), *samples):
        known = _joined(known, _schema(payload))
    members = known.get("properties", {})
    declared = trigger.payload.get("properties", {})
    described = {name: {**members.get(name, {}), **member} for name, member in declared.items()}
    return {"type": "object", "properties": {**members, **described}, "examples": samples[:1]}


def _schema(value: Any) -> Schema:
    if isinstance(value, Mapping):
        members = {str(name): _schema(member) for name, member in value.items()}
        return {"type": ["object", "null"], "properties": members}
    if isinstance(value, list):
        items: Schema = {}
        for item in value:
            items = _joined(items, _schema(item))
        return {"type": ["array", "null"], "items": items}
    if isinstance(value, str):
        return {"type": ["string", "null"]}
    if isinstance(value, bool):
        return {"type": ["boolean", "null"]}
    return {} if value is None else {"type": ["number", "null"]}


def _joined(one: Schema, other: Schema) -> Schema:
    """Return what two schemas know of a value together; the members of both, where they are objects."""
    if not one or not other or one.get("type") != other.get("type"):
        return one or other
    if "properties" in one:
        members = dict(one["properties"])
        for name, member in other["properties"].items():
            members[name] = _joined(members.get(name, {}), member)
        return {**one, "properties": members}
    return {**one, "items": _joined(one["items"], other["items"])} if "items" in one else one
