"""The bulk operation of a stream: started once, found again after a lost answer, looked at, and read line by line.

How far its result has been read is stored with the rows, so that a process that is killed costs one block of lines.
The counts that Shopify names are compared before anything else counts as done.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import orjson

from atom_shopify_plugin.errors import OutcomeUnknown, Rejected, UpstreamError
from atom_shopify_plugin.process import crashpoints
from atom_shopify_plugin.service.background import NothingDone
from atom_shopify_plugin.service.bulk_start import looked, started
from atom_shopify_plugin.shopify.bulk_documents import mark_of, named
from atom_shopify_plugin.shopify.filestore import blocks_of
from atom_shopify_plugin.storage import new_id
from atom_shopify_plugin.stores.bulk_files import RUNNING, pieces_from
from atom_shopify_plugin.sync.mirror_work import Failed, Put, Work

__all__ = ["ATTEMPTS", "Lines", "Refused", "bulk"]

ATTEMPTS = 3
"""Bulk operations that are begun for one load before the store is read page by page."""
_PAUSE = 1.0
_LONGEST_PAUSE = 20.0
_QUEUED = 600.0  # seconds that a bulk operation waits for room before the store is read page by page
_CUT = "Shopify’s result of the bulk operation is not whole: it has {found} of {expected} lines."

_STRANGE = "Shopify’s result holds a line that is neither an object with an id nor part of one."

Lines = Iterable[dict[str, Any]]
"""The objects of a block of lines, to be read once."""


class Refused(Exception):
    """Shopify does not carry out a bulk operation here; the text says why."""


def bulk(work: Work, text: str, put: Callable[[Lines], Put]) -> float | None:
    """Do what can be done now: return the seconds until the next look, None once all lines are written.

    `put` reads some objects and returns what writes them. Raise `Refused` where pages have to be read, and `Failed`.
    """
    position = work.position
    if work.state.operation_id is None:
        return _begin(work, text, position)
    operation = _looked(work, position)
    if operation is None:
        return 0.0
    if operation["status"] in RUNNING:
        work.commit(lines_expected=int(operation["object_count"]))
        age = (work.services.storage.now() - (work.state.started_at or work.state.asked_at)).total_seconds()
        return min(_LONGEST_PAUSE, max(_PAUSE, age / 10))
    return _read(work, operation, position, put)


def _begin(work: Work, text: str, position: dict[str, Any]) -> float:
    """Start the operation, or find the one that was started."""
    now = work.services.storage.now()
    since: float = position.setdefault("queued", now.timestamp())
    # Never used before: Shopify keeps the results of earlier loads for a week, and they must not be found.
    key = position.setdefault("key", new_id())
    work.begin(position=position)
    mark = mark_of(f"{key}|{position.get('attempt', 0)}", text)
    variables = {"query": named(text, mark), "group_objects": False}
    try:
        pending = started(work.shop, mark, "query", lambda: work.shop.root("BulkOperationRunQuery", variables))
    except Rejected as error:
        raise Refused(error.message) from None
    except OutcomeUnknown:
        return _PAUSE  # it is looked for again by its mark
    if "operation" not in pending.look:
        if now.timestamp() - since > _QUEUED:
            raise Refused("Shopify had no room for a bulk operation for ten minutes.")
        work.commit(error=pending.message)
        return max(_PAUSE, min(_LONGEST_PAUSE, (now.timestamp() - since) / 5))
    crashpoints.at("sync_bulk_begun")
    work.commit(operation_id=pending.look["operation"], bytes_done=0, lines_done=0, roots_done=0, error="")
    return _PAUSE / 4


def _looked(work: Work, position: dict[str, Any]) -> Any:
    """Return the operation; None where another one has to be begun."""
    try:
        operation = looked(work.shop, str(work.state.operation_id))
    except NothingDone:  # Shopify knows it no longer
        _again(work, position, "Shopify no longer knows the bulk operation.")
        return None
    if operation["status"] == "CANCELED":
        raise Failed("The bulk operation was cancelled. Run the sync again.")
    if operation["status"] == "EXPIRED":
        _again(work, position, "The result of the bulk operation has expired.")
        return None
    if operation["error_code"] == "ACCESS_DENIED":
        raise Refused("the bulk operation was denied access")
    return operation


def _read(
    work: Work, operation: Mapping[str, Any], position: dict[str, Any], put: Callable[[Lines], Put]
) -> float | None:
    """Write the lines of a result that has ended; those of one that failed are good as well, and not all."""
    expected, roots = int(operation["object_count"]), int(operation["root_object_count"])
    try:
        for size, lines in blocks_of(pieces_from(work.shop, operation["id"], work.state.bytes_done)):
            objects = _Objects(lines)
            write = put(objects)
            work.commit(
                write,
                bytes_done=work.state.bytes_done + size,
                lines_done=work.state.lines_done + len(lines),
                roots_done=work.state.roots_done + objects.roots,
                lines_expected=expected,
                roots_expected=roots,
            )
            if work.over:
                return 0.0
    except UpstreamError as error:
        if operation["status"] == "COMPLETED":
            _again(work, position, error.message)
            return _PAUSE
    if operation["status"] != "COMPLETED":
        _again(work, position, f"The bulk operation failed ({operation['error_code'] or operation['status']}).")
        return _PAUSE
    if (work.state.lines_done, work.state.roots_done) != (expected, roots):
        _again(work, position, _CUT.format(found=work.state.lines_done, expected=expected))
        return _PAUSE
    return None


def _again(work: Work, position: dict[str, Any], why: str) -> None:
    """Begin another operation; raise `Refused` after `ATTEMPTS`."""
    attempt = position.get("attempt", 0) + 1
    if attempt >= ATTEMPTS:
        raise Refused(why)
    position = {**position, "attempt": attempt}
    position.pop("queued", None)
    work.commit(
        operation_id=None, bytes_done=0, lines_done=0, roots_done=0, lines_expected=None, position=position, error=why
    )


class _Objects:
    """The objects of some lines, read one at a time: none is held, which is several times as fast as a list of all.

    `roots` counts those that belong to no other, once all have been read.
    """

    def __init__(self, lines: list[bytes]) -> None:
        self._lines = lines
        self.roots = 0

    def __iter__(self) -> Iterator[dict[str, Any]]:
        loads, roots = orjson.loads, 0
        try:
            for line in self._lines:
                value = loads(line)
                if type(value) is not dict:
                    raise UpstreamError(_STRANGE)
                parent = value.get("__parentId")
                if type(parent or value.get("id")) is not str:
                    raise UpstreamError(_STRANGE)
                if parent is None:
                    roots += 1
                yield value
        except orjson.JSONDecodeError:
            raise UpstreamError("Shopify’s result holds a line that is not JSON.") from None
        self.roots = roots
