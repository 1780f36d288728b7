"""Snapshots: the whole sandbox as it is at one moment, to go back to.

A snapshot holds the stores with their tokens, buckets and switches, the app, its declared webhooks, the faults, the
versions, the aliases, the clock, and the bulk operations with their files. Going back forgets the deliveries and the
calls that came later. Tokens and URLs that were in use at the snapshot are good again, and bulk operations that were
running go on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from atom_shopify_plugin.sandbox.accounts import Account, App, SavedAccount
from atom_shopify_plugin.sandbox.bulk.runner import Runner
from atom_shopify_plugin.sandbox.bulk.settings import Desk, Settings
from atom_shopify_plugin.sandbox.bulk.storage import Storage, StoredFile
from atom_shopify_plugin.sandbox.clock import Clock
from atom_shopify_plugin.sandbox.faults import Fault, FaultTable
from atom_shopify_plugin.sandbox.versions import Versions
from atom_shopify_plugin.sandbox.webhooks.hub import Hub

__all__ = ["START", "Snapshots"]

START = "start"  # how the sandbox was before the first request
MOST = 16


class Platform(Protocol):
    """What is kept of a sandbox."""

    app: App
    accounts: dict[str, Account]
    clock: Clock
    faults: FaultTable
    versions: Versions
    webhooks: Hub
    storage: Storage
    desk: Desk
    bulk: Runner

    @property
    def last_call(self) -> int: ...
    def saved_aliases(self) -> dict[str, str]: ...
    def forget_since(self, aliases: Mapping[str, str], call: int) -> None: ...


@dataclass(frozen=True)
class _Snapshot:
    accounts: Mapping[str, SavedAccount]
    app: App
    faults: list[Fault]
    versions: list[str]
    clock: tuple[float, float | None]
    webhooks: Any
    aliases: Mapping[str, str]
    calls: int
    files: Mapping[str, StoredFile]
    bulk: Settings


class Snapshots:
    """The snapshots of one sandbox, by name."""

    def __init__(self, sandbox: Platform) -> None:
        self._sandbox = sandbox
        self._kept: dict[str, _Snapshot] = {}

    @property
    def names(self) -> list[str]:
        return list(self._kept)

    def take(self, name: str = "default") -> str:
        """Keep the present state under `name`, in place of what was kept under it; raise `ValueError`."""
        if not isinstance(name, str) or not name.strip() or len(name) > 100:
            raise ValueError("A snapshot's `name` must be a text of 1 to 100 characters.")
        if name == START and name in self._kept:
            raise ValueError(f"The name {START!r} is kept for the state at the start; choose another.")
        if name not in self._kept and len(self._kept) > MOST:
            raise ValueError(f"There are {MOST} snapshots already; take one of their names.")
        sandbox = self._sandbox
        self._kept[name] = _Snapshot(
            {domain: account.saved() for domain, account in sandbox.accounts.items()},
            sandbox.app,
            sandbox.faults.saved(),
            sandbox.versions.listing()["stable"],
            sandbox.clock.saved(),
            sandbox.webhooks.saved(),
            sandbox.saved_aliases(),
            sandbox.last_call,
            sandbox.storage.saved(),
            sandbox.desk.settings,
        )
        return name

    def go_back(self, name: str = START) -> str:
        """Bring everything back to a snapshot; raise `ValueError` for one that was never taken."""
        if not isinstance(name, str) or name not in self._kept:
            raise ValueError(f"There is no snapshot {name!r}; there are {', '.join(self._kept)}.")
        snapshot, sandbox = self._kept[name], self._sandbox
        with sandbox.webhooks.deliveries.paused(), sandbox.bulk.paused(sandbox.accounts):
            sandbox.clock.restore(snapshot.clock)
            for domain, saved in snapshot.accounts.items():
                sandbox.accounts[domain].restore(saved)
            sandbox.app = snapshot.app
            sandbox.faults.restore(snapshot.faults)
            sandbox.versions.restore(snapshot.versions)
            sandbox.webhooks.restore(snapshot.webhooks)
            sandbox.forget_since(snapshot.aliases, snapshot.calls)
            sandbox.storage.restore(snapshot.files)
            sandbox.desk.settings = snapshot.bulk
        return name
