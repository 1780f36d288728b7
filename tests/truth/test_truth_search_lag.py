"""A search finds a write only after a while, where a store is set so; a look-up by id finds it at once."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from atom_shopify_plugin.sandbox.pytest_plugin import ShopifySandbox

LAG = 5
CREATE = (
    'mutation M($title: String!) { productCreate(product: {title: $title, tags: ["new-here"]}) { product { id } } }'
)
UPDATE = "mutation M($id: ID!, $title: String!) { productUpdate(product: {id: $id, title: $title}) { product { id } } }"
DELETE = "mutation M($id: ID!) { productDelete(input: {id: $id}) { deletedProductId } }"
SEARCH = "query Q($q: String) { products(first: 50, query: $q) { nodes { title } } productsCount(query: $q) { count } }"


def switch(shopify: ShopifySandbox, **switches: Any) -> httpx.Response:
    return httpx.post(f"{shopify.url}/__sandbox__/stores/demo/switches", json=switches)


@pytest.fixture
def lagging(shopify_sandbox: ShopifySandbox) -> ShopifySandbox:
    shopify_sandbox.sandbox.clock.freeze()
    assert switch(shopify_sandbox, search_lag=LAG).json()["switches"]["search_lag"] == LAG
    return shopify_sandbox


def create(shopify: ShopifySandbox, title: str) -> str:
    gid: str = shopify.graphql(CREATE, {"title": title})["data"]["productCreate"]["product"]["id"]
    return gid


def found(shopify: ShopifySandbox, query: str) -> list[str]:
    data = shopify.graphql(SEARCH, {"q": query})["data"]
    titles = [node["title"] for node in data["products"]["nodes"]]
    assert data["productsCount"]["count"] == len(titles)
    return titles


def wait(shopify: ShopifySandbox) -> None:
    shopify.sandbox.clock.move(LAG)


def test_a_search_finds_a_write_at_once_unless_a_store_is_set_otherwise(shopify_sandbox: ShopifySandbox) -> None:
    create(shopify_sandbox, "Anvil")
    assert found(shopify_sandbox, "title:anvil") == found(shopify_sandbox, "tag:new-here") == ["Anvil"]


def test_what_is_new_is_found_by_its_id_at_once_and_by_a_search_later(lagging: ShopifySandbox) -> None:
    gid = create(lagging, "Anvil")
    everything = """{
        products(first: 50) { nodes { title } }
        byRelevance: products(first: 50, sortKey: RELEVANCE) { nodes { title } }
    }"""
    by_id = (
        'query Q($id: ID!) { product(id: $id) { title } productByIdentifier(identifier: {handle: "anvil"}) { title } }'
    )
    assert lagging.graphql(by_id, {"id": gid})["data"]["product"] == {"title": "Anvil"}
    assert lagging.graphql(by_id, {"id": gid})["data"]["productByIdentifier"] == {"title": "Anvil"}
    listed = lagging.graphql(everything)["data"]
    assert {"title": "Anvil"} in listed["products"]["nodes"]
    assert {"title": "Anvil"} not in listed["byRelevance"]["nodes"]
    assert found(lagging, "title:anvil") == found(lagging, "handle:anvil") == found(lagging, "*  tag:new-here") == []
    lagging.sandbox.clock.move(LAG - 1)
    assert found(lagging, "title:anvil") == []
    lagging.sandbox.clock.move(1)
    assert found(lagging, "title:anvil") == found(lagging, "handle:anvil") == ["Anvil"]
    assert {"title": "Anvil"} in lagging.graphql(everything)["data"]["byRelevance"]["nodes"]


def test_what_changed_is_found_by_what_it_was_and_shown_as_it_is(lagging: ShopifySandbox) -> None:
    gid = create(lagging, "Anvil")
    wait(lagging)
    lagging.graphql(UPDATE, {"id": gid, "title": "Rope"})
    lagging.graphql(UPDATE, {"id": gid, "title": "Cord"})
    assert found(lagging, "title:anvil") == ["Cord"]
    assert found(lagging, "title:rope") == found(lagging, "title:cord") == []
    assert "Cord" not in found(lagging, "-title:anvil")
    wait(lagging)
    assert found(lagging, "title:anvil") == found(lagging, "title:rope") == []
    assert found(lagging, "title:cord") == ["Cord"]


def test_what_was_deleted_is_shown_no_more(lagging: ShopifySandbox) -> None:
    gid = create(lagging, "Anvil")
    wait(lagging)
    lagging.graphql(DELETE, {"id": gid})
    assert found(lagging, "title:anvil") == []


def test_a_search_by_what_hangs_on_a_node_lags_too(lagging: ShopifySandbox) -> None:
    variants = '{ productVariants(first: 1, query: "sku:MUG-BLUE") { nodes { id product { id } } } }'
    (variant,) = lagging.graphql(variants)["data"]["productVariants"]["nodes"]
    change = """mutation M($id: ID!, $variants: [ProductVariantsBulkInput!]!) {
        productVariantsBulkUpdate(productId: $id, variants: $variants) { userErrors { message } }
    }"""
    rows = [{"id": variant["id"], "inventoryItem": {"sku": "MUG-NAVY"}}]
    lagging.graphql(change, {"id": variant["product"]["id"], "variants": rows})
    items = '{ inventoryItems(first: 5, query: "sku:MUG-NAVY") { nodes { sku } } }'
    assert found(lagging, "sku:MUG-NAVY") == []
    assert found(lagging, "sku:MUG-BLUE") == ["Mug"]
    assert lagging.graphql(items)["data"]["inventoryItems"]["nodes"] == []
    wait(lagging)
    assert found(lagging, "sku:MUG-NAVY") == ["Mug"]
    assert lagging.graphql(items)["data"]["inventoryItems"]["nodes"] == [{"sku": "MUG-NAVY"}]


def test_a_refused_mutation_leaves_nothing_to_wait_for(lagging: ShopifySandbox) -> None:
    before = found(lagging, "title:mug")
    refused = 'mutation { productCreate(product: {title: "Mug", handle: "mug"}) { userErrors { message } } }'
    assert lagging.graphql(refused)["data"]["productCreate"]["userErrors"]
    assert found(lagging, "title:mug") == before


def test_a_reset_takes_the_lag_away(lagging: ShopifySandbox) -> None:
    create(lagging, "Anvil")
    lagging.reset()
    create(lagging, "Rope")
    assert found(lagging, "title:rope") == ["Rope"]


@pytest.mark.parametrize("lag", [-1, True, "5", None, 1e9])
def test_a_lag_is_a_number_of_seconds(shopify_sandbox: ShopifySandbox, lag: Any) -> None:
    answer = switch(shopify_sandbox, search_lag=lag)
    assert answer.status_code == 400
    assert "from 0 to 3600" in answer.json()["error"]
