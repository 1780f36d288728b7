"""Forecasts over HTTP and in chat: from the copy, with a remedy without one, and with what is missing said."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from copying import copy
from webhost import Caller, ada, app, caller, data_of, error_of, host  # noqa: F401  # fixtures are found by their names

from atom_shopify_plugin.hookspecs import Principal

if TYPE_CHECKING:
    from atom_shopify_plugin.runtime import Runtime
    from atom_shopify_plugin.storage import Store

WHERE = "/api/shopify/enhanced/forecasts"


@pytest.mark.parametrize("path", ["", "/demand", "/demand?variant_id=1380000001"])
def test_without_a_copy_the_remedy_is_told(ada: Caller, store: Store, path: str) -> None:  # noqa: F811
    answer = ada.get(f"{WHERE}{path}")
    assert answer.status_code == 409
    error = error_of(answer)
    assert error["code"] == "NOT_SYNCED"
    assert "atom-shopify sync --shop demo.myshopify.com" in error["message"]


def test_sixty_days_of_orders_are_too_short_for_four_weeks(
    ada: Caller,  # noqa: F811
    runtime: Runtime,
    store: Store,
) -> None:
    copy(runtime, store)
    answer = ada.get(WHERE).get_json()
    reason = answer["data"]["reason"]
    assert answer["data"]["forecast"] is None
    assert reason["known_days"] < reason["needed_days"] == 77
    assert "needs 77" in reason["message"]
    assert [limit["code"] for limit in answer["meta"]["limits"]] == ["ORDERS_OF_60_DAYS"]
    by_sku = data_of(ada.get(f"{WHERE}/demand?variant_id=MUG-BLUE"))["items"]
    assert [(row["sku"], row["forecast"]) for row in by_sku] == [("MUG-BLUE", None)]
    top = data_of(ada.get(f"{WHERE}/demand?first=3"))
    assert len(top["items"]) == 3 < top["sold_variants"]


@pytest.mark.parametrize(
    ("path", "pointer"),
    [
        ("?horizon=0", "/horizon"),
        ("?horizon=99999999999999999999", "/horizon"),
        ("?measure=profit", "/measure"),
        ("?events=2026-13-01=sale", "/events/0"),
        ("?events=sale", "/events/0"),
        ("/demand?variant_id=NO-SUCH", "/variant_id"),
        ("/demand?first=101", "/first"),
        ("?holidays=Germany", "/holidays"),
        ("?holidays=XX", "/holidays"),
        ("/demand?first=1&holidays=DE-XX", "/holidays"),
    ],
)
def test_what_makes_no_sense_is_refused_with_its_place(
    ada: Caller,  # noqa: F811
    runtime: Runtime,
    store: Store,
    path: str,
    pointer: str,
) -> None:
    if "13-01" in path or "XX" in path:
        copy(runtime, store)
    answer = ada.get(f"{WHERE}{path}")
    assert answer.status_code == 400
    assert [fault["pointer"] for fault in error_of(answer)["details"]["faults"]] == [pointer]


def test_a_variant_that_nobody_knows_is_not_found(ada: Caller, runtime: Runtime, store: Store) -> None:  # noqa: F811
    copy(runtime, store)
    assert ada.get(f"{WHERE}/demand?variant_id=4711").status_code == 404


def test_forecasts_are_asked_for_in_chat(runtime: Runtime, store: Store) -> None:
    person = Principal("ada", via="test")
    assert "atom-shopify sync" in runtime.chat.answer(person, "forecast").text
    copy(runtime, store)
    for phrase in ("forecast", "forecast store", "sales forecast"):
        assert "There is no forecast. The history has" in runtime.chat.answer(person, phrase).text
    assert "Mug / Blue (MUG-BLUE)" in runtime.chat.answer(person, "forecast MUG-BLUE").text
