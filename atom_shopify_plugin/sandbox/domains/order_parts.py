"""What orders are made of: lines, transactions, parcels, refunds. How their fields follow is in order_fields."""

from __future__ import annotations

from atom_shopify_plugin.sandbox.registry import Kind, kind

kind(
    Kind(
        "LineItem",
        {
            "sku": None,
            "vendor": None,
            "variant": None,
            "product": None,
            "variantTitle": None,
            "image": None,
            "customAttributes": [],
            "discountAllocations": [],
            "duties": [],
            "taxLines": [],
            "isGiftCard": False,
            "requiresShipping": True,
            "taxable": True,
            "merchantEditable": True,
            "restockable": True,
            "canRestock": True,
            "lineItemGroup": None,
            "fulfillmentService": None,
            "staffMember": None,
            "weight": None,
            "fulfilled": 0,
        },
    )
)
kind(
    Kind(
        "OrderTransaction",
        {
            "createdAt": None,
            "processedAt": None,
            "accountNumber": None,
            "amountRoundingSet": None,
            "authorizationCode": None,
            "authorizationExpiresAt": None,
            "currencyExchangeAdjustment": None,
            "errorCode": None,
            "fees": [],
            "gateway": None,
            "location": None,
            "manuallyCapturable": False,
            "multiCapturable": False,
            "parentTransaction": None,
            "paymentDetails": None,
            "paymentId": None,
            "receiptJson": None,
            "settlementCurrency": None,
            "settlementCurrencyRate": None,
            "test": False,
            "user": None,
        },
    )
)
kind(
    Kind(
        "Fulfillment",
        {
            "createdAt": None,
            "updatedAt": None,
            "deliveredAt": None,
            "estimatedDeliveryAt": None,
            "inTransitAt": None,
            "status": "SUCCESS",
            "displayStatus": "FULFILLED",
            "trackingInfo": [],
            "location": None,
            "originAddress": None,
            "service": None,
            "requiresShipping": True,
        },
    )
)
kind(Kind("FulfillmentLineItem"))
kind(Kind("FulfillmentTrackingInfo", {"company": None, "number": None, "url": None}))
kind(
    Kind(
        "Refund",
        {
            "createdAt": None,
            "updatedAt": None,
            "processedAt": None,
            "note": None,
            "duties": [],
            "orderAdjustments": [],
            "refundShippingLines": [],
            "staffMember": None,
        },
    )
)
kind(Kind("RefundLineItem", {"location": None}))
kind(
    Kind(
        "ShippingLine",
        {
            "carrierIdentifier": None,
            "code": None,
            "custom": False,
            "deliveryCategory": None,
            "discountAllocations": [],
            "isRemoved": False,
            "phone": None,
            "requestedFulfillmentService": None,
            "shippingRateHandle": None,
            "source": None,
            "taxLines": [],
        },
    )
)
kind(Kind("TaxLine", {"channelLiable": None, "source": None}))
