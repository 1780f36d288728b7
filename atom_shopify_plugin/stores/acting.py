"""Writes of background work: for whom they are made, and whether that person may still make them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from atom_shopify_plugin.errors import PolicyDenied

if TYPE_CHECKING:
    from atom_shopify_plugin.catalog.model import Catalog
    from atom_shopify_plugin.hookspecs import Principal
    from atom_shopify_plugin.storage import Storage, Store
    from atom_shopify_plugin.stores.policies import Policies
    from atom_shopify_plugin.stores.read_only import ReadOnlySwitch

__all__ = ["Acting", "BackgroundGuard"]


@dataclass(frozen=True, slots=True)
class Acting:
    """The person who began what goes on in the background, and the action by which they did."""

    principal: Principal
    action: str


class BackgroundGuard:
    """Asks before each write of background work what a call is asked: membership, policies, read-only stores."""

    def __init__(self, catalog: Catalog, storage: Storage, policies: Policies, read_only: ReadOnlySwitch) -> None:
        self._catalog = catalog
        self._storage = storage
        self._policies = policies
        self._read_only = read_only

    def check(self, acting: Acting, store: Store) -> None:
        """Raise `PolicyDenied` or `ReadOnly` where the person may not write this now.

        Raise what the storage raises where it can't be asked: a write that nobody could check is not sent.
        """
        if self._storage.memberships.find(acting.principal, store.shop) is None:
            raise PolicyDenied(
                f"{acting.principal.subject} started this, and is no longer a member of {store.shop}.",
                details={"action": acting.action, "shop": store.shop.name},
            )
        self._policies.allow(acting.principal, store, self._catalog.action(acting.action), writes=True)
        self._read_only.check(acting.principal, store)
