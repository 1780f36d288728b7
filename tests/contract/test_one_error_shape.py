"""Every route of the host and of the plugin answers in one shape, over real HTTP, whatever is wrong with a request."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from house import Answer, House, Person, open_house
from wording import complaints

from atom_shopify_plugin.host.app import create_app

DOCUMENTS = ("/api/openapi.json", "/api/shopify/openapi.json")
FIELDS = {"code", "message", "details", "request_id", "retryable"}
LARGE = b'{"a": "' + b"x" * 1_100_000 + b'"}'
# These answer something else by design: figures for Prometheus, a stream, the documents, a ping, and a picture.
OTHER = {"/metrics", "/icon.svg", *DOCUMENTS}


@dataclass
class World:
    """A served host with a connected store, its operations, and every message that was seen, with where."""

    house: House
    ada: Person
    nobody: Person
    operations: dict[tuple[str, str], dict[str, Any]]
    messages: dict[str, str] = field(default_factory=dict)

    def failed(self, answer: Answer, where: str, *statuses: int) -> dict[str, Any]:
        """Check that an answer is a failure in the one shape; return its error."""
        assert answer.headers.get_content_type() == "application/json", (where, answer.data[:200])
        body = answer.json
        assert (body["ok"], body["success"]) == (False, False), where
        error: dict[str, Any] = body["error"]
        assert set(error) == FIELDS, where
        assert re.fullmatch(r"[A-Z][A-Z0-9_]*", error["code"]), where
        assert isinstance(error["details"], dict), where
        assert isinstance(error["retryable"], bool), where
        assert error["request_id"] == answer.headers["X-Request-Id"], where
        if statuses:
            assert answer.status_code in statuses, (where, answer.status_code, error)
        self.messages.setdefault(error["message"], where)
        for fault in error["details"].get("faults", ()):
            assert {"pointer", "code"} <= fault.keys() <= {"pointer", "code", "message", "suggestion"}, where
            if "message" in fault:
                assert fault["message"] not in error["message"], where
                self.messages.setdefault(fault["message"], where)
        return error

    def shaped(self, answer: Answer, where: str) -> None:
        """Check the shape of an answer, good or bad; pages and empty answers are left to the tests of pages."""
        if answer.headers.get_content_type() == "text/html" or not answer.data or answer.status_code < 200:
            return
        if answer.status_code >= 400 or answer.json.get("ok") is False:
            if answer.status_code != 207 and "data" not in answer.json:
                self.failed(answer, where)
            return
        body = answer.json
        assert (body["ok"], body["success"]) == (True, True), where
        assert {"data", "page", "meta"} <= body.keys(), where
        assert body["meta"]["request_id"] == answer.headers["X-Request-Id"], where
        if isinstance(body["data"], dict) and "items" in body["data"]:
            assert "page" not in body["data"], where


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    often = "10000000 per minute"
    settings = {"ATOM_SHOPIFY_RATE_LIMIT": often, "ATOM_HOST_RATE_LIMIT": often}
    with open_house(tmp_path_factory.mktemp("house"), "--threads", "4", **settings) as house:
        ada = house.person("ada", "atom:operator")
        house.connect(ada, "demo")
        operations = {
            (method.upper(), path): operation
            for document in DOCUMENTS
            for path, methods in ada.get(document).json["paths"].items()
            for method, operation in methods.items()
        }
        yield World(house, ada, house.person(None), operations)


def filled(path: str, word: str = "999999999999") -> str:
    return re.sub(r"\{\w+\}", word, path)


def test_the_documents_name_every_route_of_the_application(world: World, tmp_path: Path) -> None:
    app = create_app({"ATOM_HOST_DATA_DIR": str(tmp_path / "h"), "ATOM_SHOPIFY_DATA_DIR": str(tmp_path / "d")})
    served = {
        (method, re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule))
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    app.extensions["atom_host"].close()
    pages = {path for _, path in served if path.startswith(("/shopify", "/api/shopify/pages"))}
    assert {path for _, path in served} - pages <= {path for _, path in world.operations}


def test_a_method_that_is_not_taken_is_405_in_the_one_shape(world: World) -> None:
    for path in sorted({path for _, path in world.operations}):
        answer = world.ada.send("PATCH", filled(path))
        error = world.failed(answer, f"PATCH {path}", 405)
        assert error["code"] == "METHOD_NOT_ALLOWED"
        assert answer.headers["Allow"]


def test_nobody_gets_401_in_the_one_shape(world: World) -> None:
    for (method, path), operation in world.operations.items():
        if "security" in operation:
            continue
        answer = world.nobody.send(method, filled(path), json={} if method in ("POST", "PUT") else None)
        if answer.headers.get_content_type() == "text/html":
            continue
        assert world.failed(answer, f"{method} {path}", 401)["code"] == "AUTH_ERROR"


@pytest.mark.parametrize("word", ["999999999999", "no-such-thing", "%00", "é" * 80])
def test_an_unknown_id_and_an_empty_request_are_answered_in_the_one_shape(world: World, word: str) -> None:
    from urllib.parse import quote

    word = word if word.startswith("%") else quote(word)
    for method, path in world.operations:
        if path in OTHER or path == "/signout":
            continue
        for query in ("", "?bogus=1"):
            answer = world.ada.send(method, filled(path, word) + query, json={} if method in ("POST", "PUT") else None)
            assert answer.status_code < 500, (method, path, query, answer.data[:300])
            world.shaped(answer, f"{method} {path}{query}")


BODIES = {
    "cut": (b"{", "application/json", (400,)),
    "no object": (b"[1]", "application/json", (400,)),
    "twice": (b'{"a": 1, "a": 2}', "application/json", (400,)),
    "not a number": (b'{"a": NaN}', "application/json", (400,)),
    "unknown": (b'{"bogus_name": {"a": 1}}', "application/json", (400, 404)),
    "another type": (b"<a/>", "text/xml", (415,)),
    "too large": (LARGE, "application/json", (413,)),
}


@pytest.mark.parametrize("kind", BODIES)
def test_a_body_that_can_not_be_taken_is_refused_in_the_one_shape(world: World, kind: str) -> None:
    content, media, statuses = BODIES[kind]
    for (method, path), operation in world.operations.items():
        if "requestBody" not in operation or "application/json" not in operation["requestBody"]["content"]:
            continue
        answer = world.ada.send(method, filled(path), content, {"Content-Type": media})
        if path == "/api/shopify/webhooks":  # its signature is looked at before anything else
            statuses = (401, *statuses)
        if kind == "unknown" and answer.status_code < 300:
            continue  # ATOM's own endpoints take what they do not know
        world.failed(answer, f"{method} {path} ({kind})", *statuses, 404, 409)


@pytest.mark.parametrize("path", ["/", "/api", "/api/nothing", "/api/services/x/y/z", "/api/workflows", "/x%00y"])
def test_an_address_with_nothing_behind_it_is_404_in_the_one_shape(world: World, path: str) -> None:
    answer = world.ada.get(path, headers={"Accept": "application/json"})
    if path != "/":
        assert world.failed(answer, path, 404)["code"] == "NOT_FOUND"


RAW = {
    411: b"POST /api/chat HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    413: b"POST /api/chat HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999\r\n\r\n",
    414: b"GET /" + b"x" * 9_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
    431: b"GET / HTTP/1.1\r\nHost: x\r\nX-A: " + b"x" * 9_000 + b"\r\n\r\n",
    417: b"POST /api/chat HTTP/1.1\r\nHost: x\r\nExpect: tea\r\nContent-Length: 2\r\n\r\n{}",
    400: b"GET / HTTP/1.1\r\nHost: x\r\nA_b: c\r\n\r\n",
}


@pytest.mark.parametrize("status", RAW)
def test_what_the_server_refuses_by_itself_has_the_one_shape(world: World, status: int) -> None:
    world.failed(world.house.raw(RAW[status]), str(status), status)


@pytest.mark.parametrize(
    ("headers", "body", "status"),
    [
        ({}, b"{}", 401),
        ({"X-Shopify-Hmac-Sha256": "bogus"}, b"{}", 401),
        ({"Content-Encoding": "gzip"}, b"{}", 415),
    ],
)
def test_the_native_receiver_has_the_one_shape(world: World, headers: dict[str, str], body: bytes, status: int) -> None:
    answer = world.nobody.send("POST", "/api/shopify/webhooks", body, {"Content-Type": "application/json", **headers})
    world.failed(answer, f"webhooks {headers}", status, 400)


def test_too_many_requests_are_429_in_the_one_shape(tmp_path: Path) -> None:
    with open_house(
        tmp_path, "--threads", "2", ATOM_SHOPIFY_RATE_LIMIT="2 per minute", ATOM_HOST_RATE_LIMIT="2 per minute"
    ) as house:
        ada = house.person("ada")
        world = World(house, ada, ada, {})
        for path in ("/api/services", "/api/shopify/stores"):
            answers = [ada.get(path) for _ in range(4)]
            error = world.failed(answers[-1], path, 429)
            assert (error["code"], error["retryable"]) == ("RATE_LIMITED", True)
            assert int(answers[-1].headers["Retry-After"]) >= 1
        assert {text: list(complaints(text)) for text in world.messages if [*complaints(text)]} == {}


def test_every_message_that_was_seen_is_plain_english(world: World) -> None:
    """Runs last: what the tests above have provoked is its corpus."""
    assert len(world.messages) > 20, "run the whole file: this test reads what the others have seen"
    odd = {f"{where}: {text}": why for text, where in world.messages.items() if (why := list(complaints(text)))}
    assert odd == {}, json.dumps(odd, indent=1, ensure_ascii=False)
