"""Reports on sales, end to end: against a plain oracle, over days on which clocks change, and with much to read."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest
from babel.numbers import format_currency
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from selling import CREATE, REFUND, WEEKS, Line, Sold, bag, made, orders, refunded
from webhost import Caller, ada, app, caller, data_of, error_of, host  # noqa: F401  # fixtures are found by their names

from atom_shopify_plugin.errors import InvalidInput, MissingScope
from atom_shopify_plugin.sandbox.messages import Request

if TYPE_CHECKING:
    from atom_shopify_plugin.hookspecs import Principal
    from atom_shopify_plugin.runtime import Runtime
    from atom_shopify_plugin.sandbox.core import Sandbox
    from atom_shopify_plugin.storage import Store

Run = Callable[..., Any]
BERLIN = ZoneInfo("Europe/Berlin")
CENT = Decimal("0.01")


@pytest.fixture
def control(sandbox: Sandbox, store: Store) -> Run:
    """Send a request to the control API of the sandbox."""

    def send(path: str, **body: Any) -> None:
        headers = {"Content-Type": "application/json"}
        request = Request("POST", store.shop.name, f"/__sandbox__/{path}", "", headers, json.dumps(body).encode())
        assert sandbox.handle(request).status == 200

    return send


@dataclass
class Oracle:
    """The books of a store, kept as an accountant would: one list of what happened, by day."""

    rows: list[tuple[date, dict[str, Decimal]]] = field(default_factory=list)

    def book(self, at: datetime, **amounts: Decimal) -> None:
        self.rows.append((at.astimezone(BERLIN).date(), amounts))

    def total(self, name: str, since: date, until: date) -> Decimal:
        return sum((row.get(name, Decimal(0)) for day, row in self.rows if since <= day <= until), Decimal(0))


def booked(oracle: Oracle, order: Sold) -> list[tuple[datetime, int]]:
    """Write an order into the books, and return the refunds that it gets."""
    full = [line.price * line.quantity for line in order.lines]
    whole = sum(full, Decimal(0))
    off = min(order.off, whole)
    share = off if len(full) == 1 else (off * full[0] / whole).quantize(CENT, ROUND_HALF_UP)
    tax = sum((line.tax for line in order.lines), Decimal(0))
    net = whole - off - (tax if order.included else 0)
    units = Decimal(sum(line.quantity for line in order.lines))
    refunds: list[tuple[datetime, int]] = []
    if not order.test:
        oracle.book(order.at, net_sales=net, sold=net, tax=tax, shipping=order.shipping, orders=Decimal(1), units=units)
    first = order.lines[0]
    for later, count in order.back[: first.quantity]:
        refunds.append((order.at + later, count))
        worth = ((full[0] - share) * count / first.quantity).quantize(CENT, ROUND_HALF_UP)
        taxed = (first.tax * count / first.quantity).quantize(CENT, ROUND_HALF_UP)
        worth -= taxed if order.included else 0
        if not order.test:
            oracle.book(order.at + later, net_sales=-worth, returns=worth, tax=-taxed, units_returned=Decimal(count))
    return refunds


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    sold=st.lists(orders, max_size=4),
    week=st.sampled_from(WEEKS),
    skip=st.integers(0, 4),
    days=st.integers(1, 9),
    by=st.sampled_from(["day", "week", "month"]),
)
def test_the_figures_are_those_of_a_plain_oracle(
    run: Run, shopify: Run, control: Run, sold: list[Sold], week: date, skip: int, days: int, by: str
) -> None:
    control("snapshot", name="empty")
    oracle = Oracle()
    for order in sold:
        node = made(shopify, order)
        for at, units in booked(oracle, order):
            refunded(shopify, node, at, units)
    since = week + timedelta(days=skip)
    until = since + timedelta(days=days - 1)
    report = run("report_generate", since=str(since), until=str(until), group_by=by, compare=True)
    control("reset", snapshot="empty")
    agrees(oracle, report["totals"], since, until)
    agrees(oracle, report["previous"], since - timedelta(days=days), since - timedelta(days=1))
    for row in report["rows"]:
        agrees(oracle, row, date.fromisoformat(row["since"]), date.fromisoformat(row["until"]))
    covered = [(date.fromisoformat(row["since"]), date.fromisoformat(row["until"])) for row in report["rows"]]
    assert (covered[0][0], covered[-1][1]) == (since, until)
    assert all(end + timedelta(days=1) == begin for (_, end), (begin, _) in pairwise(covered))


def agrees(oracle: Oracle, figures: Any, since: date, until: date) -> None:
    for name in ("net_sales", "returns", "tax", "shipping", "orders", "units", "units_returned"):
        assert Decimal(figures[name]) == oracle.total(name, since, until), name
    sold = oracle.total("sold", since, until)
    assert Decimal(figures["gross_sales"]) - Decimal(figures["discounts"]) == sold
    parts = sum(oracle.total(name, since, until) for name in ("net_sales", "tax", "shipping"))
    assert Decimal(figures["total_sales"]) == parts
    count = oracle.total("orders", since, until)
    average = None if not count else (sold / count).quantize(CENT, ROUND_HALF_UP)
    assert figures["average_order_value"] == (None if average is None else str(average))


def at(day: str, hour: str = "12:00") -> datetime:
    return datetime.fromisoformat(f"{day}T{hour}:00+00:00")


def order_of(price: str, moment: datetime, **more: Any) -> Sold:
    values: dict[str, Any] = {"shipping": Decimal(0), "included": False, "test": False, "off": Decimal(0), "back": []}
    return Sold(moment, [Line(Decimal(price), 2, Decimal(0))], **{**values, **more})


def test_a_refund_counts_on_its_own_day_and_a_day_ends_where_the_store_is(run: Run, shopify: Run) -> None:
    # 22:30 in London is already the next day in Berlin, where it is summer from the 30th of March on.
    node = made(shopify, order_of("10.00", at("2025-03-30", "22:30"), shipping=Decimal("4.90")))
    refunded(shopify, node, at("2025-04-02"), shipping={"amount": "4.90"})
    days = {row["since"]: row for row in run(
        "report_generate", since="2025-03-30", until="2025-04-02", group_by="day")["rows"]}  # fmt: skip
    assert [(day, row["orders"], row["total_sales"]) for day, row in days.items()] == [
        ("2025-03-30", 0, "0.00"), ("2025-03-31", 1, "24.90"), ("2025-04-01", 0, "0.00"), ("2025-04-02", 0, "-14.90"),
    ]  # fmt: skip
    back = days["2025-04-02"]
    assert (back["returns"], back["shipping"], back["units_returned"]) == ("10.00", "-4.90", 1)
    alone = run("report_generate", since="2025-04-02", until="2025-04-02")["totals"]
    assert {**alone, "average_order_value": None} == {name: back[name] for name in alone}


def test_what_is_paid_back_beyond_items_is_a_return(run: Run, shopify: Run) -> None:
    node = made(shopify, order_of("10.00", at("2025-05-05")))
    pay = """mutation ($id: ID!) { orderMarkAsPaid(input: {id: $id}) {
      order { transactions { id gateway } } userErrors { message } } }"""
    (paid,) = shopify(pay, id=node["id"])["orderMarkAsPaid"]["order"]["transactions"]
    back = {
        "orderId": node["id"],
        "kind": "REFUND",
        "amount": "3.00",
        "parentId": paid["id"],
        "gateway": paid["gateway"],
    }
    given = {"orderId": node["id"], "processedAt": "2025-05-06T12:00:00Z", "transactions": [back]}
    assert shopify(REFUND, input=given, key="one")["refundCreate"]["userErrors"] == []
    totals = run("report_generate", since="2025-05-05", until="2025-05-06")["totals"]
    assert (totals["returns"], totals["net_sales"], totals["units_returned"]) == ("3.00", "17.00", 0)


def test_a_cancelled_order_counts_as_sold_and_as_returned(run: Run, shopify: Run, confirmed: Run) -> None:
    node = made(shopify, order_of("10.00", at("2025-05-05"), shipping=Decimal("4.90")))
    before = run("report_generate", period="today")["totals"]
    refunded(shopify, node, at("2025-05-07"))
    confirmed("order_cancel", id=node["id"], reason="CUSTOMER", restock=False)
    past = run("report_generate", since="2025-05-01", until="2025-05-31")["totals"]
    assert (past["orders"], past["gross_sales"], past["returns"], past["total_sales"]) == (1, "20.00", "10.00", "14.90")
    now = run("report_generate", period="today")["totals"]
    risen = {
        name: Decimal(now[name]) - Decimal(before[name]) for name in ("returns", "shipping", "total_sales", "orders")
    }
    assert risen == {"returns": 10, "shipping": Decimal("-4.90"), "total_sales": Decimal("-14.90"), "orders": 0}


def test_test_orders_and_gift_cards_are_no_sales(run: Run, shopify: Run) -> None:
    made(shopify, order_of("10.00", at("2025-05-05"), test=True))
    given = {
        "processedAt": "2025-05-05T12:00:00Z",
        "lineItems": [
            {"title": "Gift card", "quantity": 1, "giftCard": True, "priceSet": bag("50.00")},
            {"title": "Mug", "quantity": 1, "priceSet": bag("12.00")},
        ],
    }
    assert shopify(CREATE, order=given)["orderCreate"]["userErrors"] == []
    report = run("report_generate", since="2025-05-05", until="2025-05-05")
    assert (report["totals"]["orders"], report["totals"]["total_sales"]) == (1, "12.00")
    assert [product["title"] for product in report["products"]] == ["Mug"]


def test_products_are_ranked_by_what_is_left_after_returns(run: Run, shopify: Run) -> None:
    node = made(shopify, order_of("30.00", at("2025-05-05")), 1)
    made(shopify, order_of("20.00", at("2025-05-06")), 2)
    made(shopify, order_of("5.00", at("2025-05-06")), 3)
    refunded(shopify, node, at("2025-05-06"), 1)
    report = run("report_generate", since="2025-05-05", until="2025-05-06", top=2)
    assert [(one["title"], one["net_sales"], one["units"], one["units_returned"]) for one in report["products"]] == [
        ("Thing 2", "40.00", 2, 0), ("Thing 1", "30.00", 2, 1),
    ]  # fmt: skip


def test_an_order_with_many_lines_is_read_whole(run: Run, shopify: Run) -> None:
    lines = [Line(Decimal("1.00"), 1, Decimal(0)) for _ in range(130)]
    made(shopify, Sold(at("2025-05-05"), lines, Decimal(0), False, False, Decimal(0), []))
    report = run("report_generate", since="2025-05-05", until="2025-05-05")
    assert (report["totals"]["gross_sales"], report["totals"]["units"], report["complete"]) == ("130.00", 130, True)


def test_a_report_says_when_there_was_more_to_read(run: Run, shopify: Run) -> None:
    for day in ("2025-05-05", "2025-05-06", "2025-05-07"):
        made(shopify, order_of("10.00", at(day)))
    whole = run("report_generate", since="2025-05-05", until="2025-05-07", max_orders=3)
    assert (whole["complete"], whole["orders_read"], whole["totals"]["orders"]) == (True, 3, 3)
    cut = run("report_generate", since="2025-05-05", until="2025-05-07", max_orders=2, group_by="day")
    assert (cut["complete"], cut["orders_read"]) == (False, 2)
    assert [row["orders"] for row in cut["rows"]] == [0, 1, 1]


def test_the_period_before_is_compared(run: Run, shopify: Run) -> None:
    made(shopify, order_of("10.00", at("2025-05-04")))
    made(shopify, order_of("15.00", at("2025-05-06")))
    report = run("report_generate", since="2025-05-05", until="2025-05-06", compare=True)
    before = report["previous"]
    assert (before["since"], before["until"], before["total_sales"]) == ("2025-05-03", "2025-05-04", "20.00")
    assert before["change_percent"] == {
        "gross_sales": "50.0", "net_sales": "50.0", "total_sales": "50.0", "orders": "0.0", "units": "0.0",
    }  # fmt: skip
    assert run("report_generate", since="2025-05-06", until="2025-05-06")["previous"] is None


@pytest.mark.parametrize(
    ("input_", "pointer"),
    [
        ({"since": "2025-02-30"}, "/since"),
        ({"since": "2190-01-01"}, "/since"),
        ({"until": "2025-02-03"}, "/until"),
        ({"since": "2025-02-03", "until": "2025-02-02"}, "/until"),
        ({"since": "2024-01-01", "until": "2025-01-01"}, "/until"),
        ({"period": "someday"}, "/period"),
    ],
)
def test_days_that_make_no_period_are_refused(run: Run, input_: Any, pointer: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        run("report_generate", **input_)
    assert [fault.pointer for fault in refused.value.faults] == [pointer]


def test_old_orders_that_are_hidden_are_told_of(outcome: Run, regranted: Run) -> None:
    regranted("read_orders,read_all_orders")
    assert "limits" not in outcome("report_generate", period="today").meta
    regranted("read_orders")
    (limit,) = outcome("report_generate", period="today").meta["limits"]
    assert limit["code"] == "ORDERS_OF_60_DAYS"
    regranted("read_products")
    with pytest.raises(MissingScope):
        outcome("report_generate", period="today")


@pytest.mark.parametrize(
    ("text", "period"),
    [
        ("sales", "today"),
        ("view analytics", "today"),
        ("sales compare", "today"),
        ("sales today", "today"),
        ("Sales this week?", "this_week"),
        ("sales week", "this_week"),
        ("shopify sales last 7 days", "last_7_days"),
        ("top products", "last_30_days"),
        ("top products last month", "last_month"),
    ],
)
def test_chat_reports_the_period_that_is_named(
    runtime: Runtime, principal: Principal, store: Store, text: str, period: str
) -> None:
    reply = runtime.chat.answer(principal, text)
    assert reply is not None
    assert reply.ok, reply.text
    assert reply.data["period"]["name"] == period
    assert "order" in reply.text or "net sales" in reply.text


def test_chat_tells_the_figures_in_lines(
    runtime: Runtime, principal: Principal, store: Store, shopify: Run, run: Run
) -> None:
    made(shopify, order_of("10.00", datetime.now(UTC), shipping=Decimal("4.90")))
    totals = run("report_generate", period="today")["totals"]
    said = runtime.chat.answer(principal, "sales today")
    assert said is not None
    lines = said.text.splitlines()
    shown = {name: format_currency(Decimal(totals[name]), "EUR", locale="en_DE") for name in totals if "sales" in name}
    assert f"total sales {shown['total_sales']}" in lines[0]
    assert lines[1].startswith(f"Net sales {shown['net_sales']} · gross {shown['gross_sales']} · ")
    best = runtime.chat.answer(principal, "top products today")
    assert best is not None
    assert "Thing 0 · 20,00\xa0€ · 2 sold" in best.text.splitlines()


def test_a_period_that_chat_does_not_know_is_refused_in_words(
    runtime: Runtime, principal: Principal, store: Store
) -> None:
    reply = runtime.chat.answer(principal, "sales some day")
    assert reply is not None
    assert not reply.ok
    assert "last_7_days" in reply.text or "last 7 days" in reply.text


def test_a_report_is_read_over_http(ada: Caller) -> None:  # noqa: F811
    path = "/api/shopify/reports/sales"
    report = data_of(ada.get(f"{path}?period=last_30_days&group_by=week&compare=true&top=2"))
    assert report["source"] == "orders"
    assert len(report["products"]) == 2
    sums = [Decimal(row["total_sales"]) for row in report["rows"]]
    assert sum(sums) == Decimal(report["totals"]["total_sales"]) != 0
    assert data_of(ada.get(path))["period"]["name"] == "last_30_days"
    refused = ada.get(f"{path}?since=2026-02-30")
    assert refused.status_code == 400
    assert [fault["pointer"] for fault in error_of(refused)["details"]["faults"]] == ["/since"]
