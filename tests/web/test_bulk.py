"""Bulk operations over HTTP: exports and imports to their end, what Shopify refuses, and what gets lost on the way."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import pytest
from webhost import Caller, data_of, error_of

if TYPE_CHECKING:
    from atom_shopify_plugin.runtime import Runtime
    from atom_shopify_plugin.sandbox.core import Sandbox

BULK = "/api/shopify/bulk-operations"
UPDATE = """
mutation ($product: ProductUpdateInput!) {
  productUpdate(product: $product) { product { id } userErrors { field message } } }"""
FIRST = "gid://shopify/Product/1250000001"


def renamed(number: int, title: str) -> dict[str, Any]:
    return {"product": {"id": f"gid://shopify/Product/{1250000000 + number}", "title": title}}


def ended(person: Caller, answer: Any, seconds: float = 30.0) -> Any:
    """Return the operation of an accepted call once it has ended, or what was answered at once."""
    if answer.status_code != 202:
        return answer.json
    until = time.monotonic() + seconds
    while not (found := data_of(person.get(answer.headers["Location"])))["done"]:
        assert time.monotonic() < until
        time.sleep(0.05)
    return {"ok": found["error"] is None, **found}


def imported(person: Caller, mutation: str, variables: list[Any], **headers: str) -> Any:
    """Import with a yes."""
    body = {"mutation": mutation, "variables": variables}
    asked = person.post(f"{BULK}/imports", body, headers=headers)
    if asked.status_code != 409 or error_of(asked)["code"] != "CONFIRMATION_NEEDED":
        return ended(person, asked)
    headers["X-Confirmation-Token"] = error_of(asked)["details"]["confirmation_token"]
    return ended(person, person.post(f"{BULK}/imports", body, headers=headers))


def rows(person: Caller, operation: str) -> list[Any]:
    answer = person.get(f"{BULK}/{operation.rpartition('/')[2]}/result")
    assert answer.status_code == 200, answer.json
    return [json.loads(line) for line in answer.data.split(b"\n") if line]


def titles(sandbox: Sandbox) -> list[str]:
    return [node["title"] for node in sandbox.store("demo.myshopify.com").all("Product").values()]


def bulk_mutations(sandbox: Sandbox) -> int:
    nodes = sandbox.store("demo.myshopify.com").all("BulkOperation").values()
    return sum(node["type"] == "MUTATION" for node in nodes)


def test_a_resource_is_exported_and_its_result_streamed(ada: Caller, sandbox: Sandbox) -> None:
    operation = ended(ada, ada.post(f"{BULK}/exports", {"resource": "products"}))["data"]
    assert operation["status"] == "COMPLETED"
    found = rows(ada, operation["id"])
    assert len(found) == int(operation["object_count"])
    assert [row["title"] for row in found if "handle" in row] == titles(sandbox)
    variants = sandbox.store("demo.myshopify.com").all("ProductVariant")
    assert {row["id"] for row in found if "__parentId" in row} == set(variants)


@pytest.mark.parametrize(
    "resource",
    ["products", "variants", "orders", "customers", "inventory", "product_metafields", "customer_metafields"],
)
def test_every_resource_can_be_exported(ada: Caller, resource: str) -> None:
    operation = ended(ada, ada.post(f"{BULK}/exports", {"resource": resource}))["data"]
    assert len(rows(ada, operation["id"])) == int(operation["object_count"]) > 0


def test_a_filter_narrows_a_resource_down(ada: Caller) -> None:
    wanted = {"resource": "products", "filter": "title:'Coastal Mug'"}
    operation = ended(ada, ada.post(f"{BULK}/exports", wanted))["data"]
    assert [row["title"] for row in rows(ada, operation["id"]) if "handle" in row] == ["Coastal Mug"]


def test_what_can_not_be_a_bulk_query_is_refused_in_shopifys_words(ada: Caller) -> None:
    refused = ada.post(f"{BULK}/exports", {"query": "{ shop { name } }"})
    assert refused.status_code == 400
    assert "must contain at least one connection" in error_of(refused)["message"]
    for text in ("{ products { edges", "mutation { x }", "{" * 200 + "}" * 200):
        refused = ada.post(f"{BULK}/exports", {"query": text})
        assert (refused.status_code, error_of(refused)["code"]) == (400, "VALIDATION_ERROR")


def test_a_result_is_told_apart_that_ended_is_not_there_or_still_to_come(ada: Caller, sandbox: Sandbox) -> None:
    unknown = ada.get(f"{BULK}/1/result")
    assert (unknown.status_code, error_of(unknown)["code"]) == (404, "NOT_FOUND")
    sandbox.faults.add({"kind": "bulk_expired"})
    operation = ended(ada, ada.post(f"{BULK}/exports", {"resource": "products"}))
    assert "EXPIRED" in json.dumps(operation)
    sandbox.bulk.change({"start_after": 3600})
    begun = ada.post(f"{BULK}/exports", {"resource": "variants"})
    assert begun.status_code == 202
    (running,) = data_of(ada.get(f"{BULK}?status=created"))["items"]
    early = ada.get(f"{BULK}/{running['legacy_id']}/result")
    assert early.status_code == 409
    assert "still running" in error_of(early)["message"]


def test_an_export_that_fails_says_why(ada: Caller, sandbox: Sandbox) -> None:
    sandbox.faults.add({"kind": "bulk_fails", "error_code": "TIMEOUT"})
    told = json.dumps(ended(ada, ada.post(f"{BULK}/exports", {"resource": "products"})))
    assert "took longer than Shopify allows" in told


def test_a_result_that_lost_rows_does_not_pass_for_whole(ada: Caller, sandbox: Sandbox) -> None:
    sandbox.faults.add({"kind": "bulk_cut", "keep": 0.5})
    operation = ended(ada, ada.post(f"{BULK}/exports", {"resource": "variants"}))["data"]
    with pytest.raises(Exception, match="not whole"):
        rows(ada, operation["id"])


def test_an_import_reports_on_each_line(ada: Caller, sandbox: Sandbox) -> None:
    lines = [renamed(1, "Cup"), {"product": {"id": "gid://shopify/Product/1", "title": "No"}}, renamed(3, "Shirt")]
    answer = imported(ada, UPDATE, lines)["data"]
    assert answer["counts"] == {"lines": 3, "done": 2, "failed": 1, "unknown": 0}
    assert [(one["line"], one["state"], one["field"]) for one in answer["lines"]] == [
        (1, "done", None),
        (2, "failed", "id"),
        (3, "done", None),
    ]
    assert answer["lines"][0]["id"] == FIRST
    assert answer["lines"][1]["message"]
    assert titles(sandbox)[:3] == ["Cup", "Classic Bowl", "Shirt"]


def test_an_import_needs_to_hear_of_refusals(ada: Caller) -> None:
    deaf = "mutation ($product: ProductUpdateInput!) { productUpdate(product: $product) { product { id } } }"
    refused = ada.post(f"{BULK}/imports", {"mutation": deaf, "variables": [renamed(1, "Cup")]})
    assert (refused.status_code, error_of(refused)["code"]) == (400, "VALIDATION_ERROR")
    assert "user errors" in error_of(refused)["message"]


def test_a_preview_sends_nothing(ada: Caller, sandbox: Sandbox) -> None:
    before = titles(sandbox)
    asked = ada.post(f"{BULK}/imports", {"mutation": UPDATE, "variables": [renamed(1, "Cup")]})
    assert error_of(asked)["code"] == "CONFIRMATION_NEEDED"
    assert "Lines: 1." in error_of(asked)["message"]
    assert (titles(sandbox), bulk_mutations(sandbox)) == (before, 0)


def test_an_import_whose_answer_is_lost_is_found_again(ada: Caller, sandbox: Sandbox) -> None:
    sandbox.faults.add({"kind": "lost_reply", "times": 1, "match": {"subject": "BulkOperationRunMutation"}})
    answer = imported(ada, UPDATE, [renamed(1, "Cup")])["data"]
    assert answer["counts"]["done"] == 1
    assert bulk_mutations(sandbox) == 1


def test_the_same_key_imports_once(ada: Caller, sandbox: Sandbox) -> None:
    for _ in range(2):
        answer = imported(ada, UPDATE, [renamed(1, "Cup")], **{"Idempotency-Key": "spring"})["data"]
        assert answer["counts"]["done"] == 1
    assert bulk_mutations(sandbox) == 1


def test_what_shopify_has_no_room_for_waits_and_runs(ada: Caller, sandbox: Sandbox, runtime: Runtime) -> None:
    sandbox.bulk.change({"at_once": 1, "start_after": 3600})
    first = ada.post(f"{BULK}/exports", {"resource": "products"})
    second = ada.post(f"{BULK}/exports", {"resource": "variants"})
    assert (first.status_code, second.status_code) == (202, 202)
    waiting = data_of(ada.get(second.headers["Location"]))
    assert "busy" in waiting["progress"]["message"] or waiting["state"] == "accepted"
    sandbox.bulk.change({"start_after": 0})
    assert ended(ada, first)["data"]["status"] == "COMPLETED"
    assert ended(ada, second)["data"]["status"] == "COMPLETED"


def test_a_running_operation_is_cancelled(ada: Caller, sandbox: Sandbox) -> None:
    sandbox.bulk.change({"start_after": 3600})
    begun = ada.post(f"{BULK}/exports", {"resource": "products"})
    (running,) = data_of(ada.get(f"{BULK}?status=created"))["items"]
    stopped = ended(ada, ada.post(f"{BULK}/{running['legacy_id']}/cancel", {}))
    assert stopped["data"]["status"] == "CANCELED"
    assert "CANCELED" in ended(ada, begun)["error"]["message"]
    again = ada.post(f"{BULK}/{running['legacy_id']}/cancel", {})
    assert again.status_code == 400
    assert "canceled" in error_of(again)["message"]
