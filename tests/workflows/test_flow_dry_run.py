"""A dry run of a whole workflow: each step says what it would do, and nothing is done."""

from __future__ import annotations

from flow_house import step


def dry_run(ada, *steps, status=200, trigger_data=None, given=None, **members):
    body = {
        "definition": {"steps": list(steps), **members}, "trigger_data": trigger_data or {}, "input": given or {},
    }  # fmt: skip
    return ada.ask("POST", "/dry-run", status, json=body)


def woulds(told):
    return {one["id"]: one["would"] for one in told["steps"]}


def test_reads_are_carried_out_and_writes_are_previewed(ada, ledger):
    told = dry_run(
        ada,
        step("read", "echo", n="{{ trigger.n }}"),
        step("write", "write", n="{{ read.n + 1 }}"),
        step("later", "echo", n="{{ write.written.n }}"),
        step("beside", "echo", n="{{ steps.read.n }}"),
        trigger_data={"n": 1},
    )
    assert told["starts"] is True
    read, write, later, beside = told["steps"]
    assert (read["would"], read["parameters"], read["result"]) == ("run", {"n": 1}, {"n": 1})
    assert (write["would"], write["parameters"], write["preview"]) == ("run", {"n": 2}, {"would_write": {"n": 2}})
    assert (later["would"], "result of write" in later["why"]) == ("unknown", True)
    assert beside["result"] == {"n": 1}
    assert ledger.effects() == []
    assert ada.runs() == []


def test_what_would_be_skipped_or_never_reached_says_why(ada, ledger):
    told = dry_run(
        ada,
        step("small", "write", when="trigger.total > 100", n=1),
        step("pause", of="delay", delay_seconds=3600),
        step("ask", of="approval", message="Tag {{ trigger.name }}?"),
        step("gate", of="condition", condition="trigger.total > 50"),
        step("last", "write", n=1),
        trigger_data={"total": "12.50", "name": "Ada"},
    )
    assert woulds(told) == {
        "small": "skip", "pause": "wait", "ask": "ask", "gate": "end", "last": "not_reached",
    }  # fmt: skip
    assert told["steps"][2]["message"] == "Tag Ada?"
    assert "gate would end the run" in told["steps"][4]["why"]
    assert ledger.lines("calls") == []


def test_conditions_that_do_not_hold_start_nothing(ada, ledger):
    told = dry_run(ada, step("s", "write"), conditions=["trigger.total > 50", "trigger.nothing == 1"],
                   trigger_data={"total": 1})  # fmt: skip
    assert told["starts"] is False
    assert [one["holds"] for one in told["conditions"]] == [False, False]
    assert "nothing" in told["conditions"][1]["why"]
    assert woulds(told) == {"s": "not_reached"}


def test_an_expression_that_fails_fails_its_step(ada, ledger):
    told = dry_run(
        ada,
        step("a", "write", n="{{ trigger.nothing }}", continue_on_error=True),
        step("b", "write", n="{{ errors.a.code }}"),
        step("c", "echo", n="{{ trigger.nothing }}"),
        step("d", "echo"),
    )
    assert woulds(told) == {"a": "fail", "b": "run", "c": "fail", "d": "not_reached"}
    assert told["steps"][1]["parameters"] == {"n": "EXPRESSION_ERROR"}


def test_an_action_that_can_not_be_previewed_is_not_called(ada, ledger):
    told = dry_run(ada, step("s", "flaky", failures=0))
    assert woulds(told) == {"s": "run"}
    assert "can't predict" in told["steps"][0]["why"]
    assert ledger.lines("calls") == []


def test_a_stored_workflow_is_tried_out_by_its_id(ada, house, ledger):
    ada.create(step("s", "write", n="{{ input.n }}"))
    told = ada.ask("POST", "/dry-run", json={"workflow_id": "w", "input": {"n": 7}})
    assert told["steps"][0]["parameters"] == {"n": 7}
    assert house.client("mallory").ask("POST", "/dry-run", 404, json={"workflow_id": "w"})
    assert ledger.effects() == []


def test_a_definition_with_faults_is_refused_with_all_of_them(ada):
    told = dry_run(ada, step("s", "no_such_action"), status=400)
    assert "no_such_action" in told["message"]
    for body in ({}, {"workflow_id": "w", "definition": {}}, {"definition": 3}, {"workflow_id": 3}, {"nonsense": 1}):
        ada.ask("POST", "/dry-run", 400, json=body)
