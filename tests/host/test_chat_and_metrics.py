"""Chat, liveness and metrics of the host."""

from __future__ import annotations

import threading

import pytest
import requests
from toy_weather import Weather
from werkzeug.serving import WSGIRequestHandler, make_server


def say(client, **body):
    return client.post("/api/chat", json=body)


def test_a_message_is_answered_by_the_service_that_knows_it(ada, weather):
    answer = say(ada, message="  weather  ", shop="berlin")
    assert answer.status_code == 200
    assert answer.json == {
        "ok": True,
        "success": True,
        "data": {"reply": "Blue sky.", "command": "weather", "data": {"sky": "blue"}},
        "page": None,
        "meta": {"request_id": answer.headers["X-Request-Id"]},
    }
    assert weather.asked == [("weather", "ada", "berlin")]


def test_a_plugin_is_told_the_request_that_it_answers(ada, weather):
    answer = ada.post("/api/chat", json={"message": "weather"}, headers={"X-Request-Id": "request-0001"})
    ada.post(
        "/api/services/test-chat-command", json={"service_id": "weather", "command": "weather"},
        headers={"X-Request-Id": "request-0002"},
    )  # fmt: skip
    assert weather.requests == ["request-0001", "request-0002"]
    assert answer.headers["X-Request-Id"] == "request-0001"


def test_a_message_nobody_knows_is_a_reply_not_an_error(ada):
    answer = say(ada, message="sing a song").json
    assert answer["ok"] is True
    assert answer["data"]["command"] is None
    assert "help" in answer["data"]["reply"]


def test_a_command_that_failed_says_so_twice_once_for_people_once_for_programs(ada):
    answer = say(ada, message="weather in atlantis").json
    assert answer["ok"] is answer["success"] is False
    assert answer["data"]["reply"] == answer["error"]["message"] == "That city is under water."


def test_a_message_for_another_service_is_not_answered_by_this_one(ada, weather):
    assert say(ada, message="weather", service="tides").json["data"]["command"] is None
    assert weather.asked == []


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"message": ""},
        {"message": "   "},
        {"message": 7},
        {"message": "x" * 2001},
        {"message": "weather", "shop": ["a"]},
        {"message": "weather", "user_id": "eve"},
    ],
)
def test_a_message_that_is_none_is_a_clear_400(ada, weather, body):
    answer = say(ada, **body)
    assert answer.status_code == 400
    assert answer.json["ok"] is answer.json["success"] is False
    assert set(answer.json["error"]) == {"code", "message", "details", "request_id", "retryable"}
    assert weather.asked == []


def test_liveness_needs_nobody_and_asks_nothing(client):
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json["ok"], answer.json["status"]) == (200, True, "ok")


def test_metrics_show_requests_and_checks_and_name_nobody(ada, client):
    ada.get("/api/weather/today")
    ada.get("/api/services/weather")
    ada.get("/nothing/secret-path")
    text = client.get("/metrics").get_data(as_text=True)
    assert 'atom_http_requests_total{endpoint="/api/weather/today",method="GET",status="200"} 1.0' in text
    assert 'atom_http_request_seconds_count{endpoint="/api/services/<service_id>",method="GET"} 1.0' in text
    assert 'atom_check_status{check="stations",plugin="weather"} 1.0' in text
    assert 'atom_check_value{check="stations",figure="connected",plugin="weather"} 1.0' in text
    assert 'atom_check_value{check="stations",figure="queue_waiting",plugin="weather"} 3.0' in text
    assert "secret-path" not in text
    assert "example.com" not in text


def test_two_hosts_in_one_process_count_apart(open_host):
    first, second = open_host([]), open_host([])
    first.anonymous().get("/healthz")
    assert 'endpoint="/healthz"' in first.anonymous().get("/metrics").get_data(as_text=True)
    assert 'endpoint="/healthz"' not in second.anonymous().get("/metrics").get_data(as_text=True)


def test_metrics_from_another_machine_are_for_operators(door):
    far = {"REMOTE_ADDR": "203.0.113.9"}
    assert door.anonymous().get("/metrics", environ_overrides=far).status_code == 401
    assert door.anonymous().get("/metrics", headers={"X-Forwarded-For": "203.0.113.9"}).status_code == 401
    assert door.signed_in().get("/metrics", environ_overrides=far).status_code == 403
    operator = door.signed_in("prometheus", scopes=("atom:operator",))
    assert operator.get("/metrics", environ_overrides=far).status_code == 200


@pytest.mark.parametrize(("settings", "status"), [({}, 503), ({"ATOM_HOST_DEMO": "1"}, 200)])
def test_the_development_server_answers_in_a_demo_only(open_host, settings, status):
    class Quiet(WSGIRequestHandler):
        def log(self, type: str, message: str, *args: object) -> None: ...  # noqa: A002

    server = make_server("127.0.0.1", 0, open_host([("weather", Weather)], **settings).app, request_handler=Quiet)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        with requests.get(f"http://127.0.0.1:{server.port}/healthz", timeout=5) as answer:
            assert answer.status_code == status
            assert ("atom-shopify serve" in answer.text) is (status == 503)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
