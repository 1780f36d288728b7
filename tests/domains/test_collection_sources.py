"""Rules of collections, in words of the store, over HTTP."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from webhost import Caller, ada, app, caller, data_of, error_of, host

if TYPE_CHECKING:
    from atom_shopify_plugin.sandbox.core import Sandbox

__all__ = ["ada", "app", "caller", "host"]

Run = Callable[..., Any]
PATH = "/api/shopify/collections/gifts/sources"
MUGS = {"field": "title", "relation": "contains", "values": ["Mug"]}


@pytest.fixture(autouse=True)
def _gifts(run: Run) -> None:
    run("collection_create", title="Gifts")


def members(ada: Caller, run: Run) -> list[str]:
    gids = data_of(ada.get("/api/shopify/collections/gifts/products"))["products"]
    return [run("product_get", id=gid)["handle"] for gid in gids]


def test_a_rule_finds_products_is_changed_and_deleted(ada: Caller, run: Run) -> None:
    made = ada.post(PATH, {"title": "Mugs", "conditions": [MUGS]})
    assert made.json["meta"]["verified"] is True
    assert members(ada, run) == ["mug", "coastal-mug"]
    source = data_of(made)["source_id"]
    exclude = [{"field": "vendor", "relation": "is", "values": [run("product_get", id="mug")["vendor"]]}]
    change = {
        "source_id": source,
        "conditions": [MUGS, {**MUGS, "values": ["Bowl"]}],
        "match": "any",
        "exclude": exclude,
    }
    changed = ada.put(PATH, change)
    assert changed.json["meta"]["verified"] is True
    (shown,) = data_of(changed)["sources"]
    assert (shown["match"], [rule["values"] for rule in shown["conditions"]]) == ("ANY", [["Mug"], ["Bowl"]])
    assert [(rule["field"], rule["relation"], rule["values"]) for rule in shown["exclude"]] == [
        ("vendor", "IS", exclude[0]["values"])
    ]
    assert "mug" not in members(ada, run)
    undone = ada.post(f"/api/shopify/audit/{changed.json['meta']['audit_id']}/undo", {})
    assert undone.status_code == 200, undone.json
    assert members(ada, run) == ["mug", "coastal-mug"]
    asked = ada.delete(PATH, query_string={"source_id": source})
    assert "Delete a source of the collection “Gifts” in demo?" in str(asked.json["error"])
    token = asked.json["error"]["details"]["confirmation_token"]
    gone = ada.delete(PATH, query_string={"source_id": source}, headers={"X-Confirmation-Token": token})
    assert gone.status_code == 200, gone.json
    assert members(ada, run) == []


@pytest.mark.parametrize(
    ("condition", "found"),
    [
        ({"field": "price", "relation": "above", "values": ["100000"]}, False),
        ({"field": "price", "relation": "below", "values": [100000]}, True),
        ({"field": "inventory", "relation": "above", "values": ["-1"]}, True),
        ({"field": "status", "relation": "is", "values": ["ACTIVE"]}, True),
        ({"field": "status", "relation": "is_not", "values": ["ACTIVE"]}, False),
        ({"field": "compare_at_price", "relation": "is_set"}, False),
        ({"field": "compare_at_price", "relation": "is_not_set"}, True),
        ({"field": "type", "relation": "starts_with", "values": ["Kit"]}, True),
        ({"field": "variant_title", "relation": "ends_with", "values": ["lue"]}, True),
        ({"field": "tag", "relation": "is", "values": ["no such tag", "nor this"], "all_values": True}, False),
    ],
)
def test_a_condition_is_shopifys(ada: Caller, run: Run, condition: Any, found: bool) -> None:
    made = ada.post(PATH, {"title": "Found", "conditions": [condition]})
    assert made.status_code in (200, 201), made.json
    assert made.json["meta"]["verified"] is True
    assert ("mug" in members(ada, run)) == found
    (shown,) = data_of(made)["sources"][0]["conditions"]
    assert shown["field"] == condition["field"]
    assert shown["relation"] == condition["relation"].upper()


@pytest.mark.parametrize(
    ("condition", "pointer", "words"),
    [
        ({"field": "price", "relation": "contains", "values": ["1"]}, "relation", "ABOVE"),
        ({"field": "tag", "relation": "above", "values": ["1"]}, "relation", "IS, IS_NOT"),
        ({"field": "price", "relation": "above", "values": ["cheap"]}, "values", "one amount"),
        ({"field": "inventory", "relation": "above", "values": ["1", "2"]}, "values", "one whole number"),
        ({"field": "title", "relation": "is"}, "values", "required"),
        ({"field": "compare_at_price", "relation": "is_set", "values": ["1"]}, "values", "takes no value"),
        ({"field": "status", "relation": "is", "values": ["SOLD"]}, "values", "ACTIVE"),
    ],
)
def test_what_is_no_condition_is_said(ada: Caller, condition: Any, pointer: str, words: str) -> None:
    told = error_of(ada.post(PATH, {"title": "Found", "conditions": [condition]}))
    (fault,) = told["details"]["faults"]
    assert fault["pointer"] == f"/conditions/0/{pointer}"
    assert words in fault["message"]


def test_what_is_not_there_is_not_found(ada: Caller) -> None:
    assert ada.get("/api/shopify/collections/none/sources").status_code == 404
    source = "gid://shopify/CollectionConditionsSource/1"
    assert ada.put(PATH, {"source_id": source, "title": "X"}).status_code == 404
    assert ada.delete(PATH, query_string={"source_id": source}).status_code == 404
    assert ada.post("/api/shopify/collections/1/sources", {"title": "X", "conditions": [MUGS]}).status_code == 404


def test_a_source_of_other_collections_is_shown_and_not_changed(ada: Caller, run: Run, shopify: Run) -> None:
    gifts, kitchen = (run("collection_get", id=handle)["id"] for handle in ("gifts", "kitchen"))
    update = "mutation M($c: CollectionUpdateInput!) { collectionUpdate(collection: $c) { userErrors { message } } }"
    wish = {"subCollections": {"title": "Kitchen", "collectionIds": [kitchen]}}
    assert shopify(update, c={"id": gifts, "sourcesToCreate": [wish]})["collectionUpdate"]["userErrors"] == []
    (source,) = data_of(ada.get(PATH))["sources"]
    assert source["kind"] == "COLLECTIONS"
    told = error_of(ada.put(PATH, {"source_id": source["id"], "title": "X"}))
    assert (told["code"], told["retryable"]) == ("CONFLICT", False)
    assert "brings in other collections" in told["message"]


def test_a_lost_answer_is_doubt(ada: Caller, sandbox: Sandbox, run: Run) -> None:
    sandbox.faults.add({"kind": "lost_reply", "times": None, "match": {"subject": "CollectionSourceChange"}})
    told = error_of(ada.post(PATH, {"title": "Mugs", "conditions": [MUGS]}))
    assert told["code"] == "OUTCOME_UNKNOWN"
    sandbox.faults.clear()
    assert members(ada, run) == ["mug", "coastal-mug"]
