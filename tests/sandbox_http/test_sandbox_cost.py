"""What operations cost."""

from __future__ import annotations

from typing import Any

import pytest
from graphql import OperationDefinitionNode, parse
from hypothesis import given
from hypothesis import strategies as st

from atom_shopify_plugin.sandbox.cost import Operation
from atom_shopify_plugin.sandbox.engine import schema


def operation(text: str, **variables: Any) -> Operation:
    document = parse(text)
    found = next(node for node in document.definitions if isinstance(node, OperationDefinitionNode))
    return Operation(schema(), document, found, variables)


@pytest.mark.parametrize(
    ("text", "points"),
    [
        ("{ products(first: 1) { nodes { id } } }", 3),
        ("{ products(first: 250) { nodes { id } } }", 13),
        ("{ products(first: 250) { edges { cursor node { id } } pageInfo { hasNextPage } } }", 13),
        ("{ products(last: 10) { nodes { id } } }", 6),
        ("{ products { nodes { id } } }", 2),
        ('{ product(id: "1") { variants(first: 250) { nodes { inventoryItem { id } } } } }', 25),
        ("{ shop { name } }", 1),
        ("{ __typename }", 1),
        ("{ __schema { types { name } } }", 2),
        ('{ __type(name: "Product") { name } }', 1),
        ('{ __type(name: "Product") { fields { name type { name ofType { name } } } } }', 4),
        ("{ productsCount { count precision } }", 10),
        ("{ a: shop { name } b: shop { id } }", 2),
        ("{ shop { name } shop { id } ...More } fragment More on QueryRoot { shop { email } }", 1),
        ('{ order(id: "1") { totalPriceSet { shopMoney { amount } } shippingAddress { city } customer { id } } }', 3),
        ('{ product(id: "1") { variants(first: 3) @skip(if: true) { nodes { id } } } }', 1),
        ('query ($all: Boolean!) { product(id: "1") { variants(first: 3) @include(if: $all) { nodes { id } } } }', 1),
        ('{ node(id: "1") { id ... on Product { variants(first: 250) { nodes { id } } } ... on Order { name } } }', 14),
        ('{ node(id: "1") { ...A ...B } } fragment A on Product { seo { title } } fragment B on Product { options { id } }', 3),  # noqa: E501
        ('mutation { productDelete(input: {id: "1"}) { deletedProductId userErrors { field message } } }', 10),
        ('mutation { tagsAdd(id: "1", tags: "a") { node { id } userErrors { message } } }', 10),
        ('mutation { productUpdate(product: {id: "1"}) { product { id seo { title } variants(first: 3) { nodes { id } } } } }', 15),  # noqa: E501
        ("mutation { productSet(input: {variants: [{}, {}], files: [{}], metafields: [{}]}) { product { id } } }", 13),
        ("mutation { productSet(input: {variants: [{metafields: [{}, {}], file: {}}]}) { product { id } } }", 12),
        ("{ notAField { id } }", 1),
    ],
)  # fmt: skip
def test_the_requested_cost_follows_the_model(text, points):
    assert operation(text, all=False).requested().total == points


def test_variables_and_their_defaults_size_a_page():
    text = "query ($first: Int = 250) { products(first: $first) { nodes { id } } }"
    assert operation(text).requested().total == 13
    assert operation(text, first=1).requested().total == 3


@pytest.mark.parametrize(
    ("text", "data", "points"),
    [
        ("{ products(first: 250) { nodes { id } } }", {"products": {"nodes": []}}, 13),
        # seen: m(20) = 5 and m(250) = 11, of which the part of the page that came back counts, rounded up
        ("{ locations(first: 20) { nodes { id } } }", {"locations": {"nodes": [{"id": 1}] * 3}}, 3),
        ("{ locations(first: 20) { nodes { id } } }", {"locations": {"nodes": [{"id": 1}] * 9}}, 5),
        ("{ locations(first: 50) { nodes { id } } }", {"locations": {"nodes": [{"id": 1}] * 19}}, 5),
        ("{ metafieldDefinitions(ownerType: PRODUCT, first: 250) { nodes { id } } }", {"metafieldDefinitions": {"nodes": [{"id": 1}] * 54}}, 5),  # noqa: E501
        ("{ products(first: 250) { nodes { id } } }", {"products": {"nodes": [{"id": 1}] * 10}}, 3),
        ("{ products(first: 250) { edges { node { seo { title } } } } }", {"products": {"edges": [{"node": {"seo": None}}]}}, 4),  # noqa: E501
        ('{ product(id: "1") { id } }', {"product": None}, 1),
        ("{ products(first: 9) { nodes { id } } }", {"products": None}, 2),
        ('{ order(id: "1") { customer { id } } }', {"order": {"customer": None}}, 2),
        ('mutation { productUpdate(product: {id: "1"}) { product { seo { title } } } }', {"productUpdate": {"product": None}}, 10),  # noqa: E501
        ('mutation { productUpdate(product: {id: "1"}) { product { id } } }', {"productUpdate": None}, 10),
        ('{ node(id: "1") { id ... on Product { variants(first: 250) { nodes { id } } } ... on Order { name } } }', {"node": {"id": 1, "name": "#1"}}, 1),  # noqa: E501
    ],
)  # fmt: skip
def test_the_actual_cost_counts_what_came_back(text, data, points):
    assert operation(text).actual(data).total == points


def test_the_debug_list_adds_up():
    cost = operation("{ products(first: 250) { nodes { seo { title } } } }").requested(debug=True)
    rows = {tuple(row["path"]): row for row in cost.fields}
    assert rows["products",] == {
        "path": ["products"], "definedCost": 2, "requestedTotalCost": 24, "requestedChildrenCost": 22,
    }  # fmt: skip
    assert rows["products", "nodes", "seo"]["definedCost"] == 1


PAGES = st.recursive(
    st.just({"id": 1, "seo": {"title": "t"}}),
    lambda rows: st.fixed_dictionaries(
        {"id": st.just(1), "seo": st.none() | st.just({"title": "t"}), "variants": st.lists(rows, max_size=6).map(lambda r: {"nodes": r})}  # noqa: E501
    ),
    max_leaves=20,
)  # fmt: skip


@given(st.lists(PAGES, max_size=20), st.integers(20, 250))
def test_the_actual_cost_is_never_above_the_requested_one(rows, first):
    text = """query ($first: Int!) { products(first: $first) {
        nodes { id seo { title } variants(first: 6) { nodes { id } } } } }"""
    weighed = operation(text, first=first)
    assert weighed.actual({"products": {"nodes": rows}}).total <= weighed.requested().total
