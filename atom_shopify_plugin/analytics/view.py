"""The copy of a store from which a question is answered: whether it is there, how old it is, and what it lacks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from atom_shopify_plugin.analytics.periods import Period, period_of
from atom_shopify_plugin.analytics.shown import days
from atom_shopify_plugin.errors import Misconfigured, NotSynced

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from atom_shopify_plugin.storage import Storage, Store
    from atom_shopify_plugin.storage.insight.mirrors import Mirror
    from atom_shopify_plugin.storage.insight.sync_runs import StreamState

__all__ = ["DEFINITIONS", "MOST_DAYS", "View"]

Json = dict[str, Any]
DEFINITIONS = "docs/metrics.md"
MOST_DAYS = 1_100
_WORDS = {"inventory": "stock levels"}
"""What a stream holds, where its name is not the word for it."""


@dataclass(frozen=True)
class View:
    """What is copied of a store, its orders by default, whole and seen in one transaction.

    All changes up to `as_of` are in it. Shopify has shown orders since `earliest`, None where it showed all of them.
    """

    storage: Storage
    store: Store
    session: Session
    mirror: Mirror
    as_of: datetime
    earliest: datetime | None
    zone: ZoneInfo

    @classmethod
    def of(cls, storage: Storage, store: Store, session: Session, streams: Sequence[str] = ("orders",)) -> View:
        """Return the copied streams of a store; raise `NotSynced` where one is not there, or not whole yet."""
        mirror = storage.mirrors.find(session, store.id)
        if mirror is None:
            raise _missing(store, streams[0], None)
        moments, earliest = [], None
        for stream in streams:
            state = storage.sync_runs.find(session, mirror, stream)
            if state is None or state.whole_at is None or state.read_up_to is None:
                raise _missing(store, stream, state)
            moments.append(state.read_up_to)
            if stream == "orders":
                earliest = state.earliest
        try:
            zone = ZoneInfo(mirror.timezone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise Misconfigured(
                f"This machine has no data for the time zone of {store.shop}: install tzdata."
            ) from None
        return cls(storage, store, session, mirror, min(moments), earliest, zone)

    @property
    def currency(self) -> str:
        return self.mirror.currency

    @property
    def today(self) -> date:
        """The day that it is in the store."""
        return self.storage.now().astimezone(self.zone).date()

    @property
    def seen_on(self) -> date:
        """The day in the store of which the copy tells: an older copy knows nothing of later days."""
        return self.as_of.astimezone(self.zone).date()

    def period(self, given: Mapping[str, Any]) -> Period:
        """Return the period that an input names."""
        return period_of(given, self.today, MOST_DAYS)

    @property
    def known_since(self) -> date | None:
        """The first day of which all orders are known; None where all of them are."""
        return None if self.earliest is None else self.earliest.astimezone(self.zone).date() + timedelta(days=1)

    def about(self, period: Period, definitions: str, *, history: bool = False) -> Json:
        """Return what every answer says of itself: where it comes from, as of when, and whether anything is missing.

        With `history` the answer needs all earlier orders too, such as who ordered for the first time.
        """
        known = self.known_since
        complete = known is None or (period.since >= known and not history)
        about = self._about(period.since, period.until, definitions, complete=complete)
        return {**about, "period": {"name": period.name, **days(period)}}

    def about_all(self, definitions: str) -> Json:
        """Return what an answer about all times says of itself."""
        return self._about(date.min, date.max, definitions, complete=self.known_since is None)

    def _about(self, since: date, until: date, definitions: str, *, complete: bool) -> Json:
        known = self.known_since
        tests, others = self.storage.order_facts.left_out(self.session, self.mirror, since, until)
        return {
            "source": "mirror",
            "as_of": f"{self.as_of:%Y-%m-%dT%H:%M:%SZ}",
            "complete": complete,
            "known_since": None if known is None else known.isoformat(),
            "timezone": self.mirror.timezone,
            "currency": self.currency,
            "other_currencies": [{"currency": name, "orders": count} for name, count in others.items()],
            "test_orders": tests,
            "definitions": f"{DEFINITIONS}#{definitions}",
        }


def _missing(store: Store, stream: str, state: StreamState | None) -> NotSynced:
    """Return why a stream of a store is not copied, and what helps."""
    what = _WORDS.get(stream, stream)
    details, command = {"shop": str(store.shop)}, f"atom-shopify sync --shop {store.shop}"
    if state is None:
        return NotSynced(
            f"This answer needs a copy of {store.shop}, and there is none yet. Make one with: {command}",
            details=details,
        )
    if not state.active:
        return NotSynced(
            f"The {what} of {store.shop} could not be copied. {state.error} Afterwards run: {command}",
            details=details,
        )
    return NotSynced(
        f"The {what} of {store.shop} are still being copied, since {state.asked_at:%Y-%m-%dT%H:%M:%SZ}. "
        "Try again when that is done.",
        details=details,
        retryable=True,
    )
