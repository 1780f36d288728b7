from __future__ import annotations

import base64
import hashlib
import hmac
import json
import math
import random
import statistics
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from atom_shopify_plugin.settings import Secret
from atom_shopify_plugin.shopify.webhooks import sign, verify

VECTORS = json.loads((Path(__file__).parent / "data" / "hmac_vectors.json").read_text())
SECRET = Secret("hush")
OLD = Secret("hush before")
BODY = b'{"foo": "bar"}'


@pytest.mark.parametrize("vector", [v for v in VECTORS if v["kind"] == "webhook"], ids=lambda v: str(v["id"]))
def test_shopifys_own_vectors_hold(vector: dict[str, Any]) -> None:
    body, secret = vector["input"].encode(), Secret(vector["secret"])
    assert sign(body, secret) == vector["expected"]
    assert verify(body, vector["expected"], [secret])


def test_the_previous_secret_counts_too_wherever_it_stands() -> None:
    assert verify(BODY, sign(BODY, OLD), [SECRET, OLD])
    assert verify(BODY, sign(BODY, OLD), [OLD, SECRET])


def test_another_apps_secret_is_refused() -> None:
    assert not verify(BODY, sign(BODY, Secret("another")), [SECRET, OLD])


def test_an_empty_or_missing_secret_signs_nothing() -> None:
    assert not verify(BODY, sign(BODY, Secret("")), [Secret("")])
    assert not verify(BODY, sign(BODY, Secret("")), [])


def spellings() -> dict[str, str | None]:
    good = sign(BODY, SECRET)
    digest = hmac.new(b"hush", BODY, hashlib.sha256)
    last = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    return {
        "missing": None,
        "empty": "",
        "hex": digest.hexdigest(),
        "no padding": good.rstrip("="),
        "more padding": good + "=",
        "trailing newline": good + "\n",
        "leading blank": " " + good,
        "junk inside": good[:4] + "!!" + good[4:],
        "junk instead": "!" + good[1:],
        "url-safe": base64.urlsafe_b64encode(b"\xff" * 32).decode(),
        "lower case": good.lower(),
        "not ASCII": "é" * 44,
        "short": base64.b64encode(digest.digest()[:31]).decode(),
        "long": base64.b64encode(digest.digest() + b"x").decode(),
        "twice": f"{good},{good}",
        "spare bits": good[:-2] + last[last.index(good[-2]) ^ 1] + "=",
        "of the empty body": sign(b"", SECRET),
        "of the pretty body": sign(b'{\n  "foo": "bar"\n}', SECRET),
        "of the UTF-16 body": sign(BODY.decode().encode("utf-16"), SECRET),
        "of the body with BOM": sign(b"\xef\xbb\xbf" + BODY, SECRET),
    }


@pytest.mark.parametrize("name", list(spellings()))
def test_only_the_one_spelling_of_the_right_digest_is_accepted(name: str) -> None:
    assert not verify(BODY, spellings()[name], [SECRET])


@given(st.binary(max_size=300), st.text(min_size=1, max_size=40).filter(lambda text: text.isprintable()))
def test_what_we_sign_we_accept(body: bytes, secret: str) -> None:
    assert verify(body, sign(body, Secret(secret)), [Secret(secret)])


@given(st.binary(min_size=1, max_size=100), st.data())
def test_one_changed_bit_is_refused(body: bytes, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(body) * 8 - 1))
    changed = bytearray(body)
    changed[at // 8] ^= 1 << at % 8
    assert not verify(bytes(changed), sign(body, SECRET), [SECRET])


@given(st.text(max_size=60))
def test_no_header_breaks_the_verifier(header: str) -> None:
    assert not verify(BODY, header, [SECRET])


@pytest.mark.soak
def test_how_long_a_refusal_takes_does_not_tell_how_much_was_right() -> None:
    """Compare refusals of digests that are wrong in their first and in their last byte by Welch's t (T8)."""
    body, good = b"x" * 1000, hmac.new(SECRET.reveal().encode(), b"x" * 1000, hashlib.sha256).digest()
    wrong = (bytes([good[0] ^ 1]) + good[1:], good[:-1] + bytes([good[-1] ^ 1]))
    headers = [base64.b64encode(digest).decode() for digest in wrong]
    samples: tuple[list[int], list[int]] = ([], [])
    chance = random.Random(8)  # noqa: S311  # repeatable, not secret
    for _ in range(200_000):
        which = chance.randrange(2)
        began = time.perf_counter_ns()
        verify(body, headers[which], [SECRET, OLD])
        samples[which].append(time.perf_counter_ns() - began)
    # Of a busy machine's samples the slowest tenth says nothing about the code.
    most = sorted(samples[0] + samples[1])[len(samples[0] + samples[1]) * 9 // 10]
    kept = [[sample for sample in one if sample <= most] for one in samples]
    spread = sum(statistics.variance(one) / len(one) for one in kept)
    t = (statistics.mean(kept[0]) - statistics.mean(kept[1])) / math.sqrt(spread)
    assert abs(t) < 4.5
