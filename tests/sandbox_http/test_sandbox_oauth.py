"""The grant as a merchant and an app see it."""

from __future__ import annotations

import hashlib
import hmac
from html.parser import HTMLParser
from urllib.parse import parse_qsl, urlsplit

import pytest

from atom_shopify_plugin.sandbox.core import Sandbox

ASK = {"client_id": "sandbox-key", "scope": "read_products,write_products", "redirect_uri": "http://127.0.0.1:1/back"}


class Form(HTMLParser):
    def __init__(self, page: str) -> None:
        super().__init__()
        self.action, self.fields, self.buttons = "", {}, []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        found = dict(attrs)
        if tag == "form":
            self.action = found["action"]
        elif tag == "input":
            self.fields[found["name"]] = found["value"]
        elif tag == "button":
            self.buttons.append((found["name"], found["value"]))


def back(reply) -> dict[str, str]:
    assert reply.status_code == 302
    return dict(parse_qsl(urlsplit(reply.headers["Location"]).query))


def is_signed(fields: dict[str, str], secret: str = "sandbox-secret") -> bool:
    message = "&".join(f"{name}={fields[name]}" for name in sorted(fields) if name != "hmac")
    return hmac.new(secret.encode(), message.encode(), hashlib.sha256).hexdigest() == fields["hmac"]


def test_a_merchant_installs_the_app_and_the_app_gets_an_expiring_token(wired):
    page = wired.send("GET", "/admin/oauth/authorize", params={**ASK, "state": "n-1"})
    assert page.status_code == 200
    assert "write_products" in page.text
    form = Form(page.text)
    assert form.buttons == [("decision", "install"), ("decision", "cancel")]
    fields = back(wired.send("POST", form.action, data={**form.fields, "decision": "install"}))
    assert fields.keys() == {"code", "hmac", "host", "shop", "state", "timestamp"}
    assert (fields["shop"], fields["state"]) == ("demo.myshopify.com", "n-1")
    assert is_signed(fields)
    grant = wired.token(code=fields["code"], expiring="1").json()
    assert (grant["expires_in"], grant["refresh_token_expires_in"], grant["scope"]) == (3600, 7776000, "write_products")
    assert grant.keys() == {"access_token", "expires_in", "refresh_token", "refresh_token_expires_in", "scope"}
    listed = wired.send(
        "GET", "/admin/oauth/access_scopes.json", headers={"X-Shopify-Access-Token": grant["access_token"]}
    )
    assert listed.json() == {"access_scopes": [{"handle": "write_products"}]}


def test_a_merchant_who_cancels_is_sent_back_with_access_denied(shop):
    fields = back(shop.send("POST", "/admin/oauth/authorize", data={**ASK, "state": "n", "decision": "cancel"}))
    assert fields["error"] == "access_denied"
    assert fields["error_description"]
    assert "code" not in fields
    assert is_signed(fields)


def test_all_that_is_signed_needs_no_escaping(shop):
    for decision in ("install", "cancel"):
        reply = shop.send("POST", "/admin/oauth/authorize", data={**ASK, "decision": decision})
        assert "%" not in urlsplit(reply.headers["Location"]).query


def test_a_state_with_delimiters_is_signed_by_shopifys_escaping(shop):
    state = "a=b&c%d é"
    fields = back(shop.send("POST", "/admin/oauth/authorize", data={**ASK, "state": state, "decision": "install"}))
    assert fields["state"] == state
    assert is_signed({**fields, "state": "a=b%26c%25d é"})


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"client_id": "another"}, "client_id"),
        ({"client_id": None}, "client_id"),
        ({"redirect_uri": "https://evil.example/back"}, "redirect_uri"),
        ({"redirect_uri": "http://127.0.0.1@evil.example/"}, "redirect_uri"),
        ({"redirect_uri": "http://[/"}, "redirect_uri"),
        ({"redirect_uri": "javascript:alert(1)"}, "redirect_uri"),
        ({"redirect_uri": None}, "redirect_uri"),
        ({"scope": "read_products,everything"}, "everything"),
        ({"grant_options[]": "per-shop"}, "grant_options"),
        ({"scope": ["read_products", "read_orders"]}, "twice"),
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_request_that_the_app_does_not_own_sends_nobody_anywhere(shop, change, says, method):
    fields = {**ASK, "decision": "install", **change}
    reply = shop.send(method, "/admin/oauth/authorize", **{"params" if method == "GET" else "data": fields})
    assert reply.status_code == 400
    assert "Location" not in reply.headers
    assert says in reply.text


def test_what_a_request_carries_is_escaped_on_the_page(shop):
    page = shop.send("GET", "/admin/oauth/authorize", params={**ASK, "state": '"><script>'}).text
    assert "<script>" not in page
    assert Form(page).fields["state"] == '"><script>'


def test_an_allow_list_of_addresses_is_exact(session, clock, shop):
    shop.session.mount("https://", type(shop.session.get_adapter("https://x"))(
        Sandbox(size="small", clock=clock, redirect_uris=["https://app.example.com/back"])
    ))  # fmt: skip
    right = {**ASK, "redirect_uri": "https://app.example.com/back"}
    assert shop.send("GET", "/admin/oauth/authorize", params=right).status_code == 200
    for wrong in ("https://app.example.com/back/", "https://app.example.com/back?x=1", ASK["redirect_uri"]):
        assert shop.send("GET", "/admin/oauth/authorize", params={**right, "redirect_uri": wrong}).status_code == 400


def test_a_code_works_once(shop):
    code = shop.code()
    assert shop.token(code=code).status_code == 200
    again = shop.token(code=code)
    assert (again.status_code, again.json()["error"]) == (400, "invalid_request")


def test_a_code_ends_after_five_minutes(shop, clock):
    code = shop.code()
    clock.move(300)
    assert shop.token(code=code).status_code == 400


def test_a_code_of_one_store_does_not_work_on_another(shop):
    code = shop.code()
    shop.host = "outlet.myshopify.com"
    assert shop.token(code=code).json()["error"] == "invalid_request"


@pytest.mark.parametrize(
    "wrong", [{"client_secret": "no"}, {"client_secret": ""}, {"client_id": "x"}, {"client_secret": "é"}]
)
def test_wrong_credentials_are_refused_and_leave_the_code_unused(shop, wrong):
    code = shop.code()
    reply = shop.token(code=code, **wrong)
    assert (reply.status_code, reply.json()["error"]) == (400, "invalid_client")
    assert shop.token(code=code).status_code == 200


def test_a_token_request_may_be_json_and_expiring_a_number(shop):
    body = {"client_id": "sandbox-key", "client_secret": "sandbox-secret", "code": shop.code(), "expiring": 1}
    assert "refresh_token" in shop.send("POST", "/admin/oauth/access_token", json=body).json()


@pytest.mark.parametrize(
    "request_",
    [
        {"data": "client_id=sandbox-key&client_id=other"},
        {"data": b"\xff\xfe"},
        {"data": "[" * 100_000, "headers": {"Content-Type": "application/json"}},
        {"data": "[]", "headers": {"Content-Type": "application/json"}},
        {"json": {"client_id": ["sandbox-key"]}},
        {"data": "&".join(f"a{number}=1" for number in range(2000))},
    ],
)
def test_a_malformed_token_request_is_a_400(shop, request_):
    reply = shop.send("POST", "/admin/oauth/access_token", **request_)
    assert (reply.status_code, reply.json()["error"]) in {(400, "invalid_request"), (400, "invalid_client")}


def test_without_expiring_the_token_does_not_end(shop, clock):
    grant = shop.connect(expiring="0")
    assert grant.keys() == {"access_token", "scope"}
    clock.move(10 * 365 * 86400)
    assert shop.graphql(grant["access_token"], "{shop{name}}").status_code == 200


def test_a_per_user_grant_names_its_user_and_ends_within_a_day(shop):
    grant = shop.token(code=shop.code(**{"grant_options[]": "per-user"})).json()
    assert grant["expires_in"] == 86399
    assert grant["associated_user"]["account_owner"] is True
    assert grant["associated_user_scope"] == grant["scope"]
    assert "refresh_token" not in grant


def test_client_credentials_give_a_token_of_a_day_for_stores_of_the_own_organisation(shop):
    grant = shop.token(grant_type="client_credentials").json()
    assert grant.keys() == {"access_token", "scope", "expires_in"}
    assert grant["expires_in"] == 86399
    shop.control("POST", "stores/demo/switches", json={"own_organization": False})
    assert shop.token(grant_type="client_credentials").status_code == 400


def test_revoking_takes_the_app_off_the_store(shop):
    grant = shop.connect()
    headers = {"X-Shopify-Access-Token": grant["access_token"]}
    assert shop.send("DELETE", "/admin/api_permissions/current.json", headers=headers).status_code == 200
    assert shop.send("DELETE", "/admin/api_permissions/current.json", headers=headers).status_code == 401
    gone = shop.token(grant_type="refresh_token", refresh_token=grant["refresh_token"])
    assert (gone.status_code, gone.json()["error"]) == (400, "invalid_client")
    assert "access_token" in shop.connect()


def test_an_install_request_is_signed_and_leads_to_the_app(shop):
    url = shop.control("POST", "install", json={"shop": "demo", "app_url": "http://127.0.0.1:9/start"})["url"]
    fields = dict(parse_qsl(urlsplit(url).query))
    assert url.startswith("http://127.0.0.1:9/start?")
    assert fields.keys() == {"shop", "host", "timestamp", "hmac"}
    assert is_signed(fields)


def test_after_a_rotation_the_new_secret_signs_and_both_open_the_token_endpoint(shop):
    shop.control("POST", "app", json={"client_secret": "fresh"})
    fields = back(shop.send("POST", "/admin/oauth/authorize", data={**ASK, "decision": "install"}))
    assert is_signed(fields, "fresh")
    assert shop.token(code=fields["code"]).status_code == 200
    assert shop.token(code=shop.code(), client_secret="fresh").status_code == 200


def test_a_store_may_have_other_names_and_answers_by_its_own(shop, sandbox):
    shown = shop.control("POST", "stores/demo/aliases", json={"alias": "old-demo"})
    assert shown["aliases"] == ["old-demo.myshopify.com"]
    assert sandbox.aliases("demo.myshopify.com") == ["old-demo.myshopify.com"]
    for alias in ("outlet", "demo", "a.b", "", "evil.com"):
        assert shop.send("POST", "/__sandbox__/stores/demo/aliases", json={"alias": alias}).status_code == 400
    assert shop.send("POST", "/__sandbox__/stores/outlet/aliases", json={"alias": "old-demo"}).status_code == 400
