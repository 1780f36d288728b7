"""What the body of a delivery says: its content, the store it belongs to, the resource and how new its state is.

Ids are numbers on some topics and gids on others, names are snake_case on most and camelCase on the newer ones.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from atom_shopify_plugin.errors import Fault, InvalidInput
from atom_shopify_plugin.strictjson import Limits, parse_object

if TYPE_CHECKING:
    from atom_shopify_plugin.storage.stores.installed import Installed

__all__ = ["ABOUT", "LEVELS", "Resource", "check_store", "moment", "number", "parse", "resource", "says_state"]

LEVELS = "inventory_levels/update"
"""The topic of stock levels, which the plugin keeps a table of."""

ABOUT = ("fulfillment_order", "submitted_fulfillment_order", "order_edit")
"""The members that hold what the topics about fulfillment orders and edits are about."""

# A product may have 2,048 variants, each with 30 members and more.
_LIMITS = Limits(depth=64, nodes=1_000_000, mend=True)
_NUMBER = re.compile(r"(?:gid://shopify/[A-Za-z]+/)?([0-9]{1,20})(?:\?.*)?")
# Where the id does not stand in `id`: topic → the members that name the resource.
_IDS: Mapping[str, tuple[str, ...]] = {
    LEVELS: ("inventory_item_id", "location_id"),
    "inventory_levels/connect": ("inventory_item_id", "location_id"),
    "inventory_levels/disconnect": ("inventory_item_id", "location_id"),
    "bulk_operations/finish": ("admin_graphql_api_id",),
    "orders/risk_assessment_changed": ("order_id",),
    "orders/edited": ("order_id",),
    "companies/create": ("admin_graphql_api_id",),
    "customers/purchasing_summary": ("customerId",),
    "customers_email_marketing_consent/update": ("customer_id",),
    "customers_marketing_consent/update": ("id",),
    "customer.joined_segment": ("customerId",),
    "customer.left_segment": ("customerId",),
    "customer.tags_added": ("customerId",),
    "customer.tags_removed": ("customerId",),
    **dict.fromkeys(("discounts/create", "discounts/update", "discounts/delete"), ("admin_graphql_api_id",)),
}
_KINDS = {"customer": "customers"}


@dataclass(frozen=True, slots=True)
class Resource:
    """The thing that a delivery is about, such as ``orders/123``.

    `updated_at` is the moment of the state that it shows, None where it shows none.
    """

    name: str
    updated_at: datetime | None


def parse(body: bytes) -> dict[str, Any]:
    """Return the content of a body; raise `InvalidInput`. NUL and half surrogate pairs become U+FFFD."""
    return parse_object(body, _LIMITS)


def number(value: object) -> str | None:
    """Return the digits of an id, whether it came as a number, as text or as a gid."""
    if isinstance(value, bool) or not isinstance(value, int | str):
        return None
    match = _NUMBER.fullmatch(str(value))
    return match[1] if match is not None else None


def moment(value: object) -> datetime | None:
    """Return the moment that a text names with its offset, else None."""
    if not isinstance(value, str) or len(value) > 40:
        return None
    try:
        found = datetime.fromisoformat(_shortened(value))
        return found.astimezone(UTC) if found.tzinfo is not None else None
    except (ValueError, OverflowError):
        return None


def _shortened(text: str) -> str:
    # X-Shopify-Triggered-At has nine places of a second; Python takes six.
    return re.sub(r"(\.[0-9]{6})[0-9]+", r"\1", text)


def check_store(topic: str, payload: Mapping[str, Any], shop: str, installed: Installed | None) -> None:
    """Raise `InvalidInput` where the body belongs to another store than the header says.

    The header is not covered by the signature. Most bodies name no store; those about the store itself and the
    compliance topics do.
    """
    named = [payload.get("shop_domain"), payload.get("myshopify_domain")]
    wrong = any(isinstance(name, str) and name.lower() != shop for name in named)
    ids = [payload.get("shop_id"), payload.get("id") if topic in ("shop/update", "app/uninstalled") else None]
    known = number(installed.shop_id) if installed is not None else None
    wrong = wrong or any(known is not None and number(value) not in (None, known) for value in ids)
    if wrong:
        message = "The body belongs to a different store than the header says."
        raise InvalidInput(message, [Fault("/shop_domain", message, "shop")])


def says_state(topic: str) -> bool:
    """Return whether deliveries of a topic show states, of which a newer one makes an older one worthless.

    The others say that something happened (an order was placed), which stays true.
    """
    return topic.endswith(("/update", "/updated"))


def resource(topic: str, payload: Mapping[str, Any], triggered_at: datetime) -> Resource | None:
    """Return the resource of a delivery, None where it names none; that of an order's edit is the order.

    Where a state, a creation or a deletion carries no `updated_at`, the header's time counts.
    """
    shown = next((about for member in ABOUT if isinstance(about := payload.get(member), Mapping)), payload)
    ids = [number(shown.get(member)) for member in _IDS.get(topic, ("id",))]
    if None in ids:
        return None
    kind = re.split(r"[/.]", topic)[0]
    name = "/".join([_KINDS.get(kind, kind), *(part for part in ids if part is not None)])
    at = moment(payload.get("updated_at"))
    if at is None and (says_state(topic) or topic.endswith(("/create", "/delete"))):
        at = triggered_at
    return Resource(name, at)
