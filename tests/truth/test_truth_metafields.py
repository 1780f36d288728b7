"""What Shopify answers about metafields: their types, values, namespaces and owners."""

from __future__ import annotations

import json
from typing import Any

from facts import Before, Fact, each, user_error

CREATE = "mutation M($product: ProductCreateInput!) { productCreate(product: $product) { product { id } } }"
CUP = Before(CREATE, {"product": {"title": "Cup"}}, "cup", "productCreate.product.id")
SET = "mutation M($m: [MetafieldsSetInput!]!) { metafieldsSet(metafields: $m) { metafields { namespace key type value jsonValue } userErrors { field message code elementIndex } } }"
READ = 'query Q($id: ID!) { product(id: $id) { metafield(namespace: "care", key: "wash") { value jsonValue } } }'
DELETE = "mutation M($m: [MetafieldIdentifierInput!]!) { metafieldsDelete(metafields: $m) { deletedMetafields { ownerId namespace key } userErrors { field message } } }"
ACCESS = "Access to this namespace and key on Metafields for this resource type is not allowed."
DOCUMENTED, INFERRED = "documentation", "inferred"


def entry(name: str | None, value: Any, **others: Any) -> dict[str, Any]:
    text = value if isinstance(value, str) else json.dumps(value)
    whole = {"ownerId": "<cup>", "namespace": "care", "key": "wash", "type": name, "value": text, **others}
    return {member: known for member, known in whole.items() if known is not None}


def kept(name: str, sent: Any, value: str, shown: Any, source: str = "seen on a live store") -> Fact:
    """A value that is accepted: how it is stored, and how it reads as JSON."""
    row = {"namespace": "care", "key": "wash", "type": name, "value": value, "jsonValue": shown}
    return Fact(
        f"{name} keeps {sent!r}",
        SET,
        {"m": [entry(name, sent)]},
        before=[CUP],
        data={"metafieldsSet": {"metafields": [row], "userErrors": []}},
        cost=10,
        source=source,
    )


def refused(name: str, sent: Any, message: str, *, at: int | None = None, source: str = "seen on a live store") -> Fact:
    """A value that its type does not accept."""
    error = {"field": ["metafields", "0", "value"], "message": message, "code": "INVALID_VALUE", "elementIndex": at}
    return Fact(
        f"{name} refuses {str(sent)[:60]!r}",
        SET,
        {"m": [entry(name, sent)]},
        before=[CUP],
        data={"metafieldsSet": {"metafields": [], "userErrors": [error]}},
        cost=10,
        source=source,
    )


# One unit of each measurement, sent in lower case.
MEASURED = {
    "antenna_gain": (5, "decibels_isotropic"), "area": (100, "square_meters"),
    "battery_charge_capacity": (3000, "milliamp_hours"), "battery_energy_capacity": (50, "watt_hours"),
    "capacitance": (100, "microfarads"), "concentration": (5, "milligrams_per_milliliter"),
    "data_storage_capacity": (256, "gigabytes"), "data_transfer_rate": (100, "megabits_per_second"),
    "dimension": (25, "centimeters"), "display_density": (326, "pixels_per_inch"), "distance": (42, "kilometers"),
    "duration": (30, "seconds"), "electric_current": (2.5, "amperes"), "electrical_resistance": (100, "ohms"),
    "energy": (250, "kilocalories"), "frequency": (2.4, "gigahertz"), "illuminance": (500, "lux"),
    "inductance": (10, "millihenries"), "luminous_flux": (800, "lumens"), "mass_flow_rate": (5, "kilograms_per_hour"),
    "power": (100, "watts"), "pressure": (14.7, "pounds_per_square_inch"), "resolution": (12, "megapixels"),
    "rotational_speed": (3000, "revolutions_per_minute"), "sound_level": (85, "decibels"),
    "speed": (60, "kilometers_per_hour"), "temperature": (22.5, "celsius"),
    "thermal_power": (12000, "british_thermal_units_per_hour"), "voltage": (120, "volts"),
    "volume": (20, "milliliters"), "volumetric_flow_rate": (5, "liters_per_minute"), "weight": (2.5, "kilograms"),
}  # fmt: skip
SHORT = {"centimeters": "cm", "milliliters": "ml", "kilograms": "kg"}


def measured(name: str, number: float, unit: str) -> list[Fact]:
    """The number is stored with decimals and the unit in upper case; in the JSON of a list it is in lower case."""
    text = f'{{"value":{float(number)},"unit":"{unit.upper()}"}}'
    sent = {"value": number, "unit": unit}
    return [
        kept(name, sent, text, {"value": number, "unit": unit.upper()}),
        kept(f"list.{name}", [sent], f"[{text}]", [{"value": number, "unit": SHORT.get(unit, unit)}]),
    ]


URL = 'Value cannot have an empty scheme (protocol), must include one of the following URL schemes: ["http", "https", "mailto", "sms", "tel"].\''
MONEY = "Value must be a stringified JSON object with amount (numeric) and currency_code (string matching the shop's currency) fields."
MOMENT = "Value must be in “YYYY-MM-DDTHH:MM:SS” format. For example: 2022-06-01T15:30:00"
NO_PRODUCT = "gid://shopify/Product/999999998"
VALUES = [
    *(fact for name, (number, unit) in MEASURED.items() for fact in measured(name, number, unit)),
    kept(
        "list.link",
        '[{"text": "More", "url": "https://shopify.com"}]',
        '[{"text":"More","url":"https://shopify.com"}]',
        [{"text": "More", "url": "https://shopify.com"}],
    ),
    kept("boolean", "t", "true", True),
    kept("boolean", "1", "true", True),
    kept("boolean", " TRUE ", "true", True),
    kept("boolean", "f", "false", "false"),
    kept("boolean", "0", "false", "false"),
    kept("number_integer", "5.000", "5", 5),
    kept("number_decimal", "1.1234567891", "1.123456789", "1.123456789"),
    kept("date_time", "2024-01-01T12:30:00", "2024-01-01T12:30:00+00:00", "2024-01-01T12:30:00+00:00"),
    kept("date_time", "2026-06-25T10:11:12.123+05:30", "2026-06-25T10:11:12+05:30", "2026-06-25T10:11:12+05:30"),
    kept("list.number_decimal", [10.4], '["10.4"]', ["10.4"]),
    kept("list.number_integer", [10], "[10]", [10]),
    kept("list.boolean", [True], "[true]", [True]),
    kept(
        "rating",
        {"value": "3.5", "scale_min": "1.0", "scale_max": "5.0"},
        '{"scale_min":"1.0","scale_max":"5.0","value":"3.5"}',
        {"scale_min": "1.0", "scale_max": "5.0", "value": "3.5"},
    ),
    kept("language", "en", "en", "en"),
    kept(
        "dimension",
        {"value": 2, "unit": "cm"},
        '{"value":2.0,"unit":"CENTIMETERS"}',
        {"value": 2, "unit": "CENTIMETERS"},
        DOCUMENTED,
    ),
    refused("boolean", "yes", "Value must be true or false."),
    refused("number_integer", "not a number", "Value must be an integer."),
    refused("number_integer", "+5", "Value must be an integer."),
    refused("number_integer", "9007199254740992", "Value can't exceed 9007199254740991.", source=INFERRED),
    refused("number_decimal", "10000000000000.1", "Value can't exceed 9999999999999."),
    refused("number_decimal", "ten", "Value must be a decimal.", source=INFERRED),
    refused("color", "blue", "Value must be a hex color code."),
    refused("date", "2026/06/21", "Value must be in YYYY-MM-DD format."),
    refused("date_time", "tomorrow", MOMENT),
    refused("json", "{nope", "Value is invalid JSON: expected object key, got 'nope' at line 1 column 2."),
    refused("json", "", "Value can't be blank."),
    refused("single_line_text_field", "", "Value can't be blank."),
    refused("multi_line_text_field", "   ", "Value can't be blank."),
    refused("single_line_text_field", "Line\nBreak", "Value must be a single line text string."),
    refused("url", "example.com", URL),
    refused("url", "ftp://x", "Value must be one of the following URL schemes: http, https, mailto, sms, tel."),
    refused("link", {"label": "Docs", "url": "ftp://example.com"}, "Value must be a valid link."),
    refused("money", [], MONEY),
    refused("money", {"amount": "12.00"}, MONEY),
    refused("money", {"amount": "1.00", "currency_code": ""}, "Value must have a currency code."),
    refused("money", {"amount": "abc", "currency_code": "USD"}, "Value must have a numeric amount."),
    refused(
        "money",
        {"amount": "1000000000000000001", "currency_code": "CAD"},
        "Value must be within +/-1000000000000000000.",
    ),
    refused("money", {"amount": "1.00", "currency_code": "ZZZ"}, "Value contains an invalid currency, ZZZ."),
    refused("dimension", {"value": -1, "unit": "cm"}, "Value must be a non-negative number."),
    refused("volume", {"value": "not-a-number", "unit": "ml"}, "Value must be a non-negative number."),
    refused("weight", {"value": 1, "unit": "bogus"}, "Value must be a supported unit."),
    refused("rating", {"value": "6.0", "scale_min": "1.0", "scale_max": "5.0"}, "Value has a maximum of 5.0."),
    refused("list.number_integer", [1, "x"], "Value must be an integer.", at=1),
    refused("list.single_line_text_field", ["item"] * 129, "Value has more than 128 elements."),
    refused("product_reference", NO_PRODUCT, f"Value references non-existent resource {NO_PRODUCT}."),
    refused("list.product_reference", [NO_PRODUCT], f"Value references non-existent resource {NO_PRODUCT}."),
]


def wrong(what: str, error: dict[str, Any], source: str = "seen on a live store", **changes: Any) -> Fact:
    """An entry of metafieldsSet that is refused."""
    answer = {"metafieldsSet": {"metafields": [], "userErrors": [{"code": None, "elementIndex": None, **error}]}}
    name = changes.pop("type", "single_line_text_field")
    return Fact(what, SET, {"m": [entry(name, "x", **changes)]}, before=[CUP], data=answer, cost=10, source=source)


ENTRIES = [
    wrong(
        "a type is needed where there is no definition",
        user_error("Type can't be blank", "metafields", 0, "type", code="BLANK"),
        type=None,
    ),
    wrong(
        "a namespace has three characters at least",
        user_error("Namespace is too short (minimum is 3 characters)", "metafields", 0, "namespace", code="TOO_SHORT"),
        namespace="ab",
    ),
    wrong(
        "a namespace has 255 characters at most",
        user_error("Namespace is too long (maximum is 255 characters)", "metafields", 0, "namespace", code="TOO_LONG"),
        namespace="n" * 256,
    ),
    wrong(
        "a key has two characters at least",
        user_error("Key is too short (minimum is 2 characters)", "metafields", 0, "key", code="TOO_SHORT"),
        key="x",
    ),
    wrong(
        "a key has 64 characters at most",
        user_error("Key is too long (maximum is 64 characters)", "metafields", 0, "key", code="TOO_LONG"),
        key="k" * 65,
    ),
    *(
        wrong(
            f"the namespace {name} is reserved",
            user_error(f"Namespace {name} is a reserved namespace", "metafields", 0, "namespace"),
            namespace=name,
        )
        for name in ("shopify_standard", "protected", "shopify-l10n-fields")
    ),
    wrong(
        "another app's namespace can't be written",
        user_error(ACCESS, "metafields", 0, code="APP_NOT_AUTHORIZED"),
        namespace="app--999999999999--care",
    ),
    wrong(
        "an owner that does not exist has no metafields",
        user_error("Owner does not exist.", "metafields", 0, "ownerId", code="INVALID_VALUE"),
        ownerId=NO_PRODUCT,
    ),
    Fact(
        "a digest is not looked at where the value stays",
        SET,
        {"m": [entry("single_line_text_field", "v", compareDigest="not-a-hex-digest")]},
        before=[CUP, Before(SET, {"m": [entry("single_line_text_field", "v")]})],
        data={
            "metafieldsSet": {
                "metafields": [
                    {
                        "namespace": "care",
                        "key": "wash",
                        "type": "single_line_text_field",
                        "value": "v",
                        "jsonValue": "v",
                    }
                ],
                "userErrors": [],
            }
        },
    ),
    Fact(
        "a digest that is not that of the value refuses a change",
        SET,
        {"m": [entry("single_line_text_field", "w", compareDigest="not-a-hex-digest")]},
        before=[CUP, Before(SET, {"m": [entry("single_line_text_field", "v")]})],
        data={
            "metafieldsSet": {
                "metafields": [],
                "userErrors": [
                    {
                        "elementIndex": None,
                        **user_error(
                            "The resource has been updated since it was loaded. Try again with an updated "
                            "`compareDigest` value.",
                            "metafields",
                            0,
                            code="STALE_OBJECT",
                        ),
                    }
                ],
            }
        },
    ),
    Fact(
        "namespaces with strange characters are accepted",
        SET,
        {"m": [entry("single_line_text_field", "v", namespace="bad$namespace", key="bad$key")]},
        before=[CUP],
        data={
            "metafieldsSet": {
                "metafields": [
                    {
                        "namespace": "bad$namespace",
                        "key": "bad$key",
                        "type": "single_line_text_field",
                        "value": "v",
                        "jsonValue": "v",
                    }
                ],
                "userErrors": [],
            }
        },
        cost=10,
    ),
    Fact(
        "one wrong entry keeps all others from being written",
        READ,
        {"id": "<cup>"},
        before=[
            CUP,
            Before(
                SET, {"m": [entry("number_integer", "1"), entry("number_integer", "1", key="spin", ownerId=NO_PRODUCT)]}
            ),
        ],
        data={"product": {"metafield": None}},
    ),
    Fact(
        "two entries for one metafield each show what they wrote",
        "mutation M($m: [MetafieldsSetInput!]!) { metafieldsSet(metafields: $m) { metafields { value } } }",
        {"m": [entry("single_line_text_field", "one"), entry("single_line_text_field", "two")]},
        before=[CUP],
        data={"metafieldsSet": {"metafields": [{"value": "one"}, {"value": "two"}]}},
    ),
]

FOUR = Before(
    SET,
    {
        "m": [
            entry("single_line_text_field", key, namespace=namespace, key=key)
            for namespace, key in (("args", "alpha"), ("args", "bravo"), ("details", "size"), ("args", "charlie"))
        ]
    },
)
BY_KEYS = "query Q($id: ID!, $keys: [String!]) { product(id: $id) { metafields(first: 10, keys: $keys) { nodes { namespace key } } } }"


def by_keys(what: str, keys: list[str], *found: tuple[str, str]) -> Fact:
    nodes = [{"namespace": namespace, "key": key} for namespace, key in found]
    answer = {"product": {"metafields": {"nodes": nodes}}}
    return Fact(what, BY_KEYS, {"id": "<cup>", "keys": keys}, before=[CUP, FOUR], data=answer, cost=7)


IDENTIFIED = {"ownerId": "<cup>", "namespace": "args", "key": "alpha"}
READING = [
    by_keys("keys without their namespace match nothing", ["bravo", "size"]),
    by_keys(
        "full keys come back in the order asked for, as full keys",
        ["details.size", "args.bravo"],
        ("details", "details.size"),
        ("args", "args.bravo"),
    ),
    Fact(
        "a namespace of the app is written with its id",
        SET,
        {"m": [entry("single_line_text_field", "gold", namespace="$app:levels", key="tier")]},
        before=[CUP],
        data={
            "metafieldsSet": {
                "metafields": [
                    {
                        "namespace": "app--1--levels",
                        "key": "tier",
                        "type": "single_line_text_field",
                        "value": "gold",
                        "jsonValue": "gold",
                    }
                ],
                "userErrors": [],
            }
        },
    ),
    Fact(
        "a deletion tells what it deleted, and null for what there was not",
        DELETE,
        {"m": [IDENTIFIED, {**IDENTIFIED, "key": "missing"}, {**IDENTIFIED, "ownerId": NO_PRODUCT}]},
        before=[CUP, FOUR],
        data={"metafieldsDelete": {"deletedMetafields": [IDENTIFIED, None, None], "userErrors": []}},
        cost=10,
    ),
    Fact(
        "metafields in another app's namespace can't be deleted",
        DELETE,
        {"m": [{**IDENTIFIED, "namespace": "app--999999999999--care"}]},
        before=[CUP],
        data={"metafieldsDelete": {"deletedMetafields": [], "userErrors": [user_error(ACCESS, "metafields")]}},
        cost=10,
    ),
    Fact(
        "what a reference points to is read with it",
        'query Q($id: ID!) { product(id: $id) { metafield(namespace: "care", key: "wash") { reference { ... on Product { id } } } } }',
        {"id": "<cup>"},
        before=[CUP, Before(SET, {"m": [entry("product_reference", "<cup>")]})],
        data={"product": {"metafield": {"reference": {"id": "<cup>"}}}},
        source="official schema",
    ),
]

test_facts = each([*VALUES, *ENTRIES, *READING])
