"""The platform's outside: hosts, versions, states of a store, malformed requests, the control API, the server."""

from __future__ import annotations

import socket
import threading
import time
from datetime import datetime

import pytest
import requests

from atom_shopify_plugin.sandbox.core import Sandbox
from atom_shopify_plugin.sandbox.messages import Request
from atom_shopify_plugin.sandbox.server import PortTaken, serve

SHOP_NAME = "{ shop { name } }"
JSON = {"Content-Type": "application/json"}
CREATE = 'mutation Make { productCreate(product: {title: "Cup"}) { product { id } userErrors { message } } }'


@pytest.fixture
def own(sandbox) -> str:
    token: str = sandbox.issue_admin_token("demo.myshopify.com")
    return token


# -- which store


@pytest.mark.parametrize(
    "host", ["demo.myshopify.com", "DEMO.MyShopify.com", "demo.myshopify.com:443", "demo.localhost:5059"]
)
def test_the_host_header_names_the_store(either, own, host):
    either.host = host
    data = either.graphql(own, "{ shop { myshopifyDomain } }").json()["data"]
    assert data["shop"]["myshopifyDomain"] == "demo.myshopify.com"


@pytest.mark.parametrize(
    "host", ["other.myshopify.com", "127.0.0.1", "demo.myshopify.com.evil.com", "myshopify.com", ".localhost"]
)
def test_another_host_is_not_found(either, own, host):
    either.host = host
    assert either.graphql(own, SHOP_NAME).status_code == 404


@pytest.mark.parametrize(
    ("host", "header", "status"),
    [
        ("127.0.0.1:5059", "demo.myshopify.com", 200),
        ("localhost", "demo.myshopify.com", 200),
        ("[::1]:5059", "demo.myshopify.com", 200),
        ("127.0.0.1:5059", "outlet.myshopify.com", 401),
        ("127.0.0.1:5059", "other.myshopify.com", 404),
        ("evil.example.com", "demo.myshopify.com", 404),
        ("127.0.0.1.example.com", "demo.myshopify.com", 404),
        ("outlet.myshopify.com", "demo.myshopify.com", 401),
    ],
)
def test_a_header_names_the_store_on_the_plain_address_alone(either, own, host, header, status):
    either.host = host
    assert either.graphql(own, SHOP_NAME, headers={"X-Sandbox-Shop": header}).status_code == status


def test_a_token_opens_its_own_store_only(shop, own):
    shop.host = "outlet.myshopify.com"
    assert shop.graphql(own, SHOP_NAME).status_code == 401


# -- versions


@pytest.mark.parametrize(
    ("asked", "served"),
    [
        ("2026-10", "2026-10"),
        ("2026-04", "2026-04"),
        ("2024-07", "2026-01"),
        ("2027-01", "2027-01"),
        ("unstable", "unstable"),
    ],
)
def test_an_old_version_falls_forward_and_the_header_says_so(shop, own, asked, served):
    reply = shop.graphql(own, SHOP_NAME, version=asked)
    assert (reply.status_code, reply.headers["X-Shopify-API-Version"]) == (200, served)


@pytest.mark.parametrize("asked", ["2030-01", "2026-05", "latest", "2026-10x", "..", ""])
def test_a_version_that_never_was_is_not_found(shop, own, asked):
    assert shop.graphql(own, SHOP_NAME, version=asked).status_code == 404


def test_a_version_that_ended_falls_forward(shop, own):
    shop.control("POST", "versions", json={"retire": "2026-10"})
    assert shop.graphql(own, SHOP_NAME).headers["X-Shopify-API-Version"] == "2027-01"
    assert shop.send("POST", "/__sandbox__/versions", json={"retire": "2026-10"}).status_code == 400


def test_every_answer_has_a_request_id_of_its_own(shop, own):
    ids = {shop.graphql(own, SHOP_NAME).headers["X-Request-Id"] for _ in range(3)}
    ids.add(shop.graphql("wrong", SHOP_NAME).headers["X-Request-Id"])
    assert len(ids) == 4


DEPRECATED = {
    "a field": "{ products(first: 1) { nodes { bodyHtml } } }",
    "a field in a fragment": "{ shop { id } ...All } fragment All on QueryRoot { products(first: 1) { nodes { ...P } } } fragment P on Product { bodyHtml }",  # noqa: E501
    "a field behind a condition": '{ node(id: "gid://shopify/Product/1") { ... on Product { bodyHtml } } }',
    "an argument": 'mutation { productCreate(input: {title: "A"}) { userErrors { message } } }',
    "a member of an input": 'mutation { webhookSubscriptionCreate(topic: ORDERS_CREATE, webhookSubscription: {callbackUrl: "https://a.example"}) { userErrors { message } } }',  # noqa: E501
    "a member of an input in a list": 'mutation { customerSet(input: {addresses: [{country: "Canada"}]}) { userErrors { message } } }',  # noqa: E501
    "a value of an enum": "{ metafieldDefinitions(ownerType: MEDIA_IMAGE, first: 1) { nodes { id } } }",
}
CURRENT = {
    "a field": "{ products(first: 1) { nodes { descriptionHtml } } }",
    "an argument": 'mutation { productCreate(product: {title: "A"}) { userErrors { message } } }',
    "introspection": '{ __type(name: "Product") { fields(includeDeprecated: true) { name isDeprecated } } }',
}


@pytest.mark.parametrize("text", DEPRECATED.values(), ids=DEPRECATED)
def test_what_is_deprecated_is_told_in_a_header(shop, own, text):
    headers = shop.graphql(own, text).headers
    assert headers["X-Shopify-API-Deprecated-Reason"].startswith("https://shopify.dev/")


@pytest.mark.parametrize("text", CURRENT.values(), ids=CURRENT)
def test_what_is_not_deprecated_has_no_such_header(shop, own, text):
    assert "X-Shopify-API-Deprecated-Reason" not in shop.graphql(own, text).headers


# -- refusals


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        ({"data": "{"}, 400),
        ({"data": "[]"}, 400),
        ({"data": "[" * 200_000}, 400),
        ({"data": '{"query": NaN}'}, 400),
        ({"data": '{"query": "{ shop { name } }", "variables": ' + '{"a":' * 900 + "1" + "}" * 901}, 400),
        ({"data": "{}"}, 400),
        ({"json": {"query": ""}}, 400),
        ({"json": {"query": 7}}, 400),
        ({"json": {"query": SHOP_NAME, "variables": []}}, 400),
        ({"json": {"query": SHOP_NAME, "operationName": 1}}, 400),
        ({"data": "query=x", "headers": {"Content-Type": "application/x-www-form-urlencoded"}}, 415),
        ({"data": SHOP_NAME, "headers": {"Content-Type": "application/graphql"}}, 200),
        ({"json": {"query": SHOP_NAME, "variables": None, "operationName": None}}, 200),
    ],
)
def test_a_malformed_graphql_request_is_a_4xx(shop, own, request_, status):
    headers = {**JSON, "X-Shopify-Access-Token": own, **request_.pop("headers", {})}
    assert shop.send("POST", "/admin/api/2026-10/graphql.json", headers=headers, **request_).status_code == status


def test_a_missing_query_is_named(shop, own):
    headers = {"X-Shopify-Access-Token": own}
    reply = shop.send("POST", "/admin/api/2026-10/graphql.json", headers=headers, json={})
    assert reply.json() == {"errors": {"query": "Required parameter missing or invalid"}}


@pytest.mark.parametrize("token", ["", "shpat_0", "é"])
def test_without_a_good_token_nothing_is_answered(shop, token):
    reply = shop.graphql(token.encode(), SHOP_NAME)
    assert reply.status_code == 401
    assert reply.json()["errors"].startswith("[API] Invalid API key or access token")


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/admin/api/2026-10/graphql.json"), ("POST", "/admin/api/2026-10/products.json"), ("GET", "/")],
)
def test_what_shopify_does_not_serve_is_not_found(shop, own, method, path):
    assert shop.send(method, path, headers={"X-Shopify-Access-Token": own}).status_code == 404


@pytest.mark.parametrize(("status", "answer"), [("frozen", 402), ("locked", 423), ("closed", 404), ("active", 200)])
def test_a_store_may_be_frozen_locked_or_closed(shop, own, status, answer):
    shop.control("POST", "stores/demo/switches", json={"status": status})
    assert shop.graphql(own, SHOP_NAME).status_code == answer


def test_scopes_that_were_taken_away_close_the_field(shop):
    token = shop.connect("read_products")["access_token"]
    assert "errors" not in shop.graphql(token, "{ products(first: 1) { nodes { id } } }").json()
    shop.control("POST", "stores/demo/scopes", json={"scopes": ["read_locations"]})
    error = shop.graphql(token, "{ products(first: 1) { nodes { id } } }").json()["errors"][0]
    assert error["extensions"]["code"] == "ACCESS_DENIED"


def test_uninstalling_itself_ends_the_apps_tokens(shop):
    token = shop.connect()["access_token"]
    reply = shop.graphql(token, "mutation { appUninstall { app { id } userErrors { message } } }").json()
    assert reply["data"]["appUninstall"]["userErrors"] == []
    assert shop.graphql(token, SHOP_NAME).status_code == 401
    assert shop.graphql(shop.connect()["access_token"], SHOP_NAME).status_code == 200


# -- the control API


def test_the_overview_lists_the_stores_and_no_token(shop, own):
    grant = shop.connect()
    page = shop.send("GET", "/__sandbox__/").text
    assert grant["access_token"] not in page
    assert grant["refresh_token"] not in page
    stores = shop.control("GET", "")["stores"]
    plans = {"demo.myshopify.com": "standard", "outlet.myshopify.com": "plus"}
    assert {store["shop"]: store["plan"] for store in stores} == plans
    assert stores[0]["tokens"] == {"admin": 1, "expiring": 1, "refresh": 1}
    assert (stores[0]["installed"], stores[0]["scopes"]) == (True, ["read_orders", "write_products"])


def test_the_journal_holds_each_effect_once_and_reads_nothing(shop, own):
    shop.graphql(own, SHOP_NAME)
    shop.graphql(own, CREATE)
    journal = shop.control("GET", "journal?store=demo")
    (effect,) = journal["effects"]
    assert (effect["store"], effect["operation"], effect["action"]) == (
        "demo.myshopify.com",
        "productCreate",
        "created",
    )
    following = journal["next"]["demo.myshopify.com"]
    assert shop.control("GET", f"journal?store=demo&since={following}")["effects"] == []


def test_the_calls_tell_what_was_asked_and_what_it_cost(shop, own):
    shop.graphql(own, CREATE)
    shop.token(grant_type="refresh_token", refresh_token="secret-thing")
    made, refused = shop.control("GET", "calls?store=demo.myshopify.com")["calls"]
    assert (made["subject"], made["status"], made["cost"]) == ("Make", 200, 10)
    assert (refused["subject"], refused["status"]) == ("refresh_token", 400)
    page = shop.send("GET", "/__sandbox__/calls").text
    assert own not in page
    assert "secret-thing" not in page
    assert shop.control("GET", f"calls?since={refused['seq']}")["calls"] == []


def test_the_clock_can_be_moved_set_and_stopped(shop):
    shop.control("POST", "clock", json={"now": "2027-03-01T12:00:00Z", "frozen": True})
    assert shop.control("POST", "clock", json={"move": 90})["now"] == "2027-03-01T12:01:30+00:00"
    running = shop.control("POST", "clock", json={"frozen": False})
    assert datetime.fromisoformat(shop.control("GET", "clock")["now"]) >= datetime.fromisoformat(running["now"])


@pytest.mark.parametrize(
    ("method", "route", "body"),
    [
        ("POST", "clock", {"move": "far"}),
        ("POST", "clock", {"move": 1e300}),
        ("POST", "clock", {"now": "2027-03-01T12:00:00"}),
        ("POST", "clock", {"now": 7}),
        ("POST", "clock", {"now": "0001-01-01T00:00:00Z"}),
        ("POST", "clock", {"now": "9999-12-31T23:59:59-23:00"}),
        ("POST", "clock", {"mov": 90}),
        ("POST", "stores/demo/revoke-tokens", {"which": "access"}),
        ("POST", "stores/demo/admin-token", {"scope": "read_products"}),
        ("POST", "install", {"shop": "nobody"}),
        ("POST", "install", {}),
        ("POST", "app", {"client_secret": ""}),
        ("POST", "stores/demo/plan", {"plan": "gold"}),
        ("POST", "stores/demo/scopes", {"scopes": ["all"]}),
        ("POST", "stores/demo/bucket", {"available": None}),
        ("POST", "stores/demo/switches", {"status": "open"}),
        ("POST", "stores/demo/switches", {"own_organization": 1.0}),
        ("POST", "stores/demo/switches", {"CHOICES": True}),
        ("POST", "stores/demo/revoke-tokens", {"what": "some"}),
        ("POST", "stores/nobody/plan", {"plan": "plus"}),
        ("GET", "journal?since=-1", None),
        ("GET", "calls?since=x", None),
        ("POST", "clock", [1]),
    ],
)  # fmt: skip
def test_a_control_route_says_what_is_wrong(shop, method, route, body):
    reply = shop.send(method, f"/__sandbox__/{route}", json=body)
    assert reply.status_code == 400
    assert reply.json()["error"]


EVIL = "http://evil.example"


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Content-Type": "text/plain"}, 415),
        ({"Content-Type": "application/x-www-form-urlencoded"}, 415),
        ({"Content-Type": ""}, 415),
        ({"Content-Type": "application/json", "Origin": EVIL}, 403),
        ({"Content-Type": "application/json", "Origin": "null"}, 403),
        ({"Content-Type": "application/json", "Sec-Fetch-Site": "cross-site"}, 403),
        ({"Content-Type": "application/json", "Sec-Fetch-Site": "same-site"}, 403),
        ({"Content-Type": "application/json", "Host": "evil.example"}, 403),
        ({"Content-Type": "application/json", "Host": "127.0.0.1.evil.example:80"}, 403),
        ({"Content-Type": "application/json", "Host": "evil.example", "Origin": EVIL}, 403),
        ({"Content-Type": "application/json", "Host": "["}, 403),
        ({"Content-Type": "application/json", "Host": "127.0.0.1:5059", "Origin": "http://127.0.0.1:5059"}, 200),
        ({"Content-Type": "application/json", "Host": "demo.localhost:5059", "Sec-Fetch-Site": "same-origin"}, 200),
        ({"Content-Type": "application/json"}, 200),
    ],
)
def test_a_page_of_another_site_reaches_no_control_route(shop, sandbox, headers, status):
    reply = shop.send("POST", "/__sandbox__/stores/demo/plan", data='{"plan": "plus"}', headers=headers)
    assert reply.status_code == status
    assert sandbox.account("demo.myshopify.com").plan == ("plus" if status == 200 else "standard")


@pytest.mark.parametrize("headers", [{"Origin": EVIL}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}])
def test_a_control_route_without_a_body_and_the_consent_are_closed_to_other_sites_too(shop, headers):
    assert shop.send("POST", "/__sandbox__/stores/demo/uninstall", headers=headers).status_code == 403
    assert shop.send("POST", "/admin/oauth/authorize", data="decision=install", headers=headers).status_code == 403
    assert shop.send("GET", "/__sandbox__/journal", headers=headers).status_code == 403


def test_a_control_route_that_is_not_there_lists_those_that_are(shop):
    reply = shop.send("POST", "/__sandbox__/windows")
    assert reply.status_code == 404
    assert "POST /__sandbox__/stores/{shop}/switches" in reply.json()["routes"]


def test_nothing_shows_a_secret_when_printed(shop, sandbox):
    grant = shop.connect()
    token = sandbox.account("demo.myshopify.com").tokens.find(grant["access_token"])
    request = Request("POST", "demo.myshopify.com", "/x", headers={"X-Shopify-Access-Token": grant["access_token"]})
    for thing in (sandbox, sandbox.app, token, request):
        assert grant["access_token"] not in repr(thing)
        assert "sandbox-secret" not in repr(thing)


# -- the server


def test_one_connection_serves_many_requests(server):
    with socket.create_connection(("127.0.0.1", server.port), timeout=5) as raw:
        for _ in range(3):
            raw.sendall(b"GET /admin/x HTTP/1.1\r\nHost: demo.myshopify.com\r\n\r\n")
            answer = raw.recv(65536)
            assert answer.startswith(b"HTTP/1.1 404 Not Found\r\n")
            assert answer.endswith(b'{"errors":"Not Found"}')


def test_an_absolute_target_names_the_store(server):
    with socket.create_connection(("127.0.0.1", server.port), timeout=5) as raw:
        raw.sendall(b"GET http://demo.myshopify.com/admin/oauth/access_scopes.json HTTP/1.1\r\nHost: x\r\n\r\n")
        assert raw.recv(65536).startswith(b"HTTP/1.1 401 ")


@pytest.mark.parametrize(
    ("raw_request", "status"),
    [
        (b"POST /admin/x HTTP/1.1\r\nHost: demo.myshopify.com\r\nContent-Length: 1_0\r\n\r\n", 400),
        (b"POST /admin/x HTTP/1.1\r\nHost: demo.myshopify.com\r\nContent-Length: -1\r\n\r\n", 400),
        (b"POST /admin/x HTTP/1.1\r\nHost: demo.myshopify.com\r\nContent-Length: 999999999999\r\n\r\n", 413),
        (b"GET http://[ HTTP/1.1\r\nHost: demo.myshopify.com\r\n\r\n", 400),
        (b"GET /admin/x HTTP/1.1\r\n\r\n", 404),
        (b"BREW /pot HTTP/1.1\r\nHost: demo.myshopify.com\r\n\r\n", 501),
        (b"HEAD /admin/x HTTP/1.1\r\nHost: demo.myshopify.com\r\n\r\n", 404),
    ],
)
def test_an_odd_request_is_answered_and_harms_nobody(server, raw_request, status):
    with socket.create_connection(("127.0.0.1", server.port), timeout=5) as raw:
        raw.sendall(raw_request)
        assert raw.recv(65536).split()[1] == str(status).encode()


def test_the_date_is_that_of_the_sandboxs_clock(wired):
    wired.control("POST", "clock", json={"now": "2027-03-01T12:00:00Z", "frozen": True})
    assert wired.send("GET", "/admin/x").headers["Date"] == "Mon, 01 Mar 2027 12:00:00 GMT"


def test_a_port_that_is_taken_is_named(server, sandbox):
    with pytest.raises(PortTaken, match=f"Port {server.port} on 127.0.0.1 is taken"):
        serve(sandbox, server.port)


def test_the_server_stays_on_this_machine(sandbox):
    with pytest.raises(ValueError, match="this machine only"):
        serve(sandbox, host="0.0.0.0")  # noqa: S104


def test_closing_ends_open_connections_and_leaves_no_thread(sandbox):
    before = threading.active_count()
    server = serve(sandbox)
    with requests.Session() as session:
        session.trust_env = False
        session.get(f"{server.url}/__sandbox__/clock")
        sandbox.faults.add({"kind": "latency", "seconds": 30})
        waiting = threading.Thread(target=_ask_and_be_cut_off, args=(server.url,))
        waiting.start()
        while not sandbox.calls():
            time.sleep(0.005)
        server.close()
        waiting.join()
    assert threading.active_count() == before


def _ask_and_be_cut_off(url: str) -> None:
    with requests.Session() as session:
        session.trust_env = False
        session.get(f"{url}/admin/x", headers={"Host": "demo.myshopify.com"})


def test_stores_may_be_others_with_other_plans(clock):
    sandbox = Sandbox({"one.myshopify.com": "advanced", "two.myshopify.com": "plus"}, size="small", clock=clock)
    assert [account.plan for account in sandbox.accounts.values()] == ["advanced", "plus"]
    with pytest.raises(ValueError, match="gold"):
        Sandbox({"one.myshopify.com": "gold"})
    with pytest.raises(ValueError, match="none, small, full, economy"):
        Sandbox(size="huge")
