"""What `Client.execute` knows of a mutation's effect, over all of its attempts."""

from __future__ import annotations

import socket
import ssl
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from scripted import Reply, ScriptedShopify, data, errors

from atom_shopify_plugin.errors import OutcomeUnknown, PluginError, ReauthRequired, Throttled, UpstreamError
from atom_shopify_plugin.settings import Secret
from atom_shopify_plugin.shopify.client import Client
from atom_shopify_plugin.shopify.documents import Documents
from atom_shopify_plugin.shopify.domain import ShopDomain
from atom_shopify_plugin.shopify.effects import Effects
from atom_shopify_plugin.shopify.throttle import Throttle
from atom_shopify_plugin.shopify.transport import Transport

LOST = Reply(status=0, then="reset")
REFUSED = Reply(status=429, headers={"Retry-After": "3600"})
EXPIRED = Reply(status=401)
SET = data({"inventory_set_quantities": {"user_errors": []}})


def refusal(code: str) -> Reply:
    return data({"inventory_set_quantities": {"user_errors": [{"field": None, "message": "No.", "code": code}]}})


@pytest.fixture
def effects() -> Effects:
    return Effects()


@pytest.fixture
def run(client: Client, documents: Documents, shop: ShopDomain, token: Secret, effects: Effects) -> Any:
    def run(name: str = "ThingSet", **options: Any) -> Any:
        values: dict[str, Any] = {"input": {}} if name == "ThingSet" else {"title": "Mug"}
        return client.execute(
            shop, token, documents.get(name), values, idempotency_key="k", timeout=30, effects=effects, **options
        )

    return run


@pytest.mark.parametrize(
    "last", [REFUSED, Reply(status=402), Reply(status=403), EXPIRED, errors("ACCESS_DENIED"), errors("BAD_REQUEST")]
)
def test_no_later_failure_of_a_kind_that_did_nothing_ends_an_earlier_doubt(
    run: Any, shopify: ScriptedShopify, effects: Effects, last: Reply
) -> None:
    shopify.answers(LOST, last)
    with pytest.raises(OutcomeUnknown) as caught:
        run()
    assert not caught.value.retryable
    assert effects.in_doubt == ["ThingSet"]
    assert caught.value.details["cause"] != "OUTCOME_UNKNOWN"


def test_answers_that_are_all_lost_leave_a_doubt_although_shopify_has_a_key(
    run: Any, shopify: ScriptedShopify, effects: Effects
) -> None:
    shopify.always = LOST
    with pytest.raises(OutcomeUnknown):
        run()
    assert len(shopify.requests) > 1
    assert effects.in_doubt == ["ThingSet"]


def test_what_was_only_refused_leaves_no_doubt(run: Any, shopify: ScriptedShopify, effects: Effects) -> None:
    shopify.answers(REFUSED)
    with pytest.raises(Throttled):
        run()
    assert not effects.possible


def test_a_good_answer_ends_a_doubt(run: Any, shopify: ScriptedShopify, effects: Effects) -> None:
    shopify.answers(LOST, Reply(status=429), SET)
    run()
    assert (effects.done, effects.in_doubt) == (["ThingSet"], [])


def test_a_refusal_after_a_doubt_may_be_the_echo_of_the_first_attempt(
    run: Any, shopify: ScriptedShopify, effects: Effects
) -> None:
    shopify.answers(LOST, refusal("CHANGE_FROM_QUANTITY_STALE"))
    run()
    assert effects.in_doubt == ["ThingSet"]


def test_a_refusal_of_the_only_attempt_did_nothing(run: Any, shopify: ScriptedShopify, effects: Effects) -> None:
    shopify.answers(refusal("CHANGE_FROM_QUANTITY_STALE"))
    run()
    assert not effects.possible


def test_shopify_says_itself_that_the_earlier_attempt_failed(
    run: Any, shopify: ScriptedShopify, effects: Effects
) -> None:
    shopify.answers(LOST, refusal("IDEMPOTENCY_PREVIOUS_ATTEMPT_FAILED"))
    run()
    assert not effects.possible


def test_an_attempt_that_meets_an_earlier_one_under_way_waits_for_it(
    run: Any, shopify: ScriptedShopify, effects: Effects
) -> None:
    shopify.answers(refusal("IDEMPOTENCY_CONCURRENT_REQUEST"), refusal("IDEMPOTENCY_CONCURRENT_REQUEST"), SET)
    run()
    assert effects.done == ["ThingSet"]
    shopify.always = refusal("IDEMPOTENCY_CONCURRENT_REQUEST")
    with pytest.raises(OutcomeUnknown):
        run()


@pytest.mark.parametrize(
    "reply",
    [
        data({"product_create": None}),
        errors("INTERNAL_SERVER_ERROR"),
        errors("NEW_CODE"),
        errors(None),
        Reply(body=b'{"errors": "Something."}'),
        Reply(body=b'{"errors": [7]}'),
        Reply(body=b'{"data": null}'),
        Reply(body=b"[]"),
        Reply(body=b"<html>"),
        Reply(body=b""),
        Reply(body=b"\x1f\x8b", headers={"Content-Encoding": "gzip"}),
        Reply(body=b'{"data": {"a": ' + b"[" * 1500 + b"]" * 1500 + b"}}"),
        Reply(body=b'{"data": {}}'),
        Reply(status=302, headers={"Location": "https://example.com/"}),
        errors("BAD_REQUEST", payload={"product_create": {"product": None}}),
    ],
)
def test_an_answer_that_settles_nothing_leaves_a_doubt(
    run: Any, shopify: ScriptedShopify, effects: Effects, reply: Reply
) -> None:
    shopify.answers(reply)
    with pytest.raises(OutcomeUnknown):
        run("ThingCreate")
    assert effects.in_doubt == ["ThingCreate"]
    assert len(shopify.requests) == 1


@pytest.mark.parametrize("code", ["BAD_REQUEST", "undefinedField", "argumentLiteralsIncompatible", "PARSE_ERROR"])
def test_a_mutation_that_shopify_did_not_take_did_nothing(
    run: Any, shopify: ScriptedShopify, effects: Effects, code: str
) -> None:
    shopify.answers(errors(code))
    with pytest.raises(PluginError) as caught:
        run("ThingCreate")
    assert not isinstance(caught.value, OutcomeUnknown)
    assert not effects.possible


def test_a_refused_token_is_renewed_once_within_the_call(run: Any, shopify: ScriptedShopify, effects: Effects) -> None:
    shopify.answers(LOST, EXPIRED, SET)
    run(renew=lambda: Secret("shpat_another"))
    tokens = [request.headers["x-shopify-access-token"] for request in shopify.requests]
    assert tokens[1] != tokens[2] == "shpat_another"
    assert shopify.requests[0].body == shopify.requests[2].body
    assert effects.done == ["ThingSet"]
    shopify.answers(EXPIRED, EXPIRED)
    with pytest.raises(ReauthRequired):
        run("ThingCreate", renew=lambda: Secret("shpat_another"))
    assert effects.in_doubt == []


def test_a_token_that_can_not_be_renewed_after_a_doubt_is_not_the_whole_truth(
    run: Any, shopify: ScriptedShopify
) -> None:
    def renew() -> Secret:
        raise ReauthRequired("Connect it again.", details={"connect_url": "https://example.com/"})

    shopify.answers(LOST, EXPIRED)
    with pytest.raises(OutcomeUnknown) as caught:
        run(renew=renew)
    assert caught.value.details["cause"] == "REAUTH_REQUIRED"
    assert caught.value.details["connect_url"] == "https://example.com/"
    shopify.answers(EXPIRED)
    with pytest.raises(ReauthRequired):
        run("ThingCreate", renew=renew)


def test_nothing_is_sent_to_who_has_no_valid_certificate(
    documents: Documents, shop: ShopDomain, token: Secret, certificate: Path, effects: Effects
) -> None:
    """No doubt is left behind, where the connection ended before the request."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def answer() -> None:
            connection, _ = listener.accept()
            with suppress(OSError), context.wrap_socket(connection, server_side=True) as wrapped:
                wrapped.recv(1)

        thread = threading.Thread(target=answer, daemon=True)
        thread.start()
        transport = Transport(f"https://127.0.0.1:{listener.getsockname()[1]}")
        client = Client(transport, Throttle(), version="2026-10")
        with pytest.raises(UpstreamError, match="certificate"):
            client.execute(shop, token, documents.get("ThingCreate"), {"title": "Mug"}, effects=effects)
        thread.join(5)
        transport.close()
    assert not effects.possible


def test_an_exception_that_nobody_foresaw_leaves_a_doubt(run: Any, shopify: ScriptedShopify, effects: Effects) -> None:
    """A renewal may break in any way, here after an answer was lost."""

    def renew() -> Secret:
        raise KeyError("version")

    shopify.answers(LOST, EXPIRED)
    with pytest.raises(KeyError):
        run(renew=renew)
    assert effects.in_doubt == ["ThingSet"]
