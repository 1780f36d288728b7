"""Orders, end to end."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from atom_shopify_plugin.errors import ConfirmationNeeded, InvalidInput, NotFound

if TYPE_CHECKING:
    pass

Run = Callable[..., Any]


@pytest.mark.parametrize("name", ["#1001", "1001", " #1001 "])
def test_an_order_is_found_by_its_name(run: Run, name: str) -> None:
    assert run("order_get", name=name)["name"] == "#1001"


def test_an_order_is_found_by_its_id(run: Run) -> None:
    order = run("order_get", name="#1001")
    assert run("order_get", id=order["legacy_id"]) == order


@pytest.mark.parametrize("name", ["#100", "#999999", "nobody's", '" OR name:#1001'])
def test_a_name_is_compared_whole(run: Run, name: str) -> None:
    with pytest.raises(NotFound):
        run("order_get", name=name)


def test_the_latest_order_comes_first(run: Run) -> None:
    moments = [order["processed_at"] for order in run("order_search", limit=10)["items"]]
    assert moments == sorted(moments, reverse=True)


def test_filters_narrow_the_list(run: Run) -> None:
    unpaid = run("order_search", name="#1002")["items"]
    assert [order["name"] for order in unpaid] == ["#1002"]
    paid = run("order_search", financial_status="PAID")["items"]
    assert {order["display_financial_status"] for order in paid} == {"PAID"}


def test_an_order_of_a_customer_is_found_by_the_customers_id(run: Run) -> None:
    ada = run("customer_get", email="ada@example.com")
    made = run("order_create", line_items=[{"title": "Engraving", "price": "12.00"}], customer_id=ada["id"])
    found = run("order_search", customer_id=ada["legacy_id"])["items"]
    assert made["id"] in {order["id"] for order in found}
    assert {order["customer"]["id"] for order in found} == {ada["id"]}


def test_amounts_are_in_the_currency_of_the_store(run: Run) -> None:
    order = run("order_create", line_items=[{"title": "Engraving", "price": "12.00", "quantity": 2}])
    assert order["total_price"]["shop_money"] == {"amount": "24.0", "currency_code": "EUR"}


def test_an_order_is_no_test_unless_it_says_so(run: Run) -> None:
    assert run("order_create", line_items=[{"title": "Engraving", "price": "12.00"}])["test"] is False


def test_a_variant_brings_its_own_price(run: Run) -> None:
    variant = run("product_get", handle="mug")["variants"]["nodes"][0]
    order = run("order_create", line_items=[{"variant_id": variant["id"], "quantity": 3}])
    (line,) = order["line_items"]["nodes"]
    assert (line["variant"]["id"], line["quantity"], line["sku"]) == (variant["id"], 3, variant["sku"])


def test_a_customer_is_made_or_found_with_the_order(run: Run) -> None:
    ada = run("customer_get", email="ada@example.com")
    lines = [{"title": "Engraving", "price": "12.00"}]
    assert run("order_create", line_items=lines, customer={"email": "ada@example.com"})["customer"]["id"] == ada["id"]
    run("order_create", line_items=lines, customer={"email": "grace@example.com", "first_name": "Grace"})
    assert run("customer_get", email="grace@example.com")["first_name"] == "Grace"


def test_an_update_leaves_the_rest_and_null_clears(run: Run) -> None:
    order = run("order_get", name="#1001")
    assert run("order_update", id=order["id"], note="Call first", tags=["vip"])["note"] == "Call first"
    changed = run("order_update", id=order["id"], note=None)
    assert not changed["note"]
    assert changed["tags"] == ["vip"]
    assert changed["email"] == order["email"]


def test_closing_archives(run: Run) -> None:
    order = run("order_get", name="#1001")
    assert run("order_close", id=order["id"])["closed"] is True
    assert order["id"] not in {open_one["id"] for open_one in run("order_search", status="OPEN", limit=250)["items"]}


def test_cancelling_wants_a_yes_and_waits_until_it_is_done(run: Run, confirmed: Run) -> None:
    order = run("order_get", name="#1002")
    with pytest.raises(ConfirmationNeeded) as asked:
        run("order_cancel", id=order["id"], reason="CUSTOMER")
    assert asked.value.details["preview"]["current"]["name"] == "#1002"
    assert run("order_get", name="#1002")["cancelled_at"] is None
    done = confirmed("order_cancel", id=order["id"], reason="CUSTOMER")
    assert done["job"]["done"] is True
    assert done["order"]["cancel_reason"] == "CUSTOMER"
    assert done["order"]["cancelled_at"] is not None


def test_money_goes_back_only_with_a_refund_method(run: Run, confirmed: Run) -> None:
    order = run("order_get", name="#1001")
    method = {"original_payment_methods_refund": True}
    done = confirmed("order_cancel", id=order["id"], reason="INVENTORY", refund_method=method)
    assert done["order"]["display_financial_status"] == "REFUNDED"


@pytest.mark.parametrize(
    "given",
    [
        {"line_items": [{"variant_id": "gid://shopify/Product/1"}]},
        {"line_items": [{"title": "Engraving", "price": "1,200"}]},
        {"line_items": [{"title": "Engraving", "price": "12.00"}], "currency": "euro"},
        {"line_items": [{"title": "Engraving", "price": "12.00"}], "shipping_address": {"country": "Germany"}},
    ],
)
def test_a_wrong_order_is_refused_before_shopify_is_asked(run: Run, given: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput):
        run("order_create", **given)
