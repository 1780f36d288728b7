"""Workflows that start each other: how long a chain of runs may get, and which definitions form a loop.

A run whose write fires the trigger of a workflow starts the next run of a chain. The plugin says so as far as it knows
(`Event.caused_by`); where it doesn't know, the number of runs that one thing starts within some minutes is bounded.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from atom_shopify_plugin.hookspecs import Event, Origin
from atom_shopify_plugin.host.workflows.definition import Definition

__all__ = ["WINDOW_SECONDS", "Limits", "loops", "said_already", "stopped"]

WINDOW_SECONDS = 600.0
"""Over how long the runs that one thing starts are counted."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How many runs a chain may have, and how many of one workflow one thing may start in ten minutes (0: any)."""

    chain: int = 5
    per_thing: int = 60


def stopped(
    connection: sqlite3.Connection, limits: Limits, workflow_id: str, event: Event, about: str | None
) -> dict[str, str] | None:
    """Return why an event must not start a run of a workflow, as the error of that run; None where it may."""
    origin = event.caused_by
    if origin is not None and origin.depth >= limits.chain:
        return {"code": "CHAIN_TOO_LONG", "message": _too_long(origin, limits)}
    if about is None or not limits.per_thing:
        return None
    since = time.time() - WINDOW_SECONDS
    (count,) = connection.execute(
        "SELECT COUNT(*) FROM host_runs WHERE workflow_id = ? AND about = ? AND created_at > ?"
        # A run whose conditions were false has a note and no step: it changed nothing.
        " AND started_at IS NOT NULL"
        " AND (note IS NULL OR EXISTS (SELECT 1 FROM host_steps WHERE run_id = host_runs.id))",
        (workflow_id, about, since),
    ).fetchone()
    if count < limits.per_thing:
        return None
    return {"code": "TOO_MANY_RUNS", "message": _too_many(event, limits)}


def said_already(connection: sqlite3.Connection, workflow_id: str, about: str | None) -> bool:
    """Tell whether a run says already that a thing starts too many: one in ten minutes is enough."""
    row = connection.execute(
        "SELECT 1 FROM host_runs WHERE workflow_id = ? AND about = ? AND created_at > ? AND started_at IS NULL"
        " AND state = 'failed' AND json_extract(error, '$.code') = 'TOO_MANY_RUNS' LIMIT 1",
        (workflow_id, about, time.time() - WINDOW_SECONDS),
    ).fetchone()
    return row is not None


def _too_long(origin: Origin, limits: Limits) -> str:
    return (
        f"stopped: this would be run {origin.depth + 1} of a chain in which each run's change starts the next one "
        f"(the chain began with run {origin.chain}; run {origin.run} made the change). Give the trigger "
        '`"ignore_own_changes": true` to leave changes by workflows out, raise ATOM_HOST_CHAIN_LENGTH '
        f"({limits.chain}) to allow longer chains, or retry this run to let it go on once."
    )


def _too_many(event: Event, limits: Limits) -> str:
    return (
        f"stopped: {event.about} has started this workflow {limits.per_thing} times within "
        f"{WINDOW_SECONDS / 60:.0f} minutes, as a loop does. Further events about it start nothing until this period "
        "is over. If that is intended, raise ATOM_HOST_RUNS_PER_THING, or set it to 0 for no limit."
    )


def loops(
    definition: Definition, others: Iterable[Definition], services: Sequence[Mapping[str, Any]]
) -> list[dict[str, str]]:
    """Return a warning ``{pointer, message}`` for each step whose change may start the workflow itself again.

    That is so where the step's action can fire the trigger of the definition, or the trigger of one of `others` whose
    steps can, and so on.
    """
    fires = _fires(services)
    trigger = definition.key(services)
    if trigger is None or definition.trigger.get("ignore_own_changes"):
        return []
    listening: dict[str, list[Definition]] = {}
    for one in others:
        key = one.key(services)
        if key is not None and not one.trigger.get("ignore_own_changes"):
            listening.setdefault(key, []).append(one)
    return [
        {"pointer": f"/steps/{at}/action", "message": _warning(action, fired, path)}
        for at, action, fired in _fired(definition, fires)
        if (path := _path(fired, trigger, listening, fires)) is not None
    ]


def _fires(services: Sequence[Mapping[str, Any]]) -> dict[tuple[str, str], Sequence[str]]:
    return {
        (service["id"], entry["key"]): entry.get("fires", ())
        for service in services
        for entry in service["workflow_actions"]
    }


def _fired(definition: Definition, fires: Mapping[tuple[str, str], Sequence[str]]) -> Iterator[tuple[int, str, str]]:
    for at, step in enumerate(definition.steps):
        name = (step.raw.get("service", ""), step.raw.get("action", ""))
        yield from ((at, name[1], key) for key in fires.get(name, ()))


def _path(
    fired: str, wanted: str, listening: Mapping[str, list[Definition]], fires: Mapping[tuple[str, str], Sequence[str]]
) -> list[str] | None:
    """Return the names of the workflows that lead from a trigger that fires to the wanted one; None if none do."""
    seen, todo = {fired}, [(fired, list[str]())]
    while todo:
        key, path = todo.pop(0)
        if key == wanted:
            return path
        for one in listening.get(key, ()):
            for _, _, following in _fired(one, fires):
                if following not in seen:
                    seen.add(following)
                    todo.append((following, [*path, one.name]))
    return None


def _warning(action: str, fired: str, path: Sequence[str]) -> str:
    through = f", which starts {' and then '.join(path)}, which can start this workflow" if path else ""
    return (
        f"{action} can fire {fired}{through or ', which starts this workflow'} again. The chain is stopped after some "
        'runs; give the trigger `"ignore_own_changes": true`, or a condition that no longer holds after the change.'
    )
