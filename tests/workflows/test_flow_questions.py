"""Questions that a person can answer, and the notices that tell of them."""

from __future__ import annotations

import json
import signal
import time

import pytest
from flow_house import eventually, step
from flow_process import LEASE, HostProcess
from receiver import hang_up
from test_flow_approvals import answer, asked, ended

from atom_shopify_plugin.host.workflows.crash import NOTICE_POINTS
from atom_shopify_plugin.host.workflows.housekeeping import DAY, clean


def hearing(receiver, **more):
    url = f"{receiver.url}/hooks/SECRETPATH"
    return {
        "targets": {
            "team": {"type": "slack", "url": url, "approvals": True},
            "erp": {"type": "webhook", "url": url},
        },
        "internal_hosts": [receiver.host],
        **more,
    }


def told(receiver, count=1):
    return eventually(lambda: len(receiver.requests) >= count and receiver.bodies)


def settled(person, state):
    """The notices of the only question, as soon as one of them is in a state."""

    def look():
        (approval,) = asked(person)
        return [one["state"] for one in approval["notices"]] == [state] and approval["notices"]

    return eventually(look)


def test_a_question_names_who_asks_and_until_when_in_rest_and_page(house, ada):
    ada.create(step("ask", of="approval", message="Pay {{ input.n }}?", expires_seconds=3600), name="Payments")
    ada.execute(input={"n": 3})
    (approval,) = asked(ada)
    assert (approval["question"], approval["workflow_id"], approval["workflow_name"], approval["notices"]) == (
        "Pay 3?", "w", "Payments", [],
    )  # fmt: skip
    page = ada.client.get("/").text
    assert "Pay 3?" in page
    assert "Workflow Payments, step ask" in page
    assert f"answer until {approval['expires_at'][:16].replace('T', ' ')} UTC" in page


def test_a_destructive_action_asks_in_the_words_of_its_own_preview(ada, ledger):
    ada.create(step("s", "erase", what="all", says="Erase “all” with 3 lines? The book stays."))
    ada.execute()
    (approval,) = asked(ada)
    assert approval["question"] == "Erase “all” with 3 lines? The book stays."
    assert "This can’t be undone." in ada.client.get("/").text
    answer(ada, approval)


def test_a_target_hears_of_a_question_with_all_that_the_page_shows(sending_house, receiver):
    ada = sending_house(**hearing(receiver)).client()
    ada.create(step("ask", of="approval", message="Pay {{ input.n }} <now>?"), step("s", "write"), name="Payments")
    run_id = ada.execute(input={"n": 3})["execution_id"]
    (body,) = told(receiver)
    for part in ("A workflow asks: Payments", "Pay 3 &lt;now&gt;?", f"step ask, run {run_id}", "Answer until 20",
                 "http://127.0.0.1:5058/"):  # fmt: skip
        assert part in body["text"]
    (notice,) = settled(ada, "sent")
    assert (notice["to"], notice["attempts"], notice["error"]) == ("team", 1, None)
    assert "team was notified." in ada.client.get("/").text
    answer(ada, asked(ada)[0])
    assert ended(ada, run_id)["state"] == "completed"
    assert len(receiver.requests) == 1


def test_a_workflow_says_itself_who_hears_of_its_questions(sending_house, receiver):
    ada = sending_house(**hearing(receiver)).client()
    ada.create(step("ask", of="approval", message="Pay?"), notify_approvals=["erp"])
    run_id = ada.execute()["execution_id"]
    (body,) = told(receiver)
    (approval,) = asked(ada)
    assert (body["kind"], body["question"], body["approval_id"], body["run_id"]) == (
        "approval", "Pay?", approval["id"], run_id,
    )  # fmt: skip
    ada.create(step("ask", of="approval", message="Pay?"), notify_approvals=[])
    ada.execute()
    assert [one["notices"] for one in eventually(lambda: len(asked(ada)) == 2 and asked(ada))][1] == []
    assert len(receiver.requests) == 1


def test_a_notice_that_fails_is_tried_again_and_then_shown_as_failed(sending_house, receiver):
    ada = sending_house(**hearing(receiver)).client()
    receiver.answers = [404]
    ada.create(step("ask", of="approval", message="Pay?"), step("s", "write"))
    run_id = ada.execute()["execution_id"]
    (notice,) = settled(ada, "failed")
    assert notice["error"]["code"] == "HTTP_404"
    page = ada.client.get("/").text
    assert "team could not be notified: The target team answered 404." in page
    assert "SECRETPATH" not in page + json.dumps(asked(ada))
    answer(ada, asked(ada)[0])
    assert ended(ada, run_id)["state"] == "completed"


def test_an_answer_does_not_wait_for_a_notice_that_is_tried_again(sending_house, receiver):
    ada = sending_house(**hearing(receiver)).client()
    receiver.answers = [503, hang_up]
    ada.create(step("ask", of="approval", message="Pay?"), step("s", "write"))
    run_id = ada.execute(wait=0)["execution_id"]
    eventually(lambda: settled(ada, "waiting")[0]["error"])
    answer(ada, asked(ada)[0])
    run = ended(ada, run_id)
    assert run["state"] == "completed"
    assert [one["state"] for one in run["approvals"][0]["notices"]] == ["void"]


def test_a_question_ends_although_its_notice_is_tried_again(sending_house, receiver):
    house = sending_house(**hearing(receiver))
    ada = house.client()
    receiver.answers = [503] * 10
    ada.create(step("ask", of="approval", message="Pay?"))
    run_id = ada.execute(wait=0)["execution_id"]
    settled(ada, "waiting")
    clean(house.host.store, time.time() + 8 * DAY)
    assert ended(ada, run_id)["error"]["code"] == "EXPIRED"


@pytest.mark.parametrize("point", NOTICE_POINTS)
def test_a_host_that_is_killed_as_it_tells_of_a_question_tells_it_again(tmp_path, open_house, ledger, receiver, point):
    outgoing = {"ATOM_HOST_OUTGOING": json.dumps(hearing(receiver))}
    plugins = [("ledger", ledger)]
    watching = open_house(plugins, ATOM_HOST_WORKFLOW_THREADS="0", **outgoing).client()
    watching.create(step("ask", of="approval", message="Pay?"), trigger={"key": "paid"})
    doomed = HostProcess(tmp_path / "host", ledger.folder, crash_at=point, **outgoing)
    try:
        doomed.tell(emit=[{"n": 1}, "e1"])
        assert doomed.gone() == -signal.SIGKILL
    finally:
        doomed.close()
    before = len(receiver.requests)
    assert before == (1 if point == "notice_after_effect" else 0)
    open_house(plugins, ATOM_HOST_LEASE_SECONDS=LEASE, **outgoing)
    (notice,) = settled(watching, "sent")
    assert (notice["attempts"], len(receiver.requests)) == (2, before + 1)
    answer(watching, asked(watching)[0])
    assert eventually(lambda: [run["state"] for run in watching.runs()] == ["completed"])


def killed(folder, ledger, point, outgoing, **command):
    doomed = HostProcess(folder, ledger.folder, crash_at=point, **outgoing)
    try:
        doomed.tell(**command)
        assert doomed.gone() == -signal.SIGKILL
    finally:
        doomed.close()


@pytest.mark.parametrize("point", ["step_before_effect", "step_after_effect"])
@pytest.mark.parametrize("kind", ["notify", "webhook"])
def test_a_host_that_is_killed_as_it_sends_repeats_a_notice_and_no_request_that_may_have_arrived(
    tmp_path, open_house, ledger, receiver, point, kind
):
    outgoing = {"ATOM_HOST_OUTGOING": json.dumps(hearing(receiver, webhook_hosts=[receiver.host]))}
    plugins = [("ledger", ledger)]
    watching = open_house(plugins, ATOM_HOST_WORKFLOW_THREADS="0", **outgoing).client()
    members = {"notify": {"to": "erp", "message": "x"}, "webhook": {"url": f"{receiver.url}/x"}}[kind]
    watching.create({"id": "s", "type": kind, **members}, trigger={"key": "paid"})
    killed(tmp_path / "host", ledger, point, outgoing, emit=[{"n": 1}, "e1"])
    before = len(receiver.requests)
    assert before == (1 if point == "step_after_effect" else 0)
    open_house(plugins, ATOM_HOST_LEASE_SECONDS=LEASE, **outgoing)
    (run,) = watching.settled()
    if kind == "notify":
        assert (run["state"], len(receiver.requests)) == ("completed", before + 1)
        assert len({one.headers["webhook-id"] for one in receiver.requests}) == 1
    else:
        assert (run["error"]["code"], len(receiver.requests)) == ("OUTCOME_UNKNOWN", before)
