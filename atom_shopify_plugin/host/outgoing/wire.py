"""One HTTP request to another host: to a checked address, without redirects, and within bounds."""

from __future__ import annotations

import http.client
import re
import socket
import ssl
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from certifi import where

from atom_shopify_plugin._version import __version__
from atom_shopify_plugin.host.outgoing.addresses import Place, addresses, connected, place_of
from atom_shopify_plugin.host.outgoing.deadline import Deadline
from atom_shopify_plugin.host.outgoing.failures import SendFailure

__all__ = ["ANSWER_LIMIT", "BODY_LIMIT", "Reply", "header_fault", "opened", "send", "tls_context"]

BODY_LIMIT = 256 * 1024
"""Bytes that a request may send."""
ANSWER_LIMIT = 256 * 1024
"""Bytes of an answer that are read."""

_TOKEN = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}")
_VALUE = re.compile(r"[\t\x20-\x7e]{0,2000}")
_OURS = frozenset({
    "accept-encoding", "connection", "content-length", "expect", "host", "keep-alive", "proxy-authorization", "te",
    "trailer", "transfer-encoding", "upgrade",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer; `body` is cut at `ANSWER_LIMIT`, and `truncated` tells. Names of headers are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    truncated: bool

    @property
    def retry_after(self) -> float | None:
        """Seconds after which the other side wants to be asked again, if it said so as a number."""
        text = self.headers.get("retry-after", "")
        return float(text) if re.fullmatch(r"[0-9]{1,6}", text) else None


def header_fault(name: str, value: str | None = None) -> str | None:
    """Return what is wrong with a header that a person wants to send, None where it is fine."""
    if not _TOKEN.fullmatch(name):
        return "is no name of a header"
    if name.lower() in _OURS:
        return "is a header that the host sets itself"
    if value is not None and not _VALUE.fullmatch(value):
        return "must be one line of at most 2000 ASCII characters"
    return None


def tls_context() -> ssl.SSLContext:
    """Return a context that checks certificates against those of the machine and Mozilla's."""
    context = ssl.create_default_context()
    context.load_verify_locations(where())
    return context


def send(
    method: str,
    url: str,
    headers: Mapping[str, str],
    body: bytes | None,
    internal: Collection[str],
    *,
    seconds: float,
    limit: int = ANSWER_LIMIT,
) -> Reply:
    """Send a request and return the answer, whatever its status; raise `SendFailure`.

    The whole takes `seconds` at most, beside looking up the name. Of the answer's body, `limit` bytes are read. Plain
    http goes to places in `internal` only. The environment's proxies are not used, since a proxy would look the name up
    again.
    """
    place, path = place_of(url)
    if not place.tls and not place.among(internal):
        raise SendFailure("ADDRESS_REFUSED", f"{place} must be asked over https.")
    if body is not None and len(body) > BODY_LIMIT:
        raise SendFailure("BODY_TOO_LARGE", f"The request is larger than {BODY_LIMIT // 1024} KiB.")
    given = {name.lower() for name in headers}
    own = {
        "Host": str(place),
        "Accept-Encoding": "identity",
        "Connection": "close",
        "User-Agent": f"atom-shopify-plugin/{__version__}",
    }
    own = {name: value for name, value in own.items() if name.lower() not in given}
    found = addresses(place, internal)
    with Deadline(seconds) as deadline:
        connection = _Pinned(place, found, deadline)
        connection.connect()
        try:
            connection.request(method, path, body=body, headers={**own, **headers})
            return _reply(connection.getresponse(), limit, deadline)
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise SendFailure(
                "NO_ANSWER",
                f"{place} took the request and gave no whole answer within {seconds:g} s ({type(error).__name__}).",
                retryable=True,
                sent=True,
            ) from None
        finally:
            connection.close()


def _reply(answer: http.client.HTTPResponse, limit: int, deadline: Deadline) -> Reply:
    content = b""
    while limit and len(content) <= limit and (piece := answer.read(16_384)):
        content += piece
    # The end of the time looks like the end of an answer.
    if deadline.over or (limit and len(content) <= limit and answer.length):
        raise http.client.IncompleteRead(content)
    headers = {name.lower(): value[:2_000] for name, value in answer.getheaders()}
    return Reply(answer.status, headers, content[:limit], len(content) > limit)


class _Pinned(http.client.HTTPConnection):
    """A connection to one of some checked addresses of a place, over TLS where the place says so."""

    auto_open = 0  # opened once, and never again to another address

    def __init__(self, place: Place, found: Collection[str], deadline: Deadline) -> None:
        super().__init__(place.host, place.port)
        self._found, self._place, self._deadline = found, place, deadline

    def connect(self) -> None:
        self.sock = opened(self._place, self._found, self._deadline)


def opened(place: Place, found: Collection[str], deadline: Deadline) -> socket.socket:
    """Return a watched connection to one of some checked addresses of a place; raise `SendFailure`."""
    plain = connected(place, found, deadline.until)
    plain.settimeout(deadline.left)
    deadline.watch(plain)
    if not place.tls:
        return plain
    try:
        secure = tls_context().wrap_socket(plain, server_hostname=place.host)
    except ssl.SSLCertVerificationError:
        plain.close()
        raise SendFailure("TLS_FAILED", f"{place} has no certificate that proves its name.") from None
    except (OSError, ValueError):
        plain.close()
        raise SendFailure("UNREACHABLE", f"{place} did not begin to speak TLS.", retryable=True) from None
    deadline.watch(secure)
    return secure
