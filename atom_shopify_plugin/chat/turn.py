"""One message of a conversation, with all that is known when it comes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

from atom_shopify_plugin.chat.state import State

if TYPE_CHECKING:
    from atom_shopify_plugin.hookspecs import Principal
    from atom_shopify_plugin.storage import Store

__all__ = ["Turn"]


@dataclass(slots=True)
class Turn:
    """A message of `principal`: `shop` is the store that counts where the message names none, as actions take it.

    `stores` are the person's, the default one first, `store` the one whose day and currency count. `state` changes
    with the answer.
    """

    principal: Principal
    shop: str | None
    request_id: str | None
    stores: Sequence[Store]
    store: Store | None
    state: State
    now: datetime
    today: date

    @property
    def names(self) -> Sequence[tuple[str, str]]:
        """The domains and the shown names of the person's stores."""
        return [(str(store.shop), store.name) for store in self.stores]

    def store_of(self, shop: str | None) -> Store | None:
        """Return the person's store of that domain, without one the store of the message."""
        return next((one for one in self.stores if str(one.shop) == shop), self.store)
