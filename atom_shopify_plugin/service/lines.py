"""Lines of orders as people name them: by SKU or by id."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from atom_shopify_plugin.errors import Fault
from atom_shopify_plugin.shopify.ids import parse_gid

__all__ = ["line_named", "lines_named"]

Node = Mapping[str, Any]


def line_named(rows: Sequence[Node], line: Mapping[str, Any], pointer: str, faults: list[Fault]) -> Node | None:
    """Return the row that `line` names by `line_item_id` or `sku`; None with a fault where it is not one row.

    Rows have an `id` and a `sku`. Ids are compared by their numbers: the line of an edit has that of the order's line.
    """
    name = "line_item_id" if "line_item_id" in line else "sku"
    if name == "sku":
        found = [row for row in rows if str(row["sku"] or "").strip() == line["sku"].strip()]
    else:
        number = parse_gid(line[name]).number
        found = [row for row in rows if row["id"].rpartition("/")[2] == number]
    if len(found) == 1:
        return found[0]
    said = "The order has no such line." if not found else "Several lines have this SKU: name one by its id."
    faults.append(Fault(f"{pointer}/{name}", said, "ambiguous" if found else "not_found"))
    return None


def lines_named(rows: Sequence[Node], lines: Sequence[Mapping[str, Any]], faults: list[Fault]) -> list[Node | None]:
    """Return the row that each of the input's `lines` names, as `line_named` does."""
    return [line_named(rows, line, f"/lines/{at}", faults) for at, line in enumerate(lines)]
