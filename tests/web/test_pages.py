"""The pages for merchants: what they show, what their forms do, and who may send those."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest
from copying import copy
from flask import Flask
from flask.testing import FlaskClient
from webhost import Browser

from atom_shopify_plugin.actions.call import Call
from atom_shopify_plugin.reports.declared import REPORTS
from atom_shopify_plugin.settings import Secret
from atom_shopify_plugin.shopify.domain import ShopDomain

if TYPE_CHECKING:
    from werkzeug.test import TestResponse

    from atom_shopify_plugin.hookspecs import Principal
    from atom_shopify_plugin.runtime import Runtime
    from atom_shopify_plugin.sandbox.core import Sandbox
    from atom_shopify_plugin.storage import Store

OWN = {"Sec-Fetch-Site": "same-origin", "Origin": "http://127.0.0.1:5058", "Accept": "text/html"}
OUTLET = ShopDomain("outlet.myshopify.com")
Send = Callable[..., "TestResponse"]


@pytest.fixture
def tab(app: Flask) -> FlaskClient:
    """A browser in which ada is signed in."""
    tab = app.test_client()
    tab.set_cookie("session", "ada")
    return tab


@pytest.fixture
def send(tab: FlaskClient) -> Send:
    """Open a page, or send a form from a page of this host."""

    def send(path: str, form: dict[str, str] | None = None, **headers: str) -> TestResponse:
        if form is None:
            return tab.get(path, headers={"Accept": "text/html", **headers})
        return tab.post(path, data=form, headers={**OWN, **headers})

    return send


def test_a_person_without_a_store_can_connect_one(send: Send) -> None:
    page = send("/shopify")
    assert page.status_code == 200
    assert "You have no store yet" in page.text
    assert 'action="/shopify/connect"' in page.text


@pytest.mark.parametrize(
    "query", ["notice=connected&shop=Call+555", "notice=x&shop=demo.myshopify.com", "utm=1", "notice="]
)
def test_a_link_from_elsewhere_puts_no_words_on_the_page(send: Send, query: str) -> None:
    page = send(f"/shopify?{query}")
    assert page.status_code == 200
    assert 'role="status"' not in page.text


def test_nobody_sees_where_to_sign_in(app: Flask) -> None:
    page = app.test_client().get("/shopify", headers={"Accept": "text/html"})
    assert page.status_code == 401
    assert page.mimetype == "text/html"
    assert "Sign in first" in page.text


def test_a_store_is_shown_with_what_it_lacks(send: Send, runtime: Runtime, sandbox: Sandbox, store: Store) -> None:
    page = send("/shopify").text
    assert "Connected." in page
    assert "default" in page
    token = Secret(sandbox.issue_admin_token(OUTLET.name, scopes=runtime.settings.scopes - {"write_products"}))
    from atom_shopify_plugin.hookspecs import Principal

    runtime.connections.connect_token(Principal("ada"), OUTLET, token)
    page = send("/shopify").text
    assert "It has not granted: write_products" in page
    runtime.storage.installations.describe(store.id, name="<b>Bold & Co", currency="EUR", timezone="Europe/Berlin")
    page = send("/shopify").text
    assert "&lt;b&gt;Bold &amp; Co" in page
    assert "<b>" not in page


@pytest.mark.parametrize("path", ["/shopify", "/shopify/stores/demo/disconnect"])
def test_a_page_runs_no_script_and_sends_forms_to_itself_and_shopify_alone(send: Send, store: Store, path: str) -> None:
    page = send(path)
    assert "<script" not in page.text
    assert not re.search(r"\son\w+=", page.text)
    policy = dict(part.strip().split(" ", 1) for part in page.headers["Content-Security-Policy"].split(";"))
    assert policy["default-src"] == "'none'"
    assert policy["form-action"] == "'self' https://*.myshopify.com https://admin.shopify.com"
    assert policy["frame-ancestors"] == "'none'"


@pytest.mark.parametrize(
    "typed",
    [
        "outlet",
        "  outlet.myshopify.com ",
        "OUTLET.myshopify.com",
        "https://outlet.myshopify.com/admin",
        "https://outlet.myshopify.com",
        "http://outlet.myshopify.com/products?x=1",
        "admin.shopify.com/store/outlet",
        "https://admin.shopify.com/store/outlet/orders?page=2#top",
    ],
)
def test_whatever_address_a_person_pastes_leads_to_the_store(send: Send, browser: Browser, typed: str) -> None:
    answer = send("/shopify/connect", {"shop": typed})
    assert answer.status_code == 303
    begun = send(answer.headers["Location"])
    assert urlsplit(begun.headers["Location"]).netloc == "outlet.myshopify.com"
    back = send(browser.decide(begun.headers["Location"]))
    assert "(outlet.myshopify.com) is connected" in back.text
    assert 'href="http://127.0.0.1:5058/shopify"' in back.text
    assert "outlet.myshopify.com" in send("/shopify").text


@pytest.mark.parametrize(
    "typed", ["shop.example.com", "https://evil.example/store/outlet", "out let", "<script>", "https://", "a" * 300]
)
def test_an_address_that_is_no_store_is_explained_and_kept(send: Send, typed: str) -> None:
    page = send("/shopify/connect", {"shop": typed})
    assert page.status_code == 400
    assert "your-store.myshopify.com" in page.text
    assert "<script>" not in page.text
    assert 'role="alert"' in page.text


def test_a_token_connects_a_store_and_is_never_shown(send: Send, sandbox: Sandbox, runtime: Runtime) -> None:
    token = sandbox.issue_admin_token(OUTLET.name, scopes=runtime.settings.scopes)
    answer = send("/shopify/connect-token", {"shop": "outlet", "access_token": f" {token} "})
    assert answer.status_code == 303
    assert token not in str(answer.headers)
    page = send(answer.headers["Location"]).text
    assert "outlet.myshopify.com is connected." in page
    assert token not in page


def test_a_wrong_token_is_explained(send: Send) -> None:
    wrong = "shpat_0123456789abcdef0123456789abcdef"
    page = send("/shopify/connect-token", {"shop": "outlet", "access_token": wrong})
    assert page.status_code == 400
    assert "token" in page.text
    assert wrong not in page.text


@pytest.fixture
def two(runtime: Runtime, sandbox: Sandbox, store: Store, principal: Principal) -> None:
    """A second store of ada's."""
    token = Secret(sandbox.issue_admin_token(OUTLET.name, scopes=runtime.settings.scopes))
    runtime.connections.connect_token(principal, OUTLET, token)


def test_another_default_store_can_be_chosen(send: Send, two: None, runtime: Runtime, principal: Principal) -> None:
    answer = send("/shopify/stores/outlet.myshopify.com/default", {})
    assert answer.status_code == 303
    assert "is your default store" in send(answer.headers["Location"]).text
    assert runtime.storage.memberships.stores(principal)[0].shop == OUTLET


def test_disconnecting_asks_first(send: Send, two: None, runtime: Runtime, principal: Principal) -> None:
    path = "/shopify/stores/outlet.myshopify.com/disconnect"
    question = send(path)
    assert "Disconnect Outlet?" in question.text
    assert "workflows" in question.text
    assert len(runtime.storage.memberships.stores(principal)) == 2
    answer = send(path, {})
    assert "outlet.myshopify.com is disconnected." in send(answer.headers["Location"]).text
    assert len(runtime.storage.memberships.stores(principal)) == 1


def test_a_question_is_answered_on_the_page(send: Send, store: Store) -> None:
    page = send("/shopify/chat", {"text": "list products"})
    assert page.status_code == 200
    assert "Mug" in page.text
    unknown = send("/shopify/chat", {"text": "<i>dance</i>"}).text
    assert "I did not understand that" in unknown
    assert "<i>" not in unknown
    assert 'value="&lt;i&gt;dance&lt;/i&gt;"' in unknown


def test_the_last_changes_are_told_in_words(send: Send, store: Store, runtime: Runtime, principal: Principal) -> None:
    from atom_shopify_plugin.actions.call import Call

    assert "Nothing has been changed" in send("/shopify").text
    runtime.actions.run(Call(principal, "product_create", {"title": "Mug"}))
    page = send("/shopify").text
    assert "<td>Create a product</td><td>done</td><td>ada</td>" in page


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example"},
        {"Origin": "null", "Sec-Fetch-Site": "cross-site"},
    ],
)
@pytest.mark.parametrize("path", ["connect", "connect-token", "chat", "stores/demo/default", "stores/demo/disconnect"])
def test_a_form_of_another_site_does_nothing(
    send: Send, two: None, runtime: Runtime, principal: Principal, path: str, headers: dict[str, str]
) -> None:
    before = runtime.storage.memberships.stores(principal)
    answer = send(f"/shopify/{path}", {"shop": "demo", "text": "help"}, **headers)
    assert answer.status_code == 403
    assert runtime.storage.memberships.stores(principal) == before


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"text=%ff", "application/x-www-form-urlencoded", 400),
        (b"text=a&text=b", "application/x-www-form-urlencoded", 400),
        (b"text=a%00", "application/x-www-form-urlencoded", 400),
        (b"text=", "application/x-www-form-urlencoded", 400),
        (b"text=help&more=1", "application/x-www-form-urlencoded", 400),
        (b'{"text": "help"}', "application/json", 415),
        (b"text=" + b"a" * 20_000, "application/x-www-form-urlencoded", 413),
        (b"\xff\xfe", "application/x-www-form-urlencoded", 400),
    ],
)
def test_a_form_that_can_not_be_read_is_refused_as_a_page(
    tab: FlaskClient, store: Store, body: bytes, kind: str, status: int
) -> None:
    answer = tab.post("/shopify/chat", data=body, content_type=kind, headers=OWN)
    assert (answer.status_code, answer.mimetype) == (status, "text/html")


def test_a_store_of_somebody_else_is_not_there(app: Flask, store: Store, runtime: Runtime) -> None:
    tab = app.test_client()
    tab.set_cookie("session", "mallory")
    for path in ("stores/demo/default", "stores/demo/disconnect"):
        assert tab.post(f"/shopify/{path}", data={}, headers=OWN).status_code == 404
    assert "demo" not in tab.get("/shopify", headers=OWN).text
    assert runtime.storage.memberships.count(store.id) == 1


def test_authorize_without_a_store_leads_to_the_page_and_tells_programs_what_is_missing(send: Send, ada: Any) -> None:
    answer = send("/api/auth/shopify/authorize")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/shopify")
    assert ada.get("/api/auth/shopify/authorize").status_code == 400


def test_the_flow_begins_at_the_address_that_an_error_names(send: Send, store: Store, runtime: Runtime) -> None:
    address = urlsplit(runtime.stores.connect_url(store.shop))
    assert parse_qs(address.query) == {"shop": ["demo.myshopify.com"]}
    assert send(f"{address.path}?{address.query}").status_code == 302


def test_the_plugin_offers_no_button_that_only_another_host_has(send: Send, store: Store) -> None:
    page = send("/shopify").text
    assert "Signed in as ada" in page
    assert "Sign out" not in page


def test_a_store_is_copied_by_a_button_and_the_page_says_how_far_it_is(
    send: Send, runtime: Runtime, store: Store
) -> None:
    assert "Not copied." in send("/shopify").text
    asked = send("/shopify/stores/demo/sync", {})
    assert "is being copied" in send(asked.headers["Location"]).text
    copy(runtime, store)
    page = send("/shopify").text
    assert "Copied, up to date as of" in page
    assert "Update the copy" in page


def test_the_reports_of_a_copied_store_are_listed_and_shown(send: Send, runtime: Runtime, store: Store) -> None:
    assert "The store has to be copied first" in send("/shopify/stores/demo/reports").text
    missing = send("/shopify/stores/demo/reports/weekly_sales")
    assert missing.status_code == 409
    assert "atom-shopify sync" in missing.text
    copy(runtime, store)
    assert 'href="/shopify/stores/demo.myshopify.com/reports"' in send("/shopify").text
    listed = send("/shopify/stores/demo/reports").text
    links = re.findall(r'href="(/[^"]*reports/[^"]*)"', listed)
    assert len(links) > len(REPORTS)
    for name in ("weekly_sales", "inventory"):
        link = next(one for one in links if one.endswith(f"/{name}"))
        page = send(link)
        assert page.status_code == 200
        assert f"<h1>{REPORTS[name].title}" in page.text
        assert page.headers["Content-Security-Policy"].startswith("default-src 'none'; style-src 'sha256-")
    csv = next(one for one in links if "format=csv" in one).replace("&amp;", "&")
    assert send(csv).mimetype == "text/csv"
    assert send("/shopify/stores/demo/reports/weekly_sales?period=last_month").status_code == 200
    assert send("/shopify/stores/demo/reports/weekly_sales?period=someday").status_code == 400
    assert send("/shopify/stores/demo/reports/weather").status_code == 404


def test_a_saved_report_is_listed_and_shown_with_its_name_as_text(
    send: Send, runtime: Runtime, principal: Principal, store: Store
) -> None:
    given = {"name": "Ours <b>& more", "sections": ["sales"]}
    runtime.actions.run(Call(principal, "saved_report_create", given))
    copy(runtime, store)
    listed = send("/shopify/stores/demo/reports").text
    assert "Ours &lt;b&gt;&amp; more" in listed
    assert "<b>" not in listed
    (link,) = re.findall(r'href="(/[^"?]*reports/Ours[^"?]*)"', listed)
    shown = send(link)
    assert (shown.status_code, "Ours &lt;b&gt;&amp; more" in shown.text) == (200, True)
