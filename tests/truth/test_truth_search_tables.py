"""Every name, accepted value and example of Shopify's search tables is understood, or answered with NOT_MODELLED."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, NamedTuple

import pytest
from graphql import GraphQLObjectType

from atom_shopify_plugin.official.access import table
from atom_shopify_plugin.sandbox import seed
from atom_shopify_plugin.sandbox.engine import GraphQLEngine, schema
from atom_shopify_plugin.sandbox.search_tables import Name, Table, searched_fields
from atom_shopify_plugin.sandbox.store import StoreState

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
SCOPES = frozenset(scope for rows in table().values() for scopes in rows.values() for scope in scopes)
# What the arguments of a list need beside the page, and where the rows of a nested list come from.
ARGUMENTS = {"metaobjects": 'type: "lookbook"', "metafieldDefinitions": "ownerType: PRODUCT"}
# Their `query` is in the language of segments or in ShopifyQL, which the syntax of searches is not for.
OTHER_LANGUAGE = {"QueryRoot.customerSegmentMembers", "QueryRoot.shopifyqlQuery"}
PARENTS = {
    "Collection": "collections(first: 1) { nodes { %s } }",
    "Customer": "customers(first: 1) { nodes { %s } }",
    "DiscountAutomaticNode": "automaticDiscountNodes(first: 1) { nodes { %s } }",
    "DiscountCodeBasic": "codeDiscountNodes(first: 1) { nodes { codeDiscount { ... on DiscountCodeBasic { %s } } } }",
    "DiscountCodeNode": "codeDiscountNodes(first: 1) { nodes { %s } }",
    "DiscountNode": "discountNodes(first: 1) { nodes { %s } }",
    "InventoryItem": "inventoryItems(first: 1) { nodes { %s } }",
    "Location": "locations(first: 1) { nodes { %s } }",
    "Order": "orders(first: 1) { nodes { %s } }",
    "Product": "products(first: 1) { nodes { %s } }",
    "ProductVariant": "productVariants(first: 1) { nodes { %s } }",
    "QueryRoot": "%s",
    "Shop": "shop { %s }",
}
# Names whose answer depends on what isn't modelled: channels and publications, profiles of delivery, payment
# providers, abandoned checkouts, groups of inventory, feedback of publishing, catalogs of apps, markets of companies.
UNMODELLED = {
    "QueryRoot.collections": {
        "product_publication_status", "publishable_status", "published_at", "published_status",
    },
    "QueryRoot.customers": {"last_abandoned_order_date"},
    "QueryRoot.orders": {
        "channel", "channel_id", "fraud_protection_level", "payment_provider_id", "reference_location_id",
        "sales_channel",
    },
    "QueryRoot.productVariants": {"delivery_profile_id", "product_publication_status", "publishable_status"},
    "QueryRoot.products": {
        "delivery_profile_id", "error_feedback", "product_configuration_owner", "product_publication_status",
        "publication_ids", "publishable_status",
    },
    "InventoryItem.inventoryLevels": {"inventory_group_id"},
    "QueryRoot.catalogs": {"app_id", "company_id", "managed_country_id"},
    "QueryRoot.markets": {"wildcard_company_location_with_country_code"},
    "QueryRoot.companies": {"active_customers_count", "ordering_status"},
}  # fmt: skip
# The same of single values: those that name channels, and of orders whose risk was not assessed.
CHANNELS = re.compile(r".*-(published|visible|intended|hidden)|online_store_channel|unavailable")
UNMODELLED_VALUES = {
    ("QueryRoot.products", "published_status"): CHANNELS,
    ("QueryRoot.productVariants", "published_status"): CHANNELS,
    ("QueryRoot.orders", "risk_level"): re.compile("none|pending"),
}
# How many accepted values and examples the tables of the modelled kinds have, and how many answer NOT_MODELLED: 115 of
# 646 together, most of them for the channels of products, variants and collections.
COUNTS = {
    "QueryRoot.articles": (0, 23),
    "QueryRoot.automaticDiscountNodes": (0, 20),
    "QueryRoot.blogs": (0, 5),
    "QueryRoot.bulkOperations": (0, 11),
    "QueryRoot.catalogs": (0, 5),
    "QueryRoot.codeDiscountNodes": (0, 47),
    "QueryRoot.collections": (34, 41),
    "QueryRoot.companies": (0, 7),
    "QueryRoot.companyLocations": (0, 7),
    "QueryRoot.customers": (2, 38),
    "QueryRoot.customersCount": (0, 3),
    "QueryRoot.discountCodesCount": (0, 5),
    "QueryRoot.discountNodes": (0, 73),
    "QueryRoot.draftOrders": (0, 5),
    "QueryRoot.draftOrdersCount": (0, 5),
    "QueryRoot.fulfillmentOrders": (0, 5),
    "QueryRoot.giftCards": (0, 22),
    "QueryRoot.inventoryItems": (0, 4),
    "QueryRoot.locations": (0, 7),
    "QueryRoot.metafieldDefinitions": (0, 15),
    "QueryRoot.metaobjects": (0, 5),
    "QueryRoot.orders": (15, 104),
    "QueryRoot.pages": (0, 14),
    "QueryRoot.productVariants": (31, 70),
    "QueryRoot.products": (33, 87),
    "QueryRoot.segments": (0, 5),
    "QueryRoot.webhookSubscriptionsCount": (0, 3),
    "InventoryItem.inventoryLevels": (0, 3),
    "Product.media": (0, 7),
}


FIELDS = [field for field in searched_fields() if field.partition(".")[0] in PARENTS and field not in OTHER_LANGUAGE]


class Case(NamedTuple):
    name: str
    value: str
    query: str


def cases(table: Table) -> Iterator[Case]:
    """Yield a search for each name of a table, each of its values and each of its examples."""
    for name in table.names.values():
        filled = re.sub(r"{\w+}", "shade", name.name)
        if name.name != "default":
            yield Case(name.name, "", f"{filled}:{some_value(name)}")
        for value in name.values:
            plain = re.sub(r"{\w+}", "580111", value)
            yield Case(name.name, plain, f"{filled}:{plain}")
        for example in name.examples:
            yield Case(name.name, re.sub(r"^\w+:", "", example), example)


def some_value(name: Name) -> str:
    kinds = {"id": "7", "integer": "7", "float": "7.5", "bigdecimal": "7.5", "boolean": "true", "time": "2026-11-01"}
    special = {
        "published_status": "published",
        "owner_type": "PRODUCT",
        "expires_on": "2026-11-01",
        "status": "open",
        "app_id": "7",
        "state": "ENABLED",
        "product_status": "active",
        "total_weight": "7kg",
        "active": "true",
        "topic": "ORDERS_CREATE",
        "email_state": "sent",
        "recovery_state": "recovered",
    }
    numbers = (
        "subtotal_line_items_quantity", "product_ids", "collection", "publication_ids", "customer_ids", "segment_ids",
        "market_ids", "blog_id", "initial_value", "ids",
    )  # fmt: skip
    if name.values and (name.name not in special or name.name == "status"):
        return re.sub(r"{\w+}", "580111", name.values[0])
    return special.get(name.name) or ("7" if name.name in numbers else kinds.get(name.kind, "7a"))


def document(field: str) -> str:
    """Return a query for a list or a count that takes its search as ``$q``."""
    parent, _, listed = field.partition(".")
    kind = schema().type_map[parent]
    assert isinstance(kind, GraphQLObjectType)
    named = kind.fields[listed]
    arguments = ["query: $q", *filter(None, [ARGUMENTS.get(listed) if parent == "QueryRoot" else None])]
    if "first" in named.args:
        arguments.append("first: 2")
    part = "count" if listed.endswith("Count") else "nodes { id }" if "after" in named.args else "id"
    part = part.replace("nodes { id }", "nodes { __typename }") if listed == "media" else part
    inner = f"{listed}({', '.join(arguments)}) {{ {part} }}"
    return f"query Q($q: String) {{ {PARENTS[parent] % inner} }}"


@pytest.fixture(scope="module")
def store() -> StoreState:
    built = seed.build("demo.myshopify.com", "small", now=NOW)
    for made in MADE:
        assert "errors" not in ask(built, made, {})
    return built


MADE = [
    """mutation { metaobjectDefinitionCreate(definition: {type: "lookbook", name: "Lookbook", fieldDefinitions: [
        {key: "shade", type: "single_line_text_field"}, {key: "color", type: "single_line_text_field"},
        {key: "on_sale", type: "boolean"}]}) { userErrors { message } } }""",
    """mutation { discountCodeBasicCreate(basicCodeDiscount: {title: "Sale", code: "TEN", startsAt: "2026-01-01T00:00:00Z",
        context: {all: ALL}, customerGets: {value: {percentage: 0.1}, items: {all: true}}}) { userErrors { message } } }""",
    """mutation { discountAutomaticBasicCreate(automaticBasicDiscount: {title: "Sale", startsAt: "2026-01-01T00:00:00Z",
        context: {all: ALL}, customerGets: {value: {percentage: 0.1}, items: {all: true}}}) { userErrors { message } } }""",
]


def ask(store: StoreState, text: str, variables: dict[str, Any]) -> dict[str, Any]:
    return GraphQLEngine().execute(store, text, variables, scopes=SCOPES, now=NOW)


UNMODELLED_LISTS = frozenset({"Product.productParents", "ProductVariant.productParents"})


def refused(answer: dict[str, Any]) -> bool:
    codes = {error.get("extensions", {}).get("code") for error in answer.get("errors", [])}
    assert codes <= {"NOT_MODELLED"}, answer["errors"]
    return bool(codes)


@pytest.mark.parametrize("field", FIELDS)
def test_each_name_value_and_example_is_understood_or_refused(store: StoreState, field: str) -> None:
    text, table = document(field), searched_fields()[field]
    if field in UNMODELLED_LISTS:
        assert refused(ask(store, text, {"q": None}))
        return
    for case in cases(table):
        answer = ask(store, text, {"q": case.query})
        known = next(name for name, rows in searched_fields().items() if rows is table)
        pattern = UNMODELLED_VALUES.get((known, case.name))
        expected = case.name in UNMODELLED.get(known, ()) or bool(pattern and pattern.fullmatch(case.value))
        assert refused(answer) is expected, case
        warned = {
            warning["field"] for row in answer.get("extensions", {}).get("search", []) for warning in row["warnings"]
        }
        # The examples for bare words are the same everywhere, with a title that not everything has.
        assert warned <= ({"title"} if case.name == "default" else set()), (case, answer["extensions"])


@pytest.mark.parametrize("field", COUNTS)
def test_the_documented_searches_that_are_not_modelled_are_few(store: StoreState, field: str) -> None:
    searches = [case.query for case in cases(searched_fields()[field]) if case.value]
    found = sum(refused(ask(store, document(field), {"q": search})) for search in searches)
    assert (found, len(searches)) == COUNTS[field]


@pytest.mark.parametrize("field", FIELDS)
def test_a_name_that_the_table_lacks_is_ignored_with_a_warning(store: StoreState, field: str) -> None:
    text, table = document(field), searched_fields()[field]
    everything = ask(store, text, {"q": None})
    if field in UNMODELLED_LISTS:
        assert refused(everything)
        return
    answer = ask(store, text, {"q": "no_such_name:7"})
    assert answer["data"] == everything["data"]
    assert table.find("no_such_name") is None
    (search,) = answer["extensions"]["search"]
    assert search["parsed"] == {"field": "no_such_name", "match_all": "7"}
    assert search["warnings"] == [
        {"field": "no_such_name", "message": "Invalid search field for this query.", "code": "invalid_field"}
    ]
