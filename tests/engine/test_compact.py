"""Lists in short: chat and tables show the few fields that an action declares."""

from __future__ import annotations

import pytest

from atom_shopify_plugin.actions.call import Call, Outcome
from atom_shopify_plugin.actions.compact import compact, table_of
from atom_shopify_plugin.catalog.model import Action
from atom_shopify_plugin.hookspecs import Principal
from atom_shopify_plugin.runtime import Runtime
from atom_shopify_plugin.storage import Store

LISTS = ("collection_list", "customer_search", "location_list", "order_search", "product_search", "variant_search")


def listed(runtime: Runtime, principal: Principal, key: str) -> tuple[Action, Outcome]:
    outcome = runtime.actions.run(Call(principal, key, {"limit": 3}))
    assert isinstance(outcome, Outcome)
    return runtime.catalog.action(key), outcome


@pytest.mark.parametrize("key", LISTS)
def test_an_item_in_short_holds_its_id_and_the_declared_fields(
    runtime: Runtime, principal: Principal, store: Store, key: str
) -> None:
    action, outcome = listed(runtime, principal, key)
    short = compact(action, outcome.data)
    assert len(short["items"]) == len(outcome.data["items"]) > 0
    for item, whole in zip(short["items"], outcome.data["items"], strict=True):
        assert item.keys() == {"id", *(column.partition(".")[0] for column in action.columns)}
        assert item["id"] == whole["id"]
        assert len(str(item)) < len(str(whole))
    table = table_of(action, outcome.data)
    assert table is not None
    headings, rows = table
    assert all(len(row) == len(action.columns) == len(headings) for row in rows)
    assert all(cell for row in rows for cell in row[:1])


def test_an_answer_with_columns_of_its_own_is_a_table(runtime: Runtime, principal: Principal, store: Store) -> None:
    query = "FROM sales SHOW orders, total_sales TIMESERIES day SINCE -1d"
    outcome = runtime.actions.run(Call(principal, "shopifyql_run", {"query": query}))
    assert isinstance(outcome, Outcome)
    table = table_of(runtime.catalog.action("shopifyql_run"), outcome.data)
    assert table is not None
    assert table[0] == ["Day", "Orders", "Total sales"]
    assert [row[0] for row in table[1]] == [row["day"] for row in outcome.data["rows"]]
    assert table_of(runtime.catalog.action("report_generate"), {"rows": [], "products": []}) is None


def test_a_list_holds_its_page_once(runtime: Runtime, principal: Principal, store: Store) -> None:
    _, outcome = listed(runtime, principal, "product_search")
    envelope = outcome.as_dict()
    assert set(envelope["data"]) == {"items"}
    assert envelope["page"]["has_more"] is True


def test_chat_gives_programs_the_short_list(runtime: Runtime, principal: Principal, store: Store) -> None:
    reply = runtime.chat.answer(principal, "check orders")
    assert reply is not None
    assert "line_items" not in reply.data["items"][0]
    assert reply.data["items"][0]["name"].startswith("#")
    everywhere = runtime.chat.answer(principal, "check orders in all stores")
    assert everywhere is not None
    assert "line_items" not in everywhere.data["stores"][0]["data"]["items"][0]
