"""Connecting a store over HTTP, and the attacks on it (T1, T2, T3, T6)."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from html import unescape
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

import pytest
from callbacks import ALTERED, SIGNED_BUT_WRONG, signed
from flask import Flask
from webhost import Browser, Caller, SmallHost, data_of, error_of

from atom_shopify_plugin.runtime import Runtime
from atom_shopify_plugin.settings import Settings
from atom_shopify_plugin.web import blueprints

if TYPE_CHECKING:
    from atom_shopify_plugin.sandbox.core import Sandbox

AUTHORIZE = "/api/auth/shopify/authorize"
CALLBACK = "/api/auth/shopify/callback"
HTML = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
People = Callable[[str | None], Caller]


def begin(person: Caller, shop: str = "demo.myshopify.com") -> str:
    url: str = data_of(person.get(f"{AUTHORIZE}?shop={shop}"))["auth_url"]
    return url


def stores(person: Caller) -> list[str]:
    return [found["shop"] for found in data_of(person.get("/api/shopify/stores"))]


def exchanges(sandbox: Sandbox) -> int:
    return sum(call["path"] == "/admin/oauth/access_token" for call in sandbox.calls())


def test_a_browser_is_sent_to_shopify(caller: People) -> None:
    response = caller("ada").get(f"{AUTHORIZE}?shop=demo.myshopify.com", headers=HTML)
    assert response.status_code == 302
    target = urlsplit(response.headers["Location"])
    assert (target.scheme, target.netloc, target.path) == ("https", "demo.myshopify.com", "/admin/oauth/authorize")
    assert len(parse_qs(target.query)["state"][0]) >= 43


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_json_client_gets_the_address_in_both_places_that_clients_read(caller: People, method: str) -> None:
    body = {"shop": "demo.myshopify.com"} if method == "POST" else None
    path = AUTHORIZE if body else f"{AUTHORIZE}?shop=demo.myshopify.com"
    response = caller("ada").send(method, path, json=body)
    assert response.json is not None
    assert data_of(response)["auth_url"] == response.json["authorization_url"]
    assert "no-store" in response.headers["Cache-Control"]


def test_what_atoms_client_sends_along_is_ignored(caller: People) -> None:
    body = {
        "user_id": "ada",
        "shop": "demo",
        "scopes": ["write_everything"],
        "redirect_uri": "https://evil.example/",
        "state": "ada",
    }
    query = parse_qs(urlsplit(data_of(caller("ada").post(AUTHORIZE, body))["auth_url"]).query)
    assert query["redirect_uri"] == ["http://127.0.0.1:5058/api/auth/shopify/callback"]
    assert query["state"] != ["ada"]
    assert "write_everything" not in query["scope"][0]


@pytest.mark.parametrize("where", ["", "?shop=", "?shop=evil.com", "?shop=demo&shop=outlet", "?return_to=//evil.com"])
def test_authorize_wants_one_store_and_a_known_place_to_return_to(caller: People, where: str) -> None:
    where = where.replace("?return_to", "?shop=demo&return_to")
    assert error_of(caller("ada").get(AUTHORIZE + where))["code"] == "VALIDATION_ERROR"


def test_the_host_header_decides_nothing(caller: People) -> None:
    response = caller("ada").get(f"{AUTHORIZE}?shop=demo", headers={"Host": "evil.example"})
    assert "evil" not in data_of(response)["auth_url"]


def test_a_person_connects_a_store_and_sees_a_small_page(caller: People, browser: Browser) -> None:
    ada = caller("ada")
    response = ada.get(browser.decide(begin(ada)), headers=HTML)
    assert (response.status_code, response.mimetype) == (200, "text/html")
    assert b"demo.myshopify.com" in response.data
    assert b"<script" not in response.data
    assert "frame-ancestors 'none'" in response.headers["Content-Security-Policy"]
    assert stores(ada) == ["demo.myshopify.com"]


@pytest.fixture
def with_dashboard(host: SmallHost) -> None:
    """The host serves the dashboard of a plugin."""
    host.serves_dashboard = True


@pytest.mark.usefixtures("with_dashboard")
def test_a_person_who_began_in_the_dashboard_returns_to_it(caller: People, browser: Browser) -> None:
    ada = caller("ada")
    begun = ada.get(f"{AUTHORIZE}?shop=demo&return_to=dashboard", headers=HTML)
    response = ada.get(browser.decide(begun.headers["Location"]), headers=HTML)
    assert response.status_code == 303
    assert response.headers["Location"] == "http://127.0.0.1:5058/app/stores?connected=demo.myshopify.com"
    assert stores(ada) == ["demo.myshopify.com"]


def test_a_host_without_the_dashboard_shows_its_page_instead(caller: People, browser: Browser) -> None:
    ada = caller("ada")
    begun = ada.get(f"{AUTHORIZE}?shop=demo&return_to=dashboard", headers=HTML)
    response = ada.get(browser.decide(begun.headers["Location"]), headers=HTML)
    assert (response.status_code, response.mimetype) == (200, "text/html")
    assert "/shopify" in response.text
    assert "/app/" not in response.text


@pytest.mark.usefixtures("with_dashboard")
def test_a_program_is_answered_whatever_place_it_names(caller: People, browser: Browser) -> None:
    ada = caller("ada")
    begun = data_of(ada.get(f"{AUTHORIZE}?shop=demo&return_to=dashboard"))["auth_url"]
    assert data_of(ada.get(browser.decide(begun)))["shop"] == "demo.myshopify.com"


@pytest.mark.usefixtures("with_dashboard")
def test_a_person_who_said_no_is_led_back_to_the_dashboard(caller: People, browser: Browser) -> None:
    ada = caller("ada")
    begun = ada.get(f"{AUTHORIZE}?shop=demo&return_to=dashboard", headers=HTML)
    response = ada.get(browser.decide(begun.headers["Location"], "cancel"), headers=HTML)
    assert response.status_code == 403
    assert 'href="http://127.0.0.1:5058/app/stores"' in response.text
    assert stores(ada) == []


def test_a_json_client_gets_the_connected_store(caller: People, browser: Browser) -> None:
    ada = caller("ada")
    found = data_of(ada.get(browser.decide(begin(ada))))
    assert (found["shop"], found["state"], found["token_kind"]) == ("demo.myshopify.com", "active", "expiring")
    assert "shpat_" not in json.dumps(found)


@pytest.mark.parametrize("how", ["query", "form", "json"])
def test_the_callback_takes_the_same_parameters_by_post(caller: People, browser: Browser, how: str) -> None:
    ada = caller("ada")
    query = urlsplit(browser.decide(begin(ada))).query
    if how == "query":
        response = ada.send("POST", f"{CALLBACK}?user_id=ada&{query}")
    elif how == "form":
        response = ada.send("POST", CALLBACK, data=query, content_type="application/x-www-form-urlencoded")
    else:
        response = ada.post(CALLBACK, {**dict(parse_qsl(query)), "user_id": "ada"})
    assert data_of(response)["shop"] == "demo.myshopify.com"


def test_a_post_with_parameters_in_both_places_is_refused(caller: People, browser: Browser) -> None:
    ada = caller("ada")
    query = urlsplit(browser.decide(begin(ada))).query
    assert ada.post(f"{CALLBACK}?{query}", dict(parse_qsl(query))).status_code == 400
    assert stores(ada) == []


def test_a_browser_whose_session_is_not_sent_along_still_finishes_its_flow(
    caller: People, app: Flask, browser: Browser
) -> None:
    ada = caller("ada")
    back = browser.decide(begin(ada))
    cookie = ada.client.get_cookie("atom_shopify_oauth")
    assert cookie is not None
    person = Caller(app, None)
    person.client.set_cookie("atom_shopify_oauth", cookie.value)
    assert person.get(back).status_code == 200
    assert stores(ada) == ["demo.myshopify.com"]


def test_a_merchant_who_says_no_connects_nothing(caller: People, browser: Browser) -> None:
    ada = caller("ada")
    response = ada.get(browser.decide(begin(ada), "cancel"))
    assert (response.status_code, error_of(response)["code"]) == (403, "FORBIDDEN")
    assert stores(ada) == []


def test_an_error_is_a_page_for_people_and_markup_in_it_is_text(caller: People) -> None:
    query = signed({"shop": "demo.myshopify.com", "state": "<script>alert(1)</script>", "timestamp": "0", "code": "c"})
    response = caller("ada").get(f"{CALLBACK}?{query}", headers=HTML)
    assert (response.status_code, response.mimetype) == (400, "text/html")
    assert b"<script" not in response.data


@pytest.mark.parametrize(("who", "query", "status"), [(None, "?shop=demo", 401), ("ada", "?shop=x.y", 400)])
def test_a_person_who_opens_the_link_sees_a_page_also_when_it_goes_wrong(
    caller: People, who: str | None, query: str, status: int
) -> None:
    response = caller(who).get(AUTHORIZE + query, headers=HTML)
    assert (response.status_code, response.mimetype) == (status, "text/html")
    assert (b"Sign in first" if who is None else b"Not connected") in response.data


# T1: the browser that comes back must be the one that left


def test_the_victim_can_not_finish_the_flow_of_the_attacker(caller: People, browser: Browser, sandbox: Sandbox) -> None:
    attacker, victim = caller("mallory"), caller("ada")
    back = browser.decide(begin(attacker))
    begin(victim)  # the victim has a cookie of a flow of their own
    response = victim.get(back)
    assert response.status_code == 400
    error_of(response)
    assert (stores(victim), stores(attacker), exchanges(sandbox)) == ([], [], 0)


def test_the_attacker_can_not_finish_the_flow_of_the_victim(caller: People, browser: Browser, sandbox: Sandbox) -> None:
    attacker, victim = caller("mallory"), caller("ada")
    back = browser.decide(begin(victim))
    begin(attacker)
    assert attacker.get(back).status_code == 400
    assert (stores(victim), stores(attacker), exchanges(sandbox)) == ([], [], 0)


def test_another_person_in_the_same_browser_does_not_get_the_store(
    caller: People, app: Flask, browser: Browser
) -> None:
    ada = caller("ada")
    back = browser.decide(begin(ada))
    ada.headers = {"Authorization": "Bearer mallory"}
    assert ada.get(back).status_code == 400
    assert stores(ada) == []


def test_without_the_cookie_of_the_flow_nothing_happens(caller: People, browser: Browser, sandbox: Sandbox) -> None:
    ada = caller("ada")
    back = browser.decide(begin(ada))
    ada.client.delete_cookie("atom_shopify_oauth")
    assert ada.get(back).status_code == 400
    assert (stores(ada), exchanges(sandbox)) == ([], 0)


def test_a_flow_can_not_be_finished_for_another_store(caller: People, browser: Browser, sandbox: Sandbox) -> None:
    ada = caller("ada")
    state = parse_qs(urlsplit(begin(ada, "demo.myshopify.com")).query)["state"][0]
    query = signed({"shop": "outlet.myshopify.com", "state": state, "timestamp": str(int(time.time())), "code": "c"})
    response = ada.get(f"{CALLBACK}?{query}")
    assert (response.status_code, error_of(response)["details"]["reason"]) == (409, "other_name")
    assert (stores(ada), exchanges(sandbox)) == ([], 0)


# An alias: Shopify answers with the store's own name


@pytest.fixture
def alias(sandbox: Sandbox) -> str:
    sandbox.add_alias("demo.myshopify.com", "old-demo.myshopify.com")
    return "old-demo.myshopify.com"


def test_a_flow_begun_for_an_alias_names_the_store_and_goes_on(
    caller: People, browser: Browser, sandbox: Sandbox, alias: str
) -> None:
    ada = caller("ada")
    response = ada.get(browser.decide(begin(ada, alias)))
    details = error_of(response)["details"]
    assert (response.status_code, details["reason"]) == (409, "other_name")
    assert (details["asked"], details["shop"]) == (alias, "demo.myshopify.com")
    assert (stores(ada), exchanges(sandbox)) == ([], 0)
    assert urlsplit(details["auth_url"]).netloc == "demo.myshopify.com"
    assert ada.get(browser.decide(details["auth_url"])).status_code == 200
    assert stores(ada) == ["demo.myshopify.com"]


def test_a_person_who_named_an_alias_sees_the_store_s_own_name_and_a_way_on(
    caller: People, browser: Browser, alias: str
) -> None:
    ada = caller("ada")
    page = ada.get(browser.decide(begin(ada, alias)), headers=HTML)
    assert page.status_code == 409
    assert "Connect demo.myshopify.com" in page.text
    (link,) = re.findall(r'<a [^>]*href="([^"]+)"', page.text)
    assert ada.get(browser.decide(unescape(link)), headers=HTML).status_code == 200
    assert stores(ada) == ["demo.myshopify.com"]


def test_the_way_on_from_an_alias_belongs_to_the_person_and_the_browser_that_began(
    caller: People, browser: Browser, sandbox: Sandbox, alias: str
) -> None:
    ada, mallory = caller("ada"), caller("mallory")
    begin(mallory)
    back = browser.decide(begin(ada, alias))
    assert mallory.get(back).status_code == 400
    on = browser.decide(error_of(ada.get(back))["details"]["auth_url"])
    assert mallory.get(on).status_code == 400
    assert (stores(mallory), stores(ada), exchanges(sandbox)) == ([], [], 0)


def test_the_code_that_came_with_another_name_is_never_exchanged_and_a_second_name_ends_the_flow(
    caller: People, browser: Browser, sandbox: Sandbox, alias: str
) -> None:
    ada = caller("ada")
    first = browser.decide(begin(ada, alias))
    url = error_of(ada.get(first))["details"]["auth_url"]
    state = parse_qs(urlsplit(url).query)["state"][0]
    query = signed({"shop": "outlet.myshopify.com", "state": state, "timestamp": str(int(time.time())), "code": "c"})
    response = ada.get(f"{CALLBACK}?{query}")
    assert (response.status_code, error_of(response)["code"]) == (400, "VALIDATION_ERROR")
    assert error_of(ada.get(first))["code"] == "CONFLICT"
    assert (stores(ada), exchanges(sandbox)) == ([], 0)


@pytest.mark.parametrize("how", ["token", "pair"])
def test_a_credential_for_an_alias_is_refused_by_the_store_s_own_name(
    caller: People, sandbox: Sandbox, alias: str, how: str
) -> None:
    token = {"access_token": sandbox.issue_admin_token("demo.myshopify.com")}
    pair = {"client_id": "sandbox-key", "client_secret": "sandbox-secret"}
    response = caller("ada").post("/api/auth/shopify/token", {"shop": alias, **(token if how == "token" else pair)})
    details = error_of(response)["details"]
    assert (response.status_code, details["reason"], details["shop"]) == (400, "other_name", "demo.myshopify.com")
    assert stores(caller("ada")) == []


def test_the_cookie_is_for_this_host_over_https_only(
    environ: dict[str, str], host: SmallHost, new_runtime: Callable[[dict[str, str]], Runtime]
) -> None:
    app = Flask("https_host")
    for blueprint in blueprints(new_runtime({"ATOM_SHOPIFY_PUBLIC_URL": "https://atom.example.com"}), host):
        app.register_blueprint(blueprint)
    cookie = Caller(app, "ada").get(f"{AUTHORIZE}?shop=demo").headers["Set-Cookie"]
    assert cookie.startswith("__Host-")
    assert {"Secure", "HttpOnly", "SameSite=Lax", "Path=/"} <= set(cookie.split("; "))
    assert "Domain" not in cookie


def test_plain_http_is_for_this_machine_only(
    host: SmallHost, caller: People, new_runtime: Callable[[dict[str, str]], Runtime]
) -> None:
    cookie = caller("ada").get(f"{AUTHORIZE}?shop=demo").headers["Set-Cookie"]
    assert "Secure" not in cookie
    assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= set(cookie.split("; "))
    app = Flask("http_host")
    for blueprint in blueprints(new_runtime({"ATOM_SHOPIFY_PUBLIC_URL": "http://atom.example.com"}), host):
        app.register_blueprint(blueprint)
    response = Caller(app, "ada").get(f"{AUTHORIZE}?shop=demo")
    assert (response.status_code, error_of(response)["code"]) == (500, "CONFIG_ERROR")


# T2: each flow once


def test_a_second_load_of_the_page_says_already_connected(caller: People, browser: Browser, sandbox: Sandbox) -> None:
    ada = caller("ada")
    back = browser.decide(begin(ada))
    ada.get(back)
    response = ada.get(back)
    assert (response.status_code, error_of(response)["code"]) == (409, "CONFLICT")
    assert exchanges(sandbox) == 1


def test_many_loads_at_once_exchange_the_code_once(
    caller: People, app: Flask, browser: Browser, sandbox: Sandbox
) -> None:
    ada = caller("ada")
    back = browser.decide(begin(ada))
    cookie = ada.client.get_cookie("atom_shopify_oauth")
    assert cookie is not None

    def load(_number: int) -> int:
        person = Caller(app, "ada")
        person.client.set_cookie("atom_shopify_oauth", cookie.value)
        status = person.get(back).status_code
        while status == 503:  # SQLite is busy with all of them, and says to come again
            status = person.get(back).status_code
        return status

    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(load, range(32)))
    assert exchanges(sandbox) == 1
    assert set(statuses) == {200, 409}
    assert statuses.count(200) == 1


def test_a_code_that_was_used_can_not_be_used_with_a_new_flow(
    caller: People, browser: Browser, sandbox: Sandbox
) -> None:
    ada, mallory = caller("ada"), caller("mallory")
    used = dict(parse_qsl(urlsplit(browser.decide(begin(ada))).query))
    ada.get(f"{CALLBACK}?{urlencode(used)}")
    state = parse_qs(urlsplit(begin(mallory)).query)["state"][0]
    forged = signed({"shop": used["shop"], "code": used["code"], "state": state, "timestamp": used["timestamp"]})
    assert mallory.get(f"{CALLBACK}?{forged}").status_code in (400, 401, 502)
    assert stores(mallory) == []


# T3: what Shopify did not sign


@pytest.mark.parametrize("name", [*ALTERED, *SIGNED_BUT_WRONG])
def test_a_callback_that_shopify_did_not_sign_like_this_stores_nothing(
    caller: People, browser: Browser, sandbox: Sandbox, name: str
) -> None:
    ada = caller("ada")
    query = dict(parse_qsl(urlsplit(browser.decide(begin(ada))).query))
    change = {**ALTERED, **SIGNED_BUT_WRONG}[name]
    response = ada.get(f"{CALLBACK}?{change(query)}")
    assert response.status_code in (400, 403)
    error_of(response)
    assert (stores(ada), exchanges(sandbox)) == ([], 0)


# T6 and the ways beside OAuth


def test_a_pasted_token_connects_the_store_and_is_never_shown(caller: People, sandbox: Sandbox) -> None:
    ada = caller("ada")
    token = sandbox.issue_admin_token("demo.myshopify.com")
    response = ada.post("/api/auth/shopify/token", {"shop": "demo", "access_token": token})
    assert response.status_code == 201
    assert data_of(response)["token_kind"] == "admin_token"
    everything = b"".join(
        ada.get(path).data for path in ("/api/shopify/stores", "/api/shopify/audit", "/api/shopify/health/tokens")
    )
    assert token.encode() not in response.data + everything


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"access_token": "shpat_1"},
        {"shop": "demo", "access_token": ""},
        {"shop": "demo", "access_token": 7},
        {"shop": "demo", "access_token": "shpat_invented"},
        {"shop": "demo", "access_token": "a\r\nX-Evil: 1"},
        {"shop": "demo", "access_token": "t" * 900},
        {"shop": "demo", "client_id": "a"},
        {"shop": "demo", "client_secret": "a"},
        {"shop": "demo", "access_token": "t", "client_id": "a", "client_secret": "b"},
        {"shop": "demo", "token": "t"},
        {"shop": "evil.com", "access_token": "shpat_1"},
        {"shop": ["demo"], "access_token": "shpat_1"},
    ],
)
def test_a_token_body_that_makes_no_sense_is_refused(caller: People, body: dict[str, object]) -> None:
    ada = caller("ada")
    response = ada.post("/api/auth/shopify/token", body)
    assert response.status_code == 400
    error_of(response)
    assert stores(ada) == []


def test_a_token_can_be_renewed_by_its_owner_alone(caller: People, browser: Browser) -> None:
    ada = caller("ada")
    ada.get(browser.decide(begin(ada)))
    assert data_of(ada.post("/api/auth/shopify/refresh", {"user_id": "ada"}))["state"] == "active"
    assert caller("mallory").post("/api/auth/shopify/refresh?shop=demo").status_code == 404
    assert caller("mallory").post("/api/auth/shopify/refresh").status_code == 401


def test_revoking_ends_the_connection_at_shopify_too(caller: People, browser: Browser, sandbox: Sandbox) -> None:
    ada = caller("ada")
    ada.get(browser.decide(begin(ada)))
    response = ada.post("/api/auth/shopify/revoke", {"shop": "demo.myshopify.com"})
    assert data_of(response) is None
    assert stores(ada) == []
    assert ada.get("/api/shopify/products").status_code == 401
    assert error_of(ada.post("/api/auth/shopify/revoke"))["code"] == "STORE_NOT_CONNECTED"


@pytest.fixture
def new_runtime(environ: dict[str, str], sandbox: Sandbox) -> Iterator[Callable[[dict[str, str]], Runtime]]:
    """Return runtimes with settings of their own."""
    from atom_shopify_plugin.sandbox.adapter import SandboxAdapter

    made: list[Runtime] = []

    def make(changes: dict[str, str]) -> Runtime:
        made.append(Runtime(Settings.from_environ({**environ, **changes}), adapter=SandboxAdapter(sandbox)))
        return made[-1]

    yield make
    for runtime in made:
        runtime.close()
