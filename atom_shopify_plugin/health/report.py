"""How the plugin is: checks that are quick, bounded in time, cached for 5 seconds and free of secrets.

Shopify's state is a warning (``degraded``) and never a reason to restart; ``down`` means that nothing can be done here,
which is the database alone. Names of stores are shown to their owners only; the reporters given to the host hold none.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from atom_shopify_plugin.errors import PluginError, Unavailable, unexpected
from atom_shopify_plugin.health.checks import Checks
from atom_shopify_plugin.health.slo import GOALS, window
from atom_shopify_plugin.hookspecs import Check, Principal
from atom_shopify_plugin.process.bounded import Bounded

if TYPE_CHECKING:
    from atom_shopify_plugin.services import Services
    from atom_shopify_plugin.storage import Store

__all__ = ["Health", "bodies", "overall"]

CHECK_SECONDS = 1.0
_SLOW_MOMENT = 60.0  # seconds for which what was known stands in for a check that does not answer
CONNECTION_SECONDS = 5.0
_AWAY = "Unknown while the database is unavailable."
EXPIRING_SOON = timedelta(days=14)


def overall(checks: list[Check]) -> str:
    """Return ``down`` when the database is, ``degraded`` when anything is not ok, else ``ok``."""
    if any(check.status == "down" for check in checks):
        return "down"
    return "degraded" if any(check.status != "ok" for check in checks) else "ok"


def bodies(checks: list[Check]) -> dict[str, dict[str, Any]]:
    """Return checks as plain values by name."""
    return {check.name: {"status": check.status, "message": check.detail, "data": dict(check.data)} for check in checks}


class Health:
    """Reports on one plugin, all checks within `seconds`. `clock` and `today` exist for simulations."""

    def __init__(
        self,
        services: Services,
        *,
        clock: Callable[[], float] = time.monotonic,
        today: Callable[[], date] = lambda: datetime.now(UTC).date(),
        seconds: float = CHECK_SECONDS,
    ) -> None:
        self._services = services
        self.seconds = seconds
        self._clock = clock
        works = Checks(services, today).works
        self._checks = {name: Bounded(self._safely(name, work), clock) for name, work in works.items()}
        self._last: dict[str, tuple[float, Check]] = {}
        self._connections: dict[str, Bounded[dict[str, Any]]] = {}

    def checks(self) -> list[Check]:
        """Return all checks."""
        until = time.monotonic() + self.seconds
        for bounded in self._checks.values():
            bounded.start()
        return [self._result(name, until - time.monotonic()) for name in self._checks]

    def check(self, name: str, seconds: float) -> Check:
        """Return one check, as it was known where it does not answer within `seconds`; raise `KeyError`."""
        return self._result(name, seconds)

    def reporters(self) -> Mapping[str, Callable[[], Check]]:
        """Return for each check a callable that gives it, within a second and without raising."""

        def reporter(name: str) -> Callable[[], Check]:
            def run() -> Check:
                try:
                    return self._result(name, self.seconds)
                except Exception as error:  # noqa: BLE001  # the contract: a reporter raises nothing
                    unexpected(error)
                    return Check(name, "degraded", "The check failed; the log says why.")

            return run

        return {name: reporter(name) for name in self._checks}

    def tokens(self, principal: Principal, shop: str | None = None) -> dict[str, Any]:
        """Return the state of the tokens of a person's stores, first that of `shop` or the default store."""
        stores = self._services.storage.memberships.stores(principal)
        chosen = self._services.stores.by_name(principal, shop) if stores or shop is not None else None
        each = [self._token_health(principal, store) for store in stores]
        first = self._token_health(principal, chosen)
        return {**first, "stores": each}

    def connection(self, principal: Principal, shop: str | None = None) -> dict[str, Any]:
        """Ask the store for its name now; raise what stands in the way, `StoreNotConnected` without a store."""
        store = self._services.stores.by_name(principal, shop)
        bounded = self._connections.get(store.id)
        if bounded is None:
            if len(self._connections) >= 1000:
                self._connections.clear()
            bounded = self._connections[store.id] = Bounded(lambda: self._ask(store), self._clock)
        result = bounded.get(CONNECTION_SECONDS)
        if result is None:
            raise Unavailable(f"{store.shop} did not answer within {CONNECTION_SECONDS:.0f} seconds.")
        if isinstance(error := result.get("error"), PluginError):
            raise type(error)(error.message, details=error.details)
        return result

    def summary(self, principal: Principal | None = None) -> dict[str, Any]:
        """Return everything in one: checks, objectives, and for a person the own stores' tokens.

        What only the database knows is unknown, or None, while it is away; nothing is raised.
        """
        checks = self.checks()
        components: dict[str, Any] = {"overall": {"status": overall(checks), "checks": bodies(checks)}}
        if principal is not None:
            components |= {
                "tokens": _known(lambda: self.tokens(principal))
                or {**_no_token(principal, "unknown", _AWAY), "stores": []},
                "connection": _known(lambda: self._last_contact(principal))
                or {"connection_status": "unknown", "message": _AWAY},
            }
        storage = self._services.storage
        objectives = _known(lambda: {"hour": window(storage, 1), "day": window(storage, 24), "goals": dict(GOALS)})
        return {"components": components, "overall_status": overall(checks), "objectives": objectives}

    # How checks are run

    def _safely(self, name: str, work: Callable[[], Check]) -> Callable[[], Check]:
        def run() -> Check:
            try:
                found = work()
            except Unavailable as error:
                if name == "database":
                    return Check(name, "down", error.message)
                # What only the database knows stays as it was: the database's own check tells that it is away.
                _, known = self._last.get(name, (0.0, None))
                return Check(name, known.status if known else "ok", _AWAY)
            except Exception as error:  # noqa: BLE001  # a check that breaks must say so, not break the report
                return Check(name, "degraded", f"The check itself failed ({type(error).__name__}).")
            self._last[name] = (time.monotonic(), found)
            return found

        return run

    def _result(self, name: str, seconds: float) -> Check:
        found = self._checks[name].get(seconds)
        if found is not None:
            return found
        detail = f"There was no answer within {self.seconds:.0f} s."
        if name == "database":
            return Check(name, "down", detail)
        at, known = self._last.get(name, (0.0, None))
        if known is not None and time.monotonic() - at < _SLOW_MOMENT:
            return Check(name, known.status, f"{known.detail} (A new check has not answered yet.)", known.data)
        return Check(name, "degraded", detail)

    # One person's stores

    def _last_contact(self, principal: Principal) -> dict[str, Any]:
        """Return how the last call to the default store went, without making one."""
        store = self._services.storage.memberships.find(principal, None)
        if store is None:
            return {"connection_status": "unauthenticated", "message": "No store is connected."}
        last = self._services.client.contact(store.shop)
        if last is None:
            return {"connection_status": "unknown", "message": "The store has not been called by this process yet."}
        good = last.error is None
        return {
            "connection_status": "connected" if good else "failed",
            "message": "The last call was answered." if good else f"The last call failed: {last.error}.",
            "last_call_at": datetime.fromtimestamp(last.at, UTC).isoformat(timespec="seconds"),
            "api_response_time": round(last.seconds, 4),
        }

    def _token_health(self, principal: Principal, store: Store | None) -> dict[str, Any]:
        status, message = _token_status(store, self._services.storage.now())
        health = _no_token(principal, status, message)
        if status != "active":
            health["connect_url"] = self._services.stores.connect_url(store.shop if store else None)
        if store is not None:
            health |= {
                "has_tokens": store.state == "active",
                "shop_domain": str(store.shop),
                "shop_id": store.shop_id,
                "read_only": store.read_only,
                "last_refreshed": store.refreshed_at.isoformat() if store.refreshed_at else None,
                "expires_at": store.expires_at.isoformat() if store.expires_at else None,
                "refresh_expires_at": store.refresh_expires_at.isoformat() if store.refresh_expires_at else None,
            }
        return health

    def _ask(self, store: Store) -> dict[str, Any]:

        services = self._services
        started = time.perf_counter()
        try:
            found = services.open_shop(store).execute("ConnectedShop")
        except PluginError as error:
            return {"error": error}
        return {
            "shop_name": (found.get("shop") or {}).get("name"),
            "shop_domain": str(store.shop),
            "api_response_time": round(time.perf_counter() - started, 4),
        }


def _known(ask: Callable[[], dict[str, Any]]) -> dict[str, Any] | None:
    """Return what `ask` finds, None while the database is away."""
    try:
        return ask()
    except Unavailable:
        return None
    except Exception as error:  # noqa: BLE001  # a part that breaks is left out, and the others are told
        unexpected(error)
        return None


def _no_token(principal: Principal, status: str, message: str) -> dict[str, Any]:
    """Return the health of a token of which nothing is known, in the members that ATOM's clients read."""
    return {
        "user_id": principal.subject,
        "has_tokens": False,
        "token_status": status,
        "shop_domain": None,
        "shop_id": None,
        "read_only": None,
        "last_refreshed": None,
        "expires_at": None,
        "refresh_expires_at": None,
        "connect_url": None,
        "message": message,
    }


def _token_status(store: Store | None, now: datetime) -> tuple[str, str]:
    """Return ATOM's word for the state of a store's token, and a sentence.

    An access token of an hour is renewed by itself, so what counts is the end of whatever renews it.
    """
    if store is None or store.state == "uninstalled":
        return "not_configured", "No store is connected."
    if store.attention:
        return "expired", "The stored token can't be decrypted: bring the key back, or connect the store again."
    end = store.refresh_expires_at
    renews_itself = store.token_kind == "client_credentials"  # noqa: S105  # the kind, not a token
    if end is None and not renews_itself:
        end = store.expires_at
    if store.state == "reauth_required" or (end is not None and end <= now):
        return "expired", "Shopify no longer accepts the token: connect the store again."
    if end is not None and end - now < EXPIRING_SOON:
        return "expiring_soon", f"The token ends on {end:%Y-%m-%d}: use the store or connect it again before."
    return "active", "The token is valid."
