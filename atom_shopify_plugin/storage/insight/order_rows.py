"""The rows that an order read by `MirrorOrder` gives, whatever order its parts come in."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import fields
from datetime import UTC, datetime, tzinfo
from decimal import Decimal
from typing import Any, NamedTuple

from atom_shopify_plugin.shopify.sales import Figures, entries
from atom_shopify_plugin.storage.database.base import clean_text
from atom_shopify_plugin.storage.insight.amounts import stored
from atom_shopify_plugin.storage.insight.mirrors import Mirror
from atom_shopify_plugin.storage.insight.order_tables import CODE, FIGURES, TAG, TEXT

__all__ = ["OrderRows", "month_of", "number_of", "rows_of"]

Json = Mapping[str, Any]
Row = dict[str, Any]


class OrderRows(NamedTuple):
    """The rows of one order, by table; ready for an INSERT."""

    order: Row
    lines: list[Row]
    labels: list[Row]
    refunds: list[Row]
    payments: list[Row]
    fulfillments: list[Row]
    ledger: list[Row]


def month_of(day: datetime) -> int:
    """Return the number of the month that a moment is in, by its own time zone."""
    return day.year * 12 + day.month - 1


def rows_of(order: Json, mirror: Mirror, zone: tzinfo) -> OrderRows:
    """Return the rows of an order as `MirrorOrder` reads it; days are those of `zone`.

    `number`, `cohort` and `active` are left empty: they follow from the other orders of the customer.
    """
    place = {"order_id": number_of(order["id"])}
    ledger = [] if order["currency_code"] != mirror.currency else _ledger(order, place, zone)
    fulfillments = sorted((_fulfillment(node, place) for node in order["fulfillments"]), key=_by_id)
    payments = sorted((_payment(node, place) for node in order["transactions"]), key=_by_id)
    refunds = sorted((_refund(node, place, zone) for node in order["refunds"]), key=_by_id)
    lines = sorted((_line(node, place) for node in order["line_items"]["nodes"]), key=_by_id)
    labels = [
        {**place, "kind": kind, "value": value}
        for kind, values in ((TAG, order["tags"]), (CODE, order["discount_codes"]))
        for value in sorted({clean_text(value, TEXT) for value in values})
    ]
    net = sum(row["gross"] - row["discounts"] - row["returns"] for row in ledger)
    row = _order(order, mirror, zone, fulfillments, net)
    rows = OrderRows(row, lines, labels, refunds, payments, fulfillments, ledger)
    row["digest"] = hashlib.blake2b(repr(rows).encode(), digest_size=16).digest()
    row.update(number=None, cohort=None, active=None)
    for one in (row, *lines, *labels, *refunds, *payments, *fulfillments, *ledger):
        one["store"] = mirror.number  # what an order is does not depend on it
    return rows


def _order(order: Json, mirror: Mirror, zone: tzinfo, fulfillments: list[Row], net: int) -> Row:
    processed = _moment(order["processed_at"])
    local = processed.astimezone(zone)
    done = [row for row in fulfillments if row["status"] != "CANCELED"]
    fulfilled = min((row["created_at"] for row in done), default=None)
    delivered = max((row["delivered_at"] for row in done if row["delivered_at"]), default=None)
    test = bool(order["test"])
    app, customer, address = (order.get(name) or {} for name in ("app", "customer", "shipping_address"))
    return {
        "id": number_of(order["id"]),
        "name": clean_text(order["name"], TEXT),
        "created_at": _moment(order["created_at"]),
        "processed_at": processed,
        "updated_at": _moment(order["updated_at"]),
        "closed_at": _moment_or_none(order["closed_at"]),
        "cancelled_at": _moment_or_none(order["cancelled_at"]),
        "day": local.toordinal(),
        "month": month_of(local),
        "test": int(test),
        "counted": int(not test and order["currency_code"] == mirror.currency),
        "valid": int(not test and not order["cancelled_at"]),
        "currency": order["currency_code"],
        "channel": clean_text(app.get("name") or order["source_name"] or "", TEXT),
        "country": clean_text(address.get("country_code_v2") or "", 2),
        "financial": clean_text(order["display_financial_status"] or "", 40),
        "fulfillment": clean_text(order["display_fulfillment_status"] or "", 40),
        "customer": number_of(customer["id"]) if customer else None,
        "subtotal": _amount(order["subtotal_price"]),
        "tax": _amount(order["total_tax"]),
        "total": _amount(order["total_price"]),
        "net": net,
        "fulfilled_at": fulfilled,
        "delivered_at": delivered,
        "fulfilled_after": _seconds(processed, fulfilled),
        "delivered_after": _seconds(processed, delivered),
    }


def _ledger(order: Json, place: Json, zone: tzinfo) -> list[Row]:
    rows: list[Row] = []
    for entry in entries(order):
        figures = _figures(entry.figures)
        if not any(figures.values()):
            continue
        at = entry.at.astimezone(UTC)
        line: Json = entry.line or {}
        rows.append(
            {
                **place,
                "day": at.astimezone(zone).toordinal(),
                "place": len(rows),
                "at": at,
                "line": number_of(line["id"]) if line else None,
                "product": _reference(line.get("product")),
                "variant": _reference(line.get("variant")),
                **figures,
            }
        )
    return rows


_FIELDS = tuple(zip((field.name for field in fields(Figures)), FIGURES, strict=True))


def _figures(figures: Figures) -> dict[str, int]:
    found = {}
    for name, column in _FIELDS:
        value = getattr(figures, name)
        found[column] = 0 if not value else stored(value) if isinstance(value, Decimal) else value
    return found


def _line(node: Json, place: Row) -> Row:
    return {
        **place,
        "id": number_of(node["id"]),
        "product": _reference(node["product"]),
        "variant": _reference(node["variant"]),
        "title": clean_text(node["title"], TEXT),
        "sku": clean_text(node["sku"] or "", TEXT),
        "vendor": clean_text(node["vendor"] or "", TEXT),
        "quantity": node["quantity"],
        "gift_card": int(node["is_gift_card"]),
        "total": _amount(node["original_total"]),
    }


def _refund(node: Json, place: Row, zone: tzinfo) -> Row:
    at = _moment(node["processed_at"])
    return {**place, "id": number_of(node["id"]), "at": at, "day": at.astimezone(zone).toordinal()}


def _payment(node: Json, place: Row) -> Row:
    return {
        **place,
        "id": number_of(node["id"]),
        "kind": clean_text(node["kind"], 40),
        "status": clean_text(node["status"], 40),
        "gateway": clean_text(node["gateway"] or "", TEXT),
        "at": _moment_or_none(node["processed_at"]),
        "amount": _amount(node["amount"]),
    }


def _fulfillment(node: Json, place: Row) -> Row:
    return {
        **place,
        "id": number_of(node["id"]),
        "created_at": _moment(node["created_at"]),
        "delivered_at": _moment_or_none(node["delivered_at"]),
        "status": clean_text(node["display_status"] or "", 40),
    }


def number_of(gid: str) -> int:
    """Return the number of a global id."""
    return int(gid.rpartition("/")[2].partition("?")[0])


def _by_id(row: Row) -> int:
    return int(row["id"])


def _reference(node: Json | None) -> int | None:
    return number_of(node["id"]) if node else None


def _amount(bag: Json | None) -> int:
    return stored(Decimal(bag["shop_money"]["amount"])) if bag else 0


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def _moment_or_none(text: str | None) -> datetime | None:
    return _moment(text) if text else None


def _seconds(start: datetime, end: datetime | None) -> int | None:
    return None if end is None else int((end - start).total_seconds())
