"""Answers about stock: equal to what follows from plain lists of variants, stock and sales, on each database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import orjson
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mirrored import Line, Sold, as_json
from sqlalchemy import delete

from atom_shopify_plugin.analytics import stock_plan, stock_value
from atom_shopify_plugin.analytics.demand import DailySeries
from atom_shopify_plugin.analytics.inventory import Holding, abc_classes, dead_stock
from atom_shopify_plugin.analytics.replenishment import Demand, Stock, Supply, demand_of, part_of, replenish, total_of
from atom_shopify_plugin.analytics.stockroom import STREAMS
from atom_shopify_plugin.analytics.view import View
from atom_shopify_plugin.storage import Storage, Store
from atom_shopify_plugin.storage.insight.mirrors import MirrorRow

BERLIN = ZoneInfo("Europe/Berlin")
AS_OF = datetime(2026, 1, 15, 23, 30, tzinfo=UTC)  # in Berlin it is the 16th already
TODAY = date(2026, 1, 16)
TERMS = ["vendor:acme lead=9 minimum=8 pack=3", "product:2 lead=4 deviation=0 pack=5", "variant:S3 lead=2.5 minimum=2"]
GIVEN: Mapping[str, Any] = {
    "history_days": 20, "lead_days": 6, "lead_deviation_days": 1.5, "review_days": 1, "cover_days": 10,
    "service_level": 0.9, "only_to_order": False, "terms": TERMS, "first": 250, "skip": 0,
}  # fmt: skip
SUPPLY = Supply(lead_days=6, lead_deviation=1.5, service_level=0.9, review_days=1, cover_days=10)
PLACES = {1: True, 2: True, 3: False}


@dataclass(frozen=True)
class Thing:
    """A variant, its stock by location (available, on hand, incoming), and its sales by days before today."""

    number: int
    vendor: str
    status: str
    cost: int | None
    tracked: bool
    oversells: bool
    made: int
    stock: Mapping[int, tuple[int, int, int]]
    changed: int
    sales: Mapping[int, int]


units = st.integers(-3, 12)


@st.composite
def things(draw: st.DrawFn) -> list[Thing]:
    return [
        Thing(
            number=number,
            vendor=draw(st.sampled_from(["Acme", "", "Öl"])),
            status=draw(st.sampled_from(["ACTIVE", "ACTIVE", "DRAFT", "ARCHIVED"])),
            cost=draw(st.sampled_from([None, 0, 12_345, 99_9999])),
            tracked=draw(st.sampled_from([True, True, True, False])),
            oversells=draw(st.booleans()),
            made=draw(st.sampled_from([0, 1, 5, 19, 20, 21, 200])),
            stock=draw(st.dictionaries(st.sampled_from(sorted(PLACES)), st.tuples(units, units, units), max_size=3)),
            changed=draw(st.integers(0, 25)),
            sales=draw(st.dictionaries(st.integers(0, 24), st.integers(1, 5), max_size=6)),
        )
        for number in range(1, draw(st.integers(1, 5)) + 1)
    ]


def at(days: int) -> datetime:
    """Return a moment so many days before today, shortly after midnight in the store."""
    return datetime(TODAY.year, TODAY.month, TODAY.day, 0, 10, tzinfo=BERLIN) - timedelta(days=days)


def stored(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f}"


def copied(storage: Storage, store: Store, shelf: list[Thing], earliest: datetime | None) -> None:
    def work(session: Any) -> None:
        session.execute(delete(MirrorRow))
        mirror = storage.mirrors.lock(session, store)
        number, put = mirror.number, storage.catalogue.put
        long_ago = stored(at(900))
        put(
            session,
            "locations",
            [(number, one, f"Place {one}", "DE", int(active), 1, 1) for one, active in PLACES.items()],
        )
        for thing in shelf:
            own = thing.number
            made, data = stored(at(thing.made)), orjson.dumps(
                {"inventory_policy": "CONTINUE" if thing.oversells else "DENY"}
            ).decode()  # fmt: skip
            product = (number, own, f"p{own}", f"Thing {own}", thing.vendor, "", thing.status, made, long_ago)
            put(session, "products", [(*product, None, 1, "{}")])
            variant = (number, own * 10, own, "Default Title", f"S{own}", None, None, None, thing.cost, own * 100)
            put(session, "variants", [(*variant, int(thing.tracked), made, long_ago, 1, data)])
            levels = [
                (number, own * 100, place, available, on_hand, 0, incoming, None, 0, 0, 0, 1)
                for place, (available, on_hand, incoming) in thing.stock.items()
            ]
            put(session, "stock", [(*level, stored(at(thing.changed)), 1) for level in levels])
        orders = [
            sale(thing.number * 1000 + days, thing.number, days, count)
            for thing in shelf
            for days, count in thing.sales.items()
        ]
        storage.mirrored_orders.put(session, mirror, [as_json(order) for order in orders], BERLIN)
        storage.sync_runs.ask(session, mirror, STREAMS, "full", "auto", "run")
        for stream in STREAMS:
            state = storage.sync_runs.find(session, mirror, stream)
            assert state is not None
            done = {"state": "done", "whole_at": AS_OF, "read_up_to": AS_OF, "earliest": earliest}
            storage.sync_runs.advance(session, mirror, state, **done)

    storage.write(work)


def sale(number: int, product: int, days: int, count: int) -> Sold:
    line = Line(number * 10, product, Decimal(product), count, Decimal(0), Decimal(0), False)
    moment = at(days)
    return Sold(
        number, moment, (line,), Decimal(0), Decimal(0), False, False, "EUR", None, "web", "", (), (), (), None, None,
        None, moment,
    )  # fmt: skip


def ask(storage: Storage, store: Store, question: Any, given_: Mapping[str, Any]) -> dict[str, Any]:
    with storage.read() as session:
        answer: dict[str, Any] = question(View.of(storage, store, session, STREAMS), given_)
    return answer


def shelves(thing: Thing) -> dict[int, Stock]:
    return {
        place: Stock(on_hand, available, 0, incoming)
        for place, (available, on_hand, incoming) in sorted(thing.stock.items())
        if PLACES[place]
    }


def supply(thing: Thing) -> Supply:
    """Return how a variant is ordered by `TERMS`: its own, else those of its product or vendor."""
    own = SUPPLY
    if thing.vendor == "Acme":
        own = replace(own, lead_days=9, minimum_order=8, pack_size=3)
    if thing.number == 2:
        own = replace(own, lead_days=4, lead_deviation=0, pack_size=5)
    return replace(own, lead_days=2.5, minimum_order=2) if thing.number == 3 else own


def expected(thing: Thing, known: int) -> Demand | None:
    """Return the demand of a variant where the sales of so many whole days are known."""
    seen = {days: count for days, count in thing.sales.items() if 1 <= days <= known}
    oldest = max([min(known, thing.made), *seen])
    if oldest < 1:
        return None
    days = list(range(oldest, 0, -1))
    empty = all(stock.available <= 0 for stock in shelves(thing).values()) and bool(shelves(thing))
    last = 0 if thing.oversells or not empty else min([thing.changed, *seen])
    unseen = frozenset(place for place, day in enumerate(days) if day < last)
    values = tuple(float(seen.get(day, 0)) for day in days)
    return demand_of(DailySeries(TODAY - timedelta(days=oldest), values, unseen))


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(shelf=things(), window=st.sampled_from([None, 7]))
def test_the_plan_of_each_variant_follows_from_its_rows(
    storage: Storage, demo: Store, shelf: list[Thing], window: int | None
) -> None:
    copied(storage, demo, shelf, None if window is None else at(window + 1))
    known = 20 if window is None else window
    planned = {thing.number: thing for thing in shelf if thing.tracked and thing.status != "ARCHIVED"}
    revenue = {
        thing.number: Decimal(thing.number) * sum(count for days, count in thing.sales.items() if 1 <= days <= known)
        for thing in shelf
        if thing.number in planned or any(1 <= days <= known for days in thing.sales)
    }
    classes = abc_classes({str(number): amount for number, amount in revenue.items()})

    def matches(rows: list[dict[str, Any]], place: int | None) -> None:
        numbers = [int(row["variant_id"].rpartition("/")[2]) // 10 for row in rows]
        there = [number for number, thing in planned.items() if place is None or place in shelves(thing)]
        assert sorted(numbers) == sorted(there)
        for number, row in zip(numbers, rows, strict=True):
            thing = planned[number]
            demand, stock = expected(thing, known), total_of(list(shelves(thing).values()))
            if place is not None:
                stock = shelves(thing)[place]
                demand = None if demand is None else part_of(demand, 1 / len(shelves(thing)))
            plan = replenish(stock, demand, supply(thing), TODAY)
            assert (row["available"], row["on_hand"], row["incoming"]) == (
                stock.available, stock.on_hand, stock.incoming,
            )  # fmt: skip
            assert row["velocity"] == (None if plan.velocity is None else round(plan.velocity, 4))
            assert row["days_of_cover"] == (None if plan.days_of_cover is None else round(plan.days_of_cover, 1))
            assert row["stock_out_date"] == (plan.stock_out and plan.stock_out.isoformat())
            assert (row["safety_stock"], row["reorder_point"], row["order_quantity"]) == (
                plan.safety_stock, plan.reorder_point, plan.order,
            )  # fmt: skip
            assert row["abc_class"] == classes[str(number)]
            assert set(plan.notes) <= set(row["notes"])
            cost = None if thing.cost is None else Decimal(thing.cost) / 10_000 * (plan.order or 0)
            assert (row["order_cost"] and Decimal(row["order_cost"])) == (cost if cost is None else str(cost) and cost)
        ordered = [
            (not row["order_quantity"], row["days_of_cover"] or 0.0, row["lead_days"])
            for row in rows
            if row["days_of_cover"] is not None
        ]
        for (rests, cover, lead), (rests_next, cover_next, lead_next) in pairwise(ordered):
            later = cover - lead <= cover_next - lead_next + 0.11  # days of cover are rounded to a tenth
            assert rests < rests_next or (rests == rests_next and later)

    whole = ask(storage, demo, stock_plan.plan, GIVEN)
    assert whole["untracked_variants"] == sum(not thing.tracked for thing in shelf)
    assert whole["complete"] is (window is None)
    matches(whole["rows"], None)
    for place in (1, 2):
        matches(
            ask(storage, demo, stock_plan.plan, {**GIVEN, "location_id": f"gid://shopify/Location/{place}"})["rows"],
            place,
        )
    used = [
        any(thing.vendor == "Acme" for thing in planned.values()), 2 in planned, 3 in planned,
    ]  # fmt: skip
    assert whole["unused_terms"] == [text for text, one in zip(TERMS, used, strict=True) if not one]
    assert whole["order_units"] == sum(row["order_quantity"] or 0 for row in whole["rows"])


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(shelf=things(), days=st.integers(1, 26))
def test_stock_its_value_and_what_is_dead_follow_from_the_rows(
    storage: Storage, demo: Store, shelf: list[Thing], days: int
) -> None:
    copied(storage, demo, shelf, None)
    answer = ask(storage, demo, stock_value.levels, GIVEN)
    counted = [thing for thing in shelf if thing.tracked]
    for place in answer["locations"]:
        number = int(place["location_id"].rpartition("/")[2])
        there = [(thing, thing.stock[number]) for thing in counted if number in thing.stock]
        assert place["active"] is PLACES[number]
        assert place["variants"] == len(there)
        assert place["states"]["available"] == sum(stock[0] for _, stock in there)
        assert place["states"]["on_hand"] == sum(stock[1] for _, stock in there)
        assert place["states"]["incoming"] == sum(stock[2] for _, stock in there)
        assert place["units"] == sum(max(0, stock[1]) for _, stock in there)
        worth = sum(thing.cost * max(0, stock[1]) for thing, stock in there if thing.cost is not None)
        assert Decimal(place["value"]) == Decimal(worth) / 10_000
        assert place["units_without_cost"] == sum(max(0, s[1]) for thing, s in there if thing.cost is None)
    for name in ("units", "units_without_cost"):
        assert answer["totals"][name] == sum(place[name] for place in answer["locations"])
    assert Decimal(answer["totals"]["value"]) == sum((Decimal(p["value"]) for p in answer["locations"]), Decimal(0))
    dead = ask(storage, demo, stock_value.dead, {"days": days, "first": 250, "skip": 0})
    holdings = [
        Holding(
            str(thing.number * 10),
            sum(max(0, stock[1]) for stock in thing.stock.values()),
            None if thing.cost is None else Decimal(thing.cost) / 10_000,
            TODAY - timedelta(days=min(thing.sales)) if thing.sales else None,
            at(thing.made).date(),
        )
        for thing in counted
        if thing.stock
    ]
    wanted = dead_stock(holdings, TODAY, days)
    assert wanted is not None
    shown = [(row["variant_id"].rpartition("/")[2], row["on_hand"], row["days_without_sale"]) for row in dead["rows"]]
    assert shown == [(one.variant, one.on_hand, one.days) for one in wanted]
    assert dead["variants"] == len(wanted)
