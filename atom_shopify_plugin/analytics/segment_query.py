"""Rules of audiences in Shopify's language for segments, as far as it can say them.

The filters and their operators are those of Shopify's reference guide "Shopify-based customer segment filters". Where a
fact is not known of a customer, it fits no comparison there, as in audiences; ``is_not`` and ``has_not`` hold here, so
that they ask for ``IS NULL``, too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from atom_shopify_plugin.analytics.audience_rules import conditions_of, said
from atom_shopify_plugin.storage.insight.amounts import decimal_of
from atom_shopify_plugin.storage.insight.audience_terms import Condition

__all__ = ["LONGEST", "Translation", "translated"]

LONGEST = 5_000
"""Characters of a query."""
_FARTHEST = 36_500  # days
_MARKS = {"is": "=", "is_not": "!=", "at_least": ">=", "at_most": "<=", "more_than": ">", "less_than": "<",
          "since": ">=", "until": "<="}  # fmt: skip
_BACKWARDS = {">=": "<=", "<=": ">=", ">": "<", "<": ">"}
_ALL_ORDERS = "Shopify counts all orders of a customer, cancelled ones too; the audience counts those that were kept."

_ALL_ADDRESSES = "Shopify looks at all addresses of a customer, the audience at the default one."


class _Filter(NamedTuple):
    """A filter of Shopify's: its name, what it holds, and how its answer can differ from that of the audience."""

    name: str
    kind: str
    note: str | None = None


_FILTERS = {
    "country": _Filter("customer_countries", "list", _ALL_ADDRESSES),
    "locale": _Filter("customer_language", "text"),
    "state": _Filter("customer_account_status", "text"),
    "email_consent": _Filter("email_subscription_status", "text"),
    "sms_consent": _Filter("sms_subscription_status", "text"),
    "tags": _Filter("customer_tags", "list"),
    "customer_since": _Filter("customer_added_date", "moment"),
    "orders": _Filter("number_of_orders", "number"),
    "spent": _Filter("amount_spent", "money"),
    "first_order": _Filter("first_order_date", "day", _ALL_ORDERS),
    "last_order": _Filter("last_order_date", "day", _ALL_ORDERS),
    "days_since_first_order": _Filter("first_order_date", "ago", _ALL_ORDERS),
    "days_since_last_order": _Filter("last_order_date", "ago", _ALL_ORDERS),
    "products": _Filter("products_purchased", "product", _ALL_ORDERS),
}
_OWN_CLASSES = "the classes and scores of audiences are ATOM's own; Shopify's rfm_group has other thresholds"
_REFUSED = {
    "kept_orders": "Shopify has no filter for orders that were kept; orders counts all of them",
    "net_sales": "Shopify has no filter for net sales; spent is what Shopify counts",
    "average_order_value": "Shopify has no filter for this",
    "rfm_class": _OWN_CLASSES,
    "recency_score": _OWN_CLASSES,
    "frequency_score": _OWN_CLASSES,
    "monetary_score": _OWN_CLASSES,
    "skus": "Shopify has no filter for SKUs; products can be asked for",
    "discount_codes": "Shopify has no filter for discount codes",
}


@dataclass(frozen=True, slots=True)
class Translation:
    """A query with the same customers as some rules, None with `reasons` where Shopify can't say them.

    `notes` tell where Shopify means something slightly different.
    """

    query: str | None
    reasons: tuple[str, ...]
    notes: tuple[str, ...]


class _UnsaidError(Exception):
    pass


def translated(match: str, rules: Sequence[Mapping[str, Any]], zone: ZoneInfo) -> Translation:
    """Return rules, all or any of which have to hold, in Shopify's language; days are those of `zone`."""
    clauses, reasons, notes = [], [], []
    for rule, condition in zip(rules, conditions_of(rules, zone), strict=True):
        try:
            clauses.append(_clause(condition, zone))
        except _UnsaidError as unsaid:
            reasons.append(f"“{said(rule)}” can't be expressed: {unsaid}.")
        else:
            note = _FILTERS[condition.attribute].note
            notes += [note] if note is not None and note not in notes else []
    query = (" AND " if match == "all" else " OR ").join(clauses)
    if len(query) > LONGEST:
        reasons.append(f"The query has {len(query)} characters; Shopify takes {LONGEST}.")
    return Translation(None if reasons else query, tuple(reasons), tuple(notes))


def _clause(condition: Condition, zone: ZoneInfo) -> str:
    found = _FILTERS.get(condition.attribute)
    if found is None:
        raise _UnsaidError(_REFUSED[condition.attribute])
    name, kind, operator = found.name, found.kind, condition.operator
    if operator == "known":
        return f"{name} IS NULL" if condition.values else f"{name} IS NOT NULL"
    without = operator in ("is_not", "has_not")
    if kind == "list":
        mark = "NOT CONTAINS" if without else "CONTAINS"
        parts = [f"{name} {mark} {_quoted(value)}" for value in condition.values]
    elif kind == "product":
        held = "false" if without else "true"
        parts = [f"{name}(id: {value}) = {held}" for value in condition.values]
    else:
        mark = _MARKS[operator]
        if kind == "ago":
            mark = _BACKWARDS.get(mark, mark)
        parts = [f"{name} {mark} {_value(kind, operator, value, zone)}" for value in condition.values]
    joined = (" AND " if without else " OR ").join(parts)
    if without and kind in ("text", "ago"):
        joined = f"{name} IS NULL OR {f'({joined})' if len(parts) > 1 else joined}"
    elif len(parts) == 1:
        return joined
    return f"({joined})"


def _value(kind: str, operator: str, value: Any, zone: ZoneInfo) -> str:
    match kind:
        case "money":
            return f"{decimal_of(value).normalize():f}"
        case "number":
            return str(value)
        case "day":
            return date.fromordinal(value).isoformat()
        case "moment":
            day = value.astimezone(zone).date()
            return str(day if operator == "since" else day - timedelta(days=1))
        case "ago":
            if value > _FARTHEST:
                raise _UnsaidError(f"Shopify looks back {_FARTHEST} days at most")
            return f"-{value}d" if value else "today"
    return _quoted(value)


def _quoted(text: str) -> str:
    if {"'", "\\", "\n"} & {*text}:
        raise _UnsaidError("a text with a quotation mark, a backslash or a line break can't be quoted safely")
    return f"'{text}'"
