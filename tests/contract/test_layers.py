"""Imports point downwards only."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import atom_shopify_plugin

ROOT = Path(atom_shopify_plugin.__file__).parent
LEVELS = (
    {
        "apidoc",
        "errors",
        "settings",
        "hookspecs",
        "crashpoints",
        "forks",
        "privatefiles",
        "spoken",
        "strictjson",
        "supervisor",
    }
    | {"_version"},
    {"catalog", "manifest", "workflows"},
    {"shopify", "storage"},
    {"service"},
    {"inputs", "paging", "proof", "validation", "calls", "cuts", "reads", "outcomes", "trail", "writes", "actions"}
    | {"chat", "checks", "health", "openapi", "jobs", "events", "runtime"},
    {"plugin", "web", "cli", "celery_app", "demo"},
)
LEVEL = {room: level for level, rooms in enumerate(LEVELS) for room in rooms}
# Rooms that stand aside: what each may import besides itself.
ASIDE = {"host": {"apidoc", "forks", "hookspecs", "privatefiles", "_version"}, "sandbox": {"_version"}}
IMPORT_ASIDE = {"cli", "demo"}


def imports() -> Iterator[tuple[str, str, str]]:
    """Yield (file, room that imports, room that is imported)."""
    for path in sorted(ROOT.rglob("*.py")):
        here = path.relative_to(ROOT)
        room = here.parts[0].removesuffix(".py")
        for node in ast.walk(ast.parse(path.read_bytes())):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and node.module == "atom_shopify_plugin":
                names = [f"atom_shopify_plugin.{alias.name}" for alias in node.names]
            for name in names:
                if name.startswith("atom_shopify_plugin."):
                    yield str(here), room, name.split(".")[1]


@pytest.mark.parametrize(("file", "room", "other"), sorted(set(imports())))
def test_a_room_imports_only_what_stands_below_it(file: str, room: str, other: str) -> None:
    if room in ("__init__", other) or other == "__version__":
        return
    if room in ASIDE:
        assert other in ASIDE[room], f"{file} imports {other}: {room} stands aside"
    elif other in ASIDE:
        assert room in IMPORT_ASIDE, f"{file} imports {other}, which stands aside"
    else:
        assert LEVEL[other] <= LEVEL[room], f"{file} (level {LEVEL[room]}) imports {other} (level {LEVEL[other]})"


def test_every_room_has_its_level() -> None:
    rooms = {path.stem for path in ROOT.glob("*.py")} | {path.parent.name for path in ROOT.glob("*/__init__.py")}
    assert rooms - {"__init__", "graphql", "manifests"} - set(ASIDE) == set(LEVEL) & rooms
