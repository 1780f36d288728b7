"""What Shopify answers about collections: their input, rules and orders."""

from __future__ import annotations

from typing import Any

from facts import Before, Fact, each, user_error

SHOWN = "title handle sortOrder ruleSet { appliedDisjunctively rules { column relation condition } } products(first: 9) { nodes { title } }"
CREATE = f"mutation M($input: CollectionInput!) {{ collectionCreate(input: $input) {{ collection {{ {SHOWN} }} userErrors {{ field message }} }} }}"
MAKE = "mutation M($input: CollectionInput!) { collectionCreate(input: $input) { collection { id } } }"
UPDATE = f"mutation M($input: CollectionInput!) {{ collectionUpdate(input: $input) {{ collection {{ {SHOWN} }} job {{ done }} userErrors {{ field message }} }} }}"
PRODUCT = "mutation M($product: ProductCreateInput!) { productCreate(product: $product) { product { id } } }"
PRICE = 'mutation M($id: ID!, $price: Money!) { productSet(input: {id: $id, productOptions: [{name: "Title", values: [{name: "Default Title"}]}], variants: [{price: $price, optionValues: [{optionName: "Title", name: "Default Title"}]}]}) { userErrors { message } } }'


def product(name: str, title: str, **others: Any) -> Before:
    return Before(PRODUCT, {"product": {"title": title, **others}}, name, "productCreate.product.id")


def goods(price: bool = False) -> list[Before]:
    made = [
        product("oak", "Qx oak board", vendor="Qx Wood", tags=["qx-hard", "qx-new"], productType="Qx board"),
        product("pine", "Qx pine board", vendor="Qx Wood", tags=["qx-soft"], productType="Qx board"),
        product("ash", "Qx ash bowl", vendor="Qx Bowls", tags=["qx-hard"], productType="Qx bowl"),
    ]
    if price:
        made += [
            Before(PRICE, {"id": f"<{name}>", "price": price})
            for name, price in (("oak", "20"), ("pine", "5"), ("ash", "9"))
        ]
    return made


def rule(column: str, relation: str, condition: str) -> dict[str, Any]:
    return {"column": column, "relation": relation, "condition": condition}


def rules(*rows: dict[str, Any], any_of: bool = False) -> dict[str, Any]:
    return {"appliedDisjunctively": any_of, "rules": list(rows)}


def found(what: str, rule_set: dict[str, Any], *titles: str, price: bool = False) -> Fact:
    """What the rules of a collection find."""
    document = "mutation M($input: CollectionInput!) { collectionCreate(input: $input) { collection { products(first: 9, sortKey: TITLE) { nodes { title } } } userErrors { message } } }"
    nodes = [{"title": title} for title in titles]
    return Fact(
        what,
        document,
        {"input": {"title": "Boards", "ruleSet": rule_set}},
        before=goods(price),
        data={"collectionCreate": {"collection": {"products": {"nodes": nodes}}, "userErrors": []}},
        source="official schema",
    )


OAK, PINE, ASH = "Qx oak board", "Qx pine board", "Qx ash bowl"
RULES = [
    found("a title contains words", rules(rule("TITLE", "CONTAINS", "qx")), ASH, OAK, PINE),
    found("a title starts with words", rules(rule("TITLE", "STARTS_WITH", "Qx oak")), OAK),
    found("a title ends with words", rules(rule("TITLE", "ENDS_WITH", "qx pine board")), PINE),
    found("a type is what it is", rules(rule("TYPE", "EQUALS", "qx board")), OAK, PINE),
    found("a tag is one of several", rules(rule("TAG", "EQUALS", "qx-hard")), ASH, OAK),
    found("all rules count", rules(rule("TAG", "EQUALS", "qx-hard"), rule("VENDOR", "EQUALS", "Qx Wood")), OAK),
    found(
        "any rule counts",
        rules(rule("TAG", "EQUALS", "qx-soft"), rule("VENDOR", "EQUALS", "Qx Bowls"), any_of=True),
        ASH,
        PINE,
    ),
    found(
        "a rule may leave out",
        rules(rule("TITLE", "CONTAINS", "qx"), rule("TYPE", "NOT_EQUALS", "Qx bowl")),
        OAK,
        PINE,
    ),
    found(
        "a price is above a limit",
        rules(rule("VARIANT_PRICE", "GREATER_THAN", "9"), rule("TITLE", "CONTAINS", "qx")),
        OAK,
        price=True,
    ),
    found(
        "a price is below a limit",
        rules(rule("VARIANT_PRICE", "LESS_THAN", "9.5"), rule("TITLE", "CONTAINS", "qx")),
        ASH,
        PINE,
        price=True,
    ),
]


def ordered(order: str, *titles: str) -> Fact:
    """The order in which a collection lists its products."""
    given = {"title": "Boards", "sortOrder": order, "products": ["<pine>", "<oak>", "<ash>"]}
    document = "mutation M($input: CollectionInput!) { collectionCreate(input: $input) { collection { products(first: 9) { nodes { title } } } } }"
    nodes = [{"title": title} for title in titles]
    answer = {"collectionCreate": {"collection": {"products": {"nodes": nodes}}}}
    return Fact(
        f"products in the order {order}",
        document,
        {"input": given},
        before=goods(price=True),
        data=answer,
        source="official schema",
    )


ORDERS = [
    ordered("MANUAL", PINE, OAK, ASH),
    ordered("ALPHA_ASC", ASH, OAK, PINE),
    ordered("ALPHA_DESC", PINE, OAK, ASH),
    ordered("PRICE_ASC", PINE, ASH, OAK),
    ordered("PRICE_DESC", OAK, ASH, PINE),
]


def refused(what: str, given: dict[str, Any], *errors: Any) -> Fact:
    answer = {"collectionCreate": {"collection": None, "userErrors": list(errors)}}
    return Fact(what, CREATE, {"input": {"title": "Boards", **given}}, data=answer)


def boards(**others: Any) -> dict[str, Any]:
    plain = {
        "title": "Boards",
        "handle": "boards",
        "sortOrder": "BEST_SELLING",
        "ruleSet": None,
        "products": {"nodes": []},
    }
    return {**plain, **others}


def updated(what: str, first: dict[str, Any], given: dict[str, Any], shown: Any, *errors: Any, job: Any = None) -> Fact:
    answer = {"collectionUpdate": {"collection": shown, "job": job, "userErrors": list(errors)}}
    before = Before(MAKE, {"input": {"title": "Boards", **first}}, "it", "collectionCreate.collection.id")
    return Fact(what, UPDATE, {"input": {"id": "<it>", **given}}, before=[before], data=answer)


HERMES = rules(rule("TITLE", "CONTAINS", "Hermes"))
UPDATED = rules(rule("TITLE", "CONTAINS", "Updated Hermes"))
EMPTY = user_error("Rules cannot be an empty set", "ruleSet", "rules")
INPUT = [
    refused("a collection has a title", {"title": " "}, user_error("Title can't be blank", "title")),
    refused(
        "the title of a collection has 255 characters at most",
        {"title": "x" * 256},
        user_error("Title is too long (maximum is 255 characters)", "title"),
    ),
    refused(
        "a new collection names no id",
        {"id": "gid://shopify/Collection/1"},
        user_error("id cannot be specified on collection creation", "id"),
    ),
    refused(
        "products of a collection exist",
        {"products": ["gid://shopify/Product/999999999999999"]},
        user_error("Product does not exist", "products", 0),
    ),
    refused("a set of rules has rules", {"ruleSet": {"appliedDisjunctively": False}}, EMPTY),
    Fact(
        "an empty list of rules makes a collection without rules",
        CREATE,
        {"input": {"title": "Boards", "ruleSet": rules()}},
        data={"collectionCreate": {"collection": boards(), "userErrors": []}},
    ),
    updated(
        "new rules are applied by a job",
        {"ruleSet": HERMES},
        {"ruleSet": UPDATED},
        boards(ruleSet=UPDATED),
        job={"done": False},
    ),
    updated(
        "another title needs no job", {"ruleSet": HERMES}, {"title": "Planks"}, boards(title="Planks", ruleSet=HERMES)
    ),
    updated(
        "a collection made by hand has no rules",
        {},
        {"ruleSet": HERMES},
        None,
        user_error("Cannot update rule set of a custom collection", "id"),
    ),
    updated("rules can't be taken away", {"ruleSet": HERMES}, {"ruleSet": rules()}, None, EMPTY),
    Fact(
        "a collection that does not exist can't be updated",
        UPDATE,
        {"input": {"id": "gid://shopify/Collection/999999999999", "title": "x"}},
        data={
            "collectionUpdate": {
                "collection": None,
                "job": None,
                "userErrors": [user_error("Collection does not exist")],
            }
        },
    ),
    Fact(
        "a collection that does not exist can't be deleted",
        "mutation M($id: ID!) { collectionDelete(input: {id: $id}) { deletedCollectionId userErrors { field message } } }",
        {"id": "gid://shopify/Collection/999999999999"},
        data={
            "collectionDelete": {
                "deletedCollectionId": None,
                "userErrors": [user_error("Collection does not exist", "id")],
            }
        },
    ),
    Fact(
        "a product knows the collections whose rules find it",
        "query Q($id: ID!, $it: ID!) { product(id: $id) { collections(first: 9) { nodes { title } } inCollection(id: $it) } collection(id: $it) { hasProduct(id: $id) productsCount { count } } }",
        {"id": "<oak>", "it": "<it>"},
        before=[
            goods()[0],
            Before(
                MAKE,
                {"input": {"title": "Hard", "ruleSet": rules(rule("TAG", "EQUALS", "qx-hard"))}},
                "it",
                "collectionCreate.collection.id",
            ),
        ],
        data={
            "product": {"collections": {"nodes": [{"title": "Hard"}]}, "inCollection": True},
            "collection": {"hasProduct": True, "productsCount": {"count": 1}},
        },
        source="official schema",
    ),
]

SOURCED = "mutation M($collection: CollectionCreateInput!) { collectionCreate(collection: $collection) { collection { products(first: 9, sortKey: TITLE) { nodes { title } } } userErrors { field message } } }"


def sourced(what: str, source: dict[str, Any], *titles: str, errors: tuple[Any, ...] = (), price: bool = False) -> Fact:
    """What a source brings into a collection."""
    nodes = {"products": {"nodes": [{"title": title} for title in titles]}}
    answer = {"collectionCreate": {"collection": None if errors else nodes, "userErrors": list(errors)}}
    given = {"title": "Boards", "sources": [source]}
    return Fact(what, SOURCED, {"collection": given}, before=goods(price), data=answer, source="official schema")


def tagged(*tags: str, match: str = "ANY", relation: str = "TAGGED_WITH") -> dict[str, Any]:
    return {"productTag": {"relation": relation, "matchType": match, "values": list(tags)}}


def conditions(*rows: Any, match: str = "ALL", **others: Any) -> dict[str, Any]:
    return {"source": {"title": "Found", "inclusion": {"conditions": list(rows), "matchType": match}, **others}}


SELECTED = {
    "source": {"title": "By hand", "inclusion": {"selections": [{"productId": "<ash>"}, {"productId": "<oak>"}]}}
}
MADE = Before(
    "mutation M($collection: CollectionCreateInput!) { collectionCreate(collection: $collection) { collection { id sources { id } } } }",
    {"collection": {"title": "Hard", "sources": [conditions(tagged("qx-hard"))]}},
    "source",
    "collectionCreate.collection.sources.0.id",
)
FIND = Before('{ collections(first: 1, query: "title:Hard") { nodes { id } } }', {}, "it", "collections.nodes.0.id")
CHANGE = "mutation M($collection: CollectionUpdateInput!) { collectionUpdate(collection: $collection) { collection { products(first: 9, sortKey: TITLE) { nodes { title } } sources { title ... on CollectionConditionsSource { inclusion { matchType conditions { ... on CollectionSourceInclusionConditionProductTag { relation matchType values } } selections(first: 5) { nodes { product { title } } } } } } } userErrors { field message } } }"


def changed(what: str, given: dict[str, Any], titles: list[str], *sources: dict[str, Any]) -> Fact:
    shown = {"products": {"nodes": [{"title": title} for title in titles]}, "sources": list(sources)}
    answer = {"collectionUpdate": {"collection": shown, "userErrors": []}}
    before = [*goods(), MADE, FIND]
    variables = {"collection": {"id": "<it>", **given}}
    return Fact(what, CHANGE, variables, before=before, data=answer, source="official schema")


def source(*titles: str, tags: tuple[str, ...] = ("qx-hard",), name: str = "Found") -> dict[str, Any]:
    row = {"relation": "TAGGED_WITH", "matchType": "ANY", "values": list(tags)}
    selected = {"nodes": [{"product": {"title": title}} for title in titles]}
    return {"title": name, "inclusion": {"matchType": "ALL", "conditions": [row], "selections": selected}}


SOURCES = [
    sourced("products are selected by a source", SELECTED, ASH, OAK),
    sourced("a condition finds products", conditions(tagged("qx-hard")), ASH, OAK),
    sourced("a condition has several values", conditions(tagged("qx-soft", "qx-new")), OAK, PINE),
    sourced("a condition may need all its values", conditions(tagged("qx-hard", "qx-new", match="ALL")), OAK),
    sourced(
        "any condition counts in a source",
        conditions(
            tagged("qx-soft"),
            {"productVendor": {"relation": "EQUALS", "matchType": "ANY", "values": ["Qx Bowls"]}},
            match="ANY",
        ),
        ASH,
        PINE,
    ),
    sourced(
        "a price is compared by a source",
        conditions(
            {"variantPrice": {"relation": "GREATER_THAN", "value": {"amount": "5", "currencyCode": "EUR"}}},
            {"productTitle": {"relation": "CONTAINS", "matchType": "ANY", "values": ["Qx"]}},
        ),
        ASH,
        OAK,
        price=True,
    ),
    sourced(
        "a source leaves out what it excludes",
        conditions(tagged("qx-hard"), exclusion={"selections": [{"productId": "<ash>"}]}),
        OAK,
    ),
    sourced(
        "a source leaves out what its conditions exclude",
        conditions(
            tagged("qx-hard"),
            exclusion={
                "conditions": [{"productType": {"relation": "EQUALS", "matchType": "ANY", "values": ["Qx bowl"]}}]
            },
        ),
        OAK,
    ),
    Fact(
        "a source holds other collections",
        SOURCED,
        {
            "collection": {
                "title": "All",
                "sources": [{"subCollections": {"title": "Others", "collectionIds": ["<it>"]}}],
            }
        },
        before=[*goods(), MADE, FIND],
        data={
            "collectionCreate": {
                "collection": {"products": {"nodes": [{"title": ASH}, {"title": OAK}]}},
                "userErrors": [],
            }
        },
        source="official schema",
    ),
    changed(
        "a source gets products",
        {
            "sourcesToUpdate": [
                {"condition": {"id": "<source>", "inclusion": {"selectionsToAdd": [{"productId": "<pine>"}]}}}
            ]
        },
        [ASH, OAK, PINE],
        source(PINE),
    ),
    changed(
        "a source gets another title",
        {"sourcesToUpdate": [{"condition": {"id": "<source>", "title": "Hard ones"}}]},
        [ASH, OAK],
        source(name="Hard ones"),
    ),
    changed("a source is deleted", {"sourcesToDelete": ["<source>"]}, []),
    changed(
        "a source is added",
        {"sourcesToCreate": [conditions(tagged("qx-soft"))]},
        [ASH, OAK, PINE],
        source(),
        source(tags=("qx-soft",)),
    ),
]

BOARDS = Before(
    MAKE,
    {"input": {"title": "Boards", "sortOrder": "MANUAL", "products": ["<oak>"]}},
    "it",
    "collectionCreate.collection.id",
)
SMART = Before(
    MAKE,
    {"input": {"title": "Boards", "ruleSet": rules(rule("TITLE", "CONTAINS", "qx oak"))}},
    "it",
    "collectionCreate.collection.id",
)
ADD = "mutation M($id: ID!, $ids: [ID!]!) { collectionAddProducts(id: $id, productIds: $ids) { collection { products(first: 9) { nodes { title } } } userErrors { field message } } }"
ADD_LATER = "mutation M($id: ID!, $ids: [ID!]!) { collectionAddProductsV2(id: $id, productIds: $ids) { job { done } userErrors { field message code } } }"
REMOVE = "mutation M($id: ID!, $ids: [ID!]!) { collectionRemoveProducts(id: $id, productIds: $ids) { job { done } userErrors { field message } } }"
MOVE = "mutation M($id: ID!, $moves: [MoveInput!]!) { collectionReorderProducts(id: $id, moves: $moves) { job { done } userErrors { field message } } }"
LISTED = "query Q($id: ID!) { collection(id: $id) { products(first: 9) { nodes { title } } } }"
GROWN = Before(ADD, {"id": "<it>", "ids": ["<pine>", "<ash>"]})


def by_hand(what: str, document: str, given: dict[str, Any], answer: Any, *before: Before) -> Fact:
    name = document.split("{ ")[1].partition("(")[0]
    return Fact(what, document, {"id": "<it>", **given}, before=[*goods(), *before], data={name: answer})


def listed(what: str, *titles: str, before: tuple[Before, ...], source: str = "seen on a live store") -> Fact:
    nodes = {"products": {"nodes": [{"title": title} for title in titles]}}
    return Fact(what, LISTED, {"id": "<it>"}, before=[*goods(), *before], data={"collection": nodes}, source=source)


WAITING: dict[str, Any] = {"job": {"done": False}, "userErrors": []}
FIRST_ASH = {"moves": [{"id": "<ash>", "newPosition": "0"}]}
BY_HAND = [
    by_hand(
        "products are added at the end, once",
        ADD,
        {"ids": ["<pine>", "<oak>", "<pine>"]},
        {"collection": {"products": {"nodes": [{"title": OAK}, {"title": PINE}]}}, "userErrors": []},
        BOARDS,
    ),
    by_hand("products are added by a job", ADD_LATER, {"ids": ["<pine>"]}, WAITING, BOARDS),
    by_hand(
        "rules keep products from being added",
        ADD_LATER,
        {"ids": ["<pine>"]},
        {
            "job": None,
            "userErrors": [
                user_error(
                    "Can't manually add products to a smart collection", "id", code="CANT_ADD_TO_SMART_COLLECTION"
                )
            ],
        },
        SMART,
    ),
    by_hand(
        "rules keep products from being taken out",
        REMOVE,
        {"ids": ["<oak>"]},
        {"job": None, "userErrors": [user_error("Can't manually remove products from a smart collection", "id")]},
        SMART,
    ),
    listed(
        "products are taken out",
        ASH,
        before=(BOARDS, GROWN, Before(REMOVE, {"id": "<it>", "ids": ["<oak>", "<pine>"]})),
    ),
    by_hand("products are moved by a job", MOVE, FIRST_ASH, WAITING, BOARDS, GROWN),
    listed(
        "products are in the order of the moves",
        ASH,
        OAK,
        PINE,
        before=(BOARDS, GROWN, Before(MOVE, {"id": "<it>", **FIRST_ASH})),
    ),
    by_hand(
        "only a manual order can be changed",
        MOVE,
        {"moves": [{"id": "<oak>", "newPosition": "0"}]},
        {
            "job": None,
            "userErrors": [user_error("Can't reorder products unless collection is manually sorted", "id")],
        },
        SMART,
    ),
]

HANDLES = [
    Fact(
        "a taken handle that ends in a number counts on",
        "mutation M($input: CollectionInput!) { collectionCreate(input: $input) { collection { handle } } }",
        {"input": {"title": "Numbered 41"}},
        before=[Before(MAKE, {"input": {"title": "Numbered 41"}})],
        data={"collectionCreate": {"collection": {"handle": "numbered-42"}}},
    )
]

test_facts = each([*HANDLES, *INPUT, *RULES, *ORDERS, *SOURCES, *BY_HAND])
