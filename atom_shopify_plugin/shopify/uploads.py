"""Staged uploads: a file goes to the address that Shopify names for it, and Shopify fetches it from there.

shopify.dev, "stagedUploadsCreate": the form holds the given parameters in their order, and the file last. The address
is Shopify's storage, which is no store: it never gets the store's token.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from atom_shopify_plugin.errors import Unavailable, UpstreamError
from atom_shopify_plugin.settings import LOOPBACK
from atom_shopify_plugin.shopify.transport import Transport

__all__ = ["File", "upload"]

_ATTEMPTS = 3
_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class File:
    """What is uploaded: its name, its media type such as ``image/png``, and its bytes."""

    name: str
    media_type: str
    content: bytes


def upload(
    transport: Transport, target: Mapping[str, Any], file: File, sleep: Callable[[float], object] = time.sleep
) -> str:
    """Send a file to a staged target, and return the address by which Shopify knows it.

    `target` is one of the ``stagedTargets`` in our names. What broke is sent again: the same file at the same place
    makes no difference. Raise `UpstreamError` where the target is none or refuses the file, and `Unavailable`.
    """
    url, source = target.get("url"), target.get("resource_url")
    if not isinstance(url, str) or not isinstance(source, str) or not _may_be_sent_to(url, transport.endpoint):
        raise UpstreamError("Shopify named no address to which a file can be sent.")
    body, content_type = _form(target["parameters"], file)
    deadline = time.monotonic() + _SECONDS
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            status = transport.post(url, body, content_type, deadline=deadline).status
        except Unavailable:
            if attempt == _ATTEMPTS:
                raise
        else:
            if status < 300:
                return source
            if status < 500 or attempt == _ATTEMPTS:
                raise UpstreamError("Shopify's storage refused the file.", details={"status": status})
        sleep(0.5 * attempt)
    raise AssertionError


def _may_be_sent_to(url: str, endpoint: str | None) -> bool:
    """Tell whether an address is that of a host on the net, or of the sandbox that all traffic goes to."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    if parts.username is not None or parts.password is not None:
        return False
    if parts.scheme == "http":
        return endpoint is not None and host in LOOPBACK
    return parts.scheme == "https" and "." in host and not _is_ip(host)


def _is_ip(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _form(parameters: Sequence[Mapping[str, str]], file: File) -> tuple[bytes, str]:
    """Return a multipart form (RFC 7578) and its content type."""
    boundary = secrets.token_hex(16)
    fields = [(f'name="{_quoted(one["name"])}"', one["value"].encode()) for one in parameters]
    kind = f"\r\nContent-Type: {file.media_type}"
    fields.append((f'name="file"; filename="{_quoted(file.name)}"{kind}', file.content))
    parts = [
        f"--{boundary}\r\nContent-Disposition: form-data; {head}\r\n\r\n".encode() + value + b"\r\n"
        for head, value in fields
    ]
    return b"".join([*parts, f"--{boundary}--\r\n".encode()]), f"multipart/form-data; boundary={boundary}"


def _quoted(text: str) -> str:
    return text.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")
