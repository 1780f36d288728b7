"""How tokens are rotated, and when they end."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from atom_shopify_plugin.sandbox.clock import Clock
from atom_shopify_plugin.sandbox.tokens import RefreshToken, Refused, TokenBook

HOUR, DAY = 3600, 86400
OFFLINE = "urn:shopify:params:oauth:token-type:offline-access-token"
MIGRATION = {
    "grant_type": "urn:ietf:params:oauth:grant-type:token-exchange",
    "subject_token_type": OFFLINE,
    "requested_token_type": OFFLINE,
    "expiring": "1",
}


def refresh(shop, grant):
    return shop.token(grant_type="refresh_token", refresh_token=grant["refresh_token"])


def works(shop, grant) -> bool:
    reply = shop.send(
        "GET", "/admin/oauth/access_scopes.json", headers={"X-Shopify-Access-Token": grant["access_token"]}
    )
    if reply.status_code == 401:
        message = "[API] Invalid API key or access token (unrecognized login or wrong password)"
        assert reply.json() == {"errors": message}
    return reply.status_code == 200


def test_an_access_token_ends_after_an_hour(shop, clock):
    grant = shop.connect()
    clock.move(HOUR - 1)
    assert works(shop, grant)
    clock.move(1)
    assert not works(shop, grant)


def test_a_refresh_gives_a_new_pair_and_leaves_the_old_access_token_its_hour(shop, clock):
    first = shop.connect()
    clock.move(HOUR - 300)
    second = refresh(shop, first).json()
    assert second.keys() == first.keys()
    assert (second["expires_in"], second["refresh_token_expires_in"]) == (HOUR, 90 * DAY)
    assert works(shop, first)
    assert works(shop, second)
    clock.move(300)
    assert not works(shop, first)


def test_a_switch_lets_a_refresh_end_the_old_access_token(shop):
    shop.control("POST", "stores/demo/switches", json={"refresh_ends_old_access": True})
    first = shop.connect()
    refresh(shop, first)
    assert not works(shop, first)


def test_a_repeated_refresh_answers_the_same_pair(shop):
    first = shop.connect()
    assert refresh(shop, first).json() == refresh(shop, first).json()


def test_a_repeat_after_the_access_token_has_ended_brings_a_fresh_one(shop, clock):
    first = shop.connect()
    second = refresh(shop, first).json()
    clock.move(2 * HOUR)
    again = refresh(shop, first).json()
    assert again["refresh_token"] == second["refresh_token"]
    assert again["expires_in"] == HOUR
    assert works(shop, again)


def test_a_used_refresh_token_ends_when_its_successor_is_used(shop):
    first = shop.connect()
    second = refresh(shop, first).json()
    refresh(shop, second)
    assert refresh(shop, first).status_code == 401


def test_a_used_refresh_token_ends_thirty_days_after_its_first_use(shop, clock):
    first = shop.connect()
    refresh(shop, first)
    clock.move(30 * DAY - 1)
    assert refresh(shop, first).status_code == 200
    clock.move(1)
    assert refresh(shop, first).status_code == 401


def test_a_refresh_token_ends_after_ninety_days_even_within_its_grace(shop, clock):
    first = shop.connect()
    clock.move(80 * DAY)
    second = refresh(shop, first).json()
    clock.move(10 * DAY)
    assert refresh(shop, first).status_code == 401
    clock.move(80 * DAY)
    assert refresh(shop, second).status_code == 401


def test_another_grant_ends_every_earlier_refresh_token_and_the_token_before(shop):
    first = shop.connect()
    second = refresh(shop, first).json()
    third = shop.connect()
    assert refresh(shop, first).status_code == refresh(shop, second).status_code == 401
    assert not works(shop, second)
    assert refresh(shop, third).status_code == 200


@pytest.mark.parametrize(
    ("switch", "answer"), [("documented", (401, "invalid_request")), ("libraries", (400, "invalid_grant"))]
)
def test_the_terminal_refresh_error_has_two_spellings(shop, switch, answer):
    shop.control("POST", "stores/demo/switches", json={"refresh_error": switch})
    shop.connect()
    reply = refresh(shop, {"refresh_token": "unknown"})
    assert (reply.status_code, reply.json()["error"]) == answer


def test_a_lost_reply_is_had_again_with_the_stored_refresh_token(shop):
    first = shop.connect()
    shop.control("POST", "faults", json={"kind": "lost_reply", "match": {"subject": "refresh_token"}})
    with pytest.raises(OSError, match="reset"):
        refresh(shop, first)
    second = refresh(shop, first).json()
    assert works(shop, second)
    calls = [call for call in shop.control("GET", "calls")["calls"] if call["subject"] == "refresh_token"]
    assert [call["faults"] for call in calls] == [["lost_reply"], []]


def test_an_old_token_is_migrated_and_revoked(shop):
    old = shop.connect(expiring="0")
    new = shop.token(**MIGRATION, subject_token=old["access_token"]).json()
    assert "refresh_token" in new
    assert new["scope"] == old["scope"]
    assert works(shop, new)
    assert not works(shop, old)


def test_a_migration_can_be_repeated_for_a_week_or_until_the_first_refresh(shop, clock):
    old = shop.connect(expiring="0")
    new = shop.token(**MIGRATION, subject_token=old["access_token"]).json()
    clock.move(7 * DAY - 1)
    again = shop.token(**MIGRATION, subject_token=old["access_token"]).json()
    assert again["refresh_token"] == new["refresh_token"]
    refresh(shop, again)
    ended = shop.token(**MIGRATION, subject_token=old["access_token"])
    assert (ended.status_code, ended.json()["error"]) == (400, "invalid_subject_token")


def test_a_migration_ends_after_a_week(shop, clock):
    old = shop.connect(expiring="0")
    shop.token(**MIGRATION, subject_token=old["access_token"])
    clock.move(7 * DAY)
    assert shop.token(**MIGRATION, subject_token=old["access_token"]).status_code == 400


def test_an_expiring_token_is_no_subject_of_a_migration(shop):
    grant = shop.connect()
    assert shop.token(**MIGRATION, subject_token=grant["access_token"]).json()["error"] == "invalid_subject_token"
    assert works(shop, grant)


def test_a_token_that_does_not_end_can_be_forbidden(shop):
    grant = shop.connect(expiring="0")
    shop.control("POST", "stores/demo/switches", json={"non_expiring_tokens": False})
    reply = shop.graphql(grant["access_token"], "{shop{name}}")
    assert reply.status_code == 403
    assert reply.json()["errors"].startswith("[API] Non-expiring access tokens are no longer accepted")
    assert works(shop, shop.token(**MIGRATION, subject_token=grant["access_token"]).json())


@pytest.mark.parametrize(("what", "refreshes"), [("access", 200), ("refresh", 401), ("all", 401)])
def test_tokens_can_be_revoked_by_kind(shop, what, refreshes):
    grant = shop.connect()
    shop.control("POST", "stores/demo/revoke-tokens", json={"what": what})
    assert works(shop, grant) == (what == "refresh")
    assert refresh(shop, grant).status_code == refreshes


def test_a_merchants_own_token_outlives_the_app(shop):
    own = shop.control("POST", "stores/demo/admin-token", json={"scopes": ["read_products"]})
    shop.connect()
    shop.control("POST", "stores/demo/uninstall")
    assert works(shop, own)


@given(st.lists(st.tuples(st.sampled_from(["newest", "previous", "older"]), st.integers(0, 40 * DAY)), max_size=12))
def test_only_the_newest_refresh_token_and_the_one_before_ever_work(steps):
    clock = Clock(lambda: 1_700_000_000.0)
    book = TokenBook(clock)
    first = book.exchange_code("app", book.code("app", frozenset(), per_user=False).value, expiring=True)
    assert isinstance(first, RefreshToken)
    chain, used_at = [first], 0.0
    for which, wait in steps:
        clock.move(wait)
        place = {"newest": -1, "previous": -2, "older": -3}[which]
        if len(chain) < -place:
            continue
        token = chain[place]
        alive = clock.time() < token.expires_at
        within = which == "newest" or (which == "previous" and clock.time() < used_at + 30 * DAY)
        try:
            got = book.refresh("app", token.value)
        except Refused:
            assert not (alive and within)
            continue
        assert alive
        assert within
        assert book.find(got.access.value) == got.access
        if which == "newest":
            chain.append(got)
            used_at = clock.time()
        else:
            assert got.value == chain[-1].value
