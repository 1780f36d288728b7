"""Steps whose plugin goes on in the background: the run waits for the operation, and no thread does."""

from __future__ import annotations

import threading
import time

from flow_house import eventually, step


def waits(ada):
    (run,) = ada.runs()
    return run["state"] == "waiting" and ada.run(run["id"])


def test_a_run_waits_for_an_operation_and_goes_on_with_its_result(ada, ledger):
    ada.create(step("a", "long", until="go", n=1), step("b", "echo", told="{{ a.written.n }}"))
    run_id = ada.execute(wait=0, status=202)["execution_id"]
    eventually(lambda: waits(ada))
    assert not any(thread.name == "atom-workflow-run" for thread in threading.enumerate())
    (ledger.folder / "go").touch()
    (run,) = ada.settled()
    assert run["state"] == "completed"
    assert [one["state"] for one in ada.run(run_id)["steps"]] == ["done", "done"]
    assert [line["key"] for line in ledger.lines("calls")] == [f"{run_id}:a", f"{run_id}:b"]
    assert len(ledger.lines("taken")) == len([one for one in ledger.effects() if one.get("until")]) == 1


def test_the_end_of_an_operation_wakes_the_run(ada, ledger):
    ledger.retry_after = 60.0
    ada.create(step("a", "long", until="go"))
    run_id = ada.execute(wait=0, status=202)["execution_id"]
    eventually(lambda: waits(ada))
    (ledger.folder / "go").touch()
    time.sleep(0.3)
    assert waits(ada)
    ledger.host.hook.atom_operation_ended(service="ledger", operation="another")
    ledger.host.hook.atom_operation_ended(service="ledger", operation=f"{run_id}:a")
    (run,) = ada.settled(seconds=10)
    assert run["state"] == "completed"


def test_an_operation_that_fails_fails_its_step(ada, ledger):
    (ledger.folder / "go").touch()
    ada.create(step("a", "long", until="go", fails="CONFLICT"))
    run = ada.run(ada.execute()["execution_id"])
    assert (run["state"], run["error"]["code"]) == ("failed", "CONFLICT")


def test_many_runs_wait_beside_each_other(ada, ledger):
    """More than there are threads: a run that waits has none."""
    ada.create(step("a", "long", until="go"), trigger={"key": "paid"})
    for number in range(12):
        ledger.emit({"n": number}, f"e{number}")
    eventually(lambda: len(ledger.lines("taken")) == 12)
    (ledger.folder / "go").touch()
    assert {run["state"] for run in ada.settled(12)} == {"completed"}


def test_what_can_not_be_told_at_the_moment_is_asked_again(ada, ledger):
    (ledger.folder / "go").touch()
    asked = []
    real = ledger.tell_of

    def sometimes(service, operation, context):
        asked.append(operation)
        if len(asked) < 2:
            error = {"code": "UNAVAILABLE", "message": "Away.", "details": {}, "retryable": True}
            return {"ok": False, "error": error}
        return real(service, operation, context)

    ledger.tell_of = sometimes
    ada.create(step("a", "long", until="go"))
    assert ada.execute()["status"] == "completed"
    assert len(asked) == 2
