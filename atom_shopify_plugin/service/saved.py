"""What people save about a store under a name: finding, saving, changing and deleting it, whatever kind it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from sqlalchemy.orm import Session

from atom_shopify_plugin.errors import Conflict, NotFound
from atom_shopify_plugin.storage.database.base import digest
from atom_shopify_plugin.storage.insight.saved import Saved
from atom_shopify_plugin.stores.shop import Shop

__all__ = ["REPORTS", "Kind"]


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of what is saved: its key in the table, its noun, how many a store may have, and the action that lists."""

    key: str
    noun: str
    most: int
    listed_by: str

    def all(self, shop: Shop) -> list[Saved]:
        """Return all that a store has of this kind, by name."""
        with shop.storage.read() as session:
            return shop.storage.saved.of(session, shop.store.id, self.key)

    def get(self, shop: Shop, named: str) -> Saved:
        """Return what has a name or an id; raise `NotFound` with the nearest names."""
        with shop.storage.read() as session:
            return self._found(shop, session, named)

    def create(self, shop: Shop, name: str, body: Mapping[str, Any]) -> Saved:
        """Save something under a free name; raise `Conflict` for a taken one, and where there are too many.

        A call that is repeated under its idempotency key saves nothing twice.
        """
        saved, store = shop.storage.saved, shop.store.id
        own = digest(f"{self.key} {shop.idempotency_key or ''}")[:32]
        with shop.storage.begin() as session:
            self._free(shop, session, name, own)
            if saved.count(session, store, self.key) >= self.most and not saved.find(session, store, self.key, own):
                raise Conflict(f"A store has at most {self.most} {self.noun}s. Delete one that is not needed.")
            shop.keep_here()
            if not saved.add(session, store, self.key, own, name.strip(), body):
                raise self._taken(name)
        return self.get(shop, own)

    def change(self, shop: Shop, named: str, name: str | None, body: Mapping[str, Any]) -> Saved:
        """Give what was saved another name, and each member of `body`; a member that is None is taken away."""
        with shop.storage.begin() as session:
            one = self._found(shop, session, named, lock=True)
            called = one.name if name is None else name.strip()
            self._free(shop, session, called, one.id)
            shop.keep_here()
            kept = {key: value for key, value in {**one.body, **body}.items() if value is not None}
            if not shop.storage.saved.change(session, one.id, called, kept):
                raise self._taken(called)
        return self.get(shop, one.id)

    def delete(self, shop: Shop, named: str) -> Saved:
        """Delete what was saved, and return it as it was."""
        with shop.storage.begin() as session:
            one = self._found(shop, session, named)
            shop.keep_here()
            shop.storage.saved.delete(session, one.id)
        return one

    def _found(self, shop: Shop, session: Session, named: str, *, lock: bool = False) -> Saved:
        saved, store = shop.storage.saved, shop.store.id
        one = saved.find(session, store, self.key, named, lock=lock)
        if one is not None:
            return one
        folded = {other.name.casefold(): other.name for other in saved.of(session, store, self.key)}
        near = [folded[name] for name in get_close_matches(named.casefold(), folded, n=3)]
        hint = f"Did you mean {' or '.join(near)}?" if near else f"{self.listed_by} lists the existing ones."
        message = f"{shop.domain} has no {self.noun} of that name or id. {hint}"
        raise NotFound(message, details={self.key: named})

    def _free(self, shop: Shop, session: Session, name: str, own: str) -> None:
        one = shop.storage.saved.find(session, shop.store.id, self.key, name)
        if one is not None and one.id != own:
            raise self._taken(name)

    def _taken(self, name: str) -> Conflict:
        return Conflict(
            f"“{name.strip()}” is the name of another {self.noun}. Choose another name, or change that one."
        )


REPORTS = Kind("saved_report", "saved report", 100, "saved_report_list")
"""Reports of one's own, which `report_render` shows by their name."""
