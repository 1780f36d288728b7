"""Runs and approvals as people see them, and what people may do to them."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from atom_shopify_plugin.hookspecs import Principal
from atom_shopify_plugin.host.store import HostStore
from atom_shopify_plugin.host.workflows import tallies
from atom_shopify_plugin.host.workflows.definition import shown
from atom_shopify_plugin.host.workflows.library import NotThere, NotYet, scope_of

__all__ = ["FINISHED", "History"]

FINISHED = ("completed", "failed", "cancelled")
_RUN = (
    "number, id, workflow_id, workflow_version, subject, cause, event, shop, state, error, note, wake_at, created_at,"
    " started_at, finished_at, input, chain, depth"
)
_NAMES = [*_RUN.replace(" ", "").split(","), "definition"]
_DEFINITION = "(SELECT config FROM host_definitions AS one WHERE one.number = host_runs.definition_number)"


class History:
    """The runs of a person's workflows; an operator sees those of the tenant."""

    def __init__(self, store: HostStore) -> None:
        self._store = store

    def runs(
        self, principal: Principal, *, workflow_id: str | None = None, state: str | None = None,
        before: int | None = None, limit: int = 50,
    ) -> tuple[list[dict[str, Any]], int | None]:  # fmt: skip
        """Return runs, the newest first, and the number to ask for the next ones with (`before`), if there are more."""
        where, values = scope_of(principal)
        wanted: list[Any] = [*values]
        for column, value in (("workflow_id = ?", workflow_id), ("state = ?", state), ("number < ?", before)):
            if value is not None:
                where, wanted = f"{where} AND {column}", [*wanted, value]
        rows = self._store.run(
            f"SELECT {_RUN}, {_DEFINITION} FROM host_runs WHERE {where} ORDER BY number DESC LIMIT ?",  # noqa: S608  # constants
            (*wanted, limit + 1),
        )
        listed = [_run(row) for row in rows[:limit]]
        return listed, rows[limit - 1][0] if len(rows) > limit else None

    def run(self, principal: Principal, run_id: str) -> dict[str, Any]:
        """Return a run with its input, its steps and its approvals, all redacted; raise `NotThere`."""
        row = self._row(principal, run_id)
        steps = self._store.run(
            "SELECT step_id, state, attempts, input, output, error, started_at, finished_at, wake_at FROM host_steps"
            " WHERE run_id = ? ORDER BY position",
            (run_id,),
        )
        recorded = {step[0]: step for step in steps}
        found = dict(zip(_NAMES, row, strict=True))
        # What a run that has ended without it did not come to, it left out; a failed one may be retried.
        untouched = "skipped" if found["state"] in ("completed", "cancelled") else "pending"
        listed = [_step(raw, recorded.get(raw["id"]), untouched) for raw in shown(found["definition"])["steps"]]
        return {**_run(row), "input": json.loads(found["input"]), "steps": listed, "approvals": self._approvals(run_id)}

    def record(self, principal: Principal, run_id: str) -> dict[str, Any]:
        """Return a run in the shape of ATOM's execution record, with ours beside it."""
        run = self.run(principal, run_id)
        ended = [step for step in run["steps"] if step["state"] in ("done", "failed")]
        waiting = [one for one in run["approvals"] if one["state"] == "waiting"]
        return {
            "execution_id": run["id"],
            "workflow_id": run["workflow_id"],
            # ATOM knows no waiting run; `state` tells.
            "status": "running" if run["state"] == "waiting" else run["state"],
            "state": run["state"],
            "start_time": run["started_at"] or run["created_at"],
            "end_time": run["finished_at"],
            "current_step": sum(step["state"] in ("done", "failed", "skipped") for step in run["steps"]),
            "total_steps": len(run["steps"]),
            "trigger_data": run["input"].get("trigger", {}),
            "results": {step["id"]: _result(step) for step in ended},
            "errors": [step["error"]["message"] for step in ended if step["error"]] or _messages(run["error"]),
            "note": run["note"],
            "approvals": waiting,
        }

    def cancel(self, principal: Principal, run_id: str) -> None:
        """End a run; raise `NotThere`, `NotYet`. A step that is at work can't be called back; nothing follows it."""
        self._row(principal, run_id)
        now = time.time()
        with self._store.transaction() as connection:
            done = connection.execute(
                "UPDATE host_runs SET state = 'cancelled', note = ?, finished_at = ?, wake_at = NULL, data = NULL,"
                " lease_owner = NULL, lease_until = NULL, fence = fence + 1 WHERE id = ? AND finished_at IS NULL"
                " RETURNING cause, created_at",
                (f"cancelled by {principal.subject}", now, run_id),
            ).fetchone()
            if done is None:
                raise NotYet("The run has already finished.")
            cause, created_at = done
            tallies.run_ended(connection, cause, "cancelled", now - created_at)
            connection.execute(
                "UPDATE host_steps SET state = 'cancelled', finished_at = ? WHERE run_id = ?"
                " AND state IN ('running', 'waiting')",
                (now, run_id),
            )
            connection.execute("UPDATE host_steps SET result = NULL WHERE run_id = ?", (run_id,))
            connection.execute(
                "UPDATE host_approvals SET state = 'void' WHERE run_id = ? AND state = 'waiting'", (run_id,)
            )

    def retry(self, principal: Principal, run_id: str) -> None:
        """Let a failed run go on at the step that failed; raise `NotThere`, `NotYet`.

        Its effect keeps its key, unless the plugin could not tell whether it went through: the person who asks has
        looked, so it is a new effect.
        """
        self._row(principal, run_id)
        with self._store.transaction() as connection:
            sql = "SELECT state, data IS NULL, coalesce(error, '{}') FROM host_runs WHERE id = ?"
            state, too_old, error = connection.execute(sql, (run_id,)).fetchone()
            if state != "failed":
                raise NotYet("Only a failed run can be retried.")
            if too_old:
                raise NotYet("The run can't be retried: its data is no longer kept.")
            step = (run_id, json.loads(error).get("step", ""))
            connection.execute("UPDATE host_approvals SET state = 'void' WHERE run_id = ? AND step_id = ?", step)
            connection.execute(
                "UPDATE host_steps SET state = 'pending', attempts = 0, finished_at = NULL, started_at = NULL,"
                " generation = generation + coalesce(json_extract(error, '$.code') = 'OUTCOME_UNKNOWN', 0),"
                " operation = NULL"
                " WHERE run_id = ? AND step_id = ?",
                step,
            )
            connection.execute(
                "UPDATE host_runs SET state = 'pending', error = NULL, finished_at = NULL, size = NULL, wake_at = ?"
                " WHERE id = ?",
                (time.time(), run_id),
            )

    def waiting(self, principal: Principal) -> list[dict[str, Any]]:
        """Return the questions that wait for an answer, the oldest first."""
        where, values = scope_of(principal)
        rows = self._store.run(
            f"SELECT {_APPROVAL} FROM host_approvals WHERE state = 'waiting' AND {where} ORDER BY created_at",  # noqa: S608
            values,
        )
        return [self._approval(row) for row in rows]

    def decide(self, principal: Principal, approval_id: str, approve: bool) -> str:
        """Answer a question; return the id of the run that goes on. Raise `NotThere`, `NotYet`."""
        where, values = scope_of(principal)
        with self._store.transaction() as connection:
            row = connection.execute(
                f"SELECT run_id, state, expires_at FROM host_approvals WHERE id = ? AND {where}",  # noqa: S608
                (approval_id, *values),
            ).fetchone()
            now = time.time()
            if row is None:
                raise NotThere(f"You have no approval '{approval_id[:64]}'.")
            if row[1] == "expired" or (row[1] == "waiting" and row[2] is not None and row[2] <= now):
                raise NotYet("The time to answer is over. Retry the run to be asked again.")
            if row[1] != "waiting":
                raise NotYet("This was already answered, or its run has ended.")
            connection.execute(
                "UPDATE host_approvals SET state = ?, decided_by = ?, decided_at = ? WHERE id = ?",
                ("approved" if approve else "refused", principal.subject, now, approval_id),
            )
            connection.execute("UPDATE host_runs SET wake_at = ? WHERE id = ? AND finished_at IS NULL", (now, row[0]))
        return str(row[0])

    def _row(self, principal: Principal, run_id: str) -> tuple[Any, ...]:
        where, values = scope_of(principal)
        rows = self._store.run(
            f"SELECT {_RUN}, {_DEFINITION} FROM host_runs WHERE id = ? AND {where}",  # noqa: S608  # constants
            (run_id, *values),
        )
        if not rows:
            raise NotThere(f"You have no run '{run_id[:64]}'.")
        return rows[0]

    def _approvals(self, run_id: str) -> list[dict[str, Any]]:
        sql = f"SELECT {_APPROVAL} FROM host_approvals WHERE run_id = ? ORDER BY created_at"  # noqa: S608  # constants
        return [self._approval(row) for row in self._store.run(sql, (run_id,))]

    def _approval(self, row: tuple[Any, ...]) -> dict[str, Any]:
        found = dict(zip(_APPROVAL.split(", "), row, strict=True))
        times = {name: _time(found[name]) for name in ("created_at", "decided_at", "expires_at")}
        details = json.loads(found["details"])
        notices = self._store.run(
            "SELECT target, state, attempts, error, at FROM host_notices WHERE approval_id = ? ORDER BY number",
            (found["id"],),
        )
        runs = f"SELECT workflow_id, {_DEFINITION} FROM host_runs WHERE id = ?"  # noqa: S608  # constants
        workflow_id, definition = next(iter(self._store.run(runs, (found["run_id"],))), (None, "{}"))
        return {
            **found,
            "details": details,
            "question": str(details.get("message") or f"Continue with {found['step_id']}?"),
            "workflow_id": workflow_id,
            "workflow_name": shown(definition).get("name"),
            "notices": [
                {
                    "to": target,
                    "state": _open(state, found),
                    "attempts": attempts,
                    "error": _load(error),
                    "at": _time(at),
                }
                for target, state, attempts, error, at in notices
            ],
            **times,
        }


_APPROVAL = "id, run_id, step_id, reason, details, state, decided_by, created_at, decided_at, expires_at"


def _run(row: tuple[Any, ...]) -> dict[str, Any]:
    found = dict(zip(_NAMES, row, strict=True))
    times = {name: _time(found[name]) for name in ("created_at", "started_at", "finished_at", "wake_at")}
    members = ("id", "workflow_id", "workflow_version", "cause", "shop", "state", "note")
    return {
        **{name: found[name] for name in members},
        "workflow_name": shown(found["definition"]).get("name"),
        "created_by": found["subject"],
        "event": json.loads(found["event"]),
        "error": _load(found["error"]),
        "chain": {"id": found["chain"] or found["id"], "depth": found["depth"]},
        **times,
    }


def _step(raw: Mapping[str, Any], row: tuple[Any, ...] | None, untouched: str) -> dict[str, Any]:
    about = {"id": raw["id"], "type": raw["type"], "service": raw.get("service"), "action": raw.get("action")}
    if row is None:
        return {**about, "state": untouched, "attempts": 0, "input": None, "output": None, "error": None,
                "started_at": None, "finished_at": None, "wake_at": None}  # fmt: skip
    _, state, attempts, given, output, error, started, finished, wake = row
    return {
        **about,
        "state": state,
        "attempts": attempts,
        "input": _load(given),
        "output": _load(output),
        "error": _load(error),
        "started_at": _time(started),
        "finished_at": _time(finished),
        "wake_at": _time(wake),
    }


def _result(step: Mapping[str, Any]) -> dict[str, Any]:
    about = {"step_type": step["type"], "action": step["action"], "timestamp": step["finished_at"]}
    if step["state"] == "done":
        return {"success": True, **about, "result": step["output"]}
    return {"success": False, **about, "error": step["error"]["message"]}


def _messages(error: Mapping[str, Any] | None) -> list[str]:
    return [] if error is None else [error["message"]]


def _open(state: str, approval: Mapping[str, Any]) -> str:
    """Return the state of a notice: one that was not sent before the answer came is not sent any more."""
    return "void" if state == "waiting" != approval["state"] else state


def _load(text: str | None) -> Any:
    return None if text is None else json.loads(text)


def _time(at: float | None) -> str | None:
    return None if at is None else datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds")
