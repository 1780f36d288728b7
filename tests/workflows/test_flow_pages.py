"""The start page: what waits for an answer, workflows and runs, and answering from it."""

from __future__ import annotations

import pytest
from flow_house import eventually, step

OWN = {"Sec-Fetch-Site": "same-origin", "Origin": "http://127.0.0.1:5058"}


@pytest.fixture
def asking(ada):
    ada.create(
        step("ask", of="approval", message="Delete “<b>Beans</b>”?"),
        step("s", "write", n="{{ input.n }}"),
        name="Clean up",
    )
    run = ada.execute(input={"n": 3})["execution_id"]
    eventually(lambda: ada.ask("GET", "/approvals")["approvals"])
    return run


def test_nobody_is_told_how_to_sign_in(house):
    page = house.app.test_client().get("/")
    assert page.status_code == 401
    assert "token create --link" in page.text


def test_somebody_without_workflows_is_told_how_to_make_one(ada):
    page = ada.client.get("/")
    assert page.status_code == 200
    assert "You have no workflow yet" in page.text
    assert "<script" not in page.text


def test_a_question_is_shown_escaped_and_can_be_approved(ada, ledger, asking):
    page = ada.client.get("/").text
    assert "Delete “&lt;b&gt;Beans&lt;/b&gt;”?" in page
    assert "Workflow Clean up, step ask" in page
    (approval,) = ada.ask("GET", "/approvals")["approvals"]
    answer = ada.client.post(f"/approvals/{approval['id']}", data={"answer": "approve"}, headers=OWN)
    assert answer.status_code == 303
    assert "Approved: the workflow goes on." in ada.client.get(answer.headers["Location"]).text
    eventually(lambda: ada.run(asking)["finished_at"])
    assert ledger.effects() == [{"n": 3}]
    page = ada.client.get("/").text
    assert "Waiting for your answer" not in page
    assert "<td>Clean up</td><td>a person</td>" in page


def test_a_declined_step_is_not_carried_out_and_the_page_tells_why(ada, ledger, asking):
    (approval,) = ada.ask("GET", "/approvals")["approvals"]
    ada.client.post(f"/approvals/{approval['id']}", data={"answer": "decline"}, headers=OWN)
    run = eventually(lambda: ada.run(asking)["finished_at"] and ada.run(asking))
    assert ledger.effects() == []
    assert run["error"]["message"] in ada.client.get("/").text


@pytest.mark.parametrize(
    "headers",
    [{"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Origin": "https://evil.example"}, {}],
)
def test_another_site_answers_nothing(ada, asking, headers):
    (approval,) = ada.ask("GET", "/approvals")["approvals"]
    answer = ada.client.post(f"/approvals/{approval['id']}", data={"answer": "approve"}, headers=headers)
    assert answer.status_code == 403
    assert ada.ask("GET", "/approvals")["approvals"] == [approval]


def test_a_form_of_nonsense_is_refused(ada, asking):
    (approval,) = ada.ask("GET", "/approvals")["approvals"]
    for form in ("&".join(f"a{n}=1" for n in range(40)), "answer=approve&" + "x" * 9000, "\xff", "%ff=%00"):
        answer = ada.client.post(f"/approvals/{approval['id']}", data=form.encode("latin-1"), headers=OWN)
        assert answer.status_code in (303, 400)
    assert ada.client.post("/approvals/%00", data={"answer": "approve"}, headers=OWN).status_code in (400, 404)


def test_a_second_answer_and_a_strangers_answer_change_nothing(house, ada, asking):
    (approval,) = ada.ask("GET", "/approvals")["approvals"]
    path = f"/approvals/{approval['id']}"
    mallory = house.client("mallory")
    assert mallory.client.post(path, data={"answer": "approve"}, headers=OWN).status_code == 404
    assert "Beans" not in mallory.client.get("/").text
    assert ada.client.post(path, data={"answer": "maybe"}, headers=OWN).status_code == 400
    assert ada.client.post(path, data={"answer": "decline"}, headers=OWN).status_code == 303
    page = ada.client.post(path, data={"answer": "approve"}, headers=OWN)
    assert page.status_code == 409
    assert 'role="alert"' in page.text


def test_a_failed_run_is_shown_with_its_reason(ada):
    ada.create(step("s", "write", n="{{ input.nothing }}"), name="Broken")
    ada.execute()
    page = ada.client.get("/").text
    assert '<td class="bad">failed</td>' in page
    assert "nothing" in page


def test_the_page_of_a_workflow_tells_what_became_of_events(ada, ledger):
    ada.create(
        step("s", "echo"), id="a.b:c", name="<Big> orders", trigger={"key": "paid"}, conditions=["trigger.n > 1"]
    )
    ledger.emit({"n": 1}, "e1")
    link = '<a href="/workflows/a.b%3Ac">&lt;Big&gt; orders</a>'
    assert link in ada.client.get("/").text
    page = eventually(lambda: "was false" in (page := ada.client.get("/workflows/a.b%3Ac").text) and page)
    assert "condition 1 was false: trigger.n &gt; 1 (trigger.n = 1)" in page
    assert "It is started by the event paid." in page
    missing = ada.client.get("/workflows/other")
    assert (missing.status_code, "No such workflow" in missing.text) == (404, True)
