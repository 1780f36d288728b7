"""Exports as CSV: the result of a bulk query, row by row, in constant memory."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import orjson

from atom_shopify_plugin.bulk.cells import cells_of, rows_of
from atom_shopify_plugin.bulk.tables import Kind
from atom_shopify_plugin.errors import UpstreamError
from atom_shopify_plugin.shopify.filestore import lines_of
from atom_shopify_plugin.spreadsheet import CSVWriter

__all__ = ["objects_in", "write_csv"]


def objects_in(pieces: Iterable[bytes]) -> Iterator[Mapping[str, Any]]:
    """Yield the objects of a result in JSONL; raise `UpstreamError` for a line that is none."""
    for line in lines_of(iter(pieces)):
        try:
            value = orjson.loads(line)
        except orjson.JSONDecodeError:
            raise UpstreamError("Shopify’s result holds a line that is not JSON.") from None
        if not isinstance(value, dict):
            raise UpstreamError("Shopify’s result holds a line that is not an object.")
        yield value


def write_csv(
    kind: Kind, pieces: Iterable[bytes], path: Path, told: Callable[[int], object] = lambda _count: None
) -> int:
    """Write a file of a kind from the result of its query, and return how many rows it has.

    The file appears under its name once it is whole. `told` hears of the rows now and then. Raise `OSError`.
    """
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    rows, before = 0, None
    try:
        with part.open("w", encoding="utf-8", newline="") as file:
            writer = CSVWriter(file, [column.name for column in kind.columns])
            for row, around in rows_of(kind, objects_in(pieces)):
                cells = cells_of(kind, row, around)
                if kind.continued and around is before:
                    cells = {c.name: cells[c.name] for c in kind.columns if c.key or not c.read.startswith("^")}
                writer.write(cells)
                before, rows = around, rows + 1
                if rows % 1000 == 0:
                    told(rows)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    told(rows)
    return rows
