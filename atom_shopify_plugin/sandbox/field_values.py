"""The values of custom data: what a value of each type looks like, and what a definition asks of it.

A value is a text. The messages are those that live stores answer. Lists hold up to 128 elements of their type.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple

from atom_shopify_plugin.sandbox.context import Context
from atom_shopify_plugin.sandbox.field_types import MEASURES, limit_of
from atom_shopify_plugin.sandbox.store import gid_type

__all__ = ["ValueProblem", "value_problem"]

_TARGETS: Mapping[str, tuple[str, ...]] = {
    "article": ("Article",), "collection": ("Collection",), "company": ("Company",), "customer": ("Customer",),
    "file": ("MediaImage", "GenericFile", "Video", "Model3d", "ExternalVideo"), "order": ("Order",), "page": ("Page",),
    "product": ("Product",), "product_taxonomy_value": ("TaxonomyValue",), "variant": ("ProductVariant",),
}  # fmt: skip
_REFUSED = {
    "file": "Value must be a file reference string.",
    "metaobject": "Value require that you select a metaobject.",
    "mixed": "Value must belong to one of the specified metaobject definitions.",
    "variant": "Value must be a valid product variant reference.",
}
_SCHEMES = ("http", "https", "mailto", "sms", "tel")
_MOST_ELEMENTS = 128
_HIGHEST_DECIMAL = Decimal(9_999_999_999_999)
_HIGHEST_AMOUNT = 10**18


class ValueProblem(NamedTuple):
    """What is wrong with a value, and in which element of a list."""

    message: str
    element: int | None = None


class _WrongError(ValueError):
    """Raised inside this module for a value that is refused; carries the message."""


def value_problem(ctx: Context, name: str, value: str, options: Mapping[str, str]) -> ValueProblem | None:
    """Return what is wrong with a value of a type, under the validations of its definition; None when it is right."""
    plain = name.removeprefix("list.")
    try:
        if plain == name:
            _check(ctx, plain, value, options)
            return None
        elements = _parsed(value)
        if not isinstance(elements, list):
            raise _WrongError("Value must be an array.")  # noqa: TRY301
        if len(elements) > _MOST_ELEMENTS:
            raise _WrongError(f"Value has more than {_MOST_ELEMENTS} elements.")  # noqa: TRY301
    except _WrongError as wrong:
        return ValueProblem(str(wrong))
    for at, element in enumerate(elements):
        try:
            _check(ctx, plain, element if isinstance(element, str) else json.dumps(element), options)
        except _WrongError as wrong:
            return ValueProblem(str(wrong), at)
    return None


def _parsed(value: str) -> Any:
    try:
        return json.loads(value)
    except ValueError as problem:
        raise _WrongError(f"Value is invalid JSON: {problem}.") from None


def _check(ctx: Context, name: str, value: str, options: Mapping[str, str]) -> None:
    if name.endswith("_reference"):
        _check_reference(ctx, name.removesuffix("_reference"), value, options)
        return
    compared = _CHECKS[name](ctx, value, options) if name in _CHECKS else None
    if name in MEASURES:
        compared = _measure(value)
    for option in ("min", "max"):
        if compared is not None and option in options and name != "rating":
            limit = limit_of(name, options[option])
            if limit is not None and (compared < limit if option == "min" else compared > limit):
                length = " length" if name.endswith("text_field") else ""
                shown = limit.strftime("%Y-%m-%d %H:%M:%S %z") if isinstance(limit, datetime) else options[option]
                raise _WrongError(f"Value has a {option}imum{length} of {shown}.")
    if "choices" in options and value not in (choices := json.loads(options["choices"])):
        raise _WrongError(f"Value does not exist in provided choices: {json.dumps(choices)}.")
    if "regex" in options and not re.search(options["regex"], value):
        raise _WrongError("Value is not the correct format.")


def _decimal(value: Any, message: str) -> Decimal:
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        number = Decimal("NaN")
    if isinstance(value, bool) or not number.is_finite():
        raise _WrongError(message)
    return number


def _integer(_ctx: Context, value: str, _options: Mapping[str, str]) -> int:
    if not re.fullmatch(r"[+-]?\d+", value.strip()):
        raise _WrongError("Value must be an integer.")
    return int(value)


def _number(_ctx: Context, value: str, _options: Mapping[str, str]) -> Decimal:
    number = _decimal(value, "Value must be a decimal.")
    if abs(number) > _HIGHEST_DECIMAL:
        raise _WrongError(f"Value can't exceed {_HIGHEST_DECIMAL}.")
    return number


def _flag(_ctx: Context, value: str, _options: Mapping[str, str]) -> None:
    if value not in ("true", "false"):
        raise _WrongError("Value must be true or false.")


def _date(_ctx: Context, value: str, _options: Mapping[str, str]) -> date:
    try:
        return datetime.strptime(value, "%Y-%m-%d").date()  # noqa: DTZ007 - a date has no zone
    except ValueError:
        raise _WrongError("Value must be in YYYY-MM-DD format.") from None


def _moment(_ctx: Context, value: str, _options: Mapping[str, str]) -> datetime:
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        message = "Value must be in “YYYY-MM-DDTHH:MM:SS” format. For example: 2022-06-01T15:30:00"
        raise _WrongError(message) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _measure(value: str) -> Decimal:
    try:
        content = json.loads(value)
    except ValueError:
        content = None
    if not isinstance(content, dict):
        message = (
            "Value must be a stringified JSON object with a value (numeric) and unit (string from one the supported "
            "measurement units) fields."
        )
        raise _WrongError(message)
    if not {"value", "unit"} <= set(content):
        raise _WrongError("Value must contain unit and value.")
    number = _decimal(content["value"], "Value must be a decimal.")
    if number < 0:
        raise _WrongError("Value must be a non-negative number.")
    return number


def _rating(_ctx: Context, value: str, options: Mapping[str, str]) -> None:
    content = _parsed(value)
    if not isinstance(content, dict) or not {"value", "scale_min", "scale_max"} <= set(content):
        raise _WrongError("Value must contain value, scale_min and scale_max.")
    number, low, high = (
        _decimal(content[part], "Value must be a decimal.") for part in ("value", "scale_min", "scale_max")
    )
    declared = [Decimal(options[part]) for part in ("scale_min", "scale_max") if part in options]
    if declared and declared != [low, high]:
        raise _WrongError(
            "Value min and max on the rating value must be the same as the min and max on the definition."
        )
    if number > high:
        raise _WrongError(f"Value has a maximum of {content['scale_max']}.")
    if number < low:
        raise _WrongError(f"Value has a minimum of {content['scale_min']}.")


def _color(_ctx: Context, value: str, _options: Mapping[str, str]) -> None:
    if not re.fullmatch(r"#[0-9a-fA-F]{6}", value):
        raise _WrongError("Value must be a hex color code.")


def _url(_ctx: Context, value: str, _options: Mapping[str, str]) -> None:
    scheme, colon, _ = value.partition(":")
    if not colon:
        schemes = json.dumps(list(_SCHEMES))
        message = (
            f"Value cannot have an empty scheme (protocol), must include one of the following URL schemes: {schemes}.'"
        )
        raise _WrongError(message)
    if scheme.lower() not in _SCHEMES:
        raise _WrongError(f"Value must be one of the following URL schemes: {', '.join(_SCHEMES)}.")


def _link(ctx: Context, value: str, options: Mapping[str, str]) -> None:
    try:
        content = json.loads(value)
    except ValueError:
        content = None
    if (
        not isinstance(content, dict)
        or not isinstance(content.get("text"), str)
        or not isinstance(content.get("url"), str)
    ):
        raise _WrongError("Value must be a valid link.")
    _url(ctx, content["url"], options)


def _money(ctx: Context, value: str, _options: Mapping[str, str]) -> None:
    try:
        content = json.loads(value)
    except ValueError:
        content = None
    if not isinstance(content, dict) or not {"amount", "currency_code"} <= set(content):
        message = (
            "Value must be a stringified JSON object with amount (numeric) and currency_code (string matching the "
            "shop's currency) fields."
        )
        raise _WrongError(message)
    amount = _decimal(content["amount"], "Value must have a numeric amount.")
    if not content["currency_code"]:
        raise _WrongError("Value must have a currency code.")
    if abs(amount) > _HIGHEST_AMOUNT:
        raise _WrongError(f"Value must be within +/-{_HIGHEST_AMOUNT}.")
    if content["currency_code"] != ctx.store.currency:
        raise _WrongError(f"Value contains an invalid currency, {content['currency_code']}.")


def _single_line(_ctx: Context, value: str, _options: Mapping[str, str]) -> Decimal:
    if "\n" in value or "\r" in value:
        raise _WrongError("Value must be a single line text string.")
    return Decimal(len(value))


def _text(_ctx: Context, value: str, _options: Mapping[str, str]) -> Decimal:
    return Decimal(len(value))


def _json(_ctx: Context, value: str, _options: Mapping[str, str]) -> None:
    _parsed(value)


_CHECKS: Mapping[str, Callable[[Context, str, Mapping[str, str]], Any]] = {
    "boolean": _flag, "color": _color, "date": _date, "date_time": _moment, "json": _json, "link": _link,
    "money": _money, "multi_line_text_field": _text, "number_decimal": _number, "number_integer": _integer,
    "rating": _rating, "rich_text_field": _json, "single_line_text_field": _single_line, "url": _url,
}  # fmt: skip


def _check_reference(ctx: Context, kind: str, value: str, options: Mapping[str, str]) -> None:
    """Check that a value is the id of a node that is there, of the types and definitions that are asked for."""
    found = gid_type(value)
    if kind in ("metaobject", "mixed"):
        node = ctx.store.get(value) if found == "Metaobject" else None
        if node is None:
            raise _WrongError(_REFUSED[kind])
        definition = next(iter(ctx.store.find("MetaobjectDefinition", "type", node["type"])), {"id": "", "type": ""})
        wanted = _listed(options, "metaobject_definition_id") + _listed(options, "metaobject_definition_type")
        if wanted and definition["id"] not in wanted and definition["type"] not in wanted:
            if kind == "mixed":
                raise _WrongError(_REFUSED[kind])
            raise _WrongError(f"Value must belong to the specified metaobject definition {wanted[0]}.")
        return
    targets = _TARGETS.get(kind)
    if targets is not None and found not in targets:
        raise _WrongError(_REFUSED.get(kind) or f"Value must be a valid {kind.replace('_', ' ')} reference.")
    if targets is not None and kind != "product_taxonomy_value" and ctx.store.get(value) is None:
        raise _WrongError(f"Value references non-existent resource {value}.")


def _listed(options: Mapping[str, str], name: str) -> list[str]:
    """Return what an option asks for, or its form with several values (``metaobject_definition_ids``)."""
    several: list[str] = json.loads(options[f"{name}s"]) if f"{name}s" in options else []
    return [options[name]] if name in options else several
