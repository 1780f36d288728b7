"""What graphql-ruby, which Shopify runs, answers about variables: how they are declared and used.

What was not recorded on a live store follows from its rules and is marked as inferred.
"""

from __future__ import annotations

from typing import Any

from facts import Fact, each
from unfit_documents import INFERRED, at, error, refused, unused


def mismatch(
    what: str, document: str, kind: str, types: str, path: list[Any], place: tuple[int, int], **more: Any
) -> Fact:
    """Return the fact that the variable x is not of its argument's type; `types` are its own and the argument's."""
    message = f"{kind} on variable $x and argument {path[-1]} ({types})"
    own = types.split(" / ")[0]
    extensions = {"variableName": "x", "typeName": own, "argumentName": path[-1], "errorMessage": kind}
    return refused(what, document, error(message, path, at(place), "variableMismatch", **extensions), **more)


VARIABLES = [
    mismatch(
        "a variable that may be null for an argument that may not",
        "query Q($x: ID) { product(id: $x) { id } }",
        "Nullability mismatch",
        "ID / ID!",
        ["query Q", "product", "id"],
        (1, 27),
    ),
    mismatch(
        "a variable of another type",
        "query Q($x: String!) { product(id: $x) { id } }",
        "Type mismatch",
        "String! / ID!",
        ["query Q", "product", "id"],
        (1, 32),
    ),
    mismatch(
        "a variable that is no list for a list",
        "query Q($x: ID!) { nodes(ids: $x) { id } }",
        "List dimension mismatch",
        "ID! / [ID!]!",
        ["query Q", "nodes", "ids"],
        (1, 26),
        source=INFERRED,
    ),
    mismatch(
        "a variable within a list",
        "query Q($x: ID) { nodes(ids: [$x]) { id } }",
        "Nullability mismatch",
        "[ID]! / [ID!]!",
        ["query Q", "nodes", "ids"],
        (1, 25),
        source=INFERRED,
    ),
    mismatch(
        "a variable within an input, in a fragment",
        "query Q($x: Int!) { ...F } fragment F on QueryRoot { productByIdentifier(identifier: {handle: $x}) { id } }",
        "Type mismatch",
        "Int! / String",
        ["fragment F", "productByIdentifier", "identifier", "handle"],
        (1, 87),
        source=INFERRED,
    ),
    Fact(
        "a variable with a default counts as not null",
        'query Q($x: ID = "gid://shopify/Product/1") { product(id: $x) { id } }',
        data={"product": None},
        source=INFERRED,
    ),
    refused(
        "a variable that is not used",
        "query Q($x: Int) {\n  shop { id }\n}",
        unused("x"),
    ),
    refused(
        "a variable of an operation without a name",
        "query ($x: Int) { shop { id } }",
        error(
            "Variable $x is declared by anonymous query but not used",
            ["query"],
            at((1, 1)),
            "variableNotUsed",
            variableName="x",
        ),
        source=INFERRED,
    ),
    refused(
        "a variable that is not declared",
        "query Q { product(id: $x) { id } }",
        error(
            "Variable $x is used by Q but not declared",
            ["query Q", "product", "id"],
            at((1, 23)),
            "variableNotDefined",
            variableName="x",
        ),
    ),
    refused(
        "a variable that is not declared, in a fragment",
        "query Q { ...F } fragment F on QueryRoot { products(first: $x) { nodes { id } } }",
        error(
            "Variable $x is used by F but not declared",
            ["fragment F", "products", "first"],
            at((1, 60)),
            "variableNotDefined",
            variableName="x",
        ),
        source=INFERRED,
    ),
    refused(
        "a variable that is declared twice",
        "query Q($x: Int, $x: Int) { products(first: $x) { nodes { id } } }",
        error(
            'There can only be one variable named "x"',
            ["query Q"],
            at((1, 9), (1, 18)),
            "variableNotUnique",
            variableName="x",
        ),
    ),
    refused(
        "a variable of a type that does not exist",
        "query Q($x: Nothing) { product(id: $x) { id } }",
        error(
            "Nothing isn't a defined input type (on $x)",
            ["query Q"],
            at((1, 9)),
            "variableRequiresValidType",
            typeName="Nothing",
            variableName="x",
        ),
        source=INFERRED,
    ),
    refused(
        "a variable of a type that is no input",
        "query Q($x: [Product!]!) { shop { id @include(if: $x) } }",
        error(
            "Product isn't a valid input type (on $x)",
            ["query Q"],
            at((1, 9)),
            "variableRequiresValidType",
            typeName="Product",
            variableName="x",
        ),
        error(
            "Type mismatch on variable $x and argument if ([Product!]! / Boolean!)",
            ["query Q", "shop", "id", "if"],
            at((1, 47)),
            "variableMismatch",
            variableName="x",
            typeName="[Product!]!",
            argumentName="if",
            errorMessage="Type mismatch",
        ),
        source=INFERRED,
    ),
]

test_variables = each(VARIABLES)
