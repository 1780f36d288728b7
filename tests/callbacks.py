"""Callbacks of OAuth that Shopify did not send like this, over HTTP in one process and over real sockets alike."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from urllib.parse import urlencode


def signed(values: dict[str, str] | list[tuple[str, str]], secret: str = "sandbox-secret") -> str:
    pairs = list(values.items()) if isinstance(values, dict) else values
    text = "&".join(f"{name}={value}" for name, value in sorted(pairs))
    digest = hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()
    return urlencode([*pairs, ("hmac", digest)])


def _unsigned(query: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in query.items() if name != "hmac"}


# What is made of the right query: without a signature that fits, and with one.

ALTERED: dict[str, Callable[[dict[str, str]], str]] = {
    "no hmac": lambda query: urlencode({name: value for name, value in query.items() if name != "hmac"}),
    "an empty hmac": lambda query: urlencode({**query, "hmac": ""}),
    "a wrong hmac": lambda query: urlencode({**query, "hmac": "0" * 64}),
    "an hmac that is not ascii": lambda query: urlencode({**query, "hmac": "é" * 64}),
    "hmac twice": lambda query: urlencode(query) + "&hmac=" + query["hmac"],
    "shop twice": lambda query: urlencode(query) + "&shop=demo.myshopify.com",
    "state twice": lambda query: urlencode(query) + "&state=" + query["state"],
    "code twice": lambda query: urlencode(query) + "&code=c",
    "timestamp twice": lambda query: urlencode(query) + "&timestamp=" + query["timestamp"],
    "another shop": lambda query: urlencode({**query, "shop": "outlet.myshopify.com"}),
    "a shop elsewhere": lambda query: urlencode({**query, "shop": "evil.com"}),
    "another code": lambda query: urlencode({**query, "code": "c"}),
    "an added parameter": lambda query: urlencode({**query, "extra": "1"}),
    "an array": lambda query: urlencode(query) + "&shop[]=demo.myshopify.com",
    "another secret": lambda query: signed(_unsigned(query), "another-secret"),
    "nothing": lambda _query: "",
}
SIGNED_BUT_WRONG: dict[str, Callable[[dict[str, str]], str]] = {
    **{
        f"timestamp {value!r}": lambda query, value=value: signed({**_unsigned(query), "timestamp": value})  # type: ignore[misc]
        for value in ("nan", "inf", "1e9", "-1", "", "0", "1_700_000_000", " 17", "١٧٠٠٠٠٠٠٠٠", "99999999999999")
    },
    "no timestamp": lambda query: signed({k: v for k, v in _unsigned(query).items() if k != "timestamp"}),
    "no state": lambda query: signed({k: v for k, v in _unsigned(query).items() if k != "state"}),
    "no code": lambda query: signed({k: v for k, v in _unsigned(query).items() if k != "code"}),
    "no shop": lambda query: signed({k: v for k, v in _unsigned(query).items() if k != "shop"}),
    "an invented state": lambda query: signed({**_unsigned(query), "state": "A" * 43}),
    "a shop elsewhere, signed": lambda query: signed({**_unsigned(query), "shop": "evil.com"}),
    "a shop twice, signed": lambda query: signed([*_unsigned(query).items(), ("shop", "demo.myshopify.com")]),
}
