"""Questions to a person: asked by a step, or by a destructive action that wants its confirmation."""

from __future__ import annotations

import time

import pytest
from flow_house import eventually, step

from atom_shopify_plugin.host.workflows.housekeeping import DAY, clean


def asked(person):
    return eventually(lambda: person.ask("GET", "/approvals")["approvals"])


def answer(person, approval, approve=True, status=200):
    return person.ask("POST", f"/approvals/{approval['id']}", status, json={"approve": approve})


def ended(person, run_id):
    return eventually(lambda: person.run(run_id)["finished_at"] and person.run(run_id))


@pytest.fixture
def asking(ada):
    ada.create(
        step("ask", of="approval", message="Pay {{ input.n }}?"),
        step("s", "write", n="{{ input.n }}", by="{{ ask.by }}"),
    )
    return ada.execute(input={"n": 3})["execution_id"]


def test_a_run_waits_until_somebody_says_yes(ada, ledger, asking):
    run = ada.run(asking)
    assert (run["state"], run["wake_at"]) == ("waiting", None)
    (approval,) = asked(ada)
    assert (approval["reason"], approval["details"]) == ("step", {"message": "Pay 3?"})
    assert ledger.effects() == []
    assert answer(ada, approval)["run_id"] == asking
    assert ended(ada, asking)["state"] == "completed"
    assert ledger.effects() == [{"n": 3, "by": "ada"}]


def test_atom_is_told_that_a_waiting_run_is_running(ada, asking):
    shown = ada.execute(input={"n": 4})
    assert (shown["status"], shown["state"]) == ("running", "waiting")
    assert [one["details"]["message"] for one in shown["approvals"]] == ["Pay 4?"]


def test_a_no_ends_the_run(ada, ledger, asking):
    answer(ada, asked(ada)[0], approve=False)
    run = ended(ada, asking)
    assert (run["state"], run["error"]["code"]) == ("failed", "REFUSED")
    assert ledger.effects() == []


def test_an_answer_counts_once(ada, asking):
    (approval,) = asked(ada)
    answer(ada, approval)
    assert answer(ada, approval, approve=False, status=409)


def test_after_a_no_a_retry_asks_anew(ada, ledger, asking):
    answer(ada, asked(ada)[0], approve=False)
    ended(ada, asking)
    ada.ask("POST", f"/runs/{asking}/retry")
    answer(ada, asked(ada)[0])
    assert ended(ada, asking)["state"] == "completed"
    assert len(ledger.effects()) == 1


def test_a_cancelled_run_asks_no_more(ada, asking):
    (approval,) = asked(ada)
    ada.ask("POST", f"/runs/{asking}/cancel")
    assert ada.ask("GET", "/approvals")["approvals"] == []
    assert answer(ada, approval, status=409)


def test_nobody_else_sees_or_answers_a_question(house, ada, asking):
    (approval,) = asked(ada)
    for stranger in (house.client("bob"), house.client("ada", tenant="other"), house.client("op", tenant="other",
                     scopes=("atom:operator",))):  # fmt: skip
        assert stranger.ask("GET", "/approvals")["approvals"] == []
        assert answer(stranger, approval, status=404)


def test_the_tenants_operator_may_answer(house, ada, ledger, asking):
    operator = house.client("olga", scopes=("atom:operator",))
    answer(operator, asked(operator)[0])
    ended(ada, asking)
    assert ledger.effects() == [{"n": 3, "by": "olga"}]


def test_a_destructive_action_waits_for_a_yes_and_is_confirmed_anew(ada, ledger):
    ada.create(step("s", "erase", what="{{ input.what }}"))
    run_id = ada.execute(input={"what": "all"})["execution_id"]
    (approval,) = asked(ada)
    assert approval["reason"] == "confirmation"
    assert approval["details"]["preview"] == {"what": "all"}
    assert "token-" not in str(approval)
    assert ledger.effects() == []
    answer(ada, approval)
    assert ended(ada, run_id)["state"] == "completed"
    assert ledger.effects() == [{"what": "all"}]
    assert [context.get("confirm") for context in ledger.contexts] == [None, None, "token-all"]
    assert len({context["idempotency_key"] for context in ledger.contexts}) == 1


def test_a_destructive_action_that_is_refused_is_not_called_again(ada, ledger):
    ada.create(step("s", "erase", what="x"))
    run_id = ada.execute()["execution_id"]
    answer(ada, asked(ada)[0], approve=False)
    assert ended(ada, run_id)["error"]["code"] == "REFUSED"
    assert len(ledger.lines("calls")) == 1


@pytest.mark.parametrize("body", [{}, {"approve": "yes"}, {"approve": 1}, {"approve": True, "more": 1}])
def test_an_answer_is_a_plain_yes_or_no(ada, asking, body):
    (approval,) = asked(ada)
    ada.ask("POST", f"/approvals/{approval['id']}", 400, json=body)
    assert len(ada.ask("GET", "/approvals")["approvals"]) == 1


def test_a_question_that_nobody_answers_in_time_ends(house, ada, ledger, asking):
    (approval,) = asked(ada)
    assert "answer until" in ada.client.get("/").text
    clean(house.host.store, time.time() + 6.9 * DAY)
    assert ada.run(asking)["state"] == "waiting"
    clean(house.host.store, time.time() + 7.1 * DAY)
    run = ended(ada, asking)
    assert (run["state"], run["error"]["code"]) == ("failed", "EXPIRED")
    assert [one["state"] for one in run["approvals"]] == ["expired"]
    assert ledger.effects() == []
    assert "The time to answer is over" in answer(ada, approval, status=409)["message"]
    ada.ask("POST", f"/runs/{asking}/retry")
    answer(ada, asked(ada)[0])
    assert ended(ada, asking)["state"] == "completed"


def test_a_step_says_how_long_its_question_waits(house, ada, ledger):
    ada.create(step("s", "erase", what=1, expires_seconds=3600))
    run_id = ada.execute()["execution_id"]
    asked(ada)
    clean(house.host.store, time.time() + 3700)
    assert ended(ada, run_id)["error"]["code"] == "EXPIRED"
    assert ledger.effects() == []
    ada.ask("POST", "/definitions", 400, json={"steps": [step("s", "erase", expires_seconds=5)]})
