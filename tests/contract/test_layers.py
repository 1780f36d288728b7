"""Imports point down, every package has one level, and no two files import each other in a circle."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import atom_shopify_plugin

ROOT = Path(atom_shopify_plugin.__file__).parent
NAME = "atom_shopify_plugin"
# From the bottom to the top. A package imports only what is below it, never a package of its own level.
LEVELS = (
    {"answers", "errors", "hookspecs", "pages", "process", "apidoc", "asgi", "official", "spreadsheet", "_version"},
    {"metrics", "payload_shapes", "settings", "strictjson"},
    {"catalog", "shopify", "workflows"},
    {"storage"},
    {"analytics", "stores"},
    {"reports"},
    {"service", "services"},
    {"events", "jobs"},
    {"actions", "sync"},
    {"agents", "bulk", "chat", "health", "openapi"},
    {"runtime"},
    {"web"},
    {"plugin"},
    {"cli"},
)
LEVEL = {package: level for level, packages in enumerate(LEVELS) for package in packages}
# These stand apart from the plugin: what each may import besides itself.
APART = {
    "host": {"hookspecs", "pages", "process", "apidoc", "asgi", "answers", "_version"},
    "sandbox": {"official", "payload_shapes", "_version"},
    "demo": {"host", "sandbox"},
}
IMPORTS_APART = {"cli", "demo"}
NO_CODE = {"graphql", "manifests"}


def modules() -> dict[str, Path]:
    """Return every module of the package by its dotted name."""
    found = {}
    for path in sorted(ROOT.rglob("*.py")):
        parts = (NAME, *path.relative_to(ROOT).with_suffix("").parts)
        found[".".join(parts).removesuffix(".__init__")] = path
    return found


MODULES = modules()


def imported_by(path: Path) -> Iterator[str]:
    """Yield the modules of the package that a file imports, for type checking too."""
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in MODULES)
        elif isinstance(node, ast.ImportFrom) and node.module in MODULES:
            for alias in node.names:
                full = f"{node.module}.{alias.name}"
                yield full if full in MODULES else node.module


@cache
def graph() -> dict[str, list[str]]:
    """Return what each module imports of the package; read when a test asks, not while tests are collected."""
    return {name: sorted(set(imported_by(path)) - {name}) for name, path in MODULES.items()}


def package_of(module: str) -> str:
    return module.split(".")[1] if "." in module else ""


def complaint(name: str, other: str) -> str | None:
    """Return why a module may not import another one, None where it may."""
    here, there = package_of(name), package_of(other)
    if there == "" or here in ("", there):
        return None
    if here in APART:
        return None if there in APART[here] else f"{name} imports {other}, but {here} stands apart from {there}"
    if there in APART:
        return None if here in IMPORTS_APART else f"{name} imports {other}, which stands apart from the plugin"
    if LEVEL[there] < LEVEL[here]:
        return None
    return f"{name} (level {LEVEL[here]}) imports {other} (level {LEVEL[there]})"


def test_a_module_imports_only_packages_below_its_own() -> None:
    edges = [(name, other) for name, others in graph().items() for other in others]
    assert len(edges) > 500
    assert [text for edge in edges if (text := complaint(*edge))] == []


def test_no_two_files_import_each_other_in_a_circle() -> None:
    done: set[str] = set()

    def visit(name: str, path: tuple[str, ...]) -> None:
        assert name not in path, "A circle of imports: " + " -> ".join((*path[path.index(name) :], name))
        if name not in done:
            for other in graph()[name]:
                visit(other, (*path, name))
            done.add(name)

    for name in graph():
        visit(name, ())


def test_every_package_has_its_level() -> None:
    packages = {package_of(name) for name in MODULES} - {""}
    assert packages - NO_CODE - set(APART) == set(LEVEL)


def test_only_the_edges_know_the_composition_root() -> None:
    importers = {package_of(name) for name, others in graph().items() if f"{NAME}.runtime" in others}
    assert importers <= {"plugin", "web", "cli", "demo"}


def test_few_modules_lie_loose_in_the_package() -> None:
    assert len(list(ROOT.glob("*.py"))) <= 14
