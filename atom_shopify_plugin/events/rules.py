"""The rules of computed triggers: what a delivery says of a thing, and what follows from what is remembered of it.

A rule is a pure function of what it sees, its parameters and its memory; `computed` keeps the memory and writes the
events. Bodies are Shopify's own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from types import MappingProxyType
from typing import Any

from atom_shopify_plugin.events.payloads import moment, number
from atom_shopify_plugin.events.sales_rules import RefundRate, SalesReport, StockOut
from atom_shopify_plugin.events.steps import ONCE, Body, Memory, Once, Rule, Sighting, Step
from atom_shopify_plugin.events.watch_rules import AudienceChange, Degraded

__all__ = ["RULES", "Rule", "Sighting", "Step"]


class _StockBelow(Once):
    """Stock fell below a threshold; it has to recover by a margin before that is told again."""

    def notice(self, topic: str, body: Body, triggered_at: datetime) -> Sighting | None:  # noqa: ARG002
        item, location = number(body.get("inventory_item_id")), number(body.get("location_id"))
        if item is None or location is None:
            return None
        at = moment(body.get("updated_at")) or triggered_at
        return Sighting(f"inventory_levels/{item}/{location}", at, body)

    def step(self, sighting: Sighting, parameters: Body, memory: Memory | None) -> Step:
        available = sighting.body.get("available")
        if isinstance(available, bool) or not isinstance(available, int):
            return Step(None)  # not tracked there
        was_low = memory is not None and memory["low"]
        threshold = parameters["threshold"]
        is_low = available < threshold or (was_low and available < threshold + parameters["margin"])
        state = {"low": is_low, "available": available}
        if was_low or available >= threshold:
            return Step(state)
        before = None if memory is None else memory["available"]
        return Step(state, {"threshold": threshold, "previous": {"available": before}})


class _HighValue(Once):
    """An order was placed whose total reaches an amount."""

    def notice(self, topic: str, body: Body, triggered_at: datetime) -> Sighting | None:  # noqa: ARG002
        return _order(body, triggered_at)

    def step(self, sighting: Sighting, parameters: Body, memory: Memory | None) -> Step:
        total = _amount(sighting.body.get("total_price"))
        if memory is not None or total is None or total < Decimal(str(parameters["amount"])):
            return Step(memory, keep=ONCE)
        return Step({"told": True}, {}, keep=ONCE)


class _Purchases(Once):
    """The purchases of a customer reached a mark."""

    def __init__(self, reached: Callable[[int, Decimal, Body], str | None]) -> None:
        self._reached = reached

    def notice(self, topic: str, body: Body, triggered_at: datetime) -> Sighting | None:  # noqa: ARG002
        customer = number(body.get("customerId"))
        if customer is None:
            return None
        return Sighting(f"customers/{customer}", moment(body.get("occurredAt")) or triggered_at, body)

    def step(self, sighting: Sighting, parameters: Body, memory: Memory | None) -> Step:
        if memory is not None:
            return Step(memory)
        orders, spent = _amount(sighting.body.get("numberOfOrders")), sighting.body.get("amountSpent")
        amount = _amount(spent.get("amount")) if isinstance(spent, Mapping) else None
        reached = self._reached(int(orders or 0), amount or Decimal(0), parameters)
        if reached is None:
            return Step(None)
        said = {"reached": reached} if reached else {}
        return Step({"told": True}, {"id": sighting.body.get("customerId"), **said})


def _first_order(orders: int, _spent: Decimal, _parameters: Body) -> str | None:
    return "" if orders == 1 else None


def _milestone(orders: int, spent: Decimal, parameters: Body) -> str | None:
    if parameters["orders"] and orders >= parameters["orders"]:
        return "orders"
    return "spent" if parameters["spent"] and spent >= Decimal(str(parameters["spent"])) else None


class _FieldChanged(Once):
    """A field of a product has another value than before; the first state that is seen is what others differ from."""

    def notice(self, topic: str, body: Body, triggered_at: datetime) -> Sighting | None:  # noqa: ARG002
        product = number(body.get("id"))
        if product is None:
            return None
        return Sighting(f"products/{product}", moment(body.get("updated_at")) or triggered_at, body)

    def step(self, sighting: Sighting, parameters: Body, memory: Memory | None) -> Step:
        field, body = parameters["field"], sighting.body
        values = _prices(body) if field == "price" else {"": _text(field, body.get(field))}
        old = {} if memory is None else memory["values"]
        changes = [
            {**_variant(body, key), "old_value": old[key], "new_value": value}
            for key, value in values.items()
            if key in old and not _same(field, old[key], value)
        ]
        state = {"values": values}
        if not changes:
            return Step(state)
        first = {name: changes[0][name] for name in ("old_value", "new_value")}
        shown = {field: first["new_value"]} if field == "price" else {}
        return Step(state, {
            "field": field, **first, **shown, "previous": {field: first["old_value"]}, "changes": changes,
        })  # fmt: skip


class _Overdue:
    """An order waits for something for longer than some hours; it is looked at when they are over."""

    def __init__(self, topic: str, since: str | None, waits: Callable[[Body], bool]) -> None:
        self._topic = topic
        self._since = since
        self._waits = waits

    def notice(self, topic: str, body: Body, triggered_at: datetime) -> Sighting | None:
        return _order(body, triggered_at) if topic == self._topic else None

    def step(self, sighting: Sighting, parameters: Body, memory: Memory | None) -> Step:
        if memory is not None:
            due = None if memory["told"] else moment(memory["due"])
            return Step(memory, due_at=due, keep=ONCE)
        since = moment(sighting.body.get(self._since)) if self._since else None
        if not self._waits(sighting.body):
            return Step(None)
        began = since or sighting.at
        due = began + timedelta(hours=parameters["hours"])
        return Step({"told": False, "since": began.isoformat(), "due": due.isoformat()}, due_at=due)

    def due(self, body: Body, parameters: Body, memory: Memory) -> Step:
        if not self._waits(body):
            return Step(None)
        fires = {"since": memory["since"], "overdue_hours": parameters["hours"]}
        return Step({**memory, "told": True}, fires, keep=ONCE)


class _Abandoned:
    """A checkout was not completed for some hours after its last change; it is looked at when they are over."""

    def notice(self, topic: str, body: Body, triggered_at: datetime) -> Sighting | None:  # noqa: ARG002
        checkout = number(body.get("id"))
        if checkout is None:
            return None
        return Sighting(f"checkouts/{checkout}", moment(body.get("updated_at")) or triggered_at, body)

    def step(self, sighting: Sighting, parameters: Body, memory: Memory | None) -> Step:
        if memory is not None and memory["told"]:
            return Step(memory, keep=ONCE)
        if sighting.body.get("completed_at"):
            return Step(None)
        return self._wait(sighting.at, parameters)

    def due(self, body: Body, parameters: Body, memory: Memory) -> Step:
        if body.get("completed_at"):
            return Step(None)
        since, changed = moment(memory["since"]), moment(body.get("updated_at"))
        if since is not None and changed is not None and changed.replace(microsecond=0) > since:
            return self._wait(changed, parameters)  # the webhook of a change was lost
        fires = {"since": memory["since"], "abandoned_hours": parameters["hours"]}
        return Step({**memory, "told": True}, fires, keep=ONCE)

    def _wait(self, since: datetime, parameters: Body) -> Step:
        due = since + timedelta(hours=parameters["hours"])
        return Step({"told": False, "since": since.isoformat()}, due_at=due)


def _is_over(body: Body) -> bool:
    return bool(body.get("cancelled_at") or body.get("closed_at"))


def _waits_for_fulfillment(body: Body) -> bool:
    paid = body.get("financial_status") in ("paid", "partially_refunded")
    return paid and not _is_over(body) and body.get("fulfillment_status") in (None, "unfulfilled")


def _waits_for_payment(body: Body) -> bool:
    open_ = body.get("financial_status") in (None, "pending", "authorized", "partially_paid", "expired", "unpaid")
    return open_ and not _is_over(body)


RULES: Mapping[str, Rule] = MappingProxyType(
    {
        "stock_below": _StockBelow(),
        "high_value": _HighValue(),
        "first_order": _Purchases(_first_order),
        "milestone": _Purchases(_milestone),
        "field_changed": _FieldChanged(),
        "unfulfilled": _Overdue("orders/paid", None, _waits_for_fulfillment),
        "degraded": Degraded(),
        "audience_entered": AudienceChange(),
        "audience_left": AudienceChange(),
        "refund_rate": RefundRate(),
        "sales_report": SalesReport(),
        "stock_out": StockOut(),
        "abandoned": _Abandoned(),
        "unpaid": _Overdue("orders/create", "created_at", _waits_for_payment),
    }
)
"""By the name that a manifest gives them."""


def _order(body: Body, triggered_at: datetime) -> Sighting | None:
    order = number(body.get("id"))
    # The body may show a later state than the one that the topic tells of.
    shown = moment(body.get("updated_at")) or triggered_at
    return None if order is None else Sighting(f"orders/{order}", min(shown, triggered_at), body)


def _amount(value: Any) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        found = Decimal(str(value))
    except InvalidOperation:
        return None
    return found if found.is_finite() else None


def _prices(body: Body) -> dict[str, str]:
    variants = body.get("variants")
    return {
        found: str(one["price"])
        for one in (variants if isinstance(variants, list) else [])
        if isinstance(one, Mapping) and (found := number(one.get("id"))) and one.get("price") is not None
    }


def _variant(body: Body, key: str) -> dict[str, Any]:
    if not key:
        return {}
    one = next(one for one in body["variants"] if number(one.get("id")) == key)
    return {"variant_id": one["id"], "title": one.get("title"), "sku": one.get("sku")}


def _text(field: str, value: Any) -> str | None:
    # Actions write statuses in upper case, and the payload of the event is in their shape.
    return str(value).upper() if field == "status" and value is not None else None if value is None else str(value)


def _same(field: str, old: Any, new: Any) -> bool:
    return bool(_amount(old) == _amount(new)) if field == "price" else bool(old == new)
