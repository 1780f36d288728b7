"""Which field somebody meant by a name that is not known: by meaning first, then by a slip of the hand.

The names that people use for a field stand under ``synonyms`` in ``manifests/common.json``, for all actions at once. A
slip is at most one letter in a short name and two in a long one, and never the first letter: what is farther away is
another word, and to suggest it would mislead.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping
from functools import cache

from atom_shopify_plugin.catalog.loading import default_root

__all__ = ["suggest", "synonyms"]

_SHORT = 7  # letters up to which a name may be off by one
_LONGEST = 60  # letters that are compared
_EDGE = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


@cache
def synonyms() -> Mapping[str, tuple[str, ...]]:
    """Return the other names of fields, by the field's own."""
    content = json.loads((default_root() / "common.json").read_bytes())
    return {name: tuple(others) for name, others in content["synonyms"].items()}


def suggest(name: str, known: Collection[str]) -> str | None:
    """Return the one of `known` that was probably meant by `name`, None where none is near."""
    wanted = _plain(name[:_LONGEST])
    if not wanted:
        return None
    for candidate in known:
        if _plain(candidate) == wanted:
            return candidate
    for candidate, others in synonyms().items():
        if candidate in known and wanted in others:
            return candidate
    meant = {field for field, others in synonyms().items() if wanted in others}
    if meant:
        return None  # it is the name of something else, which is not taken here
    near = [(distance, candidate) for candidate in known if (distance := _slips(wanted, candidate)) is not None]
    return min(near)[1] if near else None


def _plain(name: str) -> str:
    """Return a name in snake_case: ``bodyHtml``, ``Body-Html`` and ``body html`` are the same."""
    return re.sub(r"[-_. ]+", "_", _EDGE.sub("_", name)).strip("_").lower()


def _slips(wanted: str, candidate: str) -> int | None:
    """Return how many letters are wrong, missing, added or swapped; None where that is more than a slip."""
    most = 1 if min(len(wanted), len(candidate)) <= _SHORT else 2
    if wanted[0] != candidate[0] or abs(len(wanted) - len(candidate)) > most or min(len(wanted), len(candidate)) < 3:
        return None
    before: list[int] = []
    row = list(range(len(candidate) + 1))
    for at, letter in enumerate(wanted, 1):
        earlier, before, row = before, row, [at]
        for there, other in enumerate(candidate, 1):
            cost = min(before[there] + 1, row[there - 1] + 1, before[there - 1] + (letter != other))
            if at > 1 and there > 1 and letter == candidate[there - 2] and wanted[at - 2] == other:
                cost = min(cost, earlier[there - 2] + 1)
            row.append(cost)
    return row[-1] if row[-1] <= most else None
