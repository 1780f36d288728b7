"""CSV as spreadsheets read it: UTF-8 with a byte-order mark, CRLF, and no cell that they would take for a formula."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from typing import IO

__all__ = ["CSVWriter", "neutral", "restored"]

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def neutral(cell: str) -> str:
    """Return a cell that no spreadsheet runs: one that looks like a formula gets a quote in front.

    So does one that begins with such a quote already, so that `restored` gives back what was there.
    """
    plain = cell.lstrip("'")
    return f"'{cell}" if plain.startswith(_FORMULA) else cell


def restored(cell: str) -> str:
    """Return what `neutral` was given."""
    return cell[1:] if cell.startswith("'") and cell.lstrip("'").startswith(_FORMULA) else cell


class CSVWriter:
    """Writes rows under `columns` to an open text file (``newline=""``)."""

    def __init__(self, file: IO[str], columns: Sequence[str]) -> None:
        self._writer = csv.writer(file, lineterminator="\r\n")
        self._columns = columns
        file.write("\ufeff")
        self._writer.writerow([neutral(name) for name in columns])

    def write(self, row: Mapping[str, str]) -> None:
        """Write a row; a column that it lacks stays empty."""
        self._writer.writerow([neutral(row.get(name, "")) for name in self._columns])
