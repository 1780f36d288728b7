"""Shopify's rate limit: each call leaves when its store's cost bucket holds the points.

`Throttle` is what the client uses. A `Line` decides which call of this process leaves next; a ledger knows what the
bucket holds: `MemoryLedger` for one process alone, `SharedLedger` for all processes that share a `Board`.
"""

from atom_shopify_plugin.shopify.throttle.board import Board, LedgerAway
from atom_shopify_plugin.shopify.throttle.line import Reading, Reservation
from atom_shopify_plugin.shopify.throttle.throttle import Throttle

__all__ = ["Board", "LedgerAway", "Reading", "Reservation", "Throttle"]
