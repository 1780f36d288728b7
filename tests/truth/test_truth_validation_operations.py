"""What graphql-ruby, which Shopify runs, answers about operations, directives and texts that are no GraphQL.

What was not recorded on a live store follows from its rules and is marked as inferred.
"""

from __future__ import annotations

from facts import Fact, each
from unfit_documents import INFERRED, at, error, refused, unused

DIRECTIVES = [
    refused(
        "a directive that does not exist, at all its places",
        "query Q($x: String!) { shop @nothing(a: $x) { id @nothing } }",
        error(
            "Directive @nothing is not defined",
            ["query Q", "shop"],
            at((1, 29), (1, 50)),
            "undefinedDirective",
            directiveName="nothing",
        ),
        unused("x"),
    ),
    refused(
        "a directive without its required argument",
        'mutation M { inventorySetQuantities(input: {name: "available", reason: "other", quantities: []}) '
        "@idempotent { userErrors { code } } }",
        error(
            "Directive 'idempotent' is missing required arguments: key",
            ["mutation M", "inventorySetQuantities"],
            at((1, 98)),
            "missingRequiredArguments",
            className="Directive",
            name="idempotent",
            arguments="key",
        ),
    ),
    refused(
        "a directive where it may not stand",
        'mutation M @idempotent(key: "k") { orderClose(input: {id: "gid://shopify/Order/1"}) { order { id } } }',
        error(
            "'@idempotent' can't be applied to mutations (allowed: fields)",
            ["mutation M"],
            at((1, 12)),
            "directiveCannotBeApplied",
            targetName="mutations",
            name="idempotent",
        ),
    ),
    refused(
        "a directive of several places",
        "query Q @skip(if: true) { shop { id } }",
        error(
            "'@skip' can't be applied to queries (allowed: fields, fragment spreads, inline fragments)",
            ["query Q"],
            at((1, 9)),
            "directiveCannotBeApplied",
            targetName="queries",
            name="skip",
        ),
        source=INFERRED,
    ),
    refused(
        "a directive that stands twice",
        "query Q { shop { id @skip(if: false) @skip(if: true) @skip(if: true) } }",
        error(
            'The directive "skip" can only be used once at this location.',
            ["query Q", "shop", "id"],
            at((1, 21), (1, 38), (1, 54)),
            "directiveNotUniqueForLocation",
            directiveName="skip",
        ),
        source=INFERRED,
    ),
]

OPERATIONS = [
    refused(
        "two operations of one name",
        "query Q { shop { id } } query Q { shop { name } }",
        error(
            'Operation name "Q" must be unique',
            [],
            at((1, 1), (1, 25)),
            "uniquelyNamedOperations",
            operationName="Q",
        ),
    ),
    refused(
        "two operations without a name",
        "query { shop { id } } { shop { name } }",
        error(
            "Operation name is required when multiple operations are present",
            [],
            at((1, 1), (1, 23)),
            "uniquelyNamedOperations",
        ),
    ),
    Fact(
        "several operations and no name of the one to run, which comes before all other faults",
        "query A { nothing } query B { shop { id } }",
        errors=[{"message": "An operation name is required"}],
        data=None,
    ),
    refused(
        "a subscription",
        "subscription S { shop { id } }",
        error(
            "Schema is not configured for subscriptions",
            ["subscription S"],
            at((1, 1)),
            "missingSubscriptionConfiguration",
        ),
        source=INFERRED,
    ),
    refused(
        "a definition of a type",
        "query Q { shop { id } } type A { id: ID } extend type B { id: ID }",
        error(
            "Query cannot contain schema definitions",
            [],
            at((1, 25), (1, 43)),
            "queryContainsSchemaDefinitions",
        ),
        source=INFERRED,
    ),
]


def unparsed(
    what: str, document: str, unexpected: str, place: tuple[int, int], source: str = "seen on a live store"
) -> Fact:
    """Return the fact that a text does not parse."""
    message = f"syntax error, unexpected {unexpected} at [{place[0]}, {place[1]}]"
    fault = {"message": message, "locations": at(place), "path": None, "extensions": {"code": "PARSE_ERROR"}}
    return Fact(what, document, data=None, errors=[fault], source=source)


TEXTS = [
    Fact(
        "a text of comments alone",
        "# nothing",
        data=None,
        errors=[{"message": "syntax error, unexpected end of file", "locations": []}],
        source=INFERRED,
    ),
    unparsed("a text that ends too early", "query Q {\n  shop {\n    id\n", "end of file", (3, 5)),
    unparsed("a variable without a sign", "mutation (: X) { a }", 'COLON (":"), expecting VAR_SIGN', (1, 11)),
    *[
        unparsed(f"the text {document!r}", document, unexpected, (line, column), source=INFERRED)
        for document, unexpected, line, column in (
            (" { ", "end of file", 1, 2),
            ("query Q($x: ,) { shop { id } }", 'RPAREN (")")', 1, 14),
            ("query Q($x: []) { shop { id } }", 'RBRACKET ("]")', 1, 14),
            ("query Q($x: !) { shop { id } }", 'BANG ("!")', 1, 13),
            ("query Q($x: ID!!) { shop { id } }", 'BANG ("!"), expecting RPAREN or VAR_SIGN', 1, 16),
            ("query # comment\n ~ { shop }", 'invalid token ("~"), expecting LCURLY', 2, 2),
            ("query 😘 { shop }", 'invalid token ("\\xF0"), expecting LCURLY', 1, 7),
            ("{ shop(a: -c) }", 'invalid token ("-")', 1, 11),
            ('{ shop(a: "x) }', 'invalid token ("\\"")', 1, 11),
            ("{ shop 1 }", 'INT ("1")', 1, 8),
            ("{ shop(a: $) }", 'RPAREN (")")', 1, 12),
            ("{ @skip }", "DIR_SIGN", 1, 3),
        )
    ],
]

test_texts = each(TEXTS)
test_directives = each(DIRECTIVES)
test_operations = each(OPERATIONS)
