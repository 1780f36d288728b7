"""The access token of a store, always fresh: renewed once for everybody, by one thread of one process.

Inside a process the first caller renews and the others wait; across processes a lease in the token's row decides, and
the row's version is compared before the new pair is stored. No transaction is open while Shopify is asked. A process
that dies in between leaves the old refresh token behind, which Shopify takes again (shopify.dev, "Offline access
tokens"), so the next one heals it as soon as the lease has run out.
"""

from __future__ import annotations

import copy
import logging
import os
import random
import threading
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta

from atom_shopify_plugin.errors import Misconfigured, PluginError, ReauthRequired, StoreNotConnected, Unavailable
from atom_shopify_plugin.metrics.families import REFRESH_SECONDS, REFRESHES
from atom_shopify_plugin.process import crashpoints
from atom_shopify_plugin.process.bounded import Slots
from atom_shopify_plugin.settings import Secret, Settings
from atom_shopify_plugin.shopify import oauth
from atom_shopify_plugin.shopify.domain import ShopDomain
from atom_shopify_plugin.shopify.transport import Transport
from atom_shopify_plugin.storage import Storage, Store, StoredToken
from atom_shopify_plugin.stores.resolve import connect_url

__all__ = ["AT_ONCE", "LEASE", "Token", "TokenKeeper"]

log = logging.getLogger(__name__)

MARGIN = 300.0
"""Seconds before its end at which a token is renewed; up to a minute more for each store, so that they spread."""

ASK = 10.0
"""Seconds that a renewal may take at Shopify."""

LEASE = 15.0
"""Seconds for which a process has the right to renew: a little longer than it may ask."""

AT_ONCE = 8
"""Renewals that a process has under way at most, however many stores' tokens end in the same second."""

_LAST_SECONDS = 5.0  # a token with less life than this may die on its way to Shopify
_REST = {"unavailable": 5.0, "client": 30.0}
_MOST_CACHED = 10_000


@dataclass(frozen=True, slots=True)
class Token:
    """An access token to send, and the version to name if Shopify refuses it."""

    access: Secret
    version: int


@dataclass(slots=True)
class _Flight:
    """A renewal under way in this process."""

    done: threading.Event = field(default_factory=threading.Event)
    error: PluginError | None = None


class TokenKeeper:
    """Hands out access tokens; shared by all threads of a process."""

    def __init__(self, settings: Settings, storage: Storage, transport: Transport) -> None:
        self._settings = settings
        self._storage = storage
        self._transport = transport
        self._forked()

    def _forked(self) -> None:
        self._pid = os.getpid()
        self._lock = threading.Lock()
        self._slots = Slots(AT_ONCE)
        self._flights: dict[str, _Flight] = {}
        self._cache: dict[str, StoredToken] = {}
        self._rests: dict[str, tuple[float, PluginError]] = {}

    def token(self, store: Store) -> Token:
        """Return a token that lives long enough for a call.

        Raise `StoreNotConnected` or `ReauthRequired` (with ``details.connect_url``), `Misconfigured` where the stored
        token can't be read or the app's credentials are wrong, and `Unavailable`.
        """
        if self._pid != os.getpid():
            self._forked()
        token = self._cache.get(store.id)
        known = token is not None and token.version >= store.token_version and store.state == "active"
        if token is None or not known or not self._fresh(token):
            token = self.current(store)
            if not self._fresh(token):
                return self.renew(token)
        return Token(token.access, token.version)

    def current(self, store: Store) -> StoredToken:
        """Return the token as it is stored; raise `StoreNotConnected`, `ReauthRequired` or `Misconfigured`."""
        try:
            return self._load(store.id, store.shop)
        except StoreNotConnected as error:
            if store.state == "reauth_required" and not isinstance(error, ReauthRequired):
                raise self._over(store.shop) from None  # the dead token itself has been cleaned up
            raise

    def refused(self, store: Store, version: int) -> Token:
        """Return another token after Shopify answered 401 to `version`, renewing it once if it is still the one.

        Raise `ReauthRequired` where it can't be renewed: the store then waits for somebody to connect it again.
        """
        current = self.current(store)
        if current.version != version:
            return Token(current.access, current.version)
        return self.renew(replace(current, expires_at=self._storage.machine_time()))

    def renew(self, old: StoredToken) -> Token:
        """Return the token that takes the place of `old`; one call to Shopify however many ask.

        While `old` is alive, and somebody else renews it or Shopify can't, `old` itself is the answer.
        """
        alive = self._left(old) > _LAST_SECONDS
        if not _renewable(old):
            if alive:
                return Token(old.access, old.version)
            return self._ended(old)
        with self._lock:
            flight = self._flights.get(old.installation_id)
            leads = flight is None
            if flight is None:
                flight = self._flights[old.installation_id] = _Flight()
        if not leads:
            return Token(old.access, old.version) if alive else self._follow(old, flight)
        try:
            return self._lead(old, alive)
        except PluginError as error:
            flight.error = error
            raise
        finally:
            with self._lock:
                del self._flights[old.installation_id]
            flight.done.set()

    def forget(self, installation_id: str) -> None:
        """Drop what this process remembers of an installation: it was granted anew or has ended."""
        self._cache.pop(installation_id, None)
        self._rests.pop(installation_id, None)

    @contextmanager
    def exclusive(self, app: str, shop: ShopDomain) -> Iterator[None]:
        """Keep renewals of an existing installation away while a new grant is acquired for it.

        Acquiring a token ends the refresh tokens before it. Without the lease nothing breaks for good, since versions
        decide what is stored, but a renewal in between would be refused for no reason.
        """
        installation_id = self._storage.installations.id_of(app, shop)
        owner = None
        deadline = time.monotonic() + LEASE
        while installation_id is not None and owner is None and time.monotonic() < deadline:
            version = self._storage.tokens.version(installation_id)
            if version is None:
                break
            owner = self._storage.tokens.lease(installation_id, version, 2 * LEASE)
            if owner is None:
                _pause()
        try:
            yield
        finally:
            if installation_id is not None:
                self.forget(installation_id)
                if owner is not None:
                    self._storage.tokens.release(installation_id, owner)

    def _fresh(self, token: StoredToken) -> bool:
        return self._left(token) > MARGIN + zlib.crc32(token.installation_id.encode()) % 60

    def _left(self, token: StoredToken) -> float:
        """Return the seconds that a token has left by this machine's clock; the margin covers what that is off."""
        if token.expires_at is None:
            return float("inf")
        return (token.expires_at - self._storage.machine_time()).total_seconds()

    def _load(self, installation_id: str, shop: ShopDomain) -> StoredToken:
        token = self._storage.tokens.read(installation_id)
        if token is None or token.state != "active":
            self._cache.pop(installation_id, None)
            if token is not None and token.state == "reauth_required":
                raise self._over(shop)
            details = {"connect_url": connect_url(self._settings, shop), "shop": shop.name}
            raise StoreNotConnected(f"{shop} is not connected.", details=details)
        if len(self._cache) >= _MOST_CACHED:
            self._cache.clear()
        self._cache[installation_id] = token
        return token

    def _follow(self, old: StoredToken, flight: _Flight) -> Token:
        flight.done.wait(self._settings.timeout)
        if flight.error is not None:
            raise copy.copy(flight.error)  # each thread gets an exception of its own to raise
        current = self._load(old.installation_id, old.shop)
        if current.version == old.version:
            raise Unavailable("The store's token is being renewed; try again in a moment.", retry_after=1.0)
        return Token(current.access, current.version)

    def _lead(self, old: StoredToken, alive: bool) -> Token:
        until, error = self._rests.get(old.installation_id, (0.0, None))
        if error is not None and time.monotonic() < until:
            if alive:
                return Token(old.access, old.version)
            raise copy.copy(error)
        deadline = time.monotonic() + self._settings.timeout
        while True:
            with self._slots.take(0.0 if alive else deadline - time.monotonic()) as free:
                owner = self._storage.tokens.lease(old.installation_id, old.version, LEASE) if free else None
                if owner is not None:
                    try:
                        return self._ask(old, alive)
                    finally:
                        self._storage.tokens.release(old.installation_id, owner)
            current = self._load(old.installation_id, old.shop)
            if current.version != old.version:
                return Token(current.access, current.version)
            if alive:
                return Token(old.access, old.version)
            if time.monotonic() > deadline:
                raise Unavailable("The store's token is being renewed; try again in a moment.", retry_after=2.0)
            _pause()

    def _ask(self, old: StoredToken, alive: bool) -> Token:
        started = time.perf_counter()
        asked_at = self._storage.now()
        crashpoints.at("refresh_before_call")
        try:
            grant = self._acquire(old)
        except oauth.RefreshRefused as refusal:
            self._count("credentials" if refusal.kind == "client" else "refused", started)
            if refusal.kind == "client":
                # Wrong credentials, or an app that is gone: only the operator can tell. The store's state stays.
                log.critical("Shopify does not accept the app's credentials for %s.", old.shop)
                error = Misconfigured(refusal.message, details={"connect_url": connect_url(self._settings, old.shop)})
                return self._without(old, alive, error, _REST["client"])
            return self._ended(old)
        except PluginError as error:
            self._count(error.code.lower(), started)
            return self._without(old, alive, error, _REST["unavailable"])
        crashpoints.at("refresh_after_answer")
        if grant.life_assumed:
            log.warning("Shopify named no life for the token of %s; one hour is assumed.", old.shop)
        life = grant.refresh_token_expires_in
        self._storage.tokens.swap(
            old,
            access=grant.access_token,
            refresh=grant.refresh_token,
            expires_at=asked_at + timedelta(seconds=grant.expires_in),
            refresh_expires_at=None if life is None else asked_at + timedelta(seconds=life),
            scope=",".join(sorted(grant.scope)),
            granted_scopes=oauth.expand_scopes(grant.scope),
        )
        crashpoints.at("refresh_after_commit")
        self._count("ok", started)
        self._rests.pop(old.installation_id, None)
        # Read back, whether our pair was stored or somebody's newer one stands there.
        current = self._load(old.installation_id, old.shop)
        return Token(current.access, current.version)

    def _acquire(self, old: StoredToken) -> oauth.TokenGrant:
        secret = old.client_secret or self._settings.api_secret
        if old.kind == "client_credentials":
            return oauth.client_credentials(self._transport, old.shop, old.app, secret, timeout=ASK)
        if old.refresh is None:
            raise RuntimeError("A token without a refresh token came to be refreshed.")
        return oauth.refresh(self._transport, old.shop, old.app, secret, old.refresh, timeout=ASK)

    def _without(self, old: StoredToken, alive: bool, error: PluginError, rest: float) -> Token:
        """Continue with the old token while it lives, and leave Shopify in peace for a while."""
        self._rests[old.installation_id] = (time.monotonic() + rest, error)
        if alive:
            return Token(old.access, old.version)
        raise error

    def _ended(self, old: StoredToken) -> Token:
        """Let the store wait for a new connection, unless another token has come in the meantime."""
        if not self._storage.tokens.refused(old.installation_id, old.version):
            current = self._load(old.installation_id, old.shop)
            return Token(current.access, current.version)
        self._cache.pop(old.installation_id, None)
        raise self._over(old.shop)

    def _over(self, shop: ShopDomain) -> ReauthRequired:
        return ReauthRequired(
            f"Shopify no longer accepts the connection of {shop}; connect the store again.",
            details={"connect_url": connect_url(self._settings, shop), "shop": shop.name},
        )

    def _count(self, outcome: str, started: float) -> None:
        seconds = time.perf_counter() - started
        self._storage.usage.record("oauth", "refresh", outcome == "ok", seconds)
        self._storage.meter.count(REFRESHES, outcome)
        self._storage.meter.observe(REFRESH_SECONDS, seconds)


def _renewable(token: StoredToken) -> bool:
    return token.kind == "client_credentials" or token.refresh is not None


def _pause() -> None:
    time.sleep(0.05 + 0.1 * random.random())  # noqa: S311  # spreads the processes, hides nothing
