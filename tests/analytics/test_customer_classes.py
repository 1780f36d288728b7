"""Classes of customers: a worked example, ties, small stores, and what must not change them."""

from __future__ import annotations

import random
from collections import Counter
from datetime import date, timedelta
from decimal import Decimal
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st
from linecount import lines_of

from atom_shopify_plugin.analytics.rfm import CLASSES, Order, class_of, score

TODAY = date(2026, 11, 30)

orders = st.lists(
    st.tuples(
        st.sampled_from([f"customer {at}" for at in range(12)]),
        st.dates(TODAY - timedelta(400), TODAY),
        st.decimals(-50, 500, places=2),
    ),
    max_size=60,
)


def ago(days: int) -> date:
    return TODAY - timedelta(days)


# customer, days since the last order, number of orders, sum
TEN = [
    ("a", 1, 9, 900),
    ("b", 5, 8, 80),
    ("c", 10, 1, 50),
    ("d", 20, 3, 390),
    ("e", 30, 1, 40),
    ("f", 60, 4, 300),
    ("g", 90, 1, 30),
    ("h", 120, 2, 60),
    ("i", 200, 6, 780),
    ("j", 300, 1, 20),
]


def rows(table: list[tuple[str, int, int, int]]) -> list[Order]:
    return [
        (customer, ago(days + back), Decimal(total) / count)
        for customer, days, count, total in table
        for back in range(count)
    ]


def test_ten_customers_scored_by_hand() -> None:
    """Two of ten customers are a fifth; the four with one order share the lowest score, so that nobody has the next."""
    rfm = score(rows(TEN), TODAY)
    assert {one.customer: one.scores for one in rfm.customers} == {
        "a": (5, 5, 5),
        "b": (5, 5, 3),
        "c": (4, 1, 2),
        "d": (4, 3, 4),
        "e": (3, 1, 2),
        "f": (3, 4, 4),
        "g": (2, 1, 1),
        "h": (2, 3, 3),
        "i": (1, 4, 5),
        "j": (1, 1, 1),
    }
    assert {one.customer: one.key for one in rfm.customers} == {
        "a": "champions",
        "b": "champions",
        "c": "promising",
        "d": "loyal",
        "e": "one_time",
        "f": "loyal",
        "g": "one_time",
        "h": "at_risk",
        "i": "cannot_lose",
        "j": "lost",
    }
    assert rfm.thresholds == {
        "recency": (300, 120, 60, 20, 5),
        "frequency": (1, None, 2, 4, 8),
        "monetary": (20, 40, 60, 300, 780),
    }
    assert (rfm.counts["loyal"], rfm.counts["new"], sum(rfm.counts.values())) == (2, 0, 10)
    assert rfm.customers[8].explanation == (
        "Can't lose: bought often and for much, long ago. Last order 200 days ago (score 1), 6 orders (score 4), "
        "780 in all (score 5)."
    )


def test_every_combination_of_scores_has_a_class_and_every_class_a_combination() -> None:
    fives = range(1, 6)
    reached = {class_of((r, f, m), orders_).key for r, f, m, orders_ in product(fives, fives, fives, (1, 2))}
    assert reached == {one.key for one in CLASSES}
    for one in CLASSES:
        assert one.meaning
        assert one.title


def test_nobody_with_one_order_is_called_a_regular() -> None:
    lately = [(f"customer {at}", ago(at), Decimal(10 + at)) for at in range(40)]
    assert {one.key for one in score(lately, TODAY).customers} == {"new", "promising", "one_time", "lost"}
    assert any("same number of orders" in note for note in score(lately, TODAY).notes)


def test_what_was_paid_back_counts_in_the_sum_only() -> None:
    base = rows(TEN)
    again = score([*base, ("j", TODAY, Decimal(0)), ("i", TODAY, Decimal("-5.50"))], TODAY)
    by_name = {one.customer: one for one in again.customers}
    assert (by_name["j"].recency, by_name["j"].frequency) == (300, 1)
    assert (by_name["i"].recency, by_name["i"].frequency, by_name["i"].monetary) == (200, 6, Decimal("774.50"))
    nothing_kept = score([*base, ("k", TODAY, Decimal(0))], TODAY)
    assert nothing_kept.without_kept_order == 1
    assert nothing_kept.customers == score(base, TODAY).customers


@pytest.mark.parametrize(("customers", "classes"), [(0, 0), (4, 0), (5, 5), (24, 24), (25, 25)])
def test_small_stores_are_told_how_much_classes_mean(customers: int, classes: int) -> None:
    rfm = score([(f"{at:02}", ago(at), Decimal(at + 1)) for at in range(customers) for _ in range(1 + at % 3)], TODAY)
    assert len(rfm.customers) == classes
    if not classes:
        assert rfm.notes == (f"{customers} customers have an order: classes need at least 5.",)
    else:
        assert any("fewer than five" in note for note in rfm.notes) == (customers < 25)


def test_an_order_of_tomorrow_counts_as_today() -> None:
    rfm = score([*rows(TEN), ("a", TODAY + timedelta(2), Decimal(1))], TODAY)
    assert rfm.customers[0].recency == 0
    assert "Last order today" in rfm.customers[0].explanation


@given(orders, st.randoms(), st.sampled_from([Decimal("0.01"), Decimal(7), Decimal(100)]))
def test_neither_the_order_of_rows_nor_the_currency_changes_a_class(
    given_: list[Order], rng: random.Random, rate: Decimal
) -> None:
    rfm = score(given_, TODAY)
    shuffled = list(given_)
    rng.shuffle(shuffled)
    assert score(shuffled, TODAY) == rfm
    scaled = score([(customer, day, amount * rate) for customer, day, amount in given_], TODAY)
    assert [(one.customer, one.scores, one.key) for one in scaled.customers] == [
        (one.customer, one.scores, one.key) for one in rfm.customers
    ]


@given(orders)
def test_better_values_never_have_lower_scores(given_: list[Order]) -> None:
    rfm = score(given_, TODAY)
    for one, other in product(rfm.customers, repeat=2):
        values = [(-one.recency, -other.recency), (one.frequency, other.frequency), (one.monetary, other.monetary)]
        for (mine, theirs), score_, their_score in zip(values, one.scores, other.scores, strict=True):
            assert (mine >= theirs) <= (score_ >= their_score)
            assert (mine == theirs) <= (score_ == their_score)
    counted = Counter(one.key for one in rfm.customers)
    assert {key: count for key, count in rfm.counts.items() if count} == counted
    for one in rfm.customers:
        for dimension, value, its in zip(
            ("recency", "frequency", "monetary"), (one.recency, one.frequency, one.monetary), one.scores, strict=True
        ):
            edge = rfm.thresholds[dimension][its - 1]
            assert edge is not None
            assert value <= edge if dimension == "recency" else value >= edge


def test_a_hundred_thousand_orders_take_ten_times_the_work_of_ten_thousand() -> None:
    def work(number: int) -> None:
        score(((f"customer {at % (number // 4)}", ago(at % 365), Decimal(at % 97)) for at in range(number)), TODAY)

    assert lines_of(lambda: work(100_000)) == pytest.approx(10 * lines_of(lambda: work(10_000)), rel=0.02)
