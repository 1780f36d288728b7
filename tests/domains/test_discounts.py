"""Discounts, end to end: codes made, found in whatever case, changed, switched off and on, filled up and deleted."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from atom_shopify_plugin.actions.run import Call
from atom_shopify_plugin.errors import InvalidInput, MissingScope, NotFound, OutcomeUnknown, PluginError, Rejected

if TYPE_CHECKING:
    from atom_shopify_plugin.actions.run import Outcome
    from atom_shopify_plugin.hookspecs import Principal
    from atom_shopify_plugin.runtime import Runtime
    from atom_shopify_plugin.sandbox.core import Sandbox
    from atom_shopify_plugin.storage import Store

Run = Callable[..., Any]
AUTOMATIC = "gid://shopify/DiscountAutomaticNode/1300000001"


@pytest.mark.parametrize("named", [{"code": "welcome10"}, {"id": "Welcome10"}, {"id": 1080000001}])
def test_a_discount_is_found_by_its_code_in_whatever_case_or_by_its_id(run: Run, named: dict[str, Any]) -> None:
    found = run("discount_get", **named)
    assert (found["code"], found["percent"], found["kind"], found["status"]) == ("WELCOME10", 10, "BASIC", "ACTIVE")


def test_ids_of_discounts_and_of_their_methods_mean_the_same_discount(run: Run) -> None:
    for kind in ("DiscountNode", "DiscountCodeNode"):
        assert run("discount_get", id=f"gid://shopify/{kind}/1080000001")["code"] == "WELCOME10"
    with pytest.raises(InvalidInput):
        run("discount_code_deactivate", id=AUTOMATIC)


def test_a_code_of_digits_is_a_code_and_not_an_id(run: Run) -> None:
    made = run("discount_code_basic_create", code="2030", percent=20)
    assert run("discount_get", id="2030")["id"] == made["id"]
    assert run("discount_code_deactivate", id=2030)["status"] == "EXPIRED"


def test_the_list_shows_rules_in_words_and_goes_on_from_page_to_page(outcome: Callable[..., Outcome]) -> None:
    first = outcome("discount_search", limit=2, sort_key="TITLE")
    page = first.page
    assert page is not None
    assert page["has_more"] is True
    second = outcome("discount_search", limit=2, sort_key="TITLE", cursor=page["next"])
    titles = [row["title"] for row in (*first.data["items"], *second.data["items"])]
    assert titles == ["Opening week", "Summer", "Ten off everything", "Welcome"]
    assert all(row["summary"].startswith("10% off") for row in first.data["items"])


def test_a_list_is_filtered_by_method_and_state(run: Run) -> None:
    rows = run("discount_search", method="AUTOMATIC", status="EXPIRED")["items"]
    assert [(row["title"], row["method"], row.get("code")) for row in rows] == [("Opening week", "AUTOMATIC", None)]


def test_a_code_for_some_products_names_them_by_handle_and_sku(run: Run) -> None:
    made = run("discount_code_basic_create", code="MUGS", percent=12.5, product_ids=["mug"], title="Mugs")
    assert made["product_ids"] == [run("product_get", handle="mug")["id"]]
    assert (made["percent"], made["summary"], made["minimum_subtotal"]) == (12.5, "12.5% off Mug", None)
    by_collection = run("discount_code_basic_create", code="KITCHEN", amount="3", collection_ids=["kitchen"])
    assert by_collection["summary"] == "€3.00 off Kitchen"
    with pytest.raises(InvalidInput, match="/product_ids/0"):
        run("discount_code_basic_create", code="X", percent=10, product_ids=["no-such-thing"])


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(percent=st.integers(min_value=1, max_value=10_000), data=st.data())
def test_what_is_written_reads_back(run: Run, confirmed: Run, percent: int, data: st.DataObject) -> None:
    """Percentages survive Shopify's fractions, to the hundredth."""
    minimum = data.draw(st.sampled_from([{}, {"minimum_subtotal": "49.90"}, {"minimum_quantity": 3}]))
    made = run("discount_code_basic_create", code="ANY", percent=percent / 100, **minimum)
    found = run("discount_get", code="any")
    confirmed("discount_code_delete", id=made["id"])
    assert found["percent"] == percent / 100
    subtotal = found["minimum_subtotal"]
    wanted = minimum.get("minimum_subtotal")
    assert (None if subtotal is None else Decimal(subtotal)) == (None if wanted is None else Decimal(str(wanted)))
    assert found["minimum_quantity"] == minimum.get("minimum_quantity")


def test_a_code_is_taken_once_in_whatever_case(run: Run) -> None:
    with pytest.raises(Rejected, match="has this code already") as refused:
        run("discount_code_free_shipping_create", code="WeLcOmE10")
    (error,) = refused.value.details["user_errors"]
    assert (error["pointer"], error["code"]) == ("/code", "TAKEN")


def test_refusals_name_the_member_of_the_input(run: Run) -> None:
    with pytest.raises(Rejected, match="/ends_at: A discount ends after it starts"):
        run("discount_code_basic_create", code="LATE", percent=5, ends_at="2020-01-01T00:00:00Z")
    with pytest.raises(Rejected, match="/customer_ids"):
        run("discount_code_basic_create", code="WHO", percent=5, customer_ids=[4])
    with pytest.raises(Rejected, match="/combines_with: Free shipping can’t be combined"):
        run("discount_code_free_shipping_create", code="TWICE", combines_with={"shipping_discounts": True})


@pytest.mark.parametrize(
    ("given", "pointer"),
    [
        ({"percent": 10, "each_item": True}, "/each_item"),
        ({"percent": 10, "minimum_subtotal": "5", "minimum_quantity": 2}, "/minimum_quantity"),
        ({"percent": 10, "product_ids": ["mug"], "collection_ids": ["kitchen"]}, "/collection_ids"),
        ({"percent": 10, "customer_ids": [1490000001], "segment_ids": [1110000001]}, "/segment_ids"),
    ],
)
def test_what_excludes_each_other_is_refused_before_anything_is_sent(
    run: Run, sandbox: Sandbox, store: Store, given: dict[str, Any], pointer: str
) -> None:
    before = len(sandbox.store(str(store.shop)).journal)
    with pytest.raises(InvalidInput) as refused:
        run("discount_code_basic_create", code="BOTH", **given)
    assert refused.value.faults[0].pointer == pointer
    assert len(sandbox.store(str(store.shop)).journal) == before


def test_an_update_keeps_what_it_leaves_out_and_replaces_lists(run: Run) -> None:
    made = run("discount_code_basic_create", code="LIST", percent=10, product_ids=["mug"], usage_limit=5)
    other = next(row for row in run("product_search", limit=5)["items"] if row["handle"] != "mug")
    changed = run("discount_code_update", id="list", product_ids=[other["id"]])
    assert (changed["product_ids"], changed["percent"], changed["usage_limit"]) == ([other["id"]], 10, 5)
    changed = run("discount_code_update", id=made["id"], product_ids=[], usage_limit=None)
    assert (changed["product_ids"], changed["usage_limit"]) == ([], None)


def test_one_update_serves_all_kinds_and_refuses_what_a_kind_lacks(run: Run) -> None:
    run("discount_code_free_shipping_create", code="SHIP", country_codes=["DE", "AT"])
    changed = run("discount_code_update", id="SHIP", country_codes=["FR", "DE"], maximum_shipping_price="15")
    assert sorted(changed["country_codes"]) == ["DE", "FR"]
    assert Decimal(changed["maximum_shipping_price"]) == 15
    with pytest.raises(InvalidInput, match="has no percent"):
        run("discount_code_update", id="SHIP", percent=10)
    bought = {"quantity": 2, "product_ids": ["mug"]}
    run("discount_code_bxgy_create", code="FREEMUG", buys=bought, gets={**bought, "quantity": 1, "percent": 100})
    changed = run("discount_code_update", id="FREEMUG", buys={"amount": "60", "collection_ids": ["kitchen"]})
    assert Decimal(changed["buys"]["amount"]) == 60
    assert (changed["gets"]["quantity"], changed["gets"]["percent"]) == (1, 100)


def test_undo_brings_back_the_percentage_that_an_amount_took_the_place_of(
    runtime: Runtime, principal: Principal, store: Store, run: Run
) -> None:
    changed = runtime.actions.run(Call(principal, "discount_code_update", {"id": "WELCOME10", "amount": "4"}))
    undo = changed.meta["undo"]
    runtime.actions.run(Call(principal, undo["action"], undo["input"]))
    found = run("discount_get", code="WELCOME10")
    assert (found["percent"], found["amount"]) == (10, None)


def test_a_discount_ends_and_is_taken_up_again(run: Run) -> None:
    ended = run("discount_code_deactivate", id="WELCOME10")
    assert (ended["status"], ended["ends_at"] is None) == ("EXPIRED", False)
    assert run("discount_code_activate", id="WELCOME10")["ends_at"] is None
    assert run("discount_automatic_deactivate", id=AUTOMATIC)["status"] == "EXPIRED"
    assert run("discount_automatic_activate", id=AUTOMATIC)["status"] == "ACTIVE"


def test_the_wrong_method_is_named_with_the_action_that_fits(run: Run) -> None:
    automatic = "gid://shopify/DiscountNode/1300000001"
    with pytest.raises(InvalidInput, match="use discount_automatic_deactivate"):
        run("discount_code_deactivate", id=automatic)
    with pytest.raises(InvalidInput, match="This is an automatic discount"):
        run("discount_code_update", id=automatic, percent=5)
    with pytest.raises(NotFound):
        run("discount_code_activate", id=4)


def test_a_deletion_asks_with_names_and_counts_and_happens_once(run: Run, confirmed: Run) -> None:
    with pytest.raises(PluginError) as asked:
        run("discount_code_delete", id="WELCOME10")
    question = asked.value.details["preview"]["question"]
    assert question == "Delete the discount “Welcome” with 1 code, used 0 times, in demo?"
    assert confirmed("discount_code_delete", id="WELCOME10")["deleted_id"].endswith("/1080000001")
    with pytest.raises(NotFound):
        run("discount_get", code="WELCOME10")
    with pytest.raises(NotFound):
        run("discount_code_delete", id="WELCOME10")


def test_codes_are_added_with_a_result_for_each(run: Run) -> None:
    done = run("discount_redeem_code_add", id="WELCOME10", codes=["ADA-1", "summer10", "ADA-2"])
    assert [(row["code"], row["added"]) for row in done["codes"]] == [
        ("ADA-1", True), ("summer10", False), ("ADA-2", True),
    ]  # fmt: skip
    assert "must be unique" in done["codes"][1]["error"]
    assert (done["added_count"], done["failed_count"], done["codes_count"]) == (2, 1, 3)
    assert run("discount_get", code="ada-2")["code"] == "WELCOME10"


def test_an_addition_of_which_nothing_stands_is_a_failure(run: Run) -> None:
    with pytest.raises(PluginError, match="added none of the codes"):
        run("discount_redeem_code_add", id="WELCOME10", codes=["SUMMER10"])
    with pytest.raises(InvalidInput, match="given twice"):
        run("discount_redeem_code_add", id="WELCOME10", codes=["A1", "a1"])


def test_many_codes_are_added_and_taken_away(run: Run, confirmed: Run) -> None:
    codes = [f"MAIL-{number:03}" for number in range(120)]
    assert run("discount_redeem_code_add", id="WELCOME10", codes=codes)["added_count"] == 120
    gone = confirmed("discount_redeem_code_delete", id="WELCOME10", codes=[code.lower() for code in codes[:110]])
    assert (len(gone["deleted_codes"]), gone["left_codes"], gone["codes_count"]) == (110, [], 11)
    with pytest.raises(InvalidInput, match="/codes/1"):
        run("discount_redeem_code_delete", id="WELCOME10", codes=["MAIL-115", "MAIL-001"])


def test_a_discount_with_several_codes_keeps_them(run: Run) -> None:
    run("discount_redeem_code_add", id="WELCOME10", codes=["SECOND"])
    with pytest.raises(Rejected, match="use discount_redeem_code_add"):
        run("discount_code_update", id="WELCOME10", code="THIRD")


def test_a_lost_answer_leaves_nobody_thinking_that_nothing_happened(run: Run, sandbox: Sandbox) -> None:
    sandbox.faults.add({"kind": "lost_reply", "times": 1, "match": {"subject": "DiscountCodeBasicCreate"}})
    with pytest.raises(OutcomeUnknown) as lost:
        run("discount_code_basic_create", code="MAYBE", percent=10)
    assert lost.value.retryable is False
    assert run("discount_get", code="MAYBE")["percent"] == 10


def test_chat_lists_codes_and_automatic_discounts(runtime: Runtime, principal: Principal, store: Store) -> None:
    answer = runtime.chat.answer(principal, "list discounts")
    assert answer is not None
    assert answer.ok, answer.text
    rows = answer.text.splitlines()
    assert any(row.startswith("WELCOME10 · Welcome · active") for row in rows)
    assert any(row.startswith("automatic · Ten off everything · active") for row in rows)


def test_without_the_scope_the_remedy_is_said(run: Run, regranted: Callable[[str], None]) -> None:
    regranted("read_products")
    with pytest.raises(MissingScope, match="read_discounts"):
        run("discount_search")
