"""Other triggers are in use than before: every store's subscriptions and searches follow, in the background.

Saving a workflow must not wait for thousands of stores, so that one job does the telling.
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from atom_shopify_plugin.events import changes, sweeps
from atom_shopify_plugin.storage import Job, NewJob

if TYPE_CHECKING:
    from atom_shopify_plugin.runtime import Runtime

__all__ = ["KIND", "changed", "spread"]

KIND = "triggers"
_ALL = 100_000
_A_SECOND = 50  # stores that are told in a second


def changed(runtime: Runtime) -> None:
    """Have all stores follow soon; nothing to do where no host takes events."""
    if runtime.emit is not None:
        new = NewJob(kind=KIND, app=runtime.settings.api_key, shop="", dedupe=str(uuid.uuid4()), subject=KIND)
        sweeps.put(runtime, new)


def spread(runtime: Runtime, job: Job) -> None:
    """Place the jobs of all stores; safe to repeat."""
    directory, reason = runtime.storage.directory, f"triggers {job.id}"
    for at, installation_id in enumerate(directory.unchecked("", 0.0, _ALL)):
        runtime.subscribing.schedule(installation_id, reason, delay=at / _A_SECOND)
        store = directory.store(installation_id)
        if store is None:
            continue
        for stream in changes.STREAMS:
            # What is waited for from now on is looked for from now on.
            sweeps.schedule(runtime, store, stream, delay=at / _A_SECOND, reason=reason)
