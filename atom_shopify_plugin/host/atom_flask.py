"""The adapter to ATOM's Flask host: the installed plugins inside it, by its own registries.

That host reads no entry points, but its registries are objects that can be changed while it runs. `install` enters
each service of the plugins there, `uninstall` leaves the registries as they were. A registry that the host lacks is
named in `HostAdapter.missing`, and the rest works without it.
"""

from __future__ import annotations

import asyncio
import logging
import os
import sys
import threading
import time
from collections.abc import Callable, Iterable, Mapping, MutableMapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

from flask import Blueprint, Flask, Response, current_app, jsonify, request

from atom_shopify_plugin.answers import refusal
from atom_shopify_plugin.hookspecs import Event, HostUnavailable, Principal
from atom_shopify_plugin.host.adapter import (
    AdapterRefused,
    HostAdapter,
    Missing,
    StepFailed,
    bearer,
    entry_faults,
    registry_entry,
)
from atom_shopify_plugin.host.changes import Changes
from atom_shopify_plugin.host.jwts import HostMisconfigured, jwt_secret, principal_of
from atom_shopify_plugin.host.request_ids import request_id

__all__ = ["AdapterRefused", "FlaskAdapter", "StepFailed", "install", "uninstall"]

log = logging.getLogger(__name__)

_EXTENSION = "atom_plugins"
_REFRESH = 5.0  # seconds that an entry is shown before its service is asked again
_STARTING = 200  # workflows that wait to be started
_BODY = 1024 * 1024  # bytes that are looked through for a `user_id`
_SLOT = "{"

Execute = Callable[[str, dict[str, Any]], Any]


class FlaskAdapter(HostAdapter):
    """The plugins in one application, and the objects of its host that they are entered in (None: not there)."""

    flat = True  # its clients read the flat shapes of an older interface

    def __init__(
        self,
        environ: Mapping[str, str],
        *,
        services: MutableMapping[str, Any] | None,
        actions: MutableMapping[str, Any] | None,
        agent: Any,
        execute: Execute | None,
        principal: Principal | None,
        triggers: Mapping[str, Sequence[str]],
        trust_user_id: bool = False,
    ) -> None:
        self._secret: bytes | None = None
        self._trust_user_id = trust_user_id
        super().__init__(
            "atom-flask",
            environ,
            authenticate=self._caller,
            principal=principal,
            fire=None if execute is None or not triggers else self._start,
            wanted=lambda: frozenset(map(self._key, triggers)),
        )
        self._registry, self._actions, self._agent, self._execute = services, actions, agent, execute
        self._triggers = triggers
        self._changes = Changes()
        self._starter: ThreadPoolExecutor | None = None
        self._waiting = threading.BoundedSemaphore(_STARTING)
        self._refreshing = threading.Lock()
        self._refreshed = float("-inf")
        self.blueprints: set[str] = set()
        self._look_around()

    def _look_around(self) -> None:
        try:
            self._secret = jwt_secret(self.environ)
        except HostMisconfigured as error:
            self.missing.append(Missing("JWT_SECRET", f"nobody can sign in, because {error}"))
        else:
            if self._secret is None:
                self.missing.append(Missing("JWT_SECRET", "nobody can sign in to the plugins' addresses"))
        for name, found, without in (
            ("service_registry_routes.SERVICE_REGISTRY", self._registry, "the services are not listed"),
            ("workflow_execution_service.service_registry", self._actions, "workflows can't run the actions"),
            ("workflow_agent_integration_service", self._agent, "agents and chat can't run the actions"),
            ("principal", self.principal, "workflows, agents and chat are refused: this host does not say who calls"),
        ):
            if found is None:
                self.missing.append(Missing(name, without))
        if self._triggers and self._execute is None:
            self.missing.append(Missing("workflow_execution_service.execute_workflow", "triggers start no workflows"))

    def _caller(self, sent: Any) -> Principal | None:
        token = bearer(sent)
        if token is not None:
            return None if self._secret is None else principal_of(token, self._secret)
        if not self._trust_user_id or self.principal is None or "Authorization" in sent.headers:
            return None
        small = sent.is_json and 0 < (sent.content_length or 0) <= _BODY
        body = sent.get_json(silent=True) if small else None
        named = sent.args.get("user_id", body.get("user_id") if isinstance(body, dict) else None)
        return self.principal if named == self.principal.subject else None

    def enter(self) -> None:
        """Enter every service in the registries of the host: all of them, or nothing."""
        entries = {service: registry_entry(self, service, known=False) for service in self.services()}
        faults = [f"{service}: {fault}" for service, entry in entries.items() for fault in entry_faults(entry)]
        if faults:
            raise AdapterRefused("The services can't be entered, because " + "; ".join(faults) + ". Update the plugin.")
        try:
            for service, entry in entries.items():
                self._enter(service, entry)
        except Exception:
            self._changes.undo()
            raise

    def _enter(self, service: str, entry: dict[str, Any]) -> None:
        manifest = self.services()[service]
        if self._registry is not None:
            for stale in manifest.get("replaces", ()):
                self._changes.drop(self._registry, stale)
            self._changes.put(self._registry, service, entry)
        if self._actions is not None:
            actions = {one["key"]: self._coroutine(service, one["key"]) for one in manifest["workflow_actions"]}
            self._changes.put(self._actions, service, actions)
        self._enter_agent(service)

    def _enter_agent(self, service: str) -> None:
        handlers = getattr(self._agent, "service_handlers", None)
        if isinstance(handlers, MutableMapping):
            self._changes.put(handlers, service, self._handler(service))
        phrases = getattr(self._agent, "chat_command_handlers", None)
        if isinstance(phrases, MutableMapping):
            for phrase in spoken(service, self.services()[service]):
                if phrase not in phrases:
                    self._changes.put(phrases, phrase, self._phrase(service, phrase))

    def _coroutine(self, service: str, action: str) -> Callable[[Any], Any]:
        async def run(parameters: Any) -> Any:
            # In a thread of the loop that calls: the host makes a new loop for every run of a workflow.
            return await asyncio.to_thread(self.step, service, action, parameters)

        run.__name__ = run.__qualname__ = f"{service}_{action}"
        return run

    def _handler(self, service: str) -> Callable[[str, Any], Any]:
        def handle(action: str, parameters: Any = None) -> Any:
            return self.step(service, action, {} if parameters is None else parameters)

        handle.__name__ = handle.__qualname__ = f"{service}_actions"
        return handle

    def _phrase(self, service: str, phrase: str) -> Callable[[Any], dict[str, Any]]:
        text = phrase.removeprefix(f"{service} ")

        def say(parameters: Any = None) -> dict[str, Any]:
            return self.say(service, text, parameters)

        say.__name__ = say.__qualname__ = f"{service}_{phrase.replace(' ', '_')}"
        return say

    def refresh(self) -> None:
        """Show how each service is, and enter again what the host has thrown away; nothing is raised.

        It asks no network, and at most every few seconds. Where it fails the entries stay as they are.
        """
        if not self.active or not self._refreshing.acquire(blocking=False):
            return
        try:
            if time.monotonic() - self._refreshed < _REFRESH:
                return
            self._refreshed = time.monotonic()
            for service in self.services():
                self._refresh(service)
        except Exception:  # the edge to the host, whose request goes on
            log.exception("request %s: the registry was not refreshed", request_id())
        finally:
            self._refreshing.release()

    def _refresh(self, service: str) -> None:
        entry = registry_entry(self, service, known=True)
        if self._registry is not None and service in self._registry and not entry_faults(entry):
            self._changes.put(self._registry, service, entry)
        handlers = getattr(self._agent, "service_handlers", None)
        if isinstance(handlers, MutableMapping) and service not in handlers:
            self._enter_agent(service)

    def _key(self, trigger: str) -> str:
        """Return the key of a trigger, whichever of its names is given."""
        for service in self.services().values():
            for one in service["workflow_triggers"]:
                if one["key"] == trigger:
                    return str(one.get("alias_of", trigger))
        return trigger

    def _start(self, event: Event) -> None:
        """Have the workflows of an event's trigger started, each in a loop of its own."""
        if self.principal is None or not self.may_see(self.principal, event):
            return
        wanted = [one for name, ids in self._triggers.items() if self._key(name) == event.key for one in ids]
        data = {"trigger": event.key, "shop": event.shop, "event_id": event.dedupe_key, "payload": dict(event.payload)}
        for workflow_id in dict.fromkeys(wanted):
            if not self._waiting.acquire(blocking=False):
                raise HostUnavailable("Too many workflows are waiting to start.")
            if self._starter is None:
                self._starter = ThreadPoolExecutor(2, "atom-starter")
            self._starter.submit(self._started, workflow_id, data)

    def _started(self, workflow_id: str, data: dict[str, Any]) -> None:
        async def run() -> None:
            if self._execute is not None:
                await self._execute(workflow_id, data)

        try:
            asyncio.run(run())
        except Exception:  # the edge to the host: its workflow is its own, and started once
            log.exception("event %s: the workflow %s was not started", data["event_id"], workflow_id)
        finally:
            self._waiting.release()

    def leave(self) -> None:
        """Take everything back and stop the plugins; calling it twice is harmless."""
        self._changes.undo()
        if self._starter is not None:
            self._starter.shutdown(wait=False, cancel_futures=True)
        self.close()


def spoken(service: str, manifest: Mapping[str, Any]) -> list[str]:
    """Return the phrases that the host may listen for, the longer ones first.

    It runs the first phrase that is part of a message and passes no text on. So what has slots is left out, and so is
    what changes something, for nobody said yes to it. One word alone is part of many messages: the name of the
    service stands before it.
    """
    phrases = [
        one["key"]
        for one in manifest["chat_commands"]
        if _SLOT not in one["key"] and one.get("effect", "read") == "read"
    ]
    told = [phrase if " " in phrase else f"{service} {phrase}" for phrase in phrases]
    return sorted(dict.fromkeys(told), key=lambda phrase: (-len(phrase), phrase))


def install(
    app: Flask,
    *,
    services: MutableMapping[str, Any] | None = None,
    workflow_actions: MutableMapping[str, Any] | None = None,
    agent: Any = None,
    execute_workflow: Execute | None = None,
    principal: Principal | None = None,
    triggers: Mapping[str, Sequence[str]] | None = None,
    trust_user_id: bool = False,
    environ: Mapping[str, str] | None = None,
    plugins: Iterable[tuple[str, Any]] | None = None,
) -> FlaskAdapter:
    """Enter the installed plugins in ATOM's Flask host, before its first request; a second call changes nothing.

    Objects of the host that are not given are looked for in its modules, where those are imported. `principal` acts in
    workflows, agents and chat, where the host does not say who is calling. `triggers` names for each trigger the
    workflows that it starts. With `trust_user_id`, a request without a token acts as `principal` where its `user_id`
    says so, as this host's older clients send it: whoever reaches the host can do that. `environ` and `plugins` take
    the place of the process's environment and of the entry
    points. Nothing is raised: where it is impossible, `refused` says why, and no registry was changed.
    """
    known = app.extensions.get(_EXTENSION)
    if isinstance(known, FlaskAdapter) and known.active:
        return known
    adapter = FlaskAdapter(
        dict(os.environ if environ is None else environ),
        services=_found(services, "service_registry_routes", "SERVICE_REGISTRY"),
        actions=_found(workflow_actions, "workflow_execution_service", "workflow_execution_service.service_registry"),
        agent=_found(agent, "workflow_agent_integration", "workflow_agent_integration_service"),
        execute=_found(execute_workflow, "workflow_execution_service", "workflow_execution_service.execute_workflow"),
        principal=principal,
        triggers=triggers or {},
        trust_user_id=trust_user_id,
    )
    try:
        _install(app, adapter, plugins, known)
    except AdapterRefused as refused:
        adapter.refused = str(refused)
        log.error("The plugins were not installed. %s", refused)  # noqa: TRY400  # the message says all
    except Exception as error:  # the edge to the host, which starts without the plugins
        adapter.refused = f"{type(error).__name__}; the log says more."
        log.exception("The plugins were not installed")
    if adapter.refused is not None:
        adapter.leave()
    adapter.note()
    return adapter


def _install(
    app: Flask, adapter: FlaskAdapter, plugins: Iterable[tuple[str, Any]] | None, known: FlaskAdapter | None
) -> None:
    if known is not None:
        raise AdapterRefused("They were uninstalled from this application before. Restart the host to install them.")
    if getattr(app, "_got_first_request", False):
        raise AdapterRefused("The host has already answered requests. Install the plugins right after `create_app()`.")
    there = set(app.blueprints)
    app.extensions[_EXTENSION] = adapter
    app.before_request(_before)
    try:
        adapter.load(app, plugins)
        app.register_blueprint(_blueprint(adapter))
    finally:
        adapter.blueprints = set(app.blueprints) - there
    adapter.enter()
    adapter.missing += [Missing(f"plugin {one.plugin}", one.reason) for one in adapter.plugins.refused]
    for missing in adapter.missing:
        log.warning("The host has no %s: %s.", missing.name, missing.without.rstrip("."))


def uninstall(app: Flask) -> None:
    """Leave the registries as they were; the plugins' addresses answer 410 from now on. Calling it twice is harmless.

    Do it at shutdown or between requests: a request that goes through a registry meanwhile may fail.
    """
    adapter = app.extensions.get(_EXTENSION)
    if isinstance(adapter, FlaskAdapter):
        adapter.leave()


def _found(given: Any, module: str, path: str) -> Any:
    """Return what was given, else the object of one of the host's modules, None where there is none."""
    value = given if given is not None else sys.modules.get(module)
    if given is None:
        for name in path.split("."):
            value = getattr(value, name, None)
    return value


def _before() -> Response | None:
    adapter: FlaskAdapter = current_app.extensions[_EXTENSION]
    if not adapter.active:
        return _error(410, "The plugins were uninstalled.") if request.blueprint in adapter.blueprints else None
    if request.path.startswith("/api/services"):
        adapter.refresh()
    return None


def _blueprint(adapter: FlaskAdapter) -> Blueprint:
    """Return the addresses that the host's pages call for each service, and has for its own services alone."""
    blueprint = Blueprint(_EXTENSION, __name__)

    def add(service: str) -> None:
        base = f"/api/services/{service}"
        for name, view, method in (("health", _health, "GET"), ("info", _info, "GET"), ("chat", _chat, "POST")):
            guarded = partial(_guarded, view, adapter, service)
            blueprint.add_url_rule(f"{base}/{name}", f"{service}_{name}", guarded, methods=[method])

    for service in adapter.services():
        add(service)
    return blueprint


def _guarded(view: Callable[[FlaskAdapter, str], Response], adapter: FlaskAdapter, service: str) -> Response:
    try:
        return view(adapter, service)
    except Exception:  # the edge to the host, which shows the text of an exception to everybody
        log.exception("request %s failed", request_id())
        return _error(500, refusal(500)[1])


def _health(adapter: FlaskAdapter, service: str) -> Response:
    entry = registry_entry(adapter, service, known=True)
    return jsonify(
        ok=True,
        success=True,
        service=service,
        name=entry["name"],
        status=entry["health"],
        type=entry["type"],
        capabilities=entry["capabilities"],
        last_checked=entry["last_checked"],
        message=f"{entry['name']} is {entry['status']}",
    )


def _info(adapter: FlaskAdapter, service: str) -> Response:
    entry = registry_entry(adapter, service, known=True)
    return jsonify(
        ok=True,
        success=True,
        service_id=service,
        **{name: entry[name] for name in ("name", "type", "description", "status", "capabilities", "chat_commands")},
        file_path="",
        workflow_integration=bool(entry["workflow_triggers"] or entry["workflow_actions"]),
        last_updated=entry["last_checked"],
    )


def _chat(adapter: FlaskAdapter, service: str) -> Response:
    """Answer a message of the person who signed in, with the phrases that have slots as well."""
    who = adapter.atom_authenticate(request)
    if who is None:
        return _error(401, "Sign in first: send `Authorization: Bearer …`.")
    body = request.get_json(silent=True)
    message, shop = (body.get("message"), body.get("shop")) if isinstance(body, dict) else (None, None)
    if not isinstance(message, str) or not message.strip() or len(message) > 2000:
        return _error(400, "message must be a text of 1 to 2000 characters.")
    if shop is not None and not isinstance(shop, str):
        return _error(400, "shop must be the name of a store.")
    reply = adapter.chat.ask(who, message.strip(), service=service, shop=shop, request_id=request_id())
    return jsonify(
        ok=reply.ok,
        success=reply.ok,
        reply=reply.text,
        command=reply.command,
        data=reply.data,
        **({} if reply.ok else {"error": reply.text}),
    )


def _error(status: int, message: str) -> Response:
    """Answer in the shape of this host's errors, with an id for its log."""
    log.info("request %s: %d %s", request_id(), status, refusal(status)[0])
    response = jsonify(ok=False, success=False, error=message, request_id=request_id())
    response.status_code = status
    return response
