"""Nothing is declared or written that nothing uses: operations, fragments, handlers, definitions."""

from __future__ import annotations

import ast
import importlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from graphql import FragmentSpreadNode, Visitor, visit
from official import ROOT, Documents

import atom_shopify_plugin
from atom_shopify_plugin.catalog.model import Catalog


def _references(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"].rpartition("/")[2]
        for member in value.values():
            yield from _references(member)
    elif isinstance(value, list):
        for member in value:
            yield from _references(member)


def test_every_shared_input_is_taken(manifests: Mapping[str, Any]) -> None:
    shared = set(json.loads((ROOT / "manifests" / "common.json").read_bytes())["inputs"])
    for file, content in manifests.items():
        taken = {name for action in content.get("actions", ()) for name in action["input"].get("takes", ())}
        own = content.get("inputs", {}).keys()
        assert own <= taken, file
        shared -= taken - own
    assert shared == set()


def test_every_definition_is_used(manifests: Mapping[str, Any]) -> None:
    folder = ROOT / "manifests"
    others = [json.loads(path.read_bytes()) for path in (folder / "common.json", *folder.glob("generated/*.json"))]
    files = [*manifests.values(), *others]
    definitions = {name: schema for content in files for name, schema in content.get("$defs", {}).items()}
    reached: set[str] = set()
    waiting = [name for content in files for name in _references({**content, "$defs": None})]
    while waiting:
        name = waiting.pop()
        if name not in reached:
            reached.add(name)
            waiting += _references(definitions[name])
    assert sorted(definitions) == sorted(reached)


def _texts_in_code() -> set[str]:
    package = Path(atom_shopify_plugin.__file__).parent
    texts: set[str] = set()
    for path in package.rglob("*.py"):
        if not {"sandbox", "host"} & set(path.relative_to(package).parts):
            nodes = ast.walk(ast.parse(path.read_bytes()))
            texts |= {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    return texts


def test_every_operation_is_used(catalog: Catalog, documents: Documents) -> None:
    declared = {name for action in catalog.actions.values() for name in action.operations}
    assert sorted(set(documents.operations) - declared - _texts_in_code()) == []


def test_every_fragment_is_used(documents: Documents) -> None:
    spread: set[str] = set()

    class Spreads(Visitor):
        def enter_fragment_spread(self, node: FragmentSpreadNode, *_: Any) -> None:
            spread.add(node.name.value)

    for node in (*documents.operations.values(), *documents.fragments.values()):
        visit(node, Spreads())
    assert sorted(documents.fragments) == sorted(spread)


def _handlers(catalog: Catalog) -> dict[str, set[str]]:
    """Return, by service module, the operations that its handlers declare."""
    declared: dict[str, set[str]] = {}
    for action in catalog.actions.values():
        if action.handler is not None:
            declared.setdefault(action.handler.partition(".")[0], set()).update(action.operations)
    return declared


def test_every_handler_exists_and_is_declared(catalog: Catalog) -> None:
    named = {
        name
        for action in catalog.actions.values()
        for name in (action.handler, action.poll, action.forecast)
        if name is not None
    }
    for module in _handlers(catalog):
        code = importlib.import_module(f"atom_shopify_plugin.service.{module}")
        assert {f"{module}.{name}" for name in code.__all__} == {
            name for name in named if name.startswith(f"{module}.")
        }


def _texts_of(module: str, *, helpers: bool) -> set[str]:
    """Return the texts in a service module, and in the service modules that it imports."""
    code = importlib.import_module(f"atom_shopify_plugin.service.{module}")
    assert code.__file__ is not None
    nodes = list(ast.walk(ast.parse(Path(code.__file__).read_bytes())))
    texts = {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    sources = {node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)}
    imported = {name.rpartition(".")[2] for name in sources if name.startswith("atom_shopify_plugin.service.")}
    return texts.union(*(_texts_of(name, helpers=True) for name in imported)) if helpers else texts


def test_handlers_use_the_operations_that_they_declare(catalog: Catalog, documents: Documents) -> None:
    for module, declared in _handlers(catalog).items():
        known = set(documents.operations)
        own = _texts_of(module, helpers=False) & known
        # What a helper looks up for several domains is declared where a handler depends on it.
        assert own <= declared <= _texts_of(module, helpers=True) & known, module
