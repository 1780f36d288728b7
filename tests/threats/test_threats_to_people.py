"""Attacks of one person on another, and on what is written down, over real sockets and on all routes."""

from __future__ import annotations

import re
import secrets
from pathlib import Path
from urllib.parse import quote, urlencode

import pytest
from house import STORES, Answer, House, Person
from served import LIVE
from webhost import error_of
from webrows import OPEN_ROWS, ROWS, Row

ALL_ROWS = [*ROWS, *OPEN_ROWS]
LISTS = ["/api/shopify/products", "/api/shopify/orders", "/api/shopify/customers"]


def send(person: Person, row: Row, **options: object) -> Answer:
    return person.send(row.method, row.path, json=row.body, **options)  # type: ignore[arg-type]  # headers alone


# T17: whose it is


def test_nobody_gets_anything_anywhere(house: House) -> None:
    strangers = {
        "nobody": Person(house.server.port),
        "an invented token": Person(house.server.port, "atom_" + "A" * 43),
        "a token of Shopify": Person(house.server.port, "shpat_0123456789abcdef0123456789abcdef"),
        "a cookie": Person(house.server.port, cookies={"atom_session": "A" * 43}),
        "a name in a header": Person(house.server.port, cookies={"user_id": "ada"}),
    }
    before = house.asked()
    for what, person in strangers.items():
        for name, row in ROWS:
            answer = send(person, row, headers={"X-User-Id": "ada", "X-Forwarded-User": "ada"})
            assert (what, name, answer.status_code) == (what, name, 401)
            error_of(answer)
    assert house.asked() == before


def test_a_store_of_somebody_else_is_not_there(house: House, mallory: Person) -> None:
    before = house.asked()
    for name, row in ROWS:
        answer = send(mallory, row)
        assert (name, answer.status_code) == (name, row.stranger)
        if row.stranger == 404:
            assert error_of(answer)["message"] == "None of your stores has that name."
    # An invented token is shown to Shopify, which refuses it; nothing else goes out.
    assert house.asked() - before <= 1


def test_another_s_name_is_refused_everywhere(mallory: Person) -> None:
    for name, row in ROWS:
        mark = "&" if "?" in row.path else "?"
        answer = mallory.send(row.method, f"{row.path}{mark}user_id=ada", json=row.body)
        assert (name, answer.status_code) == (name, 403)


def test_ids_of_another_s_deliveries_jobs_and_runs_are_not_there(house: House, mallory: Person) -> None:
    assert house.deliver("carts/update", b'{"id": 1}').status_code == 200
    (row, *_) = house.rows()
    for path in (
        f"/api/shopify/enhanced/webhooks/deliveries/{row.id}/replay",
        f"/api/shopify/enhanced/webhooks/deliveries/{row.id}/discard",
        f"/api/shopify/compliance/{row.id}",
        f"/api/workflows/{row.id}",
        f"/api/workflows/runs/{row.id}",
    ):
        method = "POST" if path.endswith(("replay", "discard")) else "GET"
        assert (path, mallory.send(method, path).status_code) in ((path, 404), (path, 401))
    kept = next(found for found in house.rows() if found.id == row.id)
    assert kept.state in ("pending", "running", "done")


# T15, T16 and T19: what is typed in is a value, never syntax

WORDS = [
    "x OR status:any",
    "\" OR tag:'",
    "a\\",
    "-vendor:x",
    "title:*",
    "(a) AND NOT (b)",
    "line\nbreak",
    "'; DROP TABLE shopify_jobs; --",
    "%' OR 1=1 --",
    "\u202egnp.exe",
    "{{7*7}}${7*7}",
    "\u0000",
    "A" * 3_000,
]


@pytest.mark.parametrize("word", WORDS, ids=lambda word: ascii(word[:20]))
def test_a_filter_finds_what_it_names_and_nothing_else(ada: Person, word: str) -> None:
    for path, name in zip(LISTS, ("title", "name", "email"), strict=True):
        answer = ada.get(f"{path}?{urlencode({name: word, 'shop': 'demo'})}")
        assert answer.status_code in (200, 400)
        if answer.status_code == 200:
            assert answer.json["data"]["items"] == []
        else:
            error_of(answer)


@pytest.mark.parametrize(
    "query",
    [
        *(f"limit={limit}" for limit in ("0", "251", "-1", "1e3", "nan", "%D9%A1", "1;2", "9" * 400)),
        *(f"cursor={quote(cursor)}" for cursor in ("x", "' OR 1", "eyJhIjoxfQ==", "A" * 3_000, "\0")),
        *("first=9999999", "fields=__schema", "shop=demo&shop=outlet", "shop=demo;outlet"),
        *("sort=created_at;drop", "sort=1", "order=(select+1)", "page=2", "limit=1&limit=2"),
    ],
)
def test_a_parameter_that_makes_no_sense_is_refused(ada: Person, query: str) -> None:
    for path in LISTS:
        answer = ada.get(f"{path}?{query}")
        assert (path, answer.status_code) in ((path, 400), (path, 404))
        error_of(answer)


@pytest.mark.parametrize(
    "resource_id",
    [
        *("gid://shopify/Order/1", "gid://shopify/Product/1/../2", "gid://evil/Product/1", "1 OR 1", "0x1", "-1"),
        *("\u0661", "9" * 60, "1%00", "..%2f..%2fshop", "{id}", "[1]"),
    ],
)
def test_an_id_of_another_kind_is_none(ada: Person, resource_id: str) -> None:
    answer = ada.get(f"/api/shopify/products/{quote(resource_id, safe='%')}?shop=demo")
    assert answer.status_code in (400, 404)
    error_of(answer)


def test_a_cursor_belongs_to_its_list(ada: Person) -> None:
    cursor = ada.get("/api/shopify/products?limit=1&shop=demo").json["page"]["next"]
    assert cursor
    for path in ("/api/shopify/orders?shop=demo", "/api/shopify/products?shop=outlet", "/api/shopify/products?title=x"):
        mark = f"{path}&cursor={quote(cursor)}"
        answer = ada.get(mark)
        assert (mark, answer.status_code) == (mark, 400)


# T27 and T28: what a browser makes of it


def test_every_answer_of_every_route_has_the_headers_and_no_500(house: House, ada: Person, mallory: Person) -> None:
    for person in (house.person(None), mallory):
        for name, row in ALL_ROWS:
            for method in (row.method, "HEAD", "OPTIONS", "PATCH", "TRACE"):
                answer = person.send(method, row.path, json=row.body if method == row.method else None)
                assert answer.status_code < 500, (name, method)
                assert answer.headers["Cache-Control"] == "no-store", (name, method)
                assert answer.headers["X-Content-Type-Options"] == "nosniff", (name, method)
                assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"], (name, method)
                assert "Access-Control-Allow-Origin" not in answer.headers, (name, method)


def test_markup_stays_text(ada: Person) -> None:
    title = f"<script>alert({secrets.randbelow(10**6)})</script>=cmd|' /C calc'!A1"
    made = ada.post("/api/shopify/products?shop=demo", {"title": title})
    assert made.status_code == 201
    found = ada.get(f"/api/shopify/products?shop=demo&{urlencode({'title': title})}", headers={"Accept": "text/html"})
    assert found.headers["Content-Type"].startswith("application/json")
    assert [item["title"] for item in found.json["data"]["items"]] == [title]


def test_a_write_with_a_cookie_comes_from_our_own_pages_only(house: House, ada: Person) -> None:
    for headers in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "null"}, {}):
        browser = Person(house.server.port, cookies={"atom_session": ada.token or ""})
        answer = browser.send("PUT", f"{STORES}/demo.myshopify.com/default", headers=headers)
        assert answer.status_code in (401, 403)


# T31: what everybody may see


def test_what_is_open_names_no_store_and_no_version(house: House) -> None:
    nobody = house.person(None)
    live = nobody.get(LIVE)
    metrics = nobody.get("/metrics")
    assert (live.status_code, metrics.status_code) == (200, 200)
    for answer in (live, metrics, nobody.get("/healthz"), nobody.get("/api/shopify/health")):
        text = answer.data.decode() + str(answer.headers)
        for word in ("demo", "outlet", "myshopify", "Werkzeug", "Python/", "sqlite", "sandbox-key"):
            assert word not in text.replace("demo_", ""), word


# T18: what is written down


def test_no_secret_stands_in_any_file_or_answer(house: House, ada: Person) -> None:
    """Runs last in this file, so that the log has seen all of the attacks above."""
    answers = b"".join(
        ada.get(path).data for path in (STORES, "/api/shopify/audit", "/api/shopify/health/tokens", "/metrics")
    )
    house.worked_off()
    marks = [
        rb"shp(at|rt|ua)_[0-9a-f]{8,}",
        rb"sandbox-secret",
        rb"the-secret-before",
        re.escape((ada.token or "-").encode()),
    ]
    for file in [house.log, *_files(house)]:
        content = file.read_bytes()
        for mark in marks:
            assert re.search(mark, content) is None, (file, mark)
        assert b"ada@example.com" not in content, file
    for mark in marks:
        assert re.search(mark, answers) is None
    assert "Traceback" not in house.log.read_text()


def _files(house: House) -> list[Path]:
    return [file for file in house.log.parent.rglob("*") if file.is_file()]
