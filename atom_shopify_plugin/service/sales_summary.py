"""Sales of a period, summed up from the orders of a store: what the report and the triggers about sales show."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from atom_shopify_plugin.analytics.periods import Period, bucket
from atom_shopify_plugin.analytics.shown import change, days, product, totals
from atom_shopify_plugin.service.sales_copy import copied_sales
from atom_shopify_plugin.service.shopifyql import run
from atom_shopify_plugin.shopify.sales import Entry, Figures, entries
from atom_shopify_plugin.shopify.sales_reports import reported_sales
from atom_shopify_plugin.shopify.search import Search, Term
from atom_shopify_plugin.stores.shop import Shop

__all__ = ["Reading", "summary"]

Json = dict[str, Any]
_PAGE = 250  # about 380 points, of the 1,000 that a query may cost


def summary(shop: Shop, period: Period, given: Mapping[str, Any]) -> Json:
    """Return the sales of a period, as `report_generate` answers; `given` holds its other members."""
    zone = shop.zone
    before = period.previous() if given["compare"] else None
    first = (before or period).moments(zone)[0]
    end = period.moments(zone)[1]
    wanted, granted, begins = given.get("source", "orders"), shop.store.granted_scopes, (before or period).since
    by = given.get("group_by")
    copied = None if wanted == "shopifyql" else copied_sales(shop, period, before, by, titles=bool(given["top"]))
    reported = (
        reported_sales(lambda text: run(shop, query=text)["rows"], wanted, granted, begins, period.until, zone)
        if copied is None
        else None
    )
    shop.told["all_orders"] = reported is not None or (copied is not None and copied.all_orders)
    reading = copied or reported or Reading(shop, given["max_orders"])
    currency = shop.store.currency
    whole, earlier = Figures(), Figures()
    parts = {} if by is None else {part.since: (part, Figures()) for part in period.parts(by)}
    products: dict[str, Figures] = {}
    for entry in reading.entries(first, end, currency):
        day = entry.at.astimezone(zone).date()
        if before is not None and before.since <= day <= before.until:
            earlier.add(entry.figures)
        if not period.since <= day <= period.until:
            continue
        whole.add(entry.figures)
        if by is not None:
            parts[max(bucket(day, by)[0], period.since)][1].add(entry.figures)
        if entry.line is not None:
            products.setdefault(entry.line["title"], Figures()).add(entry.figures)
    products = products if reported is None else reported.products(period.since, given["top"])
    if copied is not None:
        whole, earlier, products = copied.whole, copied.earlier, copied.products
        parts = {part.since: (part, figures) for part, figures in copied.parts}
    top = sorted(products.items(), key=lambda item: (-item[1].net_sales, item[0]))[: given["top"]]
    return {
        "source": "mirror" if copied is not None else "orders" if reported is None else "shopifyql",
        "period": {"name": period.name, **days(period)},
        "timezone": str(zone),
        "currency": currency,
        "totals": totals(whole, currency),
        "rows": [{**days(part), **totals(figures, currency)} for part, figures in parts.values()],
        "products": [{"title": title, **product(figures, currency)} for title, figures in top],
        "previous": None
        if before is None
        else {**days(before), **totals(earlier, currency), "change_percent": change(earlier, whole)},
        "orders_read": reading.read,
        "complete": reading.complete,
        "other_currencies": [{"currency": name, "orders": n} for name, n in sorted(reading.foreign.items())],
    }


class Reading:
    """Reads orders up to a number, and says whether there were more.

    With `changed` those that changed last come first, and name that moment; with `items` their lines name what they
    take from stock.
    """

    def __init__(self, shop: Shop, most: int, *, changed: bool = False, items: bool = False) -> None:
        self._shop = shop
        self._most = most
        self._many, self._one = ("SalesChanged", "SalesOrder") if changed else ("ReportOrders", "ReportOrder")
        self._more = {"items": items} if changed else {}
        self.read = 0
        self.complete = True
        self.foreign: Counter[str] = Counter()

    def entries(self, first: datetime, end: datetime, currency: str) -> Iterator[Entry]:
        """Yield what `orders` add to the sales."""
        return (entry for order in self.orders(first, end, currency) for entry in entries(order))

    def orders(self, first: datetime, end: datetime, currency: str) -> Iterator[Json]:
        """Yield the orders that changed since `first` and were sold before `end`, each with all its parts.

        A refund or a cancellation changes its order, so none of that time belongs to an order that is left out.
        """
        terms = [Term("updated_at", ":>=", first), Term("processed_at", ":<", end)]
        query = str(Search.all_of(terms))
        after = None
        while True:
            size = min(_PAGE, self._most - self.read)
            page = self._shop.root(self._many, {"first": size, "after": after, "query": query, **self._more})
            for order in page["nodes"]:
                self.read += 1
                if order["currency_code"] != currency:
                    self.foreign[order["currency_code"]] += not order["test"]
                    continue
                yield self._whole(order)
            if not page["page_info"]["has_next_page"]:
                return
            if self.read >= self._most:
                self.complete = False
                return
            after = page["page_info"]["end_cursor"]

    def _whole(self, order: Json) -> Json:
        """Return the order with all its lines: one of a list is cut where it has many."""
        if not _cut(order):
            return order
        whole: Json | None = self._shop.root(self._one, {"id": order["id"], **self._more})
        if whole is None:
            return {**order, "test": True}  # deleted meanwhile: then it counts for nothing, as a test does
        self.complete = self.complete and not _cut(whole)
        return whole


def _cut(order: Mapping[str, Any]) -> bool:
    lists = [order["line_items"], order["shipping_lines"]]
    for refund in order["refunds"]:
        lists += [refund["refund_line_items"], refund["refund_shipping_lines"], refund["order_adjustments"]]
    return any(one["truncated"] for one in lists)
