"""One store as the platform sees it: its plan, its state, its tokens and its buckets."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from atom_shopify_plugin.sandbox.bucket import Bucket, rate_of
from atom_shopify_plugin.sandbox.clock import Clock
from atom_shopify_plugin.sandbox.store import Saved, StoreState
from atom_shopify_plugin.sandbox.tokens import TokenBook

__all__ = ["Account", "App", "SavedAccount", "Switches"]

CUSTOM_APP = "merchants-own-app"  # whom admin tokens belong to
LONGEST_LAG = 3600


@dataclass(frozen=True, slots=True)
class Switches:
    """Behaviour of a store that Shopify leaves open or that depends on the kind of app.

    `status`: ``active``, ``frozen`` (402), ``locked`` (423) or ``closed`` (404). `non_expiring_tokens`: whether tokens
    that do not end still work (403 where not). `refresh_error`: the terminal refresh error as ``documented`` (401
    invalid_request) or as Shopify's ``libraries`` expect it (400 invalid_grant). `refresh_ends_old_access`: whether a
    refresh ends the access token before it. `own_organization`: whether client credentials are accepted. `search_lag`:
    after how many seconds a search finds what was written; look-ups by id find it at once. `customer_data_approved`:
    whether the app is approved for protected customer data of level 2, without which `shopifyqlQuery` is refused.
    """

    status: str = "active"
    non_expiring_tokens: bool = True
    refresh_error: str = "documented"
    refresh_ends_old_access: bool = False
    own_organization: bool = True
    search_lag: float = 0.0
    customer_data_approved: bool = True

    CHOICES = {"status": ("active", "frozen", "locked", "closed"), "refresh_error": ("documented", "libraries")}  # noqa: RUF012

    def changed(self, values: Mapping[str, Any]) -> Switches:
        """Return the switches with `values`; raise `ValueError` naming what is no switch or no setting of it."""
        kinds = {entry.name: entry.type for entry in fields(self)}
        for name, value in values.items():
            if name not in kinds:
                raise ValueError(f"{name!r} is no switch; there are {', '.join(kinds)}.")
            if name == "search_lag":
                if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= LONGEST_LAG:
                    raise ValueError(f"{name!r} must be a number of seconds from 0 to {LONGEST_LAG}.")
                continue
            choices = self.CHOICES.get(name, (True, False))
            if not any(value is choice or (value == choice and isinstance(value, str)) for choice in choices):
                raise ValueError(f"{name!r} must be one of {', '.join(map(str, choices))}.")
        return replace(self, **dict(values))


@dataclass(frozen=True, slots=True)
class App:
    """The app that the sandbox knows: its credentials, where it lives and where it may send people back to.

    `redirect_uris` of `None` allows any address on this machine. `secrets` holds the current secret first.
    """

    client_id: str
    secrets: tuple[str, ...]
    scopes: frozenset[str]
    url: str
    redirect_uris: frozenset[str] | None = None
    name: str = "ATOM"

    def __repr__(self) -> str:
        return f"App({self.name!r}, client_id={self.client_id!r}, url={self.url!r})"


@dataclass(frozen=True)
class SavedAccount:
    """A store as it was at one moment."""

    state: StoreState | None
    contents: Saved | None
    tokens: dict[str, Any]
    switches: Switches
    plan: str
    buckets: Mapping[str, tuple[float, float]]


class Account:
    """One store. `state` is built on first use, because a full one takes a while."""

    def __init__(self, domain: str, plan: str, clock: Clock, build: Callable[[], StoreState]) -> None:
        self.domain = domain
        self.tokens = TokenBook(clock)
        self._rate = rate_of(plan)
        self._plan = plan.strip().lower()
        self.clock = clock
        self._build = build
        self._state: StoreState | None = None
        self.on_event: Callable[[str, Mapping[str, Any]], None] | None = None
        self._buckets: dict[str, Bucket] = {}
        self._lock = threading.Lock()
        self._switches = Switches()

    @property
    def switches(self) -> Switches:
        return self._switches

    @switches.setter
    def switches(self, switches: Switches) -> None:
        self._switches = switches
        if self._state is not None:
            self._switch(self._state)

    def _switch(self, state: StoreState) -> None:
        state.past.lag = self._switches.search_lag
        state.customer_data_approved = self._switches.customer_data_approved

    @property
    def handle(self) -> str:
        return self.domain.partition(".")[0]

    @property
    def plan(self) -> str:
        return self._plan

    @property
    def state(self) -> StoreState:
        if self._state is None:
            with self._lock:
                if self._state is None:
                    state = self._build()
                    self._switch(state)
                    self._state = state
        return self._state

    @property
    def built(self) -> StoreState | None:
        """The state where there is one already."""
        return self._state

    def uninstall(self, client_id: str) -> None:
        """Take an app off the store: its tokens end, and `on_event` is called with ``uninstalled``."""
        installed = self.tokens.installed(client_id) is not None
        self.tokens.uninstall(client_id)
        if installed and self.on_event is not None:
            self.on_event("uninstalled", {"client_id": client_id})

    def set_scopes(self, client_id: str, scopes: frozenset[str]) -> None:
        """Change what an app was granted; `on_event` is called with ``scopes`` where that differs."""
        before = self.tokens.installed(client_id)
        self.tokens.set_scopes(client_id, scopes)
        after = self.tokens.installed(client_id)
        if before is not None and after is not None and before != after and self.on_event is not None:
            self.on_event("scopes", {"previous": sorted(before), "current": sorted(after)})

    def bucket(self, client_id: str) -> Bucket:
        """Return the bucket that all calls of this app share."""
        with self._lock:
            if client_id not in self._buckets:
                self._buckets[client_id] = Bucket(self._rate, self.clock)
            return self._buckets[client_id]

    def saved(self) -> SavedAccount:
        """Return a copy of all that belongs to the store, for `restore`; a store that is not built yet stays so."""
        state = self._state
        with self._lock:
            buckets = {name: bucket.saved() for name, bucket in self._buckets.items()}
            return SavedAccount(
                state, state.saved() if state else None, self.tokens.saved(), self.switches, self._plan, buckets
            )

    def restore(self, saved: SavedAccount) -> None:
        """Bring the store back to what it was."""
        self.change_plan(saved.plan)
        for client_id, level in saved.buckets.items():
            self.bucket(client_id).restore(level)
        self.tokens.restore(saved.tokens)
        with self._lock:
            self._state = saved.state
            if saved.state is not None and saved.contents is not None:
                saved.state.restore(saved.contents)
        self.switches = saved.switches

    def change_plan(self, plan: str) -> None:
        """Move the store to another plan, with full buckets; raise `ValueError` for one that does not exist."""
        rate = rate_of(plan)
        with self._lock:
            self._plan, self._rate = plan.strip().lower(), rate
            self._buckets.clear()
            if self._state is not None:
                self._state.plan = self._plan
