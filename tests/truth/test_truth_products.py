"""What Shopify answers about products."""

from __future__ import annotations

from typing import Any

from facts import Before, Fact, each, user_error

CREATE = "mutation M($product: ProductCreateInput!) { productCreate(product: $product) { product { id handle } userErrors { field message } } }"
UPDATE = "mutation M($product: ProductUpdateInput!) { productUpdate(product: $product) { product { title handle tags } userErrors { field message } } }"
HANDLE = "mutation M($product: ProductCreateInput!) { productCreate(product: $product) { product { handle } userErrors { field message } } }"
CUP = Before(CREATE, {"product": {"title": "Cup"}}, "cup", "productCreate.product.id")
LONG = "x" * 256


def handle(what: str, given: dict[str, Any], made: str, *before: dict[str, Any]) -> Fact:
    """The handle that a new product gets."""
    steps = [Before(CREATE, {"product": product}) for product in before]
    answer = {"productCreate": {"product": {"handle": made}, "userErrors": []}}
    return Fact(what, HANDLE, {"product": given}, before=steps, data=answer, cost=10)


def refused(what: str, given: dict[str, Any], *errors: dict[str, Any], before: tuple[Before, ...] = ()) -> Fact:
    answer = {"productCreate": {"product": None, "userErrors": list(errors)}}
    return Fact(what, CREATE, {"product": given}, before=before, data=answer, cost=10)


def updated(what: str, given: dict[str, Any], *errors: dict[str, Any], **shown: Any) -> Fact:
    """An update of a product that is called Cup; where it is refused, the product is shown as it is."""
    product = {"title": "Cup", "handle": "cup", "tags": [], **shown}
    answer = {"productUpdate": {"product": product, "userErrors": list(errors)}}
    return Fact(what, UPDATE, {"product": {"id": "<cup>", **given}}, before=[CUP], data=answer, cost=10)


def too_long(label: str, member: str) -> dict[str, Any]:
    return user_error(f"{label} is too long (maximum is 255 characters)", member)


MUG = Before(CREATE, {"product": {"title": "Mug"}})
TAKEN = "Handle '  MUG ' already in use. Please provide a new handle."
BLIND, WRITTEN = "whatever its case", "as it is written"
FACTS = [
    Fact("the handle follows from the title", CREATE, {"product": {"title": "Grüne Tasse"}}, data=..., cost=10),
    handle(
        "a handle keeps letters of any alphabet",
        {"title": "T", "handle": "  Mixed CASE / 東京 100 % "},
        "mixed-case-東京-100",
    ),
    handle("a handle without letters becomes product", {"title": "T", "handle": "%%%"}, "product"),
    handle(
        "a second handle without letters gets a number",
        {"title": "T", "handle": "%%%"},
        "product-1",
        {"title": "S", "handle": "!"},
    ),
    handle("a taken handle gets a number", {"title": "Cup"}, "cup-1", {"title": "Cup"}),
    handle("a taken handle that ends in a number counts on", {"title": "Cup 19"}, "cup-20", {"title": "Cup 19"}),
    handle("words that are routes elsewhere are free", {"title": "T", "handle": "admin"}, "admin"),
    refused("a title is required", {"title": " "}, user_error("Title can't be blank", "title")),
    refused("a title has 255 characters at most", {"title": LONG}, too_long("Title", "title")),
    refused("a vendor has 255 characters at most", {"title": "T", "vendor": LONG}, too_long("Vendor", "vendor")),
    refused(
        "a product type that is too long is told twice",
        {"title": "T", "productType": LONG},
        too_long("Product type", "productType"),
        too_long("Custom product type", "customProductType"),
    ),
    refused("a handle has 255 characters at most", {"title": "T", "handle": LONG}, too_long("Handle", "handle")),
    refused(
        "a handle that is asked for must be free",
        {"title": "T", "handle": "  MUG "},
        user_error(TAKEN, "input", "handle"),
        before=(MUG,),
    ),
    refused(
        "the name of an option has no slash between blanks",
        {"title": "T", "productOptions": [{"name": "Color / Shade", "values": [{"name": "Red"}]}]},
        user_error('Name cannot contain the character sequence " / "', "options"),
    ),
    Fact(
        "a new product names no id, whatever else is wrong",
        "mutation M($input: ProductInput!) { productCreate(input: $input) { product { id } userErrors { field message } } }",
        {"input": {"id": "gid://shopify/Product/1", "title": ""}},
        data={
            "productCreate": {
                "product": None,
                "userErrors": [user_error("id cannot be specified during creation", "input")],
            }
        },
        cost=10,
    ),
    handle(
        "unknown collections are passed over",
        {"title": "Cup", "collectionsToJoin": ["gid://shopify/Collection/999999999"]},
        "cup",
    ),
    updated("a handle is cleaned in an update", {"handle": "  Updated / 大阪 200 % "}, handle="updated-大阪-200"),
    updated("a title of its own leaves the handle", {"title": "Mug"}, title="Mug"),
    updated("a blank handle is made of the title", {"handle": "   "}),
    updated("a handle without letters becomes product in an update", {"handle": "%%%"}, handle="product"),
    updated(
        "tags are trimmed, and told apart without case",
        {"tags": [" Red ", "red", " big   sale "]},
        tags=["big   sale", "Red"],
    ),
    updated("a blank title is refused", {"title": ""}, user_error("Title can't be blank", "title")),
    updated("a tag has 255 characters at most", {"tags": [LONG]}, user_error("Product tags is invalid", "tags")),
    updated("a longer handle is refused in an update", {"handle": LONG}, too_long("Handle", "handle")),
    Fact(
        "a taken handle is refused in an update",
        UPDATE,
        {"product": {"id": "<cup>", "handle": "  MUG "}},
        before=[CUP, MUG],
        data={
            "productUpdate": {
                "product": {"title": "Cup", "handle": "cup", "tags": []},
                "userErrors": [user_error(TAKEN, "input", "handle")],
            }
        },
        cost=10,
    ),
    Fact(
        "a handle is made of the title again where it is blanked",
        UPDATE,
        {"product": {"id": "<cup>", "handle": "   "}},
        before=[CUP, Before(UPDATE, {"product": {"id": "<cup>", "handle": "other"}})],
        data={"productUpdate": {"product": {"title": "Cup", "handle": "cup", "tags": []}, "userErrors": []}},
    ),
    Fact(
        "a blank title takes nothing away",
        "query Q($id: ID!) { product(id: $id) { title onlineStoreUrl } }",
        {"id": "<cup>"},
        before=[CUP, Before(UPDATE, {"product": {"id": "<cup>", "title": ""}})],
        data={"product": {"title": "Cup", "onlineStoreUrl": None}},
    ),
    Fact(
        "the values of an option are those of variants",
        "query Q($id: ID!) { product(id: $id) { options { values optionValues { name hasVariants } } } }",
        {"id": "<cup>"},
        before=[
            Before(
                CREATE,
                {
                    "product": {
                        "title": "Cup",
                        "productOptions": [{"name": "Color", "values": [{"name": "Red"}, {"name": "Blue"}]}],
                    }
                },
                "cup",
                "productCreate.product.id",
            )
        ],
        data={
            "product": {
                "options": [
                    {
                        "values": ["Red"],
                        "optionValues": [{"name": "Red", "hasVariants": True}, {"name": "Blue", "hasVariants": False}],
                    }
                ]
            }
        },
    ),
    Fact(
        "a deleted product is found no more",
        "query Q($id: ID!) { product(id: $id) { id } }",
        {"id": "<cup>"},
        before=[
            CUP,
            Before("mutation M($id: ID!) { productDelete(input: {id: $id}) { deletedProductId } }", {"id": "<cup>"}),
        ],
        data={"product": None},
        cost=1,
    ),
    *(
        Fact(
            f"{name} asks for a type that has tags, not for {kind}",
            f'mutation M($id: ID!) {{ {name}(id: $id, tags: ["x"]) {{ node {{ id }} userErrors {{ field message }} }} }}',
            {"id": f"gid://shopify/{kind}/1"},
            data={name: None},
            errors=[{"message": "invalid id", "path": [name], "extensions": {"code": "RESOURCE_NOT_FOUND"}}],
        )
        for name in ("tagsAdd", "tagsRemove")
        for kind in ("Unknown", "Location")
    ),
    *(
        Fact(
            f"{kind}: a tag is taken off {how}",
            f'mutation M($id: ID!) {{ tagsRemove(id: $id, tags: ["red"]) {{ node {{ ... on {kind} {{ tags }} }} userErrors {{ message }} }} }}',
            {"id": "<it>"},
            before=[
                Before(document, {}, "it", path),
                Before(
                    'mutation M($id: ID!) { tagsAdd(id: $id, tags: "Red, blue") { userErrors { message } } }',
                    {"id": "<it>"},
                ),
            ],
            data={"tagsRemove": {"node": {"tags": tags}, "userErrors": []}},
        )
        for kind, how, tags, document, path in (
            (
                "Product",
                BLIND,
                ["blue"],
                'mutation M { productCreate(product: {title: "Cup"}) { product { id } } }',
                "productCreate.product.id",
            ),
            (
                "Customer",
                BLIND,
                ["blue"],
                'mutation M { customerCreate(input: {firstName: "Ada"}) { customer { id } } }',
                "customerCreate.customer.id",
            ),
            (
                "DraftOrder",
                WRITTEN,
                ["blue", "Red"],
                'mutation M { draftOrderCreate(input: {lineItems: [{title: "Cup", quantity: 1, originalUnitPriceWithCurrency: {amount: "1", currencyCode: EUR}}]}) { draftOrder { id } } }',
                "draftOrderCreate.draftOrder.id",
            ),
        )
    ),
]


def test_each_product_has_a_preview(shopify_sandbox: Any) -> None:
    answer = shopify_sandbox.graphql("{ products(first: 250) { nodes { onlineStorePreviewUrl } } }")
    addresses = [node["onlineStorePreviewUrl"] for node in answer["data"]["products"]["nodes"]]
    assert addresses
    assert all(".shopifypreview.com/products_preview?preview_key=" in address for address in addresses)


test_facts = each(FACTS)
