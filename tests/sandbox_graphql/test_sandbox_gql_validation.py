"""Documents and variables that are refused, in the shapes that live stores answer."""

from __future__ import annotations

from typing import Any

import pytest

PRODUCT = "gid://shopify/Product/1"

# document, message, path, extensions
STATIC: list[tuple[str, str, list[Any], dict[str, Any]]] = [
    (
        "query Q { shop { nothing } }",
        "Field 'nothing' doesn't exist on type 'Shop'",
        ["query Q", "shop", "nothing"],
        {"code": "undefinedField", "typeName": "Shop", "fieldName": "nothing"},
    ),
    (
        'mutation M { productDelete(input: {id: "gid://shopify/Product/1"}) { userErrors { code } } }',
        "Field 'code' doesn't exist on type 'UserError'",
        ["mutation M", "productDelete", "userErrors", "code"],
        {"code": "undefinedField", "typeName": "UserError", "fieldName": "code"},
    ),
    (
        'query Q { node(id: "gid://shopify/Product/1") { ... on Nothing { id } } }',
        "No such type Nothing, so it can't be a fragment condition",
        ["query Q", "node", "... on Nothing"],
        {"code": "undefinedType", "typeName": "Nothing"},
    ),
    (
        "query Q { shop(id: 1) { id } }",
        "Field 'shop' doesn't accept argument 'id'",
        ["query Q", "shop", "id"],
        {"code": "argumentNotAccepted", "name": "shop", "typeName": "Field", "argumentName": "id"},
    ),
    (
        'mutation M { customerCreate(input: {emial: "a@b.co"}) { customer { id } } }',
        "InputObject 'CustomerInput' doesn't accept argument 'emial'",
        ["mutation M", "customerCreate", "input", "emial"],
        {"code": "argumentNotAccepted", "name": "CustomerInput", "typeName": "InputObject", "argumentName": "emial"},
    ),
    (
        "query Q { product { id } }",
        "Field 'product' is missing required arguments: id",
        ["query Q", "product"],
        {"code": "missingRequiredArguments", "className": "Field", "name": "product", "arguments": "id"},
    ),
    (
        "mutation M { productDelete(input: {}) { deletedProductId } }",
        "Argument 'id' on InputObject 'ProductDeleteInput' is required. Expected type ID!",
        ["mutation M", "productDelete", "input", "id"],
        {
            "code": "missingRequiredInputObjectAttribute",
            "argumentName": "id",
            "argumentType": "ID!",
            "inputObjectType": "ProductDeleteInput",
        },
    ),
    (
        'query Q { products(first: "two") { nodes { id } } }',
        "Argument 'first' on Field 'products' has an invalid value (\"two\"). Expected type 'Int'.",
        ["query Q", "products", "first"],
        {"code": "argumentLiteralsIncompatible", "typeName": "Field", "argumentName": "first"},
    ),
    (
        "query Q { products(first: 1, sortKey: NOTHING) { nodes { id } } }",
        "Argument 'sortKey' on Field 'products' has an invalid value (NOTHING). Expected type 'ProductSortKeys'.",
        ["query Q", "products", "sortKey"],
        {"code": "argumentLiteralsIncompatible", "typeName": "Field", "argumentName": "sortKey"},
    ),
    (
        'query Q { product(id: "12") { id } }',
        "Invalid global id '12'",
        ["query Q", "product", "id"],
        {"code": "argumentLiteralsIncompatible", "typeName": "CoercionError"},
    ),
    (
        "query Q { productByIdentifier(identifier: {}) { id } }",
        "OneOf Input Object 'ProductIdentifierInput' must specify exactly one key.",
        ["query Q", "productByIdentifier", "identifier"],
        {"code": "invalidOneOfInputObject", "inputObjectType": "ProductIdentifierInput"},
    ),
    (
        "query Q($x: Int) { shop { id } }",
        "Variable $x is declared by Q but not used",
        ["query Q"],
        {"code": "variableNotUsed", "variableName": "x"},
    ),
    (
        "query Q { shop }",
        "Field must have selections (field 'shop' returns Shop but has no selections. Did you mean 'shop { ... }'?)",
        ["query Q", "shop"],
        {"code": "selectionMismatch", "nodeName": "field 'shop'", "typeName": "Shop"},
    ),
    (
        "query Q { shop @nothing { id } }",
        "Directive @nothing is not defined",
        ["query Q", "shop"],
        {"code": "undefinedDirective", "directiveName": "nothing"},
    ),
    (
        (
            'mutation M { inventorySetQuantities(input: {name: "available", reason: "other", quantities: []}) '
            "@idempotent { userErrors { code } } }"
        ),
        "Directive 'idempotent' is missing required arguments: key",
        ["mutation M", "inventorySetQuantities"],
        {"code": "missingRequiredArguments", "className": "Directive", "name": "idempotent", "arguments": "key"},
    ),
]


@pytest.mark.parametrize(
    ("text", "message", "path", "extensions"), STATIC, ids=[row[3]["code"] + row[0] for row in STATIC]
)
def test_a_document_that_does_not_fit_the_schema_is_refused_whole(
    shop: Any, text: str, message: str, path: list[Any], extensions: dict[str, Any]
) -> None:
    answer = shop.ask(text)
    assert "data" not in answer
    (error,) = answer["errors"]
    assert error["message"] == message
    assert error["path"] == path
    assert error["extensions"] == extensions
    assert set(error["locations"][0]) == {"line", "column"}


def test_the_directive_does_not_belong_on_an_operation(shop: Any) -> None:
    error = shop.error(
        'mutation M @idempotent(key: "k") { orderClose(input: {id: "gid://shopify/Order/1"}) { order { id } } }'
    )
    assert error["message"] == "'@idempotent' can't be applied to mutations (allowed: fields)"


def test_a_text_that_does_not_parse_says_where(shop: Any) -> None:
    answer = shop.ask("{\n  shop {")
    assert "data" not in answer
    assert answer["errors"][0]["message"] == "syntax error, unexpected end of file at [2, 9]"
    assert answer["errors"][0]["extensions"] == {"code": "PARSE_ERROR"}


ANY = "query Q($id: ID!) { product(id: $id) { id } }"
CREATE = "mutation M($input: CustomerInput!) { customerCreate(input: $input) { customer { id } } }"


@pytest.mark.parametrize(
    ("text", "variables", "message", "problems"),
    [
        (ANY, {}, "Variable $id of type ID! was provided invalid value", [([], "Expected value to not be null")]),
        (ANY, {"id": "12"}, "Variable $id of type ID! was provided invalid value", [([], "Invalid global id '12'")]),
        (
            CREATE,
            {"input": {"emial": "x", "taxExempt": "yes"}},
            (
                "Variable $input of type CustomerInput! was provided invalid value for "
                'emial (Field is not defined on CustomerInput), taxExempt (Could not coerce value "yes" to Boolean)'
            ),
            [
                (["emial"], "Field is not defined on CustomerInput"),
                (["taxExempt"], 'Could not coerce value "yes" to Boolean'),
            ],
        ),
        (
            "query Q($s: OrderSortKeys) { orders(first: 1, sortKey: $s) { nodes { id } } }",
            {"s": "SIZE"},
            "Variable $s of type OrderSortKeys was provided invalid value",
            None,
        ),
        (
            "query Q($i: ProductIdentifierInput!) { productByIdentifier(identifier: $i) { id } }",
            {"i": {}},
            "Variable $i of type ProductIdentifierInput! was provided invalid value",
            [([], "'ProductIdentifierInput' requires exactly one argument, but 0 were provided.")],
        ),
    ],
)
def test_variables_that_do_not_fit_are_refused_with_every_problem(
    shop: Any, text: str, variables: dict[str, Any], message: str, problems: list[tuple[list[str], str]] | None
) -> None:
    answer = shop.ask(text, variables)
    assert "data" not in answer
    (error,) = answer["errors"]
    assert error["message"] == message
    assert error["extensions"]["code"] == "INVALID_VARIABLE"
    if problems is not None:
        assert [(one["path"], one["explanation"]) for one in error["extensions"]["problems"]] == problems


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
    text = 'mutation { orderDelete(orderId: "gid://shopify/Order/1") { deletedId } }'
    assert shop.error(text)["message"].startswith("The mutation orderDelete is not modelled by the sandbox")


def test_inline_values_mean_the_same_as_variables(shop: Any) -> None:
    text = """mutation { productVariantsBulkUpdate(productId: "%s",
      variants: [{id: "%s", price: "13.5", compareAtPrice: 20}]) {
      productVariants { price compareAtPrice } userErrors { message } } }"""
    ids = shop.gid("Product", handle="mug"), shop.gid("ProductVariant", sku="MUG-BLUE")
    assert shop.mutate(text % ids)["productVariants"] == [{"price": "13.50", "compareAtPrice": "20.00"}]


@pytest.mark.parametrize(
    ("value", "why"),
    [("cheap", "invalid money 'cheap'"), ("NaN", "invalid money 'NaN'"), (True, "invalid money 'true'")],
)
def test_an_amount_must_be_a_number(shop: Any, value: Any, why: str) -> None:
    text = """mutation M($id: ID!, $v: [ProductVariantsBulkInput!]!) {
      productVariantsBulkUpdate(productId: $id, variants: $v) {
      userErrors { message } } }"""
    error = shop.error(text, {"id": shop.first("Product"), "v": [{"price": value}]})
    assert error["extensions"]["problems"] == [{"path": [0, "price"], "explanation": why, "message": why}]


def test_a_document_nested_beyond_reason_is_refused(shop: Any) -> None:
    (error,) = shop.ask("{ shop " * 3000 + "}" * 3000)["errors"]
    assert error["extensions"] == {"code": "PARSE_ERROR"}


def test_introspection_works(shop: Any) -> None:
    assert shop.data('{ __type(name: "Product") { name } }') == {"__type": {"name": "Product"}}


def test_more_than_250_entries_are_too_many(shop: Any) -> None:
    answer = shop.ask(
        "mutation M($p: ProductUpdateInput) { productUpdate(product: $p) { product { id } } }",
        {"p": {"tags": ["x"] * 251}},
    )
    (error,) = answer["errors"]
    assert error["message"] == "The input array size of 251 is greater than the maximum allowed of 250."
    assert error["path"] == ["productUpdate", "product", "tags"]
    assert error["extensions"] == {"code": "MAX_INPUT_SIZE_EXCEEDED"}
