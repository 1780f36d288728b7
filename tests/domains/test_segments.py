"""Segments, end to end: found, made from a query, changed and deleted, and who belongs to them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from atom_shopify_plugin.actions.run import Accepted, Call
from atom_shopify_plugin.errors import (
    ConfirmationNeeded,
    InvalidInput,
    MissingScope,
    NotFound,
    OutcomeUnknown,
    Rejected,
)

if TYPE_CHECKING:
    from atom_shopify_plugin.actions.run import Outcome
    from atom_shopify_plugin.hookspecs import Principal
    from atom_shopify_plugin.runtime import Runtime
    from atom_shopify_plugin.sandbox.core import Sandbox
    from atom_shopify_plugin.storage import Store

Run = Callable[..., Any]
BUYERS = "Customers who have purchased"


@pytest.mark.parametrize("named", [1110000001, BUYERS, BUYERS.upper()])
def test_a_segment_is_found_by_id_and_by_name(run: Run, named: Any) -> None:
    assert run("segment_get", id=named)["query"] == "number_of_orders > 0"


def test_the_former_name_of_the_list_still_works(run: Run) -> None:
    assert run("segment_list") == run("segment_search")
    assert [row["name"] for row in run("segment_search", name="purchased")["items"]] == [BUYERS]


def test_a_segment_is_made_changed_and_deleted(run: Run) -> None:
    made = run("segment_create", name="Regulars", query="number_of_orders > 3")
    assert run("segment_update", id="regulars", query="number_of_orders > 5")["name"] == "Regulars"
    with pytest.raises(ConfirmationNeeded) as asked:
        run("segment_delete", id="Regulars")
    assert asked.value.details["preview"]["question"] == "Delete the segment “Regulars” in demo?"
    assert run("segment_get", id=made["id"])["query"] == "number_of_orders > 5"


def test_a_deleted_segment_is_gone_and_its_customers_stay(run: Run, confirmed: Run) -> None:
    before = run("customer_count")["count"]
    confirmed("segment_delete", id=BUYERS)
    for action, named in (("segment_get", {"id": 1110000001}), ("segment_update", {"id": 1110000001, "name": "x"})):
        with pytest.raises(NotFound):
            run(action, **named)
    assert run("customer_count")["count"] == before


def test_a_wrong_query_is_refused_with_its_place(run: Run) -> None:
    with pytest.raises(Rejected, match="Line 1 Column 0: 'number_of_cats' filter cannot be found"):
        run("segment_create", name="Cats", query="number_of_cats > 3")


def test_a_taken_name_gets_a_number_and_says_so(run: Run) -> None:
    assert run("segment_create", name=BUYERS, query="number_of_orders > 1")["name"] == f"{BUYERS} (2)"


def test_the_filters_can_be_used_in_queries(run: Run) -> None:
    rows = run("segment_filter_list")["items"]
    assert {"number_of_orders", "customer_tags"} <= {row["query_name"] for row in rows}


def all_customers(run: Run) -> list[dict[str, Any]]:
    return list(run("customer_search", limit=250)["items"])


def member_ids(outcome: Callable[..., Outcome], **given: Any) -> list[str]:
    """Return the customers of all pages."""
    found: list[str] = []
    page = outcome("segment_member_list", **given)
    while True:
        found += [row["customer_id"] for row in page.data["items"]]
        assert page.page is not None
        if not page.page["has_more"]:
            return found
        page = outcome("segment_member_list", **given, cursor=page.page["next"])


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(least=st.integers(min_value=0, max_value=4), tag=st.sampled_from(["vip", "wholesale", "nobody has it"]))
def test_members_are_those_whom_the_query_describes(
    run: Run, outcome: Callable[..., Outcome], least: int, tag: str
) -> None:
    people = all_customers(run)
    wanted = {
        one["id"] for one in people if int(one["number_of_orders"]) >= least or (tag in one["tags"] and one["locale"])
    }
    query = f"number_of_orders >= {least} OR customer_tags CONTAINS '{tag}' AND customer_language IS NOT NULL"
    assert set(member_ids(outcome, query=query, limit=7)) == wanted
    rest = member_ids(outcome, query=f"NOT ({query})", limit=250)
    assert set(rest) == {one["id"] for one in people} - wanted


def test_members_of_a_segment_are_sorted_and_belong_to_customers(run: Run) -> None:
    rows = run("segment_member_list", segment_id=BUYERS, sort_key="AMOUNT_SPENT", reverse=True)["items"]
    amounts = [float(row["amount_spent"]["amount"]) for row in rows]
    assert amounts == sorted(amounts, reverse=True)
    assert run("customer_get", id=rows[0]["customer_id"])["display_name"] == rows[0]["display_name"]


def test_a_large_list_is_made_in_the_background_and_read_page_by_page(
    run: Run, outcome: Callable[..., Outcome]
) -> None:
    made = run("segment_member_query", segment_id=BUYERS)
    assert made["count"] == len(made["members"])
    assert made["truncated"] is False
    paged = member_ids(outcome, query_id=made["query_id"], limit=3)
    assert paged == [row["customer_id"] for row in made["members"]]


def test_a_list_that_takes_longer_is_accepted_work(
    runtime: Runtime, principal: Principal, store: Store, sandbox: Sandbox
) -> None:
    """While Shopify can't be asked how far it is, the call answers with an operation."""
    sandbox.faults.add({"kind": "status", "status": 503, "times": None, "match": {"subject": "SegmentMemberQueryGet"}})
    answer = runtime.actions.run(Call(principal, "segment_member_query", {"query": "number_of_orders > 0"}))
    assert isinstance(answer, Accepted)
    assert "audit_id" not in answer.meta
    assert runtime.actions.operation(principal, answer.operation_id).state == "running"


def test_an_unknown_segment_and_a_wrong_query_are_said(run: Run) -> None:
    with pytest.raises(NotFound):
        run("segment_member_list", segment_id=4)
    with pytest.raises(InvalidInput):
        run("segment_member_list", segment_id="No such segment")
    with pytest.raises(InvalidInput):
        run("segment_member_list", query="nonsense")
    with pytest.raises(Rejected):
        run("segment_member_query", query="nonsense")


def test_a_lost_answer_to_a_new_segment_is_not_called_a_failure(run: Run, sandbox: Sandbox) -> None:
    sandbox.faults.add({"kind": "lost_reply", "times": 1, "match": {"subject": "SegmentCreate"}})
    with pytest.raises(OutcomeUnknown):
        run("segment_create", name="Once", query="number_of_orders = 1")
    assert [row["name"] for row in run("segment_search", name="Once")["items"]] == ["Once"]


def test_a_lost_answer_to_a_member_query_harms_nothing(run: Run, sandbox: Sandbox) -> None:
    sandbox.faults.add({"kind": "lost_reply", "times": 1, "match": {"subject": "SegmentMemberQueryCreate"}})
    assert run("segment_member_query", segment_id=BUYERS)["count"] > 0


def test_without_the_scope_the_remedy_is_said(run: Run, regranted: Callable[[str], None]) -> None:
    regranted("read_products")
    with pytest.raises(MissingScope, match="read_customers"):
        run("segment_search")
