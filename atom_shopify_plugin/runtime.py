"""The composition root: builds the parts from the settings, each when it is first needed."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from atom_shopify_plugin import manifest
from atom_shopify_plugin.catalog import Catalog
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

_DRAIN = 20.0  # seconds for jobs that run; with what else is closed it stays below the 30 s of a host


class Runtime:
    """All parts of one running plugin.

    `adapter` is a `requests` transport adapter to use in place of the network, such as the sandbox's. `clock` and
    `sleep`, which calls to Shopify wait by, exist for simulations.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        adapter: BaseAdapter | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], object] = time.sleep,
    ) -> None:
        self.settings = settings
        self._adapter = adapter
        self._clock = clock
        self._sleep = sleep
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

        if self._sleep is time.sleep:
            return Throttle(clock=self._clock)
        return Throttle(clock=self._clock, wait=lambda _condition, seconds: self._sleep(seconds))

    @cached_property
    def client(self) -> Client:
        from atom_shopify_plugin.shopify.client import Client

        return Client(
            self.transport,
            self.throttle,
            version=self.settings.api_version,
            timeout=self.settings.timeout,
            clock=self._clock,
            sleep=self._sleep,
        )

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
            pages=PageTokens(lambda: self.storage.keys.mac_keys("page token")),
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
        """Bring the database up to date, and build all parts before threads meet here.

        Where the database is away or locked this is done behind what the process does: until then whatever needs the
        tables is `Unavailable`, and afterwards all works without a restart.
        """
        self.storage.startup.prepare()
        _ = (self.chat, self.health, self.intake, self.subscribing)
        self.actions.warm_up()

    def close(self) -> None:
        """Let go of connections and write what is still in memory; calling it twice is harmless."""
        jobs = self.__dict__.pop("jobs", None)
        if jobs is not None:
            jobs.drain(_DRAIN)
        for name in ("transport", "storage"):
            part = self.__dict__.pop(name, None)
            if part is not None:
                part.close()
        for name in ("actions", "chat", "client", "connections", "health", "intake", "subscribing"):
            self.__dict__.pop(name, None)
