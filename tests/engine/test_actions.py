"""What holds for every action, whichever interface calls it."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from atom_shopify_plugin.actions.run import Call, Outcome
from atom_shopify_plugin.errors import (
    ConfirmationNeeded,
    IdempotencyReused,
    InvalidInput,
    MissingScope,
    NotFound,
    OutcomeUnknown,
    ReauthRequired,
    Rejected,
    StillRunning,
    StoreNotConnected,
    UpstreamError,
)
from atom_shopify_plugin.hookspecs import Principal
from atom_shopify_plugin.sandbox.accounts import CUSTOM_APP
from atom_shopify_plugin.settings import Secret
from atom_shopify_plugin.shopify.domain import ShopDomain
from atom_shopify_plugin.storage.calls.confirmations import Confirmation

if TYPE_CHECKING:
    from atom_shopify_plugin.runtime import Runtime
    from atom_shopify_plugin.sandbox.core import Sandbox
    from atom_shopify_plugin.storage import Store

Run = Callable[..., Outcome]
Effects = Callable[[], list[str]]
DEMO = "demo.myshopify.com"


# Stores and scopes


def test_without_a_store_the_answer_says_where_to_connect_one(runtime: Runtime, stranger: Principal) -> None:
    with pytest.raises(StoreNotConnected) as refused:
        runtime.actions.run(Call(stranger, "product_search"))
    assert refused.value.details["connect_url"].endswith("/shopify")


def test_a_store_of_somebody_else_answers_as_if_it_were_not_there(run: Run, stranger: Principal) -> None:
    with pytest.raises(NotFound) as not_mine:
        run("product_search", principal=stranger, shop=DEMO)
    with pytest.raises(NotFound) as not_there:
        run("product_search", principal=stranger, shop="nowhere.myshopify.com")
    assert not_mine.value.message == not_there.value.message


@pytest.mark.parametrize("shop", ["evil.com", "demo.myshopify.com.evil.com", "demo.myshopify.com\n", "", "a b"])
def test_a_text_that_is_no_shop_is_refused_before_anything_is_looked_up(run: Run, shop: str) -> None:
    with pytest.raises(InvalidInput):
        run("product_search", shop=shop)


def test_a_missing_scope_is_named_with_the_address_that_grants_it(
    runtime: Runtime, sandbox: Sandbox, principal: Principal, effects: Effects
) -> None:
    token = Secret(sandbox.issue_admin_token(DEMO, scopes={"read_products"}))
    runtime.connections.connect_token(principal, ShopDomain(DEMO), token)
    assert runtime.actions.run(Call(principal, "product_search")).data["items"]
    with pytest.raises(MissingScope) as refused:
        runtime.actions.run(Call(principal, "product_create", {"title": "Cup"}))
    assert refused.value.details["missing_scopes"] == ["write_products"]
    assert DEMO in refused.value.details["connect_url"]
    assert effects() == []


def test_a_store_whose_token_died_asks_to_be_connected_again(run: Run, sandbox: Sandbox, store: Store) -> None:
    sandbox.account(DEMO).tokens.revoke(CUSTOM_APP)
    for _ in range(2):
        with pytest.raises(ReauthRequired) as refused:
            run("store_get")
        assert DEMO in refused.value.details["connect_url"]


# Input


def test_every_fault_of_an_input_is_told_at_once(run: Run, effects: Effects) -> None:
    with pytest.raises(InvalidInput) as refused:
        run("product_create", {"titel": "Mug", "tags": ["a", 3], "status": "SOLD"})
    assert {fault.pointer for fault in refused.value.faults} == {"/titel", "/tags/1", "/status"}
    assert effects() == []


def test_an_unknown_action_is_not_found(run: Run) -> None:
    with pytest.raises(NotFound, match="product_get"):
        run("product_gett")


def test_the_names_that_atom_already_uses_run_the_same_actions(run: Run) -> None:
    assert run("list_products").data == run("product_search").data


# Pages


def test_pages_follow_each_other_without_gap_or_repetition(run: Run) -> None:
    whole = [item["id"] for item in run("order_search", {"limit": 250}).data["items"]]
    seen: list[str] = []
    page: dict[str, Any] = {"limit": 4}
    while True:
        outcome = run("order_search", page)
        seen += [item["id"] for item in outcome.data["items"]]
        if not outcome.page or not outcome.page["has_more"]:
            break
        page = {"limit": 4, "cursor": outcome.page["next"]}
    assert seen == whole
    assert len(seen) == len(set(seen)) == 30


def test_a_cursor_of_another_list_is_refused(run: Run) -> None:
    token = run("order_search", {"limit": 2}).page["next"]  # type: ignore[index]
    for action, given in (("product_search", {}), ("order_search", {"tag": "vip"})):
        with pytest.raises(InvalidInput) as refused:
            run(action, {**given, "cursor": token})
        assert refused.value.faults[0].pointer == "/cursor"


# Preview and confirmation


def test_a_preview_says_what_would_happen_and_does_nothing(run: Run, effects: Effects) -> None:
    mug = run("product_get", {"handle": "mug"}).data
    preview = run("product_update", {"id": mug["legacy_id"], "vendor": "Kiln"}, preview=True).data["preview"]
    assert preview["input"] == {"id": mug["id"], "vendor": "Kiln"}
    assert preview["current"]["vendor"] == mug["vendor"]
    assert "Mug" in preview["summary"]
    assert effects() == []


def test_a_read_has_nothing_to_preview(run: Run) -> None:
    with pytest.raises(InvalidInput):
        run("product_search", preview=True)


def ask(run: Run, given: dict[str, Any], **call: Any) -> str:
    with pytest.raises(ConfirmationNeeded) as asked:
        run("product_delete", given, **call)
    token: str = asked.value.details["confirmation_token"]
    return token


def test_a_destructive_action_runs_once_with_its_confirmation(run: Run, effects: Effects) -> None:
    mug = run("product_get", {"handle": "mug"}).data["id"]
    token = ask(run, {"id": mug})
    assert effects() == []
    assert run("product_delete", {"id": mug}, confirm=token).meta["verified"] is True
    assert effects() == ["productDelete"]


def test_a_confirmation_is_bound_to_input_person_and_store(
    run: Run, runtime: Runtime, sandbox: Sandbox, stranger: Principal, principal: Principal, effects: Effects
) -> None:
    for shop in (DEMO, "outlet.myshopify.com"):
        token = Secret(sandbox.issue_admin_token(shop, scopes=runtime.settings.scopes))
        for person in (principal, stranger):
            runtime.connections.connect_token(person, ShopDomain(shop), token)
    first, second = (item["id"] for item in run("product_search", {"limit": 2}, shop=DEMO).data["items"])
    for wrong in (
        {"given": {"id": second}},
        {"given": {"id": first}, "principal": stranger},
        {"given": {"id": first}, "shop": "outlet.myshopify.com"},
    ):
        token = ask(run, {"id": first}, shop=DEMO)
        with pytest.raises((ConfirmationNeeded, NotFound)):
            run("product_delete", **{"shop": DEMO, "confirm": token, **wrong})
    assert effects() == []


def test_a_made_up_confirmation_is_refused(run: Run, effects: Effects) -> None:
    mug = run("product_get", {"handle": "mug"}).data["id"]
    with pytest.raises(ConfirmationNeeded):
        run("product_delete", {"id": mug}, confirm="x" * 43)
    assert effects() == []


def test_a_confirmation_is_good_for_five_minutes_and_no_longer(run: Run, runtime: Runtime, effects: Effects) -> None:
    mug = run("product_get", {"handle": "mug"}).data["id"]
    with pytest.raises(ConfirmationNeeded) as asked:
        run("product_delete", {"id": mug})
    assert asked.value.details["expires_in"] == 300
    with runtime.storage.begin() as session:
        (row,) = session.scalars(select(Confirmation))
        assert (row.expires_at - row.created_at).total_seconds() == 300
        row.expires_at = row.created_at
    with pytest.raises(ConfirmationNeeded, match="already used, has expired, or belongs to another input"):
        run("product_delete", {"id": mug}, confirm=asked.value.details["confirmation_token"])
    assert effects() == []


def test_a_confirmation_is_used_up_by_its_call(run: Run) -> None:
    order = run("order_get", {"name": "#1002"}).data["id"]
    with pytest.raises(ConfirmationNeeded) as asked:
        run("order_cancel", {"id": order})
    assert "already used" not in asked.value.message
    token = asked.value.details["confirmation_token"]
    run("order_cancel", {"id": order}, confirm=token)
    with pytest.raises(ConfirmationNeeded, match="already used"):
        run("order_cancel", {"id": order}, confirm=token)


def test_a_preview_of_what_destroys_hands_out_the_confirmation(run: Run, effects: Effects) -> None:
    mug = run("product_get", {"handle": "mug"}).data["id"]
    outcome = run("product_delete", {"id": mug}, preview=True)
    assert outcome.meta["preview"] is True
    assert outcome.data["preview"]["current"]["id"] == mug
    assert effects() == []
    again = run("product_delete", {"id": mug}, preview=True, confirm=outcome.data["confirmation_token"])
    assert again.meta["preview"] is True
    assert effects() == []
    assert run("product_delete", {"id": mug}, confirm=outcome.data["confirmation_token"]).meta["verified"] is True


def test_what_is_not_there_needs_no_confirmation(run: Run) -> None:
    with pytest.raises(NotFound):
        run("product_delete", {"id": 1})


# One effect for one key


def test_the_same_key_with_the_same_input_is_answered_not_run_again(run: Run, effects: Effects) -> None:
    first = run("product_create", {"title": "Cup"}, idempotency_key="k1")
    again = run("product_create", {"title": "Cup"}, idempotency_key="k1")
    assert again.data == first.data
    assert again.meta["replayed"] is True
    assert effects() == ["productCreate"]


def test_the_same_key_with_another_input_is_refused(run: Run, effects: Effects) -> None:
    run("product_create", {"title": "Cup"}, idempotency_key="k1")
    with pytest.raises(IdempotencyReused):
        run("product_create", {"title": "Bowl"}, idempotency_key="k1")
    assert effects() == ["productCreate"]


def test_many_calls_under_one_key_have_one_effect(run: Run, effects: Effects) -> None:
    def attempt(_: int) -> str:
        try:
            outcome = run("product_create", {"title": "Cup"}, idempotency_key="k1")
        except StillRunning as error:
            return "wait" if error.retryable else "lost"
        return str(outcome.data["id"])

    with ThreadPoolExecutor(8) as pool:
        answers = set(pool.map(attempt, range(24))) - {"wait"}
    assert len(answers) == 1
    assert effects() == ["productCreate"]


def test_two_people_of_one_store_have_their_own_writes_under_the_same_key(
    run: Run, runtime: Runtime, sandbox: Sandbox, effects: Effects
) -> None:
    """Neither our ledger of keys nor Shopify's takes one person's write for the other's."""
    people = [Principal("ada"), Principal("bob"), Principal("ada", tenant="elsewhere")]
    before = stock(run)
    token = Secret(sandbox.issue_admin_token(DEMO, scopes=runtime.settings.scopes))
    for person in people:
        runtime.connections.connect_token(person, ShopDomain(DEMO), token)
        outcome = run("inventory_adjust", {"sku": "MUG-BLUE", "delta": 1}, principal=person, idempotency_key="k1")
        assert "replayed" not in outcome.meta
        made = run("product_create", {"title": "Cup"}, principal=person, idempotency_key="k1")
        assert "replayed" not in made.meta
    assert stock(run) == before + len(people)
    assert effects().count("productCreate") == len(people)


def test_a_key_of_an_input_that_shopify_refused_is_good_for_a_better_one(run: Run, effects: Effects) -> None:
    level = run("inventory_level_get", {"sku": "MUG-BLUE"}).data["levels"][0]
    given = {"sku": "MUG-BLUE", "location_id": level["location"]["id"], "quantity": 7}
    with pytest.raises(Rejected):
        run("inventory_set", {**given, "change_from_quantity": level["available"] + 1}, idempotency_key="k1")
    run("inventory_set", {**given, "change_from_quantity": level["available"]}, idempotency_key="k1")
    assert effects() == ["inventorySetQuantities"]


def test_a_key_of_a_refused_input_may_be_used_again(run: Run, effects: Effects) -> None:
    run("product_create", {"title": "Cup", "handle": "cup"})
    with pytest.raises(Rejected) as refused:
        run("product_create", {"title": "Cup", "handle": "cup"}, idempotency_key="k1")
    assert refused.value.details["user_errors"]
    assert run("product_create", {"title": "Cup", "handle": "cup-2"}, idempotency_key="k1").data["handle"] == "cup-2"


def test_a_write_whose_answer_was_lost_is_said_to_be_unknown_and_not_repeated(
    run: Run, sandbox: Sandbox, effects: Effects
) -> None:
    sandbox.faults.add({"kind": "lost_reply", "match": {"subject": "ProductCreate"}})
    for _ in range(2):
        with pytest.raises(OutcomeUnknown) as doubt:
            run("product_create", {"title": "Cup"}, idempotency_key="k1")
        assert not doubt.value.retryable
    assert effects() == ["productCreate"]


def test_a_write_that_never_left_may_be_repeated_under_its_key(run: Run, sandbox: Sandbox, effects: Effects) -> None:
    mug = run("product_search", {"handle": "mug"}).data["items"][0]["id"]
    sandbox.faults.add({"kind": "html", "match": {"subject": "ProductGet*"}})  # met by the look before the write
    with pytest.raises(UpstreamError):
        run("product_update", {"id": mug, "vendor": "Kiln"}, idempotency_key="k1")
    assert effects() == []
    assert run("product_update", {"id": mug, "vendor": "Kiln"}, idempotency_key="k1").data["vendor"] == "Kiln"
    assert effects() == ["productUpdate"]


def test_an_adjustment_whose_answer_was_lost_is_sent_again_and_counts_once(
    run: Run, sandbox: Sandbox, effects: Effects
) -> None:
    before = stock(run)
    sandbox.faults.add({"kind": "lost_reply", "match": {"subject": "InventoryAdjust*"}})
    run("inventory_adjust", {"sku": "MUG-BLUE", "delta": 5}, idempotency_key="k1")
    assert stock(run) == before + 5
    assert effects() == ["inventoryAdjustQuantities"]


def stock(run: Run) -> int:
    levels = run("inventory_level_get", {"sku": "MUG-BLUE"}).data["levels"]
    return sum(level["available"] for level in levels)


# Proof and traces


def test_a_write_is_read_back(run: Run) -> None:
    assert run("product_create", {"title": "Cup", "vendor": "Kiln"}).meta["verified"] is True


def test_what_can_be_taken_back_comes_with_the_call_that_does_it(run: Run) -> None:
    mug = run("product_get", {"handle": "mug"}).data
    undo = run("product_update", {"id": mug["id"], "vendor": "Kiln", "tags": ["sale"]}).meta["undo"]
    assert run(undo["action"], undo["input"]).data["vendor"] == mug["vendor"]
    assert sorted(run("product_get", {"handle": "mug"}).data["tags"]) == sorted(mug["tags"])
    made = run("product_create", {"title": "Cup"})
    assert made.meta["undo"] == {"action": "product_delete", "input": {"id": made.data["id"]}}


def test_a_write_without_anything_to_compare_is_not_called_verified(run: Run) -> None:
    order = run("order_get", {"name": "#1001"}).data
    address = {"shipping_address": {"city": "Hamburg"}}  # which Shopify may complete as it likes
    assert "verified" not in run("order_update", {"id": order["id"], **address}).meta


def test_the_audit_log_tells_before_and_after(run: Run, runtime: Runtime, principal: Principal) -> None:
    mug = run("product_get", {"handle": "mug"}).data
    outcome = run("product_update", {"id": mug["id"], "vendor": "Kiln"}, request_id="r-1")
    (entry,) = runtime.storage.audit.list(principal)
    assert (entry.id, entry.action, entry.outcome) == (outcome.meta["audit_id"], "product_update", "ok")
    assert (entry.before["vendor"], entry.after["vendor"]) == (mug["vendor"], "Kiln")
    assert (entry.target, entry.request_id, entry.verified) == (mug["id"], "r-1", True)


def test_a_refused_write_stands_in_the_audit_log_with_its_reason(
    run: Run, runtime: Runtime, principal: Principal
) -> None:
    run("product_create", {"title": "Cup", "handle": "cup"})
    with pytest.raises(Rejected):
        run("product_create", {"title": "Cup", "handle": "cup"})
    assert [entry.outcome for entry in runtime.storage.audit.list(principal)] == ["SHOPIFY_USER_ERROR", "ok"]


STRANGE = {"status": 200, "kind": "status"}


def test_a_defect_before_the_write_frees_the_key_and_stands_in_the_audit_log(
    run: Run, runtime: Runtime, sandbox: Sandbox, principal: Principal, effects: Effects
) -> None:
    variant = run("product_get", {"handle": "mug"}).data["variants"]["nodes"][0]["id"]
    answer = {"data": {"product_variant": {"id": variant}}}
    sandbox.faults.add({**STRANGE, "body": answer, "match": {"subject": "VariantProduct"}})
    with pytest.raises(KeyError):
        run("variant_update", {"id": variant, "barcode": "1"}, idempotency_key="k1")
    (entry,) = runtime.storage.audit.list(principal)
    assert entry.outcome == "INTERNAL_ERROR"
    assert effects() == []
    run("variant_update", {"id": variant, "barcode": "1"}, idempotency_key="k1")
    assert effects() == ["productVariantsBulkUpdate"]


def test_a_defect_after_the_write_is_an_unknown_outcome(
    run: Run, runtime: Runtime, sandbox: Sandbox, principal: Principal
) -> None:
    answer = {"data": {"inventory_adjust_quantities": {"user_errors": []}}}
    sandbox.faults.add({**STRANGE, "body": answer, "match": {"subject": "InventoryAdjust"}})
    with pytest.raises(OutcomeUnknown) as told:
        run("inventory_adjust", {"sku": "MUG-BLUE", "delta": 1})
    assert (told.value.details["cause"], told.value.details["done"]) == ("INTERNAL_ERROR", ["InventoryAdjust"])
    assert told.value.details["look_at"] == {"action": "inventory_level_get", "input": {"sku": "MUG-BLUE"}}
    assert "inventory_adjustment_group" not in str(told.value.as_dict())
    (entry,) = runtime.storage.audit.list(principal)
    assert entry.outcome == "OUTCOME_UNKNOWN"


def test_a_number_that_nobody_can_store_is_refused_and_leaves_the_key_free(run: Run, effects: Effects) -> None:
    for number in (2**63, 2**70, -(2**200)):
        with pytest.raises(InvalidInput):
            run("inventory_adjust", {"sku": "MUG-BLUE", "delta": number}, idempotency_key="k1")
    assert effects() == []
    run("inventory_adjust", {"sku": "MUG-BLUE", "delta": 1}, idempotency_key="k1")


def test_usage_counts_calls_and_only_failures_of_ours_as_errors(run: Run, runtime: Runtime, sandbox: Sandbox) -> None:
    run("product_search")
    with pytest.raises(InvalidInput):
        run("product_search", {"limit": 0})
    sandbox.faults.add({"kind": "html", "status": 200, "match": {"subject": "ProductSearch"}})
    with pytest.raises(Exception, match="Shopify"):
        run("product_search")
    summary = runtime.storage.usage.summary(1)["action"]
    assert (summary["count"], summary["errors"]) == (3, 1)
