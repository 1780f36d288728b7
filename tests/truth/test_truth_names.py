"""Official names that the sandbox does not model, ids of all types, pages and lists that are too long."""

from __future__ import annotations

from typing import Any

from facts import Before, Fact, each

OFFICIAL = "official schema"
MODEL = "GET /__sandbox__/model lists what is"


def not_modelled(what: str, document: str, names: str, variables: dict[str, Any] | None = None) -> Fact:
    """Return the fact that an official document gets one error that names what is not modelled."""
    message = f"{names} not modelled by the sandbox; {MODEL}"
    error = {"message": message, "extensions": {"code": "NOT_MODELLED"}}
    return Fact(what, document, variables or {}, data=None, errors=[error], source=OFFICIAL)


SESSIONS = "cashTrackingSessions(first: 1) { nodes { id } }"
UNKNOWN = {"code": "undefinedField", "typeName": "Shop", "fieldName": "nme"}

NAMES = [
    not_modelled("an official query", f"{{ {SESSIONS} }}", "QueryRoot.cashTrackingSessions is"),
    not_modelled(
        "an official mutation",
        'mutation { carrierServiceDelete(id: "gid://shopify/DeliveryCarrierService/1") { deletedId } }',
        "Mutation.carrierServiceDelete is",
    ),
    not_modelled("an official field", "{ shop { name navigationSettings { id } } }", "Shop.navigationSettings is"),
    not_modelled(
        "an official type in a fragment",
        'query { node(id: "gid://shopify/CashTrackingSession/1") { ... on CashTrackingSession { id } } }',
        "CashTrackingSession is",
    ),
    not_modelled(
        "all names at once, each once",
        "mutation M($i: DeliveryCarrierServiceCreateInput!) { "
        "carrierServiceCreate(input: $i) { userErrors { message } } "
        "again: carrierServiceCreate(input: $i) { userErrors { message } } "
        'carrierServiceDelete(id: "gid://shopify/DeliveryCarrierService/1") { deletedId } }',
        "DeliveryCarrierServiceCreateInput, Mutation.carrierServiceCreate and Mutation.carrierServiceDelete are",
        {
            "i": {
                "name": "x",
                "callbackUrl": "https://example.com/rates",
                "supportsServiceDiscovery": True,
                "active": True,
            }
        },
    ),
    Fact(
        "what does not exist comes first",
        f"{{ {SESSIONS} shop {{ nme }} }}",
        data=None,
        errors=[{"message": "Field 'nme' doesn't exist on type 'Shop'", "extensions": UNKNOWN}],
    ),
    Fact(
        "variables that do not fit come first",
        "query Q($n: Int!) { cashTrackingSessions(first: $n) { nodes { id } } }",
        {"n": "x"},
        data=None,
        errors=[{"message": "Variable $n of type Int! was provided invalid value"}],
    ),
    Fact(
        "an unknown argument of an official field that is not modelled",
        "query Q { cashTrackingSessions(frist: 1) { nodes { id } } }",
        data=None,
        errors=[{"message": "Field 'cashTrackingSessions' doesn't accept argument 'frist'"}],
    ),
]


def wrong_id(gid: str, path: list[Any]) -> dict[str, Any]:
    return {"message": f"Invalid id: {gid}", "path": path, "extensions": {"code": "RESOURCE_NOT_FOUND"}}


PRODUCT = Before(
    'mutation { productCreate(product: {title: "Cup"}) { product { id } } }',
    name="cup",
    path="productCreate.product.id",
)
SESSION = "gid://shopify/CashTrackingSession/1"

NODES = [
    Fact(
        "a node by its id, and null for an id that leads nowhere, whether or not its type is modelled",
        "query Q($ids: [ID!]!) { nodes(ids: $ids) { id __typename } }",
        {"ids": ["<cup>", "gid://shopify/Product/1", SESSION]},
        before=[PRODUCT],
        data={"nodes": [{"id": "<cup>", "__typename": "Product"}, None, None]},
    ),
    Fact(
        "an official type that is not modelled",
        "query Q($id: ID!) { node(id: $id) { id } }",
        {"id": SESSION},
        data={"node": None},
    ),
    *[
        Fact(
            f"the type {kind} of no node",
            "query Q($id: ID!) { node(id: $id) { id } }",
            {"id": f"gid://shopify/{kind}/1"},
            data={"node": None},
            errors=[wrong_id(f"gid://shopify/{kind}/1", ["node"])],
        )
        for kind in ("Nothing", "Job", "Count", "Node", "CustomerInput")
    ],
]

WRONG = [
    Fact(
        "an id of a type that is not among those of the field",
        "query Q($id: ID!) { productOperation(id: $id) { __typename } }",
        {"id": "gid://shopify/Product/1"},
        data={"productOperation": None},
        errors=[wrong_id("gid://shopify/Product/1", ["productOperation"])],
        source="inferred",
    ),
    Fact(
        "an unknown id of one of the types of a field",
        "query Q($id: ID!) { productOperation(id: $id) { __typename } }",
        {"id": "gid://shopify/ProductSetOperation/1"},
        data={"productOperation": None},
        source="inferred",
    ),
]

FIRST = Before("{ products(first: 1) { pageInfo { endCursor } } }", name="end", path="products.pageInfo.endCursor")
NEXT = (
    "query Q($after: String, $query: String) { "
    "products(first: 1, after: $after, query: $query) { nodes { __typename } } }"
)

PAGES = [
    *[
        Fact(
            f"the second page names the search {search!r} where the first named none",
            NEXT,
            {"after": "<end>", "query": search},
            before=[FIRST],
            data={"products": {"nodes": [{"__typename": "Product"}]}},
        )
        for search in (None, "")
    ],
    Fact(
        "the second page of another search",
        NEXT,
        {"after": "<end>", "query": "title:x"},
        before=[FIRST],
        errors=[{"message": "Malformed cursor", "extensions": {"code": "BAD_REQUEST"}}],
        source="inferred",
    ),
]


def too_long(size: int, *path: str) -> dict[str, Any]:
    return {
        "message": f"The input array size of {size} is greater than the maximum allowed of 250.",
        "path": list(path),
        "extensions": {"code": "MAX_INPUT_SIZE_EXCEEDED"},
    }


UPDATE = "productUpdate(product: $p) { product { id } }"
SIZES = [
    Fact(
        "too many tags: nothing is run, there is no data, and the cost is taken",
        f"mutation M($p: ProductUpdateInput) {{\n  {UPDATE}\n}}",
        {"p": {"tags": ["x"] * 251}},
        data=None,
        errors=[{**too_long(251, "productUpdate", "product", "tags"), "locations": [{"line": 2, "column": 3}]}],
        cost=10,
    ),
    Fact(
        "two lists that are too long in two mutations, and one that is not",
        f'mutation M($p: ProductUpdateInput) {{ a: {UPDATE} b: {UPDATE} tagsAdd(id: "gid://shopify/Product/1", '
        'tags: ["x"]) { userErrors { message } } }',
        {"p": {"tags": ["x"] * 251}},
        data=None,
        errors=[too_long(251, "a", "product", "tags"), too_long(251, "b", "product", "tags")],
        cost=30,
    ),
    Fact(
        "a list within a list has no place in the path",
        "mutation M($id: ID!, $v: [ProductVariantsBulkInput!]!) { "
        "productVariantsBulkUpdate(productId: $id, variants: $v) { userErrors { message } } }",
        {"id": "gid://shopify/Product/1", "v": [{"optionValues": [{"name": "x"}] * 251}]},
        data=None,
        errors=[too_long(251, "productVariantsBulkUpdate", "variants", "optionValues")],
    ),
    Fact(
        "too many ids of a query",
        "query Q($ids: [ID!]!) { nodes(ids: $ids) { id } }",
        {"ids": ["gid://shopify/Product/1"] * 251},
        data=None,
        errors=[too_long(251, "nodes", "ids")],
        source="inferred",
    ),
]

test_names = each(NAMES)
test_nodes = each(NODES)
test_wrong_ids = each(WRONG)
test_pages = each(PAGES)
test_sizes = each(SIZES)
