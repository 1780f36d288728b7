"""The file storage beside Shopify's API: signed addresses from which results come and to which uploads go.

An address is a credential, so that it appears in no error and no log. The storage never gets a store's token. Requests
go to hosts on the net over https, or to the sandbox that all traffic goes to.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from atom_shopify_plugin.errors import UpstreamError
from atom_shopify_plugin.shopify.transport import AnswerLost, NotSent

if TYPE_CHECKING:
    from atom_shopify_plugin.shopify.transport import HTTPAnswer, Transport

__all__ = ["AddressEnded", "File", "FileStore", "blocks_of", "lines_of"]

PART = 4 << 20  # bytes that one request fetches
_SECONDS = 60.0  # for one request
_PAUSES = (0.5, 1.0, 2.0, 4.0)
_ENDED = frozenset({400, 403, 404, 410})


class AddressEnded(UpstreamError):
    """A signed address is not valid any more: ask Shopify for the operation again."""


@dataclass(frozen=True, slots=True)
class File:
    """What is uploaded: its name, its media type such as ``image/png``, and its bytes."""

    name: str
    media_type: str
    content: bytes


class FileStore:
    """Fetches and uploads files through `transport`. `sleep` exists for simulations."""

    def __init__(self, transport: Transport, sleep: Callable[[float], object] = time.sleep) -> None:
        self._transport = transport
        self._sleep = sleep

    def read(self, url: str, start: int = 0) -> Iterator[bytes]:
        """Yield the bytes of a file from `start` on, a few MiB at a time.

        A request that breaks is repeated from where it broke. Raise `AddressEnded`, `Unavailable` and `UpstreamError`.
        """
        self._check(url)
        while True:
            answer = self._part(url, start)
            if answer.status == 416:  # there is nothing behind the end
                return
            # Storage that ignores the range answers with the whole.
            content = answer.body if answer.status == 206 else answer.body[start:]
            if content:
                yield content
            start += len(content)
            whole = answer.headers.get("Content-Range", "").rpartition("/")[2]
            if not content or answer.status != 206 or (whole.isdigit() and start >= int(whole)):
                return

    def upload(self, target: Mapping[str, Any], file: File) -> None:
        """Send a file to one of the ``stagedTargets`` of Shopify, in our names.

        shopify.dev, "stagedUploadsCreate": the form holds the given parameters in their order, and the file last. To
        repeat an upload overwrites the same file, so it is harmless. Raise `Unavailable` and `UpstreamError`.
        """
        self._check(target["url"])
        body, content_type = _form(target["parameters"], file)
        answer = self._patiently("POST", target["url"], {"Content-Type": content_type}, body)
        if answer.status not in (200, 201, 204):
            raise UpstreamError("Shopify's file storage refused the file.", details={"status": answer.status})

    def _part(self, url: str, start: int) -> HTTPAnswer:
        headers = {"Range": f"bytes={start}-{start + PART - 1}"}
        answer = self._patiently("GET", url, headers, None)
        if answer.status in _ENDED:
            raise AddressEnded("The address of this file is not valid any more.", details={"status": answer.status})
        if answer.status not in (200, 206, 416):
            raise UpstreamError("Shopify's file storage refused to send a file.", details={"status": answer.status})
        return answer

    def _patiently(self, method: str, url: str, headers: dict[str, str], body: bytes | None) -> HTTPAnswer:
        for pause in (*_PAUSES, None):
            try:
                deadline = time.monotonic() + _SECONDS
                answer = self._transport.fetch(method, url, headers=headers, body=body, deadline=deadline)
                if answer.status not in (429, 500, 502, 503, 504) or pause is None:
                    return answer
            except (NotSent, AnswerLost):
                if pause is None:
                    raise
            self._sleep(pause)
        raise AssertionError("the last attempt returns or raises")

    def _check(self, url: Any) -> None:
        """Refuse an address that leads anywhere else."""
        parts, endpoint = urlsplit(url if isinstance(url, str) else ""), self._transport.endpoint
        if endpoint is not None and parts.scheme == "http":
            good = parts.netloc == urlsplit(endpoint).netloc
        else:
            host = parts.hostname or ""
            good = parts.scheme == "https" and parts.netloc == host and "." in host and not _is_ip(host)
        if not good:
            raise UpstreamError("Shopify named no address of its file storage.")


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


def lines_of(pieces: Iterator[bytes] | Sequence[bytes]) -> Iterator[bytes]:
    """Yield the lines of a file, without their ends; a line ends at LF only, and an empty one is left out.

    Texts in JSON may hold U+2028 and other characters that `str.splitlines` would split at.
    """
    held: list[Any] = []
    for piece in pieces:
        first, *others = piece.split(b"\n")
        held.append(first)
        for other in others:
            line = b"".join(held)
            if line.strip():
                yield line
            held = [other]
    if (line := b"".join(held)).strip():
        yield line


def blocks_of(pieces: Iterable[bytes]) -> Iterator[tuple[int, list[bytes]]]:
    """Yield the lines that each piece of a file completes, with how many bytes they took; see `lines_of`."""
    held: list[Any] = []
    for piece in pieces:
        end = piece.rfind(b"\n") + 1
        if not end:
            held.append(piece)
            continue
        block = b"".join([*held, piece[:end]])
        held = [piece[end:]] if end < len(piece) else []
        yield len(block), [line for line in block.split(b"\n") if line and not line.isspace()]
    rest = b"".join(held)
    if rest:
        yield len(rest), [] if rest.isspace() else [rest]
