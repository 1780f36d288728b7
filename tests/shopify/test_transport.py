"""One exchange against a Shopify that misbehaves on real sockets."""

from __future__ import annotations

import contextlib
import gzip
import os
import socket
import ssl
import threading
import time
from pathlib import Path

import pytest
from scripted import Reply, ScriptedShopify, shown

from atom_shopify_plugin.errors import InvalidInput, UpstreamError
from atom_shopify_plugin.shopify.domain import ShopDomain
from atom_shopify_plugin.shopify.transport import AnswerLost, HTTPAnswer, NotSent, Transport

TOKEN = {"X-Shopify-Access-Token": "shpat_canary"}


def ask(transport: Transport, shop: ShopDomain, *, within: float = 5.0) -> HTTPAnswer:
    return transport.send(shop, "POST", "/x", headers=TOKEN, json={"a": 1}, deadline=time.monotonic() + within)


def test_traffic_goes_to_the_endpoint_and_names_the_store(
    transport: Transport, shopify: ScriptedShopify, shop: ShopDomain
) -> None:
    shopify.answers(Reply(body=b'{"ok": 1}', headers={"X-Request-Id": "r1"}))
    answer = ask(transport, shop)
    assert (answer.status, answer.body, answer.headers["x-request-id"]) == (200, b'{"ok": 1}', "r1")
    [request] = shopify.requests
    assert (request.method, request.path, request.json) == ("POST", "/x", {"a": 1})
    assert request.headers["host"] == "demo.myshopify.com"
    assert request.headers["x-shopify-access-token"] == "shpat_canary"
    assert request.headers["content-type"] == "application/json"
    assert "cookie" not in request.headers


def test_a_form_is_sent_as_a_form(transport: Transport, shopify: ScriptedShopify, shop: ShopDomain) -> None:
    shopify.answers(Reply())
    transport.send(shop, "POST", "/t", headers={}, form={"code": "a b&c"}, deadline=time.monotonic() + 5)
    [request] = shopify.requests
    assert request.body == b"code=a+b%26c"
    assert request.headers["content-type"] == "application/x-www-form-urlencoded"


def test_connections_are_kept(transport: Transport, shopify: ScriptedShopify, shop: ShopDomain) -> None:
    shopify.always = Reply(body=b"{}")
    for _ in range(5):
        ask(transport, shop)
    assert {request.connection for request in shopify.requests} == {1}


def test_two_stores_share_no_state(transport: Transport, shopify: ScriptedShopify, shop: ShopDomain) -> None:
    shopify.always = Reply(body=b"{}", headers={"Set-Cookie": "session=canary; Domain=.myshopify.com; Path=/"})
    ask(transport, shop)
    ask(transport, ShopDomain("outlet.myshopify.com"))
    assert [request.headers["host"] for request in shopify.requests] == ["demo.myshopify.com", "outlet.myshopify.com"]
    assert all("cookie" not in request.headers for request in shopify.requests)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308, 300, 304])
def test_a_redirect_is_an_error_and_nobody_else_is_asked(
    transport: Transport, shopify: ScriptedShopify, elsewhere: ScriptedShopify, shop: ShopDomain, status: int
) -> None:
    shopify.answers(Reply(status=status, headers={"Location": f"{elsewhere.endpoint}/steal"}))
    with pytest.raises(UpstreamError, match="another address"):
        ask(transport, shop)
    assert len(shopify.requests) == 1


def test_the_environments_proxy_is_not_used(
    transport: Transport,
    shopify: ScriptedShopify,
    elsewhere: ScriptedShopify,
    shop: ShopDomain,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "https_proxy"):
        monkeypatch.setenv(name, elsewhere.endpoint)
    shopify.answers(Reply(body=b"{}"))
    ask(transport, shop)
    assert len(shopify.requests) == 1


@pytest.mark.parametrize("framing", ["length", "chunked"])
def test_a_cut_body_is_an_error(transport: Transport, shopify: ScriptedShopify, shop: ShopDomain, framing: str) -> None:
    shopify.answers(Reply(body=b'{"a": {"b": 1}}', framing=framing, cut=14))
    with pytest.raises(AnswerLost):
        ask(transport, shop)


@pytest.mark.parametrize(
    "reply",
    [Reply(status=0, then="reset"), Reply(status=0, then="close"), Reply(status=200, body=b"abc", cut=1, then="reset")],
)
def test_a_broken_connection_is_a_lost_answer(
    transport: Transport, shopify: ScriptedShopify, shop: ShopDomain, reply: Reply
) -> None:
    shopify.answers(reply)
    with pytest.raises(AnswerLost):
        ask(transport, shop)
    shopify.answers(Reply(body=b"{}"))
    assert ask(transport, shop).body == b"{}"


@pytest.mark.parametrize(
    "reply",
    [
        Reply(status=0, then="silence"),
        Reply(body=b"x" * 2000, drip=0.01),
        Reply(body=b"x" * 2000, drip=0.01, framing="chunked"),
        Reply(body=b"x" * 2000, drip=0.01, framing="close"),
        Reply(body=b"{}", headers={"X-Long": "y" * 2000}, drip=0.01, drip_head=True),
    ],
    ids=["silence", "dripping body", "dripping chunk", "dripping without length", "dripping head"],
)
def test_the_deadline_is_for_the_whole_answer(
    transport: Transport, shopify: ScriptedShopify, shop: ShopDomain, reply: Reply
) -> None:
    shopify.answers(reply)
    with pytest.raises(AnswerLost):
        ask(transport, shop, within=0.15)


def test_nothing_is_sent_when_no_time_is_left(transport: Transport, shopify: ScriptedShopify, shop: ShopDomain) -> None:
    with pytest.raises(NotSent):
        ask(transport, shop, within=-1)
    assert shopify.requests == []


def test_nobody_listening_means_that_nothing_was_sent(shop: ShopDomain) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    transport = Transport(f"http://127.0.0.1:{port}")
    with pytest.raises(NotSent):
        ask(transport, shop)
    transport.close()


def test_a_certificate_that_nobody_vouches_for_gets_no_token(shop: ShopDomain, certificate: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    heard: list[bytes] = []

    def serve(listener: socket.socket) -> None:
        with listener.accept()[0] as plain, contextlib.suppress(OSError), context.wrap_socket(plain, True) as sock:
            heard.append(sock.recv(1000))

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve, args=(listener,))
        thread.start()
        transport = Transport(f"https://127.0.0.1:{listener.getsockname()[1]}")
        with pytest.raises(UpstreamError, match="certificate"):
            ask(transport, shop)
        transport.close()
        thread.join()
    assert heard == []


def test_a_compressed_answer_is_read(transport: Transport, shopify: ScriptedShopify, shop: ShopDomain) -> None:
    shopify.answers(Reply(body=gzip.compress(b'{"a": 1}'), headers={"Content-Encoding": "gzip"}))
    assert ask(transport, shop).body == b'{"a": 1}'
    assert shopify.requests[0].headers["accept-encoding"] == "gzip"


def test_a_gzip_bomb_is_not_unpacked(transport: Transport, shopify: ScriptedShopify, shop: ShopDomain) -> None:
    bomb = gzip.compress(b"\0" * (16 * 1024 * 1024))
    shopify.answers(Reply(body=bomb, headers={"Content-Encoding": "gzip"}), Reply(body=b"{}"))
    with pytest.raises(UpstreamError, match="larger"):
        ask(transport, shop)
    assert ask(transport, shop).body == b"{}"


@pytest.mark.parametrize("framing", ["length", "chunked", "close"])
def test_a_body_over_the_limit_is_not_read(
    transport: Transport, shopify: ScriptedShopify, shop: ShopDomain, framing: str
) -> None:
    shopify.answers(Reply(body=b"x" * (1024 * 1024 + 1), framing=framing))
    with pytest.raises(UpstreamError, match="larger"):
        ask(transport, shop)


def test_a_body_of_exactly_the_limit_is_read(transport: Transport, shopify: ScriptedShopify, shop: ShopDomain) -> None:
    shopify.answers(Reply(body=b"x" * (1024 * 1024)))
    assert len(ask(transport, shop).body) == 1024 * 1024


def test_a_body_that_is_not_what_its_encoding_says_is_an_error(
    transport: Transport, shopify: ScriptedShopify, shop: ShopDomain
) -> None:
    shopify.answers(Reply(body=b"not gzip at all", headers={"Content-Encoding": "gzip"}))
    with pytest.raises(UpstreamError, match="decompressed"):
        ask(transport, shop)


@pytest.mark.parametrize("value", ["a\r\nX-Evil: 1", "a\n", "é", "\x00", "\u2028"], ids=repr)
def test_a_header_that_can_not_be_sent_is_refused_without_being_shown(
    transport: Transport, shopify: ScriptedShopify, shop: ShopDomain, value: str
) -> None:
    with pytest.raises(InvalidInput) as caught:
        transport.send(shop, "POST", "/x", headers={"X-A": "canary" + value}, deadline=time.monotonic() + 5)
    assert "canary" not in shown(caught.value)
    assert shopify.requests == []


def test_many_threads_keep_as_many_connections(
    transport: Transport, shopify: ScriptedShopify, shop: ShopDomain
) -> None:
    shopify.always = Reply(body=b"{}")
    together = threading.Barrier(8)

    def work() -> None:
        together.wait(5)
        for _ in range(20):
            assert ask(transport, shop).status == 200

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(shopify.requests) == 160
    assert len({request.connection for request in shopify.requests}) <= 8


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_forked_child_opens_its_own_connection(
    transport: Transport, shopify: ScriptedShopify, shop: ShopDomain
) -> None:
    shopify.always = Reply(body=b"{}")
    ask(transport, shop)
    child = os.fork()
    if child == 0:
        try:
            os._exit(0 if ask(transport, shop).status == 200 else 1)
        finally:
            os._exit(2)
    assert os.waitpid(child, 0)[1] == 0
    ask(transport, shop)
    assert [request.connection for request in shopify.requests] == [1, 2, 1]


def test_a_closed_transport_opens_again(transport: Transport, shopify: ScriptedShopify, shop: ShopDomain) -> None:
    shopify.always = Reply(body=b"{}")
    ask(transport, shop)
    transport.close()
    ask(transport, shop)
    assert [request.connection for request in shopify.requests] == [1, 2]


def test_an_error_never_shows_the_token_or_the_body(
    transport: Transport, shopify: ScriptedShopify, shop: ShopDomain
) -> None:
    shopify.answers(Reply(body=b"secret words", cut=3), Reply(status=307, headers={"Location": "http://secret.words/"}))
    for _ in range(2):
        with pytest.raises(UpstreamError) as caught:
            ask(transport, shop)
        for secret in ("shpat_canary", "secret words", "secret.words"):
            assert secret not in shown(caught.value)
