"""Reports of one's own that are saved: sections, a period and a form under a name, which `report_render` shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from atom_shopify_plugin.analytics.periods import period_of
from atom_shopify_plugin.analytics.view import MOST_DAYS
from atom_shopify_plugin.errors import Conflict
from atom_shopify_plugin.reports.custom import CUSTOM, custom, name_key
from atom_shopify_plugin.reports.declared import REPORTS
from atom_shopify_plugin.service.saved import REPORTS as SAVED
from atom_shopify_plugin.storage.insight.saved import Saved
from atom_shopify_plugin.stores.shop import Shop

__all__ = ["create", "delete", "get", "list_all", "update"]

Json = dict[str, Any]


def list_all(shop: Shop, **_given: Any) -> Json:
    """Return the saved reports of a store by name."""
    shop.told["all_orders"] = True
    return {"reports": [_shown(one) for one in SAVED.all(shop)]}


def get(shop: Shop, *, saved_report: str) -> Json:
    """Return a saved report; raise `NotFound`."""
    shop.told["all_orders"] = True  # what is asked does not depend on orders
    return _shown(SAVED.get(shop, saved_report))


def create(shop: Shop, *, name: str, sections: Sequence[str], **given: Any) -> Json:
    """Save a report and return it; raise `InvalidInput` for sections that do not exist, `Conflict` for a taken name."""
    body = {key: value for key, value in {**given, "sections": sections}.items() if value is not None}
    _checked(name, body)
    return _shown(SAVED.create(shop, name, body))


def update(shop: Shop, *, saved_report: str, name: str | None = None, **given: Any) -> Json:
    """Change the name of a saved report or what it shows, and return it; a title that is null is the name again."""
    _checked(name, given)
    return _shown(SAVED.change(shop, saved_report, name, given))


def delete(shop: Shop, *, saved_report: str) -> Json:
    """Delete a saved report, and return how it was called."""
    one = SAVED.delete(shop, saved_report)
    return {"id": one.id, "name": one.name}


def _checked(name: str | None, body: Mapping[str, Any]) -> None:
    if name is not None and {name_key(name), name_key(name).removesuffix("_report")} & {*REPORTS, CUSTOM}:
        raise Conflict(f"“{name.strip()}” is the name of a built-in report. Choose another name.")
    if body.get("sections") is not None:
        custom(body["sections"], "")
    if body.get("period") is not None:
        period_of({"period": body["period"]}, date(2026, 1, 1), MOST_DAYS)  # whichever day it is: the name is checked


def _shown(one: Saved) -> Json:
    return {
        "id": one.id,
        "name": one.name,
        "title": one.body.get("title"),
        "sections": one.body["sections"],
        "period": one.body["period"],
        "format": one.body["format"],
        "created_at": f"{one.created_at:%Y-%m-%dT%H:%M:%SZ}",
        "updated_at": f"{one.updated_at:%Y-%m-%dT%H:%M:%SZ}",
    }
