"""Tags as they are spelt: Shopify tells those of orders apart by case, those of customers and products not."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

__all__ = ["as_spelt"]


def as_spelt(wanted: Iterable[str], there: Sequence[str]) -> list[str]:
    """Return the tags `there` that `wanted` means: the one that is spelt the same, else all that differ by case.

    Blanks around a tag do not count. A wanted tag that is there in no spelling is left out.
    """
    found: dict[str, None] = {}
    for text in map(str.strip, wanted):
        same = [tag for tag in there if tag.strip() == text]
        found.update(dict.fromkeys(same or [tag for tag in there if tag.strip().casefold() == text.casefold()]))
    return list(found)
