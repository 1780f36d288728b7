"""The input of a command's action, from the values of its slots."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from atom_shopify_plugin.catalog.model import Command
from atom_shopify_plugin.catalog.spoken import Kind
from atom_shopify_plugin.errors import Fault, InvalidInput

__all__ = ["filled", "lacking"]

_PLACE = re.compile(r"\{(?P<slot>[a-z_]+)(?:\.(?P<part>[a-z_]+))?(?P<optional>\?)?(?:\|(?P<otherwise>[^{}|]*))?\}")
_NOTHING = object()

Part = Callable[[Kind, Any, str | None], Any]


def lacking(command: Command, slots: Mapping[str, Any]) -> str | None:
    """Return a slot that the input has a place for and that has no value; None where none is needed."""
    for place in _PLACE.finditer(json.dumps(dict(command.input), ensure_ascii=False)):
        if place["slot"] not in slots and place["optional"] is None and place["otherwise"] is None:
            return place["slot"]
    return None


def filled(
    command: Command,
    slots: Mapping[str, Any],
    given: Mapping[str, Any],
    part: Part,
    currency: str | None,
    wrong_currency: str,
) -> dict[str, Any]:
    """Return the input. `part` tells what a value is in it; members whose slot is empty are left out.

    Raise `InvalidInput` with `wrong_currency` for money of another currency than that of the store.
    """

    def value(name: str, which: str | None) -> Any:
        kind, given_value = command.slots[name], slots[name]
        if kind == "period":
            return _of_period(given_value, which)
        if kind == "money":
            said = given_value["currency"]
            if said is not None and currency is not None and said != currency and said not in _alike(currency):
                message = wrong_currency.format(currency=currency)
                raise InvalidInput(message, [Fault(f"/{name}", message, "currency")])
            return _signed(given_value["amount"], given.get("sign"))
        if kind in ("percent", "quantity"):
            return _signed(given_value, given.get("sign"))
        return part(kind, given_value, which)

    placed: set[str] = set()

    def put(template: Any) -> Any:
        if isinstance(template, Mapping):
            members = {name: put(member) for name, member in template.items()}
            members = {name: member for name, member in members.items() if member is not _NOTHING}
            return members or (_NOTHING if template else {})
        if isinstance(template, list):
            items = [item for item in map(put, template) if item is not _NOTHING]
            return items or (_NOTHING if template else [])
        if not isinstance(template, str):
            return template
        places = list(_PLACE.finditer(template))
        placed.update(place["slot"] for place in places)
        if any(place["slot"] not in slots and place["otherwise"] is None for place in places):
            return _NOTHING
        values = [value(place["slot"], place["part"]) if place["slot"] in slots else place["otherwise"]
                  for place in places]  # fmt: skip
        if len(places) == 1 and places[0][0] == template:
            return values[0]
        words = iter(values)
        return _PLACE.sub(lambda _: str(next(words)), template)

    result = put(command.input)
    result = {} if result is _NOTHING else result
    for name in slots:
        if name in placed:
            continue
        if command.slots[name] == "period":
            result |= _members_of_period(slots[name])
        else:
            result[name] = value(name, None)
    return {**result, **{name: member for name, member in given.items() if name != "sign"}}


def _of_period(period: Any, part: str | None) -> Any:
    return period if isinstance(period, str) or part is None else period.get(part)


def _members_of_period(period: Any) -> dict[str, Any]:
    """Return a period as reports take it; words that are none are left to them to refuse."""
    if isinstance(period, str):
        return {"period": period}
    if "name" in period:
        return {"period": period["name"]}
    return {"since": period["since"], "until": period["until"]}


def _signed(value: Any, sign: Any) -> Any:
    if sign != "-":
        return value
    return -abs(value) if isinstance(value, int) else f"-{str(value).lstrip('+-')}"


def _alike(currency: str) -> frozenset[str]:
    """Return the currencies whose sign may stand for this one: a dollar is any dollar."""
    return frozenset(("USD",)) if currency in ("CAD", "AUD", "NZD", "SGD", "HKD", "MXN") else frozenset()
