"""What people see of the copy of a store: what is there, since when, how far a sync is, and what is wrong."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import orjson

from atom_shopify_plugin.hookspecs import Check
from atom_shopify_plugin.sync import mirror

if TYPE_CHECKING:
    from atom_shopify_plugin.services import Services
    from atom_shopify_plugin.storage import Store
    from atom_shopify_plugin.storage.insight.sync_runs import StreamState

__all__ = ["check", "line", "overview"]

_LATE = 4 * 900.0  # seconds: four times as long as between two reads


def overview(services: Services, store: Store) -> dict[str, Any]:
    """Return the state of the copy of a store: ``{shop, state, complete_at, streams}``."""
    states = mirror.states(services, store)
    return {
        "shop": str(store.shop),
        "state": _state(states),
        "complete_at": _text(_complete_at(states)),
        "streams": [_stream(state) for state in states],
    }


def line(services: Services, store: Store) -> str:
    """Return the state of the copy of a store in a sentence."""
    states = mirror.states(services, store)
    if not states:
        return "Not copied."
    if any(state.active for state in states):
        lines = sum(state.lines_done for state in states)
        return f"Being copied: {lines} rows read."
    if failed := [state.stream for state in states if state.state == "failed"]:
        return f"Copied without {', '.join(failed)}."
    read = min(state.read_up_to for state in states if state.read_up_to is not None)
    return f"Copied, up to date as of {read:%Y-%m-%d %H:%M} UTC."


def check(services: Services) -> Check:
    """Return how the copies of all stores are, for health."""
    found = services.storage.sync_runs.overview()
    oldest = found.pop("oldest")
    age = round((services.storage.now() - oldest).total_seconds()) if oldest is not None else 0
    figures = {**found, "oldest_seconds": age}
    if not found["stores"]:
        return Check("sync", "ok", "No store is copied.", figures)
    troubles = [
        (found["failed"], f"{found['failed']} streams could not be copied"),
        (found["drift"], f"{found['drift']} rows differed when everything was compared, and were mended"),
        (found["orphans"], f"{found['orphans']} rows belong to something that Shopify does not list"),
        (age > _LATE and not found["running"], "some stores were not read for a while"),
    ]
    wrong = [words for condition, words in troubles if condition]
    if wrong:
        return Check("sync", "degraded", f"Copies of stores: {', '.join(wrong)}.", figures)
    return Check("sync", "ok", f"The copies of {found['stores']} stores are up to date.", figures)


def _state(states: list[StreamState]) -> str:
    if not states:
        return "none"
    if any(state.active for state in states):
        return "running"
    return "failed" if any(state.state == "failed" for state in states) else "done"


def _complete_at(states: list[StreamState]) -> datetime | None:
    """Return up to when all changes are there; None before all that can be copied is."""
    if any(state.whole_at is None and state.state != "failed" for state in states):
        return None
    return min((state.read_up_to for state in states if state.whole_at and state.read_up_to), default=None)


def _stream(state: StreamState) -> dict[str, Any]:
    return {
        "stream": state.stream,
        "state": state.state,
        "task": state.task,
        "by": _by(state),
        "progress": {
            "objects": state.lines_done,
            "expected": state.lines_expected,
            "bytes": state.bytes_done,
        },
        "rows": orjson.loads(state.counts),
        "read_up_to": _text(state.read_up_to),
        "earliest": _text(state.earliest),
        "whole_at": _text(state.whole_at),
        "checked_at": _text(state.checked_at),
        "drift": state.drift,
        "orphans": state.orphans,
        "message": state.error or None,
    }


def _by(state: StreamState) -> str | None:
    position = orjson.loads(state.position) if state.position else {}
    found = position.get("by")
    return found if isinstance(found, str) else None


def _text(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat(timespec="seconds")
