"""The lines of a result: written one by one, and put into the order that the file shall have."""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from random import Random
from typing import Any

import orjson

from atom_shopify_plugin.sandbox.bulk.blobs import Blob

__all__ = ["Lines", "line_of"]

STEP = 500  # lines that are moved before others have their turn


def line_of(row: Any) -> bytes:
    """Return a row as a line; slashes are escaped, as Shopify's are."""
    return orjson.dumps(row, default=str).replace(b"/", b"\\/") + b"\n"


class Lines:
    """Lines in the order in which they were found: each child somewhere below its parent.

    `order` is ``grouped`` (they stay so), ``later`` (children move down to random places) or ``any`` (children move
    anywhere); parents keep their order. Only the places of lines are held in memory, 16 bytes each.
    """

    def __init__(self, order: str, seed: int) -> None:
        self._order = order
        self._random = Random(seed)
        self._blob = Blob()
        self._ends = array("Q")
        self._parents = array("q")
        self.roots = 0

    def __len__(self) -> int:
        return len(self._ends)

    def add(self, row: Any, parent: int | None = None) -> int:
        """Add a row and return its number; `parent` is its parent's."""
        self._blob.append(line_of(row))
        self._ends.append(len(self._blob))
        self._parents.append(-1 if parent is None else parent)
        self.roots += parent is None
        return len(self._ends) - 1

    def finish(self) -> Iterator[Blob | None]:
        """Yield None each time that others may have their turn, and the whole file at the end."""
        if self._order == "grouped" or self.roots == len(self):
            yield self._blob
            return
        places, whole = self._places(), Blob()
        for done, line in enumerate(sorted(range(len(places)), key=places.__getitem__)):
            whole.append(self._blob[self._ends[line - 1] if line else 0 : self._ends[line]])
            if done % STEP == STEP - 1:
                yield None
        yield whole

    def _places(self) -> array[float]:
        """Return where each line goes, as numbers to sort by."""
        places, count, random = array("d"), len(self), self._random
        for line, parent in enumerate(self._parents):
            if parent < 0:
                places.append(line)
            else:
                places.append(random.uniform(places[parent] if self._order == "later" else 0, count))
        return places
