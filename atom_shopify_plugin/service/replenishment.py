"""Questions about stock, answered from the copy of a store."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from typing import Any

from atom_shopify_plugin.analytics import stock_moves, stock_plan, stock_value
from atom_shopify_plugin.analytics.stockroom import STREAMS
from atom_shopify_plugin.analytics.view import View
from atom_shopify_plugin.spreadsheet import CSVWriter
from atom_shopify_plugin.stores.shop import Shop

__all__ = ["dead_stock", "plan", "purchases", "stock", "transfers"]

Json = dict[str, Any]


def stock(shop: Shop, **given: Any) -> Json:
    """Return the stock by location and state with its value; see `analytics.stock_value.levels`."""
    return _asked(shop, stock_value.levels, given)


def plan(shop: Shop, **given: Any) -> Json:
    """Return when variants run out and what to order; see `analytics.stock_plan.plan`."""
    return _asked(shop, stock_plan.plan, given)


def purchases(shop: Shop, **given: Any) -> Json:
    """Return what to buy of each vendor, with `csv` as the text of a file too; see `analytics.stock_plan.purchases`."""
    answer = _asked(shop, stock_plan.purchases, given)
    answer["csv"] = _csv(answer) if given["csv"] else None
    return answer


def dead_stock(shop: Shop, **given: Any) -> Json:
    """Return what does not sell; see `analytics.stock_value.dead`."""
    return _asked(shop, stock_value.dead, given)


def transfers(shop: Shop, **given: Any) -> Json:
    """Return which stock should move between locations; see `analytics.stock_moves.transfers`."""
    return _asked(shop, stock_moves.transfers, given)


def _asked(shop: Shop, question: Callable[[View, Mapping[str, Any]], Json], given: Mapping[str, Any]) -> Json:
    storage = shop.storage
    with storage.read() as session:
        answer = question(View.of(storage, shop.store, session, STREAMS), given)
    shop.told["all_orders"] = answer["complete"]
    return answer


def _csv(answer: Json) -> str:
    file = io.StringIO(newline="")
    writer = CSVWriter(file, stock_plan.COLUMNS)
    for vendor in answer["vendors"]:
        for line in vendor["lines"]:
            row = {**line, "vendor": vendor["vendor"], "currency": answer["currency"]}
            cells = ((name, row[name]) for name in stock_plan.COLUMNS)
            writer.write({name: "" if cell is None else str(cell) for name, cell in cells})
    return file.getvalue()
