"""What graphql-ruby, which Shopify runs, answers about arguments and members of inputs: unknown, missing and repeated ones, and values in place.

What was not recorded on a live store follows from its rules and is marked as inferred.
"""

from __future__ import annotations

from facts import each
from unfit_documents import INFERRED, at, error, refused, unused

ARGUMENTS = [
    refused(
        "an argument that does not exist, whose variable counts as unused",
        "query Q($x: ID) { s: shop(id: $x) { id } }",
        error(
            "Field 's' doesn't accept argument 'id'",
            ["query Q", "s", "id"],
            at((1, 27)),
            "argumentNotAccepted",
            name="s",
            typeName="Field",
            argumentName="id",
        ),
        unused("x"),
    ),
    refused(
        "a member that an input does not have",
        'mutation M { customerCreate(input: {emial: "a@b.co"}) { customer { id } } }',
        error(
            "InputObject 'CustomerInput' doesn't accept argument 'emial'",
            ["mutation M", "customerCreate", "input", "emial"],
            at((1, 37)),
            "argumentNotAccepted",
            name="CustomerInput",
            typeName="InputObject",
            argumentName="emial",
        ),
    ),
    refused(
        "required arguments that are missing are told at once",
        "mutation M { segmentCreate { segment { id } } }",
        error(
            "Field 'segmentCreate' is missing required arguments: name, query",
            ["mutation M", "segmentCreate"],
            at((1, 14)),
            "missingRequiredArguments",
            className="Field",
            name="segmentCreate",
            arguments="name, query",
        ),
    ),
    refused(
        "a required argument is named after the field, not the alias",
        "query Q { p: product { id } }",
        error(
            "Field 'product' is missing required arguments: id",
            ["query Q", "p"],
            at((1, 11)),
            "missingRequiredArguments",
            className="Field",
            name="product",
            arguments="id",
        ),
        source=INFERRED,
    ),
    refused(
        "a required member that is missing",
        "mutation M { productDelete(input: {}) { deletedProductId } }",
        error(
            "Argument 'id' on InputObject 'ProductDeleteInput' is required. Expected type ID!",
            ["mutation M", "productDelete", "input", "id"],
            at((1, 35)),
            "missingRequiredInputObjectAttribute",
            argumentName="id",
            argumentType="ID!",
            inputObjectType="ProductDeleteInput",
        ),
    ),
    refused(
        "a required member that is missing in a list; places in lists are part of the path",
        'mutation M { metafieldsSet(metafields: [{key: "k", value: "v", ownerId: "gid://shopify/Product/1"}, '
        '{key: "k", value: "v"}]) { userErrors { message } } }',
        error(
            "Argument 'ownerId' on InputObject 'MetafieldsSetInput' is required. Expected type ID!",
            ["mutation M", "metafieldsSet", "metafields", 1, "ownerId"],
            at((1, 101)),
            "missingRequiredInputObjectAttribute",
            argumentName="ownerId",
            argumentType="ID!",
            inputObjectType="MetafieldsSetInput",
        ),
    ),
    refused(
        "one item for a list has a place, and equal items have the place of the first",
        "mutation M { metafieldsDelete(metafields: {key: 1}) { userErrors { message } } "
        "two: metafieldsDelete(metafields: [{ownerId: null}, {ownerId: null}]) { userErrors { message } } }",
        *[
            error(
                f"Argument '{name}' on InputObject 'MetafieldIdentifierInput' is required. Expected type {kind}",
                ["mutation M", field, "metafields", 0, name],
                at(place),
                "missingRequiredInputObjectAttribute",
                argumentName=name,
                argumentType=kind,
                inputObjectType="MetafieldIdentifierInput",
            )
            for field, place, members in (
                ("metafieldsDelete", (1, 43), [("namespace", "String!"), ("ownerId", "ID!")]),
            )
            for name, kind in members
        ],
        error(
            "Argument 'key' on InputObject 'MetafieldIdentifierInput' has an invalid value (1). "
            "Expected type 'String!'.",
            ["mutation M", "metafieldsDelete", "metafields", 0, "key"],
            at((1, 43)),
            "argumentLiteralsIncompatible",
            typeName="InputObject",
            argumentName="key",
        ),
        *[
            error(
                f"Argument '{name}' on InputObject 'MetafieldIdentifierInput' is required. Expected type String!",
                ["mutation M", "two", "metafields", 0, name],
                at(place),
                "missingRequiredInputObjectAttribute",
                argumentName=name,
                argumentType="String!",
                inputObjectType="MetafieldIdentifierInput",
            )
            for place in ((1, 115),)
            for name in ("key", "namespace")
        ],
        error(
            "Argument 'ownerId' on InputObject 'MetafieldIdentifierInput' has an invalid value (null). "
            "Expected type 'ID!'.",
            ["mutation M", "two", "metafields", 0, "ownerId"],
            at((1, 115)),
            "argumentLiteralsIncompatible",
            typeName="InputObject",
            argumentName="ownerId",
        ),
        *[
            error(
                f"Argument '{name}' on InputObject 'MetafieldIdentifierInput' is required. Expected type String!",
                ["mutation M", "two", "metafields", 0, name],
                at((1, 132)),
                "missingRequiredInputObjectAttribute",
                argumentName=name,
                argumentType="String!",
                inputObjectType="MetafieldIdentifierInput",
            )
            for name in ("key", "namespace")
        ],
        source=INFERRED,
    ),
    refused(
        "an argument that is given twice",
        "query Q { products(first: 1, first: 2) { nodes { id } } }",
        error(
            'There can be only one argument named "first"',
            ["query Q", "products"],
            at((1, 20), (1, 30)),
            "argumentNotUnique",
            name="first",
        ),
    ),
    refused(
        "a member that is given twice",
        'mutation M { customerCreate(input: {note: "a", note: "b"}) { customer { id } } }',
        error(
            'There can be only one input field named "note"',
            ["mutation M", "customerCreate", "input"],
            at((1, 37), (1, 48)),
            "inputFieldNotUnique",
            name="note",
        ),
        source=INFERRED,
    ),
    refused(
        "an input of which one member alone may be given, without any",
        "query Q { productByIdentifier(identifier: {}) { id } }",
        error(
            "OneOf Input Object 'ProductIdentifierInput' must specify exactly one key.",
            ["query Q", "productByIdentifier", "identifier"],
            at((1, 43)),
            "invalidOneOfInputObject",
            inputObjectType="ProductIdentifierInput",
        ),
    ),
    refused(
        "an input of which one member alone may be given, with null",
        "query Q { productByIdentifier(identifier: {handle: null}) { id } }",
        error(
            "Argument 'ProductIdentifierInput.handle' must be non-null.",
            ["query Q", "productByIdentifier", "identifier", "handle"],
            at((1, 44)),
            "invalidOneOfInputObject",
            inputObjectType="ProductIdentifierInput",
        ),
        source=INFERRED,
    ),
    refused(
        "an input of which one member alone may be given, with a variable that may be null",
        "query Q($h: String) { productByIdentifier(identifier: {handle: $h}) { id } }",
        error(
            "Variable 'h' must be non-nullable to be used for OneOf Input Object 'ProductIdentifierInput'.",
            ["query Q", "productByIdentifier", "identifier", "handle"],
            at((1, 55)),
            "invalidOneOfInputObject",
            inputObjectType="ProductIdentifierInput",
        ),
        source=INFERRED,
    ),
]

test_arguments = each(ARGUMENTS)
