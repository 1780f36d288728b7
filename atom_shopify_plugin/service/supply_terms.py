"""Terms of supply that are saved: how the products of a vendor, a product or a variant are ordered."""

from __future__ import annotations

from typing import Any

from atom_shopify_plugin.analytics.supply_terms import MEMBERS, SAVED, subject_of
from atom_shopify_plugin.errors import Fault, InvalidInput
from atom_shopify_plugin.service.saved import Kind
from atom_shopify_plugin.storage.insight.saved import Saved
from atom_shopify_plugin.stores.shop import Shop

__all__ = ["create", "delete", "get", "list_all", "update"]

Json = dict[str, Any]
_TERMS = Kind(SAVED, "terms of supply", 500, "supply_terms_list")


def list_all(shop: Shop, **_given: Any) -> Json:
    """Return all terms of a store by what they are about."""
    return {"terms": [_shown(one) for one in _TERMS.all(shop)]}


def get(shop: Shop, *, supply_terms: str) -> Json:
    """Return terms by their subject or id; raise `NotFound`."""
    return _shown(_TERMS.get(shop, supply_terms))


def create(shop: Shop, *, subject: str, **given: Any) -> Json:
    """Save terms for a subject that has none and return them; raise `InvalidInput` where they say nothing."""
    return _shown(_TERMS.create(shop, subject_of("/subject", subject), _told(given)))


def update(shop: Shop, *, supply_terms: str, **given: Any) -> Json:
    """Change members of terms and return them; one that is null holds no longer."""
    _told({**_TERMS.get(shop, supply_terms).body, **given})
    return _shown(_TERMS.change(shop, supply_terms, None, given))


def delete(shop: Shop, *, supply_terms: str) -> Json:
    """Delete terms, and return what they were about."""
    one = _TERMS.delete(shop, supply_terms)
    return {"id": one.id, "subject": one.name}


def _told(given: Json) -> Json:
    """Return the members that say something; raise `InvalidInput` where none does."""
    told = {name: given[name] for name in MEMBERS if given.get(name) is not None}
    if not told:
        fault = Fault("", f"Terms say at least one of {', '.join(MEMBERS)}.", "required")
        raise InvalidInput.about("The input", [fault])
    return told


def _shown(one: Saved) -> Json:
    return {
        "id": one.id,
        "subject": one.name,
        **{name: one.body.get(name) for name in MEMBERS},
        "created_at": f"{one.created_at:%Y-%m-%dT%H:%M:%SZ}",
        "updated_at": f"{one.updated_at:%Y-%m-%dT%H:%M:%SZ}",
    }
