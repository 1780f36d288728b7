"""Reports as files, over REST where CSV or HTML is asked for, and on pages for people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from flask import Response

from atom_shopify_plugin.actions.call import Accepted, Call, Outcome
from atom_shopify_plugin.actions.fanout import StoreResults
from atom_shopify_plugin.reports.declared import REPORTS
from atom_shopify_plugin.reports.files import as_file, file_name
from atom_shopify_plugin.reports.page import POLICY
from atom_shopify_plugin.service.saved import REPORTS as SAVED
from atom_shopify_plugin.sync.mirror_state import line as copy_line
from atom_shopify_plugin.web.identity import principal
from atom_shopify_plugin.web.state import PAGES, PREFIX, state

if TYPE_CHECKING:
    from atom_shopify_plugin.runtime import Runtime
    from atom_shopify_plugin.storage import Store

__all__ = ["listed_reports", "report_file", "shown_report"]

_PERIODS = ("today", "last_week", "this_month", "last_month", "last_90_days", "this_year")

_FORMS = {"text/csv; charset=utf-8": "csv", "text/html; charset=utf-8": "html"}


def report_file(outcome: Outcome | Accepted | StoreResults) -> Response | None:
    """Return a report as the file that was asked for, several stores in one; None where JSON has to answer.

    JSON also answers where a store failed, so that the error is not lost, and where `fields` leaves out the content.
    """
    documents = _documents(outcome)
    if not documents or not all(isinstance(one.get("content"), str) and "sections" in one for one in documents):
        return None
    first = documents[0]
    form = _FORMS[first["media_type"]]
    content = first["content"]
    if len(documents) > 1:
        _, content = as_file(documents, form, whole=len(first["sections"]) > 1)
    if form == "html":
        return _html_page(content)
    response = Response(content.encode(), content_type=first["media_type"])
    response.headers["Content-Disposition"] = f'attachment; filename="{file_name(first, form)}"'
    return response


def listed_reports(runtime: Runtime, store: Store) -> dict[str, Any]:
    """Return what the list of a store’s reports shows: links to each one, for several periods, and as CSV."""
    base = f"{PAGES}/stores/{quote(store.shop.name)}/reports"
    found = []
    for report in REPORTS.values():
        periods = _PERIODS if report.name != "inventory" else ()
        links = [{"label": name.replace("_", " "), "href": f"{base}/{report.name}?period={name}"} for name in periods]
        csv = f"{PREFIX}/enhanced/reports/{report.name}?format=csv&shop={quote(store.shop.name)}"
        found.append(
            {
                "title": report.title,
                "about": report.about,
                "href": f"{base}/{report.name}",
                "links": [*links, {"label": "CSV", "href": csv}],
            }
        )
    with runtime.storage.read() as session:
        saved = runtime.storage.saved.of(session, store.id, SAVED.key)
    for one in saved:
        about, href = ", ".join(one.body["sections"]), f"{base}/{quote(one.name)}"
        links = [{"label": name.replace("_", " "), "href": f"{href}?period={name}"} for name in _PERIODS]
        found.append({"title": one.name, "about": about, "href": href, "links": links})
    return {
        "store": store.name or store.shop.handle,
        "copy_state": copy_line(runtime.services, store),
        "copied": runtime.storage.mirrors.get(store.id) is not None,
        "reports": found,
    }


def shown_report(runtime: Runtime, shop: str, name: str, period: str | None) -> Response:
    """Return the page of a report of one of the person's stores; raise as `Actions.run` does."""
    given = {"name": name, "format": "html", **({} if period is None else {"period": period})}
    call = Call(principal(), "report_render", given, shop=shop, request_id=state().request_id)
    outcome = runtime.actions.run(call)
    return _html_page(outcome.data["content"] if isinstance(outcome, Outcome) else "")


def _html_page(content: str) -> Response:
    """Return the page of a report, which may load nothing and run nothing."""
    response = Response(content, content_type="text/html; charset=utf-8")
    response.headers["Content-Security-Policy"] = f"{POLICY}; frame-ancestors 'none'"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


def _documents(outcome: Outcome | Accepted | StoreResults) -> Sequence[Mapping[str, Any]]:
    if isinstance(outcome, StoreResults):
        if outcome.error is not None:
            return []
        return [one.outcome.data for one in outcome.results if isinstance(one.outcome, Outcome)]
    return [outcome.data] if isinstance(outcome, Outcome) else []
