"""The composition root: builds the parts from the settings, each when it is first needed."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING

from atom_shopify_plugin.services import HostPort, Services
from atom_shopify_plugin.settings import Settings

if TYPE_CHECKING:
    from requests.adapters import BaseAdapter

    from atom_shopify_plugin.actions.fanout import FanOut
    from atom_shopify_plugin.actions.run import Actions
    from atom_shopify_plugin.catalog.model import Catalog
    from atom_shopify_plugin.chat.conversation import Chat
    from atom_shopify_plugin.events.intake import DeliveryIntake
    from atom_shopify_plugin.events.subscribing import Subscribing
    from atom_shopify_plugin.health.metrics import Metrics
    from atom_shopify_plugin.health.report import Health
    from atom_shopify_plugin.jobs import Jobs
    from atom_shopify_plugin.shopify.client import Client
    from atom_shopify_plugin.shopify.documents import Documents
    from atom_shopify_plugin.shopify.throttle import Throttle
    from atom_shopify_plugin.shopify.transport import Transport
    from atom_shopify_plugin.storage import NewJob, Placed, Steps, Storage, Store
    from atom_shopify_plugin.stores.acting import Acting
    from atom_shopify_plugin.stores.connections import Connections
    from atom_shopify_plugin.stores.members import Members
    from atom_shopify_plugin.stores.policies import Policies
    from atom_shopify_plugin.stores.policy_desk import PolicyDesk
    from atom_shopify_plugin.stores.read_only import ReadOnlySwitch
    from atom_shopify_plugin.stores.resolve import StoreResolver

__all__ = ["Runtime"]

_BUILT_ON_THEM = (
    "actions",
    "chat",
    "client",
    "connections",
    "fanout",
    "health",
    "intake",
    "members",
    "metrics",
    "policies",
    "policy_desk",
    "read_only",
    "services",
    "stores",
    "subscribing",
)
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
        self.host = HostPort()

    @cached_property
    def catalog(self) -> Catalog:
        from atom_shopify_plugin.catalog import loading

        return loading.packaged()

    @cached_property
    def storage(self) -> Storage:
        from atom_shopify_plugin.storage import Storage

        return Storage(self.settings)

    @cached_property
    def documents(self) -> Documents:
        from atom_shopify_plugin.shopify.documents import packaged

        return packaged()

    @cached_property
    def transport(self) -> Transport:
        from atom_shopify_plugin.shopify.transport import Transport

        return Transport(self.settings.endpoint, self._adapter)

    @cached_property
    def throttle(self) -> Throttle:
        from atom_shopify_plugin.shopify.throttle import Throttle

        if self._sleep is time.sleep and self._clock is time.monotonic:
            from atom_shopify_plugin.storage.boards.choose import choose_board

            return Throttle(board=choose_board(self.settings), app=self.settings.api_key)
        # Simulated time is this process's own: nobody could share it.
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
            meter=self.storage.meter,
        )

    @cached_property
    def connections(self) -> Connections:
        from atom_shopify_plugin.stores.connections import Connections

        connections = Connections(self.settings, self.storage, self.transport, self.client, self.documents)
        connections.connected = self._connected
        return connections

    def _connected(self, store: Store) -> None:
        """Begin what follows a connection, where there is a host to deliver to."""
        from atom_shopify_plugin.sync.mirror import connected

        connected(self.services, store)
        self.subscribing.connected(store)

    @cached_property
    def stores(self) -> StoreResolver:
        from atom_shopify_plugin.stores.resolve import StoreResolver

        return StoreResolver(self.settings, self.storage)

    @cached_property
    def members(self) -> Members:
        from atom_shopify_plugin.stores.members import Members

        return Members(self.storage)

    @cached_property
    def read_only(self) -> ReadOnlySwitch:
        from atom_shopify_plugin.stores.read_only import ReadOnlySwitch

        return ReadOnlySwitch(self.settings, self.storage)

    @cached_property
    def policies(self) -> Policies:
        from atom_shopify_plugin.stores.policies import Policies

        return Policies(self.storage)

    @cached_property
    def policy_desk(self) -> PolicyDesk:
        from atom_shopify_plugin.stores.policy_desk import PolicyDesk

        return PolicyDesk(self.catalog, self.storage)

    @cached_property
    def actions(self) -> Actions:
        from atom_shopify_plugin.actions.paging import PageTokens
        from atom_shopify_plugin.actions.run import Actions

        return Actions(
            catalog=self.catalog,
            storage=self.storage,
            connections=self.connections,
            client=self.client,
            documents=self.documents,
            pages=PageTokens(lambda: self.storage.keys.mac_keys("page token")),
            stores=self.stores,
            read_only=self.read_only,
            policies=self.policies,
            put_job=self._put_job,
            operation_ended=lambda operation_id: self.host.operation_ended(operation_id),
        )

    @cached_property
    def fanout(self) -> FanOut:
        from atom_shopify_plugin.actions.fanout import FanOut

        return FanOut(actions=self.actions, catalog=self.catalog, storage=self.storage, stores=self.stores)

    @cached_property
    def chat(self) -> Chat:
        from atom_shopify_plugin.chat.conversation import Chat

        return Chat(
            self.catalog,
            self.actions,
            self.fanout,
            self.storage,
            self.stores,
            self.read_only,
            lambda text, phrases: self.host.complete(text, phrases),
        )

    @cached_property
    def services(self) -> Services:
        """What background work may use of all this."""
        from functools import partial

        from atom_shopify_plugin.actions.cuts import getters
        from atom_shopify_plugin.stores.acting import BackgroundGuard
        from atom_shopify_plugin.stores.shop import Shop

        guard = BackgroundGuard(self.catalog, self.storage, self.policies, self.read_only)

        def open_shop(store: Store, acting: Acting | None = None) -> Shop:
            return Shop(
                store,
                self.connections,
                self.client,
                self.documents,
                urgent=False,
                getters=getters(self.catalog),
                may_write=None if acting is None else partial(guard.check, acting, store),
                writer=None if acting is None else acting.principal,
            )

        return Services(
            settings=self.settings,
            catalog=self.catalog,
            storage=self.storage,
            connections=self.connections,
            client=self.client,
            host=self.host,
            open_shop=open_shop,
            put_job=self._put_job,
            putting_job=self._putting_job,
            forget_installations=lambda: self.intake.forget(),
            stores=self.stores,
        )

    def _put_job(self, new: NewJob, timeout: float = 10.0) -> Placed:
        from atom_shopify_plugin.storage import finish
        from atom_shopify_plugin.storage.database.timeouts import within

        # A shell or a job can wait for a busy database; a request has its own limit.
        return finish(self._putting_job(new, within(timeout)))

    def _putting_job(self, new: NewJob, timeout: float = 3.0) -> Steps[Placed]:
        if self.host.emit is None:
            # Nobody works here (a shell command, a program of its own): a process that works will find the row.
            return self.storage.jobs.putting(new, timeout)
        return self.jobs.putting(new, timeout)

    @cached_property
    def health(self) -> Health:
        from atom_shopify_plugin.health.report import Health

        return Health(self.services)

    @cached_property
    def metrics(self) -> Metrics:
        from atom_shopify_plugin.health.metrics import Metrics

        return Metrics(self.services, self.health.check)

    @cached_property
    def jobs(self) -> Jobs:
        from atom_shopify_plugin.jobs import Jobs

        return Jobs(self.services)

    @cached_property
    def intake(self) -> DeliveryIntake:
        from atom_shopify_plugin.events.intake import DeliveryIntake

        return DeliveryIntake(self.services)

    @cached_property
    def subscribing(self) -> Subscribing:
        from atom_shopify_plugin.events.subscribing import Subscribing

        return Subscribing(self.services)

    def start(self, *, warm: bool = True) -> None:
        """Bring the database up to date, and build all parts before threads meet here.

        Where the database is away or locked this is done behind what the process does: until then whatever needs the
        tables is `Unavailable`, and afterwards all works without a restart. Without `warm`, each document is parsed
        when an action first needs it: the start is quicker, and the first calls are slower.
        """
        self.storage.startup.prepare()
        _ = (self.chat, self.health, self.intake, self.subscribing)
        if warm:
            self.actions.warm_up()

    def close(self) -> None:
        """Let go of connections and write what is still in memory; calling it twice is harmless."""
        # They stay known until they have ended: a job that places another would begin new threads for it.
        if "jobs" in self.__dict__:
            self.jobs.drain(_DRAIN)
            self.__dict__.pop("jobs", None)
        for name in ("throttle", "transport", "storage"):
            part = self.__dict__.pop(name, None)
            if part is not None:
                part.close()
        for name in _BUILT_ON_THEM:
            self.__dict__.pop(name, None)
