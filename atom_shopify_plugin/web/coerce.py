"""Query strings → inputs of actions: texts, and lists of texts for repeated parameters.

What the texts stand for is read where every other input is read, by the action's schema (see `actions.liberal`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

__all__ = ["inputs_from_query"]


def inputs_from_query(query: Mapping[str, list[str]], reserved: Iterable[str]) -> dict[str, Any]:
    """Return the input that a query string stands for, without the `reserved` options.

    An empty value counts as not given, for forms send every filter. Names that the action does not know are kept, and
    its schema refuses them.
    """
    options = set(reserved)
    given = {name: [text for text in values if text] for name, values in query.items() if name not in options}
    return {name: texts[0] if len(texts) == 1 else texts for name, texts in given.items() if texts}
