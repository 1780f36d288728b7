"""A service as the class by which ATOM's FastAPI host reaches it in code: in steps, by agents and for its knowledge.

The host makes objects of that class wherever it needs one, and keeps some. So its methods are replaced, in the class
itself, by ours of the same names; those that no action answers stay the host's. What a method is given as a token does
not count: the store is one of the person for whom the plugins act.
"""

from __future__ import annotations

import asyncio
import inspect
import logging
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from atom_shopify_plugin.host.adapter import StepFailed, registry_entry
from atom_shopify_plugin.host.changes import Changes

if TYPE_CHECKING:
    from atom_shopify_plugin.hookspecs import Principal
    from atom_shopify_plugin.host.adapter import HostAdapter

__all__ = ["enter_service"]

log = logging.getLogger(__name__)

_CREDENTIALS = ("access_token", "shop")  # what every method of such a class is given first
_COUNTS = "_count"  # the end of the name of a method that returns a number
_COMPLEXITY = {"read": 1, "write": 3, "destructive": 4}
# Members of a method's parameters whose names differ from those of our inputs: method → its name → ours.
_NAMES: Mapping[str, Mapping[str, str]] = {
    "get_customer": {"customer_id": "id"},
    "calculate_refund": {"order_id": "id", "line_items": "lines"},
    "complete_draft_order": {"draft_order_id": "id"},
    "get_transactions": {"order_id": "id"},
}
_WHOLE = {"create_product": "product"}  # the parameter that is the whole input
_ANY = {"get_order_count": "status"}  # where the word ``any`` is no filter


def enter_service(adapter: HostAdapter, service: str, owner: type, changes: Changes) -> None:
    """Replace the methods of the host's class that actions of the service answer, with a note of what stood there."""
    actions = {one["key"] for one in adapter.services()[service]["workflow_actions"]}
    for name, method in list(vars(owner).items()):
        if name in actions and inspect.iscoroutinefunction(method):
            changes.attribute(owner, name, _method(adapter, service, name, _given(method)))
    own = vars(owner).get("execute_operation")
    if inspect.iscoroutinefunction(own):
        changes.attribute(owner, "execute_operation", _operation(adapter, service, actions, own))
    changes.attribute(owner, "get_capabilities", _capabilities(adapter, service))
    changes.attribute(owner, "get_operations", _operations(adapter, service))
    health = _health(adapter, service)
    if inspect.iscoroutinefunction(getattr(owner, "health_check", None)):
        changes.attribute(owner, "health_check", _awaited(health))
    else:
        changes.attribute(owner, "health_check", health)


def _given(method: Callable[..., Any]) -> list[str]:
    """Return the names of a method's parameters in their order, without the object itself."""
    return list(inspect.signature(method).parameters)[1:]


def _method(adapter: HostAdapter, service: str, action: str, names: list[str]) -> Callable[..., Any]:
    async def run(self: Any, *args: Any, **given: Any) -> Any:
        given = {**dict(zip(names, args, strict=False)), **given}
        principal = adapter.principal
        if principal is not None and _tenant(self) not in ("default", principal.tenant):
            raise StepFailed(f"{service} acts here for another workspace: call its actions instead.")
        return await asyncio.to_thread(_run, adapter, service, action, given, principal)

    run.__name__ = run.__qualname__ = action
    return run


def _tenant(instance: Any) -> str:
    return str(getattr(instance, "tenant_id", None) or "default")


def _run(adapter: HostAdapter, service: str, action: str, given: Mapping[str, Any], principal: Principal | None) -> Any:
    """Run an action and return its data as plain lists and objects; raise `StepFailed`."""
    answer = adapter.run(service, action, _input(action, given), via="workflow", principal=principal)
    if not answer["ok"]:
        raise StepFailed(str(answer["error"].get("message") or "The call failed."))
    if "pending" in answer:
        raise StepFailed(f"{service} has begun {action} and is still working on it. Do not run it again.")
    from atom_shopify_plugin.host.workflows.values import portable

    data = portable(answer.get("data"))
    if isinstance(data, Mapping) and isinstance(data.get("items"), list):
        return data["items"]
    if isinstance(data, Mapping) and action.endswith(_COUNTS) and "count" in data:
        return data["count"]
    return data


def _input(action: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the input of an action, made of what a method was given. What is null or empty is not set."""
    shop = given.get("shop")
    found = {name: value for name, value in given.items() if name not in _CREDENTIALS and value not in (None, "")}
    whole = found.pop(_WHOLE.get(action, ""), None)
    if isinstance(whole, Mapping):
        found |= whole
    if found.get(_ANY.get(action, "")) == "any":
        del found[_ANY[action]]
    renamed = {_NAMES.get(action, {}).get(name, name): value for name, value in found.items()}
    return {**renamed, "shop": shop} if isinstance(shop, str) and shop else renamed


def _operation(adapter: HostAdapter, service: str, actions: set[str], own: Callable[..., Any]) -> Callable[..., Any]:
    async def execute_operation(self: Any, operation: str, parameters: Any, context: Any = None) -> Any:
        if operation not in actions:
            return await own(self, operation, parameters, context)
        context = context if isinstance(context, Mapping) else {}
        known = {name: context[name] for name in ("user", "user_id", "workspace_id") if context.get(name) is not None}
        failed = {"success": False, "operation": operation}
        try:
            principal = adapter.acting(known) if known else adapter.principal
            if principal is None:
                return {**failed, "error": "There is no person to act for: sign in first."}
            if not known and _tenant(self) not in ("default", principal.tenant):
                return {**failed, "error": "The plugins act here for another workspace."}
            given = parameters if isinstance(parameters, Mapping) else {}
            result = await asyncio.to_thread(_run, adapter, service, operation, given, principal)
        except StepFailed as error:
            return {**failed, "error": str(error)}
        except Exception:  # the edge to the host
            log.exception("the operation %s of %s failed", operation, service)
            return {
                **failed,
                "error": "The call failed because of an internal error of the plugin; the log has the details.",
            }
        return {"success": True, "result": result}

    return execute_operation


def _listed(adapter: HostAdapter, service: str) -> list[tuple[Mapping[str, Any], int]]:
    entries = adapter.services()[service]["workflow_actions"]
    return [(one, _COMPLEXITY.get(str(one.get("effect", "read")), 3)) for one in entries]


def _capabilities(adapter: HostAdapter, service: str) -> Callable[[Any], dict[str, Any]]:
    def get_capabilities(self: Any) -> dict[str, Any]:  # noqa: ARG001  # a method of the host's class
        operations = [
            {"id": one["key"], "name": str(one.get("title") or one["key"]), "complexity": complexity}
            for one, complexity in _listed(adapter, service)
        ]
        return {"operations": operations, "supports_webhooks": True}

    return get_capabilities


def _operations(adapter: HostAdapter, service: str) -> Callable[[Any], list[dict[str, Any]]]:
    def get_operations(self: Any) -> list[dict[str, Any]]:  # noqa: ARG001  # as above
        from atom_shopify_plugin.host.fastapi_actions import flat_schema

        return [
            {
                "name": one["key"],
                "description": str(one["description"]),
                "parameters": flat_schema(one.get("input", {}), reads=complexity == 1),
                "complexity": complexity,
            }
            for one, complexity in _listed(adapter, service)
        ]

    return get_operations


def _health(adapter: HostAdapter, service: str) -> Callable[[Any], dict[str, Any]]:
    def health_check(self: Any) -> dict[str, Any]:  # noqa: ARG001  # as above
        try:
            entry = registry_entry(adapter, service, known=True)
        except Exception:  # the edge to the host
            log.exception("the health of %s is not known", service)
            entry = {"health": "unhealthy", "status": "error", "last_checked": None}
        return {
            "healthy": entry["health"] == "healthy" and entry["status"] == "connected",
            "message": f"{service} is {entry['status']}",
            "timestamp": entry["last_checked"],
            "last_check": entry["last_checked"],
        }

    return health_check


def _awaited(function: Callable[[Any], Any]) -> Callable[[Any], Any]:
    async def health_check(self: Any) -> Any:
        return await asyncio.to_thread(function, self)

    return health_check
