"""What follows from documents is generated, fresh, and refused where it does not follow."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from generate import build
from layout import document, written
from official import ROOT, Documents, Official, read_documents
from shapes import Unfit

FOLDER = ROOT / "manifests" / "generated"


def test_the_generated_files_are_fresh(official: Official, documents: Documents) -> None:
    texts = {f"{name}.json": written(content) for name, content in build(documents, official).items()}
    assert {path.name: path.read_text(encoding="utf-8") for path in FOLDER.glob("*.json")} == texts, "make generate"


@pytest.mark.parametrize(
    "path", sorted([*ROOT.glob("manifests/**/*.json"), *ROOT.glob("atom_shopify_plugin/workflows/*.json")]), ids=str
)
def test_a_manifest_has_the_one_form(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert text == written(json.loads(text)), "make format"


@pytest.mark.parametrize("path", sorted(ROOT.glob("atom_shopify_plugin/graphql/*.graphql")), ids=str)
def test_a_document_has_the_one_form(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert text == document(text), "make format"


@pytest.mark.parametrize(
    ("text", "formed"),
    [
        ("{\n  shop {\n    id\n  }\n}\n", "{\n  shop { id }\n}\n"),
        ("{\n  shop {\n    ...Shop\n  }\n}\n", "{\n  shop { ...Shop }\n}\n"),
        ("{\n  shop {\n    # Its name.\n    name\n  }\n}\n", None),
        ("{\n  shop {\n    id\n    name\n  }\n}\n", None),
    ],
)
def test_a_selection_of_one_member_stands_on_one_line(text: str, formed: str | None) -> None:
    assert document(text) == (formed or text)


# A domain of its own, generated


def generated(tmp_path: Path, official: Official, documents: str, *actions: dict[str, Any]) -> dict[str, Any]:
    """Return what is generated for the domain `things` with these documents and actions."""
    (tmp_path / "things.graphql").write_text(documents, encoding="utf-8")
    (tmp_path / "things.json").write_text(json.dumps({"domain": "things", "actions": actions}), encoding="utf-8")
    return build(read_documents(tmp_path), official, tmp_path)


def action(operation: str, **members: Any) -> dict[str, Any]:
    return {"key": "thing", "operation": operation, "input": {"properties": {}}, **members}


def test_an_output_has_the_types_nulls_and_ids_of_the_schema(tmp_path: Path, official: Official) -> None:
    text = """
    query Thing($id: ID!) {
      order(id: $id) {
        id
        # What the customer wrote.
        note
        createdAt
        fullyPaid
        totalTax: totalTaxSet { shopMoney { amount } }
        customer @include(if: true) { id }
        lineItems(first: 5) { nodes { quantity } }
      }
    }
    """
    found = generated(tmp_path, official, text, action("Thing"))["things"]["actions"]["thing"]
    assert found["scopes"] == ["read_customers", "read_orders"]
    output = found["output"]
    properties = output["properties"]
    assert properties["note"] == {"type": ["string", "null"], "description": "What the customer wrote."}
    assert properties["created_at"] == {"type": "string", "format": "date-time"}
    assert properties["fully_paid"] == {"type": "boolean"}
    assert properties["total_tax"]["type"] == ["object", "null"]
    assert properties["line_items"]["required"] == ["nodes", "truncated"]
    assert properties["line_items"]["description"] == "All of them where one order is read."
    assert output["required"] == ["id", "legacy_id", "note", "created_at", "fully_paid", "total_tax", "line_items"]


def test_fragments_become_definitions_and_sizes_become_words(tmp_path: Path, official: Official) -> None:
    text = """
    # A line.
    fragment Line on LineItem { quantity }
    # An order.
    fragment Thing on Order { id }
    query Many($first: Int!, $after: String, $query: String) {
      orders(first: $first, after: $after, query: $query) {
        nodes { ...Thing lineItems(first: 5) { nodes { ...Line } } }
      }
    }
    mutation Close($id: ID!) {
      orderClose(input: {id: $id}) {
        order { ...Thing lineItems(first: 7) { nodes { ...Line } } }
        userErrors { field message }
      }
    }
    """
    search = action("Many", key="many", input={"properties": {"cursor": {}}})
    found = generated(tmp_path, official, text, search, action("Close", key="close"))["things"]
    assert found["actions"]["close"] == {"scopes": ["write_orders"], "output": {"$ref": "things.json#/$defs/thing"}}
    assert found["actions"]["many"]["output"]["properties"]["items"]["items"] == {"$ref": "things.json#/$defs/thing"}
    thing, line = found["$defs"]["thing"], found["$defs"]["line"]
    assert (thing["description"], line["description"]) == ("An order.", "A line.")
    assert thing["properties"]["line_items"]["description"] == "Up to 5 in a list of orders, up to 7 after a write."


def test_what_only_some_kinds_of_a_thing_have_is_not_required(tmp_path: Path, official: Official) -> None:
    text = "query Thing($id: ID!) { node(id: $id) { id ... on Order { note } ... on Product { title } } }"
    output = generated(tmp_path, official, text, action("Thing"))["things"]["actions"]["thing"]["output"]
    assert output["required"] == ["id", "legacy_id"]
    assert set(output["properties"]) == {"id", "legacy_id", "note", "title"}


@pytest.mark.parametrize(
    ("text", "entry", "complaint"),
    [
        ("query A { shop { id } }", action("B"), "there is no document B"),
        ("query A { shop { id } app { id } }", action("A"), "A selects 2 root fields"),
        ("query A { shop { id } }", action("A", input={"properties": {"cursor": {}}}), "does not select the `nodes`"),
        (
            "fragment T on Order { id } query A($id: ID!) { order(id: $id) { ...T customer { lastOrder { ...T } } } }",
            action("A"),
            r"begin with ...T differ",
        ),
        ("query A { shop { id } }", action("A", output={"$ref": "#/$defs/town"}), "Nothing is defined as town"),
        (
            "query A { shop { plan { shopifyPlus } ...S } } fragment S on Shop { plan { publicDisplayName } }",
            action("A"),
            "selected twice",
        ),
    ],
)
def test_what_does_not_follow_is_refused(
    tmp_path: Path, official: Official, text: str, entry: dict[str, Any], complaint: str
) -> None:
    with pytest.raises(Unfit, match=complaint):
        generated(tmp_path, official, text, entry)
