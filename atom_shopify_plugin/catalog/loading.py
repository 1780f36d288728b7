"""Read ``manifests/`` into a frozen Catalog.

One file a domain, each entry declared once; everything else (routes, chat, OpenAPI, the host's lists) is derived from
the Catalog. The reader checks the structure itself, since a JSON Schema validator costs more at start than all the
rest; the meta-schemas in ``manifests/schema`` say the same for editors, and a test holds the two together. A manifest
that can't be used is refused at load with its file and JSON pointer.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, Generic, NoReturn, TypeVar

from atom_shopify_plugin.catalog.model import (
    Action,
    Catalog,
    Command,
    ManifestError,
    Schemas,
    Service,
    Trigger,
    Undo,
    Verify,
)
from atom_shopify_plugin.catalog.spoken import KINDS

__all__ = ["ManifestError", "load", "packaged"]

EFFECTS = ("read", "write", "destructive")
_KEY = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
_SLOT = re.compile(r"\{([a-z_]+)\}")
_REST = re.compile(r"(GET|POST|PUT|DELETE) (/[a-z0-9_-]+(?:/\{[a-z_]+\}|/[a-z0-9_-]+)*)")

_SOURCE = re.compile(r"-?(input|before|after)(\.[a-z0-9_]+)+")


class _At:
    """A place in a manifest: reads typed members and says where it stands when something is wrong."""

    __slots__ = ("file", "pointer", "value")

    def __init__(self, file: str, pointer: str, value: Any) -> None:
        self.file, self.pointer, self.value = file, pointer, value
        if not isinstance(value, dict):
            self.refuse("must be an object")

    def refuse(self, problem: str, member: str | None = None) -> NoReturn:
        raise ManifestError(self.file, self.pointer if member is None else f"{self.pointer}/{member}", problem)

    def only(self, *members: str) -> None:
        for unknown in self.value.keys() - set(members) - {"$schema"}:
            self.refuse("is not a member that is known here", unknown)

    def text(self, member: str, default: str | None = None) -> str:
        value = self.value.get(member, default)
        if not isinstance(value, str) or (not value and default is None):
            self.refuse("must be a text", member)
        return value

    def texts(self, member: str) -> tuple[str, ...]:
        value = self.value.get(member, [])
        if not isinstance(value, list) or not all(isinstance(item, str) and item for item in value):
            self.refuse("must be a list of texts", member)
        return tuple(value)

    def key(self) -> str:
        value = self.text("key")
        if not _KEY.fullmatch(value):
            self.refuse("must be snake_case", "key")
        return value

    def mapping(self, member: str, default: Mapping[str, Any] | None = None) -> Mapping[str, Any]:
        value = self.value.get(member, default)
        if not isinstance(value, Mapping):
            self.refuse("must be an object", member)
        return value

    def paths(self, member: str) -> Mapping[str, str]:
        value = self.mapping(member, {})
        for name, path in value.items():
            if not isinstance(path, str) or not path:
                self.refuse("must be a path such as inventory_item.tracked", f"{member}/{name}")
        return value

    def each(self, member: str) -> Iterator[_At]:
        value = self.value.get(member, [])
        if not isinstance(value, list):
            self.refuse("must be a list", member)
        for index, item in enumerate(value):
            yield _At(self.file, f"{self.pointer}/{member}/{index}", item)

    def scopes(self) -> tuple[tuple[str, ...], ...]:
        """Read scopes: all are needed; a list among them names alternatives, one of which is enough."""
        value = self.value.get("scopes")
        if not isinstance(value, list):
            self.refuse("must be a list of scopes", "scopes")
        result = tuple(
            (item,) if isinstance(item, str) else tuple(item) if isinstance(item, list) else () for item in value
        )
        if not all(group and all(isinstance(scope, str) for scope in group) for group in result):
            self.refuse("must hold scopes, or lists of alternative scopes", "scopes")
        return result


def _action(at: _At, domain: str, schemas: Schemas) -> Action:
    at.only(
        "key", "aliases", "title", "description", "effect", "operation", "operations", "handler", "scopes", "rest",
        "input", "output", "verify", "undo", "fires", "examples", "antiExamples",
    )  # fmt: skip
    effect = at.text("effect")
    if effect not in EFFECTS:
        at.refuse(f"must be one of {', '.join(EFFECTS)}", "effect")
    handler = at.value.get("handler")
    if (handler is None) == ("operation" not in at.value):
        at.refuse("needs either an operation or a handler with its operations")
    if handler is not None and not (isinstance(handler, str) and re.fullmatch(r"[a-z_]+\.[a-z_]+", handler)):
        at.refuse("must be domain.function", "handler")
    operations = at.texts("operations") if handler else (at.text("operation"),)
    if not operations:
        at.refuse("must name the operations that the handler uses", "operations")
    rest = at.value.get("rest")
    route = _REST.fullmatch(rest) if isinstance(rest, str) else None
    if rest is not None and route is None:
        at.refuse("must be a method and a path such as 'GET /products/{id}'", "rest")
    input_schema = at.mapping("input")
    if input_schema.get("type") != "object" or input_schema.get("additionalProperties") is not False:
        at.refuse("must be an object schema with additionalProperties false", "input")
    return Action(
        key=at.key(),
        aliases=at.texts("aliases"),
        domain=domain,
        title=at.text("title"),
        description=at.text("description"),
        effect=effect,
        operations=operations,
        handler=handler,
        scopes=at.scopes(),
        rest=(route[1], route[2]) if route else None,
        verify=_verify(at),
        undo=_undo(at),
        examples=tuple(example.value for example in at.each("examples")),
        anti_examples=tuple(example.value for example in at.each("antiExamples")),
        raw_input=input_schema,
        raw_output=at.mapping("output"),
        schemas=schemas,
        fires=at.texts("fires"),
    )


def _verify(at: _At) -> Verify | None:
    if "verify" not in at.value:
        return None
    place = _At(at.file, f"{at.pointer}/verify", at.value["verify"])
    place.only("read", "by", "after", "same", "reads_as", "told", "becomes", "holds", "lacks", "absent")
    if place.value.get("absent", True) is not True:
        place.refuse("must be true, or left out", "absent")
    return Verify(
        read=place.text("read"),
        by=place.texts("by") or ("id",),
        after=place.paths("after") or {"id": "id"},
        reads={**{name: name for name in place.texts("same")}, **place.paths("reads_as")},
        told=place.paths("told"),
        becomes=place.mapping("becomes", {}),
        holds=place.texts("holds"),
        lacks=place.texts("lacks"),
        absent="absent" in place.value,
    )


def _undo(at: _At) -> Undo | None:
    if "undo" not in at.value:
        return None
    place = _At(at.file, f"{at.pointer}/undo", at.value["undo"])
    place.only("action", "input", "former")
    given = place.paths("input") if "input" in place.value else None
    for member, source in (given or {}).items():
        if not _SOURCE.fullmatch(source):
            place.refuse("must be a path such as after.id, which begins with input, before or after", f"input/{member}")
    return Undo(place.text("action"), given, place.paths("former"))


def _trigger(at: _At, domain: str, schemas: Schemas) -> Trigger:
    at.only("key", "aliases", "title", "description", "topic", "scopes", "resource", "when", "payload", "samples")
    resource = at.text("resource") if "resource" in at.value else None
    if resource is not None and schemas.find(f"#/$defs/{resource}") is None:
        at.refuse(f"nothing is defined in common.json as {resource}", "resource")
    return Trigger(
        key=at.key(),
        aliases=at.texts("aliases"),
        domain=domain,
        title=at.text("title"),
        description=at.text("description"),
        topic=at.text("topic"),
        scopes=at.scopes(),
        when=at.mapping("when") if "when" in at.value else None,
        payload=at.mapping("payload"),
        samples=tuple(sample.value for sample in at.each("samples")),
        resource=resource,
    )


def _command(at: _At, domain: str) -> Command:
    at.only("key", "title", "says", "slots", "action", "input", "reply", "examples")
    action = at.value.get("action")
    if action is not None and not isinstance(action, str):
        at.refuse("must be the key of an action, or null", "action")
    says = at.texts("says")
    if not says:
        at.refuse("must hold at least one phrase", "says")
    slots = at.mapping("slots", {})
    if set(slots) != {name for phrase in says for name in _SLOT.findall(phrase)}:
        at.refuse("must hold the kind of each slot in the phrases", "slots")
    for name, kind in slots.items():
        if kind not in KINDS:
            at.refuse(f"must be one of {', '.join(KINDS)}", f"slots/{name}")
    return Command(
        key=at.key(),
        domain=domain,
        title=at.text("title"),
        says=says,
        slots=slots,
        action=action,
        input=at.mapping("input", {}),
        reply=at.text("reply", ""),
        examples=at.texts("examples"),
    )


def _service(at: _At) -> Service:
    at.only("id", "name", "version", "api_version", "type", "description", "capabilities")
    return Service(
        id=at.text("id"),
        name=at.text("name"),
        version=at.text("version"),
        api_version=at.text("api_version"),
        type=at.text("type"),
        description=at.text("description"),
        capabilities=at.texts("capabilities"),
    )


Entry = TypeVar("Entry", Action, Trigger, Command)


class _Collected(Generic[Entry]):
    """Entries by key, with every name taken once."""

    def __init__(self) -> None:
        self.entries: dict[str, Entry] = {}
        self._names: set[str] = set()

    def add(self, at: _At, entry: Entry) -> None:
        for name in (entry.key, *(() if isinstance(entry, Command) else entry.aliases)):
            if name in self._names:
                at.refuse(f"takes the name {name}, which another entry has", "key")
            self._names.add(name)
        self.entries[entry.key] = entry


def _default_root() -> Path:
    """Return the folder that belongs to this code, so that a second checkout reads its own manifests."""
    package = Path(__file__).parents[1]
    installed = package / "manifests"
    return installed if installed.is_dir() else package.parent / "manifests"


def _read(root: Path, name: str) -> dict[str, Any]:
    try:
        value = json.loads((root / name).read_bytes())
    except FileNotFoundError:
        raise ManifestError(name, "", "the file is missing") from None
    except ValueError as error:
        raise ManifestError(name, "", f"is not JSON: {error}") from None
    if not isinstance(value, dict):
        raise ManifestError(name, "", "must be an object")
    return value


def _check_references(file: str, value: Any, schemas: Schemas, pointer: str = "") -> None:
    if isinstance(value, dict):
        reference = value.get("$ref")
        if isinstance(reference, str) and schemas.find(reference) is None:
            raise ManifestError(file, f"{pointer}/$ref", f"nothing is defined for the reference {reference}")
        for key, member in value.items():
            if isinstance(member, (dict, list)):
                _check_references(file, member, schemas, f"{pointer}/{key}")
    elif isinstance(value, list):
        for index, member in enumerate(value):
            _check_references(file, member, schemas, f"{pointer}/{index}")


def load(root: Path | None = None) -> Catalog:
    """Read all manifests below `root` (by default those of the package); raise `ManifestError` at the first fault."""
    root = _default_root() if root is None else root
    schemas = Schemas(_read(root, "common.json").get("$defs", {}))
    actions: _Collected[Action] = _Collected()
    triggers: _Collected[Trigger] = _Collected()
    commands: _Collected[Command] = _Collected()
    places: dict[str, _At] = {}
    for path in sorted(root.glob("*.json")):
        if path.name in ("service.json", "common.json"):
            continue
        content = _read(root, path.name)
        at = _At(path.name, "", content)
        at.only("domain", "actions", "triggers", "commands")
        domain = at.text("domain")
        if domain != path.stem:
            at.refuse("must be the name of the file", "domain")
        _check_references(path.name, content, schemas)
        for place in at.each("actions"):
            action = _action(place, domain, schemas)
            actions.add(place, action)
            places[action.key] = place
        for place in at.each("triggers"):
            triggers.add(place, _trigger(place, domain, schemas))
        for place in at.each("commands"):
            command = _command(place, domain)
            commands.add(place, command)
            places[f"command {command.key}"] = place
    catalog = Catalog(
        service=_service(_At("service.json", "", _read(root, "service.json"))),
        actions=MappingProxyType(actions.entries),
        triggers=MappingProxyType(triggers.entries),
        commands=MappingProxyType(commands.entries),
        schemas=schemas,
    )
    _check_names(catalog, places)
    return catalog


@functools.cache
def packaged() -> Catalog:
    """Return the Catalog of the package's own manifests, read once a process."""
    return load()


def _check_names(catalog: Catalog, places: Mapping[str, _At]) -> None:
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
