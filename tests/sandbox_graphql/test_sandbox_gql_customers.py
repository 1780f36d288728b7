"""Customers: one per e-mail address and phone number."""

from __future__ import annotations

from typing import Any

import pytest

CREATE = """mutation C($input: CustomerInput!) { customerCreate(input: $input) { customer {
  id displayName firstName tags note numberOfOrders amountSpent { amount currencyCode } canDelete locale
  defaultEmailAddress { emailAddress marketingState } defaultPhoneNumber { phoneNumber }
  addressesV2(first: 5) { nodes { id address1 country countryCodeV2 province formatted } } defaultAddress { city } }
  userErrors { field message } } }"""
UPDATE = """mutation U($input: CustomerInput!) { customerUpdate(input: $input) { customer { id firstName note tags
  defaultEmailAddress { emailAddress } } userErrors { field message } } }"""
ADDRESS = """mutation A($id: ID!, $address: MailingAddressInput!, $default: Boolean) {
  customerAddressCreate(customerId: $id, address: $address, setAsDefault: $default) {
    address { id city country } userErrors { field message } } }"""


def test_a_customer_is_made(shop: Any) -> None:
    payload = shop.mutate(
        CREATE,
        {
            "input": {
                "firstName": "Grace",
                "lastName": "Hopper",
                "email": " grace@example.org ",
                "phone": "+1 (555) 010-2345",
                "tags": ["navy, code", "Navy"],
                "emailMarketingConsent": {"marketingState": "SUBSCRIBED", "marketingOptInLevel": "SINGLE_OPT_IN"},
                "addresses": [
                    {"address1": "1 Pier", "city": "Boston", "countryCode": "US", "provinceCode": "MA", "zip": "02110"}
                ],
            }
        },
    )
    assert payload["userErrors"] == []
    customer = payload["customer"]
    assert customer["displayName"] == "Grace Hopper"
    assert customer["defaultEmailAddress"] == {"emailAddress": "grace@example.org", "marketingState": "SUBSCRIBED"}
    assert customer["defaultPhoneNumber"] == {"phoneNumber": "+15550102345"}
    assert customer["tags"] == ["code", "navy"]
    assert (customer["numberOfOrders"], customer["amountSpent"]) == ("0", {"amount": "0.0", "currencyCode": "EUR"})
    (address,) = customer["addressesV2"]["nodes"]
    assert (address["country"], address["countryCodeV2"], address["province"]) == (
        "United States",
        "US",
        "Massachusetts",
    )
    assert address["formatted"] == ["1 Pier", "Boston MA 02110", "United States"]
    assert customer["defaultAddress"] == {"city": "Boston"}
    found = shop.data('{ customerByIdentifier(identifier: {emailAddress: "GRACE@example.org"}) { id } }')
    assert found["customerByIdentifier"] == {"id": customer["id"]}
    (effect,) = shop.store.journal
    assert (effect.operation, effect.action, effect.gid) == ("customerCreate", "created", customer["id"])
    assert effect.input["input"]["firstName"] == "Grace"


@pytest.mark.parametrize(
    ("given", "field", "message"),
    [
        ({}, None, "A name, phone number, or email address must be present"),
        ({"email": "ada@example.com"}, ["email"], "Email has already been taken"),
        ({"email": "ADA@example.com"}, ["email"], "Email has already been taken"),
        ({"phone": "+1 555 0100"}, ["phone"], "Phone has already been taken"),
        ({"email": "nobody"}, ["email"], "Email is invalid"),
        ({"phone": "call me"}, ["phone"], "Phone is invalid"),
        ({"firstName": "x" * 256}, ["firstName"], "First name is too long (maximum is 255 characters)"),
        ({"id": "gid://shopify/Customer/1", "firstName": "x"}, ["id"], "Cannot specify ID on creation"),
    ],
)
def test_a_customer_that_cannot_be_is_refused(
    shop: Any, given: dict[str, Any], field: list[str] | None, message: str
) -> None:
    before = list(shop.store)
    assert shop.mutate(CREATE, {"input": given}) == {
        "customer": None,
        "userErrors": [{"field": field, "message": message}],
    }
    assert list(shop.store) == before


def test_an_update_changes_and_clears(shop: Any) -> None:
    gid = shop.gid("Customer", email="ada@example.com")
    changed = shop.mutate(UPDATE, {"input": {"id": gid, "note": "Likes blue", "email": "ada@example.org"}})["customer"]
    assert (changed["note"], changed["firstName"]) == ("Likes blue", "Ada")
    assert shop.store.find("Customer", "email", "ada@example.com") == []
    cleared = shop.mutate(UPDATE, {"input": {"id": gid, "note": None, "tags": None}})["customer"]
    assert (cleared["note"], cleared["tags"]) == (None, [])
    assert cleared["defaultEmailAddress"] == {"emailAddress": "ada@example.org"}


def test_an_update_may_not_take_an_address_or_leave_nothing(shop: Any) -> None:
    gid = list(shop.store.all("Customer"))[1]
    taken = shop.mutate(UPDATE, {"input": {"id": gid, "email": "ada@example.com"}})
    assert taken["userErrors"] == [{"field": ["email"], "message": "Email has already been taken"}]
    nothing = {"firstName": None, "lastName": None, "email": None, "phone": None}
    assert shop.mutate(UPDATE, {"input": {"id": gid, **nothing}})["userErrors"][0]["field"] is None
    unknown = shop.mutate(UPDATE, {"input": {"id": "gid://shopify/Customer/1", "note": "x"}})
    assert unknown["userErrors"] == [{"field": ["id"], "message": "Customer does not exist"}]
    assert shop.store.journal == []


def test_addresses_are_added_once_and_one_is_the_default(shop: Any) -> None:
    gid = shop.gid("Customer", email="ada@example.com")
    home = {"address1": "2 Quay", "city": "Hamburg", "countryCode": "DE"}
    address = shop.mutate(ADDRESS, {"id": gid, "address": home, "default": True})["address"]
    assert (address["city"], address["country"]) == ("Hamburg", "Germany")
    assert shop.mutate(ADDRESS, {"id": gid, "address": home})["userErrors"] == [
        {"field": ["address"], "message": "Address already exists"}
    ]
    found = shop.data("query C($id: ID!) { customer(id: $id) { defaultAddress { id } } }", {"id": gid})
    assert found["customer"]["defaultAddress"]["id"] == address["id"]
    gone = "mutation D($c: ID!, $a: ID!) { customerAddressDelete(customerId: $c, addressId: $a) { deletedAddressId } }"
    assert shop.mutate(gone, {"c": gid, "a": address["id"]}) == {"deletedAddressId": address["id"]}
    left = shop.data("query C($id: ID!) { customer(id: $id) { defaultAddress { id } } }", {"id": gid})
    assert left["customer"]["defaultAddress"]["id"] != address["id"]


def test_a_customer_with_orders_stays(shop: Any) -> None:
    text = (
        "mutation D($id: ID!) { customerDelete(input: {id: $id}) { deletedCustomerId userErrors { field message } } }"
    )
    ada = shop.gid("Customer", email="ada@example.com")
    assert shop.mutate(text, {"id": ada})["userErrors"][0]["message"].startswith("Customer can’t be deleted")
    fresh = shop.mutate(CREATE, {"input": {"firstName": "Mary"}})["customer"]
    assert fresh["canDelete"] is True
    assert shop.mutate(text, {"id": fresh["id"]})["deletedCustomerId"] == fresh["id"]


def test_a_customers_orders_are_searched_and_counted(shop: Any) -> None:
    text = """{ customerByIdentifier(identifier: {phoneNumber: "+15550100"}) { numberOfOrders lastOrder { name }
      orders(first: 10, query: "financial_status:paid name:1001") { nodes { name } } } }"""
    ada = shop.data(text)["customerByIdentifier"]
    assert int(ada["numberOfOrders"]) >= 2
    assert ada["orders"] == {"nodes": [{"name": "#1001"}]}
