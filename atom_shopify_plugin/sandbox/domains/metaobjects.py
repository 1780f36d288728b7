"""Metaobjects: entries whose fields a definition declares.

The messages are those that live stores answer.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from atom_shopify_plugin.sandbox.connections import root_page
from atom_shopify_plugin.sandbox.context import Context
from atom_shopify_plugin.sandbox.domains.metadata import json_value
from atom_shopify_plugin.sandbox.domains.metafield_search import valued
from atom_shopify_plugin.sandbox.domains.metaobject_definitions import definition_of, full_type
from atom_shopify_plugin.sandbox.domains.store import own_app
from atom_shopify_plugin.sandbox.registry import Filter, derived, field_rule, kind, query
from atom_shopify_plugin.sandbox.store import Node

__all__ = ["entry_at"]

PICTURED = ("file_reference", "color")


def _field_filter(name: str) -> Filter:
    key = name.partition(".")[2]
    return Filter("mixed", lambda ctx, node: valued(row for row in entry_fields(ctx, node, {}) if row["key"] == key))


kind(
    "Metaobject",
    fields="createdAt updatedAt handle type displayName createdByStaff staffMember",
    indexed=("type", "handle"),
    filters={"display_name": "text"},
    patterns={"fields.": _field_filter},
)
kind("MetaobjectField", fields="value")
kind("MetaobjectThumbnail", fields="file hex")


@query("metaobjects")
def entries(ctx: Context, args: dict[str, Any]) -> Any:
    wanted = full_type(args["type"])
    return root_page(ctx, "Metaobject", args, lambda node: node["type"] == wanted)


@query("metaobjectByHandle")
def by_handle(ctx: Context, args: dict[str, Any]) -> Node | None:
    return entry_at(ctx, args["handle"])


def entry_at(ctx: Context, handle: Mapping[str, str]) -> Node | None:
    found = ctx.store.find("Metaobject", "handle", handle["handle"])
    return next((node for node in found if node["type"] == full_type(handle["type"])), None)


@field_rule("Metaobject.capabilities")
def entry_capabilities(ctx: Context, node: Node, _args: dict[str, Any]) -> Node:
    definition = definition_of(ctx, node["type"])
    able = ctx.value(definition, "capabilities") if definition else {}
    return {
        "publishable": {"status": node.get("status") or "DRAFT"} if able["publishable"]["enabled"] else None,
        "onlineStore": {"templateSuffix": node.get("templateSuffix")} if able["onlineStore"]["enabled"] else None,
    }


@field_rule("Metaobject.fields")
def entry_fields(ctx: Context, node: Node, _args: dict[str, Any]) -> list[Node]:
    definition = definition_of(ctx, node["type"])
    return [_field(node, declared) for declared in definition["fieldDefinitions"]] if definition else []


@field_rule("Metaobject.field")
def entry_field(ctx: Context, node: Node, args: dict[str, Any]) -> Node | None:
    return next((field for field in entry_fields(ctx, node, {}) if field["key"] == args["key"]), None)


derived(
    {
        "MetaobjectDefinition.metaobjects": lambda ctx, node: ctx.store.find("Metaobject", "type", node["type"]),
        "MetaobjectDefinition.hasThumbnailField": lambda _, node: any(
            field["type"]["name"] in PICTURED for field in node["fieldDefinitions"]
        ),
        "MetaobjectDefinition.createdByApp Metaobject.createdByApp Metaobject.createdBy": lambda ctx, _node: own_app(
            ctx
        ),
        "Metaobject.definition": lambda ctx, node: definition_of(ctx, node["type"]),
        "Metaobject.thumbnailField": lambda ctx, node: next(
            (field for field in entry_fields(ctx, node, {}) if field["type"] in PICTURED), None
        ),
        "MetaobjectField.jsonValue": lambda ctx, node: None if node["value"] is None else json_value(ctx, node, {}),
        "Metaobject.values": lambda ctx, node: (
            {field["key"]: field["value"] for field in entry_fields(ctx, node, {})}
        ),
        "Metaobject.referencedBy": lambda ctx, node: list(_relations(ctx, node)),
    }
)


def _field(node: Node, declared: Node) -> Node:
    value = node["stored"].get(declared["key"])
    return {"key": declared["key"], "type": declared["type"]["name"], "value": value, "definition": declared}


@field_rule("MetaobjectField.reference")
def field_reference(ctx: Context, node: Node, _args: dict[str, Any]) -> Node | None:
    return ctx.store.get(node["value"]) if node["type"].endswith("_reference") else None


@field_rule("MetaobjectField.references")
def field_references(_ctx: Context, node: Node, _args: dict[str, Any]) -> Any:
    if not node["type"].startswith("list.") or not node["type"].endswith("_reference"):
        return None
    return json.loads(node["value"] or "[]")


@field_rule("MetaobjectField.thumbnail")
def field_thumbnail(ctx: Context, node: Node, _args: dict[str, Any]) -> Node | None:
    if node["type"] not in PICTURED or node["value"] is None:
        return None
    return {"file": field_reference(ctx, node, {}), "hex": node["value"] if node["type"] == "color" else None}


def _relations(ctx: Context, node: Node) -> Iterator[Node]:
    for entry in ctx.store.all("Metaobject").values():
        for field in entry_fields(ctx, entry, {}):
            if _refers(field, node["id"]):
                names = {"key": field["key"], "name": field["definition"]["name"], "namespace": entry["type"]}
                yield {**names, "referencer": entry["id"], "target": node["id"]}
    for entry in ctx.store.all("Metafield").values():
        if _refers(entry, node["id"]):
            names = {"key": entry["key"], "name": entry["key"], "namespace": entry["namespace"]}
            yield {**names, "referencer": entry["owner"], "target": node["id"]}


def _refers(field: Node, gid: str) -> bool:
    return field["type"].endswith("_reference") and gid in (field["value"] or "").strip('[]"').split('","')
