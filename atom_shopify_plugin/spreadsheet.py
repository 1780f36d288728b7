"""Cells of spreadsheets: none of them is run as a formula."""

from __future__ import annotations

__all__ = ["neutral", "restored"]

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
