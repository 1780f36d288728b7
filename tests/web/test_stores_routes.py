"""The caller's stores, the audit log and the usage figures."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from webhost import PEOPLE, Caller, data_of, error_of

from atom_shopify_plugin.runtime import Runtime
from atom_shopify_plugin.settings import Secret
from atom_shopify_plugin.shopify.domain import ShopDomain

if TYPE_CHECKING:
    from atom_shopify_plugin.sandbox.core import Sandbox


@pytest.fixture
def two_stores(ada: Caller, runtime: Runtime, sandbox: Sandbox) -> Caller:
    """The owner of both stores."""
    token = Secret(sandbox.issue_admin_token("outlet.myshopify.com", ["read_products"]))
    runtime.connections.connect_token(PEOPLE["ada"], ShopDomain("outlet.myshopify.com"), token)
    return ada


def test_stores_are_listed_with_their_state_and_without_their_tokens(two_stores: Caller) -> None:
    response = two_stores.get("/api/shopify/stores")
    demo, outlet = data_of(response)
    assert (demo["shop"], demo["is_default"], demo["currency"]) == ("demo.myshopify.com", True, "EUR")
    assert (outlet["shop"], outlet["is_default"], outlet["currency"]) == ("outlet.myshopify.com", False, "USD")
    assert outlet["scopes"] == ["read_products"]
    assert "write_orders" in outlet["missing_scopes"]
    assert "shop=outlet.myshopify.com" in outlet["connect_url"]
    assert b"token" not in response.data.replace(b"token_kind", b"").replace(b"admin_token", b"")


def test_another_store_becomes_the_default(two_stores: Caller) -> None:
    assert data_of(two_stores.put("/api/shopify/stores/outlet.myshopify.com/default"))["is_default"] is True
    response = two_stores.get("/api/shopify/products?limit=1")
    assert response.json is not None
    assert response.json["meta"]["shop"] == "outlet.myshopify.com"
    assert [found["is_default"] for found in data_of(two_stores.get("/api/shopify/stores"))] == [True, False]


def test_the_audit_log_comes_in_pages_the_newest_first(ada: Caller) -> None:
    for number in range(3):
        assert ada.post("/api/shopify/products", {"title": f"Bowl {number}"}).status_code == 201
    first = ada.get("/api/shopify/audit?limit=2")
    assert first.json is not None
    assert first.json["page"]["has_more"] is True
    second = ada.get(f"/api/shopify/audit?limit=2&cursor={first.json['page']['next']}")
    assert second.json is not None
    assert second.json["page"] == {"next": None, "has_more": False}
    entries = data_of(first)["items"] + data_of(second)["items"]
    assert [entry["input"]["title"] for entry in entries] == ["Bowl 2", "Bowl 1", "Bowl 0"]
    assert {entry["action"] for entry in entries} == {"product_create"}
    assert {entry["shop"] for entry in entries} == {"demo.myshopify.com"}


def test_nobody_reads_the_audit_log_of_a_store_that_is_not_theirs(ada: Caller, mallory: Caller) -> None:
    ada.post("/api/shopify/products", {"title": "Bowl"})
    assert data_of(mallory.get("/api/shopify/audit"))["items"] == []
    assert mallory.get("/api/shopify/audit?shop=demo.myshopify.com").status_code == 404


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=251", "limit=x", "limit=%D9%A1", "cursor=x", "cursor=" + "g" * 32, "store=demo"]
)
def test_an_audit_query_that_makes_no_sense_is_refused(ada: Caller, query: str) -> None:
    response = ada.get(f"/api/shopify/audit?{query}")
    assert (response.status_code, error_of(response)["code"]) == (400, "VALIDATION_ERROR")


def test_usage_counts_the_own_stores_alone(ada: Caller, mallory: Caller, caller: Callable[[str], Caller]) -> None:
    ada.get("/api/shopify/products?limit=1")
    assert data_of(mallory.get("/api/shopify/usage"))["actions"] == []
    assert data_of(ada.get("/api/shopify/usage"))["days"] == 30
    assert ada.get("/api/shopify/usage?days=0").status_code == 400


def test_a_store_that_is_named_by_what_it_shows_is_refused_with_its_domain(
    ada: Caller, runtime: Runtime, sandbox: Sandbox
) -> None:
    outlet = ShopDomain("outlet.myshopify.com")
    (shop,) = sandbox.store(str(outlet)).all("Shop").values()
    for name, status in (("My Other Shop", 400), ("Other", 404)):
        shop["name"] = name
        token = Secret(sandbox.issue_admin_token(str(outlet), ["read_products"]))
        runtime.connections.connect_token(PEOPLE["ada"], outlet, token)
        for route in ("products", "audit"):
            response = ada.get(f"/api/shopify/{route}", query_string={"shop": name.lower()})
            assert response.status_code == status
            assert "Did you mean outlet.myshopify.com?" in error_of(response)["message"]


def test_no_message_names_a_store_of_somebody_else(mallory: Caller, two_stores: Caller) -> None:
    for name in ("demo", "Demo Store", "outlet.myshopify.com"):
        response = mallory.get("/api/shopify/products", query_string={"shop": name})
        assert "Did you mean" not in error_of(response)["message"]
