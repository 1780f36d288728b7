"""Every field of every kind that is served either answers or says that it is not modelled."""

from __future__ import annotations

from typing import Any

import pytest
from graphql import (
    GraphQLField,
    GraphQLObjectType,
    get_named_type,
    is_abstract_type,
    is_leaf_type,
    is_required_argument,
)

from atom_shopify_plugin.official.access import table
from atom_shopify_plugin.sandbox.engine import schema

# How to reach a node of a kind; @ stands for the selection under test.
ROOTS = {
    "Product": "products(first: 3) { nodes { @ } }",
    "ProductVariant": "productVariants(first: 3) { nodes { @ } }",
    "Collection": "collections(first: 3) { nodes { @ } }",
    "Order": "orders(first: 30) { nodes { @ } }",
    "LineItem": "orders(first: 30) { nodes { lineItems(first: 5) { nodes { @ } } } }",
    "OrderTransaction": "orders(first: 30) { nodes { transactions { @ } } }",
    "Fulfillment": "orders(first: 30) { nodes { fulfillments { @ } } }",
    "Refund": "orders(first: 30) { nodes { refunds { @ } } }",
    "ShippingLine": "orders(first: 30) { nodes { shippingLine { @ } } }",
    "TaxLine": "orders(first: 30) { nodes { taxLines { @ } } }",
    "MailingAddress": "orders(first: 30) { nodes { shippingAddress { @ } } }",
    "Customer": "customers(first: 5) { nodes { @ } }",
    "InventoryItem": "inventoryItems(first: 3) { nodes { @ } }",
    "InventoryLevel": "inventoryItems(first: 1) { nodes { inventoryLevels(first: 2) { nodes { @ } } } }",
    "Location": "locations(first: 2) { nodes { @ } }",
    "Shop": "shop { @ }",
    "ShopAddress": "shop { shopAddress { @ } }",
    "AppInstallation": "currentAppInstallation { @ }",
    "App": "currentAppInstallation { app { @ } }",
    "ApiVersion": "publicApiVersions { @ }",
}


def selection(shop: Any, name: str, field: GraphQLField, depth: int) -> str | None:
    """Return a selection of a field with all that is below it, None when an argument has no ready value."""
    given = []
    ready = {
        "names": '["available", "on_hand"]',
        "key": '"size"',
        "inventoryItemId": "InventoryItem",
        "locationId": "Location",
    }
    for key, argument in field.args.items():
        if key == "first":
            given.append("first: 2")
        elif is_required_argument(argument):
            value = ready.get(key, {"inCollection": "Collection", "hasProduct": "Product"}.get(name))
            if value is None:
                return None
            given.append(f"{key}: " + (f'"{shop.first(value)}"' if value.isalpha() else value))
    head = f"{name}({', '.join(given)})" if given else name
    kind = get_named_type(field.type)
    if is_leaf_type(kind):
        return head
    if depth == 0 or is_abstract_type(kind) or not isinstance(kind, GraphQLObjectType):
        return f"{head} {{ __typename }}"
    below = [selection(shop, key, inner, depth - 1) for key, inner in kind.fields.items()]
    return f"{head} {{ {' '.join(filter(None, below))} }}"


def every_scope() -> frozenset[str]:
    return frozenset(scope for part in table().values() for scopes in part.values() for scope in scopes)


@pytest.fixture(scope="module")
def reader() -> Any:
    from sandbox_shop import NOW, Shop

    from atom_shopify_plugin.sandbox import seed

    return Shop(seed.build("demo.myshopify.com", "small", now=NOW), scopes=every_scope())


@pytest.mark.parametrize("kind", ROOTS)
def test_each_field_answers_or_says_that_it_is_not_modelled(reader: Any, kind: str) -> None:
    definition = schema().type_map[kind]
    assert isinstance(definition, GraphQLObjectType)
    refused = {}
    for name, field in definition.fields.items():
        chosen = selection(reader, name, field, 2)
        if chosen is not None:
            errors = reader.ask("{ " + ROOTS[kind].replace("@", chosen) + " }").get("errors", [])
            if {error.get("extensions", {}).get("code") for error in errors} - {"NOT_MODELLED"}:
                refused[name] = errors
    assert refused == {}
