"""What Shopify's HTTP side does with a request before GraphQL sees it, and what stands around its answers."""

from __future__ import annotations

import contextlib
import json
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from time import monotonic, sleep
from typing import Any
from urllib.parse import urlsplit

import pytest
from facts import Fact, each
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from atom_shopify_plugin.sandbox.pytest_plugin import ShopifySandbox

QUERY = json.dumps({"query": "{ shop { myshopifyDomain } }"}).encode()
ANSWER = {"shop": {"myshopifyDomain": "demo.myshopify.com"}}
LIMIT = 64 << 20

FACTS = [
    Fact(
        "the API versions have Shopify's shape",
        "{ publicApiVersions { handle displayName supported } }",
        data={
            "publicApiVersions": [
                *(
                    {"handle": handle, "displayName": handle + suffix, "supported": supported}
                    for handle, suffix, supported in [
                        ("2026-01", "", True),
                        ("2026-04", "", True),
                        ("2026-07", "", True),
                        ("2026-10", "", True),
                        ("2027-01", " (Release candidate)", False),
                    ]
                ),
                {"handle": "unstable", "displayName": "unstable", "supported": False},
            ]
        },
        source="official schema",
    ),
]

test_facts = each(FACTS)


# -- versions


@pytest.mark.parametrize("version", ["2026-01", "2026-04", "2026-07", "2026-10", "2027-01", "unstable"])
def test_an_answer_says_by_which_rules_its_version_is_served(shopify_sandbox: ShopifySandbox, version: str) -> None:
    headers = {"X-Shopify-Access-Token": shopify_sandbox.token()}
    address = f"https://demo.myshopify.com/admin/api/{version}/graphql.json"
    with shopify_sandbox.session() as session:
        reply = session.post(address, json={"query": "{ shop { id } }"}, headers=headers)
        overview = session.get("https://demo.myshopify.com/__sandbox__/").json()
    assert (reply.headers["X-Shopify-API-Version"], reply.headers["X-Sandbox-Rules"]) == (version, "2026-10")
    assert overview["versions"]["rules"] == "2026-10"


# -- bodies in chunks


class Line:
    """A connection on which requests are written byte by byte."""

    def __init__(self, shopify: ShopifySandbox) -> None:
        where = urlsplit(shopify.url)
        self.token = shopify.token()
        self._socket = socket.create_connection((where.hostname, where.port), timeout=10)
        self._rest = b""

    def send(
        self, body: bytes, *headers: str, version: str = "1.1", path: str = "/admin/api/2026-10/graphql.json"
    ) -> None:
        lines = [
            f"POST {path} HTTP/{version}",
            "Host: demo.myshopify.com",
            "Content-Type: application/json",
            f"X-Shopify-Access-Token: {self.token}",
            *headers,
        ]
        self._socket.sendall("\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body)

    def answer(self) -> tuple[int, Any]:
        """Read one answer; return its status and what it holds."""
        while b"\r\n\r\n" not in self._rest:
            self._more()
        head, _, self._rest = self._rest.partition(b"\r\n\r\n")
        fields = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:])
        length = int(fields[b"content-length"])
        while len(self._rest) < length:
            self._more()
        body, self._rest = self._rest[:length], self._rest[length:]
        return int(head.split()[1]), json.loads(body)

    def _more(self) -> None:
        piece = self._socket.recv(65536)
        assert piece, "the connection was closed"
        self._rest += piece

    def is_closed(self) -> bool:
        """Tell whether the server closes the connection and sends nothing more."""
        return self._socket.recv(65536) == b""

    def close(self) -> None:
        self._socket.close()


@pytest.fixture
def line(shopify_sandbox: ShopifySandbox) -> Iterator[Line]:
    line = Line(shopify_sandbox)
    yield line
    line.close()


CHUNKED = "Transfer-Encoding: chunked"


def chunks(*pieces: bytes, extension: bytes = b"", trailers: bytes = b"") -> bytes:
    sized = b"".join(b"%x%s\r\n%s\r\n" % (len(piece), extension, piece) for piece in pieces if piece)
    return sized + b"0\r\n" + trailers + b"\r\n"


ACCEPTED = {
    "one chunk": (chunks(QUERY), CHUNKED),
    "many chunks": (chunks(*(QUERY[at : at + 5] for at in range(0, len(QUERY), 5))), CHUNKED),
    "extensions": (chunks(QUERY, extension=b";name=value"), CHUNKED),
    "trailers": (chunks(QUERY, trailers=b"X-Checksum: 1\r\n"), CHUNKED),
    "another case": (chunks(QUERY), "transfer-encoding:  Chunked "),
    "sizes in capitals": (b"0001E\r\n" + QUERY[:30] + b"\r\n" + chunks(QUERY[30:]), CHUNKED),
}


@pytest.mark.parametrize(("body", "header"), ACCEPTED.values(), ids=ACCEPTED)
def test_a_body_in_chunks_is_accepted_and_the_connection_kept(line: Line, body: bytes, header: str) -> None:
    for _ in range(2):
        line.send(body, header)
        status, answer = line.answer()
        assert (status, answer.get("data")) == (200, ANSWER)


INNER = b"GET /admin/oauth/access_scopes.json HTTP/1.1\r\nHost: demo.myshopify.com\r\n\r\n"
REFUSED = {
    "a length beside chunks": (chunks(QUERY) + INNER, [CHUNKED, f"Content-Length: {len(QUERY)}"], 400),
    "a length before chunks": (chunks(QUERY) + INNER, ["Content-Length: 4", CHUNKED], 400),
    "two lengths": (QUERY + INNER, [f"Content-Length: {len(QUERY)}", "Content-Length: 1"], 400),
    "two equal lengths": (QUERY + INNER, [f"Content-Length: {len(QUERY)}"] * 2, 400),
    "two encodings": (chunks(QUERY), ["Transfer-Encoding: gzip, chunked"], 400),
    "chunks twice": (chunks(QUERY), [CHUNKED, CHUNKED], 400),
    "chunks not last": (chunks(QUERY), ["Transfer-Encoding: chunked, identity"], 400),
    "an unknown encoding": (QUERY, ["Transfer-Encoding: xchunked"], 400),
    "a hidden encoding": (chunks(QUERY), ["Transfer-Encoding:\x0bchunked"], 400),
    "no size": (b"\r\n" + QUERY, [CHUNKED], 400),
    "a size that is none": (b"g\r\n" + QUERY, [CHUNKED], 400),
    "a signed size": (b"+4\r\n" + QUERY, [CHUNKED], 400),
    "a size with a prefix": (b"0x4\r\n" + QUERY, [CHUNKED], 400),
    "a size with a line feed alone": (b"4\n" + QUERY, [CHUNKED], 400),
    "a chunk that is longer than its size": (b"3\r\n" + QUERY + b"\r\n0\r\n\r\n", [CHUNKED], 400),
    "a size beyond all bounds": (b"FFFFFFFFFFFFFFFF\r\n" + QUERY, [CHUNKED], 400),
    "a size beyond the bound": (b"FFFFFFFF\r\n" + QUERY, [CHUNKED], 413),
    "a long extension": (b"4;" + b"a" * 5000 + b"\r\n", [CHUNKED], 400),
    "endless trailers": (b"0\r\n" + b"A: b\r\n" * 60, [CHUNKED], 400),
    "a length beyond the bound": (b"", [f"Content-Length: {LIMIT + 1}"], 413),
}


@pytest.mark.parametrize(("body", "headers", "status"), REFUSED.values(), ids=REFUSED)
def test_a_body_whose_end_is_in_doubt_is_refused_and_nothing_behind_it_is_read(
    line: Line, body: bytes, headers: list[str], status: int
) -> None:
    line.send(body, *headers)
    assert line.answer()[0] == status
    with contextlib.suppress(ConnectionResetError):  # bytes that nobody read were on their way
        assert line.is_closed()


def test_the_old_http_has_no_chunks(line: Line) -> None:
    line.send(chunks(QUERY), CHUNKED, version="1.0")
    assert line.answer()[0] == 400


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.integers(1, len(QUERY) - 1), unique=True).map(sorted))
def test_how_a_body_is_cut_makes_no_difference(line: Line, cuts: list[int]) -> None:
    places = [0, *cuts, len(QUERY)]
    line.send(chunks(*(QUERY[begin:end] for begin, end in pairwise(places))), CHUNKED)
    assert line.answer()[1]["data"] == ANSWER


# -- two requests with one idempotency key

SET = """mutation Set($input: InventorySetQuantitiesInput!, $key: String!) {
    inventorySetQuantities(input: $input) @idempotent(key: $key) {
        inventoryAdjustmentGroup { id } userErrors { field message code } } }"""
VALUES = {"input": {"name": "available", "reason": "correction", "quantities": []}, "key": "k"}
BUSY = {
    "inventoryAdjustmentGroup": None,
    "userErrors": [
        {
            "field": None,
            "message": "This request is currently in progress, please try again.",
            "code": "IDEMPOTENCY_CONCURRENT_REQUEST",
        }
    ],
}


def set_stock(shopify: ShopifySandbox, quantity: int = 77, key: str = "k") -> Any:
    found = shopify.graphql("{ inventoryItems(first: 1) { nodes { id } } locations(first: 1) { nodes { id } } }")[
        "data"
    ]
    item, location = found["inventoryItems"]["nodes"][0]["id"], found["locations"]["nodes"][0]["id"]
    row = {"inventoryItemId": item, "locationId": location, "quantity": quantity, "changeFromQuantity": None}
    values = {"input": {"name": "available", "reason": "correction", "quantities": [row]}, "key": key}
    return shopify.graphql(SET, values)["data"]["inventorySetQuantities"]


def test_of_two_requests_at_once_with_one_key_the_later_is_told_to_wait(shopify_sandbox: ShopifySandbox) -> None:
    store = shopify_sandbox.sandbox.store("demo.myshopify.com")
    with ThreadPoolExecutor(2) as pool:
        with store.lock:  # neither can go on before both have come
            answers = [pool.submit(shopify_sandbox.graphql, SET, VALUES) for _ in range(2)]
            until = monotonic() + 10
            while store.running["k"] < 2 and monotonic() < until:
                sleep(0.001)
        payloads = [answer.result()["data"]["inventorySetQuantities"] for answer in answers]
    assert sorted(bool(payload == BUSY) for payload in payloads) == [False, True]
    assert store.running == {}
    assert shopify_sandbox.graphql(SET, VALUES)["data"]["inventorySetQuantities"] != BUSY


def test_a_fault_keeps_a_key_busy_after_a_lost_answer(shopify_sandbox: ShopifySandbox) -> None:
    shopify_sandbox.sandbox.clock.freeze()
    shopify_sandbox.faults.add({"kind": "in_progress", "seconds": 30, "match": {"subject": "Set"}})
    with pytest.raises(OSError, match="reset"):
        set_stock(shopify_sandbox)
    assert set_stock(shopify_sandbox) == BUSY
    assert set_stock(shopify_sandbox, key="another")["userErrors"] == []
    shopify_sandbox.sandbox.clock.move(30)
    assert set_stock(shopify_sandbox)["userErrors"] == []
    assert [effect.idempotency_key for effect in shopify_sandbox.journal()] == ["k"]


@pytest.mark.parametrize("spec", [{"seconds": -1}, {"seconds": "1"}, {"values": {}}])
def test_a_wrong_description_of_that_fault_is_refused(shopify_sandbox: ShopifySandbox, spec: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"seconds|values"):
        shopify_sandbox.faults.add({"kind": "in_progress", **spec})
