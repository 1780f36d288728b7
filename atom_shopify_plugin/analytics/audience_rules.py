"""The rules of audiences: which there are, what is wrong with one, and what it says in words."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from difflib import get_close_matches
from typing import Any
from zoneinfo import ZoneInfo

from atom_shopify_plugin.analytics.rfm import CLASSES, class_of
from atom_shopify_plugin.errors import Fault, InvalidInput
from atom_shopify_plugin.shopify.ids import to_gid
from atom_shopify_plugin.storage.insight.amounts import stored
from atom_shopify_plugin.storage.insight.audience_terms import Condition

__all__ = ["ATTRIBUTES", "CELLS", "Attribute", "conditions_of", "said"]

Json = Mapping[str, Any]
_TEXT = ("is", "is_not", "known")
_NUMBER = ("is", "is_not", "at_least", "at_most", "more_than", "less_than", "known")
_MONEY = ("at_least", "at_most", "more_than", "less_than", "known")
_DAY = ("since", "until", "known")
_LIST = ("has", "has_not")
_SCORE = ("is", "is_not", "at_least", "at_most", "more_than", "less_than", "known")
_COUNTRY = re.compile(r"[A-Z]{2}")
_MOST = 10**9
_WORDS = {
    "is": "is", "is_not": "is not", "at_least": "is at least", "at_most": "is at most", "more_than": "is more than",
    "less_than": "is less than", "since": "is on or after", "until": "is on or before", "has": "include",
    "has_not": "do not include",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Attribute:
    """What rules can ask of a customer: key, name, kind, operators, and values if they are few."""

    key: str
    title: str
    kind: str
    operators: tuple[str, ...]
    choices: tuple[str, ...] = ()


_CONSENTS = ("SUBSCRIBED", "NOT_SUBSCRIBED", "UNSUBSCRIBED", "PENDING", "INVALID", "REDACTED")
ATTRIBUTES = {
    one.key: one
    for one in (
        Attribute("country", "the country", "country", _TEXT),
        Attribute("locale", "the locale", "text", _TEXT),
        Attribute("state", "the state of the account", "choice", _TEXT, ("ENABLED", "DISABLED", "INVITED", "DECLINED")),
        Attribute("email_consent", "the consent to e-mail", "choice", _TEXT, _CONSENTS),
        Attribute("sms_consent", "the consent to SMS", "choice", _TEXT, _CONSENTS),
        Attribute("tags", "the tags", "text", _LIST),
        Attribute("customer_since", "the day on which the customer was added", "moment", _DAY),
        Attribute("orders", "the number of orders", "number", _NUMBER),
        Attribute("spent", "the amount spent", "money", _MONEY),
        Attribute("kept_orders", "the number of orders that count", "number", _NUMBER),
        Attribute("net_sales", "the net sales", "money", _MONEY),
        Attribute("average_order_value", "the average order value", "money", _MONEY),
        Attribute("first_order", "the day of the first order", "day", _DAY),
        Attribute("last_order", "the day of the last order", "day", _DAY),
        Attribute("days_since_first_order", "the number of days since the first order", "number", _NUMBER),
        Attribute("days_since_last_order", "the number of days since the last order", "number", _NUMBER),
        Attribute("rfm_class", "the class", "class", _TEXT, tuple(group.key for group in CLASSES)),
        Attribute("recency_score", "the recency score", "score", _SCORE),
        Attribute("frequency_score", "the frequency score", "score", _SCORE),
        Attribute("monetary_score", "the monetary score", "score", _SCORE),
        Attribute("products", "the products bought", "product", _LIST),
        Attribute("skus", "the SKUs bought", "text", _LIST),
        Attribute("discount_codes", "the discount codes used", "text", _LIST),
    )
}

CELLS: Mapping[str, tuple[tuple[int, int, int], ...]] = {
    group.key: tuple(
        (recency, value, repeat)
        for recency in range(1, 6)
        for value in range(1, 6)
        for repeat in (0, 1)
        if class_of((recency, value, value), repeat + 1) is group
    )
    for group in CLASSES
}
"""The recency scores and value scores, with 1 for several orders, of each class."""


def conditions_of(rules: Sequence[Json], zone: ZoneInfo) -> list[Condition]:
    """Return what rules ask, as the tables hold it; days are those of `zone`. Raise `InvalidInput` with every fault."""
    found: list[Condition] = []
    faults: list[Fault] = []
    for at, rule in enumerate(rules):
        try:
            found.append(_condition(rule, zone))
        except _Wrong as wrong:
            faults.append(Fault(f"/rules/{at}{wrong.pointer}", wrong.message, "rule", wrong.suggestion))
    if faults:
        raise InvalidInput.about("The rules", faults)
    return found


class _Wrong(Exception):
    def __init__(self, pointer: str, message: str, suggestion: str | None = None) -> None:
        super().__init__(message)
        self.pointer, self.message, self.suggestion = pointer, message, suggestion


def _condition(rule: Json, zone: ZoneInfo) -> Condition:
    name, operator = rule["attribute"], rule["operator"]
    attribute = ATTRIBUTES.get(name)
    if attribute is None:
        raise _unknown("/attribute", "There is no such attribute.", name, tuple(ATTRIBUTES))
    if operator not in attribute.operators:
        message = f"{name} takes {_either(attribute.operators)}."
        raise _unknown("/operator", message, operator, attribute.operators)
    if operator == "known":
        text = "true" if rule.get("value") is None else rule["value"]
        if rule.get("values") is not None or text not in ("true", "false"):
            raise _Wrong("/value", "It must be true or false; the default is true.")
        return Condition(name, operator, () if text == "true" else (False,))
    value, values = rule.get("value"), rule.get("values")
    if (value is None) == (values is None):
        raise _Wrong("", "It needs either a value or several values.")
    several = operator in ("is", "is_not", "has", "has_not")
    if values is not None and not several:
        raise _Wrong("/values", f"{operator} compares with one value.")
    given = [("/value", value)] if value is not None else _numbered(values or ())
    read = [one for pointer, text in given for one in _read(attribute, text.strip(), pointer, operator, zone)]
    return Condition(name, operator, tuple(dict.fromkeys(read)))


def _numbered(values: Sequence[str]) -> list[tuple[str, str]]:
    return [(f"/values/{at}", text) for at, text in enumerate(values)]


def _read(attribute: Attribute, text: str, pointer: str, operator: str, zone: ZoneInfo) -> Sequence[Any]:
    """Return the values that a text stands for: one, or the cells of a class."""
    read: Callable[[], Any]
    match attribute.kind:
        case "text":
            value: Any = text
        case "country":
            value = text.upper()
            if not _COUNTRY.fullmatch(value):
                raise _Wrong(pointer, "It must be the code of a country, such as DE.")
        case "choice" | "class":
            value = _choice(attribute, text, pointer)
            if attribute.kind == "class":
                return CELLS[value]
        case "number" | "score":
            value = _whole(text, pointer, *((1, 5) if attribute.kind == "score" else (0, _MOST)))
        case "money":
            value = _amount(text, pointer)
        case "product":
            read = lambda: int(to_gid(text, "Product").rpartition("/")[2])  # noqa: E731
            value = _tried(read, pointer, "It must be the id of a product.")
        case _:
            day = _tried(lambda: _day(text), pointer, "It must be a day from 1970 on, such as 2026-11-30.")
            value = day.toordinal() if attribute.kind == "day" else _moment(day, operator, zone)
    if attribute.kind == "text" and not value:
        raise _Wrong(pointer, "It must not be blank.")
    return (value,)


def _choice(attribute: Attribute, text: str, pointer: str) -> str:
    wanted = text.casefold().replace(" ", "_").replace("'", "").replace("’", "")
    titles = {group.title.casefold().replace(" ", "_").replace("'", ""): group.key for group in CLASSES}
    known = {choice.casefold(): choice for choice in attribute.choices}
    if attribute.kind == "class":
        known |= titles
    if wanted not in known:
        raise _unknown(pointer, f"It must be {_either(attribute.choices)}.", text, attribute.choices)
    return known[wanted]


def _whole(text: str, pointer: str, least: int, most: int) -> int:
    if not re.fullmatch(r"[0-9]{1,10}", text) or not least <= int(text) <= most:
        raise _Wrong(pointer, f"It must be a whole number from {least} to {most}.")
    return int(text)


def _amount(text: str, pointer: str) -> int:
    # The pattern lets nothing through that Decimal can't read.
    if not re.fullmatch(r"-?[0-9]{1,10}(\.[0-9]{1,4})?", text) or abs(Decimal(text)) > _MOST:
        raise _Wrong(pointer, "It must be an amount in the currency of the store, such as 100 or 49.90.")
    return stored(Decimal(text))


def _day(text: str) -> date:
    day = date.fromisoformat(text)
    if len(text) != 10 or not 1970 <= day.year < 9999:
        raise ValueError(text)
    return day


def _moment(day: date, operator: str, zone: ZoneInfo) -> datetime:
    """Return the first moment of a day, or of the day after it."""
    begins = day if operator == "since" else day + timedelta(days=1)
    return datetime.combine(begins, time.min, zone).astimezone(UTC)


def _tried(read: Callable[[], Any], pointer: str, message: str) -> Any:
    try:
        return read()
    except (ValueError, InvalidInput):
        raise _Wrong(pointer, message) from None


def _unknown(pointer: str, message: str, given: str, known: Sequence[str]) -> _Wrong:
    near = get_close_matches(given.casefold(), known, n=1) or get_close_matches(given.upper(), known, n=1)
    hint = f" Did you mean {near[0]}?" if near else ""
    return _Wrong(pointer, message + hint, near[0] if near else None)


def _either(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} or {names[-1]}"


def said(rule: Json) -> str:
    """Return a rule in words: ``the number of orders is at least 3``."""
    title, operator = ATTRIBUTES[rule["attribute"]].title, rule["operator"]
    if operator == "known":
        return f"{title} is {'not ' if rule.get('value') == 'false' else ''}known"
    values = rule.get("values") or [rule["value"]]
    return f"{title} {_WORDS[operator]} {_either(values)}"
