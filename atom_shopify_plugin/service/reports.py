"""Reports: sales summed up from orders or from the copy, and whole reports from the copy, in several forms."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from atom_shopify_plugin.analytics.periods import period_of
from atom_shopify_plugin.analytics.stock import Shelves
from atom_shopify_plugin.analytics.view import MOST_DAYS, View
from atom_shopify_plugin.errors import Fault, InvalidInput, NotFound, NotSynced
from atom_shopify_plugin.reports.custom import CUSTOM, custom, name_key
from atom_shopify_plugin.reports.declared import REPORTS, Report, Section
from atom_shopify_plugin.reports.document import Asked, filled, key_of
from atom_shopify_plugin.reports.files import as_file
from atom_shopify_plugin.reports.message import message
from atom_shopify_plugin.reports.questions import Question, Source
from atom_shopify_plugin.service import saved
from atom_shopify_plugin.service.sales_summary import summary
from atom_shopify_plugin.stores.shop import Shop

__all__ = ["generate", "render"]

Json = dict[str, Any]


def generate(shop: Shop, **given: Any) -> dict[str, Any]:
    """Return the sales of a period, from all orders that were sold, refunded or cancelled in it, or from ShopifyQL.

    `source` says which; ``auto`` takes ShopifyQL where the store allows it. Of the orders, the newest `max_orders` are
    read; `complete` is false where there are more. Those in other currencies than the store's are counted in
    `other_currencies` and in no sum.
    """
    return summary(shop, period_of(given, datetime.now(UTC).astimezone(shop.zone).date()), given)


def render(
    shop: Shop,
    *,
    name: str,
    format: str | None = None,  # noqa: A002  # the input's name
    section: str | None = None,
    sections: Sequence[str] = (),
    title: str | None = None,
    convert_to: str | None = None,
    rates: Sequence[str] = (),
    **given: Any,
) -> Json:
    """Return a report of the store with its answers, its ``text`` for messages, and, as csv and html, its ``content``.

    Raise `NotFound` for a name that no report has, and `NotSynced` where the store has not been copied.
    """
    report, form = _report(shop, name, sections, title)
    form = format or form
    if convert_to is not None:
        # What stores sold can only be compared, and summed, in one currency.
        converted = Section("sales_converted", {"convert_to": convert_to, "rates": list(rates)})
        report = replace(report, sections=(converted, *report.sections))
    elif rates:
        raise InvalidInput.about("The input", [Fault("/rates", "They need convert_to.", "conflict")])
    if section is not None:
        report = _only(report, section)
    storage = shop.storage
    asked = given if given.keys() & {"period", "since", "until"} else {"period": report.period}
    period = period_of(asked, storage.now().astimezone(shop.zone).date(), MOST_DAYS)
    with storage.read() as session:
        copies: dict[Source, Callable[[], Any]] = {
            "orders": lambda: View.of(storage, shop.store, session),
            "stock": lambda: Shelves.of(storage, shop.store, session),
        }
        there: dict[Source, View | Shelves | NotSynced] = {}

        def ask(source: Source, question: Question, wanted: Mapping[str, Any]) -> Json:
            if source not in there:
                try:
                    there[source] = copies[source]()
                except NotSynced as error:
                    there[source] = error
            copy = there[source]
            if isinstance(copy, NotSynced):
                raise copy
            return question.ask(copy, wanted)

        store = shop.store
        document = filled(report, Asked(str(store.shop), store.name or store.shop.handle, period, ask))
    # What was not copied is no order that Shopify hides.
    shop.told["all_orders"] = all(one["complete"] or one["reason"] for one in document["sections"])
    media_type, content = as_file([document], form, whole=section is None)
    return {**document, "text": message(document), "media_type": media_type, "content": content}


def _report(shop: Shop, name: str, sections: Sequence[str], title: str | None) -> tuple[Report, str]:
    """Return a ready report, the custom one of `sections`, or a saved one, and the form that it has by itself."""
    key = name_key(name)
    if (key == CUSTOM) != bool(sections):
        message = f"{CUSTOM} needs sections." if key == CUSTOM else f"They go with the name {CUSTOM}."
        raise InvalidInput.about("The input", [Fault("/sections", message, "conflict")])
    if key == CUSTOM:
        return custom(sections, title or "Report"), "json"
    found = REPORTS.get(key) or REPORTS.get(key.removesuffix("_report"))
    if found is not None:
        return found if title is None else replace(found, title=title), "json"
    try:
        one = saved.REPORTS.get(shop, name)
    except NotFound as error:
        ready = ", ".join([*REPORTS, CUSTOM])
        raise NotFound(f"There is no such report. There are: {ready}. {error.message}") from None
    report = custom(one.body["sections"], title or one.body.get("title") or one.name)
    # Files are called by the name: it is of letters and digits that each system takes.
    plain = re.sub("[^a-z0-9]+", "_", one.name.lower()).strip("_")
    return replace(report, name=plain or CUSTOM, period=one.body["period"]), one.body["format"]


def _only(report: Report, section: str) -> Report:
    """Return a report with one of its sections; raise `InvalidInput` where it has no such one."""
    for place, one in enumerate(report.sections):
        if section in (key_of(report, place), one.question):
            return replace(report, sections=(one,))
    listed = ", ".join(key_of(report, place) for place in range(len(report.sections)))
    raise InvalidInput.about("The input", [Fault("/section", f"This report has: {listed}.", "not_found")])
