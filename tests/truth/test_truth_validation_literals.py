"""What graphql-ruby, which Shopify runs, answers about literals that do not fit the type of their argument.

What was not recorded on a live store follows from its rules and is marked as inferred.
"""

from __future__ import annotations

from typing import Any

from facts import Fact, each
from unfit_documents import INFERRED, at, error, refused


def unfit(
    what: str,
    document: str,
    value: str,
    expected: str,
    owner: str,
    path: list[Any],
    place: tuple[int, int],
    source: str = "seen on a live store",
) -> Fact:
    """Return the fact that a literal does not fit. `owner` is ``Field products``, `path` ends with the argument."""
    kind, name = owner.split()
    shown = f"Argument '{path[-1]}' on {kind} '{name}' has an invalid value ({value}). Expected type '{expected}'."
    code = "argumentLiteralsIncompatible"
    found = error(shown, path, at(place), code, typeName=kind, argumentName=path[-1])
    return refused(what, document, found, source=source)


def uncoerced(what: str, document: str, message: str, path: list[Any], place: tuple[int, int]) -> Fact:
    """Return the fact that one of Shopify's own scalars refuses a literal in words of its own."""
    return refused(
        what, document, error(message, path, at(place), "argumentLiteralsIncompatible", typeName="CoercionError")
    )


LITERALS = [
    unfit(
        "a text for a number; the field is told, not the value",
        'query Q {\n  products(\n    first: "two"\n  ) { nodes { id } }\n}',
        '"two"',
        "Int",
        "Field products",
        ["query Q", "products", "first"],
        (2, 3),
    ),
    unfit(
        "an enum value that does not exist",
        "query Q { products(first: 1, sortKey: NOTHING) { nodes { id } } }",
        "NOTHING",
        "ProductSortKeys",
        "Field products",
        ["query Q", "products", "sortKey"],
        (1, 11),
    ),
    unfit(
        "an enum value as a text",
        'query Q { products(first: 1, sortKey: "TITLE") { nodes { id } } }',
        '"TITLE"',
        "ProductSortKeys",
        "Field products",
        ["query Q", "products", "sortKey"],
        (1, 11),
    ),
    unfit(
        "an enum value in an input; the input is told",
        'mutation M { productCreate(product: {title: "x", status: PUBLISHED}) { product { id } } }',
        "PUBLISHED",
        "ProductStatus",
        "InputObject ProductCreateInput",
        ["mutation M", "productCreate", "product", "status"],
        (1, 37),
    ),
    unfit(
        "a wrong item of a list is told as the whole list",
        'mutation M { customerAddTaxExemptions(customerId: "gid://shopify/Customer/1", taxExemptions: '
        "[CA_STATUS_CARD_EXEMPTION, FOO_BAR]) { customer { id } } }",
        "[CA_STATUS_CARD_EXEMPTION, FOO_BAR]",
        "[TaxExemption!]!",
        "Field customerAddTaxExemptions",
        ["mutation M", "customerAddTaxExemptions", "taxExemptions"],
        (1, 14),
    ),
    unfit(
        "a wrong member of an item of a list",
        'mutation M { bulkProductResourceFeedbackCreate(feedbackInput: [{productId: "gid://shopify/Product/1", '
        'state: BANANAS, feedbackGeneratedAt: "2024-01-01T00:00:00Z", productUpdatedAt: "2024-01-01T00:00:00Z"}]) '
        "{ userErrors { message } } }",
        "BANANAS",
        "ResourceFeedbackState!",
        "InputObject ProductResourceFeedbackInput",
        ["mutation M", "bulkProductResourceFeedbackCreate", "feedbackInput", 0, "state"],
        (1, 64),
    ),
    unfit(
        "a null where none may be",
        "mutation M { customerCreate(input: null) { customer { id } } }",
        "null",
        "CustomerInput!",
        "Field customerCreate",
        ["mutation M", "customerCreate", "input"],
        (1, 14),
    ),
    unfit(
        "a fraction for a whole number",
        "query Q { products(first: 1.5) { nodes { id } } }",
        "1.5",
        "Int",
        "Field products",
        ["query Q", "products", "first"],
        (1, 11),
    ),
    unfit(
        "an object for a text is printed without blanks at its ends",
        'mutation M { segmentCreate(name: { a: [1,"b",true] }, query: "q") { segment { id } } }',
        '{a: [1, "b", true]}',
        "String!",
        "Field segmentCreate",
        ["mutation M", "segmentCreate", "name"],
        (1, 14),
        source=INFERRED,
    ),
    unfit(
        "a text for an input",
        'mutation M { customerCreate(input: "x") { customer { id } } }',
        '"x"',
        "CustomerInput!",
        "Field customerCreate",
        ["mutation M", "customerCreate", "input"],
        (1, 14),
        source=INFERRED,
    ),
    unfit(
        "a literal for the argument of a directive",
        "query Q { shop { id @include(if: 1) } }",
        "1",
        "Boolean!",
        "Directive include",
        ["query Q", "shop", "id", "if"],
        (1, 21),
        source=INFERRED,
    ),
    uncoerced(
        "an id that is none",
        'query Q { product(id: "12") { id } }',
        "Invalid global id '12'",
        ["query Q", "product", "id"],
        (1, 11),
    ),
    uncoerced(
        "an id without a number",
        'query Q { node(id: "gid://shopify/Product") { id } }',
        "Invalid global id 'gid://shopify/Product'",
        ["query Q", "node", "id"],
        (1, 11),
    ),
    uncoerced(
        "an empty url",
        'mutation M { scriptTagCreate(input: {src: ""}) { scriptTag { id } } }',
        "Invalid url '', missing scheme",
        ["mutation M", "scriptTagCreate", "input", "src"],
        (1, 37),
    ),
    uncoerced(
        "a url without a scheme",
        'mutation M { scriptTagCreate(input: {src: "not-a-url"}) { scriptTag { id } } }',
        "Invalid url 'not-a-url', missing scheme",
        ["mutation M", "scriptTagCreate", "input", "src"],
        (1, 37),
    ),
    uncoerced(
        "an ARN that is none",
        'mutation M { eventBridgeServerPixelUpdate(arn: "not-an-arn") { userErrors { message } } }',
        "Invalid ARN 'not-an-arn'",
        ["mutation M", "eventBridgeServerPixelUpdate", "arn"],
        (1, 14),
    ),
    refused(
        "a default that is not of the variable's type",
        'query Q($n: Int = "x") { products(first: $n) { nodes { id } } }',
        error(
            'Could not coerce value "x" to Int',
            ["query Q"],
            at((1, 9)),
            "defaultValueInvalidType",
            variableName="n",
            typeName="Int",
        ),
        source=INFERRED,
    ),
    refused(
        "a null as default of a variable that may not be null",
        "query Q($n: Int! = null) { products(first: $n) { nodes { id } } }",
        error(
            "Default value for $n doesn't match type Int!",
            ["query Q"],
            at((1, 9)),
            "defaultValueInvalidType",
            variableName="n",
            typeName="Int!",
        ),
        source=INFERRED,
    ),
]

test_literals = each(LITERALS)
