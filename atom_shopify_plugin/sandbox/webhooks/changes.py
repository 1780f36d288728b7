"""From the changes of one mutation to the topics of its webhooks.

Shopify says once what became of a resource: an order that is created paid raises ``orders/create`` and ``orders/paid``,
not one event per write. A change of a variant, of its stock or of a metafield is a change of its product, too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from atom_shopify_plugin.sandbox.context import Context
from atom_shopify_plugin.sandbox.domains import inventory
from atom_shopify_plugin.sandbox.store import Change, Node, number
from atom_shopify_plugin.sandbox.webhooks import fulfillment_orders, orders, payloads, people, returns
from atom_shopify_plugin.sandbox.webhooks.payloads import Json
from atom_shopify_plugin.sandbox.webhooks.resources import RESOURCES

__all__ = ["Event", "events_of"]

Payload = Callable[[Context, Node], Json]


class Event(NamedTuple):
    """Something that has a webhook `topic`; `payload` is made of `node` when there is a subscription."""

    topic: str
    node: Node
    payload: Payload


def events_of(ctx: Context, changes: Iterable[Change]) -> list[Event]:
    """Return the events of one mutation, in the order in which their resources were touched first."""
    merged = _merged(changes)
    events = [event for change in merged.values() for event in _EVENTS.get(_kind(change), _nothing)(ctx, change)]
    events += _crossings(ctx, merged.values())
    events += [
        Event("products/update", product, payloads.product)
        for product in _touched(ctx, merged.values()).values()
        if product["id"] not in merged
    ]
    return events


def _kind(change: Change) -> str:
    return str(change.node["__typename"])


def _merged(changes: Iterable[Change]) -> dict[str, Change]:
    """Return one change per node; an update keeps the values from before the first of its kind."""
    merged: dict[str, Change] = {}
    for change in changes:
        gid = change.node["id"]
        before = merged.get(gid)
        if before is None:
            merged[gid] = change
        elif before.action == "created":
            if change.action == "deleted":
                del merged[gid]
        elif change.action == "updated":
            merged[gid] = Change("updated", change.node, {**change.former, **before.former})
        else:
            merged[gid] = change
    return merged


def _nothing(_ctx: Context, _change: Change) -> Iterator[Event]:
    return iter(())


def _became(change: Change, name: str, value: object) -> bool:
    """Tell whether a field has `value` now and had another one before."""
    return change.node.get(name) == value and (change.action == "created" or name in change.former)


def _plain(topic: str, payload: Payload, gone: Payload) -> Callable[[Context, Change], Iterator[Event]]:
    """Return the rule of a resource with create, update and delete."""
    names = {"created": "create", "updated": "update", "deleted": "delete"}

    def events(_ctx: Context, change: Change) -> Iterator[Event]:
        wanted = gone if change.action == "deleted" else payload
        yield Event(f"{topic}/{names[change.action]}", change.node, wanted)

    return events


def _order(_ctx: Context, change: Change) -> Iterator[Event]:
    node = change.node
    if change.action == "deleted":
        yield Event("orders/delete", node, payloads.gone)
        return
    yield Event("orders/create" if change.action == "created" else "orders/updated", node, orders.order)
    if _became(change, "displayFinancialStatus", "PAID"):
        yield Event("orders/paid", node, orders.order)
    if _became(change, "displayFulfillmentStatus", "FULFILLED"):
        yield Event("orders/fulfilled", node, orders.order)
    if _became(change, "displayFulfillmentStatus", "PARTIALLY_FULFILLED"):
        yield Event("orders/partially_fulfilled", node, orders.order)
    if change.action == "updated" and node.get("cancelledAt") and change.former.get("cancelledAt", node) is not node:
        yield Event("orders/cancelled", node, orders.order)


def _fulfillment_order(_ctx: Context, change: Change) -> Iterator[Event]:
    for topic, payload in fulfillment_orders.events(change):
        yield Event(topic, change.node, payload)


def _return(_ctx: Context, change: Change) -> Iterator[Event]:
    for topic, payload in returns.return_events(change):
        yield Event(topic, change.node, payload)


def _reverse_fulfillment_order(_ctx: Context, change: Change) -> Iterator[Event]:
    for topic, payload in returns.work_events(change):
        yield Event(topic, change.node, payload)


def _created_only(topic: str, payload: Payload) -> Callable[[Context, Change], Iterator[Event]]:
    def events(_ctx: Context, change: Change) -> Iterator[Event]:
        if change.action == "created":
            yield Event(topic, change.node, payload)

    return events


def _customer(_ctx: Context, change: Change) -> Iterator[Event]:
    if change.action == "deleted":
        yield Event("customers/delete", change.node, _forgotten_customer)
        return
    yield Event("customers/create" if change.action == "created" else "customers/update", change.node, people.customer)
    if change.action == "updated" and "emailConsent" in change.former:
        yield Event("customers_email_marketing_consent/update", change.node, people.email_consent)


def _item(_ctx: Context, change: Change) -> Iterator[Event]:
    if change.action == "created":
        yield Event("inventory_items/create", change.node, payloads.inventory_item)
    elif change.action == "deleted":
        yield Event("inventory_items/delete", change.node, _identity_only)
    elif set(change.former) - {"updatedAt"}:  # a change of stock dates the item as well
        yield Event("inventory_items/update", change.node, payloads.inventory_item)


def _level(_ctx: Context, change: Change) -> Iterator[Event]:
    if change.action == "deleted" or _became(change, "isActive", False):
        yield Event("inventory_levels/disconnect", change.node, _pair_only)
        return
    if change.action == "created" or _became(change, "isActive", True):
        yield Event("inventory_levels/connect", change.node, payloads.inventory_level)
    if _moved(change):
        yield Event("inventory_levels/update", change.node, payloads.inventory_level)


def _moved(change: Change) -> int:
    """Return by how much the available quantity of a level rose."""
    now = inventory.quantity(change.node, "available")
    if change.action == "created":
        return now
    if change.action == "deleted":
        return -now
    return now - inventory.quantity(dict(change.former), "available") if "stock" in change.former else 0


def _location(_ctx: Context, change: Change) -> Iterator[Event]:
    if change.action == "updated" and "isActive" in change.former:
        verb = "activate" if change.node["isActive"] else "deactivate"
        yield Event(f"locations/{verb}", change.node, people.location)
    verb = {"created": "create", "updated": "update", "deleted": "delete"}[change.action]
    yield Event(f"locations/{verb}", change.node, payloads.gone if verb == "delete" else people.location)


def _shop(_ctx: Context, change: Change) -> Iterator[Event]:
    yield Event("shop/update", change.node, people.shop)


def _bulk_operation(_ctx: Context, change: Change) -> Iterator[Event]:
    ended = any(_became(change, "status", status) for status in ("COMPLETED", "FAILED", "CANCELED"))
    if ended and "bulk_finish_lost" not in (change.node.get("fault") or {}):
        yield Event("bulk_operations/finish", change.node, payloads.bulk_operation)


def _identity_only(_ctx: Context, node: Node) -> Json:
    return payloads.identity(node)


def _pair_only(_ctx: Context, node: Node) -> Json:
    return {"inventory_item_id": number(node["item"]), "location_id": number(node["location"])}


def _forgotten_customer(_ctx: Context, node: Node) -> Json:
    consents = dict.fromkeys(("email_marketing_consent", "sms_marketing_consent"))
    return {**payloads.identity(node), "phone": node.get("phone"), "addresses": [], "tax_exemptions": [], **consents}


_EVENTS: dict[str, Callable[[Context, Change], Iterator[Event]]] = {
    "BulkOperation": _bulk_operation,
    "Order": _order,
    "FulfillmentOrder": _fulfillment_order,
    "OrderEdit": _created_only("orders/edited", returns.edit),
    "Return": _return,
    "ReverseFulfillmentOrder": _reverse_fulfillment_order,
    "OrderTransaction": _created_only("order_transactions/create", orders.transaction),
    "Refund": _created_only("refunds/create", orders.refund),
    "FulfillmentEvent": _created_only("fulfillment_events/create", orders.fulfillment_event),
    "Fulfillment": _plain("fulfillments", orders.fulfillment, payloads.gone),
    "Product": _plain("products", payloads.product, payloads.gone),
    "Collection": _plain("collections", payloads.collection, payloads.gone),
    "Customer": _customer,
    "InventoryItem": _item,
    "InventoryLevel": _level,
    "Location": _location,
    "Shop": _shop,
    **{name: _plain(*entry) for name, entry in RESOURCES.items()},
}

# what follows from changes of several nodes


def _crossings(ctx: Context, changes: Iterable[Change]) -> Iterator[Event]:
    """Yield the variants that went out of stock or came back, over all locations."""
    rises: dict[str, int] = {}
    for change in changes:
        if _kind(change) == "InventoryLevel" and (rise := _moved(change)):
            rises[change.node["item"]] = rises.get(change.node["item"], 0) + rise
    for item, rise in rises.items():
        node = ctx.store.get(item)
        variant = ctx.store.get(node["variant"]) if node and node["tracked"] else None
        if variant is None:
            continue
        now = inventory.available(ctx, variant)
        if now <= 0 < now - rise:
            yield Event("variants/out_of_stock", variant, payloads.variant)
        elif now - rise <= 0 < now:
            yield Event("variants/in_stock", variant, payloads.variant)


def _touched(ctx: Context, changes: Iterable[Change]) -> dict[str, Node]:
    """Return the products whose parts changed: variants, stock, metafields; and those that were ordered."""
    found: dict[str, Node] = {}
    for change in changes:
        for gid in _owners(ctx, change):
            node = ctx.store.get(gid)
            if node is not None and node["__typename"] == "ProductVariant":
                node = ctx.store.get(node["product"])
            if node is not None and node["__typename"] == "Product":
                found[node["id"]] = node
    return found


def _owners(ctx: Context, change: Change) -> list[str | None]:
    node, kind = change.node, _kind(change)
    if kind == "ProductVariant":
        return [node["product"]]
    if kind == "Metafield":
        return [node["owner"]]
    if kind == "LineItem" and change.action == "created":
        return [node.get("product")]
    if kind == "InventoryLevel" and _moved(change):
        item = ctx.store.get(node["item"])
        return [item["variant"]] if item else []
    return []
