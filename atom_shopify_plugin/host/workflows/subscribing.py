"""Parameters of a trigger: a workflow sets those that the trigger declares, and the others have their defaults."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from atom_shopify_plugin.host.workflows.decimals import Bad
from atom_shopify_plugin.host.workflows.expressions import check, fill
from atom_shopify_plugin.host.workflows.values import load, portable

__all__ = ["declared", "parameter_faults", "parameters_of"]

Services = Sequence[Mapping[str, Any]]


def declared(trigger: Mapping[str, Any], services: Services) -> Mapping[str, Any] | None:
    """Return the JSON Schema of the parameters that a trigger declares, None where it takes none."""
    for service in services:
        if trigger.get("service", service["id"]) == service["id"]:
            for entry in service["workflow_triggers"]:
                if entry["key"] == trigger.get("key"):
                    found: Mapping[str, Any] | None = entry.get("parameters")
                    return found
    return None


def parameters_of(raw: Mapping[str, Any], services: Services) -> dict[str, Any] | None:
    """Return all parameters of the trigger of a definition, None where it takes none; raise `Bad`."""
    trigger = raw.get("trigger", {})
    schema = declared(trigger, services)
    if schema is None:
        return None
    own = _filled(trigger.get("parameters", {}), raw.get("variables", {}))
    return {**{name: one.get("default") for name, one in _properties(schema).items()}, **own}


def parameter_faults(raw: Mapping[str, Any], services: Services) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with the parameters of a trigger: the place below them, and a sentence."""
    trigger = raw.get("trigger", {})
    given, schema = trigger.get("parameters", {}), declared(trigger, services)
    if schema is None:
        if given:
            yield "", "the trigger takes no parameters"
        return
    properties = _properties(schema)
    for name in given:
        if name not in properties:
            near = difflib.get_close_matches(name, properties, n=1)
            hint = f"did you mean {near[0]}?" if near else f"it has {', '.join(properties) or 'none'}"
            yield f"/{name}", f"the trigger has no parameter `{name[:50]}`; {hint}"
        elif isinstance(given[name], list | Mapping):
            yield f"/{name}", "must be a single value"
        elif isinstance(given[name], str) and "{" in given[name]:
            for message in check(given[name], frozenset({"variables"})):
                yield f"/{name}", message
                return
    known = {name: value for name, value in given.items() if name in properties}
    try:
        filled = _filled(known, raw.get("variables", {}))
    except Bad as bad:
        yield "", str(bad)
        return
    for name, value in filled.items():
        if (misfit := _misfit(properties[name], value)) is not None:
            yield f"/{name}", misfit


def _filled(given: Mapping[str, Any], variables: Mapping[str, Any]) -> dict[str, Any]:
    known = {"variables": load(json.dumps(portable(variables)))}
    return {name: portable(fill(value, known)) for name, value in given.items()}


def _misfit(schema: Mapping[str, Any], value: Any) -> str | None:
    from jsonschema import Draft202012Validator

    error = next(Draft202012Validator(schema).iter_errors(value), None)
    if error is None:
        return None
    match error.validator:
        case "minimum":
            return f"must be at least {error.validator_value}"
        case "maximum":
            return f"must be at most {error.validator_value}"
        case "enum":
            return f"must be one of {', '.join(map(str, error.validator_value))}"
        case "type":
            kinds = error.validator_value
            return f"must be of type {kinds if isinstance(kinds, str) else ' or '.join(kinds)}"
        case _:
            return f"breaks the rule {error.validator} {error.validator_value}"


def _properties(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    found: Mapping[str, Any] = schema.get("properties", {})
    return found
