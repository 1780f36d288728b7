"""Who may do what: every route has its row here, and a route without one fails."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from webhost import Caller, SmallHost, data_of, error_of
from webrows import OPEN_ROWS, PAGE_ROWS, ROWS

from atom_shopify_plugin.hookspecs import Principal
from atom_shopify_plugin.runtime import Runtime
from atom_shopify_plugin.storage import Store
from atom_shopify_plugin.web import blueprints


def test_every_route_has_its_row(app: Flask) -> None:
    served = {
        (rule.endpoint.removeprefix("atom_shopify_plugin."), method)
        for rule in app.url_map.iter_rules()
        if rule.endpoint.startswith("atom_shopify_plugin.")
        for method in rule.methods or ()
        if method not in ("HEAD", "OPTIONS")
    }
    assert served == {(name, row.method) for name, row in (*ROWS, *OPEN_ROWS, *PAGE_ROWS)}


def test_nobody_is_told_to_sign_in_by_every_route(client: FlaskClient, upstream: Callable[[], int]) -> None:
    before = upstream()
    for name, row in (*ROWS, *PAGE_ROWS):
        response = client.open(row.path, method=row.method, json=row.body)
        assert (name, response.status_code) == (name, 401)
        assert error_of(response)["code"] == "AUTH_ERROR"
        assert response.headers["WWW-Authenticate"] == "Bearer"
    assert upstream() == before


@pytest.mark.parametrize("who", ["mallory", "colleague", "foreign", "admin", "service"])
def test_a_store_of_somebody_else_is_not_there(
    caller: Callable[[str | None], Caller], store: Store, upstream: Callable[[], int], who: str
) -> None:
    person = caller(who)
    for name, row in (*ROWS, *PAGE_ROWS):
        before = upstream()
        response = person.send(row.method, row.path, **({"json": row.body} if row.body is not None else {}))
        assert (name, response.status_code) == (name, row.stranger)
        if row.stranger == 404:
            error = error_of(response)
            assert (error["code"], error["message"]) == ("NOT_FOUND", "None of your stores has that name.")
        assert name == "oauth_token" or upstream() == before


def test_a_store_of_somebody_else_and_one_that_nobody_has_look_the_same(mallory: Caller, store: Store) -> None:
    def answer(shop: str) -> dict[str, object]:
        error = error_of(mallory.get(f"/api/shopify/products?shop={shop}"))
        return {name: error[name] for name in ("code", "message", "retryable")}

    assert answer("demo.myshopify.com") == answer("nobody-has-this.myshopify.com")


def test_without_any_store_the_answer_leads_to_the_page_that_connects_one(mallory: Caller) -> None:
    response = mallory.get("/api/shopify/products")
    error = error_of(response)
    assert (response.status_code, error["code"]) == (401, "STORE_NOT_CONNECTED")
    assert error["details"]["connect_url"] == "http://127.0.0.1:5058/shopify"
    page = mallory.get("/shopify")
    assert page.status_code == 200
    assert "Connect a store" in page.text


def test_what_is_open_answers_nobody_and_everybody_alike(
    caller: Callable[[str | None], Caller], mallory: Caller
) -> None:
    for name, row in OPEN_ROWS:
        for person in (caller(None), mallory):
            assert (name, person.send(row.method, row.path).status_code) == (name, row.stranger)


def test_an_ended_session_counts_as_nobody(caller: Callable[[str | None], Caller]) -> None:
    assert error_of(caller("ended-session").get("/api/shopify/stores"))["code"] == "AUTH_ERROR"


def test_a_user_id_that_is_not_yours_is_refused_everywhere(ada: Caller, upstream: Callable[[], int]) -> None:
    before = upstream()
    for name, row in ROWS:
        mark = "&" if "?" in row.path else "?"
        response = ada.send(row.method, f"{row.path}{mark}user_id=mallory", json=row.body)
        assert (name, response.status_code, error_of(response)["code"]) == (name, 403, "FORBIDDEN")
        assert response.headers["Deprecation"]
    assert upstream() == before


def test_your_own_user_id_changes_nothing_but_is_called_deprecated(ada: Caller) -> None:
    response = ada.get("/api/shopify/stores?user_id=ada")
    assert len(data_of(response)) == 1
    assert response.headers["Deprecation"].startswith("@")
    assert "Deprecation" not in ada.get("/api/shopify/stores").headers


@pytest.mark.parametrize("query", ["user_id=ada&user_id=ada", "user_id=ada&user_id=mallory"])
def test_user_id_given_twice_is_refused(ada: Caller, query: str) -> None:
    assert ada.get(f"/api/shopify/stores?{query}").status_code == 400


def test_user_id_in_the_body_is_the_same_assertion(ada: Caller, upstream: Callable[[], int]) -> None:
    before = upstream()
    foreign = ada.post("/api/shopify/products", {"title": "Mug", "user_id": "mallory"})
    twice = ada.post("/api/shopify/products?user_id=ada", {"title": "Mug", "user_id": "ada"})
    number = ada.post("/api/shopify/products", {"title": "Mug", "user_id": 7})
    assert [foreign.status_code, twice.status_code, number.status_code] == [403, 400, 400]
    assert upstream() == before


@pytest.mark.parametrize("value", ["", "%20ada", "ADA", "ada%0A", "%E2%80%8Bada", "ada%20"])
def test_a_user_id_that_only_resembles_yours_is_not_yours(ada: Caller, value: str) -> None:
    assert ada.get(f"/api/shopify/stores?user_id={value}").status_code == 403


def test_a_foreign_user_id_is_written_to_the_audit_log(ada: Caller, runtime: Runtime) -> None:
    response = ada.get("/api/shopify/stores?user_id=mallory")
    (entry,) = [row for row in runtime.storage.audit.list(Principal("ada")) if row.action == "act_as"]
    assert (entry.outcome, entry.target) == ("FORBIDDEN", "mallory")
    assert entry.request_id == response.headers["X-Request-Id"]


def test_a_service_may_act_for_a_person_and_both_names_are_kept(
    caller: Callable[[str | None], Caller], store: Store, runtime: Runtime
) -> None:
    response = caller("service").get("/api/shopify/stores?user_id=ada")
    assert [found["shop"] for found in data_of(response)] == ["demo.myshopify.com"]
    (entry,) = runtime.storage.audit.list(Principal("service"))
    assert (entry.action, entry.outcome, entry.subject, entry.target) == ("act_as", "ok", "service", "ada")


def test_below_another_prefix_the_same_rules_hold(runtime: Runtime, host: SmallHost, store: Store) -> None:
    app = Flask("mounting_host")
    for blueprint in blueprints(runtime, host):
        app.register_blueprint(blueprint, url_prefix="/plugins/shop")
    path = "/plugins/shop/api/shopify/stores"
    assert error_of(Caller(app, None).get(path))["code"] == "AUTH_ERROR"
    assert error_of(Caller(app, "ada").get(f"{path}?user_id=mallory"))["code"] == "FORBIDDEN"
    response = Caller(app, "ada").get(path)
    assert [found["shop"] for found in data_of(response)] == ["demo.myshopify.com"]
    assert response.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    "answer", [True, "ada", {"subject": "ada"}, Principal(""), Principal("  ")], ids=lambda value: repr(value)[:12]
)
def test_a_host_that_answers_nonsense_lets_nobody_in(app: Flask, host: SmallHost, answer: object) -> None:
    host.answer = lambda _request: answer
    response = Caller(app, "ada").get("/api/shopify/stores")
    assert (response.status_code, error_of(response)["code"]) == (500, "CONFIG_ERROR")


@pytest.mark.parametrize("name", ["\ud800", "ada\0", "a\x1b[2J", "a" * 256])
@pytest.mark.parametrize("which", ["subject", "tenant"])
def test_a_name_that_can_not_be_stored_is_refused_at_the_door(
    app: Flask, host: SmallHost, which: str, name: str
) -> None:
    host.answer = lambda _request: Principal(**{"subject": "ada", which: name})
    for endpoint, row in ROWS:
        response = Caller(app, "ada").send(row.method, row.path, json=row.body)
        assert (endpoint, response.status_code, error_of(response)["code"]) == (endpoint, 403, "FORBIDDEN")


def test_a_person_to_act_for_has_a_name_that_can_be_stored(caller: Callable[[str | None], Caller]) -> None:
    response = caller("service").get(f"/api/shopify/stores?user_id={'a' * 256}")
    assert (response.status_code, error_of(response)["code"]) == (403, "FORBIDDEN")


def test_a_host_that_raises_lets_nobody_in_and_its_words_stay_inside(app: Flask, host: SmallHost) -> None:
    def broken(_request: object) -> None:
        raise RuntimeError("the password is swordfish")

    host.answer = broken
    response = Caller(app, "ada").get("/api/shopify/stores")
    assert (response.status_code, error_of(response)["code"]) == (500, "INTERNAL_ERROR")
    assert b"swordfish" not in response.data


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Sec-Fetch-Site": "same-origin"}, 200),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://127.0.0.1:5058"}, 200),
        ({"Origin": "http://127.0.0.1:5058", "Sec-Fetch-Site": "cross-site"}, 403),
    ],
)
def test_a_write_with_a_cookie_must_come_from_our_own_pages(
    app: Flask, store: Store, headers: dict[str, str], status: int
) -> None:
    person = Caller(app, None)
    person.client.set_cookie("session", "ada")
    response = person.put("/api/shopify/stores/demo.myshopify.com/default", headers=headers)
    assert response.status_code == status


def test_a_read_with_a_cookie_may_come_from_anywhere(app: Flask, store: Store) -> None:
    person = Caller(app, None)
    person.client.set_cookie("session", "ada")
    assert person.get("/api/shopify/stores", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 200
