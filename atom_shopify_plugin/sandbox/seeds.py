"""What a store can hold at the start, by name: nothing, a few things, many, or the history of a shop."""

from __future__ import annotations

from datetime import UTC, datetime

from atom_shopify_plugin.sandbox import seed
from atom_shopify_plugin.sandbox.economy.build import build as build_economy
from atom_shopify_plugin.sandbox.seed_orders import Market
from atom_shopify_plugin.sandbox.store import StoreState

__all__ = ["ECONOMY", "NAMES", "build"]

ECONOMY = "economy"
NAMES = (*seed.SIZES, ECONOMY)


def build(
    domain: str, name: str, *, plan: str | None = None, market: Market | None = None, now: datetime | None = None
) -> StoreState:
    """Return the store of a domain with what a seed's name stands for; raise `KeyError` for another name.

    Times lie before `now` (default: the present). `market` is where the store sells.
    """
    if name == ECONOMY:
        return build_economy(domain, plan=plan, market=market, now=now or datetime.now(UTC))
    return seed.build(domain, name, plan=plan, market=market, now=now)
