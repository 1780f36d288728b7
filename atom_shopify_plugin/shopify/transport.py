"""One HTTP exchange with Shopify: kept-alive connections, a total deadline, a byte limit, no redirects.

requests' defaults are not safe here: it follows redirects with the token in hand, its read timeout starts again with
every byte, and a compressed body may grow without bounds. So this module uses the part of requests that owns
connections (the adapter) and leaves cookies, the environment's proxies and redirects out of the game.
"""

from __future__ import annotations

import http.client
import io
import os
import ssl
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import urlencode

import orjson
import requests
from requests.adapters import BaseAdapter, HTTPAdapter
from requests.structures import CaseInsensitiveDict
from requests.utils import DEFAULT_CA_BUNDLE_PATH
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import NewConnectionError
from urllib3.util import Timeout

from atom_shopify_plugin._version import __version__
from atom_shopify_plugin.errors import InvalidInput, Unavailable, UpstreamError
from atom_shopify_plugin.shopify.domain import ShopDomain
from atom_shopify_plugin.shopify.skew import ClockSkew

__all__ = ["AnswerLost", "HTTPAnswer", "NotSent", "NotTrusted", "Transport"]

_CHUNK = 65536
_USER_AGENT = f"atom-shopify-plugin/{__version__}"
_COMMON = {"User-Agent": _USER_AGENT, "Accept": "application/json", "Accept-Encoding": "gzip"}


class NotSent(Unavailable):
    """No connection could be made: Shopify has not seen the request."""


class AnswerLost(Unavailable):
    """The request went out and no whole answer came back: nobody here knows whether Shopify did it."""


class NotTrusted(UpstreamError):
    """Who answers at the store's address has no valid certificate: nothing was sent."""


@dataclass(frozen=True, slots=True)
class HTTPAnswer:
    """Shopify's answer. `headers` ignores case; `body` is decompressed; `elapsed` is in seconds."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    elapsed: float


class Transport:
    """The way to Shopify, shared by all threads of a process.

    `endpoint` is the checked loopback address of a sandbox (`Settings.endpoint`): all traffic goes there and the Host
    header carries the store's own domain. `adapter` takes the place of the network altogether. `connect_timeout` and
    `answer_timeout` (seconds) bound one exchange inside the caller's deadline; `max_bytes` bounds a decoded body.
    """

    def __init__(
        self,
        endpoint: str | None = None,
        adapter: BaseAdapter | None = None,
        *,
        connect_timeout: float = 5.0,
        answer_timeout: float = 20.0,
        max_bytes: int = 32 * 1024 * 1024,
    ) -> None:
        self.endpoint = endpoint
        self.skew = ClockSkew()
        self._given = adapter
        self._connect_timeout = connect_timeout
        self._answer_timeout = answer_timeout
        self._max_bytes = max_bytes
        self._lock = threading.Lock()
        self._adapter: BaseAdapter | None = None
        self._pid = 0

    def send(
        self,
        shop: ShopDomain,
        method: str,
        path: str,
        *,
        headers: Mapping[str, str],
        json: Any = None,
        form: Mapping[str, str] | None = None,
        body: bytes | None = None,
        deadline: float,
    ) -> HTTPAnswer:
        """Send one request and read the whole answer before `deadline` (`time.monotonic()`).

        The body is `body` (JSON already encoded), `json`, or `form`. Raise `NotSent` where no connection was made,
        `AnswerLost` for a timeout, a reset, or a body that is cut or can't be decompressed, and `UpstreamError` for a
        redirect or a body over the limit. Any status below 300 or from 400 on is an answer.
        """
        content_type = "application/json"
        if form is not None:
            body, content_type = urlencode(form).encode(), "application/x-www-form-urlencoded"
        elif body is None and json is not None:
            body = orjson.dumps(json)
        address = shop.url(path, self.endpoint)
        request = _prepared(method, address, {"Host": shop.name, **_COMMON, **headers}, body, content_type)
        answer = self._exchange(request, deadline)
        self.skew.note(answer.headers.get("Date"), answer.elapsed)
        return answer

    def fetch(
        self, method: str, url: str, *, headers: Mapping[str, str], body: bytes | None, deadline: float
    ) -> HTTPAnswer:
        """Send one request without a token to an address that the caller has checked; raise as `send` does."""
        # Parts of a file are counted in its own bytes: `identity`.
        plain = {"User-Agent": _USER_AGENT, "Accept-Encoding": "identity", **headers}
        return self._exchange(_prepared(method, url, plain, body), deadline)

    def _exchange(self, request: requests.PreparedRequest, deadline: float) -> HTTPAnswer:
        started = time.monotonic()
        left = deadline - started
        if left <= 0:
            raise NotSent("There was no time left to ask Shopify.")
        timeout = Timeout(connect=min(self._connect_timeout, left), read=min(self._answer_timeout, left))
        response: requests.Response | None = None
        try:
            response = self._connections().send(request, stream=True, timeout=cast(Any, timeout), verify=True)
            status = response.status_code
            if 300 <= status < 400:
                raise UpstreamError(
                    "Shopify's answer points to another address, which is not followed.", details={"status": status}
                )
            content = self._read(response, deadline)
        except requests.RequestException as error:
            raise _translate(error) from None
        finally:
            # The connection returns to its pool after a whole answer and is dropped after anything else.
            if response is not None:
                response.close()
        elapsed = time.monotonic() - started
        return HTTPAnswer(status, response.headers, content, elapsed)

    def close(self) -> None:
        """Close the connections of this process; a later `send` opens new ones."""
        with self._lock:
            adapter, self._adapter = self._adapter, None
        if adapter is not None:
            adapter.close()

    def _connections(self) -> BaseAdapter:
        """Return this process's connections: sockets must not be shared with a child that was forked."""
        adapter = self._adapter
        if adapter is None or self._pid != os.getpid():
            if self._pid != os.getpid():
                self._lock = threading.Lock()
                self._adapter = None
                self._pid = os.getpid()
            with self._lock:
                adapter = self._adapter = self._adapter or self._given or _Connections()
        return adapter

    def _read(self, response: requests.Response, deadline: float) -> bytes:
        parts: list[bytes] = []
        size = 0
        for part in response.iter_content(_CHUNK):
            size += len(part)
            if size > self._max_bytes:
                raise UpstreamError("Shopify's answer is larger than can be read.", details={"limit": self._max_bytes})
            if time.monotonic() > deadline:
                raise AnswerLost("Shopify's answer took too long.")
            parts.append(part)
        return b"".join(parts)


def _prepared(
    method: str, url: str, headers: Mapping[str, str], body: bytes | None, content_type: str | None = None
) -> requests.PreparedRequest:
    """Build the request by hand: it has no cookies, no credentials in the URL and no surprises to normalise."""
    request = requests.PreparedRequest()
    request.method = method
    request.url = url
    fields = dict(headers)
    if body is not None:
        fields |= {"Content-Type": content_type} if content_type else {}
        fields["Content-Length"] = str(len(body))
    for value in fields.values():
        # http.client would refuse it as well, but with the value, perhaps a token, in its message.
        if not (value.isascii() and value.isprintable()):
            raise InvalidInput("A request header can't hold this value.")
    request.headers = CaseInsensitiveDict(fields)
    request.body = body
    return request


def _translate(error: requests.RequestException) -> UpstreamError:
    if isinstance(error, requests.exceptions.ContentDecodingError):
        return AnswerLost("Shopify's answer could not be decompressed.")
    reason = getattr(error.args[0], "reason", None) if error.args else None
    if isinstance(error, requests.exceptions.SSLError):
        if _is_about_the_certificate(error):
            return NotTrusted("The certificate of the store's address is not valid; nothing was sent.")
        return AnswerLost("The encrypted connection to Shopify broke.")
    if isinstance(error, requests.exceptions.ConnectTimeout) or isinstance(reason, NewConnectionError):
        return NotSent("Shopify can't be reached.")
    if isinstance(error, requests.exceptions.Timeout):
        return AnswerLost("Shopify did not answer in time.")
    return AnswerLost("The connection to Shopify broke before the answer was whole.")


def _is_about_the_certificate(error: BaseException) -> bool:
    seen: list[BaseException] = [error]
    for link in seen:
        if isinstance(link, ssl.CertificateError):
            return True
        more = (link.__cause__, link.__context__, getattr(link, "reason", None), *link.args)
        seen.extend(item for item in more if isinstance(item, BaseException) and item not in seen)
    return False


class _Clocked(io.RawIOBase):
    """A socket's reading side on which a timeout covers everything that is read, not each piece of it."""

    def __init__(self, raw: io.RawIOBase, sock: Any) -> None:
        self._raw = raw
        self._sock = sock
        timeout = sock.gettimeout()
        self._deadline = None if timeout is None else time.monotonic() + timeout

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        if self._deadline is not None:
            left = self._deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError("timed out")
            self._sock.settimeout(left)
        return cast("int | None", self._raw.readinto(buffer))

    def close(self) -> None:
        self._raw.close()
        super().close()


class _Response(http.client.HTTPResponse):
    def __init__(self, sock: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        self.fp = io.BufferedReader(_Clocked(cast(Any, self.fp).detach(), sock), _CHUNK)


class _PlainConnection(HTTPConnection):
    response_class = _Response


class _TlsConnection(HTTPSConnection):
    response_class = _Response


class _PlainPool(HTTPConnectionPool):
    ConnectionCls = _PlainConnection


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls = cast(Any, _TlsConnection)


class _Connections(HTTPAdapter):
    """requests' adapter with clocked reads, room for many threads and stores, and one TLS context for all of them.

    Loading the certificates takes some 20 ms of processor time, which requests spends on every new connection.
    """

    def __init__(self) -> None:
        super().__init__(pool_connections=256, pool_maxsize=64, max_retries=0)

    def init_poolmanager(self, connections: int, maxsize: int, block: bool = False, **kwargs: Any) -> None:
        super().init_poolmanager(connections, maxsize, block, **kwargs)
        self._tls: ssl.SSLContext | None = None
        self._tls_lock = threading.Lock()
        self.poolmanager.pool_classes_by_scheme = {"http": _PlainPool, "https": _TlsPool}

    def build_connection_pool_key_attributes(self, request: Any, verify: Any, cert: Any = None) -> Any:
        host, pool = super().build_connection_pool_key_attributes(request, verify, cert)
        if host["scheme"] == "https":
            pool["ssl_context"] = self._context()
        return host, pool

    def cert_verify(self, conn: Any, url: Any, verify: Any, cert: Any) -> None:
        """Leave the shared context alone: it verifies certificates already."""

    def _context(self) -> ssl.SSLContext:
        with self._tls_lock:
            if self._tls is None:
                context = ssl.create_default_context(cafile=DEFAULT_CA_BUNDLE_PATH)
                context.minimum_version = ssl.TLSVersion.TLSv1_2
                context.set_alpn_protocols(["http/1.1"])
                self._tls = context
            return self._tls
