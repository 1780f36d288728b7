"""How workflows and their runs are shown on the command line."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import click

from atom_shopify_plugin.cli.common import print_json, say, table

__all__ = ["local_time", "started_by", "tell", "told", "untold", "why"]


def told(run: dict[str, Any], as_json: bool, *, failed_is_fine: bool = False) -> None:
    """Print a run, and end with exit code 1 where it failed."""
    if as_json:
        print_json(run)
    else:
        tell(run)
    if run["state"] == "failed" and not failed_is_fine:
        click.get_current_context().exit(1)


def tell(run: dict[str, Any]) -> None:
    """Print a run with its steps, and how to answer what it asks."""
    say(f"run {run['id']} of {run['workflow_name']} ({run['workflow_id']}): {run['state']}{_after(why(run))}")
    rows = [
        (step["id"], step["action"] or step["type"], step["state"], str(step["attempts"] or ""), _error(step["error"]))
        for step in run["steps"]
    ]
    table(("step", "action", "state", "tries", "error"), rows)
    for one in run["approvals"]:
        if one["state"] == "waiting":
            until = f" Answer until {one['expires_at'][:16].replace('T', ' ')} UTC." if one["expires_at"] else ""
            say(f"It asks: {one['question']}{until}")
            say(f"  atom-shopify workflows approve {one['id']}")
        for text in untold(one):
            say(text)


def untold(approval: dict[str, Any]) -> list[str]:
    """Return, in words, which targets could not be told of a question."""
    failed = [notice for notice in approval["notices"] if notice["state"] == "failed"]
    return [f"{one['to']} could not be notified: {_error(one['error'])}" for one in failed]


def why(run: dict[str, Any]) -> str:
    """Return why a run stands where it stands."""
    return _error(run["error"]) or run["note"] or ""


def _error(error: dict[str, Any] | None) -> str:
    return "" if error is None else f"{error['code']}: {error['message']}"


def _after(text: str) -> str:
    return f" ({text})" if text else ""


def started_by(workflow: dict[str, Any]) -> str:
    """Return what starts a workflow, in words."""
    from atom_shopify_plugin.host.workflows.definition import started_by  # heavy: not for --help

    return started_by(workflow["workflow_config"])


def local_time(at: float | None) -> str:
    """Return seconds since the epoch as the local time with its offset, "" for None."""
    return "" if at is None else datetime.fromtimestamp(at, UTC).astimezone().isoformat(" ", "minutes")
