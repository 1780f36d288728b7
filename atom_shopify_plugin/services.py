"""What background work may use: a frozen bundle of ports, built by the `Runtime`.

Events, sync, jobs and health receive it instead of the `Runtime`, so that none of them can reach a higher level.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from atom_shopify_plugin.catalog.model import Catalog
    from atom_shopify_plugin.hookspecs import Event
    from atom_shopify_plugin.settings import Settings
    from atom_shopify_plugin.shopify.client import Client
    from atom_shopify_plugin.storage import NewJob, Placed, Steps, Storage, Store
    from atom_shopify_plugin.stores.acting import Acting
    from atom_shopify_plugin.stores.connections import Connections
    from atom_shopify_plugin.stores.resolve import StoreResolver
    from atom_shopify_plugin.stores.shop import Shop

__all__ = ["HostPort", "OpenShop", "PutJob", "PuttingJob", "Services"]


class HostPort:
    """What the host takes and tells; it is attached when the host starts the plugin."""

    def __init__(self) -> None:
        self.emit: Callable[[Event], None] | None = None
        """Hands an event to the host; None while there is no host."""
        self.forget: Callable[[str, Sequence[str] | None], None] | None = None
        """Has the host forget a store, or the people in it whom texts name; None while there is no host."""
        self.operation_ended: Callable[[str], None] = lambda _operation_id: None
        """Tells the host that an operation has ended, so that what waits for it goes on."""
        self.triggers_in_use: Callable[[], frozenset[str] | None] = lambda: None
        """Returns the triggers that something waits for; None where the host can't tell: then all of them."""
        self.trigger_parameters: Callable[[str], Sequence[Mapping[str, Any]] | None] = lambda _key: None
        """Returns the parameters of each subscription to a trigger; None where the host can't tell: the defaults."""
        self.complete: Callable[[str, Sequence[str]], str | None] = lambda _text, _phrases: None
        """Has the host's language model say a text by one of the phrases; None where there is no model."""


class PutJob(Protocol):
    """Stores a job unless it is there already, and wakes a worker where a host is attached."""

    def __call__(self, new: NewJob, timeout: float = 3.0) -> Placed:
        """Raise `Unavailable` after `timeout` seconds."""
        ...


class PuttingJob(Protocol):
    """Does what `PutJob` does, as steps."""

    def __call__(self, new: NewJob, timeout: float = 3.0) -> Steps[Placed]:
        """Raise `Unavailable` after `timeout` seconds."""
        ...


class OpenShop(Protocol):
    """Opens a store for background work, for whom it is done where that is a person."""

    def __call__(self, store: Store, acting: Acting | None = None) -> Shop:
        """Return the store; its mutations raise `PolicyDenied` or `ReadOnly` where the person may not write."""
        ...


@dataclass(frozen=True, eq=False, kw_only=True)
class Services:
    """The ports of background work.

    `open_shop` returns a store as background work asks it: behind everything that a person waits for. What writes for
    a person names them, and every mutation is asked what a call of theirs would be.
    `forget_installations` drops what this process remembers of installations.
    """

    settings: Settings
    catalog: Catalog
    storage: Storage
    connections: Connections
    client: Client
    host: HostPort
    open_shop: OpenShop
    put_job: PutJob
    putting_job: PuttingJob
    forget_installations: Callable[[], None]
    stores: StoreResolver
