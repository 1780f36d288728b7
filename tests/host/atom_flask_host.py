"""A stand-in for ATOM's Flask host: its registries, and pages that index them without a guard, as ATOM's do."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any

from flask import Flask, jsonify, request

from atom_shopify_plugin.host.atom_flask import install

STALE = ("shopify_handler", "shopify_service", "auth_handler_shopify")
SECRET = "x9Kq2mVbT7wLr4ZsYd8NfGh1JcPuEo3A"


def entry(name: str, *phrases: str) -> dict[str, Any]:
    """Return an entry with ATOM's ten members."""
    return {
        "name": name,
        "status": "available",
        "type": "integration",
        "description": f"About {name}.",
        "capabilities": ["manage"],
        "health": "healthy",
        "workflow_triggers": ["manual_trigger"],
        "workflow_actions": ["execute_service"],
        "chat_commands": list(phrases),
        "last_checked": "2025-11-01T00:00:00",
    }


class Agent:
    """What agents and chat call."""

    def __init__(self) -> None:
        self.service_handlers: dict[str, Any] = {}
        self.chat_command_handlers: dict[str, Any] = {}

    def initialize_services(self) -> None:
        """Throw away what others entered, as ATOM does."""
        self.service_handlers = {"gmail": lambda action, _parameters: {"action": action}}
        self.chat_command_handlers = {"schedule": lambda _parameters: {"message": "scheduled"}}

    def process_chat_command(self, message: str, parameters: dict[str, Any]) -> Any:
        for pattern, handler in self.chat_command_handlers.items():
            if pattern in message.lower():
                return handler(parameters)
        return None

    def names(self) -> list[str]:
        handlers = (*self.service_handlers.values(), *self.chat_command_handlers.values())
        return [handler.__name__ for handler in handlers]


@dataclass
class AtomFlask:
    """The host: `registry`, `actions` and `agent` are its own objects."""

    app: Flask = field(default_factory=lambda: Flask("atom"))
    registry: dict[str, Any] = field(default_factory=dict)
    actions: dict[str, Any] = field(default_factory=dict)
    agent: Agent = field(default_factory=Agent)
    started: list[tuple[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        names = ("gmail_service", STALE[0], "slack_service", STALE[1], "notion_service", STALE[2], "zoom_service")
        self.registry.update({name: entry(name, f"use {name}", "use shopify") for name in names})
        self.actions["gmail"] = {"send": self._send}
        self.app.add_url_rule("/api/services", "services", self._services)
        self.app.add_url_rule("/api/services/chat-commands", "phrases", self._phrases)
        self.app.add_url_rule("/api/run", "run", self._run, methods=["POST"])

    async def _send(self, parameters: Any) -> Any:
        return {"sent": parameters}

    async def execute_workflow(self, workflow_id: str, data: Any) -> Any:
        self.started.append((workflow_id, data))
        return {"id": workflow_id}

    def _services(self) -> Any:
        listed = [{"id": key, **one} for key, one in self.registry.items()]
        active = sum(one["status"] in ("connected", "active") for one in self.registry.values())
        return jsonify(success=True, services=listed, total_services=len(listed), active_services=active)

    def _phrases(self) -> Any:
        told = [phrase for one in self.registry.values() for phrase in one["chat_commands"]]
        return jsonify(success=True, chat_commands=told)

    def _run(self) -> Any:
        """Run a step in a loop of its own and show the text of what it raises, as ATOM does."""
        body = request.get_json()
        try:
            result = asyncio.run(self.actions[body["service"]][body["action"]](body["parameters"]))
        except Exception as error:  # noqa: BLE001
            return jsonify(status="failed", error=str(error))
        return jsonify(status="completed", result=result)

    def install(self, environ: dict[str, str], plugins: Any = None, **options: Any) -> Any:
        given = {
            "services": self.registry,
            "workflow_actions": self.actions,
            "agent": self.agent,
            "execute_workflow": self.execute_workflow,
            **options,
        }
        return install(self.app, environ={"JWT_SECRET": SECRET, **environ}, plugins=plugins, **given)
