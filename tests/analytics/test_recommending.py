"""What was bought together, what may be wanted next, when it is time to order again, and how often that is right."""

from __future__ import annotations

import math
import random
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from linecount import lines_of

from atom_shopify_plugin.analytics.hit_rate import hit_rates
from atom_shopify_plugin.analytics.recommend import DEFAULT_METHOD, METHODS, Basket, Companion, Purchases
from atom_shopify_plugin.analytics.reminders import reminders

DAY = date(2026, 1, 1)

# A textbook's five baskets.
BASKETS = [
    {"bread", "milk"},
    {"bread", "diapers", "beer", "eggs"},
    {"milk", "diapers", "beer", "cola"},
    {"bread", "milk", "diapers", "beer"},
    {"bread", "milk", "diapers", "cola"},
]

histories = st.lists(
    st.tuples(
        st.none() | st.sampled_from("ABCDE"),
        st.integers(0, 90),
        st.sets(st.sampled_from(["mug", "cup", "plate", "bowl", "fork", "knife"]), max_size=4),
    ),
    max_size=25,
)


def orders(rows: list[tuple[str | None, int, set[str]]]) -> list[Basket]:
    return [
        Basket(f"#{at}", customer, DAY + timedelta(days), frozenset(products))
        for at, (customer, days, products) in enumerate(rows)
    ]


def market() -> Purchases:
    return Purchases(orders([(f"customer {at}", 0, basket) for at, basket in enumerate(BASKETS)]))


def test_the_market_basket_of_the_textbook() -> None:
    purchases = market()
    assert purchases.bought_together("beer") == [Companion("diapers", 3, 1.0, pytest.approx(1.25))]
    assert purchases.bought_together("diapers") == [Companion("beer", 3, 0.75, pytest.approx(1.25))]
    # Bread and milk are in three baskets together, but that is less than chance: 3/4 against 4/5.
    assert purchases.bought_together("bread") == []
    assert purchases.bought_together("milk", fewest=2) == [Companion("cola", 2, 0.5, pytest.approx(1.25))]
    assert purchases.bought_together("nothing") == []


def test_similar_products_have_the_same_buyers() -> None:
    """Beer has three buyers and diapers four, three of them the same: 3 / √12."""
    similar = market().similar("beer")
    assert similar == [("diapers", pytest.approx(3 / math.sqrt(12)))]
    several = Purchases(orders([(name, at, {product}) for name in "ABC" for at, product in enumerate(("mug", "cup"))]))
    assert several.similar("mug") == [("cup", 1.0)]  # in orders of their own, by the same customers
    assert several.bought_together("mug") == []


def test_the_next_purchase_is_what_those_with_the_same_products_have() -> None:
    rows: list[tuple[str | None, int, set[str]]] = [(f"{at}", 0, {"tea", "pot"}) for at in range(6)]
    rows += [(f"popular {at}", 0, {"gift card"}) for at in range(9)]
    rows.append(("asking", 0, {"tea"}))
    purchases = Purchases(orders(rows))
    suggestions = purchases.next_for("asking", 2)
    assert [(one.product, one.because) for one in suggestions] == [("pot", ("tea",)), ("gift card", ())]
    assert [one.product for one in purchases.next_for("nobody", 2)] == ["gift card", "tea"]
    with pytest.raises(KeyError):
        purchases.next_for("asking", method="magic")


def test_a_huge_order_is_counted_but_pairs_nothing() -> None:
    huge = {f"product {at}" for at in range(10_000)}
    purchases = Purchases(orders([("A", 0, huge), ("B", 0, {"mug", "cup"})]))
    assert (purchases.orders.too_large, purchases.customers.too_large) == (1, 1)
    assert purchases.orders.single["product 1"] == 1
    assert "product 1" not in purchases.orders.pairs
    assert purchases.bought_together("mug", fewest=1)[0].product == "cup"


@given(histories, st.randoms())
def test_counts_do_not_depend_on_the_order_of_orders(
    rows: list[tuple[str | None, int, set[str]]], rng: random.Random
) -> None:
    known = orders(rows)
    purchases = Purchases(known)
    shuffled = list(known)
    rng.shuffle(shuffled)
    other = Purchases(shuffled)
    products = sorted(purchases.orders.single)
    for product in products:
        together = purchases.bought_together(product, fewest=1)
        assert together == other.bought_together(product, fewest=1)
        for one in together:
            both = sum({product, one.product} <= order.products for order in known)
            with_first = sum(product in order.products for order in known)
            with_second = sum(one.product in order.products for order in known)
            assert (one.together, one.confidence) == (both, both / with_first)
            assert one.lift == pytest.approx(both * len(known) / with_first / with_second)
        for name, cosine in purchases.similar(product, fewest=1):
            assert 0 < cosine <= 1 + 1e-9
            assert dict(purchases.similar(name, 99, fewest=1))[product] == pytest.approx(cosine)
    for customer in (*purchases.history, "stranger"):
        for method in METHODS:
            suggested = [one.product for one in purchases.next_for(customer, 3, method=method)]
            assert len(set(suggested)) == len(suggested) <= 3
            assert not set(suggested) & set(purchases.history.get(customer, ()))
            new = [one for one in products if one not in purchases.history.get(customer, ())]
            assert len(suggested) == min(3, len(new))


def test_hit_rates_hold_out_the_last_order() -> None:
    """Of those who bought a pot after their tea, the last order is hidden; the others show that pots follow."""
    rows: list[tuple[str | None, int, set[str]]] = [(f"model {at}", 0, {"tea", "pot"}) for at in range(10)]
    rows += [(f"popular {at}", 0, {"gift card"}) for at in range(30)]
    for at in range(4):
        rows += [(f"asked {at}", 9, {"pot"}), (f"asked {at}", 1, {"tea"})]
    rows += [("twice the same", 0, {"tea"}), ("twice the same", 5, {"tea"})]
    rows += [("only one who has it", 0, {"tea"}), ("only one who has it", 5, {"odd"})]
    rates = {one.method: one for one in hit_rates(orders(rows), limit=1)}
    assert set(rates) == set(METHODS)
    assert (rates["popular"].customers, rates["popular"].hits, rates["popular"].rate) == (4, 0, 0.0)
    assert rates[DEFAULT_METHOD].rate == 1.0
    assert rates[DEFAULT_METHOD].lift is None  # of nothing there is no multiple
    assert hit_rates([]) != []
    assert all(one.rate is None for one in hit_rates([]))


def test_the_default_method_beats_the_most_popular_products() -> None:
    rng = random.Random(5)  # noqa: S311
    rows: list[tuple[str | None, int, set[str]]] = []
    for customer in range(400):
        taste = rng.randrange(8)
        for day in range(3):
            rows.append(
                (f"{customer}", day, {f"{taste} {rng.randrange(10)}", f"{rng.randrange(8)} {rng.randrange(10)}"})
            )
    rates = {one.method: one for one in hit_rates(orders(rows))}
    lift = rates[DEFAULT_METHOD].lift
    assert lift is not None
    assert lift > 2


def buys(customer: str, product: str, *days: int) -> list[Basket]:
    return orders([(customer, day, {product}) for day in days])


def test_a_reminder_comes_after_the_median_interval_of_the_customer() -> None:
    today = DAY + timedelta(100)
    [reminder] = reminders(buys("A", "coffee", 0, 28, 60, 70), today)
    assert (reminder.interval, reminder.basis, reminder.intervals, reminder.spread) == (28, "customer", 3, 4.0)
    assert (reminder.last_order, reminder.due) == (DAY + timedelta(70), DAY + timedelta(98))
    assert reminders(buys("A", "coffee", 0, 28, 60, 70), DAY + timedelta(90)) == []
    assert len(reminders(buys("A", "coffee", 0, 28, 60, 70), DAY + timedelta(91))) == 1
    assert len(reminders(buys("A", "coffee", 0, 28, 60, 70), DAY + timedelta(126))) == 1
    assert reminders(buys("A", "coffee", 0, 28, 60, 70), DAY + timedelta(127)) == []


def test_who_ordered_once_is_reminded_by_the_interval_of_all() -> None:
    several = [one for at in range(10) for one in buys(f"other {at}", "coffee", 0, 30)]
    once = buys("A", "coffee", 40)
    [reminder] = [one for one in reminders([*several, *once], DAY + timedelta(70)) if one.customer == "A"]
    assert (reminder.interval, reminder.basis, reminder.intervals) == (30, "product", 10)
    assert [one for one in reminders([*several[2:], *once], DAY + timedelta(70)) if one.customer == "A"] == []


def test_guests_the_future_and_the_same_day_remind_nobody() -> None:
    today = DAY + timedelta(60)
    guest = [Basket("#1", None, DAY + timedelta(at), frozenset({"coffee"})) for at in (0, 20, 40)]
    assert reminders(guest, today) == []
    twice_a_day = [*buys("A", "coffee", 0, 20, 40), *buys("A", "coffee", 40), *buys("A", "coffee", 90)]
    assert reminders(twice_a_day, today) == reminders(buys("A", "coffee", 0, 20, 40), today)
    with pytest.raises(ValueError, match="negative"):
        reminders([], today, ahead=-1)


def test_ten_times_the_orders_take_ten_times_the_work() -> None:
    def work(number: int) -> None:
        known = [
            Basket(str(at), f"{at % (number // 5)}", DAY + timedelta(at % 90), frozenset({f"{at % 97}", f"{at % 89}"}))
            for at in range(number)
        ]
        Purchases(known)
        reminders(known, DAY + timedelta(90))

    assert lines_of(lambda: work(20_000)) == pytest.approx(10 * lines_of(lambda: work(2000)), rel=0.25)
