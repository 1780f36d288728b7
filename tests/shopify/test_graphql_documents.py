from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from atom_shopify_plugin.errors import Misconfigured
from atom_shopify_plugin.shopify.documents import Documents, snake
from atom_shopify_plugin.shopify.naming import Ids


def load(folder: Path, **files: str) -> Documents:
    for name, text in files.items():
        (folder / f"{name}.graphql").write_text(text)
    return Documents.load(folder)


def test_a_document_holds_just_its_own_fragments_however_deep(tmp_path: Path) -> None:
    documents = load(
        tmp_path,
        common="fragment Money on MoneyBag { amount }  fragment Unused on Shop { id }",
        orders="query OrderGet($id: ID!) { order(id: $id) { ...Order } } query Other { shop { name } }\n"
        "fragment Order on Order { id total { ...Money } }",
    )
    text = documents.get("OrderGet").text
    assert "fragment Order " in text
    assert "fragment Money " in text
    assert "Unused" not in text
    assert "query Other" not in text
    assert documents.names == ("Other", "OrderGet") or documents.names == ("OrderGet", "Other")


def test_a_mutation_asks_for_its_user_errors(tmp_path: Path) -> None:
    documents = load(
        tmp_path,
        a="mutation Cancel($id: ID!) { orderCancel(orderId: $id, restock: true, reason: STAFF) { job { id } } }\n"
        "mutation Tag($id: ID!) { tagsAdd(id: $id, tags: []) }\n"
        "mutation Own($id: ID!) { tagsAdd(id: $id, tags: []) { userErrors { message } } }\n"
        "query Ask { shop { name } }",
    )
    cancel = documents.get("Cancel").text
    assert "orderCancelUserErrors {\n      field\n      message\n      code\n" in cancel.replace(
        "order_cancel_user_errors: ", ""
    )
    assert "userErrors {\n" not in cancel  # Shopify has deprecated it
    assert "user_errors: userErrors {\n      field\n      message\n    }" in documents.get("Tag").text
    assert documents.get("Own").text.count("userErrors") == 1
    assert "rrors" not in documents.get("Ask").text


def test_a_list_asks_whether_there_is_more(tmp_path: Path) -> None:
    documents = load(
        tmp_path,
        a="query List($first: Int!, $after: String) { tags(first: $first, after: $after) { nodes { id } } }\n"
        "query One($tag_after: String) { tags(first: 1, after: $tag_after) { nodes { id } } }",
    )
    assert "pageInfo {\n      has_next_page: hasNextPage\n      end_cursor: endCursor" in documents.get("List").text
    assert "pageInfo" not in documents.get("One").text  # it asks for one thing of the list, by a cursor of its own


def test_a_document_knows_what_it_takes_and_gives(tmp_path: Path) -> None:
    document = load(
        tmp_path,
        a="""
        mutation StockSet($input: I!, $idempotency_key: String!, $note: String = "a } {", $page_first: Int! = 5) {
          inventorySetQuantities(input: $input, note: $note) @idempotent(key: $idempotency_key) {
            group: inventoryAdjustmentGroup { id changes(first: $page_first) { nodes { name } } }
            userErrors { field message }
          }
          shopNow: shop { id }
        }
        """,
    ).get("StockSet")
    assert document.kind == "mutation"
    assert document.variables == {"input", "idempotency_key", "note", "page_first"}
    assert document.required == {"input", "idempotency_key"}
    assert document.idempotent
    assert document.page_sizes == ("page_first",)
    assert document.root_fields == ("inventory_set_quantities", "shop_now")


@pytest.mark.parametrize(
    ("selection", "asked"),
    [
        ("shop { productType }", "shop { product_type: productType }"),
        ("shop { kindOf: productType }", "shop { kind_of: productType }"),
        ("shop { kind: productType }", "shop { kind: productType }"),
        ("shop { __typename id }", "shop { __typename id }"),
        (
            "shop { ... on Shop { priceV2 @skip(if: $no) } }",
            "shop { ... on Shop { price_v2: priceV2 @skip(if: $no) } }",
        ),
    ],
)
def test_each_field_is_asked_for_under_its_name_in_snake_case(tmp_path: Path, selection: str, asked: str) -> None:
    document = load(tmp_path, a=f"query A($no: Boolean!) {{ {selection} }}").get("A")
    assert " ".join(document.text.split()) == f"query A($no: Boolean!) {{ {asked} }}"


def test_the_places_of_ids_are_found_in_fragments_and_in_fields_that_are_asked_for_twice(tmp_path: Path) -> None:
    text = "query A { b { c { name } ...F id: name } d { id { id } } } fragment F on B { c { id } e { name } }"
    ids = load(tmp_path, a=text).get("A").ids
    assert ids == Ids(False, (("b", Ids(True, (("c", Ids(True)),))), ("d", Ids(False, (("id", Ids(True)),)))))


def test_a_query_is_neither_idempotent_nor_a_mutation(tmp_path: Path) -> None:
    document = load(tmp_path, a="query A { shop { id } }").get("A")
    assert (document.kind, document.idempotent, document.required) == ("query", False, frozenset())


def test_a_bigger_page_is_guessed_to_cost_more_and_no_guess_is_above_the_limit(tmp_path: Path) -> None:
    document = load(
        tmp_path,
        a="query A($first: Int!) { p(first: $first) { nodes { v(first: 250) { nodes { b { c { id } } } } } } }",
    ).get("A")
    assert document.estimate({"first": 1}) < document.estimate({"first": 250}) <= 1000
    assert document.estimate({}) == document.estimate({"first": 250})
    assert document.estimate({"first": "many"}) == document.estimate({"first": 250})


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("query A { shop { id } } query A { shop { name } }", "A is already defined in bad.graphql"),
        ("fragment F on Shop { id } fragment F on Shop { name }", "F is already defined"),
        ("query A { shop { ...Missing } }", "A uses the fragment Missing"),
        ("fragment F on Shop { ...Missing }", "F uses the fragment Missing"),
        ("{ shop { id } }", "only named queries"),
        ("subscription A { shop { id } }", "only named queries"),
        ("query A { shop { id }", "not closed"),
        ("query A { shop { id } } }", "not closed"),
    ],
)
def test_a_broken_file_is_named_when_it_is_loaded(tmp_path: Path, text: str, complaint: str) -> None:
    with pytest.raises(Misconfigured, match=r"graphql/bad\.graphql") as caught:
        load(tmp_path, bad=text)
    assert complaint in caught.value.message


def test_a_name_given_in_two_files_names_both(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match=r"graphql/b\.graphql: A is already defined in a\.graphql"):
        load(tmp_path, a="query A { shop { id } }", b="query A { shop { id } }")


def test_braces_and_spreads_in_comments_and_strings_do_not_count(tmp_path: Path) -> None:
    documents = load(tmp_path, a='# } ...Nothing\nquery A { a(x: "} ...Nope", y: """ } " ...No """) { id } } # {')
    assert documents.get("A").root_fields == ("a",)


def test_an_operation_that_does_not_parse_names_its_file(tmp_path: Path) -> None:
    documents = load(tmp_path, a="query A { shop(: 1) { id } }")
    with pytest.raises(Misconfigured, match=r"graphql/a\.graphql: A does not parse"):
        documents.get("A")


def test_an_unknown_operation_is_named(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="no GraphQL document Nope"):
        load(tmp_path).get("Nope")


def test_every_document_of_the_package_parses() -> None:
    documents = Documents.load()
    for name in documents.names:
        assert documents.get(name).root_fields
        assert documents.get(name) is documents.get(name)


@pytest.mark.parametrize(
    ("camel", "want"),
    [
        ("id", "id"),
        ("productType", "product_type"),
        ("priceRangeV2", "price_range_v2"),
        ("addressesV2", "addresses_v2"),
        ("onlineStoreURL", "online_store_url"),
        ("URLHandle", "url_handle"),
        ("already_snake", "already_snake"),
        ("__typename", "__typename"),
        ("address1", "address1"),
        ("isVATExempt", "is_vat_exempt"),
    ],
)
def test_names_become_snake_case(camel: str, want: str) -> None:
    assert snake(camel) == want


@given(st.lists(st.from_regex(r"[a-z][a-z0-9]{0,8}", fullmatch=True), min_size=1, max_size=5))
def test_snake_case_stays_as_it_is(words: list[str]) -> None:
    assert snake("_".join(words)) == "_".join(words)
