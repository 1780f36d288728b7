"""Public holidays are in a forecast where the backtest says that they help, and the answer says both errors."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from mirrored import Line, Sold, as_json, whole
from storage_helpers import MovableClock, grant

from atom_shopify_plugin.analytics.outlook import of_store
from atom_shopify_plugin.analytics.public_holidays import public_holidays
from atom_shopify_plugin.analytics.view import View
from atom_shopify_plugin.errors import InvalidInput
from atom_shopify_plugin.hookspecs import Principal
from atom_shopify_plugin.storage import Storage, Store

BERLIN = ZoneInfo("Europe/Berlin")
FIRST, YESTERDAY = date(2024, 11, 1), date(2026, 1, 14)
AS_OF = datetime(2026, 1, 15, 12, tzinfo=UTC)
DAY = timedelta(days=1)
ZERO = Decimal(0)


def order(number: int, day: date, units: int) -> dict[str, Any]:
    at = datetime.combine(day, time(12), BERLIN)
    return as_json(
        Sold(
            number=number, at=at, lines=(Line(number, 1, Decimal(10), units, ZERO, ZERO, False),), shipping=ZERO,
            shipping_tax=ZERO, included=False, test=False, currency="EUR", customer=None, channel="web", country="DE",
            codes=(), tags=(), refunds=(), cancelled=None, fulfilled=None, delivered=None, updated=at,
        )
    )  # fmt: skip


@pytest.fixture
def ask(storage: Storage, clock: MovableClock, ada: Principal) -> Callable[..., Any]:
    """Copy a store that sells so many units a day, and return the answer to a question about its units."""
    clock.moment = AS_OF
    store: Store = storage.installations.grant(grant(), ada)

    def asked(units: Callable[[date], int], **given: Any) -> Mapping[str, Any]:
        days = [FIRST + place * DAY for place in range((YESTERDAY - FIRST).days + 1)]
        with storage.begin() as session:
            mirror = storage.mirrors.lock(session, store)
            orders = [order(place + 1, day, units(day)) for place, day in enumerate(days)]
            storage.mirrored_orders.put(session, mirror, orders, BERLIN)
            whole(storage, session, mirror, AS_OF, None)
        with storage.read() as session:
            view = View.of(storage, store, session)
            return [of_store(view, {"measure": "units", "horizon": 28, **more})["forecast"] for more in ({}, given)]

    return asked


def test_holidays_that_change_what_is_sold_are_used(ask: Callable[..., Any]) -> None:
    free = public_holidays("DE", FIRST, YESTERDAY)
    _, found = ask(lambda day: 1 if day in free else 20 + day.weekday(), holidays="DE")
    told = found["holidays"]
    assert (told["place"], told["used"], told["known_days"], told["coming_days"]) == ("DE", True, len(free), 0)
    assert float(told["mase_with"]) < float(told["mase_without"])
    assert found["backtest"]["mase"] == told["mase_with"]


def test_holidays_that_change_nothing_are_left_out(ask: Callable[..., Any]) -> None:
    rng = random.Random(5)  # noqa: S311  # a fixed seed
    plain, found = ask(lambda day: round((20 + 3 * day.weekday()) * rng.lognormvariate(0, 0.2)), holidays="DE-BY")
    assert found["holidays"]["used"] is False
    assert {**found, "holidays": None} == plain


def test_each_kind_of_day_has_one_name_in_all_years() -> None:
    years = [public_holidays("DE-BY", date(year, 1, 1), date(year, 12, 31)) for year in (2024, 2025, 2026)]
    assert len({frozenset(names.values()) for names in years}) == 1
    assert years[2][date(2026, 12, 25)] == "Christmas Day"
    assert public_holidays("DE", date(2026, 12, 25), date(2026, 12, 25)) == {date(2026, 12, 25): "Christmas Day"}


@pytest.mark.parametrize("place", ["XX", "DE-XX", "EU-1", "DEU", ""])
def test_a_place_that_nobody_knows_is_refused(place: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        public_holidays(place, date(2026, 1, 1), date(2026, 1, 31))
    assert refused.value.details["faults"][0]["pointer"] == "/holidays"
