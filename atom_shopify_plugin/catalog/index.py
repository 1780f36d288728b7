"""What a host registers of the plugin, kept ready in a small file, so that registering loads nothing else.

`scripts/host_index.py` writes it from the catalogue and from the routes; a test compares them.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

__all__ = ["FILE", "Index", "packaged", "shortened"]

FILE = "index/host.json"
"""The file, below the folder of the manifests."""
_LONG = {"workflow_actions": ("output",), "workflow_triggers": ("payload",)}
"""What a host that only registers names doesn't read, and what most of a card is made of."""


@dataclass(frozen=True, slots=True)
class Index:
    """The card of the service in short, the names of its health checks, and its routes: (rule, name, methods)."""

    card: Mapping[str, Any]
    checks: Sequence[str]
    routes: Sequence[tuple[str, str, Sequence[str]]]

    @property
    def service_id(self) -> str:
        return str(self.card["id"])


def shortened(card: Mapping[str, Any]) -> dict[str, Any]:
    """Return a card as the file keeps it: without what is long, and an alias as no more than its own name."""
    short = dict(card)
    for kind, left_out in _LONG.items():
        short[kind] = [
            {"key": one["key"], "alias_of": one["alias_of"]}
            if "alias_of" in one
            else {name: value for name, value in one.items() if name not in left_out}
            for one in card[kind]
        ]
    return short


@functools.cache
def packaged() -> Index:
    """Return the index of the package, read once a process."""
    package = Path(__file__).parents[1]
    installed = package / "manifests"
    root = installed if installed.is_dir() else package.parent / "manifests"
    content = orjson.loads((root / FILE).read_bytes())
    card = content["card"]
    for kind in _LONG:
        named = {one["key"]: one for one in card[kind]}
        card[kind] = [{**named[one["alias_of"]], **one} if "alias_of" in one else one for one in card[kind]]
    return Index(card, content["checks"], [(rule, name, methods) for rule, name, methods in content["routes"]])
