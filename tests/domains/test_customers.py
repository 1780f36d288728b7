"""Customers, end to end."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from atom_shopify_plugin.errors import NotFound, OutcomeUnknown, Rejected

Run = Callable[..., Any]
ADDRESS = {
    "first_name": "Mary",
    "address1": "1 Harbour Street",
    "city": "Hamburg",
    "zip": "20457",
    "country_code": "DE",
}


def test_a_customer_is_found_by_mail_phone_and_id(run: Run) -> None:
    ada = run("customer_get", email="ada@example.com")
    assert ada["display_name"] == "Ada Lovelace"
    assert run("customer_get", phone="+15550100") == ada
    assert run("customer_get", id=ada["legacy_id"]) == ada


def test_a_customer_that_is_not_there_is_not_found(run: Run) -> None:
    for given in ({"email": "nobody@example.com"}, {"phone": "+15559999"}, {"id": 1}):
        with pytest.raises(NotFound):
            run("customer_get", **given)


def test_filters_narrow_the_list(run: Run) -> None:
    found = run("customer_search", email="ada@example.com")["items"]
    assert [customer["display_name"] for customer in found] == ["Ada Lovelace"]
    assert run("customer_search", query="Lovelace")["items"] == found


def test_a_customer_is_made_with_addresses_and_the_first_is_the_default(run: Run) -> None:
    made = run("customer_create", first_name="Mary", addresses=[ADDRESS, {**ADDRESS, "city": "Bremen"}])
    assert sorted(address["city"] for address in made["addresses"]["nodes"]) == ["Bremen", "Hamburg"]
    assert made["default_address"]["city"] == "Hamburg"


def test_an_address_that_shopify_refuses_leaves_the_customer_and_says_so(run: Run) -> None:
    with pytest.raises(OutcomeUnknown) as told:
        run("customer_create", first_name="Mary", addresses=[ADDRESS, ADDRESS])
    assert run("customer_get", id=told.value.details["id"])["first_name"] == "Mary"
    assert told.value.details["user_errors"]


def test_an_e_mail_is_taken_once(run: Run) -> None:
    with pytest.raises(Rejected) as refusal:
        run("customer_create", email="ada@example.com")
    assert refusal.value.details["user_errors"]


def test_an_update_leaves_the_rest_and_null_clears(run: Run) -> None:
    ada = run("customer_get", email="ada@example.com")
    assert run("customer_update", id=ada["id"], note="Likes blue", tags=["vip"])["note"] == "Likes blue"
    changed = run("customer_update", id=ada["id"], note=None)
    assert not changed["note"]
    assert changed["tags"] == ["vip"]
    assert changed["default_email_address"]["email_address"] == "ada@example.com"
