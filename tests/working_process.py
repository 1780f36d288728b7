"""Work until no job is left; each event that is emitted becomes a line of a file, with one member of its payload.

``python working_process.py FILE SECONDS MEMBER [TRIGGER …]``; the environment holds the settings, and where to die.
With triggers, which are then those in use, all stores are looked at first, as upkeep does.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from atom_shopify_plugin.hookspecs import Event
from atom_shopify_plugin.jobs import Jobs
from atom_shopify_plugin.runtime import Runtime
from atom_shopify_plugin.settings import Settings
from atom_shopify_plugin.sync import watches


def main(file: Path, seconds: float, member: str, triggers: list[str]) -> None:
    def emit(event: Event) -> None:
        with file.open("a") as lines:
            lines.write(json.dumps([event.key, event.dedupe_key, event.payload.get(member)]) + "\n")

    runtime = Runtime(Settings.from_environ())
    runtime.host.emit = emit
    # No others run jobs here: theirs would hold the lease of half a minute when the process dies.
    jobs = runtime.jobs = Jobs(runtime.services, threads=0, backoff=0.0, lease=1.0)
    if triggers:
        runtime.host.triggers_in_use = lambda: frozenset(triggers)
        watches.upkeep(runtime.services)
    until = time.monotonic() + seconds
    while time.monotonic() < until and runtime.storage.jobs.list(states=("pending", "running"), limit=1):
        if not jobs.run_one():
            time.sleep(0.05)
    runtime.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), float(sys.argv[2]), sys.argv[3], sys.argv[4:])
