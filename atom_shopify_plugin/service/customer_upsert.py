"""A customer brought into a given state, found by id, e-mail address or phone number; made where there is none."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from atom_shopify_plugin.errors import Fault, InvalidInput, Rejected
from atom_shopify_plugin.service.customers import get
from atom_shopify_plugin.service.finding import dialled, missing
from atom_shopify_plugin.service.forecast import Forecast
from atom_shopify_plugin.service.refusals import plainly
from atom_shopify_plugin.shopify.wire import camel
from atom_shopify_plugin.stores.shop import Shop

__all__ = ["forecast", "upsert"]

Json = dict[str, Any]

_MEMBERS = {
    "email": "/email", "phone": "/phone", "firstName": "/first_name", "lastName": "/last_name", "note": "/note",
    "tags": "/tags", "locale": "/locale", "taxExempt": "/tax_exempt", "addresses": "/addresses",
}  # fmt: skip
_WORDS = {
    "/email TAKEN": "Another customer already has this e-mail address.",
    "/phone TAKEN": "Another customer already has this phone number.",
}
_WRITTEN = ("company", "address1", "address2", "city", "zip", "province_code", "country_code", "phone")


def upsert(shop: Shop, **given: Any) -> Any:
    """Create or change a customer and return them; lists take the place of those that are there.

    Raises `NotFound` for an unknown `id`, and `Rejected` with the member of the input that Shopify refused.
    """
    by = _by(given)
    values = camel({name: value for name, value in given.items() if name not in ("id", "match_by")})
    try:
        return shop.root("CustomerSet", {"identifier": by, "input": values})["customer"]
    except Rejected as refusal:
        raise plainly(refusal, _MEMBERS, _WORDS) from None


def forecast(shop: Shop, _before: Any, **given: Any) -> Forecast:
    """Say what an upsert would change, and which addresses and tags it would delete."""
    by = _by(given)
    customer = get(shop, **by)
    ((name, value),) = by.items()
    if customer is None and name == "id":
        raise missing(shop, "customer", {"id": value})
    if customer is None:
        return Forecast([], f"No customer has this {_NOUNS[name]}: a new one is created.")
    gone = [address for address in customer["addresses"]["nodes"] if not _kept(address, given.get("addresses"))]
    tags = [tag for tag in customer["tags"] if not _holds(given.get("tags"), tag)]
    changes: list[Json] = [
        *({"field": "addresses", "before": _line(address), "after": None} for address in gone),
        *({"field": "tags", "before": tag, "after": None} for tag in tags),
    ]
    lost = [f"the address {_line(address)}" for address in gone] + [f"the tag {tag}" for tag in tags]
    told = f"It changes {customer['display_name']}"
    return Forecast(changes, f"{told} and deletes {', '.join(lost)}." if lost else f"{told} and deletes nothing.")


_NOUNS = {"email": "e-mail address", "phone": "phone number"}


def _by(given: Mapping[str, Any]) -> dict[str, str]:
    """Return what names the customer: `id`, else `match_by`, else the e-mail address, else the phone number."""
    if "id" in given:
        return {"id": given["id"]}
    wanted = given.get("match_by", "EMAIL" if "email" in given else "PHONE").lower()
    if wanted not in given:
        message = f"The {_NOUNS[wanted]} is to find the customer, and is not given."
        raise InvalidInput(message, [Fault(f"/{wanted}", message, "required")])
    return {wanted: dialled(given[wanted]) if wanted == "phone" else given[wanted]}


def _kept(address: Mapping[str, Any], wanted: Any) -> bool:
    """Return whether an address is among those that are given, as far as they say."""
    if wanted is None:
        return True
    return any(
        all((one.get(name) or None) == (address.get(name) or None) for name in _WRITTEN if name in one)
        for one in wanted
    )


def _holds(wanted: Any, tag: str) -> bool:
    return wanted is None or tag.casefold() in {one.casefold() for one in wanted}


def _line(address: Mapping[str, Any]) -> str:
    parts = [address.get(name) for name in ("address1", "zip", "city", "country")]
    return "“" + ", ".join(part for part in parts if part) + "”"
