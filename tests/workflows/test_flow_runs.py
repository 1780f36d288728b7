"""Runs: how they begin, what their steps see, and what becomes of failures."""

from __future__ import annotations

import pytest
from flow_house import eventually, step


def states(run):
    return {one["id"]: one["state"] for one in run["steps"]}


def test_an_event_starts_a_run_with_its_payload(ada, ledger):
    ada.create(step("s", "write", id="{{ trigger.order.id }}", note="paid {{ trigger.sum }}"), trigger={"key": "paid"})
    ledger.emit({"order": {"id": 7}, "sum": 12.5}, "e1")
    (run,) = ada.settled()
    assert (run["state"], run["cause"], run["shop"]) == ("completed", "event", "main")
    assert ledger.effects() == [{"id": 7, "note": "paid 12.5"}]


def test_the_same_event_starts_one_run(ada, ledger):
    ada.create(step("s", "write", n="{{ trigger.n }}"), trigger={"key": "paid"})
    for _ in range(5):
        ledger.emit({"n": 1}, "e1")
    ledger.emit({"n": 2}, "e2")
    assert len(ada.settled(2)) == 2
    assert sorted(one["n"] for one in ledger.effects()) == [1, 2]


def test_a_trigger_may_be_named_by_its_other_name(ada, ledger):
    ada.create(step("s", "write", n=1), trigger={"key": "payment"})
    ledger.emit({}, "e1")
    assert ada.settled()[0]["state"] == "completed"


def test_an_event_starts_no_workflow_of_somebody_who_may_not_see_it(house, ledger):
    mallory = house.client("mallory")
    mallory.create(step("s", "write", n="{{ trigger.n }}"), trigger={"key": "paid"})
    ledger.emit({"n": 1}, "e1")
    assert mallory.runs() == []


@pytest.mark.parametrize("members", [{"trigger": {"key": "paid", "shop": "main"}},
                                     {"trigger": {"key": "paid"}, "shop": "main"}])  # fmt: skip
def test_an_event_of_another_shop_does_not_concern_a_workflow_that_names_one(ada, ledger, members):
    ada.create(step("s", "write", n=1), **members)
    ledger.emit({}, "e1", shop="other")
    ledger.emit({}, "e2", shop="main")
    assert [run["event"]["dedupe_key"] for run in ada.settled()] == ["e2"]


@pytest.mark.parametrize(
    ("sum_", "runs"),
    [("500.00", 1), ("499.99", 0), (None, 0), ("", 0)],
    ids=["met", "not met", "null", "empty"],
)
def test_conditions_decide_whether_an_event_starts_a_run(ada, ledger, sum_, runs):
    ada.create(
        step("s", "write", n=1),
        trigger={"key": "paid"},
        variables={"limit": 500},
        conditions=["trigger.sum | default('0', true) | float >= variables.limit"],
    )
    ledger.emit({"sum": sum_}, "e1")
    ledger.emit({"sum": "1000"}, "last")
    assert len(ada.settled(runs + 1)) == runs + 1


def test_a_run_by_hand_keeps_to_the_conditions_too(ada, ledger):
    ada.create(step("s", "write", n=1), conditions=["input.yes"])
    assert ada.execute(input={"yes": False})["note"] == "condition 1 was false"
    assert ada.execute(input={"yes": True})["results"]["s"]["success"] is True
    assert len(ledger.effects()) == 1


def test_steps_read_the_values_of_earlier_steps_with_their_types(ada, ledger):
    ada.create(
        step("first", items=[{"n": 1}, {"n": 2}], flag=True),
        step(
            "second", "write", all="{{ first['items'] }}", last="{{ steps.first['items'][1].n }}",
            flag="{{ first.flag }}", text="n={{ first['items'][0].n }}", deep={"list": ["{{ input.who }}"]},
        ),
    )  # fmt: skip
    answer = ada.execute(input={"who": "grace"})
    assert answer["status"] == "completed"
    assert ledger.effects() == [
        {"all": [{"n": 1}, {"n": 2}], "last": 2, "flag": True, "text": "n=1", "deep": {"list": ["grace"]}}
    ]


def test_a_value_that_looks_like_an_expression_is_not_evaluated_again(ada, ledger):
    ada.create(step("s", "write", text="{{ input.text }}"))
    ada.execute(input={"text": "{{ variables }} [1, 2]"})
    assert ledger.effects() == [{"text": "{{ variables }} [1, 2]"}]


def test_a_missing_value_fails_the_step_and_says_which(ada):
    ada.create(step("s", "write", id="{{ trigger.customer.id }}"))
    answer = ada.execute(trigger_data={"customer": {}})
    assert answer["status"] == "failed"
    assert answer["errors"] == ["id: there is no `id` in that object"]


def test_when_skips_a_step(ada, ledger):
    ada.create(step("a", "write", n=1, when="input.n > 3"), step("b", "write", n=2, when="{{ input.n <= 3 }}"))
    run = ada.run(ada.execute(input={"n": 3})["execution_id"])
    assert states(run) == {"a": "skipped", "b": "done"}
    assert ledger.effects() == [{"n": 2}]


def test_a_condition_step_that_does_not_hold_ends_the_run_as_planned(ada, ledger):
    ada.create(step("gate", of="condition", condition="input.go"), step("s", "write", n=1))
    answer = ada.execute(input={"go": False})
    assert (answer["status"], answer["note"]) == ("completed", "the condition of step gate was false")
    assert ledger.effects() == []
    assert ada.execute(input={"go": True})["status"] == "completed"
    assert ledger.effects() == [{"n": 1}]


def test_a_retryable_failure_is_tried_again_under_the_same_key(ada, ledger):
    ada.create(step("s", "flaky", failures=2, retry={"count": 2, "backoff": 0.01}))
    answer = ada.execute()
    assert answer["status"] == "completed"
    assert ada.run(answer["execution_id"])["steps"][0]["attempts"] == 3
    assert {line["key"] for line in ledger.lines("calls")} == {f"{answer['execution_id']}:s"}
    assert len(ledger.effects()) == 1


def test_retries_end_at_their_count(ada, ledger):
    ada.create(step("s", "flaky", failures=9, retry={"count": 2, "backoff": 0}), step("t", "write", n=1))
    answer = ada.execute()
    assert (answer["status"], answer["errors"]) == ("failed", ["It is UNAVAILABLE."])
    assert len(ledger.lines("calls")) == 3


def test_a_failure_of_another_kind_is_not_tried_again(ada, ledger):
    ada.create(step("s", "broken"))
    answer = ada.execute()
    assert answer["status"] == "failed"
    assert "hunter2" not in str(answer)
    assert len(ledger.lines("calls")) == 1


@pytest.mark.parametrize("kind", ["none", "no-ok", "nan", "text", "object", "huge", "wordless"])
def test_an_answer_that_makes_no_sense_is_a_failed_step(ada, kind):
    ada.create(step("s", "nonsense", kind=kind))
    assert ada.execute()["status"] == "failed"


@pytest.mark.parametrize("member", [{"continue_on_error": True}, {"stop_on_failure": False}])
def test_a_run_goes_on_after_a_failure_that_it_may_have(ada, ledger, member):
    ada.create(
        step("s", "broken", **member),
        step("t", "write", code="{{ errors.s.code }}", when="'s' in errors"),
        step("u", "write", n=2, when="'s' not in errors"),
    )
    answer = ada.execute()
    assert (answer["status"], answer["results"]["s"]["success"]) == ("completed", False)
    assert ledger.effects() == [{"code": "PLUGIN_ERROR"}]


def test_a_person_can_let_a_failed_run_go_on_where_it_failed(ada, ledger):
    ada.create(step("s", "write", n=1), step("t", "flaky", failures=1, retry={"count": 0}), step("u", "write", n=3))
    run_id = ada.execute()["execution_id"]
    ada.ask("POST", f"/runs/{run_id}/retry")
    run = eventually(lambda: ada.run(run_id)["state"] == "completed" and ada.run(run_id))
    assert states(run) == {"s": "done", "t": "done", "u": "done"}
    assert [line["key"].split(":")[1] for line in ledger.lines("calls")] == ["s", "t", "t", "u"]
    assert len(ledger.effects()) == 3


def test_only_a_failed_run_can_be_retried(ada):
    ada.create(step("s"))
    run_id = ada.execute()["execution_id"]
    assert "failed" in ada.ask("POST", f"/runs/{run_id}/retry", 409)["message"]


def test_an_unknown_outcome_waits_for_a_person_who_has_looked(ada, ledger):
    ada.create(step("s", "unsure", after=1))
    answer = ada.execute()
    assert answer["errors"] == ["It is OUTCOME_UNKNOWN."]
    ada.ask("POST", f"/runs/{answer['execution_id']}/retry")
    eventually(lambda: ada.run(answer["execution_id"])["state"] == "completed")
    assert len(ledger.effects()) == 1


def test_a_step_that_may_be_repeated_repeats_after_an_unknown_outcome(ada, ledger):
    ada.create(step("s", "unsure", after=2, safe_to_repeat=True))
    assert ada.execute()["status"] == "completed"
    assert [line["key"].count(":") for line in ledger.lines("calls")] == [1, 2, 2]


def test_an_unknown_outcome_that_its_own_key_protects_is_repeated_with_that_key(ada, ledger):
    ada.create(step("s", "protected", failures=1, safe_to_repeat=True, retry={"count": 1, "backoff": 0}))
    assert ada.execute()["status"] == "completed"
    assert len({line["key"] for line in ledger.lines("calls")}) == 1


def test_a_plugin_is_told_the_run_and_the_step_as_the_request(ada, ledger):
    ada.create(step("s", "write"))
    run_id = ada.execute()["execution_id"]
    assert [context["request_id"] for context in ledger.contexts] == [f"{run_id}:s"]


def test_a_workflow_acts_as_its_owner_without_the_owners_scopes(house, ledger):
    grace = house.client("grace", tenant="lab", scopes=("atom:operator",))
    grace.create(step("s", "write", n=1), shop="corner")
    grace.execute()
    principal = ledger.contexts[0]["principal"]
    assert (principal.subject, principal.tenant, principal.scopes, principal.via) == (
        "grace", "lab", frozenset(), "workflow",
    )  # fmt: skip
    assert ledger.contexts[0]["shop"] == "corner"


def test_an_event_that_is_taken_names_the_shop_to_act_in(ada, ledger):
    ada.create(step("s", "write"), step("t", "write", shop="{{ trigger.other }}"), trigger={"key": "paid"})
    ledger.emit({"other": "second"}, "e1", shop="first")
    ada.settled()
    assert [context["shop"] for context in ledger.contexts] == ["first", "second"]


def test_a_delay_puts_the_rest_off(ada, ledger):
    ada.create(step("pause", of="delay", delay_seconds=0.3), step("s", "write", n=1))
    answer = ada.execute(wait=0)
    assert answer["status"] in ("pending", "running")
    (run,) = ada.settled()
    shown = ada.run(run["id"])["steps"]
    assert shown[0]["output"] == {"waited_seconds": 0.3}
    assert shown[1]["started_at"] > shown[0]["started_at"]


def test_a_schedule_starts_runs_and_a_missed_time_is_made_up_once(ada, ledger):
    ada.create(step("s", "write", due="{{ trigger.due }}"), trigger={"every": 1})
    runs = ada.settled(2)
    ada.ask("DELETE", "/definitions/w")
    due = [run["event"]["dedupe_key"] for run in runs]
    assert len(set(due)) == len(due)
    assert all(run["cause"] == "schedule" for run in runs)


def test_a_cancelled_run_does_nothing_more(ada, ledger):
    ada.create(step("s", "slow", until="go"), step("t", "write", n=2))
    run_id = ada.execute(wait=0)["execution_id"]
    eventually(lambda: ledger.lines("calls"))
    assert ada.ask("POST", f"/runs/{run_id}/cancel")["run"]["state"] == "cancelled"
    (ledger.folder / "go").touch()
    eventually(lambda: ledger.effects())
    assert ada.ask("POST", f"/runs/{run_id}/cancel", 409)
    run = ada.run(run_id)
    assert (run["state"], states(run)) == ("cancelled", {"s": "cancelled", "t": "skipped"})
    assert len(ledger.lines("calls")) == 1


def test_a_changed_workflow_leaves_the_runs_that_were_begun_alone(ada, ledger):
    ada.create(step("pause", of="delay", delay_seconds=0.2), step("s", "write", version=1))
    ada.execute(wait=0)
    ada.create(step("s", "write", version=2))
    ada.settled()
    assert ledger.effects() == [{"version": 1}]
    assert ada.ask("GET", "/definitions/w")["workflow"]["version"] == 2


def test_the_same_key_begins_one_run_by_hand(ada, ledger):
    ada.create(step("s", "write", n="{{ input.n }}"))
    first = ada.execute(key="once", input={"n": 1})["execution_id"]
    assert ada.execute(key="once", input={"n": 1})["execution_id"] == first
    assert ada.execute(key="twice", input={"n": 2})["execution_id"] != first
    assert len(ledger.effects()) == 2


def test_many_events_at_once_are_each_worked_on_once(ada, ledger):
    ada.create(
        step("s", "write", n="{{ trigger.n }}"), step("t", "write", n="{{ s.written.n }}"), trigger={"key": "paid"}
    )
    for number in [*range(40), *range(40)]:
        ledger.emit({"n": number}, f"e{number}")
    assert len(ada.settled(40)) == 40
    assert sorted(one["n"] for one in ledger.effects()) == sorted([*range(40), *range(40)])
    assert len(ledger.lines("calls")) == 80
