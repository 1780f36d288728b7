"""Questions about stock over HTTP and in chat: from the copy of a store, with a remedy where a part is missing."""

from __future__ import annotations

import csv
import io
from collections import Counter
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from copying import copy
from webhost import Caller, ada, app, caller, data_of, error_of, host  # noqa: F401  # fixtures are found by their names

from atom_shopify_plugin.hookspecs import Principal
from atom_shopify_plugin.sync import mirror as sync

if TYPE_CHECKING:
    from collections.abc import Callable

    from atom_shopify_plugin.runtime import Runtime
    from atom_shopify_plugin.storage import Store

WHERE = "/api/shopify/enhanced/inventory"
PATHS = ["", "/plan", "/purchases", "/dead-stock", "/transfers"]


def test_without_a_copy_the_remedy_is_told(ada: Caller, store: Store) -> None:  # noqa: F811
    for path in PATHS:
        answer = ada.get(f"{WHERE}{path}")
        assert answer.status_code == 409
        error = error_of(answer)
        assert (error["code"], error["retryable"]) == ("NOT_SYNCED", False)
        assert "atom-shopify sync --shop demo.myshopify.com" in error["message"]


@pytest.mark.parametrize(("stream", "words"), [("inventory", "stock levels"), ("products", "products")])
def test_a_stream_that_is_not_copied_is_named(
    ada: Caller,  # noqa: F811
    runtime: Runtime,
    store: Store,
    stream: str,
    words: str,
) -> None:
    copy(runtime, store, streams=[one for one in sync.STREAMS if one != stream])
    assert error_of(ada.get(WHERE))["code"] == "NOT_SYNCED"
    sync.ask(runtime.services, store, streams=[stream])
    error = error_of(ada.get(WHERE))
    assert (error["code"], error["retryable"]) == ("NOT_SYNCED", True)
    assert f"The {words} of demo.myshopify.com" in error["message"]


def test_the_stock_of_the_locations_adds_up_to_that_of_shopify(
    ada: Caller,  # noqa: F811
    runtime: Runtime,
    store: Store,
) -> None:
    copy(runtime, store)
    data = data_of(ada.get(WHERE))
    sums: Counter[str] = Counter()
    value = Decimal(0)
    for place in data["locations"]:
        sums.update(place["states"])
        value += Decimal(place["value"])
    assert {name: sums[name] for name in data["totals"]["states"]} == data["totals"]["states"]
    assert value == Decimal(data["totals"]["value"]) > 0
    classes = data["abc_classes"]
    assert sum(Decimal(one["value"]) for one in classes) == value
    mug = data_of(ada.get("/api/shopify/inventory?sku=MUG-BLUE"))
    row = next(
        row for row in data_of(ada.get(f"{WHERE}/plan?vendor=atelier&first=250"))["rows"] if row["sku"] == "MUG-BLUE"
    )
    for state in ("available", "on_hand", "committed", "incoming"):
        assert row[state] == sum(level[state] for level in mug["levels"])


def test_the_plan_is_paged_and_the_most_urgent_come_first(
    ada: Caller,  # noqa: F811
    runtime: Runtime,
    store: Store,
) -> None:
    for sku, quantity in (("MUG-BLUE", 1), ("MUG-RED", 0)):
        ada.post("/api/shopify/inventory/set", {"sku": sku, "quantity": quantity, "location_id": "Main Warehouse"})
    copy(runtime, store)
    whole = data_of(ada.get(f"{WHERE}/plan?first=250&lead_days=300"))
    assert whole["variants"] == len(whole["rows"]) > 3
    orders = [bool(row["order_quantity"]) for row in whole["rows"]]
    assert orders == sorted(orders, reverse=True)
    assert whole["to_order"] == sum(orders) > 0
    pages = [data_of(ada.get(f"{WHERE}/plan?first=2&lead_days=300&skip={skip}"))["rows"] for skip in (0, 2)]
    assert pages[0] + pages[1] == whole["rows"][:4]
    only = data_of(ada.get(f"{WHERE}/plan?first=250&lead_days=300&only_to_order=true"))
    assert only["rows"] == [row for row in whole["rows"] if row["order_quantity"]]
    some = data_of(ada.get(f"{WHERE}/plan?first=250&lead_days=300&abc_class=A"))
    assert some["rows"] == [row for row in whole["rows"] if row["abc_class"] == "A"]


def test_a_purchase_list_holds_what_the_plan_wants_and_no_cell_is_a_formula(
    ada: Caller,  # noqa: F811
    runtime: Runtime,
    store: Store,
) -> None:
    ada.post("/api/shopify/inventory/set", {"sku": "MUG-BLUE", "quantity": 0, "location_id": "Main Warehouse"})
    ada.put("/api/shopify/products/mug", {"vendor": "=HYPERLINK(1)"})
    copy(runtime, store)
    plan = data_of(ada.get(f"{WHERE}/plan?first=250&lead_days=300&only_to_order=true"))
    data = data_of(ada.get(f"{WHERE}/purchases?lead_days=300&csv=true"))
    lines = {line["variant_id"]: line for vendor in data["vendors"] for line in vendor["lines"]}
    assert {one: line["units"] for one, line in lines.items()} == {
        row["variant_id"]: row["order_quantity"] for row in plan["rows"]
    }
    assert (data["order_units"], data["order_cost"]) == (plan["order_units"], plan["order_cost"])
    rows = list(csv.DictReader(io.StringIO(data["csv"].removeprefix("\ufeff"), newline="")))
    assert {row["variant_id"]: int(row["units"]) for row in rows} == {one: line["units"] for one, line in lines.items()}
    mug = next(row for row in rows if row["sku"] == "MUG-BLUE")
    assert mug["vendor"] == "'=HYPERLINK(1)"
    assert data_of(ada.get(f"{WHERE}/purchases"))["csv"] is None


def levels(ada: Caller) -> dict[str, int]:  # noqa: F811
    item = data_of(ada.get("/api/shopify/inventory?sku=MUG-BLUE"))
    return {level["location"]["name"]: level["available"] for level in item["levels"]}


def test_a_suggested_transfer_can_be_carried_out_and_taken_back(
    ada: Caller,  # noqa: F811
    runtime: Runtime,
    store: Store,
) -> None:
    stock = {"Main Warehouse": 500, "Shop Floor": 0}
    for place, quantity in stock.items():
        ada.post("/api/shopify/inventory/set", {"sku": "MUG-BLUE", "quantity": quantity, "location_id": place})
    copy(runtime, store)
    suggested = data_of(ada.get(f"{WHERE}/transfers?first=250"))
    row = suggested["rows"][0]
    assert (row["sku"], row["from"]["name"], row["to"]["name"]) == ("MUG-BLUE", "Main Warehouse", "Shop Floor")
    assert (row["from"]["available"], row["to"]["available"], row["days_of_cover"]) == (500, 0, 0.0)
    assert suggested["units"] == sum(one["units"] for one in suggested["rows"])
    assert "evenly" in suggested["assumes"][1]
    only = data_of(ada.get(f"{WHERE}/transfers?location_weights=Main Warehouse=1"))
    assert row["variant_id"] not in {one["variant_id"] for one in only["rows"]}, "nothing is sold on the floor then"
    units = row["units"]
    given = {
        "inventory_item_id": row["inventory_item_id"],
        "from_location_id": row["from"]["location_id"],
        "to_location_id": row["to"]["location_id"],
        "quantity": row["units"],
    }
    preview = data_of(ada.post(f"{WHERE}/transfers?dry_run=true", given))["preview"]
    assert [(one["before"], one["after"]) for one in preview["changes"]] == [(500, 500 - units), (0, units)]
    assert levels(ada) == stock
    done = ada.post(f"{WHERE}/transfers", given).get_json()
    assert done["meta"]["verified"] is True
    assert levels(ada) == {"Main Warehouse": 500 - units, "Shop Floor": units}
    data_of(ada.post(f"{WHERE}/transfers", done["meta"]["undo"]["input"]))
    assert levels(ada) == stock


def test_no_units_are_moved_that_are_not_there(ada: Caller, store: Store) -> None:  # noqa: F811
    before = levels(ada)
    given = {"sku": "MUG-BLUE", "from_location_id": "Main Warehouse", "to_location_id": "Shop Floor", "quantity": 1}
    for change, pointer in (
        ({"quantity": before["Main Warehouse"] + 1}, "/quantity"),
        ({"to_location_id": "Main Warehouse"}, "/to_location_id"),
        ({"quantity": 0}, "/quantity"),
    ):
        error = error_of(ada.post(f"{WHERE}/transfers", {**given, **change}))
        assert [fault["pointer"] for fault in error["details"]["faults"]] == [pointer]
    assert levels(ada) == before


def test_what_makes_no_sense_is_refused_with_its_place(
    ada: Caller,  # noqa: F811
    runtime: Runtime,
    store: Store,
) -> None:
    copy(runtime, store)
    for path, pointer in (
        ("/plan?service_level=1", "/service_level"),
        ("/plan?lead_days=1e400", "/lead_days"),
        ("/plan?vendor=Nobody", "/vendor"),
        ("/plan?location_id=999", "/location_id"),
        ("/plan?location_weights=Nowhere=1", "/location_weights/0"),
        ("/plan?location_weights=Main Warehouse=0", "/location_weights"),
        ("/plan?history_days=366", "/history_days"),
        ("/plan?terms=Atelier lead=3", "/terms/0"),
        ("/plan?terms=vendor:Atelier lead=366", "/terms/0"),
        ("/plan?terms=vendor:Atelier pack=0.5", "/terms/0"),
        ("/plan?terms=vendor:Atelier pack=2 pack=3", "/terms/0"),
        ("/plan?terms=vendor:Atelier pack=2&terms=vendor:ATELIER lead=3", "/terms/1"),
        ("/dead-stock?days=0", "/days"),
    ):
        error = error_of(ada.get(f"{WHERE}{path}"))
        assert [fault["pointer"] for fault in error["details"]["faults"]] == [pointer], path


def test_dead_stock_is_not_answered_for_days_whose_sales_are_not_known(
    ada: Caller,  # noqa: F811
    runtime: Runtime,
    store: Store,
) -> None:
    assert "read_all_orders" not in store.granted_scopes
    copy(runtime, store)
    known = data_of(ada.get(f"{WHERE}/dead-stock?days=30"))
    assert (known["reason"], known["variants"]) == (None, len(known["rows"]))
    unknown = data_of(ada.get(f"{WHERE}/dead-stock?days=90"))
    assert (unknown["rows"], unknown["variants"], unknown["value"]) == (None, None, None)
    assert unknown["known_since"] in unknown["reason"]


def test_without_the_scope_of_the_stock_nothing_is_answered(
    ada: Caller,  # noqa: F811
    runtime: Runtime,
    store: Store,
    regranted: Callable[[str], None],
) -> None:
    regranted("read_orders,read_products,read_customers,read_locations")
    copy(runtime, runtime.stores.by_name(Principal("ada"), None))
    error = error_of(ada.get(WHERE))
    assert error["code"] == "MISSING_SCOPE"
    assert "read_inventory" in error["message"]


def test_questions_are_answered_in_chat(runtime: Runtime, store: Store) -> None:
    person = Principal("ada", via="test")
    told = {
        "reorder list": "With a lead time of 14 days",
        "what to reorder": "With a lead time of 14 days",
        "purchase list": "In all",
        "dead stock": "Sales are known since",
        "inventory value": "at cost",
    }
    for phrase in told:
        without = runtime.chat.answer(person, phrase)
        # What to reorder can be said without a copy, too: what is low.
        assert "atom-shopify sync" in without.text or without.command == "low_stock"
    copy(runtime, store)
    for phrase, words in told.items():
        assert words in runtime.chat.answer(person, phrase).text


def test_a_number_in_a_query_is_read_as_json_writes_it(ada: Caller, runtime: Runtime, store: Store) -> None:  # noqa: F811
    copy(runtime, store)
    assert ada.get(f"{WHERE}/plan?cover_days=2.5e1").status_code == 200
    assert ada.get(f"{WHERE}/plan?cover_days=1e999").status_code == 400
