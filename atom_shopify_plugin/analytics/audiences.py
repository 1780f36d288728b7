"""Who a store's customers are: classes by how they buy, and who is in an audience, and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from atom_shopify_plugin.analytics.audience_rules import ATTRIBUTES, CELLS, conditions_of, said
from atom_shopify_plugin.analytics.rfm import CLASSES, CustomerClass, class_of, notes_of, scored
from atom_shopify_plugin.analytics.shown import percent
from atom_shopify_plugin.analytics.view import View
from atom_shopify_plugin.errors import NotFound
from atom_shopify_plugin.shopify.ids import gid, parse_gid
from atom_shopify_plugin.shopify.money import digits
from atom_shopify_plugin.shopify.sales import amount_text
from atom_shopify_plugin.storage.insight.amounts import decimal_of, stored
from atom_shopify_plugin.storage.insight.audience_facts import Buyer, Group
from atom_shopify_plugin.storage.insight.audience_scale import Scale
from atom_shopify_plugin.storage.insight.audience_terms import OF_ORDERS, Condition, Terms
from atom_shopify_plugin.storage.insight.audiences import Audience

__all__ = ["Membership", "explain", "rfm", "rfm_customers"]

Json = dict[str, Any]
DEFINED = "customers"
_SCORED = frozenset({"rfm_class", "recency_score", "frequency_score", "monetary_score"})


def rfm(view: View) -> Json:
    """Return how many customers are in which class, what their orders are worth, and where the scores begin."""
    facts = view.storage.audience_facts
    scale = facts.scale(view.session, view.mirror, view.today)
    groups = facts.groups(view.session, view.mirror, scale)
    populace = facts.populace(view.session, view.mirror)
    net = sum((group.net for group in groups), Decimal(0))
    by_class: dict[str, list[Group]] = {}
    for group in groups:
        by_class.setdefault(class_of(group.scores, 2 if group.repeat else 1).key, []).append(group)
    return {
        **view.about_all(DEFINED),
        "customers": populace.scored,
        "without_kept_order": populace.with_orders - populace.scored,
        "without_order": populace.customers - populace.with_orders,
        "net_sales": amount_text(net, view.currency),
        "classes": [_class(one, by_class.get(one.key, []), populace.scored, net, view.currency) for one in CLASSES]
        if scale.has_classes
        else [],
        "thresholds": _thresholds(scale, view.currency) if scale.has_classes else None,
        "notes": list(notes_of(populace.scored, scale.frequency)),
    }


def _class(one: CustomerClass, groups: Sequence[Group], everybody: int, whole: Decimal, currency: str) -> Json:
    customers, orders = sum(group.customers for group in groups), sum(group.orders for group in groups)
    net = sum((group.net for group in groups), Decimal(0))
    return {
        "rfm_class": one.key,
        "title": one.title,
        "meaning": one.meaning,
        "recency_scores": list(range(one.recency[0], one.recency[1] + 1)),
        "value_scores": list(range(one.value[0], one.value[1] + 1)),
        "repeat": one.repeat,
        "customers": customers,
        "customers_percent": percent(customers, everybody),
        "orders": orders,
        "net_sales": amount_text(net, currency),
        "net_sales_percent": percent(net, whole),
        "net_sales_per_customer": None if not customers else _average(net, customers, currency),
    }


def _thresholds(scale: Scale, currency: str) -> Json:
    return {
        "recency_days": [None if day is None else scale.today - day for day in scale.recency],
        "orders": list(scale.frequency),
        "net_sales": [None if one is None else amount_text(decimal_of(one), currency) for one in scale.monetary],
    }


def rfm_customers(view: View, given: Mapping[str, Any], limit: int, after: str | None) -> tuple[list[Json], str | None]:
    """Return a page of customers with their class and why, the worthiest first, and behind whom the next one begins."""
    facts = view.storage.audience_facts
    scale = facts.scale(view.session, view.mirror, view.today)
    rows = facts.buyers(
        view.session,
        view.mirror,
        scale,
        cells=CELLS[given["rfm_class"]] if "rfm_class" in given else None,
        after=None if after is None else _place(after),
        limit=limit + 1,
    )
    shown = [_buyer(view, row) for row in rows[:limit]]
    last = rows[limit - 1] if len(rows) > limit else None
    return shown, None if last is None else f"{stored(last.net)}:{last.customer}"


def _place(after: str) -> tuple[int, int]:
    net, _, customer = after.partition(":")
    return int(net), int(customer)


def _buyer(view: View, row: Buyer) -> Json:
    days = max((view.today - row.last_order).days, 0)
    net = amount_text(row.net, view.currency)
    one = scored(str(row.customer), row.last_order, days, row.frequency, Decimal(net), row.scores)
    return {
        "id": gid("Customer", row.customer),
        "legacy_id": str(row.customer),
        "rfm_class": one.key,
        "recency_score": row.scores[0],
        "frequency_score": row.scores[1],
        "monetary_score": row.scores[2],
        "last_order": row.last_order.isoformat(),
        "days_since_last_order": days,
        "orders": row.frequency,
        "net_sales": net,
        "explanation": one.explanation,
    }


class Membership:
    """Who is in an audience, by the copy as it is."""

    def __init__(self, view: View, match: str, rules: Sequence[Mapping[str, Any]]) -> None:
        self._view = view
        self._match = match
        self.conditions: list[Condition] = conditions_of(rules, view.zone)
        facts = view.storage.audience_facts
        scores = any(one.attribute in _SCORED for one in self.conditions)
        scale = facts.scale(view.session, view.mirror, view.today) if scores else None
        self.terms = Terms(view.mirror, view.today.toordinal(), scale)

    @property
    def complete(self) -> bool:
        """Whether everything is known that the rules ask: older orders may be missing."""
        return self._view.known_since is None or not any(one.attribute in OF_ORDERS for one in self.conditions)

    def count(self) -> int:
        return self._view.storage.audience_facts.count(self._view.session, self.terms, self.conditions, self._match)

    def page(self, after: int, limit: int) -> list[int]:
        """Return the next members above an id."""
        facts, place = self._view.storage.audience_facts, (self._view.session, self.terms)
        return facts.members(*place, self.conditions, self._match, after=after, limit=limit)

    def all(self, most: int) -> list[int]:
        """Return all members, at most so many and one."""
        found: list[int] = []
        while len(found) <= most:
            some = self.page(found[-1] if found else 0, min(5_000, most + 1 - len(found)))
            found += some
            if not some:
                break
        return found

    def judge(self, customer: int) -> tuple[list[tuple[Any, bool]], bool] | None:
        """Return what is known of a customer for each rule and whether it holds, and whether the customer is in."""
        facts, place = self._view.storage.audience_facts, (self._view.session, self.terms)
        return facts.judged(*place, self.conditions, self._match, customer)


def explain(view: View, audience: Audience, customer_id: str) -> Json:
    """Return for each rule of an audience what is known of a customer and whether it holds; raise `NotFound`."""
    membership = Membership(view, audience.match, audience.rules)
    number = parse_gid(customer_id).number
    judged = membership.judge(int(number))
    if judged is None:
        raise NotFound(
            f"The copy of {view.store.shop} has no customer {number}. A new one is copied within minutes.",
            details={"customer_id": customer_id},
        )
    rules = [
        _rule(view, rule, condition, known, held)
        for rule, condition, (known, held) in zip(audience.rules, membership.conditions, judged[0], strict=True)
    ]
    return {
        "audience": {"id": audience.id, "name": audience.name, "match": audience.match},
        "id": customer_id,
        "legacy_id": number,
        "member": judged[1],
        "rules": rules,
        "explanation": _verdict(audience, rules, judged[1]),
        "as_of": f"{view.as_of:%Y-%m-%dT%H:%M:%SZ}",
        "complete": membership.complete,
    }


def _verdict(audience: Audience, rules: Sequence[Json], member: bool) -> str:
    counted = [rule["text"] for rule in rules if rule["held"] == member]
    every = "all rules are met" if audience.match == "all" else "a rule is met"
    if member:
        return f"The customer is in “{audience.name}”, because {every}: {'; '.join(counted)}."
    reason = "not all rules are met" if audience.match == "all" else "no rule is met"
    return f"The customer is not in “{audience.name}”, because {reason}: {'; '.join(counted)}."


def _rule(view: View, rule: Mapping[str, Any], condition: Condition, known: Any, held: bool) -> Json:
    actual = _shown(view, condition, known)
    there = ", ".join(actual) if isinstance(actual, list) else actual
    return {
        "attribute": rule["attribute"],
        "operator": rule["operator"],
        "value": rule.get("value"),
        "values": rule.get("values", []),
        "actual": there or None,
        "held": held,
        "text": f"{said(rule)} ({'it is met' if held else 'it is not met'}; known: {there or 'nothing'})",
    }


def _shown(view: View, condition: Condition, known: Any) -> Any:
    """Return what is known as people read it: amounts, days, products and classes."""
    kind = ATTRIBUTES[condition.attribute].kind
    if known is None:
        return None
    if condition.is_list:
        return [gid("Product", one) if kind == "product" else one for one in known]
    if kind == "class":
        recency, rest = divmod(int(known), 100)
        value, repeat = divmod(rest, 10)
        return class_of((recency, value, value), repeat + 1).title
    if condition.attribute == "average_order_value":
        net, count = known if isinstance(known, tuple) else (known, 0)
        return _average(decimal_of(net), count, view.currency) if count else None
    if kind == "money":
        return amount_text(decimal_of(known), view.currency)
    if kind == "day":
        return date.fromordinal(int(known)).isoformat()
    if isinstance(known, datetime):
        return known.astimezone(view.zone).date().isoformat()
    return str(known)


def _average(amount: Decimal, count: int, currency: str) -> str:
    unit = Decimal(1).scaleb(-digits(currency))
    return amount_text((amount / count).quantize(unit, ROUND_HALF_UP), currency)
