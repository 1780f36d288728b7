"""Products and variants: made, changed and removed by Shopify's rules."""

from __future__ import annotations

from typing import Any

import pytest

CREATE = """mutation P($p: ProductCreateInput, $m: [CreateMediaInput!]) { productCreate(product: $p, media: $m) {
  product { id title handle status vendor tags productType descriptionHtml hasOnlyDefaultVariant seo { title }
    options { name values } variants(first: 10) { nodes { id title price sku selectedOptions { name value } } }
    media(first: 5) { nodes { alt mediaContentType preview { image { url } } } }
    metafield(namespace: "care", key: "wash") { value jsonValue type } }
  userErrors { field message } } }"""
UPDATE = """mutation U($p: ProductUpdateInput) { productUpdate(product: $p) {
  product { id title handle status tags vendor templateSuffix updatedAt seo { title description } } userErrors {
    field message } } }"""
DELETE = "mutation D($id: ID!) { productDelete(input: {id: $id}) { deletedProductId userErrors { field message } } }"
BULK = """mutation B($id: ID!, $v: [ProductVariantsBulkInput!]!, $s: ProductVariantsBulkCreateStrategy) {
  productVariantsBulkCreate(productId: $id, variants: $v, strategy: $s) {
    product { variants(first: 20) { nodes { title position } } }
    productVariants { id title sku price inventoryQuantity } userErrors { field message code } } }"""
BULK_UPDATE = """mutation B($id: ID!, $v: [ProductVariantsBulkInput!]!, $part: Boolean) {
  productVariantsBulkUpdate(productId: $id, variants: $v, allowPartialUpdates: $part) {
    productVariants { id price compareAtPrice sku inventoryItem { sku unitCost { amount } } } userErrors { field
    message code } } }"""
BULK_DELETE = """mutation B($id: ID!, $v: [ID!]!) { productVariantsBulkDelete(productId: $id, variantsIds: $v) {
  product { variantsCount { count } } userErrors { field message code } } }"""


def journal(shop: Any) -> list[tuple[str, str, str]]:
    return [(effect.operation, effect.action, effect.gid.split("/")[3]) for effect in shop.store.journal]


def test_a_product_is_made_with_a_default_variant(shop: Any) -> None:
    payload = shop.mutate(CREATE, {"p": {"title": "  Tea Jar  ", "tags": ["b", "a", "B"]}})
    assert payload["userErrors"] == []
    product = payload["product"]
    assert product["title"] == "Tea Jar"
    assert product["handle"] == "tea-jar"
    assert (product["status"], product["vendor"], product["tags"]) == ("ACTIVE", "Demo", ["a", "b"])
    assert product["hasOnlyDefaultVariant"] is True
    assert product["options"] == [{"name": "Title", "values": ["Default Title"]}]
    assert [(one["title"], one["price"]) for one in product["variants"]["nodes"]] == [("Default Title", "0.00")]
    assert journal(shop) == [("productCreate", "created", "Product")]
    assert shop.data("query P($id: ID!) { product(id: $id) { title } }", {"id": product["id"]})["product"] == {
        "title": "Tea Jar"
    }


def test_options_media_seo_and_metafields_come_along(shop: Any) -> None:
    product = shop.mutate(
        CREATE,
        {
            "p": {
                "title": "Scarf",
                "status": "DRAFT",
                "seo": {"title": "Warm"},
                "productOptions": [
                    {"name": "Color", "values": [{"name": "Red"}, {"name": "Blue"}]},
                    {"name": "Size", "values": [{"name": "S"}]},
                ],
                "metafields": [{"namespace": "care", "key": "wash", "type": "number_integer", "value": "30"}],
            },
            "m": [{"mediaContentType": "IMAGE", "originalSource": "https://example.com/a.png", "alt": "A scarf"}],
        },
    )["product"]
    assert product["options"] == [{"name": "Color", "values": ["Red"]}, {"name": "Size", "values": ["S"]}]
    (variant,) = product["variants"]["nodes"]
    assert variant["title"] == "Red / S"
    assert variant["selectedOptions"] == [{"name": "Color", "value": "Red"}, {"name": "Size", "value": "S"}]
    assert product["media"]["nodes"][0]["preview"]["image"] is None  # it is fetched after the answer
    read = "query P($id: ID!) { product(id: $id) { media(first: 5) { nodes { preview { image { url } } } } } }"
    (medium,) = shop.data(read, {"id": product["id"]})["product"]["media"]["nodes"]
    assert medium["preview"]["image"]["url"] == "https://example.com/a.png"
    assert product["metafield"] == {"value": "30", "jsonValue": 30, "type": "number_integer"}
    assert product["seo"] == {"title": "Warm"}


@pytest.mark.parametrize(
    ("given", "field", "message"),
    [
        ({}, ["title"], "Title can't be blank"),
        ({"title": "  "}, ["title"], "Title can't be blank"),
        ({"title": "x" * 256}, ["title"], "Title is too long (maximum is 255 characters)"),
        (
            {"title": "New", "handle": "mug"},
            ["input", "handle"],
            "Handle 'mug' already in use. Please provide a new handle.",
        ),
        (
            {"title": "New", "productOptions": [{"name": "Size"}]},
            ["productOptions", "0", "values"],
            "Option values can't be blank",
        ),
        (
            {"title": "New", "metafields": [{"key": "wash", "type": "number_integer", "value": "warm"}]},
            ["metafields", "0", "value"],
            "Value must be an integer.",
        ),
    ],
)
def test_a_product_that_is_refused_leaves_nothing_behind(
    shop: Any, given: dict[str, Any], field: list[str], message: str
) -> None:
    before = list(shop.store)
    payload = shop.mutate(CREATE, {"p": given})
    assert payload == {"product": None, "userErrors": [{"field": field, "message": message}]}
    assert list(shop.store) == before
    assert shop.store.journal == []


def test_a_handle_made_of_a_title_finds_a_free_number(shop: Any) -> None:
    assert [shop.mutate(CREATE, {"p": {"title": "Mug"}})["product"]["handle"] for _ in range(2)] == ["mug-1", "mug-2"]


def test_exactly_one_of_input_and_product_is_wanted(shop: Any) -> None:
    error = shop.error("mutation { productCreate { product { id } } }")
    assert error["message"] == "productCreate must include exactly one of the following arguments: input, product."
    assert error["extensions"] == {"code": "INVALID_FIELD_ARGUMENTS"}


def test_an_input_that_is_not_modelled_is_an_error_and_writes_nothing(shop: Any) -> None:
    before = len(shop.store.all("Product"))
    answer = shop.ask(
        CREATE,
        {"p": {"title": "New", "combinedListingRole": "PARENT", "category": "gid://shopify/TaxonomyCategory/aa"}},
    )
    assert answer["errors"][0]["extensions"] == {"code": "NOT_MODELLED"}
    assert len(shop.store.all("Product")) == before


def test_an_update_changes_what_is_given_and_null_clears(shop: Any) -> None:
    gid = shop.gid("Product", handle="mug")
    changed = shop.mutate(
        UPDATE, {"p": {"id": gid, "title": "Cup", "tags": ["new"], "templateSuffix": "wide", "seo": {"title": "Cup"}}}
    )
    assert changed["product"]["title"] == "Cup"
    assert changed["product"]["handle"] == "mug"
    shop.wait(seconds=5)
    cleared = shop.mutate(UPDATE, {"p": {"id": gid, "tags": [], "templateSuffix": None, "vendor": None, "seo": None}})[
        "product"
    ]
    assert (cleared["title"], cleared["tags"], cleared["templateSuffix"]) == ("Cup", [], None)
    assert cleared["vendor"] == "Demo"
    assert cleared["seo"] == {"title": None, "description": None}
    assert cleared["updatedAt"] > changed["product"]["updatedAt"]
    assert journal(shop) == [("productUpdate", "updated", "Product")] * 2


@pytest.mark.parametrize(
    ("given", "field", "message"),
    [
        ({"id": "gid://shopify/Product/1", "title": "x"}, ["id"], "Product does not exist"),
        ({"title": "x"}, ["id"], "Product does not exist"),
    ],
)
def test_an_update_of_nothing_is_refused(shop: Any, given: dict[str, Any], field: list[str], message: str) -> None:
    assert shop.mutate(UPDATE, {"p": given}) == {"product": None, "userErrors": [{"field": field, "message": message}]}


def test_a_blank_title_or_a_taken_handle_is_no_update(shop: Any) -> None:
    gid = shop.gid("Product", handle="classic-bowl")
    for given, field in (({"title": ""}, ["title"]), ({"handle": "mug"}, ["input", "handle"])):
        payload = shop.mutate(UPDATE, {"p": {"id": gid, **given}})
        assert payload["userErrors"][0]["field"] == field
    assert shop.store.journal == []


def test_a_product_is_deleted_with_all_that_hangs_on_it(shop: Any) -> None:
    gid = shop.gid("Product", handle="mug")
    assert shop.mutate(DELETE, {"id": gid})["deletedProductId"] == gid
    assert shop.data("query P($id: ID!) { product(id: $id) { id } }", {"id": gid})["product"] is None
    assert (
        shop.data('{ productVariants(first: 5, query: "sku:MUG-BLUE") { nodes { id } } }')["productVariants"]["nodes"]
        == []
    )
    assert (
        shop.data('{ inventoryItems(first: 5, query: "sku:MUG-BLUE") { nodes { id } } }')["inventoryItems"]["nodes"]
        == []
    )
    line = shop.data(
        """{ orders(first: 1, query: "name:1001") { nodes {
          lineItems(first: 1) { nodes { title product { id } variant { id } } } } } }"""
    )
    assert line["orders"]["nodes"][0]["lineItems"]["nodes"] == [{"title": "Mug", "product": None, "variant": None}]
    assert shop.mutate(DELETE, {"id": gid})["userErrors"] == [{"field": ["id"], "message": "Product does not exist"}]
    assert journal(shop) == [("productDelete", "deleted", "Product")]


def test_variants_are_added_with_price_sku_and_stock(shop: Any) -> None:
    gid, place = shop.gid("Product", handle="mug"), shop.first("Location")
    green = {
        "price": "13.5",
        "optionValues": [{"optionName": "Color", "name": "Green"}],
        "inventoryItem": {"sku": "MUG-GREEN", "tracked": True},
        "inventoryQuantities": [{"locationId": place, "availableQuantity": 8}],
    }
    payload = shop.mutate(BULK, {"id": gid, "v": [green]})
    assert payload["userErrors"] == []
    (variant,) = payload["productVariants"]
    assert (variant["title"], variant["sku"], variant["price"], variant["inventoryQuantity"]) == (
        "Green",
        "MUG-GREEN",
        "13.50",
        8,
    )
    assert payload["product"]["variants"]["nodes"][-1] == {"title": "Green", "position": 3}
    options = shop.data("query P($id: ID!) { product(id: $id) { options { values } } }", {"id": gid})["product"][
        "options"
    ]
    assert options == [{"values": ["Blue", "Red", "Green"]}]
    again = shop.mutate(BULK, {"id": gid, "v": [green]})
    assert again["userErrors"][0]["code"] == "VARIANT_ALREADY_EXISTS"
    assert journal(shop) == [("productVariantsBulkCreate", "created", "ProductVariant")]


@pytest.mark.parametrize(
    ("variant", "code"),
    [
        ({"optionValues": []}, "NEED_TO_ADD_OPTION_VALUES"),
        ({"optionValues": [{"optionName": "Shape", "name": "Round"}]}, "INVALID_INPUT"),
        ({"id": "gid://shopify/ProductVariant/1"}, "NO_KEY_ON_CREATE"),
        ({"optionValues": [{"optionName": "Color", "name": "Green"}], "price": "-1"}, "GREATER_THAN_OR_EQUAL_TO"),
    ],
)
def test_a_variant_that_is_refused_names_its_place(shop: Any, variant: dict[str, Any], code: str) -> None:
    before = list(shop.store)
    (error,) = shop.mutate(BULK, {"id": shop.gid("Product", handle="mug"), "v": [variant]})["userErrors"]
    assert error["code"] == code
    assert error["field"][:2] == ["variants", "0"]
    assert list(shop.store) == before


def test_the_standalone_variant_makes_room(shop: Any) -> None:
    product = shop.mutate(CREATE, {"p": {"title": "Jar"}})["product"]
    value = [{"optionName": "Title", "name": "Large"}]
    kept = shop.mutate(BULK, {"id": product["id"], "v": [{"optionValues": value}], "s": "PRESERVE_STANDALONE_VARIANT"})
    assert [one["title"] for one in kept["product"]["variants"]["nodes"]] == ["Default Title", "Large"]
    product = shop.mutate(CREATE, {"p": {"title": "Pot"}})["product"]
    gone = shop.mutate(BULK, {"id": product["id"], "v": [{"optionValues": value}]})
    assert [one["title"] for one in gone["product"]["variants"]["nodes"]] == ["Large"]


def test_variants_change_and_null_clears(shop: Any) -> None:
    product, variant = shop.gid("Product", handle="mug"), shop.gid("ProductVariant", sku="MUG-BLUE")
    change = {
        "id": variant,
        "price": "15",
        "compareAtPrice": "20",
        "inventoryItem": {"sku": "MUG-AZURE", "cost": "4.25"},
    }
    (changed,) = shop.mutate(BULK_UPDATE, {"id": product, "v": [change]})["productVariants"]
    assert (changed["price"], changed["compareAtPrice"], changed["sku"]) == ("15.00", "20.00", "MUG-AZURE")
    assert changed["inventoryItem"] == {"sku": "MUG-AZURE", "unitCost": {"amount": "4.25"}}
    (cleared,) = shop.mutate(BULK_UPDATE, {"id": product, "v": [{"id": variant, "compareAtPrice": None}]})[
        "productVariants"
    ]
    assert (cleared["price"], cleared["compareAtPrice"]) == ("15.00", None)


def test_one_wrong_variant_stops_all_unless_part_is_allowed(shop: Any) -> None:
    product, variant = shop.gid("Product", handle="mug"), shop.gid("ProductVariant", sku="MUG-BLUE")
    given = [{"id": variant, "price": "15"}, {"id": "gid://shopify/ProductVariant/1", "price": "15"}]
    refused = shop.mutate(BULK_UPDATE, {"id": product, "v": given})
    assert refused["productVariants"] is None
    assert refused["userErrors"] == [
        {
            "field": ["variants", "1", "id"],
            "message": "Product variant does not exist",
            "code": "PRODUCT_VARIANT_DOES_NOT_EXIST",
        }
    ]
    assert shop.store.get(variant)["price"] == 12
    partly = shop.mutate(BULK_UPDATE, {"id": product, "v": given, "part": True})
    assert [one["price"] for one in partly["productVariants"]] == ["15.00"]
    assert len(partly["userErrors"]) == 1
    assert journal(shop) == [("productVariantsBulkUpdate", "updated", "ProductVariant")]


def test_variants_are_removed_but_never_the_last(shop: Any) -> None:
    product = shop.gid("Product", handle="mug")
    blue, red = (shop.gid("ProductVariant", sku=sku) for sku in ("MUG-BLUE", "MUG-RED"))
    both = shop.mutate(BULK_DELETE, {"id": product, "v": [blue, red]})
    assert both["userErrors"][0]["code"] == "CANNOT_DELETE_LAST_VARIANT"
    foreign = shop.mutate(BULK_DELETE, {"id": product, "v": ["gid://shopify/ProductVariant/1"]})
    assert foreign["userErrors"][0]["code"] == "AT_LEAST_ONE_VARIANT_DOES_NOT_BELONG_TO_THE_PRODUCT"
    assert shop.mutate(BULK_DELETE, {"id": product, "v": [blue]})["product"] == {"variantsCount": {"count": 1}}
    assert journal(shop) == [("productVariantsBulkDelete", "deleted", "ProductVariant")]


@pytest.mark.parametrize("text", [BULK, BULK_UPDATE])
def test_variants_of_no_product_are_refused(shop: Any, text: str) -> None:
    payload = shop.mutate(text, {"id": "gid://shopify/Product/1", "v": [{}]})
    assert payload["userErrors"] == [
        {"field": ["productId"], "message": "Product does not exist", "code": "PRODUCT_DOES_NOT_EXIST"}
    ]
