"""Read ``manifests/`` into a frozen Catalog.

One file a domain, each entry declared once; everything else (routes, chat, OpenAPI, the host's lists) is derived from
the Catalog. What follows from an action's document stands in ``manifests/generated``: its scopes, its output and the
definitions that outputs share. Properties of inputs that several actions take are declared once, as `inputs` of their
file or of ``common.json``. A manifest that can't be used is refused at load with its file and JSON pointer.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any, Generic, TypeVar

import orjson

from atom_shopify_plugin.catalog.entries import action_of, command_of, service_of, trigger_of
from atom_shopify_plugin.catalog.model import Action, Catalog, Command, Domain, ManifestError, Schemas, Trigger
from atom_shopify_plugin.catalog.place import Place
from atom_shopify_plugin.catalog.schemas import complete
from atom_shopify_plugin.strictjson import distinct_members

__all__ = ["ManifestError", "default_root", "load", "packaged"]

_GENERATED = "generated"
_REFERENCE = re.compile(rb'"\$ref"\s*:\s*"([^"\\]*)"')

Entry = TypeVar("Entry", Action, Trigger, Command)


class _Collected(Generic[Entry]):
    """Entries by key, with every name taken once."""

    def __init__(self) -> None:
        self.entries: dict[str, Entry] = {}
        self._names: set[str] = set()

    def add(self, at: Place, entry: Entry) -> None:
        for name in (entry.key, *(() if isinstance(entry, Command) else entry.aliases)):
            if name in self._names:
                at.refuse(f"takes the name {name}, which another entry has", "key")
            self._names.add(name)
        self.entries[entry.key] = entry


def default_root() -> Path:
    """Return the folder that belongs to this code, so that a second checkout reads its own manifests."""
    package = Path(__file__).parents[1]
    installed = package / "manifests"
    return installed if installed.is_dir() else package.parent / "manifests"


def _read(root: Path, name: str) -> tuple[dict[str, Any], bytes]:
    """Return a file and its text. What a script has written is parsed faster: it holds no member twice."""
    try:
        text = (root / name).read_bytes()
        made = name.startswith(f"{_GENERATED}/")
        value = orjson.loads(text) if made else json.loads(text, object_pairs_hook=distinct_members)
    except FileNotFoundError:
        raise ManifestError(name, "", "the file is missing") from None
    except ValueError as error:
        raise ManifestError(name, "", f"is not JSON: {error}") from None
    if not isinstance(value, dict):
        raise ManifestError(name, "", "must be an object")
    return value, text


def _generated(root: Path) -> list[Path]:
    folder = root / _GENERATED
    return sorted(folder.glob("*.json")) if folder.is_dir() else []


def _definitions(files: Iterable[tuple[str, Mapping[str, Any]]]) -> dict[str, Any]:
    """Return the definitions of all files; a name is taken once."""
    found: dict[str, Any] = {}
    for file, content in files:
        for name, definition in content.get("$defs", {}).items():
            if name in found:
                raise ManifestError(file, f"/$defs/{name}", "another file defines it as well")
            found[name] = definition
    return found


def _check_references(file: str, value: Any, text: bytes, schemas: Schemas) -> None:
    """Refuse a reference to nothing. To look through the text is quick; where it is, is only asked if there is one."""
    if any(schemas.find(found.decode()) is None for found in set(_REFERENCE.findall(text))):
        _find_broken(file, value, schemas)


def _find_broken(file: str, value: Any, schemas: Schemas, pointer: str = "") -> None:
    if isinstance(value, dict):
        reference = value.get("$ref")
        if isinstance(reference, str) and schemas.find(reference) is None:
            raise ManifestError(file, f"{pointer}/$ref", f"nothing is defined for the reference {reference}")
        for key, member in value.items():
            if isinstance(member, (dict, list)):
                _find_broken(file, member, schemas, f"{pointer}/{key}")
    elif isinstance(value, list):
        for index, member in enumerate(value):
            _find_broken(file, member, schemas, f"{pointer}/{index}")


def load(root: Path | None = None) -> Catalog:
    """Read all manifests below `root` (by default those of the package); raise `ManifestError` at the first fault."""
    root = default_root() if root is None else root
    generated = {name: _read(root, name) for name in (f"{_GENERATED}/{path.name}" for path in _generated(root))}
    common, text = _read(root, "common.json")
    complete(common)
    contents = [(name, content) for name, (content, _) in generated.items()]
    schemas = Schemas(_definitions([("common.json", common), *contents]))
    _check_references("common.json", common, text, schemas)
    derived = {key: entry for _, content in contents for key, entry in content.get("actions", {}).items()}
    for name, (content, text) in generated.items():
        _check_references(name, content, text, schemas)
    actions: _Collected[Action] = _Collected()
    triggers: _Collected[Trigger] = _Collected()
    commands: _Collected[Command] = _Collected()
    domains: dict[str, Domain] = {}
    places: dict[str, Place] = {}
    for path in sorted(root.glob("*.json")):
        if path.name in ("service.json", "common.json"):
            continue
        content, text = _read(root, path.name)
        complete(content)
        at = Place(path.name, "", content)
        at.only("domain", "title", "about", "inputs", "actions", "triggers", "commands")
        inputs = {**common.get("inputs", {}), **at.mapping("inputs", {})}
        domain = at.text("domain")
        if domain != path.stem:
            at.refuse("must be the name of the file", "domain")
        domains[domain] = Domain(domain, at.text("title"), at.text("about"))
        _check_references(path.name, content, text, schemas)
        for place in at.each("actions"):
            action = action_of(place, domain, schemas, derived, inputs)
            actions.add(place, action)
            places[action.key] = place
        for place in at.each("triggers"):
            triggers.add(place, trigger_of(place, domain, schemas, triggers.entries))
        for place in at.each("commands"):
            command = command_of(place, domain)
            commands.add(place, command)
            places[f"command {command.key}"] = place
    told = tuple(key for key, trigger in triggers.entries.items() if trigger.computed is None)
    for action in [action for action in actions.entries.values() if action.any_document == "mutation"]:
        actions.entries[action.key] = replace(action, fires=told)  # whatever the document changes
    catalog = Catalog(
        service=service_of(Place("service.json", "", _read(root, "service.json")[0])),
        domains=MappingProxyType(domains),
        actions=MappingProxyType(actions.entries),
        triggers=MappingProxyType({key: one for key, one in triggers.entries.items() if one.computed is None}),
        computed=MappingProxyType({key: one for key, one in triggers.entries.items() if one.computed is not None}),
        commands=MappingProxyType(commands.entries),
        schemas=schemas,
    )
    _check_names(catalog, places)
    return catalog


@functools.cache
def packaged() -> Catalog:
    """Return the Catalog of the package's own manifests, read once a process."""
    return load()


def _check_names(catalog: Catalog, places: Mapping[str, Place]) -> None:
    """Refuse an entry that points at an action or a trigger which isn't there."""
    for action in catalog.actions.values():
        if action.verify is not None and action.verify.read not in catalog.actions:
            places[action.key].refuse(f"no action is named {action.verify.read}", "verify/read")
        for unknown in [name for name in action.fires if name not in catalog.triggers]:
            places[action.key].refuse(f"no trigger is named {unknown}", "fires")
        if action.undo is None:
            continue
        if action.undo.action not in catalog.actions:
            places[action.key].refuse(f"no action is named {action.undo.action}", "undo/action")
        verify = action.verify
        knows = verify is not None and (action.undo.action == action.key or bool(verify.holds or verify.lacks))
        if action.undo.input is None and not knows:
            places[action.key].refuse(
                "needs an input: what stood there is known to the same action with verify", "undo"
            )
    for command in catalog.commands.values():
        if command.action is not None and command.action not in catalog.actions:
            places[f"command {command.key}"].refuse(f"no action is named {command.action}", "action")
        if command.otherwise is not None and command.otherwise not in catalog.commands:
            places[f"command {command.key}"].refuse(f"no command is named {command.otherwise}", "otherwise")
