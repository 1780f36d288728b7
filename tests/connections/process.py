"""What the tests start as other processes; `sys.argv[1]` names it."""

from __future__ import annotations

import os
import signal
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from plugins import TOKEN_PATH, Plugin
from requests import PreparedRequest, Response
from requests.adapters import HTTPAdapter

from atom_shopify_plugin.hookspecs import Principal
from atom_shopify_plugin.settings import Settings


class Deadly(HTTPAdapter):
    """A network on which the process is killed as soon as Shopify has answered, or before it is asked."""

    moment = "after"

    def send(self, request: PreparedRequest, *args: Any, **kwargs: Any) -> Response:
        if self.moment == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        response = super().send(request, *args, **kwargs)
        if str(request.url).endswith(TOKEN_PATH):
            _ = response.content
            os.kill(os.getpid(), signal.SIGKILL)
        return response


def storm(threads: int) -> None:
    """Ask for the token with many threads at once, when told to, and print the versions that they got."""
    plugin = Plugin.open(Settings.from_environ())
    store = plugin.storage.memberships.find(Principal("ada"), None)
    assert store is not None
    with ThreadPoolExecutor(threads) as pool:
        print("ready", flush=True)  # noqa: T201
        sys.stdin.readline()
        versions = list(pool.map(lambda _: plugin.connections.token(store).version, range(threads)))
    print(*versions, flush=True)  # noqa: T201
    plugin.close()


def die(moment: str) -> None:
    """Renew the token and be killed on the way."""
    adapter = Deadly()
    adapter.moment = moment
    plugin = Plugin.open(Settings.from_environ(), adapter=adapter)
    store = plugin.storage.memberships.find(Principal("ada"), None)
    assert store is not None
    plugin.connections.token(store)


if __name__ == "__main__":
    name, argument = sys.argv[1:]
    if name == "storm":
        storm(int(argument))
    else:
        die(argument)
