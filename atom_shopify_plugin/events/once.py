"""A fact that both a delivery and a sweep tell of is told once, whichever comes first.

States (``orders/updated``) are settled by their moments: `triggers` emits no older one after a newer one. What happened
(``orders/paid``) has no moment in its payload that could be compared, hence the rules here.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

from atom_shopify_plugin.events.payloads import says_state
from atom_shopify_plugin.storage import Told

__all__ = ["FACTS", "SWEPT", "is_known", "is_late"]

SWEPT = "sweep|"
"""How the dedupe keys of events begin that a sweep told of."""
FACTS = frozenset(
    ("orders/create", "orders/paid", "orders/fulfilled", "orders/cancelled", "products/create", "customers/create")
)
"""Topics whose facts a sweep finds, too."""

_CLOCKS = timedelta(minutes=1)  # how far the database's clock may be behind Shopify's


def is_known(
    topic: str, at: datetime, told: Iterable[Told], triggers: Collection[str], creating: Collection[str]
) -> bool:
    """Return whether what a sweep found has been told: a state as of `at`, or a fact of that moment.

    `told` is what was told of the resource, `triggers` are the keys of the topic's triggers, `creating` those of the
    triggers that show the resource's first state: a delivery of theirs that shows this state has told of it.
    """
    if says_state(topic):
        second = at.replace(microsecond=0)
        return any(
            one.updated_at is not None and one.updated_at >= second
            for one in told
            if (one.trigger in triggers and one.state != "superseded")
            or (one.trigger in creating and not one.dedupe_key.startswith(SWEPT))
        )
    return any(one.trigger in triggers and one.created_at >= at - _CLOCKS for one in told)


def is_late(trigger: str, triggered_at: datetime, told: Iterable[Told]) -> bool:
    """Return whether a sweep has told what a delivery says: its fact is older than what the sweep saw."""
    return any(
        one.trigger == trigger and one.dedupe_key.startswith(SWEPT) and one.created_at >= triggered_at for one in told
    )
