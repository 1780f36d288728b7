"""The state of a conversation: what it was about last, and what waits for an answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from atom_shopify_plugin.catalog.spoken import Kind

__all__ = ["Item", "State"]

_MOST_ITEMS = 50


@dataclass(frozen=True, slots=True)
class Item:
    """A thing of a list: its kind, the value that names it, and how it is called."""

    kind: Kind
    value: Any
    label: str


@dataclass(slots=True)
class State:
    """All of it is JSON.

    `last` is the question that was answered last, with the `cursor` of the rest of its list. `items` are what its
    answer listed, `focus` the one thing of each kind that was spoken of last. `asking` is a command that lacks a value,
    `pending` a change that waits for a yes.
    """

    last: Mapping[str, Any] | None = None
    items: Sequence[Item] = ()
    focus: Mapping[str, Any] = field(default_factory=dict)
    asking: Mapping[str, Any] | None = None
    pending: Mapping[str, Any] | None = None

    @classmethod
    def of(cls, content: Mapping[str, Any]) -> State:
        items = [Item(**item) for item in content.get("items", ())]
        return cls(**{**content, "items": items})

    def content(self) -> dict[str, Any]:
        """Return what is stored of it."""
        return {**asdict(self), "items": [asdict(item) for item in self.items[:_MOST_ITEMS]]}

    def referred(self, kind: Kind, ref: str | int) -> Any:
        """Return the value of a thing of `kind` that was spoken of: the only one, or the one at a place in the list."""
        if isinstance(ref, int):
            place = ref - 1 if ref > 0 else len(self.items) + ref
            if 0 <= place < len(self.items) and self.items[place].kind == kind:
                return self.items[place].value
            return None
        return self.focus.get(kind)
