"""What a body may be, and what is refused with a reason."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from webhost import Caller, SmallHost, error_of

from atom_shopify_plugin.errors import InvalidInput
from atom_shopify_plugin.web.body import LIMIT, MAX_DEPTH, parse_object

PRODUCTS = "/api/shopify/products"
JSON = {"Content-Type": "application/json"}

NOT_JSON: dict[str, bytes] = {
    "open lists": b"[" * 200_000,
    "open objects": b'{"a":' * 100_000,
    "nested 500": b'{"title":' + b"[" * 500 + b"]" * 500 + b"}",
    "nested 990": b'{"title":' + b"[" * 990 + b"]" * 990 + b"}",
    "nested 5000": b'{"title":' + b"[" * 5000 + b"]" * 5000 + b"}",
    "long number": b'{"title":' + b"1" * 5000 + b"}",
    "long float": b'{"title":0.' + b"1" * 250 + b"}",
    "overflow": b'{"title":1e999}',
    "not a number": b'{"title":NaN}',
    "infinity": b'{"title":-Infinity}',
    "key twice": b'{"title":"a","title":"b"}',
    "key twice inside": b'{"title":{"a":1,"a":2}}',
    "byte-order mark": b'\xef\xbb\xbf{"title":"a"}',
    "utf-16": '{"title":"a"}'.encode("utf-16"),
    "latin-1": '{"title":"é"}'.encode("latin-1"),
    "nul": b'{"title":"a\\u0000b"}',
    "half a surrogate pair": b'{"title":"\\ud800"}',
    "half a pair as key": b'{"\\udfff":1}',
    "many keys": json.dumps({str(number): 0 for number in range(60_000)}).encode(),
    "a list": b"[]",
    "a text": b'"title"',
    "null": b"null",
    "cut": b'{"title":',
    "two values": b"{}{}",
    "single quotes": b"{'title':'a'}",
    "comment": b'{"title":"a"} // yes',
    "trailing comma": b'{"title":"a",}',
}


def test_a_body_that_is_not_strict_json_is_refused_and_nothing_is_sent(
    ada: Caller, upstream: Callable[[], int]
) -> None:
    before = upstream()
    for name, content in NOT_JSON.items():
        response = ada.send("POST", PRODUCTS, data=content, headers=JSON)
        error = error_of(response)
        assert (name, response.status_code, error["code"]) == (name, 400, "VALIDATION_ERROR")
        assert error["details"]["faults"]
    assert upstream() == before


def test_a_key_of_the_prototype_is_an_unknown_field_like_any_other(ada: Caller) -> None:
    error = error_of(ada.send("POST", PRODUCTS, data=b'{"title":"a","__proto__":{"admin":true}}', headers=JSON))
    assert [fault["pointer"] for fault in error["details"]["faults"]] == ["/__proto__"]


@pytest.mark.parametrize(
    ("content_type", "status"),
    [
        ("text/plain", 415),
        ("application/x-www-form-urlencoded", 415),
        ("multipart/form-data; boundary=x", 415),
        ("", 415),
        ("application/json; charset=utf-16", 415),
        ("application/vnd.api+json; charset=utf-8", 400),  # read as JSON; the title is missing
    ],
)
def test_a_body_of_another_type_is_refused(ada: Caller, content_type: str, status: int) -> None:
    response = ada.send("POST", PRODUCTS, data=b'{"titel":"Mug"}', headers={"Content-Type": content_type})
    assert response.status_code == status
    error_of(response)


def test_a_compressed_body_is_refused(ada: Caller) -> None:
    response = ada.send("POST", PRODUCTS, data=b"\x1f\x8b", headers={**JSON, "Content-Encoding": "gzip"})
    assert (response.status_code, error_of(response)["code"]) == (415, "UNSUPPORTED_MEDIA_TYPE")


def test_a_body_over_the_limit_is_refused(ada: Caller) -> None:
    content = b'{"title":"' + b"a" * LIMIT + b'"}'
    response = ada.send("POST", PRODUCTS, data=content, headers=JSON)
    assert (response.status_code, error_of(response)["code"]) == (413, "PAYLOAD_TOO_LARGE")


def chunked(content: bytes, *, ends: bool) -> dict[str, Any]:
    environ: dict[str, Any] = {"HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input_terminated": ends}
    return {"input_stream": io.BytesIO(content), "headers": JSON, "environ_overrides": environ}


def test_a_chunked_body_over_the_limit_is_refused_and_not_cut(ada: Caller) -> None:
    content = b'{"title":"Mug"}' + b" " * LIMIT
    response = ada.send("POST", PRODUCTS, **chunked(content, ends=True))
    assert (response.status_code, error_of(response)["code"]) == (413, "PAYLOAD_TOO_LARGE")


def test_a_chunked_body_within_the_limit_is_read(ada: Caller) -> None:
    response = ada.send("POST", PRODUCTS, **chunked(b'{"titel":"Mug"}', ends=True))
    assert "/titel" in [fault["pointer"] for fault in error_of(response)["details"]["faults"]]


def test_a_chunked_body_on_a_server_that_can_not_end_it_asks_for_a_length(ada: Caller) -> None:
    response = ada.send("POST", PRODUCTS, **chunked(b'{"title":"Mug"}', ends=False))
    assert (response.status_code, error_of(response)["code"]) == (411, "LENGTH_REQUIRED")


def test_a_body_shorter_than_announced_is_refused(ada: Caller) -> None:
    response = ada.send(
        "POST",
        PRODUCTS,
        input_stream=io.BytesIO(b'{"title":"Mug"}'),
        headers=JSON,
        environ_overrides={"CONTENT_LENGTH": "500"},
    )
    assert response.status_code == 400
    error_of(response)


@pytest.mark.parametrize("touch", ["form", "json", "data", "stream"])
def test_a_host_that_looked_at_the_body_first_leaves_it_readable(ada: Caller, host: SmallHost, touch: str) -> None:
    def look(request: Any) -> Any:
        getattr(request, touch)
        return host.look_up(request)

    host.answer = look
    error = error_of(ada.send("POST", PRODUCTS, data=b'{"titel":"Mug"}', headers=JSON))
    assert "/titel" in [fault["pointer"] for fault in error["details"]["faults"]]


def test_a_host_that_used_up_the_body_is_told_so(ada: Caller, host: SmallHost) -> None:
    def swallow(request: Any) -> Any:
        request.stream.read()
        return host.look_up(request)

    host.answer = swallow
    response = ada.send("POST", PRODUCTS, data=b'{"title":"Mug"}', headers=JSON)
    assert (response.status_code, error_of(response)["code"]) == (500, "CONFIG_ERROR")


def test_a_read_takes_no_body(ada: Caller) -> None:
    response = ada.send("GET", PRODUCTS, data=b'{"limit":1}', headers=JSON)
    assert response.status_code == 400
    assert "query string" in error_of(response)["message"]


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**30), 10**30)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_characters="\0", exclude_categories=("Cs",))),
    lambda inner: (
        st.lists(inner)
        | st.dictionaries(st.text(st.characters(exclude_characters="\0", exclude_categories=("Cs",))), inner)
    ),
    max_leaves=30,
)


@given(st.dictionaries(st.text(st.characters(exclude_characters="\0", exclude_categories=("Cs",))), VALUES, max_size=5))
@settings(suppress_health_check=[HealthCheck.too_slow])
def test_what_json_writes_is_read_back_the_same(value: dict[str, Any]) -> None:
    assert parse_object(json.dumps(value, ensure_ascii=False).encode()) == value
    assert parse_object(json.dumps(value).encode()) == value


@given(st.binary(max_size=200) | st.text(alphabet='{}[]",:0123456789.eE+-\\u\0 tfn', max_size=200).map(str.encode))
def test_any_bytes_are_read_or_refused_but_never_break_the_reader(content: bytes) -> None:
    try:
        assert isinstance(parse_object(content), dict)
    except InvalidInput as error:
        assert error.faults  # noqa: PT017  # either way is right; this one has to say what is wrong


@pytest.mark.parametrize(("levels", "taken"), [(MAX_DEPTH - 1, True), (MAX_DEPTH, False)])
def test_the_depth_has_an_exact_end(levels: int, taken: bool) -> None:
    content = b'{"a":' + b"[" * (levels - 1) + b"0" + b"]" * (levels - 1) + b"}"
    if taken:
        parse_object(content)
    else:
        with pytest.raises(InvalidInput):
            parse_object(content)
