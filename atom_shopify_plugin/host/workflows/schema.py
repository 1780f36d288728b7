"""The structure of a definition as JSON Schema; what a schema can't say is checked in ``definition``."""

from __future__ import annotations

__all__ = ["ATTACHED", "SCHEMA", "STEP_NEEDS"]

_NAME = {"type": "string", "minLength": 1, "maxLength": 200}
_TEXT = {"type": "string", "maxLength": 4_000}
ATTACHED = ("text/html", "text/csv", "text/plain")
"""Media types of what a notice may bring along."""
STEP_NEEDS = {
    "service_action": ("service", "action"),
    "condition": ("condition",),
    "delay": ("delay_seconds",),
    "approval": (),
    "notify": ("message",),
    "webhook": ("url",),
    "data_transform": (),
}
_STEP = {
    "type": "object",
    "required": ["id", "type"],
    "additionalProperties": False,
    "properties": {
        "id": {"type": "string", "pattern": r"^[A-Za-z0-9_-]{1,64}\Z"},
        "type": {"enum": list(STEP_NEEDS)},
        "name": _NAME,
        "service": _NAME,
        "action": _NAME,
        "parameters": {"type": "object"},
        "shop": _TEXT,
        "when": _TEXT,
        "condition": _TEXT,
        "message": _TEXT,
        "to": _TEXT,
        "title": _TEXT,
        "attachment": {
            "type": "object",
            "required": ["name", "type", "content"],
            "additionalProperties": False,
            "properties": {"name": _NAME, "type": {"enum": list(ATTACHED)}, "content": _TEXT},
        },
        "url": _TEXT,
        "method": {"enum": ["GET", "POST", "PUT", "PATCH", "DELETE"]},
        "headers": {
            "type": "object",
            "maxProperties": 20,
            "additionalProperties": {
                "anyOf": [
                    _TEXT,
                    {
                        "type": "object",
                        "required": ["secret"],
                        "additionalProperties": False,
                        "properties": {"secret": _NAME},
                    },
                ]
            },
        },
        "transform_type": {"enum": ["filter", "map", "aggregate"]},
        "mapping": _TEXT,
        "operation": {"enum": ["sum", "average", "count", "min", "max"]},
        "expires_seconds": {"type": "number", "minimum": 60, "maximum": 90 * 86_400},
        "delay_seconds": {"type": "number", "minimum": 0, "maximum": 30 * 86_400},
        "retry": {
            "type": "object",
            "additionalProperties": False,
            "properties": {
                "count": {"type": "integer", "minimum": 0, "maximum": 20},
                "backoff": {"type": "number", "minimum": 0, "maximum": 3_600},
            },
        },
        "continue_on_error": {"type": "boolean"},
        "stop_on_failure": {"type": "boolean"},
        "safe_to_repeat": {"type": "boolean"},
    },
}
_TRIGGER = {
    "type": "object",
    "additionalProperties": False,
    "minProperties": 1,
    "properties": {
        "key": _NAME,
        "service": _NAME,
        "shop": _NAME,
        "ignore_own_changes": {"type": "boolean"},
        "when": {"type": ["object", "array"]},
        "parameters": {"type": "object", "maxProperties": 20},
        "every": {"type": "number", "minimum": 1, "maximum": 366 * 86_400},
        "cron": {"type": "string", "maxLength": 200},
        "timezone": {"type": "string", "maxLength": 100},
    },
}
SCHEMA = {
    "type": "object",
    "required": ["steps"],
    "additionalProperties": False,
    "properties": {
        "id": {"type": "string", "pattern": r"^[A-Za-z0-9_.:-]{1,128}\Z"},
        "name": _NAME,
        "description": _TEXT,
        "variables": {"type": "object"},
        "trigger": _TRIGGER,
        "conditions": {"type": "array", "items": _TEXT, "maxItems": 20},
        "shop": _NAME,
        "notify_approvals": {"type": "array", "maxItems": 10, "items": _NAME},
        "input_schema": {"type": "object"},
        "steps": {"type": "array", "minItems": 1, "maxItems": 100, "items": _STEP},
        # What this host adds when it shows a definition; taken back without a word.
        "created_at": {},
        "updated_at": {},
        "version": {},
    },
}
