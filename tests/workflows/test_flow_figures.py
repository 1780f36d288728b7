"""Operators see how the runs are."""

from __future__ import annotations

from datetime import datetime

from flow_house import eventually, step


def shown(house):
    operator = house.client("ops", scopes=("atom:operator",)).client
    checks = operator.get("/api/health").json["data"]["host"]
    return {check["name"]: check for check in checks}["workflows"]


def test_runs_that_wait_and_fail_are_counted(house, ada):
    ada.create(step("ask", of="approval", message="go on?"), id="asks")
    ada.create(step("s", "broken"), id="fails")
    ada.execute("asks")
    ada.execute("fails")
    check = eventually(lambda: (found := shown(house))["data"]["approvals"] and found)
    assert (check["name"], check["status"]) == ("workflows", "ok")
    assert check["data"] == {"unfinished": 1, "running": 0, "approvals": 1, "failed": 1, "failing": 0,
                             "late_seconds": 0, "ticks_late_seconds": 0}  # fmt: skip
    metrics = house.client().client.get("/metrics").get_data(as_text=True)
    assert 'atom_check_value{check="workflows",figure="approvals",plugin="host"} 1.0' in metrics


def test_a_run_that_nobody_works_on_degrades_health(open_house, ledger):
    house = open_house([("ledger", ledger)], ATOM_HOST_WORKFLOW_THREADS="0")
    ada = house.client()
    ada.create(step("s", "write", n=1))
    ada.execute(wait=0)
    house.host.store.run("UPDATE host_runs SET wake_at = wake_at - 90")
    check = shown(house)
    assert check["status"] == "degraded"
    assert check["data"]["late_seconds"] >= 90


def test_a_schedule_that_is_not_kept_degrades_health_and_says_since_when(open_house, ledger):
    house = open_house([("ledger", ledger)], ATOM_HOST_WORKFLOW_THREADS="0")
    house.client().create(step("s", "write", n=1), trigger={"every": 3600})
    house.host.store.run("UPDATE host_workflows SET next_at = next_at - 3700")
    since = house.host.store.run("SELECT next_at FROM host_workflows")[0][0]
    check = shown(house)
    assert (check["status"], check["data"]["late_seconds"]) == ("degraded", 0)
    assert 100 <= check["data"]["ticks_late_seconds"] < 160
    assert abs(datetime.fromisoformat(check["data"]["late_since"]).timestamp() - since) < 2
    assert "schedule" in check["detail"] or "schedule" in str(check)
