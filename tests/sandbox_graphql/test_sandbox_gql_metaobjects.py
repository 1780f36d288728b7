"""Metaobjects: a definition declares the fields of its entries."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sandbox_shop import SCOPES, Shop

DEFINE = """mutation M($definition: MetaobjectDefinitionCreateInput!) {
  metaobjectDefinitionCreate(definition: $definition) {
    metaobjectDefinition { id name type metaobjectsCount fieldDefinitions { key name required type { name } } }
    userErrors { field message code } } }"""
CREATE = """mutation M($metaobject: MetaobjectCreateInput!) { metaobjectCreate(metaobject: $metaobject) {
  metaobject { id type handle displayName values fields { key value jsonValue } }
  userErrors { field message code } } }"""
LOOKBOOK = {
    "type": "lookbook",
    "displayNameKey": "season",
    "fieldDefinitions": [
        {"key": "season", "type": "single_line_text_field", "required": True},
        {"key": "pages", "type": "number_integer"},
    ],
}


@pytest.fixture
def shop(shop: Shop) -> Shop:
    scopes = {"write_metaobject_definitions", "write_metaobjects"}
    able = replace(shop, scopes=SCOPES | scopes)
    assert able.mutate(DEFINE, {"definition": LOOKBOOK})["userErrors"] == []
    return able


def entry(shop: Shop, **values: str) -> dict:
    fields = [{"key": key, "value": value} for key, value in values.items()]
    return shop.mutate(CREATE, {"metaobject": {"type": "lookbook", "fields": fields}})


def test_an_entry_has_the_fields_of_its_definition(shop: Shop) -> None:
    made = entry(shop, season="Summer 2026", pages="12")["metaobject"]
    assert (made["handle"], made["displayName"]) == ("summer-2026", "Summer 2026")
    assert made["fields"] == [
        {"key": "season", "value": "Summer 2026", "jsonValue": "Summer 2026"},
        {"key": "pages", "value": "12", "jsonValue": 12},
    ]
    assert made["values"] == {"season": "Summer 2026", "pages": "12"}
    assert entry(shop, season="Summer 2026")["metaobject"]["handle"] == "summer-2026-1"


def test_entries_are_listed_by_type_and_found_by_handle(shop: Shop) -> None:
    gid = entry(shop, season="Summer")["metaobject"]["id"]
    entry(shop, season="Winter")
    found = shop.data("""{
      metaobjects(first: 5, type: "lookbook", sortKey: "display_name", reverse: true) { nodes { displayName } }
      other: metaobjects(first: 5, type: "nothing") { nodes { id } }
      named: metaobjects(first: 5, type: "lookbook", query: "display_name:summer") { nodes { id } }
      metaobjectByHandle(handle: {type: "lookbook", handle: "summer"}) { id definition { metaobjectsCount } }
      metaobjectDefinitionByType(type: "lookbook") { metaobjects(first: 5) { nodes { handle } } } }""")
    assert [node["displayName"] for node in found["metaobjects"]["nodes"]] == ["Winter", "Summer"]
    assert found["other"]["nodes"] == []
    assert found["named"]["nodes"] == [{"id": gid}]
    assert found["metaobjectByHandle"] == {"id": gid, "definition": {"metaobjectsCount": 2}}
    assert len(found["metaobjectDefinitionByType"]["metaobjects"]["nodes"]) == 2


def test_an_update_leaves_the_fields_that_it_does_not_name(shop: Shop) -> None:
    gid = entry(shop, season="Summer", pages="12")["metaobject"]["id"]
    change = """mutation M($id: ID!) { metaobjectUpdate(id: $id, metaobject: {fields: [{key: "pages", value: "14"}]}) {
      metaobject { handle values } userErrors { code } } }"""
    assert shop.mutate(change, {"id": gid})["metaobject"] == {
        "handle": "summer",
        "values": {"season": "Summer", "pages": "14"},
    }
    missing = shop.mutate(change, {"id": "gid://shopify/Metaobject/1"})
    assert missing["userErrors"] == [{"code": "RECORD_NOT_FOUND"}]


def test_a_definition_takes_its_entries_along(shop: Shop) -> None:
    gid = entry(shop, season="Summer")["metaobject"]["id"]
    taken = shop.mutate(DEFINE, {"definition": {"type": "lookbook"}})
    assert [error["code"] for error in taken["userErrors"]] == ["TAKEN"]
    (definition,) = (node["id"] for node in shop.store.find("MetaobjectDefinition", "type", "lookbook"))
    drop = "mutation M($id: ID!) { metaobjectDefinitionDelete(id: $id) { deletedId userErrors { code } } }"
    assert shop.mutate(drop, {"id": definition}) == {"deletedId": definition, "userErrors": []}
    assert shop.data("query($id: ID!) { metaobject(id: $id) { id } }", {"id": gid}) == {"metaobject": None}
