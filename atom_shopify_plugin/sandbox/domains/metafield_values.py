"""Values of metafields: measurements, references and lists, how a value is stored, and how it reads as JSON."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from math import isfinite
from typing import Any

from atom_shopify_plugin.sandbox.domains.metafield_checks import CHECKS, BadValue, loose, moment, parsed, plain_number
from atom_shopify_plugin.sandbox.domains.metafield_types import REFERENCES, SHORT_UNITS, UNITS, is_json
from atom_shopify_plugin.sandbox.store import gid_type

__all__ = ["read_value", "shown_json", "stored_text"]

Exists = Callable[[str], bool]
MOST_ITEMS = 128
_NO_REFERENCE = {
    "file_reference": "Value must be a file reference string.",
    "metaobject_reference": "Value require that you select a metaobject.",
    "mixed_reference": "Value must belong to one of the specified metaobject definitions.",
    "variant_reference": "Value must be a valid product variant reference.",
}


class MissingNode(BadValue):
    """A reference to a node that does not exist; Shopify names no place in a list for it (seen on a live store)."""


def stored_text(name: str, text: str, exists: Exists) -> str:
    """Return a value as Shopify stores it; raise `BadValue`.

    `exists` tells whether there is a node with a global id.
    """
    if not text.strip():
        raise BadValue("Value can't be blank.")
    if name.startswith("list."):
        return _compact(_list(name.removeprefix("list."), text, exists))
    value = _single(name, text, exists)
    return value if isinstance(value, str) else _compact(value)


def shown_json(name: str, text: str) -> Any:
    """Return a stored value as `jsonValue` shows it.

    A boolean that is false is shown as text, and lists of the three oldest measurements with their short units (both
    seen on live stores).
    """
    single = name.removeprefix("list.")
    if is_json(name):
        value = json.loads(text)
        if single not in UNITS:
            return value
        return (
            [_shown(single, item) for item in value] if name != single else {**value, "value": _plain(value["value"])}
        )
    if name in ("number_integer", "integer"):
        return int(text)
    return True if name == "boolean" and text == "true" else text


def _shown(kind: str, item: Mapping[str, Any]) -> dict[str, Any]:
    short = {unit: name for name, unit in SHORT_UNITS.get(kind, {}).items()}
    unit = str(item["unit"]).lower()
    return {"value": _plain(item["value"]), "unit": short.get(unit, unit)}


def _plain(value: Any) -> Any:
    return int(value) if isinstance(value, float) and value.is_integer() else value


def read_value(name: str, stored: Any) -> Any:
    """Return a stored single value in a form that can be compared: a number, a date, a text."""
    if name in UNITS:
        return Decimal(str(stored["value"]))
    if name in ("number_integer", "number_decimal"):
        return Decimal(str(stored))
    if name == "date":
        return date.fromisoformat(stored)
    return moment(stored) if name == "date_time" else stored


def _compact(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


# lists


def _list(single: str, text: str, exists: Exists) -> list[Any]:
    items = parsed(text)
    if not isinstance(items, list):
        raise BadValue("Value must be an array.")
    if len(items) > MOST_ITEMS:
        raise BadValue(f"Value has more than {MOST_ITEMS} elements.")
    found = []
    for at, item in enumerate(items):
        try:
            found.append(_item(single, item, exists))
        except BadValue as problem:
            raise BadValue(problem.message, None if isinstance(problem, MissingNode) else at) from None
    return found


def _item(single: str, item: Any, exists: Exists) -> Any:
    if isinstance(item, dict):
        value = _single(single, _compact(item), exists)
        return json.loads(value) if isinstance(value, str) else value
    text = item if isinstance(item, str) else _compact(item)
    value = _single(single, text, exists)
    if single == "number_integer":
        return int(value)
    return value == "true" if single == "boolean" else value


# single values


def _single(name: str, text: str, exists: Exists) -> Any:
    if name in UNITS:
        return _measurement(name, loose(text))
    if name in REFERENCES:
        return _reference(name, text, exists)
    check = CHECKS.get(name)
    return text if check is None else check(text)


def _measurement(name: str, value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise BadValue(
            "Value must be a stringified JSON object with a value (numeric) and unit (string from one the supported "
            "measurement units) fields."
        )
    if "value" not in value or "unit" not in value:
        raise BadValue("Value must contain unit and value.")
    number = plain_number(value["value"])
    if number is None or (number < 0 and name != "temperature") or not isfinite(number):
        raise BadValue("Value must be a non-negative number.")
    unit = str(value["unit"]).lower()
    unit = SHORT_UNITS.get(name, {}).get(unit, unit)
    if unit not in UNITS[name]:
        raise BadValue("Value must be a supported unit.")
    return {"value": float(number), "unit": unit.upper()}


def _reference(name: str, text: str, exists: Exists) -> str:
    kind = gid_type(text) or ""
    if kind not in REFERENCES[name] or (kind == "Metaobject" and not exists(text)):
        plain = name.removesuffix("_reference").replace("_", " ")
        raise BadValue(_NO_REFERENCE.get(name) or f"Value must be a valid {plain} reference.")
    if not kind.startswith("Taxonomy") and not exists(text):
        raise MissingNode(f"Value references non-existent resource {text}.")
    return text
