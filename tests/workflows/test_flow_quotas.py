"""What one person may send, keep and run, and that nobody else notices."""

from __future__ import annotations

import json
import sqlite3

import pytest
from flow_house import step
from toy_ledger import Ledger

from atom_shopify_plugin.host.config import HOST_SETTINGS, HostConfig, HostMisconfigured
from atom_shopify_plugin.host.store import _MIGRATIONS, HostStore
from atom_shopify_plugin.host.workflows.housekeeping import PAYLOADS_KEPT, clean


@pytest.fixture
def small(open_house, ledger):
    """A host with small figures."""

    def open_(**settings):
        return open_house([("ledger", ledger)], **settings)

    return open_


def padded(size, **members):
    body = {"steps": [step("s")], "variables": {"pad": "x" * size}, **members}
    return {"id": "w", **body}


def refused(person, status, body, setting):
    answer = person.ask("POST", "/definitions", status, json=body)
    assert answer["setting"] == setting
    assert setting in answer["message"]
    assert isinstance(answer["limit"], int)
    return answer


# Rates


ROUTES = [
    ("GET", "/api/workflows/definitions", None),
    ("POST", "/api/workflows/definitions", {"steps": []}),
    ("GET", "/api/workflows/definitions/w", None),
    ("DELETE", "/api/workflows/definitions/w", None),
    ("GET", "/api/workflows/templates", None),
    ("GET", "/api/workflows/services", None),
    ("POST", "/api/workflows/dry-run", {"workflow_id": "w"}),
    ("POST", "/api/workflows/validate", {"definition": {}}),
    ("GET", "/api/workflows/definitions/w/why", None),
    ("GET", "/workflows/w", None),
    ("POST", "/approvals/a", None),
    ("POST", "/api/workflows/execute", {"workflow_id": "w"}),
    ("GET", "/api/workflows/runs", None),
    ("GET", "/api/workflows/runs/r", None),
    ("POST", "/api/workflows/runs/r/cancel", None),
    ("POST", "/api/workflows/runs/r/retry", None),
    ("GET", "/api/workflows/approvals", None),
    ("GET", "/api/workflows/targets", None),
    ("POST", "/api/workflows/approvals/a", {"approve": True}),
    ("GET", "/api/events", None),
    ("POST", "/api/chat", {"message": "hello"}),
    ("GET", "/api/openapi.json", None),
    ("GET", "/api/session", None),
    ("GET", "/pages", None),
    ("GET", "/app", None),
    ("GET", "/app/<path:path>", None),
    ("GET", "/api/services", None),
    ("GET", "/api/services/health", None),
    ("GET", "/api/services/ledger", None),
    ("POST", "/api/services/register-workflow", {"service_id": "ledger"}),
    ("POST", "/api/services/test-chat-command", {"service_id": "ledger", "command": "x"}),
]
OPEN = {"/healthz", "/signin", "/signout", "/", "/api/health", "/metrics", "/assets/<path:path>", "/icon.svg"}


@pytest.mark.parametrize(("method", "path", "body"), ROUTES, ids=lambda value: str(value)[:40])
def test_every_route_counts_and_says_when_to_come_again(small, method, path, body):
    house = small(ATOM_HOST_RATE_LIMIT="2 per hour")
    ada, bob = house.client("ada"), house.client("bob")
    for _ in range(2):
        assert ada.client.get("/api/services").status_code == 200
    answer = ada.client.open(path, method=method, json=body)
    assert answer.status_code == 429
    assert 1 <= int(answer.headers["Retry-After"]) <= 3600
    assert "2 per hour" in answer.get_data(as_text=True)
    assert bob.client.get("/api/services").status_code == 200
    assert house.client("ada", tenant="elsewhere").client.get("/api/services").status_code == 200


def test_no_route_of_the_host_is_forgotten(small):
    house = small()
    named = {path.rstrip("/") for _, path, _ in ROUTES}
    for rule in house.app.url_map.iter_rules():
        if rule.rule in OPEN or rule.endpoint.startswith("ledger"):
            continue
        shape = rule.rule.replace("<workflow_id>", "w").replace("<run_id>", "r").replace("<approval_id>", "a")
        shape = shape.replace("<service_id>", "ledger")
        same_gate = shape.startswith("/api/services/")  # one gate stands before all of them
        assert shape in named or same_gate, rule.rule


def test_who_is_not_signed_in_uses_nobody_s_allowance(small):
    house = small(ATOM_HOST_RATE_LIMIT="1 per hour")
    stranger = house.app.test_client()
    assert [stranger.get("/api/services").status_code for _ in range(3)] == [401] * 3
    assert house.client().client.get("/api/services").status_code == 200


def test_with_the_shared_storage_away_each_process_counts(small):
    house = small(ATOM_HOST_RATE_LIMIT="2 per hour", ATOM_HOST_RATE_LIMIT_STORAGE="nothing://there")
    ada = house.client()
    assert [ada.client.get("/api/services").status_code for _ in range(3)] == [200, 200, 429]


# Definitions


def test_a_definition_has_a_size(small):
    ada = small(ATOM_HOST_MAX_WORKFLOW_KB="2").client()
    assert ada.ask("POST", "/definitions", json=padded(1_500))["workflow_id"]
    refused(ada, 413, padded(3_000), "ATOM_HOST_MAX_WORKFLOW_KB")
    body = {"service_id": "ledger", "workflow_config": {"anything": "x" * 3_000}}
    answer = ada.client.post("/api/services/register-workflow", json=body)
    assert (answer.status_code, answer.json["error"]["details"]["setting"]) == (413, "ATOM_HOST_MAX_WORKFLOW_KB")


def test_a_person_has_so_many_definitions_and_others_are_not_concerned(small):
    house = small(ATOM_HOST_MAX_WORKFLOWS="2")
    ada, bob = house.client("ada"), house.client("bob")
    for name in ("a", "b"):
        ada.create(step("s"), id=name)
    refused(ada, 409, {"id": "c", "steps": [step("s")]}, "ATOM_HOST_MAX_WORKFLOWS")
    config = {"service_id": "ledger", "workflow_config": {}}
    assert ada.client.post("/api/services/register-workflow", json=config).status_code == 409
    assert ada.create(step("t"), id="b") == "b"  # replacing one is no further one
    bob.create(step("s"), id="c")
    ada.ask("DELETE", "/definitions/a")
    ada.create(step("s"), id="d")


def test_all_definitions_of_a_person_have_a_size_together(small):
    ada = small(ATOM_HOST_MAX_WORKFLOWS_KB="4").client()
    ada.ask("POST", "/definitions", json=padded(2_000, id="a"))
    ada.ask("POST", "/definitions", json=padded(1_000, id="b"))
    refused(ada, 409, padded(2_000, id="c"), "ATOM_HOST_MAX_WORKFLOWS_KB")
    ada.ask("POST", "/definitions", json=padded(100, id="a"))
    ada.ask("POST", "/definitions", json=padded(2_000, id="c"))


def test_figures_that_were_lowered_let_people_make_less_of_it(small):
    first = small()
    ada = first.client()
    for name in ("a", "b", "c"):
        ada.ask("POST", "/definitions", json=padded(2_000, id=name))
    folder = first.host.config.data_dir
    lowered = small(folder=folder, ATOM_HOST_MAX_WORKFLOWS="1", ATOM_HOST_MAX_WORKFLOWS_KB="1").client()
    lowered.ask("POST", "/definitions", json=padded(1_000, id="a"))
    refused(lowered, 409, padded(1_500, id="a"), "ATOM_HOST_MAX_WORKFLOWS_KB")
    refused(lowered, 409, padded(0, id="d"), "ATOM_HOST_MAX_WORKFLOWS")


def test_schedules_are_counted(small):
    ada = small(ATOM_HOST_MAX_SCHEDULES="1").client()
    ada.create(step("s"), id="a", trigger={"every": 3600})
    body = {"id": "b", "steps": [step("s")]}
    refused(ada, 409, {**body, "trigger": {"cron": "0 9 * * *"}}, "ATOM_HOST_MAX_SCHEDULES")
    ada.create(step("s"), id="b", trigger={"key": "paid"})
    ada.create(step("s"), id="a", trigger={"cron": "0 9 * * *"})
    ada.create(step("s"), id="a")
    ada.create(step("s"), id="b", trigger={"every": 3600})


@pytest.mark.parametrize(
    ("trigger", "fine"),
    [
        ({"every": 299}, False),
        ({"every": 300}, True),
        ({"cron": "* * * * *"}, False),
        ({"cron": "*/5 * * * *"}, True),
        ({"cron": "0,4 9 * * *"}, False),
        ({"cron": "0 9 29 2 *"}, True),
        ({"cron": "0,1 9 24 12 *"}, False),
    ],
)
def test_a_schedule_has_a_shortest_interval(small, trigger, fine):
    ada = small(ATOM_HOST_SHORTEST_INTERVAL="300").client()
    body = {"id": "w", "steps": [step("s")], "trigger": trigger}
    answer = ada.ask("POST", "/definitions", 200 if fine else 400, json=body)
    if not fine:
        (fault,) = answer["faults"]
        assert fault["pointer"] == f"/trigger/{next(iter(trigger))}"
        assert "ATOM_HOST_SHORTEST_INTERVAL" in fault["message"]


def test_a_minute_is_the_usual_shortest_interval(tmp_path):
    assert HostConfig.from_environ({"ATOM_HOST_DATA_DIR": str(tmp_path)}).quotas.shortest_interval == 60


# Runs and their history


def test_unfinished_runs_are_bounded_and_a_key_that_is_known_still_answers(small):
    house = small(ATOM_HOST_MAX_OPEN_RUNS="2")
    ada, bob = house.client("ada"), house.client("bob")
    for person in (ada, bob):
        person.create(step("d", of="delay", delay_seconds=3600), id="a" if person is ada else "b")
    first = ada.execute("a", key="one", wait=0)
    second = ada.execute("a", wait=0)
    answer = ada.execute("a", 429, wait=0)
    assert (answer["setting"], answer["limit"]) == ("ATOM_HOST_MAX_OPEN_RUNS", 2)
    assert ada.execute("a", key="one", wait=0)["execution_id"] == first["execution_id"]
    bob.execute("b", wait=0)
    ada.ask("POST", f"/runs/{second['execution_id']}/cancel")
    ada.execute("a", wait=0)


def test_what_a_run_is_begun_with_has_a_size(small):
    ada = small(ATOM_HOST_MAX_INPUT_KB="1").client()
    ada.create(step("s"))
    for name in ("input", "trigger_data"):
        answer = ada.execute(status=413, **{name: {"x": "y" * 2_000}})
        assert answer["setting"] == "ATOM_HOST_MAX_INPUT_KB"
    ada.execute(input={"x": "y" * 500})


def test_runs_of_one_version_share_one_copy_of_its_definition(small):
    house = small()
    ada = house.client()
    ada.ask("POST", "/definitions", json=padded(50_000))
    ids = [ada.execute()["execution_id"] for _ in range(20)]
    ada.ask("POST", "/definitions", json={**padded(50_000), "name": "Second"})
    ids.append(ada.execute()["execution_id"])
    assert house.host.store.run("SELECT count(*) FROM host_definitions") == [(2,)]
    assert [ada.run(one)["workflow_name"] for one in (ids[0], ids[-1])] == ["Unnamed Workflow", "Second"]
    pages = house.host.store.run("PRAGMA page_count")[0][0] * 4096
    assert pages < 20 * 50_000


def test_a_person_s_history_is_bounded_by_bytes_and_the_newest_stay(small):
    house, history = small(), 20_000
    ada, bob = house.client("ada"), house.client("bob")
    for person, name in ((ada, "a"), (bob, "b")):
        person.create(step("s", x="{{ input.x }}"), id=name)
    kept = bob.execute("b", input={"x": "y" * 1_900})["execution_id"]
    ids = [ada.execute("a", input={"x": f"{n}" + "y" * 1_900})["execution_id"] for n in range(24)]
    store = house.host.store
    clean(store, history=history)
    found = [run["id"] for run in ada.runs("?limit=250")]
    assert 1 <= len(found) < 24
    assert found == list(reversed(ids))[: len(found)]
    assert store.run("SELECT sum(size) FROM host_runs WHERE subject = 'ada'")[0][0] <= history
    assert [run["id"] for run in bob.runs()] == [kept]
    assert store.run("SELECT count(*) FROM host_steps WHERE run_id NOT IN (SELECT id FROM host_runs)") == [(0,)]


def test_runs_that_are_not_finished_are_no_history(small):
    house = small()
    ada = house.client()
    ada.create(step("d", of="delay", delay_seconds=3600))
    run_id = ada.execute(wait=0, input={"x": "y" * 50_000})["execution_id"]
    clean(house.host.store, history=1)
    assert ada.run(run_id)["finished_at"] is None


def test_only_the_newest_events_keep_what_they_said(house):
    store = house.host.store
    with store.transaction() as connection:
        connection.executemany(
            "INSERT INTO host_events (key, dedupe_key, shop, payload, runs, received_at) VALUES (?, ?, 's', ?, 0, 9e9)",
            [("paid", f"k{number}", json.dumps({"id": number})) for number in range(PAYLOADS_KEPT + 50)],
        )
    clean(store)
    assert store.run("SELECT count(*), sum(payload = '{}') FROM host_events") == [(PAYLOADS_KEPT + 50, 50)]


def test_definitions_that_no_run_needs_go(small):
    house = small()
    ada = house.client()
    ada.create(step("s"))
    ada.execute()
    house.host.store.run("DELETE FROM host_runs")
    clean(house.host.store)
    assert house.host.store.run("SELECT count(*) FROM host_definitions") == [(0,)]


# Ids


def test_an_id_stays_with_its_first_owner_also_when_it_is_deleted(house, ledger):
    ada, eve = house.client("ada"), house.client("eve")
    ada.create(step("s"), id="payroll")
    begun = ada.execute("payroll", key="today")
    ada.ask("DELETE", "/definitions/payroll")
    answer = eve.ask("POST", "/definitions", 409, json={"id": "payroll", "steps": [step("s")]})
    assert "taken" in answer["message"]
    elsewhere = house.client("ada", tenant="elsewhere")
    elsewhere.ask("POST", "/definitions", 409, json={"id": "payroll", "steps": [step("s")]})
    made = ada.ask("POST", "/definitions", json={"id": "payroll", "steps": [step("s")]})
    assert made["workflow"]["version"] == 2
    assert ada.execute("payroll", key="today")["execution_id"] == begun["execution_id"]


def test_a_template_takes_no_id_either(house, ledger):
    ada, eve = house.client("ada"), house.client("eve")
    ledger.templates.append({"id": "ready", "name": "Ready", "variables": {}, "steps": [step("s")]})
    ada.ask("POST", "/definitions", json={"template": "ready", "id": "mine"})
    ada.ask("DELETE", "/definitions/mine")
    eve.ask("POST", "/definitions", 409, json={"template": "ready", "id": "mine"})


# Settings and older files


@pytest.mark.parametrize(
    "name", [name for name in HOST_SETTINGS if "_MAX_" in name or name.endswith(("INTERVAL", "_MB"))]
)
@pytest.mark.parametrize("value", ["0", "-1", "many", "9" * 12, "1.5"])
def test_a_figure_that_makes_no_sense_is_refused_by_name(tmp_path, name, value):
    with pytest.raises(HostMisconfigured, match=name):
        HostConfig.from_environ({"ATOM_HOST_DATA_DIR": str(tmp_path), name: value})


@pytest.mark.parametrize("value", ["many", "10", "per minute", "10 per fortnight", "-1 per minute"])
def test_a_rate_that_can_not_be_read_is_refused(tmp_path, value):
    with pytest.raises(HostMisconfigured, match="ATOM_HOST_RATE_LIMIT"):
        HostConfig.from_environ({"ATOM_HOST_DATA_DIR": str(tmp_path), "ATOM_HOST_RATE_LIMIT": value})


def test_a_file_with_runs_of_the_version_before_keeps_their_definitions(tmp_path, open_house):
    folder = tmp_path / "older"
    folder.mkdir()
    with sqlite3.connect(folder / "atom-host.db") as old:
        for migration in _MIGRATIONS[:3]:
            old.executescript(migration)
        old.execute("PRAGMA user_version = 3")
        for number, name in enumerate(("One", "One", "Two")):
            definition = json.dumps({"name": name, "steps": [step("s")]})
            old.execute(
                "INSERT INTO host_runs (id, workflow_id, workflow_version, definition, tenant, subject, cause, event,"
                " input, state, created_at, finished_at) VALUES (?, 'w', 1, ?, 'default', 'ada', 'manual', '{}', '{}',"
                " 'completed', 1, 2)",
                (f"run-{number}", definition),
            )
    old.close()
    store = HostStore(folder)
    assert store.run("SELECT count(*) FROM host_definitions") == [(2,)]
    store.close()
    house = open_house([("ledger", Ledger(tmp_path / "ledger"))], folder=folder)
    ada, eve = house.client("ada"), house.client("eve")
    assert [ada.run(f"run-{number}")["workflow_name"] for number in range(3)] == ["One", "One", "Two"]
    eve.ask("POST", "/definitions", 409, json={"id": "w", "steps": [step("s")]})
