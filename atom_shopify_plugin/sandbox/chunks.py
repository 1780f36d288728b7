"""Bodies that come in chunks (RFC 9112, section 7.1), read strictly: what is not exactly so is refused."""

from __future__ import annotations

import re
from typing import Protocol

__all__ = ["BadChunks", "TooLong", "read_chunks"]

_SIZE = re.compile(rb"([0-9A-Fa-f]{1,8})[ \t]*(?:;[^\r\n]*)?\r\n")
LONGEST_LINE = 4096
MOST_TRAILERS = 50


class BadChunks(Exception):
    """The body breaks the rules of its encoding, or ends early."""


class TooLong(Exception):
    """The body has more bytes than it may have."""


class Stream(Protocol):
    """What a body is read from."""

    def read(self, size: int, /) -> bytes: ...

    def readline(self, size: int, /) -> bytes: ...


def read_chunks(stream: Stream, limit: int) -> bytes:
    """Return a body of at most `limit` bytes without its encoding; raise `BadChunks` or `TooLong`.

    Extensions of chunks and trailers are read over, as RFC 9112 allows.
    """
    pieces: list[bytes] = []
    left = limit
    while True:
        line = _SIZE.fullmatch(stream.readline(LONGEST_LINE))
        if line is None:
            raise BadChunks
        size = int(line[1], 16)
        if size == 0:
            break
        left -= size
        if left < 0:
            raise TooLong
        piece = stream.read(size)
        if len(piece) != size or stream.read(2) != b"\r\n":
            raise BadChunks
        pieces.append(piece)
    for _ in range(MOST_TRAILERS):
        line_of_trailer = stream.readline(LONGEST_LINE)
        if line_of_trailer == b"\r\n":
            return b"".join(pieces)
        if not line_of_trailer.endswith(b"\r\n"):
            break
    raise BadChunks
