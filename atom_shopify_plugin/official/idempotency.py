"""Mutations that Shopify runs only with ``@idempotent(key:)`` since 2026-04 (shopify.dev, "Idempotent requests")."""

from __future__ import annotations

__all__ = ["DIRECTIVE", "REQUIRED"]

DIRECTIVE = "idempotent"
REQUIRED = frozenset({
    "inventoryActivate", "inventoryAdjustQuantities", "inventoryMoveQuantities", "inventorySetOnHandQuantities",
    "inventorySetQuantities", "inventoryShipmentAddItems", "inventoryShipmentCreate",
    "inventoryShipmentCreateInTransit", "inventoryShipmentReceive", "inventoryTransferCreate",
    "inventoryTransferCreateAsReadyToShip", "inventoryTransferDuplicate", "inventoryTransferSetItems",
    "locationActivate", "locationDeactivate", "refundCreate",
})  # fmt: skip
