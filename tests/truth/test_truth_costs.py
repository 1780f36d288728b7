"""What operations cost: every figure that is on record, and what holds for all operations.

The figures "seen" are those of live stores, from bug reports, tutorials and test data that people published, and from
recorded exchanges. What the sandbox serves is asked over its API; types that it does not serve yet stand in a schema of
their own, under their official names, because the rules of the costs are about names.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import pytest
from facts import Before, Fact, each
from graphql import (
    GraphQLNamedType,
    GraphQLSchema,
    OperationDefinitionNode,
    build_schema,
    get_named_type,
    is_composite_type,
    is_leaf_type,
    is_object_type,
    parse,
)
from hypothesis import given
from hypothesis import strategies as st

from atom_shopify_plugin.official import cost_tables
from atom_shopify_plugin.official.table import official
from atom_shopify_plugin.sandbox.cost import Operation, multiplier
from atom_shopify_plugin.sandbox.engine import schema

CREATE = "mutation M($product: ProductCreateInput!, $media: [CreateMediaInput!]) { productCreate(product: $product, media: $media) { product { id } userErrors { message } } }"
CUP = Before(CREATE, {"product": {"title": "Cup"}}, "cup", "productCreate.product.id")
FIELDS = [{"namespace": "own", "key": f"key{at}", "value": "x", "type": "single_line_text_field"} for at in range(3)]

FACTS = [
    Fact("a shop", "{ shop { name myshopifyDomain } }", cost=1, actual=1),
    Fact("one product", "{ products(first: 1) { nodes { id } } }", cost=3, actual=3),
    Fact("a whole page of products", "{ products(first: 250) { nodes { id } } }", cost=13),
    Fact("no product", '{ products(first: 1, query: "title:none") { nodes { id } } }', cost=3, actual=3),
    Fact(
        "an empty page counts as rows without anything in them",
        '{ customers(first: 5, query: "email:none@example.com") { nodes { id defaultEmailAddress { emailAddress } } } }',
        data={"customers": {"nodes": []}},
        cost=8,
        actual=5,
    ),
    Fact(
        "an empty page in two forms counts once",
        '{ giftCards(first: 2, query: "id:999999999999") { nodes { id } edges { cursor node { id } } } }',
        data={"giftCards": {"nodes": [], "edges": []}},
        scopes=["read_gift_cards"],
        cost=4,
        actual=3,
    ),
    Fact(
        "an empty page of selling plan groups costs nothing beside itself",
        '{ sellingPlanGroups(first: 3, query: "name:none") { edges { node { id } } } }',
        data={"sellingPlanGroups": {"edges": []}},
        scopes=["read_products"],
        cost=4,
        actual=2,
    ),
    Fact("introspection costs its root alone", '{ __type(name: "Page") { fields { name } } }', cost=2, actual=1),
    Fact(
        "a product that is not there",
        "query getVariantsInventoryItem($id: ID!) { product(id: $id) { variants(first: 250) { nodes { inventoryItem { id tracked } } } } }",
        {"id": "gid://shopify/Product/1"},
        data={"product": None},
        cost=25,
        actual=1,
    ),
    Fact(
        "a connection that the token may not read",
        "{ orders(first: 1) { nodes { id } } }",
        errors=[{"path": ["orders"]}],
        scopes=["read_products"],
        cost=3,
        actual=2,
    ),
    Fact(
        "the default of a variable sizes a page",
        "query GetLocations($first: Int = 20) { locations(first: $first) { edges { node { id name address { city country } isActive fulfillsOnlineOrders } } pageInfo { hasNextPage endCursor } } }",
        cost=7,
        actual=3,
    ),
    Fact(
        "two pages under aliases",
        "{ newestProducts: products(first: 5, reverse: true) { edges { node { id title category { name } } } } oldestProducts: products(first: 5) { edges { node { id title category { name } } } } }",
        cost=16,
    ),
    Fact(
        "objects inside objects of a page",
        "query SearchBySku($query: String!) { productVariants(first: 10, query: $query) { edges { node { id sku title product { id title category { id name fullName } vendor tags } } } } }",
        {"query": "sku:none"},
        cost=14,
    ),
    Fact(
        "metafields of a product",
        "query getProductMetafields($id: ID!) { product(id: $id) { id title metafields(first: 10) { edges { node { id namespace key value type } } } } }",
        {"id": "<cup>"},
        before=[
            CUP,
            Before(
                "mutation M($m: [MetafieldsSetInput!]!) { metafieldsSet(metafields: $m) { userErrors { message } } }",
                {"m": [{"ownerId": "<cup>", **fields} for fields in FIELDS[:2]]},
            ),
        ],
        cost=7,
        actual=4,
    ),
    Fact(
        "setting metafields",
        "mutation updateMetafield($metafields: [MetafieldsSetInput!]!) { metafieldsSet(metafields: $metafields) { metafields { id namespace key value type } userErrors { field message } } }",
        {"metafields": [{"ownerId": "<cup>", **FIELDS[0]}]},
        before=[CUP],
        cost=10,
        actual=10,
    ),
    Fact("the number of products", "{ productsCount { count precision } }", cost=10, actual=10),
    Fact("the API versions are free", "{ shop { name } publicApiVersions { handle supported } }", cost=1, actual=1),
    Fact(
        "the rules of a collection are free",
        '{ collection(id: "gid://shopify/Collection/1") { ruleSet { appliedDisjunctively rules { column condition } } } }',
        cost=1,
    ),
    Fact(
        "consents of a customer are free",
        '{ customer(id: "gid://shopify/Customer/1") { emailMarketingConsent { marketingState } smsMarketingConsent { marketingState } } }',
        cost=1,
    ),
    Fact(
        "the origin of a fulfillment is free",
        '{ fulfillment(id: "gid://shopify/Fulfillment/1") { originAddress { city } } }',
        cost=1,
    ),
    Fact(
        "who sent a parcel",
        '{ fulfillment(id: "gid://shopify/Fulfillment/1") { service { handle location { id } } } }',
        cost=4,
    ),
    Fact(
        "addresses of an order",
        '{ order(id: "gid://shopify/Order/1") { billingAddress { zip } shippingAddress { zip } } }',
        cost=3,
    ),
    Fact("a fulfillment service", "{ locations(first: 1) { nodes { fulfillmentService { handle } } } }", cost=4),
    Fact("whether orders wait at a location", "{ locations(first: 1) { nodes { hasUnfulfilledOrders } } }", cost=4),
    Fact("metafields of a new product", CREATE, {"product": {"title": "A", "metafields": FIELDS[:1]}}, cost=10),
    Fact("more metafields of a new product", CREATE, {"product": {"title": "A", "metafields": FIELDS[:2]}}, cost=11),
    Fact(
        "media of a new product",
        CREATE,
        {
            "product": {"title": "A"},
            "media": [{"originalSource": "https://example.com/a.png", "mediaContentType": "IMAGE"}] * 2,
        },
        cost=14,
    ),
    Fact(
        "introspection counts what it selects",
        '{ __schema { types { name } } __type(name: "Product") { fields { name } } }',
        cost=4,
        source="inferred",
    ),
]

test_facts = each(FACTS)

# Types of the official schema that the sandbox does not serve, each with what costs something.
OTHERS = build_schema("""
    type PageInfo { hasNextPage: Boolean! }
    type MoneyV2 { amount: String! }
    type StoreCreditAccount { id: ID! balance: MoneyV2! }
    type StoreCreditAccountEdge { node: StoreCreditAccount! }
    type StoreCreditAccountConnection { nodes: [StoreCreditAccount!]! edges: [StoreCreditAccountEdge!]! pageInfo: PageInfo! }
    type Customer { id: ID! storeCreditAccounts(first: Int): StoreCreditAccountConnection! }
    type Count { count: Int! }
    type Blog { articlesCount: Count }
    type DeliveryProfile { productVariantsCount: Count name: String }
    type Query {
        customer(id: ID!): Customer
        blog(id: ID!): Blog
        deliveryProfile(id: ID!): DeliveryProfile
    }
    type Parameter { name: String! }
    type Target { url: String parameters: [Parameter!]! }
    type Payload { stagedTargets: [Target!] userErrors: [UserError!]! }
    type UserError { message: String! }
    input FileCreateInput { originalSource: String! }
    input CreateMediaInput { originalSource: String! }
    input Metafield { key: String! }
    input File { originalSource: String! }
    input GiftCardProductVariantSetInput { metafields: [Metafield!] file: File }
    input GiftCardProductSetInput { variants: [GiftCardProductVariantSetInput!] metafields: [Metafield!] files: [File!] }
    type Mutation {
        stagedUploadsCreate(input: [File!]!): Payload
        orderCapture(input: File): Payload
        refundCreate(input: File): Payload
        fulfillmentTrackingInfoUpdate(fulfillmentId: ID!): Payload
        fulfillmentTrackingInfoUpdateV2(fulfillmentId: ID!): Payload
        deliveryProfileUpdate(id: ID!): Payload
        flowTriggerReceive(body: String): Payload
        fileCreate(files: [FileCreateInput!]!): Payload
        productCreateMedia(media: [CreateMediaInput!]!, productId: ID!): Payload
        giftCardProductSet(input: GiftCardProductSetInput!): Payload
    }
""")

ERRORS = "{ userErrors { message } }"


@pytest.mark.parametrize(
    ("text", "points"),
    [
        ('{ customer(id: "1") { storeCreditAccounts(first: 1) { nodes { id } } } }', 9),
        ('{ customer(id: "1") { storeCreditAccounts(first: 3) { edges { node { balance { amount } } } } } }', 15),
        ('{ blog(id: "1") { articlesCount { count } } }', 11),
        ('{ deliveryProfile(id: "1") { productVariantsCount { count } } }', 11),
        ("mutation { stagedUploadsCreate(input: []) { stagedTargets { url parameters { name } } } }", 11),
        (f"mutation {{ orderCapture(input: {{}}) {ERRORS} }}", 20),
        (f"mutation {{ refundCreate(input: {{}}) {ERRORS} }}", 20),
        (f'mutation {{ fulfillmentTrackingInfoUpdate(fulfillmentId: "1") {ERRORS} }}', 50),
        (f'mutation {{ fulfillmentTrackingInfoUpdateV2(fulfillmentId: "1") {ERRORS} }}', 50),
        (f'mutation {{ deliveryProfileUpdate(id: "1") {ERRORS} }}', 100),
        (f"mutation {{ flowTriggerReceive {ERRORS} }}", 1),
        (f"mutation {{ fileCreate(files: [{{}}, {{}}, {{}}]) {ERRORS} }}", 20),
        (f'mutation {{ productCreateMedia(media: [{{}}, {{}}], productId: "1") {ERRORS} }}', 20),
        (f"mutation {{ giftCardProductSet(input: {{files: [{{}}], metafields: [{{}}, {{}}]}}) {ERRORS} }}", 13),
        (f"mutation {{ giftCardProductSet(input: {{variants: [{{file: {{}}, metafields: [{{}}]}}]}}) {ERRORS} }}", 11),
    ],
)
def test_a_type_that_is_not_served_costs_what_its_name_says(text: str, points: int) -> None:
    assert operation(text, OTHERS).requested().total == points


@pytest.mark.parametrize(
    ("rows", "times"), [(0, 0), (1, 1), (3, 2), (5, 3), (10, 4), (25, 6), (50, 7), (100, 9), (250, 11)]
)
def test_a_page_grows_with_the_logarithm_of_its_rows(rows: int, times: int) -> None:
    assert multiplier(rows) == times


@pytest.mark.parametrize(
    ("variants", "points"),
    [
        ([{}], 10),  # 10.2
        ([{}, {}], 10),  # 10.4
        ([{}, {}, {}], 11),  # 10.6
        ([{"metafields": [{}]}], 11),  # 10.6
        ([{"metafields": [{}, {}]}] * 3, 13),  # 13.0
        ([{}] * 250, 60),
        ({}, 10),  # one for a list of one
        (None, 10),
    ],
)
@pytest.mark.parametrize("name", ["productVariantsBulkCreate", "productVariantsBulkUpdate"])
def test_variants_of_a_bulk_mutation_cost_parts_of_a_point(name: str, variants: Any, points: int) -> None:
    text = f'mutation M($v: [ProductVariantsBulkInput!]!) {{ {name}(productId: "1", variants: $v) {ERRORS} }}'
    assert operation(text, v=variants).requested().total == points


def test_the_tables_of_the_costs_hold_official_names_alone() -> None:
    mutations = official().root("mutation")
    assert mutations is not None
    assert set(cost_tables.MUTATIONS) <= set(mutations.fields)
    assert all(official().type(name) for name in (*cost_tables.TYPES, *cost_tables.ROWS))
    for parent, name in cost_tables.FIELDS:
        kind = official().type(parent)
        assert kind is not None
        assert name in kind.fields
    for owner, name in cost_tables.ENTRIES:
        kind = official().type(owner)
        assert name in (mutations.fields[owner].arguments if kind is None else kind.members)


# -- what holds for all operations


@dataclass(frozen=True)
class Pick:
    """A selected field: its place in the schema, the size of its page where it has one, and what is selected on it."""

    name: str
    kind: str
    first: int | None = None
    below: tuple[Pick, ...] = ()


@cache
def choices(kind: str) -> tuple[Pick, ...]:
    """Return what can be selected on an object type, without what would be below."""
    declared: Mapping[str, Any] = schema().type_map[kind].fields  # type: ignore[union-attr]
    named = {name: get_named_type(field.type) for name, field in declared.items()}
    plain = {name: type_ for name, type_ in named.items() if is_leaf_type(type_) or is_object_type(type_)}
    # The members of segments are the only ones of Shopify's connections that have edges and no nodes.
    return tuple(
        Pick(name, type_.name)
        for name, type_ in sorted(plain.items())
        if not type_.name.endswith("Connection") or "nodes" in schema().type_map[type_.name].fields  # type: ignore[union-attr]
    )


@st.composite
def picks(draw: st.DrawFn, kind: str = "QueryRoot", depth: int = 4) -> tuple[Pick, ...]:
    """Draw a selection on a type, without two fields of one name."""
    usable = [pick for pick in choices(kind) if depth > 1 or is_leaf_type(schema().type_map[pick.kind])]
    if not usable:
        return (Pick("__typename", "String"),)
    found: dict[str, Pick] = {}
    for pick in draw(st.lists(st.sampled_from(usable), min_size=1, max_size=3, unique=True)):
        if is_leaf_type(schema().type_map[pick.kind]):
            found[pick.name] = pick
        elif pick.kind.endswith("Connection"):
            node = get_named_type(schema().type_map[pick.kind].fields["nodes"].type)  # type: ignore[union-attr]
            rows = draw(picks(node.name, depth - 1)) if is_object_type(node) else (Pick("__typename", "String"),)
            found[pick.name] = replace(
                pick, first=draw(st.integers(1, 250)), below=(Pick("nodes", node.name, below=rows),)
            )
        else:
            found[pick.name] = replace(pick, below=draw(picks(pick.kind, depth - 1)))
    return tuple(found.values())


def written(selection: tuple[Pick, ...], **how: Any) -> str:
    """Return a selection as text: as it is, or as `how` says in other words that mean the same."""
    return "{ " + " ".join(_field(pick, **how) for pick in selection) + " }"


def _field(pick: Pick, alias: str = "", spread: str = "", page: str = "first: {}") -> str:
    arguments = f"({page.format(pick.first)})" if pick.first is not None else ""
    below = written(pick.below, alias=alias, spread=spread, page=page) if pick.below else ""
    text = f"{alias + pick.name + ': ' if alias else ''}{pick.name}{arguments} {below}"
    return spread.format(text) if spread else text


def operation(text: str, served: GraphQLSchema | None = None, **variables: Any) -> Operation:
    document = parse(text)
    main = next(node for node in document.definitions if isinstance(node, OperationDefinitionNode))
    return Operation(served or schema(), document, main, variables)


def requested(text: str, **variables: Any) -> int:
    return operation(text, **variables).requested().total


@given(picks())
def test_other_words_for_the_same_selection_cost_the_same(selection: tuple[Pick, ...]) -> None:
    plain = requested(written(selection))
    assert requested(written(selection, alias="a_")) == plain
    assert requested(written(selection, spread="... {{ {} }}")) == plain
    assert requested(written(selection, spread="... @include(if: true) {{ {} }}")) == plain
    assert requested(written(selection, page="last: {}")) == plain
    assert requested("{ ...All } fragment All on QueryRoot " + written(selection)) == plain
    assert requested(written(selection)[:-1] + written(selection)[1:]) == plain  # each field twice
    pages = sorted(sizes(selection))
    names = {size: f"$p{size}" for size in pages}
    declared = ", ".join(f"{name}: Int" for name in names.values())
    defaults = ", ".join(f"{name}: Int = {size}" for size, name in names.items())
    body = written(selection, page="first: $p{}")
    values = {name[1:]: size for size, name in names.items()}
    assert requested(f"query ({declared}) {body}" if names else body, **values) == plain
    assert requested(f"query ({defaults}) {body}" if names else body) == plain
    whole = {name: float(size) for name, size in values.items()}  # JSON may write 5.0
    assert requested(f"query ({defaults}) {body}" if names else body, **whole) == plain


def sizes(selection: tuple[Pick, ...]) -> set[int]:
    return {pick.first for pick in selection if pick.first is not None}.union(
        *(sizes(pick.below) for pick in selection)
    )


@given(picks(), st.data())
def test_one_more_selection_never_costs_less(selection: tuple[Pick, ...], data: st.DataObject) -> None:
    more = added(selection, "QueryRoot", data)
    assert requested(written(more)) >= requested(written(selection))
    grown = tuple(replace(pick, first=pick.first + 1) if pick.first else pick for pick in selection)
    assert requested(written(grown)) >= requested(written(selection))


NODES = sorted(kind.name for kind in schema().get_possible_types(schema().type_map["Node"]))  # type: ignore[arg-type]


@given(st.lists(st.sampled_from(NODES), min_size=1, max_size=4, unique=True), st.data())
def test_a_node_costs_what_its_dearest_type_costs(kinds: list[str], data: st.DataObject) -> None:
    parts = [f"... on {kind} {written(data.draw(picks(kind, 3)))}" for kind in kinds]
    alone = [requested(f'{{ node(id: "1") {{ id {part} }} }}') for part in parts]
    assert requested(f'{{ node(id: "1") {{ id {" ".join(parts)} }} }}') == max(alone)
    assert requested(f'{{ node(id: "1") {{ {" ".join(reversed(parts))} id }} }}') == max(alone)
    spread = " ".join(f"fragment F{at} on Node {{ {part} }}" for at, part in enumerate(parts))
    names = " ".join(f"...F{at}" for at in range(len(parts)))
    assert requested(f'{{ node(id: "1") {{ id {names} }} }} {spread}') == max(alone)


def added(selection: tuple[Pick, ...], kind: str, data: st.DataObject) -> tuple[Pick, ...]:
    """Return a selection with something more somewhere."""
    deeper = [pick for pick in selection if pick.below and is_object_type(schema().type_map[pick.kind])]
    if deeper and data.draw(st.booleans()):
        chosen = data.draw(st.sampled_from(deeper))
        below = added(chosen.below, chosen.kind, data)
        return tuple(replace(pick, below=below) if pick is chosen else pick for pick in selection)
    known = {pick.name for pick in selection}
    if kind.endswith("Connection"):
        return selection
    return (*selection, *(pick for pick in data.draw(picks(kind, 3)) if pick.name not in known))


@given(picks(), st.data())
def test_what_came_back_never_costs_more_than_what_was_asked_for(
    selection: tuple[Pick, ...], data: st.DataObject
) -> None:
    weighed = operation(written(selection))
    assert weighed.actual(answer(selection, data)).total <= weighed.requested().total


def answer(selection: tuple[Pick, ...], data: st.DataObject) -> dict[str, Any]:
    """Draw an answer: objects or nulls, lists of up to a page."""
    found: dict[str, Any] = {}
    for pick in selection:
        kind: GraphQLNamedType = schema().type_map[pick.kind]
        if not is_composite_type(kind):
            found[pick.name] = "x"
        elif pick.first is not None:
            rows = data.draw(st.integers(0, min(pick.first, 3)))
            found[pick.name] = {"nodes": [answer(pick.below[0].below, data) for _ in range(rows)]}
        else:
            found[pick.name] = data.draw(st.none() | st.just({})) if pick.below else None
            if found[pick.name] is not None:
                found[pick.name] = answer(pick.below, data)
    return found
