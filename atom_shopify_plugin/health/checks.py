"""What health looks at: one check for each thing that can be wrong, each told by itself."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from datetime import date
from typing import TYPE_CHECKING

from atom_shopify_plugin.errors import Misconfigured, Unavailable
from atom_shopify_plugin.events.subscribing import Subscribing
from atom_shopify_plugin.health.slo import window
from atom_shopify_plugin.hookspecs import Check
from atom_shopify_plugin.shopify.skew import LIMIT
from atom_shopify_plugin.shopify.versions import supported_until
from atom_shopify_plugin.storage.database.engine import DatabaseAway

if TYPE_CHECKING:
    from atom_shopify_plugin.services import Services

__all__ = ["Checks"]

_RECENT = 3600.0  # seconds after which the last exchange with Shopify says nothing about now
_BUSY_FOR = 10.0  # seconds for which a database may be busy before that is an outage
_STEP_SHOWN = 3600.0  # seconds for which a step of the clock is told
_FEW = 20  # fewer calls than this say nothing about an objective


class Checks:
    """The checks of one plugin, by name in `works`; each may raise `Unavailable`. `today` exists for simulations."""

    def __init__(self, services: Services, today: Callable[[], date]) -> None:
        self._services = services
        self._today = today
        self._refused_since: float | None = None
        self.works: Mapping[str, Callable[[], Check]] = {
            "database": self._database,
            "keys": self._keys,
            "credentials": self._credentials,
            "tokens": self._tokens,
            "api": self._api,
            "clock": self._clock,
            "version": self._version,
            "throttle": self._throttle,
            "objectives": self._objectives,
            "webhooks": self._webhooks,
            "stock": self._stock,
            "changes": self._changes,
            "sync": self._sync,
            "jobs": self._jobs,
        }

    def _database(self) -> Check:
        storage = self._services.storage
        try:
            if storage.current() != storage.head():
                detail = storage.startup.trouble or "The tables are not up to date: run `atom-shopify db upgrade`."
                return Check("database", "down", detail)
            seconds = storage.ping()
        except DatabaseAway as error:
            return self._refused(error)
        self._refused_since = None
        figures = {"latency_ms": round(seconds * 1000, 2)}
        slow = seconds > 0.5
        detail = "A small write takes a long time." if slow else "The database answers and takes writes."
        return Check("database", "degraded" if slow else "ok", detail, figures)

    def _refused(self, error: DatabaseAway) -> Check:
        """Say why no write is taken. That others write just now is no outage unless it lasts."""
        now = time.monotonic()
        self._refused_since = self._refused_since or now
        busy = error.reason.startswith("it is")
        detail = f"A write was refused: {error.reason}." if error.reason else error.message
        brief = busy and now - self._refused_since < _BUSY_FOR
        return Check("database", "degraded" if brief else "down", detail)

    def _need_tables(self) -> None:
        if self._services.storage.current() is None:
            raise Unavailable("The tables have not been made yet.")

    def _keys(self) -> Check:
        self._need_tables()
        storage = self._services.storage
        try:
            known = storage.keys.ids
        except Misconfigured as error:
            return Check("keys", "degraded", error.message)
        carried = storage.keys_in_use()
        missing = carried - set(known)
        figures = {"keys": len(known), "missing": len(missing), "old_in_use": len(carried - missing - {known[0]})}
        if storage.keys.trouble:
            return Check("keys", "degraded", storage.keys.trouble, figures)
        if missing:
            names = ", ".join(sorted(missing))
            detail = (
                f"Rows are encrypted with keys that the key ring lacks ({names}). Put them back after the first key."
            )
            return Check("keys", "degraded", detail, figures)
        return Check("keys", "ok", "Stored data can be decrypted.", figures)

    def _credentials(self) -> Check:
        settings = self._services.settings
        if settings.has_app:
            return Check("credentials", "ok", "The app's key and secret are set.", {"configured": 1})
        missing = "SHOPIFY_API_SECRET" if settings.api_key else "SHOPIFY_API_KEY"
        detail = f"{missing} is not set: stores can be connected by their own tokens only."
        return Check("credentials", "degraded", detail, {"configured": 0})

    def _tokens(self) -> Check:
        self._need_tables()
        counts = self._services.storage.installations.overview()
        figures = {"connected": counts["active"], **counts}
        troubles = [
            f"{counts[name]} {words}"
            for name, words in (
                ("reauth_required", "must be connected again"),
                ("expiring_soon", "will soon expire"),
                ("attention", "can't be decrypted"),
            )
            if counts[name]
        ]
        if troubles:
            return Check("tokens", "degraded", f"Connected stores: {', '.join(troubles)}.", figures)
        return Check("tokens", "ok", f"{counts['active']} stores are connected.", figures)

    def _api(self) -> Check:
        now = time.time()
        recent = [found for found in self._services.client.contacts().values() if now - found.at < _RECENT]
        # Only what Shopify or the way to it is to blame for: refused tokens and limits have checks of their own.
        failed = [found for found in recent if found.error in ("UNAVAILABLE", "SHOPIFY_ERROR")]
        if not recent:
            return Check("api", "ok", "Shopify has not been called in the last hour.", {"stores": 0, "failing": 0})
        last = max(recent, key=lambda found: found.at)
        figures = {
            "stores": len(recent),
            "failing": len(failed),
            "latency_ms": round(last.seconds * 1000, 1),
            "age_seconds": round(now - last.at),
        }
        if failed:
            return Check("api", "degraded", f"The last call failed for {len(failed)} of {len(recent)} stores.", figures)
        return Check("api", "ok", f"Shopify answered {figures['age_seconds']} s ago.", figures)

    def _clock(self) -> Check:
        self._need_tables()
        skew = self._services.client.transport.skew.seconds
        state = self._services.storage.pulses.clock()
        recent = bool(state.seconds) and state.ago < _STEP_SHOWN
        figures: dict[str, float] = {} if skew is None else {"ahead_seconds": round(skew, 1)}
        figures |= {"stepped_back_seconds": round(state.seconds) if recent else 0, "waiting_ahead": state.ahead}
        troubles = []
        if skew is not None and abs(skew) > LIMIT:
            where = "ahead of" if skew > 0 else "behind"
            troubles.append(f"This machine's clock is {abs(skew):.0f} s {where} Shopify's: set it by NTP.")
        if recent:
            troubles.append(
                f"The database's clock went back by {state.seconds:.0f} s, {state.ago / 60:.0f} minutes ago; what "
                "waited for a moment ahead was made due."
            )
        if state.ahead:
            troubles.append(
                f"{state.ahead} jobs wait for a moment further ahead than any pause: the clock went back, and no "
                "worker has noticed yet."
            )
        if troubles:
            return Check("clock", "degraded", " ".join(troubles), figures)
        if skew is None:
            return Check("clock", "ok", "Shopify has not been called yet: its clock is not known.", figures)
        return Check("clock", "ok", "This machine's clock agrees with Shopify's.", figures)

    def _version(self) -> Check:
        asked, served = self._services.settings.api_version, self._services.client.served_version
        until = supported_until(asked)
        if until is None:
            return Check("version", "degraded", "`unstable` changes without notice; set a dated SHOPIFY_API_VERSION.")
        left = (until - self._today()).days
        figures = {"days_left": left}
        if left < 0:
            detail = f"Shopify no longer serves {asked} (since {until}) and answers with a newer version instead."
            return Check("version", "degraded", detail, figures)
        if served is not None and served != asked:
            return Check("version", "degraded", f"{asked} is asked for, but Shopify serves {served}.", figures)
        if left < 60:
            return Check("version", "degraded", f"{asked} is served until {until}: move to a newer one.", figures)
        return Check("version", "ok", f"{asked} is served until {until}.", figures)

    def _throttle(self) -> Check:
        client = self._services.client
        readings = [found for shop in client.contacts() if (found := client.throttle.snapshot(shop)) is not None]
        waiting = sum(found.waiting for found in readings)
        figures = {
            "waiting": waiting,
            "in_flight": sum(found.in_flight for found in readings),
            "refused_total": sum(found.throttled for found in readings),
            "calls_total": sum(found.calls for found in readings),
        }
        if client.throttle.board is not None:
            figures["shared"] = 0 if client.throttle.trouble else 1
            if client.throttle.trouble:
                detail = (
                    f"The rate limit is not shared with other processes: {client.throttle.board.name}: "
                    f"{client.throttle.trouble}. Each process goes on with its part."
                )
                return Check("throttle", "degraded", detail, figures)
        if waiting > 50:
            return Check("throttle", "degraded", f"{waiting} calls wait for Shopify's rate limit.", figures)
        return Check("throttle", "ok", "Calls are sent without a long wait.", figures)

    def _objectives(self) -> Check:
        self._need_tables()
        hour = window(self._services.storage, 1)
        figures = {name: value for name, value in hour.items() if isinstance(value, int | float)}
        missed = [name for name, met in hour["met"].items() if met is False]
        if missed and hour["requests"] >= _FEW:
            return Check("objectives", "degraded", f"Missed in the last hour: {', '.join(missed)}.", figures)
        return Check(
            "objectives", "ok", "The objectives of the last hour are met, as far as there were calls.", figures
        )

    def _webhooks(self) -> Check:
        self._need_tables()
        return Subscribing(self._services).check()

    def _stock(self) -> Check:
        from atom_shopify_plugin.sync import stock

        self._need_tables()
        return stock.check(self._services)

    def _sync(self) -> Check:
        from atom_shopify_plugin.sync.mirror_state import check

        self._need_tables()
        return check(self._services)

    def _changes(self) -> Check:
        from atom_shopify_plugin.sync import changes

        self._need_tables()
        return changes.check(self._services)

    def _jobs(self) -> Check:
        from atom_shopify_plugin.health import backlog

        self._need_tables()
        return backlog.check(self._services)
