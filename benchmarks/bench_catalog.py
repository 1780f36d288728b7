"""Time to load the catalogue at start. Goal: < 50 ms, and < 8 times what `json.loads` of the same files takes.

Each way is run in turn, and its least processor time counts: neighbours on the machine can only add to it.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable

from atom_shopify_plugin.catalog.loading import default_root, load

ROUNDS = 25
GOAL_MS = 50.0
GOAL_RATIO = 8.0


def main() -> int:
    root = default_root()
    files = [path.read_bytes() for folder in (root, root / "generated") for path in sorted(folder.glob("*.json"))]

    def parse() -> None:
        for content in files:
            json.loads(content)

    ways: dict[str, Callable[[], object]] = {"json.loads": parse, "load": load}
    least = dict.fromkeys(ways, float("inf"))
    for _ in range(ROUNDS):
        for name, way in ways.items():
            started = time.process_time()
            way()
            least[name] = min(least[name], (time.process_time() - started) * 1000)
    catalog = load()
    ratio = least["load"] / least["json.loads"]
    print(f"{len(catalog.actions)} actions, {len(catalog.triggers)} triggers, {sum(map(len, files)) / 1e6:.1f} MB")
    print(f"loaded in {least['load']:.1f} ms (goal < {GOAL_MS:.0f}), {ratio:.1f} times json.loads (< {GOAL_RATIO:.0f})")
    return 0 if least["load"] < GOAL_MS and ratio < GOAL_RATIO else 1


if __name__ == "__main__":
    sys.exit(main())
