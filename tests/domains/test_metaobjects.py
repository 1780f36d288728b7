"""Metaobjects, as a merchant uses them over HTTP."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from webhost import Caller, ada, app, caller, data_of, error_of, host

if TYPE_CHECKING:
    from atom_shopify_plugin.sandbox.core import Sandbox

__all__ = ["ada", "app", "caller", "host"]

DESIGNER = {"type": "designer", "handle": "ada-berg"}


def found(ada: Caller, **named: Any) -> Any:
    listed = data_of(ada.get("/api/shopify/metaobjects", query_string={"type": "designer"}))["items"]
    (entry,) = (row for row in listed if row["handle"] == named.get("handle", "ada-berg"))
    return data_of(ada.get(f"/api/shopify/metaobjects/{entry['legacy_id']}"))


def test_an_entry_is_made_changed_and_deleted(ada: Caller) -> None:
    made = ada.post("/api/shopify/metaobjects", {"type": "designer", "fields": {"name": "Kim Vale", "city": "Oslo"}})
    assert made.status_code in (200, 201), made.json
    assert made.json["meta"]["verified"] is True
    entry = data_of(made)
    assert (entry["handle"], entry["display_name"], entry["status"]) == ("kim-vale", "Kim Vale", None)
    changed = ada.put(f"/api/shopify/metaobjects/{entry['legacy_id']}", {"fields": {"city": None}})
    assert data_of(changed)["values"] == {"name": "Kim Vale", "city": None}
    undone = ada.post(f"/api/shopify/audit/{changed.json['meta']['audit_id']}/undo", {})
    assert undone.status_code == 200, undone.json
    assert found(ada, handle="kim-vale")["values"] == {"name": "Kim Vale", "city": "Oslo"}
    asked = ada.delete(f"/api/shopify/metaobjects/{entry['legacy_id']}")
    assert asked.status_code == 409
    assert "Delete “Kim Vale”, an entry of the type designer, in demo?" in str(asked.json["error"])
    token = asked.json["error"]["details"]["confirmation_token"]
    gone = ada.delete(f"/api/shopify/metaobjects/{entry['legacy_id']}", headers={"X-Confirmation-Token": token})
    assert gone.status_code == 200
    assert ada.get(f"/api/shopify/metaobjects/{entry['legacy_id']}").status_code == 404


def test_an_undo_does_not_overwrite_what_somebody_has_changed_since(ada: Caller) -> None:
    entry = found(ada)
    mine = ada.put(f"/api/shopify/metaobjects/{entry['legacy_id']}", {"fields": {"city": "Bonn"}})
    ada.put(f"/api/shopify/metaobjects/{entry['legacy_id']}", {"fields": {"city": "Rome"}})
    assert error_of(ada.post(f"/api/shopify/audit/{mine.json['meta']['audit_id']}/undo", {}))["code"] == "STALE"
    assert found(ada)["values"]["city"] == "Rome"


def test_an_upsert_changes_what_is_there_and_makes_what_is_not(ada: Caller) -> None:
    changed = data_of(ada.post("/api/shopify/metaobjects/upsert", {**DESIGNER, "fields": {"city": "Bonn"}}))
    assert (changed["created"], changed["former"]["city"], changed["values"]["city"]) == (False, "Berlin", "Bonn")
    new = {"type": "designer", "handle": "kim", "fields": {"name": "Kim", "city": None}}
    made = data_of(ada.post("/api/shopify/metaobjects/upsert", new))
    assert (made["created"], made["former"], made["values"]) == (True, None, {"name": "Kim", "city": None})
    assert data_of(ada.post("/api/shopify/metaobjects/upsert", new))["created"] is False


@pytest.mark.parametrize(
    ("fields", "pointer", "words"),
    [
        ({"name": "Kim", "town": "Oslo"}, "/fields/town", "no such field"),
        ({"name": "Kim", "cty": "Oslo"}, "/fields/cty", "Did you mean city?"),
        ({"name": ["Kim"]}, "/fields/name", "a text of one line"),
    ],
)
def test_what_does_not_fit_the_type_is_said_before_anything_is_sent(
    ada: Caller, sandbox: Sandbox, fields: Any, pointer: str, words: str
) -> None:
    changes = len(sandbox.store("demo.myshopify.com").journal)
    told = error_of(ada.post("/api/shopify/metaobjects", {"type": "designer", "fields": fields}))
    (fault,) = told["details"]["faults"]
    assert fault["pointer"] == pointer
    assert words in fault["message"]
    assert len(sandbox.store("demo.myshopify.com").journal) == changes


def test_what_shopify_refuses_is_told(ada: Caller) -> None:
    told = error_of(ada.post("/api/shopify/metaobjects", {"type": "painter", "fields": {"name": "Kim"}}))
    assert 'No metaobject definition exists for type "painter"' in told["message"]
    told = error_of(ada.post("/api/shopify/metaobjects", {"type": "designer", "fields": {"city": "Oslo"}}))
    assert "can't be blank" in told["message"]
    told = error_of(
        ada.post("/api/shopify/metaobjects", {"type": "designer", "fields": {"name": "A"}, "status": "draft"})
    )
    assert "Capability is not enabled" in told["message"]


@pytest.mark.parametrize(("method", "path"), [("get", ""), ("put", ""), ("delete", "")])
def test_an_entry_that_is_not_there_is_not_found(ada: Caller, method: str, path: str) -> None:
    body = ({"fields": {"city": "Bonn"}},) if method == "put" else ()
    assert getattr(ada, method)(f"/api/shopify/metaobjects/1{path}", *body).status_code == 404


@pytest.mark.parametrize("document", ["MetaobjectCreate", "MetaobjectUpsert"])
def test_a_lost_answer_is_doubt(ada: Caller, sandbox: Sandbox, document: str) -> None:
    sandbox.faults.add({"kind": "lost_reply", "times": None, "match": {"subject": document}})
    path = "/api/shopify/metaobjects" + ("/upsert" if document == "MetaobjectUpsert" else "")
    told = error_of(ada.post(path, {"type": "designer", "handle": "kim", "fields": {"name": "Kim"}}))
    assert told["code"] == "OUTCOME_UNKNOWN"
    assert told["details"]["look_at"]["action"] == "metaobject_get"
    sandbox.faults.clear()
    assert found(ada, handle="kim")["display_name"] == "Kim"


def test_the_scope_is_asked_for(ada: Caller, regranted: Callable[[str], None]) -> None:
    regranted("read_metaobjects")
    assert ada.get("/api/shopify/metaobjects", query_string={"type": "designer"}).status_code == 200
    told = error_of(ada.post("/api/shopify/metaobjects/upsert", {**DESIGNER, "fields": {"city": "Bonn"}}))
    assert told["code"] == "MISSING_SCOPE"
    assert "write_metaobjects" in told["message"]
