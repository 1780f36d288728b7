"""Answers a ShopifyQL query over the table `sales` with columns and rows.

A row is an object by column name, with numbers as texts without zeros at their ends: ``"-1116.8"``, ``"0"`` (seen on
live stores). TIMESERIES has a row for each part of the period, in order; GROUP BY has those with sales (documented).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import ROUND_HALF_UP, Decimal
from functools import partial
from operator import itemgetter
from typing import Any

from atom_shopify_plugin.sandbox.context import Context
from atom_shopify_plugin.sandbox.moments import Moments
from atom_shopify_plugin.sandbox.refusals import denied, not_modelled
from atom_shopify_plugin.sandbox.shopifyql.columns import (
    DIMENSIONS,
    METRICS,
    OF_ORDERS,
    OF_PRODUCTS,
    OTHER_COLUMNS,
    OTHER_TABLES,
    TIMES,
    Column,
)
from atom_shopify_plugin.sandbox.shopifyql.grammar import Condition, Parsed, QueryError, parsed
from atom_shopify_plugin.sandbox.shopifyql.periods import begin_of, days_of, parts_of
from atom_shopify_plugin.sandbox.shopifyql.sales import CENT, ZERO, Sale, sales_of
from atom_shopify_plugin.sandbox.store import Node

__all__ = ["answer"]

MOST_ROWS = 1000  # whether Shopify returns more without LIMIT is not known
Row = dict[str, str | None]
_OF_THE_ORDER = ("shipping_charges", "taxes", "sales_reversals")


def answer(ctx: Context, args: dict[str, Any]) -> Node:
    """Answer `shopifyqlQuery`, for apps that are approved for customer data of level 2."""
    if not ctx.store.customer_data_approved:
        raise denied("shopifyqlQuery", ["read_reports"])
    try:
        query = parsed(args["query"])
        columns = _checked(query)
        table = _table(ctx, query, columns)
    except QueryError as problem:
        return {"tableData": None, "parseErrors": problem.messages, "parseWarnings": [], "analyticsTargets": []}
    return {"tableData": table, "parseErrors": [], "parseWarnings": [], "analyticsTargets": []}


def _checked(query: Parsed) -> list[Column]:
    """Return the columns of the answer: those of SHOW in its order, after the groups that it does not name."""
    if len(query.tables) > 1:
        raise not_modelled("A query of ShopifyQL over several tables")
    table = query.tables[0]
    if table in OTHER_TABLES:
        raise not_modelled(f"ShopifyQL's table {table}")
    groups = [*([query.timeseries] if query.timeseries else []), *query.group]
    filtered, ordered = _named(query.where), [name for name, _ in query.order]
    known = METRICS | TIMES | DIMENSIONS
    official = known.keys() | OTHER_COLUMNS if table == "sales" else set()
    used = dict.fromkeys([*query.show, *groups, *filtered, *ordered])
    problems = [] if official else [f"Schema Error: Invalid dataset in FROM clause - {table}"]
    problems += [f"Column Not Found: Column '{name}' not found" for name in used if name not in official]
    if problems:
        raise QueryError(*problems)
    if others := [f"ShopifyQL's {name}" for name in used if name not in known]:
        raise not_modelled(*others)
    problems += [f"'{name}' is no dimension" for name in [*groups, *filtered] if name in METRICS]
    problems += [f"'{name}' is no time dimension" for name in groups[:1] if query.timeseries and name in DIMENSIONS]
    problems += [f"'{name}' must be in GROUP BY" for name in query.show if name not in METRICS and name not in groups]
    problems += [f"'{name}' is not in SHOW" for name in ordered if name not in [*query.show, *groups]]
    if problems:
        raise QueryError(*(f"Schema Error: {problem}" for problem in problems))
    _modelled(query, groups, filtered)
    return [known[name] for name in dict.fromkeys([*(name for name in groups if name not in query.show), *query.show])]


def _modelled(query: Parsed, groups: list[str], filtered: list[str]) -> None:
    if query.timeseries and query.group:
        raise not_modelled("ShopifyQL's TIMESERIES with GROUP BY")
    if any(name in TIMES for name in filtered):
        raise not_modelled("A condition of ShopifyQL on a time")
    if OF_ORDERS.intersection(query.show) and OF_PRODUCTS.intersection([*groups, *filtered]):
        raise not_modelled("The orders of a product")
    if query.timeseries and any(name != query.timeseries for name, _ in query.order):
        raise not_modelled("ShopifyQL's TIMESERIES in the order of another column")
    if not any(name in METRICS for name in query.show):
        raise not_modelled("A query of ShopifyQL without a metric")


def _named(where: Condition | None) -> list[str]:
    if where is None:
        return []
    return [name for part in where.parts for name in _named(part)] if where.parts else [where.column]


def _table(ctx: Context, query: Parsed, columns: list[Column]) -> Node:
    today = ctx.now.astimezone(Moments.of(ctx.now, ctx.store.timezone).zone).date()
    days = days_of(query, today)
    groups = [column.name for column in columns if column.name not in METRICS]
    sums: dict[tuple[str | None, ...], dict[str, Decimal]] = {}
    if query.timeseries:
        sums = {(first.isoformat(),): {} for first in parts_of(days, query.timeseries)}
    elif not groups:
        sums = {(): {}}
    for sale in sales_of(ctx):
        if not days.first <= sale.day <= days.last:
            continue
        if sale.unknown:
            raise not_modelled(sale.unknown)
        if query.where is not None and not _fits(query.where, partial(_value, ctx, sale)):
            continue
        if sale.line is None and OF_PRODUCTS.intersection(groups) and not any(map(sale.amounts.get, _OF_THE_ORDER)):
            continue
        row = sums.setdefault(tuple(_value(ctx, sale, name) for name in groups), {})
        for name, amount in sale.amounts.items():
            row[name] = row.get(name, ZERO) + amount
    rows = _cut(query, _ordered(query, groups, list(sums.items())))
    shown = [dict(zip(groups, key, strict=True)) | _metrics(columns, amounts) for key, amounts in rows]
    return {
        "columns": [_column(column) for column in columns],
        "rows": [{column.name: row[column.name] for column in columns} for row in shown],
        "rowMetadata": [{"__typename": "ShopifyqlRowMetadata", "topNRemainderColumnNames": []} for _ in rows],
    }


def _column(column: Column) -> Node:
    return {
        "name": column.name,
        "dataType": column.kind,
        "displayName": column.label,
        "columnOrigin": "REQUESTED",
        "dynamicColumnMetadata": None,
        "subType": None,
    }


# values


def _value(ctx: Context, sale: Sale, name: str) -> str | None:
    if name in TIMES:
        return begin_of(sale.day, name).isoformat()
    if name == "order_name":
        return str(sale.order["name"])
    if name in OF_PRODUCTS:
        return _of_product(ctx, sale.line, name)
    place, _, part = name.partition("_")
    address = sale.order.get(f"{place}Address") or {}
    found = address.get({"region": "province"}.get(part, part))
    return str(found) if found else None


def _of_product(ctx: Context, line: Node | None, name: str) -> str | None:
    if line is None:
        return None
    product = ctx.store.get(line.get("product")) or {}
    known = {"product_type": product.get("productType"), "product_vendor": product.get("vendor") or line.get("vendor")}
    found = known[name] if name in known else line["title"]
    return str(product.get("title", found) if name == "product_title" else found) if found else None


def _metric(name: str, amounts: dict[str, Decimal]) -> Decimal:
    def of(*names: str) -> Decimal:
        return sum((amounts.get(one, ZERO) for one in names), ZERO)

    net = ("gross_sales", "discounts", "sales_reversals")
    if name == "average_order_value":
        orders = of("orders")
        return (of(*net[:2]) / orders).quantize(CENT, ROUND_HALF_UP) if orders else ZERO
    sums = {
        "net_sales": net,
        "total_sales": (*net, "shipping_charges", "taxes"),
        "net_items_sold": ("quantity_ordered", "reversed_quantity"),
    }
    return of(*sums.get(name, (name,)))


def _metrics(columns: Iterable[Column], amounts: dict[str, Decimal]) -> Row:
    return {column.name: _text(_metric(column.name, amounts)) for column in columns if column.name in METRICS}


def _text(amount: Decimal) -> str:
    plain = f"{amount:f}"
    plain = plain.rstrip("0").rstrip(".") if "." in plain else plain
    return "0" if plain in ("-0", "") else plain


def _fits(condition: Condition, value: Callable[[str], str | None]) -> bool:
    """Tell whether a sale meets a condition; "not" fits what has no value, too (documented)."""
    if condition.how == "NOT":
        return not _fits(condition.parts[0], value)
    if condition.parts:
        return {"AND": all, "OR": any}[condition.how](_fits(part, value) for part in condition.parts)
    found = value(condition.column)
    if condition.how == "IS NULL":
        return found is None
    if found is None:
        return False
    exact, loose = (_compared(condition, change(found), change) for change in (str, str.casefold))
    if exact != loose:
        raise not_modelled("A comparison of ShopifyQL that depends on upper and lower case")
    return exact


def _compared(condition: Condition, found: str, change: Callable[[str], str]) -> bool:
    how: Callable[[str], bool] = {
        "=": found.__eq__,
        "CONTAINS": found.__contains__,
        "STARTS": found.startswith,
        "ENDS": found.endswith,
    }[condition.how]
    return any(how(change(text)) for text in condition.values)


# order


def _ordered(query: Parsed, groups: list[str], rows: list[Any]) -> list[Any]:
    if query.timeseries:
        return rows[::-1] if query.order and query.order[0][1] else rows
    for name, down in reversed(query.order):
        if name in METRICS:
            amounts = [(_metric(name, row[1]), row) for row in rows]
            rows = [row for _, row in sorted(amounts, key=itemgetter(0), reverse=down)]
            continue
        at = groups.index(name)
        if any(key[at] is None for key, _ in rows) and len(rows) > 1:
            raise not_modelled(f"Where ShopifyQL's ORDER BY puts rows without {name}")
        rows = [row for _, row in sorted(((str(row[0][at]), row) for row in rows), key=itemgetter(0), reverse=down)]
    return rows


def _cut(query: Parsed, rows: list[Any]) -> list[Any]:
    if query.limit is None:
        if len(rows) > MOST_ROWS:
            raise not_modelled(f"An answer of ShopifyQL with more than {MOST_ROWS} rows")
        return rows
    return rows[query.offset : query.offset + query.limit]
