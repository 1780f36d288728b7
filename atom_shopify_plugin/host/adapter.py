"""What the adapters to ATOM's own hosts share: a host for the plugins, whose parts hang on objects of another one.

The plugins are loaded as in the embedded host. What differs is where their names are entered, and that there are no
workflows and no tokens of ours: the other host has its own.
"""

from __future__ import annotations

import json
import logging
import threading
import time
import uuid
from collections import OrderedDict
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flask import Flask

from atom_shopify_plugin.answers import refusal
from atom_shopify_plugin.hookspecs import Event, Principal, hookimpl
from atom_shopify_plugin.host.health import HostHealth
from atom_shopify_plugin.host.plugins import Plugins
from atom_shopify_plugin.host.registry import Registry, now
from atom_shopify_plugin.host.shapes import registry_lists

if TYPE_CHECKING:
    from atom_shopify_plugin.host.chat import Chat

__all__ = [
    "NOTE",
    "OPTIONS",
    "AdapterRefused",
    "HostAdapter",
    "Missing",
    "StepFailed",
    "bearer",
    "entry_faults",
    "registry_entry",
]

log = logging.getLogger(__name__)

NOTE = "atom-adapter.json"
"""The file that an adapter leaves in the host's data folder."""

OPTIONS = ("user_id", "shop", "confirm", "preview", "idempotency_key")
"""What may be given beside the input of an action."""

_WAIT = 45.0  # seconds that a step waits for what the service goes on with
_EVENTS = 10_000  # events that are remembered, so that one that is told twice starts nothing twice
_TEXTS = ("name", "status", "type", "description", "health", "last_checked")
_LISTS = ("capabilities", "workflow_triggers", "workflow_actions", "chat_commands")
_STATUS = ("connected", "disconnected", "error", "pending")
_HEALTH = ("healthy", "degraded", "unhealthy")

Authenticate = Callable[[Any], Principal | None]
Fire = Callable[[Event], None]


class AdapterRefused(Exception):
    """The adapter can't be installed; the message says why and what to do. No registry was changed."""


class StepFailed(Exception):
    """A step of a workflow failed. ATOM's engines take nothing but an exception for a failure, and show its text."""


@dataclass(frozen=True, slots=True)
class Missing:
    """Something that the host does not have: its name, and what does not work without it."""

    name: str
    without: str


class HostAdapter:
    """What a plugin may ask (`name`, `environ`, `hook`), and what the registries of another host call.

    `authenticate` tells who sent a Flask request. `principal` acts where the other host does not say who is calling;
    without it, such calls are refused. `fire` takes events and `wanted` tells of which triggers, where the other
    host can say that; without `fire` none are wanted.
    """

    quick_start = True  # the other host has more to start than us

    def __init__(
        self,
        name: str,
        environ: Mapping[str, str],
        *,
        authenticate: Authenticate,
        principal: Principal | None,
        fire: Fire | None,
        wanted: Callable[[], Collection[str]] | None = None,
    ) -> None:
        self.name = name
        self.environ = environ
        self.principal = principal
        self.plugins = Plugins(in_short=True)
        self.health = HostHealth(self.plugins, {})
        self.registry = Registry(self.plugins, self.health)
        self.missing: list[Missing] = []
        self.refused: str | None = None
        self.active = True
        self._ready = False
        self._authenticate = authenticate
        self._fire = fire
        self._wanted = wanted
        self._fired: OrderedDict[tuple[str, str], None] = OrderedDict()
        self._lock = threading.Lock()
        self.plugins.manager.register(self, "host-adapter")

    @property
    def hook(self) -> Any:
        return self.plugins.manager.hook

    @cached_property
    def chat(self) -> Chat:
        # Imported late, as what runs actions is: installing loads what registering needs, and no more.
        from atom_shopify_plugin.host.chat import Chat

        return Chat(self.plugins)

    def load(self, app: Flask, plugins: Iterable[tuple[str, Any]] | None) -> None:
        """Load the installed plugins, or those that are given, and mount what they serve on `app`."""
        if plugins is None:
            self.plugins.load_installed(app, self)
        else:
            self.plugins.load_given(plugins, app, self)
        self.registry.refresh()

    def ready(self) -> None:
        """Have the plugins start what they began quickly without, before they are asked how they are."""
        with self._lock:
            if self._ready or not self.active:
                return
            self._ready = True
        self.plugins.ready()

    def note(self) -> None:
        """Leave word of the installation and of what is missing in the host's data folder, for `doctor` to tell.

        It is left only where the operator has named the folder (``ATOM_HOST_DATA_DIR``).
        """
        folder = self.environ.get("ATOM_HOST_DATA_DIR", "").strip()
        if not folder:
            return
        missing = [asdict(one) for one in self.missing]
        text = json.dumps({"host": self.name, "at": now(), "refused": self.refused, "missing": missing}, indent=1)
        try:
            Path(folder).mkdir(parents=True, exist_ok=True)
            (Path(folder) / NOTE).write_text(text, "utf-8")
        except OSError as error:
            log.warning("Nothing can be written to %s (%s): doctor can't tell what the host lacks.", folder, error)

    def services(self) -> dict[str, Mapping[str, Any]]:
        """Return the manifest of every service by its id."""
        return {name: service for loaded in self.plugins.loaded.values() for name, service in loaded.services.items()}

    @hookimpl
    def atom_authenticate(self, request: Any) -> Principal | None:
        return self._authenticate(request) if self.active else None

    @hookimpl
    def atom_triggers_in_use(self) -> Collection[str] | None:
        if self._fire is None or not self.active:
            return frozenset()
        return None if self._wanted is None else self._wanted()

    @hookimpl
    def atom_emit(self, event: Event) -> None:
        """Hand an event to the other host, once. What that host raises has the plugin emit the event again later."""
        if self._fire is None or not self.active:
            return
        key = (event.key, event.dedupe_key)
        with self._lock:
            if key in self._fired:
                return
            self._fired[key] = None
            while len(self._fired) > _EVENTS:
                self._fired.popitem(last=False)
        try:
            self._fire(event)
        except Exception:
            with self._lock:
                self._fired.pop(key, None)
            raise

    def run(
        self,
        service: str,
        action: str,
        parameters: Any,
        *,
        via: str,
        principal: Principal | None = None,
        wait: float = _WAIT,
    ) -> dict[str, Any]:
        """Run an action and return its envelope; nothing is raised.

        `parameters` are the input of the action and `OPTIONS`. What the service goes on with is waited for.
        """
        request_id = uuid.uuid4().hex
        try:
            return self._run(service, action, parameters, via, principal or self.principal, request_id, wait)
        except Exception:  # the edge to another host: whatever fails here must not fail there
            log.exception("request %s: %s of %s failed", request_id, action, service)
            return _failed("INTERNAL_ERROR", refusal(500)[1], request_id)

    def _run(
        self,
        service: str,
        action: str,
        parameters: Any,
        via: str,
        principal: Principal | None,
        request_id: str,
        wait: float,
    ) -> dict[str, Any]:
        from atom_shopify_plugin.host.workflows.calls import ask, call

        if not self.active:
            return _failed("UNINSTALLED", f"{service} was uninstalled from this host.", request_id)
        if not isinstance(parameters, Mapping):
            return _failed("VALIDATION_ERROR", "The parameters must be an object.", request_id)
        if principal is None:
            return _failed(
                "AUTH_ERROR",
                "This host does not say who is calling. Name a principal when the adapter is installed.",
                request_id,
            )
        if parameters.get("user_id") not in (None, "", principal.subject):
            return _failed("FORBIDDEN", "user_id names somebody else. Omit it.", request_id)
        given = {name: value for name, value in parameters.items() if name not in OPTIONS}
        context = {name: value for name in OPTIONS[1:] if (value := parameters.get(name)) not in (None, "")}
        context |= {"principal": replace(principal, via=via), "request_id": request_id}
        answer = call(self.plugins, service, action, given, context)
        until = time.monotonic() + wait
        while answer["ok"] and isinstance(pending := answer.get("pending"), dict) and time.monotonic() < until:
            time.sleep(min(1.0, max(0.05, float(pending.get("retry_after", 1.0)))))
            answer = ask(self.plugins, service, action, str(pending.get("operation")), context)
        if not answer["ok"]:
            answer["error"].setdefault("request_id", request_id)
        return answer

    def step(self, service: str, action: str, parameters: Any) -> Any:
        """Run an action as a step of a workflow and return its envelope; raise `StepFailed`, with a text for people."""
        from atom_shopify_plugin.host.workflows.values import portable

        answer = self.run(service, action, parameters, via="workflow")
        if not answer["ok"]:
            error = answer["error"]
            log.warning("request %s: step %s of %s failed: %s", error.get("request_id"), action, service, error["code"])
            raise StepFailed(str(error.get("message") or "The step failed."))
        if "pending" in answer:
            raise StepFailed(
                f"{service} has started {action} and is still working on it "
                f"(operation {answer['pending'].get('operation')}). Do not run it again: query the operation instead."
            )
        return named(self.services()[service], action, portable(answer))

    def say(self, service: str, text: str, parameters: Any) -> dict[str, Any]:
        """Answer a phrase of chat; nothing is raised."""
        from atom_shopify_plugin.host.workflows.values import portable

        request_id = uuid.uuid4().hex
        try:
            if not self.active or self.principal is None:
                message = (
                    "This host does not say who is calling. Name a principal when the adapter is installed."
                    if self.active
                    else f"{service} was uninstalled from this host."
                )
                return {"ok": False, "success": False, "message": message, "error": message, "command": text}
            shop = parameters.get("shop") if isinstance(parameters, Mapping) else None
            shop = shop if isinstance(shop, str) else None
            reply = self.chat.ask(self.principal, text, service=service, shop=shop, request_id=request_id)
        except Exception:  # the edge to another host, as above
            log.exception("request %s: the phrase %r failed", request_id, text)
            message = refusal(500)[1]
            return {"ok": False, "success": False, "message": message, "error": message, "command": text}
        answer = {
            "ok": reply.ok,
            "success": reply.ok,
            "message": reply.text,
            "command": reply.command,
            "data": portable(reply.data),
        }
        return answer if reply.ok else {**answer, "error": reply.text}

    def acting(self, context: Mapping[str, Any]) -> Principal | None:  # noqa: ARG002  # some hosts tell more
        """Return who acts in the context that the other host gives, None where nobody may."""
        return self.principal

    def may_see(self, principal: Principal, event: Event) -> bool:
        """Tell whether an event may start something for `principal`."""
        return self.hook.atom_may_see(principal=principal, event=event) is True

    def close(self) -> None:
        """Stop the plugins; from now on everything is answered as uninstalled."""
        self.active = False
        self.plugins.stop()


def bearer(request: Any) -> str | None:
    """Return the bearer token of a Flask request, None where there is none."""
    scheme, _, token = str(request.headers.get("Authorization", "")).partition(" ")
    return token.strip() or None if scheme.lower() == "bearer" else None


def registry_entry(adapter: HostAdapter, service: str, *, known: bool) -> dict[str, Any]:
    """Return the entry of a service for ATOM's registry, in words that its pages know.

    With `known` it says how the service is, for which its checks are run; else that this is still to be found out.
    """
    manifest = adapter.services()[service]
    if known:
        adapter.ready()
    entry: dict[str, Any] | None = adapter.registry.entry(service) if known else None
    if entry is None:
        entry = {
            **{name: manifest[name] for name in ("name", "type", "description")},
            "status": "pending",
            "health": "healthy",
            "last_checked": now(),
            **registry_lists(manifest),
        }
    if entry["status"] not in _STATUS:
        entry["status"] = "connected" if entry["health"] == "healthy" else "disconnected"
    return entry


def named(manifest: Mapping[str, Any], action: str, answer: dict[str, Any]) -> dict[str, Any]:
    """Return the answer of an action with its data under the name of the thing as well: ``product``, ``orders``."""
    actions = manifest["workflow_actions"]
    key = next((str(one.get("alias_of", action)) for one in actions if one["key"] == action), action)
    noun = key.rpartition("_")[0]
    data = answer.get("data")
    if isinstance(data, Mapping) and data.keys() == {"items"}:
        data = data["items"]
    if isinstance(data, list):
        noun = f"{noun[:-1]}ies" if noun.endswith("y") else f"{noun}s"
    return answer if not noun or noun in answer else {**answer, noun: data}


def entry_faults(entry: Mapping[str, Any]) -> list[str]:
    """Return what is wrong with an entry for ATOM's registry: one that lacks something breaks the pages of all."""
    faults = [f"{name} must be a text that is not empty" for name in _TEXTS if not _text(entry.get(name))]
    faults += [
        f"{name} must be a list of texts, each once"
        for name in _LISTS
        if not isinstance(found := entry.get(name), list) or not all(map(_text, found)) or len(set(found)) != len(found)
    ]
    if entry.get("status") not in _STATUS:
        faults.append(f"status must be one of {', '.join(_STATUS)}")
    if entry.get("health") not in _HEALTH:
        faults.append(f"health must be one of {', '.join(_HEALTH)}")
    return faults


def _text(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _failed(code: str, message: str, request_id: str) -> dict[str, Any]:
    error = {"code": code, "message": message, "details": {}, "request_id": request_id, "retryable": False}
    return {"ok": False, "success": False, "error": error}
