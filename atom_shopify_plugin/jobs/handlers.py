"""Which function runs which kind of job."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from atom_shopify_plugin.services import Services
    from atom_shopify_plugin.storage import Job

__all__ = ["HANDLERS", "UPKEEP", "Handler", "resolve", "resolve_upkeep"]

Handler = Callable[["Services", "Job"], float | None]

HANDLERS: dict[str, str] = {
    "audiences": "atom_shopify_plugin.sync.audiences:run",
    "delivery": "atom_shopify_plugin.events.triggers:deliver",
    "due": "atom_shopify_plugin.sync.timers:run",
    "checkouts": "atom_shopify_plugin.sync.changes:run",
    "collections": "atom_shopify_plugin.sync.changes:run",
    "customers": "atom_shopify_plugin.sync.changes:run",
    "deletions": "atom_shopify_plugin.sync.deletions:run",
    "draft_orders": "atom_shopify_plugin.sync.changes:run",
    "export": "atom_shopify_plugin.events.compliance:kept",
    "fulfillments": "atom_shopify_plugin.sync.changes:run",
    "inventory_levels": "atom_shopify_plugin.sync.stock:run",
    "mirror": "atom_shopify_plugin.sync.mirror:run",
    "mirror_changed": "atom_shopify_plugin.sync.mirror:changed",
    "missed": "atom_shopify_plugin.sync.changes:tell",
    "missed_deletion": "atom_shopify_plugin.sync.deletions:tell",
    "missed_level": "atom_shopify_plugin.sync.stock:tell",
    "operation": "atom_shopify_plugin.actions.operations:run",
    "orders": "atom_shopify_plugin.sync.changes:run",
    "products": "atom_shopify_plugin.sync.changes:run",
    "refunds": "atom_shopify_plugin.sync.changes:run",
    "returns": "atom_shopify_plugin.sync.changes:run",
    "subscriptions": "atom_shopify_plugin.events.subscribing:run",
    "triggers": "atom_shopify_plugin.sync.trigger_usage:spread",
    "watch_audiences": "atom_shopify_plugin.sync.watches:run",
    "watch_connection": "atom_shopify_plugin.sync.watches:run",
    "watch_sales": "atom_shopify_plugin.sync.watches:run",
}
"""Kind → ``module:function``, imported when the first job of that kind comes.

A function may be called again with the same job: after a crash, a lost lease, or an error of its own. It writes only
where `storage.jobs.held` (or `storage.events.put(…, job=job)`) says that the job is still its own. One that has got on
and waits for something returns the seconds after which it wants to be called again.
"""


UPKEEP: tuple[str, ...] = (
    "atom_shopify_plugin.events.subscribing:upkeep",
    "atom_shopify_plugin.sync.upkeep:upkeep",
    "atom_shopify_plugin.sync.timers:upkeep",
    "atom_shopify_plugin.sync.watches:upkeep",
    "atom_shopify_plugin.sync.mirror:upkeep",
    "atom_shopify_plugin.sync.audiences:upkeep",
    "atom_shopify_plugin.actions.operations:upkeep",
)
"""``module:function`` of what is called with the services about once a minute, in some process or several."""


def resolve_upkeep(name: str) -> Callable[[Services], None]:
    """Return the function that an entry of `UPKEEP` names."""
    module, _, function = name.partition(":")
    found: Callable[[Services], None] = getattr(import_module(module), function)
    return found


def resolve(handler: str | Handler) -> Handler:
    """Return the function that a table entry names."""
    if not isinstance(handler, str):
        return handler
    module, _, name = handler.partition(":")
    function: Handler = getattr(import_module(module), name)
    return function
