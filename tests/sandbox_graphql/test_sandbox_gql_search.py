"""The search syntax: what is found, what is ignored with a warning, and that nothing breaks it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from atom_shopify_plugin.sandbox.search import And, Expression, Not, Or, Term, parse


def word(value: str, field: str | None = None, op: str = ":") -> Term:
    return Term(field, op, value)


def phrase(value: str, field: str | None = None, op: str = ":") -> Term:
    return Term(field, op, value, quoted=True)


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("", None),
        ("mug", word("mug")),
        ("blue mug", And((word("blue"), word("mug")))),
        ("bob OR norman AND Shopify", And((Or((word("bob"), word("norman"))), word("Shopify")))),
        ("a b OR c", And((word("a"), Or((word("b"), word("c")))))),
        ("(a b) OR c", Or((And((word("a"), word("b"))), word("c")))),
        ("NOT a", Not(word("a"))),
        ("-tag:vip x", And((Not(word("vip", "tag")), word("x")))),
        ('title:"a \\"b\\" c"', phrase('a "b" c', "title")),
        ("sku:'it\\'s'", phrase("it's", "sku")),
        ("created_at:>='2026-01-01T00:00:00Z'", phrase("2026-01-01T00:00:00Z", "created_at", ":>=")),
        ("created_at:>=2026-01-01T00:00:00Z", And((word("2026-01-01T00", "created_at", ":>="), word("00Z", "00")))),
        ("created_at:2026-01-01T00\\:30", word("2026-01-01T00:30", "created_at")),
        ("customer_date: >='2024-01-01'", phrase("2024-01-01", "customer_date", ":>=")),
        ("a or b", And((word("a"), word("or"), word("b")))),
        ("NOTa", word("NOTa")),
        ("- a", And((word("-"), word("a")))),
        ("a -(b OR c)", And((word("a"), Not(Or((word("b"), word("c"))))))),
        ("title:D'Addario*", Term("title", ":", "D'Addario", prefix=True)),
        ("metafields.$app.tier:gold", word("gold", "metafields.$app.tier")),
        ("metafields.app--1.tier:>5", word("5", "metafields.app--1.tier", ":>")),
        ("tag:(vip", word("(vip", "tag")),
        ("(vip", word("vip")),
        ("tag:vip OR", word("vip", "tag")),
        ("email:*", word("*", "email")),
        ("*", word("*")),
        ("a::b", And((word("a"), word("b")))),
        ("title:", word("title")),
        ("total: > 5", word("5", "total", ":>")),
        ("mu*", Term(None, ":", "mu", prefix=True)),
        ("mu\\*", word("mu*")),
        ('"OR"', phrase("OR")),
        ("a AND", word("a")),
        ("OR a", word("a")),
        (") a (", word("a")),
        ("email:ada@example.com", word("ada@example.com", "email")),
        ("name:#1001", word("#1001", "name")),
    ],
)
def test_a_text_means(text: str, tree: Expression | None) -> None:
    assert parse(text) == tree


def quoted(value: str) -> str:
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


@given(st.text())
def test_no_text_breaks_the_parser(text: str) -> None:
    parse(text)


@given(st.text(st.sampled_from("abOR AND NOT-():\"'\\*<>=")))
def test_no_mix_of_signs_breaks_the_parser(text: str) -> None:
    parse(text)


@given(st.text(min_size=1))
def test_a_quoted_value_comes_back_as_it_was(value: str) -> None:
    assert parse(f"title:{quoted(value)}") == phrase(value, "title")


def test_deep_nesting_ends(shop: Any) -> None:
    assert parse("(" * 5000 + "a" + ")" * 5000) in (None, word("a"))


def titles(shop: Any, query: str) -> set[str]:
    found = shop.data("query S($q: String) { products(first: 50, query: $q) { nodes { title } } }", {"q": query})
    return {node["title"] for node in found["products"]["nodes"]}


def orders(shop: Any, query: str) -> list[str]:
    found = shop.data(
        "query S($q: String) { orders(first: 50, query: $q, sortKey: ID) { nodes { name } } }", {"q": query}
    )
    return [node["name"] for node in found["orders"]["nodes"]]


def test_products_are_found_by_word_field_and_prefix(shop: Any) -> None:
    assert titles(shop, "mug") == {"Mug", "Coastal Mug"}
    assert titles(shop, "handle:mug") == {"Mug"}
    assert titles(shop, "sku:MUG-BLUE") == titles(shop, "sku:mug-blue") == {"Mug"}
    assert titles(shop, "title:coast*") >= {"Coastal Mug"}
    assert titles(shop, "title:oastal") == set()
    assert titles(shop, "vendor:Atelier -title:bowl") == {"Mug", "Coastal Mug"}
    assert titles(shop, "title:mug OR product_type:Pantry") > {"Mug", "Coastal Mug"}
    assert titles(shop, "status:active title:mug") == {"Mug", "Coastal Mug"}
    assert titles(shop, "status:draft,archived title:mug") == set()


def test_orders_are_found_by_name_status_customer_and_time(shop: Any) -> None:
    assert orders(shop, "name:#1001") == orders(shop, "name:1001") == ["#1001"]
    assert orders(shop, "name:#1001 OR name:#1002") == ["#1001", "#1002"]
    assert orders(shop, "financial_status:paid name:1001") == ["#1001"]
    assert orders(shop, "financial_status:unpaid name:1002") == ["#1002"]
    assert orders(shop, "fulfillment_status:unfulfilled status:open name:1001") == ["#1001"]
    assert "#1001" in orders(shop, "email:ada@example.com")
    assert orders(shop, "created_at:>=2030-01-01") == []
    created = shop.data('{ orders(first: 1, query: "name:1001") { nodes { createdAt } } }')["orders"]["nodes"][0][
        "createdAt"
    ]
    assert orders(shop, f'created_at:>="{created}" created_at:<="{created}"') == ["#1001"]
    day = created[:10]
    assert "#1001" in orders(shop, f"created_at:{day}")
    assert "#1001" not in orders(shop, f"created_at:>{day}")


def test_ranges_over_ids_and_money(shop: Any) -> None:
    numbers = [
        int(node["id"].rpartition("/")[2])
        for node in shop.data("{ products(first: 50) { nodes { id } } }")["products"]["nodes"]
    ]
    assert len(titles(shop, f"id:>{numbers[2]} id:<={numbers[5]}")) == 3
    assert len(titles(shop, f"id:{numbers[0]} OR id:{numbers[1]}")) == 2
    assert "Mug" in titles(shop, "price:12")


def test_an_unknown_field_is_ignored_with_a_warning(shop: Any) -> None:
    answer = shop.ask('{ products(first: 50, query: "titel:mug") { nodes { id } } }')
    assert len(answer["data"]["products"]["nodes"]) == 12
    assert answer["extensions"]["search"] == [
        {
            "path": ["products"],
            "query": "titel:mug",
            "parsed": {"field": "titel", "match_all": "mug"},
            "warnings": [
                {"field": "titel", "message": "Invalid search field for this query.", "code": "invalid_field"}
            ],
        }
    ]


@pytest.mark.parametrize("query", ["status:gone", "created_at:yesterdayish", "orders:1", "title:>mug"])
def test_a_search_that_draws_a_warning_says_how_it_was_understood(shop: Any, query: str) -> None:
    answer = shop.ask("query S($q: String) { products(first: 50, query: $q) { nodes { id } } }", {"q": query})
    (search,) = answer["extensions"]["search"]
    assert search["query"] == query
    assert search["parsed"]["field"] == search["warnings"][0]["field"]


def test_a_field_that_shopify_knows_and_the_sandbox_does_not_is_an_error(shop: Any) -> None:
    error = shop.error('{ products(first: 1, query: "error_feedback:x") { nodes { id } } }')
    assert error["extensions"] == {"code": "NOT_MODELLED"}


def test_a_known_search_has_no_warning(shop: Any) -> None:
    assert "extensions" not in shop.ask('{ products(first: 1, query: "title:mug") { nodes { id } } }')


@pytest.mark.parametrize(
    ("indexed", "walked"),
    [
        ("sku:MUG-BLUE", "sku:MUG-BLUE*"),
        ("handle:mug OR handle:classic-bowl", "handle:mug* OR handle:classic-bowl*"),
        ("sku:MUG-BLUE OR vendor:Lumen", "sku:MUG-BLUE* OR vendor:Lumen"),
        ("vendor:Lumen sku:MUG-BLUE", "vendor:Lumen sku:MUG-BLUE*"),
        ("NOT sku:MUG-BLUE", "NOT sku:MUG-BLUE*"),
        ("-handle:mug vendor:Atelier", "-sku:MUG-BLUE* vendor:Atelier"),
        ("handle:mug titel:x", "handle:mug* titel:x"),
    ],
)
def test_an_index_finds_what_a_walk_finds(shop: Any, indexed: str, walked: str) -> None:
    assert titles(shop, indexed) == titles(shop, walked)
