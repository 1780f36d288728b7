"""What happens to a parcel on its way: events that carriers and merchants add, and what they make of the parcel."""

from __future__ import annotations

from typing import Any

from atom_shopify_plugin.sandbox.context import Context
from atom_shopify_plugin.sandbox.registry import kind, mutation
from atom_shopify_plugin.sandbox.store import Node

# The moments of a parcel that an event of this status sets.
MOMENTS = {"IN_TRANSIT": "inTransitAt", "DELIVERED": "deliveredAt"}

kind(
    "FulfillmentEvent",
    {"happenedAt": None},
    fields="createdAt address1 city country estimatedDeliveryAt latitude longitude message province zip",
    indexed=("fulfillment",),
    listed={"Fulfillment.events": "fulfillment"},
    sort={"HAPPENED_AT": "happenedAt"},
)


@mutation("fulfillmentEventCreate")
def fulfillment_event_create(ctx: Context, args: dict[str, Any]) -> Node:
    """Add an event; the parcel shows its status, and when it went on its way or arrived."""
    given = args["fulfillmentEvent"]
    parcel = ctx.known(
        given["fulfillmentId"], "Fulfillment", ["fulfillmentEvent", "fulfillmentId"], "Fulfillment does not exist."
    )
    values = {name: value for name, value in given.items() if name != "fulfillmentId"}
    values["happenedAt"] = given.get("happenedAt") or ctx.stamp
    event = ctx.create("FulfillmentEvent", {"fulfillment": parcel["id"], "order": parcel["order"], **values})
    shown = {"displayStatus": given["status"]}
    if given["status"] in MOMENTS:
        shown[MOMENTS[given["status"]]] = event["happenedAt"]
    if given.get("estimatedDeliveryAt"):
        shown["estimatedDeliveryAt"] = given["estimatedDeliveryAt"]
    ctx.update(parcel, shown)
    ctx.record("created", event)
    return {"fulfillmentEvent": event["id"]}
