"""Why a workflow ran or did not: each event that it waited for leaves a trace."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from flow_house import House, eventually, step
from toy_ledger import Ledger

from atom_shopify_plugin.hookspecs import Origin


def why(person, workflow_id="w", query=""):
    return person.ask("GET", f"/definitions/{workflow_id}/why{query}")


def outcomes(person, workflow_id="w"):
    return [trace["outcome"] for trace in why(person, workflow_id)["traces"]]


@pytest.fixture
def waiting(ada):
    """A workflow that waits for payments of 100 and more."""
    ada.create(
        step("s", "echo"),
        trigger={"key": "paid"},
        variables={"limit": 100},
        conditions=["trigger.total >= variables.limit", "trigger.customer.email != ''"],
    )
    return ada


def test_a_condition_that_did_not_hold_is_told_with_the_values_that_it_read(waiting, ledger):
    ledger.emit({"total": 80, "customer": {"email": "bob@example.com"}}, "e1")
    told = eventually(lambda: (told := why(waiting))["traces"][0]["outcome"] == "unmet" and told)
    (trace,) = told["traces"]
    assert trace["why"] == (
        "condition 1 was false: trigger.total >= variables.limit (trigger.total = 80, variables.limit = 100)"
    )
    assert (trace["event"], trace["shop"], trace["dedupe_key"]) == ("paid", "main", "e1")
    assert trace["values"] == {"trigger.total": 80, "variables.limit": 100}
    assert told["hint"] == ""
    assert waiting.runs() == []


def test_a_thing_is_not_told_beside_its_member(ada, ledger):
    ada.create(step("s", "echo"), trigger={"key": "paid"}, conditions=["trigger.a is mapping and trigger.a.b > 1"])
    ledger.emit({"a": {"b": 1}}, "e1")
    eventually(lambda: outcomes(ada) == ["unmet"])
    assert why(ada)["traces"][0]["values"] == {"trigger.a.b": 1}


def test_what_is_private_is_not_told(waiting, ledger):
    ledger.emit({"total": 200, "customer": {"email": ""}}, "e1")
    ledger.emit({"total": 200, "customer": {"email": "bob@example.com"}}, "e2")
    waiting.settled()
    ada = waiting
    ada.create(
        step("s", "echo"), trigger={"key": "paid"}, conditions=["trigger.customer['email'] == 'x'"], id="private"
    )
    ledger.emit({"total": 1, "customer": {"email": "bob@example.com"}}, "e3")
    eventually(lambda: outcomes(ada, "private") == ["unmet"])
    assert why(ada, "private")["traces"][0]["values"] == {"trigger.customer['email']": "[redacted]"}


def test_a_run_that_was_started_is_told_with_what_became_of_it(ada, ledger):
    ada.create(step("s", "echo", n="{{ trigger.n }}"), trigger={"key": "paid"})
    ledger.emit({"n": 1}, "good")
    ledger.emit({}, "bad")
    ada.settled(2)
    bad, good = why(ada)["traces"]
    assert good["why"] == "it started a run, which is completed"
    assert bad["why"] == "it started a run, which is failed: n: there is no `n` in that object"
    assert ada.run(good["run_id"])["state"] == "completed"


def test_an_event_of_another_store_is_told_where_the_store_is_ones_own(ada, ledger):
    ada.create(step("s", "echo"), trigger={"key": "paid", "shop": "main"})
    ledger.emit({}, "e1", "outlet")
    assert outcomes(ada) == ["other_shop"]


def test_an_event_of_a_store_that_is_not_ones_own_is_told_only_if_the_workflow_names_the_store(house, ledger):
    ledger.people = ("ada",)
    bob = house.client("bob")
    bob.create(step("s", "echo"), id="any", trigger={"key": "paid"})
    bob.create(step("s", "echo"), id="named", trigger={"key": "paid", "shop": "main"})
    ledger.emit({}, "e1", "main")
    assert outcomes(bob, "any") == []
    (trace,) = why(bob, "named")["traces"]
    assert (trace["outcome"], trace["why"]) == ("not_yours", "the store is not connected by the workflow's owner")


def test_changes_that_are_ignored_and_older_states_are_told(ada, ledger):
    ada.create(step("s", "echo"), trigger={"key": "paid", "ignore_own_changes": True})
    noon = datetime(2026, 11, 1, 12, tzinfo=UTC)
    ledger.emit({}, "own", caused_by=Origin("chain", "run", 1))
    ledger.emit({}, "new", about="orders/1", as_of=noon)
    ledger.emit({}, "old", about="orders/1", as_of=noon - timedelta(minutes=1))
    assert outcomes(ada) == ["older_state", "started", "own_change"]


def test_a_chain_that_is_too_long_is_told(ada, ledger):
    ada.create(step("s", "echo"), trigger={"key": "paid"})
    ledger.emit({}, "e", caused_by=Origin("chain", "run", 5))
    assert outcomes(ada) == ["chain_too_long"]


def test_a_hint_says_what_stands_in_the_way(ada):
    ada.create(step("s", "echo"), id="hand")
    ada.create(step("s", "echo"), id="event", trigger={"key": "paid"})
    ada.create(step("s", "echo"), id="clock", trigger={"every": 3600})
    assert why(ada, "hand")["hint"].startswith("It is only started by a person")
    assert why(ada, "event")["hint"].startswith("No event paid of your stores has come since 20")
    assert why(ada, "clock")["hint"].startswith("Its next run is due at 20")


def test_only_so_many_traces_are_kept_and_the_newest_first(ada, ledger):
    ada.create(step("s", "echo"), trigger={"key": "paid", "shop": "main"})
    for number in range(205):
        ledger.emit({}, f"e{number}", "outlet")
    traces = why(ada, query="?limit=200")["traces"]
    assert [trace["dedupe_key"] for trace in traces] == [f"e{number}" for number in range(204, 4, -1)]
    assert len(why(ada, query="?limit=3")["traces"]) == 3
    for limit in ("0", "201", "x"):
        ada.ask("GET", f"/definitions/w/why?limit={limit}", 400)


def test_traces_belong_to_the_owner_and_go_with_the_workflow(house, ada, ledger):
    ada.create(step("s", "echo"), trigger={"key": "paid"})
    ledger.emit({}, "e1")
    house.client("bob").ask("GET", "/definitions/w/why", 404)
    house.client("eve", scopes=("atom:operator",)).ask("GET", "/definitions/w/why", 404)
    ada.ask("DELETE", "/definitions/w")
    ada.ask("GET", "/definitions/w/why", 404)
    ada.create(step("s", "echo"), trigger={"key": "paid"})
    assert outcomes(ada) == []


def test_traces_of_a_person_are_forgotten(house, waiting, ledger):
    waiting.create(step("s", "echo"), id="named", trigger={"key": "paid"}, conditions=["trigger.order == 1"])
    ledger.emit({"total": 1, "order": 77123, "customer": {}}, "e1")
    eventually(lambda: outcomes(waiting, "named") == ["unmet"])
    house.host.hook.atom_forget(shop="main", terms=["77123"])
    assert outcomes(waiting, "named") == []
    assert outcomes(waiting) == ["unmet"]
    house.host.hook.atom_forget(shop="main", terms=None)
    assert outcomes(waiting) == []


def test_traces_survive_a_restart(tmp_path):
    ledger = Ledger(tmp_path / "books")
    first = House(tmp_path / "host", [("ledger", ledger)])
    first.client().create(step("s", "echo"), trigger={"key": "paid"}, conditions=["trigger.n > 1"])
    ledger.emit({"n": 1}, "e1")
    eventually(lambda: outcomes(first.client()) == ["unmet"])
    first.host.close()
    second = House(tmp_path / "host", [("ledger", Ledger(tmp_path / "books"))])
    assert outcomes(second.client()) == ["unmet"]
    second.host.close()
