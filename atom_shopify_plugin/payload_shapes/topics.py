"""What a webhook topic is about: the type of the thing whose state its body holds."""

from __future__ import annotations

import re
from collections.abc import Mapping

__all__ = ["kind_of"]

# The type of what a topic is about, by what stands before its verb, where the body holds no gid.
_TOPICS: Mapping[str, str] = {
    "orders": "Order",
    "customers": "Customer",
    "products": "Product",
    "variants": "ProductVariant",
    "collections": "Collection",
    "inventory_items": "InventoryItem",
    "order_transactions": "OrderTransaction",
    "refunds": "Refund",
    "fulfillments": "Fulfillment",
    "fulfillment_orders": "FulfillmentOrder",
    "draft_orders": "DraftOrder",
    "returns": "Return",
    "checkouts": "AbandonedCheckout",
    "fulfillment_events": "FulfillmentEvent",
    "carts": "Cart",
    "disputes": "ShopifyPaymentsDispute",
    "companies": "Company",
    "payment_schedules": "PaymentSchedule",
    "metaobjects": "Metaobject",
    "subscription_billing_attempts": "SubscriptionBillingAttempt",
    "shop": "Shop",
    "app": "Shop",
    "bulk_operations": "BulkOperation",
}


def kind_of(topic: str) -> str:
    """Return the type of what a topic is about, "" where it is not known."""
    return "App" if topic == "app/scopes_update" else _TOPICS.get(re.split(r"[/.]", topic)[0], "")
