"""Actions as tools: names, schemas and hints, from the Catalog alone; and which of them a session lists.

Nobody can choose among all tools at once, so a session lists a few and finds the others (`find`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from atom_shopify_plugin.catalog.model import Action, Catalog
from atom_shopify_plugin.errors import Fault, InvalidInput

__all__ = ["ALWAYS", "OPTIONS", "Tool", "chosen_names", "find", "tool_of", "without_demands"]

ALWAYS = (
    *("order_search", "order_get", "product_search", "product_get", "customer_search", "inventory_item_search"),
    *("analytics_sales", "store_get", "store_health"),
)
"""The actions that every session lists."""
OPTIONS = frozenset({"shop", "idempotency_key", "confirm", "preview"})
"""Members of a tool's input that are not of its action's."""

_SHOP = {
    "type": "string",
    "minLength": 1,
    "maxLength": 8000,
    "description": "The store, by handle or domain; the default store when left out. Several with commas, or all.",
}
_KEY = {
    "type": "string",
    "pattern": r"^[\x21-\x2b\x2d-\x7e]{1,255}$",
    "description": "A unique text for this write. The same call with the same key runs only once, so "
    "you can repeat it after a timeout.",
}
_PREVIEW = {"type": "boolean", "description": "Only show what would happen, and change nothing."}
_CONFIRM = {
    "type": "string",
    "minLength": 1,
    "maxLength": 255,
    "description": "The confirmation_token of the preview that a person has approved.",
}
_CHOICES = (("oneOf", "exactly"), ("anyOf", "at least"))
_AT_ROOT = ("oneOf", "anyOf", "allOf", "not", "if", "then", "else", "dependentRequired", "dependentSchemas")
_WORD = re.compile(r"[a-z0-9]+")


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool as a client sees it; `hints` are the annotations of the protocol."""

    name: str
    title: str
    description: str
    input: Mapping[str, Any]
    output: Mapping[str, Any]
    hints: Mapping[str, bool]


def tool_of(action: Action) -> Tool:
    """Return the tool of an action: `public_schema` with the options of a call beside the input."""
    public = action.public
    given = public.whole(public.input)
    options: dict[str, Any] = {"shop": _SHOP}
    if action.effect != "read":
        options |= {"preview": _PREVIEW, "idempotency_key": _KEY}
    if action.may_ask:
        options["confirm"] = _CONFIRM
    # Models take no schema with a choice at its root: it is told in words, and every call is checked anyway.
    source = {name: value for name, value in given.items() if name not in _AT_ROOT}
    source["properties"] = {**source.get("properties", {}), **options}
    return Tool(
        name=action.key,
        title=action.title,
        description=" ".join([action.description, *_choices(given), *_manner(action)]),
        input=source,
        output=envelope(action),
        hints=_hints(action),
    )


def envelope(action: Action) -> dict[str, Any]:
    """Return the schema of a tool's structured answer: the envelope that all interfaces share."""
    public = action.public
    data: list[Any] = [without_demands(public.output), _holding("stores")]
    if action.effect != "read":
        data.append(_holding("preview"))
    if action.poll is not None:
        data.append(_holding("state", "progress"))
    return {
        "type": "object",
        "required": ["ok"],
        "properties": {
            "ok": {"type": "boolean"},
            "data": {"anyOf": data},
            "page": {"type": ["object", "null"]},
            "meta": {"type": "object"},
            "error": {
                "type": "object",
                "required": ["code", "message", "details", "request_id", "retryable"],
                "properties": {
                    "code": {"type": "string"},
                    "message": {"type": "string"},
                    "details": {"type": "object"},
                    "request_id": {"type": ["string", "null"]},
                    "retryable": {"type": "boolean"},
                },
            },
        },
        "$defs": {name: without_demands(schema) for name, schema in _used(public.output, public.definitions).items()},
    }


def without_demands(schema: Any) -> Any:
    """Return a schema that requires no member: `fields` leaves members out of an answer."""
    if isinstance(schema, list):
        return [without_demands(item) for item in schema]
    if not isinstance(schema, Mapping):
        return schema
    return {
        name: {member: without_demands(value) for member, value in inner.items()}
        if name == "properties"
        else without_demands(inner)
        for name, inner in schema.items()
        if name != "required"
    }


def find(catalog: Catalog, words: str, domain: str | None, limit: int) -> list[Action]:
    """Return the actions of a domain that suit `words` best; all of the domain, or of the Catalog, without words."""
    if domain is not None and domain not in catalog.domains:
        message = f"There is no domain of that name. They are: {', '.join(catalog.domains)}."
        raise InvalidInput.about("The input", [Fault("/domain", message, "enum")])
    actions = [one for one in catalog.actions.values() if domain in (None, one.domain)]
    wanted = set(_WORD.findall(words.lower()))
    if not wanted:
        return actions[:limit]
    scored = [(_score(one, wanted), -place, one) for place, one in enumerate(actions)]
    return [one for score, _, one in sorted(scored, key=lambda each: each[:2], reverse=True) if score > 0][:limit]


def chosen_names(catalog: Catalog, domains: Iterable[str], names: Iterable[str]) -> list[str]:
    """Return the keys of actions by domains and by names; raise `InvalidInput`, `NotFound` for unknown ones."""
    found = {catalog.action(name).key for name in names}
    for domain in domains:
        found |= {one.key for one in find(catalog, "", domain, len(catalog.actions))}
    return [key for key in catalog.actions if key in found]


def _score(action: Action, wanted: set[str]) -> int:
    names = {word for name in (action.key, *action.aliases) for word in name.split("_")}
    title = set(_WORD.findall(action.title.lower()))
    about = set(_WORD.findall(action.description.lower()))

    def hits(words: set[str]) -> int:
        return sum(one in words or f"{one}s" in words or one.removesuffix("s") in words for one in wanted)

    return 4 * hits(names) + 3 * hits(title) + hits(about) + 2 * hits({action.domain})


def _hints(action: Action) -> dict[str, bool]:
    # A forecast may find that a write can't be taken back; its hint has to say the worst.
    reads = action.effect == "read"
    return {
        "readOnly": reads,
        "destructive": action.may_ask,
        "idempotent": reads or _sets_values(action),
        "openWorld": True,
    }


def _sets_values(action: Action) -> bool:
    """Tell whether a write gives a thing that it names the values of its input: to do it again changes nothing."""
    verify = action.verify
    if verify is None or verify.makes or not verify.by or not set(verify.by) & action.properties.keys():
        return False
    return bool(verify.absent or verify.holds or verify.lacks or (verify.reads and not verify.told))


def _manner(action: Action) -> Iterator[str]:
    if action.effect == "destructive":
        yield "It can't be undone: the first call changes nothing and asks for a confirmation."
    elif action.may_ask:
        yield "Where it changes much, the first call changes nothing and asks for a confirmation."
    if action.poll is not None:
        yield "It may take a while: then the answer is an operation, which operation_get tracks."


def _choices(schema: Mapping[str, Any]) -> Iterator[str]:
    for rule, words in _CHOICES:
        branches = [branch.get("required", ()) for branch in schema.get(rule, ())]
        if branches and all(branches):
            yield f"Give {words} one of: {' or '.join(', '.join(branch) for branch in branches)}."
    for branch in schema.get("not", {}).get("anyOf", ()):
        if branch.keys() == {"required"}:
            yield f"Not together: {', '.join(branch['required'])}."


def _holding(*names: str) -> dict[str, Any]:
    return {"type": "object", "required": list(names)}


def _used(schema: Any, definitions: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}

    def look(part: Any) -> None:
        if isinstance(part, list):
            for item in part:
                look(item)
        elif isinstance(part, Mapping):
            name = str(part.get("$ref", "")).removeprefix("#/$defs/")
            if name in definitions and name not in found:
                found[name] = definitions[name]
                look(definitions[name])
            for value in part.values():
                look(value)

    look(schema)
    return found
