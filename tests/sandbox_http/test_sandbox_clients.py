"""Shopify's own Python clients take the sandbox for Shopify."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any
from urllib.error import HTTPError
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


def test_shopifyapi_runs_the_operation_that_it_names_and_sends_null_for_variables(shopify_api, sandbox):
    text = "query A { shop { id } } query B { shop { myshopifyDomain } }"
    with shopify_api.Session.temp("demo", "2026-10", sandbox.issue_admin_token("demo.myshopify.com")):
        answer = json.loads(shopify_api.GraphQL().execute(text, None, "B"))
        nameless = json.loads(shopify_api.GraphQL().execute(text))
    assert answer["data"] == {"shop": {"myshopifyDomain": "demo.myshopify.com"}}
    assert "data" not in nameless
    assert nameless["errors"]


@pytest.mark.parametrize(("shop", "token", "status"), [("demo", "shpat_unknown", 401), ("nowhere", "any", 404)])
def test_shopifyapi_hears_of_a_wrong_token_and_a_wrong_store(shopify_api, shop, token, status):
    with shopify_api.Session.temp(shop, "2026-10", token), pytest.raises(HTTPError) as refusal:
        shopify_api.GraphQL().execute("{ shop { id } }")
    assert refusal.value.code == status


OLD_SUBSCRIPTIONS = """
mutation Http($topic: WebhookSubscriptionTopic!, $address: URL!) {
    webhookSubscriptionCreate(topic: $topic, webhookSubscription: {callbackUrl: $address, format: JSON}) {
        webhookSubscription { id } userErrors { field message } } }
mutation Bridge($topic: WebhookSubscriptionTopic!, $arn: ARN!) {
    eventBridgeWebhookSubscriptionCreate(topic: $topic, webhookSubscription: {arn: $arn}) {
        webhookSubscription { id } userErrors { field message } } }
mutation PubSub($topic: WebhookSubscriptionTopic!, $project: String!, $name: String!) {
    pubSubWebhookSubscriptionCreate(
        topic: $topic, webhookSubscription: {pubSubProject: $project, pubSubTopic: $name}) {
        webhookSubscription { id } userErrors { field message } } }
"""


@pytest.mark.parametrize(
    ("operation", "variables"),
    [
        ("Http", {"address": "https://app.example.com/hooks"}),
        ("Bridge", {"arn": "arn:aws:events:us-east-1::event-source/aws.partner/shopify.com/1/shop"}),
        ("PubSub", {"project": "shop-1", "name": "orders"}),
    ],
)
def test_one_document_may_hold_the_subscriptions_of_all_carriers(shopify_api, sandbox, operation, variables):
    token = sandbox.issue_admin_token("demo.myshopify.com")
    with shopify_api.Session.temp("demo", "2026-10", token):
        text = shopify_api.GraphQL().execute(OLD_SUBSCRIPTIONS, {"topic": "PRODUCTS_CREATE", **variables}, operation)
    answer = json.loads(text)
    (payload,) = answer["data"].values()
    assert payload["webhookSubscription"]["id"]
    assert payload["userErrors"] == []


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


SUBSCRIBE = """mutation S($webhookSubscription: WebhookSubscriptionInput!) {
    webhookSubscriptionCreate(topic: PRODUCTS_CREATE, webhookSubscription: $webhookSubscription) {
        userErrors { message } } }"""


@pytest.fixture
def embedded(wired) -> Any:
    """An embedded app with a secret of a usual length; the library finds shorter ones weak."""
    secret = "shpss_" + "0" * 32
    wired.control("POST", "app", json={"client_secret": secret})
    return shopify_app.ShopifyApp(client_id="sandbox-key", client_secret=secret)


def opened(wired, embedded) -> Any:
    """Open the app in the store's admin; return what the library says of the request."""
    url = wired.control("POST", "stores/demo/id-token", json={"user": 4711})["url"]
    request = {"method": "GET", "headers": {}, "url": url, "body": ""}
    return embedded.verify_app_home_req(request, app_home_patch_id_token_path="/patch")


def test_shopifyapp_lets_the_admin_open_the_app_and_exchanges_its_id_token(client, wired, embedded, clock):
    clock.set(time.time())  # the library looks at the time itself
    visit = opened(wired, embedded)
    assert (visit.ok, visit.shop, visit.user_id) == (True, "demo", "4711")
    offline = embedded.exchange_using_token_exchange("offline", id_token=visit.id_token, http_client=client)
    assert offline.ok
    assert offline.access_token.refresh_token
    assert ask(client, offline.access_token.token).ok
    online = embedded.exchange_using_token_exchange("online", id_token=visit.id_token, http_client=client)
    assert str(online.access_token.user.id) == "4711"


def test_shopifyapp_hears_that_an_id_token_is_over(client, wired, embedded, clock):
    clock.set(time.time())
    visit = opened(wired, embedded)
    clock.move(71)
    result = embedded.exchange_using_token_exchange("offline", id_token=visit.id_token, http_client=client)
    assert (result.ok, result.log.code) == (False, "invalid_subject_token")


def test_shopifyapp_verifies_a_delivery_and_refuses_a_changed_one(wired, sandbox, embedded):
    got: list[dict[str, Any]] = []

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            got.append({"method": "POST", "url": self.path, "headers": dict(self.headers), "body": body})
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # the base class names it so
            """Log nothing."""

    with HTTPServer(("127.0.0.1", 0), Receiver) as receiver:
        Thread(target=receiver.serve_forever, args=(0.01,), daemon=True).start()
        address = f"http://127.0.0.1:{receiver.server_port}/hooks"
        token = sandbox.issue_admin_token("demo.myshopify.com")
        wired.graphql(token, SUBSCRIBE, {"webhookSubscription": {"uri": address}})
        wired.graphql(token, 'mutation { productCreate(product: {title: "Cup"}) { product { id } } }')
        assert sandbox.deliveries.settle()
        receiver.shutdown()
        sandbox.close()
    (request,) = got
    assert embedded.verify_webhook_req(request).ok
    assert not embedded.verify_webhook_req({**request, "body": request["body"] + " "}).ok


def test_shopifyapp_gets_client_credentials(client):
    result = shopify_app.exchange_using_client_credentials("demo", CONFIG, http_client=client)
    assert result.ok
    assert ask(client, result.access_token.token).ok
