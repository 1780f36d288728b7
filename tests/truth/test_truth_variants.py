"""What Shopify answers to the mutations of several variants."""

from __future__ import annotations

from typing import Any

from facts import Before, Fact, each, user_error

COLORS = [{"name": "Color", "values": [{"name": "Red"}]}, {"name": "Size", "values": [{"name": "Small"}]}]
NEW = "mutation M($product: ProductCreateInput!) { productCreate(product: $product) { product { id variants(first: 1) { nodes { id } } } } }"
GIVEN = {"product": {"title": "Cup", "productOptions": COLORS}}
CUP = Before(NEW, GIVEN, "cup", "productCreate.product.id")
RED = Before(
    "query Q($id: ID!) { product(id: $id) { variants(first: 1) { nodes { id } } } }",
    {"id": "<cup>"},
    "red",
    "product.variants.nodes.0.id",
)
CREATE = "mutation M($id: ID!, $variants: [ProductVariantsBulkInput!]!) { productVariantsBulkCreate(productId: $id, variants: $variants) { product { title } productVariants { title } userErrors { field message code } } }"
UPDATE = "mutation M($id: ID!, $variants: [ProductVariantsBulkInput!]!, $partial: Boolean) { productVariantsBulkUpdate(productId: $id, variants: $variants, allowPartialUpdates: $partial) { product { title } productVariants { title price } userErrors { field message code } } }"
DELETE = "mutation M($id: ID!, $ids: [ID!]!) { productVariantsBulkDelete(productId: $id, variantsIds: $ids) { product { title } userErrors { field message code } } }"
NOBODY = "gid://shopify/ProductVariant/42"
SHOWN = {"title": "Red / Small", "price": "0.00"}


def picks(**values: str) -> list[dict[str, str]]:
    return [{"optionName": name, "name": value} for name, value in values.items()]


def creating(what: str, given: dict[str, Any], *errors: Any) -> Fact:
    answer = {"productVariantsBulkCreate": {"product": None, "productVariants": [], "userErrors": list(errors)}}
    return Fact(what, CREATE, {"id": "<cup>", "variants": [given]}, before=[CUP], data=answer)


def updating(what: str, given: dict[str, Any], shown: Any, *errors: Any, partial: bool = False) -> Fact:
    product = {"title": "Cup"}
    answer = {"productVariantsBulkUpdate": {"product": product, "productVariants": shown, "userErrors": list(errors)}}
    variables = {"id": "<cup>", "variants": [given], "partial": partial}
    return Fact(what, UPDATE, variables, before=[CUP, RED], data=answer)


def at(message: str, *path: Any, code: str | None) -> dict[str, Any]:
    return {**user_error(message, "variants", 0, *path), "code": code}


BELOW, ABOVE = "must be greater than or equal to 0", "must be less than 1000000000000000000"
COST = ("inventoryItem", "cost")
FACTS = [
    updating(
        "a price has a lower bound",
        {"id": "<red>", "price": "-1"},
        [SHOWN],
        at(f"Price {BELOW}", "price", code="GREATER_THAN_OR_EQUAL_TO"),
    ),
    updating(
        "a former price has an upper bound",
        {"id": "<red>", "compareAtPrice": "1000000000000000000"},
        [SHOWN],
        at(ABOVE, "compareAtPrice", code="INVALID_INPUT"),
    ),
    updating(
        "a cost below zero is told twice",
        {"id": "<red>", "inventoryItem": {"cost": "-5"}},
        [SHOWN],
        at(BELOW, code=None),
        at(f"Cost per item {BELOW}", *COST, code="GREATER_THAN_OR_EQUAL_TO"),
    ),
    updating(
        "a cost that is too high is told twice",
        {"id": "<red>", "inventoryItem": {"cost": "1000000000000000000"}},
        [SHOWN],
        at(ABOVE, code=None),
        at(f"Cost per item {ABOVE}", *COST, code="INVALID_INPUT"),
    ),
    updating(
        "an update is partial where that is asked for",
        {"id": "<red>", "price": "-1"},
        [SHOWN],
        at(f"Price {BELOW}", "price", code="GREATER_THAN_OR_EQUAL_TO"),
        partial=True,
    ),
    updating(
        "a variant that does not exist can't be updated",
        {"id": NOBODY},
        None,
        at("Product variant does not exist", "id", code="PRODUCT_VARIANT_DOES_NOT_EXIST"),
    ),
    updating(
        "a variant to update has an id",
        {"price": "1"},
        None,
        at("Product variant is missing ID attribute", "id", code="PRODUCT_VARIANT_ID_MISSING"),
    ),
    updating(
        "an update knows the options of the product",
        {"id": "<red>", "optionValues": picks(Material="Cotton")},
        None,
        at("Option does not exist", "optionValues", 0, code="OPTION_DOES_NOT_EXIST"),
    ),
    creating(
        "a new variant has a value of each option",
        {"optionValues": picks(Color="Blue")},
        at("You need to add option values for Size", code="NEED_TO_ADD_OPTION_VALUES"),
    ),
    creating(
        "a new variant knows the options of the product",
        {"optionValues": picks(Material="Cotton")},
        at("Option does not exist", "optionValues", 0, code="INVALID_INPUT"),
    ),
    creating(
        "a new variant names an option once",
        {"optionValues": [*picks(Color="Blue"), *picks(Color="Green")]},
        at("Duplicated option name 'Color'", "optionValues", code="INVALID_INPUT"),
    ),
    creating(
        "a new variant is stocked at a location that exists",
        {
            "optionValues": picks(Color="Blue", Size="Large"),
            "inventoryQuantities": [{"locationId": "gid://shopify/Location/42", "availableQuantity": 1}],
        },
        at(
            "Quantity for Blue / Large couldn't be set because the location was deleted.",
            "inventoryQuantities",
            code="TRACKED_VARIANT_LOCATION_NOT_FOUND",
        ),
    ),
    Fact(
        "only variants of the product can be deleted",
        DELETE,
        {"id": "<cup>", "ids": [NOBODY]},
        before=[CUP],
        data={
            "productVariantsBulkDelete": {
                "product": None,
                "userErrors": [
                    user_error(
                        "At least one variant does not belong to the product",
                        "variantsIds",
                        0,
                        code="AT_LEAST_ONE_VARIANT_DOES_NOT_BELONG_TO_THE_PRODUCT",
                    )
                ],
            }
        },
    ),
]

test_facts = each(FACTS)
