"""How runs begin: an event, a schedule, or a person; each beginning makes one run, however often it is told."""

from __future__ import annotations

import json
import logging
import sqlite3
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from atom_shopify_plugin.hookspecs import Event, Origin, Principal
from atom_shopify_plugin.host.plugins import Plugins
from atom_shopify_plugin.host.quotas import OverQuota, Quotas
from atom_shopify_plugin.host.store import HostStore
from atom_shopify_plugin.host.workflows import chains, crash, schedule, tallies
from atom_shopify_plugin.host.workflows.chains import Limits
from atom_shopify_plugin.host.workflows.decimals import Bad
from atom_shopify_plugin.host.workflows.definition import UNREADABLE, read
from atom_shopify_plugin.host.workflows.filters import Unmatched, readable, unmatched
from atom_shopify_plugin.host.workflows.redaction import said
from atom_shopify_plugin.host.workflows.subscribing import parameters_of
from atom_shopify_plugin.host.workflows.traces import Traces
from atom_shopify_plugin.host.workflows.values import dump

__all__ = ["EVENTS_SHOWN", "EventIntake", "principal_of"]

log = logging.getLogger(__name__)

EVENTS_SHOWN = 200
_WORKFLOW = "id, version, tenant, subject, config"
_LISTENERS = f"SELECT {_WORKFLOW} FROM host_workflows WHERE trigger_key = ? AND runnable = 1 ORDER BY created_at, id"  # noqa: S608
_DUE = f"SELECT {_WORKFLOW}, next_at FROM host_workflows WHERE next_at <= ? ORDER BY next_at, id LIMIT ?"  # noqa: S608
BATCH = 100
"""Times of schedules that are planned in one look, so that many that are due together keep no run waiting."""

_NEWER = "SELECT 1 FROM host_events WHERE key = ? AND shop = ? AND about = ? AND as_of > ? LIMIT 1"


class EventIntake:
    """Stores events and plans runs."""

    def __init__(self, store: HostStore, plugins: Plugins, limits: Limits, quotas: Quotas) -> None:
        self._store = store
        self._plugins = plugins
        self._limits = limits
        self._quotas = quotas

    def take(self, event: Event) -> int:
        """Store an event and plan the runs that it starts, in one transaction; return their number.

        An event whose key and dedupe key are known is dropped, and so is an older state of what a newer one has been
        taken of. A workflow takes part when the plugin says that its owner may see the event, and the payload matches
        its `when`, which takes a bounded time; whether its conditions hold is asked as the run begins. A payload that
        can't be kept makes runs that have failed, and so does a run that would make a chain too long, or is one of
        too many about one thing. Raises `sqlite3.Error`: then nothing is stored.
        """
        seen = "SELECT 1 FROM host_events WHERE key = ? AND dedupe_key = ?"
        if self._store.run(seen, (event.key, event.dedupe_key)):
            return 0
        facts = {"key": event.key, "shop": event.shop, "dedupe_key": event.dedupe_key}
        plan = _Plan("event", facts, f"{event.key}|{event.dedupe_key}", {"trigger": dict(event.payload), "input": {}})
        rows = [row for row in self._store.run(_LISTENERS, (event.key,)) if self._subscribed(row, event)]
        listeners = [(row, self._refusal(row, event)) for row in rows]
        matching = [row for row, refusal in listeners if refusal is None]
        misses = dict(_misses(matching, event))
        planned = len(matching) - len(misses)
        as_of = None if event.about is None or event.as_of is None else event.as_of.timestamp()
        with self._store.transaction() as connection:
            if as_of is not None and connection.execute(_NEWER, (event.key, event.shop, event.about, as_of)).fetchone():
                for row in matching:
                    Traces.add(connection, row[0], facts, "older_state", None)
                return 0
            new = connection.execute(
                "INSERT INTO host_events (key, dedupe_key, shop, payload, runs, received_at, about, as_of)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING RETURNING 1",
                (
                    event.key, event.dedupe_key, event.shop, said(event.payload), planned, time.time(),
                    None if as_of is None else event.about, as_of,
                ),
            ).fetchone()  # fmt: skip
            if new is None:
                return 0
            for row, refusal in listeners:
                if row[0] in misses:
                    Traces.missed(connection, row[0], facts, misses[row[0]])
                elif refusal is None:
                    self._begin(connection, row, event, plan)
                elif refusal:
                    Traces.add(connection, row[0], facts, refusal, None)
            crash.at("event_before_commit")
        crash.at("event_after_commit")
        log.info("event %s planned %d runs", event.key, planned)
        return planned

    def _begin(self, connection: sqlite3.Connection, row: tuple[Any, ...], event: Event, plan: _Plan) -> None:
        about = None if event.about is None else f"{event.shop}|{event.about}"
        stop = chains.stopped(connection, self._limits, row[0], event, about)
        if stop is not None:
            log.warning("an event %s starts no run of workflow %s: %s", event.key, row[0], stop["code"])
            if stop["code"] == "TOO_MANY_RUNS" and chains.said_already(connection, row[0], about):
                Traces.add(connection, row[0], plan.facts, stop["code"], None)
                return
        run_id = plan.insert(connection, row, event.shop, origin=event.caused_by, about=about, stop=stop)
        if run_id is not None:
            Traces.add(connection, row[0], plan.facts, "started" if stop is None else stop["code"], run_id)

    def tick(self, now: float) -> int:
        """Plan a run of each workflow whose time has come, the longest due first, at most `BATCH`; return their number.

        A schedule that can't be kept (its time zone is gone, say) is switched off by a run that says so.
        """
        due_now = [(tuple(row), due, _next(row, due, now)) for *row, due in self._store.run(_DUE, (now, BATCH))]
        planned = 0
        if not due_now:
            return planned
        with self._store.transaction() as connection:
            for row, due, (following, error) in due_now:
                moved = connection.execute(
                    "UPDATE host_workflows SET next_at = ? WHERE id = ? AND next_at = ? RETURNING 1",
                    (following, row[0], due),
                ).fetchone()
                if moved is None:
                    continue
                try:
                    self._room(connection, row[2], row[3])
                except OverQuota as full:
                    log.warning("workflow %s is not run this time: %s", row[0], full)
                    continue
                facts = {"key": "schedule", "shop": "", "dedupe_key": f"{due:.3f}"}
                data = {"trigger": {"due": due}, "input": {}}
                run_id = _Plan("schedule", facts, f"schedule|{due:.3f}", data, error).insert(connection, row, None)
                if run_id is not None:
                    Traces.add(connection, row[0], facts, "started", run_id)
                planned += 1
        return planned

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
        self._quotas.check_input(len(dump(data).encode()))
        plan = _Plan("manual", facts, dedupe, data)
        known = "SELECT id FROM host_runs WHERE workflow_id = ? AND dedupe_key = ?"
        with self._store.transaction() as connection:
            found = connection.execute(known, (row[0], dedupe)).fetchone() if dedupe is not None else None
            if found is not None:
                return str(found[0])
            self._room(connection, row[2], row[3])
            return str(plan.insert(connection, row, None))

    def recent(self) -> list[dict[str, Any]]:
        """Return the last events, the newest first, with their payloads redacted."""
        rows = self._store.run(
            "SELECT key, shop, dedupe_key, payload, runs, received_at FROM host_events ORDER BY id DESC LIMIT ?",
            (EVENTS_SHOWN,),
        )
        names = ("key", "shop", "dedupe_key", "payload", "runs", "received_at")
        return [{**dict(zip(names, row, strict=True)), "payload": json.loads(row[3])} for row in rows]

    def _subscribed(self, row: tuple[Any, ...], event: Event) -> bool:
        """Tell whether an event that fired under parameters did so under those of a workflow."""
        if event.parameters is None:
            return True
        services = [one for loaded in self._plugins.loaded.values() for one in loaded.services.values()]
        try:
            return parameters_of(json.loads(row[4]), services) == dict(event.parameters)
        except (Bad, *UNREADABLE):
            return False

    def _refusal(self, row: tuple[Any, ...], event: Event) -> str | None:
        """Return why an event does not concern a workflow, None where it does; "" where nobody is to be told."""
        named, ignored = None, False
        try:
            config = json.loads(row[4])
            trigger = read(config).trigger
            named = trigger.get("shop", config.get("shop"))
            ignored = event.caused_by is not None and bool(trigger.get("ignore_own_changes"))
        except UNREADABLE:
            log.exception("workflow %s can't be read", row[0])  # its run fails and says so
        allowed = self._plugins.manager.hook.atom_may_see(principal=principal_of(row[2], row[3]), event=event)
        if allowed is not True:
            return "not_yours" if named == event.shop else ""
        if named not in (None, event.shop):
            return "other_shop"
        return "own_change" if ignored else None


def _misses(rows: Sequence[tuple[Any, ...]], event: Event) -> Iterator[tuple[str, Unmatched]]:
    """Yield the ids of the workflows whose `when` an event does not match, each with the reason."""
    payload: Any = None
    for row in rows:
        try:
            definition = read(json.loads(row[4]))
            when, variables = definition.trigger.get("when"), definition.raw.get("variables", {})
        except UNREADABLE:
            continue  # its run fails and says so
        if when is None:
            continue
        try:
            payload = readable(dict(event.payload)) if payload is None else payload
        except Bad:
            return  # a payload that can't be kept makes runs that have failed
        miss = unmatched(when, payload, variables)
        if miss is not None:
            yield row[0], miss


def principal_of(tenant: str, subject: str) -> Principal:
    """Return as whom a workflow acts: its owner, without any scope that the person may hold."""
    return Principal(subject, tenant, via="workflow")


def _own_shop(config: str) -> str | None:
    try:
        shop = json.loads(config).get("shop")
    except (ValueError, AttributeError, RecursionError):
        return None  # the run says that it can't be read
    return shop if isinstance(shop, str) else None


def _next(row: Sequence[Any], due: float, now: float) -> tuple[float | None, dict[str, str] | None]:
    """Return when a workflow is due after this time, or the error for which it never is again."""
    try:
        return schedule.following(read(json.loads(row[4])).trigger, now, due), None
    except Exception:  # one workflow's schedule, whatever is wrong with it, must not stop those of others
        log.exception("workflow %s has a schedule that can't be kept; it is switched off", row[0])
        message = (
            "The schedule can't be kept, and the workflow is no longer started by it. Check it and create it again."
        )
        return None, {"code": "SCHEDULE_ERROR", "message": message}


class _Plan:
    """A run that is about to be planned, for any number of workflows; one with an `error` has failed at once."""

    def __init__(
        self,
        cause: str,
        facts: Mapping[str, Any],
        dedupe: str | None,
        data: Mapping[str, Any],
        error: Mapping[str, str] | None = None,
    ) -> None:
        self.facts = facts
        self._beginning = (cause, dedupe, dump(facts))
        try:
            self._data: tuple[str | None, str] = (dump(data), said(data))
        except Bad as bad:
            self._data = (None, "{}")
            error = {"code": "DATA_ERROR", "message": f"The run can't start: {bad}."}
        self._error = None if error is None else dump(error)

    def insert(
        self,
        connection: sqlite3.Connection,
        row: tuple[Any, ...],
        shop: str | None,
        *,
        origin: Origin | None = None,
        about: str | None = None,
        stop: Mapping[str, str] | None = None,
    ) -> str | None:
        """Write the run of one workflow and return its id, None where the same beginning has made a run before."""
        workflow_id, version, tenant, subject, config = row
        cause, dedupe, facts = self._beginning
        now, run_id = time.time(), str(uuid.uuid4())
        definition = _definition(connection, workflow_id, version, config)
        chain, depth = (run_id, 1) if origin is None else (origin.chain, origin.depth + 1)
        error = self._error if stop is None else dump(stop)
        state, wake_at, ended = ("pending", now, None) if error is None else ("failed", None, now)
        made = connection.execute(
            "INSERT INTO host_runs (id, workflow_id, workflow_version, definition_number, tenant, subject, cause,"
            " dedupe_key, event, shop, data, input, state, error, wake_at, created_at, finished_at, chain, depth,"
            " about)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
            " ON CONFLICT DO NOTHING RETURNING id",
            (
                run_id, workflow_id, version, definition, tenant, subject, cause, dedupe, facts,
                shop or _own_shop(config), *self._data, state, error, wake_at, now, ended,
                chain, depth, about,
            ),
        ).fetchone()  # fmt: skip
        if made is None:
            return None
        if ended is not None:
            tallies.run_ended(connection, cause, state, 0.0)
        return str(made[0])


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
