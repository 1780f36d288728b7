"""The dashboard as browsers get it: where, for whom, with which headers; and what is served where it is not built."""

from __future__ import annotations

import time
from urllib.parse import quote

import pytest
from host_door import Door
from toy_dashboard import FILES, INDEX, SCRIPT, Desk, build

APP = "/assets/app-1a2b3c4d.js"
OWN = "http://127.0.0.1:5058"


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    """A host with a dashboard, whose folder holds things that are not to be served, too."""
    extra = {"secret.txt": b"hunter2", "assets/.hidden.js": b"hunter2", "assets/odd-1a2b3c4d.exe": b"hunter2"}
    folder = build(tmp_path_factory.mktemp("built"), {**extra, "assets/a b.js": b"hunter2"})
    (folder / "assets" / "link-1a2b3c4d.js").symlink_to(folder / "secret.txt")
    door = Door(tmp_path_factory.mktemp("host"), [("desk", Desk(folder))])
    yield door
    door.host.close()


@pytest.fixture
def bare(open_host):
    """A host whose plugin has a dashboard that is not built."""
    return open_host([("desk", Desk(None))])


def signed_in(door, link=None):
    """Return a browser with a session, and the answer that began it."""
    browser = door.anonymous()
    answer = browser.get((link or door.host.auth.signin_link("ada")).removeprefix(OWN))
    assert answer.status_code == 303
    return browser, answer


# Where


@pytest.mark.parametrize("path", ["/", "/app", "/app/", "/app/orders/123", "/app/a%2Fb?x=1", "/app/é", "/app/.."])
def test_one_page_is_at_all_addresses_of_the_dashboard(desk, path):
    answer = desk.signed_in().get(path)
    assert (answer.status_code, answer.text) == (200, INDEX)
    assert answer.content_type == "text/html; charset=utf-8"


def test_the_page_that_the_server_makes_is_beside_it(desk):
    page = desk.signed_in().get("/pages")
    assert "Your workflows" in page.text
    assert '<a href="/pages" aria-current="page">ATOM</a>' in page.text
    assert '<a href="/">Dashboard</a>' in page.text


def test_without_a_build_the_page_that_the_server_makes_is_the_start(bare):
    ada = bare.signed_in()
    start, pages = ada.get("/"), ada.get("/pages")
    for page in (start, pages):
        assert page.status_code == 200
        assert "Your workflows" in page.text
        assert "Dashboard" not in page.text
    assert ada.get("/app/orders").status_code == 404
    assert "is not built" in ada.get("/app/orders").text
    assert [ada.get(path).status_code for path in (APP, "/icon.svg")] == [404, 404]
    assert "Set-Cookie" not in bare.anonymous().get("/app/orders").headers


def test_an_answer_on_the_start_page_leads_back_to_it(desk, bare):
    for door, start in ((desk, "/pages"), (bare, "/")):
        browser, _ = signed_in(door)
        page = browser.get("/workflows/none")
        assert page.status_code == 404
        assert f'href="{start}">Back' in page.text


# For whom


@pytest.mark.parametrize("path", ["/", "/pages", "/app", "/app/orders/123"])
def test_who_is_not_signed_in_is_told_so(desk, path):
    answer = desk.anonymous().get(path)
    assert answer.status_code == 401
    assert "Nobody is signed in" in answer.text
    assert "/assets/" not in answer.text
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_session_that_has_ended_gets_the_page_no_more_whatever_the_browser_kept(desk):
    browser, _ = signed_in(desk)
    tag = browser.get("/app/orders").headers["ETag"]
    assert browser.get("/app/orders", headers={"If-None-Match": tag}).status_code == 304
    browser.post("/signout", headers={"Origin": OWN})
    assert browser.get("/app/orders", headers={"If-None-Match": tag}).status_code == 401


def test_the_files_are_for_everybody_and_the_page_is_counted(open_host, tmp_path):
    door = open_host([("desk", Desk(build(tmp_path / "built")))], ATOM_HOST_RATE_LIMIT="2 per hour")
    ada = door.signed_in()
    assert [ada.get("/app/orders").status_code for _ in range(3)] == [200, 200, 429]
    assert [door.anonymous().get(APP).status_code for _ in range(4)] == [200] * 4


# Headers


def test_the_page_may_run_and_load_what_the_host_serves_and_nothing_else(desk):
    headers = desk.signed_in().get("/app/orders").headers
    policy = dict(part.split(" ", 1) for part in headers["Content-Security-Policy"].split("; "))
    assert policy == {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self'",
        "connect-src": "'self'",
        "font-src": "'self'",
        "img-src": "'self' data: https://pictures.example",
        "manifest-src": "'self'",
        "form-action": "'self'",
        "base-uri": "'none'",
        "frame-ancestors": "'none'",
    }
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Cache-Control"] == "private, no-cache"
    assert headers["X-Request-Id"]


@pytest.mark.parametrize(
    ("name", "media"),
    [
        ("app-1a2b3c4d.js", "text/javascript; charset=utf-8"),
        ("app-5e6f7a8b.css", "text/css; charset=utf-8"),
        ("icons/logo-9c8b7a6d.svg", "image/svg+xml"),
        ("letters-0f1e2d3c.woff2", "font/woff2"),
    ],
)
def test_a_file_has_its_type_and_is_kept_for_ever(desk, name, media):
    answer = desk.anonymous().get(f"/assets/{name}")
    assert (answer.status_code, answer.data) == (200, FILES[f"assets/{name}"])
    assert answer.headers.getlist("Content-Type") == [media]
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert "Set-Cookie" not in answer.headers


def test_the_icon_keeps_its_name_and_so_is_asked_for_again(desk):
    answer = desk.anonymous().get("/icon.svg")
    assert (answer.status_code, answer.content_type) == (200, "image/svg+xml")
    assert answer.headers["Cache-Control"] == "public, max-age=3600"


@pytest.mark.parametrize(
    ("accepted", "encoding", "body"),
    [
        ("gzip, deflate, br, zstd", "br", FILES["assets/app-1a2b3c4d.js.br"]),
        ("gzip", "gzip", FILES["assets/app-1a2b3c4d.js.gz"]),
        ("br;q=0, gzip;q=0.5", "gzip", FILES["assets/app-1a2b3c4d.js.gz"]),
        ("*", "br", FILES["assets/app-1a2b3c4d.js.br"]),
        ("identity", None, SCRIPT),
        ("gzip;q=0, br;q=0", None, SCRIPT),
        ("gzip;q=much", None, SCRIPT),
        (";;,,=", None, SCRIPT),
        ("", None, SCRIPT),
        (None, None, SCRIPT),
    ],
)
def test_a_browser_gets_the_encoding_that_it_takes(desk, accepted, encoding, body):
    headers = {} if accepted is None else {"Accept-Encoding": accepted}
    answer = desk.anonymous().get(APP, headers=headers)
    assert (answer.status_code, answer.data) == (200, body)
    assert answer.headers.get("Content-Encoding") == encoding
    assert answer.headers["Vary"] == "Accept-Encoding"
    assert answer.headers["Content-Length"] == str(len(body))
    assert answer.content_type.startswith("text/javascript")


def test_each_encoding_has_its_own_tag_and_a_known_one_is_not_sent_again(desk):
    browser = desk.anonymous()
    tags = set()
    for accepted in ("br", "gzip", "identity"):
        tag = browser.get(APP, headers={"Accept-Encoding": accepted}).headers["ETag"]
        tags.add(tag)
        for known in (tag, f"W/{tag}", f'"other", {tag}', "*"):
            again = browser.get(APP, headers={"Accept-Encoding": accepted, "If-None-Match": known})
            assert (again.status_code, again.data) == (304, b"")
            assert again.headers["ETag"] == tag
            assert "Content-Type" not in again.headers
            assert "immutable" in again.headers["Cache-Control"]
        for odd in ('"other"', "garbage", '"', "," * 2000):
            assert browser.get(APP, headers={"Accept-Encoding": accepted, "If-None-Match": odd}).status_code == 200
    assert len(tags) == 3


@pytest.mark.parametrize("path", [APP, "/", "/app/orders"])
def test_head_tells_what_get_would_send(desk, path):
    ada = desk.signed_in()
    got, told = ada.get(path), ada.head(path)
    assert (told.status_code, told.data) == (200, b"")
    for name in ("Content-Length", "Content-Type", "ETag", "Cache-Control", "Content-Security-Policy"):
        assert told.headers[name] == got.headers[name]


@pytest.mark.parametrize("path", [APP, "/app/orders", "/pages", "/api/session"])
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_nothing_can_be_sent_there(desk, path, method):
    answer = desk.signed_in().open(path, method=method)
    assert answer.status_code == 405
    assert answer.json["error"]["code"] == "METHOD_NOT_ALLOWED"


# Only what the build made


@pytest.mark.parametrize(
    "path",
    [
        "../index.html",
        "../secret.txt",
        "%2e%2e/secret.txt",
        "..%2fsecret.txt",
        "..%5csecret.txt",
        "/etc/passwd",
        "//etc/passwd",
        "app-1a2b3c4d.js/",
        "app-1a2b3c4d.js%00",
        "app-1a2b3c4d.js.gz",
        "APP-1A2B3C4D.JS",
        "icons",
        "icons/",
        "link-1a2b3c4d.js",
        ".hidden.js",
        "odd-1a2b3c4d.exe",
        "a b.js",
        "%ff",
        "x" * 4000,
    ],
)
def test_there_is_no_way_to_other_files(desk, path):
    answer = desk.anonymous().get(f"/assets/{path}")
    assert answer.status_code in (308, 404)
    assert b"hunter2" not in answer.data
    if answer.status_code == 404:
        assert answer.json["error"]["code"] == "NOT_FOUND"


def test_a_build_that_replaces_the_files_takes_nothing_from_a_host_that_runs(open_host, tmp_path):
    folder = build(tmp_path / "built")
    door = open_host([("desk", Desk(folder))])
    for path in sorted(folder.rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    assert door.signed_in().get("/").text == INDEX
    assert door.anonymous().get(APP).data == SCRIPT


BROKEN = {
    "no page": {"index.html": None},
    "cut off": {"assets/app-1a2b3c4d.js": None, "assets/app-1a2b3c4d.js.gz": None, "assets/app-1a2b3c4d.js.br": None},
    "no icon": {"icon.svg": None},
    "too large": {"assets/large-1a2b3c4d.js": b"x" * (64 * 1024 * 1024)},
}


@pytest.mark.parametrize("what", [*BROKEN, "nowhere", "a file", "no path", "raises"])
def test_what_is_no_whole_build_is_not_served_and_the_pages_stay(open_host, tmp_path, caplog, what):
    folder = build(tmp_path / "built", BROKEN.get(what))
    given = {
        "nowhere": tmp_path / "nowhere",
        "a file": folder / "index.html",
        "no path": 7,
        "raises": OSError("the disk is gone"),
    }
    door = open_host([("desk", Desk(given.get(what, folder)))])
    page = door.signed_in().get("/")
    assert page.status_code == 200
    assert "Your workflows" in page.text
    assert "dashboard" in caplog.text
    assert door.host.plugins.refused == []


def test_the_first_plugin_with_a_build_brings_the_dashboard(open_host, weather, tmp_path):
    second = build(tmp_path / "built")
    door = open_host([("weather", weather), ("desk", Desk(second))])
    assert door.signed_in().get("/").text == INDEX


# Coming back after signing in


ADDRESSES = ["/app/orders/123", "/app", "/app/orders?status=open&q=blue%20mug", "/app?x=1", "/app/%C3%A9"]


# Browsers take dot segments out of a path.
OUT = [
    "/app/../signin?token=x",
    "/app/..%2fsignin?token=x",
    "/app/%2e%2e/signin?token=x",
    "/app/orders/.%2E/../signin",
    "/app/..%5csignin",
    "/app/..",
    "/app/./orders",
]


@pytest.mark.parametrize("address", ADDRESSES)
def test_who_signs_in_comes_back_to_where_they_wanted_to_go(desk, address):
    browser = desk.anonymous()
    assert browser.get(address).status_code == 401
    link = desk.host.auth.signin_link("ada").removeprefix(OWN)
    assert browser.get(link).headers["Location"] == address
    other = desk.host.auth.signin_link("ada").removeprefix(OWN)
    again = browser.post("/signin", data={"token": other.partition("token=")[2]}, headers={"Origin": OWN})
    assert again.headers["Location"] == "/"


def test_the_cookie_for_it_is_short_lived_and_sent_to_the_sign_in_page_alone(desk):
    cookie, *parts = desk.anonymous().get("/app/orders").headers["Set-Cookie"].split("; ")
    assert cookie == "atom_return=/app/orders"
    assert {"Max-Age=900", "HttpOnly", "Path=/signin", "SameSite=Lax"} <= set(parts)


@pytest.mark.parametrize(
    "address",
    [
        "https://evil.example/",
        "//evil.example/app/",
        "/\\evil.example",
        "/app/x\r\nSet-Cookie: a=b",
        "/app\\evil",
        "/appendix",
        *OUT,
        "/api/chat",
        "/signin?token=x",
        "javascript:alert(1)",
        "app/orders",
        "/app/é",
        "/app/" + "x" * 501,
        "",
        "%",
    ],
)
def test_a_forged_cookie_leads_nowhere_else(desk, address):
    browser = desk.anonymous()
    browser.set_cookie("atom_return", quote(address), path="/signin")
    answer = browser.get(desk.host.auth.signin_link("ada").removeprefix(OWN))
    assert (answer.status_code, answer.headers["Location"]) == (303, "/")


@pytest.mark.parametrize("address", [*OUT, "/app/" + "x" * 600])
def test_an_address_that_leads_out_of_the_dashboard_or_is_too_long_is_not_kept(desk, address):
    answer = desk.anonymous().get(address)
    assert answer.status_code == 401
    assert "Set-Cookie" not in answer.headers


def test_behind_https_the_cookie_is_kept_to_https(open_host, tmp_path):
    door = open_host([("desk", Desk(build(tmp_path / "built")))], ATOM_HOST_PUBLIC_URL="https://atom.example.com")
    assert "Secure" in door.anonymous().get("/app/orders").headers["Set-Cookie"]


# The session


def test_the_session_says_who_it_is_and_when_it_ends(desk):
    browser, _ = signed_in(desk, desk.host.auth.signin_link("ada", scopes=["atom:operator"]))
    answer = browser.get("/api/session")
    assert answer.status_code == 200
    data = answer.json["data"]
    ends = time.time() + 8 * 3600
    assert (data.pop("expires_at") or "")[:13] in {
        time.strftime("%Y-%m-%dT%H", time.gmtime(moment)) for moment in (ends - 30, ends)
    }
    assert data == {"subject": "ada", "read_only": False, "operator": True, "sign_out": "/signout"}
    assert answer.headers["Cache-Control"] == "no-store"
    browser.post(data["sign_out"], headers={"Sec-Fetch-Site": "same-origin"})
    assert browser.get("/api/session").status_code == 401


def test_a_bearer_token_is_told_the_same_but_has_nothing_to_sign_out(desk):
    data = desk.signed_in("bob", scopes=["atom:read_only"], lifetime=60).get("/api/session").json["data"]
    assert data.pop("expires_at").endswith("+00:00")
    assert data == {"subject": "bob", "read_only": True, "operator": False, "sign_out": None}


def test_a_json_web_token_has_no_end_that_the_host_knows(open_host):
    import jwt

    secret = "Zk3vJ9wq-T7mXr2bN8yLd5sHc1fGp6aV0eUi4oQxR"
    token = jwt.encode({"user_id": "ada", "exp": time.time() + 60}, secret, "HS256")
    door = open_host([], ATOM_JWT_SECRET=secret)
    answer = door.anonymous().get("/api/session", headers={"Authorization": f"Bearer {token}"})
    assert (answer.json["data"]["subject"], answer.json["data"]["expires_at"]) == ("ada", None)


def test_nobody_has_a_session_and_it_takes_no_parameters(desk):
    nobody = desk.anonymous().get("/api/session")
    assert (nobody.status_code, nobody.json["error"]["code"]) == (401, "AUTH_ERROR")
    assert desk.signed_in().get("/api/session?token=x").status_code == 400


@pytest.mark.parametrize("path", ["/api/chat", "/api/workflows/validate", "/signout", "/approvals/a"])
@pytest.mark.parametrize(
    "headers",
    [{}, {"Origin": "http://evil.example"}, {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}],
)
def test_a_page_elsewhere_changes_nothing_by_the_session_of_the_dashboard(desk, path, headers):
    browser, _ = signed_in(desk)
    assert browser.post(path, json={"message": "x"}, headers=headers).status_code in (401, 403)
    assert browser.get("/api/session").status_code == 200
