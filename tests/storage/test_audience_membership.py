"""Who is in an audience: the database finds whom a reader of the same customers, orders and rules finds by hand."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mirrored import Books, Sold, as_json, gid, sold
from storage_helpers import MovableClock, grant

from atom_shopify_plugin.analytics import rfm
from atom_shopify_plugin.analytics.audience_rules import ATTRIBUTES
from atom_shopify_plugin.analytics.audiences import Membership, explain, rfm_customers
from atom_shopify_plugin.analytics.audiences import rfm as classes
from atom_shopify_plugin.analytics.view import View
from atom_shopify_plugin.hookspecs import Principal
from atom_shopify_plugin.storage import Storage
from atom_shopify_plugin.storage.insight.audiences import Audience

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2025, 12, 31, 22, 30, tzinfo=UTC)
TODAY = date(2025, 12, 31)
DAYS = ["2024-02-29", "2025-03-29", "2025-03-30", "2025-10-25", "2025-10-26", "2025-12-31", "2026-01-01"]
POOLS: dict[str, list[str]] = {
    "country": ["DE", "fr", "JP"],
    "locale": ["de", "en-GB"],
    "state": ["ENABLED", "disabled"],
    "email_consent": ["SUBSCRIBED", "NOT_SUBSCRIBED"],
    "sms_consent": ["SUBSCRIBED", "PENDING"],
    "tags": ["vip", "ÜNTER", "no such"],
    "orders": ["0", "1", "2", "3"],
    "spent": ["0", "10", "10.01"],
    "kept_orders": ["0", "1", "2"],
    "net_sales": ["-1", "0", "50", "120.5"],
    "average_order_value": ["0", "25", "60.37"],
    "days_since_first_order": ["0", "67", "276", "671"],
    "days_since_last_order": ["0", "67", "276", "671"],
    "rfm_class": ["champions", "Can't lose", "one_time", "lost", "hibernating"],
    "recency_score": ["1", "3", "5"],
    "frequency_score": ["1", "3", "5"],
    "monetary_score": ["1", "3", "5"],
    "products": ["1", "gid://shopify/Product/2", "9"],
    "skus": ["nothing"],
    "discount_codes": ["summer", "Ünter"],
}  # fmt: skip


@dataclass(frozen=True)
class Person:
    number: int
    country: str
    locale: str
    state: str
    email_consent: str
    sms_consent: str
    tags: tuple[str, ...]
    orders: int
    spent: Decimal
    currency: str
    added: datetime

    def as_json(self) -> dict[str, Any]:
        return {
            "id": gid("Customer", self.number),
            "created_at": self.added.isoformat(),
            "updated_at": NOW.isoformat(),
            "state": self.state,
            "locale": self.locale,
            "tags": list(self.tags),
            "default_address": {"country_code_v2": self.country} if self.country else None,
            "default_email_address": {"marketing_state": self.email_consent} if self.email_consent else None,
            "default_phone_number": {"sms_marketing_consent": self.sms_consent and {"state": self.sms_consent}},
            "number_of_orders": str(self.orders),
            "amount_spent": {"amount": str(self.spent), "currency_code": self.currency},
        }  # fmt: skip


people = st.builds(
    Person,
    number=st.just(0),
    country=st.sampled_from(["", "DE", "FR"]),
    locale=st.sampled_from(["", "de", "en-GB"]),
    state=st.sampled_from(["ENABLED", "DISABLED"]),
    email_consent=st.sampled_from(["", "SUBSCRIBED", "NOT_SUBSCRIBED"]),
    sms_consent=st.sampled_from(["", "SUBSCRIBED"]),
    tags=st.sets(st.sampled_from(["VIP", "Vip", "ünter", "gift"]), max_size=3).map(lambda tags: tuple(sorted(tags))),
    orders=st.integers(0, 3),
    spent=st.sampled_from([Decimal(0), Decimal(10), Decimal("10.01")]),
    currency=st.sampled_from(["EUR", "EUR", "USD"]),
    added=st.sampled_from(
        [datetime(2025, 3, 29, 22, 59, 59, tzinfo=UTC), datetime(2025, 3, 29, 23, tzinfo=UTC), NOW - timedelta(9)]
    ),
)


@st.composite
def stores(draw: st.DrawFn) -> tuple[list[Person], list[Sold]]:
    """Draw up to nine customers and up to fourteen orders, of which some are a guest's or a deleted customer's."""
    count = draw(st.sampled_from([0, 3, 9]))
    there = [replace(draw(people), number=number) for number in range(1, count + 1)]
    orders = [
        replace(draw(sold(number)), customer=draw(st.sampled_from([None, *range(1, 11)])))
        for number in range(1, draw(st.sampled_from([0, 5, 14])) + 1)
    ]
    return there, orders


@st.composite
def rules(draw: st.DrawFn) -> dict[str, Any]:
    attribute = ATTRIBUTES[draw(st.sampled_from(sorted(ATTRIBUTES)))]
    operator = draw(st.sampled_from(attribute.operators))
    rule: dict[str, Any] = {"attribute": attribute.key, "operator": operator}
    pool = POOLS.get(attribute.key, DAYS)
    if operator == "known":
        return rule | draw(st.sampled_from([{}, {"value": "false"}, {"value": "true"}]))
    if operator in ("is", "is_not", "has", "has_not") and draw(st.booleans()):
        return rule | {"values": draw(st.lists(st.sampled_from(pool), min_size=1, max_size=3))}
    return rule | {"value": draw(st.sampled_from(pool))}


class Oracle:
    """Reads customers and orders, and judges a rule by what docs/audiences.md says of it."""

    def __init__(self, there: list[Person], orders: list[Sold]) -> None:
        books = Books(orders, BERLIN)
        numbers = {person.number for person in there}
        self.orders = [order for order in orders if order.customer in numbers]
        self.rows = [
            (str(order.customer), order.at.astimezone(BERLIN).date(), books.net(order))
            for order in self.orders
            if order.counted
        ]
        self.rfm = rfm.score(self.rows, TODAY)
        self.scored = {int(one.customer): one for one in self.rfm.customers}

    def known(self, person: Person, attribute: str) -> Any:
        mine = [(min(day, TODAY), net) for customer, day, net in self.rows if customer == str(person.number)]
        days, nets = [day for day, net in mine if net > 0], [net for _, net in mine]
        scored = self.scored.get(person.number)
        bought = [order for order in self.orders if order.customer == person.number and order.valid]
        found: dict[str, Any] = {
            "tags": [tag.casefold() for tag in person.tags],
            "customer_since": person.added.astimezone(BERLIN).date(),
            "spent": person.spent if person.currency == "EUR" else None,
            "kept_orders": len(days),
            "net_sales": sum(nets, Decimal(0)),
            "average_order_value": sum(nets, Decimal(0)) / len(days) if days else None,
            "first_order": min(days, default=None),
            "last_order": max(days, default=None),
            "days_since_first_order": (TODAY - min(days)).days if days else None,
            "days_since_last_order": (TODAY - max(days)).days if days else None,
            "rfm_class": scored and scored.key,
            "recency_score": scored and scored.scores[0],
            "frequency_score": scored and scored.scores[1],
            "monetary_score": scored and scored.scores[2],
            "products": [str(line.product) for order in bought for line in order.lines if line.product],
            "skus": [],
            "discount_codes": [code.casefold() for order in bought for code in order.codes],
        }
        if attribute in found:
            return found[attribute]
        value = getattr(person, attribute)
        return None if value == "" else value

    def holds(self, person: Person, rule: dict[str, Any]) -> bool:
        known, operator = self.known(person, rule["attribute"]), rule["operator"]
        if operator == "known":
            return (known is not None) == (rule.get("value", "true") == "true")
        wanted = [self.read(rule["attribute"], text) for text in rule.get("values") or [rule["value"]]]
        if operator in ("has", "has_not"):
            return bool(set(wanted) & set(known)) == (operator == "has")
        if operator in ("is", "is_not"):
            return (known in wanted) == (operator == "is")
        if known is None:
            return False
        (value,) = wanted
        return bool(
            {
                "at_least": known >= value, "at_most": known <= value, "more_than": known > value,
                "less_than": known < value, "since": known >= value, "until": known <= value,
            }[operator]
        )  # fmt: skip

    def told(self, person: Person, attribute: str) -> str | None:
        """Return what is known as an explanation tells it, None where that is left to other tests."""
        known = self.known(person, attribute)
        if known is None or attribute in ("tags", "products", "skus", "discount_codes", "rfm_class"):
            return None
        return f"{known.quantize(Decimal('0.01'), ROUND_HALF_UP)}" if isinstance(known, Decimal) else str(known)

    @staticmethod
    def read(attribute: str, text: str) -> Any:
        if attribute == "rfm_class":
            return {"Can't lose": "cannot_lose"}.get(text, text)
        if attribute in ("country", "state", "email_consent", "sms_consent"):
            return text.upper()
        if attribute in ("tags", "discount_codes"):
            return text.casefold()
        if attribute == "products":
            return text.rpartition("/")[2]
        if attribute in ("spent", "net_sales", "average_order_value"):
            return Decimal(text)
        if attribute in ("first_order", "last_order", "customer_since"):
            return date.fromisoformat(text)
        return int(text) if text.isdecimal() else text


def shown(storage: Storage, ada: Principal, clock: MovableClock, there: list[Person], orders: list[Sold]) -> Any:
    """Copy customers and orders, and return what makes a view of them in a session."""
    clock.moment = NOW
    store = storage.installations.grant(grant(), ada)
    storage.mirrors.drop(store.id)

    def put(session: Any) -> Any:
        mirror = storage.mirrors.lock(session, store)
        storage.mirrored_orders.put(session, mirror, [as_json(order) for order in orders], BERLIN, rollups=True)
        storage.mirrored_customers.put(session, mirror, [person.as_json() for person in there])
        return mirror

    mirror = storage.write(put)
    return lambda session: View(storage, store, session, mirror, NOW, None, BERLIN)


quiet = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large]


questions = st.tuples(st.lists(rules(), min_size=1, max_size=3), st.sampled_from(["all", "any"]))


@settings(max_examples=12, suppress_health_check=quiet, deadline=None)
@given(store=stores(), asked=st.lists(questions, min_size=4, max_size=8))
def test_the_members_are_those_that_the_rules_describe(
    storage: Storage,
    ada: Principal,
    clock: MovableClock,
    store: tuple[list[Person], list[Sold]],
    asked: list[tuple[list[dict[str, Any]], str]],
) -> None:
    there, orders = store
    oracle = Oracle(there, orders)
    view_in = shown(storage, ada, clock, there, orders)
    with storage.read() as session:
        view = view_in(session)
        for some, match in asked:
            judged = {person.number: [oracle.holds(person, rule) for rule in some] for person in there}
            expected = [number for number, held in judged.items() if (all if match == "all" else any)(held)]
            membership = Membership(view, match, some)
            assert membership.all(100) == expected
            assert membership.count() == len(expected)
            assert membership.page(expected[0] if expected else 0, 2) == expected[1:3]
            audience = Audience("a" * 32, "Some", match, tuple(some), "", False, None, None, NOW, NOW)
            for person in there:
                answer = explain(view, audience, gid("Customer", person.number))
                assert [rule["held"] for rule in answer["rules"]] == judged[person.number]
                assert answer["member"] == (person.number in expected)
                assert [rule["actual"] for rule in answer["rules"]] == [
                    oracle.told(person, rule["attribute"]) or rule["actual"] for rule in answer["rules"]
                ]


@settings(max_examples=12, suppress_health_check=quiet, deadline=None)
@given(store=stores())
def test_classes_are_those_of_the_pure_calculation(
    storage: Storage, ada: Principal, clock: MovableClock, store: tuple[list[Person], list[Sold]]
) -> None:
    there, orders = store
    expected = Oracle(there, orders).rfm
    view_in = shown(storage, ada, clock, there, orders)
    with storage.read() as session:
        view = view_in(session)
        answer = classes(view)
        assert {one["rfm_class"]: one["customers"] for one in answer["classes"]} == dict(expected.counts)
        assert tuple(answer["notes"]) == expected.notes
        assert answer["without_kept_order"] == expected.without_kept_order
        if expected.customers:
            assert tuple(answer["thresholds"]["orders"]) == expected.thresholds["frequency"]
            assert tuple(answer["thresholds"]["recency_days"]) == expected.thresholds["recency"]
            net = [None if one is None else Decimal(one) for one in answer["thresholds"]["net_sales"]]
            assert tuple(net) == expected.thresholds["monetary"]
        listed, after = [], None
        for _ in range(20):
            page, after = rfm_customers(view, {}, 2, after)
            listed += page
            if after is None:
                break
        worthiest = sorted(expected.customers, key=lambda one: (-one.monetary, int(one.customer)))
        assert [(one["legacy_id"], one["rfm_class"]) for one in listed] == [(o.customer, o.key) for o in worthiest]
        for one, other in zip(listed, worthiest, strict=True):
            assert (one["recency_score"], one["frequency_score"], one["monetary_score"]) == other.scores
            assert Decimal(one["net_sales"]) == other.monetary
            assert one["last_order"] == min(other.last_order, TODAY).isoformat()
