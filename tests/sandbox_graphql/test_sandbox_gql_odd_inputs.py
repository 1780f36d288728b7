"""Inputs that fit the schema and no purpose: each gets Shopify's kind of answer, and no later request pays for it."""

from __future__ import annotations

from typing import Any

import pytest
from sandbox_shop import Shop

PRODUCT = "{ id options { name } variants(first: 3) { nodes { title } } priceRangeV2 { minVariantPrice { amount } } }"
SET = f"""mutation S($input: ProductSetInput!, $sync: Boolean!) {{
  productSet(input: $input, synchronous: $sync) {{
    product {PRODUCT} productSetOperation {{ id }} userErrors {{ field code }} }} }}"""


@pytest.mark.parametrize("kind", ["Product", "Location", "Order"])
def test_a_discount_is_not_looked_up_by_the_id_of_something_else(shop: Shop, kind: str) -> None:
    shop.scopes |= {"read_discounts"}
    error = shop.error(
        "query D($id: ID!) { discountNode(id: $id) { id discount { __typename } } }", {"id": shop.first(kind)}
    )
    assert error["extensions"]["code"] == "RESOURCE_NOT_FOUND"


@pytest.mark.parametrize("kind", ["Product", "Location"])
def test_a_metafield_is_not_written_by_the_id_of_something_else(shop: Shop, kind: str) -> None:
    text = "mutation P($p: ProductUpdateInput!) { productUpdate(product: $p) { userErrors { message } } }"
    entry = {"id": shop.first(kind), "key": "kind", "value": "x", "type": "single_line_text_field"}
    error = shop.error(text, {"p": {"id": shop.first("Product"), "metafields": [entry]}})
    assert error["extensions"]["code"] == "RESOURCE_NOT_FOUND"


def test_the_metafield_of_another_owner_is_left_alone(shop: Shop) -> None:
    ours, other = list(shop.store.all("Product"))[:2]
    entry = {"ownerId": other, "namespace": "own", "key": "kind", "value": "theirs", "type": "single_line_text_field"}
    text = "mutation M($m: [MetafieldsSetInput!]!) { metafieldsSet(metafields: $m) { metafields { id } } }"
    theirs = shop.mutate(text, {"m": [entry]})["metafields"][0]["id"]
    text = "mutation P($p: ProductUpdateInput!) { productUpdate(product: $p) { userErrors { field } } }"
    shop.mutate(text, {"p": {"id": ours, "metafields": [{"id": theirs, "value": "taken over"}]}})
    text = 'query M($id: ID!) { product(id: $id) { metafield(namespace: "own", key: "kind") { value } } }'
    assert shop.data(text, {"id": other})["product"]["metafield"]["value"] == "theirs"


def test_a_subscription_may_leave_the_namespace_out(shop: Shop) -> None:
    text = """mutation W($w: WebhookSubscriptionInput!) {
      webhookSubscriptionCreate(topic: PRODUCTS_UPDATE, webhookSubscription: $w) {
        webhookSubscription { metafields { namespace key } } userErrors { message } } }"""
    made = shop.mutate(text, {"w": {"uri": "https://example.com/w", "metafields": [{"key": "k"}]}})
    assert made["userErrors"] == []
    (shown,) = made["webhookSubscription"]["metafields"]
    assert shown["key"] == "k"
    assert shown["namespace"].startswith("app--")


@pytest.mark.parametrize("values", ["x", [1], 1])
def test_values_of_an_entry_are_an_object(shop: Shop, values: Any) -> None:
    shop.scopes |= {"write_metaobjects", "write_metaobject_definitions"}
    text = """mutation D($d: MetaobjectDefinitionCreateInput!) {
      metaobjectDefinitionCreate(definition: $d) { userErrors { message } } }"""
    field = {"key": "part", "type": "single_line_text_field"}
    assert shop.mutate(text, {"d": {"type": "thing", "fieldDefinitions": [field]}})["userErrors"] == []
    text = "mutation C($m: MetaobjectCreateInput!) { metaobjectCreate(metaobject: $m) { userErrors { message } } }"
    error = shop.error(text, {"m": {"type": "thing", "values": values}})
    assert error["extensions"]["code"] == "INVALID_FIELD_ARGUMENTS"


def test_no_product_is_without_a_variant(shop: Shop) -> None:
    made = shop.mutate(SET, {"input": {"title": "Bare", "variants": []}, "sync": True})
    assert made["userErrors"] == []
    assert [one["title"] for one in made["product"]["variants"]["nodes"]] == ["Default Title"]
    text = f"""mutation V($id: ID!) {{
      productVariantsBulkCreate(productId: $id, variants: []) {{ product {PRODUCT} userErrors {{ message }} }} }}"""
    left = shop.mutate(text, {"id": made["product"]["id"]})["product"]
    assert [one["title"] for one in left["variants"]["nodes"]] == ["Default Title"]


def test_options_need_variants(shop: Shop) -> None:
    given = {"title": "Bare", "variants": [], "productOptions": [{"name": "Size", "values": [{"name": "S"}]}]}
    (error,) = shop.mutate(SET, {"input": given, "sync": True})["userErrors"]
    assert error == {"field": ["input", "variants"], "code": "VARIANTS_INPUT_MISSING"}


def test_work_that_fails_later_is_told_by_its_operation_alone(shop: Shop) -> None:
    given = {"title": "Late", "category": "gid://shopify/TaxonomyCategory/aa"}
    operation = shop.mutate(SET, {"input": given, "sync": False})["productSetOperation"]["id"]
    assert shop.data("{ shop { name } }")["shop"]["name"]
    text = """query O($id: ID!) { productOperation(id: $id) { status product { id }
      ... on ProductSetOperation { userErrors { message } } } }"""
    shown = shop.data(text, {"id": operation})["productOperation"]
    assert shown["status"] == "COMPLETE"
    assert shown["product"] is None
    assert "not modelled" in shown["userErrors"][0]["message"]


def test_products_of_a_job_are_looked_at_before_it_begins(shop: Shop) -> None:
    text = """mutation A($id: ID!, $ids: [ID!]!) {
      collectionAddProductsV2(id: $id, productIds: $ids) { job { id } userErrors { message } } }"""
    manual = next(gid for gid, node in shop.store.all("Collection").items() if node.get("ruleSet") is None)
    error = shop.error(text, {"id": manual, "ids": [shop.first("Location")]})
    assert error["extensions"]["code"] == "RESOURCE_NOT_FOUND"
    assert shop.data("{ shop { name } }")["shop"]["name"]


def test_an_address_without_a_street_reads_back(shop: Shop) -> None:
    shop.scopes |= {"write_companies"}
    text = """mutation C($i: CompanyCreateInput!) { companyCreate(input: $i) {
      company { locations(first: 1) { nodes { billingAddress { address1 } } } } userErrors { message } } }"""
    address = {"city": "Berlin", "countryCode": "DE", "address1": None}
    given = {"company": {"name": "A"}, "companyLocation": {"name": "B", "billingAddress": address}}
    made = shop.mutate(text, {"i": given})
    assert made["userErrors"] == []
    assert made["company"]["locations"]["nodes"][0]["billingAddress"] == {"address1": ""}


def test_what_is_captured_is_a_transaction(shop: Shop) -> None:
    text = "mutation C($i: OrderCaptureInput!) { orderCapture(input: $i) { userErrors { message } } }"
    order = shop.first("Order")
    given = {"id": order, "parentTransactionId": order, "amount": "1.00"}
    assert shop.error(text, {"i": given})["extensions"]["code"] == "RESOURCE_NOT_FOUND"
