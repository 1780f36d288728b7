"""A clock that goes back by an hour makes no run, step or schedule wait for an hour longer."""

from __future__ import annotations

import time

import pytest
from flow_house import eventually, step


def put_back(house, hours=1):
    """As if all that is stored had been written before the machine's clock went back."""
    ahead = 3600 * hours
    for sql in (
        "UPDATE host_runs SET wake_at = wake_at + ?, lease_until = lease_until + ?, created_at = created_at + ?",
        "UPDATE host_steps SET wake_at = wake_at + ?, started_at = started_at + ?, finished_at = finished_at + ?",
        "UPDATE host_workflows SET next_at = next_at + ? + ? * 0 + ? * 0",
        "UPDATE host_pulse SET at = at + ? + ? * 0 + ? * 0",
    ):
        house.host.store.run(sql, (ahead, ahead, ahead))


def test_a_run_that_waited_for_a_worker_is_due(open_house, ledger):
    idle = open_house([("ledger", ledger)], ATOM_HOST_WORKFLOW_THREADS="0")
    idle.client().create(step("s", "write", text="x"))
    idle.client().execute(wait=0)
    put_back(idle)
    (run,) = open_house([("ledger", ledger)]).client().settled()
    assert run["state"] == "completed"


def test_a_run_of_a_worker_that_died_before_the_step_is_taken_over(open_house, ledger):
    idle = open_house([("ledger", ledger)], ATOM_HOST_WORKFLOW_THREADS="0")
    idle.client().create(step("s", "write", text="x"))
    idle.client().execute(wait=0)
    idle.host.store.run("UPDATE host_runs SET state = 'running', lease_owner = 'dead', lease_until = wake_at + 30")
    put_back(idle)
    (run,) = open_house([("ledger", ledger)], ATOM_HOST_LEASE_SECONDS="1").client().settled()
    assert run["state"] == "completed"


@pytest.mark.slow
def test_a_delay_lasts_as_long_as_it_says(open_house, ledger):
    first = open_house([("ledger", ledger)])
    first.client().create(step("wait", of="delay", delay_seconds=5), step("s", "write", text="x"))
    first.client().execute(wait=0)
    eventually(lambda: [one for one in first.client().runs() if one["state"] == "waiting"])
    eventually(lambda: first.host.store.run("SELECT 1 FROM host_pulse WHERE id = 'clock'"))
    first.host.close()
    began = time.monotonic()
    put_back(first)
    (run,) = open_house([("ledger", ledger)]).client().settled(seconds=60)
    assert run["state"] == "completed"
    assert time.monotonic() - began > 1  # it was moved, and not simply let go


@pytest.mark.slow
def test_schedules_come_again(open_house, ledger):
    idle = open_house([("ledger", ledger)], ATOM_HOST_WORKFLOW_THREADS="0")
    idle.client().create(step("s", "write", text="x"), trigger={"every": 3})
    idle.client().create(step("s", "write", text="x"), trigger={"cron": "* * * * *"}, id="minutely")
    put_back(idle)
    other = open_house([("ledger", ledger)])
    runs = other.client().settled()
    assert {run["state"] for run in runs} == {"completed"}
    moments = [one["next_at"] for one in other.client().ask("GET", "/definitions")["workflows"]]
    assert max(moments) < time.time() + 61
