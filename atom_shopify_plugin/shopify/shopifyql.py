"""Answers to queries in ShopifyQL, as `shopifyqlQuery` gives them."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import orjson

from atom_shopify_plugin.errors import Fault, InvalidInput, UpstreamError

__all__ = ["table_of"]

_LARGEST = 1_000_000  # bytes of an answer as JSON


def table_of(answer: Mapping[str, Any]) -> dict[str, Any]:
    """Return the table of an answer in snake_case: columns, and rows with numbers as decimal texts.

    Raise `InvalidInput` with Shopify's words where it does not understand the query, and for an answer of more than a
    megabyte; `UpstreamError` for an answer without rows.
    """
    if answer.get("parse_errors"):
        told = [Fault("/query", text, "shopifyql") for text in answer["parse_errors"]]
        raise InvalidInput(f"Shopify does not understand the query: {' · '.join(answer['parse_errors'])}", told)
    table = answer.get("table_data") or {}
    found = table.get("rows")
    if not isinstance(found, list) or not all(isinstance(row, dict) for row in found):
        raise UpstreamError("Shopify answered the query with neither rows nor an error.")
    rows = [{name: _plain(value) for name, value in row.items()} for row in found]
    if len(orjson.dumps(rows)) > _LARGEST:
        raise InvalidInput(
            f"The answer is larger than {_LARGEST // 1_000_000} MB. Add LIMIT, or shorten the period.",
            [Fault("/query", "It asks for too many rows.", "too_large")],
        )
    return {"columns": table["columns"], "rows": rows, "parse_warnings": answer["parse_warnings"]}


def _plain(value: Any) -> Any:
    """Return a number as decimal text, anything else as it is."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return f"{Decimal(str(value)):f}"
    return value
