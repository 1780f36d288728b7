"""Other triggers are in use than before: every store's subscriptions and searches follow, in the background.

Saving a workflow must not wait for thousands of stores, so that one job does the telling.
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from atom_shopify_plugin.events.subscribing import Subscribing
from atom_shopify_plugin.storage import Job, NewJob
from atom_shopify_plugin.sync import changes, deletions, sweeps

if TYPE_CHECKING:
    from atom_shopify_plugin.services import Services

__all__ = ["KIND", "changed", "spread"]

KIND = "triggers"
_ALL = 100_000
_A_SECOND = 50  # stores that are told in a second


def changed(services: Services) -> None:
    """Have all stores follow soon; nothing to do where no host takes events."""
    if services.host.emit is not None:
        new = NewJob(kind=KIND, app=services.settings.api_key, shop="", dedupe=str(uuid.uuid4()), subject=KIND)
        sweeps.put(services, new)


def spread(services: Services, job: Job) -> None:
    """Place the jobs of all stores; safe to repeat."""
    installed, reason = services.storage.installed, f"triggers {job.id}"
    for at, installation_id in enumerate(installed.unchecked("", 0.0, _ALL)):
        Subscribing(services).schedule(installation_id, reason, delay=at / _A_SECOND)
        store = installed.store(installation_id)
        if store is None:
            continue
        for stream in (deletions.STREAM, *changes.STREAMS):
            # What is waited for from now on is looked for from now on.
            sweeps.schedule(services, store, stream, delay=at / _A_SECOND, reason=reason)
