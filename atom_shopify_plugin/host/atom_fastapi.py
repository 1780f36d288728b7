"""The adapter to ATOM's FastAPI host: the installed plugins inside it, by its own registries.

The plugins' addresses are served by a small Flask application of ours. A pure ASGI middleware, the outermost, answers
deliveries and the way back from a sign-in itself, because the host's filters refuse some of them; the other addresses
stand before the host's own routes. Nothing of FastAPI is imported here: the host's objects are changed as they are.
"""

from __future__ import annotations

import asyncio
import logging
import os
import sys
import uuid
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from flask import Flask

from atom_shopify_plugin.asgi import (
    App,
    Disconnected,
    Receive,
    Scope,
    Send,
    TooLarge,
    call_wsgi,
    read_body,
    reply,
    wsgi_environ,
)
from atom_shopify_plugin.hookspecs import Event, HostUnavailable, Principal
from atom_shopify_plugin.host.adapter import AdapterRefused, HostAdapter, Missing, StepFailed, bearer, registry_entry
from atom_shopify_plugin.host.changes import Changes
from atom_shopify_plugin.host.ending import Ending
from atom_shopify_plugin.host.fastapi_actions import enter_actions
from atom_shopify_plugin.host.fastapi_edge import Outermost, Route, detailed, refuse
from atom_shopify_plugin.host.fastapi_service import enter_service
from atom_shopify_plugin.host.jwts import is_name

__all__ = ["AdapterRefused", "FastAPIAdapter", "StepFailed", "install", "uninstall"]

log = logging.getLogger(__name__)

_KEPT = "atom_plugins"
_THREADS = 8
_BODY = 1024 * 1024  # bytes
# Events that the host knows by other names than that of their topic.
_EVENTS = {"orders/create": "ORDER_CREATED", "orders/updated": "ORDER_UPDATED", "refunds/create": "ORDER_REFUNDED"}

Workspace = Callable[[str], str | None]
Decode = Callable[[str], Any]


class FastAPIAdapter(HostAdapter):
    """The plugins in one application, and the objects of its host that they are entered in (None: not there)."""

    flat = True  # its clients read the flat shapes of an older interface

    def __init__(
        self,
        environ: Mapping[str, str],
        *,
        actions: Any,
        services: Any,
        decode: Decode | None,
        workspace: Workspace | None,
        orchestrator: Callable[[], Any] | None,
        service_classes: Mapping[str, type] | None,
        principal: Principal | None,
    ) -> None:
        super().__init__(
            "atom-fastapi",
            environ,
            authenticate=self._caller,
            principal=principal,
            fire=None if orchestrator is None or principal is None else self._trigger,
        )
        self._actions, self._services, self._decode = actions, services, decode
        self._workspace, self._orchestrator = workspace, orchestrator
        self._classes = service_classes
        self._changes = Changes()
        self._pool = ThreadPoolExecutor(_THREADS, "atom-plugins")
        self._loop: asyncio.AbstractEventLoop | None = None
        self._native: dict[tuple[str, str], App] | None = None
        self._opening = asyncio.Lock()
        self._ending: Ending | None = None
        self.flask = Flask("atom_shopify_plugin.host.atom_fastapi", static_folder=None)
        for name, found, without in (
            ("core.action_registry.action_registry", actions, "nobody can run the actions"),
            ("core.service_registry.SERVICES", services, "the services are not listed"),
            ("core.auth.decode_token", decode, "nobody can sign in to the plugins' addresses"),
            ("get_orchestrator", orchestrator, "triggers start no workflows"),
            (
                "integrations.<service>_service",
                service_classes,
                "steps of the service itself run the host's own",
            ),
            ("principal", principal, "events start nothing, and steps without a user are refused"),
        ):
            if found is None:
                self.missing.append(Missing(name, without))

    def _caller(self, sent: Any) -> Principal | None:
        token = bearer(sent)
        if token is None or self._decode is None:
            return None
        claims = self._decode(token)
        if not isinstance(claims, Mapping):
            return None
        subject = claims.get("sub") or claims.get("id") or claims.get("user_id")
        if not is_name(subject):
            return None
        if self._workspace is None:
            return Principal(subject)
        tenant = self._workspace(subject)
        return None if tenant is None else Principal(subject, tenant)

    def acting(self, context: Mapping[str, Any]) -> Principal | None:
        """Return who acts in the context of an action, None where it names neither a user nor a workspace."""
        user = context.get("user")
        subject = getattr(user, "id", None) or context.get("user_id")
        tenant = context.get("workspace_id") or getattr(user, "workspace_id", None)
        if subject is None and tenant is not None and self.principal is not None:
            subject = self.principal.subject
        if subject is None or not is_name(str(subject)):
            return None
        if tenant is None and user is None and self._workspace is not None:
            tenant = self._workspace(str(subject))
        return Principal(str(subject), str(tenant or "default"))

    def enter(self, app: Any) -> None:
        """Enter every service in the registries of the host, and the plugins' addresses before its routes."""
        try:
            for service, manifest in self.services().items():
                if self._actions is not None:
                    enter_actions(self, service, manifest, self._actions, self._changes)
                if self._services is not None:
                    self._list(service)
                found = (self._classes or {}).get(service)
                if found is not None:
                    enter_service(self, service, found, self._changes)
            app.router.routes.insert(0, Route(self))
            app.add_middleware(Outermost, adapter=self)
        except Exception:
            self._changes.undo()
            raise

    def _list(self, service: str) -> None:
        entry = registry_entry(self, service, known=False)
        item = {
            "id": service,
            "name": entry["name"],
            "description": entry["description"],
            "status": "available",
            "oauth_required": True,
        }
        there = [one for one in self._services if isinstance(one, dict) and one.get("id") == service]
        if not there:
            self._changes.append(self._services, item)
        for one in there:
            for name, value in item.items():
                self._changes.put(one, name, value)

    def serves(self, path: str) -> bool:
        """Tell whether an address belongs to a plugin."""
        adapter = self.flask.url_map.bind("")
        return adapter.test(path, "GET") or bool(adapter.allowed_methods(path))

    def seen(self) -> None:
        """Take note of the loop that serves: events are handed to the host on it."""
        if self._loop is None:
            self._loop = asyncio.get_running_loop()

    async def native(self, method: str, path: str) -> App | None:
        """Return what answers an address in the event loop: deliveries, also where the host has taken them so far.

        The plugins are loaded for the first address of theirs: behind the loop, which goes on with the host's.
        """
        if method == "POST":
            for service in self.services():
                if path == f"/api/v1/webhooks/{service}" or path.startswith(f"/api/webhooks/{service}/"):
                    path = f"/api/{service}/webhooks"
        if not self.active or not self.serves(path):
            return None
        async with self._opening:
            if self._native is None:
                await asyncio.to_thread(self.ready)
                # The applications are made in the loop that they run in.
                self._native = self.plugins.native_routes(self)
                self._ending = Ending()
        return self._native.get((method, path))

    async def answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request by the plugins; whatever fails is answered in the host's shape, with a request id."""
        request_id = uuid.uuid4().hex
        try:
            if not self.active:
                await refuse(send, 410, "The plugins were uninstalled.", request_id)
                return
            native = await self.native(scope["method"], scope["path"])
            if native is not None:
                await native(scope, receive if self._ending is None else self._ending.until(receive), send)
                return
            body = await read_body(receive, _BODY)
            environ = wsgi_environ({"raw_path": scope["path"].encode(), **scope}, body)
            environ["atom.request_id"] = request_id
            loop = asyncio.get_running_loop()
            status, headers, content = await loop.run_in_executor(self._pool, call_wsgi, self.flask, environ)
            if status >= 400 and any(name == b"content-type" and b"html" in value for name, value in headers):
                # The host can't hand on a page with such a status.
                await refuse(send, status, "This did not work. Ask for JSON to see why.", request_id)
                return
            if status >= 400:
                content = detailed(content)
                headers = [one for one in headers if one[0] != b"content-length"]
                headers.append((b"content-length", str(len(content)).encode()))
            await reply(send, status, headers, content)
        except Disconnected:
            return
        except TooLarge:
            await refuse(send, 413, "The request is too large.", request_id)
        except Exception:  # the edge to the host
            log.exception("request %s failed", request_id)
            await refuse(send, 500, "The plugin failed because of an internal error.", request_id)

    def _trigger(self, event: Event) -> None:
        """Hand an event to the host's orchestrator, on the loop of its server."""
        if self.principal is None or self._orchestrator is None or not self.may_see(self.principal, event):
            return
        if self._loop is None:
            raise HostUnavailable("The host has not begun to serve.")
        service, topic = self._origin(event.key)
        name = _EVENTS.get(topic) or (topic.replace("/", "_") or event.key).upper()
        data = {
            **event.payload,
            **_order_data(event.payload),
            "workspace_id": self.principal.tenant,
            "source": service,
            "shop": event.shop,
            "topic": topic or event.key,
            "event_id": event.dedupe_key,
        }
        orchestrator = self._orchestrator()
        call = orchestrator.trigger_event(f"{service}_{name}".upper(), data)
        asyncio.run_coroutine_threadsafe(call, self._loop).result(timeout=30)

    def _origin(self, key: str) -> tuple[str, str]:
        for service, manifest in self.services().items():
            for one in manifest["workflow_triggers"]:
                if one["key"] == key:
                    return service, str(one.get("topic") or "")
        return "", ""

    def leave(self) -> None:
        """Take everything back and stop the plugins; calling it twice is harmless."""
        self._changes.undo()
        if self._ending is not None:
            self._ending.now()
            self._ending.close()
        self.close()
        self._pool.shutdown(wait=False, cancel_futures=True)


def install(
    app: Any,
    *,
    action_registry: Any = None,
    services: Any = None,
    decode_token: Decode | None = None,
    workspace_of: Workspace | None = None,
    get_orchestrator: Callable[[], Any] | None = None,
    service_classes: Mapping[str, type] | None = None,
    principal: Principal | None = None,
    environ: Mapping[str, str] | None = None,
    plugins: Iterable[tuple[str, Any]] | None = None,
) -> FastAPIAdapter:
    """Enter the installed plugins in ATOM's FastAPI host, before its first request; a second call changes nothing.

    Objects of the host that are not given are looked for in its modules, where those are imported. `workspace_of` tells
    the workspace of a user by the id, None for a user who may not come in; without it everybody who signed in is in
    ``default``. `service_classes` are the classes by which the host's own code reaches services, by service.
    `principal` is who acts in steps that name a workspace alone, and whose workspace events go to. `environ` and
    `plugins` take the place of the process's environment and of the entry points. Nothing is raised: where it is
    impossible, `refused` says why, and no registry was changed.
    """
    known = getattr(app.state, _KEPT, None)
    if isinstance(known, FastAPIAdapter) and known.active:
        return known
    adapter = FastAPIAdapter(
        dict(os.environ if environ is None else environ),
        actions=_found(action_registry, "core.action_registry", "action_registry"),
        services=_found(services, "core.service_registry", "SERVICES"),
        decode=_found(decode_token, "core.auth", "decode_token"),
        workspace=workspace_of,
        orchestrator=_found(get_orchestrator, "advanced_workflow_orchestrator", "get_orchestrator"),
        service_classes=_classes() if service_classes is None else service_classes,
        principal=principal,
    )
    try:
        if known is not None:
            raise AdapterRefused("They were uninstalled from this application earlier. Restart the host.")  # noqa: TRY301
        if getattr(app, "middleware_stack", None) is not None:
            raise AdapterRefused("The host has already answered requests. Install them before it serves.")  # noqa: TRY301
        adapter.load(adapter.flask, plugins)
        adapter.enter(app)
        setattr(app.state, _KEPT, adapter)
        adapter.missing += [Missing(f"plugin {one.plugin}", one.reason) for one in adapter.plugins.refused]
    except AdapterRefused as refused:
        adapter.refused = str(refused)
        log.error("The plugins were not installed. %s", refused)  # noqa: TRY400  # the message says all
    except Exception as error:  # the edge to the host, which starts without the plugins
        adapter.refused = f"{type(error).__name__}; the log says more."
        log.exception("The plugins were not installed")
    if adapter.refused is not None:
        adapter.leave()
    for missing in adapter.missing:
        log.warning("The host has no %s: %s.", missing.name, missing.without.rstrip("."))
    adapter.note()
    return adapter


def uninstall(app: Any) -> None:
    """Leave the registries as they were; the plugins' addresses answer 410 then. Calling it twice is harmless."""
    adapter = getattr(app.state, _KEPT, None)
    if isinstance(adapter, FastAPIAdapter):
        adapter.leave()


def _found(given: Any, module: str, name: str) -> Any:
    return given if given is not None else getattr(sys.modules.get(module), name, None)


def _classes() -> dict[str, type] | None:
    """Return the host's classes of services that are imported, by service: those of ``integrations.NAME_service``."""
    found: dict[str, type] = {}
    for module, content in list(sys.modules.items()):
        head, _, name = module.rpartition(".")
        service = name.removesuffix("_service")
        if head == "integrations" and service != name:
            wanted = f"{service.replace('_', '')}service"
            for attribute, value in list(vars(content).items()):
                if isinstance(value, type) and attribute.lower() == wanted:
                    found[service] = value
    return found or None


def _order_data(payload: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the host's own workflows read of an order, as far as the payload has it."""
    number = payload.get("legacy_id")
    return {} if number is None else {"order_id": str(number), "order_number": str(payload.get("name") or number)}
