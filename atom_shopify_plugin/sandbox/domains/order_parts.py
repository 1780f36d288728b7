"""What orders are made of: lines, transactions, parcels, refunds. How their fields follow is in order_fields."""

from __future__ import annotations

from atom_shopify_plugin.sandbox.registry import kind

kind(
    "LineItem",
    {
        "requiresShipping": True,
        "taxable": True,
        "merchantEditable": True,
        "restockable": True,
        "canRestock": True,
        "fulfilled": 0,
    },
    fields=(
        "sku vendor variant product variantTitle image customAttributes discountAllocations duties taxLines "
        "isGiftCard lineItemGroup fulfillmentService staffMember weight"
    ),
)
kind(
    "OrderTransaction",
    fields=(
        "createdAt processedAt accountNumber amountRoundingSet authorizationCode authorizationExpiresAt "
        "currencyExchangeAdjustment errorCode fees gateway location manuallyCapturable multiCapturable "
        "parentTransaction paymentDetails paymentId receiptJson settlementCurrency settlementCurrencyRate "
        "test user"
    ),
)
kind(
    "Fulfillment",
    {"status": "SUCCESS", "displayStatus": "FULFILLED", "requiresShipping": True},
    fields=(
        "createdAt updatedAt deliveredAt estimatedDeliveryAt inTransitAt trackingInfo location originAddress "
        "service fulfillmentOrders"
    ),
)
kind("FulfillmentLineItem")
kind("FulfillmentTrackingInfo", fields="company number url")
kind(
    "Refund",
    {"duties": []},
    fields="createdAt updatedAt processedAt note orderAdjustments refundShippingLines return staffMember",
    listed={"Return.refunds": "return"},
)
kind("RefundLineItem", fields="location")
kind("RefundShippingLine")
kind("OrderAdjustment", fields="reason")
kind(
    "ShippingLine",
    fields=(
        "carrierIdentifier code custom deliveryCategory discountAllocations isRemoved phone "
        "requestedFulfillmentService shippingRateHandle source taxLines"
    ),
)
kind("TaxLine", fields="channelLiable source")
