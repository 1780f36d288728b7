"""ATOM's endpoints over the service registry: ATOM's shapes, live data, and no word of Shopify in the host."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from atom_shapes import GET, check, check_error
from toy_weather import MANIFEST, Weather

import atom_shopify_plugin.host


@pytest.mark.parametrize("name", GET)
def test_a_registry_endpoint_answers_in_atoms_shape(ada, name):
    answer = ada.get(name.removeprefix("GET "))
    assert answer.status_code == 200
    check(name, answer.json)


@pytest.mark.parametrize("name", GET)
def test_an_empty_registry_answers_in_the_same_shapes(open_host, name):
    answer = open_host([]).signed_in().get(name.removeprefix("GET "))
    if "/weather" in name:
        assert answer.status_code == 404
        check_error(answer.json)
    else:
        assert answer.status_code == 200
        check(name, answer.json)


@pytest.mark.parametrize("name", GET)
def test_a_registry_endpoint_wants_to_know_who_is_calling(name, client):
    answer = client.get(name.removeprefix("GET "))
    assert answer.status_code == 401
    check_error(answer.json)


def test_the_entry_holds_the_names_of_the_manifest(ada):
    service = ada.get("/api/services/weather").json["service"]
    assert service["id"] == "weather"
    for kind in ("workflow_triggers", "workflow_actions", "chat_commands"):
        assert service[kind] == [entry["key"] for entry in MANIFEST[kind]]


@pytest.mark.parametrize(
    ("cities", "check_status", "status", "health"),
    [
        (2, "ok", "connected", "healthy"),
        (0, "ok", "disconnected", "healthy"),
        (None, "ok", "available", "healthy"),
        (2, "degraded", "connected", "degraded"),
        (2, "down", "error", "unhealthy"),
    ],
)
def test_status_and_health_follow_the_reporters(open_host, cities, check_status, status, health):
    client = open_host([("weather", Weather(cities, check_status))]).signed_in()
    service = client.get("/api/services/weather").json["service"]
    assert (service["status"], service["health"]) == (status, health)
    assert client.get("/api/services/health").json["overall_health"] == (
        "healthy" if health == "healthy" else "unhealthy"
    )
    assert client.get("/api/services/status").json["status_summary"].get(status, 0) == (
        0 if status == "available" else 1
    )
    assert client.get("/api/services").json["active_services"] == (1 if status == "connected" else 0)


def test_a_registered_workflow_survives_a_restart(open_host, weather):
    config = {"name": "Umbrella", "steps": [{"id": "s1", "type": "service_action"}]}
    answer = (
        open_host([("weather", weather)])
        .signed_in()
        .post("/api/services/register-workflow", json={"service_id": "weather", "workflow_config": config})
    )
    assert answer.status_code == 200
    check("POST /api/services/register-workflow", answer.json)
    listed = open_host([]).signed_in().get("/api/workflows/definitions").json["workflows"]
    assert [(one["id"], one["workflow_config"]) for one in listed] == [(answer.json["workflow_id"], config)]


def test_a_tenant_sees_its_own_workflows_only(door):
    door.signed_in("ada").post("/api/services/register-workflow", json={"service_id": "weather"})
    elsewhere = door.signed_in("bob", tenant="other")
    assert elsewhere.get("/api/workflows/definitions").json["workflows"] == []


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 400),
        ({"service_id": 7}, 400),
        ({"service_id": "weather", "workflow_config": []}, 400),
        ({"service_id": "shopify"}, 404),
    ],
)
def test_a_workflow_that_makes_no_sense_is_not_stored(ada, body, status):
    answer = ada.post("/api/services/register-workflow", json=body)
    assert answer.status_code == status
    check_error(answer.json)
    assert ada.get("/api/workflows/definitions").json["workflows"] == []


@pytest.mark.parametrize("command", ["weather", "weather in rome"])
def test_a_tested_command_really_runs_as_its_caller(ada, weather, command):
    answer = ada.post("/api/services/test-chat-command", json={"service_id": "weather", "command": command})
    assert answer.status_code == 200
    check("POST /api/services/test-chat-command", answer.json)
    assert answer.json["result"] == "Blue sky."
    assert weather.asked == [(command, "ada", None)]


def test_a_command_that_changes_something_is_not_run_as_a_test(ada, weather):
    answer = ada.post("/api/services/test-chat-command", json={"service_id": "weather", "command": "make rain"})
    assert answer.status_code == 400
    check_error(answer.json)
    assert weather.asked == []


def test_an_unknown_command_is_answered_with_those_there_are(ada):
    answer = ada.post("/api/services/test-chat-command", json={"service_id": "weather", "command": "Weather"})
    assert answer.status_code == 400
    check_error(answer.json)
    assert "weather" in answer.json["available_commands"]


@pytest.mark.parametrize("path", ["/api/services/register-workflow", "/api/services/test-chat-command"])
@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b"[]",
        b'"x"',
        b'{"service_id": NaN}',
        b"[" * 100_000,
        b'{"a":1,"a":2}',
        b"\xff\xfe",
        b'{"a":"\\ud800"}',
    ],
)
def test_a_body_that_is_no_json_object_is_a_clear_400(ada, path, raw):
    answer = ada.post(path, data=raw, content_type="application/json")
    assert answer.status_code == 400
    check_error(answer.json)


def test_a_body_over_the_limit_is_refused(ada):
    answer = ada.post("/api/services/register-workflow", data=b" " * 300_000, content_type="application/json")
    assert answer.status_code == 413
    check_error(answer.json)


def test_an_unknown_path_and_method_are_told_in_atoms_style(ada):
    assert ada.get("/api/services/nothing/at/all").status_code == 404
    check_error(ada.get("/api/services/nothing/at/all").json)
    answer = ada.delete("/api/services")
    assert (answer.status_code, answer.headers["Allow"] is not None) == (405, True)
    check_error(answer.json)


def test_the_host_names_no_service():
    folder = Path(atom_shopify_plugin.host.__file__).parent
    for module in folder.rglob("*.py"):
        text = re.sub(r"atom_shopify_plugin|atom-shopify", "", module.read_text())
        assert "shopify" not in text.lower(), module.name
