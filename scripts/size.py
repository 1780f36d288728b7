"""Count the hand-written lines that an action takes: manifests, documents, service code, and the sandbox's domains.

    python scripts/size.py           shows the lines by folder, in all and per action
    python scripts/size.py --check   fails when the actions added since the baseline take more lines than the goal
    python scripts/size.py --record  makes the present state the baseline (after a change of what is written by hand)

Generated files and meta-schemas do not count, nor does what copies stores into tables (``mirror*``), nor the commands
of chat, of which one action has many and another none, nor the domains of the sandbox that no action uses
(``sandbox/extras``): they are part of no action. The average over all actions is
shown and not checked: its goal is for the whole catalogue.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "atom_shopify_plugin"
BASELINE = Path(__file__).with_name("size_baseline.json")
ADDED_GOAL = 120
AVERAGE_GOAL = 170
_COMMANDS = re.compile(r'^  "commands": \[.*?^  \],?\n', re.MULTILINE | re.DOTALL)
# What stands for one domain each, by folder.
FOLDERS = {
    "manifests": (ROOT / "manifests", "*.json"),
    "graphql": (PACKAGE / "graphql", "*.graphql"),
    "service": (PACKAGE / "service", "*.py"),
    "sandbox/domains": (PACKAGE / "sandbox" / "domains", "*.py"),
}


def files(folder: str) -> Iterator[Path]:
    """Yield the hand-written files of a folder; what is generated lies in folders of its own."""
    place, pattern = FOLDERS[folder]
    yield from (path for path in sorted(place.glob(pattern)) if not path.name.startswith("mirror"))


def measure() -> dict[str, Any]:
    """Return the number of actions and the lines of each folder."""
    lines = {folder: sum(_lines(path.read_text("utf-8")) for path in files(folder)) for folder in FOLDERS}
    manifests = (json.loads(path.read_text("utf-8")) for path in files("manifests"))
    return {"actions": sum(len(content.get("actions", ())) for content in manifests), "lines": lines}


def _lines(text: str) -> int:
    """Return how many lines a file has, without the list of commands of a manifest."""
    return len(_COMMANDS.sub("", text).splitlines())


def added(now: dict[str, Any], baseline: dict[str, Any]) -> tuple[int, int]:
    """Return how many actions and lines came after the baseline."""
    return now["actions"] - baseline["actions"], sum(now["lines"].values()) - sum(baseline["lines"].values())


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="fail when added actions take more than the goal")
    parser.add_argument("--record", action="store_true", help="make the present state the baseline")
    options = parser.parse_args()
    now = measure()
    if options.record:
        BASELINE.write_text(json.dumps(now, indent=1) + "\n", encoding="utf-8")
    total = sum(now["lines"].values())
    for folder, count in now["lines"].items():
        print(f"{folder:16} {count:6} lines {count / now['actions']:6.1f} per action")
    print(f"{'all':16} {total:6} lines {total / now['actions']:6.1f} per action, {now['actions']} actions")
    print(f"The goal for the whole catalogue is {AVERAGE_GOAL} per action.")
    actions, lines = added(now, json.loads(BASELINE.read_text(encoding="utf-8")))
    if actions <= 0:
        print(f"Since the baseline: {lines:+} lines, no action more.")
        return 0
    each = f"{lines / actions:.1f} each"
    print(f"Since the baseline: {actions} actions with {lines} lines, {each}; the goal is {ADDED_GOAL}.")
    missed = lines > ADDED_GOAL * actions
    if missed and options.check:
        print(
            "The added actions take too many lines: write what repeats as data, or let it be generated.",
            file=sys.stderr,
        )
    return 1 if missed and options.check else 0


if __name__ == "__main__":
    sys.exit(main())
