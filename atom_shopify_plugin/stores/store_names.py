"""How people name a store: by its domain, its handle, the name that it shows, or the address of its admin."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from atom_shopify_plugin.catalog.spoken import clean, same_name
from atom_shopify_plugin.errors import Fault, InvalidInput, NotFound
from atom_shopify_plugin.shopify.domain import ShopDomain

if TYPE_CHECKING:
    from atom_shopify_plugin.storage import Store

__all__ = ["named", "not_yours", "parsed"]

_ADDRESS = re.compile(r"(?:https?://)?(?:admin\.shopify\.com/store/)?([^/?#]+)(?:[/?#].*)?", re.IGNORECASE)
_LONGEST = 80


def named(stores: Iterable[Store], text: str) -> Store:
    """Return the store that a person means by `text`.

    A domain or handle goes before a name that is shown. Raise `InvalidInput` where several stores show that name, and
    `NotFound` with what can be said instead.
    """
    known = list(stores)
    words = clean(text, "name")
    domain = _domain(words)
    for store in known:
        if store.shop == domain:
            return store
    found = [store for store in known if same_name(store.name, text)]
    if len(found) == 1:
        return found[0]
    if found:
        message = f"{len(found)} of your stores are called “{found[0].name}”. Say which: {_listed(found)}."
        details = {"stores": [str(store.shop) for store in found]}
        raise InvalidInput(message, [Fault("/shop", message, "ambiguous")], details=details)
    yours = "No store is connected yet; one is connected by its myshopify.com domain."
    if known:
        yours = f"Yours are {_listed(known)}."
    raise NotFound(f"None of your stores is called “{words[:_LONGEST]}”. {yours}")


def parsed(text: str, stores: Callable[[], Iterable[Store]]) -> ShopDomain:
    """Return the domain that `text`, a handle or domain, names for a program.

    Raise `InvalidInput` for anything else; where it is the name that one of `stores` shows, say what to give instead.
    """
    try:
        return ShopDomain.from_handle(text)
    except InvalidInput:
        hint = _hint(text, stores())
        if not hint:
            raise
        message = f"The shop is given by its handle or domain here, not by the name that it shows.{hint}"
        raise InvalidInput(message, [Fault("/shop", message, "shop_domain")]) from None


def not_yours(shop: ShopDomain, stores: Iterable[Store]) -> NotFound:
    """Return the error for a store that is none of a person's `stores`, whether or not somebody else has it."""
    hint = _hint(shop.handle, stores)
    return NotFound(f"None of your stores has that name.{hint}", details={"shop": str(shop)})


def _hint(text: object, stores: Iterable[Store]) -> str:
    found = [store for store in stores if isinstance(text, str) and same_name(store.name, text)]
    return f" Did you mean {' or '.join(store.shop.name for store in found)}?" if found else ""


def _domain(words: str) -> ShopDomain | None:
    match = _ADDRESS.fullmatch(words)
    try:
        return ShopDomain.from_handle(match[1]) if match else None
    except InvalidInput:
        return None


def _listed(stores: Iterable[Store]) -> str:
    return ", ".join(f"{store.shop.handle} ({store.name or store.shop})" for store in stores)
