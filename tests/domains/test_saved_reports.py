"""Saved reports: kept under a name, shown as any other report, renamed, taken back, deleted, and what is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from copying import copy
from webhost import Caller, ada, app, caller, data_of, error_of, host  # noqa: F401  # fixtures are found by their names

if TYPE_CHECKING:
    from atom_shopify_plugin.hookspecs import Principal
    from atom_shopify_plugin.runtime import Runtime
    from atom_shopify_plugin.storage import Store


WHERE = "/api/shopify/enhanced/saved-reports"
SHOWN = "/api/shopify/enhanced/reports"
CODES = {"name": "Our codes", "sections": ["sales", "sales_by_discount_code first=20"], "period": "last_90_days"}


def test_a_saved_report_is_shown_by_its_name_with_its_period_and_form(
    ada: Caller,  # noqa: F811
    runtime: Runtime,
    store: Store,
) -> None:
    copy(runtime, store)
    made = data_of(ada.post(WHERE, {**CODES, "format": "csv"}))
    for name in ("Our codes", "OUR CODES", made["id"]):
        answer = ada.get(f"{SHOWN}/{name}")
        assert answer.content_type == "text/csv; charset=utf-8"
        assert 'filename="our_codes-' in answer.headers["Content-Disposition"]
    shown = data_of(ada.get(f"{SHOWN}/our codes?format=json"))
    assert (shown["title"], shown["period"]["name"]) == ("Our codes", "last_90_days")
    assert [one["question"] for one in shown["sections"]] == ["sales", "sales_by_discount_code"]
    days = data_of(ada.get(f"{SHOWN}/our codes?format=json&since=2026-11-01&until=2026-11-02"))["period"]
    assert (days["since"], days["until"]) == ("2026-11-01", "2026-11-02"), "those of a call win, as a schedule needs"


def test_a_saved_report_is_asked_for_in_chat(
    ada: Caller,  # noqa: F811
    runtime: Runtime,
    principal: Principal,
    store: Store,
) -> None:
    copy(runtime, store)
    data_of(ada.post(WHERE, {**CODES, "title": "What codes brought", "format": "html"}))
    assert runtime.chat.answer(principal, "report our codes").text.startswith("What codes brought · ")
    assert runtime.chat.answer(principal, "saved reports").text.startswith("Our codes · sales, ")


def test_a_saved_report_is_changed_taken_back_and_deleted(ada: Caller, store: Store) -> None:  # noqa: F811
    made = data_of(ada.post(WHERE, CODES))
    done = ada.put(f"{WHERE}/our codes", {"name": "Codes", "title": "T", "sections": ["orders"]}).get_json()
    assert (done["data"]["name"], done["data"]["sections"], done["data"]["id"]) == ("Codes", ["orders"], made["id"])
    undo = done["meta"]["undo"]["input"]
    back = data_of(ada.put(f"{WHERE}/{made['id']}", {k: v for k, v in undo.items() if k != "saved_report"}))
    assert (back["name"], back["title"], back["sections"]) == ("Our codes", None, CODES["sections"])
    token = error_of(ada.delete(f"{WHERE}/Our codes"))["details"]["confirmation_token"]
    data_of(ada.delete(f"{WHERE}/Our codes?confirm={token}"))
    assert data_of(ada.get(WHERE))["reports"] == []
    error = error_of(ada.get(f"{SHOWN}/Our codes"))
    assert (error["code"], "daily_summary" in error["message"]) == ("NOT_FOUND", True)


@pytest.mark.parametrize("name", ["our CODES", "Weekly sales", "weekly-sales report", "custom"])
def test_a_name_is_there_once_and_ready_reports_keep_theirs(ada: Caller, store: Store, name: str) -> None:  # noqa: F811
    data_of(ada.post(WHERE, CODES))
    assert error_of(ada.post(WHERE, {**CODES, "name": name}))["code"] == "CONFLICT"
    other = data_of(ada.post(WHERE, {**CODES, "name": "Other"}))
    assert error_of(ada.put(f"{WHERE}/{other['id']}", {"name": name}))["code"] == "CONFLICT"


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"sections": ["sales", "sales_by_weather"]}, "/sections/1"),
        ({"sections": ["sales_by_tag first=51"]}, "/sections/0"),
        ({"period": "last_century"}, "/period"),
        ({"name": "../../etc/passwd"}, "/name"),
        ({"name": "two\nlines"}, "/name"),
        ({"name": "x" * 81}, "/name"),
        ({"name": "\u00a0"}, "/name"),
        ({"format": "exe"}, "/format"),
    ],
)
def test_what_no_report_can_show_is_not_saved(ada: Caller, store: Store, change: Any, pointer: str) -> None:  # noqa: F811
    error = error_of(ada.post(WHERE, {**CODES, **change}))
    assert [fault["pointer"] for fault in error["details"]["faults"]] == [pointer]
    assert data_of(ada.get(WHERE))["reports"] == []


def test_a_hostile_name_is_text_on_the_page_and_no_name_of_a_file(
    ada: Caller,  # noqa: F811
    runtime: Runtime,
    store: Store,
) -> None:
    copy(runtime, store)
    made = data_of(ada.post(WHERE, {**CODES, "name": '=cmd|"<script>alert(1)<\\script>'}))
    page = ada.get(f"{SHOWN}/{made['id']}?format=html").text
    assert "<script" not in page
    told = ada.get(f"{SHOWN}/{made['id']}?format=csv").headers["Content-Disposition"]
    assert 'filename="cmd_script_alert_1_script-' in told


def test_a_store_has_at_most_a_hundred(ada: Caller, runtime: Runtime, store: Store) -> None:  # noqa: F811
    with runtime.storage.begin() as session:
        for n in range(100):
            runtime.storage.saved.add(session, store.id, "saved_report", f"{n:032x}", f"Report {n}", {})
    assert "at most 100 saved reports" in error_of(ada.post(WHERE, CODES))["message"]
