"""Scopes are enforced per field and per mutation."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest


def test_a_missing_scope_nulls_the_field_and_leaves_the_others(shop: Any) -> None:
    shop.scopes = frozenset({"read_products"})
    answer = shop.ask('{ customer(id: "gid://shopify/Customer/1") { id } shop { name } }')
    assert answer["data"] == {"customer": None, "shop": {"name": "Demo"}}
    (error,) = answer["errors"]
    assert error["message"] == "Access denied for customer field. Required access: `read_customers` access scope."
    assert error["path"] == ["customer"]
    assert error["extensions"] == {
        "code": "ACCESS_DENIED",
        "documentation": "https://shopify.dev/api/usage/access-scopes",
        "requiredAccess": "`read_customers` access scope.",
    }


def test_a_nested_field_is_refused_where_it_stands(shop: Any) -> None:
    shop.scopes = frozenset({"read_orders"})
    answer = shop.ask('{ orders(first: 1, query: "name:1001") { nodes { name customer { id } } } }')
    assert answer["data"]["orders"]["nodes"] == [{"name": "#1001", "customer": None}]
    assert answer["errors"][0]["path"] == ["orders", "nodes", 0, "customer"]


def test_write_implies_read_and_read_does_not_imply_write(shop: Any) -> None:
    shop.scopes = frozenset({"write_products"})
    assert shop.data("{ products(first: 1) { nodes { id } } }")
    shop.scopes = frozenset({"read_products"})
    answer = shop.ask('mutation { productCreate(product: {title: "Jar"}) { product { id } } }')
    assert answer["data"] == {"productCreate": None}
    assert answer["errors"][0]["extensions"]["requiredAccess"] == "`write_products` access scope."
    assert shop.store.journal == []


@pytest.mark.parametrize(
    ("gid", "scope"), [("Product", "write_products"), ("Order", "write_orders"), ("Customer", "write_customers")]
)
def test_generic_mutations_ask_for_the_scope_of_what_they_touch(shop: Any, gid: str, scope: str) -> None:
    variables = {"id": shop.first(gid)}
    text = 'mutation T($id: ID!) { tagsAdd(id: $id, tags: ["x"]) { userErrors { message } } }'
    shop.scopes -= {scope}
    assert shop.error(text, variables)["extensions"]["code"] == "ACCESS_DENIED"
    shop.scopes |= {scope}
    assert shop.mutate(text, variables)["userErrors"] == []


def test_node_asks_for_the_scope_of_what_it_finds(shop: Any) -> None:
    text = "query N($id: ID!) { node(id: $id) { id } }"
    variables = {"id": shop.first("Customer")}
    assert shop.data(text, variables)["node"]
    shop.scopes = frozenset({"read_products"})
    assert shop.error(text, variables)["extensions"]["code"] == "ACCESS_DENIED"


def test_a_field_with_a_scope_of_its_own(shop: Any) -> None:
    shop.scopes = frozenset({"read_inventory"})
    answer = shop.ask("query L($id: ID!) { location(id: $id) { id name } }", {"id": shop.first("Location")})
    assert answer["errors"][0]["path"] == ["location", "name"]


def test_read_orders_reaches_back_sixty_days(shop: Any) -> None:
    text = "query O($id: ID!) { order(id: $id) { name } ordersCount { count } node(id: $id) { id } }"
    oldest = {"id": shop.first("Order")}
    assert shop.data(text, oldest)["ordersCount"] == {"count": 30}
    shop.now += timedelta(days=30)
    seen = shop.data(text, oldest)
    assert seen["order"] is None
    assert seen["node"] is None
    assert 0 < seen["ordersCount"]["count"] < 30
    shop.scopes |= {"read_all_orders"}
    assert shop.data(text, oldest)["order"] == {"name": "#1001"}


def test_the_installation_lists_granted_scopes_and_then_the_implied_ones(shop: Any) -> None:
    found = shop.data("{ currentAppInstallation { accessScopes { handle } app { apiKey } } }")["currentAppInstallation"]
    implied = {scope.replace("write_", "read_") for scope in shop.scopes}
    handles = [*sorted(shop.scopes), *sorted(implied - shop.scopes)]
    assert [one["handle"] for one in found["accessScopes"]] == handles
    assert found["app"] == {"apiKey": "sandbox-key"}
