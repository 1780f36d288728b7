"""What moves money or stock counts for the limits of policies, whichever action does it."""

from __future__ import annotations

from atom_shopify_plugin.catalog.model import Catalog

KINDS = {
    "InventoryAdjust": "stock",
    "InventorySet": "stock",
    "OrderCancel": "refunds",
    "OrderRefund": "refunds",
    "ReturnProcess": "refunds",
    "OrderMarkPaid": "charges",
    "OrderPaymentCapture": "charges",
    "OrderPaymentRecord": "charges",
}


def test_every_action_that_moves_money_or_stock_is_counted(catalog: Catalog) -> None:
    counted = {
        key: (action.counts.kind if action.counts else None, KINDS[operation])
        for key, action in catalog.actions.items()
        for operation in action.operations
        if operation in KINDS
    }
    assert len(counted) >= len(KINDS)
    assert {key: found for key, found in counted.items() if found[0] != found[1]} == {}
