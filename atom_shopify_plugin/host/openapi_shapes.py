"""Shapes of the host's answers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from atom_shopify_plugin.apidoc import (
    COUNT,
    ERROR,
    FLAG,
    MOMENT,
    TEXT,
    Answer,
    list_of,
    nullable,
    object_of,
    one_of,
    ref,
)
from atom_shopify_plugin.host.limits import RUN_STATES
from atom_shopify_plugin.host.workflows.schema import SCHEMA

__all__ = ["SHAPES", "atom", "atom_body", "envelope", "good"]

_ANY: Mapping[str, Any] = {}
_TEXT_OR_NONE = nullable(TEXT)
_MOMENT_OR_NONE = nullable(MOMENT)
_FAULT = {"type": ["object", "null"]}


def _portable(schema: Any) -> Any:
    """Return a schema whose patterns end as JSON Schema's do, with ``$``, and not as Python's."""
    if isinstance(schema, Mapping):
        return {
            key: value.replace(r"\Z", "$") if key == "pattern" and isinstance(value, str) else _portable(value)
            for key, value in schema.items()
        }
    return [_portable(item) for item in schema] if isinstance(schema, list) else schema


_ENTRY = {
    "id": TEXT,
    "name": TEXT,
    "status": TEXT,
    "type": TEXT,
    "description": TEXT,
    "health": ref("Health"),
    "last_checked": MOMENT,
    **dict.fromkeys(("capabilities", "workflow_triggers", "workflow_actions", "chat_commands"), list_of(TEXT)),
}
_WORKFLOW = {
    "id": TEXT,
    "name": _ANY,
    "service_id": TEXT,
    "workflow_config": {"type": "object"},
    "created_by": TEXT,
    "created_at": MOMENT,
    "updated_at": MOMENT,
    "version": {"type": "integer", "minimum": 1},
    "runnable": FLAG,
    "next_at": {"type": ["number", "null"], "description": "When it starts next, in seconds since 1970."},
}
_RUN = {
    "id": TEXT,
    "workflow_id": TEXT,
    "workflow_version": {"type": "integer"},
    "workflow_name": _ANY,
    "created_by": TEXT,
    "cause": TEXT,
    "event": {"type": "object"},
    "shop": _TEXT_OR_NONE,
    "state": one_of(*RUN_STATES),
    "note": _TEXT_OR_NONE,
    "error": _FAULT,
    "chain": object_of({"id": TEXT, "depth": COUNT}),
    **dict.fromkeys(("created_at",), MOMENT),
    **dict.fromkeys(("started_at", "finished_at", "wake_at"), _MOMENT_OR_NONE),
}
_STEP = object_of(
    {
        "id": TEXT,
        "type": TEXT,
        "service": _TEXT_OR_NONE,
        "action": _TEXT_OR_NONE,
        "state": TEXT,
        "attempts": COUNT,
        "input": _ANY,
        "output": _ANY,
        "error": _FAULT,
        **dict.fromkeys(("started_at", "finished_at", "wake_at"), _MOMENT_OR_NONE),
    }
)

SHAPES: Mapping[str, Any] = {
    "Error": ERROR,
    "Status": one_of("ok", "degraded", "down"),
    "Health": one_of("healthy", "degraded", "unhealthy"),
    "Check": object_of({"name": TEXT, "status": ref("Status"), "detail": TEXT, "data": {"type": "object"}}),
    "Service": object_of(_ENTRY, more=True),
    "Definition": _portable(SCHEMA),
    "Workflow": object_of(_WORKFLOW),
    "Approval": object_of(
        {
            "id": TEXT,
            "run_id": TEXT,
            "step_id": TEXT,
            "reason": TEXT,
            "details": _ANY,
            "state": one_of("waiting", "approved", "refused", "expired", "void"),
            "decided_by": _TEXT_OR_NONE,
            "created_at": MOMENT,
            "decided_at": _MOMENT_OR_NONE,
            "expires_at": _MOMENT_OR_NONE,
            "question": TEXT,
            "workflow_id": _TEXT_OR_NONE,
            "workflow_name": _TEXT_OR_NONE,
            "notices": list_of(
                object_of(
                    {
                        "to": TEXT,
                        "state": one_of("waiting", "sent", "failed", "void"),
                        "attempts": COUNT,
                        "error": _FAULT,
                        "at": _MOMENT_OR_NONE,
                    }
                )
            ),
        }
    ),
    "Run": object_of(_RUN),
    "DryStep": object_of(
        {
            "id": TEXT,
            "type": TEXT,
            "would": one_of(
                *("run", "skip", "wait", "ask", "go_on", "end", "fail"),
                # The result of an earlier step is not known, or the run would not come to this one.
                *("unknown", "not_reached"),
            ),
            "why": TEXT,
        },
        {
            "service": TEXT,
            "action": TEXT,
            "parameters": {"type": "object"},
            "message": {},
            "asks": {**FLAG, "description": "Whether the action asks for a yes first."},
            "preview": {"description": "What the action would do, as its service says."},
            "result": {"description": "What an action answered that only reads."},
            "error": {"type": "object"},
        },
    ),
    "RunInFull": object_of(
        {**_RUN, "input": {"type": "object"}, "steps": list_of(_STEP), "approvals": list_of(ref("Approval"))}
    ),
    "Execution": object_of(
        {
            "execution_id": TEXT,
            "workflow_id": TEXT,
            "status": one_of("pending", "running", "completed", "failed", "cancelled"),
            "state": one_of(*RUN_STATES),
            "start_time": MOMENT,
            "end_time": _MOMENT_OR_NONE,
            "current_step": COUNT,
            "total_steps": COUNT,
            "trigger_data": {"type": "object"},
            "results": {"type": "object", "additionalProperties": {"type": "object"}},
            "errors": list_of(TEXT),
            "note": _TEXT_OR_NONE,
            "approvals": list_of(ref("Approval")),
        }
    ),
}


def envelope(data: Mapping[str, Any], beside: Mapping[str, Any], page: Mapping[str, Any]) -> dict[str, Any]:
    """Return the schema of a success; `beside` are members beside the envelope's own."""
    fine = {"ok": {"const": True}, "success": {"const": True}}
    return object_of({**beside, **fine, "data": data, "page": page, "meta": object_of({"request_id": TEXT})})


def good(page: Mapping[str, Any] | None = None, **members: Any) -> Answer:
    """Return an answer whose `data` has these members."""
    return Answer.json(envelope(object_of(members), {}, page or {"type": "null"}))


def atom(**members: Any) -> Answer:
    """Return an answer whose members ATOM's own clients read at the top level; `data` holds them, too."""
    return Answer.json(atom_body(object_of(members)))


def atom_body(members: Mapping[str, Any]) -> dict[str, Any]:
    """Return the schema of such an answer."""
    return envelope(members, members["properties"], {"type": "null"})
