"""A bulk mutation at work: each line of the uploaded file is one request, as if the app had sent it.

The result has one line per request: ``data``, ``errors`` where there are any, and ``__lineNumber`` from 0 (seen on live
stores). What a line did stays done, whatever becomes of the operation.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from typing import Any

import orjson

from atom_shopify_plugin.sandbox.bulk.blobs import Blob, lines_of
from atom_shopify_plugin.sandbox.bulk.results import line_of
from atom_shopify_plugin.sandbox.context import Context
from atom_shopify_plugin.sandbox.messages import is_too_deep

__all__ = ["Import", "LineDenied"]

SLICE = 0.01  # seconds that the store's lock is held
NO_OBJECT = "The line is not a JSON object."
Run = Callable[[Mapping[str, Any]], dict[str, Any]]


class LineDenied(Exception):
    """The app may not use the mutation."""


class Import:
    """The lines of a file, sent one after the other by `run`; it goes on where `written` ends."""

    def __init__(self, run: Run, content: Blob, written: Blob, line: int, *, one_by_one: bool) -> None:
        self.written = written
        self.line = line
        self._run = run
        self._content = content
        self._one_by_one = one_by_one
        self._done = 0 if not line else sum(1 for _ in lines_of(written))

    @cached_property
    def most(self) -> int:
        """How many lines there are."""
        return sum(1 for _, text in lines_of(self._content) if text.strip())

    @property
    def done(self) -> tuple[int, int]:
        """How many lines were sent; they count as objects of the root."""
        return self._done, self._done

    def steps(self, _context: Callable[[], Context]) -> Iterator[None]:
        """Work under the store's lock from one ``yield`` to the next."""
        until = time.perf_counter() + SLICE
        if self._one_by_one:
            yield
        for number, text in lines_of(self._content, self.line):
            if text.strip():
                self.written.append(line_of({**self._sent(text), "__lineNumber": number}))
                self._done += 1
            self.line = number + 1
            if self._one_by_one or time.perf_counter() > until:
                yield
                until = time.perf_counter() + SLICE

    def finish(self) -> Iterator[Blob | None]:
        """Yield the file."""
        yield self.written

    def _sent(self, text: bytes) -> dict[str, Any]:
        try:
            variables = orjson.loads(text)
        except orjson.JSONDecodeError as problem:
            return {"errors": [{"message": f"The line is not valid JSON: {problem}"}]}
        if not isinstance(variables, dict) or is_too_deep(variables, text):
            return {"errors": [{"message": NO_OBJECT}]}
        content = self._run(variables)
        answer: dict[str, Any] = {name: content[name] for name in ("data", "errors") if name in content}
        codes = [(error.get("extensions") or {}).get("code") for error in answer.get("errors", ())]
        if "ACCESS_DENIED" in codes and not any((answer.get("data") or {}).values()):
            raise LineDenied(answer["errors"][0]["message"])
        return answer
