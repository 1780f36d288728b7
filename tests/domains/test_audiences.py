"""Audiences over HTTP, in chat and as actions: classes, saved rules, members, and what is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from copying import copy
from webhost import Caller, ada, app, caller, data_of, error_of, host  # noqa: F401  # fixtures are found by their names

from atom_shopify_plugin.actions.run import Call
from atom_shopify_plugin.hookspecs import Principal

if TYPE_CHECKING:
    from collections.abc import Callable

    from atom_shopify_plugin.runtime import Runtime
    from atom_shopify_plugin.storage import Store

    Run = Callable[..., Any]

WHERE = "/api/shopify/enhanced/segments"
BUYERS = [{"attribute": "orders", "operator": "at_least", "value": "1"}]


def test_classes_and_members_over_http(ada: Caller, runtime: Runtime, store: Store) -> None:  # noqa: F811
    copy(runtime, store)
    classes = data_of(ada.get("/api/shopify/enhanced/rfm"))
    assert sum(one["customers"] for one in classes["classes"]) == classes["customers"] > 0
    page = ada.get("/api/shopify/enhanced/rfm/customers?limit=2").get_json()
    assert len(page["data"]) == 2 if isinstance(page["data"], list) else len(page["data"]["items"]) == 2
    made = data_of(ada.post(WHERE, {"name": "Buyers", "rules": BUYERS}))
    assert made["members"] > 0
    assert made["description"] == "Customers of whom this holds: the number of orders is at least 1."
    assert [one["name"] for one in data_of(ada.get(WHERE))["audiences"]] == ["Buyers"]
    members = data_of(ada.get(f"{WHERE}/buyers/members?limit=250"))["items"]
    assert len(members) == made["members"]
    first = members[0]
    told = data_of(ada.get(f"{WHERE}/{made['id']}/customers/{first['legacy_id']}"))
    assert told["member"] is True
    assert told["explanation"].startswith("The customer is in “Buyers”, because all rules are met: ")


def test_without_a_copy_an_audience_is_saved_and_its_size_is_not_known(run: Run, store: Store) -> None:
    made = run("audience_create", name="Buyers", rules=BUYERS)
    assert (made["members"], made["complete"]) == (None, False)
    assert "atom-shopify sync --shop demo.myshopify.com" in made["members_unknown"]


def test_a_name_is_taken_once_in_whatever_case(ada: Caller, run: Run, store: Store) -> None:  # noqa: F811
    run("audience_create", name="Buyers", rules=BUYERS)
    error = error_of(ada.post(WHERE, {"name": " bUYERS ", "rules": BUYERS}))
    assert (error["code"], error["retryable"]) == ("CONFLICT", False)
    error = error_of(ada.get(f"{WHERE}/Buyer"))
    assert "Did you mean Buyers?" in error["message"]


def test_a_preview_saves_nothing(runtime: Runtime, principal: Principal, run: Run, store: Store) -> None:
    given = {"name": "Buyers", "rules": BUYERS}
    answer = runtime.actions.run(Call(principal, "audience_create", given, preview=True))
    assert answer.data["preview"]["sends"] == []
    assert run("audience_list")["audiences"] == []


def test_a_call_that_is_repeated_under_its_key_saves_one(
    runtime: Runtime, principal: Principal, run: Run, store: Store
) -> None:
    call = Call(principal, "audience_create", {"name": "Buyers", "rules": BUYERS}, idempotency_key="once")
    first, second = (runtime.actions.run(call).data for _ in range(2))
    assert first["id"] == second["id"]
    assert len(run("audience_list")["audiences"]) == 1


@pytest.mark.parametrize(
    ("rule", "pointer", "told"),
    [
        ({"attribute": "countri", "operator": "is", "value": "DE"}, "/rules/0/attribute", "country"),
        ({"attribute": "country", "operator": "at_least", "value": "DE"}, "/rules/0/operator", "is, is_not or known"),
        ({"attribute": "country", "operator": "is", "value": "Germany"}, "/rules/0/value", "code of a country"),
        ({"attribute": "country", "operator": "is"}, "/rules/0", "either a value or several values"),
        ({"attribute": "orders", "operator": "at_least", "values": ["1", "2"]}, "/rules/0/values", "one value"),
        ({"attribute": "orders", "operator": "at_least", "value": "9" * 40}, "/rules/0/value", "a whole number"),
        ({"attribute": "spent", "operator": "at_least", "value": "1e9"}, "/rules/0/value", "an amount"),
        ({"attribute": "spent", "operator": "at_least", "value": "NaN"}, "/rules/0/value", "an amount"),
        ({"attribute": "last_order", "operator": "since", "value": "2026-02-30"}, "/rules/0/value", "a day"),
        ({"attribute": "customer_since", "operator": "until", "value": "9999-12-31"}, "/rules/0/value", "a day"),
        ({"attribute": "rfm_class", "operator": "is", "value": "champion"}, "/rules/0/value", "champions"),
        ({"attribute": "recency_score", "operator": "is", "value": "6"}, "/rules/0/value", "from 1 to 5"),
        ({"attribute": "products", "operator": "has", "values": ["1", "mug"]}, "/rules/0/values/1", "id of a product"),
        ({"attribute": "tags", "operator": "has", "value": " "}, "/rules/0/value", "not be blank"),
        ({"attribute": "orders", "operator": "known", "value": "maybe"}, "/rules/0/value", "true or false"),
        ({"attribute": "orders", "operator": None, "value": None}, "/rules/0/operator", ""),
    ],
)
def test_a_rule_that_says_nothing_is_refused_with_its_place(
    ada: Caller,  # noqa: F811
    store: Store,
    rule: dict[str, Any],
    pointer: str,
    told: str,
) -> None:
    error = error_of(ada.post(WHERE, {"name": "Some", "rules": [rule]}))
    assert error["code"] == "VALIDATION_ERROR"
    assert {fault["pointer"] for fault in error["details"]["faults"]} == {pointer}
    assert told in str(error)


@pytest.mark.parametrize(
    ("phrase", "told"),
    [
        ("customer groups", "customers have an order that counts."),
        ("rfm", "customers have an order that counts."),
        ("who are my best customers", "Last order"),
        ("best customers", "Last order"),
        ("audiences", "There are no audiences."),
    ],
)
def test_questions_are_answered_in_chat(runtime: Runtime, store: Store, phrase: str, told: str) -> None:
    copy(runtime, store)
    assert told in runtime.chat.answer(Principal("ada", via="test"), phrase).text
