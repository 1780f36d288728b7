"""CSV files as spreadsheets write and read them.

Written: UTF-8 with a byte-order mark, which Excel needs, CRLF (RFC 4180), and a quote before a cell that a spreadsheet
would take for a formula. Read: with or without the mark, any line end, line breaks inside of quotes; the quote is taken
off again. All cells are texts, so that leading zeros stay.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from atom_shopify_plugin.errors import Fault, InvalidInput
from atom_shopify_plugin.spreadsheet import restored

__all__ = ["read_rows"]

LONGEST_CELL = 1 << 20


def read_rows(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield the rows of a file as ``(line, cells by column)``; `line` is where a row begins, the header being line 1.

    Empty rows are left out. One row is held at a time. Raise `InvalidInput` with the line for a file that is not UTF-8
    or no CSV, a header with an empty or repeated name, and a row with more cells than the header.
    """
    with path.open(encoding="utf-8-sig", newline="") as file:
        lines = _Counted(file)
        before = csv.field_size_limit(LONGEST_CELL)
        reader = csv.reader(lines, strict=True)
        line = 1
        try:
            header = [restored(name).strip() for name in next(reader, [])]
            if not header or "" in header or len(set(header)) != len(header):
                raise _refusal(1, "The first line must name each column exactly once.")
            line = lines.count + 1
            for cells in reader:
                if any(cells):
                    if len(cells) > len(header):
                        raise _refusal(line, f"It has {len(cells)} cells, and the header names {len(header)} columns.")
                    yield line, {name: restored(cell) for name, cell in zip(header, cells, strict=False)}
                line = lines.count + 1
        except csv.Error as error:
            raise _refusal(line, f"It is not CSV: {error}.") from None
        except UnicodeDecodeError:
            raise _refusal(line, "It is not UTF-8. Save the file as “CSV UTF-8”.") from None
        finally:
            csv.field_size_limit(before)


class _Counted:
    """The lines of a file, counted: a row in quotes may take several."""

    def __init__(self, file: IO[str]) -> None:
        self._file = file
        self.count = 0

    def __iter__(self) -> _Counted:
        return self

    def __next__(self) -> str:
        line = next(self._file)
        self.count += 1
        return line


def _refusal(line: int, message: str) -> InvalidInput:
    return InvalidInput(f"Line {line}: {message}", [Fault(f"/{line}", message, "csv")])
