"""Workflows over REST: ATOM's shapes, every fault of a definition, and nobody's workflows but one's own."""

from __future__ import annotations

import pytest
from flow_house import eventually, step
from jsonschema import Draft202012Validator

TEXT, COUNT = {"type": "string"}, {"type": "integer", "minimum": 0}
SERVICES = {
    "type": "object",
    "additionalProperties": {
        "type": "object",
        "required": ["name", "actions", "description"],
        "properties": {"name": TEXT, "actions": {"type": "array", "items": TEXT}, "description": TEXT},
    },
}
RESULT = {
    "type": "object",
    "required": ["success", "step_type", "action", "timestamp"],
    "properties": {"step_type": TEXT, "action": {"type": ["string", "null"]}, "timestamp": TEXT},
    "if": {"properties": {"success": {"const": True}}},
    "then": {"required": ["result"]},
    "else": {"required": ["error"], "properties": {"error": TEXT}},
}
EXECUTION = {
    "type": "object",
    "required": ["execution_id", "status", "workflow_id", "start_time", "end_time", "current_step",
                 "total_steps", "results", "errors"],
    "properties": {
        "success": {"const": True},
        "execution_id": {"type": "string", "pattern": "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"},
        "status": {"enum": ["pending", "running", "completed", "failed", "cancelled"]},
        "workflow_id": TEXT,
        "start_time": TEXT,
        "end_time": {"type": ["string", "null"]},
        "current_step": COUNT,
        "total_steps": COUNT,
        "results": {"type": "object", "additionalProperties": RESULT},
        "errors": {"type": "array", "items": TEXT},
    },
}  # fmt: skip


def shape(schema, body):
    Draft202012Validator(schema).validate(body)


def test_a_definition_in_atoms_shape_is_taken_and_shown(ada):
    body = {
        "name": "W",
        "description": "…",
        "input_schema": {"type": "object"},
        "steps": [
            {"id": "s1", "type": "service_action", "name": "Say", "service": "ledger", "action": "echo",
             "parameters": {"id": 7}, "stop_on_failure": True},
            {"id": "s2", "type": "service_action", "service": "ledger", "action": "write",
             "parameters": {"order_id": "{{s1.id}}"}},
        ],
    }  # fmt: skip
    answer = ada.ask("POST", "/definitions", json=body)
    workflow = answer["workflow"]
    assert workflow["id"] == answer["workflow_id"]
    assert {key: workflow[key] for key in body} == body
    assert workflow["created_at"] <= workflow["updated_at"]
    executed = ada.execute(answer["workflow_id"])
    shape(EXECUTION, executed)
    assert (executed["current_step"], executed["total_steps"]) == (2, 2)
    assert executed["results"]["s2"]["result"] == {"written": {"order_id": 7}, "shop": None}


def test_a_failed_execution_is_an_answer_in_atoms_shape(ada):
    ada.create(step("s", "broken"))
    shape(EXECUTION, ada.execute())


def test_what_was_shown_can_be_sent_back(ada):
    ada.create(step("s"), name="One")
    shown = ada.ask("POST", "/definitions", json={"id": "x", "steps": [step("s")]})["workflow"]
    assert ada.ask("POST", "/definitions", json=shown)["workflow"]["version"] == 2


def test_the_services_are_listed_in_atoms_shape(ada):
    services = ada.ask("GET", "/services")["services"]
    shape(SERVICES, services)
    assert "write" in services["ledger"]["actions"]


def test_a_registered_config_that_is_a_definition_can_be_run(house, ada, ledger):
    config = {"name": "Registered", "steps": [step("s", "write", n=1)]}
    client = ada.client
    made = client.post("/api/services/register-workflow", json={"service_id": "ledger", "workflow_config": config})
    assert ada.execute(made.json["workflow_id"])["status"] == "completed"
    assert len(ledger.effects()) == 1


def test_a_registered_config_that_is_none_is_kept_and_says_why_it_cannot_run(ada):
    body = {"service_id": "ledger", "workflow_config": {"steps": [{"id": "s", "type": "loop"}]}}
    workflow_id = ada.client.post("/api/services/register-workflow", json=body).json["workflow_id"]
    shown = ada.ask("GET", f"/definitions/{workflow_id}")["workflow"]
    assert shown["runnable"] is False
    assert [fault["pointer"] for fault in shown["faults"]] == ["/steps/0/type"]
    assert "/steps/0/type" in ada.execute(workflow_id, 409)["message"]


def deep(levels):
    value = {}
    for _ in range(levels):
        value = {"x": value}
    return value


FAULTS = {
    "no steps": ({}, ["/steps"]),
    "empty steps": ({"steps": []}, ["/steps"]),
    "unknown member": ({"steps": [step("s")], "stpes": 1}, ["/"]),
    "unknown step member": ({"steps": [{**step("s"), "contine_on_error": True}]}, ["/steps/0"]),
    "two faults": ({"steps": [{"id": "s"}, {"type": "delay"}]}, ["/steps/0/type", "/steps/1/id"]),
    "unknown type": ({"steps": [{"id": "s", "type": "loop"}]}, ["/steps/0/type"]),
    "no service": ({"steps": [{"id": "s", "type": "service_action"}]}, ["/steps/0/service", "/steps/0/action"]),
    "unknown service": ({"steps": [{**step("s"), "service": "sky"}]}, ["/steps/0/service"]),
    "unknown action": ({"steps": [step("s", "wirte")]}, ["/steps/0/action"]),
    "same id": ({"steps": [step("s"), step("s")]}, ["/steps/1/id"]),
    "reserved id": ({"steps": [step("trigger")]}, ["/steps/0/id"]),
    "id with a slash": ({"steps": [step("a/b")]}, ["/steps/0/id"]),
    "id with a newline": ({"id": "w\n", "steps": [step("s\n")]}, ["/id", "/steps/0/id"]),
    "too deep": ({"steps": [step("s", x=deep(40))]}, ["/steps/0/parameters"]),
    "very deep": ({"steps": [step("s", x=deep(400))], "variables": deep(400)}, ["/steps/0/parameters", "/variables"]),
    "later step": ({"steps": [step("s", x="{{ t.x }}"), step("t")]}, ["/steps/0/parameters/x"]),
    "deep": ({"steps": [step("s", a={"b~/": [1, "{{ nope }}"]})]}, ["/steps/0/parameters/a/b~0~1/1"]),
    "no expression": ({"steps": [step("s", x="{{ 1 + }}")]}, ["/steps/0/parameters/x"]),
    "a loop": ({"steps": [step("s", x="{% for a in b %}{% endfor %}")]}, ["/steps/0/parameters/x"]),
    "when": ({"steps": [step("s", when="a b")]}, ["/steps/0/when"]),
    "conditions": ({"steps": [step("s")], "conditions": ["true", "s.x"]}, ["/conditions/1"]),
    "delay": ({"steps": [step("s", of="delay")]}, ["/steps/0/delay_seconds"]),
    "long delay": ({"steps": [step("s", of="delay", delay_seconds=1e9)]}, ["/steps/0/delay_seconds"]),
    "retries": ({"steps": [step("s", retry={"count": 99, "backoff": -1})]},
                ["/steps/0/retry/backoff", "/steps/0/retry/count"]),
    "trigger": ({"steps": [step("s")], "trigger": {"key": "rain"}}, ["/trigger/key"]),
    "two triggers": ({"steps": [step("s")], "trigger": {"key": "paid", "every": 5}}, ["/trigger"]),
    "cron": ({"steps": [step("s")], "trigger": {"cron": "61 * * * *"}}, ["/trigger/cron"]),
    "six fields": ({"steps": [step("s")], "trigger": {"cron": "* * * * * *"}}, ["/trigger/cron"]),
    "never": ({"steps": [step("s")], "trigger": {"cron": "0 0 31 2 *"}}, ["/trigger/cron"]),
    "timezone": ({"steps": [step("s")], "trigger": {"cron": "0 9 * * *", "timezone": "../etc"}}, ["/trigger/timezone"]),
    "too often": ({"steps": [step("s")], "trigger": {"every": 0.001}}, ["/trigger/every"]),
}  # fmt: skip


@pytest.mark.parametrize(("body", "pointers"), FAULTS.values(), ids=FAULTS)
def test_every_fault_of_a_definition_is_told_with_its_place(ada, body, pointers):
    answer = ada.ask("POST", "/definitions", 400, json=body)
    assert sorted(fault["pointer"] for fault in answer["faults"]) == sorted(pointers)
    assert ada.ask("GET", "/definitions")["total"] == 0


def test_an_unknown_action_comes_with_the_nearest_names(ada):
    answer = ada.ask("POST", "/definitions", 400, json={"steps": [step("s", "wirte")]})
    assert "did you mean write" in answer["message"]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"workflow_id": 7},
        {"workflow_id": "w", "input": []},
        {"workflow_id": "w", "trigger_data": "x"},
        {"workflow_id": "w", "wait": 31},
        {"workflow_id": "w", "wait": True},
        {"workflow_id": "w", "inputs": {}},
        {"workflow_id": "w", "input": deep(400)},
    ],
)
def test_an_execution_that_makes_no_sense_is_refused(ada, body):
    ada.create(step("s"))
    ada.ask("POST", "/execute", 400, json=body)
    assert ada.runs() == []


def test_an_unknown_workflow_is_not_found(ada):
    ada.execute("nothing", 404)
    ada.ask("GET", "/definitions/nothing", 404)
    ada.ask("DELETE", "/definitions/nothing", 404)


def test_runs_are_listed_page_by_page_from_the_newest(ada):
    ada.create(step("s"))
    made = [ada.execute()["execution_id"] for _ in range(5)]
    seen, query = [], "?limit=2"
    while query:
        answer = ada.ask("GET", f"/runs{query}")
        seen += [run["id"] for run in answer["runs"]]
        query = f"?limit=2&cursor={answer['page']['next']}" if answer["page"]["has_more"] else ""
    assert seen == made[::-1]


def test_runs_are_narrowed_by_workflow_and_state(ada):
    ada.create(step("s"))
    ada.create(step("s", "broken"), id="bad")
    ada.execute()
    ada.execute("bad")
    assert [run["workflow_id"] for run in ada.runs("?state=failed")] == ["bad"]
    assert [run["workflow_id"] for run in ada.runs("?workflow_id=w")] == ["w"]
    assert ada.runs("?workflow_id=w&state=failed") == []


@pytest.mark.parametrize("query", ["limit=0", "limit=251", "limit=x", "cursor=-1", "state=odd", "user=ada"])
def test_a_wrong_question_for_runs_is_refused(ada, query):
    ada.ask("GET", f"/runs?{query}", 400)


PATHS = [
    ("GET", "/definitions/w"), ("DELETE", "/definitions/w"), ("POST", "/execute"), ("GET", "/runs/{run}"),
    ("POST", "/runs/{run}/cancel"), ("POST", "/runs/{run}/retry"),
]  # fmt: skip


@pytest.mark.parametrize(("method", "path"), PATHS)
def test_what_is_somebody_elses_is_not_there(house, ada, method, path):
    ada.create(step("s", "broken"))
    run_id = ada.execute()["execution_id"]
    body = {"json": {"workflow_id": "w"}} if path == "/execute" else {}
    for stranger in (house.client("bob"), house.client("ada", tenant="other")):
        theirs = stranger.ask(method, path.format(run=run_id), 404, **body)
        assert run_id in theirs["message"] or "'w'" in theirs["message"]
        assert stranger.runs() == []
        assert stranger.ask("GET", "/definitions")["total"] == 0


def test_the_tenants_operator_looks_after_runs_but_does_not_act_as_their_owner(house, ada):
    ada.create(step("s", "broken"))
    run_id = ada.execute()["execution_id"]
    operator = house.client("olga", scopes=("atom:operator",))
    assert operator.run(run_id)["created_by"] == "ada"
    operator.execute(status=404)


def test_an_id_that_somebody_else_uses_is_taken(house, ada):
    ada.create(step("s"))
    answer = house.client("bob").ask("POST", "/definitions", 409, json={"id": "w", "steps": [step("s")]})
    assert "taken" in answer["message"]
    assert ada.ask("GET", "/definitions/w")["workflow"]["created_by"] == "ada"


ROUTES = [("GET", "/definitions"), ("POST", "/definitions"), ("GET", "/templates"), ("GET", "/services"),
          ("GET", "/runs"), ("GET", "/approvals"), ("GET", "/targets"), ("POST", "/approvals/x"), *PATHS]  # fmt: skip


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_every_route_wants_to_know_who_is_calling(house, method, path):
    answer = house.app.test_client().open(f"/api/workflows{path.format(run='x')}", method=method, json={})
    assert (answer.status_code, answer.json["success"]) == (401, False)


def test_a_template_is_made_one_s_own_with_other_variables(open_house, ledger):
    ledger.templates = [
        {"id": "t", "name": "T", "description": "…", "variables": {"a": 1, "b": 2},
         "steps": [step("s", "write", sum="{{ variables.a + variables.b }}")]},
        {"id": "broken", "steps": [step("s", "nothing")]},
    ]  # fmt: skip
    ada = open_house([("ledger", ledger)]).client()
    assert [one["id"] for one in ada.ask("GET", "/templates")["templates"]] == ["t"]
    body = {"template": "t", "variables": {"b": 5}, "name": "Mine"}
    workflow_id = ada.ask("POST", "/definitions", json=body)["workflow_id"]
    ada.execute(workflow_id)
    assert ledger.effects() == [{"sum": 6}]
    ada.ask("POST", "/definitions", 404, json={"template": "none"})
    answer = ada.ask("POST", "/definitions", 400, json={"template": "t", "variables": {"c": 1}})
    assert answer["faults"][0]["pointer"] == "/variables/c"


def test_a_workflow_of_a_plugin_that_is_gone_fails_with_a_reason(open_house, ledger):
    house = open_house([("ledger", ledger)])
    house.client().create(step("s", "write", n=1))
    house.host.close()
    ada = open_house([]).client()
    assert ada.execute()["errors"] == ["No installed plugin offers the service ledger."]


def test_events_are_shown_to_operators_with_nothing_personal(house, ledger):
    ledger.emit({"email": "grace@example.com", "n": 1}, "e1")
    olga = house.client("olga", scopes=("atom:operator",)).client
    (event,) = eventually(lambda: olga.get("/api/events").json["data"]["events"])
    assert event["payload"] == {"email": "[redacted]", "n": 1}
