"""What a store sold on each of the last weeks' days: read once, then kept, and completed every half hour.

The figures of a day are final once the day after it has begun. Days begin and end in the store's time zone. Where more
orders changed than are read at once, the days before the oldest change that was read are not known.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from atom_shopify_plugin.analytics.periods import Period
from atom_shopify_plugin.service.sales_summary import Reading
from atom_shopify_plugin.shopify.ids import legacy_id
from atom_shopify_plugin.shopify.sales import entries
from atom_shopify_plugin.storage.work.trigger_states import State
from atom_shopify_plugin.stores.shop import Shop

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from atom_shopify_plugin.services import Services
    from atom_shopify_plugin.storage import Store

__all__ = ["HISTORY", "Day", "Days", "read"]

HISTORY = 56
"""How many days before today are known at most."""

_DAY = timedelta(days=1)
_STALE = timedelta(minutes=30)
_MOST = 25_000  # orders that are read at once: about 38,000 points
_KEEP = timedelta(days=HISTORY + 14)
_ROWS = "sales:days"  # where the days are kept, in the place of a subscription
_HEAD = "read"


@dataclass
class Day:
    """Net sales, orders placed, refunds made, and units sold less those that came back, by inventory item."""

    net_sales: Decimal = Decimal(0)
    orders: int = 0
    refunds: int = 0
    units: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True)
class Days:
    """The days that are known, without gaps from `since` to `today`; one without sales is there, too."""

    since: date
    today: date
    zone: ZoneInfo
    days: Mapping[date, Day]

    def of(self, day: date) -> Day | None:
        """Return a day, None where it is not known."""
        return self.days.get(day, Day()) if self.since <= day <= self.today else None


def read(services: Services, store: Store, shop: Shop, now: datetime) -> Days:
    """Return the days up to now; ask Shopify where the last look is half an hour ago. Raise what the client raises."""
    kept = services.storage.trigger_states.read(store.id, _ROWS, store.epoch)
    zone, head = shop.zone, kept.get(_HEAD)
    made = {"zone": str(zone), "currency": store.currency, "items": str("read_products" in store.granted_scopes)}
    today = now.astimezone(zone).date()
    oldest = today - HISTORY * _DAY
    if head is None or head.as_of is None or made.items() - head.values.items():
        since = first = oldest
        known: dict[date, Day] = {}
    else:
        since, first = (max(date.fromisoformat(head.values[name]), oldest) for name in ("since", "until"))
        known = {date.fromisoformat(name): _day(state) for name, state in kept.items() if name != _HEAD}
        if now - head.as_of < _STALE and first == today:
            return Days(since, today, zone, known)
    fresh, whole_from = _fresh(shop, store, first, today, zone)
    since = since if whole_from == first else whole_from
    # What was read again is taken as it is now: an order may have been deleted.
    again = {day: fresh.get(day, Day()) for day in {today, *fresh, *(day for day in known if day >= first)}}
    known = {day: figures for day, figures in {**known, **again}.items() if since <= day <= today}
    _keep(services, store, again, {"since": since, "until": today, **made}, now)
    return Days(since, today, zone, known)


def _fresh(shop: Shop, store: Store, first: date, today: date, zone: ZoneInfo) -> tuple[dict[date, Day], date]:
    """Return the days from `first` on as Shopify has them now, and from which day on they are whole."""
    begin, end = Period(first, today).moments(zone)
    reading = Reading(shop, _MOST, changed=True, items="read_products" in store.granted_scopes)
    found: dict[date, Day] = {}
    oldest = end
    for order in reading.orders(begin, end, store.currency):
        oldest = min(oldest, datetime.fromisoformat(order["updated_at"]))
        _add(found, order, zone)
    whole_from = first if reading.complete else oldest.astimezone(zone).date() + _DAY
    return {day: figures for day, figures in found.items() if first <= day <= today}, whole_from


def _add(days: dict[date, Day], order: Mapping[str, Any], zone: ZoneInfo) -> None:
    for entry in entries(order):
        day = days.setdefault(entry.at.astimezone(zone).date(), Day())
        day.net_sales += entry.figures.net_sales
        day.orders += entry.figures.orders
        if entry.line is not None and (variant := entry.line.get("variant")):
            item = str(legacy_id(variant["inventory_item"]["id"]))
            day.units[item] += entry.figures.units - entry.figures.units_returned
    for refund in () if order["test"] else order["refunds"]:
        at = datetime.fromisoformat(refund["processed_at"])
        days.setdefault(at.astimezone(zone).date(), Day()).refunds += 1


def _day(state: State) -> Day:
    values = state.values
    return Day(Decimal(values["net_sales"]), values["orders"], values["refunds"], Counter(values["units"]))


def _keep(services: Services, store: Store, days: Mapping[date, Day], head: Mapping[str, Any], now: datetime) -> None:
    """Store days that were read; what another process read later stays."""
    states = services.storage.trigger_states
    rows: dict[str, Mapping[str, Any]] = {
        day.isoformat(): {
            "net_sales": str(one.net_sales),
            "orders": one.orders,
            "refunds": one.refunds,
            "units": {item: units for item, units in one.units.items() if units},
        }
        for day, one in days.items()
    }
    rows[_HEAD] = {name: str(value) for name, value in head.items()}

    def write(session: Session) -> None:
        for subject in sorted(rows):
            held = states.lock(session, store.id, _ROWS, subject, store.epoch)
            if held is None or held.as_of is None or held.as_of <= now:
                kept = State(rows[subject], now, expires_at=now + _KEEP)
                states.put(session, store.id, _ROWS, subject, store.epoch, kept)

    services.storage.write(write)
