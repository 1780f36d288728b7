"""Sales of a period from the copy of a store, where that is current."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from atom_shopify_plugin.analytics.periods import Period
from atom_shopify_plugin.analytics.sales import parts_of
from atom_shopify_plugin.analytics.view import View
from atom_shopify_plugin.errors import NotSynced
from atom_shopify_plugin.shopify.sales import Entry, Figures
from atom_shopify_plugin.stores.shop import Shop

__all__ = ["Copied", "copied_sales"]

_CURRENT = timedelta(minutes=30)
"""A copy that was whole so long ago still counts as current: changes are copied more often."""


@dataclass(frozen=True)
class Copied:
    """What a copy tells of a period: no order is read for it. `all_orders` says whether it holds all of that time."""

    whole: Figures
    earlier: Figures
    parts: list[tuple[Period, Figures]]
    products: dict[str, Figures]
    foreign: Mapping[str, int]
    all_orders: bool
    read: int = 0
    complete: bool = True

    def entries(self, first: datetime, end: datetime, currency: str) -> Iterator[Entry]:  # noqa: ARG002  # as readers do
        """Yield nothing: everything is summed up already."""
        return iter(())


def copied_sales(shop: Shop, period: Period, before: Period | None, by: str | None, *, titles: bool) -> Copied | None:
    """Return the sales of a period and of the one before; None where the copy is not whole, or was not lately.

    With `titles`, `products` has the figures by the titles under which lines were sold.
    """
    storage = shop.storage
    with storage.read() as session:
        try:
            view = View.of(storage, shop.store, session)
        except NotSynced:
            return None
        late = min(period.moments(view.zone)[1], storage.now() - _CURRENT)
        if view.as_of < late or (view.mirror.timezone, view.currency) != (str(shop.zone), shop.store.currency):
            return None
        figures, first = storage.sales_figures, (before or period).since
        place = (session, view.mirror, period.since, period.until)
        return Copied(
            whole=figures.total(*place),
            earlier=Figures() if before is None else figures.total(session, view.mirror, before.since, before.until),
            parts=[] if by is None else parts_of(view, period, by),
            products=figures.by_title(*place) if titles else {},
            foreign=storage.order_facts.left_out(session, view.mirror, first, period.until)[1],
            all_orders=view.known_since is None or first >= view.known_since,
        )
