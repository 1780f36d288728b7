"""Operators see how the runs are."""

from __future__ import annotations

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
    assert check["data"] == {"unfinished": 1, "running": 0, "approvals": 1, "failed": 1, "late_seconds": 0}
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
