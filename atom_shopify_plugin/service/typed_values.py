"""Values of metafields and of metaobjects' fields: what people write → the text that Shopify takes for the type.

A text is sent as it is where its type allows it; numbers, objects and lists are written as JSON. Types and forms are
those of shopify.dev, "List of data types". Only the form is checked: rules of a definition, such as a minimum, and
whether a reference leads anywhere are Shopify's to judge.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

__all__ = ["text_of"]

_MOST_ITEMS = 128
_HIGHEST = 9_007_199_254_740_991
_GID = re.compile(r"gid://shopify/([A-Za-z]{1,64})/[0-9]{1,19}")
_REFERENCES: Mapping[str, str] = {
    "article_reference": "Article",
    "collection_reference": "Collection",
    "company_reference": "Company",
    "customer_reference": "Customer",
    "file_reference": "",
    "metaobject_reference": "Metaobject",
    "mixed_reference": "Metaobject",
    "order_reference": "Order",
    "page_reference": "",
    "product_reference": "Product",
    "product_taxonomy_value_reference": "TaxonomyValue",
    "variant_reference": "ProductVariant",
}
_MEASURES = frozenset({
    "antenna_gain", "area", "battery_charge_capacity", "battery_energy_capacity", "capacitance", "concentration",
    "data_storage_capacity", "data_transfer_rate", "dimension", "display_density", "distance", "duration",
    "electric_current", "electrical_resistance", "energy", "frequency", "illuminance", "inductance", "luminous_flux",
    "mass_flow_rate", "power", "pressure", "resolution", "rotational_speed", "sound_level", "speed", "temperature",
    "thermal_power", "voltage", "volume", "volumetric_flow_rate", "weight",
})  # fmt: skip


def text_of(kind: str | None, value: Any) -> str:
    """Return a JSON value as the text that Shopify takes for the type `kind`; None is a type that is not known.

    Raise `ValueError` with words that follow “It must be” where the type does not take such a value.
    """
    if kind is not None and kind.startswith("list."):
        items = _read(value) if isinstance(value, str) else value
        if not isinstance(items, list) or len(items) > _MOST_ITEMS:
            raise ValueError(f"a list of at most {_MOST_ITEMS} values")
        return _written([_single(kind.removeprefix("list."), item) for item in items])
    return _as_text(_single(kind or "", value))


def _single(kind: str, value: Any) -> Any:
    form = _form(kind)
    return value if form is None else form(value)


def _form(kind: str) -> Callable[[Any], Any] | None:
    if kind in _REFERENCES:
        return lambda value: _reference(_REFERENCES[kind], value)
    if kind in _MEASURES:
        return lambda value: _object(value, ("value", "unit"), '{"value": 2.5, "unit": "kg"}')
    return _FORMS.get(kind)


def _as_text(value: Any) -> str:
    return value if isinstance(value, str) else _written(value)


def _written(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _read(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _line(value: Any) -> str:
    if isinstance(value, dict | list) or value is None or (isinstance(value, str) and re.search(r"[\r\n]", value)):
        raise ValueError("a text of one line")
    return _as_text(value)


def _lines(value: Any) -> str:
    if isinstance(value, dict | list) or value is None:
        raise ValueError("a text")
    return _as_text(value)


def _integer(value: Any) -> str:
    whole = int(value) if isinstance(value, float) and value.is_integer() else value
    text = "" if isinstance(value, bool) else str(whole).strip()
    if not re.fullmatch(r"[+-]?[0-9]{1,16}", text) or abs(int(text)) > _HIGHEST:
        raise ValueError("a whole number, such as 5")
    return text


def _decimal(value: Any) -> str:
    text = "" if isinstance(value, bool) else str(value).strip()
    if not re.fullmatch(r"[+-]?[0-9]{1,13}(\.[0-9]{1,30})?", text):
        raise ValueError("a number, such as 19.5")
    return text


def _boolean(value: Any) -> str:
    text = str(value).strip().lower()
    if text not in ("true", "false"):
        raise ValueError("true or false")
    return text


def _day(value: Any) -> str:
    try:
        return date.fromisoformat(value).isoformat() if len(value) == len("2026-10-31") else _no_day()
    except (TypeError, ValueError):
        return _no_day()


def _no_day() -> str:
    raise ValueError("a day, such as 2026-10-31")


def _moment(value: Any) -> str:
    form = r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?(Z|[+-][0-9]{2}:[0-9]{2})?"
    if not isinstance(value, str) or not re.fullmatch(form, value):
        raise ValueError("a moment, such as 2026-10-31T08:00:00Z")
    return value


def _color(value: Any) -> str:
    if not isinstance(value, str) or not re.fullmatch(r"#[0-9a-fA-F]{6}", value):
        raise ValueError("a colour, such as #1f6feb")
    return value


def _address(value: Any) -> str:
    if not isinstance(value, str) or not re.fullmatch(r"(https?|mailto|sms|tel):\S+", value, re.IGNORECASE):
        raise ValueError("a web address that begins with https://, http://, mailto:, sms: or tel:")
    return value


def _reference(kind: str, value: Any) -> str:
    if kind and isinstance(value, int) and not isinstance(value, bool) and value > 0:
        return f"gid://shopify/{kind}/{value}"
    match = _GID.fullmatch(value) if isinstance(value, str) else None
    if match is None or (kind and match[1] != kind):
        raise ValueError(f"an id, such as gid://shopify/{kind or 'MediaImage'}/1")
    return str(value)


def _any(value: Any) -> str:
    if isinstance(value, str):
        if _read(value) is None and value.strip() != "null":
            raise ValueError('JSON: an object, a list, a number, or a text in quotation marks, such as "\\"soft\\""')
        return value
    return _written(value)


def _object(value: Any, members: tuple[str, ...], example: str) -> Any:
    found = _read(value) if isinstance(value, str) else value
    if not isinstance(found, dict) or not set(members) <= set(found):
        raise ValueError(f"an object, such as {example}")
    return found


def _money(value: Any) -> Any:
    found = _object(value, ("amount", "currency_code"), '{"amount": "19.90", "currency_code": "EUR"}')
    return {**found, "amount": str(found["amount"])}


_FORMS: Mapping[str, Callable[[Any], Any]] = {
    "boolean": _boolean,
    "color": _color,
    "date": _day,
    "date_time": _moment,
    "id": _line,
    "integer": _integer,
    "json": _any,
    "json_string": _any,
    "link": lambda value: _object(value, ("text", "url"), '{"text": "Read more", "url": "https://example.com"}'),
    "money": _money,
    "multi_line_text_field": _lines,
    "number_decimal": _decimal,
    "number_integer": _integer,
    "rating": lambda value: _object(
        value, ("value", "scale_min", "scale_max"), '{"value": "4.5", "scale_min": "1", "scale_max": "5"}'
    ),
    "rich_text_field": lambda value: _object(value, ("type", "children"), '{"type": "root", "children": []}'),
    "single_line_text_field": _line,
    "url": _address,
}
