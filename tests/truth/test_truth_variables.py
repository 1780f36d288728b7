"""What Shopify answers to variables that do not fit their types."""

from __future__ import annotations

from typing import Any

from facts import Fact, each

PRODUCT = "query Q($id: ID!) { product(id: $id) { id } }"
CREATE = "mutation M($input: CustomerInput!) { customerCreate(input: $input) { customer { id } } }"
VARIANTS = (
    "mutation M($id: ID!, $variants: [ProductVariantsBulkInput!]!) {\n"
    "  productVariantsBulkUpdate(productId: $id, variants: $variants) { userErrors { message } }\n}"
)
IDENTIFIER = "query Q($i: ProductIdentifierInput!) { productByIdentifier(identifier: $i) { id } }"
GID = "gid://shopify/Product/1"
CAKE = (
    'Expected "CAKE" to be one of: COLLECTION_IMAGE, FILE, IMAGE, MODEL_3D, PRODUCT_IMAGE, SHOP_IMAGE, VIDEO, '
    "BULK_MUTATION_VARIABLES, RETURN_LABEL, URL_REDIRECT_IMPORT, DISPUTE_FILE_UPLOAD"
)


def problem(why: str, *path: Any, own: bool = False) -> dict[str, Any]:
    """Return one problem; `own` says that the scalar refuses the value itself, which repeats its words as message."""
    return {"path": list(path), "explanation": why} | ({"message": why} if own else {})


def refused(
    what: str,
    document: str,
    variables: dict[str, Any],
    message: str,
    value: Any,
    *problems: dict[str, Any],
    place: tuple[int, int],
    source: str = "seen on a live store",
) -> Fact:
    """Return the fact that one variable is refused, whose value is `value`."""
    shown = {"code": "INVALID_VARIABLE", "value": value, "problems": list(problems)}
    locations = [{"line": place[0], "column": place[1]}]
    error = {"message": message, "locations": locations, "extensions": shown, "path": None}
    return Fact(what, document, variables, data=None, errors=[error], source=source)


FACTS = [
    refused(
        "a variable that is missing",
        PRODUCT,
        {},
        "Variable $id of type ID! was provided invalid value",
        None,
        problem("Expected value to not be null"),
        place=(1, 9),
    ),
    refused(
        "the values of an enum are listed in Shopify's order",
        "mutation M($input: [StagedUploadInput!]!) { stagedUploadsCreate(input: $input) { userErrors { message } } }",
        {"input": [{"resource": "CAKE", "filename": "a", "mimeType": "a/b"}]},
        f"Variable $input of type [StagedUploadInput!]! was provided invalid value for 0.resource ({CAKE})",
        [{"resource": "CAKE", "filename": "a", "mimeType": "a/b"}],
        problem(CAKE, 0, "resource"),
        place=(1, 12),
    ),
    refused(
        "an id that is none",
        PRODUCT,
        {"id": "12"},
        "Variable $id of type ID! was provided invalid value",
        "12",
        problem("Invalid global id '12'", own=True),
        place=(1, 9),
    ),
    refused(
        "a number for an id",
        PRODUCT,
        {"id": 12},
        "Variable $id of type ID! was provided invalid value",
        12,
        problem("Invalid global id '12'", own=True),
        place=(1, 9),
        source="inferred",
    ),
    refused(
        "every problem of an input is told: what is given in its order, then what is missing",
        "mutation M($p: PageCreateInput!) { pageCreate(page: $p) { userErrors { message } } }",
        {"p": {"feedburner": "x", "templateSuffix": 1}},
        "Variable $p of type PageCreateInput! was provided invalid value for feedburner (Field is not defined on "
        "PageCreateInput), templateSuffix (Could not coerce value 1 to String), title (Expected value to not be null)",
        {"feedburner": "x", "templateSuffix": 1},
        problem("Field is not defined on PageCreateInput", "feedburner"),
        problem("Could not coerce value 1 to String", "templateSuffix"),
        problem("Expected value to not be null", "title"),
        place=(1, 12),
    ),
    refused(
        "a text for a truth value",
        CREATE,
        {"input": {"taxExempt": "yes"}},
        'Variable $input of type CustomerInput! was provided invalid value for taxExempt (Could not coerce value "yes" '
        "to Boolean)",
        {"taxExempt": "yes"},
        problem('Could not coerce value "yes" to Boolean', "taxExempt"),
        place=(1, 12),
    ),
    refused(
        "a text for an input",
        CREATE,
        {"input": "x"},
        "Variable $input of type CustomerInput! was provided invalid value",
        "x",
        problem('Expected "x" to be a key-value object.'),
        place=(1, 12),
        source="inferred",
    ),
    refused(
        "one item for a list has a place",
        VARIANTS,
        {"id": GID, "variants": {"cost": 1}},
        "Variable $variants of type [ProductVariantsBulkInput!]! was provided invalid value for 0.cost (Field is not "
        "defined on ProductVariantsBulkInput)",
        {"cost": 1},
        problem("Field is not defined on ProductVariantsBulkInput", 0, "cost"),
        place=(1, 22),
        source="inferred",
    ),
    refused(
        "an amount that is no number",
        VARIANTS,
        {"id": GID, "variants": [{"price": "not-a-price"}]},
        "Variable $variants of type [ProductVariantsBulkInput!]! was provided invalid value for 0.price (invalid money "
        "'not-a-price')",
        [{"price": "not-a-price"}],
        problem("invalid money 'not-a-price'", 0, "price", own=True),
        place=(1, 22),
    ),
    refused(
        "a date that is none",
        "mutation M($input: CustomerEmailMarketingConsentUpdateInput!) {\n"
        "  customerEmailMarketingConsentUpdate(input: $input) { userErrors { message } }\n}",
        {
            "input": {
                "customerId": "gid://shopify/Customer/1",
                "emailMarketingConsent": {"marketingState": "SUBSCRIBED", "consentUpdatedAt": "not-a-date"},
            }
        },
        "Variable $input of type CustomerEmailMarketingConsentUpdateInput! was provided invalid value for "
        "emailMarketingConsent.consentUpdatedAt (invalid DateTime 'not-a-date')",
        {
            "customerId": "gid://shopify/Customer/1",
            "emailMarketingConsent": {"marketingState": "SUBSCRIBED", "consentUpdatedAt": "not-a-date"},
        },
        problem("invalid DateTime 'not-a-date'", "emailMarketingConsent", "consentUpdatedAt", own=True),
        place=(1, 12),
    ),
    *[
        refused(
            f"a count of {given}",
            'mutation M($q: UnsignedInt64!) { productUpdate(product: {id: "gid://shopify/Product/1"}) '
            '{ product { id } } discountAutomaticBxgyCreate(automaticBxgyDiscount: {title: "t", '
            'startsAt: "2026-01-01", usesPerOrderLimit: $q}) { userErrors { message } } }',
            {"q": given},
            "Variable $q of type UnsignedInt64! was provided invalid value",
            given,
            problem(why, own=True),
            place=(1, 12),
        )
        for given, why in (
            ("1.5", "UnsignedInt64 invalid value '1.5'"),
            ("-1", "UnsignedInt64 '-1' is out of range"),
        )
    ],
    *[
        refused(
            f"the url {given!r}",
            "mutation M($u: URL!) { scriptTagCreate(input: {src: $u}) { userErrors { message } } }",
            {"u": given},
            "Variable $u of type URL! was provided invalid value",
            given,
            problem(f"Invalid url '{given}', missing {what}", own=True),
            place=(1, 12),
        )
        for given, what in (
            ("", "scheme"),
            ("not-a-url", "scheme"),
            ("javascript:alert(1)", "host"),
            ("data:text/plain,hello", "host"),
        )
    ],
    refused(
        "an amount that is no decimal",
        "mutation M($d: Decimal!) { giftCardCreate(input: {initialValue: $d}) { userErrors { message } } }",
        {"d": "abc"},
        "Variable $d of type Decimal! was provided invalid value",
        "abc",
        problem("invalid decimal 'abc'", own=True),
        place=(1, 12),
    ),
    refused(
        "an enum value that does not exist",
        "query Q($s: SegmentSortKeys) { segments(first: 1, sortKey: $s) { nodes { id } } }",
        {"s": "SIZE"},
        "Variable $s of type SegmentSortKeys was provided invalid value",
        "SIZE",
        problem('Expected "SIZE" to be one of: CREATION_DATE, ID, LAST_EDIT_DATE, RELEVANCE'),
        place=(1, 9),
    ),
    *[
        refused(
            f"{count} members where one alone may be given",
            IDENTIFIER,
            {"i": given},
            "Variable $i of type ProductIdentifierInput! was provided invalid value",
            given,
            problem(f"'ProductIdentifierInput' requires exactly one argument, but {count} were provided."),
            place=(1, 9),
        )
        for count, given in ((0, {}), (2, {"id": GID, "handle": None}))
    ],
    refused(
        "null where one member must be given",
        IDENTIFIER,
        {"i": {"handle": None}},
        "Variable $i of type ProductIdentifierInput! was provided invalid value",
        {"handle": None},
        problem("'ProductIdentifierInput' requires exactly one argument, but 'handle' was `null`."),
        place=(1, 9),
        source="inferred",
    ),
]

test_facts = each(FACTS)
