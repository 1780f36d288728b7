"""What Shopify answers about bulk operations and staged uploads."""

from __future__ import annotations

from typing import Any

import pytest
from facts import Before, Fact, each, user_error

FIELDS = "id status type errorCode completedAt objectCount rootObjectCount fileSize url partialDataUrl query"
RUN = "mutation R($query: String!) { bulkOperationRunQuery(query: $query) { bulkOperation { id status } userErrors { field message code } } }"
IMPORT = "mutation R($mutation: String!, $path: String!, $name: String) { bulkOperationRunMutation(mutation: $mutation, stagedUploadPath: $path, clientIdentifier: $name) { bulkOperation { id status } userErrors { field message code } } }"
CANCEL = (
    "mutation C($id: ID!) { bulkOperationCancel(id: $id) { bulkOperation { id status } userErrors { field message } } }"
)
STAGE = "mutation S($input: [StagedUploadInput!]!) { stagedUploadsCreate(input: $input) { stagedTargets { url resourceUrl parameters { name value } } userErrors { field message } } }"
LIST = "query L($query: String, $reverse: Boolean, $sortKey: BulkOperationsSortKeys) { bulkOperations(first: 5, query: $query, reverse: $reverse, sortKey: $sortKey) { nodes { id } } }"
PRODUCTS = "{ products { edges { node { id title } } } }"
CREATE = "mutation C($product: ProductCreateInput!) { productCreate(product: $product) { product { id } userErrors { field message } } }"
VARIABLES = {
    "resource": "BULK_MUTATION_VARIABLES",
    "filename": "rows.jsonl",
    "mimeType": "text/jsonl",
    "httpMethod": "POST",
}
HELD: dict[str, dict[str, Any]] = {"bulk": {"hold": True}}
ONE_AT_ONCE: dict[str, dict[str, Any]] = {"bulk": {"hold": True, "at_once": 1}}


def refused(what: str, query: str, *messages: str, **more: Any) -> Fact:
    """Return the fact that a bulk query is refused with these messages."""
    errors = [user_error(message, "query", code="INVALID") for message in messages]
    data = {"bulkOperationRunQuery": {"bulkOperation": None, "userErrors": errors}}
    return Fact(what, RUN, {"query": query}, data=data, cost=10, **more)


def not_imported(what: str, mutation: str, error: dict[str, Any], *, path: str = "valid", **more: Any) -> Fact:
    """Return the fact that a bulk mutation is refused with an error."""
    data = {"bulkOperationRunMutation": {"bulkOperation": None, "userErrors": [error]}}
    variables = {"mutation": mutation, "path": path, "name": more.pop("name", None)}
    return Fact(what, IMPORT, variables, data=data, cost=10, **more)


def error(message: str, *path: str, code: str | None) -> dict[str, Any]:
    return {**user_error(message, *path), "code": code}


def started(name: str, query: str = PRODUCTS) -> Before:
    return Before(RUN, {"query": query}, name, "bulkOperationRunQuery.bulkOperation.id")


def staged(name: str, content: bytes) -> Before:
    return Before(
        STAGE, {"input": [VARIABLES]}, name, "stagedUploadsCreate.stagedTargets.0.parameters.3.value", upload=content
    )


def imported(name: str, path: str = "<path>", mutation: str = CREATE) -> Before:
    return Before(IMPORT, {"mutation": mutation, "path": path}, name, "bulkOperationRunMutation.bulkOperation.id")


DEEP = "{ collections { edges { node { id products { edges { node { id variants { edges { node { id metafields { edges { node { id } } } } } } } } } } } } }"
SIX = "{ products { edges { node { id variants { edges { node { id } } } metafields { edges { node { id } } } collections { edges { node { id } } } media { edges { node { id } } } } } } orders { edges { node { id } } } }"
IN_LIST = "{ orders { edges { node { id fulfillments { fulfillmentLineItems { edges { node { id } } } } } } } }"
NO_FILE = "The JSONL file could not be found. Try uploading the file again, and check that you've entered the URL correctly for the stagedUploadPath mutation argument."
NODES = "All connection fields in a bulk query must select their contents using 'edges' > 'node', e.g: '{0} {{ edges {{ node {{'. Selecting via 'nodes' is not supported. Invalid connection fields: '{0}'."
NO_ID = "The parent 'node' field for a nested connection must select the 'id' field without an alias and must be of 'ID' return type. Connection fields without 'id': products."

QUERY_FACTS = [
    Fact(
        "a fresh operation has counted nothing",
        RUN.replace(
            "{ id status }",
            "{ status type errorCode completedAt objectCount rootObjectCount fileSize url partialDataUrl query }",
        ),
        {"query": PRODUCTS},
        control=HELD,
        data={
            "bulkOperationRunQuery": {
                "bulkOperation": {
                    "status": "CREATED",
                    "type": "QUERY",
                    "errorCode": None,
                    "completedAt": None,
                    "objectCount": "0",
                    "rootObjectCount": "0",
                    "fileSize": None,
                    "url": None,
                    "partialDataUrl": None,
                    "query": PRODUCTS,
                },
                "userErrors": [],
            }
        },
        cost=10,
        actual=10,
    ),
    refused("an empty query", "", "Invalid bulk query: syntax error, unexpected end of file"),
    refused("a query without a connection", "{ shop { name } }", "Bulk queries must contain at least one connection."),
    refused("rows read through nodes", "{ products { nodes { id title } } }", NODES.format("products")),
    refused("rows of orders read through nodes", "{ orders { nodes { id } } }", NODES.format("orders")),
    refused(
        "a connection without rows",
        "{ products { pageInfo { hasNextPage } } }",
        NODES.format("products"),
        source="inferred",
    ),
    refused(
        "node at the top level",
        '{ node(id: "gid://shopify/Product/0") { id } }',
        "Bulk queries cannot contain a top level `node` field.",
        "Bulk queries must contain at least one connection.",
    ),
    refused(
        "four connections inside each other",
        DEEP,
        "Bulk queries cannot contain connections with a nesting depth greater than 2.",
    ),
    refused("six connections", SIX, "Bulk queries cannot contain more than 5 connections."),
    refused(
        "a parent without its id", "{ products { edges { node { title variants { edges { node { id } } } } } } }", NO_ID
    ),
    refused(
        "a parent whose id has an alias",
        "{ products { edges { node { gid: id variants { edges { node { id } } } } } } }",
        NO_ID,
    ),
    refused(
        "a connection inside a list",
        IN_LIST,
        "Queries that contain a connection field within a list field are not currently supported.",
    ),
    refused(
        "a mutation as the query",
        'mutation { productCreate(product: {title: "Cup"}) { product { id } } }',
        "Invalid operation type. Only `query` operations are supported.",
    ),
    refused(
        "a query of 65,536 bytes",
        "#" + "a" * (65_535 - len(PRODUCTS) - 1) + "\n" + PRODUCTS,
        "Query is too large (65536 bytes; maximum is 65535 bytes)",
    ),
    refused(
        "a field that does not exist",
        "{ products { edges { node { id colour } } } }",
        "Invalid bulk query: Field 'colour' doesn't exist on type 'Product'",
        source="documentation",
    ),
    refused(
        "a variable without a value",
        "query Q($text: String!) { products(query: $text) { edges { node { id } } } }",
        "Invalid bulk query: Variable $text of type String! was provided invalid value",
        source="inferred",
    ),
    Fact(
        "five queries run at once",
        RUN,
        {"query": PRODUCTS},
        control=HELD,
        before=[started(f"op{at}") for at in range(5)],
        data={
            "bulkOperationRunQuery": {
                "bulkOperation": None,
                "userErrors": [
                    error(
                        "A bulk query operation for this app and shop is already in progress: "
                        "<op0>, <op1>, <op2>, <op3>, <op4>.",
                        code="OPERATION_IN_PROGRESS",
                    )
                ],
            }
        },
    ),
    Fact(
        "one query ran at once before version 2026-01",
        RUN,
        {"query": PRODUCTS},
        control=ONE_AT_ONCE,
        before=[started("first")],
        data={
            "bulkOperationRunQuery": {
                "bulkOperation": None,
                "userErrors": [
                    error(
                        "A bulk query operation for this app and shop is already in progress: <first>.",
                        code="OPERATION_IN_PROGRESS",
                    )
                ],
            }
        },
    ),
    Fact(
        "a query leaves room for a mutation",
        IMPORT.replace("{ id status }", "{ status }"),
        {"mutation": CREATE, "path": "<path>"},
        control=ONE_AT_ONCE,
        before=[started("first"), staged("path", b'{"product": {"title": "Cup"}}\n')],
        data={"bulkOperationRunMutation": {"bulkOperation": {"status": "CREATED"}, "userErrors": []}},
        cost=10,
    ),
]

MUTATION_FACTS = [
    not_imported(
        "a mutation that does not parse",
        "mutation { not real syntax",
        error(
            "Failed to parse the mutation - syntax error, unexpected end of file at [1, 21]", code="INVALID_MUTATION"
        ),
    ),
    not_imported(
        "a query as the mutation",
        "query { products { edges { node { id } } } }",
        error("Invalid operation type. Only `mutation` operations are supported.", code="INVALID_MUTATION"),
    ),
    not_imported(
        "two mutations",
        "mutation M($a: ProductCreateInput!, $b: ProductUpdateInput!) { productCreate(product: $a) { product { id } } productUpdate(product: $b) { product { id } } }",
        error("You must specify a single top level mutation.", "mutation", code=None),
    ),
    not_imported(
        "a bulk mutation in a bulk mutation",
        "mutation M($m: String!, $p: String!) { bulkOperationRunMutation(mutation: $m, stagedUploadPath: $p) { bulkOperation { id } } }",
        error("You must use an allowed mutation name.", "mutation", code=None),
    ),
    not_imported(
        "a bulk query in a bulk mutation",
        "mutation M($q: String!) { bulkOperationRunQuery(query: $q) { bulkOperation { id } } }",
        error("You must use an allowed mutation name.", "mutation", code=None),
    ),
    not_imported(
        "two connections in a mutation",
        "mutation M($product: ProductCreateInput!) { productCreate(product: $product) { product { variants(first: 1) { edges { node { id media(first: 1) { edges { node { id } } } } } } } } }",
        error("Bulk mutations cannot contain more than 1 connection.", "mutation", code=None),
    ),
    not_imported(
        "a mutation of 65,536 bytes",
        "#" + "a" * (65_535 - len(CREATE) - 1) + "\n" + CREATE,
        error("is too large (65536 bytes; maximum is 65535 bytes)", "query", code="INVALID_MUTATION"),
    ),
    not_imported(
        "a client identifier that is too short",
        CREATE,
        error("is too short (minimum is 10 characters)", "clientIdentifier", code="INVALID_MUTATION"),
        name="abc",
    ),
    not_imported(
        "a client identifier that is too long",
        CREATE,
        error("is too long (maximum is 255 characters)", "clientIdentifier", code="INVALID_MUTATION"),
        name="x" * 256,
    ),
    not_imported(
        "a file that was not uploaded",
        CREATE,
        error(NO_FILE, code="NO_SUCH_FILE"),
        path="tmp/1/bulk/6a7c3d0e-0000-4000-8000-000000000000/rows.jsonl",
    ),
    not_imported(
        "a missing file is told before the limit",
        CREATE,
        error(NO_FILE, code="NO_SUCH_FILE"),
        control=ONE_AT_ONCE,
        before=[staged("path", b"{}\n"), imported("running")],
    ),
    not_imported(
        "one mutation ran at once before version 2026-01",
        CREATE,
        error(
            "A bulk mutation operation for this app and shop is already in progress: <running>.",
            code="OPERATION_IN_PROGRESS",
        ),
        path="<path>",
        control=ONE_AT_ONCE,
        before=[staged("path", b"{}\n"), imported("running")],
    ),
    Fact(
        "a mutation counts its lines",
        "query Q($id: ID!) { bulkOperation(id: $id) { status type objectCount rootObjectCount errorCode query } }",
        {"id": "<done>"},
        before=[staged("path", b'{"product": {"title": "Cup"}}\n{"product": {"title": ""}}\n'), imported("done")],
        data={
            "bulkOperation": {
                "status": "COMPLETED",
                "type": "MUTATION",
                "objectCount": "2",
                "rootObjectCount": "2",
                "errorCode": None,
                "query": CREATE,
            }
        },
        cost=1,
    ),
]

READ_FACTS = [
    Fact(
        "an operation that is not there",
        'query { bulkOperation(id: "gid://shopify/BulkOperation/1") { id } }',
        data={"bulkOperation": None},
        cost=1,
    ),
    Fact(
        "an id of another type",
        'query { bulkOperation(id: "gid://shopify/Product/1") { id } }',
        data={"bulkOperation": None},
        errors=[
            {
                "message": "Invalid id: gid://shopify/Product/1",
                "path": ["bulkOperation"],
                "extensions": {"code": "RESOURCE_NOT_FOUND"},
            }
        ],
        cost=1,
    ),
    Fact(
        "an operation is a node",
        "query Q($id: ID!) { node(id: $id) { __typename ... on BulkOperation { status objectCount } } }",
        {"id": "<done>"},
        before=[started("done", '{ products(query: "title:none") { edges { node { id } } } }')],
        data={
            "node": {
                "__typename": "BulkOperation",
                "status": "COMPLETED",
                "objectCount": "0",
            }
        },
        cost=1,
    ),
    Fact(
        "a result without rows has no address",
        "query Q($id: ID!) { bulkOperation(id: $id) { status url partialDataUrl } }",
        {"id": "<done>"},
        before=[started("done", '{ products(query: "title:none") { edges { node { id } } } }')],
        data={"bulkOperation": {"status": "COMPLETED", "url": None, "partialDataUrl": None}},
        source="documentation",
    ),
    Fact(
        "operations are listed newest first",
        LIST,
        before=[started("a"), started("b")],
        data={"bulkOperations": {"nodes": [{"id": "<b>"}, {"id": "<a>"}]}},
        cost=5,
    ),
    Fact(
        "reversed, the oldest comes first",
        LIST,
        {"reverse": True},
        before=[started("a"), started("b")],
        data={"bulkOperations": {"nodes": [{"id": "<a>"}, {"id": "<b>"}]}},
    ),
    Fact(
        "what is completed comes before what is not",
        LIST,
        {"sortKey": "COMPLETED_AT"},
        control={"faults": {"kind": "bulk_fails", "after": 1}},
        before=[started("done"), started("failed")],
        data={"bulkOperations": {"nodes": [{"id": "<done>"}, {"id": "<failed>"}]}},
    ),
    Fact(
        "operations by status and type",
        LIST,
        {"query": "status:COMPLETED operation_type:query"},
        control={"faults": {"kind": "bulk_fails", "after": 1}},
        before=[started("done"), started("failed")],
        data={"bulkOperations": {"nodes": [{"id": "<done>"}]}},
    ),
    Fact(
        "operations before a day",
        LIST,
        {"query": "created_at:<2000-01-01"},
        before=[started("done")],
        data={"bulkOperations": {"nodes": []}},
    ),
    Fact(
        "no operation may be searched for by EXPIRED",
        'query { bulkOperations(first: 1, query: "status:EXPIRED") { nodes { id } } }',
        before=[started("done")],
        data={"bulkOperations": {"nodes": []}},
        warnings=[
            {
                "path": ["bulkOperations"],
                "query": "status:EXPIRED",
                "parsed": {"field": "status", "match_all": "EXPIRED"},
                "warnings": [
                    {
                        "field": "status",
                        "message": "Input `EXPIRED` is not an accepted value.",
                        "code": "invalid_value",
                    }
                ],
            }
        ],
        cost=3,
    ),
    Fact(
        "an operation type that is none",
        'query { bulkOperations(first: 1, query: "operation_type:EXPORT") { nodes { id } } }',
        before=[started("done")],
        data={"bulkOperations": {"nodes": []}},
        cost=3,
    ),
    Fact(
        "a search field that is none is ignored",
        'query { bulkOperations(first: 1, query: "made_up:value") { nodes { id } } }',
        before=[started("done")],
        data={"bulkOperations": {"nodes": [{"id": "<done>"}]}},
        warnings=[
            {
                "path": ["bulkOperations"],
                "query": "made_up:value",
                "parsed": {"field": "made_up", "match_all": "value"},
                "warnings": [
                    {"field": "made_up", "message": "Invalid search field for this query.", "code": "invalid_field"}
                ],
            }
        ],
    ),
    Fact(
        "a time that is none",
        'query { bulkOperations(first: 1, query: "created_at:not-a-date") { nodes { id } } }',
        data=None,
        errors=[
            {
                "message": "Invalid timestamp for query filter `created_at`.",
                "path": ["bulkOperations"],
                "extensions": {"code": "BAD_REQUEST"},
            }
        ],
        cost=3,
    ),
    Fact(
        "a list without a page",
        "query { bulkOperations { nodes { id } } }",
        data=None,
        errors=[{"message": "you must provide one of first or last", "extensions": {"code": "BAD_REQUEST"}}],
        cost=2,
    ),
    Fact(
        "the current operation is the newest of its type",
        "query { query: currentBulkOperation { id } mutation: currentBulkOperation(type: MUTATION) { id } }",
        before=[started("a"), started("b")],
        data={"query": {"id": "<b>"}, "mutation": None},
        cost=2,
    ),
    Fact(
        "an operation is cancelled",
        CANCEL,
        {"id": "<running>"},
        control=HELD,
        before=[started("running")],
        data={"bulkOperationCancel": {"bulkOperation": {"id": "<running>", "status": "CANCELING"}, "userErrors": []}},
        cost=10,
        actual=10,
    ),
    Fact(
        "an operation is cancelled twice",
        CANCEL,
        {"id": "<running>"},
        control=HELD,
        before=[started("running"), Before(CANCEL, {"id": "<running>"})],
        data={"bulkOperationCancel": {"bulkOperation": {"id": "<running>", "status": "CANCELING"}, "userErrors": []}},
    ),
    Fact(
        "an unknown operation is not cancelled",
        CANCEL,
        {"id": "gid://shopify/BulkOperation/1"},
        data={
            "bulkOperationCancel": {
                "bulkOperation": None,
                "userErrors": [user_error("Bulk operation does not exist", "id")],
            }
        },
    ),
    Fact(
        "a finished operation is not cancelled",
        CANCEL,
        {"id": "<done>"},
        before=[started("done")],
        data={
            "bulkOperationCancel": {
                "bulkOperation": {"id": "<done>", "status": "COMPLETED"},
                "userErrors": [user_error("A bulk operation cannot be canceled when it is completed")],
            }
        },
    ),
    Fact(
        "a failed operation is not cancelled",
        CANCEL,
        {"id": "<failed>"},
        control={"faults": {"kind": "bulk_fails"}},
        before=[started("failed")],
        data={
            "bulkOperationCancel": {
                "bulkOperation": {"id": "<failed>", "status": "FAILED"},
                "userErrors": [user_error("A bulk operation cannot be canceled when it is failed")],
            }
        },
        source="inferred",
    ),
]

CATALOGUE_FACTS = [
    Fact(
        "what an export of a catalogue asks for beside the usual",
        "query Q($id: ID!) { product(id: $id) { feedback { summary } variants(first: 1) { nodes { presentmentPrices(first: 2) { nodes { price { amount currencyCode } compareAtPrice { amount } } } inventoryItem { countryHarmonizedSystemCodes(first: 2) { nodes { countryCode } } } } } } }",
        {"id": "<cup>"},
        before=[Before(CREATE, {"product": {"title": "Cup"}}, "cup", "productCreate.product.id")],
        data={
            "product": {
                "feedback": None,
                "variants": {
                    "nodes": [
                        {
                            "presentmentPrices": {
                                "nodes": [{"price": {"amount": "0.0", "currencyCode": "EUR"}, "compareAtPrice": None}]
                            },
                            "inventoryItem": {"countryHarmonizedSystemCodes": {"nodes": []}},
                        }
                    ]
                },
            }
        },
        source="inferred",
    ),
]

UPLOAD_FACTS = [
    Fact(
        "a video needs its size",
        STAGE,
        {"input": [{"resource": "VIDEO", "filename": "clip.mp4", "mimeType": "video/mp4"}]},
        data={
            "stagedUploadsCreate": {
                "stagedTargets": [{"url": None, "resourceUrl": None, "parameters": []}],
                "userErrors": [user_error("file size is required for video resources", "input", 0, "fileSize")],
            }
        },
        cost=11,
        actual=11,
    ),
    Fact(
        "a 3D model needs its size",
        STAGE,
        {"input": [{"resource": "MODEL_3D", "filename": "chair.glb", "mimeType": "model/gltf-binary"}]},
        data={
            "stagedUploadsCreate": {
                "stagedTargets": [{"url": None, "resourceUrl": None, "parameters": []}],
                "userErrors": [user_error("file size is required for 3D model resources", "input", 0, "fileSize")],
            }
        },
        cost=11,
    ),
    Fact(
        "a program is no image",
        STAGE,
        {"input": [{"resource": "IMAGE", "filename": "image.exe", "mimeType": "application/x-msdownload"}]},
        data={
            "stagedUploadsCreate": {
                "stagedTargets": [{"url": None, "resourceUrl": None, "parameters": []}],
                "userErrors": [
                    user_error(
                        "image.exe: (application/x-msdownload) is not a recognized format", "input", 0, "mimeType"
                    )
                ],
            }
        },
        cost=11,
    ),
    Fact(
        "images of the shop are for the admin",
        STAGE,
        {"input": [{"resource": "SHOP_IMAGE", "filename": "logo.png", "mimeType": "image/png"}]},
        data={"stagedUploadsCreate": None},
        errors=[
            {
                "message": "Access denied for stagedUploadsCreate field.",
                "path": ["stagedUploadsCreate"],
                "extensions": {
                    "code": "ACCESS_DENIED",
                    "documentation": "https://shopify.dev/api/usage/access-scopes",
                },
            }
        ],
    ),
    Fact(
        "errors alone cost what every mutation does",
        "mutation S($input: [StagedUploadInput!]!) { stagedUploadsCreate(input: $input) { userErrors { message } } }",
        {"input": [{"resource": "VIDEO", "filename": "clip.mp4", "mimeType": "video/mp4"}]},
        data={"stagedUploadsCreate": {"userErrors": [{"message": "file size is required for video resources"}]}},
        cost=10,
        actual=10,
    ),
]

test_facts = each(QUERY_FACTS + MUTATION_FACTS + READ_FACTS + CATALOGUE_FACTS + UPLOAD_FACTS)

FORM = [
    "Content-Type",
    "success_action_status",
    "acl",
    "key",
    "x-goog-date",
    "x-goog-credential",
    "x-goog-algorithm",
    "x-goog-signature",
    "policy",
]
SIGNED = ["content_type", "acl"]
OLD = ["GoogleAccessId", "key", "policy", "signature"]


@pytest.mark.parametrize(
    ("resource", "method", "folder", "names", "shown"),
    [
        ("BULK_MUTATION_VARIABLES", "POST", "bulk", FORM, False),
        ("BULK_MUTATION_VARIABLES", "PUT", "bulk", SIGNED, False),
        ("URL_REDIRECT_IMPORT", "POST", "redirect_imports", FORM, False),
        ("IMAGE", "POST", "products", FORM, True),
        ("IMAGE", "PUT", "files", SIGNED, True),
        ("FILE", "POST", "files", FORM, True),
        ("FILE", None, "files", SIGNED, True),
        ("RETURN_LABEL", "POST", "return_labels", FORM, True),
        ("DISPUTE_FILE_UPLOAD", "PUT", "payments_file_uploads", SIGNED, True),
        ("VIDEO", "POST", "c/o/v", OLD, False),
        ("MODEL_3D", "POST", "models", OLD, False),
    ],
)
def test_the_target_of_each_resource(shopify_sandbox, resource, method, folder, names, shown):
    entry = {"resource": resource, "filename": "file.png", "mimeType": "image/png", "fileSize": "4096"}
    entry |= {"httpMethod": method} if method else {}
    answer = shopify_sandbox.graphql(STAGE, {"input": [entry]})["data"]["stagedUploadsCreate"]
    assert answer["userErrors"] == []
    (target,) = answer["stagedTargets"]
    assert [row["name"] for row in target["parameters"]] == names
    key = next((row["value"] for row in target["parameters"] if row["name"] == "key"), target["url"])
    assert f"/{folder}/" in f"/{key}"
    assert (f"/{folder}/" in target["resourceUrl"].partition("?")[0]) == (
        shown or method == "PUT" or folder == "models"
    )
    assert ("X-Goog-Expires=604800" in target["url"]) == (names is SIGNED)
    assert ("?" in target["resourceUrl"]) == (not shown and names is not FORM)
