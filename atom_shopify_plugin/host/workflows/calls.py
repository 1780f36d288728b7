"""Calling an action of a plugin: whatever the plugin does, the answer is an envelope that can be kept."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from atom_shopify_plugin.host.plugins import Plugins
from atom_shopify_plugin.host.workflows.decimals import Bad, kind
from atom_shopify_plugin.host.workflows.values import dump, load

__all__ = ["ask", "call", "code_of", "entry_of", "store_named"]

log = logging.getLogger(__name__)

RESULT_LIMIT = 1024 * 1024


def entry_of(plugins: Plugins, service: str, action: str) -> Mapping[str, Any]:
    """Return what a service's manifest says of an action, nothing where there is none."""
    owner = plugins.owner(service)
    actions = owner.services[service]["workflow_actions"] if owner else ()
    found: Mapping[str, Any] = next((entry for entry in actions if entry["key"] == action), {})
    return found


def store_named(value: Any) -> str | None:
    """Return what a step's `shop` has become: the name of a store, or None for the owner's default; raise `Bad`.

    An empty text is a fault: the step would write to another store than the one that was meant.
    """
    if value is not None and not isinstance(value, str):
        raise Bad(f"shop: is {kind(value)}, and the name of a store is needed")
    if value is not None and not value.strip():
        raise Bad("shop: is empty, and the name of a store is needed")
    return value


def call(
    plugins: Plugins, service: str, action: str, given: Mapping[str, Any], context: Mapping[str, Any]
) -> dict[str, Any]:
    """Run an action and return its envelope, a failure in its place where the plugin gives none."""
    return _hooked(plugins, "atom_run_action", service, action, action=action, input=given, context=context)


def ask(plugins: Plugins, service: str, action: str, operation: str, context: Mapping[str, Any]) -> dict[str, Any]:
    """Ask what became of an operation that an action began; the envelope is that of the action."""
    return _hooked(plugins, "atom_operation", service, action, operation=operation, context=context)


def code_of(envelope: Mapping[str, Any]) -> Any:
    """Return the code of a failure, None where there is none."""
    return None if envelope["ok"] else envelope["error"].get("code")


def _hooked(plugins: Plugins, hook: str, service: str, name: str, **arguments: Any) -> dict[str, Any]:
    owner = plugins.owner(service)
    if owner is None:
        return _failure("SERVICE_MISSING", f"No installed plugin offers the service {service}.")
    try:
        envelope = getattr(plugins.only(owner.plugin), hook)(service=service, **arguments)
    except Exception:  # the boundary to a plugin: its bug is one failed step, and its text stays here
        log.exception("plugin %s failed in %s of %s", owner.name, hook, name)
        return _failure("PLUGIN_ERROR", f"{service} failed with an internal error; the host's log has the details.")
    return _checked(service, name, envelope)


def _checked(service: str, action: str, envelope: Any) -> dict[str, Any]:
    """Return the answer of a plugin, or a failure in its place where it is none."""
    if envelope is None:
        return _failure("NO_SUCH_ACTION", f"{service} did not accept the action {action}.")
    try:
        text = dump(envelope)
    except Bad as bad:
        return _failure("BAD_ANSWER", f"{service} gave an answer that can't be kept: {bad}.")
    if len(text) > RESULT_LIMIT:
        return _failure("ANSWER_TOO_LARGE", f"The answer of {service} is larger than {RESULT_LIMIT // 1024} KiB.")
    answer = load(text)
    if not isinstance(answer, dict) or not isinstance(answer.get("ok"), bool):
        return _failure("BAD_ANSWER", f"{service} gave an answer without `ok`.")
    if not answer["ok"] and not isinstance(answer.get("error"), dict):
        return _failure("BAD_ANSWER", f"{service} failed without giving a reason.")
    return answer


def _failure(code: str, message: str) -> dict[str, Any]:
    return {"ok": False, "error": {"code": code, "message": message, "retryable": False}}
