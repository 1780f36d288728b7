"""The copy of a store from which a question is answered: whether it is there, how old it is, and what it lacks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from atom_shopify_plugin.analytics.periods import Period, period_of
from atom_shopify_plugin.analytics.shown import days
from atom_shopify_plugin.errors import Misconfigured, NotSynced
from atom_shopify_plugin.shopify.scopes import expand_scopes

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from atom_shopify_plugin.storage import Storage, Store
    from atom_shopify_plugin.storage.insight.mirrors import Mirror

__all__ = ["DEFINITIONS", "MOST_DAYS", "View"]

Json = dict[str, Any]
DEFINITIONS = "docs/metrics.md"
MOST_DAYS = 1_100
_WINDOW = timedelta(days=60)
_ALL_ORDERS = "read_all_orders"


@dataclass(frozen=True)
class View:
    """A whole copy of a store, seen in one transaction. `as_of` is when it was whole."""

    storage: Storage
    store: Store
    session: Session
    mirror: Mirror
    as_of: datetime
    zone: ZoneInfo

    @classmethod
    def of(cls, storage: Storage, store: Store, session: Session) -> View:
        """Return the copy of a store; raise `NotSynced` where there is none, or none that is whole."""
        mirror = storage.mirrors.find(session, store.id)
        if mirror is None:
            raise NotSynced(
                f"This is answered from a copy of {store.shop}, and there is none yet. "
                f"Make one with: atom-shopify sync --shop {store.shop}",
                details={"shop": str(store.shop)},
            )
        if mirror.complete_at is None:
            raise NotSynced(
                f"The copy of {store.shop} that answers this is still being made. It began at "
                f"{mirror.began_at:%Y-%m-%dT%H:%M:%SZ}; ask again when it is whole.",
                details={"shop": str(store.shop)},
                retryable=True,
            )
        try:
            zone = ZoneInfo(mirror.timezone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise Misconfigured(f"This machine does not know the time zone of {store.shop}: install tzdata.") from None
        return cls(storage, store, session, mirror, mirror.complete_at, zone)

    @property
    def currency(self) -> str:
        return self.mirror.currency

    @property
    def today(self) -> date:
        """The day that it is in the store."""
        return self.storage.now().astimezone(self.zone).date()

    def period(self, given: Mapping[str, Any]) -> Period:
        """Return the period that an input names."""
        return period_of(given, self.today, MOST_DAYS)

    @property
    def known_since(self) -> date | None:
        """The first day of which all orders are known; None where all of them are.

        Without `read_all_orders`, Shopify shows an app the orders of the last 60 days.
        """
        if _ALL_ORDERS in expand_scopes(self.store.granted_scopes):
            return None
        return (self.mirror.began_at - _WINDOW).astimezone(self.zone).date() + timedelta(days=1)

    def about(self, period: Period, definitions: str) -> Json:
        """Return what every answer says of itself: where it comes from, as of when, and whether anything is missing."""
        known = self.known_since
        tests, others = self.storage.order_facts.left_out(self.session, self.mirror, period.since, period.until)
        return {
            "source": "mirror",
            "as_of": f"{self.as_of:%Y-%m-%dT%H:%M:%SZ}",
            "complete": known is None or period.since >= known,
            "known_since": None if known is None else known.isoformat(),
            "period": {"name": period.name, **days(period)},
            "timezone": self.mirror.timezone,
            "currency": self.currency,
            "other_currencies": [{"currency": name, "orders": count} for name, count in others.items()],
            "test_orders": tests,
            "definitions": f"{DEFINITIONS}#{definitions}",
        }
