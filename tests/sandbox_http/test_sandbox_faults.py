"""Faults on demand, over real sockets and through the adapter alike."""

from __future__ import annotations

import socket
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from atom_shopify_plugin.sandbox.faults import FaultTable
from atom_shopify_plugin.sandbox.messages import Request

SCOPES = "/admin/oauth/access_scopes.json"


def fault(shop, kind: str, **more) -> None:
    shop.control("POST", "faults", json={"kind": kind, **more})


def ask(shop, **more) -> requests.Response:
    reply: requests.Response = shop.send("GET", SCOPES, headers={"X-Shopify-Access-Token": shop.own}, **more)
    return reply


@pytest.fixture
def store(either, sandbox):
    either.own = sandbox.issue_admin_token("demo.myshopify.com", ["read_products"])
    return either


def test_a_status_is_answered_once_and_then_all_is_well(store):
    fault(store, "status", status=503, body="busy", headers={"Retry-After": "7"})
    reply = ask(store)
    assert (reply.status_code, reply.text, reply.headers["Retry-After"]) == (503, "busy", "7")
    assert ask(store).status_code == 200


@pytest.mark.parametrize(("wait", "header"), [("2.0", "2.0"), (1e9, "1000000000.0"), (None, None)])
def test_a_429_says_how_long_to_wait_or_nothing(store, wait, header):
    fault(store, "throttle_429", retry_after=wait)
    reply = ask(store)
    assert (reply.status_code, reply.headers.get("Retry-After")) == (429, header)


def test_a_page_of_html_comes_with_status_200(store):
    fault(store, "html")
    reply = ask(store)
    assert reply.status_code == 200
    assert reply.headers["Content-Type"] == "text/html"


@pytest.mark.parametrize("body", [{}, [], None, {"access_token": "x"}])
def test_any_json_can_stand_in_for_an_answer(store, body):
    fault(store, "status", status=200, body=body)
    reply = ask(store)
    assert reply.status_code == 200
    assert reply.text == "" if body is None else reply.json() == body


def test_a_redirect_leads_to_another_host_and_is_for_the_client_to_refuse(store):
    fault(store, "status", status=302, headers={"Location": "https://evil.example/"})
    assert ask(store).headers["Location"] == "https://evil.example/"


def test_graphqls_internal_error_comes_with_status_200(store):
    fault(store, "internal_error")
    assert ask(store).json()["errors"][0]["extensions"]["code"] == "INTERNAL_SERVER_ERROR"


def test_a_small_answer_may_unpack_to_a_large_one(store):
    fault(store, "gzip_bomb", megabytes=3)
    reply = ask(store)
    assert int(reply.headers["Content-Length"]) < 10_000
    assert len(reply.content) == 3 << 20


def test_a_drip_arrives_whole_but_slowly(store):
    whole = ask(store).text
    fault(store, "drip", piece=10, every=0.01)
    began = time.monotonic()
    assert ask(store).text == whole
    assert time.monotonic() - began >= 0.01 * (len(whole) // 10)


def test_a_cut_body_is_an_error_when_its_length_was_announced(store):
    fault(store, "cut")
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        ask(store)
    assert ask(store).status_code == 200


def test_a_cut_body_without_length_can_only_be_told_by_its_content(store):
    whole = ask(store).text
    fault(store, "cut_without_length", keep=0.5)
    reply = ask(store)
    assert reply.status_code == 200
    assert "Content-Length" not in reply.headers
    assert reply.text == whole[: len(whole) // 2]


@pytest.mark.parametrize(("kind", "codes_left"), [("reset", 200), ("lost_reply", 400)])
def test_a_reset_runs_nothing_and_a_lost_reply_ran(store, kind, codes_left):
    code = store.code()
    fault(store, kind, match={"subject": "authorization_code"})
    with pytest.raises(requests.exceptions.ConnectionError):
        store.token(code=code)
    assert store.token(code=code).status_code == codes_left


def test_latency_runs_into_the_clients_timeout(store):
    fault(store, "latency", seconds=0.15)
    with pytest.raises(requests.exceptions.ReadTimeout):
        ask(store, timeout=0.05)


def test_latency_adds_to_another_fault(store):
    fault(store, "latency", seconds=0.05, times=None)
    fault(store, "latency", seconds=0.05, times=None)
    fault(store, "status", status=500)
    began = time.monotonic()
    assert ask(store).status_code == 500
    assert time.monotonic() - began >= 0.1


def test_a_fault_chooses_by_store_path_method_and_subject(store):
    fault(store, "status", status=500, match={"store": "outlet.*"}, times=None)
    fault(store, "status", status=501, match={"path": "*/graphql.json"}, times=None)
    fault(store, "status", status=502, match={"method": "DELETE"}, times=None)
    fault(store, "status", status=503, match={"subject": "refresh_*"}, times=None)
    assert ask(store).status_code == 200
    assert store.token(grant_type="refresh_token").status_code == 503
    assert store.token(grant_type="client_credentials").status_code == 200
    assert store.send("DELETE", SCOPES).status_code == 502
    store.host = "outlet.myshopify.com"
    assert ask(store).status_code == 500


def test_a_fault_waits_and_counts(store):
    fault(store, "status", status=401, after=2, times=2)
    assert [ask(store).status_code for _ in range(5)] == [200, 200, 401, 401, 200]


def test_faults_are_listed_and_cleared(store):
    fault(store, "status", status=500, times=3)
    ask(store)
    assert store.control("GET", "faults")["faults"] == [{"kind": "status", "status": 500, "times": 3, "left": 2}]
    assert store.control("DELETE", "faults") == {"faults": []}
    assert ask(store).status_code == 200


@pytest.mark.parametrize(
    "spec",
    [
        {},
        {"kind": "explode"},
        {"kind": "status"},
        {"kind": "status", "status": 99},
        {"kind": "status", "status": True},
        {"kind": "status", "status": 500, "headers": []},
        {"kind": "latency"},
        {"kind": "latency", "seconds": -1},
        {"kind": "reset", "seconds": 1},
        {"kind": "reset", "times": "many"},
        {"kind": "reset", "match": {"operation": "x"}},
        {"kind": "reset", "match": "x"},
        {"kind": "not_kept", "values": {"title": "x"}},
        {"kind": "kept_otherwise"},
        {"kind": "kept_otherwise", "values": []},
        {"kind": "kept_elsewhere", "at": 7},
    ],
)
def test_a_fault_that_makes_no_sense_is_refused(shop, spec):
    reply = shop.send("POST", "/__sandbox__/faults", json=spec)
    assert reply.status_code == 400
    assert reply.json()["error"]
    assert shop.control("GET", "faults") == {"faults": []}


def test_chance_hits_its_share_and_the_same_one_for_the_same_seed():
    def hits(seed: int) -> list[bool]:
        table = FaultTable()
        table.add({"kind": "reset", "times": None, "chance": 0.07, "seed": seed})
        request = Request("GET", "demo.myshopify.com", "/")
        return [bool(table.plan("demo.myshopify.com", request).kinds) for _ in range(2000)]

    assert hits(1) == hits(1) != hits(2)
    assert 80 < sum(hits(1)) < 220


CHANGE = "mutation Change($p: ProductUpdateInput!) { productUpdate(product: $p) { product { id vendor } } }"
LOOK = "query Look($id: ID!) { product(id: $id) { vendor } }"


@pytest.mark.parametrize(
    ("spec", "there", "elsewhere", "effects"),
    [
        ({"kind": "not_kept"}, "before", "before", 0),
        ({"kind": "kept_otherwise", "values": {"vendor": "Oven"}}, "Oven", "before", 1),
        ({"kind": "kept_elsewhere", "at": "gid://shopify/Product/1250000002"}, "before", "Kiln", 1),
    ],
)
def test_a_write_is_answered_as_ever_and_kept_otherwise(either, sandbox, spec, there, elsewhere, effects):
    token = sandbox.issue_admin_token("demo.myshopify.com", ["write_products"])

    def ask(text, **variables):
        headers = {"X-Shopify-Access-Token": token}
        body = {"query": text, "variables": variables}
        return either.send("POST", "/admin/api/2026-10/graphql.json", json=body, headers=headers).json()["data"]

    one, other = "gid://shopify/Product/1250000001", "gid://shopify/Product/1250000002"
    for gid in (one, other):
        ask(CHANGE, p={"id": gid, "vendor": "before"})
    since = len(either.control("GET", "journal")["effects"])
    either.control("POST", "faults", json={**spec, "match": {"subject": "Change"}})
    answer = ask(CHANGE, p={"id": one, "vendor": "Kiln"})
    assert answer["productUpdate"]["product"]["vendor"] == "Kiln"
    assert (ask(LOOK, id=one)["product"]["vendor"], ask(LOOK, id=other)["product"]["vendor"]) == (there, elsewhere)
    assert len(either.control("GET", "journal")["effects"]) == since + effects
    assert ask(CHANGE, p={"id": one, "vendor": "Kiln"})["productUpdate"]["product"]["vendor"] == "Kiln"
    assert ask(LOOK, id=one)["product"]["vendor"] == "Kiln"


def test_threads_share_a_fault_without_multiplying_it(wired, sandbox):
    wired.own = sandbox.issue_admin_token("demo.myshopify.com", ["read_products"])
    fault(wired, "status", status=500, times=10)
    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(lambda _: ask(wired).status_code, range(80)))
    assert statuses.count(500) == 10


def test_a_reset_is_a_reset_on_the_wire(server):
    server.sandbox.faults.add({"kind": "reset"})
    with socket.create_connection(("127.0.0.1", server.port), timeout=5) as raw:
        raw.sendall(b"GET /admin/x HTTP/1.1\r\nHost: demo.myshopify.com\r\n\r\n")
        with pytest.raises(ConnectionResetError):
            raw.recv(1)
