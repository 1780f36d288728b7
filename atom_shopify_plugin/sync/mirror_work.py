"""One stream that is being worked on: its store, how far it is, and the only way to write for it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import orjson

from atom_shopify_plugin.process import crashpoints
from atom_shopify_plugin.storage import Job, LeaseLost, Store
from atom_shopify_plugin.storage.insight.mirrors import Mirror
from atom_shopify_plugin.storage.insight.sync_runs import StreamState
from atom_shopify_plugin.stores.shop import Shop
from atom_shopify_plugin.sync.mirror_rows import Row

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from atom_shopify_plugin.services import Services

__all__ = ["Counted", "Failed", "Put", "Work", "by_table"]

Counted = tuple[dict[str, int], int]
"""Rows by table, and how many of them belong to something that is not there."""

Put = Callable[["Session", Mirror], int]
"""Writes rows in a transaction, and returns how many of them were not there as they are."""


class Failed(Exception):
    """A stream can't be read: the text tells people why, and what to do."""


@dataclass
class Work:
    """A stream of a store in the hands of a job, which works until `until`, a moment of `time.monotonic`."""

    services: Services
    store: Store
    shop: Shop
    mirror: Mirror
    job: Job
    state: StreamState
    until: float

    @property
    def over(self) -> bool:
        """Whether it is time to let others have the thread."""
        return time.monotonic() >= self.until

    @property
    def checks(self) -> bool:
        """Whether what differs is counted."""
        return self.state.task == "check"

    @property
    def position(self) -> dict[str, Any]:
        """What a restart has to know."""
        found: dict[str, Any] = orjson.loads(self.state.position) if self.state.position else {}
        found.pop("tries", None)
        return found

    @property
    def tries(self) -> int:
        """How often in a row reading has failed."""
        return int(orjson.loads(self.state.position).get("tries", 0)) if self.state.position else 0

    def commit(self, put: Put | None = None, **values: Any) -> int:
        """Write rows and how far the stream is in one transaction; return what `put` does.

        A dict as `position` is stored as JSON. `put` returns how many rows changed, which a check counts as differing.
        Raise `LeaseLost` and `Superseded` where somebody else works on the stream by now: nothing is written then.
        """
        if isinstance(values.get("position"), Mapping):
            values["position"] = orjson.dumps(values["position"]).decode()
        storage, found = self.services.storage, 0
        with storage.begin() as session:
            if not storage.jobs.held(session, self.job):
                raise LeaseLost
            mirror = storage.mirrors.lock(session, self.store)
            storage.sync_runs.advance(session, mirror, self.state)
            if put is not None:
                found = put(session, mirror)
            if found and self.checks:
                values["differing"] = self.state.differing + found
            if values:
                storage.sync_runs.advance(session, mirror, self.state, **values)
            crashpoints.at("sync_before_commit")
        crashpoints.at("sync_after_commit")
        crashpoints.at(f"sync_{self.state.stream}_committed")
        self.state = replace(self.state, **values)
        return found

    def begin(self, **values: Any) -> None:
        """Write down that the stream is being worked on; nothing is newer in the tables than this moment."""
        self.commit(state="running", started_at=self.state.started_at or self.services.storage.now(), **values)

    def finish(self, count: Callable[[Session, Mirror], Counted], put: Put | None = None) -> None:
        """Write down that the stream is done, and read up to when this began; `count` counts what is there now.

        What `put` writes belongs to the end: both are there or neither is.
        """
        now, values = self.services.storage.now(), dict[str, Any]()
        values |= {"state": "done", "ended_at": now, "read_up_to": self.state.started_at, "operation_id": None}
        if self.state.task != "changes":
            values |= {"whole_at": self.state.started_at, "checked_at": now}
            values["drift"] = self.state.differing if self.checks else 0
        with self.services.storage.read() as session:
            counts, orphans = count(session, self.mirror)
        counted = orjson.dumps(counts).decode()
        self.commit(put, **values, orphans=orphans, counts=counted, position="", error="")

    def fail(self, error: str) -> None:
        """Write down why the stream can't be read."""
        self.commit(state="failed", ended_at=self.services.storage.now(), operation_id=None, position="", error=error)


def by_table(pairs: Iterator[tuple[str, Row]]) -> dict[str, list[Row]]:
    """Return rows by table."""
    found: dict[str, list[Row]] = {}
    for name, row in pairs:
        found.setdefault(name, []).append(row)
    return found
