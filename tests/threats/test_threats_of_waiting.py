"""Requests that wait for a slow store hold threads, for a run none; deliveries wait for neither."""

from __future__ import annotations

import http.client
import signal
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from eventkit import order
from house import Answer, House, Person, open_house
from served import LIVE, settle
from webhost import error_of

from atom_shopify_plugin.host.lanes import LINE_LIMIT, LINE_SECONDS

THREADS = 4
PATIENCE = 14  # seconds that a call to Shopify may take: longer than a request may wait for a thread
# What people's requests wait for: demo answers slowly, outlet asks to wait.
FAULTS = (
    {"kind": "latency", "seconds": 60, "times": None, "match": {"store": "demo*", "path": "*graphql*"}},
    {"kind": "throttle_429", "retry_after": "12", "times": None, "match": {"store": "outlet*", "path": "*graphql*"}},
)
WAITS: tuple[tuple[str, str, Any], ...] = (
    ("GET", "/api/shopify/shop?shop=demo", None),
    ("GET", "/api/shopify/products?shop=outlet", None),
    ("POST", "/api/chat", {"message": "list products", "shop": "demo"}),
    ("POST", "/api/services/test-chat-command", {"service_id": "shopify", "command": "list products"}),
)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A house with four threads for people: ada has both stores, bob one."""
    folder = tmp_path_factory.mktemp("small")
    settings = {"ATOM_SHOPIFY_TIMEOUT": str(PATIENCE), "ATOM_HOST_RATE_LIMIT": "100000 per minute"}
    with open_house(folder, "--threads", str(THREADS), **settings) as house:
        for name, shop in (("ada", "demo"), ("ada", "outlet"), ("bob", "outlet")):
            house.connect(house.person(name), shop)
        yield house


def prompt(house: House) -> None:
    """Deliveries are taken, and the process says that it lives, each within two seconds."""
    nobody = house.person(None)
    for ask in (
        *[lambda: house.deliver("orders/create", order())] * 12,
        lambda: nobody.get(LIVE),
        lambda: nobody.get("/healthz"),
    ):
        started = time.monotonic()
        assert ask().status_code == 200
        assert time.monotonic() - started < 2


def taken(house: House) -> bool:
    """Tell whether all threads for people are taken: one that waits for nobody gets no answer in half a second."""
    connection = http.client.HTTPConnection("127.0.0.1", house.server.port, timeout=0.5)
    try:
        connection.request("GET", "/api/shopify/health")
        connection.getresponse()
    except TimeoutError:
        return True
    finally:
        connection.close()
    return False


def test_people_who_wait_keep_no_delivery_waiting_and_a_line_has_its_end(small: House) -> None:
    ada, bob = small.person("ada"), small.person("bob")
    for fault in FAULTS:
        small.sandbox.faults.add(fault)
    request = b"GET /api/shopify/stores HTTP/1.1\r\nHost: a\r\n\r\n"
    try:
        with ThreadPoolExecutor(THREADS) as crowd, ExitStack() as stack:
            askers = [ada, ada, ada, bob]  # one person gets three of four threads
            hanging = [
                crowd.submit(asker.send, method, path, json=body)
                for asker, (method, path, body) in zip(askers, WAITS, strict=True)
            ]
            assert settle(lambda: taken(small), 5)
            prompt(small)
            line = []
            for _ in range(LINE_LIMIT // 2 + 10):  # one caller's part of the line
                line.append(stack.enter_context(socket.create_connection(("127.0.0.1", small.server.port), timeout=20)))
                line[-1].sendall(request)
            # Whoever finds no place in the line is told at once; the others when they have waited long enough.
            started = time.monotonic()
            refused(line[-1])
            assert time.monotonic() - started < LINE_SECONDS / 2
            prompt(small)
            assert not any(one.done() for one in hanging)
            refused(line[0])
            assert time.monotonic() - started > LINE_SECONDS / 2
            prompt(small)
    finally:
        small.sandbox.faults.clear()
    assert all(b"The server is busy" not in one.result().data for one in hanging)
    assert ada.get("/api/shopify/stores").status_code == 200


def refused(connection: socket.socket) -> None:
    """The answer says that the request was not begun and may be sent again."""
    reply = http.client.HTTPResponse(connection)
    reply.begin()
    error = error_of(Answer(reply.status, reply.headers, reply.read()))  # type: ignore[arg-type]
    assert (reply.status, error["code"], error["retryable"]) == (503, "UNAVAILABLE", True)
    assert int(reply.headers["Retry-After"]) >= 1


def test_one_person_s_slow_requests_leave_a_thread_to_the_others(small: House) -> None:
    ada, bob = small.person("ada"), small.person("bob")
    small.sandbox.faults.add(FAULTS[0])
    try:
        with ThreadPoolExecutor(20) as crowd:
            hanging = [crowd.submit(ada.get, "/api/shopify/shop?shop=demo") for _ in range(20)]
            time.sleep(1.0)  # all of them are under way, or in line
            for _ in range(10):
                started = time.monotonic()
                assert bob.get("/api/shopify/stores").status_code == 200
                assert time.monotonic() - started < 2
            prompt(small)
            assert not any(one.done() for one in hanging)
    finally:
        small.sandbox.faults.clear()


def long_run(person: Person) -> str:
    """Begin a run that takes a minute, and return its id."""
    definition = {"id": "long", "steps": [{"id": "rest", "type": "delay", "delay_seconds": 60}]}
    assert person.post("/api/workflows/definitions", definition).status_code == 200
    run_id: str = person.post("/api/workflows/execute", {"workflow_id": "long", "wait": 0}).json["execution_id"]
    return run_id


def test_requests_that_wait_for_a_run_hold_no_thread_and_are_answered_when_it_ends(small: House) -> None:
    """Four hundred wait, with four threads; everybody else is answered at once."""
    ada = small.person("ada")
    run_id = long_run(ada)
    request = (
        f"GET /api/workflows/runs/{run_id}?wait=30 HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {ada.token}\r\n\r\n"
    )
    with ExitStack() as stack:
        lines = []
        for number in range(400):
            if number % 40 == 39:  # one caller has 128 places in the line for threads
                assert ada.get("/api/shopify/stores").status_code == 200
            lines.append(stack.enter_context(socket.create_connection(("127.0.0.1", small.server.port), timeout=30)))
            lines[-1].sendall(request.encode())
        prompt(small)
        for _ in range(10):
            started = time.monotonic()
            assert ada.get("/api/shopify/stores").status_code == 200
            assert time.monotonic() - started < 2
        for line in lines[:100]:
            line.close()  # these people don't wait for their answer
        assert ada.post(f"/api/workflows/runs/{run_id}/cancel", {}).status_code == 200
        cancelled = time.monotonic()
        for line in lines[100:]:
            reply = http.client.HTTPResponse(line)
            reply.begin()
            assert reply.status == 200
            assert b'"cancelled"' in reply.read()
        assert time.monotonic() - cancelled < 10


def test_a_run_that_does_not_end_in_time_is_answered_as_it_stands_with_its_address(small: House) -> None:
    ada = small.person("ada")
    long_run(ada)
    started = time.monotonic()
    answer = ada.post("/api/workflows/execute", {"workflow_id": "long", "wait": 2})
    assert 2 <= time.monotonic() - started < 6
    assert answer.status_code == 202
    assert answer.json["success"] is True
    assert answer.json["waited"] is True
    assert answer.json["status"] in ("pending", "running")
    assert int(answer.headers["Retry-After"]) >= 1
    assert ada.get(answer.headers["Location"]).json["data"]["run"]["id"] == answer.json["execution_id"]
    for text in ("31", "-1", "x", "1e9", "nan", ""):
        assert ada.get(f"{answer.headers['Location']}?wait={text}").status_code == 400
    assert small.person("bob").get(f"{answer.headers['Location']}?wait=20").status_code == 404  # at once


def test_an_execution_that_is_waited_for_begins_one_run_and_counts_once(small: House) -> None:
    ada = small.person("ada")
    definition = {"id": "short", "steps": [{"id": "rest", "type": "delay", "delay_seconds": 1}]}
    assert ada.post("/api/workflows/definitions", definition).status_code == 200
    answer = ada.post("/api/workflows/execute", {"workflow_id": "short", "wait": 20})
    assert answer.status_code == 200
    assert answer.json["status"] == "completed"
    runs = ada.get("/api/workflows/runs?workflow_id=short").json["data"]["runs"]
    assert [run["id"] for run in runs] == [answer.json["execution_id"]]
    metrics = small.person(None).get("/metrics").data.decode()
    (line,) = [
        line for line in metrics.splitlines() if "requests_total" in line and "execute" in line and '"200"' in line
    ]
    assert float(line.rpartition(" ")[2]) == 1.0


def test_seven_hundred_half_requests_and_a_thousand_idle_lines_keep_nobody_waiting(small: House) -> None:
    half = b"POST /api/shopify/webhooks HTTP/1.1\r\nHost: a\r\nContent-Length: 5000\r\n\r\n{"
    with ExitStack() as stack:
        for number in range(1_700):
            line = stack.enter_context(socket.create_connection(("127.0.0.1", small.server.port), timeout=20))
            line.sendall(half if number < 700 else b"")
        ada = small.person("ada")
        for _ in range(3):
            prompt(small)
            started = time.monotonic()
            assert ada.get("/api/shopify/stores").status_code == 200
            assert time.monotonic() - started < 2


def test_a_server_that_is_told_to_end_answers_what_it_has_begun(tmp_path: Path) -> None:
    with open_house(tmp_path, "--threads", str(THREADS)) as house, ThreadPoolExecutor(2) as crowd:
        ada = house.person("ada")
        house.connect(ada, "demo")
        run_id = long_run(ada)
        house.sandbox.faults.add({"kind": "latency", "seconds": 4, "times": None, "match": {"path": "*graphql*"}})
        slow = crowd.submit(ada.get, "/api/shopify/shop?shop=demo")
        waiting = crowd.submit(ada.get, f"/api/workflows/runs/{run_id}?wait=30")
        time.sleep(1.5)  # both are under way
        assert not slow.done()
        assert not waiting.done()
        house.server.process.send_signal(signal.SIGTERM)
        assert slow.result(20).status_code == 200
        assert waiting.result(20).json["data"]["run"]["state"] not in ("completed", "failed", "cancelled")
        assert house.server.process.wait(30) == 0
        assert "Traceback" not in house.log.read_text()
