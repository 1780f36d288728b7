"""From what Shopify tells of a catalogue to rows: tuples in the order of the columns, ready to be written.

A thing and what belongs to it come together in a page, and as lines of their own in the result of a bulk operation, in
any order; so each has a function of its own, which is told the id of what it belongs to.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any

import orjson

from atom_shopify_plugin.errors import UpstreamError
from atom_shopify_plugin.storage.insight.catalogue import STATES

__all__ = ["ROWS", "Row", "number_of", "plain", "row_of", "rows_of_lines"]

Row = tuple[Any, ...]
Node = Mapping[str, Any]
_STRANGE = (KeyError, ValueError, TypeError, AttributeError, InvalidOperation)
_NOT_UNDERSTOOD = "Shopify sent {} that can't be understood."


def number_of(gid: str) -> int:
    """Return the number of a global id, whatever its query part says."""
    number = gid.rpartition("/")[2]
    try:
        return int(number)
    except ValueError:
        return int(number.partition("?")[0])


def row_of(name: str, store: int, generation: int, node: Node, parent: str | None) -> Row:
    """Return the row of the table `name` for a node; raise `UpstreamError` for one that can't be understood."""
    try:
        return ROWS[name](store, generation, node, parent)
    except _STRANGE:
        raise UpstreamError(_NOT_UNDERSTOOD.format(name)) from None


def rows_of_lines(
    names: tuple[str, str], store: int, generation: int, nodes: Iterable[dict[str, Any]]
) -> dict[str, list[Row]]:
    """Return the rows of the lines of a bulk result by table: `names` are those of things and of their parts.

    Without a name for them, things are left out, and there must be no parts. Raise `UpstreamError` for a line that
    can't be understood.
    """
    thing, part = names
    things, parts, name = list[Row](), list[Row](), thing
    thing_of, part_of = ROWS.get(thing), ROWS.get(part, _no_parts)
    try:
        for node in nodes:
            parent = node.pop("__parentId", None)
            name = thing if parent is None else part
            if parent is None:
                if thing_of is not None:
                    things.append(thing_of(store, generation, node, None))
            else:
                parts.append(part_of(store, generation, node, parent))
    except _STRANGE:
        raise UpstreamError(_NOT_UNDERSTOOD.format(name)) from None
    return {table: rows for table, rows in ((thing, things), (part, parts)) if rows}


def plain(value: Any) -> Any:
    """Return a node as a bulk operation writes it: without the numbers beside ids and the counts beside lists."""
    if isinstance(value, Mapping):
        return {name: plain(one) for name, one in value.items() if name != "legacy_id" and not _is_count(one)}
    return [plain(one) for one in value] if isinstance(value, list) else value


def _is_count(value: Any) -> bool:
    return isinstance(value, Mapping) and value.keys() == {"count", "precision"}


def _no_parts(_store: int, _generation: int, _node: Node, _parent: str | None) -> Row:
    raise ValueError("nothing belongs to a thing of this kind")


def _product(store: int, generation: int, node: Node, _parent: str | None) -> Row:
    return (
        store,
        number_of(node["id"]),
        _text(node["handle"]),
        _text(node["title"]),
        _text(node["vendor"]),
        _text(node["product_type"]),
        _text(node["status"]),
        _moment(node["created_at"]),
        _moment(node["updated_at"]),
        _moment_or_none(node["published_at"]),
        generation,
        _json(node),
    )


def _variant(store: int, generation: int, node: Node, parent: str | None) -> Row:
    item = node["inventory_item"] or {}
    cost, item_id = item.get("unit_cost"), item.get("id")
    return (
        store,
        number_of(node["id"]),
        number_of(parent or ""),
        _text(node["title"]),
        _text_or_none(node["sku"]),
        _text_or_none(node["barcode"]),
        _parts(node["price"]),
        _parts(node["compare_at_price"]),
        None if cost is None else _parts(cost["amount"]),
        None if item_id is None else number_of(item_id),
        1 if item.get("tracked") else 0,
        _moment(node["created_at"]),
        _moment(node["updated_at"]),
        generation,
        _json(node),
    )


def _location(store: int, generation: int, node: Node, _parent: str | None) -> Row:
    country = (node["address"] or {}).get("country_code")
    return (
        store,
        number_of(node["id"]),
        _text(node["name"]),
        None if country is None else _text(country)[:2],
        1 if node["is_active"] else 0,
        1 if node["fulfills_online_orders"] else 0,
        generation,
    )


def _level(store: int, generation: int, node: Node, parent: str | None) -> Row:
    known = {one["name"]: one["quantity"] for one in node["quantities"]}
    return (
        store,
        number_of(node["item"]["id"]),
        number_of(parent or ""),
        *(known.get(state) for state in STATES),
        1 if node["is_active"] else 0,
        _moment(node["updated_at"]),
        generation,
    )


def _discount(store: int, generation: int, node: Node, _parent: str | None) -> Row:
    discount = node["discount"]
    return (
        store,
        number_of(node["id"]),
        _text(discount["__typename"]),
        _text(discount.get("title")),
        _text(discount.get("status")),
        _moment_or_none(discount.get("starts_at")),
        _moment_or_none(discount.get("ends_at")),
        discount.get("async_usage_count"),
        _moment_or_none(discount.get("updated_at")),
        generation,
        _json(node),
    )


def _code(store: int, generation: int, node: Node, parent: str | None) -> Row:
    used = node.get("async_usage_count")
    return store, number_of(node["id"]), number_of(parent or ""), _text(node["code"]), used, generation


ROWS: Mapping[str, Callable[[int, int, Node, str | None], Row]] = {
    "products": _product,
    "variants": _variant,
    "locations": _location,
    "stock": _level,
    "discounts": _discount,
    "discount_codes": _code,
}
"""By table. Each takes the number of the mirror, the generation of the load, the node and the gid of its parent."""


def _text(value: Any) -> str:
    text = "" if value is None else str(value)
    return text.replace("\0", "") if "\0" in text else text  # PostgreSQL takes none


def _text_or_none(value: Any) -> str | None:
    return None if value is None else _text(value)


def _moment(text: str) -> str:
    """Return a moment as rows hold it."""
    if text[19:] == "Z":
        return f"{text[:10]} {text[11:19]}.000000"
    return datetime.fromisoformat(text).astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")


def _moment_or_none(text: str | None) -> str | None:
    return None if text is None else _moment(text)


@lru_cache(4096)  # prices are often the same
def _parts(amount: str | None) -> int | None:
    """Return an amount in ten-thousandths, exactly; Shopify's have at most four places."""
    if amount is None:
        return None
    whole, _, places = amount.partition(".")
    if len(places) <= 4:
        return int(whole + (places + "0000")[:4])
    return round(Decimal(amount).scaleb(4))


def _json(node: Node) -> str:
    if "legacy_id" in node:  # a page has them, also further down; a line of a bulk operation has none
        node = plain(node)
    return orjson.dumps(node).decode()
