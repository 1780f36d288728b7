"""The types of custom data, and which validations a definition may give for each.

The names and messages are those that live stores answer.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

__all__ = ["FIELD_TYPES", "MEASURES", "UNMODELLED_OPTIONS", "category", "limit_of", "validation_problems"]

_MEASURE_NAMES = (
    "antenna_gain area battery_charge_capacity battery_energy_capacity capacitance concentration "
    "data_storage_capacity data_transfer_rate dimension display_density distance duration electric_current "
    "electrical_resistance energy frequency illuminance inductance luminous_flux mass_flow_rate power pressure "
    "resolution rotational_speed sound_level speed temperature thermal_power voltage volume volumetric_flow_rate weight"
)
MEASURES = frozenset(_MEASURE_NAMES.split())
# In the order in which Shopify lists them.
_NAMES = """
    antenna_gain area battery_charge_capacity battery_energy_capacity boolean capacitance color concentration
    data_storage_capacity data_transfer_rate date_time date dimension display_density distance duration
    electric_current electrical_resistance energy frequency id illuminance inductance json jurisdiction language link
    list.antenna_gain list.area list.battery_charge_capacity list.battery_energy_capacity list.capacitance list.color
    list.concentration list.data_storage_capacity list.data_transfer_rate list.date_time list.date list.dimension
    list.display_density list.distance list.duration list.electric_current list.electrical_resistance list.energy
    list.frequency list.illuminance list.inductance list.jurisdiction list.link list.luminous_flux list.mass_flow_rate
    list.number_decimal list.number_integer list.power list.pressure list.rating list.resolution list.rotational_speed
    list.single_line_text_field list.sound_level list.speed list.temperature list.thermal_power list.url list.voltage
    list.volume list.volumetric_flow_rate list.weight luminous_flux mass_flow_rate money multi_line_text_field
    number_decimal number_integer power pressure rating resolution rich_text_field rotational_speed
    single_line_text_field sound_level speed temperature thermal_power url voltage volume volumetric_flow_rate weight
    company_reference list.company_reference customer_reference list.customer_reference product_reference
    list.product_reference collection_reference list.collection_reference variant_reference list.variant_reference
    file_reference list.file_reference product_taxonomy_value_reference list.product_taxonomy_value_reference
    product_taxonomy_disclosure_reference metaobject_reference list.metaobject_reference mixed_reference
    list.mixed_reference disclosure_reference list.disclosure_reference page_reference list.page_reference
    article_reference list.article_reference order_reference list.order_reference
"""
FIELD_TYPES: tuple[str, ...] = tuple(_NAMES.split())
_CATEGORIES: Mapping[str, str] = {
    **dict.fromkeys(MEASURES, "MEASUREMENT"),
    **dict.fromkeys(("number_integer", "number_decimal"), "NUMBER"),
    **dict.fromkeys(("date", "date_time"), "DATE_TIME"),
    **dict.fromkeys(("single_line_text_field", "multi_line_text_field", "rich_text_field"), "TEXT"),
    "boolean": "TRUE_FALSE",
}
_RANGES = frozenset({"number_integer", "number_decimal", "date", "date_time", "single_line_text_field",
                     "multi_line_text_field", *MEASURES})  # fmt: skip
_OPTIONS: Mapping[str, frozenset[str]] = {
    "min": _RANGES,
    "max": _RANGES,
    "regex": frozenset({"single_line_text_field", "multi_line_text_field"}),
    "choices": frozenset({"single_line_text_field", "color", "date", "date_time", "number_integer", "number_decimal"}),
    "scale_min": frozenset({"rating"}),
    "scale_max": frozenset({"rating"}),
    "metaobject_definition_id": frozenset({"metaobject_reference", "mixed_reference"}),
    "metaobject_definition_ids": frozenset({"mixed_reference", "metaobject_reference"}),
    "metaobject_definition_type": frozenset({"metaobject_reference", "mixed_reference"}),
    "metaobject_definition_types": frozenset({"mixed_reference", "metaobject_reference"}),
}

# Shopify has these, too; what they ask of a value is not checked here.
UNMODELLED_OPTIONS = frozenset({
    "allowed_domains", "file_type_options", "max_precision", "product_taxonomy_attribute_handle", "schema",
})  # fmt: skip
_LISTS = frozenset({"choices", "metaobject_definition_ids", "metaobject_definition_types"})


def category(name: str) -> str:
    """Return the category of a type, as MetafieldDefinitionType shows it."""
    plain = name.removeprefix("list.")
    return "REFERENCE" if plain.endswith("_reference") else _CATEGORIES.get(plain, plain.upper())


def limit_of(name: str, text: str) -> Any:
    """Return the limit that a validation gives as text, in the form in which values of the type are compared."""
    try:
        if name == "date":
            return date.fromisoformat(text)
        if name == "date_time":
            moment = datetime.fromisoformat(text)
            return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return Decimal(str(json.loads(text)["value"])) if name in MEASURES else Decimal(text)
    except (ValueError, ArithmeticError, TypeError, KeyError):
        return None


def _readable(option: str, text: str) -> bool:
    """Tell whether a validation's text is a list or a pattern where it has to be one."""
    try:
        if option == "regex":
            re.compile(text)
        return option not in _LISTS or isinstance(json.loads(text), list)
    except (ValueError, re.error):
        return False


def validation_problems(name: str, validations: Iterable[Mapping[str, Any]]) -> list[str]:
    """Return what is wrong with the validations that a definition gives for a type."""
    plain = name.removeprefix("list.")
    given = [(entry["name"], entry["value"]) for entry in validations]
    options = dict(given)
    found = [
        f"Validations value for option {option} contains an invalid value: '{option}' isn't supported for {name}."
        for option in options
        if plain not in _OPTIONS.get(option, ())
    ]
    if len(options) < len(given):
        found.append('Validations cannot contain duplicate "name" options.')
    if plain == "rating":
        needed = ("scale_max", "scale_min")
        found += [f"Validations requires '{option}' to be provided." for option in needed if option not in options]
    if plain in ("metaobject_reference", "mixed_reference") and not options:
        found.append("Validations require that you select a metaobject.")
    if found:
        return found
    found = [
        f"Validations value for option {option} is invalid."
        for option in options
        if not _readable(option, options[option])
    ]
    what = "an integer" if plain == "number_integer" or plain.endswith("text_field") else "a decimal"
    limits = {}
    for option in ("min", "max"):
        if option in options and plain not in MEASURES and not plain.startswith("date"):
            limits[option] = limit_of(plain, options[option])
            whole = what != "an integer" or re.fullmatch(r"[+-]?\d+", options[option])
            if limits[option] is None or not whole:
                found.append(f"Validations value for option {option} must be {what}.")
    if not found and len(limits) == 2 and limits["min"] >= limits["max"]:
        found.append("Validations contains an invalid value: 'min' must be less than 'max'.")
    return found
