"""Which workflows fail too often: read off their last runs, so that every process and every start finds the same.

A workflow is failing from the run on with which too large a share of its last runs failed, and until that share is
small again. Between the two limits it stays what it was, so that one run more or less does not switch health.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from atom_shopify_plugin.host.quotas import FailureLimits
from atom_shopify_plugin.host.store import HostStore

__all__ = ["Trouble", "judged", "troubles", "words"]

_WINDOW = 20  # runs of which the share is taken
_LOOKED_AT = 200  # runs of a workflow that are read
_MOST = 50  # workflows that are looked at
_PERIOD = 7 * 86_400.0  # seconds
_NAMED = 3
_NAME = 60  # characters


@dataclass(frozen=True, slots=True)
class Trouble:
    """A failing workflow: how many of its `runs` last runs `failed`, and the code of the last failure."""

    workflow_id: str
    name: str
    failed: int
    runs: int
    code: str


# Runs of an older version of the definition are left out: whoever corrects a workflow begins anew.
_CANDIDATES = """
SELECT flow.id, flow.version, flow.config, max(run.number) FROM host_runs AS run
JOIN host_workflows AS flow ON flow.id = run.workflow_id AND flow.version = run.workflow_version
WHERE run.state = 'failed' AND run.finished_at > ?
GROUP BY flow.id HAVING count(*) >= ? ORDER BY max(run.finished_at) DESC LIMIT ?
"""
_ENDED = """
SELECT state = 'failed' FROM host_runs
WHERE workflow_id = ? AND workflow_version = ? AND state IN ('completed', 'failed') AND finished_at > ?
ORDER BY number DESC LIMIT ?
"""


def troubles(store: HostStore, limits: FailureLimits, now: float) -> list[Trouble]:
    """Return the workflows that fail too often, the last to fail first; runs of the last seven days count."""
    if not limits.runs:
        return []
    since = now - _PERIOD
    found = []
    for workflow_id, version, config, last in store.run(_CANDIDATES, (since, limits.runs, _MOST)):
        rows = store.run(_ENDED, (workflow_id, version, since, _LOOKED_AT))
        window = judged((bool(failed) for (failed,) in reversed(rows)), limits)
        if window is not None:
            ((error,),) = store.run("SELECT coalesce(error, '{}') FROM host_runs WHERE number = ?", (last,))
            found.append(Trouble(workflow_id, _name(config, workflow_id), sum(window), len(window), _code(error)))
    return found


def words(found: Sequence[Trouble]) -> str:
    """Return what an operator reads: which workflows fail, and what to do; "" where none does."""
    if not found:
        return ""
    named = [
        f"“{one.name}” ({one.workflow_id}: {one.failed} of its last {one.runs} runs failed, the last with {one.code})"
        for one in found[:_NAMED]
    ]
    more = f", and {len(found) - _NAMED} more" if len(found) > _NAMED else ""
    return (
        f"Workflows fail: {', '.join(named)}{more}. "
        f"`atom-shopify workflows runs --workflow={found[0].workflow_id}` shows the errors. "
        "Correct the workflow, or repeat a run with `atom-shopify workflows retry RUN_ID`."
    )


def judged(ended: Iterable[bool], limits: FailureLimits) -> Sequence[bool] | None:
    """Return the last runs of a workflow that is failing, True for each that failed; None for one that is not.

    `ended` tells of each run whether it failed, the oldest first.
    """
    window: deque[bool] = deque(maxlen=_WINDOW)
    failing = False
    for failed in ended:
        window.append(failed)
        percent = 100 * sum(window) / len(window)
        begins = sum(window) >= limits.runs and percent >= limits.percent
        failing = percent > limits.recovered if failing else begins
    return window if failing else None


def _name(config: str, workflow_id: str) -> str:
    try:
        name = json.loads(config).get("name")
    except (ValueError, AttributeError, RecursionError):
        name = None
    return name[:_NAME] if isinstance(name, str) and name else workflow_id


def _code(error: str) -> str:
    try:
        return str(json.loads(error).get("code", "an error"))[:_NAME]
    except (ValueError, AttributeError, RecursionError):
        return "an error"
