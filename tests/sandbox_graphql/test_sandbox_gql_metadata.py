"""Tags and metafields: the same rules for every owner."""

from __future__ import annotations

from typing import Any

import pytest

ADD = """mutation T($id: ID!, $tags: [String!]!) { tagsAdd(id: $id, tags: $tags) { node { id } userErrors { field
    message } } }"""
REMOVE = """mutation T($id: ID!, $tags: [String!]!) { tagsRemove(id: $id, tags: $tags) { node { id } userErrors {
    field message } } }"""
SET = """mutation M($m: [MetafieldsSetInput!]!) { metafieldsSet(metafields: $m) {
  metafields { id namespace key value type compareDigest jsonValue ownerType owner { ... on Product { handle } } }
  userErrors { field message code elementIndex } } }"""
DELETE = (
    "mutation M($m: [MetafieldIdentifierInput!]!) { metafieldsDelete(metafields: $m) { userErrors { field message } } }"
)


@pytest.mark.parametrize("kind", ["Product", "Order", "Customer"])
def test_tags_are_added_and_removed_on_any_owner(shop: Any, kind: str) -> None:
    gid = shop.first(kind)
    before = shop.store.get(gid)["tags"]
    assert shop.mutate(ADD, {"id": gid, "tags": ["new, Newer", "NEW"]}) == {"node": {"id": gid}, "userErrors": []}
    assert set(shop.store.get(gid)["tags"]) == {*before, "new", "Newer"}
    shop.mutate(REMOVE, {"id": gid, "tags": ["Newer", "new", "absent"]})
    assert shop.store.get(gid)["tags"] == before
    assert [(one.operation, one.gid) for one in shop.store.journal] == [("tagsAdd", gid), ("tagsRemove", gid)]


def test_a_tag_that_is_there_already_is_no_effect(shop: Any) -> None:
    gid = shop.gid("Customer", email="ada@example.com")
    assert shop.mutate(ADD, {"id": gid, "tags": ["VIP"]})["userErrors"] == []
    assert shop.store.journal == []


def test_what_cannot_be_tagged_is_refused(shop: Any) -> None:
    assert shop.mutate(ADD, {"id": "gid://shopify/Product/1", "tags": ["x"]})["userErrors"] == [
        {"field": ["id"], "message": "Product does not exist"}
    ]
    assert shop.mutate(ADD, {"id": shop.first("Product"), "tags": ["x" * 256]})["userErrors"][0]["field"] == ["tags"]


@pytest.fixture
def entry(shop: Any) -> dict[str, Any]:
    return {
        "ownerId": shop.gid("Product", handle="mug"),
        "namespace": "care",
        "key": "wash",
        "type": "number_integer",
        "value": "30",
    }


def test_a_metafield_is_set_read_changed_and_deleted(shop: Any, entry: dict[str, Any]) -> None:
    (made,) = shop.mutate(SET, {"m": [entry]})["metafields"]
    assert (made["value"], made["jsonValue"], made["ownerType"], made["owner"]) == (
        "30",
        30,
        "PRODUCT",
        {"handle": "mug"},
    )
    text = """query P($id: ID!) { product(id: $id) { metafield(namespace: "care", key: "wash") { id value }
      metafields(first: 5, namespace: "care") { nodes { key } } other: metafield(namespace: "care", key: "dry") {
    id } } }"""
    read = shop.data(text, {"id": entry["ownerId"]})["product"]
    assert read["metafield"] == {"id": made["id"], "value": "30"}
    assert read["metafields"] == {"nodes": [{"key": "wash"}]}
    assert read["other"] is None
    (changed,) = shop.mutate(SET, {"m": [{**entry, "value": "60"}]})["metafields"]
    assert changed["id"] == made["id"]
    shop.mutate(DELETE, {"m": [{name: entry[name] for name in ("ownerId", "namespace", "key")}]})
    assert shop.data(text, {"id": entry["ownerId"]})["product"]["metafield"] is None
    assert [one.action for one in shop.store.journal] == ["created", "updated", "deleted"]


def test_a_digest_guards_against_lost_updates(shop: Any, entry: dict[str, Any]) -> None:
    (made,) = shop.mutate(SET, {"m": [{**entry, "compareDigest": None}]})["metafields"]
    assert (
        shop.mutate(SET, {"m": [{**entry, "value": "40", "compareDigest": made["compareDigest"]}]})["userErrors"] == []
    )
    stale = shop.mutate(SET, {"m": [{**entry, "value": "50", "compareDigest": made["compareDigest"]}]})
    assert stale["metafields"] == []
    assert stale["userErrors"][0]["code"] == "STALE_OBJECT"
    assert stale["userErrors"][0]["field"] == ["metafields", "0"]
    unknown = shop.mutate(SET, {"m": [{**entry, "key": "other", "compareDigest": "abc"}]})
    assert unknown["userErrors"][0]["code"] == "INVALID_COMPARE_DIGEST"


def test_all_metafields_are_written_or_none(shop: Any, entry: dict[str, Any]) -> None:
    before = dict(shop.store.all("Metafield"))
    payload = shop.mutate(SET, {"m": [entry, {**entry, "key": "spin", "value": "fast"}]})
    assert payload["userErrors"][0] == {
        "field": ["metafields", "1", "value"],
        "message": "Value must be an integer.",
        "code": "INVALID_VALUE",
        "elementIndex": None,
    }
    assert shop.store.all("Metafield") == before
    assert shop.store.journal == []


def test_twenty_five_metafields_are_the_limit(shop: Any, entry: dict[str, Any]) -> None:
    payload = shop.mutate(SET, {"m": [{**entry, "key": f"key{at}"} for at in range(26)]})
    assert payload["metafields"] is None
    assert payload["userErrors"][0]["message"] == "Exceeded the maximum metafields input limit of 25."


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"type": "number"}, "INVALID_TYPE"),
        ({"type": None}, "BLANK"),
        ({"value": ""}, "INVALID_VALUE"),
        ({"key": "x"}, "TOO_SHORT"),
        ({"type": "json", "value": "{"}, "INVALID_VALUE"),
        ({"ownerId": "gid://shopify/Product/1"}, "INVALID_VALUE"),
        ({"ownerId": "gid://shopify/InventoryLevel/1"}, "INVALID"),
    ],
)
def test_a_metafield_that_makes_no_sense_is_refused(
    shop: Any, entry: dict[str, Any], change: dict[str, Any], code: str
) -> None:
    assert shop.mutate(SET, {"m": [{**entry, **change}]})["userErrors"][0]["code"] == code


def test_the_apps_own_namespace_is_the_default(shop: Any, entry: dict[str, Any]) -> None:
    del entry["namespace"]
    (made,) = shop.mutate(SET, {"m": [entry]})["metafields"]
    text = """query P($id: ID!) { product(id: $id) { a: metafield(key: "wash") { id } b: metafield(namespace:
    "$app", key: "wash") { id } } }"""
    assert shop.data(text, {"id": entry["ownerId"]})["product"] == {"a": {"id": made["id"]}, "b": {"id": made["id"]}}
