"""What was changed, by whom, when and on what: the audit log is searched over REST, in the shell and in the chat."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from atom_shopify_plugin.errors import InvalidInput
from atom_shopify_plugin.stores.moments import moment_of

if TYPE_CHECKING:
    from webhost import Caller

    from atom_shopify_plugin.hookspecs import Principal
    from atom_shopify_plugin.runtime import Runtime

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 30, 23, 30, tzinfo=UTC)  # the first of December in Berlin
AUDIT = "/api/shopify/audit"


@pytest.mark.parametrize(
    ("text", "begin", "end"),
    [
        ("today", "2026-12-01T00:00+01:00", "2026-12-02T00:00+01:00"),
        ("Yesterday", "2026-11-30T00:00+01:00", "2026-12-01T00:00+01:00"),
        ("this week", "2026-11-30T00:00+01:00", "2026-12-07T00:00+01:00"),
        ("last week", "2026-11-23T00:00+01:00", "2026-11-30T00:00+01:00"),
        ("this month", "2026-12-01T00:00+01:00", "2027-01-01T00:00+01:00"),
        ("2026-10-25", "2026-10-25T00:00+02:00", "2026-10-26T00:00+01:00"),
        ("24h", "2026-11-29T23:30+00:00", "2026-11-29T23:30+00:00"),
        ("7 days ago", "2026-11-23T23:30+00:00", "2026-11-23T23:30+00:00"),
        ("2026-11-30T08:00", "2026-11-30T08:00+01:00", "2026-11-30T08:00+01:00"),
        ("2026-11-30T08:00:00Z", "2026-11-30T08:00+00:00", "2026-11-30T08:00+00:00"),
    ],
)
def test_a_time_is_read_in_the_stores_own_time_zone(text: str, begin: str, end: str) -> None:
    assert moment_of(text, BERLIN, NOW) == datetime.fromisoformat(begin)
    assert moment_of(text, BERLIN, NOW, end=True) == datetime.fromisoformat(end)


@given(st.text(max_size=40), st.booleans())
def test_any_other_text_is_refused(text: str, end: bool) -> None:
    try:
        found = moment_of(text, BERLIN, NOW, end=end)
    except InvalidInput:
        return
    assert found.tzinfo is not None


@pytest.fixture
def product(ada: Caller) -> str:
    """Rename a product twice, tag a customer, and return the product's number."""
    for title in ("First", "Second"):
        assert ada.put("/api/shopify/products/1250000001", {"title": title}).status_code == 200
    tags = {"id": "gid://shopify/Customer/1490000001", "tags": ["searched"]}
    assert ada.post("/api/shopify/tags/add", tags).status_code == 200
    return "1250000001"


def page(person: Caller, **search: str) -> Any:
    answer = person.get(AUDIT, query_string=search)
    assert answer.status_code == 200, answer.data
    return answer.get_json()


def actions(person: Caller, **search: str) -> list[str]:
    return [row["action"] for row in page(person, **search)["data"]["items"]]


def test_entries_are_found_by_how_they_ended(ada: Caller) -> None:
    cup = {"title": "Cup", "handle": "cup"}
    assert [ada.post("/api/shopify/products", cup).status_code for _ in range(2)] == [201, 400]

    def outcomes(**search: str) -> list[str]:
        return [row["outcome"] for row in page(ada, **search)["data"]["items"]]

    assert outcomes() == ["SHOPIFY_USER_ERROR", "ok"]
    assert (outcomes(outcome="ok"), outcomes(outcome="failed")) == (["ok"], ["SHOPIFY_USER_ERROR"])
    assert outcomes(outcome="started") == outcomes(outcome="unknown") == []
    assert outcomes(outcome="") == outcomes()
    assert ada.get(AUDIT, query_string={"outcome": "lost"}).status_code == 400


def test_entries_are_found_by_time_person_action_and_thing(ada: Caller, product: str) -> None:
    assert actions(ada, resource=product) == ["product_update"] * 2
    assert actions(ada, resource=f"gid://shopify/Product/{product}", since="1h") == ["product_update"] * 2
    assert actions(ada, resource=product[1:]) == []
    assert actions(ada, action="tag_add") == actions(ada, action="add_tags") == ["tag_add"]
    assert actions(ada, actor="ada", since="1h", action="product_update") == ["product_update"] * 2
    assert actions(ada, actor="bob") == []
    assert actions(ada, until="last week") == []
    assert actions(ada, since="2999-01-01") == []
    assert "tag_add" in actions(ada, since="yesterday", until="2999-01-01")


def test_a_search_is_paged_and_keeps_its_filter(ada: Caller, product: str) -> None:
    first = page(ada, resource=product, limit="1")
    assert first["page"]["has_more"] is True
    assert first["data"]["items"][0]["before"]["title"] == "First"
    assert first["data"]["items"][0]["after"]["title"] == "Second"
    then = page(ada, resource=product, limit="1", cursor=first["page"]["next"])
    assert then["data"]["items"][0]["after"]["title"] == "First"
    assert then["page"]["has_more"] is False


def test_a_time_that_is_none_is_a_fault_at_its_place(ada: Caller) -> None:
    answer = ada.get(AUDIT, query_string={"since": "the other day"})
    assert answer.status_code == 400
    assert "/since" in answer.get_data(as_text=True)


def test_somebody_else_finds_nothing(mallory: Caller, product: str) -> None:
    assert actions(mallory, resource=product) == []
    assert actions(mallory, actor="ada") == []


def test_the_chat_tells_what_was_changed_from_which_value_to_which(
    ada: Caller, product: str, runtime: Runtime, principal: Principal
) -> None:
    reply = runtime.chat.answer(principal, "What changed today?")
    assert reply is not None
    assert reply.ok
    assert "ada · Update a product · “Second” · title: First → Second · can be undone" in reply.text
    assert "atom-shopify audit undo" in reply.text
    assert [row["action"] for row in reply.data] == ["tag_add", "product_update", "product_update"]
    entry = reply.data[1]["id"]
    assert ada.post(f"{AUDIT}/{entry}/undo").status_code == 200
    again = runtime.chat.answer(principal, "what changed 1h")
    assert again is not None
    assert "title: First → Second · undone" in again.text
    nothing = runtime.chat.answer(principal, "what changed last week")
    assert nothing is not None
    assert nothing.text.startswith("This app changed nothing")
    wrong = runtime.chat.answer(principal, "what changed sometime")
    assert wrong is not None
    assert not wrong.ok
