"""Connecting stores: OAuth, a merchant's own app, renewal and the end of a connection."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import timedelta
from typing import Any

from atom_shopify_plugin.errors import (
    Conflict,
    Fault,
    Forbidden,
    InvalidInput,
    Misconfigured,
    PluginError,
    ShopUnavailable,
    StoreNotConnected,
)
from atom_shopify_plugin.hookspecs import Principal
from atom_shopify_plugin.shopify import oauth
from atom_shopify_plugin.shopify.client import TokenRefused
from atom_shopify_plugin.shopify.domain import ShopDomain
from atom_shopify_plugin.storage import Flow, Store
from atom_shopify_plugin.stores.own_apps import OwnApps
from atom_shopify_plugin.stores.shop_identity import make_grant
from atom_shopify_plugin.stores.tokens import Token

__all__ = ["RETURN_NAMES", "Connected", "Connections", "OtherName", "Token"]

log = logging.getLogger(__name__)

RETURN_NAMES = frozenset({"stores", "dashboard", "chat"})
"""Places that a finished flow may lead to. They are names: no address from a request is ever followed."""

_KEEP_ALIVE_DAYS = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Connected(Store):
    """A store that has just been connected: where the flow goes on, and which wanted scopes were not granted."""

    return_to: str
    missing_scopes: frozenset[str]


class OtherName(Conflict):
    """Shopify names another domain than the one that the flow was begun for, as it does where that is an alias.

    ``details`` holds ``asked``, ``shop`` (Shopify's own name) and ``auth_url``, where the person goes on.
    """

    def __init__(self, asked: ShopDomain, shop: ShopDomain, auth_url: str) -> None:
        self.shop, self.auth_url = shop, auth_url
        super().__init__(
            f"Shopify calls {asked} by its own name, {shop}. If that is the store you mean, go on to connect it.",
            details={"reason": "other_name", "asked": asked.name, "shop": shop.name, "auth_url": auth_url},
        )


class Connections(OwnApps):
    """The life of a connection, from the merchant's yes to the end. Shared by all threads of a process."""

    # -- OAuth

    def begin(self, principal: Principal, shop: ShopDomain, *, browser: str, return_to: str = "stores") -> str:
        """Return Shopify's address at which the merchant says yes.

        `browser` is a random value that only this browser holds (a cookie); the callback has to bring it. `return_to`
        is one of `RETURN_NAMES`. Raise `Misconfigured` without a client id and secret.
        """
        self._require_app()
        if return_to not in RETURN_NAMES:
            raise InvalidInput(
                "There is no such place to return to.",
                [Fault("/return_to", f"It must be one of: {', '.join(sorted(RETURN_NAMES))}.", "enum")],
            )
        if len(browser) < 22:
            raise InvalidInput("The connection has to be begun in a browser that keeps cookies.")
        state = self._storage.oauth_states.issue(principal, shop, browser=browser, return_to=return_to)
        return oauth.authorize_url(self._settings, shop, state, self._settings.scopes)

    def complete(self, principal: Principal | None, raw_query: bytes | str, *, browser: str) -> Connected:
        """Finish the flow that `raw_query`, Shopify's redirect as it came, belongs to.

        Without a signed-in person the browser binding tells whose flow it is. The state is used up before Shopify is
        asked, so any number of loads of the same page exchange the code once. Nothing is stored unless the new token
        belongs to the very store that the flow was begun for. Where that was another name of the store, `OtherName`
        leads on.

        Raise `InvalidInput` (malformed, too old, not begun here), `Forbidden` (not signed by Shopify, or the merchant
        said no), `Conflict` for a page loaded again (``details.reason``: ``already_connected``, ``in_progress``),
        `UpstreamError`.
        """
        self._require_app()
        secrets = [self._settings.api_secret, self._settings.api_secret_previous]
        now = self._storage.machine_time().timestamp()
        query = oauth.verify_query(raw_query, [secret for secret in secrets if secret], now)
        shop = ShopDomain.parse(query.get("shop"))
        flow = self._storage.oauth_states.consume(query.get("state", ""), principal, browser=browser)
        again = {"connect_url": self._stores.connect_url(shop), "shop": shop.name}
        if "error" in query:
            raise Forbidden(f"The connection of {shop} was declined at Shopify.", details=again)
        if flow.shop != shop:
            raise self._other_name(flow, shop, browser)
        if not query.get("code"):
            raise InvalidInput(
                "Shopify sent no code.", [Fault("/code", "The code is missing.", "required")], details=again
            )
        app, secret = self._settings.api_key, self._settings.api_secret
        with self._counted("connect"), self._keeper.exclusive(app, shop):
            asked_at = self._storage.now()
            granted = oauth.exchange_code(self._transport, shop, app, secret, query["code"])
            if granted.life_assumed:
                log.warning("Shopify named no life for the token of %s; one hour is assumed.", shop)
            about = self._ask_shop(shop, granted.access_token)
            life = granted.refresh_token_expires_in
            grant = make_grant(
                shop,
                about,
                app=app,
                kind="expiring",
                access=granted.access_token,
                scopes=granted.scope,
                refresh=granted.refresh_token,
                expires_at=asked_at + timedelta(seconds=granted.expires_in),
                refresh_expires_at=None if life is None else asked_at + timedelta(seconds=life),
            )
            store = self._storage.installations.grant(grant, flow.principal, flow_id=flow.id)
        self._tell(store)
        missing = oauth.missing_scopes(store.granted_scopes, self._settings.scopes)
        if missing:
            log.warning("%s was connected without the scopes %s.", shop, ", ".join(sorted(missing)))
        values = {item.name: getattr(store, item.name) for item in fields(Store)}
        return Connected(**values, return_to=flow.return_to, missing_scopes=missing)

    def _other_name(self, flow: Flow, shop: ShopDomain, browser: str) -> OtherName | InvalidInput:
        """Begin a flow for the store that Shopify named, once; the code that came with the name stays unused."""
        if flow.begun_as is not None:
            return InvalidInput(
                f"Shopify answered for {shop}, but the connection of {flow.shop} was begun. Please start again."
            )
        state = self._storage.oauth_states.issue(
            flow.principal, shop, browser=browser, return_to=flow.return_to, begun_as=flow.shop.name
        )
        return OtherName(flow.shop, shop, oauth.authorize_url(self._settings, shop, state, self._settings.scopes))

    # -- a connected store

    def token(self, store: Store) -> Token:
        """Return the store's access token, renewed where it is about to end; see `TokenKeeper.token`."""
        return self._keeper.token(store)

    def token_refused(self, store: Store, version: int) -> Token:
        """Return another token after Shopify answered 401 to `version`; see `TokenKeeper.refused`."""
        return self._keeper.refused(store, version)

    def forget(self, installation_id: str) -> None:
        """Drop what this process remembers of an installation's token: the app is gone from the store."""
        self._keeper.forget(installation_id)

    def refresh(self, principal: Principal, shop: ShopDomain | None) -> Store:
        """Renew the token now, and read anew what the store says about itself.

        A token without an end is only checked. Raise `NotFound`, `ReauthRequired`, `Unavailable`.
        """
        store = self._stores.by_domain(principal, shop)
        token = self._keeper.renew(self._keeper.current(store))
        try:
            about = self._ask_shop(store.shop, token.access)
        except TokenRefused:
            about = self._ask_shop(store.shop, self._keeper.refused(store, token.version).access)
        scopes = oauth.expand_scopes(about.scopes) or None
        self._storage.installations.describe(
            store.id, name=about.name, currency=about.currency, timezone=about.timezone, scopes=scopes
        )
        return self._stores.by_domain(principal, store.shop)

    def described(self, store: Store, about: Mapping[str, Any]) -> None:
        """Store what the `shop` query said lately."""
        self._storage.installations.describe(
            store.id, name=about["name"], currency=about["currency_code"], timezone=about["iana_timezone"]
        )

    def revoke(self, principal: Principal, shop: ShopDomain | None) -> None:
        """End a connection.

        An owner uninstalls the app from the store: Shopify is told first, then token and memberships are removed, for
        everybody. A member only leaves. A merchant's own app (pasted token, own client credentials) is theirs to
        uninstall: we just forget it. Where Shopify says that the token is dead already, we clean up all the same;
        where Shopify can't be reached nothing is changed and `Unavailable` is raised.
        """
        store = self._stores.by_domain(principal, shop)
        if store.role != "owner":
            self._storage.memberships.remove(principal, store.id)
            return
        if store.token_kind in ("expiring", "offline"):
            with self._counted("revoke"):
                self._revoke_at_shopify(store)
        self._storage.installations.uninstall(store.id)
        self._keeper.forget(store.id)

    def keep_alive(self, limit: int = 20) -> int:
        """Renew the refresh tokens with less than 30 of their 90 days left; return how many were renewed."""
        renewed = 0
        for installation_id in self._storage.tokens.idle(_KEEP_ALIVE_DAYS, limit):
            try:
                stored = self._storage.tokens.read(installation_id)
                if stored is not None and self._keeper.renew(stored).version != stored.version:
                    renewed += 1
            except PluginError as error:
                log.warning("A token could not be kept alive: %s", error.code)
        return renewed

    # -- inside

    def _revoke_at_shopify(self, store: Store) -> None:
        try:
            token = self._keeper.token(store)
        except (StoreNotConnected, Misconfigured) as error:
            # No token that could be sent: it has ended, or its key is lost. The person still wants to be rid of it.
            log.warning("%s is forgotten without telling Shopify: %s", store.shop, error.code)
            return
        try:
            oauth.revoke(self._transport, store.shop, token.access)
        except ShopUnavailable:
            log.warning("%s is forgotten without telling Shopify: the store is frozen or closed.", store.shop)
