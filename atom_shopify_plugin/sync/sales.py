"""How a store sells: what the triggers about refunds, reports and stock that runs out are computed from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any

from atom_shopify_plugin.analytics.periods import Period, bucket
from atom_shopify_plugin.events.computed import Subscription
from atom_shopify_plugin.events.payloads import moment
from atom_shopify_plugin.events.sales_rules import band, due_before
from atom_shopify_plugin.events.steps import Sighting
from atom_shopify_plugin.service import inventory
from atom_shopify_plugin.service.sales_summary import summary
from atom_shopify_plugin.shopify.ids import gid
from atom_shopify_plugin.shopify.sales import amount_text
from atom_shopify_plugin.storage.work.trigger_states import State
from atom_shopify_plugin.stores.shop import Shop
from atom_shopify_plugin.sync import sales_days
from atom_shopify_plugin.sync.sweeps import shop_of

if TYPE_CHECKING:
    from atom_shopify_plugin.services import Services
    from atom_shopify_plugin.storage import Store

__all__ = ["look"]

Json = dict[str, Any]
_DAY = timedelta(days=1)
_WEEKS = 8
_VELOCITY = 28  # days over which sold units are counted
_FEWEST_DAYS = 7
_REPORT = "reports/sales"
_OPTIONS = {"compare": True, "top": 10, "max_orders": 5000}


def look(services: Services, store: Store, waiting: Sequence[Subscription]) -> Iterator[tuple[Subscription, Sighting]]:
    """Yield what each subscription has to know; ask Shopify only for what one of them needs. Raise `MissingScope`."""
    seen = _Seen(services, store)
    kinds = {"refund_rate": seen.refunds, "sales_report": seen.report, "stock_out": seen.stock}
    for one in waiting:
        for sighting in kinds[one.computed.rule](one):
            yield one, sighting


class _Seen:
    """What one look at a store sees; read once for all subscriptions."""

    def __init__(self, services: Services, store: Store) -> None:
        self._services, self._store = services, store
        self._now = services.storage.now()
        self._shop: Shop = shop_of(services, store)

    @cached_property
    def _days(self) -> sales_days.Days:
        return sales_days.read(self._services, self._store, self._shop, self._now)

    @cached_property
    def _available(self) -> dict[str, int]:
        """What is available of each item that is tracked, over all locations."""
        found: dict[str, int] = {}
        after, levels = None, self._services.storage.levels
        while page := levels.list(self._store.id, after):
            for level in page:
                if level.available is not None:
                    found[str(level.item)] = found.get(str(level.item), 0) + level.available
            after = (page[-1].item, page[-1].location)
        return found

    def _remembered(self, one: Subscription) -> dict[str, State]:
        return self._services.storage.trigger_states.read(self._store.id, one.id, self._store.epoch)

    # refunds

    def refunds(self, one: Subscription) -> Iterator[Sighting]:
        today = self._days.today
        first = today - (one.parameters["window_days"] - 1) * _DAY
        before = first - one.parameters["base_days"] * _DAY
        if first < self._days.since:
            return  # not known yet
        body = {"window": self._sum(first, today), "base": self._sum(max(before, self._days.since), first - _DAY)}
        yield Sighting("refunds/rate", self._now, body)

    def _sum(self, since: date, until: date) -> Json:
        known = [day for at in range((until - since).days + 1) if (day := self._days.of(since + at * _DAY))]
        sums = {"orders": sum(day.orders for day in known), "refunds": sum(day.refunds for day in known)}
        return {"since": since.isoformat(), "until": until.isoformat(), **sums}

    # reports

    def report(self, one: Subscription) -> Iterator[Sighting]:
        zone = self._shop.zone
        remembered = self._remembered(one)
        held = remembered.get(_REPORT)
        planned = moment(held.values["next"]) if held is not None else None
        if held is None or planned is None:
            yield Sighting(_REPORT, self._now, {"timezone": str(zone)})
            return
        due = due_before(self._now, zone, one.parameters)
        if planned <= due:
            day = due.astimezone(zone).date()
            by = one.parameters["every"]
            body = {"reason": "schedule", "scheduled_at": due.isoformat(), "anomaly": None}
            yield self._reported(_REPORT, Period(*bucket(bucket(day, by)[0] - _DAY, by)), body)
        if one.parameters["deviations"] is not None:
            yield from self._anomalies(one, date.fromisoformat(held.values["since"]), remembered)

    def _reported(self, subject: str, period: Period, body: Json) -> Sighting:
        return Sighting(subject, self._now, {**body, **summary(self._shop, period, _OPTIONS)})

    def _anomalies(self, one: Subscription, since: date, remembered: Mapping[str, State]) -> Iterator[Sighting]:
        """Yield a day whose sales are too high, as soon as they are, or too low, once it is over."""
        today = self._days.today
        for day, is_over in ((today - _DAY, True), (today, False)):
            figures = self._days.of(day)
            earlier = [self._days.of(day - weeks * 7 * _DAY) for weeks in range(1, _WEEKS + 1)]
            usual = band([known.net_sales for known in earlier if known is not None], one.parameters["deviations"])
            if figures is None or usual is None or day < since:
                continue
            sales = figures.net_sales
            direction = "high" if sales > usual["high"] else "low" if is_over and sales < usual["low"] else ""
            subject = f"reports/{day}"
            if not direction or (subject in remembered and direction in remembered[subject].values["told"]):
                continue
            amounts = {
                name: amount_text(usual[name], self._store.currency) for name in ("median", "mad", "low", "high")
            }
            shown = {"net_sales": amount_text(sales, self._store.currency), **amounts, "days": usual["days"]}
            anomaly = {"day": day.isoformat(), "direction": direction, **shown}
            yield self._reported(
                subject, Period(day, day), {"reason": "anomaly", "scheduled_at": None, "anomaly": anomaly}
            )

    # stock

    def stock(self, one: Subscription) -> Iterator[Sighting]:
        """Yield the items of which something is to be told or forgotten."""
        since = max(self._days.since, self._days.today - (_VELOCITY - 1) * _DAY)
        observed = (self._days.today - since).days + 1
        if observed < _FEWEST_DAYS:
            return
        sold: dict[str, int] = {}
        for at in range(observed):
            day = self._days.of(since + at * _DAY)
            for item, units in (day.units if day is not None else {}).items():
                sold[item] = sold.get(item, 0) + units
        held = self._remembered(one)
        for item in sorted({*sold, *(subject.partition("/")[2] for subject in held)}):
            subject, available = f"inventory_items/{item}", self._available.get(item)
            if available is None:
                continue  # not tracked
            counted = {"available": available, "units_sold": max(sold.get(item, 0), 0), "observed_days": observed}
            sighting = Sighting(subject, self._now, {"id": gid("InventoryItem", item), **counted})
            state = held.get(subject)
            step = one.rule.step(sighting, one.parameters, None if state is None else state.values)
            if step.fires is not None:
                shown = inventory.get(self._shop, inventory_item_id=gid("InventoryItem", item)) or {}
                yield Sighting(subject, self._now, {**shown, **sighting.body})
            elif (step.state is None) != (state is None):
                yield sighting
