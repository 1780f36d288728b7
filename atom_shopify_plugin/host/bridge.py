"""Flask under ASGI: a request with its whole body becomes a WSGI environment, and the answer comes in one piece."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from io import BytesIO
from types import TracebackType
from typing import Any, TypeAlias
from urllib.parse import unquote_to_bytes

from atom_shopify_plugin.asgi import Scope

__all__ = ["Answered", "answer", "environ_of"]

Answered: TypeAlias = tuple[int, list[tuple[bytes, bytes]], bytes]
"""Status, headers and body."""

_ExcInfo: TypeAlias = tuple[type[BaseException], BaseException, TracebackType] | tuple[None, None, None]


def environ_of(scope: Scope, body: bytes) -> dict[str, Any]:
    """Return the WSGI environment of a request (PEP 3333)."""
    server, client = scope.get("server") or ("", 0), scope.get("client") or ("", 0)
    environ: dict[str, Any] = {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": "",
        # From the bytes of the address: what is no UTF-8 stays as it was sent.
        "PATH_INFO": unquote_to_bytes(scope["raw_path"]).decode("latin-1"),
        "QUERY_STRING": scope["query_string"].decode("latin-1"),
        "SERVER_NAME": str(server[0]),
        "SERVER_PORT": str(server[1]),
        "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
        "SERVER_SOFTWARE": "atom",
        "REMOTE_ADDR": str(client[0]),
        "REMOTE_PORT": str(client[1]),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope.get("scheme", "http"),
        "wsgi.input": BytesIO(body),
        "wsgi.input_terminated": True,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    for raw, value in scope["headers"]:
        name = raw.decode("latin-1").upper().replace("-", "_")
        if name not in ("CONTENT_TYPE", "CONTENT_LENGTH"):
            name = f"HTTP_{name}"
        text = value.decode("latin-1")
        environ[name] = f"{environ[name]},{text}" if name in environ else text
    return environ


def answer(app: Callable[..., Iterable[bytes]], environ: dict[str, Any]) -> Answered:
    """Call a WSGI application and return its whole answer."""
    status, headers = 500, list[tuple[bytes, bytes]]()
    written: list[bytes] = []

    def start(line: str, fields: list[tuple[str, str]], _error: _ExcInfo | None = None) -> Callable[[bytes], None]:
        nonlocal status, headers
        status = int(line.split(" ", 1)[0])
        headers = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in fields]
        return written.append

    chunks = app(environ, start)
    try:
        written.extend(chunks)
    finally:
        close = getattr(chunks, "close", None)
        if close is not None:
            close()
    body = b"".join(written)
    if environ["REQUEST_METHOD"] != "HEAD" and not any(name == b"content-length" for name, _ in headers):
        headers.append((b"content-length", str(len(body)).encode()))
    return status, headers, body
