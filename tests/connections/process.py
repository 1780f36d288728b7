"""What the tests start as other processes; `sys.argv[1]` names it, and the seconds that their clock is ahead follow."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

from plugins import Plugin

from atom_shopify_plugin.hookspecs import Principal
from atom_shopify_plugin.settings import Settings
from atom_shopify_plugin.storage import Store


class World:
    """The clock of a simulated world; without seconds ahead the plugin uses the clocks that it always uses."""

    def __init__(self, ahead: str) -> None:
        self.ahead = float(ahead)

    def now(self) -> datetime:
        return datetime.now(UTC) + timedelta(seconds=self.ahead)

    def open(self) -> tuple[Plugin, Store]:
        plugin = Plugin.open(Settings.from_environ(), clock=self.now if self.ahead else None)
        store = plugin.storage.memberships.find(Principal("ada"), None)
        assert store is not None
        return plugin, store


def storm(world: World, threads: int = 64) -> None:
    """For each line read, ask for the token with many threads at once and print the versions that they got."""
    plugin, store = world.open()
    with ThreadPoolExecutor(threads) as pool:
        print("ready", flush=True)  # noqa: T201
        for line in sys.stdin:
            world.ahead = float(line)
            versions = list(pool.map(lambda _: plugin.connections.token(store).version, range(threads)))
            print(*versions, flush=True)  # noqa: T201
    plugin.close()


def renew(world: World) -> None:
    """Renew the token once; the environment may name the point at which this process dies."""
    plugin, store = world.open()
    plugin.connections.token(store)
    plugin.close()


if __name__ == "__main__":
    name, ahead = sys.argv[1:]
    {"storm": storm, "renew": renew}[name](World(ahead))
