"""The embedded ATOM host: a Flask app around the plugins that are installed."""

from __future__ import annotations

import logging
import os
import sqlite3
from collections.abc import Iterable, Mapping
from typing import Any

from flask import Flask, Response, current_app, request
from flask.json.provider import DefaultJSONProvider
from werkzeug.exceptions import HTTPException, InternalServerError

from atom_shopify_plugin.hookspecs import HostUnavailable
from atom_shopify_plugin.host import chat, dashboard, home, metrics, openapi, services_api, signin
from atom_shopify_plugin.host.auth import Auth
from atom_shopify_plugin.host.config import HostConfig
from atom_shopify_plugin.host.files import BuiltFiles
from atom_shopify_plugin.host.health import HostHealth, storage_check
from atom_shopify_plugin.host.http import Problem, answer_problem, request_id, to_problem
from atom_shopify_plugin.host.limiter import Limiter
from atom_shopify_plugin.host.plugins import Plugins
from atom_shopify_plugin.host.quotas import OverQuota
from atom_shopify_plugin.host.registry import Registry
from atom_shopify_plugin.host.status import blueprint as status_blueprint
from atom_shopify_plugin.host.store import ANSWER_WITHIN, HostStore
from atom_shopify_plugin.host.workflows import Workflows
from atom_shopify_plugin.host.workflows import api as workflows_api
from atom_shopify_plugin.host.workflows.chains import Limits

__all__ = ["EmbeddedHost", "create_app"]

log = logging.getLogger(__name__)

_WAIT = 1.0  # seconds for all writes of one answer; with what a plugin waits for its own database it stays below 4 s
_SECURITY_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
}


class EmbeddedHost:
    """What a plugin may ask (`name`, `environ`, `hook`) and the host's own parts; ``app.extensions["atom_host"]``."""

    def __init__(self, app: Flask, environ: Mapping[str, str]) -> None:
        self.name = "atom-embedded"
        self.environ = environ
        self.config = HostConfig.from_environ(environ)
        self.store = HostStore(self.config.data_dir)
        self.plugins = Plugins()
        self.auth = Auth(self.config, self.store)
        self.limiter = Limiter(self.config.rate_limit, self.config.rate_limit_storage)
        self.workflows = Workflows(
            self.store,
            self.plugins,
            threads=self.config.workflow_threads,
            lease=self.config.lease_seconds,
            limits=Limits(self.config.chain_length, self.config.runs_per_thing),
            quotas=self.config.quotas,
            failures=self.config.failures,
            outgoing=self.config.outgoing,
            home=f"{self.config.public_url}/",
        )
        own = {"storage": lambda: storage_check(self.store), "workflows": self.workflows.check}
        self.health = HostHealth(self.plugins, own)
        self.metrics = metrics.Metrics(app, self.health, self.plugins, self.workflows.metrics)
        self.chat = chat.Chat(self.plugins)
        for name, part in (("host-auth", self.auth), ("host-workflows", self.workflows)):
            self.plugins.manager.register(part, name)
        self.registry = Registry(self.plugins, self.health)
        self.dashboard: BuiltFiles | None = None

    @property
    def serves_dashboard(self) -> bool:
        return self.dashboard is not None

    @property
    def hook(self) -> Any:
        return self.plugins.manager.hook

    def ready(self) -> None:
        """Let background work begin, the plugins' and the host's own: this process serves, and forks no more."""
        self.plugins.ready()
        self.workflows.engine.start()

    def close(self) -> None:
        """Let steps that are running end (30 s), stop the plugins, close the storage; calling it twice is harmless."""
        self.workflows.engine.stop()
        self.plugins.stop()
        self.store.close()


def create_app(environ: Mapping[str, str] | None = None, plugins: Iterable[tuple[str, Any]] | None = None) -> Flask:
    """Return the host's app with every plugin that could be loaded.

    `environ` takes the place of the process's environment. `plugins` (name, plugin) takes the place of the installed
    entry points. Raises `HostMisconfigured` when a setting of the host is wrong; a broken plugin raises nothing.
    """
    app = Flask("atom_shopify_plugin.host", static_folder=None)
    host = EmbeddedHost(app, dict(os.environ if environ is None else environ))
    app.extensions["atom_host"] = host
    if isinstance(app.json, DefaultJSONProvider):
        app.json.ensure_ascii, app.json.sort_keys = False, False
    app.before_request(_gate)
    app.after_request(_finish)
    app.teardown_request(_end)
    app.register_error_handler(Problem, answer_problem)
    app.register_error_handler(OverQuota, _over_quota)
    for kind in (sqlite3.Error, HostUnavailable):
        app.register_error_handler(kind, _away)
    app.register_error_handler(HTTPException, _refusal)
    app.register_error_handler(InternalServerError, _bug)
    own = (services_api, workflows_api, chat, metrics, dashboard, home, signin, openapi)
    for blueprint in (*(module.blueprint for module in own), status_blueprint):
        app.register_blueprint(blueprint)
    if plugins is None:
        host.plugins.load_installed(app, host)
    else:
        host.plugins.load_given(plugins, app, host)
    host.dashboard = host.plugins.dashboard()
    host.registry.refresh()
    return app


def _gate() -> None:
    ANSWER_WITHIN.set(_WAIT)
    host: EmbeddedHost = current_app.extensions["atom_host"]
    host.workflows.engine.start()  # for a server that never calls `ready`; cheap from the second request on
    request_id()
    if not host.config.demo and request.environ.get("SERVER_SOFTWARE", "").startswith("Werkzeug/"):
        raise Problem(503, "Werkzeug's development server is for the demo only. Start `atom-shopify serve` instead.")
    if request.blueprint in host.plugins.blocked_blueprints:
        raise Problem(503, "The plugin behind this address could not be loaded; /api/health says why.")


def _end(_error: BaseException | None) -> None:
    ANSWER_WITHIN.set(None)


def _finish(response: Response) -> Response:
    there = {name.lower() for name, _ in response.headers}
    for name, value in (*_SECURITY_HEADERS.items(), ("X-Request-Id", request_id())):
        if name.lower() not in there:
            response.headers.add(name, value)
    return response


def _over_quota(error: OverQuota) -> Response:
    wait = 30.0 if error.status == 429 else None
    return answer_problem(Problem(error.status, str(error), retry_after=wait, limit=error.limit, setting=error.setting))


def _away(error: Exception) -> Response:
    """Answer 503 where the host's own storage is locked, full or away; Flask has not logged it."""
    log.warning("request %s: the host's storage failed (%s)", request_id(), type(error).__name__)
    return answer_problem(
        Problem(503, "The host's storage is not available. Send the request again in a moment.", retry_after=1)
    )


def _refusal(error: HTTPException) -> Response | HTTPException:
    if error.code is not None and error.code < 400:
        return error  # a redirect is an answer, not a fault
    response = answer_problem(to_problem(error))
    for name, value in error.get_headers():
        if name in ("Allow", "Retry-After"):
            response.headers[name] = value
    return response


def _bug(error: InternalServerError) -> Response:
    # Flask has logged the exception; the caller gets the id that leads to it, and nothing of its text.
    beside: dict[str, Any] = (
        {"services": [], "total_services": 0, "active_services": 0} if request.path == "/api/services" else {}
    )
    log.error("request %s failed: %s", request_id(), type(error.original_exception).__name__)
    return answer_problem(Problem(500, beside=beside))
