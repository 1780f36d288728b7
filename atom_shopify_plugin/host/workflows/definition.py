"""What a workflow is: ATOM's own shape, with a trigger, conditions, retries and approvals beside it.

::

    {"id": "vip", "name": "Tag big spenders", "description": "…", "variables": {"limit": 500},
     "trigger": {"key": "order_paid", "service": "…", "shop": "…", "when": {"tags": {"contains": "vip"}}}
                or {"every": 300}, {"cron": "0 9 * * *", "timezone": "Europe/Berlin"}; none: started by hand only
     "conditions": ["trigger.total_price >= variables.limit"],
     "steps": [{"id": "read", "type": "service_action", "service": "…", "action": "…",
                "parameters": {"id": "{{ trigger.customer.id }}"}, "when": "…", "shop": "…",
                "retry": {"count": 3, "backoff": 1}, "continue_on_error": false, "safe_to_repeat": true},
               {"id": "pause", "type": "delay", "delay_seconds": 60},
               {"id": "gate", "type": "condition", "condition": "read.amount > 3"},
               {"id": "ask", "type": "approval", "message": "Tag {{ read.name }}?", "expires_seconds": 86400},
               {"id": "tell", "type": "notify", "to": "team", "title": "…", "message": "{{ read.name }} is tagged."},
               {"id": "send", "type": "webhook", "url": "https://…/{{ read.id }}", "method": "POST",
                "headers": {"X-Key": {"secret": "erp_key"}}, "parameters": {"body": {…}}},
               {"id": "paid", "type": "data_transform", "transform_type": "filter", "condition": "item.paid",
                "parameters": {"input": "{{ read.orders }}"}}],
     "notify_approvals": ["team"]}

A step that fails ends the run, unless it says `continue_on_error` (or ATOM's ``"stop_on_failure": false``).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from atom_shopify_plugin.host.workflows import expressions, schedule
from atom_shopify_plugin.host.workflows.checks import checked
from atom_shopify_plugin.host.workflows.schema import SCHEMA, STEP_NEEDS

__all__ = [
    "DEEPEST", "NAMES", "UNREADABLE", "Definition", "Step", "doubts", "faults", "read", "shown", "started_by",
    "too_deep",
]  # fmt: skip

_TEXTS = ("when", "condition", "mapping")  # expressions with or without braces
_FILLED = ("message", "title", "to", "attachment", "shop", "url", "headers", "parameters")
_TRANSFORM_NEEDS = {"filter": "condition", "map": "mapping", "aggregate": "operation"}
_NOTICE_RETRY = {"count": 5, "backoff": 10.0}  # some five minutes: a target may be away for a moment

NAMES = frozenset({"trigger", "event", "input", "variables", "run", "steps", "errors"})
"""What every expression may read, besides the ids of the steps before it."""

QUESTION_SECONDS = 7 * 86_400.0

DEEPEST = 32
EXPRESSIONS_LIMIT = 50_000
"""Characters that the texts with expressions of one definition may have in all: reading them takes time."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step; `raw` is its declaration."""

    id: str
    type: str
    raw: Mapping[str, Any]

    @property
    def goes_on(self) -> bool:
        return bool(self.raw.get("continue_on_error", self.raw.get("stop_on_failure") is False))

    @property
    def retries(self) -> int:
        return int({**self._retry, **self.raw.get("retry", {})}["count"])

    @property
    def expires_seconds(self) -> float:
        """Seconds for which a question about the step waits for an answer."""
        return float(self.raw.get("expires_seconds", QUESTION_SECONDS))

    @property
    def backoff(self) -> float:
        return float({**self._retry, **self.raw.get("retry", {})}["backoff"])

    @property
    def _retry(self) -> Mapping[str, float]:
        return _NOTICE_RETRY if self.type == "notify" else {"count": 3, "backoff": 1.0}


@dataclass(frozen=True, slots=True)
class Definition:
    """A definition without faults."""

    raw: Mapping[str, Any]
    steps: tuple[Step, ...] = field(default=())

    @property
    def name(self) -> str:
        return str(self.raw.get("name", "Unnamed Workflow"))

    @property
    def trigger(self) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self.raw.get("trigger", {})
        return found

    @property
    def timed(self) -> bool:
        return "every" in self.trigger or "cron" in self.trigger

    def key(self, catalogue: Sequence[Mapping[str, Any]]) -> str | None:
        """Return the key of the event that starts it: the manifest's own, where it was called by another name."""
        named = self.trigger.get("key")
        entries = (entry for service in catalogue for entry in service["workflow_triggers"])
        return next((entry.get("alias_of", named) for entry in entries if entry["key"] == named), named)


UNREADABLE = (ValueError, LookupError, TypeError, AttributeError, RecursionError)
"""What reading a stored definition may raise where its text was damaged."""


def shown(text: str) -> dict[str, Any]:
    """Return a stored definition for people: an empty one, or fewer steps, in place of what can't be read."""
    try:
        raw = json.loads(text)
        steps = [step for step in raw.get("steps", ()) if isinstance(step["id"], str) and isinstance(step["type"], str)]
    except UNREADABLE:
        return {"steps": []}
    return {**raw, "steps": steps}


def started_by(raw: Mapping[str, Any]) -> str:
    """Return in words what starts a workflow, for "It is started by …"."""
    trigger = raw.get("trigger", {})
    if "key" in trigger:
        return f"the event {trigger['key']}"
    if "every" in trigger:
        return f"the clock, every {trigger['every']} seconds"
    return f"the clock, {trigger['cron']}" if "cron" in trigger else "a person"


def read(raw: Mapping[str, Any]) -> Definition:
    """Return a stored definition, which had no faults when it was stored."""
    return Definition(raw, tuple(Step(step["id"], step["type"], step) for step in raw["steps"]))


def faults(raw: Any, services: Sequence[Mapping[str, Any]]) -> list[dict[str, str]]:
    """Return everything that is wrong with a definition, each as ``{pointer, message}``.

    `services` are the manifests of the services that are installed.
    """
    found = [
        {"pointer": _pointer(error.absolute_path, error), "message": _message(error)}
        for error in _validator().iter_errors(raw)
    ]
    if found:
        return sorted(found, key=lambda fault: fault["pointer"])
    found += [
        _fault(f"/{member}", f"is nested more than {DEEPEST} levels deep")
        for member in ("variables", "input_schema")
        if too_deep(raw.get(member, {}))
    ]
    found += _input_schema(raw.get("input_schema", {}))
    found += _trigger(raw.get("trigger", {}), services)
    if not found and _characters(raw) > EXPRESSIONS_LIMIT:
        return [_fault("/", f"has texts with expressions of more than {EXPRESSIONS_LIMIT} characters in all")]
    for at, text in enumerate(raw.get("conditions", ())):
        found += _text(f"/conditions/{at}", text, NAMES - {"steps", "errors"}, expression=True)
    known = set(NAMES)
    seen: set[str] = set()
    for at, step in enumerate(raw["steps"]):
        here = f"/steps/{at}"
        if step["id"] in seen:
            found.append(_fault(f"{here}/id", f"`{step['id']}` is there twice"))
        if step["id"] in NAMES:
            found.append(_fault(f"{here}/id", f"`{step['id']}` is a name of its own in expressions; choose another"))
        found += _step(here, step, frozenset(known), services)
        seen.add(step["id"])
        known.add(step["id"])
    return found or checked(raw, services).faults


def doubts(raw: Mapping[str, Any], services: Sequence[Mapping[str, Any]]) -> list[dict[str, str]]:
    """Return which members a definition without faults reads that may not be there."""
    return checked(raw, services).doubts


def _characters(raw: Mapping[str, Any]) -> int:
    waiting: list[Any] = [member for step in raw["steps"] for member in step.values() if not too_deep(member)]
    texts = [*raw.get("conditions", ()), *(step[word] for step in raw["steps"] for word in _TEXTS if word in step)]
    total = sum(map(len, texts))
    while waiting:
        value = waiting.pop()
        if isinstance(value, str):
            total += len(value) if "{" in value else 0
        elif isinstance(value, Mapping | list):
            waiting += value.values() if isinstance(value, Mapping) else value
    return total


def _step(here: str, step: Mapping[str, Any], known: frozenset[str], services: Any) -> list[dict[str, str]]:
    found = [
        _fault(f"{here}/{member}", f"a step of type {step['type']} needs it")
        for member in STEP_NEEDS[step["type"]]
        if member not in step
    ]
    if step["type"] == "data_transform" and "transform_type" in step:
        needed = _TRANSFORM_NEEDS[step["transform_type"]]
        if needed not in step:
            found.append(_fault(f"{here}/{needed}", f"a transform of type {step['transform_type']} needs it"))
    if step["type"] == "data_transform" and "input" not in step.get("parameters", {}):
        found.append(_fault(f"{here}/parameters/input", "a step of type data_transform needs it"))
    for member in _TEXTS:
        if member in step:
            inner = known | {"item"} if step["type"] == "data_transform" and member != "when" else known
            found += _text(f"{here}/{member}", step[member], inner, expression=True)
    for member in _FILLED:
        if member in step:
            found += _texts(f"{here}/{member}", step[member], known)
    if step["type"] != "service_action" or found:
        return found
    service = next((one for one in services if one["id"] == step["service"]), None)
    if service is None:
        there = ", ".join(sorted(one["id"] for one in services)) or "none"
        found.append(_fault(f"{here}/service", f"there is no service `{step['service']}`; there are: {there}"))
    elif step["action"] not in {entry["key"] for entry in service["workflow_actions"]}:
        found.append(
            _fault(f"{here}/action", f"{step['service']} has no action `{step['action']}`{_near(step, service)}")
        )
    return found


def _near(step: Mapping[str, Any], service: Mapping[str, Any]) -> str:
    import difflib

    near = difflib.get_close_matches(step["action"], [entry["key"] for entry in service["workflow_actions"]], n=3)
    return f"; did you mean {', '.join(near)}?" if near else ""


def _input_schema(schema: Any) -> list[dict[str, str]]:
    """Return what keeps a person's `input_schema` from being a JSON Schema: expressions are checked by it."""
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import SchemaError

    if too_deep(schema):
        return []  # told already
    try:
        Draft202012Validator.check_schema(schema)
    except SchemaError as error:
        return [_fault(f"/input_schema{_pointer(error.absolute_path, error).rstrip('/')}", "is not a JSON Schema")]
    return []


def _trigger(trigger: Mapping[str, Any], services: Sequence[Mapping[str, Any]]) -> list[dict[str, str]]:
    if not trigger:
        return []
    kinds = [kind for kind in ("key", "every", "cron") if kind in trigger]
    if len(kinds) != 1:
        return [_fault("/trigger", "must hold exactly one of `key` (an event), `every` (seconds) and `cron`")]
    if kinds != ["key"]:
        if "when" in trigger:
            return [_fault("/trigger/when", "filters events; a schedule has none: use `conditions`")]
        if "parameters" in trigger:
            return [_fault("/trigger/parameters", "needs an event; a schedule has none")]
    if kinds == ["key"]:
        offered = [one for one in services if trigger.get("service", one["id"]) == one["id"]]
        if not any(entry["key"] == trigger["key"] for one in offered for entry in one["workflow_triggers"]):
            return [_fault("/trigger/key", f"no installed service has a trigger `{trigger['key']}`")]
        return []
    problem = schedule.problem(trigger)
    return [_fault(f"/trigger/{problem[0]}", problem[1])] if problem else []


def _texts(here: str, value: Any, known: frozenset[str]) -> list[dict[str, str]]:
    if too_deep(value):
        return [_fault(here, f"is nested more than {DEEPEST} levels deep")]
    if isinstance(value, str) and "{" in value:
        return _text(here, value, known)
    if isinstance(value, Mapping):
        return [fault for key, one in value.items() for fault in _texts(f"{here}/{_escaped(key)}", one, known)]
    if isinstance(value, list):
        return [fault for at, one in enumerate(value) for fault in _texts(f"{here}/{at}", one, known)]
    return []


def too_deep(value: Any) -> bool:
    """Tell whether a JSON value is nested more than `DEEPEST` levels deep."""
    level = [value]
    for _ in range(DEEPEST):
        level = [
            member
            for one in level
            if isinstance(one, Mapping | list)
            for member in (one.values() if isinstance(one, Mapping) else one)
        ]
        if not level:
            return False
    return any(isinstance(one, Mapping | list) for one in level)


def _text(pointer: str, text: str, known: frozenset[str], *, expression: bool = False) -> list[dict[str, str]]:
    return [_fault(pointer, message) for message in expressions.check(text, known, expression=expression)]


def _fault(pointer: str, message: str) -> dict[str, str]:
    return {"pointer": pointer, "message": message}


@cache
def _validator() -> Any:
    from jsonschema import Draft202012Validator

    return Draft202012Validator(SCHEMA)


def _pointer(path: Any, error: Any) -> str:
    parts = [str(part) for part in path]
    if error.validator == "required":
        parts += [next(iter(re.findall(r"'([^']+)'", error.message)), "")]
    return "".join(f"/{_escaped(part)}" for part in parts) or "/"


def _message(error: Any) -> str:
    match error.validator:
        case "required":
            return "is missing"
        case "additionalProperties":
            unknown = sorted(set(error.instance) - set(error.schema["properties"]))
            return f"has members that are not known: {', '.join(unknown)[:200]}"
        case "type":
            return f"must be of type {error.validator_value}"
        case "enum":
            return f"must be one of {', '.join(map(str, error.validator_value))}"
        case "pattern":
            return f"must match {error.validator_value}"
        case _:
            return f"breaks the rule {error.validator} {error.validator_value}"


def _escaped(part: Any) -> str:
    return str(part).replace("~", "~0").replace("/", "~1")
