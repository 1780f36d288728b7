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

test_facts = each([*INPUT, *RULES, *ORDERS])
