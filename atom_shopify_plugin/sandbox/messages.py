"""Requests and responses of the sandbox, free of any transport."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Literal, Protocol
from urllib.parse import parse_qsl

import orjson

__all__ = ["Content", "Delivery", "Request", "Response", "html", "is_too_deep", "json_reply", "pairs"]

JSON_TYPE = "application/json; charset=utf-8"
CHUNK = 1 << 18  # bytes of a stored file that are read at once
DEEPEST = 100  # objects and lists inside each other that a body may hold; answers repeat what they refuse
_OPERATION = re.compile(r"\b(?:query|mutation)\s+([A-Za-z_]\w*)")
_ROOT_FIELD = re.compile(r"\{\s*(?:\w+\s*:\s*)?([A-Za-z_]\w*)")


def is_too_deep(content: Any, body: bytes) -> bool:
    """Tell whether decoded JSON holds more objects and lists inside each other than a body may."""
    if body.count(b"{") + body.count(b"[") <= DEEPEST:  # as nearly every body
        return False
    level = [content]
    for _ in range(DEEPEST):
        level = [
            part
            for value in level
            if isinstance(value, dict | list)
            for part in (value.values() if isinstance(value, dict) else value)
        ]
    return any(isinstance(value, dict | list) for value in level)


def pairs(text: str) -> list[tuple[str, str]]:
    """Decode a query string or a form into pairs, in order, empty values kept."""
    return parse_qsl(text, keep_blank_values=True, max_num_fields=1000)


@dataclass(frozen=True)
class Request:
    """One HTTP request. `query` is the raw query string without its question mark; header names are case-blind."""

    method: str
    host: str
    path: str
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)  # they carry access tokens
    body: bytes = field(default=b"", repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "headers", {name.lower(): value for name, value in self.headers.items()})

    @property
    def content_type(self) -> str:
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @cached_property
    def json(self) -> Any:
        """The decoded JSON body; `None` where it does not decode or is nested too deeply."""
        try:
            content = orjson.loads(self.body)
        except orjson.JSONDecodeError:
            return None
        return None if is_too_deep(content, self.body) else content

    @cached_property
    def subject(self) -> str:
        """What the request is about, in one word: the GraphQL operation, or the grant type of a token request."""
        if self.path.endswith("/graphql.json"):
            body = self.json if isinstance(self.json, dict) else {}
            name, text = body.get("operationName"), body.get("query")
            if isinstance(name, str) and name:
                return name
            if isinstance(text, str) and (found := _OPERATION.search(text) or _ROOT_FIELD.search(text)):
                return found.group(1)
            return ""
        if self.path == "/admin/oauth/access_token":
            fields = self.json
            if not isinstance(fields, dict):
                try:
                    fields = dict(pairs(self.body.decode()))
                except ValueError:
                    return ""
            grant = fields.get("grant_type")
            return grant.rpartition(":")[2] if isinstance(grant, str) and grant else "authorization_code"
        return ""


class Content(Protocol):
    """The body of a response: bytes, or a stretch of a stored file."""

    def __len__(self) -> int: ...
    def __getitem__(self, part: slice, /) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Delivery:
    """How a response travels: whole and at once, or as a fault wants it.

    `delay` and `every` are seconds, `piece` is bytes, `keep` the part of the body that gets through before a cut.
    """

    how: Literal["whole", "drip", "cut", "cut_without_length", "reset"] = "whole"
    delay: float = 0.0
    piece: int = 64
    every: float = 0.05
    keep: float = 0.5

    def pieces(self, body: Content) -> Iterator[bytes]:
        """Yield the parts of `body` that are sent, one after the other; a stored file is read on the way."""
        size = int(len(body) * self.keep) if self.how.startswith("cut") else len(body)
        step = self.piece if self.how == "drip" else size if isinstance(body, bytes) else CHUNK
        for start in range(0, size, step or 1):
            yield body[start : min(start + step, size)]


@dataclass(frozen=True, slots=True)
class Response:
    """One HTTP response; its front end sends it as `delivery` says."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Content = field(default=b"", repr=False)  # it may hold tokens
    delivery: Delivery = field(default_factory=Delivery)

    def with_headers(self, **extra: str) -> Response:
        """Return a copy with more headers, underscores in the names standing for hyphens."""
        return replace(
            self, headers={**self.headers, **{name.replace("_", "-"): value for name, value in extra.items()}}
        )


def json_reply(status: int, content: Any, headers: Mapping[str, str] | None = None) -> Response:
    """Return a response with `content` as JSON."""
    return Response(status, {"Content-Type": JSON_TYPE, **(headers or {})}, orjson.dumps(content, default=str))


def html(status: int, page: str) -> Response:
    """Return a response with an HTML page that can't be framed."""
    headers = {
        "Content-Type": "text/html; charset=utf-8",
        "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
        "Cache-Control": "no-store",
    }
    return Response(status, headers, page.encode())
