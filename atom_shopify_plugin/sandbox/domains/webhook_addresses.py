"""What Shopify says to the address of a webhook subscription: https, Pub/Sub and EventBridge."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator
from urllib.parse import urlsplit

__all__ = ["address_faults", "is_project", "is_topic"]

LONGEST = 65_535  # bytes
_SHOPIFY = re.compile(r"(^|\.)(shopify\.com|myshopify\.com)$")
_PUBSUB = re.compile(r"pubsub://([^:]+):(.+)")
_PROJECT = re.compile(r"[a-z][a-z0-9-]{4,28}[a-z0-9]|\d+")
_TOPIC = re.compile(r"(?!goog)[A-Za-z][\w.~+%-]{2,254}", re.ASCII)
_ARN = re.compile(r"arn:aws:events:[\w-]+::event-source/aws\.partner/shopify\.com(?:\.test)?/(\d+)/[\w.-]+", re.ASCII)


def address_faults(uri: str, api_client: str) -> Iterator[str]:
    """Yield the messages about an address without blanks around it, none for a good one.

    `api_client` is the number of the app, which an EventBridge ARN has to name.
    """
    if not uri:
        yield "Address can't be blank"
    elif len(uri.encode()) > LONGEST:
        yield "Address is too big (maximum is 64 KB)"
    elif uri.startswith("pubsub:"):
        yield from _pubsub(uri)
    elif uri.startswith("arn:"):
        yield from _arn(uri, api_client)
    elif uri.startswith("kafka:"):
        yield "Address protocol kafka:// is not supported"
        yield "Address is not a valid kafka topic"
    else:
        yield from _http(uri)


def is_project(text: str) -> bool:
    """Tell whether a text can be the id or the number of a Google Cloud project."""
    return _PROJECT.fullmatch(text) is not None


def is_topic(text: str) -> bool:
    """Tell whether a text can be the id of a Pub/Sub topic."""
    return _TOPIC.fullmatch(text) is not None


def _pubsub(uri: str) -> Iterator[str]:
    parts = _PUBSUB.fullmatch(uri)
    if parts is None:
        yield "Address protocol pubsub:// is not supported"
        yield "Address is not a valid GCP pub/sub format. Format should be pubsub://project:topic"
    elif not is_project(parts[1]):
        yield "Address is invalid"
        yield "Address is not a valid GCP project id."
    elif not is_topic(parts[2]):
        yield "Address is invalid"
        yield "Address is not a valid GCP topic id."


def _arn(uri: str, api_client: str) -> Iterator[str]:
    parts = _ARN.fullmatch(uri)
    if parts is None:
        yield "Address is invalid"
        yield "Address is not a valid AWS ARN"
    elif parts[1] != api_client:
        yield "Address is invalid"
        yield f"Address is an AWS ARN and includes api_client_id '{parts[1]}' instead of '{api_client}'"


def _http(uri: str) -> Iterator[str]:
    scheme, colon, _ = uri.partition(":")
    try:
        host = urlsplit(uri).hostname or ""
    except ValueError:
        host = ""
    internal = _is_internal(host)
    # The sandbox delivers to addresses of its own machine, which may be plain http; Shopify refuses them.
    if scheme == "http" and internal and not re.search(r"\s", uri):
        return
    if colon and scheme != "https":
        yield f"Address protocol {scheme}:// is not supported"
    elif not colon or not host or re.search(r"\s", uri):
        yield "Address is invalid"
    elif internal or _SHOPIFY.search(host):
        yield "Address cannot be a Shopify or an internal domain"


def _is_internal(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
