"""Things of any type by their whole ids, several at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from atom_shopify_plugin.errors import Fault, InvalidInput
from atom_shopify_plugin.shopify.ids import parse_gid
from atom_shopify_plugin.stores.shop import Shop

__all__ = ["get"]

_AT_ONCE = 10  # ids in one question, so that it stays below what Shopify allows one question to cost
# One document for each type, since each asks for the scope of that type alone.
_READ: Mapping[str, str] = {
    "Collection": "CollectionNodes",
    "Customer": "CustomerNodes",
    "DraftOrder": "DraftOrderNodes",
    "Fulfillment": "FulfillmentNodes",
    "FulfillmentOrder": "FulfillmentOrderNodes",
    "InventoryItem": "InventoryItemNodes",
    "Location": "LocationNodes",
    "MetafieldDefinition": "MetafieldDefinitionNodes",
    "Metaobject": "MetaobjectNodes",
    "Order": "OrderNodes",
    "Product": "ProductNodes",
    "ProductVariant": "ProductVariantNodes",
    "Refund": "RefundNodes",
    "Segment": "SegmentNodes",
    "WebhookSubscription": "WebhookSubscriptionNodes",
}


def get(shop: Shop, *, ids: Sequence[str]) -> Any:
    """Return ``{nodes: [{id, type, node}]}`` in the order of the ids; ``node`` is null where there is no such thing.

    Raise `InvalidInput` with each id whose type the plugin does not read.
    """
    kinds = [parse_gid(gid).type for gid in ids]
    known = ", ".join(_READ)
    faults = [
        Fault(f"/ids/{at}", f"The plugin reads no {kind} by id. It reads: {known}.", "type")
        for at, kind in enumerate(kinds)
        if kind not in _READ
    ]
    if faults:
        raise InvalidInput.about("The list of ids", faults)
    found: dict[str, Any] = {}
    for kind in dict.fromkeys(kinds):
        own = list(dict.fromkeys(gid for gid, other in zip(ids, kinds, strict=True) if other == kind))
        for start in range(0, len(own), _AT_ONCE):
            nodes = shop.root(_READ[kind], {"ids": own[start : start + _AT_ONCE]})
            found |= {node["id"]: node for node in nodes if node}
    return {
        "nodes": [{"id": gid, "type": kind, "node": found.get(gid)} for gid, kind in zip(ids, kinds, strict=True)],
    }
