"""The receiver as a native ASGI route: it answers as Flask's route does, and many deliveries share a commit."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import httpx
import pytest
from corpus import BODY, POISON, UNUSABLE, spoilt
from eventkit import PATH, PREVIOUS, Shopify, encoded, headers_of, order
from webhost import SmallHost

from atom_shopify_plugin.runtime import Runtime
from atom_shopify_plugin.web.asgi import routes

OTHER = {"x-shopify-topic": "orders/paid"}
REQUESTS: dict[str, tuple[bytes, dict[str, str]]] = {
    "good": (BODY, headers_of(BODY, "orders/create", webhook_id="w1")),
    "signed by the secret before": (BODY, headers_of(BODY, "orders/create", secret=PREVIOUS, webhook_id="w2")),
    "the other family": (BODY, headers_of(BODY, "orders/create", family="Shopify-", webhook_id="w3")),
    "both families": (BODY, {**headers_of(BODY, "orders/create"), "Shopify-Topic": "orders/create"}),
    "no headers": (BODY, {}),
    "no JSON": (BODY, {**headers_of(BODY, "orders/create"), "Content-Type": "text/xml"}),
    "JSON with a charset": (
        BODY,
        {**headers_of(BODY, "orders/create", webhook_id="w5"), "Content-Type": "Application/JSON; charset=utf-8"},
    ),
    "compressed": (BODY, {**headers_of(BODY, "orders/create"), "Content-Encoding": "gzip"}),
    "a webhook id with a comma": (BODY, headers_of(BODY, "orders/create", webhook_id="a,b")),
    **{
        f"unusable: {changes}": (BODY, headers_of(BODY, **{"topic": "orders/create", **changes}))
        for changes, _ in UNUSABLE
        if "".join(changes.values()).isascii()
    },
    **{
        f"signature: {what}": (BODY, headers_of(BODY, "orders/create", hmac_sha256=value))
        for what, value in spoilt(BODY).items()
        if value.isascii()
    },
}


class Native:
    """Shopify's side, at the native route."""

    def __init__(self, runtime: Runtime) -> None:
        self.method, self.path, app = routes(runtime, SmallHost())[0]
        self._transport = httpx.ASGITransport(app)

    def client(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(transport=self._transport, base_url="http://atom")

    def send(self, body: bytes, headers: dict[str, str], query: str = "") -> httpx.Response:
        async def ask() -> httpx.Response:
            async with self.client() as client:
                return await client.post(self.path + query, content=body, headers=headers)

        return asyncio.run(ask())


@pytest.fixture
def native(runtime: Runtime, shopify: Shopify) -> Native:  # with it the store is connected
    return Native(runtime)


def shape(status: int, data: bytes, headers: Any) -> tuple[int, Any, dict[str, str]]:
    """Return what an answer says, without what is new in each."""
    body = json.loads(data)
    body.get("meta", body.get("error"))["request_id"] = ""
    kept = {name.lower(): value for name, value in dict(headers).items() if name.lower() != "x-request-id"}
    kept.pop("content-length")
    return status, body, kept


@pytest.mark.parametrize("what", list(REQUESTS))
def test_both_routes_answer_alike(native: Native, shopify: Shopify, runtime: Runtime, what: str) -> None:
    body, headers = REQUESTS[what]
    response = native.send(body, headers)
    kept = len(runtime.storage.jobs.list(kind="delivery"))
    assert kept == (response.status_code == 200)
    if response.status_code == 200:
        headers = {name: f"{value}-again" if name.endswith("Webhook-Id") else value for name, value in headers.items()}
    other = shopify.send(body, headers)
    assert shape(response.status_code, response.content, response.headers) == shape(
        other.status_code, other.data, other.headers
    )


@pytest.mark.parametrize("query", ["?a=%FF", "?a=%00", "?a=1"])
def test_both_routes_read_a_query_alike(native: Native, shopify: Shopify, query: str) -> None:
    response = native.send(BODY, headers_of(BODY, "orders/create"), query)
    other = shopify._client.post(PATH + query, data=BODY, headers=headers_of(BODY, "orders/create"))
    assert response.status_code == other.status_code


def test_it_stands_for_the_blueprint_s_route(native: Native) -> None:
    assert (native.method, native.path) == ("POST", PATH)


def test_a_repeated_delivery_is_stored_once(native: Native, runtime: Runtime) -> None:
    headers = headers_of(BODY, "orders/create", webhook_id="w1")
    assert [native.send(BODY, headers).json()["data"]["stored"] for _ in range(3)] == [True, False, False]
    assert len(runtime.storage.jobs.list(kind="delivery")) == 1


def test_many_deliveries_at_once_are_each_stored_once_and_each_told_the_truth(native: Native, runtime: Runtime) -> None:
    """Two hundred, each sent twice at the same time: they share transactions, and no two of them are new."""
    bodies = [encoded(order(number)) for number in range(200)]
    sent = [(body, headers_of(body, "orders/create", webhook_id=f"w{at}")) for at, body in enumerate(bodies)] * 2

    async def ask() -> list[httpx.Response]:
        async with native.client() as client:
            return await asyncio.gather(*(client.post(PATH, content=body, headers=headers) for body, headers in sent))

    answers = asyncio.run(ask())
    assert {answer.status_code for answer in answers} == {200}
    stored = [answer.json()["data"]["stored"] for answer in answers]
    assert [first + second for first, second in zip(stored[:200], stored[200:], strict=True)] == [1] * 200
    rows = runtime.storage.jobs.list(kind="delivery", limit=250)
    assert sorted(row.headers["webhook_id"] for row in rows) == sorted(f"w{at}" for at in range(200))


@pytest.mark.parametrize("number", range(len(POISON)))
def test_what_breaks_parsers_is_stored_all_the_same_once_it_is_signed(
    native: Native, runtime: Runtime, number: int
) -> None:
    body = POISON[number]
    assert native.send(body, headers_of(body, "orders/create")).status_code == 200
    assert len(runtime.storage.jobs.list(kind="delivery")) == 1


def test_a_body_above_the_limit_is_refused_before_it_is_read(native: Native, runtime: Runtime) -> None:
    read: list[int] = []

    async def ask() -> dict[str, Any]:
        answered: dict[str, Any] = {}

        async def receive() -> dict[str, Any]:
            read.append(1)
            return {"type": "http.request", "body": b"x", "more_body": True}

        async def send(message: dict[str, Any]) -> None:
            answered.update(message)

        headers = [(b"content-length", b"9999999999"), (b"content-type", b"application/json")]
        scope = {"type": "http", "method": "POST", "path": PATH, "query_string": b"", "headers": headers}
        app = routes(runtime, SmallHost())[0][2]
        await app(scope, receive, send)
        return answered

    assert asyncio.run(ask())["status"] == 413
    assert not read
