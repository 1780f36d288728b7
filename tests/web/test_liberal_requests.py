"""What builders send over REST: query strings and bodies in forms that have one meaning."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from webhost import Caller, data_of, error_of

if TYPE_CHECKING:
    from atom_shopify_plugin.runtime import Runtime

API = "/api/shopify"
VARIANT = f"{API}/variants/1380000001"
JSON = {"Content-Type": "application/json"}


def ids(response: Any) -> list[str]:
    return [item["id"] for item in data_of(response)["items"]]


@pytest.mark.parametrize("path", ["1001", "%231001"])
def test_an_order_is_addressed_by_its_name(ada: Caller, path: str) -> None:
    assert data_of(ada.get(f"{API}/orders/{path}"))["name"] == "#1001"
    changed = data_of(ada.put(f"{API}/orders/{path}", {"note": path}))
    assert (changed["name"], changed["note"]) == ("#1001", path)


def test_a_product_is_addressed_by_its_handle_and_a_count_is_no_handle(ada: Caller) -> None:
    product = data_of(ada.get(f"{API}/products?limit=1"))["items"][0]
    assert data_of(ada.get(f"{API}/products/{product['handle']}"))["id"] == product["id"]
    assert data_of(ada.get(f"{API}/products/count"))["precision"] == "EXACT"
    assert data_of(ada.get(f"{API}/orders/count?financial_status=paid"))["count"] > 0
    assert data_of(ada.get(f"{API}/customers/count"))["count"] > 0


@pytest.mark.parametrize(
    "query", ["status=active,draft", "status=ACTIVE&status=draft", "status=Active%2C+Draft&status="]
)
def test_several_values_of_a_filter_are_any_of_them(ada: Caller, query: str) -> None:
    each = [ids(ada.get(f"{API}/products?limit=250&status={status}")) for status in ("ACTIVE", "DRAFT")]
    assert sorted(ids(ada.get(f"{API}/products?limit=250&{query}"))) == sorted([*each[0], *each[1]])


def test_several_tags_are_any_of_them(ada: Caller) -> None:
    for name, tags in (("1250000001", "red, round"), ("1250000002", ["blue"])):
        data_of(ada.put(f"{API}/products/{name}", {"tags": tags}))
    numbers = sorted(one.rpartition("/")[2] for one in ids(ada.get(f"{API}/products?tag=round,blue")))
    assert numbers == ["1250000001", "1250000002"]


def test_fields_choose_what_comes_back(ada: Caller) -> None:
    items = data_of(ada.get(f"{API}/products?limit=2&fields=id,title,variants.sku"))["items"]
    assert [list(item) for item in items] == [["id", "title", "variants"]] * 2
    assert list(data_of(ada.get(f"{API}/orders/1001?fields=name&fields=id"))) == ["id", "name"]
    (fault,) = error_of(ada.get(f"{API}/products?fields=titel"))["details"]["faults"]
    assert (fault["pointer"], "title" in fault["message"]) == ("/fields/0", True)


@pytest.mark.parametrize(
    ("written", "price"),
    [("15", "15"), ("15.50", "15.50"), ('"15,5"', "15.5"), ("1.55e1", "15.5"), ("123456789012.35", "123456789012.35")],
)
def test_a_number_in_a_body_is_the_amount_that_was_written(ada: Caller, written: str, price: str) -> None:
    body = f'{{"price": {written}}}'.encode()
    preview = data_of(ada.send("PUT", f"{VARIANT}?dry_run=true", data=body, headers=JSON))["preview"]
    assert preview["input"]["price"] == price
    assert preview["sends"][0]["variables"]["variants"][0]["price"] == price


@pytest.mark.parametrize("written", ['"1,000"', "1e400", "1e-400", "1e99", "15.555", "NaN", "-1", "0." + "1" * 50])
def test_an_amount_that_nobody_can_mean_is_refused(ada: Caller, written: str) -> None:
    response = ada.send("PUT", VARIANT, data=f'{{"price": {written}}}'.encode(), headers=JSON)
    assert response.status_code == 400
    assert error_of(response)["details"]["faults"]


def test_the_audit_log_keeps_what_was_understood(ada: Caller, runtime: Runtime) -> None:
    written = ada.put(f"{API}/orders/1001", {"tags": "vip,  new"})
    entry = data_of(ada.get(f"{API}/audit/{written.json['meta']['audit_id']}"))  # type: ignore[index]
    assert entry["input"] == {"id": data_of(written)["id"], "tags": ["vip", "new"]}


def test_an_ambiguous_sku_names_the_candidates(ada: Caller, double: Callable[[], str]) -> None:
    error = error_of(ada.post(f"{API}/inventory/adjust", {"inventory_item_id": double(), "delta": "-1"}))
    assert [fault["code"] for fault in error["details"]["faults"]] == ["ambiguous"]
    assert len(error["details"]["candidates"]) == 2


@pytest.fixture
def double(sandbox: Any) -> Callable[[], str]:
    """Give two inventory items the same SKU."""

    def make() -> str:
        state = sandbox.store("demo.myshopify.com")
        with state.lock:
            for item in list(state.all("InventoryItem").values())[:2]:
                state.change(item, {"sku": "DOUBLE"})
        return "DOUBLE"

    return make
