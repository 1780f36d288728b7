"""Attacks on connecting a store, by browsers on real sockets: whose flow it is, what Shopify signed, where it goes."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

import pytest
from callbacks import ALTERED, SIGNED_BUT_WRONG, signed
from house import AUTHORIZE, CALLBACK, STORES, House, Person, open_house
from scripted import Reply, ScriptedShopify
from webhost import error_of

HTML = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}


@pytest.fixture
def victim(house: House) -> Person:
    """Somebody with an account and no store, new in each test."""
    return house.person(f"victim-{secrets.token_hex(4)}")


@pytest.fixture
def attacker(house: House) -> Person:
    return house.person(f"attacker-{secrets.token_hex(4)}")


@pytest.fixture(scope="module")
def foreign(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[House, ScriptedShopify]]:
    """An installation whose Shopify answers what a test tells it."""
    shopify = ScriptedShopify()
    folder = tmp_path_factory.mktemp("foreign")
    try:
        with open_house(folder, "--threads", "4", ATOM_SHOPIFY_ENDPOINT=shopify.endpoint) as house:
            yield house, shopify
    finally:
        shopify.close()


def begin(person: Person, shop: str = "demo.myshopify.com") -> str:
    answer = person.get(f"{AUTHORIZE}?shop={shop}")
    assert answer.status_code == 200, answer.data
    url: str = answer.json["data"]["auth_url"]
    return url


def stores(person: Person) -> list[str]:
    return [store["shop"] for store in person.get(STORES).json["data"]]


# T1: the browser that comes back must be the one that left


def test_neither_victim_nor_attacker_can_end_the_other_s_flow(house: House, victim: Person, attacker: Person) -> None:
    before = house.exchanges()
    for begins, ends in ((attacker, victim), (victim, attacker)):
        back = house.decide(begin(begins))
        begin(ends)  # who ends it has a cookie of a flow of their own
        answer = ends.get(back)
        assert answer.status_code == 400
        error_of(answer)
    assert (stores(victim), stores(attacker), house.exchanges()) == ([], [], before)


def test_without_the_cookie_and_as_another_person_nothing_happens(house: House, victim: Person) -> None:
    before = house.exchanges()
    back = house.decide(begin(victim))
    other = house.person("somebody-else")
    other.cookies = dict(victim.cookies)
    for person in (Person(house.server.port, victim.token), other, house.person(None)):
        assert person.get(back).status_code == 400
    assert (stores(victim), house.exchanges()) == ([], before)
    assert victim.get(back).status_code == 200  # none of that used the flow up


def test_a_state_is_256_random_bits_and_never_the_same(victim: Person) -> None:
    states = {parse_qs(urlsplit(begin(victim)).query)["state"][0] for _ in range(20)}
    assert len(states) == 20
    assert {len(state) for state in states} == {43}


# T2: each flow once


def test_64_loads_of_one_callback_exchange_once(house: House, victim: Person) -> None:
    back, before = house.decide(begin(victim)), house.exchanges()
    with ThreadPoolExecutor(64) as pool:
        statuses = list(pool.map(lambda _: victim.get(back).status_code, range(64)))
    assert house.exchanges() - before == 1
    assert sorted(set(statuses)) == [200, 409]
    assert statuses.count(200) == 1
    assert "already connected" in error_of(victim.get(back))["message"]


# T3: what Shopify signed


@pytest.mark.parametrize("what", [*ALTERED, *SIGNED_BUT_WRONG])
def test_a_callback_that_shopify_did_not_sign_like_this_stores_nothing(house: House, victim: Person, what: str) -> None:
    query = dict(parse_qsl(urlsplit(house.decide(begin(victim))).query))
    before = house.exchanges()
    answer = victim.get(f"{CALLBACK}?{ {**ALTERED, **SIGNED_BUT_WRONG}[what](query) }".replace(" ", "%20"))
    assert answer.status_code in (400, 403)
    error_of(answer)
    assert (stores(victim), house.exchanges()) == ([], before)


# T5: only a store of Shopify is ever asked


SHOPS = [
    "evil.com/x?",
    "demo.myshopify.com\n",
    "demo.my\u017fhopify.com",
    "\u212a.myshopify.com",
    "\uff44\uff45mo.myshopify.com",
    "demo.myshopify.com@evil.com",
    "evil.com\\.myshopify.com",
    "demo.myshopify.com.evil.com",
    "demo.myshopify.com:443",
    "demo.myshopify.com.",
    "-demo.myshopify.com",
    f"{'a' * 64}.myshopify.com",
    "demo.myshopify.com,outlet.myshopify.com",
    "%64emo.myshopify.com",
    "",
    "127.0.0.1",
    "[::1]",
    "http://demo.myshopify.com.evil.com",
    "\0demo.myshopify.com",
    "demo..myshopify.com",
    "demo.myshopify.com/../x",
]


@pytest.mark.parametrize("shop", SHOPS, ids=ascii)
def test_a_name_that_is_no_store_goes_nowhere(foreign: tuple[House, ScriptedShopify], shop: str) -> None:
    house, shopify = foreign
    ada, before = house.person("ada"), len(shopify.requests)
    state = parse_qs(urlsplit(begin(ada)).query)["state"][0]
    forged = signed({"shop": shop, "state": state, "timestamp": str(int(time.time())), "code": "c"})
    for answer in (
        ada.get(f"{AUTHORIZE}?{urlencode({'shop': shop})}"),
        ada.post(AUTHORIZE, {"shop": shop}),
        ada.get(f"{CALLBACK}?{forged}"),
        ada.post("/api/auth/shopify/token", {"shop": shop, "access_token": "shpat_invented"}),
    ):
        assert answer.status_code in (400, 403)
        error_of(answer)
    assert stores(ada) == []
    assert len(shopify.requests) == before


def test_a_megabyte_and_a_list_are_no_store(victim: Person) -> None:
    for shop in ("a" * 1_000_000, ["demo"], {"name": "demo"}, 7, None, True):
        answer = victim.post(AUTHORIZE, {"shop": shop})
        assert answer.status_code in (400, 413)
        error_of(answer)


# T6: nowhere else


@pytest.mark.parametrize(
    "target",
    ["//evil.example", "https:evil.example", "/\\evil.example", "%2f%2fevil.example", "javascript:alert(1)", "a\r\nb"],
)
@pytest.mark.parametrize("name", ["return_to", "redirect_uri", "host"])
def test_a_browser_is_sent_to_the_store_or_nowhere(house: House, victim: Person, name: str, target: str) -> None:
    headers = {**HTML, "Host": "evil.example", "X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "gopher"}
    answer = victim.get(f"{AUTHORIZE}?{urlencode({'shop': 'demo', name: target})}", headers=headers)
    assert answer.status_code in (302, 400)
    if answer.status_code == 302:
        location = answer.headers["Location"]
        assert location.startswith(f"{house.shopify.store_url('demo')}/admin/oauth/authorize?")
        assert "evil" not in location
    assert b"evil" not in answer.data


# T28: no page of it is framed, kept or scripted


def test_the_pages_of_a_flow_are_neither_framed_nor_kept(house: House, victim: Person) -> None:
    back = house.decide(begin(victim))
    for path in (f"{AUTHORIZE}?shop=demo", back, back, f"{CALLBACK}?shop=%3Cscript%3Ealert(1)%3C/script%3E"):
        answer = victim.get(path, headers=HTML)
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
        assert b"<script" not in answer.data


# T32: what Shopify's answer must hold


GOOD: dict[str, Any] = {
    "access_token": "shpat_from_a_stranger",
    "scope": "read_products",
    "expires_in": 3600,
    "refresh_token": "shprt_from_a_stranger",
    "refresh_token_expires_in": 7776000,
}
MALFORMED: list[bytes] = [
    *(b"", b"[]", b"{}", b"<html></html>", b"null", b"{", b"\xff\xfe{\x00", b"[" * 100_000),
    *(
        json.dumps({**GOOD, name: value}).encode()
        for name, value in (
            *(("access_token", value) for value in (None, "", 1, [], "a b", "a\nb", "\u00e9")),
            *(("refresh_token", value) for value in (None, "", 1, {})),
            *(("expires_in", value) for value in ("3600", 0, -1, 1e12, True)),
            *(("scope", value) for value in (None, 1, ["read_products"], "<b>")),
        )
    ),
]


@pytest.mark.parametrize("body", MALFORMED, ids=lambda body: repr(body[:60]))
def test_a_malformed_token_answer_connects_nothing(foreign: tuple[House, ScriptedShopify], body: bytes) -> None:
    house, shopify = foreign
    ada = house.person("ada")
    state = parse_qs(urlsplit(begin(ada)).query)["state"][0]
    query = {"shop": "demo.myshopify.com", "state": state, "timestamp": str(int(time.time())), "code": "c"}
    shopify.answers(Reply(body=body, headers={"Content-Type": "application/json"}))
    # What can't be Shopify's is asked for once more; the code has been used by then.
    shopify.always = Reply(status=400, body=b'{"error": "invalid_request"}')
    answer = ada.get(f"{CALLBACK}?{signed(query)}")
    assert answer.status_code in (409, 502)
    error_of(answer)
    assert b"from_a_stranger" not in answer.data
    assert stores(ada) == []
    assert "from_a_stranger" not in house.log.read_text()


def test_a_token_of_another_store_connects_nothing(foreign: tuple[House, ScriptedShopify]) -> None:
    house, shopify = foreign
    ada = house.person("ada")
    state = parse_qs(urlsplit(begin(ada)).query)["state"][0]
    query = {"shop": "demo.myshopify.com", "state": state, "timestamp": str(int(time.time())), "code": "c"}
    about = {
        "id": "gid://shopify/Shop/2", "name": "Outlet", "myshopify_domain": "outlet.myshopify.com",
        "currency_code": "EUR", "iana_timezone": "UTC",
    }  # fmt: skip
    shown = {"data": {"shop": about, "current_app_installation": {"access_scopes": [{"handle": "read_products"}]}}}
    shopify.answers(Reply(body=json.dumps(GOOD).encode()))
    shopify.always = Reply(body=json.dumps(shown).encode(), headers={"Content-Type": "application/json"})
    answer = ada.get(f"{CALLBACK}?{signed(query)}")
    assert answer.status_code == 502
    assert "does not belong to" in error_of(answer)["message"]
    assert stores(ada) == []
