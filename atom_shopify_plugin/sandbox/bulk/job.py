"""One bulk operation at work, from CREATED to its end; everything here happens under the lock of its store."""

from __future__ import annotations

import hashlib
import logging
import secrets
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Any, Protocol

from graphql import GraphQLError, parse

from atom_shopify_plugin.sandbox.bulk.blobs import Blob
from atom_shopify_plugin.sandbox.bulk.export import Export
from atom_shopify_plugin.sandbox.bulk.imports import Import, LineDenied
from atom_shopify_plugin.sandbox.bulk.plan import RowFailed, plan_of
from atom_shopify_plugin.sandbox.bulk.results import Lines
from atom_shopify_plugin.sandbox.bulk.settings import Settings
from atom_shopify_plugin.sandbox.bulk.storage import RESULTS, WEEK, Storage, StoredFile
from atom_shopify_plugin.sandbox.clock import Clock
from atom_shopify_plugin.sandbox.context import Context
from atom_shopify_plugin.sandbox.engine import GraphQLEngine, schema
from atom_shopify_plugin.sandbox.store import Node, StoreState, number
from atom_shopify_plugin.sandbox.versions import Versions

__all__ = ["Job", "Platform"]

# Seconds after which an operation is stopped and has failed (shopify.dev, bulk operations).
LONGEST = {"QUERY": 10 * 86400, "MUTATION": 86400}
_ENDED: Any = object()
log = logging.getLogger(__name__)


class Platform(Protocol):
    """What an operation uses of the sandbox."""

    clock: Clock
    engine: GraphQLEngine
    versions: Versions
    storage: Storage


class Failed(Exception):
    """The operation ends as FAILED, with one of Shopify's error codes and a reason for whoever looks on."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code


class Job:
    """An operation of `store`."""

    def __init__(self, platform: Platform, store: StoreState, node: Node, settings: Callable[[], Settings]) -> None:
        self.store = store
        self.gid: str = node["id"]
        self._platform = platform
        self._node = node
        self._settings = settings
        self._faults: Mapping[str, Mapping[str, Any]] = node.get("fault") or {}
        self._steps = self._work()
        if node["type"] == "QUERY":  # one that a snapshot brings back begins again
            node["objectCount"] = node["rootObjectCount"] = 0

    def step(self) -> bool:
        """Do a part of the work; tell whether there is more. Hold the store's lock."""
        if self.store.get(self.gid) is not self._node:
            return False  # a snapshot was taken up again
        return next(self._steps, None) is not None

    @property
    def due(self) -> float:
        """The time before which there is nothing to do, by the sandbox's clock."""
        if self._node["status"] == "CANCELING":
            return 0.0
        return float(self._node["created"]) + min(self._takes(), LONGEST[self._node["type"]])

    def _takes(self) -> float:
        """Return how many seconds after its start the operation is to go on."""
        rate, wait = self._pace()
        return wait + (self._node["rootObjectCount"] / rate if rate else 0.0)

    def _pace(self) -> tuple[float, float]:
        """Return how many root objects are worked off in a second, and after how many seconds that begins."""
        slow, settings = self._faults.get("bulk_slow"), self._settings()
        if slow is not None:
            return float(slow.get("rate", 1)), float(slow.get("start_after", 0))
        return settings.rate, settings.start_after

    # the course of an operation

    def _work(self) -> Iterator[bool]:
        node, blob, status, more = self._node, None, "COMPLETED", {}
        try:
            work = self._begun(one_by_one=bool(self._pace()[0] or "bulk_fails" in self._faults))
            if node["status"] == "CREATED":
                self._set(status="RUNNING")
                yield True
            try:
                steps = work.steps(self._context)
                while node["status"] != "CANCELING":
                    goes_on = next(steps, _ENDED) is not _ENDED
                    self._count(work)
                    self._maybe_fail(work)
                    if not goes_on:
                        break
                    yield True
            except Exception as problem:  # noqa: BLE001  # whatever stops the work, what was written is kept
                status, more = "FAILED", self._reason(problem)
            for blob in work.finish():
                if blob is None:
                    yield True
        except Exception as problem:  # noqa: BLE001
            status, more, blob = "FAILED", self._reason(problem), None
        if node["status"] == "CANCELING" and status == "COMPLETED":
            status = "CANCELED"
        self._end(status, blob, **more)

    def _reason(self, problem: Exception) -> dict[str, str]:
        """Return why the operation fails: as Shopify's code, and in words for who looks on."""
        if isinstance(problem, Failed | LineDenied):
            code = problem.code if isinstance(problem, Failed) else "ACCESS_DENIED"
        elif isinstance(problem, GraphQLError | RowFailed):
            given = problem.code if isinstance(problem, RowFailed) else (problem.extensions or {}).get("code")
            code = "ACCESS_DENIED" if given == "ACCESS_DENIED" else "INTERNAL_SERVER_ERROR"
        else:  # a defect of the sandbox ends the operation, not the thread
            log.error("The bulk operation %s failed", self.gid, exc_info=problem)
            return {"errorCode": "INTERNAL_SERVER_ERROR", "reason": type(problem).__name__}
        return {"errorCode": code, "reason": str(problem)}

    def _begun(self, *, one_by_one: bool) -> Export | Import:
        node, settings = self._node, self._settings()
        if node["type"] == "QUERY":
            order = "grouped" if node["groupObjects"] else settings.order
            lines = Lines(order, settings.seed + number(self.gid))
            return Export(plan_of(schema(), parse(node["query"])), lines, one_by_one=one_by_one)
        # A snapshot keeps how far the operation had come; what it had written is as long as it was then.
        written = Blob(node["written"][: node["writtenSize"]]) if "written" in node else Blob()
        run = partial(_sent, self._platform, self.store, node)
        return Import(run, node["input"], written, node.get("line", 0), one_by_one=one_by_one)

    def _count(self, work: Export | Import) -> None:
        """Note how far the work has come. Nothing is sorted or found by these fields, so no list is made anew."""
        self._node["objectCount"], self._node["rootObjectCount"] = work.done
        if isinstance(work, Import):
            self._node |= {"written": work.written, "writtenSize": len(work.written), "line": work.line}

    def _maybe_fail(self, work: Export | Import) -> None:
        if self._takes() > (limit := LONGEST[self._node["type"]]) and self.due <= self._platform.clock.time() + 0.001:
            raise Failed("TIMEOUT", f"It was not done within {limit // 3600} hours.")
        fault = self._faults.get("bulk_fails")
        if fault is not None and work.most is not None and work.done[1] >= int(work.most * fault.get("keep", 0.5)):
            raise Failed(fault.get("error_code", "INTERNAL_SERVER_ERROR"), "It failed on demand.")

    # its end

    def _end(self, status: str, blob: Blob | None, **more: Any) -> None:
        clock, node = self._platform.clock, self._node
        now, values = clock.time(), {"status": status, **more}
        if blob is not None and len(blob):
            ends = int(now) + WEEK
            values |= {"file": self._stored(blob, ends), "urlEnds": ends}
            values["fileSize"] = len(blob) if status == "COMPLETED" else None
        if status == "COMPLETED":  # official schema: the time at which it was successfully completed
            values["completedAt"] = f"{datetime.fromtimestamp(now, UTC):%Y-%m-%dT%H:%M:%SZ}"
        expired = self._faults.get("bulk_expired")
        if expired is not None:
            values |= {"urlEnds": now - 1, "keepsStatus": expired.get("status") == "COMPLETED"}
        for name in ("input", "written", "writtenSize", "line"):
            node.pop(name, None)
        ctx = self._context()
        ctx.update(node, values)
        ctx.keep()

    def _set(self, **values: Any) -> None:
        ctx = self._context()
        ctx.update(self._node, values)
        ctx.keep()

    def _stored(self, blob: Blob, ends: float) -> str:
        cut = self._faults.get("bulk_cut")
        if cut is not None:
            blob = Blob(blob[: max(1, int(len(blob) * cut.get("keep", 0.5)))])
        name = f"{RESULTS}/bulk-operation-outputs/{secrets.token_hex(14)}"
        etag = f'"{hashlib.md5(name.encode(), usedforsecurity=False).hexdigest()}"'
        self._platform.storage.put(StoredFile(name, blob, "application/jsonl", ends, self.store.shop_domain, etag))
        return name

    def _context(self) -> Context:
        node, platform = self._node, self._platform
        now = platform.clock.now()
        return Context(self.store, now, node["scopes"], platform.versions, client_id=node["client"])


def _sent(platform: Platform, store: StoreState, node: Node, variables: Mapping[str, Any]) -> dict[str, Any]:
    """Send the mutation of an operation with the variables of one line."""
    prepared = platform.engine.prepare(node["query"], variables)
    now = platform.clock.now()
    return platform.engine.run(store, prepared, scopes=node["scopes"], now=now, client_id=node["client"])
