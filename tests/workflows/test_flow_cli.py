"""Workflows on the command line, with and without a host that runs beside it."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner
from flow_house import eventually

from atom_shopify_plugin.cli import main
from atom_shopify_plugin.sandbox.server import serve

STORE_GET = {"id": "s", "type": "service_action", "service": "shopify", "action": "store_get"}


@pytest.fixture
def settings(environ, sandbox, store):
    with serve(sandbox) as server:
        # The command line's person is the one whose store is connected.
        yield {**environ, "ATOM_SHOPIFY_ENDPOINT": server.url, "ATOM_SHOPIFY_OPERATOR_SUBJECT": "ada"}


@pytest.fixture
def type_(settings):
    def type_(*words, code=0, stdin=None):
        answer = CliRunner().invoke(main, ["workflows", *words], input=stdin, env=settings)
        assert answer.exit_code == code, answer.output
        return answer

    return type_


def test_a_template_becomes_a_workflow_and_runs(type_, runtime, principal):
    from atom_shopify_plugin.actions.call import Call

    assert "shopify-big-order" in type_("templates").stdout
    made = type_("create", "--template", "shopify-new-customer", "--set", "tag=fresh").stdout
    assert made.startswith("shopify-new-customer is stored as version 1. It is started by the event customer_created.")
    assert "customer_created" in type_("list").stdout
    customer = runtime.actions.run(Call(principal, "customer_get", {"email": "ada@example.com"})).data
    trigger = json.dumps({"id": customer["id"]})
    run = json.loads(type_("run", "shopify-new-customer", "--trigger", trigger, "--json").stdout)
    assert (run["state"], [one["state"] for one in run["steps"]]) == ("completed", ["done"])
    assert run["id"] in type_("runs").stdout
    assert "older runs" not in type_("runs", "--limit", "1").stderr
    assert type_("run", "shopify-new-customer", "--trigger", trigger).exit_code == 0
    assert "older runs" in type_("runs", "--limit", "1").stderr
    assert "tag_add" in type_("run-show", run["id"]).stdout


def test_a_question_is_shown_with_who_asks_and_until_when(type_, tmp_path, receiver, settings):
    target = {"type": "slack", "url": f"{receiver.url}/SECRETPATH", "approvals": True}
    settings["ATOM_HOST_OUTGOING"] = json.dumps({"targets": {"team": target}, "internal_hosts": [receiver.host]})
    file = tmp_path / "w.json"
    steps = [{"id": "ask", "type": "approval", "message": "Pay 3?", "expires_seconds": 3600}]
    file.write_text(json.dumps({"id": "w", "name": "Payments", "steps": steps}))
    type_("create", str(file))
    receiver.answers = [404]
    shown = type_("run", "w").stdout
    assert "It asks: Pay 3? Answer until 20" in shown
    assert "team could not be notified: HTTP_404" in shown
    asked = type_("approve")
    assert all(part in asked.stdout for part in ("UNTIL (UTC)", "Payments", "Pay 3?"))
    assert "team could not be notified" in asked.stderr
    (approval,) = json.loads(type_("approve", "--json").stdout)
    assert "completed" in type_("approve", approval["id"]).stdout


def test_a_target_is_tried_from_the_shell(type_, receiver, settings):
    assert "no target for you" in type_("targets").output
    assert "There is no target `team`" in type_("tell", "team", code=1).stderr
    outgoing = {"targets": {"team": {"type": "slack", "url": f"{receiver.url}/SECRETPATH"}}}
    settings["ATOM_HOST_OUTGOING"] = json.dumps(outgoing | {"internal_hosts": [receiver.host]})
    assert "slack" in type_("targets").stdout
    assert type_("tell", "team", "--message", "hello").stdout == "team was notified.\n"
    assert receiver.bodies == [{"text": "A test by ada\nhello"}]
    receiver.answers = [410]
    refused = type_("tell", "team", code=1)
    assert "answered 410" in refused.stderr
    assert "SECRETPATH" not in refused.output


def test_doctor_looks_at_who_may_be_told(settings, receiver, tmp_path):
    def findings(outgoing):
        file = tmp_path / "outgoing.json"
        file.write_text(json.dumps(outgoing))
        file.chmod(0o644)
        env = {**settings, "ATOM_HOST_OUTGOING": str(file)}
        told = json.loads(CliRunner().invoke(main, ["doctor", "--json"], env=env).stdout)["findings"]
        return {one["name"]: one for one in told}

    url = f"https://{receiver.host}/SECRETPATH"
    found = findings({"targets": {"team": {"type": "slack", "url": url}}})
    assert "chmod 600" in found["outgoing"]["remedy"]
    assert "not a public address" in found["target team"]["detail"]
    found = findings({"targets": {"team": {"type": "slack", "url": url}}, "internal_hosts": [receiver.host]})
    assert "workflows may tell team" in found["outgoing"]["detail"]
    found = findings({"targets": {"team": {"type": "slack", "url": "http://SECRETPATH"}}})
    assert found["host"]["state"] == "fail"
    assert "SECRETPATH" not in json.dumps(found)


def test_a_definition_from_a_file_is_checked_whole(type_, tmp_path):
    file = tmp_path / "w.json"
    file.write_text(json.dumps({"id": "w", "steps": [{**STORE_GET, "action": "store_gte"}, {"id": "t"}]}))
    answer = type_("create", str(file), "--json", code=1)
    assert [fault["pointer"] for fault in json.loads(answer.stdout)["error"]["details"]["faults"]] == ["/steps/1/type"]
    file.write_text("{")
    type_("create", str(file), code=2)
    type_("create", code=2)
    assert type_("list").stdout == ""


def test_a_workflow_that_starts_itself_is_stored_with_a_warning(type_):
    note = {"id": "n", "type": "service_action", "service": "shopify", "action": "customer_update",
            "parameters": {"id": "{{ trigger.id }}", "note": "seen"}}  # fmt: skip
    body = json.dumps({"id": "loop", "trigger": {"key": "customer_updated"}, "steps": [note]})
    told = type_("create", "-", stdin=body)
    assert "warning: /steps/0/action: customer_update can fire customer_updated" in told.stderr
    assert "loop is stored" in told.stdout
    (warning,) = json.loads(type_("create", "-", "--json", stdin=body).stdout)["warnings"]
    assert "ignore_own_changes" in warning["message"]


def test_a_question_is_listed_and_answered(type_):
    definition = {"id": "w", "steps": [{"id": "ask", "type": "approval", "message": "Look?"}, STORE_GET]}
    type_("create", "-", stdin=json.dumps(definition))
    shown = type_("run", "w").stdout
    assert "It asks: Look?" in shown
    (approval,) = json.loads(type_("approve", "--json").stdout)
    assert f"approve {approval['id']}" in shown
    assert "completed" in type_("approve", approval["id"]).stdout
    assert "already answered" in type_("approve", approval["id"], code=1).stderr


def test_a_failed_run_is_exit_code_1(type_):
    definition = {"id": "w", "conditions": ["input.missing"], "steps": [STORE_GET]}
    type_("create", "-", stdin=json.dumps(definition))
    assert "EXPRESSION_ERROR" in type_("run", "w", code=1).stdout
    assert "failed" in type_("runs", "--state", "failed").stdout


def test_a_failed_run_is_retried_and_a_waiting_one_cancelled(type_, sandbox):
    type_("create", "-", stdin=json.dumps({"id": "w", "steps": [{**STORE_GET, "retry": {"count": 0}}]}))
    sandbox.faults.add({"kind": "status", "status": 502, "times": None})
    run_id = json.loads(type_("run", "w", "--json", code=1).stdout)["id"]
    sandbox.faults.clear()
    assert "completed" in type_("retry", run_id).stdout
    assert "Only a failed run" in type_("retry", run_id, code=1).stderr
    type_("create", "-", stdin=json.dumps({"id": "q", "name": "Ask", "steps": [{"id": "ask", "type": "approval"}]}))
    run_id = json.loads(type_("run", "q", "--json").stdout)["id"]
    assert "run " + run_id + " of Ask (q): cancelled" in type_("cancel", run_id).stdout
    assert "has already finished" in type_("cancel", run_id, code=1).stderr


def test_what_comes_after_a_condition_that_ended_the_run_is_skipped(type_):
    gate = {"id": "gate", "type": "condition", "condition": "1 > 2"}
    type_("create", "-", stdin=json.dumps({"id": "w", "steps": [gate, STORE_GET]}))
    run = json.loads(type_("run", "w", "--json").stdout)
    assert [step["state"] for step in run["steps"]] == ["done", "skipped"]


def test_a_definition_is_validated_without_being_stored(type_):
    step = {**STORE_GET, "when": "trigger.totl_price > 1"}
    broken = {"id": "w", "trigger": {"key": "order_paid"}, "steps": [step]}
    told = type_("validate", "-", stdin=json.dumps(broken), code=1).stdout
    assert "/steps/0/when: `trigger` has no `totl_price`; did you mean total_price" in told
    doubtful = {**broken, "steps": [{**STORE_GET, "when": "trigger.referring_site is none"}]}
    told = type_("validate", "-", stdin=json.dumps(doubtful))
    assert told.stdout == "The definition is valid.\n"
    assert "warning: /steps/0/when: `trigger` is not known to have" in told.stderr
    assert type_("list").stdout == ""


def test_show_prints_what_create_takes(type_):
    type_("create", "--template", "shopify-low-stock")
    shown = type_("show", "shopify-low-stock").stdout
    again = type_("create", "-", stdin=shown).stdout
    assert "version 2" in again
    type_("delete", "shopify-low-stock")
    assert "no workflow 'shopify-low-stock'" in type_("show", "shopify-low-stock", code=1).stderr


def test_what_is_approved_here_goes_on_in_the_host_that_runs(type_, open_house, settings):
    from atom_shopify_plugin.plugin import ShopifyPlugin

    ada = open_house([("shopify", ShopifyPlugin())], folder=settings["ATOM_SHOPIFY_DATA_DIR"], **settings).client()
    ada.ask("POST", "/definitions", json={"id": "w", "steps": [{"id": "ask", "type": "approval"}, STORE_GET]})
    run_id = ada.execute()["execution_id"]
    (approval,) = json.loads(type_("approve", "--json").stdout)
    type_("approve", approval["id"], "--wait", "0")
    eventually(lambda: ada.run(run_id)["state"] == "completed")
