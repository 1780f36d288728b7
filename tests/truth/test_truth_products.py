"""What Shopify answers about products."""

from __future__ import annotations

from facts import Before, Fact, each, user_error

CREATE = "mutation M($product: ProductCreateInput!) { productCreate(product: $product) { product { id handle } userErrors { field message } } }"
CUP = Before(CREATE, {"product": {"title": "Cup"}}, "cup", "productCreate.product.id")

FACTS = [
    Fact(
        "the handle follows from the title",
        CREATE,
        {"product": {"title": "Grüne Tasse"}},
        data=...,
        cost=10,
    ),
    Fact(
        "a title is required",
        CREATE,
        {"product": {"title": " "}},
        data={"productCreate": {"product": None, "userErrors": [user_error("Title can't be blank", "title")]}},
        cost=10,
        actual=10,
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
]

test_facts = each(FACTS)
