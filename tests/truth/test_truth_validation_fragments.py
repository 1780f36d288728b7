"""What graphql-ruby, which Shopify runs, answers about fragments: unknown types, spreads that can't match, unused and circular ones.

What was not recorded on a live store follows from its rules and is marked as inferred.
"""

from __future__ import annotations

from facts import each
from unfit_documents import INFERRED, at, error, refused

FRAGMENTS = [
    refused(
        "a fragment on a type that does not exist",
        'query Q {\n  node(id: "gid://shopify/Product/1") {\n    ... on Nothing { id }\n  }\n}',
        error(
            "No such type Nothing, so it can't be a fragment condition",
            ["query Q", "node", "... on Nothing"],
            at((3, 5)),
            "undefinedType",
            typeName="Nothing",
        ),
    ),
    refused(
        "a fragment on a scalar",
        "query Q { shop { ... on String { length } } }",
        error(
            "Invalid fragment on type String (must be Union, Interface or Object)",
            ["query Q", "shop", "... on String"],
            at((1, 18)),
            "fragmentOnNonCompositeType",
            typeName="String",
        ),
        source=INFERRED,
    ),
    refused(
        "a named fragment on an input",
        "query Q { shop { ...F } } fragment F on CustomerInput { email }",
        error(
            "Invalid fragment on type CustomerInput (must be Union, Interface or Object)",
            ["fragment F"],
            at((1, 27)),
            "fragmentOnNonCompositeType",
            typeName="CustomerInput",
        ),
        source=INFERRED,
    ),
    refused(
        "a fragment that can't be there",
        "query Q { shop { ... on Product { id } ...F } } fragment F on Order { id }",
        error(
            "Fragment on Product can't be spread inside Shop",
            ["query Q", "shop", "... on Product"],
            at((1, 18)),
            "cannotSpreadFragment",
            typeName="Product",
            fragmentName="unknown",
            parentName="Shop",
        ),
        error(
            "Fragment F on Order can't be spread inside Shop",
            ["query Q", "shop", "... F"],
            at((1, 40)),
            "cannotSpreadFragment",
            typeName="Order",
            fragmentName=" F",
            parentName="Shop",
        ),
    ),
    refused(
        "a fragment that is not defined and one that is not used",
        "query Q { shop { ...A } } fragment B on Shop { id }",
        error(
            "Fragment A was used, but not defined",
            ["query Q", "shop", "... A"],
            at((1, 18)),
            "useAndDefineFragment",
            fragmentName="A",
        ),
        error(
            "Fragment B was defined, but not used",
            ["fragment B"],
            at((1, 27)),
            "useAndDefineFragment",
            fragmentName="B",
        ),
    ),
    refused(
        "a fragment within itself",
        "query Q { shop { ...A } } fragment A on Shop { id ...B } fragment B on Shop { ...A }",
        error("Fragment A contains an infinite loop", ["fragment A"], at((1, 27)), "infiniteLoop", fragmentName="A"),
        error("Fragment B contains an infinite loop", ["fragment B"], at((1, 58)), "infiniteLoop", fragmentName="B"),
    ),
    refused(
        "a fragment within itself, in two lists that merge",
        "query Q { products(first: 1) { nodes { ...F } } products(first: 1) { nodes { id ...F } } } "
        "fragment F on Product { collections(first: 1) { nodes { products(first: 1) { nodes { ...F } } } } }",
        error("Fragment F contains an infinite loop", ["fragment F"], at((1, 92)), "infiniteLoop", fragmentName="F"),
        source=INFERRED,
    ),
    refused(
        "two fragments of one name",
        "query Q { shop { ...A } } fragment A on Shop { id } fragment A on Shop { name }",
        error(
            'Fragment name "A" must be unique',
            [],
            at((1, 27), (1, 53)),
            "fragmentNotUnique",
            fragmentName="A",
        ),
        source=INFERRED,
    ),
    refused(
        "a fragment without a name",
        "query Q { shop { id } } fragment on Shop { id }",
        error("Fragment definition has no name", ["fragment "], at((1, 25)), "anonymousFragment"),
        source=INFERRED,
    ),
]

test_fragments = each(FRAGMENTS)
