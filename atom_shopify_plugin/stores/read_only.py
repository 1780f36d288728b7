"""Read-only stores and callers: what every write asks before it is sent, and the switch of a store's owners."""

from __future__ import annotations

from typing import TYPE_CHECKING

from atom_shopify_plugin.errors import ReadOnly
from atom_shopify_plugin.storage.calls.notes import note
from atom_shopify_plugin.stores.members import require_owner

if TYPE_CHECKING:
    from atom_shopify_plugin.hookspecs import Principal
    from atom_shopify_plugin.settings import Settings
    from atom_shopify_plugin.storage import Storage, Store

__all__ = ["ReadOnlySwitch", "require_writing_caller"]


def require_writing_caller(principal: Principal) -> None:
    """Raise `ReadOnly` for a caller whose token or session may change nothing."""
    if principal.read_only:
        raise ReadOnly(
            "Your token or session is read-only. It can read what you can read, but it can't change anything. To make "
            "changes, sign in with another one; the operator of ATOM creates it with `atom-shopify token create`.",
            details={"reason": "caller"},
        )


class ReadOnlySwitch:
    """The switch of each store, kept in the database, so that all processes obey at once."""

    def __init__(self, settings: Settings, storage: Storage) -> None:
        self._page = f"{settings.public_url}/shopify"
        self._storage = storage

    def set(self, principal: Principal, store: Store, read_only: bool, request_id: str | None = None) -> None:
        """Make a store of the person's read-only, or allow writes again. A change is audited.

        Raise `Forbidden` for somebody who does not own the store, `ReadOnly` for a caller who may change nothing.
        """
        require_writing_caller(principal)
        require_owner(store)
        if self._storage.installations.set_read_only(store.id, read_only):
            action = "store_read_only" if read_only else "store_writable"
            note(self._storage.audit, principal, store, action, after={"read_only": read_only}, request_id=request_id)

    def check(self, principal: Principal, store: Store) -> None:
        """Raise `ReadOnly` unless this caller may write to this store now, whatever `store` said when it was read.

        Raise what the storage raises where it can't be asked: a write that nobody could check is not sent.
        """
        require_writing_caller(principal)
        found = self._storage.installed.is_read_only(store.id)
        if found is False:
            return
        if found is None:
            raise ReadOnly(
                f"ATOM can't tell whether {store.shop} may be written to, so nothing was changed in it. Connect the "
                f"store again at {self._page}",
                details={"reason": "unknown", "shop": store.shop.name},
            )
        raise ReadOnly(
            f"{store.shop} is read-only in ATOM, so nothing was changed in it. An owner of the store allows writes "
            f"again at {self._page} or with `atom-shopify stores read-only {store.shop} --off`.",
            details={"reason": "store", "shop": store.shop.name, "url": self._page},
        )
