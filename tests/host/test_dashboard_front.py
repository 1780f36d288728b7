"""The dashboard's files behind the real server: the same answers as Flask gives, without a thread, counted as one."""

from __future__ import annotations

import http.client
import threading

import pytest
from flask import Blueprint
from host_door import Door
from ports import free_port
from toy_dashboard import FILES, SCRIPT, Desk, build

from atom_shopify_plugin.hookspecs import hookimpl
from atom_shopify_plugin.host.server import ThreadedServer

APP = "/assets/app-1a2b3c4d.js"
ODD = [
    "/assets/none-1a2b3c4d.js",
    "/assets/../index.html",
    "/assets/%2e%2e/secret.txt",
    "/assets//etc/passwd",
    "/assets",
]


class Slow(Desk):
    """Has a page that is answered when a test lets it."""

    def __init__(self, folder):
        super().__init__(folder)
        self.entered, self.go_on = threading.Semaphore(0), threading.Event()

    @hookimpl
    def atom_blueprints(self, host):
        blueprint = Blueprint("slow", __name__)

        @blueprint.get("/slow")
        def slow():
            self.entered.release()
            self.go_on.wait(30)
            return "at last"

        return [blueprint]


@pytest.fixture(scope="module")
def slow(tmp_path_factory):
    return Slow(build(tmp_path_factory.mktemp("built")))


@pytest.fixture(scope="module")
def door(slow, tmp_path_factory):
    door = Door(tmp_path_factory.mktemp("host"), [("desk", slow)])
    yield door
    door.host.close()


@pytest.fixture(scope="module")
def port(door):
    port = free_port()
    server = ThreadedServer(door.app, "127.0.0.1", port, threads=1)
    server.start()
    yield port
    server.stop()


def ask(port, path, method="GET", **headers):
    """Return status, headers by lower-case name, and body."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        connection.request(method, path, headers={name.replace("_", "-"): text for name, text in headers.items()})
        answer = connection.getresponse()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
    finally:
        connection.close()


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("accepted", ["br, gzip", "gzip", "identity"])
@pytest.mark.parametrize("name", [name for name in FILES if name.endswith((".js", ".css", ".svg", ".woff2"))])
def test_the_server_answers_as_flask_does(door, port, name, accepted, method):
    headers = {"Accept-Encoding": accepted, "X-Request-Id": "request-12345"}
    status, got, body = ask(port, f"/{name}", method, **{key.replace("-", "_"): text for key, text in headers.items()})
    flask = door.anonymous().open(f"/{name}", method=method, headers=headers)
    assert (status, body) == (flask.status_code, flask.data)
    assert status == 200
    told = {key.lower(): value for key, value in flask.headers}
    ours = {key: value for key, value in got.items() if key not in ("date", "server", "connection")}
    # Flask's answers have headers for pages, too.
    assert {key: told[key] for key in ours} == ours
    assert told.keys() - ours.keys() <= {"x-frame-options", "referrer-policy"}
    again, kept, nothing = ask(port, f"/{name}", method, Accept_Encoding=accepted, If_None_Match=got["etag"])
    assert (again, nothing, kept["etag"]) == (304, b"", got["etag"])


@pytest.mark.parametrize("path", ODD)
def test_other_addresses_have_no_file(port, path):
    status, headers, body = ask(port, path)
    assert status in (308, 404)
    assert SCRIPT not in body
    assert headers["x-content-type-options"] == "nosniff"


def test_a_file_takes_no_method_that_changes_things(port):
    for method in ("POST", "DELETE", "PUT"):
        assert ask(port, APP, method)[0] == 405


def test_a_page_gets_its_files_while_every_thread_is_taken(slow, port):
    asking = threading.Thread(target=ask, args=(port, "/slow"))
    asking.start()
    try:
        assert slow.entered.acquire(timeout=20)
        assert ask(port, APP, Accept_Encoding="identity")[::2] == (200, SCRIPT)
    finally:
        slow.go_on.set()
        asking.join()


def test_all_files_are_counted_as_one_so_that_a_build_adds_no_series(door, port):
    for name in ("app-1a2b3c4d.js", "app-5e6f7a8b.css"):
        assert ask(port, f"/assets/{name}")[0] == 200
    figures = door.signed_in(scopes=["atom:operator"]).get("/metrics").text
    assert 'atom_http_requests_total{endpoint="/assets/<path:path>",method="GET",status="200"}' in figures
    assert "1a2b3c4d" not in figures
