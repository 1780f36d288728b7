"""The hooks that an ATOM host calls, and nothing else."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from atom_shopify_plugin.catalog import index
from atom_shopify_plugin.errors import InvalidInput, Misconfigured, NotSignedIn, PluginError, Unavailable, unexpected
from atom_shopify_plugin.hookspecs import Check, Event, Host, Metric, Origin, Principal, hookimpl
from atom_shopify_plugin.runtime import Runtime
from atom_shopify_plugin.settings import Settings
from atom_shopify_plugin.shopify.domain import ShopDomain

if TYPE_CHECKING:
    from flask import Blueprint

    from atom_shopify_plugin.actions.fanout import StoreResults
    from atom_shopify_plugin.actions.run import Accepted, Outcome
    from atom_shopify_plugin.asgi import App

__all__ = ["ShopifyPlugin", "plugin"]

log = logging.getLogger(__name__)


class ShopifyPlugin:
    """The Shopify service. One object serves one host at a time.

    A host that wants a quick start is told of the service from the index (`catalog.index`). What works is loaded and
    started when something first needs the runtime.
    """

    def __init__(self) -> None:
        self._runtime: Runtime | None = None
        self._starts_later = False
        self._starting = threading.RLock()

    @property
    def runtime(self) -> Runtime:
        """The parts, started; raise `Misconfigured` where no host has started the plugin."""
        if self._runtime is None:
            raise Misconfigured("The Shopify plugin is not started: the host has to call atom_start first.")
        if self._starts_later:
            with self._starting:
                if self._starts_later and self._runtime is not None:
                    self._runtime.start(warm=False)
                    self._starts_later = False
        return self._runtime

    def _ready(self, host: Host) -> Runtime:
        if self._runtime is None:
            self._runtime = Runtime(Settings.from_environ(host.environ))
            self._starts_later = getattr(host, "quick_start", False)
        return self._runtime

    @hookimpl
    def atom_services_in_short(self) -> Sequence[Mapping[str, Any]]:
        return [index.packaged().card]

    @hookimpl
    def atom_services(self) -> Sequence[Mapping[str, Any]]:
        from atom_shopify_plugin.catalog import loading
        from atom_shopify_plugin.events.members import payloads

        catalog = loading.packaged()
        return [catalog.card(payloads(catalog))]

    @hookimpl
    def atom_blueprints(self, host: Host) -> Sequence[Blueprint]:
        runtime = self._ready(host)
        if not getattr(host, "quick_start", False):
            from atom_shopify_plugin.web import blueprints

            return blueprints(runtime, host)
        from atom_shopify_plugin.web.late import late_blueprint

        def build() -> Blueprint:
            from atom_shopify_plugin.web import blueprints

            return blueprints(self.runtime, host)[0]

        flat = getattr(host, "flat", False)
        routes = [route for route in index.packaged().routes if flat or not route[1].startswith("flat_")]
        return [late_blueprint(routes, build)]

    @hookimpl
    def atom_asgi(self, host: Host) -> Sequence[tuple[str, str, App]]:
        from atom_shopify_plugin.web.asgi import routes

        self._ready(host)
        return routes(self.runtime, host)

    @hookimpl
    def atom_dashboard(self) -> Path | None:
        # `make desktop` builds it; a wheel carries it.
        folder = Path(__file__).parent / "dashboard"
        return folder if (folder / "index.html").is_file() else None

    @hookimpl
    def atom_prompt_paths(self) -> Collection[str]:
        from atom_shopify_plugin.web.state import PROMPT_PATHS

        return PROMPT_PATHS

    @hookimpl
    def atom_health_reporters(self) -> Mapping[str, Callable[[], Check]]:
        if not self._starts_later:
            return self.runtime.health.reporters()

        def report(name: str) -> Check:
            return self.runtime.health.reporters()[name]()

        return {name: partial(report, name) for name in index.packaged().checks}

    @hookimpl
    def atom_metrics(self) -> Sequence[Metric]:
        return self.runtime.metrics.collect()

    @hookimpl
    def atom_run_action(
        self,
        service: str,
        action: str,
        input: Mapping[str, Any],  # noqa: A002  # the contract's word
        context: Mapping[str, Any],
    ) -> Mapping[str, Any] | None:
        if service != index.packaged().service_id:
            return None

        def run() -> Mapping[str, Any]:
            from atom_shopify_plugin.actions.run import Call

            call = Call(
                _principal(context),
                action,
                input,
                idempotency_key=_text(context, "idempotency_key"),
                confirm=_text(context, "confirm"),
                preview=context.get("preview") is True,
                request_id=_text(context, "request_id"),
                origin=_origin(context),
            )
            return _envelope(self.runtime.fanout.run(call, _shop(context)))

        return _answered(run, context, _failure)

    @hookimpl
    def atom_operation(self, service: str, operation: str, context: Mapping[str, Any]) -> Mapping[str, Any] | None:
        if service != index.packaged().service_id:
            return None

        def ask() -> Mapping[str, Any]:
            return _envelope(self.runtime.actions.outcome(_principal(context), operation))

        return _answered(ask, context, _failure)

    @hookimpl
    def atom_run_command(self, service: str, text: str, context: Mapping[str, Any]) -> Mapping[str, Any] | None:
        if service not in ("", index.packaged().service_id):
            return None

        def run() -> Mapping[str, Any] | None:
            chat = self.runtime.chat
            reply = chat.answer(_principal(context), text, _shop(context), _text(context, "request_id"))
            return None if reply is None else reply.as_dict()

        def failed(error: Mapping[str, Any]) -> Mapping[str, Any]:
            return {"ok": False, "reply": error["message"], "command": None, "data": None, "error": error}

        return _answered(run, context, failed)

    @hookimpl
    def atom_may_see(self, principal: Principal, event: Event) -> bool | None:
        catalog = self.runtime.catalog
        if event.key not in catalog.triggers and event.key not in catalog.computed:
            return None
        try:
            return self.runtime.storage.memberships.find(principal, ShopDomain.from_handle(event.shop)) is not None
        except InvalidInput:
            return False

    @hookimpl
    def atom_workflow_templates(self) -> Sequence[Mapping[str, Any]]:
        from atom_shopify_plugin import workflows

        return workflows.templates()

    @hookimpl
    def atom_triggers_changed(self) -> None:
        from atom_shopify_plugin.sync import trigger_usage

        try:
            trigger_usage.changed(self.runtime.services)
        except Unavailable:  # the check of each store's subscriptions finds the change, too
            log.warning("The database is busy. Webhook subscriptions follow the new triggers within an hour.")

    @hookimpl
    def atom_start(self, host: Host) -> None:
        runtime = self._ready(host)
        runtime.host.emit = lambda event: host.hook.atom_emit(event=event)
        runtime.host.forget = lambda shop, terms: host.hook.atom_forget(shop=shop, terms=terms)
        service = index.packaged().service_id
        runtime.host.operation_ended = lambda operation_id: host.hook.atom_operation_ended(
            service=service, operation=operation_id
        )
        runtime.host.triggers_in_use = lambda: _union(host.hook.atom_triggers_in_use())
        runtime.host.complete = lambda text, phrases: host.hook.atom_complete(
            service=service, text=text, phrases=phrases
        )
        runtime.host.trigger_parameters = lambda key: _all(host.hook.atom_trigger_parameters(key=key))
        if not self._starts_later:
            runtime.start()

    @hookimpl
    def atom_ready(self) -> None:
        self.runtime.jobs.start()

    @hookimpl
    def atom_stop(self) -> None:
        with self._starting:  # not while somebody starts it
            runtime, self._runtime, self._starts_later = self._runtime, None, False
        if runtime is not None:
            runtime.close()


def _failure(error: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"ok": False, "success": False, "error": error}


def _envelope(outcome: Outcome | Accepted | StoreResults) -> Mapping[str, Any]:
    """Return the envelope of an outcome; `pending` tells that there is none yet."""
    from atom_shopify_plugin.actions.run import Accepted

    if not isinstance(outcome, Accepted):
        return outcome.as_dict()
    progress = outcome.operation["progress"]
    return {**outcome.as_dict(), "pending": {"operation": outcome.operation_id, "retry_after": 1.0, **progress}}


def _answered(
    run: Callable[[], Mapping[str, Any] | None],
    context: Mapping[str, Any],
    failed: Callable[[Mapping[str, Any]], Mapping[str, Any]],
) -> Mapping[str, Any] | None:
    """Return what `run` does, or what `failed` makes of the error in place of whatever it raises."""
    request_id = context.get("request_id") if isinstance(context, Mapping) else None
    request_id = request_id if isinstance(request_id, str) else None
    try:
        return run()
    except PluginError as error:
        return failed(error.as_dict(request_id))
    except Exception as error:  # noqa: BLE001  # the hooks promise that nothing is raised
        return failed(unexpected(error, request_id).as_dict(request_id))


def _union(answers: Sequence[Collection[str]]) -> frozenset[str] | None:
    return frozenset().union(*answers) if answers else None


def _all(answers: Sequence[Sequence[Mapping[str, Any]]]) -> list[Mapping[str, Any]] | None:
    return [one for answer in answers for one in answer] if answers else None


def _principal(context: Mapping[str, Any]) -> Principal:
    principal = context.get("principal")
    if not isinstance(principal, Principal):
        raise NotSignedIn("The host passed no principal: sign in first.")
    via = context.get("via")
    return replace(principal, via=via) if isinstance(via, str) else principal


def _origin(context: Mapping[str, Any]) -> Origin | None:
    origin = context.get("origin")
    return origin if isinstance(origin, Origin) else None


def _shop(context: Mapping[str, Any]) -> str | list[str] | None:
    value = context.get("shop")
    if isinstance(value, list | tuple) and all(isinstance(name, str) for name in value):
        return list(value)
    return _text(context, "shop")


def _text(context: Mapping[str, Any], name: str) -> str | None:
    value = context.get(name)
    if value is not None and not isinstance(value, str):
        raise InvalidInput(f"{name} in the context must be a text.")
    return value


plugin = ShopifyPlugin()
