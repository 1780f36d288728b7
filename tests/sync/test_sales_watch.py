"""Reports, refunds and stock that runs out, from the orders of a store that the sandbox keeps."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from stockshop import DEMO, StockShop

from atom_shopify_plugin.actions.run import Call
from atom_shopify_plugin.hookspecs import Event, Principal
from atom_shopify_plugin.runtime import Runtime
from atom_shopify_plugin.sandbox.core import Sandbox
from atom_shopify_plugin.sandbox.messages import Request
from atom_shopify_plugin.storage import Store
from atom_shopify_plugin.sync import watches

ADA = Principal("ada")
ORDER = """mutation ($o: OrderCreateOrderInput!) { orderCreate(order: $o) { order { id
  lineItems(first: 1) { nodes { id } } } userErrors { message } } }"""
REFUND = """mutation ($r: RefundInput!, $k: String!) { refundCreate(input: $r) @idempotent(key: $k) {
  userErrors { message } } }"""


class Trader:
    """A store whose past is written by a test. Its clock and the plugin's move together, from noon on."""

    def __init__(
        self, runtime: Runtime, sandbox: Sandbox, store: Store, emitted: list[Event], work: Callable[[], None]
    ) -> None:
        self._runtime, self._sandbox, self._store, self._emitted, self._work = runtime, sandbox, store, emitted, work
        self.zone = ZoneInfo(store.timezone)
        noon = datetime.combine(datetime.now(self.zone).date() + timedelta(days=80), time(12), self.zone)
        self._ahead = noon - datetime.now(UTC)  # the seed's orders are long ago by then
        sandbox.clock.move(600 + self._ahead.total_seconds())
        runtime.storage.clock = lambda: datetime.now(UTC) + self._ahead
        self._number = 0

    @property
    def now(self) -> datetime:
        return datetime.now(UTC) + self._ahead

    @property
    def today(self) -> Any:
        return self.now.astimezone(self.zone).date()

    def wait_for(self, key: str, **parameters: Any) -> None:
        self._runtime.host.triggers_in_use = lambda: frozenset({key})
        self._runtime.host.trigger_parameters = lambda _key: [parameters]

    def _graphql(self, text: str, **variables: Any) -> Any:
        token = self._runtime.connections.token(self._store).access.reveal()
        headers = {"Content-Type": "application/json", "X-Shopify-Access-Token": token}
        body = json.dumps({"query": text, "variables": variables}).encode()
        path = "/admin/api/2026-10/graphql.json"
        (found,) = json.loads(self._sandbox.handle(Request("POST", DEMO.name, path, "", headers, body)).body)[
            "data"
        ].values()
        assert found["userErrors"] == [], found
        return found

    def sell(self, amount: str, days_ago: int = 0, variant: str | None = None, units: int = 1) -> Any:
        """Place an order, at noon of a day."""
        bag = {"shopMoney": {"amount": amount, "currencyCode": "EUR"}}
        line = {"variantId": variant} if variant else {"title": "Tea", "requiresShipping": False}
        at = (self.now - timedelta(days=days_ago)).isoformat()
        given = {"processedAt": at, "lineItems": [{**line, "quantity": units, "priceSet": bag}]}
        return self._graphql(ORDER, o=given)["order"]

    def refund(self, order: Mapping[str, Any]) -> None:
        self._number += 1
        line = {"lineItemId": order["lineItems"]["nodes"][0]["id"], "quantity": 1, "restockType": "NO_RESTOCK"}
        self._graphql(REFUND, r={"orderId": order["id"], "refundLineItems": [line]}, k=f"refund-{self._number}")

    def later(self, **span: float) -> None:
        """Let time pass, and have what is due looked at."""
        self._ahead += timedelta(**span)
        self._sandbox.clock.move(timedelta(**span).total_seconds())
        watches.upkeep(self._runtime.services)
        self._work()

    def told(self, key: str) -> list[Mapping[str, Any]]:
        return [event.payload for event in self._emitted if event.key == key]


@pytest.fixture
def trader(
    runtime: Runtime, sandbox: Sandbox, shop: StockShop, store: Store, emitted: list[Event], work: Callable[[], None]
) -> Trader:
    return Trader(runtime, sandbox, store, emitted, work)


REPORT = "sales_report_ready"


def test_a_report_comes_at_its_hour_with_the_figures_of_the_day_before(trader: Trader, runtime: Runtime) -> None:
    trader.wait_for(REPORT, hour=8, deviations=None)
    trader.later(minutes=1)
    trader.sell("24.00")
    trader.later(hours=19)  # seven in the morning
    assert trader.told(REPORT) == []
    yesterday = trader.today - timedelta(days=1)
    trader.later(hours=1, minutes=10)
    (payload,) = trader.told(REPORT)
    assert (payload["reason"], payload["anomaly"]) == ("schedule", None)
    due = datetime.combine(trader.today, time(8), trader.zone)
    assert datetime.fromisoformat(payload["scheduled_at"]) == due
    assert payload["period"] == {"name": None, "since": yesterday.isoformat(), "until": yesterday.isoformat()}
    assert (payload["totals"]["net_sales"], payload["totals"]["orders"]) == ("24.00", 1)
    assert payload["previous"]["orders"] == 0
    assert payload["parameters"] == {"every": "day", "weekday": "monday", "hour": 8, "deviations": None}
    trader.later(hours=1)
    trader.later(hours=1)
    assert len(trader.told(REPORT)) == 1
    trader.later(hours=24)
    assert len(trader.told(REPORT)) == 2


def test_a_weekly_report_is_about_the_week_before_and_only_the_last_one_is_made_up_for(trader: Trader) -> None:
    trader.wait_for(REPORT, every="week", weekday="tuesday", hour=6, deviations=None)
    trader.sell("24.00")
    trader.later(minutes=1)
    trader.later(days=23)
    (payload,) = trader.told(REPORT)
    since, until = (datetime.fromisoformat(payload["period"][name]).date() for name in ("since", "until"))
    assert (since.weekday(), (until - since).days) == (0, 6)
    told_for = datetime.fromisoformat(payload["scheduled_at"]).astimezone(trader.zone)
    assert (told_for.weekday(), told_for.hour) == (1, 6)
    assert timedelta(0) <= trader.now - told_for < timedelta(days=7)
    assert until < told_for.date()


def test_sales_above_the_band_are_told_early_and_once(trader: Trader) -> None:
    trader.wait_for(REPORT, every="week", hour=0)
    for weeks, amount in enumerate(("10.00", "12.00", "9.00", "11.00", "10.00"), 1):
        trader.sell(amount, days_ago=7 * weeks)
    trader.later(minutes=1)
    trader.sell("12.00")
    trader.later(minutes=31)
    assert trader.told(REPORT) == []
    trader.sell("30.00")
    trader.later(minutes=31)
    (payload,) = trader.told(REPORT)
    assert payload["reason"] == "anomaly"
    anomaly = payload["anomaly"]
    # 10, 12, 9, 11, 10 and three days without sales: median 9.50, distances 0.5 2.5 0.5 1.5 0.5 9.5 9.5 9.5, MAD 2.00
    assert anomaly == {
        "day": trader.today.isoformat(),
        "direction": "high",
        "net_sales": "42.00",
        "median": "9.50",
        "mad": "2.00",
        "low": "-0.50",
        "high": "19.50",
        "days": 8,
    }
    assert payload["totals"]["net_sales"] == "42.00"
    trader.sell("50.00")
    trader.later(minutes=31)
    assert len(trader.told(REPORT)) == 1


def test_a_day_that_sold_too_little_is_told_when_it_is_over(trader: Trader) -> None:
    trader.wait_for(REPORT, every="week", hour=0, deviations=3)
    for weeks in range(1, 9):
        trader.sell("100.00", days_ago=7 * weeks)
    trader.later(minutes=1)
    trader.sell("50.00")
    trader.later(hours=11)
    day = trader.today
    assert trader.told(REPORT) == []
    trader.later(hours=2)
    (payload,) = [one for one in trader.told(REPORT) if one["reason"] == "anomaly"]
    assert (payload["anomaly"]["day"], payload["anomaly"]["direction"]) == (day.isoformat(), "low")
    assert (payload["anomaly"]["low"], payload["anomaly"]["mad"]) == ("85.00", "5.00")


REFUNDS = "refund_rate_unusual"


def test_unusually_many_refunds_are_told_once(trader: Trader) -> None:
    trader.wait_for(REFUNDS, min_orders=4, window_days=2, base_days=7, factor=2, least_percent=20)
    for days in range(2, 7):
        trader.sell("10.00", days_ago=days)
    orders = [trader.sell("10.00") for _ in range(4)]
    trader.later(minutes=1)
    assert trader.told(REFUNDS) == []
    trader.refund(orders[0])
    trader.later(minutes=31)
    (payload,) = trader.told(REFUNDS)
    today = trader.today
    assert payload["window"] == {
        "since": (today - timedelta(days=1)).isoformat(), "until": today.isoformat(), "orders": 4, "refunds": 1,
    }  # fmt: skip
    assert (payload["base"]["orders"], payload["base"]["refunds"]) == (5, 0)
    assert payload["rate_percent"] == "25.00"
    assert Decimal(payload["threshold_percent"]) == 20
    trader.refund(orders[1])
    trader.later(minutes=31)
    assert len(trader.told(REFUNDS)) == 1


STOCK = "stock_out_predicted"


def test_an_item_that_will_run_out_is_told_once_and_again_after_a_delivery_of_goods(
    trader: Trader, runtime: Runtime, sandbox: Sandbox, shop: StockShop
) -> None:
    trader.wait_for(STOCK, days=7, margin=3)
    variant = next(v for v in sandbox.store(DEMO.name).all("ProductVariant").values() if v.get("sku") == "MUG-BLUE")
    for days in range(1, 15):
        trader.sell("10.00", days_ago=days, variant=variant["id"], units=2)  # a unit a day over the last 28 days

    def stock(units: int) -> None:
        for level in sandbox.store(DEMO.name).find("InventoryLevel", "item", variant["inventoryItem"]):
            place = (int(variant["inventoryItem"].rpartition("/")[2]), int(level["location"].rpartition("/")[2]))
            shop.deliver(place, units, trader.now)
            units = 0  # all of it is at one location
        trader.later(minutes=6)

    stock(20)
    assert trader.told(STOCK) == []
    stock(6)
    (payload,) = trader.told(STOCK)
    assert payload["id"] == variant["inventoryItem"]
    assert (payload["sku"], payload["available"], payload["units_sold"]) == ("MUG-BLUE", 6, 28)
    assert (payload["observed_days"], payload["units_per_day"], payload["days_left"]) == (28, 1.0, 6.0)
    assert payload["variant"]["id"] == variant["id"]
    assert payload["levels"][0]["location"]["name"]
    for units in (3, 8, 9, 5):
        stock(units)
    assert len(trader.told(STOCK)) == 1, "it lasted for less than the days and the margin"
    stock(10)
    stock(6)
    assert len(trader.told(STOCK)) == 2


def test_a_store_whose_orders_may_not_be_read_is_left_in_peace(
    trader: Trader, runtime: Runtime, sandbox: Sandbox
) -> None:
    trader.wait_for(REFUNDS)
    sandbox.account(DEMO.name).set_scopes("sandbox-key", frozenset({"read_products"}))
    runtime.connections.refresh(ADA, DEMO)
    trader.later(minutes=1)
    assert runtime.storage.jobs.backlog()["dead"] == 0
    assert [job.state for job in runtime.storage.jobs.list(kind="watch_sales")] == ["done"]


def test_what_was_read_is_kept_and_not_read_again(trader: Trader, runtime: Runtime, sandbox: Sandbox) -> None:
    trader.wait_for(REFUNDS)
    trader.sell("10.00", days_ago=3)
    trader.later(minutes=1)
    journal = sandbox.store(DEMO.name).journal
    before = len(journal)
    trader.later(minutes=6)
    assert len(journal) == before


def test_the_report_of_an_action_says_the_same(trader: Trader, runtime: Runtime) -> None:
    trader.wait_for(REPORT, hour=8, deviations=None)
    trader.later(minutes=1)
    trader.sell("24.00")
    trader.later(hours=21)
    (payload,) = trader.told(REPORT)
    day = payload["period"]["since"]
    given = {"since": "2026-01-01", "until": "2026-01-01", "compare": True}
    shape = runtime.actions.run(Call(ADA, "report_generate", given)).data
    assert payload.keys() - shape.keys() == {"reason", "scheduled_at", "anomaly", "parameters"}
    assert shape.keys() <= payload.keys()
    assert payload["totals"].keys() == shape["totals"].keys()
    assert day == (trader.today - timedelta(days=1)).isoformat()


def test_a_host_that_cannot_tell_what_it_waits_for_has_no_orders_read(trader: Trader, runtime: Runtime) -> None:
    runtime.host.triggers_in_use = lambda: None
    trader.later(minutes=1)
    assert runtime.storage.jobs.list(kind="watch_sales") == []
    assert runtime.storage.jobs.list(kind="watch_connection") != []
