"""Pages: every row once, in order, whichever way they are walked; cursors belong to their query."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from typing import Any

import pytest
from graphql import GraphQLError
from hypothesis import given
from hypothesis import strategies as st

from atom_shopify_plugin.sandbox.connections import page_of

PAGE = """query P($first: Int, $last: Int, $after: String, $before: String, $sort: OrderSortKeys, $back: Boolean) {
  orders(first: $first, last: $last, after: $after, before: $before, sortKey: $sort, reverse: $back) {
    nodes { id name } edges { cursor node { name } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  } }"""


def walk(rows: Sequence[str], size: int, *, reverse: bool, from_end: bool) -> list[str]:
    """Page through everything, from the front with first/after or from the back with last/before."""
    seen: list[str] = []
    place: str | None = None
    while True:
        limits = {"last": size, "before": place} if from_end else {"first": size, "after": place}
        page = page_of(rows, {**limits, "reverse": reverse}, ["rows"])
        got = [str(row) for row in page.rows]
        seen = [*got, *seen] if from_end else [*seen, *got]
        if not (page.has_previous if from_end else page.has_next):
            return seen
        place = page.cursor(0 if from_end else len(page.rows) - 1)


@given(
    count=st.integers(0, 40),
    size=st.integers(1, 12),
    reverse=st.booleans(),
    from_end=st.booleans(),
)
def test_walking_the_pages_meets_every_row_once_in_order(count: int, size: int, reverse: bool, from_end: bool) -> None:
    rows = [f"row {at}" for at in range(count)]
    assert walk(rows, size, reverse=reverse, from_end=from_end) == (rows[::-1] if reverse else rows)


@given(st.integers(1, 30), st.data())
def test_a_window_between_two_cursors_holds_what_lies_between(count: int, data: st.DataObject) -> None:
    rows = [f"row {at}" for at in range(count)]
    low, high = sorted((data.draw(st.integers(0, count - 1)), data.draw(st.integers(0, count - 1))))
    everything = page_of(rows, {"first": 250}, ["rows"])
    window = {"first": 250, "after": everything.cursor(low), "before": everything.cursor(high)}
    assert list(page_of(rows, window, ["rows"]).rows) == rows[low + 1 : high]


@given(st.text(max_size=80))
def test_a_text_that_is_no_cursor_is_malformed(text: str) -> None:
    with pytest.raises(GraphQLError, match="Malformed cursor"):
        page_of(["a", "b"], {"first": 1, "after": text}, ["rows"])


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["k", "q", "last_value", "last_id"]), inner),
    )
)
def test_a_forged_cursor_is_malformed(content: Any) -> None:
    forged = base64.urlsafe_b64encode(json.dumps(content).encode()).decode()
    with pytest.raises(GraphQLError, match="Malformed cursor"):
        page_of(["a", "b"], {"first": 1, "after": forged}, ["rows"])


def names(page: dict[str, Any]) -> list[str]:
    return [node["name"] for node in page["nodes"]]


@pytest.mark.parametrize(
    "sort", ["ID", "CREATED_AT", "PROCESSED_AT", "UPDATED_AT", "TOTAL_PRICE", "CUSTOMER_NAME", "ORDER_NUMBER"]
)
@pytest.mark.parametrize("back", [False, True])
def test_every_sort_key_pages_completely(shop: Any, sort: str, back: bool) -> None:
    seen: list[str] = []
    after = None
    while True:
        page = shop.data(PAGE, {"first": 7, "after": after, "sort": sort, "back": back})["orders"]
        seen += names(page)
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert len(seen) == len(set(seen)) == 30
    whole = names(shop.data(PAGE, {"first": 50, "sort": sort, "back": not back})["orders"])
    assert seen == whole[::-1]


def test_a_computed_sort_key_follows_what_it_is_computed_from(shop: Any) -> None:
    text = "{ products(first: 1, sortKey: INVENTORY_TOTAL) { nodes { handle } } }"
    assert shop.data(text)["products"]["nodes"] != [{"handle": "mug"}]
    for sku in ("MUG-BLUE", "MUG-RED"):
        for level in shop.store.find("InventoryLevel", "item", shop.gid("InventoryItem", sku=sku)):
            shop.store.change(level, {"stock": {"available": -1000}})
    assert shop.data(text)["products"]["nodes"] == [{"handle": "mug"}]


def test_edges_and_nodes_are_the_same_rows_and_cursors_frame_the_page(shop: Any) -> None:
    page = shop.data(PAGE, {"first": 3})["orders"]
    assert [edge["node"]["name"] for edge in page["edges"]] == names(page)
    assert page["pageInfo"]["startCursor"] == page["edges"][0]["cursor"]
    assert page["pageInfo"]["endCursor"] == page["edges"][-1]["cursor"]


def test_a_cursor_of_another_query_is_refused(shop: Any) -> None:
    cursor = shop.data(PAGE, {"first": 3})["orders"]["pageInfo"]["endCursor"]
    for variables in ({"sort": "TOTAL_PRICE"}, {"back": True}):
        error = shop.error(PAGE, {"first": 3, "after": cursor, **variables})
        assert error["message"] == "Malformed cursor"
        assert error["extensions"] == {"code": "BAD_REQUEST"}
    text = "query P($a: String) { products(first: 1, after: $a) { nodes { id } } }"
    assert shop.error(text, {"a": cursor})["message"] == "Malformed cursor"


def test_a_cursor_outlives_its_row(shop: Any) -> None:
    text = "query P($a: String) { products(first: 2, after: $a) { nodes { id } pageInfo { endCursor } } }"
    everything = [node["id"] for node in shop.data("{ products(first: 50) { nodes { id } } }")["products"]["nodes"]]
    page = shop.data(text)["products"]
    shop.mutate("mutation D($id: ID!) { productDelete(input: {id: $id}) { deletedProductId } }", {"id": everything[1]})
    rest = shop.data(text, {"a": page["pageInfo"]["endCursor"]})["products"]["nodes"]
    assert [node["id"] for node in rest] == everything[2:4]


@pytest.mark.parametrize(
    ("limits", "message"),
    [
        ("", "you must provide one of first or last"),
        ("first: 1, last: 1", "providing both first and last is not supported"),
        ("first: 251", "first exceeds the maximum page size of 250"),
        ("last: -1", "last must be greater than or equal to 0"),
    ],
)
def test_a_page_needs_one_sensible_limit(shop: Any, limits: str, message: str) -> None:
    answer = shop.ask(f"{{ products({limits}) {{ nodes {{ id }} }} }}".replace("()", ""))
    (error,) = answer["errors"]
    assert error["message"] == message
    assert error["path"] == ["products"]
    assert error["extensions"] == {"code": "BAD_REQUEST"}
    assert answer["data"] is None  # the field may not be null


def test_nested_connections_page_too(shop: Any) -> None:
    text = """query P($a: String) { productByIdentifier(identifier: {handle: "mug"}) { variants(first: 1, after:
    $a) { nodes { sku } pageInfo { hasNextPage endCursor } } } }"""
    first = shop.data(text)["productByIdentifier"]["variants"]
    assert first["nodes"] == [{"sku": "MUG-BLUE"}]
    second = shop.data(text, {"a": first["pageInfo"]["endCursor"]})["productByIdentifier"]["variants"]
    assert second["nodes"] == [{"sku": "MUG-RED"}]
    assert second["pageInfo"]["hasNextPage"] is False


def test_counts_are_exact_or_capped(shop: Any) -> None:
    data = shop.data(
        """{ a: ordersCount { count precision } b: ordersCount(limit: 10) { count precision }
          c: productsCount(limit: null) { count } }"""
    )
    assert data["a"] == {"count": 30, "precision": "EXACT"}
    assert data["b"] == {"count": 10, "precision": "AT_LEAST"}
    assert data["c"] == {"count": 12}
