"""The question that is put to a person before a destructive action: what it would do to the thing as it stands."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

__all__ = ["PLACE", "question"]

PLACE = re.compile(r"\{([a-z_]+(?:\.[a-z_]+)*)(?:\|([^{}|]+)\|([^{}|]+))?\}")
"""A place in a question: the path of a member, and the nouns for one and for many."""


def question(asks: str | None, resource: Any, shop: str) -> str | None:
    """Return a question with the members of a resource in it; None where one of them is not known."""
    if asks is None:
        return None
    known = {**resource, "shop": shop} if isinstance(resource, Mapping) else {"shop": shop}
    words = []
    for path, one, many in PLACE.findall(asks):
        value: Any = known
        for member in path.split("."):
            value = value.get(member) if isinstance(value, Mapping) else None
        if value is None:
            return None
        words.append(f"{value} {one if str(value) == '1' else many}" if one else str(value))
    filled = iter(words)
    return PLACE.sub(lambda _: next(filled), asks)
