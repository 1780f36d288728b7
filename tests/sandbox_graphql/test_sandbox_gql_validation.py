"""Documents and variables that are refused, in the shapes that live stores answer."""

from __future__ import annotations

from typing import Any

import pytest

PRODUCT = "gid://shopify/Product/1"


ANY = "query Q($id: ID!) { product(id: $id) { id } }"


def test_an_operation_is_chosen_by_name(shop: Any) -> None:
    text = "query A { shop { id } } query B { shop { name } }"
    assert shop.ask(text)["errors"] == [{"message": "An operation name is required"}]
    assert shop.ask(text, operation="C")["errors"] == [{"message": 'No operation named "C"'}]
    assert shop.ask(text, operation="B")["data"]["shop"] == {"name": "Demo"}


def test_an_id_of_another_type_is_not_found(shop: Any) -> None:
    answer = shop.ask('{ order(id: "gid://shopify/Product/1") { id } }')
    (error,) = answer["errors"]
    assert error["message"] == "Invalid id: gid://shopify/Product/1"
    assert error["extensions"] == {"code": "RESOURCE_NOT_FOUND"}
    assert error["path"] == ["order"]
    assert answer["data"] == {"order": None}


def test_an_unknown_id_is_null_in_a_query_and_a_user_error_in_a_mutation(shop: Any) -> None:
    assert shop.data(ANY, {"id": PRODUCT}) == {"product": None}
    payload = shop.mutate(
        'mutation { productDelete(input: {id: "gid://shopify/Product/1"}) { userErrors { field message } } }'
    )
    assert payload["userErrors"] == [{"field": ["id"], "message": "Product does not exist"}]


def test_what_is_not_modelled_says_so(shop: Any) -> None:
    error = shop.error("{ shop { richTextEditorUrl } }")
    assert error["message"].startswith("Shop.richTextEditorUrl is not modelled by the sandbox")
    assert error["extensions"] == {"code": "NOT_MODELLED"}
    text = 'mutation { appRevokeAccessScopes(scopes: ["read_orders"]) { userErrors { message } } }'
    message = shop.error(text)["message"]
    assert message.startswith("Mutation.appRevokeAccessScopes is not modelled by the sandbox")


def test_inline_values_mean_the_same_as_variables(shop: Any) -> None:
    text = """mutation { productVariantsBulkUpdate(productId: "%s",
      variants: [{id: "%s", price: "13.5", compareAtPrice: 20}]) {
      productVariants { price compareAtPrice } userErrors { message } } }"""
    ids = shop.gid("Product", handle="mug"), shop.gid("ProductVariant", sku="MUG-BLUE")
    assert shop.mutate(text % ids)["productVariants"] == [{"price": "13.50", "compareAtPrice": "20.00"}]


@pytest.mark.parametrize("value", ["NaN", "Infinity", True, [], {}])
def test_an_amount_must_be_a_number(shop: Any, value: Any) -> None:
    text = """mutation M($id: ID!, $v: [ProductVariantsBulkInput!]!) {
      productVariantsBulkUpdate(productId: $id, variants: $v) {
      userErrors { message } } }"""
    (problem,) = shop.error(text, {"id": shop.first("Product"), "v": [{"price": value}]})["extensions"]["problems"]
    assert problem["path"] == [0, "price"]
    assert problem["explanation"].startswith("invalid money '")


def test_a_document_nested_beyond_reason_is_refused(shop: Any) -> None:
    (error,) = shop.ask("{ shop " * 3000 + "}" * 3000)["errors"]
    assert error["extensions"] == {"code": "PARSE_ERROR"}


def test_introspection_works(shop: Any) -> None:
    assert shop.data('{ __type(name: "Product") { name } }') == {"__type": {"name": "Product"}}
