"""Customers: what one document can't do."""

from __future__ import annotations

from typing import Any

from atom_shopify_plugin.errors import OutcomeUnknown, Rejected
from atom_shopify_plugin.service.shop import Shop
from atom_shopify_plugin.service.wire import camel

__all__ = ["create", "get"]


def get(shop: Shop, **by: str) -> Any:
    """Return the customer of that `id`, `email` or `phone`, None where there is none."""
    if "email" in by:
        return shop.root("CustomerGetByEmail", {"email": by["email"]})
    if "phone" in by:
        return shop.root("CustomerGetByPhone", {"phone": by["phone"]})
    return shop.root("CustomerGet", {"id": by["id"]})


def create(shop: Shop, **given: Any) -> Any:
    """Create a customer, then add each address; return the customer with them.

    Shopify takes addresses one by one (those of ``CustomerInput`` are deprecated). Where it refuses one, the customer
    is there already, and a repetition would make a second one: `OutcomeUnknown` says so and carries the id.
    """
    addresses = given.pop("addresses", [])
    customer = shop.root("CustomerCreate", {"input": camel(given)})["customer"]
    for index, address in enumerate(addresses):
        variables = {"customer_id": customer["id"], "address": camel(address), "set_as_default": index == 0}
        try:
            shop.root("CustomerAddressCreate", variables)
        except Rejected as refusal:
            raise OutcomeUnknown(
                f"The customer was created, but address {index + 1} was not added: {refusal.message}",
                details={**refusal.details, "id": customer["id"], "created": True},
            ) from refusal
    return shop.root("CustomerGet", {"id": customer["id"]}) if addresses else customer
