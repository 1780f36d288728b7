"""What counting costs an action. Goal: an action with metrics takes at most 1.02 times as long as one without.

The same read runs with a meter that is switched on and off, turn by turn, in one runtime. Shopify is an adapter in
this process that answers at once with what the sandbox answered first: a real one would hide the difference. Medians
of blocks are compared, so that neighbours on the machine disturb some of them only.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time

from bench_rest import DEMO, Remembering

from atom_shopify_plugin.actions.call import Call
from atom_shopify_plugin.hookspecs import Principal
from atom_shopify_plugin.metrics.meter import Family, Meter
from atom_shopify_plugin.runtime import Runtime
from atom_shopify_plugin.sandbox.core import Sandbox
from atom_shopify_plugin.settings import Secret, Settings
from atom_shopify_plugin.storage.calls.counters import Counters

ROUNDS = 4000
BLOCK = 400
GOAL = 1.02
ADA = Principal("ada")


class Switch(Meter):
    """A meter that can be switched off."""

    on = True

    def count(self, family: Family, *labels: str, amount: float = 1.0, shop: object = "") -> None:
        """Count while it is on."""
        if self.on:
            super().count(family, *labels, amount=amount, shop=shop)

    def observe(self, family: Family, seconds: float, *labels: str) -> None:
        """Observe while it is on."""
        if self.on:
            super().observe(family, seconds, *labels)


def main() -> int:
    sandbox = Sandbox(size="small")
    with tempfile.TemporaryDirectory() as folder:
        environ = {
            "SHOPIFY_API_KEY": "sandbox-key",
            "SHOPIFY_API_SECRET": "sandbox-secret",
            "ATOM_SHOPIFY_DATA_DIR": folder,
        }
        runtime = Runtime(Settings.from_environ(environ), adapter=Remembering(sandbox))
        meter = runtime.storage.meter = Switch()
        runtime.storage.counters = Counters(runtime.storage, meter)
        runtime.storage.upgrade()
        runtime.connections.connect_token(ADA, DEMO, Secret(sandbox.issue_admin_token(str(DEMO))))
        listed = runtime.actions.run(Call(ADA, "product_search", {"limit": 1})).as_dict()
        call = Call(ADA, "product_get", {"id": listed["data"]["items"][0]["id"]})
        times: dict[bool, list[float]] = {True: [], False: []}
        for number in range(ROUNDS):
            # Each goes first in half of the rounds: who comes second finds warmer caches.
            for on in (True, False) if number % 2 else (False, True):
                meter.on = on
                started = time.perf_counter()
                runtime.actions.run(call)
                times[on].append(time.perf_counter() - started)
        meter.on = True
        runtime.close()
    ratios = []
    for start in range(BLOCK, ROUNDS, BLOCK):  # the first block warms up
        counted, silent = (statistics.median(times[on][start : start + BLOCK]) for on in (True, False))
        ratios.append(counted / silent)
    ratio = statistics.median(ratios)
    print(f"an action without metrics p50 {statistics.median(times[False]) * 1000:.3f} ms")
    print(f"an action with metrics    p50 {statistics.median(times[True]) * 1000:.3f} ms")
    print(f"ratio {ratio:.4f} (blocks {min(ratios):.4f} to {max(ratios):.4f}); goal <= {GOAL}")
    return 0 if ratio <= GOAL else 1


if __name__ == "__main__":
    sys.exit(main())
