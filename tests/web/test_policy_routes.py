"""Policies and approvals over REST."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from webhost import Browser, Caller, data_of, error_of

People = Callable[[str | None], Caller]
DEMO = "/api/shopify/stores/demo.myshopify.com"
REFUND = {"amount": "8.00", "discrepancy_reason": "OTHER"}


def connect(person: Caller, browser: Browser) -> None:
    url = data_of(person.get("/api/auth/shopify/authorize?shop=demo"))["auth_url"]
    assert person.get(browser.decide(url)).status_code == 200


def test_an_owner_limits_a_member_who_then_needs_an_approval(caller: People, browser: Browser) -> None:
    ada, bob = caller("ada"), caller("colleague")
    connect(ada, browser)
    token = data_of(ada.post(f"{DEMO}/invitations", {"subject": "colleague"}))["token"]
    assert bob.post("/api/shopify/invitations/accept", {"token": token}).status_code == 200
    wish = {"subject": "colleague", "tool": "refunds", "amount": "5", "approve": True}
    made = data_of(ada.put(f"{DEMO}/policies", wish))
    assert (made["kind"], made["amount"], made["currency"]) == ("limit", "5", "EUR")
    assert data_of(ada.get(f"{DEMO}/policies"))["items"] == [made]

    order = data_of(bob.get("/api/shopify/orders?limit=1&financial_status=paid"))["items"][0]["legacy_id"]
    path = f"/api/shopify/orders/{order}/refunds"
    asked = bob.post(path, REFUND)
    error = error_of(asked)
    assert (asked.status_code, error["code"], error["retryable"]) == (409, "APPROVAL_NEEDED", False)
    waiting: list[dict[str, Any]] = data_of(ada.get(f"{DEMO}/approvals"))["items"]
    assert [(one["id"], one["subject"], one["input"]["amount"]) for one in waiting] == [
        (error["details"]["approval_id"], "colleague", "8.00")
    ]
    decision = f"{DEMO}/approvals/{waiting[0]['id']}"
    assert bob.post(decision, {"approve": True}).status_code == 403
    assert error_of(ada.post(decision, {"approve": "yes"}))["code"] == "VALIDATION_ERROR"
    assert data_of(ada.post(decision, {"approve": True}))["state"] == "approved"
    assert ada.post(decision, {"approve": True}).status_code == 404
    confirm = error_of(bob.post(path, REFUND))["details"]["confirmation_token"]
    assert bob.post(f"{path}?confirm={confirm}", REFUND).status_code == 200
    assert error_of(bob.post(path, REFUND))["code"] == "APPROVAL_NEEDED"

    for attempt in (bob.get(f"{DEMO}/policies"), bob.put(f"{DEMO}/policies", wish), bob.get(f"{DEMO}/approvals")):
        assert attempt.status_code == 403
    assert ada.delete(f"{DEMO}/policies/{made['id']}").status_code == 200
    assert ada.delete(f"{DEMO}/policies/{made['id']}").status_code == 404


def test_a_policy_that_means_nothing_names_every_fault(caller: People, browser: Browser) -> None:
    ada = caller("ada")
    connect(ada, browser)
    for body, pointers in (
        ({}, {"/subject"}),
        ({"subject": "colleague", "amount": 5, "calls": "1", "x": 1}, {"/amount", "/calls", "/x"}),
        ({"subject": "colleague", "amount": "much"}, {"/amount"}),
        ({"subject": "colleague", "kind": "perhaps", "via": "door"}, {"/kind", "/via"}),
        ({"subject": "colleague", "tool": "nothing", "calls": 1}, {"/tool"}),
        ({"subject": "colleague", "calls": 10**30}, {"/calls"}),
    ):
        error = error_of(ada.put(f"{DEMO}/policies", body))
        assert error["code"] == "VALIDATION_ERROR"
        assert pointers <= {fault["pointer"] for fault in error["details"]["faults"]}, body
