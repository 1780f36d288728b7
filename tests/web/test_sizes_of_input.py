"""Numbers, texts and lists of any size are refused at their place, in a moment, and never with a 500."""

from __future__ import annotations

import time
from typing import Any

import pytest
from webhost import Caller, error_of

ADJUST = "/api/shopify/inventory/adjust"
JSON = {"Content-Type": "application/json"}
SECONDS = 10.0  # against a minute of freezing
NUMBERS = [
    b"1e400", b"-1e400", b"1e30", b"1" + b"0" * 30, b"9223372036854775808", b"-9223372036854775809", b"4294967296",
    b"1" * 41, b"1" * 5000, b"0." + b"1" * 300, b"1e308", b"1.5",
]  # fmt: skip


def pointers(response: Any) -> set[str]:
    assert response.status_code == 400, response.data
    return {fault["pointer"] for fault in error_of(response)["details"]["faults"]}


@pytest.mark.parametrize("number", NUMBERS, ids=lambda number: number[:20].decode())
def test_a_number_in_a_body_is_refused_at_its_place(ada: Caller, number: bytes, upstream: Any) -> None:
    before = upstream()
    body = b'{"sku": "MUG-BLUE", "delta": ' + number + b"}"
    assert pointers(ada.send("POST", ADJUST, data=body, headers=JSON)) == {"/delta"}
    body = b'{"line_items": [{"title": "Cup", "price": "1.00", "quantity": ' + number + b"}]}"
    assert pointers(ada.send("POST", "/api/shopify/orders", data=body, headers=JSON)) == {"/line_items/0/quantity"}
    if number not in (b"4294967296", b"1.5"):
        body = b'{"weight": {"unit": "GRAMS", "value": ' + number + b"}}"
        answer = ada.send("PUT", "/api/shopify/variants/1380000001", data=body, headers=JSON)
        assert pointers(answer) == {"/weight/value"}
    assert upstream() == before


@pytest.mark.parametrize("number", ["1" + "0" * 30, "-1", "9" * 60, "9223372036854775808", "1e3", "5.5", "0x10"])
def test_a_number_in_the_query_is_refused_at_its_place(ada: Caller, number: str) -> None:
    assert pointers(ada.get(f"/api/shopify/orders?limit={number}")) == {"/limit"}


def test_a_number_in_the_query_is_told_its_bound(ada: Caller) -> None:
    (fault,) = error_of(ada.get("/api/shopify/orders?limit=1" + "0" * 30))["details"]["faults"]
    assert fault["message"].endswith("limit must be at most 250.")


@pytest.mark.parametrize("number", ["9223372036854775808", "1" + "0" * 30, "9" * 300, "0", "-1", "00"])
def test_an_id_has_64_bits(ada: Caller, number: str) -> None:
    assert pointers(ada.get(f"/api/shopify/products/{number}")) == {"/id"}
    assert pointers(ada.get(f"/api/shopify/orders?customer_id={number}")) == {"/customer_id"}
    assert pointers(ada.get(f"/api/shopify/products/gid:%2F%2Fshopify%2FProduct%2F{number}")) == {"/id"}


def test_the_highest_id_is_one(ada: Caller) -> None:
    assert ada.get("/api/shopify/products/9223372036854775807").status_code == 404


def test_a_whole_number_with_a_point_is_an_integer(ada: Caller) -> None:
    response = ada.send("POST", ADJUST, data=b'{"sku": "MUG-BLUE", "delta": 5.0}', headers=JSON)
    assert response.status_code == 200
    assert response.get_json()["data"]["change"]["delta"] == 5
    variant = b'{"variant_id": 1380000001.0, "delta": 1}'
    assert ada.send("POST", ADJUST, data=variant, headers=JSON).status_code == 200
    assert pointers(ada.send("POST", ADJUST, data=b'{"variant_id": 0.0, "delta": 1}', headers=JSON)) == {"/variant_id"}


def test_hostile_texts_and_lists_are_refused_in_a_moment(ada: Caller) -> None:
    # 200,000 characters of an address once took a minute, in which the process answered nobody.
    spoiled = "https://" + "a" * 200_000 + " "
    mixed = [part for number in range(12_000) for part in (number, str(number), [number])]
    strange = {f"field{number}": 0 for number in range(40_000)}
    for path, body in (
        ("/api/shopify/webhook-subscriptions", {"topic": "ORDERS_CREATE", "uri": spoiled}),
        ("/api/shopify/webhook-subscriptions", {"topic": "ORDERS_CREATE", "uri": spoiled[:60_000] + " "}),
        ("/api/shopify/products", {"title": "Mug", "tags": mixed}),
        ("/api/shopify/products", {"title": "Mug", **strange}),
        (
            "/api/shopify/products",
            {"title": "Mug", "category": "gid://shopify/TaxonomyCategory/" + "a" * 200_000 + "!"},
        ),
    ):
        began = time.monotonic()
        assert pointers(ada.post(path, body))
        assert time.monotonic() - began < SECONDS


def test_an_empty_price_is_told_that_null_clears(ada: Caller) -> None:
    for name in ("compare_at_price", "cost", "country_code_of_origin", "harmonized_system_code"):
        (fault,) = error_of(ada.put("/api/shopify/variants/1380000001", {name: ""}))["details"]["faults"]
        assert fault["pointer"] == f"/{name}"
        assert fault["message"].endswith(f"{name} must not be empty. Send null to clear it.")
    (fault,) = error_of(ada.put("/api/shopify/variants/1380000001", {"price": ""}))["details"]["faults"]
    assert "must be a decimal number as text, such as 19.90" in fault["message"]
    (fault,) = error_of(ada.put("/api/shopify/products/1250000001", {"tags": [""]}))["details"]["faults"]
    assert fault["pointer"] == "/tags/0"
    (fault,) = error_of(ada.put("/api/shopify/products/1250000001", {"tags": 7}))["details"]["faults"]
    assert fault["message"].endswith("must be a list, or null.")


@pytest.mark.parametrize("text", ["EUR\n", "eu", "EURO", ""])
def test_a_form_means_the_whole_text(ada: Caller, text: str) -> None:
    given = {"line_items": [{"title": "Cup", "price": "1.00"}], "currency": text}
    (fault,) = error_of(ada.post("/api/shopify/orders", given))["details"]["faults"]
    assert fault["pointer"] == "/currency"
    assert "three capital letters, such as EUR" in fault["message"] or "at most 3" in fault["message"]
