"""What a definition reads and passes on, compared with what its trigger and its actions declare."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from atom_shopify_plugin.host.workflows.filter_checks import filter_faults
from atom_shopify_plugin.host.workflows.inputs import input_faults
from atom_shopify_plugin.host.workflows.lookups import Lookups, Schema, branches, schema_of, types_of
from atom_shopify_plugin.host.workflows.subscribing import parameter_faults

__all__ = ["Checked", "checked", "sample_of"]

_TEXT: Schema = {"type": "string"}
_RESULTS: Mapping[str, Schema] = {
    "condition": schema_of({"result": True}),
    "delay": schema_of({"waited_seconds": 1.0}),
    "approval": schema_of({"approved": True, "by": ""}),
    "notify": schema_of({"sent": True, "to": ""}),
    "webhook": schema_of({"status_code": 1, "response_text": "", "headers": None, "json": None, "truncated": True}),
}
"""What the steps answer that call no action."""

_PAGE = schema_of({"next": "", "has_more": True})
"""Where a list goes on, which the step of a list answers beside its data."""

_RUN = schema_of({"id": "", "cause": "", "shop": ""})
_EVENT = schema_of({"key": "", "shop": "", "dedupe_key": ""})
_ENOUGH = 100  # findings that are told: looking for names that are near takes time
_EXPRESSIONS = ("when", "condition", "mapping")
_FILLED = ("message", "title", "to", "attachment", "shop", "url", "headers", "parameters")


class Checked:
    """What was found: `faults` can't work, `doubts` may fail; each is ``{pointer, message}``."""

    def __init__(self) -> None:
        self.faults: list[dict[str, str]] = []
        self.doubts: list[dict[str, str]] = []

    def take(self, pointer: str, lookups: Lookups) -> None:
        """Take over what was noted while the text at `pointer` was looked through."""
        self.faults += [{"pointer": pointer, "message": message} for message in lookups.faults]
        self.doubts += [{"pointer": pointer, "message": message} for message in lookups.doubts]
        lookups.faults, lookups.doubts = [], []


def checked(raw: Mapping[str, Any], services: Sequence[Mapping[str, Any]]) -> Checked:
    """Return what is wrong with the members and parameters of a definition that has no other faults."""
    found = Checked()
    known: dict[str, Schema] = {
        "trigger": _payload(raw.get("trigger", {}), services),
        "variables": schema_of(raw.get("variables", {})),
        "input": raw.get("input_schema", {}),
        "run": _RUN,
        "event": {} if "key" not in raw.get("trigger", {}) else _EVENT,
    }
    for place, message in parameter_faults(raw, services):
        found.faults.append({"pointer": f"/trigger/parameters{place}", "message": message})
    if "when" in raw.get("trigger", {}):
        faults, doubts = filter_faults(raw["trigger"]["when"], known["trigger"], raw.get("variables", {}))
        found.faults += [{"pointer": f"/trigger/when{place}", "message": message} for place, message in faults]
        found.doubts += [{"pointer": f"/trigger/when{place}", "message": message} for place, message in doubts]
    lookups = Lookups(known)
    for at, text in enumerate(raw.get("conditions", ())):
        lookups.check(text, expression=True)
        found.take(f"/conditions/{at}", lookups)
    answers: dict[str, Schema] = {}
    known["steps"] = {"type": "object", "properties": answers, "additionalProperties": False}
    for at, step in enumerate(raw["steps"]):
        if len(found.faults) + len(found.doubts) > _ENOUGH:
            break
        pointer = f"/steps/{at}"
        transform = _Transform(step, lookups) if step["type"] == "data_transform" else None
        for member in _EXPRESSIONS:
            if member in step:
                inner = lookups if transform is None or member == "when" else transform.lookups(known)
                value = inner.check(step[member], expression=True)
                found.take(f"{pointer}/{member}", inner)
                if transform is not None:
                    transform.checked(member, value)
        action = _action(step, services)
        parameters = step.get("parameters", {})
        for member in _FILLED:
            for place, text in _texts(step.get(member), f"{pointer}/{member}"):
                if len(found.faults) + len(found.doubts) > _ENOUGH:
                    break
                lookups.check(text)
                found.take(place, lookups)
        if transform is not None and (fault := transform.fault):
            found.faults.append({"pointer": f"{pointer}/parameters/input", "message": fault})
        if action is not None and isinstance(action.get("input"), Mapping):
            for place, message in input_faults(action, parameters, Lookups(known)):
                found.faults.append({"pointer": f"{pointer}/parameters{place}", "message": message})
        answer = _answer(step, action, raw) if transform is None else transform.answer
        answers[step["id"]] = known[step["id"]] = answer
    return found


class _Transform:
    """What is known of the input and the output of a `data_transform` step."""

    def __init__(self, step: Mapping[str, Any], lookups: Lookups) -> None:
        self._type = step.get("transform_type")
        given = step["parameters"]["input"]
        # What is wrong with the text is noted when all parameters are looked through.
        quiet = Lookups(lookups.known)
        self._input = quiet.check(given) if isinstance(given, str) and "{" in given else schema_of(given)
        self._mapped: Schema = {}

    def lookups(self, known: Mapping[str, Schema]) -> Lookups:
        """Return what looks through texts that read each member of the input as ``item``."""
        items = [branch.get("items", {}) for branch in branches(self._input) if "array" in types_of(branch)]
        return Lookups({**known, "item": items[0] if len(items) == 1 else {}})

    def checked(self, member: str, value: Schema) -> None:
        if member == "mapping":
            self._mapped = value

    @property
    def fault(self) -> str | None:
        kinds = {kind for branch in branches(self._input) for kind in types_of(branch)}
        if self._type is None or not kinds or "array" in kinds or not all(map(types_of, branches(self._input))):
            return None
        return f"must be a list, and what it reads is {', '.join(sorted(kinds))}"

    @property
    def answer(self) -> Schema:
        output = {
            "filter": self._input,
            "map": {"type": "array", "items": self._mapped},
            "aggregate": {"type": "number"},
            None: self._input,
        }[self._type]
        return {"type": "object", "properties": {"output": output}, "additionalProperties": False}


def _payload(trigger: Mapping[str, Any], services: Sequence[Mapping[str, Any]]) -> Schema:
    """Return what is known of an event's payload."""
    for service in services:
        if trigger.get("service", service["id"]) == service["id"]:
            for entry in service["workflow_triggers"]:
                if entry["key"] == trigger.get("key"):
                    payload: Schema = entry.get("payload", {})
                    return payload
    return {}


def sample_of(raw: Mapping[str, Any], services: Sequence[Mapping[str, Any]]) -> Mapping[str, Any] | None:
    """Return a payload as the trigger of a definition brings it, None where its plugin gives no example."""
    trigger = raw.get("trigger", {})
    examples = _payload(trigger if isinstance(trigger, Mapping) else {}, services).get("examples") or [None]
    sample: Mapping[str, Any] | None = examples[0]
    return sample


def _action(step: Mapping[str, Any], services: Sequence[Mapping[str, Any]]) -> Mapping[str, Any] | None:
    for service in services:
        if step["type"] == "service_action" and service["id"] == step["service"]:
            return next((entry for entry in service["workflow_actions"] if entry["key"] == step["action"]), None)
    return None


def _answer(step: Mapping[str, Any], action: Mapping[str, Any] | None, raw: Mapping[str, Any]) -> Schema:
    """Return what is known of the value of a step; nothing where it may act in several stores."""
    if step["type"] in _RESULTS:
        return _RESULTS[step["type"]]
    shop = str(step.get("shop", raw.get("shop", "")))
    several = "," in shop or "{" in shop or shop == "all"
    output = {} if several or action is None else action.get("output", {})
    if "items" not in output.get("properties", {}):
        return output
    return {**output, "properties": {**output["properties"], "page": _PAGE}}


def _texts(value: Any, pointer: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, str) and "{" in value:
        yield pointer, value
    elif isinstance(value, Mapping):
        for name, member in value.items():
            yield from _texts(member, f"{pointer}/{str(name).replace('~', '~0').replace('/', '~1')}")
    elif isinstance(value, list):
        for at, member in enumerate(value):
            yield from _texts(member, f"{pointer}/{at}")
