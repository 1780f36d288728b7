"""Campaigns: discount codes and a period under a name, and what they brought."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from atom_shopify_plugin.analytics import campaigns as over
from atom_shopify_plugin.analytics.view import MOST_DAYS, View
from atom_shopify_plugin.errors import Fault, InvalidInput
from atom_shopify_plugin.service.saved import Kind
from atom_shopify_plugin.storage.insight.saved import Saved
from atom_shopify_plugin.stores.shop import Shop

__all__ = ["create", "delete", "get", "list_all", "result", "update"]

Json = dict[str, Any]
_CAMPAIGNS = Kind(over.SAVED, "campaign", 200, "campaign_list")


def list_all(shop: Shop, **_given: Any) -> Json:
    """Return the campaigns of a store by name."""
    shop.told["all_orders"] = True
    return {"campaigns": [_shown(one) for one in _CAMPAIGNS.all(shop)]}


def get(shop: Shop, *, campaign: str) -> Json:
    """Return a campaign; raise `NotFound`."""
    shop.told["all_orders"] = True  # codes and days do not depend on orders
    return _shown(_CAMPAIGNS.get(shop, campaign))


def result(shop: Shop, *, campaign: str) -> Json:
    """Return what a campaign brought; see `analytics.campaigns.result`."""
    one = _CAMPAIGNS.get(shop, campaign)
    with shop.storage.read() as session:
        answer = over.result(View.of(shop.storage, shop.store, session), one)
    shop.told["all_orders"] = answer["complete"]
    return answer


def create(shop: Shop, *, name: str, **given: Any) -> Json:
    """Save a campaign and return it; raise `InvalidInput` for days that make no sense, `Conflict` for a taken name."""
    body = {key: value for key, value in given.items() if value is not None}
    return _shown(_CAMPAIGNS.create(shop, name, _checked(body, given)))


def update(shop: Shop, *, campaign: str, name: str | None = None, **given: Any) -> Json:
    """Change a campaign and return it; one whose last day is null goes on."""
    _checked({**_CAMPAIGNS.get(shop, campaign).body, **given}, given)
    return _shown(_CAMPAIGNS.change(shop, campaign, name, given))


def delete(shop: Shop, *, campaign: str) -> Json:
    """Delete a campaign, and return how it was called; its codes stay."""
    one = _CAMPAIGNS.delete(shop, campaign)
    return {"id": one.id, "name": one.name}


def _checked(body: Json, given: Mapping[str, Any]) -> Json:
    """Return what a campaign says; raise `InvalidInput` for codes named twice, and for days in no order."""
    faults = []
    seen: set[str] = set()
    for place, code in enumerate(body["codes"]):
        if code.strip().casefold() in seen:
            faults.append(Fault(f"/codes/{place}", "This code is named twice.", "conflict"))
        seen.add(code.strip().casefold())
    found: dict[str, date] = {}
    for member in ("since", "until"):
        if body.get(member) is not None:
            try:
                found[member] = date.fromisoformat(body[member])
            except ValueError:
                faults.append(Fault(f"/{member}", "There is no such day.", "conflict"))
            else:
                if not 2000 <= found[member].year <= 2199:
                    faults.append(Fault(f"/{member}", "Its year must be from 2000 to 2199.", "conflict"))
    if not faults and "until" in found and not 0 <= (found["until"] - found["since"]).days < MOST_DAYS:
        pointer = "/until" if given.get("until") is not None else "/since"
        message = f"The last day must not be before the first day, and a campaign has at most {MOST_DAYS} days."
        faults.append(Fault(pointer, message, "conflict"))
    if faults:
        raise InvalidInput.about("The input", faults)
    return body


def _shown(one: Saved) -> Json:
    return {
        "id": one.id,
        "name": one.name,
        "codes": one.body["codes"],
        "since": one.body["since"],
        "until": one.body.get("until"),
        "created_at": f"{one.created_at:%Y-%m-%dT%H:%M:%SZ}",
        "updated_at": f"{one.updated_at:%Y-%m-%dT%H:%M:%SZ}",
    }
