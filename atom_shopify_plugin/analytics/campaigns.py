"""What campaigns brought: a campaign is a named set of discount codes with a period."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from typing import Any

from atom_shopify_plugin.analytics.periods import DAY, Period
from atom_shopify_plugin.analytics.shown import change, days, percent, totals
from atom_shopify_plugin.analytics.view import MOST_DAYS, View
from atom_shopify_plugin.errors import Conflict
from atom_shopify_plugin.storage.insight.saved import Saved

__all__ = ["SAVED", "days_of", "ranked", "result"]

Json = dict[str, Any]
SAVED = "campaign"
"""The kind under which campaigns are saved."""


def days_of(body: Mapping[str, Any], today: date) -> Period | None:
    """Return the days of a campaign up to today, the last 1,100 of them; None for one that has not begun."""
    since = date.fromisoformat(body["since"])
    until = today if body.get("until") is None else min(today, date.fromisoformat(body["until"]))
    return None if since > today else Period(max(since, until - (MOST_DAYS - 1) * DAY), until)


def result(view: View, campaign: Saved) -> Json:
    """Return what the codes of a campaign brought, each and all together, beside the store then and just before.

    Raises `Conflict` for a campaign that has not begun.
    """
    period = days_of(campaign.body, view.today)
    if period is None:
        raise Conflict(f"The campaign “{campaign.name}” starts on {campaign.body['since']}: there are no results yet.")
    before = period.previous()
    spellings, read = view.storage.code_sales.spellings(view.session, view.mirror), _Codes(view)
    by_code = [(code, spellings.get(code.casefold(), [])) for code in campaign.body["codes"]]
    spelt = [one for _, codes in by_code for one in codes]
    whole = view.storage.sales_figures.total(view.session, view.mirror, period.since, period.until)
    earlier = view.storage.sales_figures.total(view.session, view.mirror, before.since, before.until)
    known = view.known_since
    return {
        **view.about(period, "campaigns", history=True),
        "campaign": {"id": campaign.id, "name": campaign.name},
        "over": campaign.body.get("until") is not None and campaign.body["until"] < view.today.isoformat(),
        **read.brought(spelt, period),
        "share_percent": percent(read.total(spelt, period).net_sales, whole.net_sales),
        "codes": [{"code": code, "used": bool(codes), **read.brought(codes, period)} for code, codes in by_code],
        "store": {**days(period), **totals(whole, view.currency)},
        "before": {
            **days(before),
            "complete": known is None or before.since >= known,
            **totals(earlier, view.currency),
            "change_percent": change(earlier, whole),
        },
    }


def ranked(view: View, given: Mapping[str, Any]) -> Json:
    """Return what campaigns brought in a period, as far as they ran in it, those with the most net sales first."""
    period = view.period(given)
    spellings, read = view.storage.code_sales.spellings(view.session, view.mirror), _Codes(view)
    whole = view.storage.sales_figures.total(view.session, view.mirror, period.since, period.until)
    rows = []
    for campaign in view.storage.saved.of(view.session, view.store.id, SAVED):
        ran = days_of(campaign.body, view.today)
        if ran is None or ran.since > period.until or ran.until < period.since:
            continue
        part = Period(max(ran.since, period.since), min(ran.until, period.until))
        codes = [one for code in campaign.body["codes"] for one in spellings.get(code.casefold(), [])]
        net = read.total(codes, part).net_sales
        row = {"value": campaign.name, **read.brought(codes, part), "share_percent": percent(net, whole.net_sales)}
        rows.append((-net, campaign.name, row))
    rows.sort(key=lambda one: one[:2])
    return {**view.about(period, "campaigns", history=True), "rows": [row for _, _, row in rows[: given["first"]]]}


class _Codes:
    """What codes brought, in the copy of a store."""

    def __init__(self, view: View) -> None:
        self._view = view

    def total(self, codes: Collection[str], period: Period) -> Any:
        view = self._view
        return view.storage.code_sales.total(view.session, view.mirror, codes, period.since, period.until)

    def brought(self, codes: Collection[str], period: Period) -> Json:
        view = self._view
        users = view.storage.code_sales.users(view.session, view.mirror, codes, period.since, period.until)
        about = {"customers": users.customers, "new_customers": users.new}
        return {**totals(self.total(codes, period), view.currency), **about}
