"""The tools that are not actions: finding and listing tools, operations, undo."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from atom_shopify_plugin.agents.tools import Tool

__all__ = ["MOST", "OWN", "SECONDS"]

MOST = 60
"""How many actions one call of activate_tools may add."""
SECONDS = 20
"""How long a call waits for work that Shopify has accepted."""

_ID = {"type": "string", "minLength": 1, "maxLength": 64}
_NAMES = {"type": "array", "items": {"type": "string", "minLength": 1, "maxLength": 100}, "maxItems": MOST}
_ANSWER: Mapping[str, Any] = {
    "type": "object",
    "required": ["ok"],
    "properties": {
        "ok": {"type": "boolean"},
        "data": {},
        "meta": {"type": "object"},
        "error": {"type": "object", "required": ["code", "message", "retryable"]},
    },
}
_LOOKS = {"readOnly": True, "destructive": False, "idempotent": True, "openWorld": False}


def _tool(name: str, title: str, description: str, hints: Mapping[str, bool], **members: Any) -> Tool:
    required = [member for member, schema in members.items() if schema.pop("needed", False)]
    given = {
        "type": "object",
        "additionalProperties": False,
        "properties": members,
        **({"required": required} if required else {}),
    }
    return Tool(name, title, description, given, _ANSWER, hints)


OWN: Mapping[str, Tool] = {
    tool.name: tool
    for tool in (
        _tool(
            "find_tools",
            "Find tools",
            "Search all tools for Shopify stores by words, such as “refund an order”, or list those of a domain. The "
            "answer states each tool's effect and whether it is active. Activate what you need with activate_tools.",
            _LOOKS,
            query={"type": "string", "maxLength": 200, "description": "What you want to do, in a few words."},
            domain={"type": "string", "maxLength": 40, "description": "A domain, such as orders, products, inventory."},
            limit={"type": "integer", "minimum": 1, "maximum": 200, "default": 10},
        ),
        _tool(
            "activate_tools",
            "Activate tools",
            "Add tools to your list of tools, by name or by domain, or remove them. The list of tools changes at once.",
            {**_LOOKS, "readOnly": False},
            names={**_NAMES, "description": "Names of tools."},
            domains={**_NAMES, "maxItems": 40, "description": "Domains, such as inventory: all tools of each."},
            remove={"type": "boolean", "default": False, "description": "Remove them from the list instead."},
        ),
        _tool(
            "operation_get",
            "Follow an operation",
            "Return the outcome of work that Shopify does in the background: its result when it has finished, "
            f"its progress before that. It waits up to {SECONDS} seconds for it to finish.",
            {**_LOOKS, "openWorld": True},
            id={**_ID, "needed": True, "description": "The id of the operation."},
            wait={"type": "integer", "minimum": 0, "maximum": SECONDS, "default": SECONDS, "description": "Seconds."},
        ),
        _tool(
            "operation_cancel",
            "Stop following an operation",
            "Stop tracking an operation. Shopify may still complete it.",
            {"readOnly": False, "destructive": False, "idempotent": True, "openWorld": True},
            id={**_ID, "needed": True, "description": "The id of the operation."},
        ),
        _tool(
            "undo_change",
            "Undo a change",
            "Undo an earlier change by its audit_id, which is part of the answer to the write. It is refused as stale "
            "if somebody has changed the same fields since.",
            {"readOnly": False, "destructive": True, "idempotent": True, "openWorld": True},
            audit_id={**_ID, "needed": True, "description": "The audit_id of the change."},
            preview={"type": "boolean", "default": False, "description": "Only show what would happen."},
            force={"type": "boolean", "default": False, "description": "Overwrite what was changed since."},
            confirm={"type": "string", "minLength": 1, "maxLength": 255, "description": "A confirmation_token."},
        ),
    )
}
