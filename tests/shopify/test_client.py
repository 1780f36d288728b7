"""`Client.execute` against a scripted Shopify: what it sends, what it returns, what it repeats."""

from __future__ import annotations

import contextlib
import json
import logging
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from scripted import Reply, ScriptedShopify, Time, data, errors, shown

from atom_shopify_plugin.errors import (
    InvalidInput,
    OutcomeUnknown,
    PluginError,
    Throttled,
    Unavailable,
    UpstreamError,
)
from atom_shopify_plugin.settings import Secret
from atom_shopify_plugin.shopify.client import Client, Result, TokenRefused, user_errors
from atom_shopify_plugin.shopify.documents import Documents
from atom_shopify_plugin.shopify.domain import ShopDomain

COST = {
    "requestedQueryCost": 10,
    "actualQueryCost": 8,
    "throttleStatus": {"maximumAvailable": 2000.0, "currentlyAvailable": 1992, "restoreRate": 100.0},
}
BROKEN = [
    Reply(status=500),
    Reply(status=502, body=b"<html>Bad gateway</html>"),
    Reply(status=503),
    Reply(status=504),
    Reply(status=520),
    Reply(status=530),
    Reply(status=540),
    Reply(status=0, then="reset"),
    Reply(status=0, then="close"),
    Reply(body=b'{"data": {"thing": null}}', cut=10),
    Reply(body=b'{"data": {"thing": null}}', cut=10, framing="close"),
    Reply(body=b'{"data": {"thing": null}}', cut=10, framing="chunked"),
    errors("INTERNAL_SERVER_ERROR"),
]
KINDS = [
    "500",
    "502",
    "503",
    "504",
    "520",
    "530",
    "540",
    "reset",
    "closed",
    "cut",
    "cut without length",
    "cut chunk",
    "inside",
]
GOOD = data({"thing": {"id": "gid://shopify/Product/1"}})


@pytest.fixture
def run(client: Client, documents: Documents, shop: ShopDomain, token: Secret) -> Any:
    def run(name: str = "ThingGet", variables: Any = None, **options: Any) -> Result:
        defaults: dict[str, Any] = {
            "ThingGet": {"id": "gid://shopify/Product/1"},
            "ThingList": {"first": 5},
            "ThingCreate": {"title": "Mug"},
            "ThingSet": {"input": {}},
        }
        chosen = defaults.get(name, {}) if variables is None else variables
        return client.execute(shop, token, documents.get(name), chosen, **options)

    return run


def test_a_document_is_sent_with_its_variables_and_the_token(run: Any, shopify: ScriptedShopify) -> None:
    shopify.answers(GOOD)
    run()
    [request] = shopify.requests
    assert (request.method, request.path) == ("POST", "/admin/api/2026-10/graphql.json")
    assert request.headers["x-shopify-access-token"] == "shpat_canary"
    assert request.json["operationName"] == "ThingGet"
    assert request.json["query"].startswith("query ThingGet(")
    assert request.json["variables"] == {"id": "gid://shopify/Product/1"}


def test_explicit_nulls_are_sent_and_absent_variables_are_not(run: Any, shopify: ScriptedShopify) -> None:
    shopify.answers(GOOD, GOOD)
    run("ThingList", {"first": 1, "query": None})
    run("ThingList", {"first": 1})
    assert [request.json["variables"] for request in shopify.requests] == [{"first": 1, "query": None}, {"first": 1}]


def test_money_and_times_travel_as_text(run: Any, shopify: ScriptedShopify) -> None:
    shopify.answers(GOOD)
    run("ThingSet", {"input": {"a": Decimal("12.00"), "b": datetime(2026, 1, 2, tzinfo=UTC)}, "idempotency_key": "k"})
    assert shopify.requests[0].json["variables"]["input"] == {"a": "12.00", "b": "2026-01-02T00:00:00+00:00"}


@pytest.mark.parametrize(
    "value",
    [2**64, "\ud800", object(), Decimal("NaN"), {1: 2}.keys()],
    ids=["large", "surrogate", "object", "NaN", "keys"],
)
def test_a_value_that_is_no_json_is_refused_before_anything_is_sent(
    run: Any, shopify: ScriptedShopify, value: Any
) -> None:
    with pytest.raises(InvalidInput):
        run("ThingCreate", {"title": value})
    assert shopify.requests == []


def test_missing_and_unknown_variables_are_all_named(run: Any, shopify: ScriptedShopify) -> None:
    with pytest.raises(InvalidInput) as caught:
        run("ThingGet", {"ident": 1, "nr": 2})
    assert [(fault.pointer, fault.code) for fault in caught.value.faults] == [
        ("/id", "required"),
        ("/ident", "unknown"),
        ("/nr", "unknown"),
    ]
    assert shopify.requests == []


def test_shopify_is_asked_for_our_names(run: Any, shopify: ScriptedShopify) -> None:
    shopify.answers(GOOD)
    run()
    text = " ".join(shopify.requests[0].json["query"].split())
    assert text.endswith(
        "thing: product(id: $id) { id title price_range_v2: priceRangeV2 { min_variant_price: minVariantPrice "
        "{ amount } } } }"
    )


def test_a_number_stands_beside_each_id_that_has_one(run: Any, shopify: ScriptedShopify) -> None:
    ids = ["gid://shopify/Product/42", "gid://shopify/Thing/a-b", "plain", None, 7, {"id": "gid://shopify/Product/1"}]
    shopify.answers(data({"products": {"nodes": [{"id": text} for text in ids] + [None, [], "x"]}}))
    nodes = run("ThingList").data["products"]["nodes"]
    assert nodes[0] == {"id": "gid://shopify/Product/42", "legacy_id": "42"}
    assert nodes[1:] == [*({"id": text} for text in ids[1:]), None, [], "x"]


def test_json_values_keep_their_own_keys(run: Any, shopify: ScriptedShopify) -> None:
    value = {"camelCase": [{"innerKey": 1, "id": "gid://shopify/Product/1"}]}
    shopify.answers(data({"shop": {"metafield": {"id": "gid://shopify/Metafield/7", "json_value": value}}}))
    metafield = run("ThingValue", {}).data["shop"]["metafield"]
    assert metafield == {"id": "gid://shopify/Metafield/7", "legacy_id": "7", "json_value": value}


def test_a_result_tells_cost_request_and_version(run: Any, client: Client, shopify: ScriptedShopify) -> None:
    shopify.answers(data({"a": 1}, COST, **{"X-Request-Id": "r-1", "X-Shopify-API-Version": "2026-10"}))
    result = run()
    assert (result.cost, result.request_id, result.version, result.warnings) == (COST, "r-1", "2026-10", ())
    assert client.served_version == "2026-10"


def test_a_version_that_shopify_no_longer_serves_is_said_once(
    run: Any, client: Client, shopify: ScriptedShopify, caplog: pytest.LogCaptureFixture
) -> None:
    shopify.always = data(
        {"a": 1}, **{"X-Shopify-API-Version": "2027-01", "X-Shopify-API-Deprecated-Reason": "old field"}
    )
    with caplog.at_level(logging.WARNING, "atom_shopify_plugin.shopify"):
        results = [run() for _ in range(3)]
    assert client.served_version == "2027-01"
    assert sum("2027-01" in record.getMessage() for record in caplog.records) == 1
    assert sum("old field" in record.getMessage() for record in caplog.records) == 1
    assert all(len(result.warnings) == 2 for result in results)


def test_the_last_contact_is_kept_for_health(
    run: Any, client: Client, shop: ShopDomain, shopify: ScriptedShopify
) -> None:
    assert client.contact(shop) is None
    shopify.answers(GOOD, Reply(status=402))
    run()
    contact = client.contact(shop)
    assert contact is not None
    assert (contact.error, contact.seconds > 0) == (None, True)
    with pytest.raises(PluginError):
        run()
    contact = client.contact(shop)
    assert contact is not None
    assert contact.error == "SHOP_UNAVAILABLE"


@pytest.mark.parametrize("reply", BROKEN, ids=KINDS)
def test_a_query_is_repeated_after_a_failure_of_the_moment(run: Any, shopify: ScriptedShopify, reply: Reply) -> None:
    shopify.answers(reply, reply, GOOD)
    assert run().data["thing"]["legacy_id"] == "1"
    assert len(shopify.requests) == 3


@pytest.mark.parametrize("reply", BROKEN, ids=KINDS)
def test_a_mutation_that_may_have_run_is_not_repeated(run: Any, shopify: ScriptedShopify, reply: Reply) -> None:
    shopify.answers(reply, GOOD)
    with pytest.raises(OutcomeUnknown) as caught:
        run("ThingCreate")
    assert not caught.value.retryable
    assert len(shopify.requests) == 1


@pytest.mark.parametrize("reply", BROKEN, ids=KINDS)
def test_a_mutation_with_an_idempotency_key_is_repeated_with_the_same_key(
    run: Any, shopify: ScriptedShopify, reply: Reply
) -> None:
    shopify.answers(reply, GOOD)
    run("ThingSet", idempotency_key="run-1")
    assert [request.json["variables"]["idempotency_key"] for request in shopify.requests] == ["run-1", "run-1"]
    assert shopify.requests[0].body == shopify.requests[1].body


@pytest.mark.parametrize("reply", [Reply(status=429), errors("THROTTLED")], ids=["429", "THROTTLED"])
def test_a_mutation_that_shopify_did_not_take_is_repeated(run: Any, shopify: ScriptedShopify, reply: Reply) -> None:
    shopify.answers(reply, GOOD)
    run("ThingCreate")
    assert len(shopify.requests) == 2


def test_an_idempotency_key_changes_nothing_for_a_document_without_one(run: Any, shopify: ScriptedShopify) -> None:
    shopify.answers(Reply(status=503))
    with pytest.raises(OutcomeUnknown):
        run("ThingCreate", idempotency_key="k")
    assert shopify.requests[0].json["variables"] == {"title": "Mug"}


def test_pauses_grow_with_each_failure_up_to_a_limit(run: Any, shopify: ScriptedShopify, moments: Time) -> None:
    shopify.always = Reply(status=503)
    with pytest.raises(Unavailable) as caught:
        run(timeout=1000)
    assert moments.pauses == [0.5, 1, 2, 4, 8, 8, 8]
    assert len(shopify.requests) == 8
    assert caught.value.retryable


def test_jitter_may_take_away_the_whole_pause(
    client: Client, documents: Documents, shop: ShopDomain, token: Secret, shopify: ScriptedShopify, moments: Time
) -> None:
    calm = Client(
        client.transport, client.throttle, version="2026-10", clock=moments, sleep=moments.sleep, jitter=lambda: 0.0
    )
    shopify.answers(Reply(status=503), GOOD)
    calm.execute(shop, token, documents.get("ThingGet"), {"id": "1"})
    assert moments.pauses == [0.0]


def test_no_pause_reaches_beyond_the_deadline(run: Any, shopify: ScriptedShopify, moments: Time) -> None:
    shopify.always = Reply(status=503)
    with pytest.raises(Unavailable):
        run(timeout=4)
    assert sum(moments.pauses) < 4


@pytest.mark.parametrize(
    ("header", "pause"), [("2", 2.25), ("2.0", 2.25), ("0", 0.25), ("garbage", 0.5), ("-1", 0.5), ("1e1", 0.5)]
)
def test_shopifys_word_on_when_to_come_back_is_kept(
    run: Any, shopify: ScriptedShopify, moments: Time, header: str, pause: float
) -> None:
    shopify.answers(Reply(status=429, headers={"Retry-After": header}), GOOD)
    run()
    assert moments.pauses == [pause]


def test_a_wait_longer_than_the_deadline_is_handed_to_the_caller(
    run: Any, shopify: ScriptedShopify, moments: Time
) -> None:
    shopify.answers(Reply(status=429, headers={"Retry-After": "1000000000"}))
    with pytest.raises(Throttled) as caught:
        run()
    assert (caught.value.retry_after, moments.pauses) == (3600.0, [])
    assert len(shopify.requests) == 1


def test_throttled_waits_for_the_missing_points(run: Any, shopify: ScriptedShopify, moments: Time) -> None:
    status = {"maximumAvailable": 1000, "currentlyAvailable": 48, "restoreRate": 50}
    refusal = errors("THROTTLED", "Throttled")
    body = {
        **json.loads(refusal.body),
        "extensions": {"cost": {"requestedQueryCost": 752, "actualQueryCost": None, "throttleStatus": status}},
    }
    shopify.answers(Reply(body=json.dumps(body).encode()), GOOD)
    run()
    assert sum(moments.pauses) == pytest.approx((752 - 48) / 50 + 0.25)


def test_throttled_without_numbers_waits_a_second(run: Any, shopify: ScriptedShopify, moments: Time) -> None:
    shopify.answers(errors("THROTTLED"), GOOD)
    run()
    assert moments.pauses == [1.25]


def test_throttled_for_ever_ends_at_the_deadline(run: Any, shopify: ScriptedShopify, moments: Time) -> None:
    shopify.always = errors("THROTTLED")
    with pytest.raises(Throttled) as caught:
        run(timeout=5)
    assert sum(moments.pauses) <= 5
    assert caught.value.retry_after
    assert caught.value.retryable


def test_a_token_that_can_not_be_one_is_never_sent(
    client: Client, documents: Documents, shop: ShopDomain, shopify: ScriptedShopify
) -> None:
    for text in ("", "a b", "a\r\nX-Evil: 1", "é", "x" * 2000):
        with pytest.raises(TokenRefused):
            client.execute(shop, Secret(text), documents.get("ThingGet"), {"id": "1"})
    assert shopify.requests == []


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b"[]",
        b"null",
        b"7",
        b'"x"',
        b"<html>canary</html>",
        b'{"data": null}',
        b'{"data": []}',
        b'{"data": "canary"}',
        b"\xff\xfe{\x00",
        b"[" * 200_000,
        b"NaN",
        b'\xef\xbb\xbf{"data": {}}',
    ],
    ids=lambda body: repr(body)[:24],
)
def test_an_answer_that_is_none_is_an_error_that_shows_nothing_of_it(
    run: Any, shopify: ScriptedShopify, body: bytes
) -> None:
    shopify.always = Reply(body=body)
    with pytest.raises(UpstreamError) as caught:
        run()
    assert "canary" not in shown(caught.value)
    assert len(shopify.requests) == 1


@pytest.mark.parametrize(
    "body",
    [
        b'{"data":' + b'{"a":' * 900 + b"1" + b"}" * 901,
        b'{"data":' + b'{"a":' * 100_000,
        b'{"data": {"a": ' + b"9" * 5000 + b"}}",
        b'{"data": {"a": 1e999}}',
        b'{"data": {"a": "\\ud800"}}',
        b'{"data": {"a": 1, "a": 2}}',
        b'{"data": {"__proto__": {"x": 1}, "a": "\\u0000"}}',
        b'{"data": {' + b",".join(b'"k%d": 1' % n for n in range(20_000)) + b"}}",
        b'{"data": {"a": 1}, "errors": []}',
        b'{"data": {"a": 1}, "extensions": []}',
        b'{"data": {"a": 1}, "extensions": {"cost": 7, "search": {}}}',
        b'{"data": {"a": 1}, "extensions": {"search": [7, {"warnings": null}, {"warnings": [8]}]}}',
    ],
    ids=range(12),
)  # fmt: skip
def test_a_strange_answer_is_read_or_refused_and_breaks_nothing(
    run: Any, shopify: ScriptedShopify, body: bytes
) -> None:
    shopify.always = Reply(body=body)
    with contextlib.suppress(UpstreamError):
        assert isinstance(run(timeout=2).data, dict)


def test_json_under_another_content_type_is_read(run: Any, shopify: ScriptedShopify) -> None:
    shopify.answers(Reply(body=b'{"data": {"a": 1}}', headers={"Content-Type": "text/html"}))
    assert run().data == {"a": 1}


def test_a_redirect_is_neither_followed_nor_repeated(
    run: Any, shopify: ScriptedShopify, elsewhere: ScriptedShopify
) -> None:
    shopify.answers(Reply(status=307, headers={"Location": f"{elsewhere.endpoint}/admin"}))
    with pytest.raises(UpstreamError):
        run()
    assert len(shopify.requests) == 1


def test_no_error_shows_the_token(run: Any, shopify: ScriptedShopify) -> None:
    for reply in (*BROKEN, Reply(status=401), Reply(status=403), Reply(body=b"x"), errors("ACCESS_DENIED")):
        shopify.replies.clear()
        shopify.always = reply
        with pytest.raises(PluginError) as caught:
            run(timeout=1)
        assert "shpat_canary" not in shown(caught.value)


def test_user_errors_of_every_list_are_found_once() -> None:
    payload = {
        "order_cancel": {
            "job": None,
            "user_errors": [{"field": ["refund"], "message": "No."}],
            "order_cancel_user_errors": [{"field": ["refund"], "message": "No.", "code": "INVALID"}],
        },
        "other": {"media_user_errors": [{"field": None, "message": "Bad.", "code": None}], "user_errors": []},
        "nothing": None,
    }
    assert user_errors(payload) == [
        {"field": ["refund"], "message": "No.", "code": "INVALID"},
        {"field": None, "message": "Bad.", "code": None},
    ]


def test_user_errors_are_returned_and_not_raised(run: Any, shopify: ScriptedShopify) -> None:
    entry = {"field": ["title"], "message": "Title can't be blank"}
    shopify.answers(data({"product_create": {"product": None, "user_errors": [entry]}}))
    assert user_errors(run("ThingCreate").data) == [{**entry, "code": None}]
