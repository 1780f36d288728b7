"""Audiences as Shopify's segments: the members are the same, and what Shopify can't say is refused with the reason."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from copying import copy
from webhost import Caller, ada, app, caller, data_of, error_of, host  # noqa: F401  # fixtures are found by their names

if TYPE_CHECKING:
    from collections.abc import Callable

    from atom_shopify_plugin.runtime import Runtime
    from atom_shopify_plugin.sandbox.core import Sandbox
    from atom_shopify_plugin.storage import Store

    Run = Callable[..., Any]

WHERE = "/api/shopify/enhanced/segments"


def rule(attribute: str, operator: str, *values: str) -> dict[str, Any]:
    given: dict[str, Any] = {"attribute": attribute, "operator": operator}
    if len(values) == 1:
        return {**given, "value": values[0]}
    return {**given, "values": list(values)} if values else given


NOT_BOTH = (
    "(email_subscription_status IS NULL OR "
    "(email_subscription_status != 'INVALID' AND email_subscription_status != 'PENDING'))"
)
EXACT = {
    "orders": [rule("orders", "at_least", "1"), rule("orders", "is_not", "2", "3")],
    "money": [rule("spent", "more_than", "49.9")],
    "either": [rule("spent", "less_than", "10"), rule("tags", "has", "VIP", "wholesale")],
    "consents": [rule("email_consent", "is", "SUBSCRIBED", "PENDING")],
    "not consents": [rule("sms_consent", "is_not", "SUBSCRIBED")],
    "tags": [rule("tags", "has_not", "vip")],
    "state": [rule("state", "is_not", "DISABLED", "INVITED")],
    "since": [rule("customer_since", "since", "2025-01-01"), rule("customer_since", "until", "2026-06-30")],
    "locale": [rule("locale", "known")],
    "no country": [{"attribute": "country", "operator": "known", "value": "false"}],
}


def test_shopify_finds_the_members_of_the_audience(
    ada: Caller,  # noqa: F811
    runtime: Runtime,
    store: Store,
    run: Run,
) -> None:
    copy(runtime, store)
    found = {}
    for name, rules in EXACT.items():
        data_of(ada.post(WHERE, {"name": name, "match": "any" if name == "either" else "all", "rules": rules}))
        members = {one["id"] for one in data_of(ada.get(f"{WHERE}/{name}/members?limit=250"))["items"]}
        made = ada.post(f"{WHERE}/{name}/segment").get_json()
        assert (made["meta"]["verified"], made["data"]["name"]) == (True, name)
        assert made["data"]["query"] == data_of(ada.get(f"{WHERE}/{name}/query"))["query"]
        there = run("segment_member_list", segment_id=made["data"]["id"], limit=250)["items"]
        assert {one["customer_id"] for one in there} == members, name
        found[name] = len(members)
    assert sum(count > 0 for count in found.values()) >= len(EXACT) - 3, found


@pytest.mark.parametrize(
    ("rules", "query"),
    [
        ([rule("country", "is_not", "de", "AT")],
         "(customer_countries NOT CONTAINS 'DE' AND customer_countries NOT CONTAINS 'AT')"),
        ([rule("days_since_last_order", "more_than", "90")], "last_order_date < -90d"),
        ([rule("days_since_first_order", "is", "0")], "first_order_date = today"),
        ([rule("products", "has", "7")], "products_purchased(id: 7) = true"),
        ([rule("first_order", "until", "2026-11-30")], "first_order_date <= 2026-11-30"),
        ([rule("email_consent", "is_not", "INVALID", "PENDING")], NOT_BOTH),
    ],
)  # fmt: skip
def test_what_differs_a_little_is_said_with_a_note(run: Run, store: Store, rules: Any, query: str) -> None:
    run("audience_create", name="Some", rules=rules)
    told = run("audience_query", audience="Some")
    assert (told["query"], told["reasons"]) == (query, [])
    assert bool(told["notes"]) is ("subscription" not in query)


@pytest.mark.parametrize(
    ("refused", "reason"),
    [
        (rule("rfm_class", "is", "champions"), "rfm_group has other thresholds"),
        (rule("net_sales", "at_least", "100"), "no filter for net sales"),
        (rule("skus", "has", "MUG"), "no filter for SKUs"),
        (rule("tags", "has", "it's"), "quoted safely"),
        (rule("days_since_last_order", "at_most", "999999"), "36500 days"),
    ],
)
def test_what_shopify_can_not_say_is_refused_with_the_reason(
    ada: Caller,  # noqa: F811
    sandbox: Sandbox,
    store: Store,
    refused: Any,
    reason: str,
) -> None:
    data_of(ada.post(WHERE, {"name": "Some", "rules": [rule("orders", "at_least", "1"), refused]}))
    told = data_of(ada.get(f"{WHERE}/Some/query"))
    assert (told["query"], len(told["reasons"])) == (None, 1)
    assert reason in told["reasons"][0]
    before = len(sandbox.store(str(store.shop)).journal)
    error = error_of(ada.post(f"{WHERE}/Some/segment"))
    assert (error["code"], reason in error["message"], "by=tag" in error["message"]) == ("CONFLICT", True, True)
    assert len(sandbox.store(str(store.shop)).journal) == before


def test_the_tag_of_an_audience_makes_a_segment_of_any_rules(
    ada: Caller,  # noqa: F811
    runtime: Runtime,
    store: Store,
    run: Run,
) -> None:
    copy(runtime, store)
    data_of(ada.post(WHERE, {"name": "Best", "rules": [rule("kept_orders", "at_least", "1")]}))
    assert "audience_push adds one" in error_of(ada.post(f"{WHERE}/Best/segment", {"by": "tag"}))["message"]
    with runtime.storage.begin() as session:
        one = runtime.storage.audiences.find(session, store.id, "Best")
        assert one is not None
        runtime.storage.audiences.change(session, one.id, tag="best")
    made = data_of(ada.post(f"{WHERE}/Best/segment", {"by": "tag", "name": "Our best"}))
    assert (made["name"], made["query"]) == ("Our best", "customer_tags CONTAINS 'best'")


def test_a_preview_creates_nothing_and_the_undo_deletes_the_segment(
    ada: Caller,  # noqa: F811
    store: Store,
    run: Run,
) -> None:
    data_of(ada.post(WHERE, {"name": "Some", "rules": EXACT["orders"]}))
    preview = data_of(ada.post(f"{WHERE}/Some/segment?dry_run=true"))["preview"]
    assert [one["operation"] for one in preview["sends"]] == ["SegmentCreate"]
    assert "Some" not in [one["name"] for one in run("segment_search")["items"]]
    undo = ada.post(f"{WHERE}/Some/segment").get_json()["meta"]["undo"]
    assert undo["action"] == "segment_delete"
