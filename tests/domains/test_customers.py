"""Customers, end to end."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from atom_shopify_plugin.errors import NotFound, OutcomeUnknown, Rejected

if TYPE_CHECKING:
    from atom_shopify_plugin.sandbox.core import Sandbox

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


FAULTS = [{"kind": "throttle_429", "retry_after": "3600"}, {"kind": "lost_reply"}, {"kind": "html"}]


@pytest.mark.parametrize("fault", FAULTS, ids=[fault["kind"] for fault in FAULTS])
def test_an_address_that_can_not_be_added_never_hides_the_customer(
    run: Run, sandbox: Sandbox, fault: dict[str, str]
) -> None:
    sandbox.faults.add({**fault, "after": 1, "match": {"subject": "CustomerAddressCreate"}})
    with pytest.raises(OutcomeUnknown) as told:
        run("customer_create", first_name="Mary", addresses=[ADDRESS, {**ADDRESS, "city": "Bremen"}])
    details = told.value.details
    assert not told.value.retryable
    assert (details["created"], details["addresses_added"]) == (True, 1)
    assert details["done"] == ["CustomerCreate", "CustomerAddressCreate"]
    assert details["in_doubt"] == ([] if fault["kind"] == "throttle_429" else ["CustomerAddressCreate"])
    assert run("customer_get", id=details["id"])["default_address"]["city"] == "Hamburg"


def test_a_customer_that_can_not_be_read_again_is_made_all_the_same(run: Run, sandbox: Sandbox) -> None:
    sandbox.faults.add({"kind": "html", "times": None, "match": {"subject": "CustomerGet"}})
    made = run("customer_create", first_name="Mary", addresses=[ADDRESS, {**ADDRESS, "city": "Bremen"}])
    sandbox.faults.clear()
    found = run("customer_get", id=made["id"])
    assert made["default_address"] == found["default_address"]
    assert sorted(made["addresses"]["nodes"], key=str) == sorted(found["addresses"]["nodes"], key=str)


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
