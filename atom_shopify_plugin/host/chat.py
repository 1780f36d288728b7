"""Chat: a message goes to the plugins in turn until one of them knows the phrase."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from flask import Blueprint, Response, current_app, jsonify

from atom_shopify_plugin.hookspecs import Principal
from atom_shopify_plugin.host.http import Problem, answer, caller, json_body, only, request_id
from atom_shopify_plugin.host.limits import MESSAGE_LIMIT
from atom_shopify_plugin.host.plugins import Plugins

__all__ = ["Chat", "ChatReply", "blueprint"]

log = logging.getLogger(__name__)
blueprint = Blueprint("atom_chat", __name__)


@dataclass(frozen=True, slots=True)
class ChatReply:
    """An answer for a person, the command that gave it, and its data for a machine."""

    ok: bool
    text: str
    command: str | None = None
    data: Any = None
    error: Mapping[str, Any] | None = None


class Chat:
    """Finds the plugin that answers a message."""

    def __init__(self, plugins: Plugins) -> None:
        self._plugins = plugins

    def ask(
        self,
        principal: Principal,
        text: str,
        *,
        service: str | None = None,
        shop: str | None = None,
        request_id: str | None = None,
    ) -> ChatReply:
        """Return the first answer of the plugins, or a friendly one of our own when none of them knows the phrase."""
        context: dict[str, Any] = {"principal": replace(principal, via="chat"), "request_id": request_id}
        if shop:
            context["shop"] = shop
        for loaded in list(self._plugins.loaded.values()):
            for service_id in loaded.services:
                if service not in (None, service_id):
                    continue
                try:
                    answer = self._plugins.only(loaded.plugin).atom_run_command(
                        service=service_id, text=text, context=context
                    )
                except Exception:  # the boundary to a plugin: its bug is one failed answer, and its text stays here
                    log.exception("plugin %s failed on a chat message", loaded.name)
                    return ChatReply(False, f"{service_id} could not answer because of an internal error.")
                if answer is not None:
                    return _reply(service_id, answer)
        return ChatReply(True, "I did not understand that. Say `help` to see what you can ask.")


def _reply(service_id: str, answer: Any) -> ChatReply:
    if not isinstance(answer, Mapping) or not isinstance(answer.get("reply"), str):
        log.error("service %s gave a chat answer without a reply", service_id)
        return ChatReply(False, f"{service_id} gave an answer that can't be shown.")
    error = answer.get("error")
    return ChatReply(
        bool(answer.get("ok")),
        answer["reply"],
        answer.get("command"),
        answer.get("data"),
        error if isinstance(error, Mapping) else None,
    )


@blueprint.post("/api/chat")
def chat() -> Response:
    """Answer `{message, shop?, service?}` with `{reply, command, data}`.

    A command that failed is still an answer (200): ``ok`` is false, the reply says why, and ``error`` repeats it for
    machines.
    """
    principal = caller()
    body = json_body()
    only(body, "message", "shop", "service")
    message = body.get("message")
    if not isinstance(message, str) or not message.strip() or len(message) > MESSAGE_LIMIT:
        raise Problem.at("/message", f"message must be a text of 1 to {MESSAGE_LIMIT:,} characters.", "length")
    for name in ("shop", "service"):
        if body.get(name) is not None and not isinstance(body[name], str):
            raise Problem.at(f"/{name}", f"{name} must be a text.", "type")
    host = current_app.extensions["atom_host"]
    reply = host.chat.ask(
        principal, message.strip(), service=body.get("service"), shop=body.get("shop"), request_id=request_id()
    )
    content = {"reply": reply.text, "command": reply.command, "data": reply.data}
    if reply.ok:
        return answer(content)
    told = {"code": "COMMAND_FAILED", "message": reply.text, "details": {}, "retryable": False, **(reply.error or {})}
    error = {**told, "request_id": request_id()}
    return jsonify({"ok": False, "success": False, "error": error, "data": content})
