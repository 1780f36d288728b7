"""Connecting without a browser: by the token of a merchant's own app, or by the client id and secret of an app.

Each way asks for a proof that the caller may have the store: a credential of it, or the scope of an operator.
"""

from __future__ import annotations

import hmac
import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

from atom_shopify_plugin.errors import Conflict, Fault, Forbidden, InvalidInput, Misconfigured, PluginError
from atom_shopify_plugin.hookspecs import OPERATOR_SCOPE, Principal
from atom_shopify_plugin.settings import Secret, Settings
from atom_shopify_plugin.shopify import oauth
from atom_shopify_plugin.shopify.client import Client, TokenRefused
from atom_shopify_plugin.shopify.documents import Documents
from atom_shopify_plugin.shopify.domain import ShopDomain
from atom_shopify_plugin.shopify.transport import Transport
from atom_shopify_plugin.storage import Grant, Storage, Store, Unreadable
from atom_shopify_plugin.stores.resolve import StoreResolver
from atom_shopify_plugin.stores.shop_identity import About, OtherStore, ask_shop, make_grant
from atom_shopify_plugin.stores.tokens import TokenKeeper

__all__ = ["OwnApps"]

log = logging.getLogger(__name__)

_OWN_APP = "custom_app"


class OwnApps:
    """The ways to connect that need no browser, and what all ways share."""

    def __init__(
        self, settings: Settings, storage: Storage, transport: Transport, client: Client, documents: Documents
    ) -> None:
        self._settings = settings
        self._storage = storage
        self._transport = transport
        self._client = client
        self._documents = documents
        self._keeper = TokenKeeper(settings, storage, transport)
        self._stores = StoreResolver(settings, storage)
        self.connected: Callable[[Store], None] | None = None  # told of each store that has just been connected

    @property
    def storage(self) -> Storage:
        """What is stored here."""
        return self._storage

    def connect_token(self, principal: Principal, shop: ShopDomain, token: Secret) -> Store:
        """Connect a store by the Admin API token of an app that the merchant made; such a token has no end.

        Raise `InvalidInput` for a token that Shopify does not accept for this store, and `Conflict` where the app is
        connected there already and neither this token nor the caller's ownership shows a right to that connection.
        """
        text = token.reveal()
        if not (8 <= len(text) <= 255 and text.isascii() and text.isprintable() and " " not in text):
            raise _wrong_token(shop)
        with self._counted("connect"):
            try:
                about = self._introduced(shop, token)
            except TokenRefused:
                raise _wrong_token(shop) from None
            app = about.app or _OWN_APP
            with self._keeper.exclusive(app, shop):
                self._check_paste(principal, shop, app, token)
                return self._stored(make_grant(shop, about, app=app, kind="admin_token", access=token), principal)

    def connect_client_credentials(
        self, principal: Principal, shop: ShopDomain, client_id: str, client_secret: Secret
    ) -> Store:
        """Connect a store by the client id and secret of an app of the store's own organisation, without a browser.

        The caller proves by the pair that the store is theirs to connect. It is stored encrypted, because a new token
        is acquired with it every day. Raise `InvalidInput` where Shopify refuses the pair.
        """
        for name, value in (("client_id", client_id), ("client_secret", client_secret.reveal())):
            if not (0 < len(value) <= 255 and value.isascii() and value.isprintable()):
                fault = Fault(f"/{name}", "It must be 1 to 255 printable ASCII characters.", "format")
                raise InvalidInput("This is no pair of client id and secret.", [fault])
        ours = client_id == self._settings.api_key and hmac.compare_digest(
            client_secret.reveal().encode(), self._settings.api_secret.reveal().encode()
        )
        keep = None if ours else client_secret  # the server's own pair is read from the settings each time
        return self._by_credentials(principal, shop, client_id, client_secret, keep=keep)

    def connect_own_organization(self, principal: Principal, shop: ShopDomain) -> Store:
        """Connect a store of the configured app's own organisation by the server's own client id and secret.

        The caller proves nothing of their own, so only an operator may do this. Raise `Forbidden` for anybody else,
        `Misconfigured` without an app, `InvalidInput` where Shopify refuses the pair for this store.
        """
        if OPERATOR_SCOPE not in principal.scopes:
            raise Forbidden(
                f"Connecting {shop} with the server's own app needs the scope {OPERATOR_SCOPE}. Connect it through "
                "Shopify (connect_url), send a credential of the store, or ask one of its owners for an invitation.",
                details={"scope": OPERATOR_SCOPE, "connect_url": self._stores.connect_url(shop)},
            )
        self._require_app()
        return self._by_credentials(principal, shop, self._settings.api_key, self._settings.api_secret, keep=None)

    def _by_credentials(
        self, principal: Principal, shop: ShopDomain, app: str, secret: Secret, *, keep: Secret | None
    ) -> Store:
        with self._counted("connect"), self._keeper.exclusive(app, shop):
            asked_at = self._storage.now()
            granted = oauth.client_credentials(self._transport, shop, app, secret)
            about = self._introduced(shop, granted.access_token)
            grant = make_grant(
                shop,
                about,
                app=app,
                kind="client_credentials",
                access=granted.access_token,
                scopes=granted.scope,
                expires_at=asked_at + timedelta(seconds=granted.expires_in),
                client_secret=keep,
            )
            return self._stored(grant, principal)

    def _check_paste(self, principal: Principal, shop: ShopDomain, app: str, token: Secret) -> None:
        """Raise `Conflict` where a pasted token must not take the place of a connection that works.

        A token may belong to less than the app: to a person (online access) or a delegate. It opens the connection of
        all its members only if it is the very token of that connection, if the stored one is dead, or for an owner.
        """
        installed = self._storage.installed.find(app, shop.name)
        if installed is None or installed.state != "active":
            return
        try:
            stored = self._storage.tokens.read(installed.id)
        except Unreadable:
            return  # its key is lost: nobody can use it
        if stored is None:
            return
        if stored.kind == "admin_token":
            mine = self._storage.memberships.find(principal, shop)
            if mine is not None and mine.id == installed.id and mine.role == "owner":
                return
            if hmac.compare_digest(stored.access.reveal().encode(), token.reveal().encode()):
                return
            try:
                self._ask_shop(shop, stored.access)
            except TokenRefused:
                return
        raise Conflict(
            f"{shop} is connected already, and not by this token. Ask one of its owners for an invitation, or connect "
            "it through Shopify (connect_url).",
            details={"reason": "already_connected", "shop": shop.name, "connect_url": self._stores.connect_url(shop)},
        )

    def _introduced(self, shop: ShopDomain, token: Secret) -> About:
        """Ask a store that the caller named who it is; raise `InvalidInput` with its own name where it has another."""
        try:
            return self._ask_shop(shop, token)
        except OtherStore as error:
            if error.named is None:
                raise
            message = f"Shopify calls this store {error.named}, not {shop}: connect it by that name."
            details = {"reason": "other_name", "asked": shop.name, "shop": error.named.name}
            raise InvalidInput(message, [Fault("/shop", message, "other_name")], details=details) from None

    # -- shared

    def _require_app(self) -> None:
        if not self._settings.has_app:
            raise Misconfigured(
                "SHOPIFY_API_KEY and SHOPIFY_API_SECRET must be set to connect stores.",
                details={"setting": "SHOPIFY_API_KEY"},
            )

    def _ask_shop(self, shop: ShopDomain, token: Secret) -> About:
        return ask_shop(self._client, self._documents, shop, token)

    def _stored(self, grant: Grant, principal: Principal) -> Store:
        store = self._storage.installations.grant(grant, principal)
        self._keeper.forget(store.id)
        self._tell(store)
        return store

    def _tell(self, store: Store) -> None:
        if self.connected is None:
            return
        try:
            self.connected(store)
        except PluginError as error:
            # The store is connected; what follows from it is done again later.
            log.warning("What follows from connecting %s has to wait: %s", store.shop, error.code)

    @contextmanager
    def _counted(self, step: str) -> Iterator[None]:
        """Count a step for the objective on OAuth; what a person got wrong is not our failure."""
        started = time.perf_counter()
        ok = False
        try:
            yield
            ok = True
        except PluginError as error:
            ok = error.status < 500
            raise
        finally:
            self._storage.usage.record("oauth", step, ok, time.perf_counter() - started)


def _wrong_token(shop: ShopDomain) -> InvalidInput:
    message = f"Shopify does not accept this token for {shop}."
    return InvalidInput(message, [Fault("/token", message, "token")])
