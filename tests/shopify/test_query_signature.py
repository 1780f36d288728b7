"""Shopify's signed queries: its own vectors, attacks on them, and an oracle written from the rule alone."""

from __future__ import annotations

import hashlib
import hmac
import json
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from atom_shopify_plugin.errors import Forbidden, InvalidInput, PluginError
from atom_shopify_plugin.settings import Secret
from atom_shopify_plugin.shopify.oauth import sign_query, verify_query

VECTORS = json.loads((Path(__file__).parent / "data" / "hmac_vectors.json").read_text())
NOW = 1_790_000_000
SECRET = Secret("hush")
OLD = Secret("hush before")
PLAIN = {"code": "0907a61c", "shop": "demo.myshopify.com", "state": "abc", "timestamp": str(NOW), "host": "YWRt"}


def oracle(pairs: list[tuple[str, str]], secret: str) -> str:
    """Sign by the written rule, with nothing of ours."""
    lists: dict[str, list[str]] = {}
    texts: list[tuple[str, str]] = []
    for key, value in pairs:
        if key == "hmac":
            continue
        if key[-2:] == "[]":
            lists.setdefault(key[:-2], []).append(value)
        else:
            texts.append((key, value))
    texts += [(key, json.dumps(values)) for key, values in lists.items()]
    table = str.maketrans({"%": "%25", "&": "%26", "=": "%3D"})
    lines = [(key.translate(table), value.replace("%", "%25").replace("&", "%26")) for key, value in texts]
    message = "&".join(f"{key}={value}" for key, value in sorted(lines, key=lambda line: line[0].encode()))
    return hmac.new(secret.encode(), message.encode(), hashlib.sha256).hexdigest()


def signed(fields: dict[str, str], secret: str = "hush") -> str:
    pairs = list(fields.items())
    return urlencode([*pairs, ("hmac", oracle(pairs, secret))])


def resigned(raw_pairs: list[tuple[str, str]]) -> str:
    return urlencode([*raw_pairs, ("hmac", oracle(raw_pairs, "hush"))])


@pytest.mark.parametrize("vector", [v for v in VECTORS if v["kind"] == "oauth_query"], ids=lambda v: str(v["id"]))
def test_shopifys_own_vectors_hold(vector: dict[str, Any]) -> None:
    pairs = [(key, value) for key, value in vector["input"]]
    assert sign_query(pairs, Secret(vector["secret"])) == vector["expected"]
    assert oracle(pairs, vector["secret"]) == vector["expected"]


def test_a_signed_callback_is_accepted_and_read() -> None:
    assert verify_query(signed(PLAIN), [SECRET], NOW) == PLAIN
    assert verify_query(signed(PLAIN).encode(), [SECRET], NOW) == PLAIN


def test_the_previous_secret_counts_too_wherever_it_stands() -> None:
    raw = signed(PLAIN, "hush before")
    assert verify_query(raw, [SECRET, OLD], NOW) == PLAIN
    assert verify_query(raw, [OLD, SECRET], NOW) == PLAIN


def test_another_apps_secret_is_refused() -> None:
    with pytest.raises(Forbidden):
        verify_query(signed(PLAIN, "another"), [SECRET, OLD], NOW)


def test_an_empty_or_missing_secret_signs_nothing() -> None:
    for secrets in ([Secret("")], [], [SECRET, Secret("")]):
        with pytest.raises(Forbidden):
            verify_query(signed(PLAIN, ""), secrets, NOW)


def test_parameters_that_we_do_not_know_are_signed_as_well() -> None:
    fields = {**PLAIN, "new_thing": "ü & % = +"}
    assert verify_query(signed(fields), [SECRET], NOW) == fields
    with pytest.raises(Forbidden):
        verify_query(signed(PLAIN) + "&new_thing=1", [SECRET], NOW)


def test_a_list_is_signed_as_json_under_its_bare_name() -> None:
    pairs = [*PLAIN.items(), ("ids[]", "2"), ("ids[]", "1")]
    assert verify_query(resigned(pairs), [SECRET], NOW)["ids"] == '["2", "1"]'


def test_the_order_of_parameters_does_not_matter() -> None:
    raw = "&".join(reversed(signed(PLAIN).split("&")))
    assert verify_query(raw, [SECRET], NOW) == PLAIN


@pytest.mark.parametrize("name", ["hmac", "shop", "signature", "state", "code", "timestamp", "host"])
@pytest.mark.parametrize("form", ["{0}={1}", "{0}[]={1}", "{0}[0]={1}", "{0}%5B%5D={1}"])
def test_a_control_parameter_given_twice_or_as_a_list_is_refused(name: str, form: str) -> None:
    extra = form.format(name, PLAIN.get(name, "0" * 64))
    for raw in (signed({**PLAIN, "signature": "s"}) + "&" + extra, extra + "&" + signed({**PLAIN, "signature": "s"})):
        with pytest.raises(InvalidInput):
            verify_query(raw, [SECRET], NOW)


def test_any_parameter_given_twice_is_refused() -> None:
    for pairs in ([("a", "1"), ("a", "1")], [("a", '["1"]'), ("a[]", "1")]):
        with pytest.raises(InvalidInput):
            verify_query(urlencode([*PLAIN.items(), *pairs, ("hmac", "0" * 64)]), [SECRET], NOW)


@pytest.mark.parametrize(
    "value",
    [
        "",
        "0",
        "é" * 64,
        "0" * 63,
        "0" * 65,
        "A" * 64,
        "g" * 64,
        " " + "0" * 63,
        "0" * 64 + "\n",
        "0x" + "0" * 62,
        "\x00" * 64,
    ],
    ids=repr,
)
def test_an_hmac_that_is_not_64_lower_case_digits_is_refused(value: str) -> None:
    with pytest.raises(InvalidInput):
        verify_query(urlencode({**PLAIN, "hmac": value}), [SECRET], NOW)


def test_an_upper_case_hmac_is_refused() -> None:
    raw = signed(PLAIN)
    head, _, digest = raw.rpartition("=")
    with pytest.raises(InvalidInput):
        verify_query(f"{head}={digest.upper()}", [SECRET], NOW)


def test_a_missing_hmac_is_refused() -> None:
    with pytest.raises(InvalidInput):
        verify_query(urlencode(PLAIN), [SECRET], NOW)


@pytest.mark.parametrize(
    "value",
    [
        "",
        "nan",
        "inf",
        "-1",
        "1e9",
        "1_790_000_000",
        "\u0661\u0662",
        " 17",
        "17\n",
        "+17",
        "1790000000.0",
        "0x1",
        "1" * 13,
    ],
    ids=repr,
)
def test_a_timestamp_that_is_not_a_plain_number_is_refused(value: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        verify_query(signed({**PLAIN, "timestamp": value}), [SECRET], NOW)
    assert caught.value.faults[0].pointer == "/timestamp"


def test_a_missing_timestamp_is_refused() -> None:
    fields = {key: value for key, value in PLAIN.items() if key != "timestamp"}
    with pytest.raises(InvalidInput):
        verify_query(signed(fields), [SECRET], NOW)


@pytest.mark.parametrize(
    ("age", "good"), [(0, True), (90, True), (-90, True), (91, False), (-91, False), (86400, False)]
)
def test_a_timestamp_holds_for_ninety_seconds_either_way(age: int, good: bool) -> None:
    raw = signed(PLAIN)
    if good:
        assert verify_query(raw, [SECRET], NOW + age)
    else:
        with pytest.raises(InvalidInput):
            verify_query(raw, [SECRET], NOW + age)


@pytest.mark.parametrize(
    "shop", ["evil.com", "demo.myshopify.com.evil.com", "a.my\u017fhopify.com", "", "a.myshopify.com\n"]
)
def test_a_signed_shop_that_is_none_is_refused(shop: str) -> None:
    with pytest.raises(InvalidInput):
        verify_query(signed({**PLAIN, "shop": shop}), [SECRET], NOW)


def test_the_shop_is_returned_in_lower_case() -> None:
    assert verify_query(signed({**PLAIN, "shop": "DEMO.myshopify.com"}), [SECRET], NOW)["shop"] == "demo.myshopify.com"


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"&&&",
        b"=",
        b"shop",
        b"%",
        b"a=%zz",
        b"a=%f",
        b"a=%ff",
        b"\xff=1",
        "ü=1",
        b"a=1&" * 100,
        b"a=" + b"x" * 9000,
        b"\x00",
    ],
    ids=lambda raw: repr(raw)[:20],
)
def test_a_query_that_can_not_be_read_is_refused(raw: bytes | str) -> None:
    with pytest.raises(InvalidInput):
        verify_query(raw, [SECRET], NOW)


def test_a_plus_and_an_escaped_blank_are_the_same_blank() -> None:
    raw = signed({**PLAIN, "x": "a b"})
    assert "+" in raw
    assert verify_query(raw.replace("+", "%20"), [SECRET], NOW)["x"] == "a b"


NAMES = st.text(min_size=1, max_size=12).filter(
    lambda name: "[" not in name and name not in {"hmac", "shop", "signature", "state", "code", "timestamp", "host"}
)


@given(st.dictionaries(NAMES, st.text(max_size=12) | st.lists(st.text(max_size=5), min_size=1, max_size=3), max_size=6))
def test_we_agree_with_the_oracle_on_every_query(fields: dict[str, str | list[str]]) -> None:
    pairs = list(PLAIN.items())
    for name, value in fields.items():
        pairs += [(f"{name}[]", item) for item in value] if isinstance(value, list) else [(name, value)]
    raw = resigned(pairs)
    assert sign_query(pairs, SECRET) == oracle(pairs, "hush")
    assert verify_query(raw, [SECRET], NOW)["code"] == PLAIN["code"]


@given(st.data())
def test_no_changed_character_is_accepted(data: st.DataObject) -> None:
    raw = signed(PLAIN)
    at = data.draw(st.integers(0, len(raw) - 1))
    other = data.draw(st.sampled_from("abcdefghijklmnopqrstuvwxyz0123456789&=%+-_.~").filter(lambda c: c != raw[at]))
    with pytest.raises(PluginError):
        verify_query(raw[:at] + other + raw[at + 1 :], [SECRET], NOW)


@given(st.binary(max_size=200))
def test_no_bytes_break_the_verifier(raw: bytes) -> None:
    with pytest.raises(PluginError):
        verify_query(raw, [SECRET], NOW)


@given(st.text(st.characters(codec="utf-8"), max_size=30))
def test_a_value_survives_its_encoding(value: str) -> None:
    raw = signed({**PLAIN, "x": value})
    assert verify_query(raw, [SECRET], NOW)["x"] == value
    assert quote(value) or not value
