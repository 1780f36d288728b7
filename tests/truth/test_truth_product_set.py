"""What Shopify answers to productSet, and about operations on products."""

from __future__ import annotations

from typing import Any

from facts import Before, Fact, each, user_error

SHOWN = "title handle tags options { name values } variants(first: 9) { nodes { title sku price inventoryQuantity } } metafields(first: 9) { nodes { key } }"
SET = f"mutation M($input: ProductSetInput!, $identifier: ProductSetIdentifiers) {{ productSet(input: $input, identifier: $identifier) {{ product {{ {SHOWN} }} userErrors {{ field message code }} }} }}"
MAKE = "mutation M($input: ProductSetInput!) { productSet(input: $input) { product { id variants(first: 9) { nodes { id } } } } }"
PLACE = Before("{ locations(first: 1) { nodes { id } } }", {}, "place", "locations.nodes.0.id")
COLORS = [{"name": "Color", "values": [{"name": "Blue"}, {"name": "Black"}]}]


def variant(color: str, **others: Any) -> dict[str, Any]:
    return {"optionValues": [{"optionName": "Color", "name": color}], **others}


WHOLE = {
    "title": "Board",
    "tags": ["b", "a"],
    "productOptions": COLORS,
    "variants": [variant("Blue", sku="BLUE", price="79.99"), variant("Black", sku="BLACK", price="69.99")],
    "metafields": [{"namespace": "care", "key": "wash", "type": "single_line_text_field", "value": "warm"}],
}
MADE = Before(MAKE, {"input": WHOLE}, "board", "productSet.product.id")


def row(title: str, sku: str | None, price: str, stock: int = 0) -> dict[str, Any]:
    return {"title": title, "sku": sku, "price": price, "inventoryQuantity": stock}


def board(*rows: Any, options: Any = None, **others: Any) -> dict[str, Any]:
    shown = {
        "title": "Board",
        "handle": "board",
        "tags": ["a", "b"],
        "options": options or [{"name": "Color", "values": ["Blue", "Black"]}],
    }
    shown |= {"variants": {"nodes": list(rows)}, "metafields": {"nodes": [{"key": "wash"}]}}
    return shown | others


TWO = (row("Blue", "BLUE", "79.99"), row("Black", "BLACK", "69.99"))


def setting(
    what: str,
    given: dict[str, Any],
    shown: Any,
    *errors: Any,
    before: tuple[Before, ...] = (),
    identifier: Any = None,
    source: str = "seen on a live store",
) -> Fact:
    answer = {"productSet": {"product": shown, "userErrors": list(errors)}}
    variables = {"input": given, "identifier": identifier}
    return Fact(what, SET, variables, before=before, data=answer, source=source)


LONG = "x" * 256
LIMIT = "is too long (maximum is 255 characters)"
FACTS = [
    setting("a product comes with all that hangs on it", WHOLE, board(*TWO)),
    setting(
        "a variant is stocked where the input says",
        {
            **WHOLE,
            "variants": [
                variant(
                    "Blue",
                    inventoryItem={"tracked": True},
                    inventoryQuantities=[{"locationId": "<place>", "name": "available", "quantity": 7}],
                ),
                variant("Black"),
            ],
        },
        board(row("Blue", None, "0.00", 7), row("Black", None, "0.00")),
        before=(PLACE,),
    ),
    setting(
        "a product without options has the one that stands for none",
        {"title": "Board"},
        board(
            row("Default Title", None, "0.00"),
            options=[{"name": "Title", "values": ["Default Title"]}],
            tags=[],
            metafields={"nodes": []},
        ),
    ),
    setting("what is left out stays", {"id": "<board>", "title": "Plank"}, board(*TWO, title="Plank"), before=(MADE,)),
    setting(
        "variants that are not in the list go",
        {"id": "<board>", "productOptions": COLORS, "variants": [variant("Black", price="1.00")]},
        board(row("Black", "BLACK", "1.00"), options=[{"name": "Color", "values": ["Black"]}]),
        before=(MADE,),
        source="official schema",
    ),
    setting(
        "metafields that are not in the list go",
        {"id": "<board>", "metafields": []},
        board(*TWO, metafields={"nodes": []}),
        before=(MADE,),
        source="official schema",
    ),
    setting(
        "a product is named by its handle",
        {"handle": "board", "title": "Plank"},
        board(*TWO, title="Plank"),
        before=(MADE,),
        identifier={"handle": "board"},
        source="official schema",
    ),
    setting(
        "a handle that nobody has makes a product",
        {"handle": "plank", "title": "Plank"},
        board(
            row("Default Title", None, "0.00"),
            options=[{"name": "Title", "values": ["Default Title"]}],
            title="Plank",
            handle="plank",
            tags=[],
            metafields={"nodes": []},
        ),
        identifier={"handle": "plank"},
        source="official schema",
    ),
    setting(
        "a blank handle is made of the title again",
        {"id": "<board>", "handle": "   "},
        board(*TWO),
        before=(MADE, Before(MAKE, {"input": {"id": "<board>", "handle": "other"}})),
    ),
    setting(
        "a taken handle shows the product as it is",
        {"id": "<board>", "handle": " MUG "},
        board(*TWO),
        user_error(
            "Handle ' MUG ' already in use. Please provide a new handle.", "input", "handle", code="HANDLE_NOT_UNIQUE"
        ),
        before=(MADE, Before(MAKE, {"input": {"title": "Mug"}})),
    ),
    setting(
        "a title that is too long makes a handle that is too long",
        {"title": LONG},
        None,
        user_error(LIMIT, "input", "title", code="INVALID_PRODUCT"),
        user_error(f"Handle {LIMIT}", "input", code="INVALID_PRODUCT"),
    ),
    setting(
        "a vendor that is too long",
        {"title": "Board", "vendor": LONG},
        None,
        user_error(f"Vendor {LIMIT}", "input", code="INVALID_PRODUCT"),
    ),
    setting(
        "a product type that is too long is told twice by productSet",
        {"title": "Board", "productType": LONG},
        None,
        user_error(f"Product type {LIMIT}", "input", code="INVALID_PRODUCT"),
        user_error(f"Custom product type {LIMIT}", "input", code="INVALID_PRODUCT"),
    ),
    setting(
        "options come with variants",
        {"title": "Board", "productOptions": COLORS},
        None,
        user_error(
            "Variants input is required when updating product options",
            "input",
            "variants",
            code="VARIANTS_INPUT_MISSING",
        ),
    ),
    setting(
        "combinations of values are there once",
        {"title": "Board", "productOptions": COLORS, "variants": [variant("Blue"), variant("Blue")]},
        None,
        user_error(
            "The variant 'Blue' already exists. Please change at least one option value.",
            "input",
            "variants",
            1,
            code="INVALID_VARIANT",
        ),
    ),
    setting(
        "the name of an option in productSet has no slash between blanks",
        {
            "title": "Board",
            "productOptions": [{"name": "X / Y", "values": [{"name": "1"}]}],
            "variants": [{"optionValues": [{"optionName": "X / Y", "name": "1"}]}],
        },
        None,
        user_error(
            "The name contains unsupported sequence ' / '", "input", "productOptions", 0, "name", code="INVALID_INPUT"
        ),
    ),
    setting(
        "costs have limits",
        {
            "title": "Board",
            "productOptions": COLORS,
            "variants": [
                variant("Blue", inventoryItem={"cost": "-1"}),
                variant("Black", inventoryItem={"cost": "1000000000000000000"}),
            ],
        },
        None,
        user_error(
            "Cost per item must be greater than or equal to 0",
            "input",
            "variants",
            0,
            "inventoryItem",
            "cost",
            code="INVALID_VARIANT",
        ),
        user_error(
            "Cost per item must be less than 1000000000000000000",
            "input",
            "variants",
            1,
            "inventoryItem",
            "cost",
            code="INVALID_VARIANT",
        ),
    ),
    setting(
        "an id that nobody has is refused",
        {"id": "gid://shopify/Product/999999999999", "title": "Board"},
        None,
        user_error("Product does not exist", "input", "id", code="PRODUCT_DOES_NOT_EXIST"),
    ),
    setting(
        "a product is named in one way",
        {"id": "<board>", "title": "Board"},
        None,
        user_error("The id field is not allowed if identifier is provided.", "input", code="ID_NOT_ALLOWED"),
        before=(MADE,),
        identifier={"id": "<board>"},
    ),
    setting(
        "the handle of the identifier is in the input",
        {"title": "Board"},
        None,
        user_error(
            "The input field corresponding to the identifier is required.", "input", code="MISSING_FIELD_REQUIRED"
        ),
        identifier={"handle": "board"},
        source="official schema",
    ),
    setting(
        "the handle of the identifier is that of the input",
        {"title": "Board", "handle": "plank"},
        None,
        user_error(
            "The identifier value does not match the value of the corresponding field in the input.",
            "input",
            code="INPUT_MISMATCH",
        ),
        identifier={"handle": "board"},
        source="official schema",
    ),
    Fact(
        "a product may be set later",
        "mutation M($input: ProductSetInput!) { productSet(input: $input, synchronous: false) { product { id } productSetOperation { status product { id } userErrors { message } } userErrors { message } } }",
        {"input": {"title": "Board"}},
        data={
            "productSet": {
                "product": None,
                "productSetOperation": {"status": "CREATED", "product": None, "userErrors": []},
                "userErrors": [],
            }
        },
    ),
    Fact(
        "an operation shows its product when it is done",
        "query Q($id: ID!) { productOperation(id: $id) { __typename status product { title handle } ... on ProductSetOperation { userErrors { message } } } }",
        {"id": "<operation>"},
        before=[
            Before(
                "mutation M($input: ProductSetInput!) { productSet(input: $input, synchronous: false) { productSetOperation { id } } }",
                {"input": {"title": "Board"}},
                "operation",
                "productSet.productSetOperation.id",
            )
        ],
        data={
            "productOperation": {
                "__typename": "ProductSetOperation",
                "status": "COMPLETE",
                "product": {"title": "Board", "handle": "board"},
                "userErrors": [],
            }
        },
    ),
    Fact(
        "a product may be deleted later",
        "mutation M($id: ID!) { productDelete(input: {id: $id}, synchronous: false) { deletedProductId productDeleteOperation { status deletedProductId } userErrors { message } } }",
        {"id": "<board>"},
        before=[MADE],
        data={
            "productDelete": {
                "deletedProductId": None,
                "productDeleteOperation": {"status": "CREATED", "deletedProductId": None},
                "userErrors": [],
            }
        },
    ),
]

test_facts = each(FACTS)
