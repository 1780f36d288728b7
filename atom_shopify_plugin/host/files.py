"""The files of a built web application: read once, and answered with types, lengths, tags and encodings.

They are kept in memory as they were at the start, so that a build that replaces them takes nothing away from pages that
are open. A folder that is not whole, such as after a build that was cut off, is refused.
"""

from __future__ import annotations

import hashlib
import logging
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from werkzeug.datastructures import Accept
from werkzeug.http import parse_accept_header, parse_etags

__all__ = ["ICON", "INDEX", "BadFolder", "BuiltFile", "BuiltFiles", "Reply"]

log = logging.getLogger(__name__)

INDEX, ICON = "index.html", "icon.svg"
MOST_FILES = 2_000
MOST_BYTES = 64 * 1024 * 1024
_TYPES = {
    ".avif": "image/avif",
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".ico": "image/x-icon",
    ".jpg": "image/jpeg",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".map": "application/json",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".webmanifest": "application/manifest+json",
    ".webp": "image/webp",
    ".woff": "font/woff",
    ".woff2": "font/woff2",
}
_ENCODINGS = {".br": "br", ".gz": "gzip"}  # the first that a browser takes is sent
_NAME = re.compile(r"(?:[A-Za-z0-9_][A-Za-z0-9._-]*/)*[A-Za-z0-9_][A-Za-z0-9._-]*")
_PICTURES = re.compile(r"""<meta name="picture-sources" content="([^"]*)"[^>]*>""")
_SOURCE = re.compile(r"https://(?:[a-z0-9-]+\.)+[a-z]{2,}")
_REFERENCE = re.compile(r"""(?:src|href)=["']?/((?:assets/|icon\.)[^"'\s>]+)""")


class BadFolder(ValueError):
    """A folder can't be served; the message says why."""


class Reply(NamedTuple):
    """An answer: its status, its headers, and its body, which is empty for HEAD."""

    status: int
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class BuiltFile:
    """A file with its type, a tag of its content, and the same content in the encodings that the build made."""

    content: bytes
    media: str
    tag: str
    encoded: Mapping[str, bytes] = field(default_factory=dict)

    def reply(self, method: str, accept_encoding: str, if_none_match: str) -> Reply:
        """Return the answer to a request with these headers, empty where one was not sent."""
        # Without the header anything may be sent; what every client reads is the file as it is.
        accepted = parse_accept_header(accept_encoding, Accept) if accept_encoding.strip() else None
        encoding = next((name for name in self.encoded if accepted is not None and accepted.quality(name) > 0), None)
        tag = self.tag if encoding is None else f"{self.tag}-{encoding}"
        headers = {"ETag": f'"{tag}"'}
        if self.encoded:
            headers["Vary"] = "Accept-Encoding"
        if parse_etags(if_none_match).contains_weak(tag):
            return Reply(304, headers, b"")
        body = self.content if encoding is None else self.encoded[encoding]
        headers |= {"Content-Type": self.media, "Content-Length": str(len(body))}
        if encoding is not None:
            headers["Content-Encoding"] = encoding
        return Reply(200, headers, b"" if method == "HEAD" else body)


class BuiltFiles(dict[str, BuiltFile]):
    """A web application by the names of its files: `index.html`, which all its addresses show, and what that loads."""

    @classmethod
    def read(cls, folder: Path) -> BuiltFiles:
        """Read `index.html`, `icon.svg` and everything below `assets`; raise `BadFolder` for what can't be served.

        Links, hidden files and files of other types are left out. `x.js.gz` and `x.js.br` are encodings of `x.js`.
        """
        try:
            contents = dict(_contents(folder))
        except OSError as error:
            raise BadFolder(f"{folder} can't be read: {error.strerror}.") from None
        found = ((name, _file(name, contents)) for name in sorted(contents))
        files = cls((name, file) for name, file in found if file is not None)
        if INDEX not in files:
            raise BadFolder(f"There is no {INDEX} in {folder}.")
        missing = sorted(set(_REFERENCE.findall(files[INDEX].content.decode("utf-8", "replace"))) - files.keys())
        if missing:
            raise BadFolder(f"{folder} is not whole: {', '.join(missing)[:200]} is missing. Build it again.")
        return files

    @property
    def pictures(self) -> tuple[str, ...]:
        """Return the other origins that pictures come from, which a `meta` of the page names: https and a host each."""
        named = _PICTURES.search(self[INDEX].content.decode("utf-8", "replace"))
        return tuple(source for source in (named[1].split() if named else ()) if _SOURCE.fullmatch(source))


def _contents(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Yield the name below `folder`, with slashes, and the content of each file that may be served."""
    left, count = MOST_BYTES, 0
    tops = [folder / f"{name}{end}" for name in (INDEX, ICON) for end in ("", *_ENCODINGS)]
    below = (Path(place, name) for place, _, names in os.walk(folder / "assets") for name in sorted(names))
    for path in (*tops, *below):
        name = path.relative_to(folder).as_posix()
        if path.is_symlink() or not path.is_file() or not _NAME.fullmatch(name):
            continue
        count += 1
        with path.open("rb") as file:
            content = file.read(left + 1)
        left -= len(content)
        if left < 0 or count > MOST_FILES:
            raise BadFolder(
                f"{folder} holds more than {MOST_FILES} files or {MOST_BYTES // 1024**2} MiB: it is no built dashboard."
            )
        yield name, content


def _file(name: str, contents: Mapping[str, bytes]) -> BuiltFile | None:
    """Return a file, None for an encoding of another one and for a type that browsers would have to guess."""
    stem, end = os.path.splitext(name)
    if end in _ENCODINGS and stem in contents:
        return None
    if end not in _TYPES:
        log.warning("The dashboard's file %s is not served: files of that type are not known.", name)
        return None
    encoded = {coding: contents[name + end] for end, coding in _ENCODINGS.items() if name + end in contents}
    content = contents[name]
    return BuiltFile(content, _TYPES[end], hashlib.sha256(content).hexdigest()[:32], encoded)
