"""Which run of a workflow caused an event: what runs write is noted by the things in it, and events ask for theirs.

One write touches several things, and one event is about several: a change of a variant is a change of its product, and
stock that moves is that of an item. Names are those of events (``customers/123``).
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar

from atom_shopify_plugin.errors import InvalidInput, PluginError, Unavailable
from atom_shopify_plugin.events.payloads import moment, number
from atom_shopify_plugin.hookspecs import Origin
from atom_shopify_plugin.shopify.ids import parse_gid

if TYPE_CHECKING:
    from collections.abc import Callable

    from atom_shopify_plugin.storage import Storage, StoredEvent
    from atom_shopify_plugin.storage.work.own_writes import Noted

__all__ = ["cause", "note", "noting"]

log = logging.getLogger(__name__)

_NAMES: Mapping[str, str] = {
    "Order": "orders",
    "Customer": "customers",
    "Product": "products",
    "ProductVariant": "variants",
    "InventoryItem": "inventory_items",
    "Collection": "collections",
    "Fulfillment": "fulfillments",
    "FulfillmentOrder": "fulfillment_orders",
    "Refund": "refunds",
    "Return": "returns",
    "OrderTransaction": "order_transactions",
    "DraftOrder": "draft_orders",
    "Metaobject": "metaobjects",
    "DiscountAutomaticNode": "discounts",
    "DiscountCodeNode": "discounts",
    "BulkOperation": "bulk_operations",
}
_OWNERS: Mapping[str, str] = {
    "order_id": "orders",
    "customer_id": "customers",
    "customerId": "customers",
    "product_id": "products",
    "inventory_item_id": "inventory_items",
}


AnswerT = TypeVar("AnswerT")


def noting(
    storage: Storage,
    installation_id: str,
    origin: Origin,
    given: Mapping[str, Any],
    write: Callable[[], AnswerT],
    told: Callable[[AnswerT], Any],
) -> AnswerT:
    """Run a write of a run and note what it touches: before it what its input names, after it what its answer tells.

    `told` returns what an answer tells, None where the write has not ended: its note then stays open.
    """
    noted = storage.own_writes.begin(installation_id, origin, dict(_things(given)))
    try:
        outcome = write()
    except PluginError as error:
        if error.status < 500 and error.code not in ("OUTCOME_UNKNOWN", "STILL_RUNNING"):
            storage.own_writes.drop(noted)
        raise
    data = told(outcome)
    if data is not None:
        _close(storage, noted, [given, data])
    return outcome


def note(storage: Storage, installation_id: str, origin: Origin, value: Any) -> None:
    """Note what a run wrote by a write that has just ended; raise nothing."""
    try:
        noted = storage.own_writes.begin(installation_id, origin, dict(_things(value)))
    except Unavailable:
        log.warning("What a run wrote could not be noted: the database is unavailable.")
        return
    _close(storage, noted, value)


def _close(storage: Storage, noted: Noted, value: Any) -> None:
    try:
        storage.own_writes.end(noted, dict(_things(value)))
    except Unavailable:
        # The write has been answered; that its note stays open must not make it look undone.
        log.warning("What a run wrote could not be noted: the database is unavailable.")


def cause(storage: Storage, event: StoredEvent, payload: Mapping[str, Any]) -> Origin | None:
    """Return the run that caused a stored event, None where no run is known to."""
    if event.installation_id is None:
        return None
    edit = payload.get("order_edit")  # the body of orders/edited holds nothing else
    told = edit if isinstance(edit, Mapping) else payload
    names = {f"{kind}/{digits}" for member, kind in _OWNERS.items() if (digits := number(told.get(member)))}
    if event.resource is not None:
        names.add(event.resource)
    if not names:
        return None
    return storage.own_writes.cause(event.installation_id, names, event.resource_updated_at, event.created_at)


def _things(value: Any) -> Iterator[tuple[str, datetime | None]]:
    """Yield the names of all things whose ids are in a value, each with its `updated_at` where that is beside the id.

    What has a moment comes last, so that in a mapping it counts.
    """
    found = list(_found(value))
    yield from (one for one in found if one[1] is None)
    yield from (one for one in found if one[1] is not None)


def _found(value: Any) -> Iterator[tuple[str, datetime | None]]:
    if isinstance(value, Mapping):
        at = moment(value.get("updated_at"))
        for key, member in value.items():
            if isinstance(member, str):
                yield from _named(member, at if key == "id" else None)
            else:
                yield from _found(member)
    elif isinstance(value, list):
        for one in value:
            yield from _named(one, None) if isinstance(one, str) else _found(one)


def _named(text: str, at: datetime | None) -> Iterator[tuple[str, datetime | None]]:
    if text.startswith("gid://"):
        try:
            gid = parse_gid(text)
        except InvalidInput:
            return
        if gid.type in _NAMES:
            yield f"{_NAMES[gid.type]}/{gid.number}", at
