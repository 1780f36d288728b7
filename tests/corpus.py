"""Hostile deliveries, sent in one process and over real sockets alike."""

from __future__ import annotations

import base64
import hashlib
import hmac

from eventkit import SECRET, encoded, order

from atom_shopify_plugin.settings import Secret
from atom_shopify_plugin.shopify.webhooks import sign

BODY = encoded(order())


def spoilt(body: bytes) -> dict[str, str]:
    """Return signatures of `body` that are none, by what is wrong with them."""
    good = sign(body, SECRET)
    raw = base64.b64decode(good)
    return {
        "nothing": "",
        "another secret": sign(body, Secret("another")),
        "an empty secret": sign(body, Secret("")),
        "hex": raw.hex(),
        "url-safe": base64.urlsafe_b64encode(b"\xfb\xff" + raw[2:]).decode(),
        "without padding": good.rstrip("="),
        "more padding": good + "=",
        "junk inside": good[:10] + "!!" + good[10:],
        "a trailing blank": good + " x",
        "lower case": good.lower(),
        "not ascii": "é" * 44,
        "too short": good[:-4],
        "too long": base64.b64encode(raw + b"\0").decode(),
        "the spare bits set": good[:-2] + chr(ord(good[-2]) + 1) + "=",
        "of an empty body": sign(b"", SECRET),
        "of the pretty body": sign(body.replace(b",", b", "), SECRET),
        "of the body in UTF-16": sign(body.decode().encode("utf-16"), SECRET),
        "of another digest": base64.b64encode(hmac.new(b"sandbox-secret", body, hashlib.sha512).digest()).decode(),
    }


# Signed deliveries that nobody can work with: what is changed, and the status that they get.
UNUSABLE: list[tuple[dict[str, str], int]] = [
    ({"topic": ""}, 400),
    ({"topic": "orders"}, 400),
    ({"topic": "ORDERS_CREATE"}, 400),
    ({"topic": "orders/create/x"}, 400),
    ({"topic": "../orders"}, 400),
    ({"webhook_id": ""}, 400),
    ({"webhook_id": "with blank"}, 400),
    ({"webhook_id": "x" * 129}, 400),
    ({"shop": ""}, 400),
    ({"shop": "evil.com"}, 400),
    ({"shop": "demo.myshopify.com.evil.com"}, 400),
    ({"shop": "demo.myſhopify.com"}, 400),
    ({"shop": "nobody-has-this.myshopify.com"}, 404),
]

# Signed bodies that break parsers and databases. Each is taken, for a refusal would cost the subscription in the end.
POISON: list[bytes] = [
    b"\xef\xbb\xbf" + BODY,
    BODY.decode().encode("utf-16"),
    b'{"id": 1, "note": "a\\u0000b"}',
    b'{"id": 1, "note": "\\ud800"}',
    b'{"id": 1, "note": "\xff"}',
    b"[" * 200_000,
    b'{"a":' * 100_000,
    b'{"id": ' + b"9" * 5000 + b"}",
    b'{"id": 1e999}',
    b'{"id": NaN}',
    b'{"id": 1, "id": 2}',
    b'{"__proto__": {"id": 1}, "id": 3}',
    b"<html>",
    b"null",
    '{"id": 1, "note": "\u202egnp.exe\u200b e\u0301"}'.encode(),
]
