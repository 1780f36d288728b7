"""How Shopify signs what it sends through a browser, and how it exchanges ID tokens for access tokens."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from facts import Fact, each
from shopify import session_token

from atom_shopify_plugin.sandbox.pytest_plugin import ShopifySandbox

SHOP = "demo.myshopify.com"
ASK = {"client_id": "sandbox-key", "scope": "write_products", "redirect_uri": "http://127.0.0.1:1/back", "state": "n1"}
EXCHANGE = {
    "client_id": "sandbox-key",
    "client_secret": "sandbox-secret",
    "grant_type": "urn:ietf:params:oauth:grant-type:token-exchange",
    "subject_token_type": "urn:ietf:params:oauth:token-type:id_token",
}
OFFLINE = "urn:shopify:params:oauth:token-type:offline-access-token"
ONLINE = "urn:shopify:params:oauth:token-type:online-access-token"
INVALID = {
    "error": "invalid_subject_token",
    "error_description": "Token exchange cannot be performed due to an invalid subject token.",
}


@pytest.fixture
def web(shopify_sandbox: ShopifySandbox) -> Web:
    return Web(shopify_sandbox)


class Web:
    """A browser of a merchant and the server of an app."""

    def __init__(self, shopify: ShopifySandbox) -> None:
        self.shopify = shopify
        self.session = shopify.session()

    def control(self, path: str, body: Mapping[str, Any], status: int = 200) -> dict[str, Any]:
        reply = self.session.post(f"https://{SHOP}/__sandbox__/{path}", json=dict(body))
        assert reply.status_code == status, reply.text
        answer: dict[str, Any] = reply.json()
        return answer

    def redirect(self, decision: str) -> str:
        """Press a button of the consent screen; return where it leads."""
        address = f"https://{SHOP}/admin/oauth/authorize"
        reply = self.session.post(address, data={**ASK, "decision": decision}, allow_redirects=False)
        return reply.headers["Location"]

    def exchange(self, **fields: str) -> tuple[int, dict[str, Any]]:
        reply = self.session.post(f"https://{SHOP}/admin/oauth/access_token", json={**EXCHANGE, **fields})
        return reply.status_code, reply.json()

    def works(self, token: str) -> bool:
        return "data" in self.shopify.graphql("{ shop { id } }", token=token)


# -- what is sent through a browser is signed in the order in which it comes, which is alphabetical

WAYS = {
    "a grant": lambda web: web.redirect("install"),
    "a denial": lambda web: web.redirect("cancel"),
    "an install request": lambda web: web.control("install", {"shop": "demo"})["url"],
    "an embedded app that is opened": lambda web: web.control("stores/demo/id-token", {})["url"],
}


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_parameters_come_in_alphabetical_order_and_are_signed_so(web: Web, way: Any) -> None:
    query = urlsplit(way(web)).query
    names = [name for name, _ in parse_qsl(query)]
    assert names == sorted(names)
    assert {"host", "shop", "timestamp", "hmac"} <= set(names)
    as_it_came = "&".join(pair for pair in query.split("&") if not pair.startswith("hmac="))
    digest = hmac.new(b"sandbox-secret", as_it_came.encode(), hashlib.sha256).hexdigest()
    assert dict(parse_qsl(query))["hmac"] == digest


# -- ID tokens


@dataclass(frozen=True)
class Exchange:
    """One exchange of an ID token: what the token and the request say, and what Shopify answers."""

    what: str
    claims: Mapping[str, Any] = field(default_factory=dict)  # what differs from good ones; a number counts from now
    fields: Mapping[str, str] = field(default_factory=dict)
    secret: str = "sandbox-secret"
    algorithm: str = "HS256"
    status: int = 400
    answer: Mapping[str, Any] | None = field(default_factory=lambda: INVALID)


REFUSED = [
    Exchange("no token at all", fields={"subject_token": ""}),
    Exchange("an access token", fields={"subject_token": "shpat_" + "0" * 32}),
    Exchange("another secret", secret="another"),
    Exchange("another algorithm", algorithm="none"),
    Exchange("another app", {"aud": "another-key"}),
    Exchange("another store", {"dest": "https://outlet.myshopify.com", "iss": "https://outlet.myshopify.com/admin"}),
    Exchange("over for more than ten seconds", {"exp": -11}),
    Exchange("begins in more than ten seconds", {"nbf": 11}),
    Exchange("no time", {"exp": None}),
    Exchange("no user", {"sub": None}),
    Exchange("a user without a number", {"sub": "me"}),
    Exchange("an unknown kind of access token", fields={"requested_token_type": "urn:x"}, answer=None),
    Exchange("an unknown kind of subject", fields={"subject_token_type": "urn:x"}, answer=None),
]


@pytest.mark.parametrize("exchange", REFUSED, ids=[exchange.what for exchange in REFUSED])
def test_what_is_no_good_id_token_is_refused(web: Web, exchange: Exchange) -> None:
    web.control("stores/demo/id-token", {})  # the app is installed
    fields = {"requested_token_type": OFFLINE, "subject_token": made(web, exchange), **exchange.fields}
    status, answer = web.exchange(**fields)
    assert status == exchange.status
    assert answer == (exchange.answer or {**answer, "error": "invalid_request"})


GRANTED = [
    Exchange("as the sandbox makes them"),
    Exchange("over for less than ten seconds", {"exp": -9}),
    Exchange("begins in less than ten seconds", {"nbf": 9}),
]


@pytest.mark.parametrize("exchange", GRANTED, ids=[exchange.what for exchange in GRANTED])
def test_an_offline_token_is_granted_for_an_id_token(web: Web, exchange: Exchange) -> None:
    web.control("stores/demo/id-token", {})
    subject = made(web, exchange)
    status, answer = web.exchange(subject_token=subject, requested_token_type=OFFLINE, expiring="1")
    assert status == 200
    assert answer.keys() == {"access_token", "expires_in", "refresh_token", "refresh_token_expires_in", "scope"}
    assert (answer["expires_in"], answer["refresh_token_expires_in"]) == (3600, 7776000)
    assert web.works(answer["access_token"])
    status, lasting = web.exchange(subject_token=subject, requested_token_type=OFFLINE)
    assert lasting.keys() == {"access_token", "scope"}
    assert not web.works(answer["access_token"])  # there is one expiring offline token per app and store


def test_an_online_token_is_that_of_the_user_in_the_id_token(web: Web) -> None:
    subject = web.control("stores/demo/id-token", {"user": 4711})["id_token"]
    status, answer = web.exchange(subject_token=subject, requested_token_type=ONLINE)
    assert status == 200
    assert (answer["associated_user"]["id"], answer["expires_in"]) == (4711, 86399)
    assert answer["associated_user_scope"] == answer["scope"]
    assert "refresh_token" not in answer
    assert web.works(answer["access_token"])


def test_an_app_that_was_removed_gets_no_token(web: Web) -> None:
    subject = web.control("stores/demo/id-token", {})["id_token"]
    web.control("stores/demo/uninstall", {})
    gone = {"error": "app_not_installed", "error_description": "The application is not installed on this shop."}
    assert web.exchange(subject_token=subject, requested_token_type=OFFLINE) == (400, gone)


def test_an_id_token_lives_a_minute_of_the_sandboxs_clock(web: Web) -> None:
    subject = web.control("stores/demo/id-token", {})["id_token"]
    web.control("clock", {"move": 71})
    assert web.exchange(subject_token=subject, requested_token_type=OFFLINE) == (400, INVALID)
    subject = web.control("stores/demo/id-token", {"life": 600})["id_token"]
    web.control("clock", {"move": 599})
    assert web.exchange(subject_token=subject, requested_token_type=OFFLINE)[0] == 200


def test_shopifys_library_reads_the_id_token(web: Web) -> None:
    secret = "shpss_" + "0" * 32
    web.control("app", {"client_secret": secret})
    token = web.control("stores/demo/id-token", {"user": 12})["id_token"]
    claims = session_token.decode_from_header(f"Bearer {token}", "sandbox-key", secret)
    assert claims.keys() == {"iss", "dest", "aud", "sub", "exp", "nbf", "iat", "jti", "sid"}
    assert (claims["iss"], claims["dest"]) == (f"https://{SHOP}/admin", f"https://{SHOP}")
    assert (claims["aud"], claims["sub"], claims["exp"] - claims["nbf"]) == ("sandbox-key", "12", 60)


@pytest.mark.parametrize("body", [{"user": 0}, {"user": "12"}, {"life": -1}, {"life": True}, {"name": 1}])
def test_a_wrong_request_for_an_id_token_says_what_is_wrong(web: Web, body: dict[str, Any]) -> None:
    assert next(iter(body)) in web.control("stores/demo/id-token", body, status=400)["error"]


def test_after_a_rotation_id_tokens_of_both_secrets_are_good(web: Web) -> None:
    web.control("stores/demo/id-token", {})
    old = made(web, Exchange("old"))
    web.control("app", {"client_secret": "newer"})
    new = made(web, Exchange("new", secret="newer"))
    for subject in (old, new):
        assert web.exchange(subject_token=subject, requested_token_type=ONLINE)[0] == 200


def made(web: Web, exchange: Exchange) -> str:
    """Make the ID token that an exchange is about."""
    now = int(web.shopify.now().timestamp())
    good = {"iss": f"https://{SHOP}/admin", "dest": f"https://{SHOP}", "aud": "sandbox-key", "sub": "1", "jti": "j"}
    claims = {**good, "nbf": 0, "iat": 0, "exp": 60, **exchange.claims}
    claims = {name: now + value if isinstance(value, int) else value for name, value in claims.items()}
    claims = {name: value for name, value in claims.items() if value is not None}
    signed = f"{part({'alg': exchange.algorithm, 'typ': 'JWT'})}.{part(claims)}"
    digest = hmac.new(exchange.secret.encode(), signed.encode(), hashlib.sha256).digest()
    return f"{signed}.{base64.urlsafe_b64encode(digest).decode().rstrip('=')}"


def part(content: Mapping[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")


test_facts = each(
    [
        Fact(
            "an installation lists the scopes that were asked for, then the reads that they imply",
            "{ currentAppInstallation { accessScopes { handle } } }",
            scopes=["write_products", "read_locations", "write_customers"],
            data={
                "currentAppInstallation": {
                    "accessScopes": [
                        {"handle": scope}
                        for scope in (
                            "read_locations",
                            "write_customers",
                            "write_products",
                            "read_customers",
                            "read_products",
                        )
                    ]
                }
            },
        )
    ]
)
