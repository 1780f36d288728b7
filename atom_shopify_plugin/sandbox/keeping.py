"""Writes that are answered as they should be and kept otherwise: not at all, with other values, at another node.

Shopify does not do this on purpose; an app that reads back what it wrote has to notice all the same. A write may also
go on for a while after its reply was lost: what it wrote is kept, and its idempotency key is busy.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from atom_shopify_plugin.sandbox.store import Change, Node, StoreState

__all__ = ["KINDS", "Keeping"]

KINDS: Mapping[str, frozenset[str]] = {
    "not_kept": frozenset(),
    "kept_otherwise": frozenset({"values"}),
    "kept_elsewhere": frozenset({"at"}),
    "in_progress": frozenset({"seconds"}),
}


@dataclass(frozen=True)
class Keeping:
    """How the writes of one request are kept; raises `ValueError` for a description that makes no sense."""

    kind: str
    values: Mapping[str, Any] = field(default_factory=dict)
    at: str | None = None
    seconds: float = 0.0  # how long the idempotency key of the request stays busy

    def __post_init__(self) -> None:
        if not isinstance(self.values, Mapping) or (self.kind == "kept_otherwise") != bool(self.values):
            raise ValueError("`values` must be an object of fields and what they hold in place of what was written.")
        if not isinstance(self.at, str | None):
            raise ValueError("`at` must be the gid of a node.")  # noqa: TRY004  # one kind of error for a bad description

    def settle(
        self, store: StoreState, changes: Sequence[Change], undo: Sequence[Callable[[], object]]
    ) -> Sequence[Change]:
        """Change what was written, after the answer was made; return the changes that the store's observer hears of."""
        if self.kind == "not_kept":
            for step in reversed(undo):
                step()
            return ()
        for change in changes:  # `in_progress` leaves them as they are
            if self.kind == "kept_otherwise" and change.action != "deleted":
                known = {name: value for name, value in self.values.items() if name in change.node}
                store.change(change.node, {name: _like(change.node[name], value) for name, value in known.items()})
            elif self.kind == "kept_elsewhere" and change.action == "updated":
                self._move(store, change)
        return changes

    def _move(self, store: StoreState, change: Change) -> None:
        others = store.all(change.node["__typename"])
        other: Node | None = others.get(self.at or "") or next(
            (node for gid, node in others.items() if gid != change.node["id"]), None
        )
        if other is not None:
            written = {name: change.node[name] for name in change.former if name in change.node}
            store.change(change.node, change.former)
            store.change(other, written)


def _like(former: Any, value: Any) -> Any:
    return Decimal(str(value)) if isinstance(former, Decimal) else value
