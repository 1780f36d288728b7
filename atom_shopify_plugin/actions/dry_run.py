"""A dry run of a write: what would be sent to Shopify, what would change, and what it would cost.

Reads are really carried out, so that a dry run fails where the write would fail before it begins. A mutation is caught
before it is sent. Where a handler sends several, the first one is shown in full, and of the others only the names that
the handler gives: what they send depends on the answer to the first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from atom_shopify_plugin.actions.inputs import variables
from atom_shopify_plugin.actions.reads import execute
from atom_shopify_plugin.actions.verify import MISSING, find, gained, lost, same
from atom_shopify_plugin.catalog.model import Action, Catalog
from atom_shopify_plugin.stores.shop import KeptHere

if TYPE_CHECKING:
    from atom_shopify_plugin.shopify.documents import Document, Documents
    from atom_shopify_plugin.storage import Store
    from atom_shopify_plugin.stores.shop import Shop

__all__ = ["Catch", "DryRunner", "changes"]

Catch = Callable[["Document", Mapping[str, Any], Sequence[str]], None]


class _Caught(Exception):  # it is no error: it ends the handler
    """A mutation that was not sent."""

    def __init__(self, document: Document, sent: Mapping[str, Any], then: Sequence[str]) -> None:
        super().__init__(document.name)
        self.document = document
        self.sent = dict(sent)
        self.then = list(then)


def _catch(document: Document, sent: Mapping[str, Any], then: Sequence[str]) -> None:
    raise _Caught(document, sent, then)


class DryRunner:
    """Says what writes would do. `open_shop` returns a shop that hands over each mutation before it is sent."""

    def __init__(self, *, catalog: Catalog, documents: Documents, open_shop: Callable[[Store, Catch], Shop]) -> None:
        self._catalog = catalog
        self._documents = documents
        self._open = open_shop

    def run(
        self, action: Action, store: Store, checked: Mapping[str, Any], before: Any
    ) -> tuple[dict[str, Any], Mapping[str, Any]]:
        """Return ``changes``, ``sends``, ``then`` and ``points``, and what the handler told (`Shop.told`).

        Raise what the write would raise before it begins.

        `before` is the thing as it stands, None for one that is only being made.
        """
        sends: list[dict[str, Any]] = []
        then: list[str] = []
        shop = self._open(store, _catch)
        try:
            execute(action, shop, checked)
        except KeptHere:
            pass  # nothing would be sent
        except _Caught as caught:
            points = caught.document.estimate(caught.sent)
            sends = [{"operation": caught.document.name, "variables": caught.sent, "points": points}]
            then = caught.then
        points = sum(one["points"] for one in sends)
        points += sum(self._documents.get(name).estimate({}) for name in then) + self._looks(action, checked, before)
        ahead = shop.told.get("changes")
        listed = list(changes(action, checked, before)) if ahead is None else ahead
        return {"changes": listed, "sends": sends, "then": then, "points": points}, shop.told

    def _looks(self, action: Action, checked: Mapping[str, Any], before: Any) -> float:
        """Return the points of looking at the thing before the write and after it."""
        if action.verify is None:
            return 0.0
        read = self._catalog.actions[action.verify.read]
        if read.mirrored:
            return 0.0
        given = {name: checked[name] for name in action.verify.by if name in checked and name in read.properties}
        sent = variables(read, given) if read.handler is None else {}
        points = self._documents.get(read.operations[0]).estimate(sent)
        return points if before is None else 2 * points


def changes(action: Action, checked: Mapping[str, Any], before: Any) -> Iterator[dict[str, Any]]:
    """Yield ``{field, before, after}`` for each member that a write would change, as far as it is declared."""
    verify = action.verify
    if verify is None:
        return
    if verify.absent:
        yield {"field": "", "before": before, "after": None}
        return
    former = action.undo.former if action.undo is not None else {}
    for name, path in {**verify.reads, **former}.items():
        if name not in checked:
            continue
        there = _there(before, path)
        if not same(action.properties[name], checked[name], there):
            yield {"field": name, "before": there, "after": checked[name]}
    for path, value in verify.becomes.items():
        there = _there(before, path)
        if not same({}, value, there):
            yield {"field": path, "before": there, "after": value}
    for name in verify.holds:
        there = _there(before, name) or []
        if more := gained(checked[name], there):
            yield {"field": name, "before": there, "after": [*there, *more]}
    for name in verify.lacks:
        there = _there(before, name) or []
        if less := lost(checked[name], there):
            yield {"field": name, "before": there, "after": [item for item in there if item not in less]}


def _there(before: Any, path: str) -> Any:
    value = None if before is None else find(before, path)
    return None if value is MISSING else value
