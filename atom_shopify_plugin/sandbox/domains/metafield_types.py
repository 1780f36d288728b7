"""The types of metafields: units of measurements, categories, and which validations each type knows.

Types, units and validations are those that shopify.dev documents ("List of data types", "List of validation options").
"""

from __future__ import annotations

from collections.abc import Mapping

__all__ = [
    "CATEGORIES",
    "DEFINABLE",
    "NAMES",
    "REFERENCES",
    "SHORT_UNITS",
    "UNITS",
    "VALIDATIONS",
    "category",
    "is_json",
]

_TIMES = ("day", "hour", "minute", "second")
_MASSES = ("grams", "ounces", "pounds", "kilograms", "tons", "tonnes")
_AMOUNTS = ("liters", "gallons", "cubic_feet", "cubic_meters")

# type of a measurement -> its units
UNITS: Mapping[str, tuple[str, ...]] = {
    name: tuple(units.split())
    for name, units in {
        "antenna_gain": "decibels_isotropic decibels_dipole",
        "area": "square_centimeters square_feet square_inches square_meters square_yards",
        "battery_charge_capacity": "milliamp_hours",
        "battery_energy_capacity": "watt_hours",
        "capacitance": "picofarads nanofarads microfarads farads",
        "concentration": "milligrams_per_gram milligrams_per_milliliter",
        "data_storage_capacity": "bytes kilobytes megabytes gigabytes terabytes",
        "data_transfer_rate": "bits_per_second kilobits_per_second megabits_per_second gigabits_per_second",
        "dimension": "inches feet yards millimeters centimeters meters",
        "display_density": "pixels_per_inch dots_per_inch",
        "distance": "kilometers miles",
        "duration": "nanoseconds microseconds milliseconds seconds minutes hours days months years",
        "electric_current": "milliamperes amperes kiloamperes",
        "electrical_resistance": "ohms kiloohms",
        "energy": "joules calories kilojoules kilocalories",
        "frequency": "hertz kilohertz megahertz gigahertz",
        "illuminance": "lux foot_candles",
        "inductance": "microhenries millihenries henries",
        "luminous_flux": "lumens",
        "mass_flow_rate": " ".join(f"{mass}_per_{time}" for mass in _MASSES for time in _TIMES),
        "power": "milliwatts watts horsepower kilowatts",
        "pressure": "pounds_per_square_inch bars",
        "resolution": "pixels megapixels",
        "rotational_speed": "revolutions_per_minute",
        "sound_level": "decibels",
        "speed": "kilometers_per_hour feet_per_second miles_per_hour meters_per_second",
        "temperature": "celsius fahrenheit kelvin",
        "thermal_power": "british_thermal_units_per_hour kilowatts tons_of_refrigeration",
        "voltage": "volts",
        "volume": (
            "milliliters centiliters liters cubic_meters us_fluid_ounces us_pints us_quarts us_gallons "
            "imperial_fluid_ounces imperial_pints imperial_quarts imperial_gallons"
        ),
        "volumetric_flow_rate": " ".join(f"{amount}_per_{time}" for amount in _AMOUNTS for time in _TIMES[1:]),
        "weight": "ounces pounds grams kilograms",
    }.items()
}
# The short names that the three oldest measurements have: accepted, and printed in the JSON value of a list.
SHORT_UNITS: Mapping[str, Mapping[str, str]] = {
    "dimension": {"in": "inches", "ft": "feet", "yd": "yards", "mm": "millimeters", "cm": "centimeters", "m": "meters"},
    "volume": {
        "ml": "milliliters", "cl": "centiliters", "l": "liters", "m3": "cubic_meters",
        "us_fl_oz": "us_fluid_ounces", "us_pt": "us_pints", "us_qt": "us_quarts", "us_gal": "us_gallons",
        "imp_fl_oz": "imperial_fluid_ounces", "imp_pt": "imperial_pints", "imp_qt": "imperial_quarts",
        "imp_gal": "imperial_gallons",
    },
    "weight": {"oz": "ounces", "lb": "pounds", "g": "grams", "kg": "kilograms"},
}  # fmt: skip

# type of a reference -> the types of the nodes that it may point to
REFERENCES: Mapping[str, tuple[str, ...]] = {
    "company_reference": ("Company",),
    "customer_reference": ("Customer",),
    "product_reference": ("Product",),
    "collection_reference": ("Collection",),
    "variant_reference": ("ProductVariant",),
    "file_reference": ("MediaImage", "GenericFile", "Video", "ExternalVideo", "Model3d"),
    "product_taxonomy_value_reference": ("TaxonomyValue",),
    "product_taxonomy_disclosure_reference": ("TaxonomyDisclosure",),
    "metaobject_reference": ("Metaobject",),
    "mixed_reference": ("Metaobject",),
    "disclosure_reference": ("Disclosure",),
    "page_reference": ("Page",),
    "article_reference": ("Article",),
    "order_reference": ("Order",),
}
_NO_LIST = {"product_taxonomy_disclosure_reference"}

CATEGORIES: Mapping[str, str] = {
    **dict.fromkeys(UNITS, "MEASUREMENT"),
    **dict.fromkeys(REFERENCES, "REFERENCE"),
    **dict.fromkeys(("single_line_text_field", "multi_line_text_field", "rich_text_field"), "TEXT"),
    **dict.fromkeys(("number_integer", "number_decimal"), "NUMBER"),
    **dict.fromkeys(("date", "date_time"), "DATE_TIME"),
    "boolean": "TRUE_FALSE",
    **{name: name.upper() for name in ("color", "id", "json", "jurisdiction", "language", "link", "money", "rating")},
    "url": "URL",
}
# Types from before there were definitions.
_OLD = ("float", "integer", "json_string", "string")
_LISTED = {
    *UNITS, "boolean", "color", "date", "date_time", "jurisdiction", "link", "multi_line_text_field", "number_decimal",
    "number_integer", "rating", "single_line_text_field", "url",
}  # fmt: skip


def _ordered() -> tuple[str, ...]:
    """Return all names in the order in which Shopify's messages list them: ``date_time`` comes before ``date``."""
    basic = {*CATEGORIES, *_OLD} - set(REFERENCES)
    plain = sorted({*basic, *(f"list.{name}" for name in _LISTED)}, key=lambda name: f"{name}`")
    pairs = [[name] if name in _NO_LIST else [name, f"list.{name}"] for name in REFERENCES]
    return (*plain, *(name for pair in pairs for name in pair))


NAMES = _ordered()
# What a definition may have: the old types and two lists are for metafields alone.
DEFINABLE = tuple(name for name in NAMES if name not in {*_OLD, "list.boolean", "list.multi_line_text_field"})

_RANGE = {"min", "max"}
# type -> its validations
VALIDATIONS: Mapping[str, frozenset[str]] = {
    **{
        name: frozenset(_RANGE)
        for name in (*UNITS, "multi_line_text_field", "date", "date_time", "number_integer", "id")
    },
    **{name: frozenset({*_RANGE, "regex"}) for name in ("multi_line_text_field", "id")},
    "single_line_text_field": frozenset({*_RANGE, "regex", "choices"}),
    "number_decimal": frozenset({*_RANGE, "max_precision"}),
    "rating": frozenset({"scale_min", "scale_max"}),
    "json": frozenset({"schema"}),
    "url": frozenset({"allowed_domains"}),
    "link": frozenset({"allowed_domains"}),
    "file_reference": frozenset({"file_type_options"}),
    "metaobject_reference": frozenset({"metaobject_definition_id", "metaobject_definition_type"}),
    "mixed_reference": frozenset({"metaobject_definition_ids", "metaobject_definition_types"}),
    "product_taxonomy_value_reference": frozenset({"product_taxonomy_attribute_handle"}),
}


def category(name: str) -> str:
    """Return the category of a type or of a list of it."""
    return CATEGORIES.get(name.removeprefix("list."), "TEXT")


def is_json(name: str) -> bool:
    """Tell whether values of a type are JSON texts."""
    single = name.removeprefix("list.")
    return (
        name != single
        or single in UNITS
        or single in {"json", "json_string", "link", "money", "rating", "rich_text_field"}
    )
