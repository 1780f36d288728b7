"""Classes of customers by how recently, how often and for how much they bought (RFM)."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TypeVar

__all__ = ["CLASSES", "CustomerClass", "Order", "Rfm", "Scored", "class_of", "notes_of", "score", "scored"]

Value = TypeVar("Value", int, Decimal)
Order = tuple[str, date, Decimal]  # customer, day of the order, net amount

FEWEST_CUSTOMERS = 5
FEW_CUSTOMERS = 25  # below it a fifth is fewer than five customers


@dataclass(frozen=True, slots=True)
class CustomerClass:
    """A class: the recency scores and the value scores that it holds, both included.

    The value score is the mean of the scores of frequency and monetary, rounded up from a half. `repeat` classes hold
    customers with at least two orders, the others those with one.
    """

    key: str
    title: str
    recency: tuple[int, int]
    value: tuple[int, int]
    repeat: bool
    meaning: str


CLASSES = (
    CustomerClass("champions", "Champions", (5, 5), (4, 5), True, "bought recently, often and for much"),
    CustomerClass("loyal", "Loyal", (3, 4), (4, 5), True, "buy often and for much"),
    CustomerClass("potential_loyalists", "Potential loyalists", (4, 5), (1, 3), True, "came back recently"),
    CustomerClass("needs_attention", "Need attention", (3, 3), (3, 3), True, "average in all, not seen for a while"),
    CustomerClass("about_to_sleep", "About to sleep", (3, 3), (1, 2), True, "bought little, and not recently"),
    CustomerClass("cannot_lose", "Can't lose", (1, 1), (4, 5), True, "bought often and for much, long ago"),
    CustomerClass("at_risk", "At risk", (2, 2), (3, 5), True, "bought well, but not recently"),
    CustomerClass("hibernating", "Hibernating", (1, 2), (1, 3), True, "bought little, long ago"),
    CustomerClass("new", "New customers", (5, 5), (1, 5), False, "placed their first order recently"),
    CustomerClass("promising", "Promising", (4, 4), (1, 5), False, "placed their first order not long ago"),
    CustomerClass("one_time", "One-time buyers", (2, 3), (1, 5), False, "ordered once, and not recently"),
    CustomerClass("lost", "Lost", (1, 1), (1, 5), False, "ordered once, long ago"),
)


@dataclass(frozen=True, slots=True)
class Scored:
    """One customer: the values, their scores from 1 to 5, the class, and why it is this one.

    `recency` is in days; `frequency` counts orders that were not paid back in full; `monetary` is the sum of net
    amounts.
    """

    customer: str
    last_order: date
    recency: int
    frequency: int
    monetary: Decimal
    scores: tuple[int, int, int]
    key: str
    explanation: str


@dataclass(frozen=True, slots=True)
class Rfm:
    """All customers with a class, the thresholds, and what was left out.

    `thresholds` has by dimension, for each score from 1 to 5, the value with which it begins, or `None` where nobody
    has the score: the most days for `recency`, the fewest orders and the smallest amount for the others.
    """

    customers: tuple[Scored, ...]
    thresholds: Mapping[str, tuple[int | Decimal | None, ...]]
    counts: Mapping[str, int]
    without_kept_order: int
    notes: tuple[str, ...]


def score(orders: Iterable[Order], today: date) -> Rfm:
    """Score the customers of one store by their orders, whose amounts are in one currency.

    A score is 1 and one more for each full fifth of the customers that have a worse value; equal values have equal
    scores. An order with a net amount of zero or less (paid back in full) counts in the sum only. Days after today
    count as today. With fewer than five customers there are no classes.
    """
    last: dict[str, date] = {}
    counts: dict[str, int] = {}
    sums: dict[str, Decimal] = {}
    for customer, day, amount in orders:
        sums[customer] = sums.get(customer, Decimal(0)) + amount
        if amount > 0:
            counts[customer] = counts.get(customer, 0) + 1
            last[customer] = max(last.get(customer, day), day)
    names = sorted(counts)
    left_out = len(sums) - len(names)
    if len(names) < FEWEST_CUSTOMERS:
        return Rfm((), {}, {}, left_out, notes_of(len(names), ()))
    recency = [max((today - last[name]).days, 0) for name in names]
    frequency = [counts[name] for name in names]
    monetary = [sums[name] for name in names]
    scores = (_scores([-days for days in recency]), _scores(frequency), _scores(monetary))
    customers = tuple(
        scored(name, last[name], days, count, amount, (r, f, m))
        for name, days, count, amount, r, f, m in zip(names, recency, frequency, monetary, *scores, strict=True)
    )
    members = Counter(customer.key for customer in customers)
    sizes = {group.key: members[group.key] for group in CLASSES}
    thresholds: dict[str, tuple[int | Decimal | None, ...]] = {
        "recency": tuple(None if days is None else -days for days in _beginnings([-d for d in recency], scores[0])),
        "frequency": _beginnings(frequency, scores[1]),
        "monetary": _beginnings(monetary, scores[2]),
    }
    return Rfm(customers, thresholds, sizes, left_out, notes_of(len(names), thresholds["frequency"]))


def _scores(values: Sequence[Value]) -> list[int]:
    ranked = sorted(values)
    return [1 + 5 * bisect_left(ranked, value) // len(ranked) for value in values]


def _beginnings(values: Sequence[Value], scores: Sequence[int]) -> tuple[Value | None, ...]:
    """Return the smallest value of each score from 1 to 5, None where nobody has it."""
    smallest: dict[int, Value] = {}
    for value, score_ in zip(values, scores, strict=True):
        smallest[score_] = min(smallest.get(score_, value), value)
    return tuple(smallest.get(score_) for score_ in range(1, 6))


def class_of(scores: tuple[int, int, int], frequency: int) -> CustomerClass:
    """Return the class of three scores and a number of orders: the first of `CLASSES` that fits."""
    recency, value = scores[0], (scores[1] + scores[2] + 1) // 2
    return next(
        group
        for group in CLASSES
        if group.repeat == (frequency > 1)
        and group.recency[0] <= recency <= group.recency[1]
        and group.value[0] <= value <= group.value[1]
    )


def scored(
    name: str, last: date, recency: int, frequency: int, monetary: Decimal, scores: tuple[int, int, int]
) -> Scored:
    """Return a customer with these values and scores, with the class and the sentence that explains it."""
    group = class_of(scores, frequency)
    orders = "1 order" if frequency == 1 else f"{frequency} orders"
    days = "today" if not recency else "yesterday" if recency == 1 else f"{recency} days ago"
    explanation = (
        f"{group.title}: {group.meaning}. Last order {days} (score {scores[0]}), {orders} (score {scores[1]}), "
        f"{monetary} in all (score {scores[2]})."
    )
    return Scored(name, last, recency, frequency, monetary, scores, group.key, explanation)


def notes_of(customers: int, frequencies: Sequence[int | Decimal | None]) -> tuple[str, ...]:
    """Return what people should know of classes; `frequencies` are where the scores of frequency begin."""
    if customers < FEWEST_CUSTOMERS:
        return (f"{customers} customers have an order: classes need at least {FEWEST_CUSTOMERS}.",)
    notes = []
    if customers < FEW_CUSTOMERS:
        notes.append(f"With {customers} customers a fifth is fewer than five of them: single orders move the classes.")
    if sum(value is not None for value in frequencies) == 1:
        notes.append("All customers have the same number of orders, so frequency tells none of them apart.")
    return tuple(notes)
