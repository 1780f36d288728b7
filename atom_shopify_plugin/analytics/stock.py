"""What is in stock: units by state, by location and by product, and what they cost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any

from atom_shopify_plugin.errors import NotSynced
from atom_shopify_plugin.shopify.money import digits
from atom_shopify_plugin.shopify.sales import amount_text
from atom_shopify_plugin.storage.insight.catalogue import STATES

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from atom_shopify_plugin.storage import Storage, Store
    from atom_shopify_plugin.storage.insight.mirrors import Mirror
    from atom_shopify_plugin.storage.insight.stock_sums import StockSum
    from atom_shopify_plugin.storage.insight.sync_runs import StreamState

__all__ = ["Shelves", "by_location", "by_product", "by_state", "totals"]

Json = dict[str, Any]
_STREAMS = ("locations", "products", "inventory")
_MOST_LOCATIONS = 50


@dataclass(frozen=True)
class Shelves:
    """The copied stock of a store, whole and seen in one transaction; all changes up to `as_of` are in it."""

    storage: Storage
    session: Session
    mirror: Mirror
    as_of: datetime

    @classmethod
    def of(cls, storage: Storage, store: Store, session: Session) -> Shelves:
        """Return the copied stock of a store; raise `NotSynced` where there is none, or not all of it yet."""
        mirror = storage.mirrors.find(session, store.id)
        if mirror is None:
            raise _missing(store, None)
        moments = []
        for name in _STREAMS:
            stream = storage.sync_runs.find(session, mirror, name)
            if stream is None or stream.whole_at is None or stream.read_up_to is None:
                raise _missing(store, stream)
            moments.append(stream.read_up_to)
        return cls(storage, session, mirror, min(moments))

    def about(self) -> Json:
        """Return what an answer says of itself."""
        return {
            "source": "mirror",
            "as_of": f"{self.as_of:%Y-%m-%dT%H:%M:%SZ}",
            "complete": True,
            "known_since": None,
            "period": None,
            "timezone": self.mirror.timezone,
            "currency": self.mirror.currency,
            "definitions": "docs/metrics.md#stock-value",
        }


def totals(shelves: Shelves, _given: Mapping[str, Any]) -> Json:
    """Return units by state, the value at cost, and how many variants are sold out."""
    sums = shelves.storage.stock_sums
    variants, gone = sums.variants(shelves.session, shelves.mirror)
    total = sums.total(shelves.session, shelves.mirror)
    return {**shelves.about(), "variants": variants, "sold_out": gone, **_row(total, shelves.mirror.currency)}


def by_state(shelves: Shelves, _given: Mapping[str, Any]) -> Json:
    """Return the units of each state of stock."""
    total = shelves.storage.stock_sums.total(shelves.session, shelves.mirror)
    rows = [{"state": state.replace("_", " "), "units": total.units[state]} for state in STATES]
    return {**shelves.about(), "rows": rows}


def by_location(shelves: Shelves, _given: Mapping[str, Any]) -> Json:
    """Return the stock of each location, at most 50, those with the most units first."""
    found = shelves.storage.stock_sums.by_location(shelves.session, shelves.mirror, _MOST_LOCATIONS)
    rows = [{"location": one.name, **_row(one, shelves.mirror.currency)} for one in found]
    return {**shelves.about(), "rows": rows}


def by_product(shelves: Shelves, given: Mapping[str, Any]) -> Json:
    """Return the stock of the products whose stock cost most."""
    found = shelves.storage.stock_sums.by_product(shelves.session, shelves.mirror, given["first"])
    rows = [{"product": one.name, **_row(one, shelves.mirror.currency)} for one in found]
    return {**shelves.about(), "rows": rows}


def _missing(store: Store, stream: StreamState | None) -> NotSynced:
    """Return why there is no copied stock of a store, and what helps."""
    details, command = {"shop": str(store.shop)}, f"atom-shopify sync --shop {store.shop}"
    if stream is None:
        message = f"This answer needs a copy of the stock of {store.shop}, and there is none yet."
        return NotSynced(f"{message} Make one with: {command}", details=details)
    if not stream.active:
        message = f"The stock of {store.shop} could not be copied. {stream.error}"
        return NotSynced(f"{message} Afterwards run: {command}", details=details)
    message = f"The stock of {store.shop} is being copied since {stream.asked_at:%Y-%m-%dT%H:%M:%SZ}."
    return NotSynced(f"{message} Try again when that is done.", details=details, retryable=True)


def _row(found: StockSum, currency: str) -> Json:
    value = found.value.quantize(Decimal(1).scaleb(-digits(currency)), ROUND_HALF_UP)
    return {
        **{state: found.units[state] for state in STATES},
        "value_at_cost": amount_text(value, currency),
        "units_without_cost": found.without_cost,
    }
