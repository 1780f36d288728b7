"""One table: what Shopify answers → which error a caller sees."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scripted import Reply, ScriptedShopify, errors

from atom_shopify_plugin.errors import (
    InvalidInput,
    MissingScope,
    NotFound,
    OutcomeUnknown,
    PluginError,
    ReauthRequired,
    ShopUnavailable,
    Throttled,
    Unavailable,
    UpstreamError,
)
from atom_shopify_plugin.settings import Secret
from atom_shopify_plugin.shopify.client import Client, TokenRefused
from atom_shopify_plugin.shopify.documents import Documents
from atom_shopify_plugin.shopify.domain import ShopDomain
from atom_shopify_plugin.shopify.failures import by_status, from_errors, from_warnings, retry_after

STATUS: dict[int, type[PluginError]] = {
    400: UpstreamError, 401: TokenRefused, 402: ShopUnavailable, 403: ReauthRequired, 404: ShopUnavailable,
    406: UpstreamError, 408: Unavailable, 409: UpstreamError, 414: UpstreamError, 415: UpstreamError,
    422: UpstreamError, 423: ShopUnavailable, 429: Throttled, 430: UpstreamError, 500: Unavailable,
    501: UpstreamError, 502: Unavailable, 503: Unavailable, 504: Unavailable, 520: Unavailable, 530: Unavailable,
    540: Unavailable,
}  # fmt: skip
CODES: dict[str | None, type[PluginError]] = {
    "ACCESS_DENIED": MissingScope, "SHOP_INACTIVE": ShopUnavailable, "INTERNAL_SERVER_ERROR": Unavailable,
    "MAX_COST_EXCEEDED": InvalidInput, "MAX_INPUT_SIZE_EXCEEDED": InvalidInput, "BAD_REQUEST": InvalidInput,
    "INVALID_VARIABLE": InvalidInput, "INVALID_FIELD_ARGUMENTS": InvalidInput, "RESOURCE_NOT_FOUND": NotFound,
    "PARSE_ERROR": UpstreamError, "undefinedField": UpstreamError, "NEW_CODE": UpstreamError, None: UpstreamError,
}  # fmt: skip
ONCE = {401, 402, 403, 404, 423, 430, 501, 400, 406, 409, 414, 415, 422}


@pytest.fixture
def ask(client: Client, documents: Documents, shop: ShopDomain, token: Secret) -> Any:
    return lambda name="ThingGet", **variables: client.execute(
        shop, token, documents.get(name), variables or {"id": "gid://shopify/Product/1"}, timeout=2
    )


@pytest.mark.parametrize("status", STATUS)
def test_every_status_is_one_error(ask: Any, shopify: ScriptedShopify, status: int) -> None:
    shopify.always = Reply(status=status, body=b'{"errors": "canary"}', headers={"X-Request-Id": "r-9"})
    with pytest.raises(PluginError) as caught:
        ask()
    assert type(caught.value) is STATUS[status]
    assert caught.value.details == {"status": status, "shopify_request_id": "r-9"}
    assert (len(shopify.requests) == 1) == (status in ONCE)


@pytest.mark.parametrize("code", CODES)
def test_every_code_is_one_error(ask: Any, shopify: ScriptedShopify, code: str | None) -> None:
    shopify.always = errors(code, "Words of Shopify.")
    with pytest.raises(PluginError) as caught:
        ask()
    assert type(caught.value) is CODES[code]
    assert caught.value.details["shopify_errors"] == [{"code": code or "", "message": "Words of Shopify.", "path": []}]


@pytest.mark.parametrize(
    "reply",
    [Reply(body=b'{"errors": "plain words"}'), Reply(body=b'{"errors": [7]}'), Reply(body=b'{"errors": {"a": 1}}')],
)
def test_errors_in_another_shape_are_errors_all_the_same(ask: Any, shopify: ScriptedShopify, reply: Reply) -> None:
    shopify.always = reply
    with pytest.raises(UpstreamError):
        ask()


def test_an_error_beside_partial_data_is_an_error(ask: Any, shopify: ScriptedShopify) -> None:
    shopify.always = errors("ACCESS_DENIED", payload={"thing": {"id": "gid://shopify/Product/1"}, "other": None})
    with pytest.raises(MissingScope) as caught:
        ask()
    assert "ran" not in caught.value.details


def test_a_mutation_that_ran_beside_an_error_is_not_called_a_failure(ask: Any, shopify: ScriptedShopify) -> None:
    shopify.always = errors("ACCESS_DENIED", payload={"productCreate": {"product": {"id": "gid://shopify/Product/1"}}})
    with pytest.raises(OutcomeUnknown) as caught:
        ask("ThingCreate", title="Mug")
    assert caught.value.details["ran"] is True
    assert caught.value.details["cause"] == "MISSING_SCOPE"


def test_a_mutation_whose_payload_is_null_did_not_run(ask: Any, shopify: ScriptedShopify) -> None:
    shopify.always = errors("ACCESS_DENIED", payload={"productCreate": None})
    with pytest.raises(MissingScope):
        ask("ThingCreate", title="Mug")


@pytest.mark.parametrize(
    ("access", "scopes"),
    [
        ("`read_orders` access scope.", ["read_orders"]),
        (
            "`write_orders` access scope or `write_marketplace_orders` access scope.",
            ["write_marketplace_orders", "write_orders"],
        ),
        (
            "`write_products` access scope. Also: The user must have a permission to create products.",
            ["write_products"],
        ),
        ("`unauthenticated_read_checkouts` access scope.", ["unauthenticated_read_checkouts"]),
        ("Something else.", []),
        (None, []),
        (7, []),
    ],
)
def test_a_missing_scope_is_named_where_shopify_names_it(access: Any, scopes: list[str]) -> None:
    failure = from_errors([{"message": "No.", "extensions": {"code": "ACCESS_DENIED", "requiredAccess": access}}], {})
    assert isinstance(failure.error, MissingScope)
    assert failure.error.details["missing_scopes"] == scopes


def test_a_refused_variable_is_pointed_at(ask: Any, shopify: ScriptedShopify) -> None:
    problems = [{"path": ["quantities", 0, "a/b"], "explanation": "Expected value to not be null"}]
    shopify.answers(
        errors(
            "INVALID_VARIABLE",
            "Variable $input of type I! was provided invalid value",
            problems=problems,
            value="canary",
        )
    )
    with pytest.raises(InvalidInput) as caught:
        ask()
    assert [fault.pointer for fault in caught.value.faults] == ["/input/quantities/0/a~1b"]
    assert "canary" not in repr(caught.value.as_dict())


def test_the_rate_limit_is_judged_before_everything_else() -> None:
    listed = [{"message": "x", "extensions": {"code": code}} for code in ("BAD_REQUEST", "ACCESS_DENIED", "THROTTLED")]
    assert isinstance(from_errors(listed, {}).error, Throttled)


def test_a_search_that_shopify_would_ignore_is_refused(ask: Any, shopify: ScriptedShopify) -> None:
    warning = {"field": "titel", "message": "Invalid search field for this query.", "code": "invalid_field"}
    body = {
        "data": {"products": {"nodes": [1]}},
        "extensions": {"search": [{"path": ["products"], "warnings": [warning]}]},
    }
    shopify.answers(Reply(body=json.dumps(body).encode()))
    with pytest.raises(InvalidInput) as caught:
        ask("ThingList", first=5, query="titel:x")
    assert [(fault.pointer, fault.code) for fault in caught.value.faults] == [("/query", "invalid_field")]


def test_a_search_without_warnings_is_fine() -> None:
    assert from_warnings([{"path": ["products"], "query": "x", "warnings": []}]) is None
    assert from_warnings(None) is None


def test_shopifys_words_are_cut() -> None:
    failure = from_errors([{"message": "x" * 10_000, "path": ["p" * 1000] * 50}] * 50, {})
    assert len(json.dumps(failure.error.as_dict())) < 60_000


NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("2", 2.0), ("2.0", 2.0), (" 2.5 ", 2.5), ("0", 0.0), ("1000000000", 3600.0),
        (format_datetime(NOW + timedelta(seconds=30), usegmt=True), 30.0),
        (format_datetime(NOW - timedelta(days=3), usegmt=True), 0.0),
        ("Fri, 31 Dec 9999 23:59:59 GMT", 3600.0),
        (None, None), ("", None), ("-1", None), ("+1", None), ("nan", None), ("inf", None), ("1e3", None),
        ("1_0", None),
        ("\u0661", None), ("2 s", None), ("0x10", None), ("1" * 11, None), ("soon", None), ("Xxx, 99 Yyy 2026", None),
        ("2026-11-23T12:00:30Z", None), ("a" * 1000, None),
    ],
)  # fmt: skip
def test_retry_after_is_read_in_every_form_and_garbage_is_none(value: str | None, seconds: float | None) -> None:
    assert retry_after(value, NOW) == seconds


@given(st.text(max_size=70))
def test_no_retry_after_breaks_the_parser(value: str) -> None:
    seconds = retry_after(value, NOW)
    assert seconds is None or 0 <= seconds <= 3600


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=8),
        lambda b: (
            st.lists(b, max_size=4)
            | st.dictionaries(
                st.sampled_from(
                    [
                        "message",
                        "extensions",
                        "code",
                        "path",
                        "problems",
                        "requiredAccess",
                        "explanation",
                        "warnings",
                        "field",
                    ]
                ),
                b,
                max_size=5,
            )
        ),
        max_leaves=25,
    )
)
def test_no_shape_of_errors_breaks_the_translator(shape: Any) -> None:
    failure = from_errors(shape, {}, shape)
    json.dumps(failure.error.as_dict())
    from_warnings(shape)


@given(st.integers(100, 999))
def test_every_status_is_a_success_or_a_failure(status: int) -> None:
    assert (by_status(status, {}) is None) == (200 <= status < 300)
