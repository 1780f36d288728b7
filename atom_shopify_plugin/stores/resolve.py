"""Which of a person's stores is meant, and where a store that is missing can be connected.

People name a store by its domain, its handle, the name that it shows, or the address of its admin. Programs give the
domain or the handle: a shown name may change, and two stores may share it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from atom_shopify_plugin.catalog.spoken import clean, same_name
from atom_shopify_plugin.errors import Fault, InvalidInput, NotFound, ReauthRequired, StoreNotConnected
from atom_shopify_plugin.shopify.domain import ShopDomain

if TYPE_CHECKING:
    from atom_shopify_plugin.hookspecs import Principal
    from atom_shopify_plugin.settings import Settings
    from atom_shopify_plugin.storage import Storage, Store

__all__ = ["ALL", "MOST", "StoreResolver", "connect_url", "shop_in_address"]

ALL = "all"
MOST = 100
"""How many stores one call may name."""

_ADDRESS = re.compile(r"(?:https?://)?(?:admin\.shopify\.com/store/)?([^/?#]+)(?:[/?#].*)?", re.IGNORECASE)
_LONGEST = 80


def connect_url(settings: Settings, shop: ShopDomain | None = None) -> str:
    """Return the address of ours that begins to connect `shop`, without one the page where a person names a store."""
    if shop is None:
        return f"{settings.public_url}/shopify"
    return f"{settings.public_url}/api/auth/shopify/authorize?{urlencode({'shop': shop.name})}"


def shop_in_address(text: str) -> ShopDomain:
    """Return the store in what a person pasted: its address, its handle, or an address of its admin.

    Raise `InvalidInput` for anything else, such as the store's own domain.
    """
    match = _ADDRESS.fullmatch(text.strip())
    try:
        return ShopDomain.from_handle(match[1] if match else None)
    except InvalidInput:
        message = (
            "This is not the address of a store at Shopify. It looks like your-store.myshopify.com, or like "
            "admin.shopify.com/store/your-store where the admin is open in your browser."
        )
        raise InvalidInput(message, [Fault("/shop", message, "shop_domain")]) from None


class StoreResolver:
    """Finds the stores that a person means. A store of somebody else and one that nobody has look the same."""

    def __init__(self, settings: Settings, storage: Storage) -> None:
        self._settings = settings
        self._memberships = storage.memberships

    def connect_url(self, shop: ShopDomain | None = None) -> str:
        """Return the address of ours that begins to connect `shop`, or that lets a person name a store."""
        return connect_url(self._settings, shop)

    def by_domain(self, principal: Principal, shop: ShopDomain | None) -> Store:
        """Return the person's store with that domain, without one the default store, in whatever state it is.

        Raise `NotFound` for a store that is not theirs, `StoreNotConnected` (with ``details.connect_url``) where they
        have none.
        """
        store = self._memberships.find(principal, shop)
        if store is not None:
            return store
        if shop is None:
            raise self._no_store()
        hint = _did_you_mean(shop.handle, self._memberships.stores(principal))
        raise NotFound(f"None of your stores has that name.{hint}", details={"shop": shop.name})

    def by_name(self, principal: Principal, name: str | None) -> Store:
        """Return the store that a program names by handle or domain, without a name the default store.

        Raise `InvalidInput` for text that is neither, besides what `by_domain` raises.
        """
        return self.by_domain(principal, None if name is None else self._parse(principal, name))

    def by_words(self, principal: Principal, text: str) -> Store:
        """Return the store that a person means by `text`. A domain or handle goes before a name that is shown.

        Raise `InvalidInput` where several stores show that name, and `NotFound` with what can be said instead.
        """
        stores = self._memberships.stores(principal)
        words = clean(text, "name")
        domain = _domain(words)
        for store in stores:
            if store.shop == domain:
                return store
        matches = [store for store in stores if same_name(store.name, text)]
        if len(matches) == 1:
            return matches[0]
        if matches:
            message = f"{len(matches)} of your stores are called “{matches[0].name}”. Say which: {_listed(matches)}."
            details = {"stores": [store.shop.name for store in matches]}
            raise InvalidInput(message, [Fault("/shop", message, "ambiguous")], details=details)
        yours = "No store is connected yet; one is connected by its myshopify.com domain."
        if stores:
            yours = f"Yours are {_listed(stores)}."
        raise NotFound(f"None of your stores is called “{words[:_LONGEST]}”. {yours}")

    def several(self, principal: Principal, names: str | Sequence[str]) -> list[Store]:
        """Return the stores that a program names: `ALL` of the person's, or a list of handles and domains.

        Each store is returned once. Raise what `by_name` raises, and `InvalidInput` for no name or more than `MOST`.
        """
        if names == ALL:
            stores = self._memberships.stores(principal)
            if not stores:
                raise self._no_store()
            return stores
        listed = [names] if isinstance(names, str) else list(dict.fromkeys(names))
        if not 0 < len(listed) <= MOST:
            message = f"Name 1 to {MOST} stores, or {ALL}."
            raise InvalidInput(message, [Fault("/shop", message, "maxItems" if listed else "minItems")])
        if ALL in listed:
            message = f"Use {ALL} alone: it means every store of yours."
            raise InvalidInput(message, [Fault("/shop", message, "all")])
        found = [self.by_name(principal, name) for name in listed]
        return list({store.id: store for store in found}.values())

    def require_active(self, store: Store) -> None:
        """Raise `ReauthRequired` or `StoreNotConnected` for a store that can't be called."""
        if store.state == "active":
            return
        url = self.connect_url(store.shop)
        details = {"shop": store.shop.name, "connect_url": url}
        if store.state == "reauth_required":
            raise ReauthRequired(
                f"{store.shop} must be connected again: Shopify no longer accepts its token. Do it at {url}",
                details=details,
            )
        raise StoreNotConnected(f"{store.shop} is no longer connected. Connect it again at {url}", details=details)

    def _parse(self, principal: Principal, text: str) -> ShopDomain:
        try:
            return ShopDomain.from_handle(text)
        except InvalidInput:
            hint = _did_you_mean(text, self._memberships.stores(principal))
            if not hint:
                raise
            message = f"The shop is given by its handle or domain here, not by the name that it shows.{hint}"
            raise InvalidInput(message, [Fault("/shop", message, "shop_domain")]) from None

    def _no_store(self) -> StoreNotConnected:
        return StoreNotConnected(
            f"No store is connected yet. Connect one at {self.connect_url()}",
            details={"connect_url": self.connect_url()},
        )


def _did_you_mean(text: object, stores: Iterable[Store]) -> str:
    matches = [store for store in stores if isinstance(text, str) and same_name(store.name, text)]
    return f" Did you mean {' or '.join(store.shop.name for store in matches)}?" if matches else ""


def _domain(words: str) -> ShopDomain | None:
    match = _ADDRESS.fullmatch(words)
    try:
        return ShopDomain.from_handle(match[1]) if match else None
    except InvalidInput:
        return None


def _listed(stores: Iterable[Store]) -> str:
    return ", ".join(f"{store.shop.handle} ({store.name or store.shop})" for store in stores)
