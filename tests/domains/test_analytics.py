"""Questions about a store over HTTP and in chat: from its copy, with what is missing said, and a remedy without one."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from copying import copy
from webhost import Caller, ada, app, caller, data_of, error_of, host  # noqa: F401  # fixtures are found by their names

from atom_shopify_plugin.actions.run import Call
from atom_shopify_plugin.errors import InvalidInput
from atom_shopify_plugin.hookspecs import Principal

if TYPE_CHECKING:
    from collections.abc import Callable

    from atom_shopify_plugin.runtime import Runtime
    from atom_shopify_plugin.sandbox.core import Sandbox
    from atom_shopify_plugin.storage import Store

WHERE = "/api/shopify/enhanced/analytics"
YEAR = {"since": "2026-01-01", "until": "2026-11-30"}


@pytest.mark.parametrize("path", ["", "/breakdown?by=product", "/customers", "/orders"])
def test_without_a_copy_the_remedy_is_told(ada: Caller, store: Store, path: str) -> None:  # noqa: F811
    answer = ada.get(f"{WHERE}{path}")
    assert answer.status_code == 409
    error = error_of(answer)
    assert (error["code"], error["retryable"]) == ("NOT_SYNCED", False)
    assert "atom-shopify sync --shop demo.myshopify.com" in error["message"]


def test_each_report_says_the_same_from_orders_and_from_the_copy(
    runtime: Runtime, principal: Principal, store: Store
) -> None:
    questions = [
        {"period": period, "group_by": by, "compare": True, "top": 100}
        for period, by in (("last_90_days", "week"), ("last_month", "day"), ("this month", "month"))
    ]
    read = [runtime.actions.run(Call(principal, "report_generate", one)).data for one in questions]
    assert {one["source"] for one in read} == {"orders"}
    assert any(one["totals"]["orders"] for one in read)
    copy(runtime, store)
    for question, before in zip(questions, read, strict=True):
        found = runtime.actions.run(Call(principal, "report_generate", question)).data
        own = {"source", "orders_read", "other_currencies"}
        assert found["source"] == "mirror"
        assert {name: found[name] for name in found if name not in own} == {
            name: before[name] for name in before if name not in own
        }


def test_one_product_is_asked_about_alone(runtime: Runtime, principal: Principal, store: Store) -> None:
    copy(runtime, store)

    def rows(**given: object) -> list[dict[str, object]]:
        answer = runtime.actions.run(Call(principal, "analytics_breakdown", {**YEAR, "first": 250, **given})).data
        found: list[dict[str, object]] = answer["rows"]
        return found

    every = rows(by="product")
    assert len(every) > 1
    for one in every[:2]:
        assert rows(by="product", product_id=one["product_id"]) == [one]
    variant = rows(by="variant")[1]
    assert rows(by="variant", variant_id=variant["value"]) == [variant]
    assert rows(by="product", product_id=999) == []
    with pytest.raises(InvalidInput, match="by product"):
        rows(by="channel", product_id=999)


def test_a_copy_that_is_not_current_is_not_reported_from(runtime: Runtime, principal: Principal, store: Store) -> None:
    copy(runtime, store)
    given = {"period": "today"}
    assert runtime.actions.run(Call(principal, "report_generate", given)).data["source"] == "mirror"
    storage = runtime.storage
    with storage.begin() as session:  # nobody has read what changed for two hours
        mirror = storage.mirrors.lock(session, store)
        orders = storage.sync_runs.find(session, mirror, "orders")
        assert orders is not None
        storage.sync_runs.advance(session, mirror, orders, read_up_to=storage.now() - timedelta(hours=2))
    assert runtime.actions.run(Call(principal, "report_generate", given)).data["source"] == "orders"
    assert runtime.actions.run(Call(principal, "report_generate", {"period": "last_month"})).data["source"] == "mirror"


def test_the_parts_of_an_answer_add_up_over_http(ada: Caller, runtime: Runtime, store: Store) -> None:  # noqa: F811
    copy(runtime, store)
    query = "&".join(f"{name}={value}" for name, value in YEAR.items())
    sales = data_of(ada.get(f"{WHERE}?{query}&group_by=month"))
    assert sales["totals"]["orders"] == sum(row["orders"] for row in sales["rows"]) > 0
    channels = data_of(ada.get(f"{WHERE}/breakdown?{query}&by=channel&first=250"))
    assert channels["totals"] == sales["totals"]
    assert sum(row["orders"] for row in channels["rows"]) == sales["totals"]["orders"]
    orders = data_of(ada.get(f"{WHERE}/orders?{query}"))
    assert orders["orders"]["total"] == sales["totals"]["orders"]
    customers = data_of(ada.get(f"{WHERE}/customers?{query}"))
    assert customers["customers"]["total"] == customers["customers"]["new"] + customers["customers"]["returning"]


@pytest.mark.parametrize(
    ("path", "pointer"),
    [
        ("?since=2026-02-01&until=2026-01-01", "/until"),
        ("?since=2000-01-01", "/until"),
        ("?period=someday", "/period"),
        ("?group_by=hour", "/group_by"),
        ("/breakdown", "/by"),
        ("?convert_to=USD&rates=EUR=0", "/rates/0"),
    ],
)
def test_what_makes_no_sense_is_refused_with_its_place(
    ada: Caller,  # noqa: F811
    runtime: Runtime,
    store: Store,
    path: str,
    pointer: str,
) -> None:
    copy(runtime, store)
    error = error_of(ada.get(f"{WHERE}{path}"))
    assert [fault["pointer"] for fault in error["details"]["faults"]] == [pointer]


def test_without_the_scope_of_another_stream_orders_are_answered_from(
    ada: Caller,  # noqa: F811
    runtime: Runtime,
    sandbox: Sandbox,
    store: Store,
    regranted: Callable[[str], None],
) -> None:
    regranted("read_orders,read_products,read_customers,read_inventory,read_locations")
    streams = copy(runtime, runtime.stores.by_name(Principal("ada"), None))
    assert streams["discounts"].state == "failed"
    assert data_of(ada.get(WHERE))["source"] == "mirror"
    regranted("read_products")
    runtime.storage.mirrors.drop(store.id)
    copy(runtime, runtime.stores.by_name(Principal("ada"), None))
    error = error_of(ada.get(WHERE))
    assert "read_orders" in error["message"]
    assert error["retryable"] is False


@pytest.mark.parametrize(
    ("phrase", "told"),
    [
        ("sales by channel", "by net sales."),
        ("sales by discount code", "by net sales."),
        ("sales by product", "sold"),
        ("slow products", "fewest units first."),
        ("returning customers", "ordered more than once"),
        ("customer retention", "customers ordered"),
        ("late orders", "wait for their fulfilment"),
    ],
)
def test_questions_are_answered_in_chat(runtime: Runtime, store: Store, phrase: str, told: str) -> None:
    person = Principal("ada", via="test")
    before = runtime.chat.answer(person, phrase)
    assert "atom-shopify sync" in before.text
    copy(runtime, store)
    assert told in runtime.chat.answer(person, phrase).text


def test_older_orders_are_said_to_be_missing_only_where_the_copy_lacks_them(
    ada: Caller,  # noqa: F811
    runtime: Runtime,
    store: Store,
) -> None:
    assert "read_all_orders" not in store.granted_scopes
    copy(runtime, store)
    codes = {}
    for period in ("last_30_days", "last_90_days"):
        answer = ada.get(f"{WHERE}?period={period}").get_json()
        codes[answer["data"]["complete"]] = [limit["code"] for limit in answer["meta"].get("limits", ())]
    assert codes == {True: [], False: ["ORDERS_OF_60_DAYS"]}
    for path in ("/customers?", "/breakdown?by=customer_kind&"):
        data = data_of(ada.get(f"{WHERE}{path}period=last_30_days"))
        assert data["complete"] is False, "who is new depends on all earlier orders"
