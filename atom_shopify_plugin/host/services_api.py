"""ATOM's endpoints over the service registry, in ATOM's shapes and with live data.

Two of them only pretend in ATOM and work here: `register-workflow` stores the workflow, and `test-chat-command` runs
the command (``simulated`` is false), if it is one that reads.
"""

from __future__ import annotations

import re
from typing import Any

from flask import Blueprint, Response, current_app

from atom_shopify_plugin.host.http import Problem, atom_answer, caller, json_body, request_id
from atom_shopify_plugin.host.registry import Registry, now

__all__ = ["blueprint"]

blueprint = Blueprint("atom_services", __name__, url_prefix="/api/services")
_SLOT = re.compile(r"\\\{[a-z_]+\\\}")


@blueprint.before_request
def _signed_in() -> None:
    caller()


def _registry() -> Registry:
    registry: Registry = current_app.extensions["atom_host"].registry
    return registry


def _known(service_id: Any) -> dict[str, Any]:
    entry = _registry().entry(service_id) if isinstance(service_id, str) else None
    if entry is None:
        raise Problem(
            404, f"There is no service {str(service_id)[:64]}. GET /api/services lists those that are installed."
        )
    return entry


def _required(body: dict[str, Any], *names: str) -> None:
    missing = [name for name in names if not isinstance(body.get(name), str) or not body[name].strip()]
    if missing:
        raise Problem(
            400,
            f"The body needs {' and '.join(missing)}, each a text that is not empty.",
            faults=[{"pointer": f"/{name}", "code": "required"} for name in missing],
        )


@blueprint.get("")
def services() -> Response:
    """Answer every entry, with the counts that ATOM's service page shows."""
    entries = _registry().entries()
    listed = [{"id": service_id, **entry} for service_id, entry in entries.items()]
    return atom_answer(
        services=listed,
        total_services=len(listed),
        active_services=sum(entry["status"] in ("connected", "active") for entry in listed),
        workflow_integrated_services=sum(_in_workflows(entry) for entry in listed),
        chat_integrated_services=sum(bool(entry["chat_commands"]) for entry in listed),
        timestamp=now(),
    )


@blueprint.get("/<service_id>")
def service(service_id: str) -> Response:
    return atom_answer(service={"id": service_id, **_known(service_id)})


@blueprint.get("/health")
def services_health() -> Response:
    """Answer the health of all: healthy from 80 % of the services, degraded from 50 %."""
    entries = _registry().entries()
    healthy = sum(entry["health"] == "healthy" for entry in entries.values())
    percentage = round(100 * healthy / len(entries), 1) if entries else 0.0
    return atom_answer(
        overall_health="healthy" if percentage >= 80 else "degraded" if percentage >= 50 else "unhealthy",
        health_percentage=percentage,
        healthy_services=healthy,
        total_services=len(entries),
        services=[
            {"id": service_id, **{key: entry[key] for key in ("name", "health", "status")}}
            for service_id, entry in entries.items()
        ],
        timestamp=now(),
    )


@blueprint.get("/status")
def services_status() -> Response:
    found = [entry["status"] for entry in _registry().entries().values()]
    return atom_answer(
        status_summary={word: found.count(word) for word in ("connected", "active", "disconnected", "error")},
        total_services=len(found),
        timestamp=now(),
    )


@blueprint.get("/workflow-capabilities")
def workflow_capabilities() -> Response:
    able = [
        {
            "id": service_id,
            "name": entry["name"],
            "triggers": entry["workflow_triggers"],
            "actions": entry["workflow_actions"],
            "type": entry["type"],
        }
        for service_id, entry in _registry().entries().items()
        if _in_workflows(entry)
    ]
    return atom_answer(workflow_services=able, total_workflow_services=len(able), timestamp=now())


@blueprint.get("/chat-commands")
def chat_commands() -> Response:
    commands = [
        {
            "command": phrase,
            "service_id": service_id,
            "service_name": entry["name"],
            "description": entry["description"],
        }
        for service_id, entry in _registry().entries().items()
        for phrase in entry["chat_commands"]
    ]
    return atom_answer(chat_commands=commands, total_commands=len(commands), timestamp=now())


@blueprint.get("/integration-status")
def integration_status() -> Response:
    entries = list(_registry().entries().values())
    return atom_answer(
        integration_status={
            "workflow_automation": {
                "total_services": len(entries),
                "workflow_enabled": sum(map(_in_workflows, entries)),
                "triggers_available": sum(len(entry["workflow_triggers"]) for entry in entries),
                "actions_available": sum(len(entry["workflow_actions"]) for entry in entries),
            },
            "chat_interface": {
                "total_services": len(entries),
                "chat_enabled": sum(bool(entry["chat_commands"]) for entry in entries),
                "commands_available": sum(len(entry["chat_commands"]) for entry in entries),
            },
        },
        timestamp=now(),
    )


@blueprint.post("/register-workflow")
def register_workflow() -> Response:
    body = json_body()
    _required(body, "service_id")
    config = body.get("workflow_config", {})
    if not isinstance(config, dict):
        raise Problem.at("/workflow_config", "workflow_config must be an object.", "type")
    entry = _known(body["service_id"])
    host = current_app.extensions["atom_host"]
    workflow_id = host.workflows.library.register(caller(), body["service_id"], config)
    return atom_answer(
        workflow_id=workflow_id,
        service_id=body["service_id"],
        workflow_config=config,
        message=f"Workflow registered for {entry['name']}",
        timestamp=now(),
    )


@blueprint.post("/test-chat-command")
def test_chat_command() -> Response:
    """Run a chat command that only reads, as the caller, and answer its reply."""
    body = json_body()
    _required(body, "service_id", "command")
    service_id, text = body["service_id"], body["command"]
    entry = _known(service_id)
    manifest = _registry().manifest(service_id) or {}
    said = {command["key"]: command.get("effect", "read") for command in manifest["chat_commands"]}
    effects = {said[text]} if text in said else {effect for phrase, effect in said.items() if _says(phrase, text)}
    if not effects:
        raise Problem(
            400,
            f"{entry['name']} has no such command. available_commands lists its commands.",
            faults=[{"pointer": "/command", "code": "enum"}],
            beside={"available_commands": entry["chat_commands"]},
            available_commands=entry["chat_commands"],
        )
    if effects != {"read"}:
        raise Problem.at(
            "/command", "This command changes data, so it is not run as a test. Use it in the chat instead.", "effect"
        )
    reply = current_app.extensions["atom_host"].chat.ask(caller(), text, service=service_id, request_id=request_id())
    if not reply.ok:
        raise Problem(400, reply.text, code=(reply.error or {}).get("code") or "COMMAND_FAILED")
    return atom_answer(service_id=service_id, command=text, result=reply.text, simulated=False, timestamp=now())


@blueprint.get("/batch/health")
def batch_health() -> Response:
    entries = _registry().entries()
    return atom_answer(
        total_services=len(entries),
        healthy_services=sum(entry["health"] == "healthy" for entry in entries.values()),
        services={
            service_id: {
                "name": entry["name"],
                "status": entry["health"],
                "type": entry["type"],
                "last_checked": entry["last_checked"],
            }
            for service_id, entry in entries.items()
        },
        timestamp=now(),
    )


@blueprint.get("/batch/info")
def batch_info() -> Response:
    entries = _registry().entries()
    lists = ("capabilities", "workflow_triggers", "workflow_actions", "chat_commands")
    return atom_answer(
        total_services=len(entries),
        active_services=sum(entry["status"] == "active" for entry in entries.values()),
        services={
            service_id: {key: entry[key] for key in ("name", "type", "description", "status", *lists)}
            for service_id, entry in entries.items()
        },
        timestamp=now(),
    )


@blueprint.get("/<service_id>/health")
def service_health(service_id: str) -> Response:
    entry = _known(service_id)
    checks = current_app.extensions["atom_host"].health.of_service(service_id).values()
    told = [f"{check.name}: {check.detail}" for check in checks if check.status != "ok" and check.detail]
    return atom_answer(
        service=service_id,
        name=entry["name"],
        status=entry["health"],
        type=entry["type"],
        capabilities=entry["capabilities"],
        last_checked=entry["last_checked"],
        message="; ".join(told) or f"{entry['name']} is {entry['status']}",
    )


def _in_workflows(entry: dict[str, Any]) -> bool:
    return bool(entry["workflow_triggers"] or entry["workflow_actions"])


def _says(phrase: str, text: str) -> bool:
    # ATOM compares exactly; a phrase with slots (`order {name}`) is matched with its slots filled.
    return re.fullmatch(_SLOT.sub(".+", re.escape(phrase)), text) is not None
