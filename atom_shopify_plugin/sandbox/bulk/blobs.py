"""Bytes that are written once and read in parts, in memory while they are few and in an unnamed file beyond that."""

from __future__ import annotations

import tempfile
import threading
import weakref
from collections.abc import Iterator
from typing import IO, Any

__all__ = ["Blob", "Part", "lines_of"]

HELD = 1 << 20  # more than this goes to a file
READ = 1 << 16


class Blob:
    """A growing sequence of bytes: `append`, ``len`` and slices. All methods may be called from any thread.

    The file has no name, so that nothing is left behind when the process is killed; it ends with the object.
    """

    def __init__(self, content: bytes = b"") -> None:
        self._lock = threading.Lock()
        self._held = bytearray()
        self._file: IO[bytes] | None = None
        self._size = 0
        if content:
            self.append(content)

    def append(self, content: bytes) -> None:
        with self._lock:
            if self._file is None and self._size + len(content) > HELD:
                self._file = tempfile.TemporaryFile()  # noqa: SIM115  # it ends with the object
                weakref.finalize(self, self._file.close)
                self._file.write(self._held)
                self._held = bytearray()
            if self._file is None:
                self._held += content
            else:
                self._file.seek(self._size)
                self._file.write(content)
            self._size += len(content)

    def __len__(self) -> int:
        return self._size

    def __getitem__(self, part: slice) -> bytes:
        """Return the bytes of a slice without a step."""
        start, stop, _ = part.indices(self._size)
        with self._lock:
            if self._file is None:
                return bytes(self._held[start:stop])
            self._file.seek(start)
            return self._file.read(max(0, stop - start))


class Part:
    """A stretch of a blob that stands for itself."""

    def __init__(self, blob: Blob, start: int, stop: int) -> None:
        self._blob, self._start, self._stop = blob, start, max(start, min(stop, len(blob)))

    def __len__(self) -> int:
        return self._stop - self._start

    def __getitem__(self, part: slice) -> bytes:
        start, stop, _ = part.indices(len(self))
        return self._blob[self._start + start : self._start + stop]


def lines_of(blob: Any, after: int = 0) -> Iterator[tuple[int, bytes]]:
    """Yield the lines of a blob with their numbers from 0, beginning with number `after`; line ends are not included.

    One line is held at a time.
    """
    held: list[bytes] = []
    number = 0
    for start in range(0, len(blob), READ):
        first, *others = blob[start : start + READ].split(b"\n")
        held.append(first)
        for piece in others:
            if number >= after:
                yield number, b"".join(held).removesuffix(b"\r")
            held, number = [piece], number + 1
    if (last := b"".join(held)) and number >= after:
        yield number, last.removesuffix(b"\r")
