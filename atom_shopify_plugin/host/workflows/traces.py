"""What became of each event that a workflow waited for: the answer to "why did it not run?".

A trace is written in the transaction that takes the event, and completed when the run's conditions have been looked at.
The newest `KEPT` of a workflow are kept, for two weeks. An event of a store that is not the owner's leaves a trace only
where the workflow names that store: nobody learns of other people's events.
"""

from __future__ import annotations

import json
import re
import sqlite3
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from jinja2 import nodes

from atom_shopify_plugin.host.store import HostStore
from atom_shopify_plugin.host.workflows.budget import Budget
from atom_shopify_plugin.host.workflows.decimals import Bad
from atom_shopify_plugin.host.workflows.evaluation import Evaluation
from atom_shopify_plugin.host.workflows.filters import Unmatched
from atom_shopify_plugin.host.workflows.redaction import said
from atom_shopify_plugin.host.workflows.syntax import described, parsed

__all__ = ["KEPT", "KEPT_SECONDS", "Traces", "unmet", "values_of"]

KEPT = 200
"""Traces of one workflow."""

KEPT_SECONDS = 14 * 86_400.0
_LONGEST = 4_000  # characters of a trace's detail
_MEMBER = re.compile(r"\w+")
_VALUES = 20  # that a condition shows
_COLUMNS = "trace.id, trace.event, trace.shop, trace.dedupe_key, trace.outcome, trace.detail, trace.run_id, trace.at"

_WORDS: Mapping[str, str] = {
    "unmet": "a condition was false",
    "other_shop": "the event came from another store than the workflow is for",
    "not_yours": "the store is not connected by the workflow's owner",
    "own_change": "a workflow made the change, and the trigger ignores such changes",
    "older_state": "a newer state of the same resource had arrived before",
    "CHAIN_TOO_LONG": "too many runs had started each other",
    "TOO_MANY_RUNS": "the same resource had started too many runs",
}


class Traces:
    """Traces in the host's storage."""

    def __init__(self, store: HostStore) -> None:
        self._store = store

    @staticmethod
    def add(
        connection: sqlite3.Connection,
        workflow_id: str,
        facts: Mapping[str, str],
        outcome: str,
        run_id: str | None,
        detail: str | None = None,
    ) -> None:
        """Write down what became of an event (``key, shop, dedupe_key``) within a transaction.

        `outcome` is ``started`` with the run's id, or one of the reasons for which there is none.
        """
        connection.execute(
            "INSERT INTO host_traces (workflow_id, event, shop, dedupe_key, outcome, run_id, at, detail)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (workflow_id, facts["key"], facts["shop"], facts["dedupe_key"], outcome, run_id, time.time(), detail),
        )
        connection.execute(
            "DELETE FROM host_traces WHERE workflow_id = ? AND id <= (SELECT id FROM host_traces WHERE workflow_id = ?"
            " ORDER BY id DESC LIMIT 1 OFFSET ?)",
            (workflow_id, workflow_id, KEPT),
        )

    @staticmethod
    def missed(connection: sqlite3.Connection, workflow_id: str, facts: Mapping[str, str], miss: Unmatched) -> None:
        """Write down within a transaction why an event did not match the `when` of a workflow."""
        told = {"condition": miss.detail[:500], "values": json.loads(said(miss.values))}
        Traces.add(connection, workflow_id, facts, "no_match", None, _detail(told))

    def of(self, workflow_id: str, limit: int = 50) -> list[dict[str, Any]]:
        """Return the newest traces of a workflow, each with `why` in words and the state of its run."""
        rows = self._store.run(
            f"SELECT {_COLUMNS}, run.state, run.error, run.note FROM host_traces AS trace LEFT JOIN host_runs AS run"  # noqa: S608
            " ON run.id = trace.run_id WHERE trace.workflow_id = ? ORDER BY trace.id DESC LIMIT ?",
            (workflow_id, limit),
        )
        return [_shown(row) for row in rows]


def unmet(connection: sqlite3.Connection, run_id: str, number: int, condition: str, values: Mapping[str, Any]) -> None:
    """Note within a transaction that a condition of a run was false, with the values that it read."""
    detail = {"number": number, "condition": condition[:500], "values": json.loads(said(values))}
    connection.execute(
        "UPDATE host_traces SET outcome = 'unmet', detail = ?, run_id = NULL WHERE run_id = ?",
        (_detail(detail), run_id),
    )


def _detail(told: Mapping[str, Any]) -> str:
    text = json.dumps(told, ensure_ascii=False)
    return text if len(text) <= _LONGEST else json.dumps({**told, "values": {}}, ensure_ascii=False)


def values_of(source: str, data: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values that an expression reads, by how it writes them; what is missing reads "(missing)".

    A value stands in an object under the last member's name, so that what may not be shown is known by its name.
    """
    try:
        lookups = list(_lookups(parsed(source, expression=True).tree))
    except Bad:
        return {}
    found: dict[str, Any] = {}
    budget = Budget()
    texts = [text for _, text in lookups]
    for node, text in lookups[:_VALUES]:
        if any(other.startswith((f"{text}.", f"{text}[")) for other in texts):
            continue  # `trigger.customer` beside `trigger.customer.id` tells nothing more
        try:
            value = Evaluation(data, budget).value(node)
        except Bad:
            value = "(missing)"
        found[text] = {_MEMBER.findall(text)[-1]: value}
    return found


def _lookups(node: nodes.Node) -> list[tuple[nodes.Node, str]]:
    """Return the longest lookups that an expression is made of, such as ``trigger.customer.id``."""
    if isinstance(node, nodes.Name | nodes.Getattr | nodes.Getitem):
        text = described(node)
        if text is not None:
            return [(node, text)]
    found: dict[str, nodes.Node] = {}
    for child in node.iter_child_nodes():
        found |= {text: below for below, text in _lookups(child)}
    return [(below, text) for text, below in found.items()]


def _shown(row: tuple[Any, ...]) -> dict[str, Any]:
    trace_id, event, shop, dedupe_key, outcome, detail, run_id, at, state, error, note = row
    told = json.loads(detail) if detail else {}
    values = {name: next(iter(value.values())) for name, value in told.get("values", {}).items()}
    if outcome == "started" and state is None:
        why = "it started a run, which is no longer kept"
    elif outcome == "started":
        reason = json.loads(error)["message"] if error else note
        why = f"it started a run, which is {state}" + (f": {reason}" if reason else "")
    elif outcome in ("unmet", "no_match"):
        listed = ", ".join(f"{name} = {json.dumps(value, ensure_ascii=False)}" for name, value in values.items())
        what = f"condition {told['number']} was false" if outcome == "unmet" else "did not match"
        why = f"{what}: {told['condition']}" + (f" ({listed})" if listed else "")
    else:
        why = _WORDS[outcome]
    return {
        "id": str(trace_id),
        "event": event,
        "shop": shop or None,
        "dedupe_key": dedupe_key,
        "outcome": outcome.lower(),
        "why": why,
        "condition": told.get("condition"),
        "values": values,
        "run_id": run_id if state is not None else None,
        "run_state": state,
        "at": datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds"),
    }
