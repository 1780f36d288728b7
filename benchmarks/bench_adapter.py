"""What an adapter costs a host: to install it, for the first request to the plugin, and for a step that it runs.

Goals: less than 100 ms and 30 MiB to install, in a process that has imported Flask alone. What works is loaded for the
first request: its time and memory are shown, without a goal, so that nothing is hidden. Less than 5 ms at the median
for a step beyond the same read through `Client.execute`. Shopify answers at once, as in bench_rest.
"""

from __future__ import annotations

import asyncio
import statistics
import subprocess
import sys
import tempfile
import time
from typing import Any

from bench_rest import BLOCK, DEMO, Remembering
from flask import Flask

from atom_shopify_plugin.hookspecs import Principal
from atom_shopify_plugin.host.atom_flask import install, uninstall
from atom_shopify_plugin.plugin import ShopifyPlugin
from atom_shopify_plugin.runtime import Runtime
from atom_shopify_plugin.sandbox.core import Sandbox
from atom_shopify_plugin.settings import Secret, Settings

ROUNDS = 1000
INSTALL_MS, INSTALL_MIB, STEP_MS = 100.0, 30.0, 5.0

_INSTALL = """
import resource, sys, time
from flask import Flask
import sqlalchemy, requests, jsonschema
app = Flask("atom")
begin, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
from atom_shopify_plugin.host.atom_flask import install
adapter = install(app, services={}, workflow_actions={}, environ={"ATOM_SHOPIFY_DATA_DIR": sys.argv[1]})
took, grown = time.perf_counter() - begin, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
assert adapter.refused is None
begin = time.perf_counter()
assert app.test_client().get("/api/shopify/stores").status_code == 401
first, all = time.perf_counter() - begin, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
begin = time.perf_counter()
app.test_client().get("/api/shopify/stores")
print(took * 1000, grown / 1024, first * 1000, all / 1024, (time.perf_counter() - begin) * 1000)
"""


class Given(ShopifyPlugin):
    """The plugin with a runtime whose Shopify is in this process."""

    def __init__(self, runtime: Runtime) -> None:
        super().__init__()
        self._runtime = runtime


def installing() -> list[float]:
    """Return the milliseconds and MiB of an installation, those after the first request, and the second's milliseconds.

    Each is the best of five; the database is there already.
    """
    figures = []
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(6):
            command = [sys.executable, "-c", _INSTALL, folder]
            done = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603
            figures.append(tuple(map(float, done.stdout.split())))
    figures.pop(0)
    return [min(ones) for ones in zip(*figures, strict=True)]


def stepping() -> float:
    """Return the milliseconds that a step adds."""
    with tempfile.TemporaryDirectory() as folder, Sandbox(size="small") as sandbox:
        environ = {
            "SHOPIFY_API_KEY": "sandbox-key",
            "SHOPIFY_API_SECRET": "sandbox-secret",
            "ATOM_SHOPIFY_DATA_DIR": folder,
        }
        runtime = Runtime(Settings.from_environ(environ), adapter=Remembering(sandbox))
        app, actions = Flask("atom"), dict[str, Any]()
        plugins = [("shopify", Given(runtime))]
        adapter = install(app, services={}, workflow_actions=actions, principal=Principal("ada"), plugins=plugins)
        assert adapter.refused is None, adapter.refused
        token = Secret(sandbox.issue_admin_token(str(DEMO), scopes=runtime.settings.scopes))
        store = runtime.connections.connect_token(Principal("ada"), DEMO, token)
        shop = runtime.services.open_shop(store)
        step = actions["shopify"]["get_shop_info"]

        def direct() -> None:
            shop.root("StoreGet", {})

        def through() -> None:
            asyncio.run(step({}))  # the host makes a loop for each run

        differences = []
        for _ in range(ROUNDS // BLOCK):
            taken = {direct: list[float](), through: list[float]()}
            for _ in range(BLOCK):
                for call, times in taken.items():
                    begin = time.perf_counter()
                    call()
                    times.append(time.perf_counter() - begin)
            differences.append(statistics.median(taken[through]) - statistics.median(taken[direct]))
        uninstall(app)
        return min(differences) * 1000


def main() -> int:
    took, grown, first, all_of_it, second = installing()
    print(f"install   {took:7.1f} ms (goal {INSTALL_MS:.0f})   {grown:5.1f} MiB (goal {INSTALL_MIB:.0f})")
    print(f"first use {first:7.1f} ms, then {second:.1f} ms; {all_of_it:.1f} MiB in all")
    added = stepping()
    print(f"a step    {added:7.2f} ms beyond Shopify's call (goal {STEP_MS:.0f})")
    return 1 if took > INSTALL_MS or grown > INSTALL_MIB or added > STEP_MS else 0


if __name__ == "__main__":
    sys.exit(main())
