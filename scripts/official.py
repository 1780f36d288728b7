"""Shopify's official schema and our documents, as generators and contract tests ask for them."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from graphql import (
    FragmentDefinitionNode,
    GraphQLEnumType,
    GraphQLObjectType,
    GraphQLSchema,
    OperationDefinitionNode,
    build_client_schema,
    parse,
)

from atom_shopify_plugin.shopify.user_errors import with_errors

ROOT = Path(__file__).resolve().parent.parent
DOCUMENTS = ROOT / "atom_shopify_plugin" / "graphql"
INTROSPECTION = ROOT / ".cache" / "shopify" / "admin_2026-10.json.gz"

# Shopify refuses these without the directive since 2026-04 (shopify.dev, "Idempotent requests").
IDEMPOTENT = {
    "inventoryActivate", "inventoryAdjustQuantities", "inventoryMoveQuantities", "inventorySetQuantities",
    "inventoryShipmentAddItems", "inventoryShipmentCreate", "inventoryShipmentCreateInTransit",
    "inventoryShipmentReceive", "inventoryTransferCreate", "inventoryTransferCreateAsReadyToShip",
    "inventoryTransferDuplicate", "inventoryTransferSetItems", "locationActivate", "locationDeactivate", "refundCreate",
}  # fmt: skip


# What Shopify's list of scopes leaves out although the mutation asks for it: those of its neighbours.
INFERRED = {"Mutation.fulfillmentCancel": "Mutation.fulfillmentCreate"}


@dataclass(frozen=True)
class Official:
    """Shopify's own account of Admin GraphQL 2026-10.

    `scopes` holds, per type or ``Type.field``, the scopes of which any one opens it.
    """

    schema: GraphQLSchema
    scopes: Mapping[str, frozenset[str]]
    searches: Mapping[str, Mapping[str, str]]  # root field → filter → its row in Shopify's table of filters
    topics: Mapping[str, str]  # header form → description

    def root(self, operation: OperationDefinitionNode) -> GraphQLObjectType:
        found = self.schema.get_root_type(operation.operation)
        assert found is not None
        return found


@dataclass(frozen=True)
class Documents:
    """All documents as one: `files` by name, the operations and fragments in them.

    `file_of` is the name of the file, without its ending, in which an operation or a fragment stands.
    """

    files: Mapping[str, str]
    operations: Mapping[str, OperationDefinitionNode]
    fragments: Mapping[str, FragmentDefinitionNode]
    file_of: Mapping[str, str]


def read_official() -> Official:
    """Read the introspection that scripts/fetch_schema.py has put into .cache."""
    with gzip.open(INTROSPECTION) as file:
        content = json.load(file)
    # Shopify deprecates members of types that an interface still declares, which graphql-core would refuse.
    schema = build_client_schema(content["data"], assume_valid=True)
    return Official(schema, _scopes(content["offline_scopes"]["items"]), _searches(schema), _topics(schema))


def read_documents(folder: Path = DOCUMENTS) -> Documents:
    """Read every document of a folder, the package's own by default; mutations ask for their user errors."""
    files = {path.name: path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.graphql"))}
    nodes = [
        (name.removesuffix(".graphql"), node)
        for name, text in files.items()
        for node in with_errors(parse(text)).definitions
    ]
    operations = {node.name.value: node for _, node in nodes if isinstance(node, OperationDefinitionNode) and node.name}
    fragments = {node.name.value: node for _, node in nodes if isinstance(node, FragmentDefinitionNode)}
    known = {id(node): file for file, node in nodes}
    file_of = {name: known[id(node)] for name, node in (*operations.items(), *fragments.items())}
    return Documents(files, operations, fragments, file_of)


def _scopes(items: list[dict[str, Any]]) -> dict[str, frozenset[str]]:
    found = {
        item["typeName"] + (f".{item['fieldName']}" if item["type"] == "field" else ""): frozenset(
            item["offlineScopes"]
        )
        for item in items
        if item["offlineScopes"]
    }
    return {**{name: found[like] for name, like in INFERRED.items()}, **found}


def _searches(schema: GraphQLSchema) -> dict[str, dict[str, str]]:
    """Read the tables of filters that stand in the descriptions of `query:` arguments."""
    assert schema.query_type is not None
    tables: dict[str, dict[str, str]] = {}
    for name, field in schema.query_type.fields.items():
        text = field.args["query"].description if "query" in field.args else None
        rows = [row for row in ("\n" + (text or "")).split("\n| ")[1:] if not row.startswith(("name | type |", "---"))]
        named = {row.split(" |", 1)[0].strip(): row for row in rows}
        tables[name] = {filter_name: row for filter_name, row in named.items() if re.fullmatch(r"\w+", filter_name)}
    return tables


def _topics(schema: GraphQLSchema) -> dict[str, str]:
    """Return each webhook topic in the form of the header, which only the description holds."""
    kind = schema.type_map["WebhookSubscriptionTopic"]
    assert isinstance(kind, GraphQLEnumType)
    described = [value.description for value in kind.values.values()]
    return {text.split("`", 2)[1]: text for text in described if text and "`" in text}
