"""Read the entries of a manifest: actions, triggers, commands, and the service card.

The reader checks the structure itself, since a JSON Schema validator costs more at start than all the rest; the
meta-schemas in ``manifests/schema`` say the same for editors, and a test holds the two together.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from atom_shopify_plugin.catalog.fields import FIELDS
from atom_shopify_plugin.catalog.model import (
    Action,
    Command,
    Computed,
    Counts,
    Limit,
    Schema,
    Schemas,
    Service,
    Trigger,
    Undo,
    Verify,
)
from atom_shopify_plugin.catalog.place import Place
from atom_shopify_plugin.catalog.spoken import KINDS

__all__ = ["action_of", "command_of", "service_of", "trigger_of"]

EFFECTS = ("read", "write", "destructive")
_PAGING = ("reverse", "limit", "cursor")
_SLOT = re.compile(r"\{([a-z_]+)\}")
_PLACE = re.compile(r"\{([a-z_]+)(?:\.[a-z_]+)?\??(?:\|[^{}|]*)?\}")
_REST = re.compile(r"(GET|POST|PUT|DELETE) (/[a-z0-9_-]+(?:/\{[a-z_]+\}|/[a-z0-9_-]+)*)")
_FUNCTION = re.compile(r"[a-z_]+\.[a-z_]+")
_SOURCE = re.compile(r"-?(input|before|after)(\.[a-z0-9_]+)+\??")


def action_of(
    at: Place, domain: str, schemas: Schemas, generated: Mapping[str, Any], inputs: Mapping[str, Any]
) -> Action:
    """Read an action; `generated` holds what follows from its document, `inputs` the properties that it may take."""
    at.only(
        "key", "aliases", "title", "description", "effect", "operation", "operations", "handler", "poll", "forecast",
        "scopes", "rest", "input", "output", "adds", "verify", "undo", "fires", "columns", "limits", "summary",
        "examples", "antiExamples", "asks", "any_document", "instead", "mirrored", "counts",
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
    mirrored = _mirrored(at)
    if mirrored and handler is None:
        at.refuse("goes with a handler", "mirrored")
    operations = at.texts("operations") if handler else (at.text("operation"),)
    if not operations and any_document is None and not mirrored:
        at.refuse("must name the operations that the handler uses", "operations")
    rest = at.value.get("rest")
    route = _REST.fullmatch(rest) if isinstance(rest, str) else None
    if rest is not None and route is None:
        at.refuse("must be a method and a path such as 'GET /products/{id}'", "rest")
    input_schema = _input(at, effect, inputs)
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
        instead=at.text("instead") if "instead" in at.value else None,
        mirrored=mirrored,
        counts=_counts(at, effect),
    )


def _mirrored(at: Place) -> tuple[str, ...]:
    """Return the streams of the copy that answer an action: its orders, unless it names others."""
    if at.value.get("mirrored") is True:
        return ("orders",)
    return at.texts("mirrored") if "mirrored" in at.value else ()


def _input(at: Place, effect: str, inputs: Mapping[str, Any]) -> Schema:
    """Return the schema of the input: what it takes of `inputs`, its own properties, and how a list is paged."""
    given = at.mapping("input")
    if {"type", "additionalProperties"} & given.keys():
        at.refuse("is always an object that takes the declared properties only, so that it does not say so", "input")
    own = given.get("properties", {})
    if effect == "read" and "fields" in own:
        at.refuse("fields is what every action that reads takes", "input")
    names = Place(at.file, f"{at.pointer}/input", given).texts("takes")
    for name in names:
        if name not in inputs or name in own:
            at.refuse(f"{name} is {'taken and declared' if name in own else 'no shared input'}", "input/takes")
    last = [name for name in _PAGING if name in names]
    properties = {
        **{name: inputs[name] for name in names if name not in last},
        **own,
        **{name: inputs[name] for name in last},
        **({"fields": FIELDS} if effect == "read" else {}),
    }
    rest = {member: value for member, value in given.items() if member != "takes"}
    return {"type": "object", "additionalProperties": False, **rest, "properties": properties}


def _limit(at: Place) -> Limit:
    at.only("scope", "hides")
    return Limit(at.text("scope"), at.text("hides"))


def _counts(at: Place, effect: str) -> Counts | None:
    if "counts" not in at.value:
        return None
    if effect == "read":
        at.refuse("goes with an action that writes", "counts")
    place = Place(at.file, f"{at.pointer}/counts", at.value["counts"])
    place.only("kind", "amount", "quantity", "currency", "when")
    if ("amount" in place.value) != ("currency" in place.value):
        place.refuse("needs an amount and its currency, or neither")
    return Counts(
        place.text("kind"),
        place.text("amount", ""),
        place.text("quantity", ""),
        place.text("currency", ""),
        place.texts("when"),
    )


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


def trigger_of(at: Place, domain: str, schemas: Schemas, others: Mapping[str, Trigger]) -> Trigger:
    """Read a trigger; `others` are those that stand before it."""
    at.only(
        "key", "aliases", "like", "title", "description", "topic", "computed", "scopes", "resource", "shows", "when",
        "payload", "samples",
    )  # fmt: skip
    if "like" in at.value:
        at = _completed(at, others)
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
        topic=at.text("topic") if computed is None else next(iter(computed.feeds), ""),
        scopes=at.scopes(),
        when=at.mapping("when") if "when" in at.value else None,
        payload=_payload(at, computed),
        raw_samples=_samples(at, computed),
        resource=resource,
        computed=computed,
        shows=at.text("shows") if "shows" in at.value else None,
    )


def _samples(at: Place, computed: Computed | None) -> tuple[Mapping[str, Any], ...]:
    """Return what is said of bodies; a computed trigger adds what its subscription was made with."""
    own = tuple(sample.value for sample in at.each("samples"))
    if computed is None:
        return own
    return tuple({"parameters": dict(computed.defaults), **sample} for sample in own or ({},))


def _payload(at: Place, computed: Computed | None) -> Schema:
    """Return what a payload has to be: by default a thing with its id; ids that it needs are texts.

    That of a computed trigger also tells what its subscription was made with.
    """
    own = at.mapping("payload", {})
    required = own.get("required", ["id"])
    ids = {name: {"type": "string"} for name in required if name == "id" or name.endswith("_id")}
    told = {} if computed is None else {"parameters": _told(computed.parameters)}
    return {"type": "object", "required": required, **own, "properties": {**ids, **own.get("properties", {}), **told}}


def _told(parameters: Schema) -> Schema:
    types = {name: {"type": schema.get("type", "string")} for name, schema in parameters.get("properties", {}).items()}
    return {"type": "object", "description": "What the subscription was made with.", "properties": types}


def _completed(at: Place, others: Mapping[str, Trigger]) -> Place:
    """Return a trigger that is like another one with what it takes from that: scopes, payload, and a sample."""
    other = others.get(at.text("like"))
    if other is None:
        at.refuse("names no trigger that stands before this one", "like")
    own = at.mapping("payload", {})
    properties = {**other.payload["properties"], **own.get("properties", {})}
    own_samples = [sample.value for sample in at.each("samples")] or [{}]
    base = other.raw_samples[0] if other.raw_samples else {}
    completed = {
        "scopes": [list(group) if len(group) > 1 else group[0] for group in other.scopes],
        **({"resource": other.resource} if other.resource else {}),
        **at.value,
        "payload": {**other.payload, **own, "properties": properties},
        "samples": [{**base, **sample} for sample in own_samples],
    }
    return Place(at.file, at.pointer, completed)


def _computed(at: Place) -> Computed:
    place = Place(at.file, f"{at.pointer}/computed", at.value["computed"])
    place.only("rule", "feeds", "watch", "parameters")
    feeds, parameters = place.texts("feeds"), place.mapping("parameters", {"type": "object", "properties": {}})
    watch = place.text("watch") if "watch" in place.value else ""
    if not feeds and not watch:
        place.refuse("must name the topics or the watch that it is computed from", "feeds")
    for name, schema in parameters.get("properties", {}).items():
        if not isinstance(schema, dict) or "default" not in schema:
            place.refuse("needs a default", f"parameters/properties/{name}")
    return Computed(place.text("rule"), feeds, {"additionalProperties": False, **parameters}, watch)


def command_of(at: Place, domain: str) -> Command:
    """Read a phrase of the chat."""
    at.only("key", "title", "says", "slots", "action", "input", "otherwise", "reply", "examples")
    action = at.value.get("action")
    if action is not None and not isinstance(action, str):
        at.refuse("must be the key of an action, or null", "action")
    says = at.texts("says")
    if not says:
        at.refuse("must hold at least one phrase", "says")
    slots = at.mapping("slots", {})
    placed = set(_PLACE.findall(json.dumps(at.mapping("input", {}))))
    if not {name for phrase in says for name in _SLOT.findall(phrase)} <= set(slots) or not placed <= set(slots):
        at.refuse("must hold the kind of each slot in the phrases and in the input", "slots")
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
        otherwise=at.text("otherwise") if "otherwise" in at.value else None,
        reply=at.text("reply", ""),
        examples=at.texts("examples"),
    )


def service_of(at: Place) -> Service:
    """Read the card of the service."""
    at.only("id", "name", "version", "api_version", "type", "description", "capabilities", "replaces")
    return Service(
        id=at.text("id"),
        name=at.text("name"),
        version=at.text("version"),
        api_version=at.text("api_version"),
        type=at.text("type"),
        description=at.text("description"),
        capabilities=at.texts("capabilities"),
        replaces=at.texts("replaces"),
    )
