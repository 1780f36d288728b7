"""The actions of a service as those of ATOM's FastAPI host: flat schemas, its answers, its way to fail."""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any

from atom_shopify_plugin.answers import refusal
from atom_shopify_plugin.host.adapter import StepFailed, named
from atom_shopify_plugin.host.changes import Changes

if TYPE_CHECKING:
    from atom_shopify_plugin.host.adapter import HostAdapter

__all__ = ["enter_actions", "flat_schema"]

log = logging.getLogger(__name__)

Handler = Callable[[Any, Any], Awaitable[Any]]

_KINDS = ("string", "integer", "number", "boolean", "array", "object")
_BESIDE = {
    "shop": {"type": "string", "description": "The store; by default the person's own choice."},
    "preview": {"type": "boolean", "description": "True: say what would be done, and do nothing."},
    "confirm": {"type": "string", "description": "The token of a confirmation that a person has given."},
    "idempotency_key": {"type": "string", "description": "A key under which a repeated call counts once."},
}


def enter_actions(
    adapter: HostAdapter, service: str, manifest: Mapping[str, Any], registry: Any, changes: Changes
) -> None:
    """Register every action under ``<service>_<name>``, with a note of what stood there."""
    table = getattr(registry, "_actions", None)
    for entry in manifest["workflow_actions"]:
        name = f"{service}_{entry['key']}"
        before = table.get(name) if isinstance(table, dict) else None
        known = isinstance(table, dict) and name in table
        reads = entry.get("effect", "read") == "read"
        registry.register(
            name,
            _handler(adapter, service, entry["key"]),
            str(entry["description"]),
            flat_schema(entry.get("input", {}), reads=reads),
            [{"fact": "workspace_id", "op": "exists"}],
            [] if reads else [{"effect": f"{service}_{entry.get('alias_of', entry['key'])}"}],
        )
        if isinstance(table, dict):
            made = table[name]
            if known:
                table[name] = before
            else:
                del table[name]
            changes.put(table, name, made)


def flat_schema(schema: Mapping[str, Any], *, reads: bool) -> dict[str, Any]:
    """Return the schema of an input as the host's listing reads it: each property an object with one type."""
    properties = {name: _flat(one) for name, one in schema.get("properties", {}).items()}
    beside = {name: dict(one) for name, one in _BESIDE.items() if name == "shop" or not reads}
    required = [name for name in schema.get("required", ()) if name in properties]
    return {
        "type": "object",
        "properties": {**properties, **{name: one for name, one in beside.items() if name not in properties}},
        "required": required,
    }


def _flat(schema: Any) -> dict[str, Any]:
    if not isinstance(schema, Mapping):
        return {"type": "object"}
    found = {
        name: schema[name]
        for name in ("description", "enum", "minimum", "maximum", "maxLength", "default", "items")
        if name in schema
    }
    return {"type": _kind(schema), **found}


def _kind(schema: Mapping[str, Any]) -> str:
    told = schema.get("type")
    kinds = [told] if isinstance(told, str) else list(told or ())
    for choice in (*schema.get("anyOf", ()), *schema.get("oneOf", ())):
        if isinstance(choice, Mapping):
            kinds.append(_kind(choice))
    if "properties" in schema:
        kinds.append("object")
    return next((kind for kind in kinds if kind in _KINDS), "string")


def _handler(adapter: HostAdapter, service: str, action: str) -> Handler:
    async def handle(args: Any, context: Any = None) -> Any:
        return await asyncio.to_thread(_run, adapter, service, action, args, context)

    handle.__name__ = handle.__qualname__ = f"{service}_{action}"
    return handle


def _run(adapter: HostAdapter, service: str, action: str, args: Any, context: Any) -> dict[str, Any]:
    """Run an action; a failure is returned, but raised in a step of a workflow."""
    from atom_shopify_plugin.host.workflows.values import portable

    context = context if isinstance(context, Mapping) else {}
    step = context.get("execution_id") is not None
    answer = _answer(adapter, service, action, {} if args is None else args, context, step=step)
    if answer["ok"]:
        return {**named(adapter.services()[service], action, portable(answer)), "success": True}
    error = answer["error"]
    message = str(error.get("message") or "The call failed.")
    if step:
        raise StepFailed(message)
    code = str(error.get("code") or "failed").lower()
    told = {"error": f"no_{service}_store" if code == "store_not_connected" else code, "message": message}
    return {"success": False, **told, **{name: error[name] for name in ("details", "request_id") if name in error}}


def _answer(
    adapter: HostAdapter, service: str, action: str, args: Any, context: Mapping[str, Any], *, step: bool
) -> dict[str, Any]:
    request_id = uuid.uuid4().hex
    try:
        principal = adapter.acting(context)
    except Exception:  # the edge to the host, whose user can't be read
        log.exception("request %s: the caller of %s is not known", request_id, action)
        return _failed("INTERNAL_ERROR", refusal(500)[1], request_id)
    if principal is None:
        return _failed("AUTH_ERROR", "There is neither a user nor a workspace: sign in first.", request_id)
    if isinstance(args, Mapping):
        args = {name: value for name, value in args.items() if name not in ("workspace_id", "tenant_id")}
    return adapter.run(service, action, args, via="workflow" if step else "agent", principal=principal)


def _failed(code: str, message: str, request_id: str) -> dict[str, Any]:
    return {"ok": False, "error": {"code": code, "message": message, "request_id": request_id, "details": {}}}
