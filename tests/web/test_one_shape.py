"""Every route answers every kind of trouble in one shape, with the same headers, and says nothing internal."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from flask import Flask
from webhost import Caller, SmallHost, error_of
from webrows import OPEN_ROWS, ROWS, Row
from werkzeug.test import TestResponse

from atom_shopify_plugin.runtime import Runtime
from atom_shopify_plugin.settings import Secret, Settings
from atom_shopify_plugin.shopify.domain import ShopDomain
from atom_shopify_plugin.web import blueprints

if TYPE_CHECKING:
    from atom_shopify_plugin.sandbox.core import Sandbox
    from atom_shopify_plugin.storage import Store

ALL_ROWS = [*ROWS, *OPEN_ROWS]
WITH_BODY = [(name, row) for name, row in ROWS if row.method in ("POST", "PUT")]


def mine(row: Row) -> str:
    path, _, query = row.path.partition("?")
    kept = "&".join(pair for pair in query.split("&") if pair and not pair.startswith("shop="))
    return f"{path}?{kept}" if kept else path


def has_the_headers(response: TestResponse) -> None:
    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert "frame-ancestors 'none'" in response.headers["Content-Security-Policy"]
    assert response.headers["X-Request-Id"]


def test_every_route_answers_with_the_headers(ada: Caller) -> None:
    for _, row in ALL_ROWS:
        has_the_headers(ada.send(row.method, row.path, json=row.body))


@pytest.mark.parametrize("method", ["PATCH", "TRACE", "PROPFIND"])
def test_a_method_that_a_route_does_not_take_is_405(ada: Caller, method: str) -> None:
    for name, row in ALL_ROWS:
        response = ada.send(method, row.path.partition("?")[0])
        assert (name, response.status_code, error_of(response)["code"]) == (name, 405, "METHOD_NOT_ALLOWED")
        assert row.method in response.headers["Allow"]
        has_the_headers(response)


def test_head_and_options_answer_without_trouble(ada: Caller) -> None:
    for name, row in ALL_ROWS:
        path = row.path.partition("?")[0]
        assert (name, ada.send("OPTIONS", path).status_code) == (name, 200)
        assert ada.send("HEAD", path).status_code < 500


@pytest.mark.parametrize(
    "path",
    [
        "/api/shopify",
        "/api/shopify/",
        "/api/shopify/nothing",
        "/api/shopify/products/",
        "/api/shopify/products/1/2/3",
        "/api/shopify//products",
        "/api/shopify/products/gid://shopify/Product/1/more",
        "/api/auth/shopify/authorize/",
        "/api/auth/shopify/%2e%2e/x",
    ],
)
def test_an_address_of_ours_with_nothing_behind_it_is_404_and_never_a_redirect(ada: Caller, path: str) -> None:
    response = ada.get(path, headers={"Host": "evil.example"})
    assert (response.status_code, error_of(response)["code"]) == (404, "NOT_FOUND")
    assert "Location" not in response.headers
    has_the_headers(response)


@pytest.mark.parametrize("path", ["/", "/api/shopifyx", "/api/other", "/api/auth/shopify-other"])
def test_addresses_of_others_are_left_alone(ada: Caller, path: str) -> None:
    response = ada.get(path)
    assert response.status_code == 404
    assert response.mimetype == "text/html"
    assert "Content-Security-Policy" not in response.headers


def test_a_hosts_own_error_handlers_do_not_reword_our_errors(runtime: Runtime, host: SmallHost, store: Store) -> None:
    app = Flask("opinionated_host")
    for code in (400, 401, 404, 405, 413, 415, 500):
        app.register_error_handler(code, lambda error: ("host's own page", error.code))
    for blueprint in blueprints(runtime, host):
        app.register_blueprint(blueprint)
    person = Caller(app, "ada")
    for response in (
        person.get("/api/shopify/nothing"),
        person.send("PATCH", "/api/shopify/products"),
        person.get("/api/shopify/products?limit=x"),
        person.send("POST", "/api/shopify/products", data=b"x"),
        Caller(app, None).get("/api/shopify/products"),
    ):
        error_of(response)
    assert person.get("/other").data == b"host's own page"


def test_a_parameter_that_a_route_does_not_know_is_refused_with_its_pointer(ada: Caller) -> None:
    for name, row in ROWS:
        path = row.path if name == "oauth_authorize" else mine(row)
        response = ada.send(row.method, f"{path}{'&' if '?' in path else '?'}bogus=1", json=row.body)
        error = error_of(response)
        assert (name, response.status_code, error["code"]) == (name, 400, "VALIDATION_ERROR")
        assert "/bogus" in [fault["pointer"] for fault in error["details"]["faults"]]


@pytest.mark.parametrize(
    ("content", "content_type", "status"),
    [(b"{", "application/json", 400), (b"{}", "text/xml", 415), (b" " * 1_100_000, "application/json", 413)],
    ids=["cut", "another type", "too large"],
)
def test_a_body_that_can_not_be_taken_is_refused_the_same_everywhere(
    ada: Caller, content: bytes, content_type: str, status: int
) -> None:
    for name, row in WITH_BODY:
        response = ada.send(row.method, mine(row), data=content, headers={"Content-Type": content_type})
        assert (name, response.status_code) == (name, status)
        error_of(response)


@pytest.mark.parametrize(
    ("fault", "status", "code"),
    [
        ({"kind": "html"}, 502, "SHOPIFY_ERROR"),
        ({"kind": "status", "status": 402, "body": {"errors": "Unavailable Shop"}}, 409, "SHOP_UNAVAILABLE"),
        ({"kind": "status", "status": 403, "body": {"errors": "Forbidden"}}, None, None),
        ({"kind": "status", "status": 302, "headers": {"Location": "https://evil.example/"}}, 502, "SHOPIFY_ERROR"),
        ({"kind": "status", "status": 503, "body": "down"}, 503, "UNAVAILABLE"),
        ({"kind": "reset"}, 503, "UNAVAILABLE"),
        ({"kind": "cut"}, 503, "UNAVAILABLE"),
        ({"kind": "throttle_429", "retry_after": "30"}, 429, "SHOPIFY_THROTTLED"),
    ],
    ids=lambda value: value.get("kind") + str(value.get("status", "")) if isinstance(value, dict) else str(value),
)
def test_trouble_at_shopify_has_the_same_shape_and_none_of_shopifys_words(
    impatient: Caller, sandbox: Sandbox, fault: dict[str, Any], status: int | None, code: str | None
) -> None:
    sandbox.faults.add({**fault, "times": None})
    for path in ("/api/shopify/products", "/api/shopify/orders", "/api/shopify/shop"):
        response = impatient.get(path)
        error = error_of(response)
        if status is not None:
            assert (response.status_code, error["code"]) == (status, code)
        assert 400 <= response.status_code < 600
        assert b"evil.example" not in response.data
        assert b"<html" not in response.data
        if response.status_code == 429:
            assert int(response.headers["Retry-After"]) >= 1


def test_a_missing_scope_is_named_with_the_page_that_grants_it(
    caller: Callable[[str | None], Caller], runtime: Runtime, sandbox: Sandbox
) -> None:
    from webhost import PEOPLE

    token = Secret(sandbox.issue_admin_token("outlet.myshopify.com", ["read_products"]))
    runtime.connections.connect_token(PEOPLE["mallory"], ShopDomain("outlet.myshopify.com"), token)
    response = caller("mallory").get("/api/shopify/locations")
    error = error_of(response)
    assert (response.status_code, error["code"]) == (403, "MISSING_SCOPE")
    assert error["details"]["missing_scopes"] == ["read_locations"]
    assert "/api/auth/shopify/authorize?shop=outlet.myshopify.com" in error["details"]["connect_url"]


def test_a_request_id_of_the_caller_is_kept_and_an_odd_one_replaced(ada: Caller) -> None:
    kept = ada.get("/api/shopify/stores", headers={"X-Request-Id": "trace-0123456789"})
    assert kept.headers["X-Request-Id"] == "trace-0123456789"
    for odd in ("short", "with blank inside", "x" * 65, "a,b-3456789", "é" * 10, '"><script>12345'):
        made = ada.get("/api/shopify/stores", headers={"X-Request-Id": odd.encode().decode("latin-1")})
        assert len(made.headers["X-Request-Id"]) == 32


def test_the_log_line_has_the_facts_and_none_of_the_content(ada: Caller, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, logger="atom_shopify_plugin.web.requestlog"):
        ada.get("/api/shopify/products?query=canary-query&user_id=canary-user")
        ada.post("/api/shopify/products", {"title": "canary-title", "canary-key": 1})
        ada.get("/api/shopify/products/canary-path", headers={"X-Confirmation-Token": "canary-token"})
        ada.get("/api/shopify/canary-address")
    lines = [
        json.loads(record.getMessage())
        for record in caplog.records
        if record.name == "atom_shopify_plugin.web.requestlog"
    ]
    assert [line["status"] for line in lines] == [403, 400, 404, 404]
    assert lines[1]["route"] == "/api/shopify/products"
    assert lines[1]["action"] == "product_create"
    assert lines[1]["code"] == "VALIDATION_ERROR"
    assert lines[1]["ms"] >= 0
    assert "canary" not in caplog.text
    assert "Bearer" not in caplog.text


def test_what_nobody_expected_is_a_500_with_an_id_and_nothing_else(
    ada: Caller, host: SmallHost, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(_request: object) -> None:
        raise ValueError("-".join(("canary", "secret")))  # put together here: a traceback quotes its source lines

    host.answer = broken
    for method, path in (("GET", "/api/shopify/products"), ("POST", "/api/auth/shopify/revoke")):
        response = ada.send(method, path)
        error = error_of(response)
        assert (response.status_code, error["code"], error["details"]) == (500, "INTERNAL_ERROR", {})
        assert error["request_id"] in caplog.text
    assert "canary-secret" not in caplog.text
    assert "ValueError" in caplog.text


def test_with_the_database_away_every_route_says_so_and_live_goes_on(
    ada: Caller, runtime: Runtime, environ: dict[str, str]
) -> None:
    runtime.storage.engine.dispose()
    data_dir = Path(environ["ATOM_SHOPIFY_DATA_DIR"])
    data_dir.rename(data_dir.with_name("away"))
    data_dir.write_bytes(b"a file where the folder was")
    for name, row in ROWS:
        if name in ("health", "health_summary", "openapi", "oauth_token"):
            continue
        response = ada.send(row.method, mine(row) if name != "oauth_authorize" else row.path, json=row.body)
        if response.status_code == 400:  # the input was wrong before the database was asked
            continue
        error = error_of(response)
        assert (name, response.status_code, error["code"], error["retryable"]) == (name, 503, "UNAVAILABLE", True)
        assert b"sqlite" not in response.data.lower()
    assert ada.get("/api/shopify/health/live").status_code == 200
    body = ada.get("/api/shopify/health").json
    assert body is not None
    assert (body["status"], body["checks"]["database"]["status"]) == ("unhealthy", "unhealthy")


def test_the_openapi_document_is_no_envelope(ada: Caller) -> None:
    response = ada.get("/api/shopify/openapi.json")
    assert response.json is not None
    assert response.json["openapi"].startswith("3.1")


@pytest.fixture
def impatient(environ: dict[str, str], sandbox: Sandbox, store: Store, host: SmallHost) -> Iterator[Caller]:
    """The owner of the demo store, at a plugin that gives Shopify one second."""
    from atom_shopify_plugin.sandbox.adapter import SandboxAdapter

    settings = Settings.from_environ({**environ, "ATOM_SHOPIFY_TIMEOUT": "1"})
    runtime = Runtime(settings, adapter=SandboxAdapter(sandbox))
    app = Flask("impatient_host")
    for blueprint in blueprints(runtime, host):
        app.register_blueprint(blueprint)
    yield Caller(app, "ada")
    runtime.close()
