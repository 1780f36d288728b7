"""The OAuth calls against a scripted Shopify."""

from __future__ import annotations

import gzip
import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scripted import Reply, ScriptedShopify, Time, shown

from atom_shopify_plugin.errors import (
    Conflict,
    InvalidInput,
    Misconfigured,
    PluginError,
    ReauthRequired,
    ShopUnavailable,
    Throttled,
    Unavailable,
    UpstreamError,
)
from atom_shopify_plugin.settings import Secret, Settings
from atom_shopify_plugin.shopify import oauth
from atom_shopify_plugin.shopify.domain import ShopDomain
from atom_shopify_plugin.shopify.transport import Transport

SECRET = Secret("client-canary")
GRANT: dict[str, Any] = {
    "access_token": "shpat_new",
    "scope": "write_products,read_orders",
    "expires_in": 3600,
    "refresh_token": "shprt_new",
    "refresh_token_expires_in": 7776000,
}
MOMENTARY = [
    Reply(status=500), Reply(status=503), Reply(status=520), Reply(status=504), Reply(status=408),
    Reply(status=429, headers={"Retry-After": "2.0"}), Reply(status=429, headers={"Retry-After": "nonsense"}),
    Reply(status=429), Reply(status=0, then="reset"), Reply(status=0, then="close"), Reply(body=b"{}" * 9, cut=4),
]  # fmt: skip
SETTINGS = Settings.from_environ(
    {"SHOPIFY_API_KEY": "key", "SHOPIFY_API_SECRET": "s", "ATOM_PUBLIC_URL": "https://atom.example.com"}
)


def ok(**changes: Any) -> Reply:
    return Reply(
        body=json.dumps({key: value for key, value in {**GRANT, **changes}.items() if value != "absent"}).encode()
    )


def refusal(status: int, error: Any, **more: Any) -> Reply:
    return Reply(status=status, body=json.dumps({"error": error, **more}).encode())


@pytest.fixture
def exchange(transport: Transport, shop: ShopDomain) -> Any:
    return lambda: oauth.exchange_code(transport, shop, "key", SECRET, "code-canary")


@pytest.fixture
def credentials(transport: Transport, shop: ShopDomain) -> Any:
    return lambda: oauth.client_credentials(transport, shop, "key", SECRET)


@pytest.fixture
def refresh(transport: Transport, shop: ShopDomain, moments: Time) -> Any:
    def refresh() -> oauth.TokenGrant:
        token = Secret("refresh-canary")
        return oauth.refresh(transport, shop, "key", SECRET, token, sleep=moments.sleep, jitter=lambda: 0.5)

    return refresh


def test_the_authorize_address_asks_for_an_offline_token_on_the_store_itself() -> None:
    url = urlsplit(oauth.authorize_url(SETTINGS, ShopDomain("demo.myshopify.com"), "st&te", {"write_b", "read_a"}))
    assert (url.scheme, url.netloc, url.path) == ("https", "demo.myshopify.com", "/admin/oauth/authorize")
    assert parse_qs(url.query) == {
        "client_id": ["key"],
        "scope": ["read_a,write_b"],
        "redirect_uri": ["https://atom.example.com/api/auth/shopify/callback"],
        "state": ["st&te"],
    }


def test_with_a_sandbox_the_authorize_address_is_on_this_machine() -> None:
    settings = Settings.from_environ({"SHOPIFY_API_KEY": "key", "ATOM_SHOPIFY_ENDPOINT": "http://127.0.0.1:5059"})
    url = urlsplit(oauth.authorize_url(settings, ShopDomain("demo.myshopify.com"), "s", ["read_a"]))
    assert (url.scheme, url.netloc, url.path) == ("http", "demo.localhost:5059", "/admin/oauth/authorize")


def test_a_code_is_exchanged_for_an_expiring_token(exchange: Any, shopify: ScriptedShopify) -> None:
    shopify.answers(ok())
    grant = exchange()
    assert grant.access_token.reveal() == "shpat_new"
    assert grant.refresh_token.reveal() == "shprt_new"
    assert grant.scope == {"write_products", "read_orders"}
    assert (grant.expires_in, grant.refresh_token_expires_in, grant.life_assumed) == (3600.0, 7776000.0, False)
    [request] = shopify.requests
    assert (request.method, request.path) == ("POST", "/admin/oauth/access_token")
    assert request.headers["host"] == "demo.myshopify.com"
    assert request.headers["accept"] == "application/json"
    assert parse_qs(request.body.decode()) == {
        "client_id": ["key"],
        "client_secret": ["client-canary"],
        "code": ["code-canary"],
        "expiring": ["1"],
    }


def test_a_life_that_shopify_left_out_is_an_hour_and_flagged(exchange: Any, shopify: ScriptedShopify) -> None:
    shopify.answers(ok(expires_in="absent"))
    grant = exchange()
    assert (grant.expires_in, grant.life_assumed) == (3600.0, True)


def test_a_refresh_tokens_life_may_be_unknown(exchange: Any, shopify: ScriptedShopify) -> None:
    shopify.answers(ok(refresh_token_expires_in="absent"))
    assert exchange().refresh_token_expires_in is None


MALFORMED: list[tuple[str, Reply]] = [
    ("expires_in as text", ok(expires_in="3600")),
    ("expires_in 0", ok(expires_in=0)),
    ("expires_in negative", ok(expires_in=-1)),
    ("expires_in for ever", ok(expires_in=1e12)),
    ("expires_in null", ok(expires_in=None)),
    ("expires_in true", ok(expires_in=True)),
    ("expires_in list", ok(expires_in=[3600])),
    ("empty access_token", ok(access_token="")),
    ("null access_token", ok(access_token=None)),
    ("number access_token", ok(access_token=7)),
    ("list access_token", ok(access_token=["shpat_new"])),
    ("access_token with a line break", ok(access_token="a\r\nX-Evil: 1")),
    ("access_token not ASCII", ok(access_token="é")),
    ("giant access_token", ok(access_token="x" * 5000)),
    ("no refresh_token", ok(refresh_token="absent")),
    ("empty refresh_token", ok(refresh_token="")),
    ("number refresh_token", ok(refresh_token=7)),
    ("refresh life as text", ok(refresh_token_expires_in="x")),
    ("no scope", ok(scope="absent")),
    ("scope list", ok(scope=["read_products"])),
    ("scope nonsense", ok(scope="<script>")),
]
WHOLE = json.dumps(GRANT).encode()
FOREIGN: list[tuple[str, Reply]] = [
    ("empty object", Reply(body=b"{}")),
    ("an object without a token", ok(access_token="absent")),
    ("list", Reply(body=b"[]")),
    ("null", Reply(body=b"null")),
    ("HTML", Reply(body=b"<html>body-canary</html>")),
    ("HTML as a file that was made", Reply(status=201, body=b"<html>body-canary</html>")),
    ("empty", Reply(body=b"")),
    ("empty and said to be so", Reply(status=204)),
    ("NaN", Reply(body=b'{"access_token": "a", "scope": "", "expires_in": NaN}')),
    ("compressed, and not", Reply(body=WHOLE, headers={"Content-Encoding": "gzip"})),
    ("cut compression", Reply(body=gzip.compress(WHOLE)[:-12], headers={"Content-Encoding": "gzip"})),
    *((f"cut at {at} without a length", Reply(body=WHOLE[:at], framing="close")) for at in (1, 40, len(WHOLE) - 1)),
]


@pytest.mark.parametrize("reply", [reply for _, reply in MALFORMED], ids=[name for name, _ in MALFORMED])
def test_a_token_answer_that_can_not_be_right_is_refused(
    exchange: Any, refresh: Any, shopify: ScriptedShopify, reply: Reply
) -> None:
    for ask in (exchange, refresh):
        shopify.answers(reply)
        with pytest.raises(UpstreamError) as caught:
            ask()
        assert not isinstance(caught.value, Unavailable)
        assert "body-canary" not in shown(caught.value)
    assert len(shopify.requests) == 2


@pytest.mark.parametrize("reply", [reply for _, reply in FOREIGN], ids=[name for name, _ in FOREIGN])
def test_an_answer_that_is_cut_or_somebody_elses_counts_as_lost(
    exchange: Any, refresh: Any, credentials: Any, shopify: ScriptedShopify, reply: Reply
) -> None:
    for ask in (exchange, refresh, credentials):
        shopify.answers(reply, ok())
        assert ask().access_token.reveal() == "shpat_new"
    assert len(shopify.requests) == 6


def test_a_refresh_that_only_hears_others_ends_as_an_outage(refresh: Any, shopify: ScriptedShopify) -> None:
    shopify.always = Reply(body=b"<html>body-canary</html>")
    with pytest.raises(Unavailable) as caught:
        refresh()
    assert caught.value.retry_after
    assert "body-canary" not in shown(caught.value)
    assert len({request.body for request in shopify.requests}) == 1
    assert len(shopify.requests) == 6


def test_a_code_that_was_used_by_a_lost_attempt_is_said_to_be_so(exchange: Any, shopify: ScriptedShopify) -> None:
    shopify.answers(Reply(body=b""), refusal(400, "invalid_request"))
    with pytest.raises(Conflict, match="was lost") as caught:
        exchange()
    assert caught.value.details == {"reason": "answer_lost"}


def test_a_code_is_not_said_to_be_lost_where_nothing_ran(exchange: Any, shopify: ScriptedShopify) -> None:
    shopify.answers(Reply(status=429), refusal(400, "invalid_request"))
    with pytest.raises(InvalidInput, match="used before"):
        exchange()


def test_an_empty_list_of_scopes_is_possible(exchange: Any, shopify: ScriptedShopify) -> None:
    shopify.answers(ok(scope=""))
    assert exchange().scope == frozenset()


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_gets_no_secret(
    exchange: Any, shopify: ScriptedShopify, elsewhere: ScriptedShopify, status: int
) -> None:
    shopify.answers(Reply(status=status, headers={"Location": f"{elsewhere.endpoint}/admin/oauth/access_token"}))
    with pytest.raises(UpstreamError):
        exchange()


def test_a_used_code_says_start_again(exchange: Any, shopify: ScriptedShopify) -> None:
    shopify.answers(refusal(400, "invalid_request", error_description="body-canary"))
    with pytest.raises(InvalidInput, match="used before") as caught:
        exchange()
    assert "body-canary" not in shown(caught.value)


def test_wrong_client_credentials_are_the_operators_business(exchange: Any, shopify: ScriptedShopify) -> None:
    shopify.answers(refusal(400, "invalid_client"))
    with pytest.raises(Misconfigured):
        exchange()


def test_a_refresh_sends_the_refresh_token_and_returns_the_new_pair(refresh: Any, shopify: ScriptedShopify) -> None:
    shopify.answers(ok())
    assert refresh().refresh_token.reveal() == "shprt_new"
    assert parse_qs(shopify.requests[0].body.decode()) == {
        "grant_type": ["refresh_token"],
        "client_id": ["key"],
        "client_secret": ["client-canary"],
        "refresh_token": ["refresh-canary"],
    }


@pytest.mark.parametrize("reply", MOMENTARY, ids=lambda reply: f"{reply.status} {reply.then} {dict(reply.headers)}")
def test_a_refresh_is_repeated_with_the_same_token_after_a_failure_of_the_moment(
    refresh: Any, shopify: ScriptedShopify, moments: Time, reply: Reply
) -> None:
    shopify.answers(reply, reply, ok())
    assert refresh().access_token.reveal() == "shpat_new"
    assert len({request.body for request in shopify.requests}) == 1
    assert len(shopify.requests) == 3
    hint = 2.0 if reply.headers.get("Retry-After") == "2.0" else 0.0
    assert moments.pauses == [0.25 + hint, 0.5 + hint]


def test_a_refresh_gives_up_after_a_while_and_the_connection_lives_on(refresh: Any, shopify: ScriptedShopify) -> None:
    shopify.always = Reply(status=503)
    with pytest.raises(Unavailable) as caught:
        refresh()
    assert not isinstance(caught.value, ReauthRequired)
    assert caught.value.retry_after
    assert len(shopify.requests) == 6


def test_a_refresh_does_not_wait_beyond_its_deadline(refresh: Any, shopify: ScriptedShopify, moments: Time) -> None:
    shopify.always = Reply(status=429, headers={"Retry-After": "1000000000"})
    with pytest.raises(Throttled) as caught:
        refresh()
    assert (moments.pauses, caught.value.retry_after) == ([], 3600.0)


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (refusal(401, "invalid_request"), "refresh_token"),
        (refusal(400, "invalid_grant"), "refresh_token"),
        (
            refusal(400, "invalid_request", error_description="This request requires an active refresh_token"),
            "refresh_token",
        ),
        (refusal(403, "something_new"), "refresh_token"),
        (refusal(400, "Weird <Word>"), "refresh_token"),
        (refusal(400, "invalid_client"), "client"),
        (refusal(401, "invalid_client"), "client"),
        (refusal(404, "application_cannot_be_found"), "client"),
    ],
)
def test_a_refusal_that_names_an_error_ends_the_connection(
    refresh: Any, shopify: ScriptedShopify, reply: Reply, kind: str
) -> None:
    shopify.answers(reply)
    with pytest.raises(oauth.RefreshRefused) as caught:
        refresh()
    assert caught.value.kind == kind
    assert "<" not in caught.value.error
    assert len(shopify.requests) == 1


@pytest.mark.parametrize("status", [400, 401, 403, 409, 422, 430])
@pytest.mark.parametrize(
    "body", [b"", b"<html>", b"[]", b"{}", b'{"error": ""}', b'{"error": 7}', b'{"errors": "x"}'], ids=repr
)
def test_a_refusal_without_a_word_ends_nothing(
    refresh: Any, shopify: ScriptedShopify, status: int, body: bytes
) -> None:
    shopify.answers(Reply(status=status, body=body))
    with pytest.raises(UpstreamError):
        refresh()


@pytest.mark.parametrize("status", [402, 404, 423])
def test_a_store_that_is_closed_is_said_to_be_so(refresh: Any, shopify: ScriptedShopify, status: int) -> None:
    shopify.answers(Reply(status=status))
    with pytest.raises(ShopUnavailable):
        refresh()


def test_client_credentials_bring_a_token_without_a_refresh_token(
    transport: Transport, shop: ShopDomain, shopify: ScriptedShopify
) -> None:
    shopify.answers(ok(expires_in=86399, refresh_token="absent", refresh_token_expires_in="absent"))
    grant = oauth.client_credentials(transport, shop, "key", SECRET)
    assert (grant.expires_in, grant.refresh_token, grant.refresh_token_expires_in) == (86399.0, None, None)
    assert parse_qs(shopify.requests[0].body.decode())["grant_type"] == ["client_credentials"]


def test_client_credentials_that_are_refused_are_an_input_error(
    transport: Transport, shop: ShopDomain, shopify: ScriptedShopify
) -> None:
    shopify.answers(refusal(400, "invalid_client"))
    with pytest.raises(InvalidInput):
        oauth.client_credentials(transport, shop, "key", SECRET)


def test_revoking_asks_shopify_to_end_all_tokens(
    transport: Transport, shop: ShopDomain, token: Secret, shopify: ScriptedShopify
) -> None:
    shopify.answers(Reply(body=b"{}"))
    assert oauth.revoke(transport, shop, token)
    [request] = shopify.requests
    assert (request.method, request.path) == ("DELETE", "/admin/api_permissions/current.json")
    assert request.headers["x-shopify-access-token"] == "shpat_canary"


def test_a_page_of_somebody_else_revokes_nothing(
    transport: Transport, shop: ShopDomain, token: Secret, shopify: ScriptedShopify
) -> None:
    shopify.answers(Reply(body=b"<html>Welcome to this network</html>"), Reply(body=b"{}"))
    assert oauth.revoke(transport, shop, token)
    assert len(shopify.requests) == 2


@pytest.mark.parametrize("status", [401, 403, 404])
def test_revoking_what_is_gone_is_fine(
    transport: Transport, shop: ShopDomain, token: Secret, shopify: ScriptedShopify, status: int
) -> None:
    shopify.answers(Reply(status=status))
    assert not oauth.revoke(transport, shop, token)


def test_revoking_fails_when_shopify_does(
    transport: Transport, shop: ShopDomain, token: Secret, shopify: ScriptedShopify
) -> None:
    shopify.answers(Reply(status=423))
    with pytest.raises(ShopUnavailable):
        oauth.revoke(transport, shop, token)


def test_no_error_shows_a_secret(exchange: Any, refresh: Any, shopify: ScriptedShopify) -> None:
    replies = [Reply(status=400), refusal(400, "client-canary refresh-canary code-canary")]
    for ask in (exchange, refresh):
        for reply in replies:
            shopify.answers(reply)
            with pytest.raises(PluginError) as caught:
                ask()
            for canary in ("client-canary", "refresh-canary", "code-canary"):
                assert canary not in shown(caught.value)
    shopify.answers(ok())
    assert "shp" not in repr(exchange())


def test_a_write_scope_holds_its_read_scope() -> None:
    expanded = oauth.expand_scopes({"write_products", "unauthenticated_write_checkouts", "read_orders"})
    assert expanded == {
        "write_products",
        "read_products",
        "unauthenticated_write_checkouts",
        "unauthenticated_read_checkouts",
        "read_orders",
    }


def test_what_is_missing_is_found_after_expansion() -> None:
    assert oauth.missing_scopes({"write_products"}, {"read_products", "write_products"}) == frozenset()
    assert oauth.missing_scopes({"read_products"}, {"write_products", "read_orders"}) == {
        "write_products",
        "read_orders",
    }


@given(st.frozensets(st.from_regex(r"(unauthenticated_)?(read|write)_[a-z]{1,8}", fullmatch=True), max_size=8))
def test_expanding_twice_changes_nothing_and_a_list_survives_its_text(scopes: frozenset[str]) -> None:
    expanded = oauth.expand_scopes(scopes)
    assert oauth.expand_scopes(expanded) == expanded >= scopes
    assert oauth.parse_scopes(", ".join(scopes)) == scopes
