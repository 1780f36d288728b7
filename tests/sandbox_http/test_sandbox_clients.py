"""Shopify's own Python clients take the sandbox for Shopify."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest
import shopify
import shopify_app

CONFIG = {"client_id": "sandbox-key", "client_secret": "sandbox-secret"}


# -- ShopifyAPI


@pytest.fixture
def names_below_localhost(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let `demo.localhost` lead to this machine, as RFC 6761 wants it and not every resolver does."""
    look_up = socket.getaddrinfo

    def here(host: Any, *rest: Any, **more: Any) -> Any:
        return look_up("127.0.0.1" if str(host).endswith(".localhost") else host, *rest, **more)

    monkeypatch.setattr(socket, "getaddrinfo", here)


@pytest.fixture
def shopify_api(server, names_below_localhost: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """ShopifyAPI, pointed at the sandbox by its own settings and put back afterwards."""
    monkeypatch.setenv("no_proxy", "*")
    kept = {
        name: getattr(shopify.Session, name) for name in ("api_key", "secret", "protocol", "myshopify_domain", "port")
    }
    shopify.Session.setup(
        api_key="sandbox-key", secret="sandbox-secret", protocol="http", myshopify_domain="localhost", port=server.port
    )
    yield shopify
    shopify.ShopifyResource.clear_session()
    shopify.Session.setup(**kept)


def test_shopifyapi_accepts_the_callback_and_queries_with_the_token(shopify_api, wired):
    reply = wired.send(
        "POST",
        "/admin/oauth/authorize",
        data={
            "client_id": "sandbox-key",
            "redirect_uri": "http://127.0.0.1/back",
            "scope": "write_products",
            "state": "a&b=c",
            "decision": "install",
        },
    )
    params = dict(parse_qsl(urlsplit(reply.headers["Location"]).query))
    assert shopify_api.Session.validate_params(params)
    assert not shopify_api.Session.validate_hmac({**params, "shop": "other.myshopify.com"})
    grant = wired.token(code=params["code"]).json()
    assert shopify_api.ApiAccess(grant["scope"]) == shopify_api.ApiAccess("write_products,read_products")
    with shopify_api.Session.temp("demo", "2026-10", grant["access_token"]):
        answer = json.loads(shopify_api.GraphQL().execute("{ shop { myshopifyDomain } }"))
    assert answer["data"]["shop"]["myshopifyDomain"] == "demo.myshopify.com"


def test_shopifyapi_pages_through_all_products(shopify_api, sandbox):
    token = sandbox.issue_admin_token("demo.myshopify.com")
    query = """query Page($after: String) { products(first: 5, after: $after) {
        nodes { id } pageInfo { hasNextPage endCursor } } }"""
    found, after = [], None
    with shopify_api.Session.temp("demo.myshopify.com", "2026-10", token):
        while True:
            page = json.loads(shopify_api.GraphQL().execute(query, {"after": after}, "Page"))["data"]["products"]
            found += [node["id"] for node in page["nodes"]]
            after = page["pageInfo"]["endCursor"]
            if not page["pageInfo"]["hasNextPage"]:
                break
    assert len(found) == len(set(found)) == 12


# -- shopifyapp


class ToTheSandbox(httpx.BaseTransport):
    """Send every request to the sandbox and leave its Host header as it is."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._wire = httpx.HTTPTransport(trust_env=False)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        request.url = request.url.copy_with(scheme="http", host="127.0.0.1", port=self._port)
        return self._wire.handle_request(request)

    def close(self) -> None:
        self._wire.close()


@pytest.fixture
def client(server) -> Iterator[httpx.Client]:
    with httpx.Client(transport=ToTheSandbox(server.port), trust_env=False) as client:
        yield client


def ask(client: httpx.Client, token: str, query: str = "{ shop { name } }", **more: Any) -> Any:
    return shopify_app.admin_graphql_request(
        query, shop="demo", access_token=token, api_version="2026-10", http_client=client, **more
    )


def held(grant: dict[str, Any], *, minutes: int) -> dict[str, Any]:
    """Return a grant as the client keeps it, ending in `minutes`."""
    now = datetime.now(UTC)
    return {
        "shop": "demo",
        "token": grant["access_token"],
        "access_mode": "offline",
        "expires": (now + timedelta(minutes=minutes)).isoformat(),
        "refresh_token": grant["refresh_token"],
        "refresh_token_expires": (now + timedelta(days=90)).isoformat(),
    }


def test_shopifyapp_queries_and_reads_the_cost(client, sandbox):
    result = ask(client, sandbox.issue_admin_token("demo.myshopify.com"), "{ products(first: 3) { nodes { id } } }")
    assert result.ok
    assert len(result.data["products"]["nodes"]) == 3
    assert result.extensions["cost"]["requestedQueryCost"] == 4


def test_shopifyapp_reports_a_mutations_user_errors_as_data(client, sandbox):
    token = sandbox.issue_admin_token("demo.myshopify.com")
    text = """mutation M($p: ProductUpdateInput!) {
        productUpdate(product: $p) { product { id } userErrors { field message } } }"""
    missing = {"p": {"id": "gid://shopify/Product/1", "title": "x"}}
    result = ask(client, token, text, variables=missing)
    assert result.data["productUpdate"]["userErrors"] == [{"field": ["id"], "message": "Product does not exist"}]


def test_shopifyapp_is_throttled_with_status_200(client, sandbox):
    sandbox.account("demo.myshopify.com").bucket("merchants-own-app").fill(0)
    result = ask(client, sandbox.issue_admin_token("demo.myshopify.com"))
    assert (result.ok, result.response.status) == (False, 200)
    assert json.loads(result.response.body)["errors"][0]["extensions"]["code"] == "THROTTLED"


def test_shopifyapp_tells_a_429_and_a_503_apart(client, sandbox):
    token = sandbox.issue_admin_token("demo.myshopify.com")
    sandbox.faults.add({"kind": "throttle_429"})
    assert ask(client, token, max_retries=0).log.code == "rate_limited"
    sandbox.faults.add({"kind": "status", "status": 503})
    assert ask(client, token, max_retries=0).response.status == 503


def test_shopifyapp_refreshes_an_ending_token_and_goes_on(client, wired):
    grant = wired.connect()
    result = shopify_app.refresh_access_token(held(grant, minutes=0), CONFIG, http_client=client)
    assert result.ok
    assert result.access_token.refresh_token != grant["refresh_token"]
    assert ask(client, result.access_token.token).ok


def test_shopifyapp_retries_a_refresh_that_was_answered_503(client, wired):
    grant = wired.connect()
    wired.control("POST", "faults", json={"kind": "status", "status": 503, "times": 2})
    assert shopify_app.refresh_access_token(held(grant, minutes=0), CONFIG, http_client=client).ok


def test_shopifyapp_hears_that_a_refresh_token_is_dead_or_the_app_gone(client, wired):
    wired.control("POST", "stores/demo/switches", json={"refresh_error": "libraries"})
    grant = held(wired.connect(), minutes=0)
    wired.control("POST", "stores/demo/revoke-tokens", json={"what": "refresh"})
    assert shopify_app.refresh_access_token(grant, CONFIG, http_client=client).log.code == "invalid_grant"
    wired.control("POST", "stores/demo/uninstall")
    assert shopify_app.refresh_access_token(grant, CONFIG, http_client=client).log.code == "invalid_client"


def test_shopifyapp_hears_that_its_access_token_has_ended(client, wired, clock):
    grant = wired.connect()
    clock.move(3600)
    result = ask(client, grant["access_token"])
    assert (result.ok, result.log.code) == (False, "unauthorized")


def test_shopifyapp_gets_client_credentials(client):
    result = shopify_app.exchange_using_client_credentials("demo", CONFIG, http_client=client)
    assert result.ok
    assert ask(client, result.access_token.token).ok
