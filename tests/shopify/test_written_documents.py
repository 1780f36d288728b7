"""What is reckoned of a document that somebody else wrote."""

from __future__ import annotations

import pytest

from atom_shopify_plugin.official.requests import UnfitDocument, read
from atom_shopify_plugin.sandbox.cost import Operation
from atom_shopify_plugin.sandbox.engine import schema
from atom_shopify_plugin.shopify import documents
from atom_shopify_plugin.shopify.written import document_of, own_part

NAMES = documents.packaged().names


@pytest.mark.parametrize("name", NAMES)
def test_a_document_is_reckoned_to_cost_what_shopify_will_ask_for(name: str) -> None:
    document = documents.packaged().get(name)
    request = read(document.text)
    sizes = dict.fromkeys(document.page_sizes, 10)
    asked = Operation(schema(), request.document, request.operation, sizes).requested().total
    # What a directive leaves out is counted all the same.
    exact = "@include" not in document.text and "@skip" not in document.text
    assert request.points(sizes) == asked if exact else request.points(sizes) >= asked


@pytest.mark.parametrize("name", NAMES)
def test_our_own_documents_pass_and_use_nothing_deprecated(name: str) -> None:
    request = read(documents.packaged().get(name).text)
    assert request.deprecated({}) == []


def test_a_mutation_asks_for_its_user_errors_and_gets_a_key_where_shopify_asks_for_one() -> None:
    text = 'mutation { locationActivate(locationId: "gid://shopify/Location/1") { location { id } } }'
    document = document_of(read(text), {})
    assert "@idempotent(key: $idempotency_key)" in document.text
    assert "atom_location_activate_user_errors: locationActivateUserErrors" in document.text
    assert document.required == {"idempotency_key"}
    assert read(document.text).faults({"idempotency_key": "k"}) == []
    answer = {"locationActivate": {"location": {"id": "1"}, "atom_location_activate_user_errors": []}}
    assert own_part(answer) == {"locationActivate": {"location": {"id": "1"}}}


def test_the_callers_own_key_stays() -> None:
    text = """mutation ($k: String!) {
      locationActivate(locationId: "gid://shopify/Location/1") @idempotent(key: $k) { location { id } } }"""
    document = document_of(read(text), {"k": "mine"})
    assert document.variables == {"k"}
    assert document.text.count("@idempotent") == 1


def test_a_document_has_one_operation() -> None:
    for text in ("query A { shop { id } } query B { shop { id } }", "fragment F on Shop { id }"):
        with pytest.raises(UnfitDocument):
            read(text)
