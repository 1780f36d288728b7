"""Metaobjects: entries whose fields a definition declares.

The wording of user errors is that of the examples in Shopify's documentation of `metaobjectCreate`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from atom_shopify_plugin.sandbox.connections import page_of
from atom_shopify_plugin.sandbox.context import Context
from atom_shopify_plugin.sandbox.domains.metadata import JSON_TYPES, SINGLE_TYPES, json_value, problem_of, valued
from atom_shopify_plugin.sandbox.inputs import label_of, settle_handle
from atom_shopify_plugin.sandbox.refusals import Refused, not_modelled
from atom_shopify_plugin.sandbox.registry import (
    Filter,
    Kind,
    Member,
    Write,
    Writes,
    field_rule,
    inner_filter,
    kind,
    query,
    writes,
)
from atom_shopify_plugin.sandbox.store import Node

kind(
    Kind(
        "MetaobjectDefinition",
        fields="createdAt updatedAt description displayNameKey name type",
        indexed=("type",),
    )
)
kind(
    Kind(
        "Metaobject",
        fields="createdAt updatedAt handle type",
        indexed=("type", "handle"),
        filters={"display_name": "text displayName"},
        sort={"display_name": "displayName"},
    )
)
kind(Kind("MetaobjectFieldDefinition", fields="description required"))
kind(Kind("MetaobjectField", fields="value"))


def _definition(ctx: Context, name: str) -> Node | None:
    return next(iter(ctx.store.find("MetaobjectDefinition", "type", name)), None)


@inner_filter("fields")
def search_by_field(name: str) -> Filter:
    """Search entries by ``fields.{key}``."""
    key = name.partition(".")[2]
    return Filter(
        "mixed", lambda ctx, node: [field for field in valued(entry_fields(ctx, node, {})) if field["key"] == key]
    )


@query("metaobjectDefinitionByType")
def definition_by_type(ctx: Context, args: dict[str, Any]) -> Node | None:
    return _definition(ctx, args["type"])


@query("metaobjectByHandle")
def by_handle(ctx: Context, args: dict[str, Any]) -> Node | None:
    found = ctx.store.find("Metaobject", "handle", args["handle"]["handle"])
    return next((node for node in found if node["type"] == args["handle"]["type"]), None)


@field_rule("MetaobjectDefinition.metaobjects")
def entries(ctx: Context, node: Node, args: dict[str, Any]) -> Any:
    return page_of(ctx.store.find("Metaobject", "type", node["type"]), args, [node["id"], "metaobjects"])


@field_rule("MetaobjectDefinition.metaobjectsCount")
def entries_count(ctx: Context, node: Node, _args: dict[str, Any]) -> int:
    return len(ctx.store.find("Metaobject", "type", node["type"]))


@field_rule("Metaobject.definition")
def entry_definition(ctx: Context, node: Node, _args: dict[str, Any]) -> Node | None:
    return _definition(ctx, node["type"])


@field_rule("Metaobject.fields")
def entry_fields(ctx: Context, node: Node, _args: dict[str, Any]) -> list[Node]:
    definition = _definition(ctx, node["type"])
    return [_field(node, declared) for declared in definition["fieldDefinitions"]] if definition else []


@field_rule("Metaobject.field")
def entry_field(ctx: Context, node: Node, args: dict[str, Any]) -> Node | None:
    return next((field for field in entry_fields(ctx, node, {}) if field["key"] == args["key"]), None)


def _field(node: Node, declared: Node) -> Node:
    value = node["stored"].get(declared["key"])
    return {"key": declared["key"], "type": declared["type"]["name"], "value": value, "definition": declared}


@field_rule("MetaobjectField.jsonValue")
def field_json(ctx: Context, node: Node, _args: dict[str, Any]) -> Any:
    return None if node["value"] is None else json_value(ctx, node, {})


@field_rule("Metaobject.values")
def entry_values(ctx: Context, node: Node, _args: dict[str, Any]) -> Node:
    return {field["key"]: field["value"] for field in entry_fields(ctx, node, {})}


# definitions


def _check_definition(ctx: Context, write: Write) -> None:
    given, values = write.given, write.values
    name = given["type"].strip()
    if len(name) < 3:
        raise Refused.one(["definition", "type"], "Type is too short (minimum is 3 characters)", "TOO_SHORT")
    if _definition(ctx, name):
        raise Refused.one(["definition", "type"], "Type has already been taken", "TAKEN")
    fields = [_declared(entry, at) for at, entry in enumerate(given.get("fieldDefinitions") or ())]
    if values.get("displayNameKey") and values["displayNameKey"] not in [field["key"] for field in fields]:
        message = f'Field definition "{values["displayNameKey"]}" does not exist'
        raise Refused.one(["definition", "displayNameKey"], message, "UNDEFINED_OBJECT_FIELD")
    values |= {"type": name, "fieldDefinitions": fields, "name": values.get("name") or label_of(name.replace("_", " "))}


def _declared(entry: Mapping[str, Any], at: int) -> Node:
    path, key, name = ["definition", "fieldDefinitions", at], entry["key"], entry["type"]
    if name.removeprefix("list.") not in SINGLE_TYPES:
        raise Refused.one([*path, "type"], "Type is not included in the list", "INCLUSION")
    if entry.get("validations") or entry.get("capabilities"):
        raise not_modelled("Validations and capabilities of a metaobject's field")
    category = "JSON" if name in JSON_TYPES else "TEXT"
    return {
        "__typename": "MetaobjectFieldDefinition",
        "key": key,
        "name": entry.get("name") or label_of(key.replace("_", " ")),
        "description": entry.get("description"),
        "required": bool(entry.get("required")),
        "type": {"name": name, "category": category},
        "validations": [],
    }


def _remove_definition(ctx: Context, write: Write) -> None:
    for entry in ctx.store.find("Metaobject", "type", write.target["type"]):
        ctx.delete(entry)


# entries


def _check_entry(ctx: Context, write: Write) -> None:
    given, node = write.given, write.node
    name = given["type"] if node is None else node["type"]
    definition = _definition(ctx, name)
    if definition is None:
        message = f'No metaobject definition exists for type "{name}"'
        raise Refused.one(["metaobject", "type"], message, "UNDEFINED_OBJECT_TYPE")
    stored = {**(node or {}).get("stored", {}), **_entry_values(definition, given)}
    for declared in definition["fieldDefinitions"]:
        if declared["required"] and not stored.get(declared["key"]):
            raise Refused.one(["metaobject"], f"{declared['name']} can't be blank", "OBJECT_FIELD_REQUIRED")
    title = stored.get(definition.get("displayNameKey") or "") or ""
    settle_handle(ctx, "Metaobject", write, title=title, path=["metaobject"], fallback=name, within={"type": name})
    handle = write.values.get("handle") or (node or {}).get("handle", "")
    write.values |= {"type": name, "stored": stored, "displayName": title or handle.replace("-", " ").title()}


def _entry_values(definition: Node, given: Mapping[str, Any]) -> Node:
    declared = {field["key"]: field["type"]["name"] for field in definition["fieldDefinitions"]}
    values: Node = {}
    for at, entry in enumerate(given.get("fields") or ()):
        path, key, value = ["metaobject", "fields", at], entry["key"], entry["value"]
        if key not in declared:
            raise Refused.one(path, f'Field definition "{key}" does not exist', "UNDEFINED_OBJECT_FIELD")
        if key in values:
            raise Refused.one(path, f'Field "{key}" duplicates other inputs', "DUPLICATE_FIELD_INPUT")
        problem = problem_of(declared[key], key, value) if value else None
        if problem is not None:
            raise Refused.one(path, problem[1], problem[2])
        values[key] = value or None
    return values


_FIELDLESS = Member(field=None)
writes(
    "MetaobjectDefinition",
    Writes(
        members={**dict.fromkeys(("type", "fieldDefinitions"), _FIELDLESS), "name": Member(longest=255)},
        check=_check_definition,
        remove=_remove_definition,
        path=("definition",),
        actions=("create", "delete"),
        missing={"delete": "Record not found"},
    ),
)
writes(
    "Metaobject",
    Writes(
        members=dict.fromkeys(("type", "handle", "fields"), _FIELDLESS),
        check=_check_entry,
        path=("metaobject",),
        missing={"update": "Record not found", "delete": "Record not found"},
    ),
)
