"""How runs begin: an event, a schedule, or a person; each beginning makes one run, however often it is told."""

from __future__ import annotations

import json
import logging
import sqlite3
import time
import uuid
from collections.abc import Mapping
from typing import Any

from atom_shopify_plugin.hookspecs import Event, Principal
from atom_shopify_plugin.host.plugins import Plugins
from atom_shopify_plugin.host.quotas import OverQuota, Quotas
from atom_shopify_plugin.host.store import HostStore
from atom_shopify_plugin.host.workflows import crash, schedule
from atom_shopify_plugin.host.workflows.definition import Definition, read
from atom_shopify_plugin.host.workflows.expressions import Bad, evaluate
from atom_shopify_plugin.host.workflows.redaction import redacted, said

__all__ = ["EVENTS_SHOWN", "Intake", "principal_of"]

log = logging.getLogger("atom.host")

EVENTS_SHOWN = 200
_WORKFLOW = "id, version, tenant, subject, config"
_LISTENERS = f"SELECT {_WORKFLOW} FROM host_workflows WHERE trigger_key = ? AND runnable = 1 ORDER BY created_at, id"  # noqa: S608
_DUE = f"SELECT {_WORKFLOW}, next_at FROM host_workflows WHERE next_at <= ?"  # noqa: S608  # constants alone

_NEWER = "SELECT 1 FROM host_events WHERE key = ? AND shop = ? AND about = ? AND as_of > ? LIMIT 1"


class Intake:
    """Stores events and plans runs."""

    def __init__(self, store: HostStore, plugins: Plugins, quotas: Quotas) -> None:
        self._store = store
        self._plugins = plugins
        self._quotas = quotas

    def take(self, event: Event) -> int:
        """Store an event and plan the runs that it starts, in one transaction; return their number.

        An event whose key and dedupe key are known is dropped, and so is an older state of what a newer one has been
        taken of. A workflow takes part when the plugin says that its
        owner may see the event, and its conditions hold. Raises `sqlite3.Error`: then nothing is stored.
        """
        seen = "SELECT 1 FROM host_events WHERE key = ? AND dedupe_key = ?"
        if self._store.run(seen, (event.key, event.dedupe_key)):
            return 0
        payload = dict(event.payload)
        facts = {"key": event.key, "shop": event.shop, "dedupe_key": event.dedupe_key}
        matching = [
            row for row in self._store.run(_LISTENERS, (event.key,)) if self._concerns(row, event, payload, facts)
        ]
        key = f"{event.key}|{event.dedupe_key}"
        as_of = None if event.about is None or event.as_of is None else event.as_of.timestamp()
        with self._store.transaction() as connection:
            if as_of is not None and connection.execute(_NEWER, (event.key, event.shop, event.about, as_of)).fetchone():
                return 0
            new = connection.execute(
                "INSERT INTO host_events (key, dedupe_key, shop, payload, runs, received_at, about, as_of)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING RETURNING 1",
                (
                    event.key, event.dedupe_key, event.shop, said(payload), len(matching), time.time(),
                    None if as_of is None else event.about, as_of,
                ),
            ).fetchone()  # fmt: skip
            if new is None:
                return 0
            for row in matching:
                _insert(connection, row, "event", key, facts, event.shop, {"trigger": payload, "input": {}})
            crash.at("event_before_commit")
        crash.at("event_after_commit")
        log.info("event %s started %d runs", event.key, len(matching))
        return len(matching)

    def tick(self, now: float) -> int:
        """Plan a run of each workflow whose time has come; return their number."""
        planned = 0
        for *row, due in self._store.run(_DUE, (now,)):
            try:
                planned += self._tick(tuple(row), due, now)
            except (ValueError, LookupError, OSError):
                # A time zone that is gone, say: this workflow stops, the others go on.
                log.exception("workflow %s has a schedule that can't be kept; it is switched off", row[0])
                self._store.run("UPDATE host_workflows SET next_at = NULL WHERE id = ?", (row[0],))
        return planned

    def _tick(self, row: tuple[Any, ...], due: float, now: float) -> int:
        definition = read(json.loads(row[4]))
        facts = {"key": "schedule", "shop": "", "dedupe_key": f"{due:.3f}"}
        data = {"trigger": {"due": due}, "input": {}}
        holds = _holds(definition, _context(definition, {"due": due}, {}, facts))
        following = schedule.following(definition.trigger, now, due)
        with self._store.transaction() as connection:
            moved = connection.execute(
                "UPDATE host_workflows SET next_at = ? WHERE id = ? AND next_at = ? RETURNING 1",
                (following, row[0], due),
            ).fetchone()
            if moved is None or not holds:
                return 0
            try:
                self._room(connection, row[2], row[3])
            except OverQuota as full:
                log.warning("workflow %s is not run this time: %s", row[0], full)
                return 0
            _insert(connection, row, "schedule", f"schedule|{due:.3f}", facts, None, data)
        return 1

    def _room(self, connection: sqlite3.Connection, tenant: str, subject: str) -> None:
        """Raise `OverQuota` where a person has as many unfinished runs as one may have."""
        sql = "SELECT count(*) FROM host_runs WHERE tenant = ? AND subject = ? AND finished_at IS NULL"
        self._quotas.check_open_runs(connection.execute(sql, (tenant, subject)).fetchone()[0])

    def start(self, row: tuple[Any, ...], given: Mapping[str, Any], trigger: Mapping[str, Any], key: str | None) -> str:
        """Plan a run by hand and return its id; a known `key` returns the run that it began.

        Raises `OverQuota`.
        """
        facts = {"key": "manual", "shop": "", "dedupe_key": key or ""}
        dedupe = None if key is None else f"manual|{key}"
        data = {"trigger": dict(trigger), "input": dict(given)}
        self._quotas.check_input(len(json.dumps(data, ensure_ascii=False).encode()))
        known = "SELECT id FROM host_runs WHERE workflow_id = ? AND dedupe_key = ?"
        with self._store.transaction() as connection:
            found = connection.execute(known, (row[0], dedupe)).fetchone() if dedupe is not None else None
            if found is not None:
                return str(found[0])
            self._room(connection, row[2], row[3])
            return str(_insert(connection, row, "manual", dedupe, facts, None, data))

    def recent(self) -> list[dict[str, Any]]:
        """Return the last events, the newest first, with their payloads redacted."""
        rows = self._store.run(
            "SELECT key, shop, dedupe_key, payload, runs, received_at FROM host_events ORDER BY id DESC LIMIT ?",
            (EVENTS_SHOWN,),
        )
        names = ("key", "shop", "dedupe_key", "payload", "runs", "received_at")
        return [{**dict(zip(names, row, strict=True)), "payload": json.loads(row[3])} for row in rows]

    def _concerns(
        self, row: tuple[Any, ...], event: Event, payload: Mapping[str, Any], facts: Mapping[str, Any]
    ) -> bool:
        definition = read(json.loads(row[4]))
        if definition.trigger.get("shop", definition.raw.get("shop", event.shop)) != event.shop:
            return False
        allowed = self._plugins.manager.hook.atom_may_see(principal=principal_of(row[2], row[3]), event=event)
        return allowed is True and _holds(definition, _context(definition, payload, {}, facts))


def principal_of(tenant: str, subject: str) -> Principal:
    """Return as whom a workflow acts: its owner, without any scope that the person may hold."""
    return Principal(subject, tenant, via="workflow")


def _context(definition: Definition, payload: Any, given: Any, facts: Any) -> dict[str, Any]:
    shop = facts.get("shop") or None
    return {
        "trigger": payload,
        "input": given,
        "event": facts,
        "variables": definition.raw.get("variables", {}),
        "run": {"id": None, "cause": facts["key"], "shop": shop},
    }


def _holds(definition: Definition, data: Mapping[str, Any]) -> bool:
    """Tell whether all conditions are true; one that can't be evaluated for this event is not."""
    for text in definition.raw.get("conditions", ()):
        try:
            if not evaluate(text, data, expression=True):
                return False
        except Bad as bad:
            log.info("a condition of workflow %s could not be evaluated: %s", definition.raw.get("id"), bad)
            return False
    return True


def _insert(
    connection: sqlite3.Connection,
    row: tuple[Any, ...],
    cause: str,
    dedupe: str | None,
    facts: Mapping[str, Any],
    shop: str | None,
    data: Mapping[str, Any],
) -> str | None:
    workflow_id, version, tenant, subject, config = row
    now = time.time()
    definition = _definition(connection, workflow_id, version, config)
    made = connection.execute(
        "INSERT INTO host_runs (id, workflow_id, workflow_version, definition_number, tenant, subject, cause,"
        " dedupe_key, event, shop, data, input, state, wake_at, created_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'pending', ?, ?)"
        " ON CONFLICT DO NOTHING RETURNING id",
        (
            str(uuid.uuid4()), workflow_id, version, definition, tenant, subject, cause, dedupe, json.dumps(facts),
            shop or json.loads(config).get("shop"), json.dumps(data, ensure_ascii=False, allow_nan=False),
            json.dumps(redacted(data), ensure_ascii=False), now, now,
        ),
    ).fetchone()  # fmt: skip
    return None if made is None else str(made[0])


def _definition(connection: sqlite3.Connection, workflow_id: str, version: int, config: str) -> int:
    """Return the number of the definition that a run is made from; all runs of a version share one copy."""
    known = connection.execute(
        "SELECT number FROM host_definitions WHERE workflow_id = ? AND version = ? ORDER BY number DESC LIMIT 1",
        (workflow_id, version),
    ).fetchone()
    if known is None:
        known = connection.execute(
            "INSERT INTO host_definitions (workflow_id, version, config) VALUES (?, ?, ?) RETURNING number",
            (workflow_id, version, config),
        ).fetchone()
    return int(known[0])
