"""Which facts have been told already: by a sweep, by an earlier delivery, or because they happen only once.

States (``orders/updated``) are settled by their moments: `triggers` emits no older one after a newer one. What happened
(``orders/paid``) has no moment in its payload that could be compared, hence the rules here. A body that comes again
under another webhook id is a genuine delivery to these rules: whatever may happen twice is told twice.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

from atom_shopify_plugin.events.payloads import says_state
from atom_shopify_plugin.storage import Told

__all__ = ["FACTS", "SWEPT", "UNIQUE", "is_known", "is_late"]

SWEPT = "sweep|"
"""How the dedupe keys of events begin that a sweep told of."""
FACTS = frozenset(
    (
        *(
            "orders/create",
            "orders/paid",
            "orders/fulfilled",
            "orders/cancelled",
            "orders/edited",
            "products/create",
            "customers/create",
        ),
        *("returns/request", "returns/approve", "returns/process", "returns/close"),
    )
)
"""Topics whose facts a sweep finds, too."""

UNIQUE = frozenset(
    (
        *("orders/create", "orders/cancelled", "orders/delete", "refunds/create", "fulfillments/create"),
        *("products/create", "products/delete", "collections/create", "collections/delete"),
        *("inventory_items/create", "inventory_items/delete", "customers/create", "customers/delete"),
        *("returns/request", "returns/approve"),
        *("draft_orders/create", "draft_orders/delete", "checkouts/create"),
        *("disputes/create", "companies/create"),
    )
)
"""Topics that tell of what happens to a thing once in its life. Two subscriptions to one of them deliver it twice."""

_CLOCKS = timedelta(minutes=1)  # how far the database's clock may be behind Shopify's


def is_known(
    topic: str, at: datetime, told: Iterable[Told], triggers: Collection[str], creating: Collection[str]
) -> bool:
    """Return whether what a sweep found has been told: a state as of `at`, or a fact of that moment.

    `told` is what was told of the resource, `triggers` are the keys of the topic's triggers, `creating` those of the
    triggers that show the resource's first state: a delivery of theirs that shows this state has told of it. What a
    sweep told of has its moment in its key, so that it stands for no other fact of the resource, such as a later edit.
    """
    if says_state(topic):
        second = at.replace(microsecond=0)
        return any(
            one.updated_at is not None and one.updated_at >= second
            for one in told
            if (one.trigger in triggers and one.state != "superseded")
            or (one.trigger in creating and not one.dedupe_key.startswith(SWEPT))
        )
    return any(
        one.created_at >= at - _CLOCKS
        for one in told
        if one.trigger in triggers
        and (not one.dedupe_key.startswith(SWEPT) or one.dedupe_key.endswith(f"|{at.isoformat()}"))
    )


def is_late(topic: str, trigger: str, triggered_at: datetime, told: Iterable[Told]) -> bool:
    """Return whether what a delivery says has been told to a trigger.

    That is so where a sweep saw the fact, which is then older than what the sweep told of, and where the fact happens
    only once.
    """
    return any(
        topic in UNIQUE or (one.dedupe_key.startswith(SWEPT) and one.created_at >= triggered_at)
        for one in told
        if one.trigger == trigger
    )
