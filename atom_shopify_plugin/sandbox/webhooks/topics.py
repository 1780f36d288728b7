"""Which webhook topics the sandbox sends: the API's enum and the name in ``X-Shopify-Topic``.

Neither name follows from the other, so both are written down (enum `WebhookSubscriptionTopic` of 2026-10). A topic
that is not here can be subscribed to, as at Shopify, and nothing of it ever happens in the sandbox. The compliance
topics are no members of the enum: they are declared in the app's configuration alone.
"""

from __future__ import annotations

from collections.abc import Mapping

__all__ = ["COMPLIANCE", "ENUM", "HEADER"]

HEADER: Mapping[str, str] = {
    "APP_SCOPES_UPDATE": "app/scopes_update",
    "APP_UNINSTALLED": "app/uninstalled",
    "BULK_OPERATIONS_FINISH": "bulk_operations/finish",
    "CHECKOUTS_CREATE": "checkouts/create",
    "CHECKOUTS_UPDATE": "checkouts/update",
    "COLLECTIONS_CREATE": "collections/create",
    "COLLECTIONS_DELETE": "collections/delete",
    "COLLECTIONS_UPDATE": "collections/update",
    "CUSTOMERS_CREATE": "customers/create",
    "CUSTOMERS_DELETE": "customers/delete",
    "CUSTOMERS_UPDATE": "customers/update",
    "CUSTOMERS_EMAIL_MARKETING_CONSENT_UPDATE": "customers_email_marketing_consent/update",
    "DISCOUNTS_CREATE": "discounts/create",
    "DISCOUNTS_DELETE": "discounts/delete",
    "DISCOUNTS_UPDATE": "discounts/update",
    "DRAFT_ORDERS_CREATE": "draft_orders/create",
    "DRAFT_ORDERS_DELETE": "draft_orders/delete",
    "DRAFT_ORDERS_UPDATE": "draft_orders/update",
    "FULFILLMENTS_CREATE": "fulfillments/create",
    "FULFILLMENTS_UPDATE": "fulfillments/update",
    "FULFILLMENT_HOLDS_ADDED": "fulfillment_holds/added",
    "FULFILLMENT_HOLDS_RELEASED": "fulfillment_holds/released",
    "FULFILLMENT_ORDERS_CANCELLED": "fulfillment_orders/cancelled",
    "FULFILLMENT_ORDERS_HOLD_RELEASED": "fulfillment_orders/hold_released",
    "FULFILLMENT_ORDERS_MANUALLY_REPORTED_PROGRESS_STOPPED": ("fulfillment_orders/manually_reported_progress_stopped"),
    "FULFILLMENT_ORDERS_MERGED": "fulfillment_orders/merged",
    "FULFILLMENT_ORDERS_MOVED": "fulfillment_orders/moved",
    "FULFILLMENT_ORDERS_ORDER_ROUTING_COMPLETE": "fulfillment_orders/order_routing_complete",
    "FULFILLMENT_ORDERS_PLACED_ON_HOLD": "fulfillment_orders/placed_on_hold",
    "FULFILLMENT_ORDERS_PROGRESS_REPORTED": "fulfillment_orders/progress_reported",
    "FULFILLMENT_ORDERS_SPLIT": "fulfillment_orders/split",
    "INVENTORY_ITEMS_CREATE": "inventory_items/create",
    "INVENTORY_ITEMS_DELETE": "inventory_items/delete",
    "INVENTORY_ITEMS_UPDATE": "inventory_items/update",
    "INVENTORY_LEVELS_CONNECT": "inventory_levels/connect",
    "INVENTORY_LEVELS_DISCONNECT": "inventory_levels/disconnect",
    "INVENTORY_LEVELS_UPDATE": "inventory_levels/update",
    "LOCATIONS_ACTIVATE": "locations/activate",
    "LOCATIONS_CREATE": "locations/create",
    "LOCATIONS_DEACTIVATE": "locations/deactivate",
    "LOCATIONS_DELETE": "locations/delete",
    "LOCATIONS_UPDATE": "locations/update",
    "METAOBJECTS_CREATE": "metaobjects/create",
    "METAOBJECTS_DELETE": "metaobjects/delete",
    "METAOBJECTS_UPDATE": "metaobjects/update",
    "ORDERS_CANCELLED": "orders/cancelled",
    "ORDERS_CREATE": "orders/create",
    "ORDERS_DELETE": "orders/delete",
    "ORDERS_EDITED": "orders/edited",
    "ORDERS_FULFILLED": "orders/fulfilled",
    "ORDERS_PAID": "orders/paid",
    "ORDERS_PARTIALLY_FULFILLED": "orders/partially_fulfilled",
    "ORDERS_UPDATED": "orders/updated",
    "ORDER_TRANSACTIONS_CREATE": "order_transactions/create",
    "PRODUCTS_CREATE": "products/create",
    "PRODUCTS_DELETE": "products/delete",
    "PRODUCTS_UPDATE": "products/update",
    "REFUNDS_CREATE": "refunds/create",
    "RETURNS_APPROVE": "returns/approve",
    "RETURNS_CANCEL": "returns/cancel",
    "RETURNS_CLOSE": "returns/close",
    "RETURNS_DECLINE": "returns/decline",
    "RETURNS_PROCESS": "returns/process",
    "RETURNS_REOPEN": "returns/reopen",
    "RETURNS_REQUEST": "returns/request",
    "REVERSE_FULFILLMENT_ORDERS_DISPOSE": "reverse_fulfillment_orders/dispose",
    "SEGMENTS_CREATE": "segments/create",
    "SEGMENTS_DELETE": "segments/delete",
    "SEGMENTS_UPDATE": "segments/update",
    "SHOP_UPDATE": "shop/update",
    "VARIANTS_IN_STOCK": "variants/in_stock",
    "VARIANTS_OUT_OF_STOCK": "variants/out_of_stock",
}
ENUM: Mapping[str, str] = {header: name for name, header in HEADER.items()}
COMPLIANCE = ("customers/data_request", "customers/redact", "shop/redact")
