"""Recommendations over HTTP and in chat, and on products: previewed, written, read back, undone."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from copying import copy
from webhost import Caller, ada, app, caller, data_of, error_of, host  # noqa: F401  # fixtures are found by their names

from atom_shopify_plugin.actions.run import Accepted, Call, Outcome
from atom_shopify_plugin.errors import ConfirmationNeeded, Conflict, InvalidInput, NotSynced
from atom_shopify_plugin.hookspecs import Principal

if TYPE_CHECKING:
    from atom_shopify_plugin.runtime import Runtime
    from atom_shopify_plugin.sandbox.core import Sandbox
    from atom_shopify_plugin.storage import Store

Run = Callable[..., Any]
WHERE = "/api/shopify/enhanced/recommendations"
MUG, LAMP = "gid://shopify/Product/1250000001", "gid://shopify/Product/1250000005"


@pytest.mark.parametrize(
    "path", ["/together?product_id=1250000001", "/similar?product_id=mug", "/next?customer_id=1490000001", "/reorders"]
)
def test_without_a_copy_the_remedy_is_told(ada: Caller, store: Store, path: str) -> None:  # noqa: F811
    error = error_of(ada.get(f"{WHERE}{path}"))
    assert error["code"] == "NOT_SYNCED"
    assert "atom-shopify sync --shop demo.myshopify.com" in error["message"]


def test_products_that_are_not_offered_are_not_recommended(
    ada: Caller,  # noqa: F811
    runtime: Runtime,
    shopify: Run,
    store: Store,
) -> None:
    copy(runtime, store)
    found = data_of(ada.get(f"{WHERE}/together?product_id=mug"))
    assert [(row["product_id"], row["together"], row["lift"]) for row in found["items"]] == [(LAMP, 3, "1.81")]
    assert (found["left_out"], found["reason"]) == (0, None)
    archived = "mutation ($id: ID!) { productUpdate(product: {id: $id, status: ARCHIVED}) { userErrors { message } } }"
    assert shopify(archived, id=LAMP)["productUpdate"]["userErrors"] == []
    copy(runtime, store, task="refresh")
    found = data_of(ada.get(f"{WHERE}/together?product_id=mug"))
    assert (found["items"], found["left_out"]) == ([], 1)
    assert "not offered now" in found["reason"]
    assert ada.get(f"{WHERE}/together?product_id=4711").status_code == 404


def test_reminders_come_page_by_page(ada: Caller, runtime: Runtime, store: Store) -> None:  # noqa: F811
    copy(runtime, store)
    query = f"{WHERE}/reorders?ahead_days=60"
    whole = data_of(ada.get(query))["items"]
    assert len(whole) > 1
    assert [row["due"] for row in whole] == sorted(row["due"] for row in whole)
    paged, cursor = [], ""
    while cursor is not None:
        answer = ada.get(f"{query}&limit=1{cursor and '&cursor=' + cursor}").get_json()
        paged += answer["data"]["items"]
        cursor = answer["page"]["next"]
    assert paged == whole
    mine = data_of(ada.get(f"{query}&product_id=mug"))["items"]
    assert mine == [row for row in whole if row["product_id"] == MUG] != []
    assert ada.get(f"{WHERE}/reorders?ahead_days=-1").status_code == 400
    assert ada.get(f"{WHERE}/reorders?cursor=made-up").status_code == 400


def test_recommendations_are_asked_for_in_chat(runtime: Runtime, store: Store) -> None:
    person = Principal("ada", via="test")
    assert "atom-shopify sync" in runtime.chat.answer(person, "bought with mug").text
    copy(runtime, store)
    for phrase in ("bought with mug", "recommend for mug"):
        assert "50.0 % of its orders, 3 in all" in runtime.chat.answer(person, phrase).text
    assert "Mug · customer 1490000002, every 15 days" in runtime.chat.answer(person, "reorders due").text


def test_a_preview_writes_nothing_and_an_undo_takes_the_lists_away(
    runtime: Runtime, principal: Principal, run: Run, shopify: Run, store: Store
) -> None:
    with pytest.raises(NotSynced):
        run("recommendation_publish", top=5)
    copy(runtime, store)
    ask = """query ($id: ID!) { product(id: $id) { metafield(namespace: "custom", key: "bought_together") {
      type value } } }"""
    looked = runtime.actions.run(Call(principal, "recommendation_publish", {"top": 5}, preview=True))
    assert isinstance(looked, Outcome)
    changes = {one["field"].partition(":")[0]: one for one in looked.data["preview"]["changes"]}
    assert changes["Mug"]["before"] is None
    assert len(changes["Mug"]["after"]) == 1
    assert shopify(ask, id=MUG)["product"]["metafield"] is None
    done = runtime.actions.run(Call(principal, "recommendation_publish", {"top": 5}))
    assert isinstance(done, Outcome)
    assert done.meta["verified"] is True
    counts = done.data["counts"]
    assert counts["changed"] == 2
    assert counts["changed"] + counts["skipped"] == 5
    held = shopify(ask, id=MUG)["product"]["metafield"]
    assert (held["type"], json.loads(held["value"])) == ("list.product_reference", [LAMP])
    again = runtime.actions.run(Call(principal, "recommendation_publish", {"top": 5}))
    assert isinstance(again, Outcome)
    assert (again.data["counts"]["changed"], again.data["counts"]["unchanged"]) == (0, 2)
    assert "undo" not in again.meta
    undo = done.meta["undo"]
    with pytest.raises(ConfirmationNeeded) as asked:
        runtime.actions.run(Call(principal, undo["action"], undo["input"]))
    token = asked.value.details["confirmation_token"]
    runtime.actions.run(Call(principal, undo["action"], undo["input"], confirm=token))
    assert shopify(ask, id=MUG)["product"]["metafield"] is None


def test_many_products_are_written_in_the_background_and_taken_back(
    runtime: Runtime, principal: Principal, store: Store, sandbox: Sandbox, shopify: Run
) -> None:
    create = "mutation ($title: String!) { productCreate(product: {title: $title}) { product { id } } }"
    made = [shopify(create, title=f"Bead {number}")["productCreate"]["product"]["id"] for number in range(26)]

    def ended(call: Call) -> Outcome:
        try:
            outcome = runtime.actions.run(call)
        except ConfirmationNeeded as asked:
            token = asked.details["confirmation_token"]
            outcome = runtime.actions.run(Call(principal, call.action, call.input, confirm=token))
        until = time.monotonic() + 30
        while isinstance(outcome, Accepted):
            assert time.monotonic() < until
            if not runtime.jobs.run_one():
                time.sleep(0.05)
            outcome = runtime.actions.outcome(principal, outcome.operation_id)
        return outcome

    lists = [{"product_id": one, "products": [MUG, LAMP]} for one in made]
    done = ended(Call(principal, "recommendation_publish", {"lists": lists}))
    assert done.data["counts"] == {"changed": 26, "unchanged": 0, "skipped": 0, "failed": 0}
    assert done.meta["verified"] is True
    read = runtime.actions.run(Call(principal, "recommendation_published", {"product_ids": made}))
    assert isinstance(read, Outcome)
    assert [one["products"] for one in read.data["lists"]] == [[MUG, LAMP]] * 26
    kinds = [node["type"] for node in sandbox.store("demo.myshopify.com").all("BulkOperation").values()]
    assert kinds.count("MUTATION") == 1
    undo = done.meta["undo"]
    ended(Call(principal, undo["action"], undo["input"]))
    read = runtime.actions.run(Call(principal, "recommendation_published", {"product_ids": made}))
    assert isinstance(read, Outcome)
    assert {one["products"] for one in read.data["lists"]} == {None}


def test_what_can_not_be_published_is_refused(runtime: Runtime, run: Run, store: Store) -> None:
    copy(runtime, store)
    with pytest.raises(InvalidInput, match="no product gid://shopify/Product/4711"):
        run("recommendation_publish", product_ids=[4711, MUG])
    with pytest.raises(InvalidInput, match="no product gid://shopify/Product/4711"):
        run("recommendation_publish", lists=[{"product_id": MUG, "products": [4711]}])
    with pytest.raises(Conflict, match="nothing to publish"):
        run("recommendation_publish", product_ids=[1250000008])
    run("metafield_set", owner=MUG, metafields=[{"key": "custom.note", "type": "single_line_text_field", "value": "x"}])
    with pytest.raises(InvalidInput, match="take another key"):
        run("recommendation_publish", product_ids=[MUG], key="note")
