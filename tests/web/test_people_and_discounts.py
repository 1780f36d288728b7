"""Discounts, segments and customers over REST, as a merchant's own program uses them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from webhost import Caller, data_of, error_of

if TYPE_CHECKING:
    from atom_shopify_plugin.sandbox.core import Sandbox

API = "/api/shopify"


def test_a_code_is_made_found_changed_filled_up_ended_and_deleted(ada: Caller) -> None:
    made = ada.post(f"{API}/discounts/basic", {"code": "SPRING10", "percent": 10, "product_ids": ["mug"]})
    assert made.status_code < 300
    assert data_of(ada.get(f"{API}/discounts/spring10"))["percent"] == 10
    assert data_of(ada.put(f"{API}/discounts/SPRING10", {"percent": 15, "product_ids": []}))["percent"] == 15
    again = ada.post(f"{API}/discounts/free-shipping", {"code": "spring10"})
    assert (again.status_code, error_of(again)["details"]["user_errors"][0]["pointer"]) == (400, "/code")
    done = data_of(ada.post(f"{API}/discounts/SPRING10/codes", {"codes": ["SPRING-ADA", "WELCOME10"]}))
    assert [row["added"] for row in done["codes"]] == [True, False]
    assert data_of(ada.post(f"{API}/discounts/SPRING10/deactivate"))["status"] == "EXPIRED"
    assert data_of(ada.post(f"{API}/discounts/SPRING10/activate"))["status"] == "ACTIVE"
    asked = ada.delete(f"{API}/discounts/SPRING10")
    assert asked.status_code == 409
    details = error_of(asked)["details"]
    assert "with 2 codes" in details["preview"]["question"]
    token = {"X-Confirmation-Token": details["confirmation_token"]}
    assert ada.delete(f"{API}/discounts/SPRING10", headers=token).status_code == 200
    assert ada.get(f"{API}/discounts/SPRING10").status_code == 404


def test_a_discount_is_refused_without_percent_or_amount_and_to_strangers(ada: Caller, mallory: Caller) -> None:
    assert ada.post(f"{API}/discounts/basic", {"code": "NOTHING"}).status_code == 400
    assert mallory.get(f"{API}/discounts").status_code in (401, 403, 404)


def test_a_segment_is_made_and_its_members_are_listed(ada: Caller, sandbox: Sandbox) -> None:
    made = ada.post(f"{API}/segments", {"name": "Buyers", "query": "number_of_orders > 0"})
    assert made.status_code < 300
    members = ada.get(f"{API}/segment-members?segment_id=Buyers&limit=2").get_json()
    assert len(members["data"]["items"]) == 2
    assert members["page"]["has_more"] is True
    whole = data_of(ada.post(f"{API}/segment-members/query", {"segment_id": "Buyers"}))
    assert whole["count"] == len(whole["members"]) > 2


def test_a_customer_is_set_and_unsubscribed(ada: Caller) -> None:
    wanted = {"email": "mary@example.com", "first_name": "Mary", "tags": ["new"]}
    asked = ada.put(f"{API}/customers", wanted)
    assert asked.status_code == 409
    token = {"X-Confirmation-Token": error_of(asked)["details"]["confirmation_token"]}
    assert data_of(ada.put(f"{API}/customers", wanted, headers=token))["first_name"] == "Mary"
    path = f"{API}/customers/mary@example.com/email-consent"
    refused = ada.put(path, {"marketing_state": "SUBSCRIBED"})
    assert (refused.status_code, error_of(refused)["code"]) == (400, "VALIDATION_ERROR")
    changed = data_of(ada.put(path, {"marketing_state": "UNSUBSCRIBED"}))
    assert changed["default_email_address"]["marketing_state"] == "UNSUBSCRIBED"
