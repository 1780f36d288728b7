"""What Shopify answers to documents that do not fit its schema: every rule of graphql-ruby, which it runs.

What was not recorded on a live store follows from graphql-ruby's rules and is marked as inferred.
"""

from __future__ import annotations

from typing import Any

from facts import Fact, each

INFERRED = "inferred"


def at(*places: tuple[int, int]) -> list[dict[str, int]]:
    """Return locations, each given as line and column."""
    return [{"line": line, "column": column} for line, column in places]


def error(message: str, path: list[Any], places: list[dict[str, int]], code: str, **extensions: Any) -> dict[str, Any]:
    """Return an error with all its members."""
    return {"message": message, "path": path, "locations": places, "extensions": {"code": code, **extensions}}


def refused(what: str, document: str, *errors: dict[str, Any], source: str = "seen on a live store") -> Fact:
    """Return the fact that a document gets these errors and no data."""
    return Fact(what, document, data=None, errors=errors, source=source)


def unused(name: str, path: str = "query Q", place: tuple[int, int] = (1, 1)) -> dict[str, Any]:
    message = f"Variable ${name} is declared by {path.split()[-1]} but not used"
    return error(message, [path], at(place), "variableNotUsed", variableName=name)


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
test_fields = each(FIELDS)
test_fragments = each(FRAGMENTS)
test_arguments = each(ARGUMENTS)
test_literals = each(LITERALS)
test_variables = each(VARIABLES)
test_directives = each(DIRECTIVES)
test_operations = each(OPERATIONS)
