"""Customers: what one document can't do."""

from __future__ import annotations

import logging
from typing import Any

from atom_shopify_plugin.errors import OutcomeUnknown, PluginError
from atom_shopify_plugin.service.finding import dialled
from atom_shopify_plugin.shopify.wire import camel
from atom_shopify_plugin.stores.shop import Shop

__all__ = ["create", "get"]

log = logging.getLogger(__name__)


def get(shop: Shop, **by: str) -> Any:
    """Return the customer of that `id`, `email` or `phone`, None where there is none."""
    if "email" in by:
        return shop.root("CustomerGetByEmail", {"email": by["email"]})
    if "phone" in by:
        return shop.root("CustomerGetByPhone", {"phone": dialled(by["phone"])})
    return shop.root("CustomerGet", {"id": by["id"]})


def create(shop: Shop, **given: Any) -> Any:
    """Create a customer, then add each address; return the customer with them.

    Shopify takes addresses one by one (those of ``CustomerInput`` are deprecated). Where one can't be added, the
    customer is there already, and a repetition would make a second one: `OutcomeUnknown` says so, with the customer's
    `id` and the number of `addresses_added` in its details.
    """
    addresses = given.pop("addresses", [])
    then = ["CustomerAddressCreate"] if addresses else []
    customer = shop.root("CustomerCreate", {"input": camel(given)}, then=then)["customer"]
    added: list[Any] = []
    for index, address in enumerate(addresses):
        variables = {"customer_id": customer["id"], "address": camel(address), "set_as_default": index == 0}
        try:
            added.append(shop.root("CustomerAddressCreate", variables)["address"])
        except PluginError as failure:
            may = "may not have been" if isinstance(failure, OutcomeUnknown) else "was not"
            raise OutcomeUnknown(
                f"The customer was created, but address {index + 1} of {len(addresses)} {may} added: {failure.message}",
                details={
                    "cause": failure.code,
                    **failure.details,
                    "id": customer["id"],
                    "created": True,
                    "addresses_added": index,
                },
            ) from failure
    if not added:
        return customer
    try:
        return shop.root("CustomerGet", {"id": customer["id"]})
    except PluginError as failure:
        # All of it was written and answered: what the answers hold is the customer, too.
        log.warning("A new customer could not be read again: %s", failure.code)
        return {**customer, "addresses": {"nodes": added}, "default_address": added[0]}
