"""Steps that tell people something: by e-mail, to a Slack-compatible webhook, to a webhook of one's own."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json

import pytest
from flow_house import eventually, step
from receiver import drip, hang_up

SECRET = base64.b64encode(b"a secret of the receiver").decode()


def tell(step_id="tell", **members):
    return {"id": step_id, "type": "notify", "retry": {"count": 2, "backoff": 0}, **members}


def targets(receiver, **more):
    return {
        "targets": {"team": {"type": "slack", "url": f"{receiver.url}/hooks/T0/SECRETPATH", **more}},
        "internal_hosts": [receiver.host],
    }


def mail(mailbox, **more):
    smtp = {"host": "127.0.0.1", "port": mailbox.port, "security": "none", "from": "Shop <shop@example.com>"}
    return {"smtp": {**smtp, **more}, "targets": {"default": {"type": "email", "to": ["ada@example.com"]}}}


def test_a_slack_compatible_webhook_is_told_as_text_without_markup(sending_house, receiver):
    ada = sending_house(**targets(receiver)).client()
    ada.create(
        tell(to="team", title="Stock <low>", message="<!channel> {{ input.title }}: {{ input.left }} left & less")
    )
    run = ada.run(ada.execute(input={"title": "Mug", "left": 3})["execution_id"])
    assert (run["state"], run["steps"][0]["output"]) == ("completed", {"sent": True, "to": "team"})
    (request,) = receiver.requests
    assert (request.method, request.path) == ("POST", "/hooks/T0/SECRETPATH")
    assert json.loads(request.body) == {"text": "Stock &lt;low&gt;\n&lt;!channel&gt; Mug: 3 left &amp; less"}
    assert "SECRETPATH" not in json.dumps(run)


def test_a_webhook_is_told_in_json_with_a_signature_and_the_same_id_again(sending_house, receiver):
    outgoing = {
        "targets": {"erp": {"type": "webhook", "url": receiver.url, "headers": {"X-From": "atom"}, "secret": SECRET}},
        "internal_hosts": [receiver.host],
    }
    ada = sending_house(**outgoing).client()
    receiver.answers = [503, hang_up]
    ada.create(tell(to="erp", message="{{ input.n }} left"), name="Stock")
    run_id = ada.execute(input={"n": 3})["execution_id"]
    assert ada.run(run_id)["state"] == "completed"
    assert len(receiver.requests) == 3
    request = receiver.requests[-1]
    body = json.loads(request.body)
    assert {name: body[name] for name in ("kind", "title", "text", "workflow", "run_id", "step_id")} == {
        "kind": "notice", "title": "Stock", "text": "3 left", "workflow": "Stock", "run_id": run_id, "step_id": "tell",
    }  # fmt: skip
    assert request.headers["X-From"] == "atom"
    assert len({one.headers["webhook-id"] for one in receiver.requests}) == 1
    signed = f"{request.headers['webhook-id']}.{request.headers['webhook-timestamp']}.{request.body.decode()}"
    digest = hmac.new(base64.b64decode(SECRET), signed.encode(), hashlib.sha256).digest()
    assert request.headers["webhook-signature"] == f"v1,{base64.b64encode(digest).decode()}"


def test_an_e_mail_is_sent_and_a_repetition_has_the_same_id(sending_house, mailbox):
    ada = sending_house(**mail(mailbox)).client()
    mailbox.answers = ["451 later"]
    ada.create(tell(title="Only {{ input.n }} left", message="„Mug“ is short.\n.\nOrder more."))
    assert ada.run(ada.execute(input={"n": 2})["execution_id"])["state"] == "completed"
    (message,) = mailbox.messages
    assert (message["Subject"], message["To"], message["From"]) == (
        "Only 2 left", "ada@example.com", "Shop <shop@example.com>",
    )  # fmt: skip
    assert message.get_content().splitlines() == ["„Mug“ is short.", ".", "Order more."]
    assert message["Message-ID"].endswith("@example.com>")
    assert message["Auto-Submitted"] == "auto-generated"


def test_the_name_of_an_attachment_adds_no_header(sending_house, mailbox):
    ada = sending_house(**mail(mailbox)).client()
    name = '{{ input.name }}"; x=\r\nBcc: eve@example.com.csv'
    attachment = {"name": name, "type": "text/csv", "content": "{{ input.rows }}"}
    ada.create(tell(message="x", attachment=attachment))
    run = ada.run(ada.execute(input={"name": "../a", "rows": "a,ß\n1,2\n"})["execution_id"])
    assert run["state"] == "completed"
    assert run["steps"][0]["input"]["attachment"] == "a_x_Bcc_eve_example.com.csv"
    (message,) = mailbox.messages
    assert message["Bcc"] is None
    (file,) = message.iter_attachments()
    assert (file.get_filename(), file.get_content_type()) == ("a_x_Bcc_eve_example.com.csv", "text/csv")
    assert file.get_content().splitlines() == ["a,ß", "1,2"]


@pytest.mark.parametrize("breaks", ["\r\n", "\n", "\r", "\x0b", "\u2028", "\x00"])
def test_a_subject_adds_no_header_and_no_recipient(sending_house, mailbox, breaks):
    ada = sending_house(**mail(mailbox)).client()
    ada.create(tell(title="Order {{ input.note }}", message="x"))
    note = f"1{breaks}Bcc: eve@example.com{breaks}{breaks}body"
    assert ada.run(ada.execute(input={"note": note})["execution_id"])["state"] == "completed"
    (message,) = mailbox.messages
    assert message["Bcc"] is None
    assert message["To"] == "ada@example.com"
    assert message["Subject"] == "Order 1 Bcc: eve@example.com body"
    assert message.get_content().strip() == "x"


def test_a_refused_message_fails_at_once_and_one_for_later_fails_after_its_tries(sending_house, mailbox):
    ada = sending_house(**mail(mailbox)).client()
    ada.create(tell(message="x"))
    mailbox.answers = ["554 no"]
    run = ada.run(ada.execute()["execution_id"])
    assert (run["error"]["code"], run["steps"][0]["attempts"]) == ("MAIL_REFUSED", 1)
    assert "(554)" in run["error"]["message"]
    mailbox.answers = ["451 later"] * 3
    run = ada.run(ada.execute()["execution_id"])
    assert (run["error"]["code"], run["steps"][0]["attempts"]) == ("MAIL_REFUSED", 3)


def test_a_target_that_refuses_is_a_failed_step_that_can_be_retried(sending_house, receiver):
    ada = sending_house(**targets(receiver)).client()
    ada.create(tell(to="team", message="x"), step("s", "write"))
    receiver.answers = [404]
    run_id = ada.execute()["execution_id"]
    run = ada.run(run_id)
    assert (run["state"], run["error"]["code"], len(receiver.requests)) == ("failed", "HTTP_404", 1)
    assert run["steps"][1]["state"] == "pending"
    assert "SECRETPATH" not in json.dumps(run)
    ada.ask("POST", f"/runs/{run_id}/retry")
    assert eventually(lambda: ada.run(run_id)["finished_at"] and ada.run(run_id))["state"] == "completed"


def test_a_run_may_go_on_without_its_notice(sending_house, receiver, ledger):
    ada = sending_house(**targets(receiver)).client()
    receiver.answers = [500] * 3
    ada.create(tell(to="team", message="x", continue_on_error=True), step("s", "write", why="{{ errors.tell.code }}"))
    assert ada.run(ada.execute()["execution_id"])["state"] == "completed"
    assert ledger.effects() == [{"why": "HTTP_500"}]


def test_a_target_that_talks_slowly_is_given_up_and_leaves_no_thread(sending_house, receiver):
    ada = sending_house(**targets(receiver), timeout_seconds=0.3).client()
    ada.create(tell(to="team", message="x", retry={"count": 0}))
    receiver.answers = [drip]
    run = ada.run(ada.execute()["execution_id"])
    assert (run["state"], run["error"]["code"]) == ("failed", "NO_ANSWER")


def test_a_definition_names_targets_that_are_there(sending_house, receiver):
    house = sending_house(**targets(receiver, people=["ada"]))
    ada, bob = house.client(), house.client("bob")
    body = {"steps": [tell(to="team", message="x")], "notify_approvals": ["team", "tema"]}
    faults = ada.ask("POST", "/validate", json={"definition": body})["faults"]
    assert [fault["pointer"] for fault in faults] == ["/notify_approvals/1"]
    assert "there are: team" in faults[0]["message"]
    faults = bob.ask("POST", "/validate", json={"definition": body})["faults"]
    assert [fault["pointer"] for fault in faults] == ["/notify_approvals/0", "/notify_approvals/1", "/steps/0/to"]
    chosen = {"steps": [tell(to="{{ variables.to }}", message="x")], "variables": {"to": "nobody"}}
    assert ada.ask("POST", "/validate", json={"definition": chosen})["faults"][0]["pointer"] == "/steps/0/to"
    assert ada.ask("GET", "/targets")["targets"] == [{"name": "team", "type": "slack", "approvals": False}]
    assert bob.ask("GET", "/targets")["targets"] == []


def test_somebody_elses_target_is_not_told_whatever_a_run_makes_of_its_name(sending_house, receiver):
    bob = sending_house(**targets(receiver, people=["ada"])).client("bob")
    bob.create(tell(to="{{ input.to }}", message="x"))
    assert bob.run(bob.execute(input={"to": "team"})["execution_id"])["error"]["code"] == "NO_SUCH_TARGET"
    assert receiver.requests == []


def test_a_dry_run_shows_what_would_be_told_and_tells_nobody(sending_house, receiver):
    ada = sending_house(**targets(receiver)).client()
    ada.create(tell(to="team", message="{{ input.n }} left"), name="Stock")
    told = ada.ask("POST", "/dry-run", json={"workflow_id": "w", "input": {"n": 4}})["steps"][0]
    assert told["parameters"] == {"to": "team", "title": "Stock", "message": "4 left"}
    assert "nothing was sent" in told["why"]
    assert receiver.requests == []


def test_so_many_notices_an_hour_go_to_one_target(sending_house, receiver):
    ada = sending_house(**targets(receiver), notices_per_hour=3).client()
    ada.create(*(tell(f"t{n}", to="team", message="x") for n in range(2)))
    first, second = (ada.run(ada.execute()["execution_id"]) for _ in range(2))
    assert (first["state"], second["state"]) == ("completed", "failed")
    assert second["error"]["code"] == "TOO_MANY_NOTICES"
    assert len(receiver.requests) == 3
