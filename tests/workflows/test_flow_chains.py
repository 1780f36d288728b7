"""Workflows that start themselves or each other: a chain ends, a loop is warned about, and a burst is let through."""

from __future__ import annotations

import copy
import itertools

import pytest
from flow_house import eventually, step
from toy_ledger import MANIFEST, Ledger

from atom_shopify_plugin.hookspecs import hookimpl

LISTENING = {"key": "paid"}
PATIENCE = 30


class Echoing(Ledger):
    """A ledger in which each line that is written fires `paid` about that line's thing.

    `knows` says whether it can tell which run wrote.
    """

    knows = True
    numbers = itertools.count()

    @hookimpl
    def atom_services(self):
        manifest = copy.deepcopy(MANIFEST)
        for entry in manifest["workflow_actions"]:
            if entry["key"] == "write":
                entry["fires"] = ["paid"]
        return [manifest]

    def _write(self, given, context, key):
        answer = super()._write(given, context, key)
        origin = context.get("origin") if self.knows else None
        self.emit(given, f"echo-{next(self.numbers)}", about=f"things/{given.get('thing', 1)}", caused_by=origin)
        return answer


@pytest.fixture
def ledger(tmp_path):
    return Echoing(tmp_path / "books")


def quiet(person, count):
    """The runs, as soon as there are `count` and no more come."""
    found = person.settled(count, PATIENCE)
    assert len(found) == count, [run["error"] for run in found]
    return found


def test_a_workflow_that_starts_itself_is_stopped_and_says_how_to_go_on(ada, ledger):
    ada.create(step("s", "write", thing=1), trigger=LISTENING)
    ledger.emit({}, "e1", about="things/1")
    found = quiet(ada, 6)
    last, first = found[0], found[-1]
    assert [run["chain"]["depth"] for run in found] == [6, 5, 4, 3, 2, 1]
    assert {run["chain"]["id"] for run in found} == {first["id"]}
    assert (last["state"], last["error"]["code"]) == ("failed", "CHAIN_TOO_LONG")
    for word in ("ATOM_HOST_CHAIN_LENGTH", "ignore_own_changes", first["id"]):
        assert word in last["error"]["message"]
    assert [run["state"] for run in found[1:]] == ["completed"] * 5
    assert len(ledger.effects()) == 5


def test_a_stopped_run_goes_on_when_a_person_says_so(ada, ledger):
    ada.create(step("s", "write", thing=1), trigger=LISTENING)
    ledger.emit({}, "e1", about="things/1")
    stopped = quiet(ada, 6)[0]
    ada.ask("POST", f"/runs/{stopped['id']}/retry")
    assert eventually(lambda: len(ledger.effects()) == 6 and len(ada.runs()) == 7)


def test_two_workflows_that_start_each_other_are_one_chain(ada, ledger):
    ada.create(step("s", "write", thing=1, turn="b"), trigger=LISTENING, id="a", conditions=["trigger.turn == 'a'"])
    ada.create(step("s", "write", thing=1, turn="a"), trigger=LISTENING, id="b", conditions=["trigger.turn == 'b'"])
    ledger.emit({"turn": "a"}, "e1", about="things/1")
    found = ada.settled(6, PATIENCE)
    ended = [run for run in found if run["state"] == "completed" and run["note"] is None]
    assert [run["workflow_id"] for run in reversed(ended)] == ["a", "b", "a", "b", "a"]
    stopped = [run for run in found if run["state"] == "failed"]
    assert {(run["error"]["code"], run["chain"]["depth"]) for run in stopped} == {("CHAIN_TOO_LONG", 6)}
    assert "b" in {run["workflow_id"] for run in stopped}


def test_the_length_of_a_chain_is_a_setting_and_outlives_the_host(open_house, ledger):
    settings = {"ATOM_HOST_CHAIN_LENGTH": "2", "ATOM_HOST_WORKFLOW_THREADS": "0"}
    first = open_house([("ledger", ledger)], **settings)
    first.client().create(step("s", "write", thing=1), trigger=LISTENING)
    ledger.emit({}, "e1", about="things/1")
    first.host.close()
    second = open_house([("ledger", ledger)], **{**settings, "ATOM_HOST_WORKFLOW_THREADS": "2"})
    found = quiet(second.client(), 3)
    assert [run["chain"]["depth"] for run in found] == [3, 2, 1]
    assert found[0]["error"]["code"] == "CHAIN_TOO_LONG"


def test_a_workflow_may_leave_changes_by_workflows_out(ada, ledger):
    ada.create(step("s", "write", thing=1), trigger={**LISTENING, "ignore_own_changes": True})
    ledger.emit({}, "e1", about="things/1")
    quiet(ada, 1)
    assert len(ledger.effects()) == 1


def test_a_loop_that_nobody_knows_of_ends_at_the_number_of_runs_about_one_thing(open_house, ledger):
    ledger.knows = False
    ada = open_house([("ledger", ledger)], ATOM_HOST_RUNS_PER_THING="7").client()
    ada.create(step("s", "write", thing=1), trigger=LISTENING)
    ledger.emit({}, "e1", about="things/1")
    found = quiet(ada, 8)
    assert (found[0]["state"], found[0]["error"]["code"]) == ("failed", "TOO_MANY_RUNS")
    assert "ATOM_HOST_RUNS_PER_THING" in found[0]["error"]["message"]
    ledger.emit({}, "e2", about="things/1")  # it is said once
    ledger.emit({}, "e3", about="things/2")  # another thing has its own number
    assert sum(run["state"] == "failed" for run in quiet(ada, 9)) == 1


def test_a_burst_about_many_things_is_not_slowed(open_house, tmp_path):
    ledger = Ledger(tmp_path / "books")
    ada = open_house([("ledger", ledger)], ATOM_HOST_RUNS_PER_THING="2").client()
    ada.create(step("s", "write", n="{{ trigger.n }}"), trigger=LISTENING)
    for number in range(100):
        ledger.emit({"n": number}, f"e{number}", about=f"things/{number}")
    assert {run["state"] for run in quiet(ada, 100)} == {"completed"}
    assert sorted(effect["n"] for effect in ledger.effects()) == list(range(100))


def test_creating_a_workflow_that_starts_itself_warns(ada):
    body = {"id": "w", "trigger": LISTENING, "steps": [step("a", "echo"), step("b", "write")]}
    (warning,) = ada.ask("POST", "/definitions", json=body)["warnings"]
    assert warning["pointer"] == "/steps/1/action"
    assert "paid" in warning["message"]
    for changes in ({"trigger": {**LISTENING, "ignore_own_changes": True}}, {"trigger": {"every": 60}},
                    {"steps": [step("a", "echo")]}):  # fmt: skip
        assert ada.ask("POST", "/definitions", json={**body, **changes})["warnings"] == []
    alias = {**body, "trigger": {"key": "payment"}}
    assert len(ada.ask("POST", "/definitions", json=alias)["warnings"]) == 1
