"""The composition root: builds the parts from the settings, each when it is first needed."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from atom_shopify_plugin import manifest
from atom_shopify_plugin.catalog import Catalog
from atom_shopify_plugin.errors import Unavailable
from atom_shopify_plugin.settings import Settings
from atom_shopify_plugin.shopify.domain import ShopDomain

if TYPE_CHECKING:
    from requests.adapters import BaseAdapter

    from atom_shopify_plugin.actions import Actions
    from atom_shopify_plugin.chat import Chat
    from atom_shopify_plugin.events.intake import Intake
    from atom_shopify_plugin.events.subscribing import Subscribing
    from atom_shopify_plugin.health import Health
    from atom_shopify_plugin.hookspecs import Event
    from atom_shopify_plugin.jobs import Jobs
    from atom_shopify_plugin.service.connections import Connections
    from atom_shopify_plugin.service.members import Members
    from atom_shopify_plugin.shopify.client import Client
    from atom_shopify_plugin.shopify.documents import Documents
    from atom_shopify_plugin.shopify.throttle import Throttle
    from atom_shopify_plugin.shopify.transport import Transport
    from atom_shopify_plugin.storage import Storage

__all__ = ["Runtime"]

log = logging.getLogger("atom_shopify")

_DRAIN = 20.0  # seconds for jobs that run; with what else is closed it stays below the 30 s of a host
_AGAIN = 1.0  # seconds until a database that was away at the start is asked again


class Runtime:
    """All parts of one running plugin.

    `adapter` is a `requests` transport adapter to use in place of the network, such as the sandbox's.
    """

    def __init__(self, settings: Settings, *, adapter: BaseAdapter | None = None) -> None:
        self.settings = settings
        self._adapter = adapter
        self._closed = threading.Event()
        self.emit: Callable[[Event], None] | None = None
        """Hands an event to the host; None while there is none."""
        self.forget: Callable[[str, Sequence[str] | None], None] | None = None
        """Has the host forget a store, or the people in it whom texts name; None while there is none."""
        self.triggers_in_use: Callable[[], frozenset[str] | None] = lambda: None
        """Returns the triggers that something waits for; None where nobody can tell: then all of them."""

    @cached_property
    def catalog(self) -> Catalog:
        return manifest.packaged()

    @cached_property
    def storage(self) -> Storage:
        from atom_shopify_plugin.storage import Storage

        return Storage(self.settings)

    @cached_property
    def documents(self) -> Documents:
        from atom_shopify_plugin.shopify.documents import Documents

        return Documents.load()

    @cached_property
    def transport(self) -> Transport:
        from atom_shopify_plugin.shopify.transport import Transport

        return Transport(self.settings.endpoint, self._adapter)

    @cached_property
    def throttle(self) -> Throttle:
        from atom_shopify_plugin.shopify.throttle import Throttle

        return Throttle()

    @cached_property
    def client(self) -> Client:
        from atom_shopify_plugin.shopify.client import Client

        return Client(self.transport, self.throttle, version=self.settings.api_version, timeout=self.settings.timeout)

    @cached_property
    def connections(self) -> Connections:
        from atom_shopify_plugin.service.connections import Connections

        connections = Connections(self.settings, self.storage, self.transport, self.client, self.documents)
        connections.connected = lambda store: self.subscribing.connected(store)
        return connections

    @cached_property
    def members(self) -> Members:
        from atom_shopify_plugin.service.members import Members

        return Members(self.storage)

    @cached_property
    def actions(self) -> Actions:
        from atom_shopify_plugin.actions import Actions
        from atom_shopify_plugin.paging import PageTokens

        return Actions(
            catalog=self.catalog,
            storage=self.storage,
            connections=self.connections,
            client=self.client,
            documents=self.documents,
            pages=PageTokens(self.storage.keys.mac_keys("page token")),
            connect_url=self.connect_url,
        )

    @cached_property
    def chat(self) -> Chat:
        from atom_shopify_plugin.chat import Chat

        return Chat(self.catalog, self.actions, self.storage, self.connect_url)

    @cached_property
    def health(self) -> Health:
        from atom_shopify_plugin.health import Health

        return Health(self)

    @cached_property
    def jobs(self) -> Jobs:
        from atom_shopify_plugin.jobs import Jobs

        return Jobs(self)

    @cached_property
    def intake(self) -> Intake:
        from atom_shopify_plugin.events.intake import Intake

        return Intake(self)

    @cached_property
    def subscribing(self) -> Subscribing:
        from atom_shopify_plugin.events.subscribing import Subscribing

        return Subscribing(self)

    def connect_url(self, shop: ShopDomain | None = None) -> str:
        """Return the address of ours that begins to connect `shop`."""
        query = f"?{urlencode({'shop': str(shop)})}" if shop is not None else ""
        return f"{self.settings.public_url}/api/auth/shopify/authorize{query}"

    def start(self) -> None:
        """Bring the database up to date, throw away what has expired, and build all parts before threads meet here.

        Where the database is away it is brought up to date when it is back: a process that has to start just then
        would otherwise do without the plugin for good.
        """
        try:
            self._tidy()
        except Unavailable:
            log.warning("The database is away; it is brought up to date when it is back.")
            threading.Thread(target=self._tidy_later, name="atom-shopify-start", daemon=True).start()
        _ = (self.chat, self.health, self.intake, self.subscribing)
        self.actions.warm_up()

    def _tidy(self) -> None:
        self.storage.upgrade()
        self.storage.cleanup()

    def _tidy_later(self) -> None:
        while not self._closed.wait(_AGAIN):
            try:
                self._tidy()
            except Unavailable:
                continue
            except Exception:  # the end of a thread: nobody above could take it
                log.exception("The database could not be brought up to date: `atom-shopify db upgrade` says why.")
            return

    def close(self) -> None:
        """Let go of connections and write what is still in memory; calling it twice is harmless."""
        self._closed.set()
        jobs = self.__dict__.pop("jobs", None)
        if jobs is not None:
            jobs.drain(_DRAIN)
        for name in ("transport", "storage"):
            part = self.__dict__.pop(name, None)
            if part is not None:
                part.close()
        for name in ("actions", "chat", "client", "connections", "health", "intake", "subscribing"):
            self.__dict__.pop(name, None)
