"""The store, nodes of any kind, webhook subscriptions, the app."""

from __future__ import annotations

from typing import Any

import pytest

SUBSCRIBE = """mutation S($topic: WebhookSubscriptionTopic!, $w: WebhookSubscriptionInput!) {
  webhookSubscriptionCreate(topic: $topic, webhookSubscription: $w) {
    webhookSubscription { id topic uri format name filter apiVersion { handle } } userErrors { field message } } }"""


def test_the_shop_tells_what_it_is(shop: Any) -> None:
    text = """{ shop { id name myshopifyDomain currencyCode ianaTimezone timezoneOffset email url
      plan { publicDisplayName shopifyPlus partnerDevelopment } primaryDomain { host } shopAddress { city
    countryCodeV2 } } }"""
    found = shop.data(text)["shop"]
    assert found["id"].startswith("gid://shopify/Shop/")
    assert (found["myshopifyDomain"], found["currencyCode"]) == ("demo.myshopify.com", "EUR")
    assert (found["ianaTimezone"], found["timezoneOffset"]) == ("Europe/Berlin", "+0100")
    assert found["plan"] == {"publicDisplayName": "Basic", "shopifyPlus": False, "partnerDevelopment": False}
    assert found["shopAddress"] == {"city": "Berlin", "countryCodeV2": "DE"}


def test_versions_are_listed(shop: Any) -> None:
    versions = {
        one["handle"]: one["supported"]
        for one in shop.data("{ publicApiVersions { handle supported displayName } }")["publicApiVersions"]
    }
    assert versions["2026-10"] is True
    assert versions["unstable"] is False


@pytest.mark.parametrize(
    "kind",
    ["Product", "ProductVariant", "Order", "Customer", "InventoryItem", "InventoryLevel", "Location", "LineItem"],
)
def test_any_node_is_found_by_its_id(shop: Any, kind: str) -> None:
    gid = shop.first(kind)
    found = shop.data("query N($id: ID!) { node(id: $id) { __typename id } nodes(ids: [$id]) { id } }", {"id": gid})
    assert found == {"node": {"__typename": kind, "id": gid}, "nodes": [{"id": gid}]}


def test_nodes_keep_their_places(shop: Any) -> None:
    gid = shop.first("Product")
    found = shop.data("query N($ids: [ID!]!) { nodes(ids: $ids) { id } }", {"ids": ["gid://shopify/Product/1", gid]})
    assert found["nodes"] == [None, {"id": gid}]


def test_an_id_of_no_known_type_is_not_found(shop: Any) -> None:
    assert shop.error('{ node(id: "gid://shopify/Nothing/1") { id } }')["extensions"] == {"code": "RESOURCE_NOT_FOUND"}


def test_the_numeric_id_stands_beside_the_global_one(shop: Any) -> None:
    found = shop.data("{ products(first: 1) { nodes { id legacyResourceId } } }")["products"]["nodes"][0]
    assert found["id"] == f"gid://shopify/Product/{found['legacyResourceId']}"


def test_inactive_locations_are_listed_on_request(shop: Any) -> None:
    floor = next(one for one in shop.store.all("Location").values() if one["name"] == "Shop Floor")
    shop.store.change(floor, {"isActive": False})

    def names(more: str) -> list[str]:
        found = shop.data(f"{{ locations(first: 5{more}) {{ nodes {{ name }} }} }}")
        return [one["name"] for one in found["locations"]["nodes"]]

    assert names("") == ["Main Warehouse"]
    assert names(", includeInactive: true") == ["Main Warehouse", "Shop Floor"]


def test_uninstalling_is_noted_for_whoever_keeps_the_tokens(shop: Any) -> None:
    payload = shop.mutate("mutation { appUninstall { app { id } userErrors { message } } }")
    assert payload["app"]["id"].startswith("gid://shopify/App/")
    assert shop.store.uninstalled_at == shop.now
    assert [(one.operation, one.action) for one in shop.store.journal] == [("appUninstall", "deleted")]


def test_a_subscription_is_made_listed_changed_and_removed(shop: Any) -> None:
    given = {
        "topic": "ORDERS_CREATE",
        "w": {"uri": "https://example.com/hooks", "name": "orders", "filter": "total_price:>=10"},
    }
    made = shop.mutate(SUBSCRIBE, given)["webhookSubscription"]
    assert (made["topic"], made["format"], made["apiVersion"]["handle"]) == ("ORDERS_CREATE", "JSON", "2026-10")
    listed = """{ webhookSubscriptions(first: 5, topics: [ORDERS_CREATE]) { nodes { id uri } }
    webhookSubscriptionsCount { count } }"""
    assert shop.data(listed)["webhookSubscriptions"]["nodes"] == [
        {"id": made["id"], "uri": "https://example.com/hooks"}
    ]
    change = """mutation U($id: ID!, $w: WebhookSubscriptionInput!) { webhookSubscriptionUpdate(id: $id,
    webhookSubscription: $w) {
      webhookSubscription { uri name } userErrors { field message } } }"""
    changed = shop.mutate(change, {"id": made["id"], "w": {"uri": "https://example.com/other"}})["webhookSubscription"]
    assert changed == {"uri": "https://example.com/other", "name": "orders"}
    gone = """mutation D($id: ID!) { webhookSubscriptionDelete(id: $id) { deletedWebhookSubscriptionId userErrors {
    field message } } }"""
    assert shop.mutate(gone, {"id": made["id"]})["deletedWebhookSubscriptionId"] == made["id"]
    assert shop.mutate(gone, {"id": made["id"]})["userErrors"] == [
        {"field": ["id"], "message": "Webhook subscription does not exist"}
    ]
    assert [one.action for one in shop.store.journal] == ["created", "updated", "deleted"]


@pytest.mark.parametrize("uri", ["http://127.0.0.1:5058/hooks", "http://localhost:5058/hooks", "http://[::1]:5058/"])
def test_addresses_of_this_machine_are_plain_http(shop: Any, uri: str) -> None:
    assert shop.mutate(SUBSCRIBE, {"topic": "ORDERS_CREATE", "w": {"uri": uri}})["webhookSubscription"]["uri"] == uri
