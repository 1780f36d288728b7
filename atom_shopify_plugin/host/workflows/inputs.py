"""The parameters of a step against the input that its action declares, before any run.

A text with expressions is not known yet: only its type is compared, where it is known what it reads.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from jsonschema import Draft202012Validator

from atom_shopify_plugin.host.workflows.decimals import Bad
from atom_shopify_plugin.host.workflows.liberal import may_be_read
from atom_shopify_plugin.host.workflows.lookups import Lookups, Schema, branches, types_of
from atom_shopify_plugin.host.workflows.parameters import fitted

__all__ = ["input_faults"]

_LOOSE = frozenset({"string", "number", "integer"})  # types that a run converts into each other
_LONGEST = 80  # characters of a value in a message


def input_faults(
    action: Mapping[str, Any], parameters: Mapping[str, Any], lookups: Lookups
) -> Iterator[tuple[str, str]]:
    """Yield ``(pointer, message)`` for whatever the action would refuse, whatever the texts turn out to be.

    `action` is its entry in the manifest of its service, with its schema as ``input``.
    """
    schema: Schema = action["input"]
    liberal, filters = action.get("liberal_input") is True, action.get("effect") == "read"
    loose = _LOOSE | {"array", "boolean"} if liberal else _LOOSE
    yield from _types(schema, parameters, "", lookups, loose)
    try:
        given = fitted(parameters, schema, "EUR")  # as a run does: 15 becomes "15.00" where an amount is taken
    except Bad:
        return
    for error in Draft202012Validator(schema).iter_errors(given):
        yield from _real(error, lambda fault: liberal and may_be_read(fault, filters=filters))


def _types(schema: Any, value: Any, pointer: str, lookups: Lookups, loose: frozenset[str]) -> Iterator[tuple[str, str]]:
    """Yield the texts whose value has a type that is not taken; of those in `loose` a text or number may become one."""
    if _is_open(value):
        wanted = {kind for branch in branches(schema) for kind in types_of(branch)}
        found = branches(lookups.check(value))
        given = {kind for branch in found for kind in types_of(branch)}
        if not wanted or not given or not all(map(types_of, found)):
            return
        if not (given & wanted or (given & _LOOSE and wanted & loose)):
            yield pointer, f"must be {_listed(wanted)}, and what it reads is {_listed(given)}"
    elif isinstance(value, Mapping):
        for name, member in value.items():
            parts = [branch["properties"][name] for branch in branches(schema) if name in branch.get("properties", {})]
            yield from _types({"anyOf": parts} if parts else {}, member, f"{pointer}/{_escaped(name)}", lookups, loose)
    elif isinstance(value, list):
        items = [branch["items"] for branch in branches(schema) if "items" in branch]
        for at, member in enumerate(value):
            yield from _types({"anyOf": items} if items else {}, member, f"{pointer}/{at}", lookups, loose)


def _real(error: Any, forgiven: Callable[[Any], bool]) -> Iterator[tuple[str, str]]:
    """Yield what is wrong apart from what is forgiven and texts with expressions, which may turn out to be right."""
    if _is_open(error.instance) or forgiven(error):
        return
    pointer = "".join(f"/{_escaped(step)}" for step in error.absolute_path)
    match error.validator:
        case "anyOf" | "oneOf":
            alternatives: dict[Any, list[Any]] = {}
            for inner in error.context or ():
                alternatives.setdefault(inner.schema_path[0], []).append(inner)
            faults = [[fault for inner in group for fault in _real(inner, forgiven)] for group in alternatives.values()]
            if faults and all(faults):
                # The alternative that got furthest is the one that was meant.
                yield from max(faults, key=lambda group: (max(len(at) for at, _ in group), -len(group)))
        case "required":
            missing = [name for name in error.validator_value if name not in error.instance]
            yield pointer, f"needs {', '.join(missing)}"
        case "additionalProperties" if error.validator_value is False:
            known = error.schema.get("properties", {})
            for name in error.instance:
                if name not in known:
                    near = difflib.get_close_matches(name, known, n=3)
                    hint = f"did you mean {', '.join(near)}?" if near else f"it takes {', '.join(known) or 'none'}"
                    yield f"{pointer}/{_escaped(name)}", f"the action has no such parameter; {hint}"
        case "type":
            wanted = error.validator_value
            yield pointer, f"must be {_listed({wanted} if isinstance(wanted, str) else set(wanted))}"
        case "enum":
            yield pointer, f"must be one of {', '.join(map(str, error.validator_value))}"
        case "pattern" | "format":
            yield pointer, f"{_short(error.instance)} does not have the format that the action accepts"
        case _:
            if not _holds_open(error.instance):
                yield pointer, f"breaks the rule {error.validator} {error.validator_value}"[:300]


def _is_open(value: Any) -> bool:
    return isinstance(value, str) and "{{" in value


def _holds_open(value: Any) -> bool:
    if isinstance(value, Mapping):
        return any(map(_holds_open, value.values()))
    return any(map(_holds_open, value)) if isinstance(value, list) else _is_open(value)


def _listed(types: set[str]) -> str:
    names = {"string": "text", "array": "a list", "object": "an object", "boolean": "true or false", "null": "null"}
    return " or ".join(sorted({names.get(kind, "a number") for kind in types}))


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def _escaped(part: object) -> str:
    return str(part).replace("~", "~0").replace("/", "~1")
