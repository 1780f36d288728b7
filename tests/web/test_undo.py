"""Undo: an entry of the audit log is put back once, if nobody has changed the same thing since."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from skipping import skipping
from webhost import Caller, data_of, error_of

from atom_shopify_plugin.hookspecs import Principal

if TYPE_CHECKING:
    from collections.abc import Callable

    from atom_shopify_plugin.runtime import Runtime
    from atom_shopify_plugin.sandbox.core import Sandbox
    from atom_shopify_plugin.storage import Store

AUDIT = "/api/shopify/audit"
PRODUCT = "/api/shopify/products/1250000001"


@pytest.fixture
def pauses(sandbox: Sandbox) -> dict[str, Any]:
    return skipping(sandbox)


def written(response: Any) -> str:
    """Return the id of the audit entry that a write answers with."""
    assert response.status_code < 300, response.data
    return str(response.get_json()["meta"]["audit_id"])


def undo(person: Caller, entry: str, **body: Any) -> Any:
    return person.post(f"{AUDIT}/{entry}/undo", body)


def update(person: Caller, **members: Any) -> str:
    return written(person.put(PRODUCT, members))


def product(person: Caller) -> dict[str, Any]:
    found: dict[str, Any] = data_of(person.get(PRODUCT))
    return found


def stock(person: Caller) -> int:
    levels = data_of(person.get("/api/shopify/inventory?sku=MUG-BLUE"))["levels"]
    return sum(int(level["available"]) for level in levels)


def test_a_change_is_put_back_and_both_entries_name_each_other(ada: Caller) -> None:
    vendor = product(ada)["vendor"]
    entry = update(ada, vendor="Kiln")
    shown = data_of(ada.get(f"{AUDIT}/{entry}"))
    assert shown["undo"] == {"action": "product_update", "input": {"id": shown["target"], "vendor": vendor}}
    done = undo(ada, entry).get_json()
    assert done["meta"]["verified"] is True
    assert (done["data"]["undoes"], done["data"]["action"], done["data"]["outcome"]) == (entry, "product_update", "ok")
    assert product(ada)["vendor"] == vendor
    assert data_of(ada.get(f"{AUDIT}/{entry}"))["undone_by"] == done["data"]["id"]


def test_a_second_undo_answers_what_the_first_one_did(ada: Caller, upstream: Callable[[], int]) -> None:
    entry = update(ada, vendor="Kiln")
    first = undo(ada, entry).get_json()
    update(ada, vendor="Oven")
    before = upstream()
    second = undo(ada, entry).get_json()
    assert second["data"] == first["data"]
    assert second["meta"]["replayed"] is True
    assert upstream() == before
    assert product(ada)["vendor"] == "Oven"


def test_an_undo_can_be_undone(ada: Caller) -> None:
    vendor = product(ada)["vendor"]
    entry = update(ada, vendor="Kiln")
    for wanted in (vendor, "Kiln", vendor):
        entry = data_of(undo(ada, entry))["id"]
        assert product(ada)["vendor"] == wanted


def test_what_somebody_changed_since_is_not_overwritten_without_force(ada: Caller) -> None:
    vendor = product(ada)["vendor"]
    entry = update(ada, vendor="Kiln", tags=["a"])
    update(ada, vendor="Oven")
    refused = undo(ada, entry)
    error = error_of(refused)
    assert (refused.status_code, error["code"], error["retryable"]) == (409, "STALE", False)
    assert error["details"]["differences"] == [{"field": "vendor", "wanted": "Kiln", "found": "Oven"}]
    assert product(ada)["vendor"] == "Oven"
    assert undo(ada, entry, force=True).status_code == 200
    assert product(ada)["vendor"] == vendor


def test_a_change_of_something_else_does_not_stand_in_the_way(ada: Caller) -> None:
    entry = update(ada, vendor="Kiln")
    update(ada, product_type="Cups")
    assert undo(ada, entry).status_code == 200
    assert product(ada)["product_type"] == "Cups"


def test_a_delta_is_undone_whatever_the_level_is_now(ada: Caller) -> None:
    path = "/api/shopify/inventory/adjust"
    before = stock(ada)
    entry = written(ada.post(path, {"sku": "MUG-BLUE", "delta": 5}))
    written(ada.post(path, {"sku": "MUG-BLUE", "delta": -2}))
    assert undo(ada, entry).status_code == 200
    assert stock(ada) == before - 2


def test_only_the_tags_that_were_really_added_are_taken_away(ada: Caller) -> None:
    customer = "gid://shopify/Customer/1490000001"
    written(ada.post("/api/shopify/tags/add", {"id": customer, "tags": ["early"]}))
    entry = written(ada.post("/api/shopify/tags/add", {"id": customer, "tags": ["early", "late"]}))
    written(ada.post("/api/shopify/tags/add", {"id": customer, "tags": ["later"]}))
    assert undo(ada, entry).status_code == 200
    tags = data_of(ada.get(f"/api/shopify/customers/{customer}"))["tags"]
    assert {"early", "later"} <= set(tags)
    assert "late" not in tags


def test_what_was_made_is_deleted_after_a_yes_unless_somebody_worked_on_it(ada: Caller) -> None:
    made = ada.post("/api/shopify/products", {"title": "Saucer"})
    entry, number = written(made), made.get_json()["data"]["legacy_id"]
    asked = error_of(undo(ada, entry))
    assert asked["code"] == "CONFIRMATION_NEEDED"
    assert asked["details"]["preview"]["current"]["title"] == "Saucer"
    token = {"X-Confirmation-Token": asked["details"]["confirmation_token"]}
    written(ada.put(f"/api/shopify/products/{number}", {"vendor": "Kiln"}))
    refused = ada.post(f"{AUDIT}/{entry}/undo", {}, headers=token)
    assert error_of(refused)["code"] == "STALE"
    assert "vendor" in [one["field"] for one in error_of(refused)["details"]["differences"]]
    done = ada.post(f"{AUDIT}/{entry}/undo", {"force": True}, headers=token)
    assert data_of(done)["action"] == "product_delete"
    assert ada.get(f"/api/shopify/products/{number}").status_code == 404


def test_a_preview_of_an_undo_does_nothing(ada: Caller) -> None:
    entry = update(ada, vendor="Kiln")
    seen = data_of(ada.post(f"{AUDIT}/{entry}/undo?preview=true", {}))
    assert seen["preview"]["action"] == "product_update"
    assert product(ada)["vendor"] == "Kiln"
    assert data_of(ada.get(f"{AUDIT}/{entry}"))["undone_by"] is None


def test_what_can_not_be_undone_says_why(ada: Caller) -> None:
    written(ada.put(PRODUCT, {"vendor": "Kiln"}))
    refused = ada.put(PRODUCT, {"title": "x" * 300})
    assert refused.status_code == 400
    entry = written(ada.post("/api/shopify/customers", {"email": "new@example.com"}))
    error = error_of(undo(ada, entry))
    assert error["code"] == "CONFLICT"
    assert "customer_create can't be reversed" in error["message"]


def test_an_undo_that_fails_leaves_the_entry_to_be_undone(ada: Caller, sandbox: Sandbox) -> None:
    vendor = product(ada)["vendor"]
    entry = update(ada, vendor="Kiln")
    sandbox.faults.add({"kind": "status", "status": 403, "body": "no", "match": {"subject": "ProductUpdate"}})
    assert undo(ada, entry).status_code >= 400
    sandbox.faults.clear()
    assert undo(ada, entry).status_code == 200
    assert product(ada)["vendor"] == vendor


def test_an_undo_whose_answer_was_lost_is_told_as_that_until_somebody_forces_it(ada: Caller, sandbox: Sandbox) -> None:
    entry = update(ada, vendor="Kiln")
    sandbox.faults.add({"kind": "lost_reply", "match": {"subject": "ProductUpdate"}})
    assert error_of(undo(ada, entry))["code"] == "OUTCOME_UNKNOWN"
    again = error_of(undo(ada, entry))
    assert again["code"] == "OUTCOME_UNKNOWN"
    assert "undo the entry with force" in again["message"]
    assert "key" not in again["message"]
    assert undo(ada, entry, force=True).status_code == 200


@pytest.mark.slow
def test_a_delta_whose_answer_was_lost_is_undone_once(ada: Caller, sandbox: Sandbox) -> None:
    before = stock(ada)
    entry = written(ada.post("/api/shopify/inventory/adjust", {"sku": "MUG-BLUE", "delta": 5}))
    sandbox.faults.add({"kind": "lost_reply", "times": None, "match": {"subject": "InventoryAdjust"}})
    lost = error_of(undo(ada, entry))
    assert (lost["code"], lost["retryable"]) == ("OUTCOME_UNKNOWN", True)
    assert "Repeat the undo: it takes effect once." in lost["message"]
    sandbox.faults.clear()
    assert undo(ada, entry).status_code == 200
    assert stock(ada) == before


def test_another_member_may_undo_and_a_stranger_sees_nothing(
    ada: Caller, mallory: Caller, caller: Callable[[str | None], Caller], runtime: Runtime, store: Store
) -> None:
    entry = update(ada, vendor="Kiln")
    for response in (mallory.get(f"{AUDIT}/{entry}"), undo(mallory, entry, force=True)):
        assert (response.status_code, error_of(response)["code"]) == (404, "NOT_FOUND")
    invited = runtime.storage.invitations
    assert invited is not None
    token = data_of(ada.post("/api/shopify/stores/demo/invitations", {}))["token"]
    colleague = caller("colleague")
    assert colleague.post("/api/shopify/invitations/accept", {"token": token}).status_code == 200
    assert undo(colleague, entry).status_code == 200
    assert data_of(undo(ada, entry))["subject"] == "colleague"
    assert product(ada)["vendor"] != "Kiln"


@pytest.mark.parametrize("body", [{"force": "yes"}, {"force": 1}, {"forced": True}])
def test_a_body_that_is_not_understood_undoes_nothing(ada: Caller, body: dict[str, Any]) -> None:
    entry = update(ada, vendor="Kiln")
    assert undo(ada, entry, **body).status_code == 400
    assert product(ada)["vendor"] == "Kiln"


@pytest.mark.parametrize("entry", ["0" * 32, "x", "..", "%00", "a" * 500])
def test_an_entry_that_is_not_there_is_not_there(ada: Caller, entry: str) -> None:
    assert undo(ada, entry).status_code in (400, 404)
    assert ada.get(f"{AUDIT}/{entry}").status_code in (400, 404)


def test_the_chat_undoes_what_it_wrote_last(runtime: Runtime, store: Store) -> None:
    from atom_shopify_plugin.actions.run import Call

    person = Principal("ada", via="chat")
    nothing = runtime.chat.answer(person, "undo that")
    assert nothing is not None
    assert "nothing" in nothing.text
    read = Call(person, "product_get", {"id": 1250000001})
    vendor = runtime.actions.run(read).data["vendor"]
    runtime.actions.run(Call(person, "product_update", {"id": 1250000001, "vendor": "Kiln"}))
    done = runtime.chat.answer(person, "Shopify, undo that!")
    assert done is not None
    assert (done.ok, done.command) == (True, "undo")
    assert runtime.actions.run(read).data["vendor"] == vendor


def test_the_chat_says_where_an_undo_that_deletes_is_confirmed(ada: Caller, runtime: Runtime) -> None:
    from atom_shopify_plugin.actions.run import Call

    person = Principal("ada", via="chat")
    made = runtime.actions.run(Call(person, "product_create", {"title": "Saucer"}))
    told = runtime.chat.answer(person, "undo")
    assert told is not None
    assert told.ok is False
    assert "“Saucer”" in told.text
    assert "token" not in told.text
    entry = made.meta["audit_id"]
    assert f"`atom-shopify audit undo {entry}`" in told.text
    path = told.text.rpartition("POST ")[2].rstrip(".")
    assert error_of(ada.post(path, {}))["code"] == "CONFIRMATION_NEEDED"
