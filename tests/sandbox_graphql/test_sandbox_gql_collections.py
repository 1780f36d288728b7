"""Collections and segments: what follows from the conventions, and the few rules of their own."""

from __future__ import annotations

import pytest
from sandbox_shop import Shop

CREATE = """mutation M($collection: CollectionInput!) { collectionCreate(input: $collection) {
  collection { id title handle sortOrder productsCount { count } products(first: 5) { nodes { id } } }
  userErrors { field message } } }"""
UPDATE = """mutation M($collection: CollectionUpdateInput!) { collectionUpdate(collection: $collection) {
  collection { title handle descriptionHtml seo { title } } userErrors { field message } } }"""
DELETE = """mutation M($id: ID!) { collectionDelete(input: {id: $id}) {
  deletedCollectionId shop { id } userErrors { field message } } }"""
SEGMENT = """mutation M($name: String!, $query: String!) { segmentCreate(name: $name, query: $query) {
  segment { id name query creationDate } userErrors { field message } } }"""


def made(shop: Shop, **members: object) -> dict:
    payload = shop.mutate(CREATE, {"collection": {"title": "Winter", **members}})
    assert payload["userErrors"] == []
    return payload["collection"]


def test_a_collection_is_created_with_products_and_a_handle_of_its_own(shop: Shop) -> None:
    mug = shop.gid("Product", handle="mug")
    one = made(shop, products=[mug, mug])
    assert (one["handle"], one["sortOrder"], one["productsCount"]) == ("winter", "BEST_SELLING", {"count": 1})
    assert one["products"]["nodes"] == [{"id": mug}]
    assert made(shop)["handle"] == "winter-1"
    assert shop.store.journal[-1].operation == "collectionCreate"


def test_a_collection_is_found_by_its_product_and_by_its_handle(shop: Shop) -> None:
    mug = shop.gid("Product", handle="mug")
    gid = made(shop, products=[mug])["id"]
    found = shop.data(
        """query($q: String) { collections(first: 5, query: $q) { nodes { id } }
        collectionByIdentifier(identifier: {handle: "winter"}) { id } }""",
        {"q": f"title:winter product_id:{mug.rpartition('/')[2]}"},
    )
    assert found == {"collections": {"nodes": [{"id": gid}]}, "collectionByIdentifier": {"id": gid}}


def test_only_what_an_update_names_is_changed(shop: Shop) -> None:
    gid = made(shop, descriptionHtml="<p>Warm</p>", seo={"title": "Warm"})["id"]
    payload = shop.mutate(UPDATE, {"collection": {"id": gid, "title": " Cold ", "handle": ""}})
    assert payload["collection"] == {
        "title": "Cold",
        "handle": "winter",
        "descriptionHtml": "<p>Warm</p>",
        "seo": {"title": "Warm"},
    }


@pytest.mark.parametrize(
    ("members", "field", "message"),
    [
        ({"title": " "}, ["title"], "Title can't be blank"),
        ({"title": "x" * 256}, ["title"], "Title is too long (maximum is 255 characters)"),
        ({"handle": "kitchen"}, ["handle"], "Handle 'kitchen' already in use. Please provide a new handle."),
        ({"products": ["gid://shopify/Product/1"]}, ["products", "0"], "Product does not exist"),
    ],
)
def test_wrong_members_are_refused_and_nothing_is_kept(shop: Shop, members: dict, field: list, message: str) -> None:
    before = len(shop.store.all("Collection"))
    payload = shop.mutate(CREATE, {"collection": {"title": "Winter", **members}})
    assert payload == {"collection": None, "userErrors": [{"field": field, "message": message}]}
    assert len(shop.store.all("Collection")) == before


def test_all_wrong_members_are_told_at_once(shop: Shop) -> None:
    text = 'mutation { customerCreate(input: {email: "x", phone: "y"}) { userErrors { message } } }'
    messages = [error["message"] for error in shop.mutate(text)["userErrors"]]
    assert messages == ["Email is invalid", "Phone is invalid"]


def test_what_is_not_modelled_is_said_and_not_dropped(shop: Shop) -> None:
    publication = {"publicationId": "gid://shopify/Publication/1"}
    error = shop.error(CREATE, {"collection": {"title": "Smart", "publications": [publication]}})
    assert error["extensions"]["code"] == "NOT_MODELLED"
    assert error["message"].startswith("CollectionInput.publications is not modelled by the sandbox")


def test_one_of_the_two_inputs_is_needed(shop: Shop) -> None:
    error = shop.error("mutation { collectionCreate { collection { id } } }")
    assert error["message"].endswith("must include exactly one of the following arguments: collection, input.")
    assert error["extensions"]["code"] == "INVALID_FIELD_ARGUMENTS"


def test_a_deleted_collection_takes_its_metafields_along(shop: Shop) -> None:
    gid = made(shop, metafields=[{"namespace": "abc", "key": "bc", "type": "json", "value": "{}"}])["id"]
    assert len(shop.store.find("Metafield", "owner", gid)) == 1
    payload = shop.mutate(DELETE, {"id": gid})
    assert (payload["deletedCollectionId"], payload["shop"]["id"]) == (gid, shop.store.shop["id"])
    assert shop.store.find("Metafield", "owner", gid) == []
    again = shop.mutate(DELETE, {"id": gid})
    assert again["userErrors"] == [{"field": ["id"], "message": "Collection does not exist"}]


def test_a_segment_lives_by_the_conventions_alone(shop: Shop) -> None:
    segment = shop.mutate(SEGMENT, {"name": "Germany", "query": "customer_countries CONTAINS 'DE'"})["segment"]
    shop.wait(hours=1)
    change = """mutation M($id: ID!) { segmentUpdate(id: $id, query: "number_of_orders > 3") {
      segment { name query creationDate lastEditDate } userErrors { message } } }"""
    changed = shop.mutate(change, {"id": segment["id"]})["segment"]
    assert (changed["name"], changed["query"]) == ("Germany", "number_of_orders > 3")
    assert changed["creationDate"] == segment["creationDate"] < changed["lastEditDate"]
    listed = shop.data('{ segments(first: 5, query: "name:germany") { nodes { id } } segmentsCount { count } }')
    assert listed == {"segments": {"nodes": [{"id": segment["id"]}]}, "segmentsCount": {"count": 2}}
    gone = shop.mutate("mutation M($id: ID!) { segmentDelete(id: $id) { deletedSegmentId } }", {"id": segment["id"]})
    assert gone == {"deletedSegmentId": segment["id"]}
    missing = shop.error("query($id: ID!) { segment(id: $id) { id } }", {"id": segment["id"]})
    assert missing["extensions"]["code"] == "NOT_FOUND"


def test_a_composed_search_name_is_known_and_an_unknown_one_is_ignored(shop: Shop) -> None:
    assert "extensions" not in shop.ask('{ products(first: 1, query: "metafields.custom.color:red") { nodes { id } } }')
    answer = shop.ask('{ products(first: 1, query: "metafelds.custom.color:red") { nodes { id } } }')
    assert answer["extensions"]["search"][0]["warnings"][0]["code"] == "invalid_field"
