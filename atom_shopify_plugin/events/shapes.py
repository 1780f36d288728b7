"""The payload of an event: what a webhook says of a thing, in the shape in which actions answer with the same thing.

A trigger names the definition that actions answer with. A member that is in both has its JSON type
and shape there: ids are gids with `legacy_id` beside them, tags a list of texts, money an amount with its currency,
lines and variants below `nodes`, statuses in upper case. What only the webhook tells stays under its own name. Nothing
is lost: where a shape holds less, the webhook's own value stands beside it (`discount_code_details`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import zip_longest
from typing import Any

from atom_shopify_plugin.catalog.model import Schema, Schemas, Trigger
from atom_shopify_plugin.events.payloads import ABOUT, number
from atom_shopify_plugin.payload_shapes import UNITS
from atom_shopify_plugin.payload_shapes.topics import kind_of
from atom_shopify_plugin.shopify.ids import gid, legacy_id
from atom_shopify_plugin.shopify.topics import COMPLIANCE

__all__ = ["shaped"]

Json = dict[str, Any]

# Things inside of others: member → type, and the definition of their shape where nothing nearer gives it.
_PARTS: Mapping[str, tuple[str, str]] = {
    "customer": ("Customer", "customer"),
    "line_items": ("LineItem", ""),
    "line_item": ("LineItem", "line_item"),
    "variants": ("ProductVariant", "variant"),
    "options": ("ProductOption", ""),
    "addresses": ("MailingAddress", "customer_address"),
    "default_address": ("MailingAddress", "customer_address"),
    "fulfillments": ("Fulfillment", ""),
    "transactions": ("OrderTransaction", ""),
    "refunds": ("Refund", ""),
    "refund_line_items": ("RefundLineItem", ""),
    "shipping_lines": ("ShippingLine", ""),
    "order": ("Order", ""),
    "return_line_items": ("ReturnLineItem", ""),
    "fulfillment_line_item": ("FulfillmentLineItem", ""),
    "additions": ("LineItem", ""),
    "removals": ("LineItem", ""),
}
_IDS: Mapping[str, str] = {
    "order_id": "Order",
    "customer_id": "Customer",
    "product_id": "Product",
    "variant_id": "ProductVariant",
    "line_item_id": "LineItem",
    "inventory_item_id": "InventoryItem",
    "location_id": "Location",
    "fulfillment_id": "Fulfillment",
    "primary_location_id": "Location",
    "last_order_id": "Order",
    "payment_terms_id": "PaymentTerms",
    "subscription_contract_id": "SubscriptionContract",
    "shop_id": "Shop",
}
_ADDRESS = "?model_name=CustomerAddress"  # which of the addresses that share a number it is
_ENUMS = frozenset(
    {"status", "state", "cancel_reason", "inventory_policy", "kind", "reason", "restock_type", "value_type"}
    | {"request_status"}
)
_PARCEL = ("company", "number", "url")
_UNITS = {short: name for name, short in UNITS.items()}
_NUMBER = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,6})?")
_HUMP = re.compile(r"(?<=[a-z0-9])([A-Z])")


def shaped(trigger: Trigger, schemas: Schemas, payload: Mapping[str, Any]) -> Json:
    """Return the payload that an event of `trigger` carries; one that has its shape already stays as it is."""
    if trigger.topic in COMPLIANCE:
        return _ids_alone(payload)
    known = _properties(_definition(schemas, trigger.resource))
    kind = kind_of(trigger.topic)
    return _Shaper(schemas, payload).thing(_lifted(payload, kind), known, kind)


def _ids_alone(payload: Mapping[str, Any]) -> Json:
    """Return what a host is told of a request of privacy law: what it is told must not be a new trace of a person."""
    listed = next((payload[name] for name in ("orders_requested", "orders_to_redact") if name in payload), None)
    if "customer" not in payload and listed is None:
        return {name: payload[name] for name in ("customer_id", "order_ids") if name in payload}
    customer = payload.get("customer")
    person = number(customer.get("id")) if isinstance(customer, Mapping) else None
    orders = sorted(found for found in map(number, listed if isinstance(listed, list) else []) if found)
    return {
        "customer_id": None if person is None else gid("Customer", person),
        "order_ids": [gid("Order", order) for order in orders],
    }


def _lifted(payload: Mapping[str, Any], kind: str) -> Mapping[str, Any]:
    """Return a payload with what actions show at the top of a thing and Shopify's webhook does not."""
    if kind == "FulfillmentOrder":
        for member in ABOUT:
            if isinstance(payload.get(member), Mapping):
                rest = {name: value for name, value in payload.items() if name != member}
                return {**payload[member], **rest}
    if kind == "Metaobject" and isinstance(payload.get("fields"), Mapping):
        # An action lists the fields, and shows their values by key, as the webhook does.
        rest = {name: value for name, value in payload.items() if name != "fields"}
        return {**rest, "values": payload["fields"]}
    if kind == "Cart" and isinstance(payload.get("line_items"), list):
        # The id of a line of a cart is that of its variant, which has a member of its own.
        lines = [
            {name: value for name, value in line.items() if name != "id"} if isinstance(line, Mapping) else line
            for line in payload["line_items"]
        ]
        return {**payload, "line_items": lines}
    if kind == "BulkOperation":
        # Shopify writes its enums in lower case here.
        told = {name: payload.get(name) for name in ("status", "type", "error_code")}
        return {**payload, **{name: value.upper() for name, value in told.items() if isinstance(value, str)}}
    if kind == "Fulfillment" and "tracking_info" not in payload:
        numbers, urls = (payload.get(f"tracking_{name}") or [] for name in ("numbers", "urls"))
        company = payload.get("tracking_company")
        parcels = zip_longest(numbers, urls) if numbers or urls or not company else [(None, None)]
        return {**payload, "tracking_info": [dict(zip(_PARCEL, (company, *one), strict=True)) for one in parcels]}
    return payload


class _Shaper:
    """Shapes one payload; the currency of its amounts stands at its top."""

    def __init__(self, schemas: Schemas, payload: Mapping[str, Any]) -> None:
        self._schemas = schemas
        self._currency = payload.get("currency")

    def thing(self, raw: Mapping[str, Any], known: Schema, kind: str) -> Json:
        """Return an object: its members in their shapes, its id as a gid of `kind`."""
        out: Json = {}
        identity = _identity(raw, kind)
        if identity is not None:
            out["id"] = identity
            digits = legacy_id(identity)
            if digits is not None:
                out["legacy_id"] = digits
        for key, value in raw.items():
            name = _HUMP.sub(r"_\1", key).lower() if key.isidentifier() else key
            if name == "admin_graphql_api_id" or (name in ("id", "legacy_id") and identity is not None):
                continue
            out.update(self._member(name, value, raw, known.get(name)))
        return out

    def _member(self, name: str, value: Any, raw: Mapping[str, Any], schema: Any) -> Iterator[tuple[str, Any]]:
        wanted = _properties(schema)
        if name == "tags" and isinstance(value, str):
            yield name, [tag for part in value.split(",") if (tag := part.strip())]
        elif "shop_money" in wanted and isinstance(value, str):
            yield name, {"shop_money": self._price(name, value, raw)}
        elif name == "discount_codes" and schema is not None and isinstance(value, list):
            yield name, [one["code"] if isinstance(one, Mapping) and "code" in one else one for one in value]
            if any(isinstance(one, Mapping) for one in value):
                yield "discount_code_details", value
        elif name in _IDS:
            found = number(value)
            yield name, value if found is None else gid(_IDS[name], found)
        elif schema is not None and name in _ENUMS and isinstance(value, str):
            yield name, value.upper()
        elif schema is not None and name == "weight_unit":
            yield name, _UNITS.get(value, value)
        elif isinstance(value, str) and (schema or {}).get("type") == "number" and _NUMBER.fullmatch(value):
            yield name, float(value)
        elif isinstance(value, int) and not isinstance(value, bool) and (schema or {}).get("type") == "string":
            yield name, str(value)
        else:
            yield name, self._inside(name, value, schema)

    def _inside(self, name: str, value: Any, schema: Any) -> Any:
        kind, definition = _PARTS.get(name, ("", ""))
        wanted = _properties(schema)
        if isinstance(value, list):
            each = _items(wanted.get("nodes", schema))
            listed = [self._part(one, each, kind, definition) for one in value]
            return {"nodes": listed} if "nodes" in wanted else listed
        if isinstance(value, Mapping) and "nodes" in wanted and isinstance(value.get("nodes"), list):
            return {**value, **self._inside(name, value["nodes"], schema)}
        return self._part(value, schema, kind, definition)

    def _part(self, value: Any, schema: Any, kind: str, definition: str) -> Any:
        if isinstance(value, list):
            return [self._part(one, _items(schema), kind, definition) for one in value]
        if not isinstance(value, Mapping):
            return value
        known = {**_properties(_definition(self._schemas, definition)), **_properties(schema)}
        return self.thing(value, known, kind)

    def _price(self, name: str, amount: str, raw: Mapping[str, Any]) -> Json:
        bag = raw.get(f"{name}_set")
        price = bag.get("shop_money") if isinstance(bag, Mapping) else None
        currency = price.get("currency_code") if isinstance(price, Mapping) else None
        currency = currency or raw.get("currency") or self._currency
        return {"amount": amount, "currency_code": currency}


def _identity(raw: Mapping[str, Any], kind: str) -> str | None:
    given = raw.get("admin_graphql_api_id")
    if isinstance(given, str) and given.startswith("gid://"):
        return given
    value = raw.get("id")
    if isinstance(value, str) and value.startswith("gid://"):
        return value
    digits = number(value)
    if not kind or digits is None:
        return None
    return gid(kind, digits) + (_ADDRESS if kind == "MailingAddress" else "")


def _definition(schemas: Schemas, name: str | None) -> Any:
    return schemas.resolved({"$ref": f"#/$defs/{name}"}) if name else None


def _branch(schema: Any) -> Any:
    """Return what a schema says of a value that is not null."""
    if isinstance(schema, Mapping) and "anyOf" in schema:
        return next((one for one in schema["anyOf"] if one.get("type") != "null"), None)
    return schema


def _properties(schema: Any) -> Schema:
    found: Schema = (_branch(schema) or {}).get("properties", {})
    return found


def _items(schema: Any) -> Any:
    return (_branch(schema) or {}).get("items")
