"""Products of collections, as a merchant puts them in, takes them out and orders them over HTTP."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from webhost import Caller, ada, app, caller, data_of, error_of, host

if TYPE_CHECKING:
    from atom_shopify_plugin.sandbox.core import Sandbox

__all__ = ["ada", "app", "caller", "host"]

Run = Callable[..., Any]
UPDATE = """mutation M($c: CollectionUpdateInput!) {
  collectionUpdate(collection: $c) { collection { id } userErrors { message } } }"""


def products(ada: Caller, collection: str) -> list[str]:
    return list(data_of(ada.get(f"/api/shopify/collections/{collection}/products"))["products"])


def handles(run: Run, gids: list[str]) -> list[str]:
    return [run("product_get", id=gid)["handle"] for gid in gids]


def test_products_are_put_in_by_hand_and_taken_out(ada: Caller, run: Run) -> None:
    before = products(ada, "kitchen")
    done = ada.post("/api/shopify/collections/kitchen/products", {"products": ["classic-t-shirt", "MUG-BLUE"]})
    assert done.json["meta"]["verified"] is True
    shirt = run("product_get", handle="classic-t-shirt")["id"]
    assert sorted(products(ada, "kitchen")) == sorted([*before, shirt])
    assert done.json["meta"]["undo"]["input"]["products"] == [shirt]
    taken = ada.post("/api/shopify/collections/kitchen/products/remove", {"products": [shirt, "classic-poster"]})
    assert taken.json["meta"]["verified"] is True
    assert products(ada, "kitchen") == before
    undone = ada.post(f"/api/shopify/audit/{taken.json['meta']['audit_id']}/undo", {})
    assert undone.status_code == 200, undone.json
    assert sorted(products(ada, "kitchen")) == sorted([*before, shirt])


def test_a_new_collection_gets_a_source_for_what_is_selected(ada: Caller, run: Run) -> None:
    made = data_of(ada.post("/api/shopify/collections", {"title": "Gifts"}))
    path = f"/api/shopify/collections/{made['legacy_id']}/products"
    for handle in ("mug", "classic-bowl"):
        assert ada.post(path, {"products": [handle]}).json["meta"]["verified"] is True
    assert handles(run, products(ada, "gifts")) == ["mug", "classic-bowl"]


def test_what_a_rule_brings_in_is_not_taken_out_by_hand(ada: Caller, shopify: Run, run: Run) -> None:
    collection = run("collection_get", id="pantry")["id"]
    rule = {"productTitle": {"relation": "CONTAINS", "values": ["Mug"], "matchType": "ANY"}}
    source = {"title": "All mugs", "inclusion": {"conditions": [rule]}}
    answer = shopify(UPDATE, c={"id": collection, "sourcesToCreate": [{"source": source}]})
    assert answer["collectionUpdate"]["userErrors"] == []
    before = products(ada, "pantry")
    told = error_of(ada.post("/api/shopify/collections/pantry/products/remove", {"products": ["mug"]}))
    assert told["code"] == "CONFLICT"
    assert told["message"].startswith("Mug can't be taken out of “Pantry” by hand: a rule brings it in.")
    assert not told["retryable"]
    assert products(ada, "pantry") == before
    assert ada.post("/api/shopify/collections/pantry/products", {"products": ["classic-bowl"]}).status_code == 200
    assert len(products(ada, "pantry")) == len(before) + 1


def test_products_are_put_in_order_and_back(ada: Caller, run: Run) -> None:
    before = products(ada, "home")
    moves = [{"product": before[2], "position": 1}, {"product": before[0], "position": 3}]
    done = ada.post("/api/shopify/collections/home/products/reorder", {"moves": moves})
    assert done.json["meta"]["verified"] is True
    assert products(ada, "home") == [before[2], before[1], before[0]]
    undone = ada.post(f"/api/shopify/audit/{done.json['meta']['audit_id']}/undo", {})
    assert undone.status_code == 200, undone.json
    assert products(ada, "home") == before


def test_an_order_is_not_put_back_over_a_later_one(ada: Caller) -> None:
    before = products(ada, "home")
    path = "/api/shopify/collections/home/products/reorder"
    done = ada.post(path, {"moves": [{"product": before[2], "position": 1}]})
    ada.post(path, {"moves": [{"product": before[1], "position": 1}]})
    assert error_of(ada.post(f"/api/shopify/audit/{done.json['meta']['audit_id']}/undo", {}))["code"] == "STALE"


def test_a_collection_that_sorts_itself_says_what_to_do(ada: Caller) -> None:
    path = "/api/shopify/collections/kitchen/products/reorder"
    told = error_of(ada.post(path, {"moves": [{"product": "mug", "position": 1}]}))
    assert told["code"] == "CONFLICT"
    assert "set its sort_order to MANUAL" in told["message"]
    path = "/api/shopify/collections/home/products/reorder"
    told = error_of(ada.post(path, {"moves": [{"product": "mug", "position": 1}]}))
    assert told["details"]["faults"][0]["pointer"] == "/moves/0/product"


@pytest.mark.parametrize("path", ["products", "products/remove"])
def test_what_is_not_there_is_said(ada: Caller, path: str) -> None:
    assert ada.post(f"/api/shopify/collections/none/{path}", {"products": ["mug"]}).status_code == 404
    assert ada.post(f"/api/shopify/collections/1/{path}", {"products": ["mug"]}).status_code == 404
    for product in ("never-made", "gid://shopify/Product/1"):
        told = error_of(ada.post(f"/api/shopify/collections/kitchen/{path}", {"products": [product]}))
        assert told["details"]["faults"][0]["pointer"] == "/products/0"


def test_a_lost_answer_is_doubt(ada: Caller, sandbox: Sandbox) -> None:
    sandbox.faults.add({"kind": "lost_reply", "times": None, "match": {"subject": "CollectionSourcesUpdate"}})
    told = error_of(ada.post("/api/shopify/collections/kitchen/products", {"products": ["classic-t-shirt"]}))
    assert told["code"] == "OUTCOME_UNKNOWN"
    sandbox.faults.clear()
    assert len(products(ada, "kitchen")) == 5


def test_the_former_name_of_the_list_stays_valid(run: Run) -> None:
    assert run("collection_list", limit=2) == run("collection_search", limit=2)
