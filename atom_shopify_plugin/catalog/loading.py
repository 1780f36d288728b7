"""Read ``manifests/`` into a frozen Catalog.

One file a domain, each entry declared once; everything else (routes, chat, OpenAPI, the host's lists) is derived from
the Catalog. What follows from an action's document stands in ``manifests/generated``: its scopes, its output and the
definitions that outputs share. The reader checks the structure itself, since a JSON Schema validator costs more at
start than all the rest; the meta-schemas in ``manifests/schema`` say the same for editors, and a test holds the two
together. A manifest that can't be used is refused at load with its file and JSON pointer.
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

from atom_shopify_plugin.catalog.fields import FIELDS
from atom_shopify_plugin.catalog.model import (
    Action,
    Catalog,
    Command,
    Computed,
    Domain,
    Limit,
    ManifestError,
    Schemas,
    Service,
    Trigger,
    Undo,
    Verify,
)
from atom_shopify_plugin.catalog.place import Place
from atom_shopify_plugin.catalog.spoken import KINDS
from atom_shopify_plugin.strictjson import distinct_members

__all__ = ["ManifestError", "default_root", "load", "packaged"]

EFFECTS = ("read", "write", "destructive")
_SLOT = re.compile(r"\{([a-z_]+)\}")
_REST = re.compile(r"(GET|POST|PUT|DELETE) (/[a-z0-9_-]+(?:/\{[a-z_]+\}|/[a-z0-9_-]+)*)")

_FUNCTION = re.compile(r"[a-z_]+\.[a-z_]+")
_SOURCE = re.compile(r"-?(input|before|after)(\.[a-z0-9_]+)+\??")


def _action(at: Place, domain: str, schemas: Schemas, generated: Mapping[str, Any]) -> Action:
    at.only(
        "key", "aliases", "title", "description", "effect", "operation", "operations", "handler", "poll", "forecast",
        "scopes", "rest", "input", "output", "adds", "verify", "undo", "fires", "columns", "limits", "summary",
        "examples", "antiExamples", "asks", "any_document",
    )  # fmt: skip
    effect = at.text("effect")
    if effect not in EFFECTS:
        at.refuse(f"must be one of {', '.join(EFFECTS)}", "effect")
    handler, poll, forecast = (at.value.get(member) for member in ("handler", "poll", "forecast"))
    if (handler is None) == ("operation" not in at.value):
        at.refuse("needs either an operation or a handler with its operations")
    for member, value in (("handler", handler), ("poll", poll), ("forecast", forecast)):
        if value is not None and not (isinstance(value, str) and _FUNCTION.fullmatch(value)):
            at.refuse("must be domain.function", member)
    if poll is not None and handler is None:
        at.refuse("goes with a handler, which begins what it looks at", "poll")
    any_document = at.value.get("any_document")
    if any_document not in (None, "query", "mutation") or (any_document and handler is None):
        at.refuse("must be query or mutation, and goes with a handler", "any_document")
    if ("asks" in at.value) != (effect == "destructive" and any_document is None):
        at.refuse("a destructive action needs it, and no other one has it", "asks")
    looks = "verify" in at.value or any_document is not None
    if forecast is not None and (handler is None or effect == "read" or not looks):
        at.refuse("goes with a handler that writes, and with verify, which looks at the thing before", "forecast")
    if "adds" in at.value and handler is None:
        at.refuse("goes with a handler, which adds the members", "adds")
    operations = at.texts("operations") if handler else (at.text("operation"),)
    if not operations and any_document is None:
        at.refuse("must name the operations that the handler uses", "operations")
    rest = at.value.get("rest")
    route = _REST.fullmatch(rest) if isinstance(rest, str) else None
    if rest is not None and route is None:
        at.refuse("must be a method and a path such as 'GET /products/{id}'", "rest")
    input_schema = at.mapping("input")
    if input_schema.get("type") != "object" or input_schema.get("additionalProperties") is not False:
        at.refuse("must be an object schema with additionalProperties false", "input")
    if effect == "read":
        properties = {**input_schema.get("properties", {}), "fields": FIELDS}
        if "fields" in input_schema.get("properties", {}):
            at.refuse("fields is what every action that reads takes", "input")
        input_schema = {**input_schema, "properties": properties}
    key = at.key()
    derived = generated.get(key, {})
    for member in ("scopes", "output"):
        if member not in at.value and member not in derived:
            at.refuse("is neither here nor in manifests/generated: run `make generate`", member)
    return Action(
        key=key,
        aliases=at.texts("aliases"),
        domain=domain,
        title=at.text("title"),
        description=at.text("description"),
        effect=effect,
        operations=operations,
        handler=handler,
        scopes=at.scopes(derived.get("scopes")),
        rest=(route[1], route[2]) if route else None,
        verify=_verify(at),
        undo=_undo(at),
        examples=tuple(example.value for example in at.each("examples")),
        anti_examples=tuple(example.value for example in at.each("antiExamples")),
        raw_input=input_schema,
        raw_output=at.mapping("output", derived.get("output")),
        schemas=schemas,
        fires=at.texts("fires"),
        poll=poll,
        columns=at.texts("columns"),
        asks=at.text("asks") if "asks" in at.value else None,
        limits=tuple(_limit(place) for place in at.each("limits")),
        summary=at.text("summary", ""),
        forecast=forecast,
        any_document=any_document,
    )


def _limit(at: Place) -> Limit:
    at.only("scope", "hides")
    return Limit(at.text("scope"), at.text("hides"))


def _verify(at: Place) -> Verify | None:
    if "verify" not in at.value:
        return None
    place = Place(at.file, f"{at.pointer}/verify", at.value["verify"])
    place.only(
        "read", "by", "after", "same", "reads_as", "told", "becomes", "holds", "lacks", "among", "absent", "makes"
    )
    if place.value.get("absent", True) is not True:
        place.refuse("must be true, or left out", "absent")
    if place.value.get("makes", True) is not True:
        place.refuse("must be true, or left out", "makes")
    return Verify(
        read=place.text("read"),
        by=place.texts("by") if "by" in place.value else ("id",),
        after=place.paths("after") or {"id": "id"},
        reads={**{name: name for name in place.texts("same")}, **place.paths("reads_as")},
        told=place.paths("told"),
        becomes=place.mapping("becomes", {}),
        holds=place.texts("holds"),
        lacks=place.texts("lacks"),
        among=place.paths("among"),
        absent="absent" in place.value,
        makes="makes" in place.value,
    )


def _undo(at: Place) -> Undo | None:
    if "undo" not in at.value:
        return None
    place = Place(at.file, f"{at.pointer}/undo", at.value["undo"])
    place.only("action", "input", "former", "leaves", "together", "unchanged")
    given = {
        member: tuple(source) if isinstance(source, list) else source
        for member, source in place.mapping("input", {}).items()
    }
    for member, source in given.items():
        for path in source if isinstance(source, tuple) else (source,):
            if not (isinstance(path, str) and _SOURCE.fullmatch(path)):
                problem = "must be a path such as after.id, which begins with input, before or after"
                place.refuse(problem, f"input/{member}")
    taken = given if "input" in place.value else None
    unchanged = place.value.get("unchanged") is True
    return Undo(
        place.text("action"), taken, place.paths("former"), place.mapping("leaves", {}), _groups(place), unchanged
    )


def _groups(place: Place) -> tuple[tuple[str, ...], ...]:
    groups = place.value.get("together", [])
    if not isinstance(groups, list) or not all(isinstance(group, list) and len(group) > 1 for group in groups):
        place.refuse("must be a list of lists of members", "together")
    return tuple(tuple(map(str, group)) for group in groups)


def _trigger(at: Place, domain: str, schemas: Schemas) -> Trigger:
    at.only(
        "key", "aliases", "title", "description", "topic", "computed", "scopes", "resource", "when", "payload",
        "samples",
    )  # fmt: skip
    if ("topic" in at.value) == ("computed" in at.value):
        at.refuse("needs either a topic or what it is computed from", "topic")
    computed = _computed(at) if "computed" in at.value else None
    resource = at.text("resource") if "resource" in at.value else None
    if resource is not None and schemas.find(f"#/$defs/{resource}") is None:
        at.refuse(f"nothing is defined as {resource}", "resource")
    return Trigger(
        key=at.key(),
        aliases=at.texts("aliases"),
        domain=domain,
        title=at.text("title"),
        description=at.text("description"),
        topic=at.text("topic") if computed is None else computed.feeds[0],
        scopes=at.scopes(),
        when=at.mapping("when") if "when" in at.value else None,
        payload=at.mapping("payload"),
        samples=tuple(sample.value for sample in at.each("samples")),
        resource=resource,
        computed=computed,
    )


def _computed(at: Place) -> Computed:
    place = Place(at.file, f"{at.pointer}/computed", at.value["computed"])
    place.only("rule", "feeds", "parameters")
    feeds, parameters = place.texts("feeds"), place.mapping("parameters", {"type": "object", "properties": {}})
    if not feeds:
        place.refuse("must name the topics whose deliveries it is computed from", "feeds")
    for name, schema in parameters.get("properties", {}).items():
        if not isinstance(schema, dict) or "default" not in schema:
            place.refuse("needs a default", f"parameters/properties/{name}")
    return Computed(place.text("rule"), feeds, {"additionalProperties": False, **parameters})


def _command(at: Place, domain: str) -> Command:
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


def _service(at: Place) -> Service:
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


def _read(root: Path, name: str) -> dict[str, Any]:
    try:
        value = json.loads((root / name).read_bytes(), object_pairs_hook=distinct_members)
    except FileNotFoundError:
        raise ManifestError(name, "", "the file is missing") from None
    except ValueError as error:
        raise ManifestError(name, "", f"is not JSON: {error}") from None
    if not isinstance(value, dict):
        raise ManifestError(name, "", "must be an object")
    return value


def _generated(root: Path) -> list[Path]:
    folder = root / "generated"
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
    root = default_root() if root is None else root
    generated = [(f"generated/{path.name}", _read(root, f"generated/{path.name}")) for path in _generated(root)]
    schemas = Schemas(_definitions([("common.json", _read(root, "common.json")), *generated]))
    derived = {key: entry for _, content in generated for key, entry in content.get("actions", {}).items()}
    for name, content in generated:
        _check_references(name, content, schemas)
    actions: _Collected[Action] = _Collected()
    triggers: _Collected[Trigger] = _Collected()
    commands: _Collected[Command] = _Collected()
    domains: dict[str, Domain] = {}
    places: dict[str, Place] = {}
    for path in sorted(root.glob("*.json")):
        if path.name in ("service.json", "common.json"):
            continue
        content = _read(root, path.name)
        at = Place(path.name, "", content)
        at.only("domain", "title", "about", "actions", "triggers", "commands")
        domain = at.text("domain")
        if domain != path.stem:
            at.refuse("must be the name of the file", "domain")
        domains[domain] = Domain(domain, at.text("title"), at.text("about"))
        _check_references(path.name, content, schemas)
        for place in at.each("actions"):
            action = _action(place, domain, schemas, derived)
            actions.add(place, action)
            places[action.key] = place
        for place in at.each("triggers"):
            triggers.add(place, _trigger(place, domain, schemas))
        for place in at.each("commands"):
            command = _command(place, domain)
            commands.add(place, command)
            places[f"command {command.key}"] = place
    told = tuple(key for key, trigger in triggers.entries.items() if trigger.computed is None)
    for action in [action for action in actions.entries.values() if action.any_document == "mutation"]:
        actions.entries[action.key] = replace(action, fires=told)  # whatever the document changes
    catalog = Catalog(
        service=_service(Place("service.json", "", _read(root, "service.json"))),
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
