"""People whose requests wait for somebody else hold threads; deliveries and liveness have threads of their own."""

from __future__ import annotations

import http.client
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
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
    """A house with four threads for people."""
    folder = tmp_path_factory.mktemp("small")
    with open_house(folder, "--threads", str(THREADS), ATOM_SHOPIFY_TIMEOUT=str(PATIENCE)) as house:
        for shop in ("demo", "outlet"):
            house.connect(house.person("ada"), shop)
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
    ada = small.person("ada")
    for fault in FAULTS:
        small.sandbox.faults.add(fault)
    request = b"GET /api/shopify/stores HTTP/1.1\r\nHost: a\r\n\r\n"
    try:
        with ThreadPoolExecutor(THREADS) as crowd, ExitStack() as stack:
            hanging = [crowd.submit(ada.send, method, path, json=body) for method, path, body in WAITS]
            assert settle(lambda: taken(small), 5)
            prompt(small)
            line = []
            for _ in range(LINE_LIMIT + 10):
                line.append(stack.enter_context(socket.create_connection(("127.0.0.1", small.server.port), timeout=20)))
                line[-1].sendall(request)
            # Whoever finds the line full is told at once; the others when they have waited long enough.
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


def test_only_some_requests_wait_for_the_end_of_a_run_and_the_others_are_told_how_to_ask(small: House) -> None:
    ada = small.person("ada")
    definition = {"id": "long", "steps": [{"id": "rest", "type": "delay", "delay_seconds": 60}]}
    assert ada.post("/api/workflows/definitions", definition).status_code == 200
    body = {"workflow_id": "long", "wait": 7}
    answers: list[Answer] = []
    waiting = [threading.Thread(target=lambda: answers.append(execute(ada, body))) for _ in range(THREADS * 2)]
    started = time.monotonic()
    for thread in waiting:
        thread.start()
    assert settle(lambda: len(answers) == len(waiting) - 1, 6)  # one of four threads waits
    prompt(small)
    assert ada.get("/api/shopify/stores").status_code == 200
    assert time.monotonic() - started < 7
    for thread in waiting:
        thread.join()
    assert sorted(answer.json["waited"] for answer in answers) == [False] * (len(waiting) - 1) + [True]
    for answer in answers:
        assert answer.status_code == 202
        assert answer.json["success"] is True
        assert answer.json["status"] in ("pending", "running")
        assert int(answer.headers["Retry-After"]) >= 1
        assert ada.get(answer.headers["Location"]).json["run"]["id"] == answer.json["execution_id"]


def execute(person: Person, body: dict[str, Any]) -> Answer:
    return person.post("/api/workflows/execute", body)
