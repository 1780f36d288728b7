"""What graphql-ruby, which Shopify runs, answers about the fields of a document: unknown ones, leaves, selections, conflicts.

What was not recorded on a live store follows from its rules and is marked as inferred.
"""

from __future__ import annotations

from facts import Fact, each
from unfit_documents import INFERRED, at, error, refused, unused

FIELDS = [
    refused(
        "a field that does not exist",
        "query Q { shop { nothing } }",
        error(
            "Field 'nothing' doesn't exist on type 'Shop'",
            ["query Q", "shop", "nothing"],
            at((1, 18)),
            "undefinedField",
            typeName="Shop",
            fieldName="nothing",
        ),
    ),
    refused(
        "a field that does not exist is called by its name, its place by its alias",
        "{ s: shop { other: nothing } }",
        error(
            "Field 'nothing' doesn't exist on type 'Shop'",
            ["query", "s", "other"],
            at((1, 13)),
            "undefinedField",
            typeName="Shop",
            fieldName="nothing",
        ),
    ),
    refused(
        "what is below an unknown field counts as unused",
        "query Q($x: Int) { nothing(x: $x) { ...F } } fragment F on Shop { id }",
        error(
            "Field 'nothing' doesn't exist on type 'QueryRoot'",
            ["query Q", "nothing"],
            at((1, 20)),
            "undefinedField",
            typeName="QueryRoot",
            fieldName="nothing",
        ),
        unused("x"),
        error(
            "Fragment F was defined, but not used",
            ["fragment F"],
            at((1, 46)),
            "useAndDefineFragment",
            fragmentName="F",
        ),
        source=INFERRED,
    ),
    refused(
        "a field of a union",
        "query Q { webhookSubscriptions(first: 1) { nodes { endpoint { callbackUrl } } } }",
        error(
            "Selections can't be made directly on unions (see selections on WebhookSubscriptionEndpoint)",
            ["query Q", "webhookSubscriptions", "nodes", "endpoint", "callbackUrl"],
            at((1, 52)),
            "selectionMismatch",
            nodeName="WebhookSubscriptionEndpoint",
        ),
        source=INFERRED,
    ),
    refused(
        "an object without selections",
        "query Q {\n  shop\n}",
        error(
            "Field must have selections (field 'shop' returns Shop but has no selections. "
            "Did you mean 'shop { ... }'?)",
            ["query Q", "shop"],
            at((2, 3)),
            "selectionMismatch",
            nodeName="field 'shop'",
            typeName="Shop",
        ),
    ),
    Fact(
        "a union without selections is let through",
        "{ webhookSubscriptions(first: 1) { nodes { endpoint } } }",
        data={"webhookSubscriptions": {"nodes": [{"endpoint": {}}]}},
    ),
    refused(
        "selections on a scalar",
        "query Q { shop { name { first last } } }",
        error(
            'Selections can\'t be made on scalars (field \'name\' returns String but has selections ["first", "last"])',
            ["query Q", "shop", "name"],
            at((1, 18)),
            "selectionMismatch",
            nodeName="field 'name'",
            typeName="String",
        ),
        source=INFERRED,
    ),
    refused(
        "selections on an enum",
        "query Q { shop { currencyCode { ...F ... on Shop { id } } } } fragment F on Shop { id }",
        error(
            "Selections can't be made on enums (field 'currencyCode' returns CurrencyCode but has selections "
            '["F", "... on Shop { ... }"])',
            ["query Q", "shop", "currencyCode"],
            at((1, 18)),
            "selectionMismatch",
            nodeName="field 'currencyCode'",
            typeName="CurrencyCode",
        ),
        error(
            "Fragment F was defined, but not used",
            ["fragment F"],
            at((1, 63)),
            "useAndDefineFragment",
            fragmentName="F",
        ),
        source=INFERRED,
    ),
    refused(
        "an operation without selections",
        "query Q { }",
        error(
            "Field must have selections (query 'Q' returns QueryRoot but has no selections. Did you mean 'Q { ... }'?)",
            ["query Q"],
            at((1, 1)),
            "selectionMismatch",
            nodeName="query 'Q'",
            typeName="QueryRoot",
        ),
        source=INFERRED,
    ),
    refused(
        "two fields of one response key",
        "query Q { shop { name name: id } }",
        error(
            "Field 'name' has a field conflict: name or id?",
            [],
            at((1, 18), (1, 23)),
            "fieldConflict",
            fieldName="name",
            conflicts="name or id",
        ),
    ),
    refused(
        "two sets of arguments of one response key",
        "query Q($n: Int) { products(first: 1) { nodes { id } } products(first: $n) { nodes { id } } }",
        error(
            'Field \'products\' has an argument conflict: {first:"1"} or {first:"$n"}?',
            [],
            at((1, 20), (1, 56)),
            "fieldConflict",
            fieldName="products",
            conflicts='{first:"1"} or {first:"$n"}',
        ),
    ),
    refused(
        "three fields of one response key, told once",
        "query Q { shop { a: id a: id a: name a: email } }",
        error(
            "Field 'a' has a field conflict: id or name or email or id?",
            [],
            at((1, 18), (1, 30), (1, 38), (1, 24)),
            "fieldConflict",
            fieldName="a",
            conflicts="id or name or email or id",
        ),
        source=INFERRED,
    ),
    refused(
        "a conflict below two fields that merge, within a fragment",
        "query Q { shop { a: id } ...F } fragment F on QueryRoot { shop { a: name } }",
        error(
            "Field 'a' has a field conflict: id or name?",
            [],
            at((1, 18), (1, 66)),
            "fieldConflict",
            fieldName="a",
            conflicts="id or name",
        ),
        source=INFERRED,
    ),
    Fact(
        "fields of types that exclude each other do not merge, and may return other types",
        'query Q { node(id: "gid://shopify/Product/1") { ... on Product { x: status } ... on Order { x: name } } }',
        data={"node": None},
    ),
]

test_fields = each(FIELDS)
