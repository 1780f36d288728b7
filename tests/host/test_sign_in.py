"""Who may come in: bearer tokens, one-time links and sessions, ATOM's JSON Web Tokens; and who may not."""

from __future__ import annotations

import base64
import json
import re
import sqlite3
import threading
import time

import jwt
import pytest

from atom_shopify_plugin.host.app import create_app
from atom_shopify_plugin.host.config import HostMisconfigured

SECRET = "Zk3vJ9wq-T7mXr2bN8yLd5sHc1fGp6aV0eUi4oQxR"
OTHER = "q8Wz1nB5tYk7mJ3xV9cD2fG6hL4pS0aR-eUiOwEtNyQ"


def who(door, token, scheme="Bearer"):
    return door.anonymous().get("/api/weather/today", headers={"Authorization": f"{scheme} {token}"})


@pytest.fixture
def jwt_door(open_host, weather):
    return open_host([("weather", weather)], ATOM_JWT_SECRET=SECRET)


def claims(**changes):
    return {"user_id": "ada", "email": "ada@example.com", "exp": time.time() + 600, **changes}


def unsigned(header, body):
    parts = [base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in (header, body)]
    return ".".join([*parts, ""])


def test_a_bearer_token_signs_its_subject_in(door):
    assert who(door, door.host.auth.issue("ada")).json["data"]["for"] == "ada"


@pytest.mark.parametrize("scheme", ["bearer", "BEARER"])
def test_the_schemes_case_does_not_matter(door, scheme):
    assert who(door, door.host.auth.issue("ada"), scheme).status_code == 200


def test_an_expired_token_is_refused(door):
    assert who(door, door.host.auth.issue("ada", lifetime=-1)).status_code == 401


def test_an_ended_token_is_refused(door):
    token = door.host.auth.issue("ada")
    door.host.auth.end(token)
    assert who(door, token).status_code == 401


@pytest.mark.parametrize(
    "token", ["", "atom_", "atom_" + "x" * 43, "atom_" + "x" * 10_000, "a.b.c", "..", "ada", "ätom"]
)
def test_a_made_up_token_is_refused(jwt_door, token):
    headers = {"Authorization": f"Bearer {token}".encode().decode("latin-1")}
    assert jwt_door.anonymous().get("/api/weather/today", headers=headers).status_code == 401


def test_basic_credentials_are_refused(door):
    assert who(door, door.host.auth.issue("ada"), "Basic").status_code == 401


def test_a_refusal_says_how_to_come_in(client):
    answer = client.post("/api/chat", json={"message": "weather"})
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert answer.json["error"]["code"] == "AUTH_ERROR"
    assert "sign-in link" in answer.json["error"]["message"]


def test_the_storage_holds_no_token(door):
    token = door.host.auth.issue("ada")
    who(door, token)
    rows = sqlite3.connect(door.host.store.path)
    try:
        dump = "\n".join(rows.iterdump())
    finally:
        rows.close()
    assert "ada" in dump
    assert token not in dump
    assert token.removeprefix("atom_") not in dump


def test_expired_rows_are_forgotten(door):
    door.host.auth.issue("old", lifetime=-1)
    door.host.auth.issue("new")
    door.host.auth.forget_expired()
    assert door.host.store.run("SELECT subject FROM host_tokens") == [("new",)]


# JSON Web Tokens


@pytest.mark.parametrize("changes", [{}, {"user_id": "ada", "sub": "eve"}])
def test_atoms_token_signs_its_user_in(jwt_door, changes):
    assert who(jwt_door, jwt.encode(claims(**changes), SECRET, "HS256")).json["data"]["for"] == "ada"


def test_a_standard_subject_counts_too(jwt_door):
    token = jwt.encode({"sub": "bob", "exp": time.time() + 60}, SECRET, "HS256")
    assert who(jwt_door, token).json["data"]["for"] == "bob"


@pytest.mark.parametrize(
    "token",
    [
        jwt.encode(claims(exp=time.time() - 1), SECRET, "HS256"),
        jwt.encode({"user_id": "ada"}, SECRET, "HS256"),
        jwt.encode({"exp": time.time() + 60}, SECRET, "HS256"),
        jwt.encode(claims(user_id=7), SECRET, "HS256"),
        jwt.encode(claims(user_id=""), SECRET, "HS256"),
        jwt.encode(claims(user_id=["ada"]), SECRET, "HS256"),
        jwt.encode(claims(user_id="\ud800"), SECRET, "HS256"),
        jwt.encode(claims(user_id="ada\x00"), SECRET, "HS256"),
        jwt.encode(claims(user_id="ada\n"), SECRET, "HS256"),
        jwt.encode(claims(user_id="a" * 201), SECRET, "HS256"),
        jwt.encode(claims(exp=float("inf")), SECRET, "HS256"),
        jwt.encode(claims(iat=float("inf")), SECRET, "HS256"),
        jwt.encode(claims(iat=float("nan")), SECRET, "HS256"),
        jwt.encode(claims(iat=-(10**400)), SECRET, "HS256"),
        jwt.encode(claims(nbf=time.time() + 600), SECRET, "HS256"),
        jwt.encode(claims(), OTHER, "HS256"),
        jwt.encode(claims(), SECRET * 2, "HS512"),
        unsigned({"alg": "none", "typ": "JWT"}, claims()),
        unsigned({"alg": "None"}, claims()),
        unsigned({"alg": "HS256"}, claims()),
        jwt.encode(claims(), SECRET, "HS256")[:-4] + "AAAA",
        jwt.encode(claims(pad="x" * 9000), SECRET, "HS256"),
    ],
    ids=[
        "expired",
        "no expiry",
        "nobody",
        "user is a number",
        "user is empty",
        "user is a list",
        "user is half a character",
        "user holds NUL",
        "user holds a line",
        "user is long",
        "never expires",
        "issued at infinity",
        "issued at no time",
        "issued long ago",
        "not yet",
        "another secret",
        "another algorithm",
        "alg none",
        "alg None",
        "no signature",
        "bent signature",
        "huge",
    ],
)
def test_a_json_web_token_that_proves_nothing_is_refused(jwt_door, token):
    assert who(jwt_door, token).status_code == 401


def test_without_a_secret_no_json_web_token_counts(door):
    assert who(door, jwt.encode(claims(), SECRET, "HS256")).status_code == 401


@pytest.mark.parametrize("name", ["ATOM_JWT_SECRET", "JWT_SECRET"])
@pytest.mark.parametrize(
    "secret",
    [
        "secret",
        "change-me",
        "your-jwt-secret-key-change-in-production",
        "atom-secret-key-change-in-production",
        "your-super-secret-jwt-key-that-is-long-enough",
        "a" * 64,
        "0123456789" * 3,
    ],
)
def test_a_secret_that_anybody_knows_is_refused_at_start(tmp_path, name, secret):
    with pytest.raises(HostMisconfigured, match=name):
        create_app({"ATOM_HOST_DATA_DIR": str(tmp_path), name: secret}, [])


def test_the_refusal_does_not_repeat_the_secret(tmp_path):
    with pytest.raises(HostMisconfigured) as refusal:
        create_app({"ATOM_HOST_DATA_DIR": str(tmp_path), "JWT_SECRET": "hunter2hunter2"}, [])
    assert "hunter2" not in str(refusal.value)


@pytest.mark.parametrize(
    "url", ["atom.example.com", "ftp://atom.example.com", "https://atom.example.com/?a=b", "https://", "http://a:b"]
)
def test_a_public_address_that_is_none_is_refused_at_start(tmp_path, url):
    with pytest.raises(HostMisconfigured, match="ATOM_HOST_PUBLIC_URL"):
        create_app({"ATOM_HOST_DATA_DIR": str(tmp_path), "ATOM_HOST_PUBLIC_URL": url}, [])


# Links and sessions


def path_of(link):
    return link.removeprefix("http://127.0.0.1:5058")


def test_a_link_signs_in_once(door):
    link = path_of(door.host.auth.signin_link("ada"))
    browser = door.anonymous()
    answer = browser.get(link)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/")
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert browser.get("/api/weather/today").json["data"]["for"] == "ada"
    again = door.anonymous().get(link)
    assert again.status_code == 400
    assert "Set-Cookie" not in again.headers


def test_looking_at_a_link_does_not_use_it_up(door):
    link = path_of(door.host.auth.signin_link("ada"))
    assert door.anonymous().head(link).status_code == 204
    assert door.anonymous().get(link).status_code == 303


def test_sixteen_clicks_at_once_make_one_session(door):
    link = path_of(door.host.auth.signin_link("ada"))
    codes = []
    threads = [threading.Thread(target=lambda: codes.append(door.anonymous().get(link).status_code)) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(codes) == [303] + [400] * 15


def test_an_expired_link_and_a_made_up_one_sign_nobody_in(door):
    link = path_of(door.host.auth.signin_link("ada"))
    door.host.store.run("UPDATE host_tokens SET expires_at = 0")
    assert door.anonymous().get(link).status_code == 400
    assert door.anonymous().get("/signin?token=atom_x").status_code == 400
    assert door.anonymous().get("/signin").status_code == 400


def test_a_link_is_no_bearer_token_and_a_bearer_token_no_link_or_cookie(door):
    token = door.host.auth.signin_link("ada").partition("token=")[2]
    assert who(door, token).status_code == 401
    bearer = door.host.auth.issue("ada")
    assert door.anonymous().get(f"/signin?token={bearer}").status_code == 400
    assert who(door, bearer).status_code == 200
    browser = door.anonymous()
    browser.set_cookie("atom_session", bearer)
    assert browser.get("/api/weather/today").status_code == 401


ELSEWHERE = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
OWN = "http://127.0.0.1:5058"


def signed_in_as(browser):
    return browser.get("/api/weather/today").json.get("data", {}).get("for")


def form_of(page):
    assert page.status_code == 200
    assert "Set-Cookie" not in page.headers
    token = re.search(r'name="token" value="([^"]+)"', page.text)[1]
    return {"token": token}


@pytest.mark.parametrize("headers", [ELSEWHERE, {"Sec-Fetch-Site": "same-site"}, {"Sec-Fetch-Site": "none"}, {}])
def test_a_link_takes_no_session_s_place_without_a_yes(door, browser, headers, client):
    link = path_of(door.host.auth.signin_link("eve"))
    page = browser.get(link, headers=headers)
    assert "signed in as ada" in page.text
    assert "Sign in as eve" in page.text
    form = form_of(page)
    assert signed_in_as(browser) == "ada"
    before = browser.get_cookie("atom_session").value
    yes = browser.post("/signin", data=form, headers={"Sec-Fetch-Site": "same-origin", "Origin": OWN})
    assert yes.status_code == 303
    assert signed_in_as(browser) == "eve"
    client.set_cookie("atom_session", before)
    assert signed_in_as(client) is None


def test_a_page_elsewhere_signs_nobody_in_without_a_yes(door, client):
    form = form_of(client.get(path_of(door.host.auth.signin_link("eve")), headers=ELSEWHERE))
    assert signed_in_as(client) is None
    assert client.post("/signin", data=form, headers={"Origin": OWN}).status_code == 303
    assert signed_in_as(client) == "eve"


@pytest.mark.parametrize(
    "headers", [{}, {"Origin": "http://evil.example"}, ELSEWHERE, {"Origin": "null"}, {"Sec-Fetch-Site": "none"}]
)
def test_the_yes_comes_from_the_hosts_own_page(door, browser, headers):
    token = path_of(door.host.auth.signin_link("eve")).partition("token=")[2]
    assert browser.post("/signin", data={"token": token}, headers=headers).status_code == 403
    assert signed_in_as(browser) == "ada"


def test_a_yes_to_a_link_that_ended_leaves_the_session(door, browser):
    for token in ("", "atom_x", "\ud800".encode("utf-8", "surrogatepass"), "x" * 9000):
        answer = browser.post("/signin", data={"token": token}, headers={"Origin": OWN})
        assert answer.status_code == 400
    assert signed_in_as(browser) == "ada"


def test_the_question_trusts_no_markup(door, browser):
    page = browser.get(path_of(door.host.auth.signin_link("<b>eve</b>")))
    assert "<b>eve" not in page.text
    assert "frame-ancestors 'none'" in page.headers["Content-Security-Policy"]


@pytest.mark.parametrize("subject", ["", "  ", "a\nb", "\ud800", "a" * 201, "\x1b[2J"])
def test_no_token_is_made_for_a_name_that_can_not_be_stored(door, subject):
    with pytest.raises(ValueError, match="needs a subject"):
        door.host.auth.issue(subject)


@pytest.fixture
def browser(door):
    browser = door.anonymous()
    browser.get(path_of(door.host.auth.signin_link("ada")))
    return browser


@pytest.mark.parametrize(
    ("headers", "allowed"),
    [
        ({"Origin": OWN}, True),
        ({"Sec-Fetch-Site": "same-origin"}, True),
        ({}, False),
        ({"Origin": "http://evil.example"}, False),
        ({"Origin": "null"}, False),
        ({"Origin": "null", "Sec-Fetch-Site": "same-origin"}, True),
        ({"Origin": "null", "Sec-Fetch-Site": "cross-site"}, False),
        ({"Origin": "http://evil.example", "Sec-Fetch-Site": "same-origin"}, False),
        ({"Origin": "http://127.0.0.1:5059", "Sec-Fetch-Site": "same-site"}, False),
        ({"Origin": f"{OWN}.evil.example"}, False),
        ({"Sec-Fetch-Site": "cross-site"}, False),
        ({"Sec-Fetch-Site": "none"}, False),
    ],
)
def test_a_cookie_writes_only_from_the_hosts_own_pages(browser, headers, allowed):
    answer = browser.post("/api/chat", json={"message": "weather"}, headers=headers)
    assert answer.status_code == (200 if allowed else 401)


def test_a_bad_authorization_header_is_not_rescued_by_a_cookie(browser):
    assert browser.get("/api/weather/today", headers={"Authorization": "Bearer atom_x"}).status_code == 401


def test_signing_out_ends_the_session_everywhere(browser, client):
    cookie = browser.get_cookie("atom_session").value
    assert browser.post("/signout", headers={"Origin": "http://evil.example"}).status_code == 403
    assert browser.post("/signout", headers={"Origin": OWN}).status_code == 303
    client.set_cookie("atom_session", cookie)
    assert client.get("/api/weather/today").status_code == 401


def test_behind_https_the_cookie_is_kept_to_https(open_host):
    door = open_host([], ATOM_HOST_PUBLIC_URL="https://atom.example.com")
    link = door.host.auth.signin_link("ada")
    assert link.startswith("https://atom.example.com/signin?token=")
    cookie = door.anonymous().get(link.removeprefix("https://atom.example.com")).headers["Set-Cookie"]
    assert cookie.startswith("__Host-atom_session=")
    assert "Secure" in cookie
    assert "Path=/" in cookie


def test_the_home_page_greets_by_name_and_trusts_no_markup(door):
    assert door.anonymous().get("/").status_code == 401
    browser = door.anonymous()
    browser.get(path_of(door.host.auth.signin_link("<b>ada</b>")))
    page = browser.get("/")
    assert "&lt;b&gt;ada" in page.get_data(as_text=True)
    policy = page.headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in policy
    assert "unsafe-inline" not in policy


@pytest.mark.parametrize("path", ["/", "/healthz", "/signin", "/api/services", "/api/weather/today", "/nothing"])
def test_no_page_can_be_framed_sniffed_or_cached(ada, path):
    headers = ada.get(path).headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert headers["Cache-Control"] == "no-store"
    assert headers["X-Request-Id"]
