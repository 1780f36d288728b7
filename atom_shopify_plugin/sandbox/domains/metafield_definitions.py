"""Definitions of metafields: kept, pinned, and found by owner type, namespace and key."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from atom_shopify_plugin.sandbox.connections import root_page
from atom_shopify_plugin.sandbox.context import Context
from atom_shopify_plugin.sandbox.domains.metafield_rules import broken_rule, full_namespace
from atom_shopify_plugin.sandbox.domains.metafield_types import DEFINABLE, VALIDATIONS, category
from atom_shopify_plugin.sandbox.refusals import fault
from atom_shopify_plugin.sandbox.registry import REGISTRY, derived, field_rule, kind, query
from atom_shopify_plugin.sandbox.store import Node

__all__ = [
    "CAPABILITIES", "definition_for", "definition_type", "identified_definition", "is_eligible", "metafields_of",
    "option_type", "place_of",
]  # fmt: skip

_VALUE_TYPES = {"boolean": "BOOLEAN", "number_integer": "INTEGER"}
CAPABILITIES = (
    "adminFilterable", "analyticsQueryable", "cartToOrderCopyable", "smartCollectionCondition", "uniqueValues",
)  # fmt: skip
# Which types each capability is for (seen on live stores, and the documentation of capabilities).
_ELIGIBLE = {
    "uniqueValues": {"single_line_text_field", "id", "url", "number_integer"},
    "smartCollectionCondition": {
        "boolean", "number_integer", "number_decimal", "rating", "single_line_text_field", "metaobject_reference",
        "list.metaobject_reference", "list.single_line_text_field",
    },
}  # fmt: skip

kind(
    "MetafieldDefinition",
    {"createdAt": None, "updatedAt": None, "place": "", "validations": [], "standardTemplate": None},
    fields="description pinnedPosition",
    indexed=("place",),
    filters={
        "key": "exact",
        "namespace": "exact",
        "type": "exact type.name",
        "owner_type": "enum ownerType",
        "created_at": "date createdAt",
        "updated_at": "date updatedAt",
    },
    words=("namespace", "key"),
    sort={"NAME": "name", "PINNED_POSITION": lambda _, node: -(node.get("pinnedPosition") or 0)},
)
kind("MetafieldDefinitionType")
kind("StandardMetafieldDefinitionTemplate")


def place_of(owner: str, namespace: str, key: str) -> str:
    """Return what a definition is found by."""
    return f"{owner}|{namespace}|{key}"


def definition_for(ctx: Context, owner: str, namespace: str, key: str) -> Node | None:
    """Return the definition of metafields of an owner type with a full namespace and a key."""
    return next(iter(ctx.store.find("MetafieldDefinition", "place", place_of(owner, namespace, key))), None)


def metafields_of(ctx: Context, definition: Node) -> list[Node]:
    """Return the metafields that a definition applies to."""
    return [
        row
        for row in ctx.store.find("Metafield", "key", definition["key"])
        if row["namespace"] == definition["namespace"] and _owner_type(row) == definition["ownerType"]
    ]


def _owner_type(row: Node) -> str:
    return REGISTRY.owners.get(row["owner"].split("/")[3], "")


def _is_valid(ctx: Context, definition: Node, row: Node) -> bool:
    return row["type"] == definition["type"]["name"] and broken_rule(ctx, definition, row["value"]) is None


# reading


def identified_definition(ctx: Context, args: Mapping[str, Any], name: str = "id") -> Node | None:
    """Return the definition that `name` or `identifier` leads to; raise for arguments with neither."""
    if (gid := args.get(name)) is not None:
        return ctx.lookup(gid, "MetafieldDefinition")
    identifier = args.get("identifier")
    if identifier is None:
        raise fault(f"Exactly one of {name} or identifier must be given.", "INVALID_FIELD_ARGUMENTS")
    namespace = full_namespace(identifier.get("namespace"))
    return definition_for(ctx, identifier["ownerType"], namespace, identifier["key"])


@query("metafieldDefinition")
def metafield_definition(ctx: Context, args: dict[str, Any]) -> Node | None:
    return identified_definition(ctx, args)


@query("metafieldDefinitions")
def metafield_definitions(ctx: Context, args: dict[str, Any]) -> Any:
    return root_page(ctx, "MetafieldDefinition", args, lambda node: _wanted(node, args))


def _wanted(node: Node, args: Mapping[str, Any]) -> bool:
    if node["ownerType"] != args["ownerType"]:
        return False
    if args.get("key") is not None and node["key"] != args["key"]:
        return False
    if args.get("namespace") is not None and node["namespace"] != full_namespace(args["namespace"]):
        return False
    pinned = args.get("pinnedStatus") or "ANY"
    if pinned != "ANY" and (node["pinnedPosition"] is not None) != (pinned == "PINNED"):
        return False
    status, constraint = args.get("constraintStatus"), node["constraints"]
    if status in ("CONSTRAINED_ONLY", "CONSTRAINED_AND_UNCONSTRAINED", "UNCONSTRAINED_ONLY"):
        fits = {"CONSTRAINED_ONLY": constraint is not None, "UNCONSTRAINED_ONLY": constraint is None}.get(status, True)
        if not fits:
            return False
    subtype = args.get("constraintSubtype")
    if subtype is None or constraint is None:
        return True
    return bool(constraint["key"] == subtype["key"] and subtype["value"] in constraint["values"])


@query("metafieldDefinitionTypes")
def definition_types(_ctx: Context, _args: dict[str, Any]) -> list[Node]:
    return [definition_type(name) for name in DEFINABLE]


def definition_type(name: str) -> Node:
    """Return a type with its category and validations."""
    single = name.removeprefix("list.")
    options = sorted(VALIDATIONS.get(single, frozenset())) + ["list.max", "list.min"] * (name != single)
    return {
        "__typename": "MetafieldDefinitionType",
        "name": name,
        "category": category(name),
        "supportedValidations": [{"name": option, "type": option_type(single, option)} for option in options],
        "supportsDefinitionMigrations": single != "id",
        "valueType": _VALUE_TYPES.get(name, "STRING"),
    }


def option_type(single: str, option: str) -> str:
    """Return the type of a validation's value."""
    if option in ("choices", "allowed_domains", "file_type_options", "metaobject_definition_ids"):
        return "list.single_line_text_field"
    if option in ("min", "max") and category(single) not in ("TEXT", "ID"):
        return single
    if option.startswith("scale_"):
        return "number_decimal"
    whole = option in ("min", "max", "max_precision", "list.min", "list.max")
    return "number_integer" if whole else "single_line_text_field"


@field_rule("MetafieldDefinition.metafields")
def metafields(ctx: Context, node: Node, args: dict[str, Any]) -> Any:
    return _rows(ctx, node, args)


@field_rule("MetafieldDefinition.metafieldsCount")
def metafields_count(ctx: Context, node: Node, args: dict[str, Any]) -> int:
    return len(_rows(ctx, node, args))


def _rows(ctx: Context, node: Node, args: Mapping[str, Any]) -> list[Node]:
    rows, status = metafields_of(ctx, node), args.get("validationStatus")
    if status in (None, "ANY"):
        return rows
    return [row for row in rows if _is_valid(ctx, node, row) == (status == "VALID")]


derived(
    {
        "MetafieldDefinition.validationStatus": lambda ctx, node: (
            "ALL_VALID" if all(_is_valid(ctx, node, row) for row in metafields_of(ctx, node)) else "SOME_INVALID"
        ),
        "MetafieldDefinition.useAsCollectionCondition": lambda _, node: bool(
            node["enabled"]["smartCollectionCondition"]
        ),
        "MetafieldDefinitionConstraints.values": lambda _, node: [{"value": value} for value in node["values"]],
    }
)


@field_rule("MetafieldDefinition.capabilities")
def capabilities(_ctx: Context, node: Node, _args: dict[str, Any]) -> Node:
    shown: Node = {
        name: {"enabled": node["enabled"][name], "eligible": is_eligible(name, node["type"]["name"])}
        for name in CAPABILITIES
    }
    shown["adminFilterable"]["status"] = "FILTERABLE" if node["enabled"]["adminFilterable"] else "NOT_FILTERABLE"
    return shown


def is_eligible(capability: str, name: str) -> bool:
    """Tell whether definitions of a type may have a capability."""
    return name in _ELIGIBLE.get(capability, (name,))


@field_rule("MetafieldDefinition.constraints")
def constraints(_ctx: Context, node: Node, _args: dict[str, Any]) -> Node:
    return node["constraints"] or {"key": None, "values": []}


@field_rule("HasMetafieldDefinitions.metafieldDefinitions")
def definitions_of_owner(ctx: Context, node: Node, args: dict[str, Any]) -> Any:
    return metafield_definitions(ctx, {**args, "ownerType": REGISTRY.owners[node["__typename"]]})
